// SPDX-License-Identifier: MIT
/* rt_signals: queues, waiting for signals, and whom one can send to. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

enum { ROUNDS = 10000, NOBODY = 4000000 };

static int order[64], values[64], codes[64];
static volatile int count;

static void note(int sig, siginfo_t *info, void *context)
{
    (void)context;
    if (count < 64) {
        order[count] = sig;
        values[count] = info->si_value.sival_int;
        codes[count] = info->si_code;
    }
    count++;
}

static void handle(int sig, int flags)
{
    struct sigaction a = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};

    sigfillset(&a.sa_mask);
    CHECK_EQ(sigaction(sig, &a, NULL), 0);
    count = 0;
}

static sigset_t set_of(int a, int b)
{
    sigset_t s;

    sigemptyset(&s);
    sigaddset(&s, a);
    if (b)
        sigaddset(&s, b);
    return s;
}

static int queue(int sig, int value)
{
    return sigqueue(getpid(), sig, (union sigval){.sival_int = value});
}

static void real_time_signals_come_in_order(void)
{
    sigset_t s = set_of(SIGRTMIN, SIGRTMIN + 1), both = s;

    sigaddset(&both, SIGUSR1);
    handle(SIGRTMIN, 0);
    handle(SIGRTMIN + 1, 0);
    handle(SIGUSR1, 0);
    sigprocmask(SIG_BLOCK, &both, NULL);
    CHECK_EQ(queue(SIGRTMIN + 1, 1), 0);
    for (int i = 2; i < 5; i++)
        CHECK_EQ(queue(SIGRTMIN, i), 0);
    CHECK_EQ(queue(SIGUSR1, 5), 0);
    CHECK_EQ(queue(SIGUSR1, 6), 0);
    CHECK_EQ(kill(getpid(), SIGRTMIN + 1), 0);
    sigprocmask(SIG_UNBLOCK, &both, NULL);
    CHECK_EQ(count, 6);
    CHECK(order[0] == SIGUSR1 && values[0] == 5 && codes[0] == SI_QUEUE);
    for (int i = 1; i < 4; i++)
        CHECK(order[i] == SIGRTMIN && values[i] == i + 1);
    CHECK(order[4] == SIGRTMIN + 1 && values[4] == 1);
    CHECK(order[5] == SIGRTMIN + 1 && codes[5] == SI_USER);
}

static void the_queue_has_a_limit(void)
{
    sigset_t s = set_of(SIGRTMIN, SIGUSR2);
    struct rlimit old, small;
    int n = 0;

    handle(SIGRTMIN, 0);
    handle(SIGUSR2, 0);
    CHECK_EQ(getrlimit(RLIMIT_SIGPENDING, &old), 0);
    small = (struct rlimit){40, old.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &small), 0);
    sigprocmask(SIG_BLOCK, &s, NULL);
    while (n < 100 && queue(SIGRTMIN, n) == 0)
        n++;
    CHECK(n <= 40);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(kill(getpid(), SIGRTMIN), 0);
    CHECK_EQ(kill(getpid(), SIGUSR2), 0);
    CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &old), 0);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
    CHECK_EQ(count, n + 1); /* and SIGUSR2 */
}

static void who_may_say_what(void)
{
    siginfo_t info = {.si_code = SI_QUEUE};

    handle(SIGUSR1, 0);
    info.si_value.sival_int = 7;
    CHECK_EQ(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info), 0);
    CHECK(count == 1 && values[0] == 7 && codes[0] == SI_QUEUE);
    CHECK_EQ(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info),
             0);
    CHECK_EQ(count, 2);
    info.si_code = 123; /* to itself one may say anything */
    CHECK_EQ(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info), 0);
    CHECK_EQ(codes[2], 123);
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, NOBODY, SIGUSR1, &info), EPERM);
    info.si_code = SI_QUEUE;
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, NOBODY, SIGUSR1, &info), ESRCH);
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), 1, check_pointer(8)),
                EFAULT);
    CHECK_ERRNO(
        syscall(SYS_rt_tgsigqueueinfo, NOBODY, getpid(), SIGUSR1, &info),
        ESRCH);
    CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, 0, 0, SIGUSR1, &info), EINVAL);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), NOBODY, SIGUSR1), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, NOBODY, getpid(), SIGUSR1), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), -1, SIGUSR1), EINVAL);
    CHECK_ERRNO(syscall(SYS_tkill, 0, SIGUSR1), EINVAL);
    CHECK_ERRNO(syscall(SYS_tkill, getpid(), 65), EINVAL);
    CHECK_ERRNO(kill(-NOBODY, 0), ESRCH);
    CHECK_EQ(kill(0, 0), 0);
}

