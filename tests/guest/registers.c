// SPDX-License-Identifier: MIT
/*
 * registers: what a system call and a thread switch must leave alone. The
 * x86-64 ABI lets a call change rax, rcx (the return address) and r11 (the
 * flags), and nothing else.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"

/* Loads 14 registers from in, makes a system call, stores 16 to out: rbx rbp
 * rdi rsi rdx r8 r9 r10 r12 r13 r14 r15, rax, rcx, r11, and the address of the
 * instruction behind `syscall`. flags are or-ed into rflags for the call. */
void call_raw(const uint64_t *in, uint64_t *out, long number, uint64_t flags);
__asm__(".text\n"
        ".globl call_raw\n"
        "call_raw:\n"
        "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "    push %rsi\n"
        "    mov %rdx, %rax\n"
        "    mov %rdi, %r11\n"
        "    pushfq\n"
        "    or %rcx, (%rsp)\n"
        "    mov 0(%r11), %rbx; mov 8(%r11), %rbp; mov 16(%r11), %rdi\n"
        "    mov 24(%r11), %rsi; mov 32(%r11), %rdx; mov 40(%r11), %r8\n"
        "    mov 48(%r11), %r9; mov 56(%r11), %r10; mov 64(%r11), %r12\n"
        "    mov 72(%r11), %r13; mov 80(%r11), %r14; mov 88(%r11), %r15\n"
        "    popfq\n"
        "    syscall\n"
        "1:  xchg (%rsp), %rax\n" /* out comes back, the result goes there */
        "    mov %rbx, 0(%rax); mov %rbp, 8(%rax); mov %rdi, 16(%rax)\n"
        "    mov %rsi, 24(%rax); mov %rdx, 32(%rax); mov %r8, 40(%rax)\n"
        "    mov %r9, 48(%rax); mov %r10, 56(%rax); mov %r12, 64(%rax)\n"
        "    mov %r13, 72(%rax); mov %r14, 80(%rax); mov %r15, 88(%rax)\n"
        "    mov %rcx, 104(%rax); mov %r11, 112(%rax)\n"
        "    lea 1b(%rip), %rcx\n"
        "    mov %rcx, 120(%rax)\n"
        "    pop %rcx\n"
        "    mov %rcx, 96(%rax)\n"
        "    pushfq\n"
        "    andl $~0x44400, (%rsp)\n" /* DF, NT, AC off again */
        "    popfq\n"
        "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "    ret\n");

enum { RAX = 12, RCX = 13, R11 = 14, AFTER = 15 };

static void check_call(long number, long expected, uint64_t flags)
{
    uint64_t in[12], out[16];

    for (int i = 0; i < 12; i++)
        in[i] = 0x1111111111111111ul * (i + 1) ^ number;
    call_raw(in, out, number, flags);
    for (int i = 0; i < 12; i++)
        CHECK_EQ(out[i], in[i]);
    CHECK_EQ(out[RAX], expected);
    CHECK_EQ(out[RCX], out[AFTER]);
    CHECK_EQ(out[R11] & flags, flags);
}

static void a_call_changes_rax_rcx_r11_only(void)
{
    check_call(SYS_getpid, getpid(), 0);
    check_call(SYS_geteuid, geteuid(), 0);
    check_call(SYS_gettid, gettid(), 0);
    check_call(SYS_getpgrp, getpgrp(), 0);
    check_call(SYS_sched_yield, 0, 0);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* Interrupts come anywhere in a call, its first instructions too. */
static void interrupts_do_a_call_no_harm(void)
{
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};

    CHECK(signal(SIGALRM, count_alarm) != SIG_ERR);
    CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (alarms < 500) {
        check_call(SYS_getpid, getpid(), 0);
        check_call(SYS_getpgrp, getpgrp(), 0);
    }
    CHECK_EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
}

static void an_unknown_call_gives_enosys(void)
{
    check_call(100000, -ENOSYS, 0);
    check_call(-1, -ENOSYS, 0);
    check_call(0x7fffffff, -ENOSYS, 0);
    CHECK_ERRNO(syscall(5000), ENOSYS);
}

static void the_direction_flag_survives_and_does_no_harm(void)
{
    check_call(SYS_getpid, getpid(), 0x400);
}

static void the_alignment_and_nested_task_flags_survive(void)
{
    check_call(SYS_getpid, getpid(), 0x40000);
    check_call(SYS_getpid, getpid(), 0x4000);
}

/* A kernel that copied backwards here would store below the buffer. */
static void copies_go_forwards_with_df_set(void)
{
    char buf[600];
    long n;

    memset(buf, 'x', sizeof(buf));
    __asm__ volatile("std; syscall; cld"
                     : "=a"(n)
                     : "0"(SYS_uname), "D"(buf + 100)
                     : "rcx", "r11", "memory");
    CHECK_EQ(n, 0);
    CHECK(strcmp(buf + 100, "Linux") == 0);
    for (int i = 0; i < 100; i++)
        CHECK(buf[i] == 'x');
}

static void the_red_zone_survives(void)
{
    long ok;

    __asm__ volatile("movq $0x1234567, -8(%%rsp)\n"
                     "movq $0x7654321, -128(%%rsp)\n"
                     "syscall\n"
                     "xor %%eax, %%eax\n"
                     "cmpq $0x1234567, -8(%%rsp)\n"
                     "jne 1f\n"
                     "cmpq $0x7654321, -128(%%rsp)\n"
                     "jne 1f\n"
                     "inc %%eax\n"
                     "1:"
                     : "=a"(ok)
                     : "0"(SYS_sched_yield)
                     : "rcx", "r11", "memory");
    CHECK(ok);
}

static void fs_base_is_the_threads_own(void)
{
    unsigned long base, self;

    CHECK_EQ(syscall(SYS_arch_prctl, 0x1003, &base), 0); /* ARCH_GET_FS */
    __asm__("movq %%fs:0, %0" : "=r"(self));
    CHECK_EQ(base, self);
    CHECK_ERRNO(syscall(SYS_arch_prctl, 0x1002, 1ul << 63), EPERM);
    CHECK_ERRNO(syscall(SYS_arch_prctl, 0x7777, 0), EINVAL);
}

/* Vector state: fill, run something, store, compare. */
#define EACH16(op)                                                            \
    op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) \
        op(12) op(13) op(14) op(15)
