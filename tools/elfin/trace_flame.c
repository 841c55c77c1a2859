// SPDX-License-Identifier: MIT
/*
 * trace_flame: time by thread, by call or the program itself, and by what kept
 * the thread there.
 */
#include "tools/elfin/trace_report.h"

#include <stdlib.h>

#include "syscalls/table.h"
#include "tools/elfin/svg.h"
#include "tools/elfin/trace_walk.h"

struct flame {
    const struct trace *t;
    bool cpu_only;
    struct svg_frame root;
    struct svg_frame **threads; /* their frames, NULL before the first time */
};

static struct svg_frame *thread_frame(struct flame *f, size_t thread)
{
    char label[64];

    if (!f->threads[thread]) {
        trace_thread_label(&f->t->threads[thread], label, sizeof(label));
        f->threads[thread] = svg_child(&f->root, label, SVG_THREAD);
    }
    return f->threads[thread];
}

static struct svg_frame *call_frame(struct svg_frame *thread, uint64_t number)
{
    char name[64];

    if (number >= syscall_count)
        return svg_child(thread, "unknown call", SVG_CALL);
    trace_call_name(number, name, sizeof(name));
    return svg_child(thread, name, SVG_CALL);
}

/* What kept the thread there, or NULL: it was at it itself. */
static struct svg_frame *cause_frame(struct svg_frame *parent,
                                     const struct trace_span *s)
{
    char name[64];

    if (s->state == TRACE_STATE_WAITING)
        return svg_child(parent, "waiting", SVG_WAITING);
    if (s->state == TRACE_STATE_RUNNABLE)
        return svg_child(parent, "runnable", SVG_RUNNABLE);
    if (s->inside == TRACE_INSIDE_FAULT)
        return svg_child(parent, "page fault", SVG_FAULT);
    if (s->inside == TRACE_INSIDE_NOTHING)
        return NULL;
    snprintf(name, sizeof(name), "interrupt 0x%llx",
             (unsigned long long)s->detail);
    return svg_child(parent, name, SVG_INTERRUPT);
}

static void add_span(void *arg, const struct trace_span *s)
{
    struct flame *f = arg;
    uint64_t ns = s->end - s->begin;
    struct svg_frame *thread, *what, *cause;

    if (f->cpu_only && s->state != TRACE_STATE_RUNNING)
        return;
    thread = thread_frame(f, s->thread);
    if (s->call != TRACE_NO_CALL)
        what = call_frame(thread, s->call);
    else if (f->t->threads[s->thread].tid < 0)
        what = thread; /* of the kernel: it has no program */
    else
        what = svg_child(thread, "program", SVG_PROGRAM);
    cause = cause_frame(what, s);
    f->root.ns += ns;
    thread->ns += ns;
    if (what != thread)
        what->ns += ns;
    if (cause) {
        cause->ns += ns;
        cause->count++;
    }
}

static void add_call(void *arg, const struct trace_call *c)
{
    struct flame *f = arg;

    if (f->t->threads[c->thread].tid)
        call_frame(thread_frame(f, c->thread), c->number)->count++;
}

void trace_flame(const struct trace *t, const char *title, bool cpu_only,
                 FILE *out)
{
    struct flame f = {.t = t, .cpu_only = cpu_only};
    struct trace_visitor v = {.arg = &f, .span = add_span, .call = add_call};

    f.root.name = xstrdup(cpu_only ? "all threads on the CPU" : "all threads");
    f.threads = xcalloc(t->thread_count + 1, sizeof(struct svg_frame *));
    trace_walk(t, &v);
    svg_flame(&f.root, title, out);
    svg_free(&f.root);
    free(f.threads);
}