static void waiting_takes_a_signal(void)
{
    sigset_t s = set_of(SIGRTMIN, SIGUSR1);
    struct timespec none = {0, 0}, soon = {0, 20000000}, bad = {0, -1};
    siginfo_t info;

    handle(SIGRTMIN, 0);
    sigprocmask(SIG_BLOCK, &s, NULL);
    CHECK_ERRNO(sigtimedwait(&s, &info, &none), EAGAIN);
    CHECK_ERRNO(sigtimedwait(&s, &info, &soon), EAGAIN);
    CHECK_ERRNO(sigtimedwait(&s, &info, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &s, NULL, NULL, 4), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, check_pointer(8), 0, 0, 8),
                EFAULT);
    queue(SIGRTMIN, 3);
    queue(SIGRTMIN, 4);
    CHECK_EQ(sigwaitinfo(&s, &info), SIGRTMIN);
    CHECK(info.si_value.sival_int == 3 && info.si_code == SI_QUEUE);
    CHECK(info.si_pid == getpid());
    CHECK_EQ(sigtimedwait(&s, &info, &none), SIGRTMIN);
    CHECK_EQ(info.si_value.sival_int, 4);
    CHECK_EQ(count, 0);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
}

static void *send_soon(void *arg)
{
    usleep(20000);
    kill(getpid(), (int)(long)arg);
    return NULL;
}

static void waiting_is_woken_or_interrupted(void)
{
    sigset_t s = set_of(SIGUSR1, 0), all, old;
    pthread_t t;

    handle(SIGUSR2, SA_RESTART);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &s, NULL);
    sigprocmask(SIG_BLOCK, &all, &old);
    CHECK_EQ(pthread_create(&t, NULL, send_soon, (void *)SIGUSR1), 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(sigwaitinfo(&s, NULL), SIGUSR1);
    CHECK_EQ(pthread_join(t, NULL), 0);
    sigprocmask(SIG_BLOCK, &all, &old);
    CHECK_EQ(pthread_create(&t, NULL, send_soon, (void *)SIGUSR2), 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_ERRNO(sigwaitinfo(&s, NULL), EINTR);
    CHECK_EQ(count, 1);
    CHECK_EQ(pthread_join(t, NULL), 0);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
}

/* --- frames --- */

static volatile int depth, deepest, raises;

static void nest(int sig)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (raises-- > 0)
        raise(sig);
    depth--;
}

static void handlers_nest_without_defer(void)
{
    struct sigaction a = {.sa_handler = nest, .sa_flags = SA_NODEFER};

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    depth = deepest = 0;
    raises = 4;
    raise(SIGUSR1);
    CHECK_EQ(deepest, 5);
    a.sa_flags = 0;
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    deepest = 0;
    raises = 4;
    raise(SIGUSR1);
    CHECK_EQ(deepest, 1); /* each waits for the end of the one before */
    CHECK_EQ(raises, -1);
}

struct software_bytes {
    uint32_t magic1, extended_size;
    uint64_t xfeatures;
    uint32_t xstate_size;
};

static volatile int frame_good;
static volatile long frame_trap, frame_error, frame_cr2;

static void look_at_frame(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    char *fp = (char *)uc->uc_mcontext.fpregs;
    struct software_bytes sw;
    uint32_t magic2 = 0;

    (void)info;
    memcpy(&sw, fp + 464, sizeof(sw));
    frame_good = (uintptr_t)fp % 64 == 0;
    if (sw.magic1 == 0x46505853) {
        memcpy(&magic2, fp + sw.xstate_size, 4);
        frame_good &= magic2 == 0x46505845 &&
                      sw.extended_size == sw.xstate_size + 4 &&
                      (sw.xfeatures & 3) == 3 && (uc->uc_flags & 1) == 1;
    }
    frame_good &= (uc->uc_flags & 6) == 6;
    frame_trap = uc->uc_mcontext.gregs[REG_TRAPNO];
    frame_error = uc->uc_mcontext.gregs[REG_ERR];
    frame_cr2 = uc->uc_mcontext.gregs[REG_CR2];
    if (sig == SIGSEGV)
        uc->uc_mcontext.gregs[REG_RIP] = uc->uc_mcontext.gregs[REG_RDX];
}

