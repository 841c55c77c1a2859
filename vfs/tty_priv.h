// SPDX-License-Identifier: MIT
/* tty_priv: what the files of the line discipline share. */
#pragma once

#include "vfs/tty.h"

#define TTY_LINE_END 0x100
#define TTY_EOF      0x200 /* an end of line that is no byte */

static inline bool tty_has(const struct tty *t, uint32_t local_flag)
{
    return t->termios.c_lflag & local_flag;
}

/* Bytes that a read gives now. Locked. */
bool tty_can_read(const struct tty *t);
/* Is the caller in the background of its controlling terminal? */
bool tty_is_background(struct tty *t);
void tty_flush_input_locked(struct tty *t);
/* As OPOST says; false: no room. Locked. */
bool tty_put_processed(struct tty *t, uint8_t c);
/* Tells the master in packet mode. Locked. */
static inline void tty_event(struct tty *t, unsigned events)
{
    if (events && t->ops->event)
        t->ops->event(t, events);
}
/* Something moved: the other side and writers may go on. */
void tty_progress(struct tty *t);
/* VSTOP and VSTART. Locked. */
void tty_stop(struct tty *t, bool stopped);
