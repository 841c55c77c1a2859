// SPDX-License-Identifier: MIT
/* sched_policy: policies and priorities, who may set them, and what they do. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

#define NO_ID     999999
#define FORK_FLAG 0x40000000

/* sched_setattr(2); newer C libraries declare it, older ones do not. */
struct attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
};

static int set_attr(struct attr *a)
{
    return (int)syscall(SYS_sched_setattr, 0, a, 0);
}

static int set_policy(int policy, int priority)
{
    struct sched_param p = {.sched_priority = priority};

    return (int)syscall(SYS_sched_setscheduler, 0, policy, &p);
}

static int priority_now(void)
{
    struct sched_param p = {.sched_priority = -1};

    CHECK_EQ(sched_getparam(0, &p), 0);
    return p.sched_priority;
}

static void need_root(void)
{
    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    if (set_policy(SCHED_FIFO, 1) < 0)
        CHECK_SKIP("no real-time policies in this container");
    CHECK_EQ(set_policy(SCHED_OTHER, 0), 0);
}

/* --- setting and telling -------------------------------------------------- */

static void root_sets_every_policy(void)
{
    need_root();
    CHECK_EQ(set_policy(SCHED_FIFO, 99), 0);
    CHECK_EQ(sched_getscheduler(0), SCHED_FIFO);
    CHECK_EQ(priority_now(), 99);
    CHECK_EQ(set_policy(SCHED_RR, 1), 0);
    CHECK_EQ(sched_getscheduler(getpid()), SCHED_RR);
    CHECK_EQ(priority_now(), 1);
    CHECK_EQ(set_policy(SCHED_BATCH, 0), 0);
    CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
    CHECK_EQ(set_policy(SCHED_IDLE, 0), 0);
    CHECK_EQ(sched_getscheduler(0), SCHED_IDLE);
    CHECK_EQ(set_policy(SCHED_OTHER, 0), 0);
    CHECK_EQ(priority_now(), 0);
}

static void values_out_of_range_are_refused(void)
{
    CHECK_ERRNO(set_policy(SCHED_FIFO, 0), EINVAL);
    CHECK_ERRNO(set_policy(SCHED_FIFO, 100), EINVAL);
    CHECK_ERRNO(set_policy(SCHED_RR, -1), EINVAL);
    CHECK_ERRNO(set_policy(SCHED_BATCH, 1), EINVAL);
    CHECK_ERRNO(set_policy(SCHED_IDLE, 1), EINVAL);
    CHECK_ERRNO(set_policy(4, 0), EINVAL);
    CHECK_ERRNO(set_policy(6, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, NULL), EINVAL);
    CHECK_ERRNO(
        syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, check_pointer(8)),
        EFAULT);
}

static void a_parameter_keeps_the_policy(void)
{
    struct sched_param p = {.sched_priority = 5};

    need_root();
    CHECK_EQ(set_policy(SCHED_RR, 7), 0);
    CHECK_EQ(sched_setparam(0, &p), 0);
    CHECK_EQ(sched_getscheduler(0), SCHED_RR);
    CHECK_EQ(priority_now(), 5);
    p.sched_priority = 0;
    CHECK_ERRNO(sched_setparam(0, &p), EINVAL);
    CHECK_EQ(set_policy(SCHED_OTHER, 0), 0);
}

static void attributes_set_and_tell_all(void)
{
    struct attr a = {.size = sizeof(a), .policy = SCHED_FIFO, .priority = 3};
    struct attr b = {0};

    need_root();
    CHECK_EQ(set_attr(&a), 0);
    CHECK_EQ(syscall(SYS_sched_getattr, 0, &b, sizeof(b), 0), 0);
    CHECK_EQ(b.size, sizeof(b));
    CHECK_EQ(b.policy, SCHED_FIFO);
    CHECK_EQ(b.priority, 3);
    CHECK_EQ(b.nice, 0);
    a = (struct attr){.size = 48, .policy = SCHED_OTHER, .nice = 4};
    CHECK_EQ(set_attr(&a), 0);
    CHECK_EQ(syscall(SYS_sched_getattr, 0, &b, 48, 0), 0);
    CHECK_EQ(b.size, 48);
    CHECK_EQ(b.policy, SCHED_OTHER);
    CHECK_EQ(b.nice, 4);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 4);
    a.flags = 0x10; /* SCHED_FLAG_KEEP_PARAMS */
    a.nice = 9;
    CHECK_EQ(set_attr(&a), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 4);
    a = (struct attr){.flags = 0x08, .policy = SCHED_FIFO, .nice = -100};
    CHECK_EQ(set_attr(&a), 0); /* SCHED_FLAG_KEEP_POLICY, size 0 */
    CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), -20);
    CHECK_EQ(setpriority(PRIO_PROCESS, 0, 0), 0);
}

