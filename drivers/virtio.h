// SPDX-License-Identifier: MIT
/*
 * virtio: devices of the virtio 1.x kind, whatever bus they are on.
 *
 * A transport (virtio_mmio, virtio_pci) finds a device, fills a struct
 * virtio_device and hands it to virtio_device_found, which calls the driver for
 * its type. The driver then negotiates features, creates its queues, and starts
 * the device:
 *
 *     virtio_negotiate(dev, WANTED) ... virtio_queue_create(dev, 0, ...) ...
 *     virtio_start(dev)
 *
 * Devices live as long as the machine: there is no unplugging. Set-up happens
 * at boot, on one CPU, and needs no lock. A callback runs in the interrupt.
 */
#pragma once

#include "drivers/virtqueue.h"

enum virtio_type { /* virtio 1.2, section 5 */
                   VIRTIO_TYPE_NET = 1,
                   VIRTIO_TYPE_BLOCK = 2,
                   VIRTIO_TYPE_CONSOLE = 3,
                   VIRTIO_TYPE_RNG = 4,
                   VIRTIO_TYPE_9P = 9,
};

enum { /* the device status field, 2.1 */
       VIRTIO_STATUS_ACKNOWLEDGE = 1,
       VIRTIO_STATUS_DRIVER = 2,
       VIRTIO_STATUS_DRIVER_OK = 4,
       VIRTIO_STATUS_FEATURES_OK = 8,
       VIRTIO_STATUS_NEEDS_RESET = 64,
       VIRTIO_STATUS_FAILED = 128,
};

#define VIRTIO_F_EVENT_IDX (1ull << 29)
#define VIRTIO_F_VERSION_1 (1ull << 32)

struct virtio_device;

struct virtio_transport_ops {
    uint8_t (*get_status)(struct virtio_device *dev);
    void (*set_status)(struct virtio_device *dev, uint8_t status);
    uint64_t (*get_features)(struct virtio_device *dev);
    void (*set_features)(struct virtio_device *dev, uint64_t features);
    /* The largest size the device allows for a queue; 0: no such queue. */
    uint16_t (*queue_max)(struct virtio_device *dev, unsigned index);
    /* Hands the rings at ring to the device, sets vq->notify, and connects
     * the interrupt when vq->callback is set. 0 or -errno. */
    int (*queue_start)(struct virtio_device *dev, struct virtqueue *vq,
                       paddr_t ring);
    /* One value of 1, 2 or 4 bytes of the device configuration. */
    uint32_t (*config_read)(struct virtio_device *dev, unsigned offset,
                            unsigned size);
    uint32_t (*config_generation)(struct virtio_device *dev);
};

struct virtio_device {
    const struct virtio_transport_ops *ops;
    uint32_t type;
    char name[16];             /* "mmio@feb00000", "pci 0:3.0", for messages */
    uint64_t features;         /* negotiated */
    size_t config_size;        /* bytes of device configuration */
    struct virtqueue **queues; /* by index; NULL where none was created */
    unsigned queue_slots;      /* length of queues */
    void *driver_data;
    /* Called in the interrupt when the configuration changed; may be NULL. */
    void (*config_changed)(struct virtio_device *dev);
};

struct virtio_driver {
    struct virtio_driver *next;
    uint32_t type;
    /* Takes the device over; on an error the device is left reset. */
    int (*probe)(struct virtio_device *dev);
};

/* Drivers are registered before transports look for devices. */
void virtio_driver_register(struct virtio_driver *driver);

/* For transports: is it worth while to set up a device of this type? */
bool virtio_has_driver(uint32_t type);

/* For transports. Starts a device whose type has a driver; borrows dev for
 * ever. The driver's error, which has been logged. */
int virtio_device_found(struct virtio_device *dev);

/*
 * Resets the device and agrees on features: those of wanted that the device
 * has, and VIRTIO_F_VERSION_1: -ENODEV without it. -EIO when the device refuses
 * or does not reset.
 */
int virtio_negotiate(struct virtio_device *dev, uint64_t wanted);
bool virtio_has(const struct virtio_device *dev, uint64_t feature);

/*
 * Creates queue index with at most max_size descriptors (a power of two).
 * callback (NULL: none ever) is called when the device used something, once
 * enabled. -ENOENT: the device has no such queue; -ENOMEM.
 */
int virtio_queue_create(struct virtio_device *dev, unsigned index,
                        uint16_t max_size,
                        void (*callback)(struct virtqueue *vq),
                        void *driver_data, struct virtqueue **vq);

/* The driver is ready: the device may use the queues. */
void virtio_start(struct virtio_device *dev);
/* Stops the device; it touches no memory afterwards. */
void virtio_reset(struct virtio_device *dev);
/* Gives up on the device, for ever. */
void virtio_fail(struct virtio_device *dev);

/* Values of the device configuration; 0 beyond its end. */
uint8_t virtio_config8(struct virtio_device *dev, unsigned offset);
uint16_t virtio_config16(struct virtio_device *dev, unsigned offset);
uint32_t virtio_config32(struct virtio_device *dev, unsigned offset);
uint64_t virtio_config64(struct virtio_device *dev, unsigned offset);

/* Logs, once, that the queue is broken, if it is. Not while holding a lock
 * that a log sink takes. */
void virtio_queue_report(struct virtqueue *vq);

/* For transports: an interrupt said that queues (a queue) may have work. */
void virtio_queue_interrupt(struct virtqueue *vq);
void virtio_queues_interrupt(struct virtio_device *dev);

/* The physical address of kernel memory (kmalloc or page_alloc). */
paddr_t virtio_phys(const void *p);
