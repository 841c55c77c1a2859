// SPDX-License-Identifier: MIT
/*
 * doctor: what the program asked for and did not get, for a report at its end.
 *
 * Handlers tell what they refuse; the tables here are small and count what is
 * told again. When the program fails (an exit status other than 0, a signal),
 * or always with `doctor=on`, doctor_report hands the facts over, one a line:
 * to the host that listens on the control channel, else to the log at level
 * info. Fields are separated by one blank; a text's bytes that are blanks,
 * control characters, % or not ASCII are %XX. Numbers are decimal, addresses
 * and registers hexadecimal without 0x:
 *
 *     doctor missing NR COUNT TID ARG1 ... ARG6
 *         a system call without handler; the rest is about the first time
 *     doctor refused COUNT CALL DETAIL
 *         a value that CALL does not take; DETAIL is NAME=VALUE
 *     doctor regs R15 R14 R13 R12 RBP RBX RIP RSP
 *         behind one of these: the registers of the first that made the call
 *     doctor stack ADDRESS BYTES
 *         what lay on its stack then, as pairs of hexadecimal digits
 *     doctor absent COUNT ORDER PATH
 *         a file that was looked for in vain; a later one has a higher ORDER
 *     doctor nomem COUNT BYTES CALL
 *         CALL answered ENOMEM, at most for BYTES
 *     doctor oom ADDRESS RIP FREE TOTAL
 *         the machine had no page left for an access; KiB
 *     doctor more WHAT COUNT
 *         so many of WHAT (missing, refused, absent) found no place
 *     doctor map START END OFFSET PATH
 *         a file that is mapped executable
 *     doctor end
 *
 * The lines come before the verdict (`exit N`, `signal N`), `doctor end` last.
 *
 * Locking: one lock for all tables, above kmalloc's. Context: threads of the
 * program.
 */
#pragma once

#include "kernel/regs.h"

struct process;

extern bool doctor_always; /* `doctor=on`; set by boot */

/* Where facts go; set once by the driver of the control channel. line ends
 * with a newline. NULL: the log. */
extern void (*doctor_host)(const char *line, size_t len);

/* The call of r has no handler. Reads the caller's stack: may sleep. */
void doctor_missing(const struct regs *r);

/* Where calls without handler were noted last, by the low bits of the number.
 * For the following: */
#define DOCTOR_AGAIN 64
extern struct doctor_again {
    uint64_t nr;
    uint32_t *count; /* NULL: there was none */
} doctor_again[DOCTOR_AGAIN];

/* As doctor_missing, when that had been told of nr; else false. */
static inline bool doctor_missing_again(uint64_t nr)
{
    const struct doctor_again *a = &doctor_again[nr % DOCTOR_AGAIN];

    if (a->nr != nr || !a->count)
        return false;
    __atomic_fetch_add(a->count, 1, __ATOMIC_RELAXED);
    return true;
}

/* call, a name that lives for ever, was given a value that it does not take,
 * although Linux has it: doctor_refused("madvise", "advice=%d", advice). Reads
 * the caller's stack: may sleep, and no lock may be held. */
void doctor_refused(const char *call, const char *fmt, ...) printf_like(2, 3);

/* There is no file at path. */
void doctor_absent(const char *path);

/* call answers -ENOMEM to a wish for so many bytes. */
void doctor_no_memory(const char *call, uint64_t bytes);

/* No page was left for the program's access to addr. */
void doctor_out_of_memory(uintptr_t addr, uintptr_t rip);

/* Hands over the facts about p, whose last thread ends now. May sleep. */
void doctor_report(const struct process *p);
