// SPDX-License-Identifier: MIT
/* panic: the kernel's own bugs end here, with a readable report. */
#pragma once

#include "lib/base.h"

/* Prints the message and a backtrace, then ends the machine. Any context. */
noreturn void panic(const char *fmt, ...) printf_like(1, 2);

/* For a report that is printed before panic is called and has its own
 * backtrace: panic has begun. */
void panic_enter(void);

/* True once panic has begun: sinks then must not wait for interrupts. */
bool panic_in_progress(void);

/* What follows a panic's report (`panic=` of the kernel command line). */
enum panic_policy {
    PANIC_EXIT, /* the machine is turned off with the status of a panic */
    PANIC_HALT, /* it stands still, for a debugger */
    PANIC_REBOOT,
};
extern enum panic_policy panic_policy;

/*
 * Our bug, always checked; never for the program's or the wire's input. (The
 * C library's macro of this name takes its place in host builds.)
 */
#ifdef ELFIN_KERNEL
#define assert(x)  \
    ((x) ? (void)0 \
         : panic("assertion failed: %s (%s:%d)", #x, __FILE__, __LINE__))
#else
#include <assert.h>
#endif
