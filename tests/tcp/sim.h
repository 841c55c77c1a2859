// SPDX-License-Identifier: MIT
/* sim: many connections of random sizes over one of a set of links. */
#pragma once

#include "lib/base.h"

#define TCP_SIM_LINKS 10

struct tcp_sim_result {
    unsigned connections, failed, stuck;
    uint64_t bytes, ns;
    size_t left; /* blocks of memory that were not freed */
};

const char *tcp_sim_name(unsigned link);
void tcp_sim(unsigned link, unsigned connections, uint64_t seed,
             struct tcp_sim_result *r);

/* The same over a link with little loss, while of each stack's allocations so
 * many of 100 fail: connections may too. */
void tcp_sim_short_memory(unsigned percent, unsigned connections, uint64_t seed,
                          struct tcp_sim_result *r);
