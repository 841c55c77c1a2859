// SPDX-License-Identifier: MIT
/*
 * virtqueue: the split ring through which a driver and a virtio device pass
 * buffers (virtio 1.2, section 2.7). Pure arithmetic on memory, so that host
 * tests can play the device.
 *
 * A driver adds a chain of buffers with a token, kicks the device, and later
 * pops the token back with the count of bytes that the device wrote. A chain
 * first lists what the device reads, then what it writes. Buffers belong to
 * the device from add to pop.
 *
 * The device is not trusted: what it writes into the used ring is checked
 * against private copies, and nonsense breaks the queue for good. A broken
 * queue takes and returns nothing more; the driver sees vq->broken.
 *
 * Indirect descriptors are not supported: a chain takes one descriptor per
 * buffer. Locking: the driver's; no function may run twice on one queue at a
 * time. Context: any.
 */
#pragma once

#include "lib/base.h"

/* The wire format: little-endian, as x86 is. */
struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};
static_assert(sizeof(struct virtq_desc) == 16, "virtio 1.2, 2.7.5");

struct virtq_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[]; /* then used_event */
};
static_assert(sizeof(struct virtq_avail) == 4, "virtio 1.2, 2.7.6");

struct virtq_used_elem {
    uint32_t id;
    uint32_t len;
};

struct virtq_used {
    uint16_t flags;
    uint16_t idx;
    struct virtq_used_elem ring[]; /* then avail_event */
};
static_assert(sizeof(struct virtq_used) == 4, "virtio 1.2, 2.7.8");

enum {
    VIRTQ_DESC_NEXT = 1,
    VIRTQ_DESC_WRITE = 2,
    VIRTQ_AVAIL_NO_INTERRUPT = 1,
    VIRTQ_USED_NO_NOTIFY = 1,
    VIRTQUEUE_SIZE_MAX = 32768,
};

/* One piece of a chain. */
struct virtio_buffer {
    paddr_t addr;
    uint32_t len;
};

/* The driver's own record of one descriptor. */
struct virtqueue_slot {
    void *token;       /* of the chain that starts here; NULL: none */
    uint32_t writable; /* bytes that the device may write to the chain */
    uint16_t count;    /* descriptors of the chain */
    uint16_t next;     /* in the free list, or in the chain */
};

struct virtio_device;

struct virtqueue {
    struct virtio_device *dev; /* filled by virtio_queue_create */
    uint16_t index;            /* the queue's number in its device */
    uint16_t size;             /* descriptors, a power of two */
    uint16_t free_head, free_count;
    uint16_t in_flight;   /* chains that the device has */
    uint16_t avail_next;  /* our copy of avail->idx */
    uint16_t avail_known; /* avail_next at the last kick */
    uint16_t used_next;   /* the next used entry to look at */
    bool event_idx;       /* VIRTIO_F_EVENT_IDX was negotiated */
    bool broken;
    const char *broken_why; /* which field of the used ring, and its value: */
    uint32_t broken_value;
    bool broken_told; /* it was logged, see virtio_queue_report */
    struct virtq_desc *desc;
    struct virtq_avail *avail;
    struct virtq_used *used;
    struct virtqueue_slot *slots;

    /* Tells the device; filled by the transport. */
    void (*notify)(struct virtqueue *vq);
    volatile void *notify_register;

    /* The interrupt: set by the driver, called by the transport. */
    void (*callback)(struct virtqueue *vq);
    void *driver_data;

    uint64_t kicks, interrupts; /* statistics */
};

/* Bytes of ring memory for size descriptors: descriptors, then the available
 * ring, then the used ring, each aligned as 2.7 asks. */
size_t virtqueue_ring_bytes(uint16_t size);
size_t virtqueue_avail_offset(uint16_t size);
size_t virtqueue_used_offset(uint16_t size);

/* Sets an empty queue up over ring memory (zeroed, 16-byte aligned) and size
 * slots, both borrowed. Interrupts start disabled. */
void virtqueue_init(struct virtqueue *vq, uint16_t index, uint16_t size,
                    void *ring, struct virtqueue_slot *slots, bool event_idx);

/*
 * Adds a chain: out buffers that the device reads, then in buffers that it
 * writes; out + in > 0. token is not NULL. The device may start at once, but
 * need not before virtqueue_kick. -ENOSPC: not enough free descriptors now;
 * -EIO: the queue is broken.
 */
int virtqueue_add(struct virtqueue *vq, const struct virtio_buffer *bufs,
                  unsigned out, unsigned in, void *token);

/* Notifies the device of what was added since the last kick, if it wants. */
void virtqueue_kick(struct virtqueue *vq);

/* The token of a chain that the device is done with, and through *written how
 * many bytes it wrote (never more than the chain has); NULL: none now. */
void *virtqueue_pop(struct virtqueue *vq, uint32_t *written);

/* Whether pop would find something. */
bool virtqueue_has_used(const struct virtqueue *vq);

/*
 * Asks for one interrupt, at the next used chain; after it the driver pops all
 * there is and asks again. False: a chain is there already, perhaps without an
 * interrupt to come, so that the caller must pop again.
 */
bool virtqueue_enable_callback(struct virtqueue *vq);
/* Asks for no more interrupts; a hint, one may still come. */
void virtqueue_disable_callback(struct virtqueue *vq);

/* After the device was reset: the tokens it still had, one a call, else NULL.
 */
void *virtqueue_detach(struct virtqueue *vq);
