// SPDX-License-Identifier: MIT
/*
 * sem: who cannot go on waits at the set, and tries all its operations anew
 * after every change.
 */
#include "vfs/sem.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "vfs/ipc.h"

struct sem {
    uint16_t value;
    int pid;                /* who changed it last */
    unsigned nonzero, zero; /* who wait for more, and for 0 */
};

/* What the end of a process adds to the values. */
struct sem_undo {
    struct list_node node;
    const struct process *process;
    int16_t add[];
};

struct sem_set {
    struct ipc_object ipc;
    int64_t otime;
    unsigned n;
    struct wait_queue changed;
    struct list_node undos;
    struct sem sems[];
};

struct operation {
    struct sem_set *set;
    const struct abi_sembuf *ops;
    unsigned n;
    struct sem_undo *undo; /* NULL: nothing is to be undone */
    unsigned *counted;     /* where it counts as one who waits */
};

static void set_destroy(struct ipc_object *o);
static struct ipc_table sets = IPC_TABLE_INIT(sets, SEMMNI, set_destroy);

static struct sem_set *set_of(struct ipc_object *o)
{
    return container_of(o, struct sem_set, ipc);
}

static void set_destroy(struct ipc_object *o)
{
    struct sem_set *s = set_of(o);

    while (!list_empty(&s->undos)) {
        struct sem_undo *u = list_first_entry(&s->undos, struct sem_undo, node);

        list_del(&u->node);
        kfree(u);
    }
    kfree(s);
}

/* --- semget --------------------------------------------------------------- */

static bool has_room(const struct ipc_object *o, uint64_t n)
{
    return n <= set_of((struct ipc_object *)o)->n;
}

int sem_get(int32_t key, int n, unsigned flags)
{
    struct ipc_object *new = NULL;
    struct sem_set *s;
    int result;

    if (n < 0 || n > SEMMSL)
        return -EINVAL;
    result = ipc_get_number(&sets, key, flags, has_room, (uint64_t)n, &new);
    if (result != -EAGAIN)
        return result;
    if (n == 0)
        return -EINVAL;
    s = kzalloc(sizeof(*s) + (size_t)n * sizeof(s->sems[0]));
    if (!s)
        return -ENOMEM;
    ipc_init(&s->ipc, key, flags);
    s->n = (unsigned)n;
    wait_queue_init(&s->changed);
    list_init(&s->undos);
    new = &s->ipc;
    result = ipc_get_number(&sets, key, flags, has_room, (uint64_t)n, &new);
    ipc_put(&sets, new);
    return result;
}

/* --- semop ---------------------------------------------------------------- */

static struct sem_undo *find_undo(struct sem_set *s, const struct process *p)
{
    struct sem_undo *u;

    list_for_each_entry (u, &s->undos, node)
        if (u->process == p)
            return u;
    return NULL;
}

static bool in_range(int undo)
{
    return undo >= -SEMVMX && undo <= SEMVMX;
}

/* One operation: 0, -EAGAIN: it has to wait, -ERANGE. */
static int apply(struct operation *o, const struct abi_sembuf *b)
{
    struct sem *sem = &o->set->sems[b->sem_num];
    int value = sem->value + b->sem_op, undo = 0;

    if (b->sem_op == 0)
        return sem->value ? -EAGAIN : 0;
    if (value < 0)
        return -EAGAIN;
    if (b->sem_flg & SEM_UNDO)
        undo = o->undo->add[b->sem_num] - b->sem_op;
    if (value > SEMVMX || !in_range(undo))
        return -ERANGE;
    sem->value = (uint16_t)value;
    if (b->sem_flg & SEM_UNDO)
        o->undo->add[b->sem_num] = (int16_t)undo;
    return 0;
}

static void take_back(struct operation *o, unsigned n)
{
    while (n-- > 0) {
        const struct abi_sembuf *b = &o->ops[n];

        o->set->sems[b->sem_num].value -= (uint16_t)b->sem_op;
        if (b->sem_flg & SEM_UNDO)
            o->undo->add[b->sem_num] += b->sem_op;
    }
}

static void uncount(struct operation *o)
{
    if (o->counted)
        --*o->counted;
    o->counted = NULL;
}

static void count(struct operation *o, const struct abi_sembuf *b)
{
    struct sem *sem = &o->set->sems[b->sem_num];

    o->counted = b->sem_op ? &sem->nonzero : &sem->zero;
    ++*o->counted;
}

