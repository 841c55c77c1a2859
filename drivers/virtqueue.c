// SPDX-License-Identifier: MIT
/*
 * virtqueue: see the header. The rings are shared with the device, so every
 * access to an index goes through an atomic load or store; x86 keeps the
 * order of loads and of stores, and only "store, then load another" needs a
 * full fence.
 */
#include "drivers/virtqueue.h"

#include "abi/errno.h"
#include "kernel/panic.h"

static uint16_t load16(const uint16_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void store16(uint16_t *p, uint16_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/*
 * QEMU's emulation of a machine with one CPU leaves fences and lock prefixes
 * out, as if no device ran in a thread of its own: the host's CPU then loads
 * ahead of our store, we and the device both miss what the other said, and the
 * queue stands still. Reading the time-stamp counter takes a lock in QEMU,
 * which is a fence of the host; elsewhere it costs some 20 cycles.
 */
static void full_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __asm__ volatile("rdtsc" : : : "eax", "edx", "memory");
}

/* Our wish, behind the available ring. */
static uint16_t *used_event(const struct virtqueue *vq)
{
    return &vq->avail->ring[vq->size];
}

/* The device's wish, behind the used ring. */
static const uint16_t *avail_event(const struct virtqueue *vq)
{
    return (const uint16_t *)&vq->used->ring[vq->size];
}

size_t virtqueue_avail_offset(uint16_t size)
{
    return sizeof(struct virtq_desc) * size;
}

size_t virtqueue_used_offset(uint16_t size)
{
    size_t end = virtqueue_avail_offset(size) + sizeof(struct virtq_avail) +
                 sizeof(uint16_t) * ((size_t)size + 1);

    return ALIGN_UP(end, 4);
}

size_t virtqueue_ring_bytes(uint16_t size)
{
    return virtqueue_used_offset(size) + sizeof(struct virtq_used) +
           sizeof(struct virtq_used_elem) * size + sizeof(uint16_t);
}

void virtqueue_init(struct virtqueue *vq, uint16_t index, uint16_t size,
                    void *ring, struct virtqueue_slot *slots, bool event_idx)
{
    assert(size > 0 && size <= VIRTQUEUE_SIZE_MAX && !(size & (size - 1)));
    *vq = (struct virtqueue){
        .index = index,
        .size = size,
        .free_count = size,
        .event_idx = event_idx,
        .desc = ring,
        .avail = (void *)((char *)ring + virtqueue_avail_offset(size)),
        .used = (void *)((char *)ring + virtqueue_used_offset(size)),
        .slots = slots,
    };
    for (unsigned i = 0; i < size; i++)
        slots[i] = (struct virtqueue_slot){.next = (uint16_t)(i + 1)};
    virtqueue_disable_callback(vq);
}

/* Fills the descriptors from `at` on with a chain; the next free one. */
static uint16_t write_chain(struct virtqueue *vq, uint16_t at,
                            const struct virtio_buffer *bufs, unsigned out,
                            unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint16_t next = vq->slots[at].next;

        vq->desc[at] = (struct virtq_desc){
            .addr = bufs[i].addr,
            .len = bufs[i].len,
            .flags = (uint16_t)((i + 1 < count ? VIRTQ_DESC_NEXT : 0) |
                                (i >= out ? VIRTQ_DESC_WRITE : 0)),
            .next = i + 1 < count ? next : 0,
        };
        at = next;
    }
    return at;
}

int virtqueue_add(struct virtqueue *vq, const struct virtio_buffer *bufs,
                  unsigned out, unsigned in, void *token)
{
    uint16_t head = vq->free_head;
    unsigned count = out + in;
    uint64_t writable = 0;

    assert(count > 0 && token);
    if (unlikely(vq->broken))
        return -EIO;
    if (unlikely(count > vq->free_count))
        return -ENOSPC;
    if (likely(count == 1)) {
        vq->desc[head].addr = bufs->addr;
        vq->desc[head].len = bufs->len;
        vq->desc[head].flags = in ? VIRTQ_DESC_WRITE : 0;
        vq->desc[head].next = 0;
        vq->free_head = vq->slots[head].next;
    } else {
        vq->free_head = write_chain(vq, head, bufs, out, count);
    }
    for (unsigned i = out; i < count; i++)
        writable += bufs[i].len;
    vq->free_count -= (uint16_t)count;
    vq->slots[head].token = token;
    vq->slots[head].count = (uint16_t)count;
    vq->slots[head].writable = (uint32_t)MIN(writable, UINT32_MAX);
    vq->in_flight++;

    vq->avail->ring[vq->avail_next & (vq->size - 1)] = head;
    store16(&vq->avail->idx, ++vq->avail_next);
    return 0;
}

