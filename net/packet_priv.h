// SPDX-License-Identifier: MIT
/* packet_priv: packet sockets, and their options. */
#pragma once

#include "abi/packet.h"
#include "net/dgram.h"
#include "net/ether.h"
#include "net/packet.h"
#include "net/timer.h"

/* What a socket wants of an interface beyond frames to this host. */
struct packet_member {
    struct packet_member *next;
    struct abi_packet_mreq what;
    uint32_t count;
};

/* Of a ring of version 3, which is filled block by block. */
struct packet_v3 {
    struct packet_sock *owner;
    struct net_timer timer; /* gives a block away that is not full */
    uint64_t timeout_ns;
    uint64_t opened_ns;   /* stack->now */
    uint64_t seq;         /* of the next block */
    uint64_t last_ns;     /* when the last frame came, since 1970 */
    uint32_t private_len; /* what the program keeps in front of frames */
    uint32_t block;       /* that is filled */
    uint32_t at, last;    /* in it: where the next frame goes, the last one */
    uint32_t count;       /* of its frames */
    uint32_t freezes;
    bool frozen; /* the block to fill is the program's */
    bool hashes; /* frames tell the hash of their flow */
};

/* A ring of frames that the program maps (packet_mmap of Linux), one after the
 * other in each of the blocks. */
struct packet_ring {
    struct abi_tpacket_req size;
    unsigned head; /* the frame to fill, or to send, next */
    bool losing;   /* since the last frame some had no room */
    struct packet_v3 v3;
    uint8_t *blocks[];
};

struct packet_sock {
    struct dgram_sock dgram;
    struct packet_sock *next; /* in stack->packet_socks */
    uint16_t protocol;        /* as on the wire; 0: it receives nothing */
    int index;                /* of the interface; 0: all */
    bool auxdata, original_dev, bypass, ignore_outgoing;
    bool loss, tx_has_off; /* PACKET_LOSS, PACKET_TX_HAS_OFF */
    uint32_t packets;      /* since the program asked; with those dropped */
    uint64_t drops_seen;
    struct packet_member *members;
    int version;      /* PACKET_VERSION: of the headers in rings */
    uint32_t reserve; /* PACKET_RESERVE: free before frames */
    struct packet_ring *ring, *tx_ring; /* PACKET_RX_RING, _TX_RING, or NULL */
    struct packet_fanout *fanout;       /* the group it is in; NULL: none */
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

/* The hash of a frame's flow (network header at nb->data + at), the same for
 * both directions of a conversation. 0: of no known kind. */
uint32_t packet_hash(const struct netstack *s, const struct netbuf *nb,
                     size_t at);

/* packet.c: the device that a message goes to, and what is said of it. */
int packet_destination(struct sock *sk, const struct sock_msg *m,
                       struct abi_sockaddr_ll *a, struct netdev **dev);
/* Bytes of the link header that the program does not make itself. */
static inline size_t packet_link_len(const struct sock *sk)
{
    return sk->type == SOCK_DGRAM ? ETHER_HEADER : 0;
}
/* Sends nb, which gets that header; takes it. */
void packet_transmit(struct sock *sk, struct netdev *dev,
                     const struct abi_sockaddr_ll *a, struct netbuf *nb);

enum { PACKET_V1, PACKET_V2, PACKET_V3, PACKET_VERSIONS }; /* of headers */

/* packet_ring.c: -EINVAL, -EBUSY, -ENOMEM. *ring is one of p's two. */
int packet_ring_set(struct packet_sock *p, struct packet_ring **ring,
                    const void *value, size_t len);
int packet_ring_set_version(struct packet_sock *p, int v);
int packet_ring_set_reserve(struct packet_sock *p, uint32_t v);
void packet_ring_free(struct packet_sock *p, struct packet_ring **ring);
/* How long a header of a version is; the address lies behind it. */
uint32_t packet_ring_header(int version);
uint8_t *packet_ring_frame(const struct packet_ring *r, unsigned i);
/* The word that says whose a frame, of version 1 or 2, or a block is. */
uint32_t packet_ring_status(const void *word);
void packet_ring_set_status(void *word, uint32_t status);
/* Copies a noted frame into it, and wakes who waits. False: there is no room.
 */
bool packet_ring_put(struct packet_sock *p, struct netbuf *nb);
bool packet_ring_has_room(const struct packet_sock *p);
/* Are there frames for the program? */
bool packet_ring_ready(const struct packet_sock *p);

/* packet_v3.c: as the same of packet_ring.c. */
bool packet_v3_fits(const struct packet_sock *p, bool tx,
                    const struct abi_tpacket_req3 *q);
void packet_v3_begin(struct packet_sock *p, const struct abi_tpacket_req3 *q);
bool packet_v3_put(struct packet_sock *p, struct netbuf *nb, uint32_t mac,
                   uint32_t net, uint32_t status);
bool packet_v3_has_room(const struct packet_ring *r);
bool packet_v3_ready(const struct packet_ring *r);

/* packet_tx.c: sends what the program has put into the ring, as sock_ops. */
ssize_t packet_tx_send(struct sock *sk, struct sock_msg *m, struct netdev *dev,
                       const struct abi_sockaddr_ll *a);
