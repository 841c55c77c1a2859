// SPDX-License-Identifier: MIT
/*
 * pci: devices on the PCI buses, through the configuration ports 0xcf8 and
 * 0xcfc (PCI Local Bus 3.0, section 3.2.2.3.2).
 *
 * Devices are found once, at boot, and stay for ever. Addresses are those that
 * the firmware gave; nothing is assigned here. Configuration is read and
 * written at boot only, by one CPU, so that the port pair needs no lock.
 * PCI Express's memory-mapped configuration is not used.
 */
#pragma once

#include "kernel/irq.h"
#include "lib/base.h"

struct pci_device {
    uint8_t bus, dev, fn;
    uint16_t vendor, device;
    uint32_t class_code;          /* class, subclass, programming interface */
    uint16_t msix_cap;            /* offset of the MSI-X capability; 0: none */
    uint16_t msix_count;          /* entries of the MSI-X table */
    volatile uint8_t *msix_table; /* NULL until pci_msix_enable */
};

enum { /* configuration header */
       PCI_VENDOR = 0x00,
       PCI_DEVICE = 0x02,
       PCI_COMMAND = 0x04,
       PCI_STATUS = 0x06,
       PCI_CLASS_REVISION = 0x08,
       PCI_HEADER_TYPE = 0x0e,
       PCI_BAR0 = 0x10,
       PCI_SECONDARY_BUS = 0x19, /* of a bridge */
       PCI_SUBSYSTEM = 0x2e,
       PCI_CAPABILITIES = 0x34,

       PCI_COMMAND_MEMORY = 2,
       PCI_COMMAND_MASTER = 4,
       PCI_STATUS_CAPABILITIES = 0x10,

       PCI_CAP_VENDOR = 0x09,
       PCI_CAP_MSIX = 0x11,
};

uint8_t pci_read8(const struct pci_device *d, unsigned offset);
uint16_t pci_read16(const struct pci_device *d, unsigned offset);
uint32_t pci_read32(const struct pci_device *d, unsigned offset);
void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v);
void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v);

/* Calls found for every device function, in bus order; its argument is freed
 * unless it returns true. Returns how many there are; 0 without PCI. */
unsigned pci_scan(bool (*found)(struct pci_device *d));

/* The offset of the capability after `after` (0: the first) with this id, or
 * 0. Lists that loop end. */
unsigned pci_capability_next(const struct pci_device *d, unsigned after,
                             uint8_t id);

/* Where memory BAR number bar (0..5) lies. -ENXIO: it is absent, for I/O
 * ports, or has no address. Its size is not asked for: that means to move it
 * about, which takes an emulator longer than all else in a device's set-up. */
int pci_bar(const struct pci_device *d, unsigned bar, paddr_t *addr);

#define PCI_MAP_MAX MIB(4)

/* Maps len (at most PCI_MAP_MAX) bytes of a BAR. As pci_bar; -EIO, -ENOMEM. */
int pci_map(const struct pci_device *d, unsigned bar, uint32_t offset,
            uint32_t len, volatile uint8_t **regs);

/* Lets the device answer in memory and reach memory itself. */
void pci_enable(const struct pci_device *d);

/* Maps the table and turns MSI-X on, all entries masked. -ENXIO: the device
 * has none; -ENOMEM. */
int pci_msix_enable(struct pci_device *d);
/* Sends entry (< msix_count) to fn(arg). -ENOSPC: no vector is left. */
int pci_msix_attach(struct pci_device *d, unsigned entry, irq_handler_fn *fn,
                    void *arg);
