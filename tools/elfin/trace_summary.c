// SPDX-License-Identifier: MIT
/*
 * trace_summary: adds up.
 */
#include "tools/elfin/trace_report.h"

#include <stdlib.h>

#include "tools/elfin/trace_walk.h"

#define US(ns) ((double)(ns) / NSEC_PER_USEC)
#define MS(ns) ((double)(ns) / NSEC_PER_MSEC)

enum { TALLIES_MAX = 1000 };

/* Something that happened so and so often and took so long. */
struct tally {
    uint64_t key;
    uint64_t count, errors;
    uint64_t timed; /* those of count whose begin and end are known */
    uint64_t total, max;
};

struct tallies {
    struct tally *items;
    size_t count;
};

struct thread_sum {
    uint64_t running, runnable, waiting;
    uint64_t calls, switches;
};

struct summary {
    const struct trace *t;
    struct tallies calls, interrupts, faults;
    struct tallies packets[2]; /* in, out; by interface; total is bytes */
    struct thread_sum *threads;
};

/* Who touched the memory, and how; in the order of the table. */
enum fault_kind {
    FAULT_READ,
    FAULT_WRITE,
    FAULT_FETCH,
    FAULT_CALL,
    FAULT_KINDS
};

/* Of more different ones than TALLIES_MAX, the last takes the rest: a program
 * may make up as many calls as it likes. */
static struct tally *tally_of(struct tallies *l, uint64_t key)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->items[i].key == key)
            return &l->items[i];
    if (l->count == TALLIES_MAX)
        return &l->items[TALLIES_MAX - 1];
    l->items = xrealloc(l->items, (l->count + 1) * sizeof(*l->items));
    l->items[l->count] = (struct tally){.key = key};
    return &l->items[l->count++];
}

static void tally_time(struct tally *t, uint64_t ns)
{
    t->timed++;
    t->total += ns;
    t->max = MAX(t->max, ns);
}

static void add_call(void *arg, const struct trace_call *c)
{
    struct summary *s = arg;
    struct tally *t = tally_of(&s->calls, c->number);

    t->count++;
    t->errors += trace_call_errno(c) != 0;
    s->threads[c->thread].calls++;
    if (c->enter && c->exit)
        tally_time(t, c->end - c->begin);
}

static enum fault_kind fault_kind(uint64_t error)
{
    if (!(error & TRACE_PF_USER))
        return FAULT_CALL;
    if (error & TRACE_PF_WRITE)
        return FAULT_WRITE;
    return error & TRACE_PF_FETCH ? FAULT_FETCH : FAULT_READ;
}

static void add_packet(struct tally *t, uint64_t bytes)
{
    t->count++;
    t->total += bytes;
    t->max = MAX(t->max, bytes);
}

static void add_event(void *arg, const struct trace_event *e)
{
    struct summary *s = arg;
    const struct trace_record *r = &e->r;
    struct tally *t;

    switch (r->kind) {
    case TRACE_INTERRUPT:
        t = tally_of(&s->interrupts, r->small);
        break;
    case TRACE_FAULT:
        t = tally_of(&s->faults, fault_kind(r->words[3]));
        t->errors += r->small != TRACE_FAULT_OK;
        break;
    case TRACE_SWITCH:
        s->threads[trace_thread_index(s->t, (int32_t)r->words[0])].switches++;
        return;
    case TRACE_PACKET_IN:
    case TRACE_PACKET_OUT:
        add_packet(
            tally_of(&s->packets[r->kind == TRACE_PACKET_OUT], r->words[0]),
            r->words[1]);
        return;
    default:
        return;
    }
    t->count++;
    tally_time(t, r->time - trace_record_begin(r));
}

static void add_span(void *arg, const struct trace_span *span)
{
    struct summary *s = arg;
    struct thread_sum *t = &s->threads[span->thread];
    uint64_t ns = span->end - span->begin;

    if (span->state == TRACE_STATE_RUNNING)
        t->running += ns;
    else if (span->state == TRACE_STATE_RUNNABLE)
        t->runnable += ns;
    else
        t->waiting += ns;
}

/* --- tables --- */

