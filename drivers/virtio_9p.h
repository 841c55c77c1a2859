// SPDX-License-Identifier: MIT
/* virtio_9p: the way to a 9P server on the host (virtio 1.2, 5.9). */
#pragma once

void virtio_9p_register(void);
