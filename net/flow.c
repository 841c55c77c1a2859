// SPDX-License-Identifier: MIT
/* flow: see the header. The table doubles when it has more flows than buckets;
 * without memory it only gets slower. */
#include "net/flow.h"

#include "abi/errno.h"
#include "net/stack.h"

#define BUCKETS_MIN 256u

static uint32_t hash_of(const struct netstack *s, const struct netaddr *local,
                        uint16_t local_port, const struct netaddr *remote,
                        uint16_t remote_port)
{
    uint64_t a = remote->w[3] | (uint64_t)local->w[3] << 32;
    uint64_t b = remote_port | (uint32_t)local_port << 16;

    /* The first three words are equal for all IPv4 addresses. */
    if (unlikely(!netaddr_is_v4(remote)))
        b ^= (remote->q[0] + remote->w[2]) * 0x9e3779b97f4a7c15ull;
    return netstack_hash(s, a, b);
}

static bool same_ends(const struct flow *f, uint32_t hash, uint8_t protocol,
                      const struct netaddr *local, uint16_t local_port,
                      const struct netaddr *remote, uint16_t remote_port)
{
    return f->hash == hash && f->remote_port == remote_port &&
           f->local_port == local_port && f->protocol == protocol &&
           netaddr_equal(&f->remote, remote) && netaddr_equal(&f->local, local);
}

static struct flow *find_hashed(struct netstack *s, uint32_t hash,
                                uint8_t protocol, const struct netaddr *local,
                                uint16_t local_port,
                                const struct netaddr *remote,
                                uint16_t remote_port)
{
    struct flow *f;

    if (unlikely(!s->flows.buckets))
        return NULL;
    f = s->flows.buckets[hash & s->flows.mask];
    while (f && !same_ends(f, hash, protocol, local, local_port, remote,
                           remote_port))
        f = f->next;
    return f;
}

struct flow *flow_find(struct netstack *s, uint8_t protocol,
                       const struct netaddr *local, uint16_t local_port,
                       const struct netaddr *remote, uint16_t remote_port)
{
    return find_hashed(s, hash_of(s, local, local_port, remote, remote_port),
                       protocol, local, local_port, remote, remote_port);
}

/* Twice as many buckets, or the first ones. */
static int grow(struct netstack *s)
{
    struct net_table *t = &s->flows;
    uint32_t old = t->buckets ? t->mask + 1 : 0;
    uint32_t size = old ? 2 * old : BUCKETS_MIN;
    void **buckets = net_env_alloc(s, size * sizeof(*buckets));

    if (!buckets)
        return -ENOMEM;
    memset(buckets, 0, size * sizeof(*buckets));
    for (uint32_t i = 0; i < old; i++) {
        struct flow *f = t->buckets[i];

        while (f) {
            struct flow *next = f->next;

            f->next = buckets[f->hash & (size - 1)];
            buckets[f->hash & (size - 1)] = f;
            f = next;
        }
    }
    net_env_free(s, t->buckets);
    t->buckets = buckets;
    t->mask = size - 1;
    return 0;
}

static void link_flow(struct netstack *s, struct flow *f)
{
    void **bucket = &s->flows.buckets[f->hash & s->flows.mask];

    f->next = *bucket;
    *bucket = f;
    f->hashed = true;
    f->v4 = 0;
    if (netaddr_is_v4(&f->local) && netaddr_is_v4(&f->remote))
        f->v4 = f->remote.w[3] | (uint64_t)f->local.w[3] << 32;
    s->flows.count++;
}

int flow_insert(struct netstack *s, struct flow *f)
{
    uint32_t hash =
        hash_of(s, &f->local, f->local_port, &f->remote, f->remote_port);

    if (find_hashed(s, hash, f->protocol, &f->local, f->local_port, &f->remote,
                    f->remote_port))
        return -EADDRNOTAVAIL;
    if ((!s->flows.buckets || s->flows.count > s->flows.mask) && grow(s) &&
        !s->flows.buckets)
        return -ENOMEM;
    f->hash = hash;
    link_flow(s, f);
    return 0;
}

void flow_remove(struct netstack *s, struct flow *f)
{
    struct flow **link;

    if (!f->hashed)
        return;
    link = (struct flow **)&s->flows.buckets[f->hash & s->flows.mask];
    while (*link != f)
        link = &(*link)->next;
    *link = f->next;
    f->hashed = false;
    s->flows.count--;
}

void flow_replace(struct netstack *s, struct flow *old, struct flow *new_flow)
{
    flow_remove(s, old);
    new_flow->hash = old->hash;
    link_flow(s, new_flow);
}
