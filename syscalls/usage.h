// SPDX-License-Identifier: MIT
/* usage: what getrusage(2), wait4(2) and times(2) tell of used resources. */
#pragma once

#include "abi/resource.h"
#include "kernel/page.h"
#include "kernel/process.h"
#include "syscalls/timespec.h"

static inline struct abi_rusage rusage_from(const struct process_usage *u)
{
    return (struct abi_rusage){
        .ru_utime = timeval_from_ns(u->cpu.user_ns),
        .ru_stime = timeval_from_ns(u->cpu.system_ns),
        .ru_maxrss = (int64_t)(u->max_resident * (PAGE_SIZE / 1024)),
        .ru_minflt = (int64_t)u->counts.faults,
        .ru_nvcsw = (int64_t)u->counts.sleeps,
        .ru_nivcsw = (int64_t)u->counts.preemptions,
    };
}
