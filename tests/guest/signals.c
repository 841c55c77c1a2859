// SPDX-License-Identifier: MIT
/* signals: handlers, masks, and what a handler must leave as it was. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t seen, seen_code;
static void *volatile seen_addr;
static sigjmp_buf out;

static void note(int sig, siginfo_t *info, void *context)
{
    (void)context;
    seen = sig;
    seen_code = info->si_code;
    seen_addr = info->si_addr;
}

static void handle(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = {.sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags};

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(sig, &a, NULL), 0);
    seen = 0;
}

static void a_raised_signal_runs_its_handler(void)
{
    handle(SIGUSR1, note, 0);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(seen, SIGUSR1);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0);
    CHECK_EQ(kill(getpid(), 0), 0);
}

static void an_ignored_signal_is_nothing(void)
{
    CHECK(signal(SIGTERM, SIG_IGN) != SIG_ERR);
    CHECK_EQ(raise(SIGTERM), 0);
    CHECK(signal(SIGTERM, SIG_DFL) == SIG_IGN);
}

static void bad_numbers_are_refused(void)
{
    struct sigaction a = {.sa_handler = SIG_IGN};

    CHECK_ERRNO(sigaction(SIGKILL, &a, NULL), EINVAL);
    CHECK_ERRNO(sigaction(99, &a, NULL), EINVAL);
    CHECK_ERRNO(kill(getpid(), 99), EINVAL);
    CHECK_ERRNO(kill(999999, 0), ESRCH);
}

static void a_blocked_signal_waits(void)
{
    sigset_t set, pending;

    handle(SIGUSR2, note, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    CHECK_EQ(raise(SIGUSR2), 0);
    CHECK_EQ(seen, 0);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR2));
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
    CHECK_EQ(seen, SIGUSR2);
}

static void note_mask(int sig)
{
    sigset_t now;

    sigprocmask(SIG_BLOCK, NULL, &now);
    seen = sigismember(&now, sig) && sigismember(&now, SIGUSR1) ? sig : -1;
}

static void a_handler_runs_with_its_mask(void)
{
    struct sigaction a = {.sa_handler = note_mask};
    sigset_t now;

    sigemptyset(&a.sa_mask);
    sigaddset(&a.sa_mask, SIGUSR1);
    CHECK_EQ(sigaction(SIGUSR2, &a, NULL), 0);
    CHECK_EQ(raise(SIGUSR2), 0);
    CHECK_EQ(seen, SIGUSR2);
    CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &now), 0);
    CHECK(!sigismember(&now, SIGUSR2) && !sigismember(&now, SIGUSR1));
}

static void a_one_shot_handler_runs_once(void)
{
    struct sigaction now;

    handle(SIGUSR1, note, SA_RESETHAND);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(seen, SIGUSR1);
    CHECK_EQ(sigaction(SIGUSR1, NULL, &now), 0);
    CHECK(now.sa_handler == SIG_DFL);
}

static void leave(int sig, siginfo_t *info, void *context)
{
    note(sig, info, context);
    siglongjmp(out, 1);
}

static void a_fault_tells_where_and_why(void)
{
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    handle(SIGSEGV, leave, 0);
    if (!sigsetjmp(out, 1))
        *(volatile char *)check_pointer(0x1234) = 1;
    CHECK_EQ(seen, SIGSEGV);
    CHECK_EQ(seen_addr, 0x1234);
    CHECK_EQ(seen_code, SEGV_MAPERR);
    if (!sigsetjmp(out, 1))
        *(volatile char *)(p + 5) = 1;
    CHECK_EQ(seen_addr, p + 5);
    CHECK_EQ(seen_code, SEGV_ACCERR);
    signal(SIGSEGV, SIG_DFL);
    munmap(p, 4096);
}

/* Makes the page writable, so that the instruction succeeds when repeated. */
static void repair(int sig, siginfo_t *info, void *context)
{
    note(sig, info, context);
    mprotect((void *)((uintptr_t)info->si_addr & ~4095ul), 4096,
             PROT_READ | PROT_WRITE);
}

static void a_repaired_fault_goes_on(void)
{
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    handle(SIGSEGV, repair, 0);
    *(volatile char *)(p + 7) = 42;
    CHECK_EQ(seen, SIGSEGV);
    CHECK_EQ(p[7], 42);
    signal(SIGSEGV, SIG_DFL);
    munmap(p, 4096);
}

/* ud2 is two bytes. */
static void skip_instruction(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;

    note(sig, info, context);
    uc->uc_mcontext.gregs[REG_RIP] += 2;
    uc->uc_mcontext.gregs[REG_RAX] = 77;
}

