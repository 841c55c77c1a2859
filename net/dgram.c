// SPDX-License-Identifier: MIT
/* dgram: see the header. */
#include "net/dgram.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/packet.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "net/bpf.h"
#include "net/ether.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/netdev.h"
#include "net/stack.h"

static struct dgram_sock *dgram_of(struct sock *sk)
{
    return container_of(sk, struct dgram_sock, sk);
}

/* --- in --- */

bool dgram_queue(struct dgram_sock *d, struct netbuf *nb)
{
    struct sock *sk = &d->sk;
    uint32_t size = (uint32_t)netbuf_truesize(nb);

    if (unlikely(sk->rmem + size > sk->rcvbuf && d->queue.first)) {
        d->dropped++;
        netbuf_free(sk->stack, nb);
        return false;
    }
    nb->cb[0] = size;
    sk->rmem += size;
    netbuf_queue_put(&d->queue, nb);
    sock_ready(sk, POLLIN);
    return true;
}

static bool is_v4(const struct netbuf *nb)
{
    return (nb->head[nb->network] & 0xf0) == 0x40;
}

bool dgram_filter(struct sock *sk, struct netbuf *nb, size_t least)
{
    struct bpf_packet p = {.nb = nb, .type = PACKET_HOST};

    p.protocol = is_v4(nb) ? BE16(ETHER_IPV4) : BE16(ETHER_IPV6);
    if (nb->flags & NETBUF_BROADCAST)
        p.type = PACKET_BROADCAST;
    else if (nb->flags & NETBUF_MULTICAST)
        p.type = PACKET_MULTICAST;
    return sock_filter(sk, nb, &p, least);
}

static struct netbuf *dequeue(struct dgram_sock *d)
{
    struct netbuf *nb = netbuf_queue_get(&d->queue);

    d->sk.rmem -= (uint32_t)nb->cb[0];
    return nb;
}

static const struct ipv4_header *ip_of(const struct netbuf *nb)
{
    return (const struct ipv4_header *)(nb->head + nb->network);
}

static const struct ipv6_header *ip6_of(const struct netbuf *nb)
{
    return (const struct ipv6_header *)(nb->head + nb->network);
}

