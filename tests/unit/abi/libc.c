// SPDX-License-Identifier: MIT
/* libc: values as the C library's headers on this host have them. */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/unit/abi/constants.h"
#include "tests/unit/abi/layouts.h"
#include "tests/unit/abi/values.h"

const struct abi_value abi_libc[] = {ABI_LIBC_CONSTANTS(ABI_VALUE) ABI_END};
const struct abi_value abi_libc_layout[] = {ABI_LIBC_LAYOUTS(
    ABI_THEIR_SIZE, ABI_THEIR_FIELD, ABI_THEIR_OFFSET) ABI_END};
