// SPDX-License-Identifier: MIT
/*
 * trace: system calls and signals as lines of the log, in the format of
 * `strace -f -r -T`:
 *
 *     [pid     1]      0.000123 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3
 * <0.000021>
 *
 * thread, seconds since the line before, call, result, seconds it took. A line
 * is out up to the first argument that the call fills in before its handler
 * runs. What comes in between ends it with <unfinished ...>, and it goes on as
 * <... read resumed>.
 *
 * Context: the program's threads, inside or around a call; may sleep.
 */
#pragma once

#include "kernel/regs.h"
#include "shim/decode.h"

struct abi_siginfo;
struct thread;

/* A call that is being traced; lives on the thread's kernel stack. */
struct trace_call {
    struct decode decode;
    uint64_t start_ns;
    uint64_t line;  /* of the log; 0: nothing was written yet */
    unsigned shown; /* arguments so far */
    size_t column;  /* where the line's text ends */
};

/*
 * Sets what is shown, from `trace=` (shim/trace_set.h), with strings of up to
 * strsize bytes (0: 32). What is wrong in spec is logged. -ENOMEM: no trace.
 */
int trace_start(const char *spec, uint64_t strsize);
/* Nothing more is shown; frees what trace_start took. */
void trace_stop(void);

/* The call that r makes is about to be handled. False: it is not shown, and
 * trace_leave must not be called for it. */
bool trace_enter(struct trace_call *c, const struct regs *r);
/* It was answered with result after ns nanoseconds. */
void trace_leave(struct trace_call *c, long result, uint64_t ns);

/* The calling thread takes a signal. */
void trace_signal(const struct abi_siginfo *info);
/* t, the calling thread, ends. */
void trace_thread_exit(struct thread *t);
