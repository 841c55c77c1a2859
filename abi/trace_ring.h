// SPDX-License-Identifier: MIT
/*
 * trace_ring: the file that a machine with `trace-ring=` writes at its end
 * (kernel/ring.h) and that `elfin trace` reads. Little-endian, no padding.
 *
 *     struct trace_header
 *     struct trace_section, then `size` bytes, padded with zeros to 8: again
 *         and again, TRACE_SECTION_END last
 *
 * Times are nanoseconds of the machine's monotonic clock: one axis for all
 * CPUs, which is also the program's CLOCK_MONOTONIC. A reader skips sections
 * and kinds of records that it does not know. A change of what is defined here
 * raises TRACE_VERSION.
 */
#pragma once

#include <stdint.h>

#define TRACE_MAGIC      "ELFTRACE"
#define TRACE_MAGIC_SIZE 8
#define TRACE_VERSION    1

struct trace_header {
    char magic[TRACE_MAGIC_SIZE];
    uint32_t version;
    uint32_t header_size; /* of this struct */
    uint32_t record_size; /* of struct trace_record */
    uint32_t cpu_count;
    uint64_t tick_hz;    /* units of time in a second */
    uint64_t start_time; /* when recording began */
    uint64_t end_time;   /* when the file was written */
    uint32_t end_kind;   /* enum trace_end */
    int32_t end_code;    /* exit status or signal */
};
_Static_assert(sizeof(struct trace_header) == 56, "file format");

enum trace_end {
    TRACE_ENDED_EXIT,
    TRACE_ENDED_SIGNAL,
    TRACE_ENDED_REFUSED,
    TRACE_ENDED_PANIC,
};

enum trace_section_type {
    TRACE_SECTION_END,      /* nothing follows; size 0 */
    TRACE_SECTION_RECORDS,  /* struct trace_record, oldest first, of one CPU */
    TRACE_SECTION_THREADS,  /* struct trace_thread */
    TRACE_SECTION_MAPPINGS, /* struct trace_mapping, each with its path */
};

struct trace_section {
    uint32_t type;
    uint32_t cpu;  /* of RECORDS */
    uint64_t size; /* of what follows, without padding */
    uint64_t lost; /* RECORDS: older ones that were overwritten */
};
_Static_assert(sizeof(struct trace_section) == 24, "file format");

/*
 * What happened, with up to six words. Threads of the program have their Linux
 * ids, threads of the kernel negative ones, and 0 is the idle loop. `tid` is
 * the thread that ran, also under an interrupt.
 */
enum trace_kind {
    /* The CPU goes from tid to words[0]. small: enum trace_why. */
    TRACE_SWITCH = 1,
    /* words[0] can run again. small: 1 when an interrupt woke it. */
    TRACE_WAKE = 2,
    /* Over at `time`, begun at words[0]. small: vector. */
    TRACE_INTERRUPT = 3,
    /* Over at `time`, begun at words[0]. words: address, instruction, error
     * code of the CPU. small: enum trace_fault. */
    TRACE_FAULT = 4,
    /* small: the call's number; words: arguments. A number of
     * TRACE_NUMBER_LARGE or more is in words[5] instead of argument 6. */
    TRACE_CALL_ENTER = 5,
    /* small: as CALL_ENTER. words[0]: the result; words[5] as there. */
    TRACE_CALL_EXIT = 6,
    /* Thread words[0] of process words[1] was made; its name in words[2..3]. */
    TRACE_THREAD_NEW = 7,
    /* Thread words[0] ends. */
    TRACE_THREAD_END = 8,
    /* Thread words[0] is now called words[2..3]. */
    TRACE_THREAD_NAME = 9,
    /* A frame came in or goes out: words: the interface's number, bytes. The
     * first interface is the loopback. */
    TRACE_PACKET_IN = 16,
    TRACE_PACKET_OUT = 17,
};

#define TRACE_NUMBER_LARGE 0xffff
#define TRACE_WORDS        6

struct trace_record {
    uint64_t time;
    int32_t tid;
    uint16_t kind;  /* enum trace_kind */
    uint16_t small; /* as the kind says */
    uint64_t words[TRACE_WORDS];
};
_Static_assert(sizeof(struct trace_record) == 64, "file format");

/* Why a thread gave the CPU up. */
enum trace_why {
    TRACE_WHY_PREEMPTED, /* it could go on: a time slice, sched_yield(2) */
    TRACE_WHY_SLEEPING,
    TRACE_WHY_EXITED,
};

/* What became of a page fault; the program gets a signal but for OK. */
enum trace_fault {
    TRACE_FAULT_OK,
    TRACE_FAULT_UNMAPPED,
    TRACE_FAULT_DENIED,
    TRACE_FAULT_BUS,
    TRACE_FAULT_NOMEM,
};

/* Bits of a page fault's error code (Intel SDM volume 3, 4.7). */
enum {
    TRACE_PF_WRITE = 2,
    TRACE_PF_USER = 4, /* by the program itself, not by a call for it */
    TRACE_PF_FETCH = 16,
};

#define TRACE_NAME_SIZE 16

/* A thread, alive or not. Of very many, the oldest are not there. */
struct trace_thread {
    int32_t tid, pid;           /* pid 0: of the kernel */
    char name[TRACE_NAME_SIZE]; /* the last one; NUL unless it is full */
    uint64_t start_time;        /* 0: before recording began */
};
_Static_assert(sizeof(struct trace_thread) == 32, "file format");

/* A file mapped executable when the machine ended. */
struct trace_mapping {
    uint64_t start, end; /* addresses, end excluded */
    uint64_t offset;     /* of start in the file */
    uint32_t path_len;   /* bytes that follow; then zeros up to 8 */
    int32_t pid;
};
_Static_assert(sizeof(struct trace_mapping) == 32, "file format");
