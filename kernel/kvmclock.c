// SPDX-License-Identifier: MIT
/* kvmclock: see the header. */
#include "kernel/kvmclock.h"

#include "kernel/clock_page.h"
#include "kernel/cpu.h"
#include "kernel/memlayout.h"

enum {
    CPUID_HYPERVISOR = 0x40000000,
    CPUID_STEP = 0x100, /* KVM stands behind another signature, with Hyper-V */
    CPUID_STEPS = 16,
    FEATURE_CLOCK2 = 1u << 3,
    MSR_WALL_CLOCK = 0x4b564d00,
    MSR_SYSTEM_TIME = 0x4b564d01,
    MSR_ENABLE = 1,
    READS_MAX = 1000, /* a version that stays odd is no clock */
};

/* Aligned so that neither crosses a page. */
static struct kvmclock_time time_page __attribute__((aligned(64)));
static struct kvmclock_wall wall_page __attribute__((aligned(64)));
static uint32_t seen_version; /* 0: not in use */
static uint32_t seen_mult;

/* KVM's feature bits; 0 when it is not KVM. */
static uint32_t kvm_features(void)
{
    if (!(cpuid(1, 0).ecx & 1u << 31))
        return 0;
    for (uint32_t i = 0; i < CPUID_STEPS; i++) {
        uint32_t leaf = CPUID_HYPERVISOR + i * CPUID_STEP;
        struct cpuid r = cpuid(leaf, 0);

        if (r.ebx == 0x4b4d564b && r.ecx == 0x564b4d56 && r.edx == 0x4d)
            return cpuid(leaf + 1, 0).eax; /* "KVMKVMKVM" */
    }
    return 0;
}

uint64_t kvmclock_hz(uint32_t mult, int shift)
{
    uint64_t hz;

    if (!mult || shift < -31 || shift > 31)
        return 0;
    hz = (NSEC_PER_SEC << 32) / mult;
    if (shift >= 0)
        return hz >> shift;
    return hz >> (64 + shift) ? 0 : hz << -shift;
}

uint64_t kvmclock_ns_at(const struct kvmclock_time *t, uint64_t tsc)
{
    unsigned __int128 ticks = tsc - t->tsc;

    ticks = t->shift < 0 ? ticks >> -t->shift : ticks << t->shift;
    return t->ns + (uint64_t)(ticks * t->mult >> 32);
}

/* A copy of what KVM last wrote as a whole; false: it never gets ready. */
static bool read_time(struct kvmclock_time *t)
{
    for (int i = 0; i < READS_MAX; i++) {
        uint32_t version =
            __atomic_load_n(&time_page.version, __ATOMIC_ACQUIRE);

        *t = *(volatile struct kvmclock_time *)&time_page;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (version && !(version & 1) &&
            __atomic_load_n(&time_page.version, __ATOMIC_RELAXED) == version)
            return true;
        cpu_pause();
    }
    return false;
}

uint64_t kvmclock_init(void)
{
    struct kvmclock_time t;
    uint64_t hz;

    if (!(kvm_features() & FEATURE_CLOCK2))
        return 0;
    msr_write(MSR_SYSTEM_TIME, image_to_phys(&time_page) | MSR_ENABLE);
    hz = read_time(&t) ? kvmclock_hz(t.mult, t.shift) : 0;
    if (!hz) {
        msr_write(MSR_SYSTEM_TIME, 0);
        return 0;
    }
    seen_version = t.version;
    seen_mult = t.mult;
    return hz;
}

bool kvmclock_changed(uint64_t *hz)
{
    struct kvmclock_time t;
    bool changed;

    if (likely(!seen_version ||
               __atomic_load_n(&time_page.version, __ATOMIC_RELAXED) ==
                   seen_version))
        return false;
    if (!read_time(&t))
        return false;
    seen_version = t.version;
    *hz = kvmclock_hz(t.mult, t.shift);
    changed = *hz && seen_mult != t.mult;
    seen_mult = t.mult;
    return changed;
}

bool kvmclock_wall_ns(uint64_t *ns)
{
    struct kvmclock_time t;

    if (!seen_version)
        return false;
    /* KVM fills it in the very write, and not again. */
    msr_write(MSR_WALL_CLOCK, image_to_phys(&wall_page));
    if (!*(volatile uint32_t *)&wall_page.seconds || !read_time(&t))
        return false;
    *ns = wall_page.seconds * NSEC_PER_SEC + wall_page.ns +
          kvmclock_ns_at(&t, clock_tsc_ordered());
    return true;
}
