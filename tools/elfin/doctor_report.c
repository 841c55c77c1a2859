// SPDX-License-Identifier: MIT
/*
 * doctor_report: the facts in the order in which they are likely to explain a
 * failure: memory that was not there, calls, values, files.
 */
#include <stdlib.h>
#include <string.h>

#include "syscalls/table.h"
#include "tools/elfin/doctor.h"

enum { ABSENT_SHOWN = 12, LISTED_MAX = 32, CALLERS_SHOWN = 3 };

/* --- names --- */

static const struct syscall_info *info_of(uint64_t number)
{
    if (number >= syscall_count || !syscall_infos[number].name)
        return NULL;
    return &syscall_infos[number];
}

static void add_times(struct strbuf *out, uint64_t count)
{
    if (count == 1)
        strbuf_puts(out, "once");
    else
        strbuf_printf(out, "%llu times", (unsigned long long)count);
}

static void add_argument(struct strbuf *out, const char *type, uint64_t value)
{
    bool is_signed = type && (!strcmp(type, "int") || !strcmp(type, "pid_t") ||
                              !strcmp(type, "key_t"));

    if (is_signed && (int)value < 0)
        strbuf_printf(out, "%d", (int)value);
    else if (is_signed && value > UINT32_MAX)
        strbuf_printf(out, "%d", (int)value);
    else if (value < 4096 && !(type && strchr(type, '*')))
        strbuf_printf(out, "%llu", (unsigned long long)value);
    else if (!value)
        strbuf_puts(out, "NULL");
    else
        strbuf_printf(out, "0x%llx", (unsigned long long)value);
}

static void add_call(struct strbuf *out, const struct doctor_missing *m)
{
    const struct syscall_info *s = info_of(m->number);
    size_t n = s ? s->nargs : ARRAY_SIZE(m->args);

    if (s)
        strbuf_printf(out, "%s(", s->name);
    else
        strbuf_printf(out, "syscall(%lld, ", (long long)m->number);
    for (size_t i = 0; i < n; i++) {
        if (i)
            strbuf_puts(out, ", ");
        add_argument(out, s ? s->args[i].type : NULL, m->args[i]);
    }
    strbuf_addc(out, ')');
}

static bool read_stack(void *arg, uint64_t addr, uint64_t *word)
{
    const struct doctor_caller *c = arg;

    if (addr < c->stack_start || addr - c->stack_start > c->stack.len ||
        c->stack.len - (addr - c->stack_start) < sizeof(*word))
        return false;
    memcpy(word, c->stack.data + (addr - c->stack_start), sizeof(*word));
    return true;
}

static void add_address(struct strbuf *out, struct backtrace *b, uint64_t pc)
{
    if (b)
        backtrace_describe(b, pc, true, out);
    else
        strbuf_printf(out, "0x%llx", (unsigned long long)pc);
}

static void add_caller(struct strbuf *out, struct backtrace *b,
                       const struct doctor_caller *c)
{
    if (!c->known)
        return;
    if (b)
        backtrace_callers(b, &c->regs, read_stack, (void *)(uintptr_t)c,
                          CALLERS_SHOWN, "      from ", out);
    else
        strbuf_printf(out, "      from 0x%llx\n",
                      (unsigned long long)c->regs.rip);
}

/* --- sections --- */

static void report_memory(const struct doctor *d, struct backtrace *b,
                          struct strbuf *out)
{
    if (d->out_of_memory) {
        strbuf_printf(out,
                      "  memory ran out: %llu of %llu MiB were free when "
                      "address 0x%llx was touched\n    from ",
                      (unsigned long long)d->oom_free_kib >> 10,
                      (unsigned long long)d->oom_total_kib >> 10,
                      (unsigned long long)d->oom_addr);
        add_address(out, b, d->oom_rip);
        strbuf_puts(out, "\n    give the machine more with --memory\n");
    }
    for (size_t i = 0; i < d->nomem_count; i++) {
        const struct doctor_nomem *n = &d->nomem[i];

        strbuf_printf(out, "  %s answered ENOMEM ", n->call);
        add_times(out, n->count);
        strbuf_printf(out, ", at most for %llu KiB\n",
                      (unsigned long long)n->bytes >> 10);
    }
}

static void add_more(struct strbuf *out, uint64_t more)
{
    if (more)
        strbuf_printf(out, "    and %llu more\n", (unsigned long long)more);
}

static int by_count(const void *a, const void *b)
{
    const struct doctor_missing *x = *(struct doctor_missing *const *)a;
    const struct doctor_missing *y = *(struct doctor_missing *const *)b;

    return (x->count < y->count) - (x->count > y->count);
}

static void report_missing_one(const struct doctor_missing *m,
                               struct backtrace *b, struct strbuf *out)
{
    const struct syscall_info *s = info_of(m->number);

    if (s)
        strbuf_printf(out, "    %s (%llu), ", s->name,
                      (unsigned long long)m->number);
    else
        strbuf_printf(out, "    %lld, which no Linux call has, ",
                      (long long)m->number);
    add_times(out, m->count);
    strbuf_puts(out, ": ");
    add_call(out, m);
    strbuf_printf(out, " by thread %d\n", m->tid);
    add_caller(out, b, &m->caller);
}

static void report_missing(const struct doctor *d, struct backtrace *b,
                           struct strbuf *out)
{
    const struct doctor_missing **sorted;

