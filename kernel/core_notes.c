// SPDX-License-Identifier: MIT
/*
 * core_notes: in the order that Linux has: the thread that died with what
 * belongs to the process, then the other threads.
 */
#include "kernel/core_notes.h"

#include "abi/core.h"
#include "abi/elf.h"
#include "kernel/asm.h"
#include "kernel/cpu.h"
#include "kernel/cred.h"
#include "kernel/fpu.h"
#include "kernel/kmalloc.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"

#define FILES_MAX   4096
#define NAME_SIZE   256
#define FXSAVE_SIZE 512
#define NO_CALL     (~0ul) /* orig_rax outside system calls */

extern const char syscall_entry[], syscall_entry_end[]; /* shim/entry.S */
extern const char trap_stubs[], trap_return_user[]; /* kernel/trap_entry.S */

static void put(struct core_notes *n, const void *data, size_t len)
{
    if (n->failed)
        return;
    if (len > n->size - n->len) {
        size_t size = MAX(n->size * 2, ALIGN_UP(n->len + len, 4096));
        void *grown = krealloc(n->data, size);

        if (!grown) {
            n->failed = true;
            return;
        }
        n->data = grown;
        n->size = size;
    }
    memcpy(n->data + n->len, data, len);
    n->len += len;
}

static void put_padding(struct core_notes *n)
{
    static const char zeros[4];

    put(n, zeros, ALIGN_UP(n->len, 4) - n->len);
}

/* A note's header and name; len bytes and put_padding follow. */
static void put_header(struct core_notes *n, const char *owner, uint32_t type,
                       size_t len)
{
    struct abi_elf64_nhdr h = {(uint32_t)strlen(owner) + 1, (uint32_t)len,
                               type};

    put(n, &h, sizeof(h));
    put(n, owner, h.n_namesz);
    put_padding(n);
}

static void put_note(struct core_notes *n, const char *owner, uint32_t type,
                     const void *data, size_t len)
{
    put_header(n, owner, type, len);
    put(n, data, len);
    put_padding(n);
}

static struct abi_user_regs user_regs(const struct thread *t,
                                      const struct regs *r)
{
    bool current = t == thread_current();

    return (struct abi_user_regs){
        .r15 = r->r15,
        .r14 = r->r14,
        .r13 = r->r13,
        .r12 = r->r12,
        .rbp = r->rbp,
        .rbx = r->rbx,
        .r11 = r->r11,
        .r10 = r->r10,
        .r9 = r->r9,
        .r8 = r->r8,
        .rax = r->rax,
        .rcx = r->rcx,
        .rdx = r->rdx,
        .rsi = r->rsi,
        .rdi = r->rdi,
        .orig_rax = r->orig_rax,
        .rip = r->rip,
        .cs = r->cs,
        .eflags = r->rflags,
        .rsp = r->rsp,
        .ss = r->ss,
        .fs_base = current ? msr_read(MSR_FS_BASE) : t->fs_base,
        .gs_base = current ? msr_read(MSR_KERNEL_GS_BASE) : t->gs_base,
    };
}

static void put_status(struct core_notes *n, const struct thread *t,
                       const struct regs *r, const struct abi_siginfo *info)
{
    struct cpu_times cpu = sched_times(t);
    struct abi_prstatus s = {
        .pr_sigpend = t->pending.mask,
        .pr_sighold = t->signal_mask,
        .pr_pid = t->tid,
        .pr_ppid = process_parent_id(t->process),
        .pr_pgrp = n->group,
        .pr_sid = n->session,
        .pr_utime = {(int64_t)(cpu.user_ns / NSEC_PER_SEC),
                     (int64_t)(cpu.user_ns % NSEC_PER_SEC / NSEC_PER_USEC)},
        .pr_stime = {(int64_t)(cpu.system_ns / NSEC_PER_SEC),
                     (int64_t)(cpu.system_ns % NSEC_PER_SEC / NSEC_PER_USEC)},
        .pr_reg = user_regs(t, r),
        .pr_fpvalid = 1,
    };

    if (info) {
        s.si_signo = info->si_signo;
        s.si_code = info->si_code;
        s.si_errno = info->si_errno;
        s.pr_cursig = (int16_t)info->si_signo;
    }
    put_note(n, "CORE", NT_PRSTATUS, &s, sizeof(s));
}

void core_notes_init(struct core_notes *n, const struct vm_space *s)
{
    char *text = n->arguments;
    size_t len = MIN(sizeof(n->arguments) - 1, s->arg_end - s->arg_start);

    n->group = process_group_id(process_current());
    n->session = process_session_id(process_current());
    n->auxv_len = copy_from_user_partial(
        n->auxv, (const void user *)s->auxv_start,
        MIN(sizeof(n->auxv), s->auxv_end - s->auxv_start));
    len = copy_from_user_partial(text, (const void user *)s->arg_start, len);
    for (size_t i = 0; i < len; i++)
        if (!text[i])
            text[i] = ' ';
    while (len > 0 && text[len - 1] == ' ')
        text[--len] = '\0';
}

