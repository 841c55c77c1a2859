// SPDX-License-Identifier: MIT
/*
 * splice: data from a file to a pipe, and on, without the program's memory
 * (splice(2), tee(2), vmsplice(2)). Pages of regular files are not copied on
 * their way into a pipe, and no page is on its way from pipe to pipe.
 *
 * All return bytes moved, 0 at an end of file or a pipe without writers,
 * -EAGAIN when they would wait and nonblock is set, -EPIPE, -ERESTARTSYS,
 * -ENOMEM, or what the file said. They stop early once something has moved.
 * Files must be open for what is done to them. May sleep.
 */
#pragma once

#include "lib/base.h"

struct file;
struct uio;

/* pos: where the file is read or written, moved on by what was; NULL: at its
 * own offset. */
ssize_t splice_to_pipe(struct file *in, uint64_t *pos, struct file *out,
                       size_t len, bool nonblock);
ssize_t splice_from_pipe(struct file *in, struct file *out, uint64_t *pos,
                         size_t len, bool nonblock);

/* Two different pipes. keep: what is moved stays in the first, too. */
ssize_t splice_pipes(struct file *in, struct file *out, size_t len,
                     bool nonblock, bool keep);

/* The program's buffers, copied; out is a pipe. */
ssize_t splice_memory(struct uio *u, struct file *out, bool nonblock);