static void attributes_are_checked(void)
{
    struct {
        struct attr a;
        uint32_t more;
    } big = {.a = {.size = sizeof(big)}};
    struct attr a = {.size = 47};

    CHECK_ERRNO(set_attr(&a), E2BIG);
    CHECK(a.size >= 48);
    big.more = 1;
    CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &big, 0), E2BIG);
    CHECK(big.a.size < sizeof(big) || big.a.size > 56);
    a = (struct attr){.size = 48, .policy = (uint32_t)-1};
    CHECK_ERRNO(set_attr(&a), EINVAL);
    a = (struct attr){.size = 48, .flags = 1ull << 40};
    CHECK_ERRNO(set_attr(&a), EINVAL);
    a = (struct attr){.size = 48, .priority = 1};
    CHECK_ERRNO(set_attr(&a), EINVAL);
    a = (struct attr){.size = 48, .policy = 6, .deadline = 10, .runtime = 5};
    CHECK_ERRNO(set_attr(&a), EINVAL);
    a = (struct attr){.size = 48};
    CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &a, 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setattr, -1, &a, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setattr, NO_ID, &a, 0), ESRCH);
    CHECK_ERRNO(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_setattr, 0, check_pointer(8), 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &a, 47, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &a, 48, 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_sched_getattr, 0, check_pointer(8), 48, 0), EFAULT);
}

static int child_policy(void)
{
    return sched_getscheduler(0) * 10 + priority_now() +
           getpriority(PRIO_PROCESS, 0);
}

static void children_inherit_unless_told_not_to(void)
{
    need_root();
    CHECK_EQ(set_policy(SCHED_RR, 2), 0);
    CHECK_EQ(in_child(child_policy), SCHED_RR * 10 + 2);
    CHECK_EQ(set_policy(SCHED_RR | FORK_FLAG, 2), 0);
    CHECK_EQ(sched_getscheduler(0), SCHED_RR | FORK_FLAG);
    CHECK_EQ(in_child(child_policy), SCHED_OTHER);
    CHECK_EQ(setpriority(PRIO_PROCESS, 0, -7), 0);
    CHECK_EQ(set_policy(SCHED_OTHER | FORK_FLAG, 0), 0);
    CHECK_EQ(in_child(child_policy), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), -7);
    CHECK_EQ(setpriority(PRIO_PROCESS, 0, 0), 0);
    CHECK_EQ(set_policy(SCHED_OTHER, 0), 0);
}

static void a_round_has_a_length(void)
{
    struct timespec t;

    need_root();
    CHECK_EQ(set_policy(SCHED_RR, 1), 0);
    CHECK_EQ(sched_rr_get_interval(0, &t), 0);
    CHECK(t.tv_sec == 0 && t.tv_nsec > 0);
    CHECK_EQ(set_policy(SCHED_FIFO, 1), 0);
    CHECK_EQ(sched_rr_get_interval(0, &t), 0);
    CHECK(t.tv_sec == 0 && t.tv_nsec == 0);
    CHECK_EQ(set_policy(SCHED_OTHER, 0), 0);
}

/* --- privileges ----------------------------------------------------------- */

static int become_nobody(void)
{
    return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
}

static int nobody_tries(void)
{
    if (become_nobody())
        return 1;
    if (set_policy(SCHED_FIFO, 1) != -1 || errno != EPERM)
        return 2;
    if (set_policy(SCHED_IDLE, 0) != 0)
        return 3;
    if (set_policy(SCHED_OTHER, 0) != -1 || errno != EPERM)
        return 4;
    if (setpriority(PRIO_PROCESS, 0, -1) != -1 || errno != EACCES)
        return 5;
    if (setpriority(PRIO_PROCESS, (id_t)getppid(), 10) != -1 || errno != EPERM)
        return 6;
    return 0;
}

static void others_need_a_privilege(void)
{
    need_root();
    CHECK_EQ(in_child(nobody_tries), 0);
}

static int nobody_has_limits(void)
{
    const struct rlimit rt = {10, 10}, nice = {25, 25};

    if (setrlimit(RLIMIT_RTPRIO, &rt) || setrlimit(RLIMIT_NICE, &nice))
        return 100;
    if (become_nobody())
        return 1;
    if (set_policy(SCHED_FIFO, 11) != -1 || errno != EPERM)
        return 2;
    if (set_policy(SCHED_FIFO, 10) != 0)
        return 3;
    if (set_policy(SCHED_OTHER | FORK_FLAG, 0) != 0)
        return 4;
    if (set_policy(SCHED_OTHER, 0) != -1 || errno != EPERM)
        return 5;
    if (setpriority(PRIO_PROCESS, 0, -6) != -1 || errno != EACCES)
        return 6;
    return setpriority(PRIO_PROCESS, 0, -5) ? 7 : 0;
}

static void limits_lend_the_privilege(void)
{
    int result;

    need_root();
    result = in_child(nobody_has_limits);
    if (result == 100)
        CHECK_SKIP("limits cannot be raised in this container");
    CHECK_EQ(result, 0);
}