static void the_frame_is_linux_s(void)
{
    struct sigaction a = {.sa_sigaction = look_at_frame,
                          .sa_flags = SA_SIGINFO};

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &a, NULL), 0);
    CHECK_EQ(sigaction(SIGSEGV, &a, NULL), 0);
    raise(SIGUSR1);
    CHECK_EQ(frame_good, 1);
    __asm__ volatile("leaq 1f(%%rip), %%rdx\nmovl $1, (%%rax)\n1:"
                     :
                     : "a"(0x1238)
                     : "rdx", "memory");
    CHECK_EQ(frame_good, 1);
    CHECK_EQ(frame_trap, 14);
    CHECK_EQ(frame_error, 6); /* a store of user mode to nothing */
    CHECK_EQ(frame_cr2, 0x1238);
    signal(SIGSEGV, SIG_DFL);
}

static void alternate_stacks_have_rules(void)
{
    static char area[65536];
    stack_t s = {.ss_sp = area, .ss_size = sizeof(area)}, old;

    CHECK_EQ(sigaltstack(&s, NULL), 0);
    CHECK_EQ(sigaltstack(NULL, &old), 0);
    CHECK(old.ss_sp == area && old.ss_flags == 0);
    s.ss_flags = 7;
    CHECK_ERRNO(sigaltstack(&s, NULL), EINVAL);
    s.ss_flags = 0;
    s.ss_size = 100;
    CHECK_ERRNO(sigaltstack(&s, NULL), ENOMEM);
    CHECK_ERRNO(sigaltstack(check_pointer(8), NULL), EFAULT);
    CHECK_ERRNO(sigaltstack(NULL, check_pointer(8)), EFAULT);
    s = (stack_t){.ss_flags = SS_DISABLE};
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    CHECK_EQ(sigaltstack(NULL, &old), 0);
    CHECK_EQ(old.ss_flags, SS_DISABLE);
}

/* --- races --- */

static atomic_int stop;

static void *spin(void *arg)
{
    while (!stop)
        ;
    return arg;
}

static volatile sig_atomic_t taken;

static void take(int sig)
{
    (void)sig;
    taken++;
}

static void a_spinning_thread_is_reached(void)
{
    sigset_t s = set_of(SIGUSR1, 0);
    pthread_t t;

    CHECK(signal(SIGUSR1, take) != SIG_ERR);
    taken = 0;
    stop = 0;
    CHECK_EQ(pthread_create(&t, NULL, spin, NULL), 0);
    sigprocmask(SIG_BLOCK, &s, NULL);
    for (int i = 0; i < 20; i++) {
        kill(getpid(), SIGUSR1);
        for (int ms = 0; taken <= i && ms < 5000; ms++)
            usleep(1000);
    }
    CHECK_EQ(taken, 20);
    stop = 1;
    CHECK_EQ(pthread_join(t, NULL), 0);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
}

static void *end_at_once(void *arg)
{
    return arg;
}

static void signals_to_those_who_end(void)
{
    CHECK(signal(SIGUSR1, take) != SIG_ERR);
    for (int i = 0; i < ROUNDS / 4; i++) {
        pthread_t t;

        CHECK_EQ(pthread_create(&t, NULL, end_at_once, NULL), 0);
        pthread_kill(t, SIGUSR1);
        if (i % 2)
            sched_yield();
        pthread_kill(t, SIGUSR1);
        CHECK_EQ(pthread_join(t, NULL), 0);
    }
}

static void *flip_mask(void *arg)
{
    sigset_t s = set_of(SIGRTMIN, 0);

    (void)arg;
    while (!stop) {
        pthread_sigmask(SIG_BLOCK, &s, NULL);
        pthread_sigmask(SIG_UNBLOCK, &s, NULL);
    }
    return NULL;
}

static atomic_int received;

static void receive(int sig)
{
    (void)sig;
    received++;
}

static void masks_change_while_signals_come(void)
{
    pthread_t t[2];
    int sent = 0;

    CHECK(signal(SIGRTMIN, receive) != SIG_ERR);
    received = 0;
    stop = 0;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, flip_mask, NULL), 0);
    while (sent < ROUNDS)
        if (queue(SIGRTMIN, sent) == 0)
            sent++;
        else
            sched_yield();
    stop = 1;
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    CHECK_EQ(received, ROUNDS);
}

int main(void)
{
    RUN(real_time_signals_come_in_order);
    RUN(the_queue_has_a_limit);
    RUN(who_may_say_what);
    RUN(waiting_takes_a_signal);
    RUN(waiting_is_woken_or_interrupted);
    RUN(handlers_nest_without_defer);
    RUN(the_frame_is_linux_s);
    RUN(alternate_stacks_have_rules);
    RUN(a_spinning_thread_is_reached);
    RUN(signals_to_those_who_end);
    RUN(masks_change_while_signals_come);
    return check_end();
}
