// SPDX-License-Identifier: MIT
/*
 * table: what the generator writes (build/gen/syscall_table.c) from
 * abi/syscalls.tbl and the SYSCALL_DEFINEs of syscalls/.
 */
#pragma once

#include "kernel/regs.h"
#include "lib/base.h"

typedef long syscall_fn(const struct regs *r);

struct syscall_arg {
    const char *type, *name; /* "const char user *", "path" */
};

struct syscall_info {
    const char *name;    /* NULL: Linux has no call with this number */
    uint8_t nargs;
    bool implemented;
    const char *partial; /* what is missing, or NULL */
    struct syscall_arg args[6];
};

/* Indexed by number; handlers are never NULL: a hole holds syscall_missing. */
extern const unsigned syscall_count;
extern syscall_fn *const syscall_handlers[];
extern const struct syscall_info syscall_infos[];

/* Answers for every number without a handler; shim/dispatch.c. */
long syscall_missing(const struct regs *r);
