// SPDX-License-Identifier: MIT
/*
 * panic: says what went wrong and where, and ends the machine.
 *
 * A fault while it does so panics again: the second entry prints its message
 * alone, a third one nothing.
 */
#include "kernel/panic.h"

#include "kernel/backtrace.h"
#include "kernel/cpu.h"
#include "kernel/shutdown.h"
#include "lib/printf.h"

#define LOG_TAG "panic"
#include "kernel/log.h"

#define MESSAGE_MAX 256
#define CODE_PANIC  0 /* the kind says all */

enum panic_policy panic_policy = PANIC_EXIT;

static volatile unsigned entries;

void panic_enter(void)
{
    irq_disable();
    __atomic_fetch_add(&entries, 1, __ATOMIC_SEQ_CST);
}

bool panic_in_progress(void)
{
    return entries > 0;
}

void panic(const char *fmt, ...)
{
    char message[MESSAGE_MAX];
    unsigned entry;
    va_list args;

    irq_disable();
    entry = __atomic_fetch_add(&entries, 1, __ATOMIC_SEQ_CST);
    if (entry > 1)
        shutdown_machine(SHUTDOWN_PANIC, CODE_PANIC, NULL);

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    log_raw("kernel panic: %s\n", message);
    if (entry == 0)
        backtrace_print_here();
    shutdown_machine(SHUTDOWN_PANIC, CODE_PANIC, message);
}

/* The compiler's stack protector calls this; it found its canary changed. */
noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    panic("stack overflow within a function, found on its return");
}
