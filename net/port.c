// SPDX-License-Identifier: MIT
/* port: see the header. */
#include "net/port.h"

#include "abi/errno.h"
#include "net/flow.h"
#include "net/netdev.h"
#include "net/sock.h"
#include "net/stack.h"

static struct port *find(struct netstack *s, uint8_t protocol, uint16_t number)
{
    return port_get(s, port_key(protocol, number));
}

/* The port, made if nobody has it; NULL: no memory. */
static struct port *find_or_make(struct netstack *s, uint8_t protocol,
                                 uint16_t number)
{
    struct port *p = find(s, protocol, number), **bucket;

    if (p)
        return p;
    if (!s->ports.buckets) {
        void **buckets = net_env_alloc(s, PORT_BUCKETS * sizeof(*buckets));

        if (!buckets)
            return NULL;
        memset(buckets, 0, PORT_BUCKETS * sizeof(*buckets));
        s->ports.buckets = buckets;
    }
    p = net_env_alloc(s, sizeof(*p));
    if (!p)
        return NULL;
    bucket = port_bucket(s, port_key(protocol, number));
    *p = (struct port){.next = *bucket, .key = port_key(protocol, number)};
    list_init(&p->uses);
    list_init(&p->receivers);
    *bucket = p;
    return p;
}

static void free_if_unused(struct netstack *s, struct port *p)
{
    struct port **link = port_bucket(s, p->key);

    if (!list_empty(&p->uses))
        return;
    while (*link != p)
        link = &(*link)->next;
    *link = p->next;
    net_env_free(s, p);
}

static void join(struct port *p, struct port_use *use)
{
    use->port = p;
    use->receiving = false;
    list_add_tail(&p->uses, &use->node);
}

/* --- who may share --- */

/* Could the same packet be for both addresses? */
static bool addresses_meet(const struct port_use *a, const struct port_use *b)
{
    bool a_any = netaddr_is_any(&a->addr), b_any = netaddr_is_any(&b->addr);
    bool a4 = netaddr_is_v4(&a->addr), b4 = netaddr_is_v4(&b->addr);

    if (a->bound_dev && b->bound_dev && a->bound_dev != b->bound_dev)
        return false;
    if (a4 == b4)
        return a_any || b_any || netaddr_equal(&a->addr, &b->addr);
    /* One of each version: they meet where :: takes IPv4 too. */
    if (!a4)
        return a_any && !(a->flags & PORT_ONLY_V6);
    return b_any && !(b->flags & PORT_ONLY_V6);
}

static bool may_share(const struct port_use *other, const struct port_use *use)
{
    uint8_t both = other->flags & use->flags;

    if ((both & PORT_REUSEPORT) && other->uid == use->uid)
        return true;
    if (!(both & PORT_REUSEADDR))
        return false;
    /* Streams may share with any but a listener; datagrams in any case. */
    return !(other->flags & PORT_LISTENING) || (both & PORT_DATAGRAM);
}

static bool conflicts(const struct port *p, const struct port_use *use)
{
    struct port_use *o;

    list_for_each_entry (o, &p->uses, node)
        if (o != use && addresses_meet(o, use) && !may_share(o, use))
            return true;
    return false;
}

/* --- taking a port --- */

static unsigned ephemeral_count(const struct netstack *s)
{
    return s->port_last - s->port_first + 1u;
}

/* Where the search for an ephemeral port begins. */
static unsigned random_start(struct netstack *s)
{
    uint32_t r;

    net_env_random(s, &r, sizeof(r));
    return r % ephemeral_count(s);
}

static uint16_t ephemeral(const struct netstack *s, unsigned i)
{
    return be16((uint16_t)(s->port_first + i % ephemeral_count(s)));
}

static int bind_ephemeral(struct netstack *s, struct port_use *use,
                          uint8_t protocol)
{
    unsigned start = random_start(s);

    for (unsigned i = 0; i < ephemeral_count(s); i++) {
        uint16_t number = ephemeral(s, start + i);
        struct port *p;

        if (find(s, protocol, number))
            continue;
        p = find_or_make(s, protocol, number);
        if (!p)
            return -ENOMEM;
        join(p, use);
        return 0;
    }
    return -EADDRINUSE;
}

int port_bind(struct netstack *s, struct port_use *use, uint8_t protocol,
              uint16_t number)
{
    struct port *p;

    net_assert(!use->port);
    if (number == 0)
        return bind_ephemeral(s, use, protocol);
    p = find_or_make(s, protocol, number);
    if (!p)
        return -ENOMEM;
    if (conflicts(p, use)) {
        free_if_unused(s, p);
        return -EADDRINUSE;
    }
    join(p, use);
    return 0;
}

/* Only flows have the port: another one with another far end may too. */
static bool only_connected(const struct port *p)
{
    struct port_use *u;

    if (!p)
        return true;
    u = list_first_entry(&p->uses, struct port_use, node);
    return u->flags & PORT_CONNECTED;
}

int port_connect(struct netstack *s, struct port_use *use, struct flow *f)
{
    unsigned start = random_start(s);

    use->flags |= PORT_CONNECTED;
    for (unsigned i = 0; i < ephemeral_count(s); i++) {
        struct port *p = find(s, f->protocol, ephemeral(s, start + i));
        int err;

        if (!only_connected(p))
            continue;
        f->local_port = ephemeral(s, start + i);
        err = flow_insert(s, f);
        if (err == -EADDRNOTAVAIL)
            continue;
        if (err)
            return err;
        p = find_or_make(s, f->protocol, f->local_port);
        if (!p) {
            flow_remove(s, f);
            return -ENOMEM;
        }
        join(p, use);
        return 0;
    }
    return -EADDRNOTAVAIL;
}

