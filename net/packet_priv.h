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

struct packet_sock {
    struct dgram_sock dgram;
    struct packet_sock *next; /* in stack->packet_socks */
    uint16_t protocol;        /* as on the wire; 0: it receives nothing */
    int index;                /* of the interface; 0: all */
    bool auxdata, original_dev, bypass, ignore_outgoing;
    uint32_t packets; /* since the program asked; with those dropped */
    uint64_t drops_seen;
    struct packet_member *members;
};

/* What is kept of a queued frame, in netbuf.cb from cb[1] on. */
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
    return (struct packet_note *)&nb->cb[1];
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
