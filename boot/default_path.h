// SPDX-License-Identifier: MIT
/* default_path: the program's PATH unless it is given another. */
#pragma once

#define DEFAULT_PATH \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
