// SPDX-License-Identifier: MIT
/*
 * trace_file: reading and checking.
 */
#include "tools/elfin/trace_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syscalls/table.h"

/* The rest of the file while it is being read. */
struct input {
    const uint8_t *at;
    size_t left;
};

static bool take(struct input *in, void *to, size_t len)
{
    if (len > in->left)
        return false;
    memcpy(to, in->at, len);
    in->at += len;
    in->left -= len;
    return true;
}

/* Bytes from the wire become text that a terminal and an XML file can take. */
static void make_printable(char *s, size_t len)
{
    for (size_t i = 0; i < len && s[i]; i++)
        if ((unsigned char)s[i] < ' ' || (unsigned char)s[i] > '~')
            s[i] = '?';
}

static const char truncated[] =
    "ends too early: the machine was stopped before it had written all; record "
    "it again";
static const char damaged[] = "is damaged: record it again";

static const char *check_header(const struct trace_header *h)
{
    if (memcmp(h->magic, TRACE_MAGIC, TRACE_MAGIC_SIZE))
        return "is no trace: record one with elfin run --trace-file FILE";
    if (h->version != TRACE_VERSION)
        return "has a format that this command does not know: use the elfin "
               "that belongs to the kernel";
    if (h->header_size != sizeof(*h) ||
        h->record_size != sizeof(struct trace_record) ||
        h->tick_hz != NSEC_PER_SEC || h->cpu_count == 0)
        return damaged;
    return NULL;
}

static const char *read_records(struct trace *t, struct input *in,
                                const struct trace_section *s)
{
    size_t count = in->left / sizeof(struct trace_record);
    uint64_t first;

    if (in->left % sizeof(struct trace_record) || s->cpu >= t->header.cpu_count)
        return damaged;
    if (count == 0)
        return NULL;
    t->events =
        xrealloc(t->events, (t->event_count + count) * sizeof(*t->events));
    for (size_t i = t->event_count; i < t->event_count + count; i++) {
        t->events[i].cpu = s->cpu;
        take(in, &t->events[i].r, sizeof(t->events[i].r));
    }
    first = t->events[t->event_count].r.time;
    t->event_count += count;
    t->lost += s->lost;
    if (s->lost)
        t->begin = MAX(t->begin, first);
    return NULL;
}

static void add_thread(struct trace *t, const struct trace_thread *thread)
{
    struct trace_thread *to;

    /* Room doubles at powers of two. */
    if (!(t->thread_count & (t->thread_count - 1)))
        t->threads = xrealloc(t->threads, MAX(2 * t->thread_count, 1ul) *
                                              sizeof(*t->threads));
    to = &t->threads[t->thread_count++];
    *to = *thread;
    make_printable(to->name, sizeof(to->name));
    to->name[TRACE_NAME_SIZE - 1] = '\0';
}

static const char *read_threads(struct trace *t, struct input *in)
{
    struct trace_thread thread;

    while (take(in, &thread, sizeof(thread)))
        add_thread(t, &thread);
    return in->left ? damaged : NULL;
}

static const char *read_mapping(struct trace *t, struct input *in)
{
    struct trace_map map;

    if (!take(in, &map.m, sizeof(map.m)) || map.m.path_len > in->left ||
        map.m.start >= map.m.end)
        return damaged;
    map.path = xstrndup((const char *)in->at, map.m.path_len);
    make_printable(map.path, strlen(map.path));
    t->maps = xrealloc(t->maps, (t->map_count + 1) * sizeof(*t->maps));
    t->maps[t->map_count++] = map;
    return NULL;
}

static const char *read_section(struct trace *t, struct input *in,
                                const struct trace_section *s)
{
    switch (s->type) {
    case TRACE_SECTION_RECORDS:
        return read_records(t, in, s);
    case TRACE_SECTION_THREADS:
        return read_threads(t, in);
    case TRACE_SECTION_MAPPINGS:
        return read_mapping(t, in);
    default:
        return NULL;
    }
}

static const char *read_sections(struct trace *t, struct input *in)
{
    struct trace_section s;
    const char *problem;

    for (;;) {
        struct input section;
        size_t padded;

        if (!take(in, &s, sizeof(s)))
            return truncated;
        if (s.type == TRACE_SECTION_END)
            return in->left ? damaged : NULL;
        if (s.size > in->left)
            return truncated;
        section = (struct input){in->at, s.size};
        problem = read_section(t, &section, &s);
        if (problem)
            return problem;
        padded = MIN(ALIGN_UP(s.size, 8), in->left);
        in->at += padded;
        in->left -= padded;
    }
}

/* --- order --- */

/* By time; of the same moment, as they stood in the file. */
static int compare_events(const void *a, const void *b)
{
    const struct trace_event *x = a, *y = b;

    if (x->r.time != y->r.time)
        return x->r.time < y->r.time ? -1 : 1;
    return x->cpu != y->cpu ? (x->cpu < y->cpu ? -1 : 1) : 0;
}

/* A merge sort keeps the order of equals; most often there is one CPU, whose
 * records are in order already. */
static void sort_events(struct trace_event *e, size_t n,
                        struct trace_event *scratch)
{
    size_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    sort_events(e, half, scratch);
    sort_events(e + half, n - half, scratch);
    if (compare_events(&e[half - 1], &e[half]) <= 0)
        return;
    memcpy(scratch, e, half * sizeof(*e));
    while (i < half)
        e[k++] = j < n && compare_events(&e[j], &scratch[i]) < 0 ? e[j++]
                                                                 : scratch[i++];
}

