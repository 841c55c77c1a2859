// SPDX-License-Identifier: MIT
/*
 * hostile: what a program may try in order to break the kernel below it: forged
 * signal frames, registers set to impossible values, privileged instructions.
 * The answer is a signal or an error, never the end of the system.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

#define NOT_CANONICAL 0x800000000000ul
#define KERNEL_HALF   0xffff800000000000ul

static volatile sig_atomic_t seen, seen_code, traps;
static volatile uintptr_t forged;
static sigjmp_buf out;
static char stack[64 * 1024] __attribute__((aligned(16)));

static void leave(int sig, siginfo_t *info, void *context)
{
    (void)context;
    seen = sig;
    seen_code = info->si_code;
    siglongjmp(out, 1);
}

static void handle(int sig, void (*fn)(int, siginfo_t *, void *))
{
    struct sigaction a = {.sa_sigaction = fn,
                          .sa_flags = SA_SIGINFO | SA_ONSTACK};

    sigemptyset(&a.sa_mask);
    CHECK_EQ(sigaction(sig, &a, NULL), 0);
}

static void handle_faults(void)
{
    const stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};

    CHECK_EQ(sigaltstack(&s, NULL), 0);
    handle(SIGSEGV, leave);
    handle(SIGBUS, leave);
    handle(SIGILL, leave);
    handle(SIGTRAP, leave);
    handle(SIGFPE, leave);
    seen = 0;
}

/* Raises SIGUSR1 to a handler that forges its frame: the signal seen, or 0. */
static int after_forging(void (*forge)(int, siginfo_t *, void *), uintptr_t how)
{
    forged = how;
    seen = 0;
    handle(SIGUSR1, forge);
    if (sigsetjmp(out, 1) == 0)
        raise(SIGUSR1);
    return seen;
}

static greg_t *registers(void *context)
{
    return ((ucontext_t *)context)->uc_mcontext.gregs;
}

static void forge_rip(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    registers(context)[REG_RIP] = forged;
}

static void forge_rsp_and_fault(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    registers(context)[REG_RSP] = forged;
    registers(context)[REG_RIP] = 8;
}

static void returning_to_nowhere_is_sigsegv(void)
{
    static const uintptr_t nowhere[] = {
        8,           NOT_CANONICAL,        0x7ffffffff000ul,
        KERNEL_HALF, 0xffffffff80100000ul, -1};

    handle_faults();
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        CHECK_EQ(after_forging(forge_rip, nowhere[i]), SIGSEGV);
        CHECK_EQ(after_forging(forge_rsp_and_fault, nowhere[i]), SIGSEGV);
    }
}

static void forge_fp_pointer(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    ((ucontext_t *)context)->uc_mcontext.fpregs = (void *)forged;
}

static void a_frame_without_readable_fp_state_is_sigsegv(void)
{
    static const uintptr_t bad[] = {64, NOT_CANONICAL, KERNEL_HALF,
                                    0x7fffffffefc0ul + 0x1000, -64ul};

    handle_faults();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_EQ(after_forging(forge_fp_pointer, bad[i]), SIGSEGV);
}

/* Every bit of the control words and of the XSAVE header, one at a time. The
 * CPU decides which it takes; those that it refuses are a SIGSEGV. */
static void forge_fp_state(int sig, siginfo_t *info, void *context)
{
    char *fp = (char *)((ucontext_t *)context)->uc_mcontext.fpregs;
    size_t at = forged < 256 ? forged / 8 : 512 + (forged - 256) / 8;

    (void)sig, (void)info;
    fp[at] ^= 1 << forged % 8;
}

static void forged_fp_state_does_no_harm(void)
{
    uint32_t mxcsr = 0x1f80;
    uint16_t fcw = 0x37f;

    handle_faults();
    for (uintptr_t bit = 0; bit < 256 + 64 * 8; bit++) {
        int sig = after_forging(forge_fp_state, bit);

        __asm__ volatile("fninit; fldcw %0; ldmxcsr %1"
                         :
                         : "m"(fcw), "m"(mxcsr));
        CHECK(sig == 0 || sig == SIGSEGV || sig == SIGFPE);
    }
}

