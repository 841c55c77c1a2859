// SPDX-License-Identifier: MIT
/*
 * signal_frame: Linux's struct rt_sigframe of x86-64, with the XSAVE area
 * above it. Handlers, unwinders and language runtimes read these layouts
 * (sigreturn(2); the uc_flags and the software bytes of the FXSAVE area are
 * Linux's uapi asm/ucontext.h and asm/sigcontext.h).
 */
#include "kernel/signal_frame.h"

#include "abi/errno.h"
#include "kernel/asm.h"
#include "kernel/cpu.h"
#include "kernel/fpu.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/string.h"

#define RED_ZONE  128 /* System V ABI, 3.2.2 */
#define FP_ALIGN  64ul
#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u
#define SW_OFFSET 464 /* software bytes within the FXSAVE area */

enum { UC_FP_XSTATE = 1, UC_SIGCONTEXT_SS = 2, UC_STRICT_RESTORE_SS = 4 };

/* Flags that a handler may change: CF PF AF ZF SF TF DF OF RF AC. */
#define USER_FLAGS    0x50dd5ul
#define HANDLER_CLEAR (1ul << 8 | 1ul << 10 | 1ul << 16) /* TF, DF, RF */

struct sigcontext {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
    uint16_t cs, gs, fs, ss;
    uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
};

struct sigframe {
    uint64_t restorer;
    uint64_t uc_flags, uc_link;
    struct abi_stack uc_stack;
    struct sigcontext mc;
    uint64_t uc_sigmask;
    struct abi_siginfo info;
};

struct fp_software_bytes {
    uint32_t magic1, extended_size;
    uint64_t xfeatures;
    uint32_t xstate_size, padding[7];
};

static_assert(sizeof(struct sigcontext) == 256, "Linux ABI");
static_assert(offsetof(struct sigframe, mc) == 48, "Linux ABI");
static_assert(sizeof(struct sigframe) == 440, "Linux ABI");
static_assert(sizeof(struct fp_software_bytes) == 48, "Linux ABI");

/* Whether sp lies between the alternate stack's ends. */
static bool within_altstack(const struct thread *t, uintptr_t sp)
{
    return sp > t->altstack_sp && sp - t->altstack_sp <= t->altstack_size;
}

bool signal_on_altstack(const struct thread *t, uintptr_t sp)
{
    return !(t->altstack_flags & (int)SS_AUTODISARM) && within_altstack(t, sp);
}

/* Where the frame goes. *alt: it must lie within the alternate stack. */
static uintptr_t stack_for(const struct thread *t, const struct regs *r,
                           const struct abi_sigaction *action, bool *alt)
{
    *alt = signal_on_altstack(t, r->rsp);
    if (*alt || !(action->sa_flags & SA_ONSTACK) || !t->altstack_size)
        return r->rsp - RED_ZONE;
    *alt = true;
    return t->altstack_sp + t->altstack_size;
}

int signal_set_altstack(struct thread *t, uintptr_t sp,
                        const struct abi_stack *want)
{
    int mode = want->ss_flags & ~(int)SS_AUTODISARM;
    bool disable = mode == SS_DISABLE;

    if (signal_on_altstack(t, sp))
        return -EPERM;
    if (mode != 0 && !disable && mode != SS_ONSTACK)
        return -EINVAL;
    if (!disable && want->ss_size < MINSIGSTKSZ)
        return -ENOMEM;
    t->altstack_sp = disable ? 0 : want->ss_sp;
    t->altstack_size = disable ? 0 : want->ss_size;
    t->altstack_flags = want->ss_flags & (int)SS_AUTODISARM;
    return 0;
}

/* Writes the FPU state of the calling thread to addr. */
static int fp_state_push(uintptr_t addr)
{
    uint32_t size = cpu_features.xsave_size, magic2 = FP_MAGIC2;
    struct fp_software_bytes sw = {
        .magic1 = cpu_features.xsave ? FP_MAGIC1 : 0,
        .extended_size = size + sizeof(magic2),
        .xfeatures = cpu_features.xcr0,
        .xstate_size = size,
    };
    char user *to = (char user *)addr;

    if (fpu_save_user(to) < 0 ||
        copy_to_user(to + SW_OFFSET, &sw, sizeof(sw)) < 0 ||
        copy_to_user(to + size, &magic2, sizeof(magic2)) < 0)
        return -EFAULT;
    return 0;
}

/* Is what lies at from a whole XSAVE area of this CPU's? */
static bool is_extended(const char user *from)
{
    uint32_t size = cpu_features.xsave_size, magic2;
    struct fp_software_bytes sw;

    return cpu_features.xsave &&
           copy_from_user(&sw, from + SW_OFFSET, sizeof(sw)) == 0 &&
           sw.magic1 == FP_MAGIC1 && sw.xstate_size == size &&
           get_user(&magic2, (const uint32_t user *)(from + size)) == 0 &&
           magic2 == FP_MAGIC2;
}

