// SPDX-License-Identifier: MIT
/* stack: see the header. */
#include "net/stack.h"

#include "lib/printf.h"
#include "net/dhcp.h"
#include "net/icmpv6.h"
#include "net/igmp.h"
#include "net/ip_priv.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/neigh.h"
#include "net/netlink.h"
#include "net/packet.h"
#include "net/raw.h"
#include "net/sock.h"
#include "net/tcp.h"
#include "net/udp.h"
#include "net/unix.h"

enum {
    POLL_BUDGET = 64, /* frames of a device before others have their turn */
    BATCH_MAX = 512,  /* packets until the lock is released */
};

int netstack_init(struct netstack *s)
{
    int err;

    net_env_random(s, s->keys, sizeof(s->keys));
    net_env_random(s, s->ip_ids, sizeof(s->ip_ids));
    s->timers.programmed = NET_TIMER_NEVER;
    s->route_generation = 1;
    s->port_first = 32768; /* as Linux's ip_local_port_range */
    s->port_last = 60999;
    netstack_update_now(s);
    ipv4_init(s);
    icmp_init(s);
    icmpv6_init(s);
    igmp_init(s);
    udp_init(s);
    raw_init(s);
    packet_init(s);
    netlink_init(s);
    err = tcp_init(s);
    if (!err)
        err = unix_init(s);
    return err ? err : loopback_create(s);
}

static void free_list(struct netstack *s, struct netbuf *nb)
{
    while (nb) {
        struct netbuf *next = nb->next;

        net_env_free(s, nb);
        nb = next;
    }
}

void netstack_fini(struct netstack *s)
{
    netbuf_queue_free(s, &s->loop_queue);
    dhcp_stop(s);
    for (struct netdev *dev = s->devs; dev; dev = dev->next) {
        ipv6_stop(dev);
        igmp_stop(dev);
        netdev_set_v4(dev, 0, 0);
    }
    tcp_fini(s);
    unix_fini(s);
    ip_reassembly_fini(s);
    neigh_fini(s);
    route_fini(s);
    net_env_free(s, s->flows.buckets);
    net_env_free(s, s->ports.buckets);
    net_env_free(s, s->loopback);
    if (s->carve)
        netmem_put(s, s->carve);
    free_list(s, s->free_small);
    free_list(s, s->free_large);
    s->free_small = s->free_large = NULL;
    s->free_small_count = s->free_large_count = 0;
}

static void clear_deferred(struct netstack *s, uint8_t what)
{
    __atomic_and_fetch(&s->deferred, (uint8_t)~what, __ATOMIC_RELAXED);
}

/* Frames of all devices that have some; how many. */
static unsigned poll_devices(struct netstack *s)
{
    unsigned total = 0;

    clear_deferred(s, NETSTACK_POLL);
    for (struct netdev *dev = s->devs; dev; dev = dev->next) {
        unsigned n;

        if (!dev->poll_due)
            continue;
        dev->poll_due = false;
        n = dev->ops->poll(dev, POLL_BUDGET);
        if (n >= POLL_BUDGET) {
            dev->poll_due = true;
            netstack_defer(s, NETSTACK_POLL);
        }
        total += n;
    }
    return total;
}

static unsigned drain_loop(struct netstack *s)
{
    struct netbuf *nb;
    unsigned n = 0;

    while (n < POLL_BUDGET && (nb = netbuf_queue_get(&s->loop_queue))) {
        netdev_receive_looped(s->loopback, nb);
        n++;
    }
    if (!s->loop_queue.first)
        clear_deferred(s, NETSTACK_LOOP);
    return n;
}

/* There is at least one. */
static void kick_devices(struct netstack *s)
{
    clear_deferred(s, NETSTACK_KICK);
    do {
        struct netdev *dev = s->kicks;

        s->kicks = dev->next_kick;
        dev->kick_due = false;
        dev->ops->kick(dev);
    } while (s->kicks);
}

/* What interrupts left, and what came out of it. */
static never_inline void do_batch(struct netstack *s)
{
    unsigned done = 0;

    if (s->deferred & ~NETSTACK_KICK)
        netstack_update_now(s);
    while ((s->deferred & ~NETSTACK_KICK) && done < BATCH_MAX) {
        if (s->deferred & NETSTACK_POLL)
            done += poll_devices(s);
        if (s->deferred & NETSTACK_LOOP)
            done += drain_loop(s);
        if (s->deferred & NETSTACK_TIMERS) {
            clear_deferred(s, NETSTACK_TIMERS);
            net_timers_run(s);
        }
        done++;
    }
    if (s->deferred & NETSTACK_KICK)
        kick_devices(s);
}

void netstack_do_deferred(struct netstack *s)
{
    if (likely(s->deferred == NETSTACK_KICK))
        kick_devices(s);
    else
        do_batch(s);
}

void netstack_do_late(struct netstack *s)
{
    s->locked = true;
    __asm__ volatile("" ::: "memory");
    netstack_do_deferred(s);
    __asm__ volatile("" ::: "memory");
    s->locked = false;
    __asm__ volatile("" ::: "memory");
    if (unlikely(s->deferred)) /* too much, or an interrupt since then */
        net_env_unlocked(s);
}

void netstack_interrupt(struct netstack *s, uint8_t what)
{
    netstack_defer(s, what);
    if (!s->locked)
        netstack_do_late(s);
}

void netstack_trace(struct netstack *s, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    net_env_trace(s, line);
}
