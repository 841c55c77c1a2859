// SPDX-License-Identifier: MIT
/*
 * p9_server: a 9P2000.L server in the test's own process, over a directory of
 * the host that is made for the test. It answers at once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Makes the directory and mounts it at /data of the test's root. */
void p9_server_up(void);
/* Unmounts it, with all that is above, and removes the directory. */
void p9_server_down(void);

/* The host's name of a file there; valid until the fourth call after. */
const char *p9_server_path(const char *name);

/* From now on every answer passes through here before it is sent: reply[0..len)
 * may be changed, and how much of it is sent is returned. NULL: as it is. */
void p9_server_bend(size_t (*bend)(uint8_t type, uint8_t *reply, size_t len));

/* From now on the client may be wrong about its fids, as answers were bent:
 * unknown ones are an error, and those that are left in the end no defect. */
void p9_server_lenient(void);

/* How many requests of a type came (0: of all) since the last time. */
unsigned p9_server_count(uint8_t type);