static void niceness_reaches_other_processes(void)
{
    pid_t pid = fork();
    int status;

    CHECK(pid >= 0);
    if (pid == 0) {
        setpgid(0, 0);
        pause();
        _exit(1);
    }
    while (getpgid(pid) != pid)
        usleep(1000);
    CHECK_EQ(setpriority(PRIO_PROCESS, (id_t)pid, 3), 0);
    CHECK_EQ(getpriority(PRIO_PROCESS, (id_t)pid), 3);
    CHECK_EQ(setpriority(PRIO_PGRP, (id_t)pid, 6), 0);
    CHECK_EQ(getpriority(PRIO_PGRP, (id_t)pid), 6);
    CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_ERRNO(setpriority(PRIO_PGRP, (id_t)pid, 6), ESRCH);
}

/* --- who runs ------------------------------------------------------------- */

static char order[16];
static volatile unsigned order_len;
static volatile int go;

struct runner {
    pthread_t thread;
    int policy, priority;
    char name;
};

static void *run_in_turn(void *arg)
{
    const struct runner *r = arg;

    if (set_policy(r->policy, r->priority) < 0)
        return arg;
    while (!go)
        usleep(2000);
    for (int i = 0; i < 3; i++) {
        struct timespec start, now;

        order[order_len++] = r->name;
        clock_gettime(CLOCK_MONOTONIC, &start);
        do
            clock_gettime(CLOCK_MONOTONIC, &now);
        while ((now.tv_sec - start.tv_sec) * 1000000000ll + now.tv_nsec -
                   start.tv_nsec <
               3000000);
        if (r->policy == SCHED_RR)
            sched_yield();
    }
    return NULL;
}

static void use_one_cpu(cpu_set_t *before)
{
    cpu_set_t one;
    int cpu = 0;

    CHECK_EQ(sched_getaffinity(0, sizeof(*before), before), 0);
    while (!CPU_ISSET(cpu, before))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
}

/* Starts them one by one, with the CPU to itself; each waits for go. */
static void run_all(struct runner *r, int n)
{
    cpu_set_t before;
    void *failed;

    go = 0;
    order_len = 0;
    memset(order, 0, sizeof(order));
    use_one_cpu(&before);
    CHECK_EQ(set_policy(SCHED_FIFO, 50), 0);
    for (int i = 0; i < n; i++) {
        pthread_attr_t attr;
        struct sched_param p = {.sched_priority = 0};

        pthread_attr_init(&attr);
        pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
        pthread_attr_setschedparam(&attr, &p);
        CHECK_EQ(pthread_create(&r[i].thread, &attr, run_in_turn, &r[i]), 0);
        usleep(10000);
    }
    go = 1;
    for (int i = 0; i < n; i++) {
        CHECK_EQ(pthread_join(r[i].thread, &failed), 0);
        CHECK(!failed);
    }
    CHECK_EQ(set_policy(SCHED_OTHER, 0), 0);
    CHECK_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}

/* The lower one may begin: its sleep may end first. */
static void a_higher_priority_runs_first(void)
{
    struct runner r[] = {
        {.policy = SCHED_OTHER, .priority = 0, .name = 'o'},
        {.policy = SCHED_FIFO, .priority = 10, .name = 'l'},
        {.policy = SCHED_FIFO, .priority = 20, .name = 'h'},
    };
    const char *last_h, *last_l, *last_o;

    need_root();
    run_all(r, 3);
    CHECK_EQ(order_len, 9);
    last_h = strrchr(order, 'h');
    last_l = strrchr(order, 'l');
    last_o = strrchr(order, 'o');
    CHECK(last_h < last_l && last_l < last_o);
    CHECK(!memcmp(strchr(order, 'h'), "hhh", 3));
}

static void equals_take_turns_when_they_yield(void)
{
    struct runner r[] = {
        {.policy = SCHED_RR, .priority = 10, .name = 'a'},
        {.policy = SCHED_RR, .priority = 10, .name = 'b'},
    };

    need_root();
    run_all(r, 2);
    CHECK(strstr(order, "abab") || strstr(order, "baba"));
}

static void first_come_first_served_is_not_interrupted_by_equals(void)
{
    struct runner r[] = {
        {.policy = SCHED_FIFO, .priority = 10, .name = 'a'},
        {.policy = SCHED_FIFO, .priority = 10, .name = 'b'},
    };

    need_root();
    run_all(r, 2);
    CHECK(!strcmp(order, "aaabbb") || !strcmp(order, "bbbaaa"));
}

int main(void)
{
    RUN(root_sets_every_policy);
    RUN(values_out_of_range_are_refused);
    RUN(a_parameter_keeps_the_policy);
    RUN(attributes_set_and_tell_all);
    RUN(attributes_are_checked);
    RUN(children_inherit_unless_told_not_to);
    RUN(a_round_has_a_length);
    RUN(others_need_a_privilege);
    RUN(limits_lend_the_privilege);
    RUN(niceness_reaches_other_processes);
    RUN(a_higher_priority_runs_first);
    RUN(equals_take_turns_when_they_yield);
    RUN(first_come_first_served_is_not_interrupted_by_equals);
    return check_end();
}
