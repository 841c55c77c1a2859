// SPDX-License-Identifier: MIT
/*
 * virtio_mmio: virtio devices at fixed addresses, as QEMU's microvm and
 * Firecracker have them (virtio 1.2, section 4.2).
 *
 * Nothing announces them: the host names each on the kernel command line,
 * `virtio_mmio.device=SIZE@ADDR:IRQ`.
 */
#pragma once

#include "lib/base.h"

struct virtio_mmio_slot {
    paddr_t addr;
    size_t size;  /* bytes of registers */
    unsigned irq; /* global system interrupt */
};

/* Looks into a slot and starts the device there. 0 also when the slot is
 * empty; -EINVAL when the slot is nonsense or holds no virtio device. Boot. */
int virtio_mmio_probe(const struct virtio_mmio_slot *slot);
