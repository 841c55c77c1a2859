// SPDX-License-Identifier: MIT
/* sim: see the header. */
#include "tests/tcp/sim.h"

#include "net/tcp.h"
#include "tests/tcp/peer.h"

#define MS    NSEC_PER_MSEC
#define PORT  80
#define BATCH 100 /* connections at once */

static const struct {
    const char *name;
    struct link_config link;
} links[TCP_SIM_LINKS] = {
    {"clean", {.delay_ns = MS}},
    {"clean, TSO", {.delay_ns = MS, .features = NETDEV_TX_CSUM | NETDEV_TSO4}},
    {"loss 0.1 %", {.delay_ns = 5 * MS, .loss = 10}},
    {"loss 1 %", {.delay_ns = 10 * MS, .loss = 100}},
    {"loss 5 %", {.delay_ns = 5 * MS, .loss = 500}},
    {"loss 20 %", {.delay_ns = 2 * MS, .loss = 2000}},
    {"reordered", {.delay_ns = 5 * MS, .jitter_ns = 10 * MS, .reorder = 1000}},
    {"duplicated",
     {.delay_ns = 5 * MS, .jitter_ns = 5 * MS, .duplicate = 1000}},
    {"damaged 2 %", {.delay_ns = 5 * MS, .corrupt = 200}},
    {"narrow, everything",
     {.delay_ns = 20 * MS,
      .jitter_ns = 30 * MS,
      .bytes_per_s = 2000000,
      .queue_bytes = 60000,
      .loss = 100,
      .reorder = 100,
      .duplicate = 100,
      .corrupt = 100}},
};

const char *tcp_sim_name(unsigned link)
{
    return links[link].name;
}

/* Mostly small, some large. */
static uint64_t size(uint64_t *seed)
{
    uint64_t r = fake_random(seed);

    return (r >> 8) % ((r & 15) == 0 ? 2000000 : (r & 3) == 0 ? 100000 : 3000);
}

/* Connections of which both ends are open. When one end had no memory, and none
 * for a RST or that was lost, the other waits for ever, as it should. */
static unsigned both_open(const struct peers *ps)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ps->count; i++)
        n += ps->all[i].sk && ps->all[ps->count + i].sk;
    return n;
}

static void run(const struct link_config *link, unsigned fail_percent,
                unsigned connections, uint64_t seed, struct tcp_sim_result *r)
{
    static struct world w;
    struct peers ps;
    uint64_t start, sizes = seed;

    *r = (struct tcp_sim_result){.connections = connections};
    world_init(&w, link, seed);
    start = w.now;
    for (unsigned done = 0; done < connections; done += BATCH) {
        unsigned n = MIN(connections - done, (unsigned)BATCH);

        w.hosts[0].env.fail_percent = w.hosts[1].env.fail_percent = 0;
        peers_init(&ps, &w, n, PORT, 4096);
        w.hosts[0].env.fail_percent = w.hosts[1].env.fail_percent =
            fail_percent;
        for (unsigned i = 0; i < n; i++) {
            uint64_t up = size(&sizes), down = size(&sizes);

            peers_start(&ps, i, PORT, up, down);
            r->bytes += up + down;
        }
        peers_run(&ps, w.now + 3600 * NSEC_PER_SEC);
        r->failed += ps.failed;
        r->stuck += fail_percent ? both_open(&ps) : ps.open;
        peers_fini(&ps);
    }
    r->ns = w.now - start;
    world_run(&w, w.now + 1000 * NSEC_PER_SEC);
    for (int i = 0; i < 2; i++) {
        struct tcp_counts c;

        tcp_count(&w.hosts[i].stack, &c);
        r->left += c.socks + c.time_wait + c.requests;
    }
    r->left += world_fini(&w);
}

void tcp_sim(unsigned link, unsigned connections, uint64_t seed,
             struct tcp_sim_result *r)
{
    run(&links[link].link, 0, connections, seed + link, r);
}

void tcp_sim_short_memory(unsigned percent, unsigned connections, uint64_t seed,
                          struct tcp_sim_result *r)
{
    static const struct link_config link = {.delay_ns = 2 * MS, .loss = 50};

    run(&link, percent, connections, seed, r);
}
