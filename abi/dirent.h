// SPDX-License-Identifier: MIT
/* dirent: directory entries; getdents64(2). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12

/* d_reclen: the whole entry with the name's NUL, a multiple of 8. */
struct abi_dirent64 {
    uint64_t d_ino;
    int64_t d_off; /* where the next entry starts, for lseek(2) */
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[];
};

_Static_assert(offsetof(struct abi_dirent64, d_name) == 19, "Linux ABI");
