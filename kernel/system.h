// SPDX-License-Identifier: MIT
/* system: what the machine tells programs about itself. */
#pragma once

#include "lib/base.h"

#define SYSTEM_UUID_SIZE 37
#define SYSTEM_NAME_SIZE 65 /* as struct utsname's fields */

/* What uname(2) reports besides the host's name. Programs compare the release
 * with what they need, so it is that of a Linux whose calls Elfin follows. */
#define SYSTEM_RELEASE "6.1.0-elfin"
#define SYSTEM_VERSION "#1 Elfin"

struct system_info {
    char hostname[SYSTEM_NAME_SIZE];
    char domainname[SYSTEM_NAME_SIZE];
    const char *command_line;       /* of the machine; boot sets it */
    char boot_id[SYSTEM_UUID_SIZE]; /* made when it is first asked for */
};
extern struct system_info system_info;

/* A random UUID (RFC 9562, version 4) of SYSTEM_UUID_SIZE bytes with NUL. */
void system_make_uuid(char *uuid);
