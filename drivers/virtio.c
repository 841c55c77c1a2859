// SPDX-License-Identifier: MIT
/* virtio: see the header; virtio 1.2, sections 2 and 3.1. */
#include "drivers/virtio.h"

#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/panic.h"

#define LOG_TAG "virtio"
#include "kernel/log.h"

enum {
    /* Status reads until a reset must have happened: far more than any
     * device needs, each read leaves the virtual machine. */
    RESET_POLLS = 100000,
    QUEUE_INDEX_MAX = 1024,
};

static struct virtio_driver *drivers;

void virtio_driver_register(struct virtio_driver *driver)
{
    driver->next = drivers;
    drivers = driver;
}

static struct virtio_driver *driver_of(uint32_t type)
{
    struct virtio_driver *d = drivers;

    while (d && d->type != type)
        d = d->next;
    return d;
}

bool virtio_has_driver(uint32_t type)
{
    if (driver_of(type))
        return true;
    log_info("there is no driver for virtio devices of type %u", type);
    return false;
}

int virtio_device_found(struct virtio_device *dev)
{
    int err = driver_of(dev->type)->probe(dev);

    if (err)
        log_error("%s: device of type %u not started (error %d)", dev->name,
                  dev->type, err);
    else
        log_debug("%s: type %u, features %#llx", dev->name, dev->type,
                  (unsigned long long)dev->features);
    return err;
}

paddr_t virtio_phys(const void *p)
{
    return page_phys(page_of_virt(p)) + ((uintptr_t)p & PAGE_MASK);
}

static void add_status(struct virtio_device *dev, uint8_t bits)
{
    dev->ops->set_status(dev, dev->ops->get_status(dev) | bits);
}

static int reset_and_wait(struct virtio_device *dev)
{
    dev->ops->set_status(dev, 0);
    for (unsigned i = 0; i < RESET_POLLS; i++) {
        if (dev->ops->get_status(dev) == 0)
            return 0;
        cpu_pause();
    }
    return -EIO;
}

void virtio_reset(struct virtio_device *dev)
{
    if (reset_and_wait(dev))
        log_error("%s: the device does not reset", dev->name);
}

void virtio_fail(struct virtio_device *dev)
{
    add_status(dev, VIRTIO_STATUS_FAILED);
}

int virtio_negotiate(struct virtio_device *dev, uint64_t wanted)
{
    uint64_t offered;

    if (reset_and_wait(dev))
        return -EIO;
    add_status(dev, VIRTIO_STATUS_ACKNOWLEDGE);
    add_status(dev, VIRTIO_STATUS_DRIVER);
    offered = dev->ops->get_features(dev);
    if (!(offered & VIRTIO_F_VERSION_1)) {
        log_error("%s: only the legacy interface is offered", dev->name);
        virtio_fail(dev);
        return -ENODEV;
    }
    dev->features = offered & (wanted | VIRTIO_F_VERSION_1);
    dev->ops->set_features(dev, dev->features);
    add_status(dev, VIRTIO_STATUS_FEATURES_OK);
    if (!(dev->ops->get_status(dev) & VIRTIO_STATUS_FEATURES_OK)) {
        log_error("%s: features %#llx refused", dev->name,
                  (unsigned long long)dev->features);
        virtio_fail(dev);
        return -EIO;
    }
    return 0;
}

bool virtio_has(const struct virtio_device *dev, uint64_t feature)
{
    return (dev->features & feature) == feature;
}

void virtio_start(struct virtio_device *dev)
{
    add_status(dev, VIRTIO_STATUS_DRIVER_OK);
}

