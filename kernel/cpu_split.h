// SPDX-License-Identifier: MIT
/*
 * cpu_split: how much of exactly known CPU time was spent in the kernel, by
 * samples (docs/decisions/0013). Each sample says in which of both a thread
 * is, and what it uses from then on counts as that, until the next one. So
 * neither part ever shrinks, and both together are the whole.
 */
#pragma once

#include "lib/base.h"

struct cpu_split {
    uint64_t system_ns;  /* up to the last sample */
    uint64_t sampled_ns; /* CPU time used then */
    bool in_system;      /* what it said; at first the program */
};

struct cpu_times {
    uint64_t user_ns, system_ns;
};

/* total_ns: all CPU time used so far. */
static inline struct cpu_times cpu_split_read(const struct cpu_split *s,
                                              uint64_t total_ns)
{
    uint64_t system_ns =
        s->system_ns + (s->in_system ? total_ns - s->sampled_ns : 0);

    return (struct cpu_times){total_ns - system_ns, system_ns};
}

static inline void cpu_split_sample(struct cpu_split *s, uint64_t total_ns,
                                    bool in_system)
{
    s->system_ns = cpu_split_read(s, total_ns).system_ns;
    s->sampled_ns = total_ns;
    s->in_system = in_system;
}

static inline void cpu_times_add(struct cpu_times *to,
                                 const struct cpu_times *times)
{
    to->user_ns += times->user_ns;
    to->system_ns += times->system_ns;
}
