// SPDX-License-Identifier: MIT
/*
 * clock: monotonic and wall time from the time-stamp counter, along the line
 * that the clock page describes (kernel/clock_page.h) and that the vDSO reads.
 *
 * The TSC's frequency comes from kvm-clock, or from CPUID where the CPU or the
 * hypervisor tells it. Else it is measured against the PIT: roughly over the
 * time from clock_start to clock_init, which boot spends on other work, and
 * again over ever longer windows while the program runs. A correction keeps the
 * line continuous: the new base is the point that the old line has reached, so
 * that time never jumps or goes backwards; only its pace changes.
 *
 * Locking: the page's sequence is odd while the line changes; readers try
 * again. Writers run with interrupts off under write_lock.
 */
#include "kernel/clock.h"

#include "kernel/clock_tsc.h"
#include "kernel/cpu.h"
#include "kernel/kvmclock.h"
#include "kernel/lapic.h"
#include "kernel/lock.h"
#include "kernel/pit.h"
#include "kernel/rtc.h"
#include "kernel/timer.h"

#define LOG_TAG "clock"
#include "kernel/log.h"

#define HZ_SHIFT 30 /* of tsc_per_ns: room for 17 GHz */

#define FIRST_WINDOW_PIT 120  /* ticks: 0.1 ms, at least */
#define FIRST_READS_MAX  1000 /* a PIT that stands still ends the wait */
#define ASSUMED_HZ       1000000000ull
/* A measurement further than this from the last one is a disturbed one. */
#define REFINE_TOLERANCE 32 /* one part in */

static struct spinlock write_lock = SPINLOCK_INIT;
union clock_page_shared clock_shared __attribute__((aligned(CLOCK_PAGE_SIZE)));
static struct clock_page *const page = &clock_shared.page;
static uint64_t tsc_per_ns; /* times 2^HZ_SHIFT */
static uint64_t tsc_hz;
static int64_t pace_ppb; /* clock_set_pace */
static uint64_t tai_ns;  /* TAI less wall time */

static uint64_t told_hz;         /* by somebody who knows; 0: nobody */
static struct pit_sample origin; /* of the measurements */
static bool measurable;          /* the PIT runs */
static bool refinable;
static struct timer refine_timer;
static unsigned refine_stage;

/* When after boot the frequency is measured again. The error shrinks in
 * proportion: about 20, 1 and 0.1 parts per million. */
static const uint64_t refine_at_ns[] = {50 * NSEC_PER_MSEC, NSEC_PER_SEC,
                                        20 * NSEC_PER_SEC};

static uint64_t mul_shift(uint64_t a, uint64_t b, unsigned shift)
{
    unsigned __int128 product = (unsigned __int128)a * b >> shift;

    return product > UINT64_MAX ? UINT64_MAX : (uint64_t)product;
}

/* The odd number must be seen before anything that follows happens, the
 * reading of the counter too: hence a full fence. */
