// SPDX-License-Identifier: MIT
/*
 * fake_device: the device's side of a virtqueue, played by the test. It looks
 * at the rings alone, as a device does, and can write nonsense into them.
 */
#pragma once

#include "drivers/virtqueue.h"

struct fake_queue {
    struct virtqueue vq;
    uint16_t taken;    /* the device's place in the available ring */
    unsigned notified; /* notifications so far */
    void *ring;
    struct virtqueue_slot *slots;
};

/* A queue of size descriptors in fresh memory; fini frees it. */
void fake_queue_init(struct fake_queue *q, uint16_t size, bool event_idx);
void fake_queue_fini(struct fake_queue *q);

/* The head of the next chain that the driver made available, or -1. */
int fake_queue_take(struct fake_queue *q);
/* Puts an entry into the used ring. */
void fake_queue_use(struct fake_queue *q, uint32_t id, uint32_t len);
/* Takes the next chain, copies up to len bytes of its first buffer (in the
 * stubs' arena) from or to data, and uses it. How many bytes; -1: no chain. */
int fake_queue_read(struct fake_queue *q, void *data, uint32_t len);
int fake_queue_write(struct fake_queue *q, const void *data, uint32_t len);
