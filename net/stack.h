// SPDX-License-Identifier: MIT
/*
 * stack: everything that one TCP/IP stack has. The kernel has one; a test may
 * have two and a wire between them.
 *
 * Locking. One lock covers a stack, its sockets, packets and devices. It is
 * held for microseconds, never while something sleeps or while the program's
 * memory is touched. On one CPU it is a word: threads of the kernel are not
 * preempted, so the only thing that can come between is an interrupt. An
 * interrupt that finds it taken leaves its wish in `deferred` and goes; whoever
 * has released the lock sees that and does the work. So interrupts stay enabled
 * throughout, and a packet is processed to its end, up to the wake-up of its
 * reader, in the interrupt that brought it. For several CPUs the word becomes
 * a spinlock with an owner and `deferred` one word a CPU; what follows from
 * the lock need not change, and flows can then get locks of their own.
 *
 * Batches. Frames sent while the lock is held are told to their device when it
 * is released: one notification for all of them. Packets to the stack itself
 * wait until then too, so that no protocol is entered from within itself.
 */
#pragma once

#include "lib/base.h"
#include "net/env.h"
#include "net/netbuf.h"
#include "net/netdev.h"
#include "net/timer.h"

struct ip_protocol;
struct ip_reassembly;
struct ipv4_header;
struct flow;
struct neigh;
struct net_family;
struct netlink_sock;
struct packet_sock;
struct port;
struct route;
struct unix_domain;

/* stack->deferred: what is due when the lock is released. */
enum {
    NETSTACK_POLL = 1,   /* devices have frames */
    NETSTACK_TIMERS = 2, /* the timer went off */
    NETSTACK_KICK = 4,   /* devices in kicks have frames to send */
    NETSTACK_LOOP = 8,   /* packets in loop_queue */
};

#define NET_HASH_KEYS    4
#define NET_FAMILIES_MAX 24 /* kinds of sockets */

/* Hash tables with chains; sizes are powers of two and grow. */
struct net_table {
    void **buckets;
    uint32_t mask;
    uint32_t count;
};

/* Counters of RFC 4293, 4022 and 4113, as /proc/net/snmp shows them. */
struct net_counters {
    uint64_t ip_in, ip_in_header_errors, ip_in_address_errors, ip_in_discards;
    uint64_t ip_in_unknown_protocol, ip_in_delivers, ip_out, ip_out_discards;
    uint64_t ip_out_no_routes, ip_reasm_timeout, ip_reasm_required;
    uint64_t ip_reasm_ok, ip_reasm_fails, ip_frag_ok, ip_frag_fails;
    uint64_t ip_frag_creates, ip_in_checksum_errors;
    uint64_t icmp_in, icmp_in_errors, icmp_out, icmp_in_echo, icmp_out_echo;
    uint64_t icmp_out_limited;
    uint64_t udp_in, udp_no_port, udp_in_errors, udp_out, udp_rcvbuf_errors;
    uint64_t udp_in_checksum_errors;
    uint64_t tcp_active_opens, tcp_passive_opens, tcp_attempt_fails;
    uint64_t tcp_estab_resets, tcp_curr_estab, tcp_in, tcp_out, tcp_retrans;
    uint64_t tcp_in_errors, tcp_out_resets, tcp_in_checksum_errors;
};

struct netstack {
    bool locked;
    uint8_t deferred; /* NETSTACK_*; interrupts change it too: netstack_lock
                         and netstack_unlock keep the compiler from caching */
    uint8_t trace;    /* of segments: 0 off, 1 headers, 2 payload */
    bool recording;   /* net_env_packet wants to know of frames */
    uint64_t now;     /* net_env_now at the start of this batch */
    void *env;        /* the environment's own */

    struct netdev *devs; /* the loopback first */
    struct netdev *loopback;
    struct netdev *kicks;
    struct netbuf_queue loop_queue;

    struct netbuf *free_small, *free_large; /* to be used again */
    unsigned free_small_count, free_large_count;
    struct netmem *carve;          /* the block that netmem_carve cuts from */
    uint8_t *carve_at, *carve_end; /* what is left of it */

    struct net_timers timers;
    uint64_t keys[NET_HASH_KEYS]; /* random: of hashes and sequence numbers */

