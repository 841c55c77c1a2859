// SPDX-License-Identifier: MIT
/*
 * fake_env: net/env.h for tests on the host. Each stack has one of these as its
 * env: a clock that the test moves, random numbers from a seed, memory that is
 * counted and can run out, timers that the test lets go off.
 */
#pragma once

#include "lib/base.h"

struct netstack;
struct sock;

struct fake_env {
    uint64_t *clock;   /* ns; stacks may share one */
    uint64_t deadline; /* of the stack's timers; UINT64_MAX: none */
    uint64_t seed;
    size_t live;           /* blocks that were not freed */
    size_t fail_at;        /* the n-th allocation from now fails; 0: none */
    unsigned fail_percent; /* of allocations, by chance */
    bool unlocked_due;     /* net_env_unlocked was called */
};

/* What sk->owner points to. */
struct fake_owner {
    void (*ready)(struct fake_owner *o, struct sock *sk, unsigned events);
};

void fake_env_init(struct fake_env *e, uint64_t *clock, uint64_t seed);

/* The next of a sequence of random numbers that starts at *seed. */
uint64_t fake_random(uint64_t *seed);
