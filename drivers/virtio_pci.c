// SPDX-License-Identifier: MIT
/* virtio_pci: see the header. */
#include "drivers/virtio_pci.h"

#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/kmalloc.h"
#include "kernel/mmio.h"
#include "lib/printf.h"

#define LOG_TAG "virtio"
#include "kernel/log.h"

enum {
    VENDOR_VIRTIO = 0x1af4,
    DEVICE_TRANSITIONAL = 0x1000, /* type: the subsystem id */
    DEVICE_MODERN = 0x1040,       /* plus the type */
    DEVICE_LAST = 0x107f,

    /* Structures that capabilities point to, 4.1.4 */
    CFG_COMMON = 1,
    CFG_NOTIFY = 2,
    CFG_DEVICE = 4,
    CFG_TYPES = 5,
    CAP_CFG_TYPE = 3, /* offsets in the capability */
    CAP_BAR = 4,
    CAP_OFFSET = 8,
    CAP_LENGTH = 12,
    CAP_NOTIFY_MULTIPLIER = 16,

    /* The common structure, 4.1.4.3 */
    COMMON_DEVICE_FEATURE_SELECT = 0,
    COMMON_DEVICE_FEATURE = 4,
    COMMON_DRIVER_FEATURE_SELECT = 8,
    COMMON_DRIVER_FEATURE = 12,
    COMMON_CONFIG_VECTOR = 16,
    COMMON_QUEUES = 18,
    COMMON_STATUS = 20,
    COMMON_GENERATION = 21,
    COMMON_QUEUE_SELECT = 22,
    COMMON_QUEUE_SIZE = 24,
    COMMON_QUEUE_VECTOR = 26,
    COMMON_QUEUE_ENABLE = 28,
    COMMON_QUEUE_NOTIFY_OFF = 30,
    COMMON_QUEUE_DESC = 32, /* 64 bits */
    COMMON_QUEUE_DRIVER = 40,
    COMMON_QUEUE_DEVICE = 48,
    COMMON_SIZE = 56,

    VECTOR_NONE = 0xffff,
    ENTRY_CONFIG = 0,
    ENTRY_QUEUES = 1,
};

/* A structure of the device, mapped. */
struct window {
    volatile uint8_t *base; /* NULL: the device lacks it */
    size_t len;
};

struct virtio_pci_device {
    struct virtio_device virtio;
    struct pci_device *pci;
    struct window window[CFG_TYPES];
    uint32_t notify_multiplier;
    bool vectors_shared; /* all queues interrupt through ENTRY_QUEUES */
    bool shared_attached;
};

static struct virtio_pci_device *of(struct virtio_device *dev)
{
    return container_of(dev, struct virtio_pci_device, virtio);
}

static volatile uint8_t *common(struct virtio_device *dev)
{
    return of(dev)->window[CFG_COMMON].base;
}

static uint8_t pci_get_status(struct virtio_device *dev)
{
    return mmio_read8(common(dev) + COMMON_STATUS);
}

static void config_interrupt(void *arg)
{
    struct virtio_device *dev = arg;

    if (dev->config_changed)
        dev->config_changed(dev);
}

/* A driver that wants to hear of configuration changes gets a vector. */
static void config_vector(struct virtio_device *dev)
{
    int err =
        pci_msix_attach(of(dev)->pci, ENTRY_CONFIG, config_interrupt, dev);

    if (err)
        log_warn("%s: no interrupt for configuration changes", dev->name);
    else
        mmio_write16(common(dev) + COMMON_CONFIG_VECTOR, ENTRY_CONFIG);
}

static void pci_set_status(struct virtio_device *dev, uint8_t status)
{
    if (status & VIRTIO_STATUS_DRIVER_OK && dev->config_changed)
        config_vector(dev);
    mmio_write8(common(dev) + COMMON_STATUS, status);
}

