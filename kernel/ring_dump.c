// SPDX-License-Identifier: MIT
#include "kernel/ring_dump.h"

#include "abi/errno.h"
#include "kernel/channel.h"
#include "kernel/clock.h"
#include "kernel/ring.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"

#define LOG_TAG "ring"
#include "kernel/log.h"

#define PATH_MAX_LEN 256

/* Small pieces are collected; the host is told once for many. */
struct out {
    size_t len;
    char buffer[2048];
};

static struct out out; /* not on a stack that may be nearly full */

static int out_flush(void)
{
    int err = channel_write(CHANNEL_TRACE, out.buffer, out.len);

    out.len = 0;
    return err;
}

static int out_add(const void *data, size_t len)
{
    int err = 0;

    if (len > sizeof(out.buffer) - out.len)
        err = out_flush();
    if (err)
        return err;
    if (len > sizeof(out.buffer))
        return channel_write(CHANNEL_TRACE, data, len);
    memcpy(out.buffer + out.len, data, len);
    out.len += len;
    return 0;
}

static int out_pad(size_t written)
{
    static const char zeros[8];

    return out_add(zeros, ALIGN_UP(written, 8) - written);
}

static int write_section(enum trace_section_type type, uint64_t size,
                         const struct ring *r)
{
    struct trace_section s = {.type = type, .size = size};

    if (r) {
        s.cpu = r->cpu;
        s.lost = ring_lost(r);
    }
    return out_add(&s, sizeof(s));
}

static int write_header(enum shutdown_kind kind, int code)
{
    static const uint8_t ends[] = {
        [SHUTDOWN_EXITED] = TRACE_ENDED_EXIT,
        [SHUTDOWN_SIGNALED] = TRACE_ENDED_SIGNAL,
        [SHUTDOWN_REFUSED] = TRACE_ENDED_REFUSED,
        [SHUTDOWN_PANIC] = TRACE_ENDED_PANIC,
    };
    struct trace_header h = {
        .version = TRACE_VERSION,
        .header_size = sizeof(h),
        .record_size = sizeof(struct trace_record),
        .tick_hz = NSEC_PER_SEC,
        .start_time = ring_start_time,
        .end_time = clock_monotonic_ns(),
        .end_kind = ends[kind],
        .end_code = code,
    };

    memcpy(h.magic, TRACE_MAGIC, sizeof(h.magic));
    for (const struct ring *r = ring_list; r; r = r->next_ring)
        h.cpu_count++;
    return out_add(&h, sizeof(h));
}

static int write_records(void *arg, const struct trace_record *records,
                         size_t count)
{
    (void)arg;
    return out_add(records, count * sizeof(*records));
}

static int write_ring(const struct ring *r)
{
    int err = write_section(TRACE_SECTION_RECORDS,
                            ring_count(r) * sizeof(struct trace_record), r);

    return err ? err : ring_for_each(r, write_records, NULL);
}

static bool slot_used(const struct trace_thread *t)
{
    return t->tid || t->name[0];
}

static int write_threads(void)
{
    const struct trace_thread *slots = ring_threads();
    size_t count = 0;
    int err;

    for (size_t i = 0; i < RING_THREADS; i++)
        count += slot_used(&slots[i]);
    err = write_section(TRACE_SECTION_THREADS, count * sizeof(*slots), NULL);
    for (size_t i = 0; i < RING_THREADS && !err; i++) {
        if (slot_used(&slots[i]))
            err = out_add(&slots[i], sizeof(*slots));
    }
    return err;
}

/* --- mappings --- */

static int write_mapping(const struct vm_area *a, int pid)
{
    char path[PATH_MAX_LEN];
    struct trace_mapping m = {
        .start = a->start,
        .end = a->end,
        .offset = a->offset,
        .pid = pid,
    };
    int err;

    vm_area_name(a, path, sizeof(path));
    m.path_len = (uint32_t)strlen(path);
    err = write_section(TRACE_SECTION_MAPPINGS,
                        sizeof(m) + ALIGN_UP(m.path_len, 8u), NULL);
    if (!err)
        err = out_add(&m, sizeof(m));
    if (!err)
        err = out_add(path, m.path_len);
    return err ? err : out_pad(m.path_len);
}

/*
 * The machine ends: nothing else runs, so that the space's lock need not be
 * taken. Who holds it may have been interrupted half-way, by a panic; then
 * there are no mappings.
 */
static int write_mappings(void)
{
    struct process *p = process_current();
    struct vm_space *s = p ? p->space : NULL;
    struct vm_area *a;
    uintptr_t addr = 0;
    int err = 0;

    if (!s || s->lock.owner)
        return 0;
    while (!err && (a = vm_area_find(s, addr))) {
        if (a->object && a->flags & VM_EXEC)
            err = write_mapping(a, p->pid);
        addr = a->end;
    }
    return err;
}

/* --- the whole --- */

static int write_all(enum shutdown_kind kind, int code)
{
    int err = write_header(kind, code);

    for (const struct ring *r = ring_list; r && !err; r = r->next_ring)
        err = write_ring(r);
    if (!err)
        err = write_threads();
    if (!err)
        err = write_mappings();
    if (!err)
        err = write_section(TRACE_SECTION_END, 0, NULL);
    return err ? err : out_flush();
}

static void dump(struct shutdown_ops *ops, enum shutdown_kind kind, int code,
                 const char *detail)
{
    int err;

    (void)ops;
    (void)detail;
    if (!ring_on)
        return;
    ring_on = false;
    if (!channel_present(CHANNEL_TRACE)) {
        log_warn("the trace is lost: the machine has no port elfin.trace");
        return;
    }
    err = write_all(kind, code);
    if (err)
        log_error("the trace is cut short: the host does not take it (%d)",
                  err);
}

void ring_dump_register(void)
{
    static struct shutdown_ops ops = {.report = dump};

    shutdown_register(&ops);
}
