// SPDX-License-Identifier: MIT
/*
 * trace_text: one line a call. A call that others interrupt is cut in two,
 * `<unfinished ...>` and `<... NAME resumed>`, as strace does it.
 */
#include "tools/elfin/trace_report.h"

#include <stdlib.h>
#include <string.h>

#include "syscalls/table.h"
#include "tools/elfin/trace_walk.h"

struct text {
    const struct trace *t;
    FILE *out;
    bool all;
    bool open; /* the last line is a call that may return on it */
    int32_t open_tid;
    uint64_t *entered; /* thread: when its call began, 0: none */
};

static void start_line(struct text *x, const struct trace_record *r)
{
    if (x->open)
        fputs(" <unfinished ...>\n", x->out);
    x->open = false;
    fprintf(x->out, "%-5d %5llu.%06llu ", r->tid,
            (unsigned long long)(r->time / NSEC_PER_SEC),
            (unsigned long long)(r->time % NSEC_PER_SEC / NSEC_PER_USEC));
}

static void print_seconds(struct text *x, uint64_t ns)
{
    fprintf(x->out, "<%llu.%06llu>", (unsigned long long)(ns / NSEC_PER_SEC),
            (unsigned long long)(ns % NSEC_PER_SEC / NSEC_PER_USEC));
}

/* An argument as its C type has it; what looks like an address as one. */
static void print_argument(struct text *x, const char *type, uint64_t value)
{
    if (type && !strcmp(type, "int"))
        fprintf(x->out, "%d", (int)value);
    else if (value == 0 && type && strchr(type, '*'))
        fputs("NULL", x->out);
    else if (value < 4096)
        fprintf(x->out, "%llu", (unsigned long long)value);
    else if (type && !strcmp(type, "size_t"))
        fprintf(x->out, "%llu", (unsigned long long)value);
    else
        fprintf(x->out, "0x%llx", (unsigned long long)value);
}

static void print_enter(struct text *x, const struct trace_record *r)
{
    uint64_t number = trace_call_number(r);
    const struct syscall_info *info =
        number < syscall_count && syscall_infos[number].name
            ? &syscall_infos[number]
            : NULL;
    unsigned nargs = info ? info->nargs : TRACE_WORDS;
    char name[64];

    start_line(x, r);
    trace_call_name(number, name, sizeof(name));
    fprintf(x->out, "%s(", name);
    for (unsigned i = 0; i < nargs; i++) {
        if (i)
            fputs(", ", x->out);
        if (i == 5 && number >= TRACE_NUMBER_LARGE)
            fputs("...", x->out);
        else
            print_argument(x, info ? info->args[i].type : NULL, r->words[i]);
    }
    x->open = true;
    x->open_tid = r->tid;
}

static void print_result(struct text *x, const char *name, int64_t result)
{
    const char *error;

    if (result < 0 && result >= -4095) {
        error = strerrorname_np((int)-result);
        fprintf(x->out, " = -1 %s (%s)", error ? error : "an unknown error",
                error ? strerrordesc_np((int)-result) : "no name");
    } else if (result > UINT32_MAX || result < 0 || !strcmp(name, "brk")) {
        fprintf(x->out, " = 0x%llx", (unsigned long long)result);
    } else {
        fprintf(x->out, " = %lld", (long long)result);
    }
}

static void print_exit(struct text *x, const struct trace_record *r,
                       size_t thread)
{
    char name[64];

    trace_call_name(trace_call_number(r), name, sizeof(name));
    if (!x->open || x->open_tid != r->tid) {
        start_line(x, r);
        fprintf(x->out, "<... %s resumed>", name);
    }
    x->open = false;
    fputc(')', x->out);
    print_result(x, name, (int64_t)r->words[0]);
    if (x->entered[thread]) {
        fputc(' ', x->out);
        print_seconds(x, r->time - MIN(x->entered[thread] - 1, r->time));
    }
    fputc('\n', x->out);
    x->entered[thread] = 0;
}

/* --- everything else --- */

static const char *thread_label(struct text *x, uint64_t tid, char *buf,
                                size_t size)
{
    size_t i = trace_thread_index(x->t, (int32_t)tid);

    trace_thread_label(&x->t->threads[i], buf, size);
    return buf;
}

static void print_thread(struct text *x, const struct trace_record *r,
                         const char *what)
{
    char label[64];

    start_line(x, r);
    fprintf(x->out, "--- %s %s ---\n",
            thread_label(x, r->words[0], label, sizeof(label)), what);
}