/* All or nothing; *wait: it may wait. */
static int try_locked(struct operation *o, bool *wait)
{
    unsigned done = 0;
    bool altered = false;
    int err = 0;

    while (done < o->n && !(err = apply(o, &o->ops[done])))
        altered |= o->ops[done++].sem_op != 0;
    if (err) {
        *wait = err == -EAGAIN && !(o->ops[done].sem_flg & IPC_NOWAIT);
        take_back(o, done);
        if (*wait)
            count(o, &o->ops[done]);
        return err;
    }
    for (unsigned i = 0; i < o->n; i++)
        o->set->sems[o->ops[i].sem_num].pid = ipc_pid();
    o->set->otime = ipc_now();
    if (altered)
        wait_queue_wake_all(&o->set->changed);
    return 0;
}

/* Is there nothing to wait for any more? *err says why. */
static bool attempt(struct operation *o, int *err)
{
    unsigned long irq = spin_lock(&sets.lock);
    bool wait = false;

    uncount(o);
    *err = o->set->ipc.removed ? -EIDRM : try_locked(o, &wait);
    spin_unlock(&sets.lock, irq);
    return !wait;
}

/* Finds the set, and checks that the operations can be meant. */
static int operation_begin(int id, struct operation *o)
{
    unsigned long irq = spin_lock(&sets.lock);
    struct ipc_object *found = ipc_find_locked(&sets, id);
    unsigned want = 0444;
    int err = 0;

    if (!found) {
        spin_unlock(&sets.lock, irq);
        return -EINVAL;
    }
    o->set = set_of(found);
    for (unsigned i = 0; i < o->n; i++) {
        if (o->ops[i].sem_num >= o->set->n)
            err = -EFBIG;
        if (o->ops[i].sem_op)
            want = 0222;
    }
    if (!err && !ipc_permits(found, want))
        err = -EACCES;
    if (!err)
        ipc_get(found);
    spin_unlock(&sets.lock, irq);
    return err;
}

/* Where the caller's process keeps what is to be undone in the set. */
static int operation_undo(struct operation *o)
{
    const struct process *p = process_current();
    struct sem_undo *new;
    unsigned long irq;

    new = kzalloc(sizeof(*new) + o->set->n * sizeof(new->add[0]));
    if (!new)
        return -ENOMEM;
    new->process = p;
    irq = spin_lock(&sets.lock);
    o->undo = find_undo(o->set, p);
    if (!o->undo) {
        list_add_tail(&o->set->undos, &new->node);
        o->undo = new;
        new = NULL;
    }
    spin_unlock(&sets.lock, irq);
    kfree(new);
    return 0;
}