static void write_begin(void)
{
    __atomic_store_n(&page->sequence, page->sequence + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void write_end(void)
{
    __atomic_store_n(&page->sequence, page->sequence + 1, __ATOMIC_RELEASE);
}

/*
 * From now on the lines have the pace of hz, one of them bent by ppb. The join
 * is taken while readers are kept out, so that nobody has seen the old lines
 * beyond it.
 */
static void set_lines(uint64_t hz, int64_t ppb)
{
    unsigned long flags = spin_lock(&write_lock);
    uint64_t mult = (NSEC_PER_SEC << CLOCK_MULT_SHIFT) / hz, now;

    write_begin();
    now = clock_tsc_ordered();
    for (unsigned i = 0; i < CLOCK_LINES; i++)
        page->line[i].base_ns = clock_page_line(page, i, now);
    page->base_tsc = now;
    page->line[CLOCK_LINE_RAW].mult = mult;
    page->line[CLOCK_LINE_ADJUSTED].mult =
        mult + (uint64_t)((int64_t)mult * ppb / (int64_t)NSEC_PER_SEC);
    write_end();
    __atomic_store_n(&tsc_per_ns, (hz << HZ_SHIFT) / NSEC_PER_SEC,
                     __ATOMIC_RELAXED);
    tsc_hz = hz;
    pace_ppb = ppb;
    spin_unlock(&write_lock, flags);
}

static void set_frequency(uint64_t hz)
{
    set_lines(hz, pace_ppb);
}

void clock_set_pace(int64_t ppb)
{
    set_lines(tsc_hz, ppb);
}

/* What CPUID tells; *exact: to the Hz rather than to the MHz. 0: nothing. */
static uint64_t cpuid_tsc_hz(bool *exact)
{
    struct cpuid r = cpuid(0, 0);
    uint32_t max = r.eax;

    *exact = true;
    if (cpuid(1, 0).ecx & 1u << 31) { /* a hypervisor */
        r = cpuid(0x40000000, 0);
        if (r.eax >= 0x40000010 && r.eax < 0x40010000) {
            r = cpuid(0x40000010, 0);
            if (r.eax)
                return r.eax * 1000ull;
        }
    }
    if (max >= 0x15) {
        r = cpuid(0x15, 0);
        if (r.eax && r.ebx && r.ecx)
            return (uint64_t)r.ecx * r.ebx / r.eax;
    }
    *exact = false;
    return max >= 0x16 ? (cpuid(0x16, 0).eax & 0xffff) * 1000000ull : 0;
}

void clock_start(void)
{
    bool exact = true;

    told_hz = kvmclock_init();
    if (!told_hz)
        told_hz = cpuid_tsc_hz(&exact);
    if (told_hz && exact)
        return;
    measurable = pit_start();
    pit_read(&origin);
}

/* A first, rough frequency from what the PIT has counted so far, if that can
 * be told, else from a short look at it. 0: it stands still. */
static uint64_t measure_roughly(void)
{
    struct pit_sample s;

    for (int i = 0; i < FIRST_READS_MAX; i++) {
        uint16_t ticks;

        pit_read(&s);
        ticks = origin.count - s.count;
        if (ticks < FIRST_WINDOW_PIT)
            continue;
        if (!pit_turned())
            return (s.tsc - origin.tsc) * PIT_HZ / ticks;
        pit_start();
        pit_read(&origin);
    }
    return 0;
}

static uint64_t find_frequency(void)
{
    uint64_t hz = told_hz;

    if (measurable) {
        if (!hz)
            hz = measure_roughly();
        refinable = hz != 0;
    }
    if (!hz) {
        hz = lapic_measure_tsc_hz();
        log_warn("no timer to measure the tsc with: taking it for %llu kHz, "
                 "as if the local apic counted nanoseconds",
                 (unsigned long long)hz / 1000);
    }
    return hz ? hz : ASSUMED_HZ;
}

void clock_refine(void)
{
    struct pit_sample s;
    uint64_t dt, expected, ticks, hz;

    if (!refinable)
        return;
    pit_read(&s);
    dt = s.tsc - origin.tsc;
    if (dt >> 43) /* hours later, the product below would overflow */
        return;
    /* The counter tells the ticks modulo 65536; the old frequency the rest. */
    expected =
        mul_shift(clock_tsc_to_ns(dt), (PIT_HZ << 32) / NSEC_PER_SEC, 32);
    ticks = expected + (uint64_t)(int16_t)((uint16_t)(origin.count - s.count) -
                                           (uint16_t)expected);
    if (ticks < FIRST_WINDOW_PIT || ticks >> 40)
        return;
    hz = dt * PIT_HZ / ticks;
    if (hz - tsc_hz + tsc_hz / REFINE_TOLERANCE > tsc_hz / REFINE_TOLERANCE * 2)
        return;
    set_frequency(hz);
    log_debug("tsc at %llu Hz after %llu us", (unsigned long long)hz,
              (unsigned long long)clock_tsc_to_ns(dt) / 1000);
}

void clock_check(void)
{
    uint64_t hz;

    if (likely(!kvmclock_changed(&hz)))
        return;
    log_info("the host changed the tsc to %llu kHz",
             (unsigned long long)hz / 1000);
    set_frequency(hz);
}

static void refine_expired(struct timer *t)
{
    clock_refine();
    if (++refine_stage < ARRAY_SIZE(refine_at_ns))
        timer_arm(t, refine_at_ns[refine_stage]);
}

void clock_init(void)
{
    uint64_t seconds, wall;

    page->base_tsc = clock_tsc_ordered();
    set_frequency(find_frequency());
    log_info("tsc at %llu kHz%s", (unsigned long long)tsc_hz / 1000,
             refinable ? ", to be refined" : "");
    if (refinable) {
        timer_init(&refine_timer, refine_expired);
        timer_arm(&refine_timer, refine_at_ns[0]);
    }
    if (kvmclock_wall_ns(&wall)) {
        clock_set_realtime(wall);
        return;
    }
    seconds = rtc_read_seconds();
    if (seconds)
        clock_set_realtime(seconds * NSEC_PER_SEC);
    else
        log_warn("no real-time clock: the date is wrong until it is set");
}

uint64_t clock_monotonic_ns(void)
{
    return clock_page_read(page, CLOCK_MONOTONIC);
}

uint64_t clock_realtime_ns(void)
{
    return clock_page_read(page, CLOCK_REALTIME);
}

/* Wall time and TAI from now on; the caller is a writer. */
static void set_offsets(uint64_t wall)
{
    for (int c = 0; c <= CLOCK_TAI; c++)
        if (CLOCK_PAGE_WALL >> c & 1)
            page->offset_ns[c] = wall;
    page->offset_ns[CLOCK_TAI] += tai_ns;
}

void clock_set_realtime(uint64_t ns)
{
    unsigned long flags = spin_lock(&write_lock);

    write_begin();
    set_offsets(
        ns - clock_page_line(page, CLOCK_LINE_ADJUSTED, clock_tsc_ordered()));
    write_end();
    spin_unlock(&write_lock, flags);
}

void clock_set_tai_offset(uint64_t ns)
{
    unsigned long flags = spin_lock(&write_lock);

    write_begin();
    tai_ns = ns;
    set_offsets(page->offset_ns[CLOCK_REALTIME]);
    write_end();
    spin_unlock(&write_lock, flags);
}

void clock_delay_ns(uint64_t ns)
{
    uint64_t end = clock_monotonic_ns() + ns;

    while (clock_monotonic_ns() < end)
        cpu_pause();
}

uint64_t clock_ns_to_tsc(uint64_t ns)
{
    return mul_shift(ns, __atomic_load_n(&tsc_per_ns, __ATOMIC_RELAXED),
                     HZ_SHIFT);
}

uint64_t clock_tsc_to_ns(uint64_t ticks)
{
    return mul_shift(
        ticks,
        __atomic_load_n(&page->line[CLOCK_LINE_RAW].mult, __ATOMIC_RELAXED),
        CLOCK_MULT_SHIFT);
}
