// SPDX-License-Identifier: MIT
/*
 * kvmclock: what KVM tells its guests about time, in two small structures that
 * it writes into the guest's memory (Linux, Documentation/virt/kvm/x86/msr.rst
 * and cpuid.rst). It gives the exact frequency of the TSC, and the wall clock
 * without the slow way through CMOS memory. Inside kernel/ only.
 *
 * The clocks run on the TSC itself, along kernel/clock.c's line: all CPUs that
 * offer this count alike. Only the pace may change, when the guest is moved to
 * another host.
 */
#pragma once

#include "lib/base.h"

/* One CPU's time, as KVM writes it; version is odd meanwhile. */
struct kvmclock_time {
    uint32_t version;
    uint32_t pad0;
    uint64_t tsc; /* when ns was true */
    uint64_t ns;  /* since the guest began */
    uint32_t mult;
    int8_t shift;
    uint8_t flags;
    uint8_t pad[2];
};
static_assert(sizeof(struct kvmclock_time) == 32, "KVM's layout");

struct kvmclock_wall {
    uint32_t version;
    uint32_t seconds, ns; /* since 1970, when the guest began */
};
static_assert(sizeof(struct kvmclock_wall) == 12, "KVM's layout");

/* Asks KVM for its clock. The TSC's frequency in Hz; 0: no KVM, or one without
 * a clock. Boot only. */
uint64_t kvmclock_init(void);

/* Has the frequency changed since the last call? *hz: to what. Any context. */
bool kvmclock_changed(uint64_t *hz);

/* The wall clock in ns; false: there is none. Boot only. */
bool kvmclock_wall_ns(uint64_t *ns);

/* The frequency that the two numbers stand for:
 * ns = (ticks << shift) * mult >> 32. 0 when they are nonsense. */
uint64_t kvmclock_hz(uint32_t mult, int shift);

/* The nanoseconds that *t shows when the counter is at tsc. */
uint64_t kvmclock_ns_at(const struct kvmclock_time *t, uint64_t tsc);
