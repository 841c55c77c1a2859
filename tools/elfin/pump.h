// SPDX-License-Identifier: MIT
/*
 * pump: bytes from one descriptor to another through one bounded buffer.
 *
 * Nothing is read while the buffer holds bytes: a writer that is slow slows
 * its source. Neither direction blocks as long as the descriptors were
 * reported ready: a descriptor that may block gets PIPE_BUF bytes at most.
 */
#pragma once

#include "lib/base.h"

enum { PUMP_BUFFER = 64 * 1024 };

struct pump {
    int from, to; /* -1: closed, or not there */
    bool from_is_socket, to_is_socket, to_is_file;
    bool eof;    /* nothing more will come */
    bool broken; /* nobody takes it any more: what comes is dropped */
    int error;   /* why it is broken: EPIPE, ENOSPC ... */
    size_t at, len;
    uint64_t total; /* bytes written */
    char buffer[PUMP_BUFFER];
};

void pump_init(struct pump *p, int from, int to);
/* What it waits for: true when from should be polled for input. */
bool pump_wants_input(const struct pump *p);
bool pump_wants_output(const struct pump *p);
/* One read, or one write. Call them when the descriptor is ready. */
void pump_read(struct pump *p);
void pump_write(struct pump *p);
/* All has come and gone. */
bool pump_done(const struct pump *p);
