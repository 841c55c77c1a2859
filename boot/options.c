// SPDX-License-Identifier: MIT
#include "boot/options.h"

#include "kernel/panic.h"
#include "kernel/system.h"
#include "lib/printf.h"
#include "shim/shim.h"

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

static void note_unsupported(const char *name, const char *value)
{
    if (value)
        log_warn("%s=%s has no effect: this kernel does not support it", name,
                 value);
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
    note_unsupported("trace", o->trace);
    note_unsupported("stub", o->stub);
    note_unsupported("ip", o->ip);
    note_unsupported("ip6", o->ip6);
    note_unsupported("gw", o->gw);
    note_unsupported("dns", o->dns);
}