/* Without the software bytes that fit this CPU the state is taken as FXSAVE's
 * alone, as on Linux; none at all stands for the initial one. */
static int fp_state_pop(uintptr_t addr)
{
    const char user *from = (const char user *)addr;

    if (!addr) {
        fpu_reset();
        return 0;
    }
    return fpu_restore_user(from, !is_extended(from));
}

static void context_from_regs(struct sigcontext *c, const struct regs *r)
{
    *c = (struct sigcontext){
        .r8 = r->r8,
        .r9 = r->r9,
        .r10 = r->r10,
        .r11 = r->r11,
        .r12 = r->r12,
        .r13 = r->r13,
        .r14 = r->r14,
        .r15 = r->r15,
        .rdi = r->rdi,
        .rsi = r->rsi,
        .rbp = r->rbp,
        .rbx = r->rbx,
        .rdx = r->rdx,
        .rax = r->rax,
        .rcx = r->rcx,
        .rsp = r->rsp,
        .rip = r->rip,
        .eflags = r->rflags,
        .cs = USER_CS,
        .ss = USER_DS,
    };
}

static void context_to_regs(const struct sigcontext *c, struct regs *r)
{
    r->r8 = c->r8;
    r->r9 = c->r9;
    r->r10 = c->r10;
    r->r11 = c->r11;
    r->r12 = c->r12;
    r->r13 = c->r13;
    r->r14 = c->r14;
    r->r15 = c->r15;
    r->rdi = c->rdi;
    r->rsi = c->rsi;
    r->rbp = c->rbp;
    r->rbx = c->rbx;
    r->rdx = c->rdx;
    r->rax = c->rax;
    r->rcx = c->rcx;
    r->rsp = c->rsp;
    r->rip = c->rip;
    r->rflags = (r->rflags & ~USER_FLAGS) | (c->eflags & USER_FLAGS);
    r->cs = USER_CS;
    r->ss = USER_DS;
    r->orig_rax = -1ul; /* no call to be restarted */
}

int signal_frame_push(struct regs *r, const struct abi_sigaction *action,
                      const struct abi_siginfo *info)
{
    struct thread *t = thread_current();
    bool alt;
    uintptr_t sp = stack_for(t, r, action, &alt);
    struct sigframe f = {.restorer = action->sa_restorer, .info = *info};
    uintptr_t fp, at;

    /* IRET to a handler that is not in the program's half would fault. */
    if (!(action->sa_flags & SA_RESTORER) || sp > VM_USER_END ||
        sp < VM_USER_MIN || action->sa_handler >= VM_USER_END)
        return -EFAULT;
    fp = ALIGN_DOWN(sp - cpu_features.xsave_size - sizeof(uint32_t), FP_ALIGN);
    at = ALIGN_DOWN(fp - sizeof(f), 16ul) - 8;
    if (alt && !within_altstack(t, at))
        return -EFAULT;
    f.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
                 (cpu_features.xsave ? UC_FP_XSTATE : 0);
    f.uc_stack = (struct abi_stack){
        .ss_sp = t->altstack_sp,
        .ss_size = t->altstack_size,
        .ss_flags = t->altstack_size ? t->altstack_flags : SS_DISABLE,
    };
    context_from_regs(&f.mc, r);
    f.mc.err = t->trap_error;
    f.mc.trapno = t->trap_vector;
    f.mc.cr2 = t->trap_addr;
    f.uc_sigmask = t->restore_mask ? t->saved_mask : t->signal_mask;
    f.mc.oldmask = f.uc_sigmask;
    f.mc.fpstate = fp;
    if (fp_state_push(fp) < 0 ||
        copy_to_user((void user *)at, &f, sizeof(f)) < 0)
        return -EFAULT;
    t->restore_mask = false;
    if (t->altstack_flags & SS_AUTODISARM)
        t->altstack_size = 0;
    r->rdi = info->si_signo;
    r->rsi = at + offsetof(struct sigframe, info);
    r->rdx = at + offsetof(struct sigframe, uc_flags);
    r->rax = 0;
    r->rip = action->sa_handler;
    r->rsp = at;
    r->rflags &= ~HANDLER_CLEAR;
    thread_work_set(t, WORK_IRET);
    return 0;
}

int signal_frame_pop(struct regs *r, uint64_t *mask)
{
    struct thread *t = thread_current();
    struct sigframe f;
    int err;

    err = copy_from_user(&f, (const void user *)(r->rsp - 8), sizeof(f));
    if (err < 0 || f.mc.rip >= VM_USER_END)
        return -EFAULT;
    err = fp_state_pop(f.mc.fpstate);
    if (err < 0)
        return err;
    context_to_regs(&f.mc, r);
    signal_set_altstack(t, r->rsp, &f.uc_stack); /* or it stays as it is */
    *mask = f.uc_sigmask;
    return 0;
}