static int by_time(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;

    if (x->total != y->total)
        return x->total > y->total ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void print_tally(const struct tally *t, const char *name, FILE *out)
{
    fprintf(out, "%-22s %8llu %8llu %11.3f %11.1f %11.1f\n", name,
            (unsigned long long)t->count, (unsigned long long)t->errors,
            MS(t->total), t->timed ? US(t->total) / (double)t->timed : 0.0,
            US(t->max));
}

static void print_tallies(struct tallies *l, const char *title,
                          const char *errors,
                          void (*name)(uint64_t key, char *buf, size_t size),
                          FILE *out)
{
    struct tally all = {0};
    char text[64];

    if (!l->count)
        return;
    qsort(l->items, l->count, sizeof(*l->items), by_time);
    fprintf(out, "\n%-22s %8s %8s %11s %11s %11s\n", title, "count", errors,
            "total ms", "mean us", "max us");
    for (size_t i = 0; i < l->count; i++) {
        const struct tally *t = &l->items[i];

        name(t->key, text, sizeof(text));
        print_tally(t, text, out);
        all.count += t->count;
        all.errors += t->errors;
        all.timed += t->timed;
        all.total += t->total;
        all.max = MAX(all.max, t->max);
    }
    if (l->count > 1)
        print_tally(&all, "in all", out);
}

static void name_interrupt(uint64_t key, char *buf, size_t size)
{
    snprintf(buf, size, "vector 0x%llx", (unsigned long long)key);
}

static void name_fault(uint64_t key, char *buf, size_t size)
{
    static const char *const names[FAULT_KINDS] = {
        [FAULT_READ] = "program reads",
        [FAULT_WRITE] = "program writes",
        [FAULT_FETCH] = "program jumps there",
        [FAULT_CALL] = "system calls copy",
    };

    snprintf(buf, size, "%s", names[key]);
}

static void print_threads(const struct summary *s, FILE *out)
{
    char label[64];

    fprintf(out, "\n%-22s %8s %8s %11s %11s %11s\n", "thread", "calls",
            "switches", "running ms", "runnable ms", "waiting ms");
    for (size_t i = 0; i < s->t->thread_count; i++) {
        const struct thread_sum *t = &s->threads[i];

        if (!s->t->threads[i].tid || !(t->running + t->runnable + t->waiting))
            continue;
        trace_thread_label(&s->t->threads[i], label, sizeof(label));
        fprintf(out, "%-22s %8llu %8llu %11.3f %11.3f %11.3f\n", label,
                (unsigned long long)t->calls, (unsigned long long)t->switches,
                MS(t->running), MS(t->runnable), MS(t->waiting));
    }
}

static void print_packets(const struct tallies *l, const char *way, FILE *out)
{
    char name[64];

    for (size_t i = 0; i < l->count; i++) {
        const struct tally *t = &l->items[i];

        if (t->key == 1)
            snprintf(name, sizeof(name), "%s loopback", way);
        else
            snprintf(name, sizeof(name), "%s interface %llu", way,
                     (unsigned long long)t->key);
        fprintf(out, "%-22s %8llu %20llu %11.1f %11llu\n", name,
                (unsigned long long)t->count, (unsigned long long)t->total,
                (double)t->total / (double)t->count,
                (unsigned long long)t->max);
    }
}

static void print_all_packets(const struct summary *s, FILE *out)
{
    if (!s->packets[0].count && !s->packets[1].count)
        return;
    fprintf(out, "\n%-22s %8s %20s %11s %11s\n", "packets", "count", "bytes",
            "mean", "max");
    print_packets(&s->packets[0], "in", out);
    print_packets(&s->packets[1], "out", out);
}

static void print_head(const struct trace *t, FILE *out)
{
    static const char *const ends[] = {
        [TRACE_ENDED_EXIT] = "exit status",
        [TRACE_ENDED_SIGNAL] = "signal",
        [TRACE_ENDED_REFUSED] = "refused,",
        [TRACE_ENDED_PANIC] = "panic",
    };

    fprintf(out, "%.3f ms, %u CPU%s, %zu records", MS(t->end - t->begin),
            t->header.cpu_count, t->header.cpu_count > 1 ? "s" : "",
            t->event_count);
    if (t->lost)
        fprintf(out,
                " (%llu older ones overwritten: give a larger "
                "--trace-ring)",
                (unsigned long long)t->lost);
    if (t->header.end_kind < ARRAY_SIZE(ends))
        fprintf(out, "; %s %d", ends[t->header.end_kind], t->header.end_code);
    fputc('\n', out);
}

void trace_summary(const struct trace *t, FILE *out)
{
    struct summary s = {.t = t};
    struct trace_visitor v = {
        .arg = &s, .event = add_event, .span = add_span, .call = add_call};

    s.threads = xcalloc(t->thread_count + 1, sizeof(*s.threads));
    trace_walk(t, &v);
    print_head(t, out);
    print_tallies(&s.calls, "system call", "errors", trace_call_name, out);
    print_threads(&s, out);
    print_tallies(&s.faults, "page faults", "signals", name_fault, out);
    print_tallies(&s.interrupts, "interrupts", "", name_interrupt, out);
    print_all_packets(&s, out);
    free(s.calls.items);
    free(s.interrupts.items);
    free(s.faults.items);
    free(s.packets[0].items);
    free(s.packets[1].items);
    free(s.threads);
}
