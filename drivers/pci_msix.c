// SPDX-License-Identifier: MIT
/* pci_msix: interrupts as memory writes (PCI Local Bus 3.0, section 6.8.2). */
#include "abi/errno.h"
#include "drivers/pci.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"

enum {
    CAP_CONTROL = 2,
    CAP_TABLE = 4,
    CONTROL_ENABLE = 0x8000,
    CONTROL_MASK_ALL = 0x4000,
    CONTROL_SIZE = 0x7ff,
    TABLE_BAR = 7, /* the rest is the offset in the BAR */
    ENTRY_SIZE = 16,
    ENTRY_ADDRESS_LOW = 0,
    ENTRY_ADDRESS_HIGH = 4,
    ENTRY_DATA = 8,
    ENTRY_CONTROL = 12,
    ENTRY_MASKED = 1,
};

int pci_msix_enable(struct pci_device *d)
{
    unsigned cap = pci_capability_next(d, 0, PCI_CAP_MSIX);
    uint16_t control;
    uint32_t table;
    int err;

    if (!cap)
        return -ENXIO;
    control = pci_read16(d, cap + CAP_CONTROL);
    table = pci_read32(d, cap + CAP_TABLE);
    err = pci_map(d, table & TABLE_BAR, table & ~(uint32_t)TABLE_BAR,
                  ENTRY_SIZE * ((control & CONTROL_SIZE) + 1u), &d->msix_table);
    if (err)
        return err;
    d->msix_cap = (uint16_t)cap;
    d->msix_count = (control & CONTROL_SIZE) + 1;
    /* Entries come out of reset masked; ones in use are unmasked one by one. */
    control = (control | CONTROL_ENABLE) & (uint16_t)~CONTROL_MASK_ALL;
    pci_write16(d, cap + CAP_CONTROL, control);
    return 0;
}

int pci_msix_attach(struct pci_device *d, unsigned entry, irq_handler_fn *fn,
                    void *arg)
{
    volatile uint8_t *e = d->msix_table + ENTRY_SIZE * entry;
    int vector = irq_vector_alloc(fn, arg);
    uint64_t address;
    uint32_t data;

    assert(entry < d->msix_count);
    if (vector < 0)
        return vector;
    irq_msi_message((unsigned)vector, &address, &data);
    mmio_write32(e + ENTRY_CONTROL, ENTRY_MASKED);
    mmio_write32(e + ENTRY_ADDRESS_LOW, (uint32_t)address);
    mmio_write32(e + ENTRY_ADDRESS_HIGH, (uint32_t)(address >> 32));
    mmio_write32(e + ENTRY_DATA, data);
    mmio_write32(e + ENTRY_CONTROL, 0);
    return 0;
}
