// SPDX-License-Identifier: MIT
/*
 * unix_priv: what the files of AF_UNIX share: sockets, their names, messages
 * between them, and files in flight.
 *
 * A message lies in its receiver's queue, and is charged to its sender until
 * it was read, as on Linux: SO_SNDBUF is the limit of streams; the others also
 * have a limit on messages waiting at the receiver.
 *
 * References: a socket keeps its peer's memory, a message its sender's. close
 * cuts what a closed socket holds, so that there are no cycles left. Files in
 * flight can refer to each other in cycles: unix_gc.c looks for those.
 */
#pragma once

#include "lib/list.h"
#include "net/sock.h"
#include "net/stack.h"
#include "net/unix.h"

#define UNIX_BUCKETS   256
#define UNIX_QUEUE_MAX 10   /* Linux: net.unix.max_dgram_qlen */
#define UNIX_PIECE     4096 /* bytes of one block of memory */

/* Offset of sun_path. */
#define UNIX_NAME_AT 2

/* A name; shared by a listening socket and those that it accepted. */
struct unix_addr {
    uint32_t refs;
    uint32_t len; /* of the struct sockaddr_un */
    uint8_t bytes[SOCK_ADDR_MAX];
};

struct unix_block {
    struct unix_block *next;
    uint32_t start, end; /* of what is not read yet */
    uint8_t bytes[];
};

struct unix_msg {
    struct unix_msg *next;
    struct unix_sock *from; /* a reference */
    struct sock_rights *rights;
    struct sock_creds creds;
    uint32_t refs;
    uint32_t len;    /* bytes not read yet */
    uint32_t charge; /* of memory, to the sender */
    bool peeked;     /* MSG_PEEK has shown it (SO_PEEK_OFF) */
    struct unix_block *last;
    struct unix_block first; /* the others follow */
};

struct unix_queue {
    struct unix_msg *first, *last;
    uint32_t count;
};

enum unix_state { UNIX_CLOSED, UNIX_LISTENING, UNIX_CONNECTED };

struct unix_sock {
    struct sock sk;
    enum unix_state state;
    struct unix_sock *peer; /* a reference, until close, even when closed */
    struct unix_addr *addr; /* NULL: unnamed */
    void *node;             /* the file that it is bound to; or NULL */
    bool named;             /* in the table */
    bool pass_creds;        /* SO_PASSCRED */
    uint32_t hash;
    struct unix_sock *hash_next;
    struct sock_creds self;       /* as bound for others: at listen */
    struct sock_creds peer_creds; /* SO_PEERCRED */
    struct unix_queue queue;
    /* Of a listening socket: connections to be accepted, by next_embryo. */
    struct unix_sock *embryos, *last_embryo, *next_embryo;
    uint32_t embryo_count, backlog;
    bool embryo;              /* in such a list */
    struct list_node waiters; /* unix_wait: who waits for room here */
    struct list_node waits;   /* unix_wait: where this one waits */
    void *file;               /* while inflight */
    uint32_t inflight;        /* references in messages */
    uint32_t inside;          /* of those, in sockets that may be garbage */
    bool reached;             /* it is none */
    struct list_node flight;  /* in unix_domain.flying while inflight */
    struct list_node all;     /* in unix_domain.socks */
};

/* `who` wants to be woken when `at` has room. */
struct unix_wait {
    struct list_node at_node, who_node;
    struct unix_sock *who;
};

struct unix_domain {
    struct unix_sock *buckets[UNIX_BUCKETS];
    uint32_t next_name;     /* for autobind */
    struct list_node socks; /* that are not closed */
    struct list_node flying;
    uint32_t files; /* in flight, of any kind */
    struct sock_rights *dead;
};

static inline struct unix_sock *unix_of(struct sock *sk)
{
    return container_of(sk, struct unix_sock, sk);
}

static inline bool unix_is_stream(const struct unix_sock *u)
{
    return u->sk.type == SOCK_STREAM;
}

static inline bool unix_is_dgram(const struct unix_sock *u)
{
    return u->sk.type == SOCK_DGRAM;
}

/* Linux's measure: three quarters of the buffer are free. */
static inline bool unix_writable(const struct unix_sock *u)
{
    return u->sk.wmem <= u->sk.sndbuf / 4;
}

