// SPDX-License-Identifier: MIT
/*
 * dgram: what sockets share that receive whole packets: a queue with a limit,
 * and recv(2) from it. A packet is queued as it came; its headers are where
 * network and transport say, and are looked at when it is received.
 */
#pragma once

#include "net/sock.h"

struct dgram_sock {
    struct sock sk;
    struct netbuf_queue queue; /* data: what recv gives */
    uint64_t dropped;
};

/* Takes nb (data: what recv gives): queues it, or drops it when the socket's
 * buffer is full. Whether it is in. */
bool dgram_queue(struct dgram_sock *d, struct netbuf *nb);

/* Whether the socket's filter wants nb, data at the transport header (raw: at
 * the network's), of which `least` bytes stay. */
bool dgram_filter(struct sock *sk, struct netbuf *nb, size_t least);

/* What recv gives next in *nb, taken off the queue unless MSG_PEEK; -EAGAIN or
 * an error, 0 with *nb NULL: the end. */
int dgram_next(struct sock *sk, struct sock_msg *m, struct netbuf **nb);
/* Gives the bytes of what dgram_next found, which may be freed. As recv. */
ssize_t dgram_give(struct sock *sk, struct sock_msg *m, struct netbuf *nb);
/* The control messages of SOL_SOCKET for a packet. */
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

/* The socket's wishes for a packet of so many bytes behind the IP header. */
void dgram_options(const struct sock *sk, const struct ip_path *p, size_t len,
                   struct ip_options *o);

/* Fills nb's bytes from offset on with the caller's data. -EFAULT. */
int dgram_fill(struct sock *sk, struct netbuf *nb, size_t offset,
               struct sock_data *d, size_t len);
