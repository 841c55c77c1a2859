// SPDX-License-Identifier: MIT
#include "kernel/crash.h"

#include "kernel/backtrace.h"
#include "kernel/core.h"
#include "kernel/cpu.h"
#include "kernel/doctor.h"
#include "kernel/ksyms.h"
#include "kernel/log.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/shutdown.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/trap.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"

#define BACKTRACE_MAX 32

static void print_registers(const struct regs *r)
{
    log_raw("  rip %016lx  rsp %016lx  rflags %08lx  cs %02lx  error %lx\n"
            "  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n"
            "  rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n"
            "  r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n"
            "  r13 %016lx  r14 %016lx  r15 %016lx\n",
            r->rip, r->rsp, r->rflags, r->cs,
            regs_from_user(r) ? thread_current()->trap_error : r->orig_rax,
            r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->r8,
            r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15);
}

/* What addr is, in words. */
static const char *describe_address(uintptr_t addr)
{
    if (addr < PAGE_SIZE)
        return "a null pointer";
    if (addr < VM_USER_END)
        return "the program's memory";
    if (addr >= KERNEL_BASE)
        return "the kernel image";
    if (addr >= STACKS_BASE)
        return "a kernel stack or the guard page below one";
    if (addr >= MMIO_BASE)
        return "device registers";
    if (addr >= DIRECT_MAP_BASE)
        return "RAM in the direct map";
    return "no canonical address";
}

/* The call or the kernel thread that was at work. */
static void print_context(void)
{
    struct thread *t = thread_current();
    char call[160];

    if (!t) {
        log_raw("  while booting\n");
        return;
    }
    log_raw("  in thread %d (%s)", t->tid, t->name);
    if (t->process && trap_ops && trap_ops->describe_call) {
        trap_ops->describe_call(thread_regs(t), call, sizeof(call));
        log_raw(", %s", call);
    }
    log_raw("\n");
}

noreturn void crash_kernel(const char *what, const struct regs *r,
                           bool has_addr, uintptr_t addr)
{
    size_t offset;
    const char *symbol = ksym_lookup(r->rip, &offset);

    panic_enter();
    if (symbol)
        log_raw("kernel crash: %s in %s+0x%zx\n", what, symbol, offset);
    else
        log_raw("kernel crash: %s at %016lx, which is no kernel code\n", what,
                r->rip);
    if (has_addr)
        log_raw("  address %016lx: %s\n", addr, describe_address(addr));
    print_context();
    print_registers(r);
    backtrace_print(r->rip, r->rbp);
    panic("%s in the kernel", what);
}

static void print_mapping(uintptr_t addr)
{
    struct vm_space *s = process_current()->space;
    struct vm_area *a;
    char name[128];

    mutex_lock(&s->lock);
    a = vm_area_find(s, addr);
    if (!a || a->start > addr) {
        log_raw("not mapped");
    } else {
        vm_area_name(a, name, sizeof(name));
        log_raw("%c%c%c %012lx-%012lx %s+0x%lx", a->flags & VM_READ ? 'r' : '-',
                a->flags & VM_WRITE ? 'w' : '-', a->flags & VM_EXEC ? 'x' : '-',
                a->start, a->end, name, addr - a->start + a->offset);
    }
    mutex_unlock(&s->lock);
}

static const char *describe_code(const struct abi_siginfo *info)
{
    if (info->si_signo == SIGSEGV && info->si_code == SEGV_MAPERR)
        return "nothing is mapped there";
    if (info->si_signo == SIGSEGV && info->si_code == SEGV_ACCERR)
        return "its protection forbids it";
    if (info->si_signo == SIGBUS && info->si_code == BUS_ADRERR)
        return "it lies past the end of the mapped file";
    return "";
}

/* One line: the address, and the file or area that it lies in. */
static void print_code(uintptr_t addr)
{
    struct vm_space *s = process_current()->space;
    struct vm_area *a;
    uint64_t offset = 0;
    char name[128] = "";

    mutex_lock(&s->lock);
    a = vm_area_find(s, addr);
    if (a && a->start <= addr) {
        vm_area_name(a, name, sizeof(name));
        offset = addr - a->start + a->offset;
    }
    mutex_unlock(&s->lock);
    log_raw("    0x%016lx", addr);
    if (name[0])
        log_raw(" %s+0x%lx", name, offset);
    log_raw("\n");
}

/*
 * Follows the program's frame pointers; code without them ends the walk, or
 * leaves callers out. Nothing is believed: frames must go up the stack.
 */
static void print_program_backtrace(const struct regs *r)
{
    struct {
        uintptr_t caller_rbp, return_address;
    } frame;
    uintptr_t rbp = r->rbp, low = r->rsp;

    log_raw("  called from, by frame pointers:\n");
    print_code(r->rip);
    for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
        if (rbp < low || !IS_ALIGNED(rbp, sizeof(rbp)) ||
            copy_from_user(&frame, (const void user *)rbp, sizeof(frame)) < 0)
            break;
        if (frame.return_address < VM_USER_MIN)
            break;
        print_code(frame.return_address);
        low = rbp + sizeof(frame);
        rbp = frame.caller_rbp;
    }
}

/* The report of a kernel that no host command listens to. */
static void print_program_crash(const struct regs *r,
                                const struct abi_siginfo *info)
{
    struct thread *t = thread_current();
    char name[16];

    log_raw("%s (thread %d) dies of %s", t->name, t->tid,
            signal_name(info->si_signo, name, sizeof(name)));
    if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS)
        log_raw(" at address %lx: %s", info->u.fault.addr, describe_code(info));
    log_raw("\n  code: ");
    print_mapping(r->rip);
    if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS) {
        log_raw("\n  data: ");
        print_mapping(info->u.fault.addr);
    }
    log_raw("\n");
    print_registers(r);
    print_program_backtrace(r);
}

void crash_program(const struct regs *r, const struct abi_siginfo *info)
{
    /* The host makes a better report out of a core. */
    process_current()->core_dumped = core_write(r, info);
    if (!process_current()->core_dumped)
        print_program_crash(r, info);
}

noreturn void crash_out_of_memory(const struct regs *r, uintptr_t addr)
{
    struct page_stats stats;

    doctor_out_of_memory(addr, r->rip);
    page_get_stats(&stats);
    log_raw("out of memory at address %lx (rip %lx): %zu of %zu KiB "
            "free: give the machine more (-m)\n",
            addr, r->rip, stats.free * 4, stats.total * 4);
    process_exit(SHUTDOWN_SIGNALED, SIGKILL);
}
