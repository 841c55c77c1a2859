// SPDX-License-Identifier: MIT
/* Tests of the timers against a plain list of what is due: exactly then,
 * wherever it stands, and however often it moves. */
#include "tests/tcp/check.h"

#include "net/stack.h"
#include "tests/tcp/fake_env.h"

#define TIMERS 200

static struct netstack stack;
static struct fake_env env;
static uint64_t clock_ns, due[TIMERS], seed;
static struct net_timer timers[TIMERS];
static unsigned fired, wrong;

static void fire(struct netstack *s, struct net_timer *t)
{
    unsigned i = (unsigned)(t - timers);

    fired++;
    wrong += due[i] != s->now;
    due[i] = NET_TIMER_NEVER;
}

static uint64_t soonest(void)
{
    uint64_t ns = NET_TIMER_NEVER;

    for (unsigned i = 0; i < TIMERS; i++)
        ns = MIN(ns, due[i]);
    return ns;
}

/* Something happens to a timer: most often it is put off. */
static void disturb(void)
{
    static const uint64_t spans[] = {1000, 3000000, 40000000, 1100000000,
                                     90000000000};
    unsigned i = (unsigned)(fake_random(&seed) % TIMERS);
    unsigned what = (unsigned)(fake_random(&seed) % 8);

    if (what == 0) {
        net_timer_remove(&stack, &timers[i]);
        due[i] = NET_TIMER_NEVER;
    } else if (what == 1) {
        net_timer_cancel(&timers[i]);
        due[i] = NET_TIMER_NEVER;
    } else {
        due[i] =
            stack.now + 1 + fake_random(&seed) % spans[fake_random(&seed) % 5];
        net_timer_arm(&stack, &timers[i], due[i]);
    }
}

START_TEST(each_is_called_when_it_is_due)
{
    memset(&stack, 0, sizeof(stack));
    fake_env_init(&env, &clock_ns, 1);
    stack.env = &env;
    stack.timers.programmed = NET_TIMER_NEVER;
    stack.now = clock_ns = (uint64_t)_i * 77777777777;
    seed = (uint64_t)_i + 1;
    fired = wrong = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        net_timer_init(&timers[i], fire);
        due[i] = NET_TIMER_NEVER;
    }
    for (unsigned round = 0; round < 20000; round++) {
        for (unsigned n = fake_random(&seed) % 4; n; n--)
            disturb();
        if (soonest() == NET_TIMER_NEVER)
            continue;
        ck_assert_uint_le(env.deadline, soonest());
        stack.now = clock_ns = env.deadline;
        net_timers_run(&stack);
    }
    ck_assert_uint_gt(fired, 5000);
    ck_assert_uint_eq(wrong, 0);
    for (unsigned i = 0; i < TIMERS; i++)
        net_timer_remove(&stack, &timers[i]);
}
END_TEST

TCP_SUITE(timer, 4, each_is_called_when_it_is_due)
