// SPDX-License-Identifier: MIT
/*
 * itimer: a state machine around a kernel timer (kernel/timer.h).
 *
 *     off --set--> armed --expires--> signal queued --taken--> armed or off
 *
 * next_ns is the expiry that comes, or that queued the signal. An expiry whose
 * signal goes nowhere (ignored, or a SIGALRM is pending already) moves a
 * periodic timer on at once, but not more often than every IGNORED_PAUSE_NS.
 *
 * Locking: timers_lock, a mutex, covers the tables and the making, setting and
 * deleting of timers. process->lock, inside it, covers a timer's state, which
 * the interrupt and the taking of the signal change too. A kernel timer that
 * fires late for an old setting finds next_ns in the future, or the timer off.
 */
#include "kernel/itimer.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "kernel/lock.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/timer.h"

#define IGNORED_PAUSE_NS NSEC_PER_MSEC
#define TIME_MAX_NS      ((uint64_t)INT64_MAX)

struct itimer {
    struct timer timer;
    struct process *process;
    struct clock_id clock; /* as created */
    struct clock_id base;  /* as set: relative wall time is monotonic */
    bool armed;
    uint64_t next_ns, interval_ns; /* next_ns: of base */
    int tid;                       /* whose signal; 0: the process's */
    int overrun;                   /* of the last delivery */
    struct signal_entry signal;    /* signo 0: none is sent */
};

struct process_timers {
    struct list_node node; /* in all_timers */
    struct itimer interval[ITIMER_WHICH_COUNT];
    struct itimer cpu_limit; /* RLIMIT_CPU */
    struct itimer **table;   /* by id; NULL: free */
    size_t size, count;
};

static struct mutex timers_lock = MUTEX_INIT(timers_lock);
static struct list_node all_timers = LIST_INIT(all_timers);

/* --- one timer; process->lock held ---------------------------------------- */

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > TIME_MAX_NS - MIN(b, TIME_MAX_NS) ? TIME_MAX_NS : a + b;
}

/* Moves a periodic timer to its first expiry after now; how many it passed. */
static uint64_t move_on(struct itimer *t, uint64_t now)
{
    uint64_t n;

    if (now < t->next_ns)
        return 0;
    n = (now - t->next_ns) / t->interval_ns + 1;
    t->next_ns = add_saturating(t->next_ns, n * t->interval_ns);
    return n;
}

static void wait_for_next(struct itimer *t, uint64_t now)
{
    timer_arm(&t->timer,
              clock_id_deadline(&t->base, t->process, now, t->next_ns));
}

/* As wait_for_next, after an expiry that nobody noticed. */
static void wait_unnoticed(struct itimer *t, uint64_t now)
{
    uint64_t deadline =
        clock_id_deadline(&t->base, t->process, now, t->next_ns);

    timer_arm(&t->timer,
              MAX(deadline, clock_monotonic_ns() + IGNORED_PAUSE_NS));
}

/* How much CPU time a number of seconds is; 0: any. */
static uint64_t cpu_limit_ns(uint64_t seconds)
{
    if (seconds > TIME_MAX_NS / NSEC_PER_SEC)
        return 0;
    return MAX(seconds, 1ul) * NSEC_PER_SEC;
}

static void expire(struct itimer *t, uint64_t now)
{
    uint64_t hard = cpu_limit_ns(t->process->limits[RLIMIT_CPU].hard);

    if (t == &t->process->timers->cpu_limit && hard && now >= hard)
        t->signal.info.si_signo = SIGKILL;
    switch (signal_post(t->process, t->tid, &t->signal,
                        t->signal.info.si_code != SI_TIMER)) {
    case SIGNAL_QUEUED:
        t->armed = t->interval_ns != 0;
        break;
    case SIGNAL_DROPPED:
        t->armed = t->interval_ns != 0;
        if (t->armed) {
            move_on(t, now);
            wait_unnoticed(t, now);
        }
        break;
    case SIGNAL_NOBODY:
        t->armed = false;
        break;
    }
}

/* The interrupt. */
static void timer_fired(struct timer *timer)
{
    struct itimer *t = container_of(timer, struct itimer, timer);
    unsigned long irq = spin_lock(&t->process->lock);
    uint64_t now;

    if (t->armed && !t->signal.queue) {
        if (clock_id_read_locked(&t->base, t->process, &now) < 0)
            t->armed = false; /* the thread whose time it was has ended */
        else if (now < t->next_ns)
            wait_for_next(t, now);
        else
            expire(t, now);
    }
    spin_unlock(&t->process->lock, irq);
}

/* The signal leaves the queue. */
static void signal_taken(struct signal_entry *s, struct abi_siginfo *info)
{
    struct itimer *t = container_of(s, struct itimer, signal);
    uint64_t now, passed = 0;

    if (t->armed) {
        if (clock_id_read_locked(&t->base, t->process, &now) < 0) {
            t->armed = false;
        } else {
            passed = move_on(t, now);
            if (info)
                wait_for_next(t, now);
            else
                wait_unnoticed(t, now);
        }
    }
    if (s->info.si_code != SI_TIMER)
        return;
    t->overrun = passed ? (int)MIN(passed - 1, (uint64_t)INT32_MAX) : 0;
    if (info)
        info->u.timer.overrun = t->overrun;
}

