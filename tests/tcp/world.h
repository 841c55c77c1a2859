// SPDX-License-Identifier: MIT
/*
 * world: two stacks in one process, a link between them, and time that goes
 * from one event to the next. The link delays, loses, duplicates, reorders and
 * damages packets, from a seed, so that every run is the same.
 */
#pragma once

#include "net/ip.h"
#include "net/netdev.h"
#include "net/sock.h"
#include "net/stack.h"
#include "tests/tcp/fake_env.h"

#define WORLD_ADDR(n) BE32(0x0a000001u + (n)) /* 10.0.0.1, 10.0.0.2 */

struct world;

struct link_config {
    uint64_t delay_ns;        /* one way */
    uint64_t jitter_ns;       /* of packets that are reordered */
    uint64_t bytes_per_s;     /* 0: no limit */
    uint32_t queue_bytes;     /* when there is a limit */
    unsigned loss, duplicate; /* of 10 000 packets */
    unsigned reorder, corrupt;
    uint32_t mtu;      /* 0: 1500 */
    uint16_t features; /* NETDEV_ of both devices */
};

struct host {
    struct netstack stack;
    struct fake_env env;
    struct netdev dev;
    struct world *world;
    struct packet *arrived, **arrived_end;
    uint64_t link_free_ns; /* when the link can take the next packet */
    uint64_t packets, bytes, dropped;
};

struct world {
    uint64_t now, seed;
    struct link_config link;
    struct host hosts[2];
    struct packet **heap;
    size_t packets, room;
    uint64_t order;
    /* Looks at each packet that host 0 or 1 sends (IP header first); false:
     * it is lost. NULL: all pass. */
    bool (*filter)(struct world *w, int from, const uint8_t *ip, size_t len);
    void *arg;
};

/* The stack whose work is counted (tests/tcp/count.h); NULL: none. */
extern const struct netstack *world_counted;

void world_init(struct world *w, const struct link_config *link, uint64_t seed);
/* Ends both stacks; the blocks of memory that were not freed. */
size_t world_fini(struct world *w);

/* One event. False: nothing will ever happen, or not until `until`, to which
 * time then moves. */
bool world_step(struct world *w, uint64_t until);
void world_run(struct world *w, uint64_t until);

/* An IP packet out of nowhere for host n. */
void world_inject(struct world *w, int n, const uint8_t *ip, size_t len);
