// SPDX-License-Identifier: MIT
/* aio: asynchronous reading and writing: io_setup(2), io_submit(2). */
#pragma once

#include <stdint.h>

#define IOCB_CMD_PREAD   0
#define IOCB_CMD_PWRITE  1
#define IOCB_CMD_FSYNC   2
#define IOCB_CMD_FDSYNC  3
#define IOCB_CMD_POLL    5
#define IOCB_CMD_NOOP    6
#define IOCB_CMD_PREADV  7
#define IOCB_CMD_PWRITEV 8

#define IOCB_FLAG_RESFD  1
#define IOCB_FLAG_IOPRIO 2

struct abi_iocb {
    uint64_t aio_data; /* comes back with the event */
    uint32_t aio_key;
    uint32_t aio_rw_flags; /* RWF_* */
    uint16_t aio_lio_opcode;
    int16_t aio_reqprio;
    uint32_t aio_fildes;
    uint64_t aio_buf, aio_nbytes;
    int64_t aio_offset;
    uint64_t aio_reserved2;
    uint32_t aio_flags, aio_resfd;
};

struct abi_io_event {
    uint64_t data, obj;
    int64_t res, res2;
};

_Static_assert(sizeof(struct abi_iocb) == 64, "Linux ABI");
_Static_assert(sizeof(struct abi_io_event) == 32, "Linux ABI");
