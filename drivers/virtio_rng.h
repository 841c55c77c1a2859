// SPDX-License-Identifier: MIT
/*
 * virtio_rng: the host's random bytes (virtio 1.2, section 5.4), mixed into
 * kernel/random's generator: once at boot, and again every few minutes.
 */
#pragma once

/* Makes the driver known; before the search for devices. */
void virtio_rng_register(void);
