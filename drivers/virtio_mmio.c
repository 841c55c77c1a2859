// SPDX-License-Identifier: MIT
/* virtio_mmio: see the header. */
#include "drivers/virtio_mmio.h"

#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/irq.h"
#include "kernel/kmalloc.h"
#include "kernel/mmio.h"
#include "lib/printf.h"

#define LOG_TAG "virtio"
#include "kernel/log.h"

enum { /* registers, 4.2.2 */
       REG_MAGIC = 0x000,
       REG_VERSION = 0x004,
       REG_DEVICE_ID = 0x008,
       REG_DEVICE_FEATURES = 0x010,
       REG_DEVICE_FEATURES_SEL = 0x014,
       REG_DRIVER_FEATURES = 0x020,
       REG_DRIVER_FEATURES_SEL = 0x024,
       REG_QUEUE_SEL = 0x030,
       REG_QUEUE_NUM_MAX = 0x034,
       REG_QUEUE_NUM = 0x038,
       REG_QUEUE_READY = 0x044,
       REG_QUEUE_NOTIFY = 0x050,
       REG_INTERRUPT_STATUS = 0x060,
       REG_INTERRUPT_ACK = 0x064,
       REG_STATUS = 0x070,
       REG_QUEUE_DESC = 0x080, /* 64 bits, low half first */
       REG_QUEUE_DRIVER = 0x090,
       REG_QUEUE_DEVICE = 0x0a0,
       REG_CONFIG_GENERATION = 0x0fc,
       REG_CONFIG = 0x100,

       MAGIC = 0x74726976, /* "virt" */
       VERSION_LEGACY = 1,
       VERSION = 2,
       INTERRUPT_QUEUE = 1,
       INTERRUPT_CONFIG = 2,
};

struct virtio_mmio_device {
    struct virtio_device virtio;
    volatile uint8_t *regs;
};

static volatile uint8_t *regs_of(struct virtio_device *dev)
{
    return container_of(dev, struct virtio_mmio_device, virtio)->regs;
}

static uint32_t reg_read(struct virtio_device *dev, unsigned reg)
{
    return mmio_read32(regs_of(dev) + reg);
}

static void reg_write(struct virtio_device *dev, unsigned reg, uint32_t v)
{
    mmio_write32(regs_of(dev) + reg, v);
}

static void reg_write64(struct virtio_device *dev, unsigned reg, uint64_t v)
{
    reg_write(dev, reg, (uint32_t)v);
    reg_write(dev, reg + 4, (uint32_t)(v >> 32));
}

static uint8_t mmio_get_status(struct virtio_device *dev)
{
    return (uint8_t)reg_read(dev, REG_STATUS);
}

static void mmio_set_status(struct virtio_device *dev, uint8_t status)
{
    reg_write(dev, REG_STATUS, status);
}

static uint64_t mmio_get_features(struct virtio_device *dev)
{
    uint64_t lo, hi;

    reg_write(dev, REG_DEVICE_FEATURES_SEL, 0);
    lo = reg_read(dev, REG_DEVICE_FEATURES);
    reg_write(dev, REG_DEVICE_FEATURES_SEL, 1);
    hi = reg_read(dev, REG_DEVICE_FEATURES);
    return hi << 32 | lo;
}