void port_share(struct port_use *child, const struct port_use *parent)
{
    child->addr = parent->addr;
    child->bound_dev = parent->bound_dev;
    child->uid = parent->uid;
    child->flags = parent->flags & (uint8_t)~PORT_LISTENING;
    join(parent->port, child);
}

void port_release(struct netstack *s, struct port_use *use)
{
    struct port *p = use->port;

    if (!p)
        return;
    port_receive(use, false);
    list_del(&use->node);
    use->port = NULL;
    free_if_unused(s, p);
}

int port_listen(struct port_use *use)
{
    use->flags |= PORT_LISTENING;
    if (!conflicts(use->port, use))
        return 0;
    use->flags &= (uint8_t)~PORT_LISTENING;
    return -EADDRINUSE;
}

/* Does it take whatever comes by IPv4? */
static bool takes_all_v4(const struct port_use *u)
{
    return !u->bound_dev && netaddr_is_any(&u->addr) &&
           !(u->flags & PORT_ONLY_V6);
}

static void choose_only(struct port *p)
{
    const struct port_use *u =
        list_first_entry(&p->receivers, struct port_use, receiver_node);

    p->only = NULL;
    if (!list_empty(&p->receivers) && p->receivers.next == p->receivers.prev &&
        takes_all_v4(u))
        p->only = u->sock;
}

void port_dev_changed(struct port_use *use)
{
    if (use->receiving)
        choose_only(use->port);
}

void port_receive(struct port_use *use, bool receiving)
{
    if (use->receiving == receiving)
        return;
    use->receiving = receiving;
    if (receiving)
        list_add_tail(&use->port->receivers, &use->receiver_node);
    else
        list_del(&use->receiver_node);
    choose_only(use->port);
}

/* --- finding receivers --- */

/* How well a receiver fits; 0: not at all. */
static unsigned score(const struct port_use *u, const struct netaddr *local,
                      const struct netdev *dev)
{
    unsigned n = 1;

    if (u->bound_dev) {
        if (!dev || u->bound_dev != dev->index)
            return 0;
        n += 4;
    }
    if (netaddr_equal(&u->addr, local))
        return n + 2;
    if (!netaddr_is_any(&u->addr))
        return 0;
    if (netaddr_is_v4(&u->addr))
        return netaddr_is_v4(local) ? n + 1 : 0;
    return netaddr_is_v4(local) && u->flags & PORT_ONLY_V6 ? 0 : n;
}

/* One of the receivers that share the port and are equally good. */
static struct sock *choose(struct netstack *s, const struct port *p,
                           unsigned best, const struct netaddr *local,
                           const struct netaddr *remote, uint16_t remote_port,
                           const struct netdev *dev)
{
    uint32_t h = netstack_hash(s, remote->q[1], remote_port);
    unsigned count = 0, wanted;
    struct port_use *u;

    list_for_each_entry (u, &p->receivers, receiver_node)
        count += score(u, local, dev) == best;
    wanted = (unsigned)((uint64_t)h * count >> 32);
    list_for_each_entry (u, &p->receivers, receiver_node)
        if (score(u, local, dev) == best && wanted-- == 0)
            return u->sock;
    return NULL;
}

struct sock *port_find(struct netstack *s, uint8_t protocol,
                       const struct netaddr *local, uint16_t local_port,
                       const struct netaddr *remote, uint16_t remote_port,
                       const struct netdev *dev)
{
    struct port *p = find(s, protocol, local_port);
    struct port_use *u, *found = NULL;
    unsigned best = 0;

    if (!p)
        return NULL;
    list_for_each_entry (u, &p->receivers, receiver_node) {
        unsigned n = score(u, local, dev);

        if (n && n >= best) { /* of equals the latest */
            best = n;
            found = u;
        }
    }
    if (!found)
        return NULL;
    if (unlikely(found->flags & PORT_REUSEPORT))
        return choose(s, p, best, local, remote, remote_port, dev);
    return found->sock;
}

void port_for_each(struct netstack *s, uint8_t protocol,
                   const struct netaddr *local, uint16_t local_port,
                   const struct netdev *dev,
                   void (*fn)(struct sock *sk, void *arg), void *arg)
{
    struct port *p = find(s, protocol, local_port);
    struct port_use *u, *next;

    if (!p)
        return;
    list_for_each_entry_safe (u, next, &p->receivers, receiver_node)
        if (score(u, local, dev))
            fn(u->sock, arg);
}

void port_for_each_sock(struct netstack *s, uint8_t protocol,
                        void (*fn)(struct sock *sk, void *arg), void *arg)
{
    for (unsigned i = 0; s->ports.buckets && i < PORT_BUCKETS; i++) {
        for (struct port *p = s->ports.buckets[i]; p; p = p->next) {
            struct port_use *use;

            if (p->key >> 16 != protocol)
                continue;
            list_for_each_entry (use, &p->uses, node)
                if (use->sock)
                    fn(use->sock, arg);
        }
    }
}
