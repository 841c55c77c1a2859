// SPDX-License-Identifier: MIT
/* dgram: see the header. */
#include "net/dgram.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/packet.h"
#include "net/bpf.h"
#include "net/ether.h"
#include "net/ip_extra.h"
#include "net/netdev.h"
#include "net/sock_error.h"
#include "net/stack.h"

static struct dgram_sock *dgram_of(struct sock *sk)
{
    return container_of(sk, struct dgram_sock, sk);
}

/* --- in --- */

void dgram_drop(struct dgram_sock *d, struct netbuf *nb)
{
    d->dropped++;
    netbuf_free(d->sk.stack, nb);
}

bool dgram_queue(struct dgram_sock *d, struct netbuf *nb)
{
    uint32_t size = netbuf_truesize(nb);
    bool room = dgram_has_room(d, size);

    if (likely(room))
        dgram_put(d, nb, size);
    else
        dgram_drop(d, nb);
    return room;
}

void dgram_queue_any(struct dgram_sock *d, struct netbuf *nb)
{
    dgram_put(d, nb, netbuf_truesize(nb));
}

bool dgram_filter(struct sock *sk, struct netbuf *nb, size_t least)
{
    struct bpf_packet p = {.nb = nb, .type = PACKET_HOST};

    p.protocol = dgram_is_v4(nb) ? BE16(ETHER_IPV4) : BE16(ETHER_IPV6);
    if (nb->flags & NETBUF_BROADCAST)
        p.type = PACKET_BROADCAST;
    else if (nb->flags & NETBUF_MULTICAST)
        p.type = PACKET_MULTICAST;
    return sock_filter(sk, nb, &p, least);
}

struct netbuf *dgram_dequeue(struct dgram_sock *d)
{
    struct netbuf *nb = netbuf_queue_get(&d->queue);

    d->sk.rmem -= nb->charged;
    return nb;
}

void dgram_put_addr(struct sock *sk, struct sock_msg *m,
                    const struct netbuf *nb)
{
    struct netaddr from = dgram_is_v4(nb) ? netaddr_v4(dgram_ip(nb)->source)
                                          : netaddr_v6(dgram_ip6(nb)->source);
    uint16_t port = 0;

    if (sk->protocol == IPPROTO_UDP)
        __builtin_memcpy(&port, nb->head + nb->transport, sizeof(port));
    inet_format_addr(sk, &from, port, m->addr);
    if (ipv6_is_link_local(&from))
        m->addr->in6.sin6_scope_id = (uint32_t)nb->dev->index;
}

ssize_t dgram_copy(struct sock *sk, struct netbuf *nb, size_t skip,
                   struct sock_data *d)
{
    size_t len = MIN(nb->len - skip, d->left), done = 0;

    netstack_unlock(sk->stack);
    while (done < len) {
        uint8_t *at;
        size_t n = MIN(netbuf_piece(nb, skip + done, &at), len - done);
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
    if (unlikely(m->flags & (MSG_OOB | MSG_ERRQUEUE)))
        return m->flags & MSG_OOB ? -EOPNOTSUPP : (int)sock_error_recv(sk, m);
    if (unlikely(sk->error))
        return sock_take_error(sk);
    if (!d->queue.first)
        return sk->shut & 1 << SHUT_RD ? 0 : -EAGAIN;
    *nb = m->flags & MSG_PEEK ? d->queue.first : dgram_dequeue(d);
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
        ssize_t copied = dgram_copy(sk, nb, 0, m->data);

        if (copied < 0)
            n = copied;
    }
    if (!(m->flags & MSG_PEEK))
        netbuf_free(sk->stack, nb);
    return n;
}

/* As dgram_recv, whatever there is and is asked for. */
static never_inline ssize_t recv_any(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb;
    int err = dgram_next(sk, m, &nb);

    if (!nb)
        return err;
    if (m->addr)
        dgram_put_addr(sk, m, nb);
    if (m->control)
        dgram_put_controls(sk, m, nb);
    return dgram_give(sk, m, nb);
}

/* The quick case: a datagram in one piece, and nothing but its bytes and, of
 * UDP over IPv4, its sender's address is wanted. */
ssize_t dgram_recv(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb = dgram_of(sk)->queue.first;
    struct netstack *s = sk->stack;
    struct sock_data *d = m->data;
    ssize_t n;

    if (unlikely(!nb || nb->nfrags || nb->len > d->left || sk->error ||
                 m->control || m->flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE)))
        return recv_any(sk, m);
    if (m->addr) {
        if (unlikely(sk->family != AF_INET || sk->protocol != IPPROTO_UDP ||
                     !dgram_is_v4(nb)))
            return recv_any(sk, m);
        inet_format_v4(m->addr, dgram_ip(nb)->source,
                       load16(nb->head + nb->transport));
    }
    dgram_of(sk)->queue.first = nb->next;
    sk->rmem -= nb->charged;
    n = nb->len;
    netstack_unlock(s);
    if (unlikely(d->move(d, nb->data, (size_t)n) < (size_t)n))
        n = -EFAULT;
    netstack_lock(s);
    netbuf_free_quick(s, nb);
    return n;
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
    err = ip_path_lookup(sk->stack, p);
    dgram_limit_path(sk, p);
    return err;
}

void dgram_options(const struct sock *sk, const struct ip_path *p,
                   const struct ip_extra *extra, size_t len,
                   struct ip_options *o)
{
    bool v4 = netaddr_is_v4(&p->destination);

    *o = (struct ip_options){.ttl = sk->ttl, .tos = sk->tos, .extra = extra};
    len += ip_extra_len(extra, &p->destination);
    o->no_checksum = v4 ? sk->options & SOCK_OPT_NO_CHECK
                        : sk->inet_options & INET_OPT_NO_CHECK6_TX;
    if (p->multicast)
        o->ttl = sk->multicast_ttl;
    if (sk->pmtu == SOCK_PMTU_DO || sk->pmtu == SOCK_PMTU_PROBE ||
        (!v4 && sk->inet_options & INET_OPT_DONTFRAG))
        o->dont_fragment = true;
    else if (sk->pmtu == SOCK_PMTU_WANT)
        o->dont_fragment = len + IPV4_HEADER <= p->mtu && v4;
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
    if (sk->error || sk->errors.first)
        events |= sk->options & SOCK_OPT_SELECT_ERR_QUEUE ? POLLERR | POLLPRI
                                                          : POLLERR;
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
    sk->path.head.generation = 0; /* so that send looks */
    sock_ready(sk, POLLIN | POLLOUT | POLLHUP);
    return sk->flow.remote_port ? 0 : -ENOTCONN;
}

void dgram_close(struct sock *sk)
{
    struct dgram_sock *d = dgram_of(sk);

    sk->closed = true;
    inet_release(sk);
    netbuf_queue_free(sk->stack, &d->queue);
    netbuf_queue_free(sk->stack, &sk->errors);
    sk->rmem = 0;
    sock_put(sk);
}

void dgram_destroy(struct sock *sk)
{
    net_env_free(sk->stack, sk->filter);
    ip_extra_put(sk->stack, sk->extra);
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
