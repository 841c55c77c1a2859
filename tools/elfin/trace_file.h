// SPDX-License-Identifier: MIT
/*
 * trace_file: a recorded trace (abi/trace_ring.h) in memory, checked.
 *
 * The file is not trusted. What has been read holds this: records are in the
 * order of time, every thread that a record names is in `threads`, and names
 * and paths are printable text.
 */
#pragma once

#include "abi/trace_ring.h"
#include "tools/elfin/util.h"

struct trace_event {
    struct trace_record r;
    uint32_t cpu;
};

struct trace_map {
    struct trace_mapping m;
    char *path;
};

struct trace {
    struct trace_header header;
    struct trace_event *events;
    size_t event_count;
    uint64_t lost;
    struct trace_thread *threads; /* by tid; names end with NUL */
    size_t thread_count;
    struct trace_map *maps;
    size_t map_count;
    /* What is covered: after losses, from the first record that all CPUs
     * still have. */
    uint64_t begin, end;
};

/* Takes data, which may be freed afterwards, apart. NULL, or what is wrong, a
 * colon, and what to do, to complete "FILE ...". t is to be released either
 * way. */
const char *trace_parse(struct trace *t, const void *data, size_t size);
void trace_fini(struct trace *t);

/* The place of a thread in t->threads; SIZE_MAX when there is none. */
size_t trace_thread_index(const struct trace *t, int32_t tid);

/* "python3 (1)", "boot (kernel)"; into buf. */
void trace_thread_label(const struct trace_thread *t, char *buf, size_t size);

/* "libc.so.6+0x1234", or the bare address; into buf. */
void trace_describe_address(const struct trace *t, uint64_t addr, char *buf,
                            size_t size);

/* The number of the call that an enter or exit record tells of. */
uint64_t trace_call_number(const struct trace_record *r);
/* "read", "syscall_1234"; into buf. */
void trace_call_name(uint64_t number, char *buf, size_t size);
