// SPDX-License-Identifier: MIT
/* neigh: see the header. One timer an entry, which asks and gives up. */
#include "net/neigh.h"

#include "abi/errno.h"
#include "net/arp.h"
#include "net/ip.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/nd.h"
#include "net/stack.h"

#define FRESH_NS  (30 * NSEC_PER_SEC) /* RFC 4861, 10: REACHABLE_TIME */
#define CLAIM_NS  (5 * NSEC_PER_SEC)  /* DELAY_FIRST_PROBE_TIME */
#define RETRY_NS  NSEC_PER_SEC        /* RETRANS_TIMER */
#define FAILED_NS (3 * NSEC_PER_SEC)  /* until a failed one is asked again */

enum {
    BUCKETS = 64,
    ENTRIES_MAX = 1024, /* a hostile link may invent hosts */
    PROBES_MAX = 3,
    WAITING_MAX = 64, /* packets for one address */
};

static struct neigh **bucket_of(struct netstack *s, const struct netdev *dev,
                                const struct netaddr *a)
{
    uint32_t h = netstack_hash(s, a->q[1], a->q[0] ^ (uint64_t)dev->index);

    return (struct neigh **)&s->neighbours.buckets[h & (BUCKETS - 1)];
}

struct neigh *neigh_find(struct netdev *dev, const struct netaddr *addr)
{
    struct neigh *n;

    if (!dev->stack->neighbours.buckets)
        return NULL;
    n = *bucket_of(dev->stack, dev, addr);
    while (n && (n->dev != dev || !netaddr_equal(&n->addr, addr)))
        n = n->next;
    return n;
}

void neigh_put(struct netstack *s, struct neigh *n)
{
    if (--n->refs)
        return;
    net_timer_remove(s, &n->timer);
    netbuf_queue_free(s, &n->waiting);
    net_env_free(s, n);
}

static bool is_permanent(const struct neigh *n)
{
    return n->state == NEIGH_REACHABLE && n->fresh_until == NET_TIMER_NEVER;
}

static void unlink_entry(struct netstack *s, struct neigh **link)
{
    struct neigh *n = *link;

    *link = n->next;
    s->neighbours.count--;
    n->state = NEIGH_FAILED;
    n->fresh_until = 0;
    neigh_put(s, n);
}

/* Makes room for one: the one that was not used for the longest time goes, of
 * those that no path holds. */
static bool make_room(struct netstack *s)
{
    struct neigh **oldest = NULL;

    if (s->neighbours.count < ENTRIES_MAX)
        return true;
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct neigh **link = (struct neigh **)&s->neighbours.buckets[i];

        for (; *link; link = &(*link)->next)
            if ((*link)->refs == 1 &&
                (!oldest || (*link)->used_ns < (*oldest)->used_ns))
                oldest = link;
    }
    if (!oldest)
        return false;
    unlink_entry(s, oldest);
    return true;
}

static void add_waiting(struct neigh *n, struct netbuf *nb)
{
    netbuf_queue_put(&n->waiting, nb);
    n->waiting_count++;
}

/* The first of the packets that wait, or NULL. */
static struct netbuf *take_waiting(struct neigh *n)
{
    struct netbuf *nb = netbuf_queue_get(&n->waiting);

    n->waiting_count -= nb != NULL;
    return nb;
}

/* Takes a packet that nobody can be found for. */
static void unreachable(struct netstack *s, struct netbuf *nb)
{
    if ((nb->data[0] & 0xf0) == 0x40)
        ipv4_unreachable_host(s, nb);
    else
        ipv6_unreachable_host(s, nb);
}

static void give_up(struct netstack *s, struct neigh *n)
{
    struct netbuf *nb;

    n->state = NEIGH_FAILED;
    n->fresh_until = 0;
    net_timer_arm(s, &n->timer, s->now + FAILED_NS);
    while ((nb = take_waiting(n)))
        unreachable(s, nb);
}

static void ask(struct netstack *s, struct neigh *n)
{
    const uint8_t *mac = n->state == NEIGH_PROBE ? n->mac : NULL;

    n->probes++;
    net_timer_arm(s, &n->timer, s->now + RETRY_NS);
    if (netaddr_is_v4(&n->addr))
        arp_request(n->dev, n->addr.w[3], mac);
    else
        nd_ask(n->dev, &n->addr, mac);
}

static void timer_expired(struct netstack *s, struct net_timer *t)
{
    struct neigh *n = container_of(t, struct neigh, timer);

    if (n->state == NEIGH_REACHABLE)
        return;
    if (n->state == NEIGH_FAILED)
        n->probes = 0; /* may be asked again */
    else if (n->probes < PROBES_MAX)
        ask(s, n);
    else
        give_up(s, n);
}

static struct neigh *create(struct netdev *dev, const struct netaddr *addr)
{
    struct netstack *s = dev->stack;
    struct neigh *n, **bucket;

    if (!s->neighbours.buckets) {
        void **buckets = net_env_alloc(s, BUCKETS * sizeof(*buckets));

        if (!buckets)
            return NULL;
        memset(buckets, 0, BUCKETS * sizeof(*buckets));
        s->neighbours.buckets = buckets;
    }
    if (!make_room(s))
        return NULL;
    n = net_env_alloc(s, sizeof(*n));
    if (!n)
        return NULL;
    *n = (struct neigh){.dev = dev,
                        .addr = *addr,
                        .refs = 1,
                        .state = NEIGH_FAILED,
                        .used_ns = s->now};
    net_timer_init(&n->timer, timer_expired);
    bucket = bucket_of(s, dev, addr);
    n->next = *bucket;
    *bucket = n;
    s->neighbours.count++;
    return n;
}

