// SPDX-License-Identifier: MIT
/* clock: time stands still unless the test moves it; timers go with it. */
#include "tests/unit/stubs/stubs.h"

#include "kernel/clock.h"
#include "kernel/timer.h"

#define START_NS       (1000 * NSEC_PER_SEC)
#define START_REALTIME (1700000000 * NSEC_PER_SEC)

static uint64_t now, realtime_offset;
union clock_page_shared clock_shared; /* of a counter that never ticks */
static struct rb_root timers;
static size_t timers_armed;

/* What is read along the page's line is what the functions tell. */
static void publish(void)
{
    clock_shared.page.line[CLOCK_LINE_ADJUSTED].base_ns = now;
    clock_shared.page.line[CLOCK_LINE_RAW].base_ns = now;
    for (int c = 0; c <= CLOCK_TAI; c++)
        if (CLOCK_PAGE_WALL >> c & 1)
            clock_shared.page.offset_ns[c] = realtime_offset;
}

void stub_clock_reset(void)
{
    now = START_NS;
    realtime_offset = START_REALTIME - START_NS;
    publish();
    timers.node = NULL;
    timers_armed = 0;
}

void stub_clock_check(void)
{
    unit_check(timers_armed == 0, "%zu timers are armed", timers_armed);
}

static int64_t pace;

int64_t stub_clock_pace(void)
{
    return pace;
}

/* Only told: time moves as the test says. */
void clock_set_pace(int64_t ppb)
{
    pace = ppb;
}

void clock_check(void)
{
}

void clock_set_tai_offset(uint64_t ns)
{
    clock_shared.page.offset_ns[CLOCK_TAI] = realtime_offset + ns;
}

size_t stub_timers_armed(void)
{
    return timers_armed;
}

uint64_t clock_monotonic_ns(void)
{
    return now;
}

uint64_t clock_realtime_ns(void)
{
    return now + realtime_offset;
}

void clock_set_realtime(uint64_t ns)
{
    realtime_offset = ns - now;
    publish();
}

void clock_delay_ns(uint64_t ns)
{
    now += ns;
    publish();
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
    *t = (struct timer){.fn = fn};
}

bool timer_cancel(struct timer *t)
{
    if (!t->armed)
        return false;
    rb_erase(&timers, &t->node);
    t->armed = false;
    timers_armed--;
    return true;
}

void timer_arm(struct timer *t, uint64_t deadline_ns)
{
    struct rb_node **link = &timers.node, *parent = NULL;

    timer_cancel(t);
    while (*link) {
        parent = *link;
        link = deadline_ns < rb_entry(parent, struct timer, node)->deadline_ns
                   ? &parent->left
                   : &parent->right;
    }
    t->deadline_ns = deadline_ns;
    t->armed = true;
    timers_armed++;
    rb_insert(&timers, parent, link, &t->node);
}

void stub_clock_advance(uint64_t ns)
{
    uint64_t end = now + ns;
    struct rb_node *first;

    while ((first = rb_first(&timers))) {
        struct timer *t = rb_entry(first, struct timer, node);

        if (t->deadline_ns > end)
            break;
        now = MAX(now, t->deadline_ns);
        publish();
        timer_cancel(t);
        t->fn(t);
    }
    now = end;
    publish();
}