#define LOAD_X(n)  "movups " #n "*16(%[in]), %%xmm" #n "\n"
#define STORE_X(n) "movups %%xmm" #n ", " #n "*16(%[out])\n"
#define LOAD_Y(n)  "vmovdqu " #n "*32(%[in]), %%ymm" #n "\n"
#define STORE_Y(n) "vmovdqu %%ymm" #n ", " #n "*32(%[out])\n"
#define CALL       "syscall\n"
#define SPIN       "mov $3000000, %%eax\n1: dec %%eax\njnz 1b\n"
#define ROUND(load, middle, store)                                             \
    __asm__ volatile(EACH16(load) middle EACH16(store)                         \
                     : "=a"(n)                                                 \
                     : "0"(SYS_sched_yield), [in] "r"(in), [out] "r"(out)      \
                     : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", \
                       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",         \
                       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")

struct vector_job {
    void *(*run)(void *job);
    unsigned char seed;
    long broken;
};

static void fill(unsigned char *in, size_t size, unsigned char seed)
{
    for (size_t i = 0; i < size; i++)
        in[i] = seed * 37 + i * 11;
}

static void *sse_job(void *arg)
{
    struct vector_job *job = arg;
    unsigned char in[256], out[256];
    unsigned mxcsr = 0x1f80 | (job->seed & 3) << 13, mxcsr_after;
    unsigned short fcw = 0x37f & ~0xc00, fcw_after;
    long n;

    fill(in, sizeof(in), job->seed);
    fcw |= (job->seed & 3) << 10;
    __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(fcw));
    for (int i = 0; i < 200; i++) {
        ROUND(LOAD_X, CALL, STORE_X);
        job->broken += n != 0 || memcmp(in, out, sizeof(in)) != 0;
    }
    for (int i = 0; i < 10; i++) {
        ROUND(LOAD_X, SPIN, STORE_X);
        job->broken += memcmp(in, out, sizeof(in)) != 0;
    }
    __asm__ volatile("stmxcsr %0; fnstcw %1"
                     : "=m"(mxcsr_after), "=m"(fcw_after));
    job->broken += (mxcsr_after & 0xffc0) != mxcsr || fcw_after != fcw;
    return NULL;
}

__attribute__((target("avx"))) static void *avx_job(void *arg)
{
    struct vector_job *job = arg;
    unsigned char in[512], out[512];
    long n;

    fill(in, sizeof(in), job->seed);
    for (int i = 0; i < 200; i++) {
        ROUND(LOAD_Y, CALL, STORE_Y);
        job->broken += n != 0 || memcmp(in, out, sizeof(in)) != 0;
    }
    for (int i = 0; i < 10; i++) {
        ROUND(LOAD_Y, SPIN, STORE_Y);
        job->broken += memcmp(in, out, sizeof(in)) != 0;
    }
    return NULL;
}

