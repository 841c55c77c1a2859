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
static never_inline bool look_at(struct netdev *dev, struct netbuf *nb)
{
    if (dev->up) {
        tap(dev, nb, false);
        return true;
    }
    dev->stats.rx_dropped++;
    netbuf_free(dev->stack, nb);
    return false;
}

static force_inline void arrived(struct netstack *s, struct netdev *dev,
                                 struct netbuf *nb)
{
    nb->dev = dev;
    nb->time_ns = s->now;
    dev->stats.rx_packets++;
    dev->stats.rx_bytes += nb->len;
}

static force_inline void receive_ether(struct netstack *s, struct netdev *dev,
                                       struct netbuf *nb)
{
    if (likely(ether_is_our_ipv4(dev, nb)))
        ipv4_input(s, nb, ETHER_HEADER);
    else
        ether_input(dev, nb);
}

static never_inline void receive_tapped(struct netstack *s, struct netdev *dev,
                                        struct netbuf *nb)
{
    if (look_at(dev, nb))
        receive_ether(s, dev, nb);
}

void netdev_receive(struct netdev *dev, struct netbuf *nb)
{
    struct netstack *s = dev->stack;

    arrived(s, dev, nb);
    if (unlikely(dev->tapped))
        receive_tapped(s, dev, nb);
    else
        receive_ether(s, dev, nb);
}

void netdev_receive_looped(struct netdev *dev, struct netbuf *nb)
{
    struct netstack *s = dev->stack;

    arrived(s, dev, nb);
    if (unlikely(dev->tapped) && !look_at(dev, nb))
        return;
    if (likely((nb->data[0] & 0xf0) == 0x40))
        ipv4_input(s, nb, 0);
    else
        ipv6_input(s, nb);
}

void netdev_interrupt(struct netdev *dev)
{
    dev->poll_due = true;
    netstack_interrupt(dev->stack, NETSTACK_POLL);
}

/* --- out --- */

void netdev_transmit(struct netdev *dev, struct netbuf *nb)
{
    if (!dev->up) {
        dev->stats.tx_dropped++;
        netbuf_free(dev->stack, nb);
        return;
    }
    if ((nb->flags & NETBUF_CSUM_PARTIAL) && !(dev->features & NETDEV_TX_CSUM))
        checksum_complete(nb);
    if (dev->tapped)
        tap(dev, nb, true);
    netdev_hand_over(dev->stack, dev, nb);
}
