// SPDX-License-Identifier: MIT
/* priority: niceness, of a thread, a process group or a user; getpriority(2).
 */
#include "abi/errno.h"
#include "kernel/pid.h"
#include "kernel/sched.h"
#include "syscalls/define.h"
#include "syscalls/sched.h"

#define NICE_MIN  (-20)
#define NICE_ZERO 20 /* what getpriority(2) adds, after negation */

/* Does it mean t, of process p? */
static bool selects(const struct sched_selection *s, const struct process *p,
                    const struct thread *t)
{
    const struct process *self = process_current();

    switch (s->which) {
    case PRIO_PROCESS:
        return t->tid == (s->who ? s->who : thread_current()->tid);
    case PRIO_PGRP:
        return s->who ? p->group->number == s->who : p->group == self->group;
    default:
        return t->cred->uid ==
               (s->who ? (uint32_t)s->who : cred_current()->uid);
    }
}

long sched_for_each(const struct sched_selection *s)
{
    unsigned long irq = process_tree_lock();
    long result = -ESRCH;
    struct process *p;
    struct thread *t;

    list_for_each_entry (p, &process_list, all_node) {
        list_for_each_entry (t, &p->threads, process_node) {
            long one;

            if (!selects(s, p, t))
                continue;
            one = s->act(t, s->arg);
            if (result == -ESRCH || one < 0 || (result >= 0 && one > result))
                result = one;
        }
    }
    process_tree_unlock(irq);
    return result;
}

static long tell(struct thread *t, int nice)
{
    (void)nice;
    return NICE_ZERO - t->nice;
}

static long set(struct thread *t, int nice)
{
    struct sched_policy s = sched_policy_get(t);

    if (!sched_permitted(t))
        return -EPERM;
    if (!sched_may_be_nice(t, nice))
        return -EACCES;
    s.nice = nice;
    sched_policy_set(t, &s);
    return 0;
}

/* getpriority(2): 1 to 40, the highest of those selected. */
SYSCALL_DEFINE2(getpriority, int, which, int, who)
{
    const struct sched_selection s = {.which = which, .who = who, .act = tell};

    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    return sched_for_each(&s);
}

/* setpriority(2): out of range means the end of the range. */
SYSCALL_DEFINE3(setpriority, int, which, int, who, int, nice)
{
    const struct sched_selection s = {
        .which = which,
        .who = who,
        .act = set,
        .arg = MIN(MAX(nice, NICE_MIN), SCHED_NICE_MAX),
    };

    if (which < PRIO_PROCESS || which > PRIO_USER)
        return -EINVAL;
    return sched_for_each(&s);
}