/* Makes room for queue number index in the device's list. */
static int queue_slot_make(struct virtio_device *dev, unsigned index)
{
    unsigned n = MAX(index + 1, 2 * dev->queue_slots);
    struct virtqueue **grown;

    if (index >= QUEUE_INDEX_MAX)
        return -ENOENT;
    if (index < dev->queue_slots)
        return 0;
    grown = krealloc(dev->queues, n * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    for (unsigned i = dev->queue_slots; i < n; i++)
        grown[i] = NULL;
    dev->queues = grown;
    dev->queue_slots = n;
    return 0;
}

/* The largest power of two within both limits. */
static uint16_t queue_size(uint16_t device_max, uint16_t wanted)
{
    uint16_t limit = MIN(device_max, MIN(wanted, VIRTQUEUE_SIZE_MAX));
    uint16_t size = 1;

    while (size <= limit / 2)
        size *= 2;
    return size;
}

int virtio_queue_create(struct virtio_device *dev, unsigned index,
                        uint16_t max_size,
                        void (*callback)(struct virtqueue *vq),
                        void *driver_data, struct virtqueue **out)
{
    uint16_t device_max = dev->ops->queue_max(dev, index), size;
    struct virtqueue_slot *slots;
    struct virtqueue *vq;
    void *ring;
    int err = queue_slot_make(dev, index);

    if (err)
        return err;
    if (device_max == 0)
        return -ENOENT;
    assert(!dev->queues[index]);
    size = queue_size(device_max, max_size);
    err = -ENOMEM;
    vq = kmalloc(sizeof(*vq));
    ring = kzalloc(virtqueue_ring_bytes(size));
    slots = kmalloc(size * sizeof(*slots));
    if (!vq || !ring || !slots)
        goto free;
    virtqueue_init(vq, (uint16_t)index, size, ring, slots,
                   virtio_has(dev, VIRTIO_F_EVENT_IDX));
    vq->dev = dev;
    vq->callback = callback;
    vq->driver_data = driver_data;
    err = dev->ops->queue_start(dev, vq, virtio_phys(ring));
    if (err)
        goto free;
    dev->queues[index] = vq;
    *out = vq;
    return 0;

free:
    kfree(slots);
    kfree(ring);
    kfree(vq);
    return err;
}

uint8_t virtio_config8(struct virtio_device *dev, unsigned offset)
{
    if (offset >= dev->config_size)
        return 0;
    return (uint8_t)dev->ops->config_read(dev, offset, 1);
}

uint16_t virtio_config16(struct virtio_device *dev, unsigned offset)
{
    if (offset + 2 > dev->config_size)
        return 0;
    return (uint16_t)dev->ops->config_read(dev, offset, 2);
}

uint32_t virtio_config32(struct virtio_device *dev, unsigned offset)
{
    if (offset + 4 > dev->config_size)
        return 0;
    return dev->ops->config_read(dev, offset, 4);
}

uint64_t virtio_config64(struct virtio_device *dev, unsigned offset)
{
    uint32_t before, lo, hi;
    unsigned tries = 10; /* a device that never settles gets what it gets */

    do {
        before = dev->ops->config_generation(dev);
        lo = virtio_config32(dev, offset);
        hi = virtio_config32(dev, offset + 4);
    } while (dev->ops->config_generation(dev) != before && --tries);
    return (uint64_t)hi << 32 | lo;
}

void virtio_queue_report(struct virtqueue *vq)
{
    if (!vq->broken || vq->broken_told)
        return;
    vq->broken_told = true;
    log_error("%s: the device put a bad %s (%u) into queue %u: queue stopped",
              vq->dev->name, vq->broken_why, vq->broken_value, vq->index);
}

void virtio_queue_interrupt(struct virtqueue *vq)
{
    vq->interrupts++;
    vq->callback(vq);
    virtio_queue_report(vq);
}

void virtio_queues_interrupt(struct virtio_device *dev)
{
    for (unsigned i = 0; i < dev->queue_slots; i++) {
        struct virtqueue *vq = dev->queues[i];

        if (vq && vq->callback && virtqueue_has_used(vq))
            virtio_queue_interrupt(vq);
    }
}
