// SPDX-License-Identifier: MIT
#include "kernel/process_group.h"

#include "abi/errno.h"
#include "kernel/pid.h"
#include "kernel/process.h"
#include "kernel/thread.h"

static void group_change_locked(struct process *p, struct pid *group)
{
    struct pid *old = p->group;

    list_del(&p->group_node);
    p->group = group;
    list_add_tail(&group->group, &p->group_node);
    pid_unused_locked(old);
}

/* May the caller move p to another group at all? */
static int check_member_locked(const struct process *p)
{
    const struct process *self = process_current();

    if (p != self) {
        if (p->parent != self)
            return -ESRCH;
        if (p->session != self->session)
            return -EPERM;
        if (p->did_exec)
            return -EACCES;
    }
    return p->session == p->id ? -EPERM : 0;
}

static struct process *find_locked(int number)
{
    struct pid *pid = pid_find_locked(number);

    return pid ? pid->process : NULL;
}

/* The group `number`, which p may join: its own, or one of its session. */
static struct pid *find_group_locked(struct process *p, int number)
{
    struct pid *group = pid_find_locked(number);
    struct process *member;

    if (number == p->pid)
        return p->id;
    if (!group || list_empty(&group->group))
        return NULL;
    member = list_first_entry(&group->group, struct process, group_node);
    return member->session == p->session ? group : NULL;
}

static int set_locked(int pid, int number)
{
    struct process *p = pid ? find_locked(pid) : process_current();
    struct pid *group;
    int err;

    if (!p || p->state != PROCESS_LIVE)
        return -ESRCH;
    err = check_member_locked(p);
    if (err < 0)
        return err;
    group = find_group_locked(p, number ? number : p->pid);
    if (!group)
        return -EPERM;
    if (group != p->group)
        group_change_locked(p, group);
    return 0;
}

int process_group_set(int pid, int group)
{
    unsigned long irq;
    int err;

    if (group < 0 || (group == 0 && pid < 0))
        return -EINVAL;
    if (pid < 0)
        return -ESRCH;
    irq = process_tree_lock();
    err = set_locked(pid, group);
    process_tree_unlock(irq);
    return err;
}

int process_session_create(void)
{
    struct process *p = process_current();
    unsigned long irq = process_tree_lock();
    struct pid *old = p->session;
    int err = -EPERM;

    /* A group of this number has members, or this is its leader. */
    if (list_empty(&p->id->group)) {
        group_change_locked(p, p->id);
        list_del(&p->session_node);
        p->session = p->id;
        list_add_tail(&p->id->session, &p->session_node);
        pid_unused_locked(old);
        err = p->pid;
    }
    process_tree_unlock(irq);
    return err;
}
