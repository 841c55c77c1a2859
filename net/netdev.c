// SPDX-License-Identifier: MIT
/* netdev: the list of interfaces, and what is the same for all of them. */
#include "net/netdev.h"

#include "abi/errno.h"
#include "lib/printf.h"
#include "net/arp.h"
#include "net/checksum.h"
#include "net/ether.h"
#include "net/igmp.h"
#include "net/ip.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/neigh.h"
#include "net/packet.h"
#include "net/stack.h"

void netdev_register(struct netstack *s, struct netdev *dev)
{
    struct netdev **link = &s->devs;
    int n = 1, ethernets = 0;

    for (; *link; link = &(*link)->next, n++)
        ethernets += !((*link)->features & NETDEV_LOOPBACK);
    if (!dev->name[0])
        snprintf(dev->name, sizeof(dev->name), "eth%d", ethernets);
    dev->stack = s;
    dev->index = n;
    dev->mtu_max = dev->mtu;
    dev->next = NULL;
    *link = dev;
    igmp_start(dev);
    packet_devs_changed(s);
}

struct netdev *netdev_find(struct netstack *s, const char *name)
{
    struct netdev *dev = s->devs;

    while (dev && strcmp(dev->name, name) != 0)
        dev = dev->next;
    return dev;
}

struct netdev *netdev_by_index(struct netstack *s, int index)
{
    struct netdev *dev = s->devs;

    while (dev && dev->index != index)
        dev = dev->next;
    return dev;
}

/* A frame goes by that somebody wants to know of. */
static void tap(struct netdev *dev, struct netbuf *nb, bool out)
{
    if (dev->stack->recording)
        net_env_packet(dev, out, nb->len);
    packet_tap(dev, nb, out);
}

/* --- in --- */

/* Shows a frame to those who want it; false: the interface is down, and it has
 * gone. */
static bool look_at(struct netdev *dev, struct netbuf *nb)
{
    if (dev->up) {
        tap(dev, nb, false);
        return true;
    }
    dev->stats.rx_dropped++;
    netbuf_free(dev->stack, nb);
    return false;
}

void netdev_receive(struct netdev *dev, struct netbuf *nb)
{
    nb->dev = dev;
    nb->time_ns = dev->stack->now;
    dev->stats.rx_packets++;
    dev->stats.rx_bytes += nb->len;
    if (unlikely(dev->tapped) && !look_at(dev, nb))
        return;
    if (likely(ether_is_our_ipv4(dev, nb)) &&
        !(dev->features & NETDEV_LOOPBACK)) {
        ipv4_input(dev->stack, nb, ETHER_HEADER);
        return;
    }
    if (!(dev->features & NETDEV_LOOPBACK))
        ether_input(dev, nb);
    else if (likely((nb->data[0] & 0xf0) == 0x40))
        ipv4_input(dev->stack, nb, 0);
    else
        ipv6_input(dev->stack, nb);
}

void netdev_interrupt(struct netdev *dev)
{
    dev->poll_due = true;
    netstack_interrupt(dev->stack, NETSTACK_POLL);
}

/* --- out --- */

static void kick_later(struct netdev *dev)
{
    struct netstack *s = dev->stack;

    if (dev->kick_due)
        return;
    dev->kick_due = true;
    dev->next_kick = s->kicks;
    s->kicks = dev;
    netstack_defer(s, NETSTACK_KICK);
}

/* As netdev_transmit, of a device that is tapped or does not sum. */
static never_inline void transmit_slow(struct netdev *dev, struct netbuf *nb)
{
    if (!dev->up) {
        dev->stats.tx_dropped++;
        netbuf_free(dev->stack, nb);
        return;
    }
    if ((nb->flags & NETBUF_CSUM_PARTIAL) && !(dev->features & NETDEV_TX_CSUM))
        checksum_complete(nb);
    dev->stats.tx_packets++;
    dev->stats.tx_bytes += nb->len;
    if (dev->tapped)
        tap(dev, nb, true);
    kick_later(dev);
    dev->ops->transmit(dev, nb);
}

void netdev_transmit(struct netdev *dev, struct netbuf *nb)
{
    /* Also when it is down. */
    if (unlikely(dev->tapped || !(dev->features & NETDEV_TX_CSUM))) {
        transmit_slow(dev, nb);
        return;
    }
    dev->stats.tx_packets++;
    dev->stats.tx_bytes += nb->len;
    kick_later(dev);
    dev->ops->transmit(dev, nb);
}