    struct route *routes;
    uint32_t route_generation; /* moves with routes and addresses */
    struct net_table neighbours;
    struct ip_reassembly *reassembly;
    struct ip_pmtu *pmtu;    /* what routers said of paths */
    uint32_t ip_ids[64];     /* the next identification, by destination */
    uint64_t icmp_tokens_ns; /* of the limit on errors sent */
    struct dhcp *dhcp;       /* of the first interface that has it, or NULL */
    bool configuring;        /* an address may come soon: DHCP asks */

    struct net_table flows;         /* net/flow.h */
    struct net_table ports;         /* net/port.h */
    uint16_t port_first, port_last; /* the ephemeral ones */
    const struct ip_protocol *protocols[256];
    /* Of type ipv4_fast_fn: of these protocols, or ipv4_input_slow. */
    void (*fast_v4[256])(struct netstack *s, struct netbuf *nb,
                         const struct ipv4_header *h, uint32_t len);
    const struct net_family *families[NET_FAMILIES_MAX]; /* net/sock.h */
    unsigned family_count;
    uint32_t udp_flows;     /* connected UDP sockets */
    struct sock *raw_socks; /* raw and ping sockets */
    struct packet_sock *packet_socks;
    struct netlink_sock *netlink_socks;

    void *tcp;                       /* what the TCP module keeps */
    struct unix_domain *unix_domain; /* net/unix_priv.h */
    struct net_counters count;
};

/* Sets up an empty stack (memory is the caller's) with its loopback interface
 * and the protocols; env may already be set. -ENOMEM. */
int netstack_init(struct netstack *s);
/* Frees everything, sockets must be closed: for tests. */
void netstack_fini(struct netstack *s);

static inline void netstack_lock(struct netstack *s)
{
    net_assert(!s->locked);
    s->locked = true;
    __asm__ volatile("" ::: "memory");
}

/* Does what became due; locked. */
void netstack_do_deferred(struct netstack *s);
/* Takes the lock once more for it. */
void netstack_do_late(struct netstack *s);

static inline void netstack_unlock(struct netstack *s)
{
    __asm__ volatile("" ::: "memory");
    s->locked = false;
    __asm__ volatile("" ::: "memory");
    if (unlikely(s->deferred))
        netstack_do_late(s);
}

static inline void netstack_defer(struct netstack *s, uint8_t what)
{
    __atomic_or_fetch(&s->deferred, what, __ATOMIC_RELAXED);
}

/* For interrupts: does what now, or leaves it to the one who has the lock. */
void netstack_interrupt(struct netstack *s, uint8_t what);

/* Brings s->now up to date: at the start of whatever uses the time. */
static inline void netstack_update_now(struct netstack *s)
{
    s->now = net_env_now(s);
}

/* A keyed hash of two words that outsiders cannot predict. */
static inline uint32_t netstack_hash(const struct netstack *s, uint64_t a,
                                     uint64_t b)
{
    unsigned __int128 m = (unsigned __int128)(a ^ s->keys[0]) *
                          (b ^ s->keys[1] ^ (a << 32 | a >> 32));

    return (uint32_t)((uint64_t)m ^ (uint64_t)(m >> 64)) ^
           (uint32_t)((uint64_t)m >> 32);
}

/* Makes room for min bytes in a new block. False: no memory. */
bool netmem_refill(struct netstack *s, size_t min);

/*
 * Room for data on its way out: at least min (<= NETMEM_CARVE_MAX) and at most
 * want contiguous bytes of a block that is used up piece by piece. How many;
 * *mem gets a reference for them. 0: no memory.
 */
static inline size_t netmem_carve(struct netstack *s, size_t min, size_t want,
                                  struct netmem **mem, uint8_t **bytes)
{
    size_t n;

    /* Nobody else has it any more: from the beginning again. */
    if (s->carve && s->carve->refs == 1)
        s->carve_at = netmem_bytes(s->carve);
    if (unlikely((size_t)(s->carve_end - s->carve_at) < min) &&
        !netmem_refill(s, min))
        return 0;
    n = MIN((size_t)(s->carve_end - s->carve_at), want);
    *mem = s->carve;
    *bytes = s->carve_at;
    netmem_get(s->carve);
    s->carve_at += n;
    return n;
}

/* More of the block that the bytes before end lie in, up to want: 0 if it is
 * full, or somebody else has what comes next. */
