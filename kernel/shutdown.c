// SPDX-License-Identifier: MIT
/*
 * shutdown: the end of the machine, in the ways that drivers have registered.
 *
 * A way that fails panics, and comes here again: every further entry does one
 * step less, so that the end is reached.
 */
#include "kernel/shutdown.h"

#include "kernel/cpu.h"
#include "kernel/panic.h"

#define STATUS_SIGNAL 128
#define STATUS_PANIC  125

static struct shutdown_ops *ways;

void shutdown_register(struct shutdown_ops *ops)
{
    struct shutdown_ops **link = &ways;

    while (*link)
        link = &(*link)->next;
    ops->next = NULL;
    *link = ops;
}

int shutdown_status(enum shutdown_kind kind, int code)
{
    switch (kind) {
    case SHUTDOWN_EXITED:
        return code & 0xff;
    case SHUTDOWN_SIGNALED:
        return STATUS_SIGNAL + (code & 0x7f);
    case SHUTDOWN_REFUSED:
        return code;
    case SHUTDOWN_PANIC:
        break;
    }
    return STATUS_PANIC;
}

static void report_and_drain(enum shutdown_kind kind, int code,
                             const char *detail)
{
    for (struct shutdown_ops *o = ways; o; o = o->next) {
        if (o->report)
            o->report(o, kind, code, detail);
    }
    for (struct shutdown_ops *o = ways; o; o = o->next) {
        if (o->drain)
            o->drain(o);
    }
}

/* The last way registered first: it knows most of the machine. */
static void power_off(struct shutdown_ops *o, int status)
{
    if (!o)
        return;
    power_off(o->next, status);
    if (o->power_off)
        o->power_off(o, status);
}

static noreturn void halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* An exception that finds no handler, nor one for that, resets any x86 CPU. */
static noreturn void reset(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } packed no_handlers = {0, 0};

    __asm__ volatile("lidt %0; int3" : : "m"(no_handlers));
    halt();
}

void shutdown_machine(enum shutdown_kind kind, int code, const char *detail)
{
    static int entries;
    int entry = entries++;

    irq_disable();
    if (entry == 0)
        report_and_drain(kind, code, detail);
    if (kind == SHUTDOWN_PANIC && panic_policy == PANIC_REBOOT)
        reset();
    if (entry <= 1 && !(kind == SHUTDOWN_PANIC && panic_policy == PANIC_HALT))
        power_off(ways, shutdown_status(kind, code));
    halt();
}
