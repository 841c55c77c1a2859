// SPDX-License-Identifier: MIT
/*
 * pipe: a ring of bytes between a reading and a writing file (pipe(7)).
 */
#pragma once

#include "lib/base.h"

struct file;
struct vnode;

/*
 * A new pipe; flags: O_NONBLOCK and O_DIRECT (packets) for both ends.
 * References in *reader and *writer. -ENOMEM.
 */
int pipe_create(uint32_t flags, struct file **reader, struct file **writer);

/* Is f an end of a pipe? */
bool pipe_is_file(const struct file *f);

/* F_GETPIPE_SZ: bytes that fit; -EBADF for other files. */
long pipe_size(const struct file *f);
/* F_SETPIPE_SZ: at least size, in a power of two of pages; how much it is now.
 * -EBADF, -EINVAL, -EPERM, -EBUSY when more is in the pipe, -ENOMEM. */
long pipe_set_size(struct file *f, uint64_t size);

/* vnode_ops.open of a FIFO (fifo(7)): waits for the other end unless O_NONBLOCK
 * is set; -ENXIO, -ENOMEM, -ERESTARTSYS. */
int pipe_open_fifo(struct vnode *v, struct file *f);
