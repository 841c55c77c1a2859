// SPDX-License-Identifier: MIT
/*
 * trace_walk: a small state machine for each thread.
 *
 * A fault or an interrupt is known when it is over. If the thread did something
 * else meanwhile (it slept in a fault, an interrupt came), the time up to that
 * counts as what went on before the fault.
 */
#include "tools/elfin/trace_walk.h"

#include <stdlib.h>

struct walked_thread {
    enum trace_state state;
    uint64_t since; /* up to here its time has been told */
    uint64_t call;
    uint64_t call_begin;
    const struct trace_record *enter;
};

struct walk {
    const struct trace *t;
    const struct trace_visitor *v;
    struct walked_thread *threads;
};

/* Tells of the time up to `until`, during which nothing changed. */
static void tell_span(struct walk *w, size_t thread, uint64_t until,
                      enum trace_inside inside, uint64_t detail)
{
    struct walked_thread *t = &w->threads[thread];
    struct trace_span s = {
        .thread = thread,
        .begin = t->since,
        .end = until,
        .state = t->state,
        .inside = inside,
        .detail = detail,
        .call = t->call,
    };

    if (until <= t->since)
        return;
    t->since = until;
    if (t->state != TRACE_STATE_UNKNOWN && w->t->threads[thread].tid &&
        w->v->span)
        w->v->span(w->v->arg, &s);
}

static void change_state(struct walk *w, size_t thread, uint64_t time,
                         enum trace_state state)
{
    tell_span(w, thread, time, TRACE_INSIDE_NOTHING, 0);
    w->threads[thread].state = state;
    w->threads[thread].since = MAX(time, w->threads[thread].since);
}

static void take_switch(struct walk *w, size_t from, size_t to,
                        const struct trace_record *r)
{
    static const uint8_t states[] = {
        [TRACE_WHY_PREEMPTED] = TRACE_STATE_RUNNABLE,
        [TRACE_WHY_SLEEPING] = TRACE_STATE_WAITING,
        [TRACE_WHY_EXITED] = TRACE_STATE_UNKNOWN,
    };

    change_state(w, from, r->time,
                 r->small < ARRAY_SIZE(states) ? states[r->small]
                                               : TRACE_STATE_UNKNOWN);
    change_state(w, to, r->time, TRACE_STATE_RUNNING);
}

static void take_stretch(struct walk *w, size_t thread,
                         const struct trace_record *r, enum trace_inside inside)
{
    tell_span(w, thread, trace_record_begin(r), TRACE_INSIDE_NOTHING, 0);
    tell_span(w, thread, r->time, inside, r->small);
}

static void tell_call(struct walk *w, size_t thread, uint64_t end,
                      const struct trace_record *exit)
{
    struct walked_thread *t = &w->threads[thread];
    struct trace_call c = {
        .thread = thread,
        .number = t->enter || !exit ? t->call : trace_call_number(exit),
        .begin = t->enter ? t->call_begin : MIN(w->t->begin, end),
        .end = end,
        .enter = t->enter,
        .exit = exit,
    };

    if (w->v->call)
        w->v->call(w->v->arg, &c);
    t->enter = NULL;
    t->call = TRACE_NO_CALL;
}

static void take_enter(struct walk *w, size_t thread,
                       const struct trace_record *r)
{
    struct walked_thread *t = &w->threads[thread];

    tell_span(w, thread, r->time, TRACE_INSIDE_NOTHING, 0);
    if (t->enter) /* its return was lost */
        tell_call(w, thread, r->time, NULL);
    t->enter = r;
    t->call = trace_call_number(r);
    t->call_begin = r->time;
}

static void take_exit(struct walk *w, size_t thread,
                      const struct trace_record *r)
{
    /* All that is known of it was within a call whose begin is lost. */
    if (!w->threads[thread].enter)
        w->threads[thread].call = trace_call_number(r);
    tell_span(w, thread, r->time, TRACE_INSIDE_NOTHING, 0);
    tell_call(w, thread, r->time, r);
}

static void take(struct walk *w, const struct trace_event *e)
{
    const struct trace_record *r = &e->r;
    size_t thread = trace_thread_index(w->t, r->tid);
    size_t other = trace_thread_index(w->t, (int32_t)r->words[0]);

    /* Who acts was running. */
    if (w->threads[thread].state != TRACE_STATE_RUNNING)
        change_state(w, thread, r->time, TRACE_STATE_RUNNING);
    switch (r->kind) {
    case TRACE_SWITCH:
        take_switch(w, thread, other, r);
        break;
    case TRACE_WAKE:
        change_state(w, other, r->time, TRACE_STATE_RUNNABLE);
        break;
    case TRACE_THREAD_NEW:
        if (other != thread)
            change_state(w, other, r->time, TRACE_STATE_RUNNABLE);
        break;
    case TRACE_INTERRUPT:
        take_stretch(w, thread, r, TRACE_INSIDE_INTERRUPT);
        break;
    case TRACE_FAULT:
        take_stretch(w, thread, r, TRACE_INSIDE_FAULT);
        break;
    case TRACE_CALL_ENTER:
        take_enter(w, thread, r);
        break;
    case TRACE_CALL_EXIT:
        take_exit(w, thread, r);
        break;
    }
}

void trace_walk(const struct trace *t, const struct trace_visitor *v)
{
    struct walk w = {.t = t, .v = v};

    w.threads = xcalloc(t->thread_count + 1, sizeof(*w.threads));
    for (size_t i = 0; i < t->thread_count; i++)
        w.threads[i] =
            (struct walked_thread){.call = TRACE_NO_CALL, .since = t->begin};
    for (size_t i = 0; i < t->event_count; i++) {
        if (v->event)
            v->event(v->arg, &t->events[i]);
        take(&w, &t->events[i]);
    }
    for (size_t i = 0; i < t->thread_count; i++) {
        tell_span(&w, i, t->end, TRACE_INSIDE_NOTHING, 0);
        if (w.threads[i].enter)
            tell_call(&w, i, t->end, NULL);
    }
    free(w.threads);
}

int trace_call_errno(const struct trace_call *c)
{
    int64_t result = c->exit ? (int64_t)c->exit->words[0] : 0;

    return result < 0 && result >= -4095 ? (int)-result : 0;
}

uint64_t trace_record_begin(const struct trace_record *r)
{
    return MIN(r->words[0], r->time);
}
