// SPDX-License-Identifier: MIT
/* Memory that runs out now and then: connections may fail, nothing breaks, and
 * nothing is left over. */
#include "tests/tcp/check.h"

#include "net/tcp.h"
#include "tests/tcp/sim.h"

START_TEST(short_memory_does_no_harm)
{
    struct tcp_sim_result r;

    /* Of all objects: under the sanitizer nothing comes from a free list. */
    tcp_sim_short_memory((unsigned)(1 + _i), 60, (uint64_t)_i + 1, &r);
    ck_assert_uint_eq(r.stuck, 0);
    ck_assert_uint_eq(r.left, 0);
}
END_TEST

TCP_SUITE(memory, 8, short_memory_does_no_harm)
