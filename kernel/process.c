// SPDX-License-Identifier: MIT
/* process: making and finding them; how they end is in process_exit.c. */
#include "kernel/process.h"

#include "abi/resource.h"
#include "abi/sched.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/itimer.h"
#include "kernel/kmalloc.h"
#include "kernel/pid.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"

static struct spinlock tree_lock = SPINLOCK_INIT;
struct list_node process_list = LIST_INIT(process_list);

static const struct rlimit_entry default_limits[RLIMIT_COUNT] = {
    [RLIMIT_CPU] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_FSIZE] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_DATA] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_STACK] = {MIB(8), RLIM64_INFINITY},
    [RLIMIT_CORE] = {0, RLIM64_INFINITY},
    [RLIMIT_RSS] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_NPROC] = {32768, 32768},
    [RLIMIT_NOFILE] = {1024, 1048576},
    [RLIMIT_MEMLOCK] = {MIB(8), MIB(8)},
    [RLIMIT_AS] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_LOCKS] = {RLIM64_INFINITY, RLIM64_INFINITY},
    [RLIMIT_SIGPENDING] = {32768, 32768},
    [RLIMIT_MSGQUEUE] = {819200, 819200},
    [RLIMIT_NICE] = {0, 0},
    [RLIMIT_RTPRIO] = {0, 0},
    [RLIMIT_RTTIME] = {RLIM64_INFINITY, RLIM64_INFINITY},
};

unsigned long process_tree_lock(void)
{
    return spin_lock(&tree_lock);
}

void process_tree_unlock(unsigned long irq)
{
    spin_unlock(&tree_lock, irq);
}

/* --- making --- */

/* One with a number and timers, and nothing that may be shared. */
static struct process *process_alloc(void)
{
    struct process *p = kzalloc(sizeof(*p));

    if (!p)
        return NULL;
    p->timers = itimers_create();
    p->id = p->timers ? pid_alloc() : NULL;
    if (!p->id) {
        kfree(p->timers);
        kfree(p);
        return NULL;
    }
    p->pid = p->id->number;
    p->refs = 1;
    p->exit_signal = SIGCHLD;
    p->cred = cred_get(&cred_root);
    p->dumpable = true;
    p->start_ns = clock_monotonic_ns();
    list_init(&p->children);
    list_init(&p->sibling);
    list_init(&p->group_node);
    list_init(&p->session_node);
    list_init(&p->all_node);
    list_init(&p->threads);
    list_init(&p->pending.list);
    wait_queue_init(&p->child_wait);
    wait_queue_init(&p->exec_wait);
    wait_queue_init(&p->vfork_wait);
    return p;
}

void signal_actions_put(struct signal_actions *a)
{
    if (a && __atomic_sub_fetch(&a->refs, 1, __ATOMIC_ACQ_REL) == 0)
        kfree(a);
}

/* Also of one that was never finished. */
static void process_free(struct process *p)
{
    signal_queue_flush(&p->pending);
    if (p->timers)
        itimers_destroy(p);
    if (p->space)
        vm_space_put(p->space);
    if (p->exe)
        thread_ops->release_exe(p->exe);
    signal_actions_put(p->actions);
    cred_put(p->cred);
    pid_put(p->id);
    kfree(p);
}

void process_discard(struct process *p)
{
    unsigned long irq = process_tree_lock();

    pid_unused_locked(p->id);
    process_tree_unlock(irq);
    process_put(p);
}

static void join_locked(struct process *p, struct pid *group,
                        struct pid *session)
{
    p->group = group;
    p->session = session;
    list_add_tail(&group->group, &p->group_node);
    list_add_tail(&session->session, &p->session_node);
}

void process_publish(struct process *child, struct process *parent,
                     bool as_sibling)
{
    unsigned long irq = process_tree_lock();
    struct process *owner = as_sibling ? parent->parent : parent;

    child->state = PROCESS_LIVE;
    child->id->process = child;
    list_add_tail(&process_list, &child->all_node);
    if (parent) {
        process_set_parent_locked(child, owner);
        child->maker = as_sibling ? parent->maker : thread_current()->tid;
        child->orphan = as_sibling && parent->orphan;
        list_add_tail(&owner->children, &child->sibling);
        join_locked(child, parent->group, parent->session);
    } else {
        join_locked(child, child->id, child->id);
    }
    process_tree_unlock(irq);
}

struct process *process_create(void)
{
    struct process *p = process_alloc();

