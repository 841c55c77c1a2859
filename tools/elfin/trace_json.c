// SPDX-License-Identifier: MIT
/*
 * trace_json: Trace Event Format: one track a thread with its calls and page
 * faults nested, one track a CPU with who ran; wake-ups, interrupts and
 * packets are instants. Times are microseconds.
 *
 * Viewers take ids for those of the whole system, and 0 for the idle task:
 * CPUs and threads of the kernel get high ones.
 */
#include "tools/elfin/trace_report.h"

#include <stdlib.h>
#include <string.h>

#include "syscalls/table.h"
#include "tools/elfin/trace_walk.h"

enum { PID_CPUS = 1000000, PID_KERNEL = 2000000 };

struct json {
    const struct trace *t;
    FILE *out;
    bool any; /* an event has been written */
};

static void put_text(struct json *j, const char *s)
{
    fputc('"', j->out);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            fputc('\\', j->out);
        fputc(*s, j->out); /* printable ASCII: trace_parse saw to it */
    }
    fputc('"', j->out);
}

/* Nanoseconds as microseconds. */
static void put_time(struct json *j, const char *key, uint64_t ns)
{
    fprintf(j->out, ",\"%s\":%llu.%03llu", key,
            (unsigned long long)(ns / NSEC_PER_USEC),
            (unsigned long long)(ns % NSEC_PER_USEC));
}

static long long json_tid(int32_t tid)
{
    return tid < 0 ? PID_KERNEL - (long long)tid : tid;
}

static long long json_pid(const struct trace_thread *t)
{
    return t->tid < 0 ? PID_KERNEL : t->pid > 0 ? t->pid : 1;
}

/* {"ph":..,"pid":..,"tid":..,"name":..  The caller adds the rest and `}`. */
static void begin_event(struct json *j, char ph, long long pid, long long tid,
                        const char *name)
{
    fprintf(j->out, "%s{\"ph\":\"%c\",\"pid\":%lld,\"tid\":%lld,\"name\":",
            j->any ? ",\n" : "", ph, pid, tid);
    j->any = true;
    put_text(j, name);
}

static void name_track(struct json *j, const char *what, long long pid,
                       long long tid, const char *name)
{
    begin_event(j, 'M', pid, tid, what);
    fputs(",\"args\":{\"name\":", j->out);
    put_text(j, name);
    fputs("}}", j->out);
}

static void name_tracks(struct json *j)
{
    const struct trace *t = j->t;
    char name[64];

    name_track(j, "process_name", PID_CPUS, PID_CPUS, "CPUs");
    name_track(j, "process_name", PID_KERNEL, PID_KERNEL, "kernel");
    for (uint32_t i = 0; i < t->header.cpu_count && i < 1024; i++) {
        snprintf(name, sizeof(name), "CPU %u", i);
        name_track(j, "thread_name", PID_CPUS, PID_CPUS + 1 + (long long)i,
                   name);
    }
    for (size_t i = 0; i < t->thread_count; i++) {
        const struct trace_thread *thread = &t->threads[i];

        if (!thread->tid)
            continue;
        if (thread->tid > 0 && thread->tid == thread->pid)
            name_track(j, "process_name", thread->pid, thread->tid,
                       thread->name);
        name_track(j, "thread_name", json_pid(thread), json_tid(thread->tid),
                   thread->name);
    }
}

/* A stretch of a track. The caller adds arguments and "}}". */
static void begin_stretch(struct json *j, const struct trace_thread *t,
                          const char *name, const char *category,
                          uint64_t begin, uint64_t end)
{
    begin_event(j, 'X', json_pid(t), json_tid(t->tid), name);
    fprintf(j->out, ",\"cat\":\"%s\"", category);
    put_time(j, "ts", begin);
    put_time(j, "dur", end - begin);
    fputs(",\"args\":{", j->out);
}

static void write_call(void *arg, const struct trace_call *c)
{
    struct json *j = arg;
    const struct syscall_info *info =
        c->number < syscall_count ? &syscall_infos[c->number] : NULL;
    unsigned nargs = info && info->name ? info->nargs : TRACE_WORDS;
    int error = trace_call_errno(c);
    char name[64];
    const char *comma = "";

    trace_call_name(c->number, name, sizeof(name));
    begin_stretch(j, &j->t->threads[c->thread], name, "syscall", c->begin,
                  c->end);
    for (unsigned i = 0; c->enter && i < nargs; i++) {
        if (info && info->name)
            fprintf(j->out, "%s\"%s\":\"0x%llx\"", comma, info->args[i].name,
                    (unsigned long long)c->enter->words[i]);
        else
            fprintf(j->out, "%s\"arg%u\":\"0x%llx\"", comma, i,
                    (unsigned long long)c->enter->words[i]);
        comma = ",";
    }
    if (error && strerrorname_np(error))
        fprintf(j->out, "%s\"result\":\"%s\"", comma, strerrorname_np(error));
    else if (c->exit)
        fprintf(j->out, "%s\"result\":\"%lld\"", comma,
                (long long)c->exit->words[0]);
    fputs("}}", j->out);
}

