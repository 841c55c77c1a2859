// SPDX-License-Identifier: MIT
/* system: what the machine tells programs about itself. */
#pragma once

#include "lib/base.h"

#define SYSTEM_NAME_SIZE 65 /* as struct utsname's fields */

/* What uname(2) reports besides the host's name. Programs compare the release
 * with what they need, so it is that of a Linux whose calls Elfin follows. */
#define SYSTEM_RELEASE "6.1.0-elfin"
#define SYSTEM_VERSION "#1 Elfin"

struct system_info {
    char hostname[SYSTEM_NAME_SIZE];
    char domainname[SYSTEM_NAME_SIZE];
};
extern struct system_info system_info;
