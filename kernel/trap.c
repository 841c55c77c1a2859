// SPDX-License-Identifier: MIT
#include "kernel/trap.h"

#include "abi/signal.h"
#include "kernel/asm.h"
#include "kernel/cpu.h"
#include "kernel/crash.h"
#include "kernel/fpu.h"
#include "kernel/irq.h"
#include "kernel/oom.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/ring.h"
#include "kernel/signal.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"

enum {
    VECTOR_DE = 0,
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_BR = 5,
    VECTOR_UD = 6,
    VECTOR_DF = 8,
    VECTOR_NP = 11,
    VECTOR_SS = 12,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_MF = 16,
    VECTOR_AC = 17,
    VECTOR_MC = 18,
    VECTOR_XM = 19,
};

/* Page fault error code (SDM volume 3, 4.7). */
enum { PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_FETCH = 16 };

enum {
    IST_NONE,
    IST_DOUBLE_FAULT,
    IST_NMI,
    IST_MACHINE_CHECK,
    IST_INTERRUPT, /* all above 31 */
    IST_COUNT
};

#define IST_STACK_SIZE 8192

struct idt_entry {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} packed;

static_assert(sizeof(struct idt_entry) == 16, "SDM volume 3, 6.14.1");
static_assert(sizeof(struct tss) == 104, "SDM volume 3, 7.7");

/* A user copy that may fault: see uaccess_copy.S. */
struct fixup {
    uintptr_t start, end, target;
};
extern const struct fixup fixup_table_start[], fixup_table_end[];

extern char trap_stubs[]; /* 256 entries, 16 bytes each */
void load_gdt(const struct descriptor_pointer *p);

const struct trap_ops *trap_ops;
static struct idt_entry idt[256];
struct tss trap_tss;
bool trap_interrupted_program;
static uint64_t gdt[GDT_SIZE / 8];
static uint8_t ist_stacks[IST_COUNT][IST_STACK_SIZE]
    __attribute__((aligned(16)));

static void gdt_load(void)
{
    struct descriptor_pointer p = {sizeof(gdt) - 1, (uintptr_t)gdt};
    uint64_t base = (uintptr_t)&trap_tss;

    gdt[GDT_KERNEL_CODE / 8] = 0x00af9b000000ffff;
    gdt[GDT_KERNEL_DATA / 8] = 0x00cf93000000ffff;
    /* No 32-bit code for the program: SYSCALL there has another entry point,
     * and the kernel none. */
    gdt[GDT_USER_DATA / 8] = 0x00cff3000000ffff;
    gdt[GDT_USER_CODE / 8] = 0x00affb000000ffff;
    /* Data that the program may load: harmless, and LSL reads its limit. */
    gdt[GDT_CPU / 8] = 0x0040f10000000000 | cpu_this()->id;
    gdt[GDT_TSS / 8] = (sizeof(trap_tss) - 1) | (base & 0xffffff) << 16 |
                       0x89ull << 40 | (base >> 24 & 0xff) << 56;
    gdt[GDT_TSS / 8 + 1] = base >> 32;
    trap_tss.io_map_base = sizeof(trap_tss);
    for (unsigned i = IST_NONE + 1; i < IST_COUNT; i++)
        trap_tss.ist[i - 1] = (uintptr_t)ist_stacks[i] + IST_STACK_SIZE;
    load_gdt(&p);
    __asm__ volatile("ltr %w0" : : "r"(GDT_TSS));
}

static void idt_set(unsigned vector, unsigned dpl, unsigned ist)
{
    uintptr_t stub = (uintptr_t)trap_stubs + 16 * vector;

    idt[vector] = (struct idt_entry){
        .offset_low = stub,
        .offset_middle = stub >> 16,
        .offset_high = stub >> 32,
        .selector = GDT_KERNEL_CODE,
        .ist = ist,
        .type = 0x8e | dpl << 5, /* interrupt gate, present */
    };
}

