// SPDX-License-Identifier: MIT
/* trace_report: the forms that `elfin trace` can give a trace. */
#pragma once

#include <stdio.h>

#include "tools/elfin/trace_file.h"

/* As strace prints calls; all: switches, wake-ups, faults, interrupts and
 * packets too. */
void trace_text(const struct trace *t, bool all, FILE *out);
/* Tables: calls, threads, interrupts, faults, packets. */
void trace_summary(const struct trace *t, FILE *out);
/* Trace Event Format, as Perfetto and chrome://tracing read it. */
void trace_json(const struct trace *t, FILE *out);
/* A flame graph of threads and calls, for a title; cpu_only: without the time
 * that threads waited. */
void trace_flame(const struct trace *t, const char *title, bool cpu_only,
                 FILE *out);