static void order_events(struct trace *t)
{
    struct trace_event *scratch =
        xmalloc((t->event_count / 2 + 1) * sizeof(*scratch));

    sort_events(t->events, t->event_count, scratch);
    free(scratch);
}

/* --- threads --- */

static int compare_threads(const void *a, const void *b)
{
    const struct trace_thread *x = a, *y = b;

    return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static int compare_ids(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The table has one line a thread. */
static void sort_threads(struct trace *t)
{
    size_t n = 0;

    if (t->thread_count)
        qsort(t->threads, t->thread_count, sizeof(*t->threads),
              compare_threads);
    for (size_t i = 0; i < t->thread_count; i++)
        if (!n || t->threads[n - 1].tid != t->threads[i].tid)
            t->threads[n++] = t->threads[i];
    t->thread_count = n;
}

static bool names_thread(const struct trace_record *r)
{
    switch (r->kind) {
    case TRACE_SWITCH:
    case TRACE_WAKE:
    case TRACE_THREAD_NEW:
    case TRACE_THREAD_END:
    case TRACE_THREAD_NAME:
        return true;
    default:
        return false;
    }
}

/* Threads that records name and the table has forgotten get a line as well. */
static void complete_threads(struct trace *t)
{
    int32_t *ids = xmalloc((2 * t->event_count + 1) * sizeof(*ids));
    size_t n = 0, known;

    for (size_t i = 0; i < t->event_count; i++) {
        ids[n++] = t->events[i].r.tid;
        if (names_thread(&t->events[i].r))
            ids[n++] = (int32_t)t->events[i].r.words[0];
    }
    if (n)
        qsort(ids, n, sizeof(*ids), compare_ids);
    sort_threads(t);
    known = t->thread_count;
    for (size_t i = 0; i < n; i++) {
        struct trace_thread unknown = {.tid = ids[i], .name = "?"};

        if ((i == 0 || ids[i] != ids[i - 1]) &&
            !(known && bsearch(&unknown, t->threads, known, sizeof(*t->threads),
                               compare_threads)))
            add_thread(t, &unknown);
    }
    sort_threads(t);
    free(ids);
}

size_t trace_thread_index(const struct trace *t, int32_t tid)
{
    struct trace_thread key = {.tid = tid};
    const struct trace_thread *found =
        t->thread_count ? bsearch(&key, t->threads, t->thread_count,
                                  sizeof(key), compare_threads)
                        : NULL;

    return found ? (size_t)(found - t->threads) : SIZE_MAX;
}

/* --- the whole --- */

const char *trace_parse(struct trace *t, const void *data, size_t size)
{
    struct input in = {data, size};
    const char *problem;

    *t = (struct trace){0};
    if (size == 0)
        return "is empty: the machine was stopped, or its kernel had no "
               "trace-ring= option; record it again";
    if (!take(&in, &t->header, sizeof(t->header)))
        return size < TRACE_MAGIC_SIZE ||
                       memcmp(data, TRACE_MAGIC, TRACE_MAGIC_SIZE)
                   ? "is no trace: record one with elfin run --trace-file FILE"
                   : truncated;
    problem = check_header(&t->header);
    t->begin = t->header.start_time;
    if (!problem)
        problem = read_sections(t, &in);
    if (problem)
        return problem;
    order_events(t);
    complete_threads(t);
    t->end = t->header.end_time;
    if (t->event_count)
        t->end = MAX(t->end, t->events[t->event_count - 1].r.time);
    t->begin = MIN(t->begin, t->end);
    return NULL;
}

void trace_fini(struct trace *t)
{
    for (size_t i = 0; i < t->map_count; i++)
        free(t->maps[i].path);
    free(t->maps);
    free(t->threads);
    free(t->events);
    *t = (struct trace){0};
}

/* --- names --- */

void trace_thread_label(const struct trace_thread *t, char *buf, size_t size)
{
    if (t->tid > 0)
        snprintf(buf, size, "%s (%d)", t->name, t->tid);
    else if (t->tid < 0)
        snprintf(buf, size, "%s (kernel)", t->name);
    else
        snprintf(buf, size, "idle");
}

void trace_describe_address(const struct trace *t, uint64_t addr, char *buf,
                            size_t size)
{
    for (size_t i = 0; i < t->map_count; i++) {
        const struct trace_map *map = &t->maps[i];
        const char *slash = strrchr(map->path, '/');

        if (addr < map->m.start || addr >= map->m.end)
            continue;
        snprintf(buf, size, "%s+0x%llx", slash ? slash + 1 : map->path,
                 (unsigned long long)(addr - map->m.start + map->m.offset));
        return;
    }
    snprintf(buf, size, "0x%llx", (unsigned long long)addr);
}

uint64_t trace_call_number(const struct trace_record *r)
{
    return r->small < TRACE_NUMBER_LARGE ? r->small : r->words[5];
}

void trace_call_name(uint64_t number, char *buf, size_t size)
{
    if (number < syscall_count && syscall_infos[number].name)
        snprintf(buf, size, "%s", syscall_infos[number].name);
    else
        snprintf(buf, size, "syscall_%lld", (long long)number);
}
