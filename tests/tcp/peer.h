// SPDX-License-Identifier: MIT
/*
 * peer: programs at the ends of connections in a world. Each sends a
 * stream of known bytes of a length of its own, checks what it receives byte
 * by byte, and closes when both are done.
 */
#pragma once

#include "tests/tcp/world.h"

struct peer {
    struct fake_owner owner;
    struct sock *sk;
    struct host *host;
    struct peer *next_due;
    bool due, connected, closed, failed, eof, half_close;
    int error;
    uint32_t id; /* both ends of a connection have the same */
    bool client;
    uint64_t to_send, sent, to_receive, received;
    size_t chunk; /* at most so much in one call */
};

struct peers {
    struct world *w;
    struct peer *due, **due_end;
    struct fake_owner listener_owner;
    struct sock *listener;
    bool accept_due;
    struct peer *all; /* clients first, then as many for their other ends */
    unsigned count, open, done, failed, started;
    struct peer *(*accepted)(struct peers *ps, struct sock *sk);
};

extern struct peers *peers_now; /* what the owners' callbacks act on */

void peers_init(struct peers *ps, struct world *w, unsigned count,
                uint16_t port, int backlog);
/* Begins connection i: the client sends `up` bytes and gets `down`. */
void peers_start(struct peers *ps, unsigned i, uint16_t port, uint64_t up,
                 uint64_t down);
/* Lets all programs act that have something to do. */
void peers_act(struct peers *ps);
/* Runs until all that were started are over, or until a time. */
void peers_run(struct peers *ps, uint64_t until);
void peers_fini(struct peers *ps);

/* The bytes that end `client` of connection id sends. */
uint8_t peer_byte(uint32_t id, bool client, uint64_t at);

/* Calls of a program that does not wait, with plain memory. */
ssize_t peer_send(struct sock *sk, const void *data, size_t len,
                  unsigned flags);
ssize_t peer_recv(struct sock *sk, void *data, size_t len, unsigned flags);
struct sock *peer_socket(struct host *h); /* TCP */
struct sock *peer_socket_of(struct host *h, int type);
struct sock_addr peer_address(uint32_t addr, uint16_t port);
ssize_t peer_send_to(struct sock *sk, const void *data, size_t len,
                     unsigned flags, struct sock_addr *to);
ssize_t peer_recv_from(struct sock *sk, void *data, size_t len, unsigned flags,
                       struct sock_addr *from);
int peer_connect(struct sock *sk, uint32_t addr, uint16_t port);
int peer_bind(struct sock *sk, uint32_t addr, uint16_t port);
int peer_listen(struct sock *sk, int backlog);
struct sock *peer_accept(struct sock *sk);
unsigned peer_poll(struct sock *sk);
void peer_close(struct sock *sk);
int peer_shutdown(struct sock *sk, int how);
int peer_set(struct sock *sk, int level, int name, int value);
