// SPDX-License-Identifier: MIT
/* oom: what to do when a page that the program touches cannot be had. */
#pragma once

#include "lib/base.h"

struct regs;

/* Of a process that is never chosen. */
#define OOM_NEVER INT64_MIN

/* Gives back memory that is only kept in case that it is wanted: how many
 * pages, up to so many. May sleep. Set by boot; NULL: there is none. */
extern size_t (*oom_reclaim)(size_t pages);

/*
 * How fit a process is to be the victim, more for more: its resident pages and
 * as many thousandths of all memory as its oom_score_adj says (proc(5)), -1000
 * to 1000, of which the least exempts it. Context: any.
 */
int64_t oom_fitness(size_t resident, int score_adj);

/*
 * Ends the process that is fittest, and says so in the log; if one is
 * on its way out already, only gives it time. It returns when that is another
 * process, or when the calling thread is to end: the access that failed may
 * then be tried again. r and addr: where the program wanted memory.
 * Context: a thread of the program that holds no lock; may sleep.
 */
void oom_kill(const struct regs *r, uintptr_t addr);