static void a_handler_may_change_the_registers(void)
{
    long rax = 1;

    handle(SIGILL, skip_instruction, 0);
    __asm__ volatile("ud2" : "+a"(rax));
    CHECK_EQ(seen, SIGILL);
    CHECK_EQ(rax, 77);
    signal(SIGILL, SIG_DFL);
}

static char *alternate;

static void note_stack(int sig, siginfo_t *info, void *context)
{
    char here;

    note(sig, info, context);
    seen_code = &here > alternate && &here < alternate + SIGSTKSZ;
}

static void a_handler_may_have_its_own_stack(void)
{
    stack_t s = {.ss_size = SIGSTKSZ}, off = {.ss_flags = SS_DISABLE};

    alternate = s.ss_sp = malloc(SIGSTKSZ);
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    handle(SIGUSR1, note_stack, SA_ONSTACK);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(seen_code, 1);
    CHECK_EQ(sigaltstack(&off, NULL), 0);
    handle(SIGUSR1, note_stack, SA_ONSTACK);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(seen_code, 0);
    free(alternate);
}

static volatile int stop;
static volatile long interruptions;

/* Spoils what it may: the interrupted code must not notice. */
static void spoil(int sig)
{
    (void)sig;
    interruptions++;
    __asm__ volatile("xorps %%xmm0, %%xmm0; xorps %%xmm15, %%xmm15; cld"
                     :
                     :
                     : "xmm0", "xmm15");
}

static void *keep_state(void *arg)
{
    long broken = 0;

    (void)arg;
    while (!stop) {
        uint64_t a, b;
        __asm__ volatile("movq %2, %%xmm0\n"
                         "movq %3, %%xmm15\n"
                         "mov $20000, %%ecx\n"
                         "1: dec %%ecx\n"
                         "jnz 1b\n"
                         "movq %%xmm0, %0\n"
                         "movq %%xmm15, %1\n"
                         : "=&r"(a), "=&r"(b)
                         : "r"(0x1122334455667788ul), "r"(0x99aabbccddeefful)
                         : "rcx", "xmm0", "xmm15");
        broken += a != 0x1122334455667788ul || b != 0x99aabbccddeefful;
    }
    return (void *)broken;
}

static void a_running_thread_is_interrupted_unharmed(void)
{
    struct timespec nap = {0, 1000000};
    pthread_t t;
    void *broken;

    CHECK(signal(SIGUSR1, spoil) != SIG_ERR);
    CHECK_EQ(pthread_create(&t, NULL, keep_state, NULL), 0);
    for (int i = 0; i < 50; i++) {
        nanosleep(&nap, NULL);
        CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
    }
    nanosleep(&nap, NULL);
    stop = 1;
    CHECK_EQ(pthread_join(t, &broken), 0);
    CHECK_EQ(broken, 0);
    CHECK(interruptions > 0);
}

static void *interrupt_main(void *target)
{
    struct timespec nap = {0, 20000000};

    nanosleep(&nap, NULL);
    pthread_kill(*(pthread_t *)target, SIGUSR1);
    return NULL;
}

static void a_sleep_is_interrupted(void)
{
    struct timespec t = {10, 0}, left = {0, 0};
    pthread_t self = pthread_self(), other;

    handle(SIGUSR1, note, 0);
    CHECK_EQ(pthread_create(&other, NULL, interrupt_main, &self), 0);
    CHECK_ERRNO(nanosleep(&t, &left), EINTR);
    CHECK(left.tv_sec >= 5 && left.tv_sec < 10);
    CHECK_EQ(seen, SIGUSR1);
    CHECK_EQ(pthread_join(other, NULL), 0);
}

static void a_pipe_without_reader_is_sigpipe(void)
{
    int fd[2];

    handle(SIGPIPE, note, 0);
    CHECK_EQ(pipe(fd), 0);
    close(fd[0]);
    CHECK_ERRNO(write(fd[1], "x", 1), EPIPE);
    CHECK_EQ(seen, SIGPIPE);
    close(fd[1]);
}

int main(void)
{
    RUN(a_raised_signal_runs_its_handler);
    RUN(an_ignored_signal_is_nothing);
    RUN(bad_numbers_are_refused);
    RUN(a_blocked_signal_waits);
    RUN(a_handler_runs_with_its_mask);
    RUN(a_one_shot_handler_runs_once);
    RUN(a_fault_tells_where_and_why);
    RUN(a_repaired_fault_goes_on);
    RUN(a_handler_may_change_the_registers);
    RUN(a_handler_may_have_its_own_stack);
    RUN(a_running_thread_is_interrupted_unharmed);
    RUN(a_sleep_is_interrupted);
    RUN(a_pipe_without_reader_is_sigpipe);
    return check_end();
}