/* A frame as it was before XSAVE: no software bytes, 512 bytes of state. */
static void forge_legacy_state(int sig, siginfo_t *info, void *context)
{
    struct _libc_fpstate *fp = ((ucontext_t *)context)->uc_mcontext.fpregs;

    (void)sig, (void)info;
    fp->cwd = 0x27f;
    memset(fp->__glibc_reserved1, 0, sizeof(fp->__glibc_reserved1));
    memset((char *)fp + 512, 0xff, 64);
}

static void a_frame_of_fxsave_alone_is_taken(void)
{
    uint16_t fcw;

    handle_faults();
    CHECK_EQ(after_forging(forge_legacy_state, 0), 0);
    __asm__ volatile("fnstcw %0; fninit" : "=m"(fcw));
    CHECK_EQ(fcw, 0x27f);
}

static void forge_flags(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    registers(context)[REG_EFL] = forged;
}

static void flags_of_the_kernel_are_not_for_programs(void)
{
    unsigned long flags;

    handle_faults();
    /* IOPL, NT, VM, VIF, VIP set, IF clear */
    CHECK_EQ(after_forging(forge_flags, 0x1a7002), 0);
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    CHECK_EQ(flags & 0x1a3200, 0x200);
    __asm__ volatile("pushq $0x3202; popfq; pushfq; popq %0"
                     : "=r"(flags)
                     :
                     : "cc", "memory");
    CHECK_EQ(flags & 0x3200, 0x200);
}

/* getppid with these flags set on the way in; they are cleared afterwards. */
static long call_with_flags(unsigned long flags)
{
    long result = SYS_getppid;

    __asm__ volatile("pushfq\n\t"
                     "orq %1, (%%rsp)\n\t"
                     "popfq\n\t"
                     "syscall\n\t"
                     "pushfq\n\t"
                     "andq %2, (%%rsp)\n\t"
                     "popfq"
                     : "+a"(result)
                     : "r"(flags), "r"(~flags)
                     : "rcx", "r11", "memory", "cc");
    return result;
}

static void count_trap(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info, (void)context;
    traps++;
}

static void any_flag_may_be_set_during_a_call(void)
{
    handle_faults();
    handle(SIGTRAP, count_trap);
    CHECK_EQ(call_with_flags(0x40000), getppid());  /* AC */
    CHECK_EQ(call_with_flags(0x4000), getppid());   /* NT */
    CHECK_EQ(call_with_flags(0x400), getppid());    /* DF */
    CHECK_EQ(call_with_flags(0x200000), getppid()); /* ID */
    traps = 0;
    CHECK_EQ(call_with_flags(0x100), getppid()); /* TF */
    CHECK(traps >= 2);
}

/* Runs code whose stack pointer is rsp; it must end in a fault. */
#define WITH_RSP(rsp, code)                       \
    __asm__ volatile("movq %0, %%rsp\n\t" code    \
                     :                            \
                     : "r"(rsp), "a"(SYS_getppid) \
                     : "rcx", "r11", "memory")

/*
 * A call returns to any stack pointer; the ud2 behind it is what faults. Only
 * iretq, with which a kernel may return as well as with sysretq, is a general
 * protection fault on some CPUs when the pointer is not canonical: a SIGSEGV
 * without an address.
 */
static void the_stack_pointer_may_be_anything(void)
{
    static const uintptr_t bad[] = {0, 8, NOT_CANONICAL, KERNEL_HALF, -8ul};
    volatile size_t i;

    handle_faults();
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        seen = 0;
        if (sigsetjmp(out, 1) == 0)
            WITH_RSP(bad[i], "syscall\n\tud2");
        if (bad[i] != NOT_CANONICAL || seen != SIGSEGV)
            CHECK_EQ(seen, SIGILL);
        else
            CHECK_EQ(seen_code, SI_KERNEL);
        if (sigsetjmp(out, 1) == 0)
            WITH_RSP(bad[i], "pushq %%rax\n\tud2");
        CHECK(seen == SIGSEGV || seen == SIGBUS);
        if (sigsetjmp(out, 1) == 0)
            WITH_RSP(bad[i], "int3");
        CHECK_EQ(seen, SIGTRAP);
    }
}

