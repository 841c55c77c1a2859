// SPDX-License-Identifier: MIT
/* packet_priv: packet sockets, and their options. */
#pragma once

#include "abi/packet.h"
#include "net/dgram.h"
#include "net/ether.h"
#include "net/packet.h"

/* What a socket wants of an interface beyond frames to this host. */
struct packet_member {
    struct packet_member *next;
    struct abi_packet_mreq what;
    uint32_t count;
};

/* A ring of frames that the program maps (packet_mmap of Linux), one after the
 * other in each of the blocks. */
struct packet_ring {
    struct abi_tpacket_req size;
    unsigned head; /* the frame to fill next */
    bool losing;   /* since the last frame some had no room */
    uint8_t *blocks[];
};

struct packet_sock {
    struct dgram_sock dgram;
    struct packet_sock *next; /* in stack->packet_socks */
    uint16_t protocol;        /* as on the wire; 0: it receives nothing */
    int index;                /* of the interface; 0: all */
    bool auxdata, original_dev, bypass, ignore_outgoing;
    uint32_t packets; /* since the program asked; with those dropped */
    uint64_t drops_seen;
    struct packet_member *members;
    int version;              /* PACKET_VERSION: of the headers in the ring */
    uint32_t reserve;         /* PACKET_RESERVE: free before frames */
    struct packet_ring *ring; /* PACKET_RX_RING; NULL: none */
    struct packet_fanout *fanout; /* the group it is in; NULL: none */
};

/* What is kept of a queued frame, in netbuf.cb. */
struct packet_note {
    uint32_t len; /* before the filter cut it */
    uint16_t protocol;
    uint8_t type; /* PACKET_HOST ... */
    uint8_t address_len;
    uint8_t address[8]; /* of the sender */
};
static_assert(sizeof(struct packet_note) <= 4 * sizeof(uint64_t), "fits in cb");

static inline struct packet_note *packet_note_of(struct netbuf *nb)
{
    return (struct packet_note *)nb->cb;
}

static inline struct packet_sock *packet_of(struct sock *sk)
{
    return container_of(sk, struct packet_sock, dgram.sk);
}

/* packet_option.c */
int packet_set_option(struct sock *sk, int level, int name, const void *value,
                      size_t len);
int packet_get_option(struct sock *sk, int level, int name, void *value,
                      size_t *len);
void packet_drop_members(struct packet_sock *p);

/* packet_fanout.c: -EINVAL, -EALREADY, -ENOSPC, -ENOMEM */
int packet_fanout_join(struct packet_sock *p, const void *value, size_t len);
void packet_fanout_leave(struct packet_sock *p);
/* As getsockopt reads it. */
int packet_fanout_value(const struct packet_sock *p);
/* p, which is in a group, wants a frame (network header at nb->data + at): the
 * member that gets it; NULL: none because of p. */
struct packet_sock *packet_fanout_pick(const struct packet_sock *p,
                                       const struct netbuf *nb, size_t at,
                                       bool outgoing);

/* packet.c: the address of a frame that was queued. */
void packet_put_address(struct sock_addr *to, struct netbuf *nb);

/* packet_ring.c: -EINVAL, -EBUSY, -ENOMEM */
int packet_ring_set(struct packet_sock *p, const void *value, size_t len);
int packet_ring_set_version(struct packet_sock *p, int v);
int packet_ring_set_reserve(struct packet_sock *p, uint32_t v);
void packet_ring_free(struct packet_sock *p);
/* Copies a noted frame into it. False: there is no room. */
bool packet_ring_put(struct packet_sock *p, struct netbuf *nb);
bool packet_ring_has_room(const struct packet_sock *p);
/* Are there frames for the program? */
bool packet_ring_ready(const struct packet_sock *p);