struct neigh *neigh_get(struct netdev *dev, const struct netaddr *addr)
{
    struct neigh *n = neigh_find(dev, addr);

    if (!n)
        n = create(dev, addr);
    if (!n)
        return NULL;
    n->used_ns = dev->stack->now;
    n->refs++;
    return n;
}

void neigh_output_slow(struct netstack *s, struct neigh *n, struct netbuf *nb,
                       uint16_t type)
{
    n->used_ns = s->now;
    if (n->state == NEIGH_REACHABLE) {
        if (s->now >= n->fresh_until) {
            n->state = NEIGH_PROBE;
            n->probes = 0;
            n->fresh_until = NET_TIMER_NEVER; /* until it has failed */
            ask(s, n);
        }
        ether_output(n->dev, nb, n->mac, type);
        return;
    }
    if (n->state == NEIGH_PROBE) {
        ether_output(n->dev, nb, n->mac, type);
        return;
    }
    if (n->state == NEIGH_FAILED) {
        if (n->probes >= PROBES_MAX) {
            unreachable(s, nb);
            return;
        }
        n->state = NEIGH_INCOMPLETE;
        n->probes = 0;
        add_waiting(n, nb);
        ask(s, n);
        return;
    }
    if (n->waiting_count >= WAITING_MAX)
        netbuf_free(s, take_waiting(n));
    add_waiting(n, nb);
}

/* The timer has nothing to do but to let the stack's time come that far: so
 * that who sends need not ask for it. */
static void set_reachable(struct netstack *s, struct neigh *n, uint64_t ns)
{
    n->state = NEIGH_REACHABLE;
    n->fresh_until = s->now + ns;
    net_timer_arm(s, &n->timer, n->fresh_until);
}

void neigh_confirm(struct netstack *s, struct neigh *n)
{
    if ((n->state != NEIGH_REACHABLE && n->state != NEIGH_PROBE) ||
        is_permanent(n))
        return;
    set_reachable(s, n, FRESH_NS);
}

void neigh_learn(struct netdev *dev, const struct netaddr *addr,
                 const uint8_t mac[ETHER_ADDR_LEN], bool create_it,
                 bool confirmed)
{
    struct netstack *s = dev->stack;
    struct neigh *n = neigh_find(dev, addr);
    struct netbuf *nb;

    if (!n && create_it)
        n = create(dev, addr);
    if (!n || is_permanent(n))
        return;
    if (memcmp(n->mac, mac, ETHER_ADDR_LEN) != 0) {
        __builtin_memcpy(n->mac, mac, ETHER_ADDR_LEN);
        if (n->refs > 1)
            route_changed(s); /* paths have headers with the old one */
    }
    n->probes = 0;
    /* What somebody merely claims is not believed for long. */
    set_reachable(s, n, confirmed ? FRESH_NS : CLAIM_NS);
    while ((nb = take_waiting(n)))
        ether_output(dev, nb, n->mac,
                     netaddr_is_v4(addr) ? ETHER_IPV4 : ETHER_IPV6);
}

int neigh_set(struct netdev *dev, const struct netaddr *addr,
              const uint8_t mac[ETHER_ADDR_LEN], bool permanent)
{
    struct neigh *n = neigh_find(dev, addr);

    if (n && is_permanent(n))
        n->fresh_until = 0; /* so that it can be learnt anew */
    neigh_learn(dev, addr, mac, true, true);
    n = neigh_find(dev, addr);
    if (!n)
        return -ENOBUFS;
    if (permanent) {
        n->fresh_until = NET_TIMER_NEVER;
        net_timer_cancel(&n->timer);
    }
    return 0;
}

bool neigh_forget(struct netdev *dev, const struct netaddr *addr)
{
    struct neigh **link;

    if (!neigh_find(dev, addr))
        return false;
    link = bucket_of(dev->stack, dev, addr);
    while ((*link)->dev != dev || !netaddr_equal(&(*link)->addr, addr))
        link = &(*link)->next;
    unlink_entry(dev->stack, link);
    route_changed(dev->stack); /* those who hold it look for a new one */
    return true;
}

void neigh_forget_dev(struct netstack *s, const struct netdev *dev)
{
    for (unsigned i = 0; s->neighbours.buckets && i < BUCKETS; i++) {
        struct neigh **link = (struct neigh **)&s->neighbours.buckets[i];

        while (*link) {
            if (!dev || (*link)->dev == dev)
                unlink_entry(s, link);
            else
                link = &(*link)->next;
        }
    }
}

void neigh_fini(struct netstack *s)
{
    neigh_forget_dev(s, NULL);
    net_env_free(s, s->neighbours.buckets);
    s->neighbours.buckets = NULL;
}

void neigh_for_each(struct netstack *s,
                    void (*fn)(const struct neigh *n, void *arg), void *arg)
{
    for (unsigned i = 0; s->neighbours.buckets && i < BUCKETS; i++)
        for (struct neigh *n = s->neighbours.buckets[i]; n; n = n->next)
            fn(n, arg);
}