#define EXPECT(sig, code)                                   \
    do {                                                    \
        seen = 0;                                           \
        if (sigsetjmp(out, 1) == 0)                         \
            __asm__ volatile(code                           \
                             :                              \
                             : "a"(0), "c"(0x10), "d"(0x80) \
                             : "memory");                   \
        CHECK_EQ(seen, sig);                                \
    } while (0)

static void privileged_instructions_are_faults(void)
{
    handle_faults();
    EXPECT(SIGSEGV, "hlt");
    EXPECT(SIGSEGV, "cli");
    EXPECT(SIGSEGV, "sti");
    EXPECT(SIGSEGV, "inb %%dx, %%al");
    EXPECT(SIGSEGV, "outb %%al, %%dx");
    EXPECT(SIGSEGV, "rdmsr");
    EXPECT(SIGSEGV, "wrmsr");
    EXPECT(SIGSEGV, "movq %%cr3, %%rax");
    EXPECT(SIGSEGV, "movq %%rax, %%cr4");
    EXPECT(SIGSEGV, "movq %%rax, %%dr7");
    EXPECT(SIGSEGV, "swapgs");
    EXPECT(SIGSEGV, "sysretq");
    EXPECT(SIGSEGV, "wbinvd");
    EXPECT(SIGSEGV, "int $0x20");
    EXPECT(SIGSEGV, "int $0x0e");
    EXPECT(SIGSEGV, "movl $0x10, %%eax; movl %%eax, %%ss");
    EXPECT(SIGSEGV, "movl $0x40, %%eax; movl %%eax, %%gs");
    EXPECT(SIGSEGV, "movw $0xfff0, %%ax; movl %%eax, %%ds");
    EXPECT(SIGSEGV, "pushq $0x10; pushq $8; lretq");
    EXPECT(SIGILL, "ud2");
    EXPECT(SIGTRAP, "int3");
    EXPECT(SIGFPE, "xorl %%edx, %%edx; divl %%edx");
}

static void floating_point_traps_say_why(void)
{
    static const uint16_t unmasked = 0x340;

    handle_faults();
    seen_code = 0;
    if (sigsetjmp(out, 1) == 0)
        __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait"
                         :
                         : "m"(unmasked));
    __asm__ volatile("fninit");
    CHECK_EQ(seen, SIGFPE);
    CHECK_EQ(seen_code, FPE_FLTDIV);
}

struct far_pointer {
    uint32_t offset;
    uint16_t selector;
} __attribute__((packed));

/* Selector 0x23 is where Linux has its 32-bit code. SYSCALL from there leads
 * to another entry point of the kernel, if the CPU knows it at all. */
static void calls_from_32_bit_code_do_no_harm(void)
{
    static const unsigned char code[] = {
        0xb8, 0xff, 0xff, 0xff, 0x7f, /* mov $0x7fffffff, %eax */
        0x0f, 0x05,                   /* syscall */
        0x0f, 0x0b,                   /* ud2 */
    };
    struct far_pointer target;
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

    CHECK(p != MAP_FAILED);
    memcpy(p, code, sizeof(code));
    handle_faults();
    target = (struct far_pointer){(uintptr_t)p, 0x23};
    if (sigsetjmp(out, 1) == 0)
        __asm__ volatile("ljmp *%0"
                         :
                         : "m"(target)
                         : "memory", "rax", "rcx", "r11");
    CHECK(seen == SIGSEGV || seen == SIGILL);
    munmap(p, 4096);
}

static void any_address_may_be_a_handler(void)
{
    static const uintptr_t bad[] = {8, NOT_CANONICAL, KERNEL_HALF, -1ul};

    handle_faults();
    for (volatile size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        seen = 0;
        handle(SIGUSR1, (void (*)(int, siginfo_t *, void *))bad[i]);
        if (sigsetjmp(out, 1) == 0)
            raise(SIGUSR1);
        CHECK_EQ(seen, SIGSEGV);
    }
    signal(SIGUSR1, SIG_DFL);
}

static void a_handler_needs_room_on_its_stack(void)
{
    stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};

    handle_faults();
    handle(SIGUSR1, count_trap);
    s.ss_sp = (void *)KERNEL_HALF;
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    handle(SIGSEGV, leave);
    struct sigaction a;
    CHECK_EQ(sigaction(SIGSEGV, NULL, &a), 0);
    a.sa_flags &= ~SA_ONSTACK; /* this one finds room */
    CHECK_EQ(sigaction(SIGSEGV, &a, NULL), 0);
    seen = 0;
    if (sigsetjmp(out, 1) == 0)
        raise(SIGUSR1);
    CHECK_EQ(seen, SIGSEGV);
    signal(SIGUSR1, SIG_DFL);
    handle_faults();
}