static int operate(struct operation *o, uint64_t deadline_ns)
{
    unsigned long irq;
    int err = 0, waited = 0;

    for (unsigned i = 0; i < o->n && !o->undo; i++)
        if (o->ops[i].sem_flg & SEM_UNDO)
            err = operation_undo(o);
    if (err)
        return err;
    waited = wait_event(&o->set->changed, attempt(o, &err), deadline_ns);
    irq = spin_lock(&sets.lock);
    uncount(o);
    spin_unlock(&sets.lock, irq);
    if (!waited)
        return err;
    return waited == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

int sem_operate(int id, struct abi_sembuf *ops, unsigned n,
                uint64_t deadline_ns)
{
    struct operation o = {.ops = ops, .n = n};
    int err = operation_begin(id, &o);

    if (err)
        return err;
    err = operate(&o, deadline_ns);
    ipc_put(&sets, &o.set->ipc);
    return err;
}

/* The values as they become at the end of p. */
static void undo_locked(struct sem_set *s, const struct sem_undo *u)
{
    for (unsigned i = 0; i < s->n; i++) {
        int value = s->sems[i].value + u->add[i];

        if (!u->add[i])
            continue;
        s->sems[i].value = (uint16_t)MIN(MAX(value, 0), SEMVMX);
        s->sems[i].pid = u->process->pid;
        s->otime = ipc_now();
    }
    wait_queue_wake_all(&s->changed);
}

void sem_process_ended(struct process *p)
{
    unsigned long irq;
    struct ipc_object *o;

    if (!sets.count)
        return;
    irq = spin_lock(&sets.lock);
    list_for_each_entry (o, &sets.objects, node) {
        struct sem_undo *u = find_undo(set_of(o), p);

        if (!u)
            continue;
        undo_locked(set_of(o), u);
        list_del(&u->node);
        kfree(u);
    }
    spin_unlock(&sets.lock, irq);
}

/* --- semctl --------------------------------------------------------------- */

int sem_stat(int id, int op, struct abi_semid_ds *ds)
{
    unsigned long irq = spin_lock(&sets.lock);
    struct ipc_object *o = op == IPC_STAT ? ipc_find_locked(&sets, id)
                                          : ipc_find_index_locked(&sets, id);
    int result = op == IPC_STAT || !o ? 0 : o->id;

    if (!o) {
        result = -EINVAL;
    } else if (op != SEM_STAT_ANY && !ipc_permits(o, 0444)) {
        result = -EACCES;
    } else {
        *ds = (struct abi_semid_ds){.otime = set_of(o)->otime,
                                    .ctime = o->ctime,
                                    .nsems = set_of(o)->n};
        ipc_describe(o, &ds->perm);
    }
    spin_unlock(&sets.lock, irq);
    return result;
}

int sem_set_owner(int id, const struct abi_semid_ds *ds)
{
    unsigned long irq = spin_lock(&sets.lock);
    struct ipc_object *o = ipc_find_locked(&sets, id);
    int err = o ? ipc_change(o, &ds->perm) : -EINVAL;

    spin_unlock(&sets.lock, irq);
    return err;
}

int sem_remove(int id)
{
    unsigned long irq = spin_lock(&sets.lock);
    struct ipc_object *o = ipc_find_locked(&sets, id);
    int err = 0;

    if (!o) {
        err = -EINVAL;
    } else if (!ipc_owned(o)) {
        err = -EPERM;
        o = NULL;
    } else {
        ipc_remove_locked(&sets, o);
        wait_queue_wake_all(&set_of(o)->changed);
    }
    spin_unlock(&sets.lock, irq);
    ipc_put(&sets, o);
    return err;
}

/* The set, if the caller has those permissions. Lock held. */
static int find_permitted(int id, unsigned want, struct sem_set **s)
{
    struct ipc_object *o = ipc_find_locked(&sets, id);

    if (!o)
        return -EINVAL;
    *s = set_of(o);
    return ipc_permits(o, want) ? 0 : -EACCES;
}

static int tell(const struct sem *sem, int op)
{
    switch (op) {
    case GETVAL:
        return sem->value;
    case GETPID:
        return sem->pid;
    case GETNCNT:
        return (int)sem->nonzero;
    default:
        return (int)sem->zero;
    }
}

int sem_tell(int id, int num, int op)
{
    unsigned long irq = spin_lock(&sets.lock);
    struct sem_set *s;
    int result = find_permitted(id, 0444, &s);

    if (!result && (num < 0 || (unsigned)num >= s->n))
        result = -EINVAL;
    if (!result)
        result = tell(&s->sems[num], op);
    spin_unlock(&sets.lock, irq);
    return result;
}

/* A value that is set is not undone. */
static void set_value_locked(struct sem_set *s, unsigned num, uint16_t value)
{
    struct sem_undo *u;

    s->sems[num].value = value;
    s->sems[num].pid = ipc_pid();
    list_for_each_entry (u, &s->undos, node)
        u->add[num] = 0;
}

int sem_set_value(int id, int num, int value)
{
    unsigned long irq;
    struct sem_set *s;
    int err;

    if (value < 0 || value > SEMVMX)
        return -ERANGE;
    irq = spin_lock(&sets.lock);
    err = find_permitted(id, 0222, &s);
    if (!err && (num < 0 || (unsigned)num >= s->n))
        err = -EINVAL;
    if (!err) {
        set_value_locked(s, (unsigned)num, (uint16_t)value);
        s->ipc.ctime = ipc_now();
        wait_queue_wake_all(&s->changed);
    }
    spin_unlock(&sets.lock, irq);
    return err;
}

int sem_get_all(int id, uint16_t *values, unsigned *n)
{
    unsigned long irq = spin_lock(&sets.lock);
    unsigned room = *n;
    struct sem_set *s;
    int err = find_permitted(id, 0444, &s);

    if (!err) {
        *n = s->n;
        err = s->n > room ? -ERANGE : 0;
        for (unsigned i = 0; i < s->n && !err; i++)
            values[i] = s->sems[i].value;
    }
    spin_unlock(&sets.lock, irq);
    return err;
}

int sem_set_all(int id, const uint16_t *values, unsigned *n)
{
    unsigned long irq = spin_lock(&sets.lock);
    unsigned given = *n;
    struct sem_set *s;
    int err = find_permitted(id, 0222, &s);

    if (!err) {
        *n = s->n;
        err = s->n > given ? -ERANGE : 0;
        for (unsigned i = 0; i < s->n && !err; i++)
            set_value_locked(s, i, values[i]);
    }
    if (!err) {
        s->ipc.ctime = ipc_now();
        wait_queue_wake_all(&s->changed);
    }
    spin_unlock(&sets.lock, irq);
    return err;
}

int sem_info(int *count_sets, int *sems)
{
    unsigned long irq = spin_lock(&sets.lock);
    struct ipc_object *o;
    int highest = 0;

    *count_sets = (int)sets.count;
    *sems = 0;
    list_for_each_entry (o, &sets.objects, node) {
        highest = (int)ipc_index(o);
        *sems += (int)set_of(o)->n;
    }
    spin_unlock(&sets.lock, irq);
    return highest;
}