static uint64_t pci_get_features(struct virtio_device *dev)
{
    uint64_t lo, hi;

    mmio_write32(common(dev) + COMMON_DEVICE_FEATURE_SELECT, 0);
    lo = mmio_read32(common(dev) + COMMON_DEVICE_FEATURE);
    mmio_write32(common(dev) + COMMON_DEVICE_FEATURE_SELECT, 1);
    hi = mmio_read32(common(dev) + COMMON_DEVICE_FEATURE);
    return hi << 32 | lo;
}

static void pci_set_features(struct virtio_device *dev, uint64_t features)
{
    mmio_write32(common(dev) + COMMON_DRIVER_FEATURE_SELECT, 0);
    mmio_write32(common(dev) + COMMON_DRIVER_FEATURE, (uint32_t)features);
    mmio_write32(common(dev) + COMMON_DRIVER_FEATURE_SELECT, 1);
    mmio_write32(common(dev) + COMMON_DRIVER_FEATURE,
                 (uint32_t)(features >> 32));
}

static uint16_t pci_queue_max(struct virtio_device *dev, unsigned index)
{
    mmio_write16(common(dev) + COMMON_QUEUE_SELECT, (uint16_t)index);
    return mmio_read16(common(dev) + COMMON_QUEUE_SIZE);
}

static void pci_notify(struct virtqueue *vq)
{
    mmio_write16(vq->notify_register, vq->index);
}

static void queue_interrupt(void *arg)
{
    virtio_queue_interrupt(arg);
}

static void shared_interrupt(void *arg)
{
    virtio_queues_interrupt(arg);
}

/* Gives the queue an MSI-X entry of its own, or the shared one. */
static int queue_vector(struct virtio_pci_device *d, struct virtqueue *vq,
                        uint16_t *entry)
{
    int err;

    *entry = VECTOR_NONE;
    if (!vq->callback)
        return 0;
    if (!d->vectors_shared) {
        *entry = (uint16_t)(ENTRY_QUEUES + vq->index);
        return pci_msix_attach(d->pci, *entry, queue_interrupt, vq);
    }
    *entry = d->pci->msix_count > ENTRY_QUEUES ? ENTRY_QUEUES : 0;
    if (d->shared_attached)
        return 0;
    err = pci_msix_attach(d->pci, *entry, shared_interrupt, &d->virtio);
    d->shared_attached = !err;
    return err;
}

static void common_write64(struct virtio_device *dev, unsigned reg, uint64_t v)
{
    mmio_write32(common(dev) + reg, (uint32_t)v);
    mmio_write32(common(dev) + reg + 4, (uint32_t)(v >> 32));
}

static int pci_queue_start(struct virtio_device *dev, struct virtqueue *vq,
                           paddr_t ring)
{
    struct virtio_pci_device *d = of(dev);
    struct window *notify = &d->window[CFG_NOTIFY];
    volatile uint8_t *c = common(dev);
    uint64_t at;
    uint16_t entry;
    int err;

    mmio_write16(c + COMMON_QUEUE_SELECT, vq->index);
    at = (uint64_t)mmio_read16(c + COMMON_QUEUE_NOTIFY_OFF) *
         d->notify_multiplier;
    if (notify->len < 2 || at > notify->len - 2 || at % 2)
        return -EIO;
    vq->notify = pci_notify;
    vq->notify_register = notify->base + at;
    err = queue_vector(d, vq, &entry);
    if (err)
        return err;
    mmio_write16(c + COMMON_QUEUE_VECTOR, entry);
    if (mmio_read16(c + COMMON_QUEUE_VECTOR) != entry)
        return -EIO;
    mmio_write16(c + COMMON_QUEUE_SIZE, vq->size);
    common_write64(dev, COMMON_QUEUE_DESC, ring);
    common_write64(dev, COMMON_QUEUE_DRIVER,
                   ring + virtqueue_avail_offset(vq->size));
    common_write64(dev, COMMON_QUEUE_DEVICE,
                   ring + virtqueue_used_offset(vq->size));
    mmio_write16(c + COMMON_QUEUE_ENABLE, 1);
    return 0;
}

