// SPDX-License-Identifier: MIT
/* ioctl_set: changes to interfaces and IPv4 routes, as ifconfig and route make
 * them: netdevice(7), and SIOCADDRT, which no page tells of. */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/netdevice.h"
#include "abi/rtnetlink.h"
#include "kernel/cred.h"
#include "kernel/uaccess.h"
#include "net/ip.h"
#include "net/kern/socket.h"
#include "net/netdev.h"
#include "net/stack.h"

static uint32_t v4_of(const struct abi_sockaddr_in *a)
{
    uint32_t addr;

    memcpy(&addr, a->sin_addr, sizeof(addr));
    return addr;
}

/* The length of a mask; -EINVAL: its ones are not all in front. */
static int prefix_of(uint32_t mask)
{
    uint32_t m = be32(mask);

    if (m & (~m >> 1) && (~m & (~m + 1)))
        return -EINVAL;
    return m ? 32 - __builtin_ctz(m) : 0;
}

/* What a mask was when nobody gave one: classes A, B and C. */
static unsigned prefix_of_class(uint32_t addr)
{
    unsigned first = be32(addr) >> 24;

    return first < 128 ? 8 : first < 192 ? 16 : 24;
}

static int set_addr(struct netdev *dev, uint32_t addr, unsigned prefix)
{
    if (dev->v4.addr)
        netdev_remove_v4(dev, dev->v4.addr);
    return addr ? netdev_add_v4(dev, addr, prefix) : 0;
}

static int set_mask(struct netdev *dev, uint32_t mask)
{
    int prefix = prefix_of(mask);

    if (prefix < 0)
        return prefix;
    if (!dev->v4.addr)
        return -EADDRNOTAVAIL;
    return dev->v4.mask == mask ? 0
                                : set_addr(dev, dev->v4.addr, (unsigned)prefix);
}

static int change(struct netdev *dev, unsigned cmd, const struct abi_ifreq *r)
{
    switch (cmd) {
    case SIOCSIFFLAGS:
        netdev_set_up(dev, r->ifr_flags & IFF_UP);
        return 0;
    case SIOCSIFADDR:
        if (r->ifr_addr.sin_family != AF_INET)
            return -EINVAL;
        return set_addr(dev, v4_of(&r->ifr_addr),
                        prefix_of_class(v4_of(&r->ifr_addr)));
    case SIOCSIFNETMASK:
        return set_mask(dev, v4_of(&r->ifr_addr));
    case SIOCSIFBRDADDR:
        if (!dev->v4.addr)
            return -EADDRNOTAVAIL;
        dev->v4.broadcast = v4_of(&r->ifr_addr);
        route_changed(dev->stack);
        return 0;
    case SIOCSIFMTU:
        return netdev_set_mtu(dev, (uint32_t)r->ifr_value);
    }
    return -ENOTTY;
}

static long change_route(struct netstack *s, uintptr_t arg, bool add)
{
    struct route r = {.origin = RTPROT_BOOT};
    struct abi_rtentry e;
    char name[IFNAMSIZ] = "";
    uint32_t to, mask;
    int prefix, err;

    if (copy_from_user(&e, (const void user *)arg, sizeof(e)))
        return -EFAULT;
    if (e.rt_dev) {
        long n =
            strncpy_from_user(name, (const char user *)e.rt_dev, sizeof(name));
        if (n < 0)
            return n;
        name[sizeof(name) - 1] = '\0';
    }
    to = v4_of(&e.rt_dst);
    mask = e.rt_flags & RTF_HOST ? UINT32_MAX : v4_of(&e.rt_genmask);
    prefix = prefix_of(mask);
    if (e.rt_dst.sin_family != AF_INET || prefix < 0 || to & ~mask)
        return -EINVAL;
    r.destination = netaddr_v4(to);
    r.prefix = (uint8_t)(96 + prefix);
    r.gateway = netaddr_v4(e.rt_flags & RTF_GATEWAY ? v4_of(&e.rt_gateway) : 0);
    r.source = netaddr_v4(0);
    r.metric = e.rt_metric > 0 ? (uint32_t)e.rt_metric - 1 : 0;
    netstack_lock(s);
    r.dev = name[0] ? netdev_find(s, name) : NULL;
    if (name[0] && !r.dev)
        err = -ENODEV;
    else if (add)
        err = route_add_checked(s, &r, false, true);
    else
        err = route_forget(s, &r);
    netstack_unlock(s);
    return err;
}

long netdev_ioctl_set(struct netstack *s, unsigned cmd, uintptr_t arg)
{
    struct netdev *dev;
    struct abi_ifreq r;
    int err;

    if (!capable(CAP_NET_ADMIN))
        return -EPERM;
    if (cmd == SIOCADDRT || cmd == SIOCDELRT)
        return change_route(s, arg, cmd == SIOCADDRT);
    if (copy_from_user(&r, (const void user *)arg, sizeof(r)))
        return -EFAULT;
    r.ifr_name[IFNAMSIZ - 1] = '\0';
    netstack_lock(s);
    dev = netdev_find(s, r.ifr_name);
    err = dev ? change(dev, cmd, &r) : -ENODEV;
    netstack_unlock(s);
    return err;
}
