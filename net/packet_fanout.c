// SPDX-License-Identifier: MIT
/*
 * packet_fanout: PACKET_FANOUT of packet(7): of several sockets that want the
 * same frames each gets some. Who joins first makes the group, who leaves last
 * frees it.
 */
#include "abi/errno.h"
#include "net/ipv4.h"
#include "net/packet_priv.h"
#include "net/stack.h"

#define MEMBERS     256 /* unless the program says another limit */
#define MEMBERS_MAX 65536
#define KNOWN_FLAGS                                              \
    (PACKET_FANOUT_FLAG_ROLLOVER | PACKET_FANOUT_FLAG_UNIQUEID | \
     ABI_PACKET_FANOUT_FLAG_IGNORE_OUTGOING)

struct packet_fanout {
    uint16_t id, flags;
    uint8_t type;
    uint32_t max, count;
    uint32_t turn; /* of who gets the next one */
    struct packet_sock *members[];
};

static struct packet_fanout *find(const struct netstack *s, uint16_t id)
{
    for (const struct packet_sock *p = s->packet_socks; p; p = p->next)
        if (p->fanout && p->fanout->id == id)
            return p->fanout;
    return NULL;
}

/* --- who gets a frame --- */

uint32_t packet_hash(const struct netstack *s, const struct netbuf *nb,
                     size_t at)
{
    const uint8_t *h = nb->data + at;
    size_t left = nb->linear > at ? nb->linear - at : 0, head = 40;
    uint64_t ends = 0;
    uint32_t ports = 0;
    uint8_t protocol;

    if (left >= 20 && h[0] >> 4 == 4) {
        head = (h[0] & 15u) * 4;
        ends = load32(h + 12) ^ load32(h + 16);
        /* A fragment may have no ports. */
        protocol = load16(h + 6) & BE16(0x3fff) ? 0 : h[9];
    } else if (left >= 40 && h[0] >> 4 == 6) {
        ends = load64(h + 8) ^ load64(h + 16) ^ load64(h + 24) ^ load64(h + 32);
        protocol = h[6];
    } else {
        return 0;
    }
    if (left >= head + 4 &&
        (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP))
        ports = load16(h + head) ^ load16(h + head + 2);
    return netstack_hash(s, ends, ports);
}

/* As Linux: a quarter of the buffer stays free behind nb. */
static bool has_room(const struct packet_sock *p, const struct netbuf *nb)
{
    const struct sock *sk = &p->dgram.sk;

    return p->ring
               ? packet_ring_has_room(p)
               : sk->rmem + netbuf_truesize(nb) + sk->rcvbuf / 4 < sk->rcvbuf;
}

/* The first with room from `start` on; start when there is none. */
static uint32_t roll(const struct packet_fanout *f, uint32_t start,
                     const struct netbuf *nb)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (has_room(f->members[(start + i) % f->count], nb))
            return (start + i) % f->count;
    return start;
}

static uint32_t choose(struct packet_fanout *f, struct netstack *s,
                       const struct netbuf *nb, size_t at)
{
    uint32_t r;

    switch (f->type) {
    case PACKET_FANOUT_HASH:
        return (uint32_t)((uint64_t)packet_hash(s, nb, at) * f->count >> 32);
    case PACKET_FANOUT_LB:
        return ++f->turn % f->count;
    case PACKET_FANOUT_RND:
        net_env_random(s, &r, sizeof(r));
        return (uint32_t)((uint64_t)r * f->count >> 32);
    case PACKET_FANOUT_ROLLOVER:
        return f->turn = roll(f, f->turn % f->count, nb);
    }
    return 0; /* by CPU and by queue: there is one */
}

