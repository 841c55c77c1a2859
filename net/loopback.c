// SPDX-License-Identifier: MIT
/*
 * loopback: the interface `lo`. What is sent waits in the stack until the lock
 * is released, then comes in again: with its checksum still to be made, which
 * nobody needs to do, and large segments uncut.
 */
#include "abi/errno.h"
#include "net/ip.h"
#include "net/netdev.h"
#include "net/stack.h"

#define LOOPBACK_MTU 65536

static void loopback_transmit(struct netdev *dev, struct netbuf *nb)
{
    struct netstack *s = dev->stack;

    nb->flags |= NETBUF_LOOPED | NETBUF_CSUM_OK;
    nb->gso_type = NETBUF_GSO_NONE;
    netbuf_queue_put(&s->loop_queue, nb);
    netstack_defer(s, NETSTACK_LOOP);
}

static void loopback_kick(struct netdev *dev)
{
    (void)dev;
}

static const struct netdev_ops loopback_ops = {
    .transmit = loopback_transmit,
    .kick = loopback_kick,
};

int loopback_create(struct netstack *s)
{
    struct netdev *dev = net_env_alloc(s, sizeof(*dev));
    int err;

    if (!dev)
        return -ENOMEM;
    *dev = (struct netdev){
        .ops = &loopback_ops,
        .name = "lo",
        .mtu = LOOPBACK_MTU,
        .features = NETDEV_LOOPBACK | NETDEV_TX_CSUM | NETDEV_TSO4 |
                    NETDEV_TSO6 | NETDEV_TSO_ECN,
        .gso_max = 65535,
        .up = true,
        .link = true,
    };
    netdev_register(s, dev);
    s->loopback = dev;
    err = netdev_set_v4(dev, BE32(0x7f000001), 8);
    return err;
}
