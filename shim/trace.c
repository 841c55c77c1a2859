// SPDX-License-Identifier: MIT
/*
 * trace: makes the lines, in one buffer for all threads.
 *
 * Locking: trace_lock covers the buffer and the time of the last line, and is
 * held while the program's memory is read, so that it comes before the locks
 * of address spaces.
 */
#include "shim/trace.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "kernel/lock.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "shim/trace_set.h"

#define LOG_TAG "trace"
#include "kernel/log.h"

#define RESULT_COLUMN 40   /* shorter calls are filled up with blanks */
#define RESULT_ROOM   160  /* kept for ") = -1 EXXX (...) <...>" */
#define LINE_ROOM     8192 /* without what longer strings need */
#define STRSIZE_MAX   65536
#define NR_EXIT       60

static const char unfinished[] = " <unfinished ...>\n";

static struct mutex trace_lock = MUTEX_INIT(trace_lock);
static struct trace_set set;
static size_t string_size = DECODE_STRSIZE;
static char *buffer;
static size_t buffer_size;
static uint64_t last_ns; /* when the last line began */

static void bad_item(const char *item, size_t len, const char *nearest)
{
    log_error("%.*s: there is no such call, group or word: the nearest "
              "is %s",
              (int)MIN(len, 64u), item, nearest);
}

int trace_start(const char *spec, uint64_t strsize)
{
    size_t size;
    char *room;

    string_size = strsize ? MIN(strsize, STRSIZE_MAX) : DECODE_STRSIZE;
    size = LINE_ROOM + 4 * string_size;
    room = krealloc(buffer, size);
    if (!room)
        return -ENOMEM;
    buffer = room;
    buffer_size = size;
    trace_set_parse(&set, spec, bad_item);
    return 0;
}

void trace_stop(void)
{
    set = (struct trace_set){0};
    kfree(buffer);
    buffer = NULL;
    last_ns = 0;
}

/* An empty line, and what it begins with; the lock is held. */
static void line_begin(struct text *t, uint64_t now)
{
    uint64_t us = last_ns ? (now - MIN(last_ns, now)) / NSEC_PER_USEC : 0;

    last_ns = now;
    text_init(t, buffer, buffer_size - RESULT_ROOM);
    text_add(t, "[pid %5d] %6lu.%06lu ", thread_current()->tid,
             (unsigned long)us / 1000000, (unsigned long)us % 1000000);
}

/* From now on the result may be written: what did not fit is gone. */
static void end_arguments(struct text *t)
{
    t->size = buffer_size;
    if (t->cut)
        text_add(t, "...");
    t->cut = false;
}

bool trace_enter(struct trace_call *c, const struct regs *r)
{
    struct text t;

    if (!trace_set_has(&set, r->orig_rax))
        return false;
    decode_init(&c->decode, r, string_size);
    c->decode.text = &t;
    c->start_ns = clock_monotonic_ns();
    c->line = 0;
    if (set.failed)
        return true; /* whether there is a line depends on the result */
    mutex_lock(&trace_lock);
    line_begin(&t, c->start_ns);
    c->shown = decode_entry(&c->decode);
    end_arguments(&t);
    if (decode_is_final(&c->decode)) {
        text_addc(&t, ')');
        text_pad(&t, RESULT_COLUMN - 1);
        text_add(&t, " = ?\n");
        log_text(t.buf, t.len);
    } else {
        c->column = t.len;
        c->line = log_line_start(t.buf, t.len, unfinished);
    }
    mutex_unlock(&trace_lock);
    return true;
}

/* Arguments, result and duration, behind `column` characters of this line that
 * are out already. */
static void line_finish(struct trace_call *c, struct text *t, size_t column,
                        uint64_t ns)
{
    bool killed = thread_current()->work & WORK_KILLED;

    decode_rest(&c->decode, c->shown);
    end_arguments(t);
    if (column < RESULT_COLUMN - 1)
        text_pad(t, RESULT_COLUMN - 1 - column);
    text_add(t, " = ");
    if (killed)
        text_addc(t, '?');
    else
        decode_result(&c->decode);
    text_add(t, " <%lu.%06lu>\n", (unsigned long)(ns / NSEC_PER_SEC),
             (unsigned long)(ns % NSEC_PER_SEC / NSEC_PER_USEC));
    if (t->cut)
        t->buf[t->len - 1] = '\n';
}

static void leave_failed_only(struct trace_call *c, struct text *t, uint64_t ns)
{
    line_begin(t, c->start_ns);
    c->decode.returned = false;
    c->shown = decode_entry(&c->decode);
    c->decode.returned = true;
    line_finish(c, t, 0, ns);
    log_text(t->buf, t->len);
}

static void leave_resumed(struct trace_call *c, struct text *t, uint64_t ns)
{
    line_begin(t, clock_monotonic_ns());
    if (c->decode.info)
        text_add(t, "<... %s resumed>", c->decode.info->name);
    else
        text_add(t, "<... syscall_0x%lx resumed>", (long)c->decode.nr);
    line_finish(c, t, 0, ns);
    log_text(t->buf, t->len);
}

void trace_leave(struct trace_call *c, long result, uint64_t ns)
{
    struct text t;

    if (set.failed && !decode_failed(result))
        return;
    c->decode.text = &t;
    c->decode.result = result;
    c->decode.returned = true;
    mutex_lock(&trace_lock);
    if (set.failed) {
        leave_failed_only(c, &t, ns);
    } else {
        text_init(&t, buffer, buffer_size - RESULT_ROOM);
        line_finish(c, &t, c->column, ns);
        if (!log_line_end(c->line, t.buf, t.len))
            leave_resumed(c, &t, ns);
    }
    mutex_unlock(&trace_lock);
}

void trace_signal(const struct abi_siginfo *info)
{
    struct text t;

    if (!set.signals || info->si_signo == SIGKILL /* its `+++` tells */)
        return;
    mutex_lock(&trace_lock);
    line_begin(&t, clock_monotonic_ns());
    text_add(&t, "--- ");
    decode_signal_name(&t, (unsigned)info->si_signo);
    text_addc(&t, ' ');
    decode_siginfo(&t, info);
    text_add(&t, " ---\n");
    log_text(t.buf, t.len);
    mutex_unlock(&trace_lock);
}

void trace_thread_exit(struct thread *t)
{
    struct process *p = t->process;
    const struct regs *r = thread_regs(t);
    struct text line;

    if (!set.signals)
        return;
    mutex_lock(&trace_lock);
    line_begin(&line, clock_monotonic_ns());
    if (r->orig_rax == NR_EXIT && !(p->exiting && t->work & WORK_KILLED)) {
        text_add(&line, "+++ exited with %d +++\n", (int)r->rdi & 0xff);
    } else if (p->exit_kind == SHUTDOWN_SIGNALED) {
        text_add(&line, "+++ killed by ");
        decode_signal_name(&line, (unsigned)p->exit_code);
        text_add(&line, " +++\n");
    } else {
        text_add(&line, "+++ exited with %d +++\n", p->exit_code & 0xff);
    }
    log_text(line.buf, line.len);
    mutex_unlock(&trace_lock);
}