    if (!d->missing_count)
        return;
    sorted = xcalloc(d->missing_count, sizeof(const struct doctor_missing *));
    for (size_t i = 0; i < d->missing_count; i++)
        sorted[i] = &d->missing[i];
    qsort(sorted, d->missing_count, sizeof(const struct doctor_missing *),
          by_count);
    strbuf_puts(out, "  system calls that Elfin lacks (they answered "
                     "ENOSYS):\n");
    for (size_t i = 0; i < d->missing_count && i < LISTED_MAX; i++)
        report_missing_one(sorted[i], b, out);
    add_more(out, d->more_missing +
                      (d->missing_count - MIN(d->missing_count, LISTED_MAX)));
    free(sorted);
}

static void report_refused(const struct doctor *d, struct backtrace *b,
                           struct strbuf *out)
{
    if (!d->refused_count)
        return;
    strbuf_puts(out, "  values that a system call does not take:\n");
    for (size_t i = 0; i < d->refused_count && i < LISTED_MAX; i++) {
        const struct doctor_refused *r = &d->refused[i];
        char *name = doctor_value_name(r->call, r->detail);

        strbuf_printf(out, "    %s: %s%s%s%s, ", r->call, r->detail,
                      name ? " (" : "", name ? name : "", name ? ")" : "");
        add_times(out, r->count);
        strbuf_addc(out, '\n');
        add_caller(out, b, &r->caller);
        free(name);
    }
    add_more(out, d->more_refused +
                      (d->refused_count - MIN(d->refused_count, LISTED_MAX)));
}

/* --- files --- */

static bool has_prefix(const char *path, const char *prefix)
{
    return !strncmp(path, prefix, strlen(prefix));
}

static bool is_system(const char *path)
{
    return has_prefix(path, "/proc/") || has_prefix(path, "/sys/") ||
           has_prefix(path, "/dev/") || has_prefix(path, "/etc/");
}

/*
 * Files that C libraries look for at every start and do well without, and
 * libraries that were then found in another directory.
 */
static bool is_usual(const struct doctor *d, const char *path)
{
    static const char *const usual[] = {
        "/proc/self/exe",
        "/proc/self/maps",
        "/etc/ld.so.",
        "/proc/sys/vm/overcommit_memory",
        "/sys/kernel/mm/transparent_hugepage/",
        "/usr/lib/locale/",
        "/usr/share/locale/",
        "/etc/malloc.conf",
    };
    /* Of variants of libraries. */
    static const char *const directories[] = {"tls", "x86_64", "haswell",
                                              "avx512_1"};
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

    for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
        if (has_prefix(path, usual[i]))
            return true;
    if (strstr(path, "/glibc-hwcaps"))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
        if (!strcmp(base, directories[i]))
            return true;
    for (size_t i = 0; i < d->map_count; i++) {
        const char *mapped = strrchr(d->maps[i].path, '/');

        if (mapped && !strcmp(mapped + 1, base))
            return true;
    }
    return false;
}

static int by_order(const void *a, const void *b)
{
    const struct doctor_absent *x = *(struct doctor_absent *const *)a;
    const struct doctor_absent *y = *(struct doctor_absent *const *)b;

    return (x->order < y->order) - (x->order > y->order);
}

static void report_absent_kind(const struct doctor *d, bool system, bool all,
                               struct strbuf *out)
{
    const struct doctor_absent **sorted =
        xcalloc(d->absent_count + 1, sizeof(const struct doctor_absent *));
    size_t n = 0;

    for (size_t i = 0; i < d->absent_count; i++)
        if (is_system(d->absent[i].path) == system &&
            (all || !is_usual(d, d->absent[i].path)))
            sorted[n++] = &d->absent[i];
    qsort(sorted, n, sizeof(const struct doctor_absent *), by_order);
    if (n)
        strbuf_printf(out, "  %s, the last first:\n",
                      system ? "files of the system that it did not find"
                             : "files that it looked for and did not find");
    for (size_t i = 0; i < n && i < ABSENT_SHOWN; i++) {
        strbuf_printf(out, "    %s", sorted[i]->path);
        if (sorted[i]->count > 1) {
            strbuf_puts(out, ", ");
            add_times(out, sorted[i]->count);
        }
        strbuf_addc(out, '\n');
    }
    add_more(out, n - MIN(n, ABSENT_SHOWN) + (system ? 0 : d->more_absent));
    free(sorted);
}

/* --- all --- */

static void report_stubs(const struct doctor *d, struct strbuf *out)
{
    if (!d->missing_count)
        return;
    strbuf_puts(out, "  to begin with, in a file of syscalls/:\n\n");
    for (size_t i = 0; i < d->missing_count && i < LISTED_MAX; i++) {
        doctor_stub(d->missing[i].number, out);
        strbuf_addc(out, '\n');
    }
}

void doctor_report(const struct doctor *d, struct backtrace *b, bool all,
                   struct strbuf *out)
{
    struct strbuf text = {0};

    report_memory(d, b, &text);
    report_missing(d, b, &text);
    report_refused(d, b, &text);
    report_absent_kind(d, false, all, &text);
    report_absent_kind(d, true, all, &text);
    report_stubs(d, &text);
    if (text.len) {
        strbuf_puts(out, "elfin: what the program asked for in vain:\n");
        strbuf_add(out, text.data, text.len);
    } else if (all) {
        strbuf_puts(out, "elfin: the program got all that it asked for\n");
    }
    strbuf_fini(&text);
}
