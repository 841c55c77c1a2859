// SPDX-License-Identifier: MIT
/*
 * tty: the terminal that the command runs on, while the program's terminal is
 * shown on it: raw, so that every byte reaches the machine.
 */
#pragma once

#include "lib/base.h"

/* Makes the terminal of stdin raw, unless it is already, or the command is in
 * the background. From then on it is set back at exit and before a signal such
 * as SIGSEGV ends the command. */
void tty_make_raw(void);
/* Sets it back; safe at any time. */
void tty_restore(void);
bool tty_is_raw(void);

/* The size of the terminal of stdin or else stdout; false: neither is one. */
bool tty_size(unsigned *rows, unsigned *cols);