/* --- unix.c --- */

/* Shows u's peer: takes a reference. NULL: none any more. */
void unix_set_peer(struct unix_sock *u, struct unix_sock *peer);

/* --- unix_name.c --- */

/* Whether a is a name of unix(7): -EINVAL. */
int unix_check_addr(const struct sock_addr *a);
int unix_bind(struct sock *sk, const struct sock_addr *a);
/* A name of its own, unless it has one. -EADDRINUSE, -ENOMEM, -ENOSPC. */
int unix_autobind(struct unix_sock *u);
/* Who is bound to a; borrowed. -ECONNREFUSED, -EPROTOTYPE, -EINVAL. */
int unix_find(struct unix_sock *by, const struct sock_addr *a,
              struct unix_sock **found);
void unix_unname(struct unix_sock *u);
void unix_addr_put(struct netstack *s, struct unix_addr *a);
/* u's name, or an empty one of `unnamed` bytes. */
void unix_format(const struct unix_sock *u, uint32_t unnamed,
                 struct sock_addr *a);

/* --- unix_msg.c --- */

/* A message of len bytes with the caller's data, or -ENOBUFS, -EFAULT. The
 * lock is released in between. Does not take m's rights. */
int unix_msg_make(struct unix_sock *u, struct sock_msg *m, size_t len,
                  struct unix_msg **msg);
void unix_msg_put(struct netstack *s, struct unix_msg *msg);
/* Takes msg, and m's rights; wakes to's readers. */
void unix_queue_put(struct unix_sock *to, struct unix_msg *msg,
                    struct sock_msg *m);
/* Takes the first one off; the reference is the caller's. */
struct unix_msg *unix_queue_get(struct unix_sock *u);
/* Moves up to len bytes of msg from `skip` on to the caller; the count. */
size_t unix_msg_copy(struct unix_sock *u, struct unix_msg *msg, size_t skip,
                     struct sock_data *d, size_t len);
/* With SO_PEEK_OFF, the message at the offset, and how far into it that is;
 * NULL: none. One that is empty is shown once. */
struct unix_msg *unix_peek_find(const struct unix_sock *u, size_t *skip);
/* Takes n bytes off the front. */
void unix_msg_consume(struct unix_msg *msg, size_t n);
/* Tells the receiver who sent it. */
void unix_msg_tell(struct unix_sock *u, struct unix_msg *msg,
                   struct sock_msg *m);
/* The files that came with it. */
void unix_msg_give(struct unix_sock *u, struct unix_msg *msg,
                   struct sock_msg *m);
/* All messages go, their files to the dead. */
void unix_queue_purge(struct unix_sock *u);

/* Enters `who` where `at` has no room. -ENOBUFS. */
int unix_wait_add(struct unix_sock *who, struct unix_sock *at);
/* at has room, or is gone. */
void unix_wait_wake(struct unix_sock *at);
void unix_wait_leave(struct unix_sock *who);

/* --- unix_stream.c, unix_dgram.c --- */

ssize_t unix_stream_send(struct sock *sk, struct sock_msg *m);
ssize_t unix_stream_recv(struct sock *sk, struct sock_msg *m);
ssize_t unix_stream_recv_at_offset(struct sock *sk, struct sock_msg *m);
ssize_t unix_dgram_send(struct sock *sk, struct sock_msg *m);
ssize_t unix_dgram_recv(struct sock *sk, struct sock_msg *m);
ssize_t unix_dgram_recv_at_offset(struct sock *sk, struct sock_msg *m);
/* connect(2) of a datagram socket. */
int unix_dgram_connect(struct unix_sock *u, const struct sock_addr *a);
unsigned unix_dgram_poll(struct sock *sk);

/* --- unix_gc.c --- */

/* The files of r are in flight now, or no longer. */
void unix_rights_fly(struct netstack *s, struct sock_rights *r);
void unix_rights_land(struct netstack *s, struct sock_rights *r);
/* Takes r, in flight: its files are to be dropped. r may be NULL. */
void unix_rights_kill(struct netstack *s, struct sock_rights *r);
/* A second set of references; NULL: no memory. */
struct sock_rights *unix_rights_copy(struct netstack *s,
                                     const struct sock_rights *r);
/* Frees what nobody can reach any more. */
void unix_gc(struct netstack *s);