static inline uint32_t netmem_extend(struct netstack *s, const uint8_t *end,
                                     size_t want)
{
    size_t n;

    if (end != s->carve_at)
        return 0;
    n = MIN((size_t)(s->carve_end - s->carve_at), want);
    s->carve_at += n;
    return (uint32_t)n;
}

#define NETBUF_FREE_MAX 512 /* kept in each list */

/* One of the large free netbufs, or a new one, as it comes; or NULL. */
struct netbuf *netbuf_make(struct netstack *s, bool large);

static inline size_t netbuf_inline_offset(bool large)
{
    return sizeof(struct netbuf) +
           (large ? NETBUF_FRAGS_MAX : NETBUF_FRAGS) * sizeof(struct netfrag);
}

/* A netbuf as it comes, to be reset. NULL: no memory. */
static inline struct netbuf *netbuf_pop(struct netstack *s, bool large)
{
    struct netbuf *nb = s->free_small;

    if (unlikely(large || !nb))
        return netbuf_make(s, large);
    s->free_small = nb->next;
    s->free_small_count--;
    return nb;
}

static inline void netbuf_reset(struct netbuf *nb, bool large)
{
    nb->mem = NULL;
    nb->len = nb->linear = 0;
    nb->base = large ? 2 * NETBUF_SMALL : NETBUF_SMALL;
    nb->flags = large ? NETBUF_LARGE : 0;
    nb->nfrags = 0;
    nb->gso_type = NETBUF_GSO_NONE;
    nb->gso_size = nb->csum_start = 0;
    nb->dev = NULL;
    nb->sk = NULL;
}

/* A netbuf without linear part. NULL: no memory. */
static inline struct netbuf *netbuf_take(struct netstack *s, bool large)
{
    struct netbuf *nb = netbuf_pop(s, large);

    if (likely(nb))
        netbuf_reset(nb, large);
    return nb;
}

/* The room in a small netbuf. */
static inline uint8_t *netbuf_inline(struct netbuf *nb)
{
    return (uint8_t *)nb + netbuf_inline_offset(false);
}

/* Its linear part is in itself, and empty. */
static inline void netbuf_use_inline(struct netbuf *nb, bool large)
{
    nb->head = (uint8_t *)nb + netbuf_inline_offset(large);
    nb->end = nb->head + NETBUF_INLINE;
    nb->data = nb->head + NETBUF_HEADROOM;
}

/* Puts a small one, which has nothing any more, among those to be used again.
 */
static inline void netbuf_push_free(struct netstack *s, struct netbuf *nb)
{
    nb->next = s->free_small;
    s->free_small = nb;
    s->free_small_count++;
}

/* As netbuf_free, of nb that is not NULL: quickly if it is small and without
 * fragments. */
static inline void netbuf_free_quick(struct netstack *s, struct netbuf *nb)
{
    if (unlikely(nb->sk || !netbuf_is_small(nb) ||
                 !net_keeps(s->free_small_count, NETBUF_FREE_MAX))) {
        netbuf_free(s, nb);
        return;
    }
    if (nb->mem)
        netmem_put(s, nb->mem);
    netbuf_push_free(s, nb);
}

/* An empty netbuf: linear room of NETBUF_INLINE bytes, NETBUF_HEADROOM of them
 * in front of data. large: with NETBUF_FRAGS_MAX fragments. NULL: no memory. */
static inline struct netbuf *netbuf_alloc(struct netstack *s, bool large)
{
    struct netbuf *nb = netbuf_take(s, large);

    if (likely(nb))
        netbuf_use_inline(nb, large);
    return nb;
}

/* Gives a frame, of which nothing is left to be done, to its device, which is
 * told of it when the batch is over. */
static force_inline void netdev_hand_over(struct netstack *s,
                                          struct netdev *dev, struct netbuf *nb)
{
    dev->stats.tx_packets++;
    dev->stats.tx_bytes += nb->len;
    if (!dev->kick_due) {
        dev->kick_due = true;
        dev->next_kick = s->kicks;
        s->kicks = dev;
        netstack_defer(s, NETSTACK_KICK);
    }
    dev->ops->transmit(dev, nb);
}

/* Trace lines: `if (unlikely(s->trace)) netstack_trace(s, ...)`. */
void netstack_trace(struct netstack *s, const char *fmt, ...) printf_like(2, 3);

#define net_log(s, level, ...) net_env_log((s), NET_LOG_##level, __VA_ARGS__)
