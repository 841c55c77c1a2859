// SPDX-License-Identifier: MIT
/*
 * virtio_console_streams: what the ports of a virtio console are used for:
 * the program's streams, the kernel's log, and the word to the host.
 */
#pragma once

#include "lib/base.h"

/* Makes the ports that are there the program's streams; the set of streams
 * that have one (bit 1 << CONSOLE_STDIN and so on). */
unsigned virtio_console_attach_streams(void);
/* Makes elfin.log a log sink; false: there is no such port. */
bool virtio_console_attach_log(void);
/* Lets elfin.control tell how the machine ends, and the end wait for output
 * that is under way. */
void virtio_console_attach_control(void);

/* Tells the host that the program is about to start. */
void virtio_console_send_ready(void);
