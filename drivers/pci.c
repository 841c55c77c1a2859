// SPDX-License-Identifier: MIT
/* pci: see the header. */
#include "drivers/pci.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/mmio.h"

#define LOG_TAG "pci"
#include "kernel/log.h"

enum {
    PORT_ADDRESS = 0xcf8,
    PORT_DATA = 0xcfc,
    NO_VENDOR = 0xffff,
    BUS_MAX = 256,
    DEV_MAX = 32,
    FN_MAX = 8,
    HEADER_MULTI_FUNCTION = 0x80,
    HEADER_BRIDGE = 1,
    CAPABILITIES_MAX = 48, /* as many as fit into 192 bytes */
    BAR_IO = 1,
    BAR_TYPE = 6,
    BAR_TYPE_64 = 4,
    BAR_ADDRESS = ~0xfu,
};

#define ADDRESS_MAX (1ull << 45) /* nothing lies above on any machine */

/* Bridges that form a ring would be walked for ever. */
static uint64_t buses_seen[BUS_MAX / 64];

static void select(const struct pci_device *d, unsigned offset)
{
    port_write32(PORT_ADDRESS, 0x80000000u | (uint32_t)d->bus << 16 |
                                   (uint32_t)d->dev << 11 |
                                   (uint32_t)d->fn << 8 | (offset & 0xfc));
}

uint8_t pci_read8(const struct pci_device *d, unsigned offset)
{
    select(d, offset);
    return port_read8((uint16_t)(PORT_DATA + (offset & 3)));
}

uint16_t pci_read16(const struct pci_device *d, unsigned offset)
{
    select(d, offset);
    return port_read16((uint16_t)(PORT_DATA + (offset & 2)));
}

uint32_t pci_read32(const struct pci_device *d, unsigned offset)
{
    select(d, offset);
    return port_read32(PORT_DATA);
}

void pci_write16(const struct pci_device *d, unsigned offset, uint16_t v)
{
    select(d, offset);
    port_write16((uint16_t)(PORT_DATA + (offset & 2)), v);
}

void pci_write32(const struct pci_device *d, unsigned offset, uint32_t v)
{
    select(d, offset);
    port_write32(PORT_DATA, v);
}

/* A machine without PCI has nothing at the address port to read back. */
static bool pci_present(void)
{
    const uint32_t probe = 0x80000000u;
    bool there;

    port_write32(PORT_ADDRESS, probe);
    there = port_read32(PORT_ADDRESS) == probe;
    return there && port_read16(PORT_DATA) != NO_VENDOR;
}

unsigned pci_capability_next(const struct pci_device *d, unsigned after,
                             uint8_t id)
{
    unsigned at, tries = CAPABILITIES_MAX;

    if (!(pci_read16(d, PCI_STATUS) & PCI_STATUS_CAPABILITIES))
        return 0;
    at = pci_read8(d, after ? after + 1 : PCI_CAPABILITIES) & 0xfc;
    while (at >= 0x40 && tries--) {
        if (pci_read8(d, at) == id)
            return at;
        at = pci_read8(d, at + 1) & 0xfc;
    }
    return 0;
}

int pci_bar(const struct pci_device *d, unsigned bar, paddr_t *addr)
{
    unsigned reg = PCI_BAR0 + 4 * bar;
    uint32_t lo;
    bool wide;

    if (bar > 5)
        return -ENXIO;
    lo = pci_read32(d, reg);
    wide = (lo & BAR_TYPE) == BAR_TYPE_64;
    if (lo & BAR_IO || (wide && bar > 4))
        return -ENXIO;
    *addr = lo & BAR_ADDRESS;
    if (wide)
        *addr |= (uint64_t)pci_read32(d, reg + 4) << 32;
    return *addr ? 0 : -ENXIO;
}

int pci_map(const struct pci_device *d, unsigned bar, uint32_t offset,
            uint32_t len, volatile uint8_t **regs)
{
    paddr_t addr;
    int err = pci_bar(d, bar, &addr);

    if (err)
        return err;
    if (len == 0 || len > PCI_MAP_MAX || addr >= ADDRESS_MAX)
        return -EIO;
    *regs = mmio_map(addr + offset, len);
    return *regs ? 0 : -ENOMEM;
}

void pci_enable(const struct pci_device *d)
{
    const uint16_t wanted = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    uint16_t command = pci_read16(d, PCI_COMMAND);

    if ((command & wanted) != wanted)
        pci_write16(d, PCI_COMMAND, command | wanted);
}

static unsigned scan_bus(unsigned bus, bool (*found)(struct pci_device *d));

/* One function; how many devices it and what is behind it are. */
static unsigned scan_function(const struct pci_device *at,
                              bool (*found)(struct pci_device *d))
{
    unsigned header = pci_read8(at, PCI_HEADER_TYPE) & 0x7f;
    struct pci_device *d;

    if (header == HEADER_BRIDGE)
        return 1 + scan_bus(pci_read8(at, PCI_SECONDARY_BUS), found);
    d = kzalloc(sizeof(*d));
    if (!d) {
        log_error("no memory for a device record");
        return 1;
    }
    *d = *at;
    d->device = pci_read16(d, PCI_DEVICE);
    d->class_code = pci_read32(d, PCI_CLASS_REVISION) >> 8;
    log_debug("%u:%u.%u: %04x:%04x class %06x", d->bus, d->dev, d->fn,
              d->vendor, d->device, d->class_code);
    if (!found(d))
        kfree(d);
    return 1;
}

static unsigned scan_bus(unsigned bus, bool (*found)(struct pci_device *d))
{
    struct pci_device at = {.bus = (uint8_t)bus};
    unsigned functions, n = 0;

    if (buses_seen[bus / 64] & 1ull << bus % 64)
        return 0;
    buses_seen[bus / 64] |= 1ull << bus % 64;
    for (unsigned dev = 0; dev < DEV_MAX; dev++) {
        functions = 1;
        for (unsigned fn = 0; fn < functions; fn++) {
            at.dev = (uint8_t)dev;
            at.fn = (uint8_t)fn;
            at.vendor = pci_read16(&at, PCI_VENDOR);
            if (at.vendor == NO_VENDOR)
                continue;
            if (fn == 0 &&
                pci_read8(&at, PCI_HEADER_TYPE) & HEADER_MULTI_FUNCTION)
                functions = FN_MAX;
            n += scan_function(&at, found);
        }
    }
    return n;
}

unsigned pci_scan(bool (*found)(struct pci_device *d))
{
    return pci_present() ? scan_bus(0, found) : 0;
}