static void idt_load(void)
{
    struct descriptor_pointer p = {sizeof(idt) - 1, (uintptr_t)idt};

    for (unsigned v = 0; v < ARRAY_SIZE(idt); v++)
        idt_set(v, v == VECTOR_BP || v == VECTOR_OF ? 3 : 0,
                v < 32 ? IST_NONE : IST_INTERRUPT);
    idt_set(VECTOR_NMI, 0, IST_NMI);
    idt_set(VECTOR_DF, 0, IST_DOUBLE_FAULT);
    idt_set(VECTOR_MC, 0, IST_MACHINE_CHECK);
    __asm__ volatile("lidt %0" : : "m"(p));
}

void trap_init(void)
{
    uintptr_t gs = (uintptr_t)cpu_this();

    gdt_load();
    msr_write(MSR_GS_BASE, gs);
    idt_load();
}

static bool fixup_apply(struct regs *r)
{
    for (const struct fixup *f = fixup_table_start; f < fixup_table_end; f++) {
        if (r->rip >= f->start && r->rip < f->end) {
            r->rip = f->target;
            return true;
        }
    }
    return false;
}

static bool in_user_copy(const struct regs *r)
{
    for (const struct fixup *f = fixup_table_start; f < fixup_table_end; f++)
        if (r->rip >= f->start && r->rip < f->end)
            return true;
    return false;
}

static unsigned fault_access(uint64_t error)
{
    if (error & PF_WRITE)
        return VM_WRITE;
    return error & PF_FETCH ? VM_EXEC : VM_READ;
}

static enum vm_fault_result resolve_fault(const struct regs *r, uintptr_t addr)
{
    static const uint8_t recorded[] = {
        [VM_FAULT_OK] = TRACE_FAULT_OK,
        [VM_FAULT_UNMAPPED] = TRACE_FAULT_UNMAPPED,
        [VM_FAULT_DENIED] = TRACE_FAULT_DENIED,
        [VM_FAULT_BUS] = TRACE_FAULT_BUS,
        [VM_FAULT_NOMEM] = TRACE_FAULT_NOMEM,
    };
    uint64_t begin = ring_begin();
    enum vm_fault_result result =
        vm_fault(thread_current()->space, addr, fault_access(r->orig_rax));

    thread_current()->counts.faults++;
    ring_fault(begin, r, addr, recorded[result]);
    return result;
}

/*
 * A read of a present page that failed without the program's privilege: the
 * CPU looked at a table on the program's behalf, or QEMU's TCG popped for a
 * LRET or IRET as if it were the kernel, which SMAP forbids. Trying again
 * would fail for ever.
 */
static bool is_forbidden_look(uint64_t error)
{
    return (error & (PF_PRESENT | PF_WRITE | PF_USER | PF_FETCH)) == PF_PRESENT;
}

static void program_page_fault(struct regs *r, uintptr_t addr)
{
    static const struct {
        int signal, code;
    } answer[] = {
        [VM_FAULT_UNMAPPED] = {SIGSEGV, SEGV_MAPERR},
        [VM_FAULT_DENIED] = {SIGSEGV, SEGV_ACCERR},
        [VM_FAULT_BUS] = {SIGBUS, BUS_ADRERR},
    };
    struct thread *t = thread_current();
    uint64_t switches = cpu_this()->switches;
    enum vm_fault_result result;

    result = is_forbidden_look(r->orig_rax) ? VM_FAULT_DENIED
                                            : resolve_fault(r, addr);
    if (t->rseq && cpu_this()->switches != switches)
        thread_work_set(t, WORK_RSEQ);
    if (result == VM_FAULT_OK)
        return;
    if (result == VM_FAULT_NOMEM) {
        oom_kill(r, addr); /* and the access is tried again */
        return;
    }
    t->trap_vector = VECTOR_PF;
    t->trap_error = r->orig_rax | PF_USER;
    r->orig_rax = -1ul; /* no call to be made again */
    t->trap_addr = addr;
    signal_fault(r, answer[result].signal, answer[result].code, addr);
}

static uintptr_t fault_address(void)
{
    uintptr_t addr;

    __asm__ volatile("movq %%cr2, %0" : "=r"(addr));
    return addr;
}