static void write_fault(struct json *j, const struct trace_record *r,
                        const struct trace_thread *thread)
{
    char at[300];

    begin_stretch(j, thread, "page fault", "fault", trace_record_begin(r),
                  r->time);
    fprintf(j->out, "\"address\":\"0x%llx\"", (unsigned long long)r->words[1]);
    trace_describe_address(j->t, r->words[2], at, sizeof(at));
    fputs(",\"by\":", j->out);
    put_text(j, at);
    fprintf(j->out, ",\"error_code\":%llu,\"result\":%u}}",
            (unsigned long long)r->words[3], r->small);
}

static void write_instant(struct json *j, const struct trace_event *e,
                          const char *name, const char *category)
{
    begin_event(j, 'i', PID_CPUS, PID_CPUS + 1 + (long long)e->cpu, name);
    fprintf(j->out, ",\"cat\":\"%s\",\"s\":\"t\"", category);
    put_time(j, "ts", e->r.time);
    fputs(",\"args\":{", j->out);
}

static void write_event(void *arg, const struct trace_event *e)
{
    struct json *j = arg;
    const struct trace_record *r = &e->r;
    size_t thread = trace_thread_index(j->t, r->tid);
    char name[64];

    switch (r->kind) {
    case TRACE_FAULT:
        if (r->tid)
            write_fault(j, r, &j->t->threads[thread]);
        break;
    case TRACE_INTERRUPT:
        snprintf(name, sizeof(name), "interrupt 0x%x", r->small);
        write_instant(j, e, name, "interrupt");
        fprintf(j->out, "\"ns\":%llu}}",
                (unsigned long long)(r->time - trace_record_begin(r)));
        break;
    case TRACE_PACKET_IN:
    case TRACE_PACKET_OUT:
        write_instant(j, e,
                      r->kind == TRACE_PACKET_IN ? "packet in" : "packet out",
                      "packet");
        fprintf(j->out, "\"interface\":%llu,\"bytes\":%llu}}",
                (unsigned long long)r->words[0],
                (unsigned long long)r->words[1]);
        break;
    case TRACE_WAKE:
        thread = trace_thread_index(j->t, (int32_t)r->words[0]);
        snprintf(name, sizeof(name), "wake %s", j->t->threads[thread].name);
        write_instant(j, e, name, "wake");
        fprintf(j->out, "\"tid\":%lld,\"by\":%lld}}",
                json_tid((int32_t)r->words[0]), json_tid(r->tid));
        break;
    }
}

/* Who had each CPU, from the switches. */
static void write_cpu(struct json *j, uint32_t cpu)
{
    const struct trace *t = j->t;
    const struct trace_thread *on = NULL;
    uint64_t since = 0;

    for (size_t i = 0; i <= t->event_count; i++) {
        const struct trace_record *r =
            i < t->event_count ? &t->events[i].r : NULL;
        uint64_t now = r ? r->time : t->end;
        char label[64];

        if (r && (t->events[i].cpu != cpu || (on && r->kind != TRACE_SWITCH)))
            continue;
        if (on && on->tid) {
            trace_thread_label(on, label, sizeof(label));
            begin_event(j, 'X', PID_CPUS, PID_CPUS + 1 + (long long)cpu, label);
            fputs(",\"cat\":\"sched\"", j->out);
            put_time(j, "ts", since);
            put_time(j, "dur", now - since);
            fputs("}", j->out);
        }
        if (!r)
            break;
        on = &t->threads[trace_thread_index(
            t, r->kind == TRACE_SWITCH ? (int32_t)r->words[0] : r->tid)];
        since = now;
    }
}

void trace_json(const struct trace *t, FILE *out)
{
    struct json j = {.t = t, .out = out};
    struct trace_visitor v = {
        .arg = &j, .event = write_event, .call = write_call};

    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", out);
    name_tracks(&j);
    for (uint32_t i = 0; i < t->header.cpu_count && i < 1024; i++)
        write_cpu(&j, i);
    trace_walk(t, &v);
    fprintf(out, "\n],\"otherData\":{\"records\":\"%zu\",\"lost\":\"%llu\"}}\n",
            t->event_count, (unsigned long long)t->lost);
}
