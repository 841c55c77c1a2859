// SPDX-License-Identifier: MIT
/* virtio_console_channels: the ports behind kernel/channel.h. */
#pragma once

/* Makes the ports elfin.trace and elfin.core, as far as they are there, the
 * kernel's channels. Takes no memory before something is written. */
void virtio_console_attach_channels(void);