/* --- threads --- */

static uint32_t word;
static volatile int woken;

static void *wait_on_word(void *arg)
{
    (void)arg;
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void a_requeue_to_itself_ends(void)
{
    pthread_t t[3];
    int done = 0;

    woken = 0;
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, wait_on_word, NULL), 0);
    usleep(50000);
    CHECK(syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 0, INT32_MAX, &word,
                  0) >= 0);
    CHECK_ERRNO(
        syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 0, -1l, &word, 0),
        EINVAL);
    while (done < 1000 && woken < 3) {
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
        usleep(1000);
        done++;
    }
    CHECK_EQ(woken, 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_join(t[i], NULL), 0);
}

#define THREAD_FLAGS \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

/* A thread that ends at once, without a C library's help. */
static long raw_thread(unsigned long flags, void *tid)
{
    long result = SYS_clone;
    register long child_tid __asm__("r10") = (long)tid;
    register long tls __asm__("r8") = 0;

    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%edi, %%edi\n\t"
                     "movl $60, %%eax\n\t" /* exit */
                     "syscall\n"
                     "1:"
                     : "+a"(result)
                     : "D"(flags), "S"(0), "d"(tid), "r"(child_tid), "r"(tls)
                     : "rcx", "r11", "memory");
    return result;
}

static void clone_refuses_what_is_no_thread(void)
{
    CHECK_EQ(raw_thread(CLONE_THREAD | CLONE_VM, NULL), -EINVAL);
    CHECK_EQ(raw_thread(CLONE_THREAD | CLONE_SIGHAND, NULL), -EINVAL);
}

static void a_thread_id_may_go_nowhere(void)
{
    unsigned long flags = THREAD_FLAGS | CLONE_PARENT_SETTID |
                          CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;

    for (int i = 0; i < 50; i++) {
        CHECK(raw_thread(flags, (void *)8) > 0);
        CHECK(raw_thread(flags, (void *)KERNEL_HALF) > 0);
    }
}

static void *busy(void *arg)
{
    volatile char *p = arg;

    for (long i = 0;; i++)
        p[i % 8 * 4096] = i;
    return NULL;
}

static void *asleep(void *arg)
{
    int ends[2];
    char c;
    sigset_t none;

    sigemptyset(&none);
    switch ((long)arg % 4) {
    case 0:
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
        break;
    case 1:
        return pipe(ends) == 0 && read(ends[0], &c, 1) == 1 ? arg : NULL;
    case 2:
        sigsuspend(&none);
        break;
    default:
        sleep(1000);
    }
    return NULL;
}

/* The program ends while threads sleep everywhere and others run. */
static void leave_threads_behind(void)
{
    static char pages[8 * 4096];
    pthread_t t;

    for (long i = 0; i < 16; i++)
        CHECK_EQ(pthread_create(&t, NULL, asleep, (void *)i), 0);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(pthread_create(&t, NULL, busy, pages), 0);
    usleep(20000);
}

int main(void)
{
    RUN(returning_to_nowhere_is_sigsegv);
    RUN(a_frame_without_readable_fp_state_is_sigsegv);
    RUN(forged_fp_state_does_no_harm);
    RUN(a_frame_of_fxsave_alone_is_taken);
    RUN(flags_of_the_kernel_are_not_for_programs);
    RUN(any_flag_may_be_set_during_a_call);
    RUN(the_stack_pointer_may_be_anything);
    RUN(privileged_instructions_are_faults);
    RUN(floating_point_traps_say_why);
    RUN(calls_from_32_bit_code_do_no_harm);
    RUN(any_address_may_be_a_handler);
    RUN(a_handler_needs_room_on_its_stack);
    RUN(a_requeue_to_itself_ends);
    RUN(clone_refuses_what_is_no_thread);
    RUN(a_thread_id_may_go_nowhere);
    RUN(leave_threads_behind);
    return check_end();
}
