// SPDX-License-Identifier: MIT
#include "boot/options.h"

#include "kernel/core.h"
#include "kernel/doctor.h"
#include "kernel/panic.h"
#include "kernel/ring.h"
#include "kernel/system.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "net/kern/net.h"
#include "shim/shim.h"
#include "shim/stats.h"
#include "shim/stub.h"
#include "shim/trace.h"

#define LOG_TAG "cmdline"
#include "kernel/log.h"

static void apply_missing(unsigned enosys)
{
    static const enum shim_missing policy[] = {
        [BOOT_ENOSYS_WARN] = SHIM_MISSING_WARN,
        [BOOT_ENOSYS_ERRNO] = SHIM_MISSING_QUIET,
        [BOOT_ENOSYS_TRAP] = SHIM_MISSING_TRAP,
    };

    shim_set_missing(policy[enosys]);
}

static void apply_panic(unsigned panic_option)
{
    static const enum panic_policy policy[] = {
        [BOOT_PANIC_EXIT] = PANIC_EXIT,
        [BOOT_PANIC_HALT] = PANIC_HALT,
        [BOOT_PANIC_REBOOT] = PANIC_REBOOT,
    };

    panic_policy = policy[panic_option];
}

static void apply_core(unsigned core_option)
{
    static const enum core_contents contents[] = {
        [BOOT_CORE_STACK] = CORE_STACK,
        [BOOT_CORE_FULL] = CORE_FULL,
        [BOOT_CORE_OFF] = CORE_OFF,
    };

    core_contents = contents[core_option];
}

static void no_memory(const char *name)
{
    log_error("%s: no memory for it: give the machine more (-m)", name);
}

/* Takes `net` and `net=2` (payload too) out of a trace set; whether anything is
 * left of it. */
static bool take_trace_net(char *set)
{
    char *to = set, *item = set;

    while (*item) {
        char *end = strchr(item, ',');
        size_t len = end ? (size_t)(end - item) : strlen(item);

        if (len == 3 && strncmp(item, "net", 3) == 0) {
            net_stack.trace = 1;
        } else if (len == 5 && strncmp(item, "net=2", 5) == 0) {
            net_stack.trace = 2;
        } else {
            if (to != set)
                *to++ = ',';
            memmove(to, item, len);
            to += len;
        }
        item += len + (end != NULL);
    }
    *to = '\0';
    return to != set;
}

/* What looks at every system call. */
static void apply_watchers(const struct boot_options *o)
{
    if (o->trace && take_trace_net(o->trace)) {
        if (trace_start(o->trace, o->trace_strsize) == 0)
            shim_activate(SHIM_TRACE);
        else
            no_memory("trace");
    }
    if (o->stats) {
        if (stats_start() == 0)
            shim_activate(SHIM_STATS);
        else
            no_memory("stats");
    }
    if (o->stub) {
        if (stub_start(o->stub) == 0)
            shim_activate(SHIM_STUB);
        else
            no_memory("stub");
    }
    if (o->trace_ring) {
        if (ring_start(o->trace_ring) == 0)
            shim_activate(SHIM_RING);
        else
            no_memory("trace-ring");
    }
}

void options_apply(const struct boot_options *o)
{
    for (size_t i = 0; i < o->error_count; i++)
        log_error("%s", o->errors[i]);
    if (o->log && log_set_levels(o->log) < 0)
        log_error("log=%s: levels are error, warn, info, debug, also as "
                  "SUBSYSTEM:LEVEL, with commas between",
                  o->log);
    if (o->hostname)
        snprintf(system_info.hostname, sizeof(system_info.hostname), "%s",
                 o->hostname);
    apply_missing(o->enosys);
    apply_panic(o->panic);
    apply_core(o->core);
    doctor_always = o->doctor;
    apply_watchers(o);
}