/* What is left until the next expiry; at least 1 while one is not yet noticed,
 * for 0 would say that the timer is off. */
static void tell(const struct itimer *t, struct itimer_time *left)
{
    uint64_t now, late;

    *left = (struct itimer_time){.interval = t->interval_ns};
    if (!t->armed || clock_id_read_locked(&t->base, t->process, &now) < 0)
        return;
    if (now < t->next_ns) {
        left->value = t->next_ns - now;
        return;
    }
    late = now - t->next_ns;
    if (t->interval_ns && (t->signal.queue || !t->signal.info.si_signo))
        left->value = t->interval_ns - late % t->interval_ns;
    else if (t->signal.info.si_signo)
        left->value = 1;
}

/* --- one timer; timers_lock held ------------------------------------------ */

static void init(struct itimer *t, const struct clock_id *clock, int sig,
                 int code)
{
    timer_init(&t->timer, timer_fired);
    t->clock = t->base = *clock;
    t->signal.info = (struct abi_siginfo){.si_signo = sig, .si_code = code};
    t->signal.taken = signal_taken;
}

/* Starts t as time says; its state is off. process->lock held. */
static void start(struct itimer *t, const struct itimer_time *time,
                  bool absolute)
{
    uint64_t now;

    t->base = t->clock;
    if (!absolute && t->base.kind == CLOCK_KIND_WALL)
        t->base.kind = CLOCK_KIND_MONOTONIC;
    t->interval_ns = time->value ? time->interval : 0;
    if (time->value == 0 ||
        clock_id_read_locked(&t->base, t->process, &now) < 0)
        return;
    t->next_ns = absolute ? time->value : add_saturating(now, time->value);
    t->armed = true;
    if (t->signal.info.si_signo)
        wait_for_next(t, now);
}

static void set(struct itimer *t, struct process *p,
                const struct itimer_time *time, bool absolute,
                struct itimer_time *old)
{
    unsigned long irq;
    bool armed;

    t->process = p;
    irq = spin_lock(&p->lock);
    tell(t, old);
    t->armed = false;
    t->overrun = 0;
    signal_unpost(&t->signal);
    start(t, time, absolute);
    armed = t->armed;
    spin_unlock(&p->lock, irq);
    if (!armed)
        timer_cancel(&t->timer);
}

static void get(struct itimer *t, struct itimer_time *left)
{
    struct process *p = process_current();
    unsigned long irq;

    t->process = p;
    irq = spin_lock(&p->lock);
    tell(t, left);
    spin_unlock(&p->lock, irq);
}

static void stop(struct itimer *t, struct process *p)
{
    static const struct itimer_time never;
    struct itimer_time old;

    set(t, p, &never, false, &old);
}

/* --- interval timers ------------------------------------------------------ */

struct process_timers *itimers_create(void)
{
    static const struct {
        struct clock_id clock;
        int signal;
    } kinds[ITIMER_WHICH_COUNT] = {
        [ITIMER_WHICH_REAL] = {{CLOCK_KIND_MONOTONIC, 0}, SIGALRM},
        [ITIMER_WHICH_VIRTUAL] = {{CLOCK_KIND_USER, 0}, SIGVTALRM},
        [ITIMER_WHICH_PROF] = {{CLOCK_KIND_PROCESS, 0}, SIGPROF},
    };
    struct process_timers *timers = kzalloc(sizeof(*timers));

    if (!timers)
        return NULL;
    for (unsigned i = 0; i < ITIMER_WHICH_COUNT; i++)
        init(&timers->interval[i], &kinds[i].clock, kinds[i].signal, SI_KERNEL);
    init(&timers->cpu_limit, &kinds[ITIMER_WHICH_PROF].clock, SIGXCPU,
         SI_KERNEL);
    list_init(&timers->node);
    return timers;
}

void itimers_limit_cpu(struct process *p)
{
    struct itimer_time time = {.interval = NSEC_PER_SEC}, old;

    mutex_lock(&timers_lock);
    if (p->timers) {
        time.value = cpu_limit_ns(p->limits[RLIMIT_CPU].soft);
        set(&p->timers->cpu_limit, p, &time, true, &old);
    }
    mutex_unlock(&timers_lock);
}

void itimer_interval_set(enum itimer_which which,
                         const struct itimer_time *time,
                         struct itimer_time *old)
{
    mutex_lock(&timers_lock);
    set(&process_current()->timers->interval[which], process_current(), time,
        false, old);
    mutex_unlock(&timers_lock);
}

void itimer_interval_get(enum itimer_which which, struct itimer_time *left)
{
    mutex_lock(&timers_lock);
    get(&process_current()->timers->interval[which], left);
    mutex_unlock(&timers_lock);
}

/* --- timers with ids; timers_lock held in static functions ---------------- */

