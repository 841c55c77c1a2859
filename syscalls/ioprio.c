// SPDX-License-Identifier: MIT
/* ioprio: in which order a thread's disk accesses come: ioprio_set(2). There
 * is no queue of them: the value is kept and told. */
#include "abi/errno.h"
#include "syscalls/define.h"
#include "syscalls/sched.h"

enum { IOPRIO_CLASS_NONE, IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE };

#define CLASS(ioprio) ((unsigned)(ioprio) >> 13)
#define LEVEL(ioprio) ((ioprio)&7)

enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER };

static int check(int ioprio)
{
    switch (CLASS(ioprio)) {
    case IOPRIO_CLASS_RT:
        return capable(CAP_SYS_ADMIN) || capable(CAP_SYS_NICE) ? 0 : -EPERM;
    case IOPRIO_CLASS_BE:
    case IOPRIO_CLASS_IDLE:
        return 0;
    case IOPRIO_CLASS_NONE:
        return LEVEL(ioprio) ? -EINVAL : 0;
    default:
        return -EINVAL;
    }
}

static long set(struct thread *t, int ioprio)
{
    if (!sched_permitted(t))
        return -EPERM;
    t->ioprio = (uint16_t)ioprio;
    return 0;
}

static long tell(struct thread *t, int unused)
{
    (void)unused;
    return t->ioprio;
}

/* ioprio_set(2) */
SYSCALL_DEFINE3(ioprio_set, int, which, int, who, int, ioprio)
{
    const struct sched_selection s = {which - 1, who, set, ioprio};
    int err = check(ioprio);

    if (err)
        return err;
    if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
        return -EINVAL;
    return sched_for_each(&s);
}
SYSCALL_PARTIAL(ioprio_set, "kept: there are no disks with queues");

/* ioprio_get(2) */
SYSCALL_DEFINE2(ioprio_get, int, which, int, who)
{
    const struct sched_selection s = {which - 1, who, tell, 0};

    if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
        return -EINVAL;
    return sched_for_each(&s);
}
SYSCALL_PARTIAL(ioprio_get, "of several threads the least urgent one counts");
