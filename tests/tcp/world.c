// SPDX-License-Identifier: MIT
/* world: see the header. */
#include "tests/tcp/world.h"

#include <stdlib.h>
#include <string.h>

#include "net/ether.h"
#include "tests/tcp/count.h"

bool count_wanted, count_running;
unsigned count_intervals;
const struct netstack *world_counted;

struct packet {
    struct packet *next; /* in host.arrived */
    uint64_t at, order;
    struct host *to;
    size_t len;
    uint16_t flags, gso_size, csum_start, csum_offset;
    uint8_t gso_type;
    uint8_t bytes[];
};

/* --- packets by time --- */

static bool earlier(const struct packet *a, const struct packet *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_put(struct world *w, struct packet *p)
{
    size_t i = w->packets++;

    if (w->packets > w->room) {
        w->room = w->room ? 2 * w->room : 64;
        w->heap = realloc(w->heap, w->room * sizeof(*w->heap));
    }
    while (i && earlier(p, w->heap[(i - 1) / 2])) {
        w->heap[i] = w->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->heap[i] = p;
}

static struct packet *heap_get(struct world *w)
{
    struct packet *top = w->heap[0], *last = w->heap[--w->packets];
    size_t i = 0;

    for (;;) {
        size_t c = 2 * i + 1;

        if (c >= w->packets)
            break;
        if (c + 1 < w->packets && earlier(w->heap[c + 1], w->heap[c]))
            c++;
        if (!earlier(w->heap[c], last))
            break;
        w->heap[i] = w->heap[c];
        i = c;
    }
    w->heap[i] = last;
    return top;
}

/* --- the link --- */

static bool chance(struct world *w, unsigned of_10000)
{
    return of_10000 && fake_random(&w->seed) % 10000 < of_10000;
}

/* When a packet that is given to the link now arrives; 0: the queue is full. */
static uint64_t passage(struct host *from, size_t len)
{
    struct world *w = from->world;
    const struct link_config *l = &w->link;
    uint64_t start = MAX(from->link_free_ns, w->now);

    if (l->bytes_per_s) {
        uint64_t backlog = (start - w->now) * l->bytes_per_s / NSEC_PER_SEC;

        if (backlog + len > l->queue_bytes)
            return 0;
        start += len * NSEC_PER_SEC / l->bytes_per_s;
        from->link_free_ns = start;
    }
    return start + l->delay_ns;
}

static void deliver(struct world *w, struct host *to, const struct netbuf *nb,
                    uint64_t at, bool damage)
{
    struct packet *p = malloc(sizeof(*p) + nb->len);

    *p = (struct packet){
        .at = at,
        .order = w->order++,
        .to = to,
        .len = nb->len,
        .flags = nb->flags & (NETBUF_CSUM_PARTIAL),
        .gso_size = nb->gso_size,
        .gso_type = nb->gso_type,
        .csum_start = (uint16_t)(nb->csum_start - (nb->data - nb->head)),
        .csum_offset = nb->csum_offset,
    };
    netbuf_copy_out(nb, 0, p->bytes, nb->len);
    if (damage)
        p->bytes[ETHER_HEADER +
                 fake_random(&w->seed) % (nb->len - ETHER_HEADER)] ^=
            (uint8_t)(1u << fake_random(&w->seed) % 8);
    heap_put(w, p);
}

static never_inline void carry(struct netdev *dev, struct netbuf *nb)
{
    struct host *from = container_of(dev, struct host, dev);
    struct world *w = from->world;
    int me = from == &w->hosts[1];
    struct host *to = &w->hosts[!me];
    const struct link_config *l = &w->link;
    struct ether_header eth;
    uint8_t head[200];
    uint64_t at = passage(from, nb->len);
    size_t n = netbuf_copy_out(nb, ETHER_HEADER, head, sizeof(head));
    bool pass = at != 0;

    netbuf_copy_out(nb, 0, &eth, sizeof(eth));
    from->packets++;
    from->bytes += nb->len;
    if (eth.type != BE16(ETHER_IPV4)) { /* only IP has a hard time */
        deliver(w, to, nb, w->now + l->delay_ns, false);
        netbuf_free(dev->stack, nb);
        return;
    }
    if (w->filter && !w->filter(w, me, head, n))
        pass = false;
    if (!pass || chance(w, l->loss)) {
        from->dropped++;
        netbuf_free(dev->stack, nb);
        return;
    }
    if (chance(w, l->reorder))
        at += 1 + fake_random(&w->seed) % (l->jitter_ns + 1);
    if (chance(w, l->duplicate))
        deliver(w, to, nb, at + fake_random(&w->seed) % (l->jitter_ns + 1),
                false);
    deliver(w, to, nb, at,
            !(nb->flags & NETBUF_CSUM_PARTIAL) && chance(w, l->corrupt));
    netbuf_free(dev->stack, nb);
}

static void transmit(struct netdev *dev, struct netbuf *nb)
{
    bool counted = count_pause();

    carry(dev, nb);
    count_resume(counted);
}

static void kick(struct netdev *dev)
{
    (void)dev;
}

static unsigned poll_packets(struct netdev *dev, unsigned budget)
{
    struct host *h = container_of(dev, struct host, dev);
    unsigned n = 0;

    while (h->arrived && n < budget) {
        struct packet *p = h->arrived;
        struct netbuf *nb = netbuf_alloc_linear(&h->stack, 2, p->len);

        h->arrived = p->next;
        if (!h->arrived)
            h->arrived_end = &h->arrived;
        n++;
        if (nb) {
            memcpy(netbuf_put(nb, p->len), p->bytes, p->len);
            nb->flags |= p->flags;
            nb->gso_size = p->gso_size;
            nb->gso_type = p->gso_type;
            nb->csum_start = p->csum_start;
            nb->csum_offset = p->csum_offset;
            if (&h->stack == world_counted)
                count_begin();
            netdev_receive(dev, nb);
            count_end();
        }
        free(p);
    }
    return n;
}

static const struct netdev_ops ops = {
    .transmit = transmit, .kick = kick, .poll = poll_packets};

/* --- the world --- */

void world_init(struct world *w, const struct link_config *link, uint64_t seed)
{
    memset(w, 0, sizeof(*w));
    w->now = NSEC_PER_SEC;
    w->seed = seed;
    w->link = *link;
    for (int i = 0; i < 2; i++) {
        struct host *h = &w->hosts[i];

        h->world = w;
        h->arrived_end = &h->arrived;
        fake_env_init(&h->env, &w->now, seed * 2 + (unsigned)i);
        h->stack.env = &h->env;
        netstack_init(&h->stack);
        netstack_lock(&h->stack);
        h->dev.ops = &ops;
        memcpy(h->dev.mac, "\x02\0\0\0\0", 6);
        h->dev.mac[5] = (uint8_t)(i + 1);
        h->dev.mtu = link->mtu ? link->mtu : 1500;
        h->dev.features = link->features;
        h->dev.gso_max = 65535;
        h->dev.up = h->dev.link = true;
        netdev_register(&h->stack, &h->dev);
        netdev_set_v4(&h->dev, WORLD_ADDR(i), 24);
        netstack_unlock(&h->stack);
    }
}

size_t world_fini(struct world *w)
{
    size_t left = 0;

    for (int i = 0; i < 2; i++) {
        struct host *h = &w->hosts[i];

        while (h->arrived) {
            struct packet *p = h->arrived;

            h->arrived = p->next;
            free(p);
        }
        netstack_lock(&h->stack);
        netdev_set_v4(&h->dev, 0, 0);
        netstack_unlock(&h->stack);
        netstack_fini(&h->stack);
        left += h->env.live;
    }
    while (w->packets)
        free(heap_get(w));
    free(w->heap);
    return left;
}

static void turn(struct host *h)
{
    while (h->env.unlocked_due) {
        h->env.unlocked_due = false;
        netstack_lock(&h->stack);
        netstack_unlock(&h->stack);
    }
}

bool world_step(struct world *w, uint64_t until)
{
    uint64_t next = w->packets ? w->heap[0]->at : UINT64_MAX;
    struct host *timer = NULL;

    for (int i = 0; i < 2; i++) {
        turn(&w->hosts[i]);
        if (w->hosts[i].env.deadline < next) {
            next = w->hosts[i].env.deadline;
            timer = &w->hosts[i];
        }
    }
    if (w->packets && w->heap[0]->at < next) {
        next = w->heap[0]->at;
        timer = NULL;
    }
    if (next > until || next == UINT64_MAX) {
        if (until != UINT64_MAX)
            w->now = MAX(w->now, until);
        return false;
    }
    w->now = MAX(w->now, next);
    if (timer) {
        timer->env.deadline = UINT64_MAX;
        netstack_interrupt(&timer->stack, NETSTACK_TIMERS);
    } else {
        struct packet *p = heap_get(w);
        struct host *to = p->to;

        p->next = NULL;
        *to->arrived_end = p;
        to->arrived_end = &p->next;
        netdev_interrupt(&to->dev);
        turn(to);
    }
    return true;
}

void world_run(struct world *w, uint64_t until)
{
    while (world_step(w, until))
        ;
}

void world_inject(struct world *w, int n, const uint8_t *ip, size_t len)
{
    struct host *h = &w->hosts[n];
    struct packet *p = malloc(sizeof(*p) + ETHER_HEADER + len);
    struct ether_header eth = {.type = BE16(ETHER_IPV4)};

    *p = (struct packet){.at = w->now, .order = w->order++, .to = h};
    p->len = ETHER_HEADER + len;
    memcpy(eth.destination, h->dev.mac, 6);
    memcpy(eth.source, w->hosts[!n].dev.mac, 6);
    memcpy(p->bytes, &eth, sizeof(eth));
    memcpy(p->bytes + ETHER_HEADER, ip, len);
    heap_put(w, p);
}
