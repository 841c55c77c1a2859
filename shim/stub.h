// SPDX-License-Identifier: MIT
/*
 * stub: calls that are answered without being made (`stub=NAME:ANSWER,...`).
 * ANSWER is a number, or the name of an error: stub=io_uring_setup:EPERM.
 * The log names each one when it is answered for the first time.
 */
#pragma once

#include "kernel/regs.h"

/* Adds what spec says; what is wrong in it is logged. 0 or -ENOMEM. */
int stub_start(const char *spec);

/* Forgets all of it. */
void stub_stop(void);

/* True: r's call is answered with *result. */
bool stub_answer(const struct regs *r, long *result);
