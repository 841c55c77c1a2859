// SPDX-License-Identifier: MIT
/*
 * tcp_soak: thousands of connections of random sizes between two stacks over
 * links of every kind; every byte is checked, and at the end nothing may be
 * left. `make tcp-soak`; tcp_soak [CONNECTIONS [SEED]].
 */
#include <stdio.h>
#include <stdlib.h>

#include "net/tcp.h"
#include "tests/tcp/sim.h"

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 10000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    unsigned each = count / TCP_SIM_LINKS, bad = 0;

    for (unsigned i = 0; i < TCP_SIM_LINKS; i++) {
        struct tcp_sim_result r;

        tcp_sim(i, each, seed, &r);
        printf("%-28s %6u connections %8.1f MB %8.1f s simulated, %u failed, "
               "%u stuck, %zu left\n",
               tcp_sim_name(i), r.connections, (double)r.bytes / 1e6,
               (double)r.ns / 1e9, r.failed, r.stuck, r.left);
        fflush(stdout);
        bad += r.failed + r.stuck + (r.left != 0);
    }
    return bad != 0;
}
