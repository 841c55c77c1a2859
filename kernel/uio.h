// SPDX-License-Identifier: MIT
/*
 * uio: the caller's side of a read or write: a list of buffers in the
 * program's memory, or one in the kernel's, consumed from the front.
 */
#pragma once

#include "lib/base.h"

/* As struct iovec of readv(2). */
struct uio_vec {
    uintptr_t base;
    size_t len;
};

struct uio {
    const struct uio_vec *vec; /* borrowed */
    size_t nvec;               /* vectors left, with the current one */
    size_t skip;               /* consumed of the current one */
    size_t left;               /* bytes left in all */
    bool kernel;               /* bases are kernel addresses */
    bool nowait;               /* rather -EAGAIN than sleep (RWF_NOWAIT) */
    bool append;               /* at the end of the file (RWF_APPEND) */
};

/* A uio over n vectors; the total must have been checked not to overflow. */
void uio_init(struct uio *u, const struct uio_vec *vec, size_t n, bool kernel);

/*
 * Moves up to len bytes (at most what is left) between data and the buffers.
 * How many were moved: fewer than asked means that a buffer faulted there,
 * and the caller answers -EFAULT if it moved nothing in all.
 */
size_t uio_put(struct uio *u, const void *data, size_t len);
size_t uio_get(struct uio *u, void *data, size_t len);
size_t uio_put_zeros(struct uio *u, size_t len);
