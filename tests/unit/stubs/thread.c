// SPDX-License-Identifier: MIT
/*
 * thread: the one CPU, with one thread of one process. GS, which the host's C
 * library leaves alone, points to it as in the kernel, so that thread_current
 * and cpu_this are the real ones.
 */
#include "tests/unit/stubs/stubs.h"

#include <asm/prctl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/sched.h"
#include "kernel/thread.h"

static struct cpu cpu;
static struct thread thread;
static struct process process;

const struct cred stub_nobody = {
    .refs = 1,
    .uid = 1000,
    .euid = 1000,
    .suid = 1000,
    .fsuid = 1000,
    .gid = 1000,
    .egid = 1000,
    .sgid = 1000,
    .fsgid = 1000,
    .bounding = CAP_ALL,
};

void stub_thread_reset(void)
{
    cpu = (struct cpu){.self = &cpu, .current = &thread};
    process = (struct process){
        .pid = 1, .thread_count = 1, .cred = &cred_root, .name = "test"};
    list_init(&process.threads);
    for (int i = 0; i < RLIMIT_COUNT; i++)
        process.limits[i] = (struct rlimit_entry){UINT64_MAX, UINT64_MAX};
    thread = (struct thread){
        .tid = 1, .process = &process, .cred = &cred_root, .name = "test"};
    list_add(&process.threads, &thread.process_node);
    ck_assert_int_eq(syscall(SYS_arch_prctl, ARCH_SET_GS, &cpu), 0);
}

struct thread *stub_thread(void)
{
    return &thread;
}

struct process *stub_process(void)
{
    return &process;
}

struct thread *thread_find(int tid)
{
    return tid == thread.tid ? &thread : NULL;
}

void thread_put(struct thread *t)
{
    (void)t;
}

bool process_has_thread(struct process *p, int tid)
{
    return p == &process && tid == thread.tid;
}

uint64_t sched_cpu_time(const struct thread *t)
{
    return t->cpu_ns + (clock_monotonic_ns() - t->slice_start_ns);
}

uint64_t sched_process_cpu_time_locked(struct process *p)
{
    return sched_process_cpu_time(p);
}

uint64_t sched_process_cpu_time(struct process *p)
{
    return p->dead_threads_cpu.user_ns + sched_cpu_time(&thread);
}

struct cpu_times sched_process_times_locked(struct process *p)
{
    struct cpu_times all =
        cpu_split_read(&thread.cpu_split, sched_cpu_time(&thread));

    cpu_times_add(&all, &p->dead_threads_cpu);
    return all;
}

struct cpu_times sched_process_times(struct process *p)
{
    return sched_process_times_locked(p);
}

void stubs_setup(void)
{
    stub_thread_reset();
    stub_memory_reset();
    stub_lock_reset();
    stub_clock_reset();
    stub_wait_reset();
    stub_uaccess_reset();
    stub_log_reset();
    stub_random_reset();
}

void stubs_teardown(void)
{
    stub_lock_check();
    stub_clock_check();
    stub_memory_check();
}
