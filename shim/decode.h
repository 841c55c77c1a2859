// SPDX-License-Identifier: MIT
/*
 * decode: a system call's arguments and result in words, in strace's format.
 *
 * What an argument is comes from the generated table (syscalls/table.h); each
 * kind has its decoder in one of the decode_*.c. Memory of the program that
 * cannot be read shows as the pointer to it. Arguments that the call fills in
 * are shown after it; an entry is therefore shown up to the first of them.
 *
 * Context: may sleep (the program's memory is read).
 */
#pragma once

#include "kernel/regs.h"
#include "shim/text.h"
#include "syscalls/table.h"

#define DECODE_STRSIZE 32 /* bytes of a string that are shown by default */

struct decode {
    struct text *text; /* where the words go; may change between the parts */
    const struct syscall_info *info; /* NULL: Linux has no such call */
    uint64_t nr;
    uint64_t args[6];
    uint64_t sp; /* the program's stack pointer */
    long result; /* valid once returned is set */
    bool returned;
    size_t strsize;
    uint64_t saved[6]; /* what an argument pointed to before the call */
};

/* A call that is about to be made with the registers r; no text yet. */
void decode_init(struct decode *d, const struct regs *r, size_t strsize);

/* "openat(AT_FDCWD, ..." as far as it is known before the call. The index of
 * the first argument that is not shown yet. */
unsigned decode_entry(struct decode *d);

/* The arguments from that one on and ")"; d->result and returned are set. */
void decode_rest(struct decode *d, unsigned from);

/* "3", "0x7f0000001000", "-1 ENOENT (No such file or directory)". */
void decode_result(struct decode *d);

/* Does this call never come back? */
bool decode_is_final(const struct decode *d);

/* "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}" */
struct abi_siginfo;
void decode_siginfo(struct text *t, const struct abi_siginfo *info);
/* "SIGSEGV", "SIGRT_3" */
void decode_signal_name(struct text *t, unsigned signal);

/* As the kernel sees results: is this one an error? */
static inline bool decode_failed(long result)
{
    return result < 0 && result >= -4095;
}
