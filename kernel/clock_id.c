// SPDX-License-Identifier: MIT
#include "kernel/clock_id.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "kernel/clock.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/wait.h"

/* Ids below zero: ~id * 8 + per thread * 4 + kind. */
enum {
    CPUCLOCK_KIND = 3,
    CPUCLOCK_FD = 3, /* a kind: the clock of a device */
    CPUCLOCK_THREAD = 4,
    CPUCLOCK_ID_SHIFT = 3,
};

/* How long a CPU-time clock that stands still is left alone. */
#define CPU_PAUSE_NS (4 * NSEC_PER_MSEC)

static struct wait_queue wall_clock_sleepers =
    WAIT_QUEUE_INIT(wall_clock_sleepers);

static struct thread *find_locked(struct process *p, int tid)
{
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node)
        if (t->tid == tid)
            return t;
    return NULL;
}

static int resolve_cpu(int id, struct clock_id *c)
{
    int who = ~(id >> CPUCLOCK_ID_SHIFT);

    if ((id & CPUCLOCK_KIND) == CPUCLOCK_FD)
        return -EINVAL;
    if (id & CPUCLOCK_THREAD) {
        c->kind = CLOCK_KIND_THREAD;
        c->tid = who ? who : thread_current()->tid;
        return process_has_thread(process_current(), c->tid) ? 0 : -EINVAL;
    }
    c->kind = CLOCK_KIND_PROCESS;
    return who == 0 || who == process_current()->pid ? 0 : -EINVAL;
}

int clock_id_resolve(int id, struct clock_id *c)
{
    c->tid = 0;
    if (clock_page_has(id)) {
        c->kind =
            CLOCK_PAGE_WALL >> id & 1 ? CLOCK_KIND_WALL : CLOCK_KIND_MONOTONIC;
        return 0;
    }
    switch (id) {
    case CLOCK_PROCESS_CPUTIME_ID:
        c->kind = CLOCK_KIND_PROCESS;
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        c->kind = CLOCK_KIND_THREAD;
        c->tid = thread_current()->tid;
        return 0;
    default:
        return id < 0 ? resolve_cpu(id, c) : -EINVAL;
    }
}

int clock_id_resolve_waking(int id, struct clock_id *c)
{
    switch (id) {
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_REALTIME_COARSE:
        return -EOPNOTSUPP;
    default:
        return clock_id_resolve(id, c);
    }
}

int clock_id_read_locked(const struct clock_id *c, struct process *p,
                         uint64_t *ns)
{
    const struct thread *t;

    switch (c->kind) {
    case CLOCK_KIND_MONOTONIC:
        *ns = clock_monotonic_ns();
        return 0;
    case CLOCK_KIND_WALL:
        *ns = clock_realtime_ns();
        return 0;
    case CLOCK_KIND_PROCESS:
        *ns = sched_process_cpu_time_locked(p);
        return 0;
    case CLOCK_KIND_USER:
        *ns = sched_process_times_locked(p).user_ns;
        return 0;
    case CLOCK_KIND_THREAD:
        t = find_locked(p, c->tid);
        if (!t)
            return -EINVAL;
        *ns = sched_cpu_time(t);
        return 0;
    }
    return -EINVAL;
}

int clock_id_read(const struct clock_id *c, struct process *p, uint64_t *ns)
{
    unsigned long irq = spin_lock(&p->lock);
    int err = clock_id_read_locked(c, p, ns);

    spin_unlock(&p->lock, irq);
    return err;
}

/* Does c advance at this moment? */
static bool is_running(const struct clock_id *c, const struct process *p)
{
    const struct thread *t = thread_current();

    if (t->process != p)
        return false;
    if (c->kind == CLOCK_KIND_USER)
        return !t->cpu_split.in_system;
    return c->kind == CLOCK_KIND_PROCESS || t->tid == c->tid;
}

uint64_t clock_id_deadline(const struct clock_id *c, const struct process *p,
                           uint64_t now_ns, uint64_t ns)
{
    uint64_t now, left = ns > now_ns ? ns - now_ns : 0;

    if (c->kind == CLOCK_KIND_MONOTONIC)
        return ns;
    if (clock_id_is_cpu(c) && left > 0 && !is_running(c, p))
        left = MAX(left, CPU_PAUSE_NS);
    now = clock_monotonic_ns();
    return left > UINT64_MAX - now ? UINT64_MAX : now + left;
}

int clock_id_sleep(const struct clock_id *c, uint64_t ns)
{
    struct process *p = process_current();
    struct waiter w;
    uint64_t now;
    int err;

    waiter_init(&w);
    if (c->kind == CLOCK_KIND_WALL)
        wait_queue_add(&wall_clock_sleepers, &w);
    do {
        wait_prepare();
        err = clock_id_read(c, p, &now);
        if (err || now >= ns) {
            wait_cancel();
            break;
        }
        err = wait_sleep(clock_id_deadline(c, p, now, ns));
    } while (err == 0 || err == -ETIMEDOUT);
    wait_queue_remove(&w);
    return err;
}

void clock_id_wall_clock_follow(struct waiter *w)
{
    wait_queue_add(&wall_clock_sleepers, w);
}

void clock_id_wall_clock_set(void)
{
    wait_queue_wake_all(&wall_clock_sleepers);
}
