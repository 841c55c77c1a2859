// SPDX-License-Identifier: MIT
/* The table has two levels; the lower tables are made as numbers need them,
 * and stay. */
#include "kernel/pid.h"

#include "kernel/kmalloc.h"
#include "kernel/process.h"
#include "kernel/thread.h"

#define TABLE_SIZE 512

static struct pid **tables[PID_MAX / TABLE_SIZE];
static int last_number;

static struct pid **slot_of(int number)
{
    struct pid **table = tables[number / TABLE_SIZE];

    return table ? &table[number % TABLE_SIZE] : NULL;
}

struct pid *pid_find_locked(int number)
{
    struct pid **slot;

    if (number <= 0 || number >= PID_MAX)
        return NULL;
    slot = slot_of(number);
    return slot ? *slot : NULL;
}

struct pid *pid_next_locked(int number)
{
    int n = MAX(number, 1);

    while (n < PID_MAX) {
        struct pid **slot = slot_of(n);
        struct pid *found = slot ? *slot : NULL;

        if (found)
            return found;
        n = slot ? n + 1 : ALIGN_UP(n + 1, TABLE_SIZE);
    }
    return NULL;
}

/* A free number behind the last one given out; 0: all are in use. */
static int number_choose_locked(void)
{
    int n = last_number;

    for (int tries = 0; tries < PID_MAX; tries++) {
        if (++n >= PID_MAX)
            n = PID_RESERVED;
        if (!pid_find_locked(n))
            return n;
    }
    return 0;
}

static bool table_make_locked(int number)
{
    struct pid ***table = &tables[number / TABLE_SIZE];

    if (!*table)
        *table = kzalloc(TABLE_SIZE * sizeof(**table));
    return *table;
}

struct pid *pid_alloc(void)
{
    struct pid *pid = kzalloc(sizeof(*pid));
    unsigned long irq;
    int number;

    if (!pid)
        return NULL;
    pid->refs = 2; /* the table's, and the caller's */
    list_init(&pid->group);
    list_init(&pid->session);
    wait_queue_init(&pid->ended);
    irq = process_tree_lock();
    number = number_choose_locked();
    if (number && table_make_locked(number)) {
        pid->number = last_number = number;
        *slot_of(number) = pid;
    }
    process_tree_unlock(irq);
    if (!pid->number) {
        kfree(pid);
        return NULL;
    }
    return pid;
}

void pid_unused_locked(struct pid *pid)
{
    struct pid **slot = slot_of(pid->number);

    if (pid->thread || pid->process || !list_empty(&pid->group) ||
        !list_empty(&pid->session) || *slot != pid)
        return;
    *slot = NULL;
    pid_put(pid);
}

void pid_get(struct pid *pid)
{
    __atomic_add_fetch(&pid->refs, 1, __ATOMIC_RELAXED);
}

void pid_put(struct pid *pid)
{
    if (__atomic_sub_fetch(&pid->refs, 1, __ATOMIC_ACQ_REL) == 0)
        kfree(pid);
}
