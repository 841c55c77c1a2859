// SPDX-License-Identifier: MIT
/*
 * bpf: filters of SO_ATTACH_FILTER: programs in the language of the BSD Packet
 * Filter, interpreted. What has passed bpf_create ends (jumps go forward only)
 * and touches nothing but the packet and its own sixteen words.
 */
#pragma once

#include "abi/filter.h"
#include "lib/base.h"

struct netbuf;
struct netstack;

struct bpf {
    uint32_t len;
    struct abi_sock_filter code[];
};

/* What a program sees. */
struct bpf_packet {
    const struct netbuf *nb; /* data: where offset 0 is */
    const uint8_t *link;     /* the link's header, 14 bytes; NULL: none */
    uint16_t protocol;       /* the link's, as on the wire */
    uint8_t type;            /* PACKET_HOST ... */
};

/* A checked copy of n instructions. -EINVAL: not a program; -ENOMEM. */
int bpf_create(struct netstack *s, const struct abi_sock_filter *code, size_t n,
               struct bpf **f);

/* How many bytes of the packet are wanted; 0: it is not. */
uint32_t bpf_run(const struct bpf *f, struct netstack *s,
                 const struct bpf_packet *p);
