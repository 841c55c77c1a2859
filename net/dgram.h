// SPDX-License-Identifier: MIT
/*
 * dgram: what sockets share that receive whole packets: a queue with a limit,
 * and recv(2) from it. A packet is queued as it came; its headers are where
 * network and transport say, and are looked at when it is received.
 */
#pragma once

#include "abi/poll.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/netdev.h"
#include "net/sock.h"

struct dgram_sock {
    struct sock sk;
    struct netbuf_queue queue; /* data: what recv gives */
    uint64_t dropped;
};

/* The headers of a packet that is queued. */
static inline bool dgram_is_v4(const struct netbuf *nb)
{
    return (nb->head[nb->network] & 0xf0) == 0x40;
}

static inline const struct ipv4_header *dgram_ip(const struct netbuf *nb)
{
    return (const struct ipv4_header *)(nb->head + nb->network);
}

static inline const struct ipv6_header *dgram_ip6(const struct netbuf *nb)
{
    return (const struct ipv6_header *)(nb->head + nb->network);
}

void dgram_drop(struct dgram_sock *d, struct netbuf *nb); /* and counts it */

/* Has the socket's buffer room for size bytes of memory more? */
static inline bool dgram_has_room(const struct dgram_sock *d, uint32_t size)
{
    return d->sk.rmem + size <= d->sk.rcvbuf || !d->queue.first;
}

/* Takes nb (data: what recv gives), of that size, and queues it. */
static force_inline void dgram_put(struct dgram_sock *d, struct netbuf *nb,
                                   uint32_t size)
{
    nb->charged = size;
    d->sk.rmem += size;
    netbuf_queue_put(&d->queue, nb);
    sock_ready(&d->sk, POLLIN);
}

/* As dgram_put, or drops it when there is no room. Whether it is in. */
bool dgram_queue(struct dgram_sock *d, struct netbuf *nb);
/* The same whatever is in the buffer. */
void dgram_queue_any(struct dgram_sock *d, struct netbuf *nb);

/* Whether the socket's filter wants nb, data at the transport header (raw: at
 * the network's), of which `least` bytes stay. */
bool dgram_filter(struct sock *sk, struct netbuf *nb, size_t least);

/* What recv gives next in *nb, taken off the queue unless MSG_PEEK; -EAGAIN or
 * an error, 0 with *nb NULL: the end. */
int dgram_next(struct sock *sk, struct sock_msg *m, struct netbuf **nb);
/* Takes the first off the queue, which there is. */
struct netbuf *dgram_dequeue(struct dgram_sock *d);
/* Gives nb's bytes from skip on to the caller, the lock released. The count,
 * -EFAULT. */
ssize_t dgram_copy(struct sock *sk, struct netbuf *nb, size_t skip,
                   struct sock_data *d);
/* From whom it is. */
void dgram_put_addr(struct sock *sk, struct sock_msg *m,
                    const struct netbuf *nb);
/* Gives the bytes of what dgram_next found, which may be freed. As recv. */
ssize_t dgram_give(struct sock *sk, struct sock_msg *m, struct netbuf *nb);
/* The control messages about a packet, as ip(7) and ipv6(7) have them. */
void dgram_put_controls(struct sock *sk, struct sock_msg *m,
                        const struct netbuf *nb);
/* Of these, when it came. */
void dgram_put_time(struct sock *sk, struct sock_msg *m,
                    const struct netbuf *nb);

/* sock_ops */
ssize_t dgram_recv(struct sock *sk, struct sock_msg *m);
unsigned dgram_poll(struct sock *sk);
int dgram_shutdown(struct sock *sk, int how);
void dgram_close(struct sock *sk);
void dgram_destroy(struct sock *sk);
long dgram_ioctl(struct sock *sk, unsigned cmd);

/* Whether n more bytes may be queued for the device; else asks the device to
 * give memory back, and POLLOUT comes when it has. */
bool dgram_may_send(struct sock *sk, size_t n);

/* Makes sk->path lead to destination (any source: the bound address). */
int dgram_path(struct sock *sk, const struct netaddr *destination);

/* Cuts the MTU of a path that was just looked up, where the socket wishes so.
 */
static inline void dgram_limit_path(const struct sock *sk, struct ip_path *p)
{
    if (unlikely(sk->mtu6) && !netaddr_is_v4(&p->destination))
        p->mtu = MIN(p->mtu, sk->mtu6);
    if (unlikely(sk->pmtu >= SOCK_PMTU_INTERFACE) && p->dev)
        p->mtu = p->dev->mtu; /* whatever routers say */
}

/* The socket's wishes for a packet of so many bytes behind the IP header and
 * extra, which is the socket's or another. */
void dgram_options(const struct sock *sk, const struct ip_path *p,
                   const struct ip_extra *extra, size_t len,
                   struct ip_options *o);

/* Fills nb's bytes from offset on with the caller's data. -EFAULT. */
int dgram_fill(struct sock *sk, struct netbuf *nb, size_t offset,
               struct sock_data *d, size_t len);
