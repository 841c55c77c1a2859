// SPDX-License-Identifier: MIT
/*
 * doctor: what a program asked for and did not get, from the facts that the
 * kernel sends before its verdict (kernel/doctor.h has their form) to a report
 * for a person. The machine is not trusted: lines that make no sense are
 * skipped.
 */
#pragma once

#include "tools/elfin/backtrace.h"
#include "tools/elfin/util.h"

/* Who made a call, the first time. */
struct doctor_caller {
    bool known;
    struct backtrace_regs regs;
    uint64_t stack_start; /* the part of the stack that is known */
    struct strbuf stack;
};

/* A system call without handler. */
struct doctor_missing {
    uint64_t number, count;
    int tid; /* of the first caller, as are the arguments */
    uint64_t args[6];
    struct doctor_caller caller;
};

/* A value that a handler does not take: detail is NAME=VALUE. */
struct doctor_refused {
    uint64_t count;
    char *call, *detail;
    struct doctor_caller caller;
};

struct doctor_absent {
    uint64_t count, order; /* later ones are higher */
    char *path;
};

struct doctor_nomem {
    uint64_t count, bytes;
    char *call;
};

struct doctor_map {
    uint64_t start, end, offset;
    char *path;
};

struct doctor {
    struct doctor_missing *missing;
    struct doctor_refused *refused;
    struct doctor_absent *absent;
    struct doctor_nomem *nomem;
    struct doctor_map *maps;
    size_t missing_count, refused_count, absent_count, nomem_count, map_count;
    uint64_t more_missing, more_refused, more_absent;
    struct doctor_caller *last; /* that regs and stack are about */
    bool out_of_memory;
    uint64_t oom_addr, oom_rip, oom_free_kib, oom_total_kib;
};

/* How much of each kind is kept at most. */
enum { DOCTOR_MAX = 1024, DOCTOR_STACK_MAX = 16384 };

/* Takes in one line without its newline; false if it is none of a doctor. */
bool doctor_line(struct doctor *d, const char *line);
void doctor_fini(struct doctor *d);

/*
 * Adds the report to out. b (may be NULL) names callers; all: also what the
 * C library looks for at each start, and that there is nothing to report.
 */
void doctor_report(const struct doctor *d, struct backtrace *b, bool all,
                   struct strbuf *out);

/* Adds a definition of call `number` that can be pasted into a file of
 * syscalls/ and completed there; a comment when Linux has no such call. */
void doctor_stub(uint64_t number, struct strbuf *out);

/* The name that Linux has for the value of detail (NAME=VALUE), when call is
 * given it; or NULL. */
char *doctor_value_name(const char *call, const char *detail);
