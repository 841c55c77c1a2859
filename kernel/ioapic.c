// SPDX-License-Identifier: MIT
/*
 * ioapic: the I/O APICs of the machine, from the ACPI MADT; without one, the
 * single chip at its usual place, which is what microvm has.
 *
 * Locking: none; set up and used while drivers are attached, one at a time.
 */
#include "kernel/ioapic.h"

#include "abi/errno.h"
#include "kernel/acpi.h"
#include "kernel/mmio.h"
#include "lib/string.h"

#define LOG_TAG "irq"
#include "kernel/log.h"

#define IOAPIC_MAX          8
#define IOAPIC_DEFAULT_ADDR 0xfec00000u
#define ISA_IRQS            16

enum {
    REG_SELECT = 0x00,
    REG_WINDOW = 0x10,
};

enum {
    INDEX_VERSION = 1,        /* bits 16..23: the highest input */
    INDEX_REDIRECTION = 0x10, /* two words an input */
};

enum {
    REDIR_ACTIVE_LOW = 1 << 13,
    REDIR_LEVEL = 1 << 15,
    REDIR_DEST_SHIFT = 24, /* of the upper word */
};

enum {
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
};

enum { /* flags of an override; 0 means: as the bus has it */
       POLARITY_MASK = 3,
       POLARITY_HIGH = 1,
       POLARITY_LOW = 3,
       TRIGGER_MASK = 3 << 2,
       TRIGGER_EDGE = 1 << 2,
       TRIGGER_LEVEL = 3 << 2,
};

struct madt {
    char header[36]; /* what all ACPI tables begin with */
    uint32_t lapic_address, flags;
    /* entries follow */
} packed;

struct madt_ioapic {
    uint8_t type, len, id, reserved;
    uint32_t address, gsi_base;
} packed;

struct madt_override {
    uint8_t type, len, bus, source;
    uint32_t gsi;
    uint16_t flags;
} packed;

static_assert(sizeof(struct madt) == 44, "ACPI 6, 5.2.12");
static_assert(sizeof(struct madt_ioapic) == 12, "ACPI 6, 5.2.12.3");
static_assert(sizeof(struct madt_override) == 10, "ACPI 6, 5.2.12.5");

struct ioapic {
    volatile char *regs;
    unsigned gsi_base, inputs;
};

static struct ioapic ioapics[IOAPIC_MAX];
static unsigned ioapic_count;
static struct {
    bool set;
    uint16_t flags;
    unsigned gsi;
} overrides[ISA_IRQS];

static uint32_t ioapic_read(const struct ioapic *io, unsigned index)
{
    mmio_write32(io->regs + REG_SELECT, index);
    return mmio_read32(io->regs + REG_WINDOW);
}

static void ioapic_write(const struct ioapic *io, unsigned index,
                         uint32_t value)
{
    mmio_write32(io->regs + REG_SELECT, index);
    mmio_write32(io->regs + REG_WINDOW, value);
}

static void add_ioapic(paddr_t address, unsigned gsi_base)
{
    struct ioapic *io = &ioapics[ioapic_count];

    if (ioapic_count == IOAPIC_MAX)
        return;
    io->regs = mmio_map(address, 4096);
    if (!io->regs)
        return;
    io->gsi_base = gsi_base;
    io->inputs = (ioapic_read(io, INDEX_VERSION) >> 16 & 0xff) + 1;
    ioapic_count++;
    log_debug("i/o apic at 0x%lx: inputs %u to %u", (unsigned long)address,
              gsi_base, gsi_base + io->inputs - 1);
}

static void add_override(const struct madt_override *o)
{
    if (o->source >= ISA_IRQS)
        return;
    overrides[o->source].set = true;
    overrides[o->source].flags = o->flags;
    overrides[o->source].gsi = o->gsi;
}

/* The firmware's word is not trusted for any length. */
static void parse_madt(const uint8_t *at, size_t left)
{
    while (left >= 2 && at[1] >= 2 && at[1] <= left) {
        struct madt_ioapic chip;
        struct madt_override override;
        size_t len = at[1];

        if (at[0] == MADT_IOAPIC && len >= sizeof(chip)) {
            memcpy(&chip, at, sizeof(chip));
            add_ioapic(chip.address, chip.gsi_base);
        } else if (at[0] == MADT_OVERRIDE && len >= sizeof(override)) {
            memcpy(&override, at, sizeof(override));
            add_override(&override);
        }
        at += len;
        left -= len;
    }
}

static void find_once(void)
{
    static bool done;
    const struct madt *madt;
    size_t len;

    if (done)
        return;
    done = true;
    madt = acpi_find_table("APIC", &len);
    if (madt && len >= sizeof(*madt))
        parse_madt((const uint8_t *)(madt + 1), len - sizeof(*madt));
    if (ioapic_count == 0)
        add_ioapic(IOAPIC_DEFAULT_ADDR, 0);
}

unsigned ioapic_resolve(unsigned gsi)
{
    find_once();
    return gsi < ISA_IRQS && overrides[gsi].set ? overrides[gsi].gsi : gsi;
}

/* The bits that say when the wire is active. */
static uint32_t wire_bits(unsigned gsi, bool level)
{
    unsigned flags = gsi < ISA_IRQS ? overrides[gsi].flags : 0;
    bool low;

    if ((flags & TRIGGER_MASK) == TRIGGER_LEVEL)
        level = true;
    else if ((flags & TRIGGER_MASK) == TRIGGER_EDGE)
        level = false;
    low = level && gsi >= ISA_IRQS; /* as PCI has it; ISA is active high */
    if ((flags & POLARITY_MASK) == POLARITY_LOW)
        low = true;
    else if ((flags & POLARITY_MASK) == POLARITY_HIGH)
        low = false;
    return (level ? REDIR_LEVEL : 0) | (low ? REDIR_ACTIVE_LOW : 0);
}

int ioapic_route(unsigned gsi, bool level, unsigned vector, unsigned apic_id)
{
    unsigned wire = ioapic_resolve(gsi);

    for (unsigned i = 0; i < ioapic_count; i++) {
        const struct ioapic *io = &ioapics[i];
        unsigned index;

        if (wire < io->gsi_base || wire - io->gsi_base >= io->inputs)
            continue;
        index = INDEX_REDIRECTION + 2 * (wire - io->gsi_base);
        /* The destination first: the lower word unmasks the input. */
        ioapic_write(io, index + 1, apic_id << REDIR_DEST_SHIFT);
        ioapic_write(io, index, vector | wire_bits(gsi, level));
        return 0;
    }
    return -ENODEV;
}