struct packet_sock *packet_fanout_pick(const struct packet_sock *p,
                                       const struct netbuf *nb, size_t at,
                                       bool outgoing)
{
    struct packet_fanout *f = p->fanout;
    struct netstack *s = p->dgram.sk.stack;
    uint32_t i;

    if (p != f->members[0])
        return NULL; /* the first is asked for all */
    if (outgoing && f->flags & ABI_PACKET_FANOUT_FLAG_IGNORE_OUTGOING)
        return NULL;
    for (i = 0; i < f->count; i++)
        if (nb->sk == &f->members[i]->dgram.sk)
            return NULL; /* one of them has sent it */
    i = choose(f, s, nb, at);
    if (f->flags & PACKET_FANOUT_FLAG_ROLLOVER)
        i = roll(f, i, nb);
    return f->members[i];
}

/* --- joining and leaving --- */

static int create(struct packet_sock *p, const struct abi_fanout_args *a,
                  struct packet_fanout **made)
{
    struct netstack *s = p->dgram.sk.stack;
    uint32_t max = a->max_num_members ? a->max_num_members : MEMBERS;
    struct packet_fanout *f;

    if (max > MEMBERS_MAX)
        return -EINVAL;
    f = net_env_alloc(s, sizeof(*f) + max * sizeof(*f->members));
    if (!f)
        return -ENOMEM;
    *f = (struct packet_fanout){
        .id = a->id,
        .type = (uint8_t)a->type_flags,
        .flags = a->type_flags & 0xff00 & ~PACKET_FANOUT_FLAG_UNIQUEID,
        .max = max,
    };
    *made = f;
    return 0;
}

static int check(struct packet_sock *p, struct abi_fanout_args *a)
{
    uint8_t type = (uint8_t)a->type_flags;
    uint16_t flags = a->type_flags & 0xff00;

    if (type > PACKET_FANOUT_QM ||
        (type == PACKET_FANOUT_ROLLOVER && flags & PACKET_FANOUT_FLAG_ROLLOVER))
        return -EINVAL;
    if (flags & ~KNOWN_FLAGS)
        return -EINVAL;
    if (p->fanout)
        return -EALREADY;
    if (!(flags & PACKET_FANOUT_FLAG_UNIQUEID))
        return 0;
    if (a->id)
        return -EINVAL;
    while (find(p->dgram.sk.stack, a->id))
        if (!++a->id)
            return -ENOMEM;
    return 0;
}

/* Whether p may be one of f's: it wants the same frames. */
static bool fits(const struct packet_fanout *f, const struct packet_sock *p,
                 uint8_t type)
{
    const struct packet_sock *one = f->count ? f->members[0] : p;

    return p->protocol && f->type == type && one->protocol == p->protocol &&
           one->index == p->index;
}

int packet_fanout_join(struct packet_sock *p, const void *value, size_t len)
{
    struct abi_fanout_args a = {0};
    struct packet_fanout *f;
    int err;

    if (len != sizeof(uint32_t) && len != sizeof(a))
        return -EINVAL;
    memcpy(&a, value, len);
    err = check(p, &a);
    if (err)
        return err;
    f = find(p->dgram.sk.stack, a.id);
    if (f && f->flags != (a.type_flags & 0xff00))
        return -EINVAL;
    if (!f)
        err = create(p, &a, &f);
    if (err)
        return err;
    if (!fits(f, p, (uint8_t)a.type_flags))
        err = -EINVAL;
    else if (f->count == f->max)
        err = -ENOSPC;
    if (err) {
        if (!f->count)
            net_env_free(p->dgram.sk.stack, f);
        return err;
    }
    f->members[f->count++] = p;
    p->fanout = f;
    return 0;
}

void packet_fanout_leave(struct packet_sock *p)
{
    struct packet_fanout *f = p->fanout;
    uint32_t i = 0;

    if (!f)
        return;
    while (f->members[i] != p)
        i++;
    f->members[i] = f->members[--f->count];
    p->fanout = NULL;
    if (!f->count)
        net_env_free(p->dgram.sk.stack, f);
}

int packet_fanout_value(const struct packet_sock *p)
{
    const struct packet_fanout *f = p->fanout;

    return f ? (int)((uint32_t)f->id | (uint32_t)f->type << 16 |
                     (uint32_t)f->flags << 16)
             : 0;
}