/* What ipv6(7) has; of IPv4 packets the same, mapped. */
static void put_controls6(struct sock *sk, struct sock_msg *m,
                          const struct netbuf *nb)
{
    bool v4 = is_v4(nb);
    struct {
        struct netaddr to;
        int32_t index;
    } packed info = {v4 ? netaddr_v4(ip_of(nb)->destination)
                        : netaddr_v6(ip6_of(nb)->destination),
                     nb->dev->index};
    int v;

    if (sk->options & SOCK_OPT_PKTINFO6)
        sock_put_control(m, SOL_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    if (v4)
        return;
    if (sk->options & SOCK_OPT_RECVHOPLIMIT) {
        v = ip6_of(nb)->hops;
        sock_put_control(m, SOL_IPV6, IPV6_HOPLIMIT, &v, sizeof(v));
    }
    if (sk->options & SOCK_OPT_RECVTCLASS) {
        v = (int)(be32(ip6_of(nb)->version_class_flow) >> 20 & 0xff);
        sock_put_control(m, SOL_IPV6, IPV6_TCLASS, &v, sizeof(v));
    }
}

static void put_pktinfo(struct sock_msg *m, const struct netbuf *nb)
{
    const struct ipv4_header *h = ip_of(nb);
    struct {
        int32_t index;
        uint32_t local, destination;
    } info = {nb->dev->index, h->destination, h->destination};

    sock_put_control(m, SOL_IP, IP_PKTINFO, &info, sizeof(info));
}

void dgram_put_time(struct sock *sk, struct sock_msg *m,
                    const struct netbuf *nb)
{
    uint64_t age, ns;
    int64_t v[2];

    if (!(sk->options & (SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS)))
        return;
    age = net_env_now(sk->stack) - nb->time_ns;
    ns = net_env_realtime(sk->stack) - age;
    v[0] = (int64_t)(ns / NSEC_PER_SEC);
    v[1] = (int64_t)(ns % NSEC_PER_SEC);
    if (sk->options & SOCK_OPT_TIMESTAMPNS) {
        sock_put_control(m, SOL_SOCKET, SO_TIMESTAMPNS, v, sizeof(v));
    } else {
        v[1] /= (int64_t)NSEC_PER_USEC;
        sock_put_control(m, SOL_SOCKET, SO_TIMESTAMP, v, sizeof(v));
    }
}

/* How many were dropped before this one; no message while there were none. */
static void put_drops(struct sock *sk, struct sock_msg *m)
{
    uint32_t dropped = (uint32_t)dgram_of(sk)->dropped;

    if (sk->options & SOCK_OPT_RXQ_OVFL && dropped)
        sock_put_control(m, SOL_SOCKET, SO_RXQ_OVFL, &dropped, sizeof(dropped));
}

/* The address and port that it was sent to. */
static void put_destination(struct sock_msg *m, const struct netbuf *nb)
{
    struct abi_sockaddr_in a = {.sin_family = AF_INET};

    memcpy(&a.sin_port, nb->head + nb->transport + 2, sizeof(a.sin_port));
    memcpy(a.sin_addr, &ip_of(nb)->destination, sizeof(a.sin_addr));
    sock_put_control(m, SOL_IP, IP_ORIGDSTADDR, &a, sizeof(a));
}

static void put_controls(struct sock *sk, struct sock_msg *m,
                         const struct netbuf *nb)
{
    int v;

    dgram_put_time(sk, m, nb);
    put_drops(sk, m);
    if (sk->family == AF_INET6)
        put_controls6(sk, m, nb);
    if (!is_v4(nb))
        return;
    if (sk->options & SOCK_OPT_PKTINFO)
        put_pktinfo(m, nb);
    if (sk->options & SOCK_OPT_RECVTTL) {
        v = ip_of(nb)->ttl;
        sock_put_control(m, SOL_IP, IP_TTL, &v, sizeof(v));
    }
    if (sk->options & SOCK_OPT_RECVTOS)
        sock_put_control(m, SOL_IP, IP_TOS, &ip_of(nb)->tos, 1);
    if (sk->options & SOCK_OPT_ORIGDSTADDR && sk->protocol == IPPROTO_UDP)
        put_destination(m, nb);
}

static void put_addr(struct sock *sk, struct sock_msg *m,
                     const struct netbuf *nb)
{
    struct netaddr from = likely(is_v4(nb)) ? netaddr_v4(ip_of(nb)->source)
                                            : netaddr_v6(ip6_of(nb)->source);
    uint16_t port = 0;

    if (sk->protocol == IPPROTO_UDP)
        __builtin_memcpy(&port, nb->head + nb->transport, sizeof(port));
    inet_format_addr(sk, &from, port, m->addr);
    if (ipv6_is_link_local(&from))
        m->addr->in6.sin6_scope_id = (uint32_t)nb->dev->index;
}

/* Gives nb's bytes to the caller, the lock released. The count, -EFAULT. */
static inline ssize_t copy_to_caller(struct sock *sk, struct netbuf *nb,
                                     struct sock_data *d)
{
    size_t len = MIN(nb->len, d->left), done;

    netstack_unlock(sk->stack);
    done = nb->linear ? d->move(d, nb->data, MIN(nb->linear, len)) : 0;
    while (done < len) {
        uint8_t *at;
        size_t n = MIN(netbuf_piece(nb, done, &at), len - done);
        size_t moved = d->move(d, at, n);

        done += moved;
        if (moved < n)
            break;
    }
    netstack_lock(sk->stack);
    return done < len ? -EFAULT : (ssize_t)done;
}

int dgram_next(struct sock *sk, struct sock_msg *m, struct netbuf **nb)
{
    struct dgram_sock *d = dgram_of(sk);

    *nb = NULL;
    if (unlikely(sk->error))
        return sock_take_error(sk);
    if (m->flags & (MSG_OOB | MSG_ERRQUEUE))
        return m->flags & MSG_OOB ? -EOPNOTSUPP : -EAGAIN;
    if (!d->queue.first)
        return sk->shut & 1 << SHUT_RD ? 0 : -EAGAIN;
    *nb = m->flags & MSG_PEEK ? d->queue.first : dequeue(d);
    return 0;
}

ssize_t dgram_give(struct sock *sk, struct sock_msg *m, struct netbuf *nb)
{
    ssize_t n = nb->len;

    if (nb->len > m->data->left)
        m->out_flags |= MSG_TRUNC;
    if (!(m->flags & MSG_TRUNC))
        n = (ssize_t)MIN((size_t)n, m->data->left);
    if (m->data->left && nb->len) {
        ssize_t copied = copy_to_caller(sk, nb, m->data);

        if (copied < 0)
            n = copied;
    }
    if (!(m->flags & MSG_PEEK))
        netbuf_free(sk->stack, nb);
    return n;
}

ssize_t dgram_recv(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb;
    int err = dgram_next(sk, m, &nb);

    if (!nb)
        return err;
    if (m->addr)
        put_addr(sk, m, nb);
    if (unlikely(m->control))
        put_controls(sk, m, nb);
    return dgram_give(sk, m, nb);
}

/* --- out --- */

static bool has_room(const struct sock *sk, size_t n)
{
    return sk->wmem <= sk->sndbuf / 2 || sk->wmem + n <= sk->sndbuf;
}

bool dgram_may_send(struct sock *sk, size_t n)
{
    if (likely(has_room(sk, n)))
        return true;
    for (struct netdev *dev = sk->stack->devs; dev; dev = dev->next)
        if (dev->ops->reap)
            dev->ops->reap(dev);
    return has_room(sk, n);
}

int dgram_path(struct sock *sk, const struct netaddr *destination)
{
    struct ip_path *p = &sk->path;
    bool group;
    int err;

    if (likely(p->generation == sk->stack->route_generation &&
               netaddr_equal(&p->destination, destination)))
        return 0;
    err = inet_may_reach(sk, destination);
    if (err)
        return err;
    group = netaddr_is_multicast(destination);
    p->destination = *destination;
    p->bound_dev = group && sk->multicast_dev ? sk->multicast_dev
                                              : inet_dev(sk, destination);
    p->source = sk->use.port ? sk->use.addr : sk->flow.local;
    if (netaddr_is_multicast(&p->source) ||
        (netaddr_is_v4(&p->source) && p->source.w[3] == UINT32_MAX))
        p->source = netaddr_v4(0);
    p->generation = 0;
    return ip_path_lookup(sk->stack, p);
}

void dgram_options(const struct sock *sk, const struct ip_path *p, size_t len,
                   struct ip_options *o)
{
    *o = (struct ip_options){.ttl = sk->ttl, .tos = sk->tos};
    if (p->multicast)
        o->ttl = sk->multicast_ttl;
    if (sk->pmtu >= SOCK_PMTU_DO)
        o->dont_fragment = true;
    else if (sk->pmtu == SOCK_PMTU_WANT)
        o->dont_fragment =
            len + IPV4_HEADER <= p->mtu && netaddr_is_v4(&p->destination);
}

int dgram_fill(struct sock *sk, struct netbuf *nb, size_t offset,
               struct sock_data *d, size_t len)
{
    size_t end = offset + len;
    bool fault = false;

    netstack_unlock(sk->stack);
    while (offset < end && !fault) {
        uint8_t *at;
        size_t n = MIN(netbuf_piece(nb, offset, &at), end - offset);

        fault = d->move(d, at, n) < n;
        offset += n;
    }
    netstack_lock(sk->stack);
    return fault ? -EFAULT : 0;
}

/* --- the rest --- */

unsigned dgram_poll(struct sock *sk)
{
    struct dgram_sock *d = dgram_of(sk);
    unsigned events = 0;

    if (d->queue.first || sk->shut & 1 << SHUT_RD)
        events |= POLLIN | POLLRDNORM;
    if (dgram_may_send(sk, sk->sndbuf))
        events |= POLLOUT | POLLWRNORM;
    if (sk->error)
        events |= POLLERR;
    if (sk->shut & 1 << SHUT_RD)
        events |= POLLRDHUP;
    if (sk->shut == (1 << SHUT_RD | 1 << SHUT_WR))
        events |= POLLHUP;
    return events;
}

int dgram_shutdown(struct sock *sk, int how)
{
    if (how != SHUT_WR)
        sk->shut |= 1 << SHUT_RD;
    if (how != SHUT_RD)
        sk->shut |= 1 << SHUT_WR;
    sock_ready(sk, POLLIN | POLLOUT | POLLHUP);
    return sk->flow.remote_port ? 0 : -ENOTCONN;
}

void dgram_close(struct sock *sk)
{
    struct dgram_sock *d = dgram_of(sk);

    sk->closed = true;
    inet_release(sk);
    netbuf_queue_free(sk->stack, &d->queue);
    sk->rmem = 0;
    sock_put(sk);
}

void dgram_destroy(struct sock *sk)
{
    net_env_free(sk->stack, sk->filter);
    net_env_free(sk->stack, dgram_of(sk));
}

long dgram_ioctl(struct sock *sk, unsigned cmd)
{
    struct dgram_sock *d = dgram_of(sk);

    switch (cmd) {
    case FIONREAD:
        return d->queue.first ? (long)d->queue.first->len : 0;
    case TIOCOUTQ:
        return (long)sk->wmem;
    }
    return -ENOTTY;
}