static uint32_t pci_config_read(struct virtio_device *dev, unsigned offset,
                                unsigned size)
{
    const volatile uint8_t *p = of(dev)->window[CFG_DEVICE].base + offset;

    if (size == 1)
        return mmio_read8(p);
    return size == 2 ? mmio_read16(p) : mmio_read32(p);
}

static uint32_t pci_config_generation(struct virtio_device *dev)
{
    return mmio_read8(common(dev) + COMMON_GENERATION);
}

static const struct virtio_transport_ops pci_ops = {
    .get_status = pci_get_status,
    .set_status = pci_set_status,
    .get_features = pci_get_features,
    .set_features = pci_set_features,
    .queue_max = pci_queue_max,
    .queue_start = pci_queue_start,
    .config_read = pci_config_read,
    .config_generation = pci_config_generation,
};

/* Maps the structure that the capability at cap describes. */
static int map_window(struct virtio_pci_device *d, unsigned cap, unsigned type)
{
    uint32_t len = pci_read32(d->pci, cap + CAP_LENGTH);
    struct window *w = &d->window[type];
    int err;

    if (w->base)
        return 0; /* the first of a kind is the preferred one */
    err = pci_map(d->pci, pci_read8(d->pci, cap + CAP_BAR),
                  pci_read32(d->pci, cap + CAP_OFFSET), len, &w->base);
    if (err)
        return err;
    w->len = len;
    if (type == CFG_NOTIFY)
        d->notify_multiplier = pci_read32(d->pci, cap + CAP_NOTIFY_MULTIPLIER);
    return 0;
}

static int map_windows(struct virtio_pci_device *d)
{
    unsigned cap = 0, type;
    int err;

    while ((cap = pci_capability_next(d->pci, cap, PCI_CAP_VENDOR))) {
        type = pci_read8(d->pci, cap + CAP_CFG_TYPE);
        if (type != CFG_COMMON && type != CFG_NOTIFY && type != CFG_DEVICE)
            continue;
        err = map_window(d, cap, type);
        if (err)
            return err;
    }
    if (d->window[CFG_COMMON].len < COMMON_SIZE || !d->window[CFG_NOTIFY].base)
        return -ENODEV;
    return 0;
}

static int setup(struct virtio_pci_device *d)
{
    unsigned queues;
    int err;

    pci_enable(d->pci);
    err = map_windows(d);
    if (err)
        return err;
    err = pci_msix_enable(d->pci);
    if (err)
        return err;
    queues = mmio_read16(common(&d->virtio) + COMMON_QUEUES);
    d->vectors_shared = d->pci->msix_count < ENTRY_QUEUES + queues;
    d->virtio.config_size = d->window[CFG_DEVICE].len;
    return 0;
}

/* The virtio device type of a PCI device, or 0. */
static uint32_t type_of(const struct pci_device *p)
{
    if (p->vendor != VENDOR_VIRTIO || p->device < DEVICE_TRANSITIONAL ||
        p->device > DEVICE_LAST)
        return 0;
    if (p->device >= DEVICE_MODERN)
        return p->device - DEVICE_MODERN;
    return pci_read16(p, PCI_SUBSYSTEM);
}

bool virtio_pci_found(struct pci_device *p)
{
    uint32_t type = type_of(p);
    struct virtio_pci_device *d;
    int err;

    if (!type || !virtio_has_driver(type))
        return false;
    d = kzalloc(sizeof(*d));
    if (!d)
        return false;
    d->pci = p;
    d->virtio.ops = &pci_ops;
    d->virtio.type = type;
    snprintf(d->virtio.name, sizeof(d->virtio.name), "pci %u:%u.%u", p->bus,
             p->dev, p->fn);
    err = setup(d);
    if (err) {
        log_error("%s: no usable modern virtio interface (error %d): start "
                  "QEMU with disable-legacy=on for the device",
                  d->virtio.name, err);
        kfree(d);
        return false;
    }
    virtio_device_found(&d->virtio); /* logs what is wrong */
    return true;
}
