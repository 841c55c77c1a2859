// SPDX-License-Identifier: MIT
/*
 * lapic: the local APIC and its one-shot timer.
 *
 * The timer runs in TSC-deadline mode where there is one. Else its counter
 * (bus clock / 16, so that 32 bits last for more than a minute) is measured
 * against the TSC over the time from lapic_enable to lapic_timer_calibrate,
 * which boot spends on other work.
 */
#include "kernel/lapic.h"

#include "kernel/clock_tsc.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"

#define LOG_TAG "irq"
#include "kernel/log.h"

enum {
    REG_ID = 0x20,
    REG_TASK_PRIORITY = 0x80,
    REG_EOI = 0xb0,
    REG_SPURIOUS = 0xf0,
    REG_LVT_TIMER = 0x320,
    REG_LVT_LINT0 = 0x350,
    REG_LVT_LINT1 = 0x360,
    REG_LVT_ERROR = 0x370,
    REG_TIMER_INITIAL = 0x380,
    REG_TIMER_CURRENT = 0x390,
    REG_TIMER_DIVIDE = 0x3e0,
};

enum {
    BASE_X2APIC = 1 << 10,
    BASE_ENABLED = 1 << 11,
    MSR_X2APIC = 0x800, /* + register / 16 */
    SPURIOUS_ENABLED = 1 << 8,
    LVT_MASKED = 1 << 16,
    LVT_NMI = 4 << 8,
    LVT_TSC_DEADLINE = 2 << 17,
    DIVIDE_BY_16 = 3,
};

#define TIMER_DIVISOR     16
#define TIMER_START       UINT32_MAX
#define CALIBRATE_MIN_NS  (100 * NSEC_PER_USEC)
#define SAMPLE_READS      4
#define MEASURE_TICKS     12500  /* 0.2 ms if the bus runs at 1 GHz */
#define MEASURE_READS_MAX 100000 /* a counter that stands still ends it */
#define RATE_SHIFT        32

struct sample {
    uint64_t tsc;
    uint32_t ticks; /* counted down so far */
};

static bool enabled, x2apic;
static volatile char *regs;  /* when not x2apic */
static struct sample origin; /* of the measurements */
static uint64_t timer_rate;  /* timer ticks per TSC tick, 2^RATE_SHIFT */

static uint32_t lapic_read(unsigned reg)
{
    if (x2apic)
        return (uint32_t)msr_read(MSR_X2APIC + (reg >> 4));
    return mmio_read32(regs + reg);
}

static void lapic_write(unsigned reg, uint32_t value)
{
    if (x2apic)
        msr_write(MSR_X2APIC + (reg >> 4), value);
    else
        mmio_write32(regs + reg, value);
}

/* What the timer and the TSC show at one moment: the least disturbed of a few
 * readings. */
static struct sample timer_sample(void)
{
    uint64_t best = UINT64_MAX;
    struct sample s = {0, 0};

    for (int i = 0; i < SAMPLE_READS; i++) {
        uint64_t before = tsc_read();
        uint32_t left = lapic_read(REG_TIMER_CURRENT);
        uint64_t width = tsc_read() - before;

        if (width < best) {
            best = width;
            s.ticks = TIMER_START - left;
            s.tsc = before + width / 2;
        }
    }
    return s;
}

/* Lets the timer count down, silently. */
static void timer_count(void)
{
    lapic_write(REG_LVT_TIMER, LVT_MASKED | IRQ_VECTOR_TIMER);
    lapic_write(REG_TIMER_DIVIDE, DIVIDE_BY_16);
    lapic_write(REG_TIMER_INITIAL, TIMER_START);
    origin = timer_sample();
}

void lapic_enable(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);

    if (enabled)
        return;
    enabled = true;
    x2apic = cpu_features.x2apic;
    base |= BASE_ENABLED;
    msr_write(MSR_APIC_BASE, base);
    if (x2apic) {
        msr_write(MSR_APIC_BASE, base | BASE_X2APIC);
    } else {
        regs = mmio_map(base & 0xffffff000, 4096);
        if (!regs)
            panic("no memory to map the local apic");
    }
    lapic_write(REG_TASK_PRIORITY, 0);
    lapic_write(REG_LVT_LINT0, LVT_MASKED);
    lapic_write(REG_LVT_LINT1, LVT_NMI);
    lapic_write(REG_LVT_ERROR, LVT_MASKED);
    lapic_write(REG_SPURIOUS, SPURIOUS_ENABLED | IRQ_VECTOR_SPURIOUS);
    timer_count();
}

unsigned lapic_id(void)
{
    uint32_t id = lapic_read(REG_ID);

    return x2apic ? id : id >> 24;
}

void lapic_eoi(void)
{
    lapic_write(REG_EOI, 0);
}

uint64_t lapic_measure_tsc_hz(void)
{
    struct sample now;
    uint32_t ticks = 0;

    lapic_enable();
    timer_count();
    for (int i = 0; i < MEASURE_READS_MAX && ticks < MEASURE_TICKS; i++) {
        now = timer_sample();
        ticks = now.ticks - origin.ticks;
    }
    if (ticks < MEASURE_TICKS)
        return 0;
    return (now.tsc - origin.tsc) * (NSEC_PER_SEC / TIMER_DIVISOR) / ticks;
}

static void calibrate_counter(void)
{
    uint64_t shortest = clock_ns_to_tsc(CALIBRATE_MIN_NS);
    struct sample now;

    if (lapic_read(REG_TIMER_CURRENT) == 0)
        timer_count(); /* ran out: somebody stopped the machine for long */
    do {
        now = timer_sample();
    } while (now.tsc - origin.tsc < shortest);
    timer_rate = ((uint64_t)(now.ticks - origin.ticks) << RATE_SHIFT) /
                 (now.tsc - origin.tsc);
    if (timer_rate == 0)
        panic("the local apic's timer stands still");
}

void lapic_timer_calibrate(void)
{
    clock_refine();
    if (cpu_features.tsc_deadline) {
        lapic_write(REG_TIMER_INITIAL, 0);
        lapic_write(REG_LVT_TIMER, LVT_TSC_DEADLINE | IRQ_VECTOR_TIMER);
        /* The mode must be seen before the first write of the MSR. */
        __asm__ volatile("mfence" ::: "memory");
        return;
    }
    calibrate_counter();
    lapic_write(REG_TIMER_INITIAL, 0);
    lapic_write(REG_LVT_TIMER, IRQ_VECTOR_TIMER);
    log_debug("apic timer at %llu Hz",
              (unsigned long long)((clock_ns_to_tsc(NSEC_PER_SEC) >> 8) *
                                       timer_rate >>
                                   (RATE_SHIFT - 8)));
}

void lapic_timer_arm_ns(uint64_t delta_ns)
{
    uint64_t tsc = MIN(clock_ns_to_tsc(delta_ns), UINT64_MAX >> 2);
    uint64_t ticks;

    if (cpu_features.tsc_deadline) {
        msr_write(MSR_TSC_DEADLINE, tsc_read() + tsc);
        return;
    }
    ticks = (uint64_t)((unsigned __int128)tsc * timer_rate >> RATE_SHIFT) + 1;
    lapic_write(REG_TIMER_INITIAL, (uint32_t)MIN(ticks, UINT32_MAX));
}
