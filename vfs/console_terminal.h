// SPDX-License-Identifier: MIT
/*
 * console_terminal: the console as a terminal, when a person sits at the other
 * side: a line discipline (vfs/tty.h) between a console device and the
 * program. /dev/console is it, and process 1 has it as controlling terminal.
 */
#pragma once

#include "vfs/console.h"

struct abi_winsize;
struct file;
struct process;
struct tty;

/*
 * Makes a terminal of the device that serves both stdin and stdout, if there
 * is one and it is a character device. To be called once, when the streams are
 * registered. 0, or -ENOMEM: the streams stay plain.
 */
int console_terminal_start(const struct abi_winsize *size);

/* The terminal, or NULL. */
struct tty *console_terminal(void);
bool console_is_terminal(enum console_stream stream);

/* Makes f, which is being opened, the terminal. */
void console_terminal_attach(struct file *f);

/* All that was written is with the driver, or will not be taken. May sleep. */
void console_terminal_flush(void);
