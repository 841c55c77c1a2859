// SPDX-License-Identifier: MIT
/*
 * define: how a system call is written.
 *
 *     SYSCALL_DEFINE2(getcpu, unsigned user *, cpu, unsigned user *, node)
 *     {
 *         ...
 *     }
 *
 * makes the typed function sys_getcpu and its adapter; tools/gen/syscall_table
 * finds the macro and puts the adapter into the table at the number that
 * abi/syscalls.tbl gives. Nothing else is to be edited.
 *
 * A handler that does less than its man page says so beside its definition:
 *
 *     SYSCALL_PARTIAL(getcpu, "node is always 0");
 *
 * and `elfin syscalls` repeats it. One that only reads a few numbers can say
 * before its definition that the entry need not save registers for it:
 *
 *     SYSCALL_LEAF(getuid);
 *
 * A handler returns a result or a negative errno. Its pointers are the
 * program's (`user`): see kernel/uaccess.h.
 */
#pragma once

#include "abi/errno.h"
#include "kernel/regs.h"
#include "kernel/uaccess.h"
#include "lib/base.h"

/* The function becomes part of its adapter, so that it takes its arguments
 * from the saved registers where it needs them; the linker drops it where
 * nobody else calls it. */
#define SYSCALL_HEAD(name, args, call)         \
    long sys_##name args;                      \
    long syscall_##name(const struct regs *r); \
    long syscall_##name(const struct regs *r)  \
    {                                          \
        (void)r;                               \
        return sys_##name call;                \
    }                                          \
    inline __attribute__((always_inline)) long sys_##name args

#define SYSCALL_DEFINE0(name)         SYSCALL_HEAD(name, (void), ())
#define SYSCALL_DEFINE1(name, t1, a1) SYSCALL_HEAD(name, (t1 a1), ((t1)r->rdi))
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2) \
    SYSCALL_HEAD(name, (t1 a1, t2 a2), ((t1)r->rdi, (t2)r->rsi))
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3) \
    SYSCALL_HEAD(name, (t1 a1, t2 a2, t3 a3),         \
                 ((t1)r->rdi, (t2)r->rsi, (t3)r->rdx))
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4) \
    SYSCALL_HEAD(name, (t1 a1, t2 a2, t3 a3, t4 a4),          \
                 ((t1)r->rdi, (t2)r->rsi, (t3)r->rdx, (t4)r->r10))
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
    SYSCALL_HEAD(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5),           \
                 ((t1)r->rdi, (t2)r->rsi, (t3)r->rdx, (t4)r->r10, (t5)r->r8))
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
    SYSCALL_HEAD(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6),            \
                 ((t1)r->rdi, (t2)r->rsi, (t3)r->rdx, (t4)r->r10, (t5)r->r8,  \
                  (t6)r->r9))

/* It keeps whatever registers it uses. It calls nothing (each call would save
 * them all), sleeps nowhere, does not look at its registers, and touches no
 * memory of the program. */
#define SYSCALL_LEAF(name)                    \
    long syscall_##name(const struct regs *r) \
        __attribute__((no_caller_saved_registers, section(".text.leaf")))

#define SYSCALL_PARTIAL(name, reason) \
    static_assert(sizeof(reason) > 1, "say what is missing")
