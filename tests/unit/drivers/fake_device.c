// SPDX-License-Identifier: MIT
/* fake_device: see the header. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/page.h"
#include "tests/unit/drivers/fake_device.h"

static void notify(struct virtqueue *vq)
{
    container_of(vq, struct fake_queue, vq)->notified++;
}

void fake_queue_init(struct fake_queue *q, uint16_t size, bool event_idx)
{
    *q = (struct fake_queue){0};
    /* Exactly as long as asked for: the sanitizer watches the ends. */
    q->ring = calloc(1, virtqueue_ring_bytes(size));
    q->slots = calloc(size, sizeof(*q->slots));
    virtqueue_init(&q->vq, 3, size, q->ring, q->slots, event_idx);
    q->vq.notify = notify;
}

void fake_queue_fini(struct fake_queue *q)
{
    free(q->ring);
    free(q->slots);
}

int fake_queue_take(struct fake_queue *q)
{
    if (q->taken == q->vq.avail->idx)
        return -1;
    return q->vq.avail->ring[q->taken++ % q->vq.size];
}

void fake_queue_use(struct fake_queue *q, uint32_t id, uint32_t len)
{
    struct virtq_used *used = q->vq.used;

    used->ring[used->idx % q->vq.size] = (struct virtq_used_elem){id, len};
    used->idx++;
}

static void *memory_of(const struct virtq_desc *d)
{
    return (char *)page_virt(page_of_phys(d->addr)) + d->addr % PAGE_SIZE;
}

int fake_queue_read(struct fake_queue *q, void *data, uint32_t len)
{
    int head = fake_queue_take(q);

    if (head < 0)
        return -1;
    ck_assert_int_eq(q->vq.desc[head].flags, 0);
    len = MIN(len, q->vq.desc[head].len);
    memcpy(data, memory_of(&q->vq.desc[head]), len);
    fake_queue_use(q, (uint32_t)head, 0);
    return (int)len;
}

int fake_queue_write(struct fake_queue *q, const void *data, uint32_t len)
{
    int head = fake_queue_take(q);

    if (head < 0)
        return -1;
    ck_assert_int_eq(q->vq.desc[head].flags, VIRTQ_DESC_WRITE);
    len = MIN(len, q->vq.desc[head].len);
    memcpy(memory_of(&q->vq.desc[head]), data, len);
    fake_queue_use(q, (uint32_t)head, len);
    return (int)len;
}
