// SPDX-License-Identifier: MIT
/*
 * virtio_pci: virtio devices on the PCI bus, modern interface (virtio 1.2,
 * section 4.1). Interrupts come through MSI-X only: entry 0 says that the
 * configuration changed, and each queue that has a callback gets its own, or
 * all share one when the device has too few.
 */
#pragma once

#include "drivers/pci.h"

/* For pci_scan: starts d if it is a virtio device that a driver knows. True:
 * keeps d. Boot. */
bool virtio_pci_found(struct pci_device *d);
