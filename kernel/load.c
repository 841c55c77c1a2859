// SPDX-License-Identifier: MIT
/* Locking: lock covers all of it. */
#include "kernel/load.h"

#include "kernel/lock.h"

#define FINE_SHIFT 32 /* kept finer, so that a long decay comes to 0 */

static struct spinlock lock = SPINLOCK_INIT;
static uint64_t average[3];
static uint64_t due_ns = LOAD_PERIOD_NS;
static uint64_t counted_ns, counted_idle_ns; /* when a period was, and then */

/* What a period leaves of them, in 65536ths: e^(-5/60), -5/300, -5/900. */
static const uint32_t decay[3] = {60296, 64453, 65173};

static void period(uint64_t runnable)
{
    for (int i = 0; i < 3; i++)
        average[i] = (average[i] * decay[i] +
                      (runnable << FINE_SHIFT) * (65536 - decay[i])) >>
                     16;
    due_ns += LOAD_PERIOD_NS;
}

/* Periods that nobody sampled in time, as if so many threads had been there. */
static void catch_up(uint64_t now_ns, uint64_t runnable)
{
    for (int i = 0; due_ns + LOAD_SAMPLE_MAX_NS < now_ns; i++) {
        if (i == 8192) { /* half a day: nothing else is left of any average */
            due_ns = now_ns - now_ns % LOAD_PERIOD_NS + LOAD_PERIOD_NS;
            return;
        }
        period(runnable);
    }
}

/* Since the last period that was counted. */
static bool mostly_idle(uint64_t now_ns, uint64_t idle_ns)
{
    return (idle_ns - counted_idle_ns) * 2 > now_ns - counted_ns;
}

static void counted(uint64_t now_ns, uint64_t idle_ns)
{
    counted_ns = now_ns;
    counted_idle_ns = idle_ns;
}

bool load_is_due(uint64_t now_ns)
{
    return now_ns >= due_ns;
}

void load_sample(uint64_t now_ns, uint64_t idle_ns, unsigned runnable)
{
    unsigned long irq = spin_lock(&lock);

    catch_up(now_ns, mostly_idle(now_ns, idle_ns) ? 0 : runnable);
    if (load_is_due(now_ns))
        period(runnable);
    counted(now_ns, idle_ns);
    spin_unlock(&lock, irq);
}

void load_get(uint64_t now_ns, uint64_t idle_ns, uint64_t averages[3])
{
    unsigned long irq = spin_lock(&lock);

    if (load_is_due(now_ns) && mostly_idle(now_ns, idle_ns)) {
        catch_up(now_ns, 0);
        counted(now_ns, idle_ns);
    }
    for (int i = 0; i < 3; i++)
        averages[i] = average[i] >> (FINE_SHIFT - LOAD_SHIFT);
    spin_unlock(&lock, irq);
}
