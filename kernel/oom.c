// SPDX-License-Identifier: MIT
/*
 * oom: the victim is the process whose space has most resident pages, as its
 * oom_score_adj makes them more or less; of equal ones the youngest, so that a
 * fork bomb loses its children first. All that share the space end with it,
 * for else it would stay.
 */
#include "kernel/oom.h"

#include "abi/signal.h"
#include "kernel/crash.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

#define LOG_TAG "memory"

#define RECLAIM_PAGES 256

size_t (*oom_reclaim)(size_t pages);

struct choice {
    struct process *victim; /* a reference */
    const struct vm_space *space;
    size_t resident;
    int64_t fitness;
    bool ending; /* a process with memory is about to end */
};

int64_t oom_fitness(size_t resident, int score_adj)
{
    struct page_stats pages;

    if (score_adj <= -1000)
        return OOM_NEVER;
    page_get_stats(&pages);
    return (int64_t)resident + score_adj * (int64_t)pages.total / 1000;
}

static void consider(struct choice *c, struct process *p)
{
    unsigned long irq = spin_lock(&p->lock);
    const struct vm_space *s = p->space;
    size_t resident = s ? s->resident : 0;
    int64_t fitness = oom_fitness(resident, p->oom_score_adj);

    if (s && p->exiting)
        c->ending = true;
    spin_unlock(&p->lock, irq);
    if (!s || fitness == OOM_NEVER || fitness < c->fitness)
        return;
    if (c->victim)
        process_put(c->victim);
    process_get(p);
    c->victim = p;
    c->space = s;
    c->resident = resident;
    c->fitness = fitness;
}

static void choose(struct choice *c)
{
    struct process *p;

    for (int pid = 0; (p = process_next(pid));) {
        pid = p->pid + 1;
        consider(c, p);
        process_put(p);
    }
}

/* The victim and whoever shares its memory. */
static void kill_users(const struct vm_space *space)
{
    struct process *p;

    for (int pid = 0; (p = process_next(pid));) {
        pid = p->pid + 1;
        if (p->space == space)
            process_kill(p, SHUTDOWN_SIGNALED, SIGKILL);
        process_put(p);
    }
}

void oom_kill(const struct regs *r, uintptr_t addr)
{
    const struct vm_space *mine = process_current()->space;
    struct choice c = {.fitness = OOM_NEVER};

    if (thread_current()->work & WORK_KILLED)
        return;
    if (oom_reclaim && oom_reclaim(RECLAIM_PAGES))
        return;
    choose(&c);
    /* When the program itself has to go, there is a report. */
    if (!c.victim || (!c.ending && c.space == mine && c.victim->pid == 1))
        crash_out_of_memory(r, addr);
    if (!c.ending) {
        log_error("out of memory: killed process %d (%s), which held %zu KiB",
                  c.victim->pid, c.victim->name, c.resident * 4);
        kill_users(c.space);
    }
    process_put(c.victim);
    sched_yield_cpu();
}
