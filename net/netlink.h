// SPDX-License-Identifier: MIT
/*
 * netlink: sockets whose other end is the kernel, netlink(7); of its protocols
 * there are NETLINK_ROUTE (net/rtnl.h) and NETLINK_SOCK_DIAG (net/sock_diag.h).
 * A request is answered while it is sent: a dump is made at once, into as many
 * datagrams as it takes; before these are read there is no other.
 */
#pragma once

#include "abi/netlink.h"
#include "net/dgram.h"

struct netlink_sock {
    struct dgram_sock dgram;
    struct netlink_sock *next; /* in stack->netlink_socks */
    uint32_t id;               /* nl_pid; 0: not bound */
    uint32_t peer;             /* of connect */
    uint64_t groups;           /* 1 << (group - 1) */
    uint32_t options;          /* 1 << NETLINK_CAP_ACK ... */
    uint32_t acks;             /* bytes of them since all had been read */
};

/* A message, or several, on their way to a socket. */
struct netlink_out {
    struct netstack *stack;
    struct netlink_sock *to; /* NULL: to a group */
    struct netbuf *nb;       /* the datagram so far; NULL: none */
    uint32_t id, seq;
    uint16_t flags; /* of each message */
    size_t message; /* where the present one begins */
    bool failed;    /* there was no memory */
};

void netlink_init(struct netstack *s);

/* Begins a message with a fixed part of len bytes, and ends it; in between,
 * attributes are put into it. */
void netlink_begin(struct netlink_out *o, uint16_t type, const void *body,
                   size_t len);
void netlink_put(struct netlink_out *o, uint16_t type, const void *data,
                 size_t len);
void netlink_put_u32(struct netlink_out *o, uint16_t type, uint32_t v);
void netlink_put_string(struct netlink_out *o, uint16_t type, const char *text);
void netlink_end(struct netlink_out *o);

/* Sends what o has, to its socket or to those who are in the group. */
void netlink_flush(struct netlink_out *o);
void netlink_publish(struct netlink_out *o, unsigned group);
/* Ends a dump: NLMSG_DONE with an error or 0. As rtnl_request. */
int netlink_done(struct netlink_out *o, int32_t err);
bool netlink_has_listeners(const struct netstack *s, unsigned group);

/* One request, whole: header and payload. */
struct netlink_request {
    struct netstack *stack;
    struct netlink_sock *from;
    const struct abi_nlmsghdr *h;
    const uint8_t *body;
    size_t len; /* of body */
};

/* The attribute of this type behind a fixed part; NULL: there is none, or it is
 * shorter than `least`. */
const void *netlink_attr(const struct netlink_request *r, size_t fixed,
                         uint16_t type, size_t least, size_t *len);

/* An answer to r: begins o. */
void netlink_answer(struct netlink_out *o, const struct netlink_request *r,
                    uint16_t flags);
