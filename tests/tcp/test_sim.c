// SPDX-License-Identifier: MIT
/* Two of our stacks against each other over links of every kind: what was sent
 * arrives, and nothing is left. The long version is tcp_soak.c. */
#include "tests/tcp/check.h"

#include "net/tcp.h"
#include "tests/tcp/peer.h"
#include "tests/tcp/sim.h"

START_TEST(every_byte_arrives_over_any_link)
{
    struct tcp_sim_result r;

    tcp_sim((unsigned)_i, 30, 7, &r);
    ck_assert_msg(r.failed == 0, "%s: %u failed", tcp_sim_name((unsigned)_i),
                  r.failed);
    ck_assert_msg(r.stuck == 0, "%s: %u stuck", tcp_sim_name((unsigned)_i),
                  r.stuck);
    ck_assert_uint_eq(r.left, 0);
}
END_TEST

TCP_SUITE(sim, TCP_SIM_LINKS, every_byte_arrives_over_any_link)
