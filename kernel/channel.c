// SPDX-License-Identifier: MIT
#include "kernel/channel.h"

#include "abi/errno.h"

static const struct channel_ops *driver;

void channel_register(const struct channel_ops *ops)
{
    driver = ops;
}

bool channel_present(enum channel_id id)
{
    return driver && driver->present(id);
}

int channel_write(enum channel_id id, const void *data, size_t len)
{
    return channel_present(id) ? driver->write(id, data, len) : -ENODEV;
}