/* Whether an index moving from old to now passes event (2.7.10). */
static bool event_passed(uint16_t event, uint16_t now, uint16_t old)
{
    return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

void virtqueue_kick(struct virtqueue *vq)
{
    uint16_t old = vq->avail_known;
    bool wanted;

    if (vq->broken || vq->avail_next == old)
        return;
    full_fence(); /* the device sets its wish, then looks at our index */
    if (vq->event_idx)
        wanted = event_passed(load16(avail_event(vq)), vq->avail_next, old);
    else
        wanted = !(load16(&vq->used->flags) & VIRTQ_USED_NO_NOTIFY);
    vq->avail_known = vq->avail_next;
    if (wanted) {
        vq->kicks++;
        vq->notify(vq);
    }
}

static void *queue_broken(struct virtqueue *vq, const char *why, uint32_t value)
{
    vq->broken = true;
    vq->broken_why = why;
    vq->broken_value = value;
    return NULL;
}

/* Gives the chain at head back to the free list; its token. */
static void *chain_release(struct virtqueue *vq, uint16_t head)
{
    struct virtqueue_slot *first = &vq->slots[head];
    void *token = first->token;
    uint16_t last = head;

    for (unsigned i = 1; i < first->count; i++)
        last = vq->slots[last].next;
    vq->slots[last].next = vq->free_head;
    vq->free_head = head;
    vq->free_count += first->count;
    vq->in_flight--;
    first->token = NULL;
    return token;
}

bool virtqueue_has_used(const struct virtqueue *vq)
{
    return !vq->broken && load16(&vq->used->idx) != vq->used_next;
}

void *virtqueue_pop(struct virtqueue *vq, uint32_t *written)
{
    uint16_t ready = (uint16_t)(load16(&vq->used->idx) - vq->used_next);
    const volatile struct virtq_used_elem *e;
    uint32_t id, len;

    if (vq->broken || ready == 0)
        return NULL;
    if (ready > vq->in_flight)
        return queue_broken(vq, "used index", ready);
    e = &vq->used->ring[vq->used_next & (vq->size - 1)];
    id = e->id; /* read once: the device may change it meanwhile */
    len = e->len;
    if (id >= vq->size || !vq->slots[id].token)
        return queue_broken(vq, "used id", id);
    /* Some devices set a length for chains that they cannot write to. */
    if (vq->slots[id].writable == 0)
        len = 0;
    if (len > vq->slots[id].writable)
        return queue_broken(vq, "used length", len);
    vq->used_next++;
    *written = len;
    return chain_release(vq, (uint16_t)id);
}

bool virtqueue_enable_callback(struct virtqueue *vq)
{
    if (vq->event_idx)
        store16(used_event(vq), vq->used_next);
    else
        store16(&vq->avail->flags, 0);
    full_fence(); /* our wish before its index, as the device does */
    return !virtqueue_has_used(vq);
}

void virtqueue_disable_callback(struct virtqueue *vq)
{
    /* The entry before the next one: passed again only after 65535 more. */
    if (vq->event_idx)
        store16(used_event(vq), (uint16_t)(vq->used_next - 1));
    else
        store16(&vq->avail->flags, VIRTQ_AVAIL_NO_INTERRUPT);
}

void *virtqueue_detach(struct virtqueue *vq)
{
    for (unsigned i = 0; i < vq->size; i++) {
        if (vq->slots[i].token)
            return chain_release(vq, (uint16_t)i);
    }
    return NULL;
}
