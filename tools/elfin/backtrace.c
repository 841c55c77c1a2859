// SPDX-License-Identifier: MIT
/*
 * backtrace: libdwfl is told which files lie where; for each walk it asks back
 * for the registers and the memory that the caller has.
 */
/* First: it has another use for the word that lib/base.h makes noreturn. */
#include <elfutils/libdwfl.h>

#include "tools/elfin/backtrace.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREAD = 1, REGISTERS = 17, PAGE = 4096, FRAMES_WALKED = 1000 };

struct range {
    uint64_t start, end, offset;
    char *path;
};

struct backtrace {
    Dwfl *dwfl;
    struct range *ranges;
    size_t count;
    struct strlist reported; /* paths in the machine that dwfl knows */
    bool attached;

    /* The walk under way. */
    const struct backtrace_regs *regs;
    backtrace_read *read;
    void *arg;
    uint64_t *frames; /* addresses in code, the innermost first */
    bool *is_return;  /* whether each is a return address */
    unsigned frame_count, frame_max;
};

/* --- files --- */

static const Dwfl_Callbacks dwfl_callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

struct backtrace *backtrace_create(void)
{
    struct backtrace *b = xcalloc(1, sizeof(*b));

    b->dwfl = dwfl_begin(&dwfl_callbacks);
    if (!b->dwfl) {
        free(b);
        return NULL;
    }
    dwfl_report_begin(b->dwfl);
    return b;
}

void backtrace_destroy(struct backtrace *b)
{
    if (!b)
        return;
    dwfl_end(b->dwfl);
    for (size_t i = 0; i < b->count; i++)
        free(b->ranges[i].path);
    free(b->ranges);
    strlist_fini(&b->reported);
    free(b);
}

/* How far the file's addresses are moved, from one part of it that lies at
 * start; false when the file has no such part. */
static bool find_bias(const char *host, uint64_t start, uint64_t offset,
                      uint64_t *bias)
{
    int fd = open(host, O_RDONLY | O_CLOEXEC);
    Elf *elf = fd >= 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
    bool found = false;
    size_t n = 0;

    if (elf)
        elf_getphdrnum(elf, &n);
    for (size_t i = 0; i < n && !found; i++) {
        GElf_Phdr p;
        uint64_t first;

        if (!gelf_getphdr(elf, (int)i, &p) || p.p_type != PT_LOAD)
            continue;
        first = ALIGN_DOWN(p.p_offset, (uint64_t)PAGE);
        if (offset < first || offset >= p.p_offset + p.p_filesz)
            continue;
        /* A page may belong to two segments: the one that begins in it does
         * so at its own address. */
        *bias =
            start - (ALIGN_DOWN(p.p_vaddr, (uint64_t)PAGE) + (offset - first));
        found = true;
    }
    if (elf)
        elf_end(elf);
    if (fd >= 0)
        close(fd);
    return found;
}

void backtrace_add(struct backtrace *b, uint64_t start, uint64_t end,
                   uint64_t offset, const char *path, const char *host)
{
    uint64_t bias;

    b->ranges = xrealloc(b->ranges, (b->count + 1) * sizeof(*b->ranges));
    b->ranges[b->count++] = (struct range){start, end, offset, xstrdup(path)};
    if (!host || strlist_has(&b->reported, path) ||
        !find_bias(host, start, offset, &bias))
        return;
    /* The bias of a program at a fixed address is 0. */
    if (dwfl_report_elf(b->dwfl, path, host, -1, bias, true))
        strlist_add(&b->reported, path);
}

/* --- names --- */

static void describe_range(const struct backtrace *b, uint64_t pc,
                           struct strbuf *out)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct range *r = &b->ranges[i];

        if (pc >= r->start && pc < r->end) {
            strbuf_printf(out, "%s+0x%llx", r->path,
                          (unsigned long long)(pc - r->start + r->offset));
            return;
        }
    }
    strbuf_puts(out, "?");
}

static void describe_line(Dwfl_Module *m, uint64_t pc, struct strbuf *out)
{
    Dwfl_Line *line = dwfl_module_getsrc(m, pc);
    const char *file, *slash;
    int number;

    file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    if (!file)
        return;
    slash = strrchr(file, '/');
    strbuf_printf(out, " (%s:%d)", slash ? slash + 1 : file, number);
}

void backtrace_describe(struct backtrace *b, uint64_t pc, bool is_return,
                        struct strbuf *out)
{
    uint64_t at = is_return && pc ? pc - 1 : pc;
    Dwfl_Module *m;
    const char *name, *path = NULL;
    GElf_Off offset;
    GElf_Sym sym;

    dwfl_report_end(b->dwfl, NULL, NULL);
    m = dwfl_addrmodule(b->dwfl, at);
    name =
        m ? dwfl_module_addrinfo(m, at, &offset, &sym, NULL, NULL, NULL) : NULL;
    if (!name) {
        describe_range(b, pc, out);
        return;
    }
    strbuf_printf(out, "%s+0x%llx", name,
                  (unsigned long long)offset + (pc - at));
    describe_line(m, at, out);
    path = dwfl_module_info(m, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    if (path)
        strbuf_printf(out, " in %s", path);
}

/* --- walks --- */

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
    (void)dwfl;
    if (*thread_arg)
        return 0;
    *thread_arg = arg;
    return THREAD;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Word *word, void *arg)
{
    struct backtrace *b = arg;
    uint64_t value;

    (void)dwfl;
    if (!b->read(b->arg, addr, &value))
        return false;
    *word = value;
    return true;
}