    if (!p)
        return NULL;
    p->actions = kzalloc(sizeof(*p->actions));
    p->space = vm_space_create();
    if (!p->actions || !p->space) {
        process_discard(p);
        return NULL;
    }
    p->actions->refs = 1;
    memcpy(p->limits, default_limits, sizeof(p->limits));
    process_publish(p, NULL, false);
    return p;
}

static struct signal_actions *actions_fork(struct signal_actions *from,
                                           uint64_t flags)
{
    struct signal_actions *to;

    if (flags & CLONE_SIGHAND) {
        __atomic_add_fetch(&from->refs, 1, __ATOMIC_RELAXED);
        return from;
    }
    to = kmalloc(sizeof(*to));
    if (!to)
        return NULL;
    *to = *from;
    to->refs = 1;
    if (flags & CLONE_CLEAR_SIGHAND)
        signal_actions_clear(to);
    return to;
}

static struct vm_space *space_fork(struct vm_space *from, uint64_t flags)
{
    if (!(flags & CLONE_VM))
        return vm_space_fork(from);
    vm_space_get(from);
    return from;
}

struct process *process_fork(uint64_t flags)
{
    struct process *parent = process_current(), *p = process_alloc();

    if (!p)
        return NULL;
    p->cred = cred_get(cred_current());
    p->dumpable = parent->dumpable;
    p->oom_score_adj = parent->oom_score_adj;
    p->oom_score_adj_min = parent->oom_score_adj_min;
    p->exe = parent->exe;
    if (p->exe)
        thread_ops->get_exe(p->exe);
    memcpy(p->limits, parent->limits, sizeof(p->limits));
    memcpy(p->name, thread_current()->name, sizeof(p->name));
    p->actions = actions_fork(parent->actions, flags);
    p->space = p->actions ? space_fork(parent->space, flags) : NULL;
    if (p->limits[RLIMIT_CPU].soft != RLIM64_INFINITY)
        itimers_limit_cpu(p);
    if (p->space)
        return p;
    process_discard(p);
    return NULL;
}

void signal_actions_clear(struct signal_actions *a)
{
    for (unsigned i = 0; i < ABI_NSIG; i++)
        if (a->action[i].sa_handler != ABI_SIG_IGN)
            a->action[i] = (struct abi_sigaction){0};
        else
            a->action[i] = (struct abi_sigaction){.sa_handler = ABI_SIG_IGN};
}

/* --- finding --- */

void process_get(struct process *p)
{
    __atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
}

void process_put(struct process *p)
{
    if (p && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0)
        process_free(p);
}

struct process *process_find(int number)
{
    unsigned long irq = process_tree_lock();
    struct pid *pid = pid_find_locked(number);
    struct process *p = pid ? pid->process : NULL;

    if (p)
        process_get(p);
    process_tree_unlock(irq);
    return p;
}

struct process *process_next(int number)
{
    unsigned long irq = process_tree_lock();
    struct pid *pid = pid_next_locked(number);
    struct process *p = NULL;

    while (pid && !pid->process)
        pid = pid_next_locked(pid->number + 1);
    if (pid) {
        p = pid->process;
        process_get(p);
    }
    process_tree_unlock(irq);
    return p;
}

struct thread_counts process_counts_locked(struct process *p)
{
    struct thread_counts sum = p->dead_threads_counts;
    struct thread *t;

    list_for_each_entry (t, &p->threads, process_node)
        thread_counts_add(&sum, &t->counts);
    return sum;
}

struct thread_counts process_counts(struct process *p)
{
    unsigned long irq = spin_lock(&p->lock);
    struct thread_counts sum = process_counts_locked(p);

    spin_unlock(&p->lock, irq);
    return sum;
}

bool process_has_thread(struct process *p, int tid)
{
    unsigned long irq = spin_lock(&p->lock);
    struct thread *t;
    bool has = false;

    list_for_each_entry (t, &p->threads, process_node)
        has |= t->tid == tid;
    spin_unlock(&p->lock, irq);
    return has;
}

int process_group_id(struct process *p)
{
    unsigned long irq = process_tree_lock();
    int id = p->group->number;

    process_tree_unlock(irq);
    return id;
}

int process_session_id(struct process *p)
{
    unsigned long irq = process_tree_lock();
    int id = p->session->number;

    process_tree_unlock(irq);
    return id;
}

void process_set_parent_locked(struct process *p, struct process *parent)
{
    p->parent = parent;
    __atomic_store_n(&p->parent_id, parent ? parent->pid : 0, __ATOMIC_RELAXED);
}