static void print_switch(struct text *x, const struct trace_record *r)
{
    static const char *const why[] = {
        [TRACE_WHY_PREEMPTED] = "gives way to",
        [TRACE_WHY_SLEEPING] = "sleeps; next is",
        [TRACE_WHY_EXITED] = "is gone; next is",
    };
    char from[64], to[64];

    start_line(x, r);
    fprintf(x->out, "--- %s %s %s ---\n",
            thread_label(x, (uint64_t)r->tid, from, sizeof(from)),
            r->small < ARRAY_SIZE(why) ? why[r->small] : "?",
            thread_label(x, r->words[0], to, sizeof(to)));
}

static void print_fault(struct text *x, const struct trace_record *r)
{
    static const char *const results[] = {
        [TRACE_FAULT_OK] = "",
        [TRACE_FAULT_UNMAPPED] = ": nothing is mapped there",
        [TRACE_FAULT_DENIED] = ": its protection forbids it",
        [TRACE_FAULT_BUS] = ": beyond the end of the file",
        [TRACE_FAULT_NOMEM] = ": no memory",
    };
    char at[300], by[300];
    uint64_t error = r->words[3];

    trace_describe_address(x->t, r->words[1], at, sizeof(at));
    trace_describe_address(x->t, r->words[2], by, sizeof(by));
    start_line(x, r);
    fprintf(x->out, "--- page fault: %s %s by %s%s%s ",
            error & TRACE_PF_WRITE   ? "write to"
            : error & TRACE_PF_FETCH ? "jump to"
                                     : "read from",
            at, error & TRACE_PF_USER ? by : "the call",
            error & TRACE_PF_USER && by[0] == '0' ? " (anonymous code)" : "",
            r->small < ARRAY_SIZE(results) ? results[r->small] : ": ?");
    print_seconds(x, r->time - trace_record_begin(r));
    fputs(" ---\n", x->out);
}

static void print_rest(struct text *x, const struct trace_record *r)
{
    char label[64];

    switch (r->kind) {
    case TRACE_SWITCH:
        print_switch(x, r);
        break;
    case TRACE_WAKE:
        start_line(x, r);
        fprintf(x->out, "--- %s wakes %s ---\n",
                r->small ? "an interrupt" : "it",
                thread_label(x, r->words[0], label, sizeof(label)));
        break;
    case TRACE_INTERRUPT:
        start_line(x, r);
        fprintf(x->out, "--- interrupt 0x%x ", r->small);
        print_seconds(x, r->time - trace_record_begin(r));
        fputs(" ---\n", x->out);
        break;
    case TRACE_FAULT:
        print_fault(x, r);
        break;
    case TRACE_PACKET_IN:
    case TRACE_PACKET_OUT:
        start_line(x, r);
        fprintf(x->out, "--- %llu bytes %s interface %llu ---\n",
                (unsigned long long)r->words[1],
                r->kind == TRACE_PACKET_IN ? "come in from" : "go out to",
                (unsigned long long)r->words[0]);
        break;
    }
}

static void print_event(void *arg, const struct trace_event *e)
{
    struct text *x = arg;
    const struct trace_record *r = &e->r;
    size_t thread = trace_thread_index(x->t, r->tid);

    switch (r->kind) {
    case TRACE_CALL_ENTER:
        x->entered[thread] = r->time + 1;
        print_enter(x, r);
        break;
    case TRACE_CALL_EXIT:
        print_exit(x, r, thread);
        break;
    case TRACE_THREAD_NEW:
        print_thread(x, r, "was made");
        break;
    case TRACE_THREAD_END:
        print_thread(x, r, "ends");
        break;
    case TRACE_THREAD_NAME:
        print_thread(x, r, "has got its name");
        break;
    default:
        if (x->all)
            print_rest(x, r);
        break;
    }
}

void trace_text(const struct trace *t, bool all, FILE *out)
{
    static const char *const ends[] = {
        [TRACE_ENDED_EXIT] = "exited with",
        [TRACE_ENDED_SIGNAL] = "killed by signal",
        [TRACE_ENDED_REFUSED] = "refused with",
        [TRACE_ENDED_PANIC] = "the kernel failed",
    };
    struct text x = {.t = t, .out = out, .all = all};
    struct trace_visitor v = {.arg = &x, .event = print_event};

    x.entered = xcalloc(t->thread_count + 1, sizeof(*x.entered));
    if (t->lost)
        fprintf(out, "(%llu older records were overwritten)\n",
                (unsigned long long)t->lost);
    trace_walk(t, &v);
    if (x.open)
        fputs(" <unfinished ...>\n", out);
    if (t->header.end_kind < ARRAY_SIZE(ends))
        fprintf(out, "+++ %s %d +++\n", ends[t->header.end_kind],
                t->header.end_code);
    free(x.entered);
}