/* A free place in the table; -EAGAIN without memory. */
static int table_reserve(struct process_timers *timers)
{
    size_t id = 0, size;
    struct itimer **grown;

    while (id < timers->size && timers->table[id])
        id++;
    if (id < timers->size)
        return (int)id;
    size = MAX(timers->size * 2, (size_t)4);
    grown = krealloc(timers->table, size * sizeof(*grown));
    if (!grown)
        return -EAGAIN;
    for (size_t i = timers->size; i < size; i++)
        grown[i] = NULL;
    timers->table = grown;
    timers->size = size;
    return (int)id;
}

static struct itimer *find(int id)
{
    struct process_timers *timers = process_current()->timers;

    if (id < 0 || (size_t)id >= timers->size)
        return NULL;
    return timers->table[id];
}

static int create(struct process *p, const struct clock_id *clock,
                  const struct itimer_event *e)
{
    struct process_timers *timers = p->timers;
    struct itimer *t;
    int id;

    if (timers->count >= p->limits[RLIMIT_SIGPENDING].soft)
        return -EAGAIN;
    id = table_reserve(timers);
    if (id < 0)
        return id;
    t = kzalloc(sizeof(*t));
    if (!t)
        return -EAGAIN;
    init(t, clock, e->signal, SI_TIMER);
    t->process = p;
    t->tid = e->tid;
    t->signal.info.u.timer.tid = id;
    t->signal.info.u.timer.value = e->value_is_id ? (uint64_t)id : e->value;
    timers->table[id] = t;
    timers->count++;
    if (list_empty(&timers->node))
        list_add_tail(&all_timers, &timers->node);
    return id;
}

int itimer_create(const struct clock_id *clock, const struct itimer_event *e)
{
    int id;

    mutex_lock(&timers_lock);
    id = create(process_current(), clock, e);
    mutex_unlock(&timers_lock);
    return id;
}

int itimer_delete(int id)
{
    struct process_timers *timers = process_current()->timers;
    struct itimer *t;

    mutex_lock(&timers_lock);
    t = find(id);
    if (t) {
        stop(t, process_current());
        timers->table[id] = NULL;
        timers->count--;
        kfree(t);
    }
    mutex_unlock(&timers_lock);
    return t ? 0 : -EINVAL;
}

int itimer_set(int id, const struct itimer_time *time, bool absolute,
               struct itimer_time *old)
{
    struct itimer *t;

    mutex_lock(&timers_lock);
    t = find(id);
    if (t)
        set(t, process_current(), time, absolute, old);
    mutex_unlock(&timers_lock);
    return t ? 0 : -EINVAL;
}

int itimer_get(int id, struct itimer_time *left)
{
    struct itimer *t;

    mutex_lock(&timers_lock);
    t = find(id);
    if (t)
        get(t, left);
    mutex_unlock(&timers_lock);
    return t ? 0 : -EINVAL;
}

int itimer_overrun(int id)
{
    struct itimer *t;
    int overrun = -EINVAL;

    mutex_lock(&timers_lock);
    t = find(id);
    if (t)
        overrun = t->overrun;
    mutex_unlock(&timers_lock);
    return overrun;
}

/* --- all timers ----------------------------------------------------------- */

void itimers_destroy(struct process *p)
{
    struct process_timers *timers = p->timers;

    mutex_lock(&timers_lock);
    for (unsigned i = 0; i < ITIMER_WHICH_COUNT; i++)
        stop(&timers->interval[i], p);
    stop(&timers->cpu_limit, p);
    for (size_t id = 0; id < timers->size; id++) {
        if (timers->table[id]) {
            stop(timers->table[id], p);
            kfree(timers->table[id]);
        }
    }
    if (!list_empty(&timers->node))
        list_del(&timers->node);
    mutex_unlock(&timers_lock);
    kfree(timers->table);
    kfree(timers);
    p->timers = NULL;
}

void itimers_delete_all(void)
{
    struct process_timers *timers = process_current()->timers;

    mutex_lock(&timers_lock);
    for (size_t id = 0; id < timers->size; id++) {
        if (timers->table[id]) {
            stop(timers->table[id], process_current());
            kfree(timers->table[id]);
            timers->table[id] = NULL;
        }
    }
    timers->count = 0;
    mutex_unlock(&timers_lock);
}

static void follow_wall_clock(struct itimer *t)
{
    unsigned long irq = spin_lock(&t->process->lock);

    if (t->armed && !t->signal.queue && t->signal.info.si_signo &&
        t->base.kind == CLOCK_KIND_WALL)
        wait_for_next(t, clock_realtime_ns());
    spin_unlock(&t->process->lock, irq);
}

void itimers_wall_clock_set(void)
{
    struct process_timers *timers;

    mutex_lock(&timers_lock);
    list_for_each_entry (timers, &all_timers, node)
        for (size_t id = 0; id < timers->size; id++)
            if (timers->table[id])
                follow_wall_clock(timers->table[id]);
    mutex_unlock(&timers_lock);
}
