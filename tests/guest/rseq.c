// SPDX-License-Identifier: MIT
/*
 * rseq: restartable sequences (rseq(2)): what interrupts one leads to its
 * abort handler. The C library has registered an area for each thread; the
 * cases use that.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static struct rseq *area(void)
{
    return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static void need_area(void)
{
    if (__rseq_size == 0)
        CHECK_SKIP("the C library registers none here");
}

/*
 * Spins inside a sequence until *stop is set, or it is aborted. A descriptor
 * of its own for each: good, with a wrong signature, and with a bad version.
 */
enum { GOOD, WRONG_SIGNATURE, BAD_VERSION };

static bool spin(const volatile int *stop, int kind)
{
    int aborted;

    __asm__ volatile(".pushsection .data.rel, \"aw\"\n"
                     ".balign 32\n"
                     "10: .long 0, 0; .quad 1f, 2f - 1f, 4f\n"
                     "11: .long 0, 0; .quad 1f, 2f - 1f, 5f\n"
                     "12: .long 9, 0; .quad 1f, 2f - 1f, 4f\n"
                     ".popsection\n"
                     "leaq 10b(%%rip), %%rax\n"
                     "cmpl $1, %[kind]\n"
                     "jb 6f\n"
                     "leaq 11b(%%rip), %%rax\n"
                     "je 6f\n"
                     "leaq 12b(%%rip), %%rax\n"
                     "6: movq %%rax, %[cs]\n"
                     "1: cmpl $0, (%[stop])\n"
                     "je 1b\n"
                     "2: xorl %[aborted], %[aborted]\n"
                     "jmp 7f\n"
                     ".byte 0x0f, 0xb9, 0x3d\n"
                     ".long 0x53053053\n"
                     "4: movl $1, %[aborted]\n"
                     "jmp 7f\n"
                     ".byte 0x0f, 0xb9, 0x3d\n"
                     ".long 0x12345678\n"
                     "5: movl $2, %[aborted]\n"
                     "7:\n"
                     : [aborted] "=&r"(aborted), [cs] "=m"(area()->rseq_cs)
                     : [stop] "r"(stop), [kind] "r"(kind)
                     : "rax", "memory", "cc");
    return aborted;
}

static volatile int stop;

static void on_alarm(int signal)
{
    (void)signal;
}

static void alarm_soon(void)
{
    struct itimerval in = {.it_value.tv_usec = 20000};

    CHECK(signal(SIGALRM, on_alarm) != SIG_ERR);
    CHECK_EQ(setitimer(ITIMER_REAL, &in, NULL), 0);
}

static void ids_name_this_cpu(void)
{
    cpu_set_t set;

    need_area();
    CPU_ZERO(&set);
    CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
    CHECK(CPU_ISSET(area()->cpu_id, &set));
    CHECK_EQ(area()->cpu_id, area()->cpu_id_start);
}

static void an_undisturbed_sequence_commits(void)
{
    int now = 1;

    need_area();
    for (int i = 0; i < 100; i++)
        if (!spin(&now, GOOD))
            return;
    CHECK_FAIL("aborted a hundred times");
}

static void a_signal_aborts(void)
{
    need_area();
    stop = 0;
    alarm_soon();
    CHECK(spin(&stop, GOOD));
    CHECK_EQ(area()->rseq_cs, 0);
}

static uint64_t seen_in_handler;

static void on_alarm_look(int signal)
{
    (void)signal;
    seen_in_handler = area()->rseq_cs;
    stop = 1;
}

static void the_handler_runs_outside_the_sequence(void)
{
    need_area();
    stop = 0;
    seen_in_handler = 1;
    alarm_soon();
    CHECK(signal(SIGALRM, on_alarm_look) != SIG_ERR);
    while (!stop) /* others may end it before the signal comes */
        spin(&stop, GOOD);
    CHECK_EQ(seen_in_handler, 0);
}

static int started;

/* Runs beside the spinning thread, on the same CPU. */
static void *disturb(void *arg)
{
    __atomic_store_n(&started, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 2000 && !__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE);
         i++)
        usleep(1000);
    stop = 1;
    return NULL;
}

static void another_thread_aborts(void)
{
    cpu_set_t one, all;
    pthread_t t;
    int done = 0;
    bool aborted;

    need_area();
    CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    stop = 0;
    started = 0;
    CHECK_EQ(pthread_create(&t, NULL, disturb, &done), 0);
    while (!__atomic_load_n(&started, __ATOMIC_ACQUIRE))
        sched_yield();
    aborted = spin(&stop, GOOD);
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    pthread_join(t, NULL);
    sched_setaffinity(0, sizeof(all), &all);
    CHECK(aborted);
}

static void signal_outside_leaves_the_program_alone(void)
{
    need_area();
    CHECK(signal(SIGALRM, on_alarm) != SIG_ERR);
    area()->rseq_cs = 0;
    CHECK_EQ(raise(SIGALRM), 0);
    CHECK_EQ(area()->rseq_cs, 0);
}

/* How a child ends that is disturbed in such a sequence. */
static int end_of_child(int kind)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        struct itimerval in = {.it_value.tv_usec = 20000};

        signal(SIGALRM, on_alarm);
        signal(SIGSEGV, SIG_DFL);
        setitimer(ITIMER_REAL, &in, NULL);
        stop = 0;
        spin(&stop, kind);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void a_wrong_signature_kills(void)
{
    int status;

    need_area();
    status = end_of_child(WRONG_SIGNATURE);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

static void an_unknown_version_kills(void)
{
    int status;

    need_area();
    status = end_of_child(BAD_VERSION);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGSEGV);
}

static void a_child_goes_on_with_its_area(void)
{
    int status;

    need_area();
    status = end_of_child(GOOD);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

static void registering_twice_is_refused(void)
{
    static struct rseq other __attribute__((aligned(32)));

    need_area();
    CHECK_ERRNO(syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG), EBUSY);
    CHECK_ERRNO(syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG + 1), EPERM);
    CHECK_ERRNO(syscall(SYS_rseq, &other, 32, 0, RSEQ_SIG), EINVAL);
}

static void unregistering_wants_the_same_again(void)
{
    static struct rseq other __attribute__((aligned(32)));

    need_area();
    CHECK_ERRNO(syscall(SYS_rseq, &other, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG),
                EINVAL);
    CHECK_ERRNO(
        syscall(SYS_rseq, area(), 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG + 1),
        EPERM);
    CHECK_EQ(syscall(SYS_rseq, area(), 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG), 0);
    CHECK_EQ((int)area()->cpu_id, RSEQ_CPU_ID_UNINITIALIZED);
    CHECK_EQ(syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG), 0);
    CHECK((int)area()->cpu_id >= 0);
}

int main(void)
{
    RUN(ids_name_this_cpu);
    RUN(an_undisturbed_sequence_commits);
    RUN(a_signal_aborts);
    RUN(the_handler_runs_outside_the_sequence);
    RUN(another_thread_aborts);
    RUN(signal_outside_leaves_the_program_alone);
    RUN(a_wrong_signature_kills);
    RUN(an_unknown_version_kills);
    RUN(a_child_goes_on_with_its_area);
    RUN(registering_twice_is_refused);
    RUN(unregistering_wants_the_same_again);
    return check_end();
}
