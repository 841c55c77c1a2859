// SPDX-License-Identifier: MIT
/* vectors: lists of buffers that the program gives, as in readv(2). */
#pragma once

#include "abi/uio.h"
#include "kernel/uio.h"
#include "lib/base.h"

struct file;

#define VECTORS_FEW 8 /* fit in the struct itself */

struct vectors {
    struct uio_vec *vec;
    size_t n;
    struct uio_vec few[VECTORS_FEW];
};

/*
 * Copies n vectors. Lengths that do not fit in one call's count are cut.
 * -EINVAL for too many or a negative length, -EFAULT, -ENOMEM; vectors_put
 * only after 0.
 */
int vectors_get(struct vectors *v, const struct abi_iovec user *iov,
                uint64_t n);
void vectors_put(struct vectors *v);

/* Reads or writes at pos, or at f's offset if that is NULL, as flags say:
 * RWF_* (preadv2(2)). */
ssize_t vectors_move(struct file *f, const struct vectors *v,
                     const uint64_t *pos, unsigned flags, bool write);

/* What a write to f came to, with the SIGPIPE that goes with -EPIPE; sockets
 * know themselves which of them send one. */
ssize_t write_result(const struct file *f, ssize_t n);
