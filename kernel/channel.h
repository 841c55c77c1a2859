// SPDX-License-Identifier: MIT
/*
 * channel: ways to hand the host large binary data at the machine's end. The
 * host provides those it wants; a driver below registers how they are reached.
 *
 * Context: any, also a panic; nothing sleeps.
 */
#pragma once

#include "lib/base.h"

enum channel_id {
    CHANNEL_TRACE, /* abi/trace_ring.h */
    CHANNEL_CORE,  /* an ELF core */
    CHANNEL_COUNT,
};

struct channel_ops {
    bool (*present)(enum channel_id id);
    /* As channel_write. */
    int (*write)(enum channel_id id, const void *data, size_t len);
};

/* ops must stay valid; a later registration replaces an earlier one. */
void channel_register(const struct channel_ops *ops);

/* Does the host want this one? */
bool channel_present(enum channel_id id);

/*
 * Writes all of data, polling while the host is slow. 0, -ENODEV without such
 * a channel, -ENOMEM, -EPIPE when the host closed it, -EIO when the device is
 * broken, -ETIMEDOUT when the host takes nothing for seconds. After an error
 * part of the data may have gone out.
 */
int channel_write(enum channel_id id, const void *data, size_t len);
