// SPDX-License-Identifier: MIT
#include "tools/elfin/core_report.h"

#include <string.h>

#include "abi/elf.h"

enum { FRAMES_MAX = 30, NEAR = 16 << 20 };

typedef unsigned long long ull;

static bool has_address(const struct abi_siginfo *info)
{
    return (info->si_signo == SIGSEGV || info->si_signo == SIGBUS) &&
           info->si_code > 0 && info->si_code != SI_KERNEL;
}

static const char *reason(const struct abi_siginfo *info)
{
    switch (info->si_signo) {
    case SIGSEGV:
        switch (info->si_code) {
        case SEGV_MAPERR:
            return "nothing is mapped there";
        case SEGV_ACCERR:
            return "its protection forbids the access";
        case SI_KERNEL:
            return "the processor refused an instruction or an address "
                   "that is not canonical";
        }
        break;
    case SIGBUS:
        return info->si_code == BUS_ADRERR
                   ? "it lies past the end of the mapped file"
                   : "a misaligned access";
    case SIGFPE:
        return info->si_code == FPE_INTDIV ? "an integer division by zero, or "
                                             "one with too large a result"
                                           : "a floating-point error";
    case SIGILL:
        return "an instruction that the processor does not have";
    case SIGTRAP:
        return "a breakpoint or a single step";
    case SIGABRT:
        return "the program gave up by itself (abort, a failed assertion)";
    case SIGSYS:
        return "a system call that Elfin lacks (enosys=trap)";
    }
    return info->si_code <= 0 ? "sent by the program itself" : "";
}

static const struct core_segment *nearest_above(const struct core_file *c,
                                                uint64_t addr)
{
    const struct core_segment *best = NULL;

    for (size_t i = 0; i < c->segment_count; i++)
        if (c->segments[i].start > addr &&
            (!best || c->segments[i].start < best->start))
            best = &c->segments[i];
    return best;
}

static bool is_stack(const struct core_file *c, const struct core_segment *s)
{
    return c->thread_count && c->threads[0].regs.rsp < s->end &&
           (c->threads[0].regs.rsp >= s->start ||
            s->start - c->threads[0].regs.rsp < NEAR) &&
           (s->flags & PF_W);
}

/* Segments that follow one another are parts of one mapping. */
static void add_range(struct strbuf *out, const struct core_file *c,
                      const struct core_segment *s)
{
    uint64_t start = s->start, end = s->end;
    const struct core_segment *other;

    while (start && (other = core_file_segment(c, start - 1)) &&
           other->flags == s->flags && !core_file_map(c, start - 1))
        start = other->start;
    while ((other = core_file_segment(c, end)) && other->flags == s->flags &&
           !core_file_map(c, end))
        end = other->end;
    strbuf_printf(out, "%c%c%c 0x%llx-0x%llx", s->flags & PF_R ? 'r' : '-',
                  s->flags & PF_W ? 'w' : '-', s->flags & PF_X ? 'x' : '-',
                  (ull)start, (ull)end);
}

static void add_mapping(struct strbuf *out, const struct core_file *c,
                        uint64_t addr)
{
    const struct core_segment *s = core_file_segment(c, addr);
    const struct core_map *m = core_file_map(c, addr);

    if (m) {
        strbuf_printf(out, "%c%c%c 0x%llx-0x%llx %s+0x%llx",
                      s && s->flags & PF_R ? 'r' : '-',
                      s && s->flags & PF_W ? 'w' : '-',
                      s && s->flags & PF_X ? 'x' : '-', (ull)m->start,
                      (ull)m->end, m->path, (ull)(addr - m->start + m->offset));
    } else if (s) {
        add_range(out, c, s);
        strbuf_puts(out, is_stack(c, s) ? " a stack" : " memory of its own");
    } else if (addr < 0x10000) {
        strbuf_puts(out, "not mapped: a null pointer, or a field behind one");
    } else if (addr >> 47) {
        strbuf_puts(out, addr >> 47 == 0x1ffff ? "the kernel's memory"
                                               : "not a canonical address");
    } else {
        s = nearest_above(c, addr);
        strbuf_puts(out, "not mapped");
        if (s && is_stack(c, s))
            strbuf_printf(out,
                          ": 0x%llx bytes below a stack, which has "
                          "overflowed or reached its limit",
                          (ull)(s->start - addr));
    }
}

static void add_registers(struct strbuf *out, const struct abi_user_regs *r)
{
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"rip", r->rip},     {"rsp", r->rsp},     {"rbp", r->rbp},
        {"flg", r->eflags},  {"rax", r->rax},     {"rbx", r->rbx},
        {"rcx", r->rcx},     {"rdx", r->rdx},     {"rsi", r->rsi},
        {"rdi", r->rdi},     {"r8 ", r->r8},      {"r9 ", r->r9},
        {"r10", r->r10},     {"r11", r->r11},     {"r12", r->r12},
        {"r13", r->r13},     {"r14", r->r14},     {"r15", r->r15},
        {"fs ", r->fs_base}, {"gs ", r->gs_base},
    };

    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        strbuf_printf(out, "%s %s %016llx%s", i % 4 ? "" : " ", all[i].name,
                      (ull)all[i].value,
                      i % 4 == 3 || i + 1 == ARRAY_SIZE(all) ? "\n" : " ");
}

static bool read_core(void *arg, uint64_t addr, uint64_t *word)
{
    return core_file_word(arg, addr, word);
}

static void add_backtrace(struct strbuf *out, const struct core_file *c,
                          struct backtrace *b, const struct core_thread *t)
{
    const struct abi_user_regs *r = &t->regs;
    const struct backtrace_regs regs = {
        r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi, r->rbp, r->rsp, r->r8,
        r->r9,  r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->rip,
    };

    backtrace_print(b, &regs, read_core, (void *)(uintptr_t)c, FRAMES_MAX, out);
}

void core_report(const struct core_file *c, struct backtrace *b,
                 struct strbuf *out)
{
    const struct core_thread *t = c->threads;
    const char *why = reason(&c->info), *name;

    if (!c->thread_count)
        return;
    name = sigabbrev_np(c->info.si_signo);
    strbuf_printf(out, "  thread %d (%s): SIG%s", t->tid, c->name,
                  name ? name : "?");
    if (has_address(&c->info))
        strbuf_printf(out, " at address 0x%llx", (ull)c->info.u.fault.addr);
    strbuf_printf(out, "%s%s\n", *why ? ": " : "", why);
    strbuf_puts(out, "  code: ");
    add_mapping(out, c, t->regs.rip);
    if (has_address(&c->info)) {
        strbuf_puts(out, "\n  data: ");
        add_mapping(out, c, c->info.u.fault.addr);
    }
    strbuf_addc(out, '\n');
    add_registers(out, &t->regs);
    if (!b)
        return;
    strbuf_puts(out, "  backtrace:\n");
    add_backtrace(out, c, b, t);
    if (c->thread_count > 1)
        strbuf_printf(out,
                      "  %zu other threads: --core FILE and gdb show them\n",
                      c->thread_count - 1);
}
