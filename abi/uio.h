// SPDX-License-Identifier: MIT
/* uio: buffers in pieces, readv(2), preadv2(2). */
#pragma once

#include <stdint.h>

#define UIO_MAXIOV 1024
#define IOV_MAX    UIO_MAXIOV

/* The most bytes one read or write moves: the last page below 2 GiB. */
#define ABI_RW_MAX 0x7ffff000

#define RWF_HIPRI  0x00000001
#define RWF_DSYNC  0x00000002
#define RWF_SYNC   0x00000004
#define RWF_NOWAIT 0x00000008
#define RWF_APPEND 0x00000010

struct abi_iovec {
    uint64_t iov_base;
    uint64_t iov_len;
};

_Static_assert(sizeof(struct abi_iovec) == 16, "Linux ABI");
