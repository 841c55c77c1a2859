// SPDX-License-Identifier: MIT
/*
 * clock: monotonic and wall time from the time-stamp counter.
 *
 *     ns = base_ns + (tsc - base_tsc) * mult / 2^32
 *
 * The TSC's frequency comes from CPUID where the CPU or the hypervisor tells
 * it. Else it is measured against the PIT: roughly for 0.1 ms at boot, so that
 * nobody waits, and again over ever longer windows while the program runs. A
 * correction keeps the line continuous: the new base is the point that the old
 * line has reached, so that time never jumps or goes backwards; only its pace
 * changes.
 *
 * Locking: `sequence` is odd while the line changes; readers try again. Writers
 * run with interrupts off under write_lock.
 */
#include "kernel/clock.h"

#include "kernel/clock_tsc.h"
#include "kernel/cpu.h"
#include "kernel/lapic.h"
#include "kernel/lock.h"
#include "kernel/pit.h"
#include "kernel/rtc.h"
#include "kernel/timer.h"

#define LOG_TAG "clock"
#include "kernel/log.h"

#define MULT_SHIFT 32
#define HZ_SHIFT   30 /* of tsc_per_ns: room for 17 GHz */

#define FIRST_WINDOW_PIT 120  /* ticks: 0.1 ms */
#define FIRST_READS_MAX  1000 /* a PIT that stands still ends the wait */
#define ASSUMED_HZ       1000000000ull
/* A measurement further than this from the last one is a disturbed one. */
#define REFINE_TOLERANCE 32 /* one part in */

struct line {
    uint64_t base_tsc, base_ns;
    uint64_t mult;       /* ns per tick, times 2^MULT_SHIFT */
    uint64_t tsc_per_ns; /* times 2^HZ_SHIFT */
};

static struct spinlock write_lock = SPINLOCK_INIT;
static uint32_t sequence;
static struct line line; /* mult 0: time stands at 0 before clock_init */
static uint64_t realtime_offset_ns;
static uint64_t tsc_hz;

static struct pit_sample origin; /* of the measurements */
static bool refinable;
static struct timer refine_timer;
static unsigned refine_stage;

/* When after boot the frequency is measured again. The error shrinks in
 * proportion: about 20, 1 and 0.1 parts per million. */
static const uint64_t refine_at_ns[] = {50 * NSEC_PER_MSEC, NSEC_PER_SEC,
                                        20 * NSEC_PER_SEC};

static uint64_t tsc_read_ordered(void)
{
    __asm__ volatile("lfence" ::: "memory");
    return tsc_read();
}

static uint64_t mul_shift(uint64_t a, uint64_t b, unsigned shift)
{
    unsigned __int128 product = (unsigned __int128)a * b >> shift;

    return product > UINT64_MAX ? UINT64_MAX : (uint64_t)product;
}

static uint64_t line_at(const struct line *l, uint64_t tsc)
{
    int64_t ticks = (int64_t)(tsc - l->base_tsc);

    if (ticks < 0) /* another CPU's TSC may be a little behind */
        return l->base_ns;
    return l->base_ns + mul_shift((uint64_t)ticks, l->mult, MULT_SHIFT);
}

static uint32_t read_begin(void)
{
    uint32_t s;

    while ((s = __atomic_load_n(&sequence, __ATOMIC_ACQUIRE)) & 1)
        cpu_pause();
    return s;
}

static bool read_retry(uint32_t s)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&sequence, __ATOMIC_RELAXED) != s;
}

static void write_begin(void)
{
    __atomic_store_n(&sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void write_end(void)
{
    __atomic_store_n(&sequence, sequence + 1, __ATOMIC_RELEASE);
}

/*
 * From now on the line has the pace of hz. The join is taken while readers are
 * kept out, so that nobody has seen the old line beyond it.
 */
static void set_frequency(uint64_t hz)
{
    unsigned long flags = spin_lock(&write_lock);
    uint64_t now;

    write_begin();
    now = tsc_read_ordered();
    line.base_ns = line_at(&line, now);
    line.base_tsc = now;
    line.mult = (NSEC_PER_SEC << MULT_SHIFT) / hz;
    line.tsc_per_ns = (hz << HZ_SHIFT) / NSEC_PER_SEC;
    tsc_hz = hz;
    write_end();
    spin_unlock(&write_lock, flags);
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

/* A first, rough frequency from a short look at the PIT. 0: it stands still. */
static uint64_t measure_roughly(void)
{
    struct pit_sample s;

    for (int i = 0; i < FIRST_READS_MAX; i++) {
        uint16_t ticks;

        pit_read(&s);
        ticks = origin.count - s.count;
        if (ticks >= FIRST_WINDOW_PIT)
            return (s.tsc - origin.tsc) * PIT_HZ / ticks;
    }
    return 0;
}

static uint64_t find_frequency(void)
{
    bool exact;
    uint64_t hz = cpuid_tsc_hz(&exact);

    if (hz && exact)
        return hz;
    if (pit_start()) {
        pit_read(&origin);
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

static void refine_expired(struct timer *t)
{
    clock_refine();
    if (++refine_stage < ARRAY_SIZE(refine_at_ns))
        timer_arm(t, refine_at_ns[refine_stage]);
}

void clock_init(void)
{
    uint64_t seconds;

    line.base_tsc = tsc_read_ordered();
    set_frequency(find_frequency());
    log_info("tsc at %llu kHz%s", (unsigned long long)tsc_hz / 1000,
             refinable ? ", to be refined" : "");
    if (refinable) {
        timer_init(&refine_timer, refine_expired);
        timer_arm(&refine_timer, refine_at_ns[0]);
    }
    seconds = rtc_read_seconds();
    if (seconds)
        clock_set_realtime(seconds * NSEC_PER_SEC);
    else
        log_warn("no real-time clock: the date is wrong until it is set");
}

uint64_t clock_monotonic_ns(void)
{
    uint64_t ns;
    uint32_t s;

    do {
        s = read_begin();
        ns = line_at(&line, tsc_read_ordered());
    } while (read_retry(s));
    return ns;
}

uint64_t clock_realtime_ns(void)
{
    return clock_monotonic_ns() +
           __atomic_load_n(&realtime_offset_ns, __ATOMIC_RELAXED);
}

void clock_set_realtime(uint64_t ns)
{
    __atomic_store_n(&realtime_offset_ns, ns - clock_monotonic_ns(),
                     __ATOMIC_RELAXED);
}

void clock_delay_ns(uint64_t ns)
{
    uint64_t end = clock_monotonic_ns() + ns;

    while (clock_monotonic_ns() < end)
        cpu_pause();
}

uint64_t clock_ns_to_tsc(uint64_t ns)
{
    uint64_t tsc_per_ns;
    uint32_t s;

    do {
        s = read_begin();
        tsc_per_ns = line.tsc_per_ns;
    } while (read_retry(s));
    return mul_shift(ns, tsc_per_ns, HZ_SHIFT);
}

uint64_t clock_tsc_to_ns(uint64_t ticks)
{
    uint64_t mult;
    uint32_t s;

    do {
        s = read_begin();
        mult = line.mult;
    } while (read_retry(s));
    return mul_shift(ticks, mult, MULT_SHIFT);
}