static void mmio_set_features(struct virtio_device *dev, uint64_t features)
{
    reg_write(dev, REG_DRIVER_FEATURES_SEL, 0);
    reg_write(dev, REG_DRIVER_FEATURES, (uint32_t)features);
    reg_write(dev, REG_DRIVER_FEATURES_SEL, 1);
    reg_write(dev, REG_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

static uint16_t mmio_queue_max(struct virtio_device *dev, unsigned index)
{
    reg_write(dev, REG_QUEUE_SEL, index);
    return (uint16_t)MIN(reg_read(dev, REG_QUEUE_NUM_MAX), VIRTQUEUE_SIZE_MAX);
}

static void mmio_notify(struct virtqueue *vq)
{
    mmio_write32(vq->notify_register, vq->index);
}

static int mmio_queue_start(struct virtio_device *dev, struct virtqueue *vq,
                            paddr_t ring)
{
    reg_write(dev, REG_QUEUE_SEL, vq->index);
    reg_write(dev, REG_QUEUE_NUM, vq->size);
    reg_write64(dev, REG_QUEUE_DESC, ring);
    reg_write64(dev, REG_QUEUE_DRIVER, ring + virtqueue_avail_offset(vq->size));
    reg_write64(dev, REG_QUEUE_DEVICE, ring + virtqueue_used_offset(vq->size));
    vq->notify = mmio_notify;
    vq->notify_register = regs_of(dev) + REG_QUEUE_NOTIFY;
    reg_write(dev, REG_QUEUE_READY, 1);
    return 0;
}

static uint32_t mmio_config_read(struct virtio_device *dev, unsigned offset,
                                 unsigned size)
{
    const volatile uint8_t *p = regs_of(dev) + REG_CONFIG + offset;

    if (size == 1)
        return mmio_read8(p);
    return size == 2 ? mmio_read16(p) : mmio_read32(p);
}

static uint32_t mmio_config_generation(struct virtio_device *dev)
{
    return reg_read(dev, REG_CONFIG_GENERATION);
}

static const struct virtio_transport_ops mmio_ops = {
    .get_status = mmio_get_status,
    .set_status = mmio_set_status,
    .get_features = mmio_get_features,
    .set_features = mmio_set_features,
    .queue_max = mmio_queue_max,
    .queue_start = mmio_queue_start,
    .config_read = mmio_config_read,
    .config_generation = mmio_config_generation,
};

/*
 * The line is edge-triggered (Firecracker pulses it, and QEMU's level makes an
 * edge too), so it must be seen low before the handler ends: hence the loop
 * until no cause is left. Causes are acknowledged before the rings are looked
 * at, so that what comes later interrupts anew. The loop is bounded for the
 * case of a device whose register sticks.
 */
static void mmio_interrupt(void *arg)
{
    struct virtio_device *dev = arg;
    uint32_t cause;

    for (unsigned i = 0; i < 100; i++) {
        cause = reg_read(dev, REG_INTERRUPT_STATUS);
        if (cause == 0)
            return;
        reg_write(dev, REG_INTERRUPT_ACK, cause);
        if (cause & INTERRUPT_CONFIG && dev->config_changed)
            dev->config_changed(dev);
        if (cause & INTERRUPT_QUEUE)
            virtio_queues_interrupt(dev);
    }
}

/* Whether regs shows a device that this transport can drive. */
static int check_registers(const struct virtio_mmio_slot *slot,
                           const volatile uint8_t *regs)
{
    uint32_t magic = mmio_read32(regs + REG_MAGIC);
    uint32_t version = mmio_read32(regs + REG_VERSION);

    if (magic != MAGIC) {
        log_error("no virtio device at %#llx: virtio_mmio.device= is wrong",
                  (unsigned long long)slot->addr);
        return -EINVAL;
    }
    if (mmio_read32(regs + REG_DEVICE_ID) == 0)
        return -ENODEV;
    if (version == VERSION)
        return 0;
    if (version == VERSION_LEGACY)
        log_error("mmio@%llx has the legacy interface: start QEMU with "
                  "-global virtio-mmio.force-legacy=false",
                  (unsigned long long)slot->addr);
    else
        log_error("mmio@%llx: version %u is not supported",
                  (unsigned long long)slot->addr, version);
    return -EINVAL;
}

int virtio_mmio_probe(const struct virtio_mmio_slot *slot)
{
    volatile uint8_t *regs;
    struct virtio_mmio_device *d;
    uint32_t type;
    int err;

    if (slot->size < REG_CONFIG || !IS_ALIGNED(slot->addr, 4)) {
        log_error("virtio_mmio.device=%zu@%#llx: at least 256 bytes at a "
                  "multiple of 4 are needed",
                  slot->size, (unsigned long long)slot->addr);
        return -EINVAL;
    }
    regs = mmio_map(slot->addr, slot->size);
    if (!regs)
        return -ENOMEM;
    err = check_registers(slot, regs);
    if (err)
        return err == -ENODEV ? 0 : err;
    type = mmio_read32(regs + REG_DEVICE_ID);
    if (!virtio_has_driver(type))
        return 0;
    d = kzalloc(sizeof(*d));
    if (!d)
        return -ENOMEM;
    d->regs = regs;
    d->virtio.ops = &mmio_ops;
    d->virtio.type = type;
    d->virtio.config_size = slot->size - REG_CONFIG;
    snprintf(d->virtio.name, sizeof(d->virtio.name), "mmio@%llx",
             (unsigned long long)slot->addr);
    err = irq_gsi_attach(slot->irq, false, mmio_interrupt, &d->virtio);
    if (err) {
        log_error("%s: interrupt %u: error %d", d->virtio.name, slot->irq, err);
        kfree(d);
        return err;
    }
    virtio_device_found(&d->virtio); /* logs what is wrong */
    return 0;
}
