// SPDX-License-Identifier: MIT
#include "shim/shim.h"

#include "abi/errno.h"
#include "kernel/asm.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/doctor.h"
#include "kernel/ring.h"
#include "kernel/signal.h"
#include "lib/printf.h"
#include "shim/stats.h"
#include "shim/stub.h"
#include "shim/trace.h"
#include "syscalls/table.h"

#define LOG_TAG "shim"
#include "kernel/log.h"

/* RFLAGS that `syscall` clears: TF, DF, IOPL, NT, AC. */
#define SYSCALL_FLAG_MASK \
    (1ul << 8 | 1ul << 10 | 3ul << 12 | 1ul << 14 | 1ul << 18)

#define MISSING_MAX 512 /* numbers above share the last one's warning */

void syscall_entry(void);

unsigned shim_active;

/* For entry.S: numbers below it go straight to their handlers. */
extern uint64_t syscall_limit;
uint64_t syscall_limit;

static enum shim_missing missing_policy = SHIM_MISSING_WARN;
static bool missing_told[MISSING_MAX];

void shim_init(void)
{
    msr_write(MSR_STAR, (uint64_t)(GDT_USER_CODE32 | 3) << 48 |
                            (uint64_t)GDT_KERNEL_CODE << 32);
    msr_write(MSR_LSTAR, (uintptr_t)syscall_entry);
    msr_write(MSR_SFMASK, SYSCALL_FLAG_MASK);
    syscall_limit = shim_active ? 0 : syscall_count;
}

void shim_set_missing(enum shim_missing policy)
{
    missing_policy = policy;
}

void shim_activate(unsigned feature)
{
    shim_active |= feature;
    syscall_limit = 0;
}

static long call_handler(const struct regs *r)
{
    uint32_t nr = (uint32_t)r->orig_rax; /* the rest does not count */

    if (unlikely(nr < syscall_count))
        return syscall_handlers[nr](r);
    return syscall_missing(r);
}

/* A call with somebody watching. */
__attribute__((noinline)) static long dispatch_watched(struct regs *r)
{
    bool stubbed = false, traced = false;
    uint64_t nr = (uint64_t)(int32_t)r->orig_rax, start, ns;
    struct trace_call trace;
    long result;

    r->orig_rax = nr;
    ring_call_enter(r);
    if (shim_active & SHIM_TRACE)
        traced = trace_enter(&trace, r);
    start = clock_monotonic_ns();
    if (shim_active & SHIM_STUB)
        stubbed = stub_answer(r, &result);
    if (!stubbed)
        result = call_handler(r);
    ns = clock_monotonic_ns() - start;
    if (shim_active & SHIM_STATS)
        stats_count(nr, result, ns);
    if (traced)
        trace_leave(&trace, result, ns);
    r->rax = result;
    ring_call_exit(r, result);
    return result;
}

long syscall_dispatch(struct regs *r)
{
    regs_complete(r);
    if (shim_active)
        return dispatch_watched(r);
    if (likely(doctor_missing_again(r->orig_rax)) &&
        missing_policy != SHIM_MISSING_TRAP)
        return -ENOSYS;
    return call_handler(r);
}

static const struct syscall_info *info_of(uint64_t nr)
{
    if (nr >= syscall_count || !syscall_infos[nr].name)
        return NULL;
    return &syscall_infos[nr];
}

void shim_describe_call(const struct regs *r, char *buf, size_t size)
{
    const uint64_t args[] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};
    const struct syscall_info *info = info_of(r->orig_rax);
    unsigned nargs = info ? info->nargs : ARRAY_SIZE(args);
    size_t at;

    if (info)
        at = snprintf(buf, size, "%s(", info->name);
    else
        at = snprintf(buf, size, "syscall_%ld(", (long)r->orig_rax);
    for (unsigned i = 0; i < nargs && at < size; i++)
        at +=
            snprintf(buf + at, size - at, args[i] < 4096 ? "%s%lu" : "%s0x%lx",
                     i ? ", " : "", args[i]);
    if (at < size)
        snprintf(buf + at, size - at, ")");
}

/* A place for a debugger to stop at; the program's caller is in r. */
__attribute__((noinline)) static void shim_missing_trap(const struct regs *r)
{
    struct abi_siginfo info = {.si_signo = SIGSYS, .si_code = SI_KERNEL};

    info.u.sys.call_addr = r->rip;
    info.u.sys.nr = r->orig_rax;
    signal_send_thread(thread_current(), &info);
}

/* The first of its number, or one that the doctor has no place for. */
__attribute__((noinline)) static void note_missing(const struct regs *r)
{
    const struct syscall_info *info = info_of(r->orig_rax);
    bool *told = &missing_told[MIN(r->orig_rax, (uint64_t)MISSING_MAX - 1)];
    char call[160];

    if (!*told && missing_policy != SHIM_MISSING_QUIET) {
        *told = true;
        shim_describe_call(r, call, sizeof(call));
        log_warn("%s system call %ld: %s from 0x%lx answered ENOSYS",
                 info ? "unimplemented" : "unknown", (long)r->orig_rax, call,
                 r->rip);
    }
    doctor_missing(r);
}

long syscall_missing(const struct regs *r)
{
    if (!doctor_missing_again(r->orig_rax))
        note_missing(r);
    if (unlikely(missing_policy == SHIM_MISSING_TRAP))
        shim_missing_trap(r);
    return -ENOSYS;
}