static void run_jobs(void *(*run)(void *))
{
    struct vector_job jobs[4];
    pthread_t t[4];

    for (int i = 0; i < 4; i++) {
        jobs[i] = (struct vector_job){.seed = i + 1};
        CHECK_EQ(pthread_create(&t[i], NULL, run, &jobs[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(jobs[i].broken, 0);
}

static void threads_keep_their_sse_and_x87_state(void)
{
    run_jobs(sse_job);
}

static void threads_keep_their_avx_state(void)
{
    if (!__builtin_cpu_supports("avx"))
        CHECK_SKIP("this CPU has no AVX");
    run_jobs(avx_job);
}

/* --- signal handlers, which may use all of it --- */

static volatile sig_atomic_t handled;

__attribute__((target("avx"))) static void spoil_avx(int signal)
{
    (void)signal;
    handled++;
    sched_yield();
    __asm__ volatile("vzeroall; fninit" : : : "memory");
}

static void spoil_sse(int signal)
{
    unsigned mxcsr = 0x7f80;

    (void)signal;
    handled++;
    __asm__ volatile("ldmxcsr %0; fninit; pcmpeqd %%xmm0, %%xmm0\n"
                     "movaps %%xmm0, %%xmm7; movaps %%xmm0, %%xmm15"
                     :
                     : "m"(mxcsr)
                     : "xmm0", "xmm7", "xmm15");
}

#define TRAP "int3\n"

__attribute__((target("avx"))) static void handlers_leave_avx_state_alone(void)
{
    unsigned char in[512], out[512];
    long n;

    if (!__builtin_cpu_supports("avx"))
        CHECK_SKIP("this CPU has no AVX");
    CHECK(signal(SIGTRAP, spoil_avx) != SIG_ERR);
    handled = 0;
    for (int i = 0; i < 50; i++) {
        fill(in, sizeof(in), (unsigned char)i);
        ROUND(LOAD_Y, TRAP, STORE_Y);
        CHECK(memcmp(in, out, sizeof(in)) == 0);
    }
    CHECK_EQ(handled, 50);
}

static void handlers_leave_sse_and_x87_state_alone(void)
{
    unsigned mxcsr = 0x3f80, mxcsr_after;
    unsigned short fcw = 0xf7f, fcw_after, usual = 0x37f;
    unsigned char in[256], out[256];
    long n;

    CHECK(signal(SIGTRAP, spoil_sse) != SIG_ERR);
    handled = 0;
    fill(in, sizeof(in), 5);
    __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(fcw));
    ROUND(LOAD_X, TRAP, STORE_X);
    __asm__ volatile("stmxcsr %0; fnstcw %1"
                     : "=m"(mxcsr_after), "=m"(fcw_after));
    mxcsr = 0x1f80;
    __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(usual));
    CHECK_EQ(handled, 1);
    CHECK_EQ(mxcsr_after & 0xffc0, 0x3f80);
    CHECK_EQ(fcw_after, fcw);
    CHECK(memcmp(in, out, sizeof(in)) == 0);
}

static void *fresh_state(void *arg)
{
    unsigned *mxcsr = arg;

    __asm__ volatile("stmxcsr %0" : "=m"(*mxcsr));
    return NULL;
}

/* clone(2): the child starts with its parent's control words. */
static void a_new_thread_inherits_the_rounding_mode(void)
{
    unsigned set = 0x5f80, saved, got = 0;
    pthread_t t;

    __asm__ volatile("stmxcsr %0; ldmxcsr %1" : "=m"(saved) : "m"(set));
    int err = pthread_create(&t, NULL, fresh_state, &got);
    __asm__ volatile("ldmxcsr %0" : : "m"(saved));
    CHECK_EQ(err, 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(got & 0xffc0, set);
}

int main(void)
{
    RUN(a_call_changes_rax_rcx_r11_only);
    RUN(interrupts_do_a_call_no_harm);
    RUN(an_unknown_call_gives_enosys);
    RUN(the_direction_flag_survives_and_does_no_harm);
    RUN(the_alignment_and_nested_task_flags_survive);
    RUN(copies_go_forwards_with_df_set);
    RUN(the_red_zone_survives);
    RUN(fs_base_is_the_threads_own);
    RUN(threads_keep_their_sse_and_x87_state);
    RUN(threads_keep_their_avx_state);
    RUN(handlers_leave_avx_state_alone);
    RUN(handlers_leave_sse_and_x87_state_alone);
    RUN(a_new_thread_inherits_the_rounding_mode);
    return check_end();
}