static void page_fault(struct regs *r)
{
    uintptr_t addr = fault_address();

    if (r->rflags & RFLAGS_IF)
        irq_enable();
    if (regs_from_user(r)) {
        program_page_fault(r, addr);
        return;
    }
    if ((intptr_t)addr >= 0 && in_user_copy(r)) {
        if (thread_current()->space && resolve_fault(r, addr) == VM_FAULT_OK)
            return;
        fixup_apply(r);
        return;
    }
    crash_kernel("page fault", r, true, addr);
}

/* The first of the exceptions, in the order in which Linux looks. */
static int fpe_code(unsigned exceptions)
{
    if (exceptions & FPU_INVALID)
        return FPE_FLTINV;
    if (exceptions & FPU_ZERO_DIVIDE)
        return FPE_FLTDIV;
    if (exceptions & FPU_OVERFLOW)
        return FPE_FLTOVF;
    if (exceptions & (FPU_UNDERFLOW | FPU_DENORMAL))
        return FPE_FLTUND;
    return FPE_FLTRES;
}

/* What Linux sends for an exception of the program (signal(7), and si_code
 * of sigaction(2)). */
static void program_exception(unsigned vector, struct regs *r)
{
    struct thread *t = thread_current();

    irq_enable();
    t->trap_vector = vector;
    t->trap_error = r->orig_rax;
    r->orig_rax = -1ul; /* no call to be made again */
    switch (vector) {
    case VECTOR_DE:
        signal_fault(r, SIGFPE, FPE_INTDIV, r->rip);
        break;
    case VECTOR_MF:
    case VECTOR_XM:
        signal_fault(r, SIGFPE, fpe_code(fpu_exceptions(vector == VECTOR_XM)),
                     r->rip);
        break;
    case VECTOR_DB:
        signal_fault(r, SIGTRAP, TRAP_TRACE, r->rip);
        break;
    case VECTOR_BP:
        signal_fault(r, SIGTRAP, SI_KERNEL, 0);
        break;
    case VECTOR_UD:
        signal_fault(r, SIGILL, ILL_ILLOPN, r->rip);
        break;
    case VECTOR_AC:
        signal_fault(r, SIGBUS, BUS_ADRALN, 0);
        break;
    case VECTOR_NP:
    case VECTOR_SS:
        signal_fault(r, SIGBUS, SI_KERNEL, 0);
        break;
    default:
        signal_fault(r, SIGSEGV, SI_KERNEL, 0);
        break;
    }
}

static const char *exception_name(unsigned vector)
{
    static const char *const names[] = {
        "divide error",
        "debug exception",
        "non-maskable interrupt",
        "breakpoint",
        "overflow",
        "bound range exceeded",
        "invalid opcode",
        "device not available",
        "double fault",
        "coprocessor segment overrun",
        "invalid TSS",
        "segment not present",
        "stack segment fault",
        "general protection fault",
        "page fault",
        "reserved exception",
        "x87 error",
        "alignment check",
        "machine check",
        "SIMD error",
        "virtualization exception",
        "control protection exception",
    };

    return vector < ARRAY_SIZE(names) ? names[vector] : "reserved exception";
}

void trap_dispatch(unsigned vector, struct regs *r)
{
    if (vector >= IRQ_VECTOR_FIRST) {
        trap_interrupted_program = regs_from_user(r);
        irq_dispatch(vector);
        return;
    }
    if (vector >= 32)
        return; /* a masked 8259's spurious interrupt */
    if (vector == VECTOR_PF) {
        page_fault(r);
        return;
    }
    if (regs_from_user(r) && vector != VECTOR_DF && vector != VECTOR_MC &&
        vector != VECTOR_NMI) {
        program_exception(vector, r);
        return;
    }
    if (vector == VECTOR_GP && fixup_apply(r))
        return; /* a non-canonical address in a user copy */
    /* A double fault is most often a page fault on a full kernel stack. */
    crash_kernel(exception_name(vector), r, vector == VECTOR_DF,
                 fault_address());
}
