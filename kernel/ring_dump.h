// SPDX-License-Identifier: MIT
/* ring_dump: writes what kernel/ring.h recorded to the host, as a file. */
#pragma once

/*
 * From now on the machine's end writes the rings to CHANNEL_TRACE, where there
 * is one, before anybody reports the end. Once, before the drivers register
 * theirs.
 */
void ring_dump_register(void);
