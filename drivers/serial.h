// SPDX-License-Identifier: MIT
/*
 * serial: the first serial port (COM1), a 16550: the kernel's voice from its
 * first moment on, and the program's console when there is no better one.
 *
 * Output polls and needs no interrupts; bytes go out exactly as they come.
 * Kernel messages share the line: each of their lines begins with `elfin: `
 * and never in the middle of a line of the program.
 *
 * Locking: one lock covers the chip; in a panic it is not taken.
 */
#pragma once

#include "lib/base.h"

/* Sets the port up (115200 baud, 8N1) and makes it a log sink. False: there
 * is none, and every other function does nothing. Once, early in boot. */
bool serial_init(void);
bool serial_present(void);

/* Any context; returns when the last byte is in the chip. */
void serial_write(const void *data, size_t len);

/* Muted, kernel messages reach the line only in a panic. */
void serial_log_mute(bool muted);

/* Makes the line the program's streams of the set (bit 1 << CONSOLE_STDIN and
 * so on). Needs interrupts and vfs. */
void serial_attach_console(unsigned streams);