static void put_process(struct core_notes *n)
{
    const struct process *p = process_current();
    struct abi_prpsinfo info = {
        .pr_sname = 'R',
        .pr_uid = p->cred->uid,
        .pr_gid = p->cred->gid,
        .pr_pid = p->pid,
        .pr_ppid = process_parent_id(p),
        .pr_pgrp = n->group,
        .pr_sid = n->session,
    };

    snprintf(info.pr_fname, sizeof(info.pr_fname), "%s", p->name);
    memcpy(info.pr_psargs, n->arguments, sizeof(info.pr_psargs));
    put_note(n, "CORE", NT_PRPSINFO, &info, sizeof(info));
}

/* The next mapping of a file, with its name: what the kernel maps by itself
 * has one in brackets. */
static struct vm_area *next_file(struct vm_space *s, uintptr_t from,
                                 char name[NAME_SIZE])
{
    struct vm_area *a;

    for (a = vm_area_find(s, from); a; a = vm_area_find(s, a->end)) {
        vm_area_name(a, name, NAME_SIZE);
        if (a->object && name[0] != '[')
            break;
    }
    return a;
}

static void put_files(struct core_notes *n, struct vm_space *s)
{
    struct abi_note_file head = {0, 1};
    char name[NAME_SIZE];
    struct vm_area *a;
    size_t names = 0, header_at = n->len;

    for (a = next_file(s, 0, name); a && head.count < FILES_MAX;
         a = next_file(s, a->end, name)) {
        names += strlen(name) + 1;
        head.count++;
    }
    put_header(n, "CORE", NT_FILE,
               sizeof(head) + head.count * sizeof(struct abi_note_file_range) +
                   names);
    head.page_size = PAGE_SIZE;
    put(n, &head, sizeof(head));
    a = next_file(s, 0, name);
    for (uint64_t i = 0; i < head.count; i++) {
        struct abi_note_file_range range = {a->start, a->end,
                                            a->offset / PAGE_SIZE};

        put(n, &range, sizeof(range));
        a = next_file(s, a->end, name);
    }
    a = next_file(s, 0, name);
    for (uint64_t i = 0; i < head.count; i++) {
        put(n, name, strlen(name) + 1);
        a = next_file(s, a->end, name);
    }
    put_padding(n);
    if (n->failed)
        n->len = header_at;
}

static void put_fpu(struct core_notes *n, const struct thread *t)
{
    static const char linux_name[] = "LINUX";
    size_t size = cpu_features.xsave_size, at;

    if (t == thread_current())
        fpu_save(t->fpu);
    put_note(n, "CORE", NT_PRFPREG, t->fpu, FXSAVE_SIZE);
    if (!cpu_features.xsave)
        return;
    put_header(n, linux_name, NT_X86_XSTATE, size);
    at = n->len;
    put(n, t->fpu, size);
    if (!n->failed)
        memcpy(n->data + at + ABI_XSTATE_XCR0_OFFSET, &cpu_features.xcr0,
               sizeof(cpu_features.xcr0));
    put_padding(n);
}

/* The registers of a thread that does not run: what called the function that
 * stands first on its stack tells how it came into the kernel. */
static struct regs asleep(const struct thread *t)
{
    struct regs r = *thread_regs(t);
    const char *caller = ((const char *const *)thread_regs(t))[-1];

    if (caller >= syscall_entry && caller < syscall_entry_end)
        regs_complete(&r);
    else if (caller >= trap_stubs && caller < trap_return_user)
        r.orig_rax = NO_CALL; /* it was a trap's error code */
    return r;
}

/* A thread that there is no memory for is left out whole. */
static void put_thread(struct core_notes *n, const struct thread *t)
{
    struct regs r = asleep(t);
    size_t before = n->len;

    put_status(n, t, &r, NULL);
    put_fpu(n, t);
    if (n->failed)
        n->len = before;
}

void core_notes_make(struct core_notes *n, struct vm_space *s,
                     const struct regs *r, const struct abi_siginfo *info)
{
    struct thread *self = thread_current(), *t;

    put_status(n, self, r, info);
    put_process(n);
    put_note(n, "CORE", NT_SIGINFO, info, sizeof(*info));
    put_note(n, "CORE", NT_AUXV, n->auxv, n->auxv_len);
    put_files(n, s);
    put_fpu(n, self);
    list_for_each_entry (t, &self->process->threads, process_node)
        if (t != self)
            put_thread(n, t);
}
