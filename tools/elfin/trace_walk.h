// SPDX-License-Identifier: MIT
/*
 * trace_walk: goes through a trace once, in the order of time, and tells what
 * each thread did: the reports are made from that.
 */
#pragma once

#include "tools/elfin/trace_file.h"

/* What a thread was about. */
enum trace_state {
    TRACE_STATE_UNKNOWN, /* before its first record, and after its end */
    TRACE_STATE_RUNNING,
    TRACE_STATE_RUNNABLE, /* it could run, but another one did */
    TRACE_STATE_WAITING,
};

/* What the CPU was about while the thread ran. */
enum trace_inside {
    TRACE_INSIDE_NOTHING, /* the program itself, or the call */
    TRACE_INSIDE_FAULT,
    TRACE_INSIDE_INTERRUPT,
};

#define TRACE_NO_CALL UINT64_MAX

/* A stretch of a thread's time during which none of this changed; a thread's
 * stretches follow one another without overlap. The idle loop has none. */
struct trace_span {
    size_t thread; /* in trace->threads */
    uint64_t begin, end;
    enum trace_state state; /* never UNKNOWN */
    enum trace_inside inside;
    uint64_t detail; /* of an interrupt: its vector */
    uint64_t call;   /* its number, or TRACE_NO_CALL */
};

/* A system call, told of when it is over. */
struct trace_call {
    size_t thread;
    uint64_t number;
    uint64_t begin, end;
    const struct trace_record *enter; /* NULL: it was overwritten; then begin
                                         is where the trace begins */
    const struct trace_record *exit;  /* NULL: it had not returned by the end */
};

struct trace_visitor {
    void *arg;
    /* Each may be NULL. `event` comes before what it ends or begins. */
    void (*event)(void *arg, const struct trace_event *e);
    void (*span)(void *arg, const struct trace_span *s);
    void (*call)(void *arg, const struct trace_call *c);
};

void trace_walk(const struct trace *t, const struct trace_visitor *v);

/* Did the call answer an error? Its errno, or 0. */
int trace_call_errno(const struct trace_call *c);

/* When what the record tells of began: faults and interrupts; never after its
 * own time. */
uint64_t trace_record_begin(const struct trace_record *r);
