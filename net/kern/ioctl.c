// SPDX-License-Identifier: MIT
/* ioctl: interfaces, as netdevice(7) tells of them. Changes are in
 * ioctl_set.c. */
#include "abi/errno.h"
#include "abi/netdevice.h"
#include "kernel/uaccess.h"
#include "net/kern/net.h"
#include "net/kern/socket.h"

static void put_v4(struct abi_ifreq *r, uint32_t addr)
{
    memset(&r->ifr_addr, 0, sizeof(r->ifr_addr));
    r->ifr_addr.sin_family = AF_INET;
    memcpy(r->ifr_addr.sin_addr, &addr, sizeof(addr));
}

static int put_v4_if_any(const struct netdev *dev, struct abi_ifreq *r,
                         uint32_t addr)
{
    if (!dev->v4.addr)
        return -EADDRNOTAVAIL;
    put_v4(r, addr);
    return 0;
}

static int answer(const struct netdev *dev, unsigned cmd, struct abi_ifreq *r)
{
    bool loopback = dev->features & NETDEV_LOOPBACK;

    switch (cmd) {
    case SIOCGIFFLAGS:
        r->ifr_flags = (int16_t)netdev_flags(dev);
        return 0;
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
        return put_v4_if_any(dev, r, dev->v4.addr);
    case SIOCGIFNETMASK:
        return put_v4_if_any(dev, r, dev->v4.mask);
    case SIOCGIFBRDADDR:
        return put_v4_if_any(dev, r, loopback ? 0 : dev->v4.broadcast);
    case SIOCGIFMTU:
        r->ifr_value = (int32_t)dev->mtu;
        return 0;
    case SIOCGIFINDEX:
        r->ifr_value = dev->index;
        return 0;
    case SIOCGIFMETRIC:
        r->ifr_value = 0;
        return 0;
    case SIOCGIFTXQLEN:
        r->ifr_value = 1000;
        return 0;
    case SIOCGIFMAP: /* it has no memory and ports that one could name */
        memset(r->abi_pad, 0, sizeof(r->abi_pad));
        return 0;
    case SIOCGIFHWADDR:
        memset(&r->ifr_hwaddr, 0, sizeof(r->ifr_hwaddr));
        r->ifr_hwaddr.family = loopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
        memcpy(r->ifr_hwaddr.data, dev->mac, sizeof(dev->mac));
        return 0;
    }
    return -ENOTTY;
}

static long one_interface(struct netstack *s, unsigned cmd, uintptr_t arg)
{
    struct netdev *dev;
    struct abi_ifreq r;
    int err = -ENODEV;

    if (copy_from_user(&r, (const void user *)arg, sizeof(r)))
        return -EFAULT;
    r.ifr_name[IFNAMSIZ - 1] = '\0';
    netstack_lock(s);
    if (cmd == SIOCGIFNAME) {
        dev = netdev_by_index(s, r.ifr_value);
        if (dev) {
            memcpy(r.ifr_name, dev->name, IFNAMSIZ);
            err = 0;
        }
    } else {
        dev = netdev_find(s, r.ifr_name);
        if (dev)
            err = answer(dev, cmd, &r);
    }
    netstack_unlock(s);
    if (!err && copy_to_user((void user *)arg, &r, sizeof(r)))
        err = -EFAULT;
    return err;
}

/* The interfaces that have an address; a NULL list asks for its length. */
static long all_interfaces(struct netstack *s, uintptr_t arg)
{
    struct abi_ifconf c;
    int32_t len = 0;

    if (copy_from_user(&c, (const void user *)arg, sizeof(c)))
        return -EFAULT;
    for (int i = 1;; i++) {
        struct abi_ifreq r = {0};
        struct netdev *dev;
        bool listed;

        netstack_lock(s);
        dev = netdev_by_index(s, i);
        listed = dev && dev->v4.addr;
        if (listed) {
            memcpy(r.ifr_name, dev->name, IFNAMSIZ);
            put_v4(&r, dev->v4.addr);
        }
        netstack_unlock(s);
        if (!dev)
            break;
        if (!listed)
            continue;
        if (c.ifc_req) {
            if (c.ifc_len - len < (int32_t)sizeof(r))
                break;
            if (copy_to_user((void user *)(c.ifc_req + (uint64_t)len), &r,
                             sizeof(r)))
                return -EFAULT;
        }
        len += (int32_t)sizeof(r);
    }
    c.ifc_len = len;
    return copy_to_user((void user *)arg, &c, sizeof(c));
}

/* SIOCETHTOOL: there is nothing to tell of any interface, as of Linux's own
 * that have no such operations. */
static long ethtool(struct netstack *s, uintptr_t arg)
{
    struct abi_ifreq r;
    bool known;

    if (copy_from_user(&r, (const void user *)arg, sizeof(r)))
        return -EFAULT;
    r.ifr_name[IFNAMSIZ - 1] = '\0';
    netstack_lock(s);
    known = netdev_find(s, r.ifr_name);
    netstack_unlock(s);
    return known ? -EOPNOTSUPP : -ENODEV;
}

long netdev_ioctl(struct netstack *s, unsigned cmd, uintptr_t arg)
{
    switch (cmd) {
    case SIOCGIFCONF:
        net_wait_configured();
        return all_interfaces(s, arg);
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFBRDADDR:
    case SIOCGIFNETMASK:
        net_wait_configured();
        return one_interface(s, cmd, arg);
    case SIOCGIFNAME:
    case SIOCGIFFLAGS:
    case SIOCGIFMETRIC:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFINDEX:
    case SIOCGIFTXQLEN:
    case SIOCGIFMAP:
        return one_interface(s, cmd, arg);
    case SIOCETHTOOL:
        return ethtool(s, arg);
    case SIOCSIFFLAGS:
    case SIOCSIFADDR:
    case SIOCSIFBRDADDR:
    case SIOCSIFNETMASK:
    case SIOCSIFMTU:
    case SIOCADDRT:
    case SIOCDELRT:
        return netdev_ioctl_set(s, cmd, arg);
    }
    return -ENOTTY;
}