/* In the order that DWARF numbers them (psABI, figure 3.36), which is that of
 * struct backtrace_regs. */
static bool set_registers(Dwfl_Thread *thread, void *arg)
{
    struct backtrace *b = arg;
    Dwarf_Word words[REGISTERS];

    static_assert(sizeof(*b->regs) == sizeof(words), "DWARF registers");
    memcpy(words, b->regs, sizeof(words));
    return dwfl_thread_state_registers(thread, 0, REGISTERS, words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread,
    .memory_read = read_word,
    .set_initial_registers = set_registers,
};

static int take_frame(Dwfl_Frame *frame, void *arg)
{
    struct backtrace *b = arg;
    bool activation;
    Dwarf_Addr pc;

    if (!dwfl_frame_pc(frame, &pc, &activation) ||
        b->frame_count == b->frame_max)
        return DWARF_CB_ABORT;
    /* The outermost function's caller has address 0. */
    if (!pc && b->frame_count)
        return DWARF_CB_ABORT;
    b->frames[b->frame_count] = pc;
    b->is_return[b->frame_count++] = !activation;
    return DWARF_CB_OK;
}

static void walk_once(struct backtrace *b, const struct backtrace_regs *regs)
{
    b->regs = regs;
    dwfl_report_end(b->dwfl, NULL, NULL);
    if (!b->attached)
        b->attached =
            dwfl_attach_state(b->dwfl, NULL, THREAD, &thread_callbacks, b);
    if (b->attached)
        dwfl_getthread_frames(b->dwfl, THREAD, take_frame, b);
}

/*
 * Fills b->frames, which the caller frees with end_walk. A call to an address
 * where no code is has pushed its return address just before: the walk goes on
 * from there.
 */
static void walk(struct backtrace *b, const struct backtrace_regs *regs,
                 backtrace_read *read, void *arg, unsigned max)
{
    struct backtrace_regs caller = *regs;

    b->read = read;
    b->arg = arg;
    b->frames = xcalloc(max + 1, sizeof(*b->frames));
    b->is_return = xcalloc(max + 1, sizeof(*b->is_return));
    b->frame_count = 0;
    b->frame_max = max;
    dwfl_report_end(b->dwfl, NULL, NULL);
    if (!dwfl_addrmodule(b->dwfl, regs->rip) &&
        read(arg, regs->rsp, &caller.rip) &&
        dwfl_addrmodule(b->dwfl, caller.rip - 1)) {
        b->frames[b->frame_count++] = regs->rip;
        caller.rsp += 8;
        walk_once(b, &caller);
        if (b->frame_count > 1)
            b->is_return[1] = true;
        return;
    }
    walk_once(b, regs);
    if (!b->frame_count)
        b->frames[b->frame_count++] = regs->rip;
}

static void end_walk(struct backtrace *b)
{
    free(b->frames);
    free(b->is_return);
}

void backtrace_print(struct backtrace *b, const struct backtrace_regs *regs,
                     backtrace_read *read, void *arg, unsigned max,
                     struct strbuf *out)
{
    unsigned times = 1, lines = 0, i;

    walk(b, regs, read, arg, FRAMES_WALKED);
    for (i = 0; i < b->frame_count && lines < max; i++) {
        /* A function that calls itself takes one line. */
        if (i + 1 < b->frame_count && b->frames[i + 1] == b->frames[i]) {
            times++;
            continue;
        }
        strbuf_printf(out, "    #%-2u 0x%012llx ", i + 1 - times,
                      (unsigned long long)b->frames[i]);
        backtrace_describe(b, b->frames[i], b->is_return[i], out);
        if (times > 1)
            strbuf_printf(out, ", %u times", times);
        strbuf_addc(out, '\n');
        times = 1;
        lines++;
    }
    if (i < b->frame_count)
        strbuf_puts(out, "    and more\n");
    end_walk(b);
}

/* Does it lie in the C library, if that is a file of its own? */
static bool in_libc(struct backtrace *b, uint64_t pc)
{
    static const char *const names[] = {"/libc.so", "/libc-", "/libpthread",
                                        "/ld-musl"};
    Dwfl_Module *m = dwfl_addrmodule(b->dwfl, pc ? pc - 1 : pc);
    const char *path = NULL, *slash;

    if (m)
        path = dwfl_module_info(m, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    slash = path ? strrchr(path, '/') : NULL;
    for (size_t i = 0; slash && i < ARRAY_SIZE(names); i++)
        if (!strncmp(slash, names[i], strlen(names[i])))
            return true;
    return false;
}

void backtrace_callers(struct backtrace *b, const struct backtrace_regs *regs,
                       backtrace_read *read, void *arg, unsigned max,
                       const char *text, struct strbuf *out)
{
    unsigned wanted = 2;

    walk(b, regs, read, arg, max);
    while (wanted < max && wanted < b->frame_count &&
           in_libc(b, b->frames[wanted - 1]))
        wanted++;
    for (unsigned i = 0; i < b->frame_count && i < wanted; i++) {
        strbuf_puts(out, text);
        backtrace_describe(b, b->frames[i], b->is_return[i], out);
        strbuf_addc(out, '\n');
    }
    end_walk(b);
}
