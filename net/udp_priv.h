// SPDX-License-Identifier: MIT
/* udp_priv: what the files of UDP share: what comes in and the life of sockets
 * are in udp.c, sending in udp_out.c, datagrams made of several sends in
 * udp_more.c, options and receiving several datagrams at once in udp_option.c.
 */
#pragma once

#include "net/dgram_control.h"
#include "net/udp.h"

static inline struct udp_sock *udp_of(struct sock *sk)
{
    return container_of(sk, struct udp_sock, dgram.sk);
}

/* send, for sockets without stamps and with (SO_TIMESTAMPING); when nothing of
 * udp_send_more is under way. */
ssize_t udp_send(struct sock *sk, struct sock_msg *m);
ssize_t udp_send_stamped(struct sock *sk, struct sock_msg *m);
/* A port for a socket that has none. */
int udp_autobind(struct sock *sk);
/* Where the message shall go. */
int udp_destination(struct sock *sk, const struct sock_msg *m,
                    struct netaddr *to, uint16_t *port);
/* How long each datagram is when len bytes leave by p, cut as UDP_SEGMENT says:
 * step; len: in one. -EINVAL: these would be too long, or too many. */
int udp_step(struct sock *sk, const struct dgram_control *c,
             const struct ip_path *p, size_t len, size_t *step);
/* After a change of gro, cork, more, peek_off or timestamping. */
void udp_choose_ops(struct udp_sock *u);

/* send with MSG_MORE, with UDP_CORK set, or behind such: part of a datagram. */
ssize_t udp_send_more(struct sock *sk, struct sock_msg *m);
/* Sends what there is of one. */
int udp_push_more(struct sock *sk);
void udp_drop_more(struct sock *sk);

/* recv with UDP_GRO */
ssize_t udp_recv_joined(struct sock *sk, struct sock_msg *m);

/* recv with SO_PEEK_OFF (udp_peek.c), and sock_ops->peekable */
ssize_t udp_recv_at_offset(struct sock *sk, struct sock_msg *m);
bool udp_peekable(struct sock *sk);

int udp_set_option(struct sock *sk, int level, int name, const void *value,
                   size_t len);
int udp_get_option(struct sock *sk, int level, int name, void *value,
                   size_t *len);
