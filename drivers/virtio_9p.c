// SPDX-License-Identifier: MIT
/*
 * virtio_9p: carries the requests of vfs/p9_client.c. Each is a chain: what the
 * server reads, then where it writes its answer, with the pages of files in it
 * as they are. Requests for which the ring has no room wait in line.
 *
 * Locking: lock covers the queue and the line; the interrupt takes it, too.
 */
#include "drivers/virtio_9p.h"

#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/kmalloc.h"
#include "kernel/lock.h"
#include "vfs/p9_client.h"

#define LOG_TAG "virtio-9p"
#include "kernel/log.h"

#define F_MOUNT_TAG 1ull
#define QUEUE_SIZE  128

struct virtio_9p {
    struct p9_transport transport;
    struct spinlock lock;
    struct virtqueue *vq;
    struct list_node line; /* requests that wait for room */
    bool stopped;          /* the device broke the queue, and was reset */
};

/* -ENOSPC: there is no room now. */
static int add(struct virtio_9p *d, struct p9_request *r)
{
    struct virtio_buffer bufs[P9_PIECES_MAX];
    unsigned n = r->out_pieces + r->in_pieces;

    for (unsigned i = 0; i < n; i++)
        bufs[i] = (struct virtio_buffer){r->piece[i].addr, r->piece[i].len};
    return virtqueue_add(d->vq, bufs, r->out_pieces, r->in_pieces, r);
}

/* Adds those in line that fit. Locked. */
static void send_line(struct virtio_9p *d)
{
    struct p9_request *r, *next;

    list_for_each_entry_safe (r, next, &d->line, node) {
        if (add(d, r))
            break;
        list_del(&r->node);
    }
    virtqueue_kick(d->vq);
}

/* Nothing will ever be answered: what was in flight, and in line, fails, once
 * the device cannot write to it any more. */
static struct p9_request *take_failed(struct virtio_9p *d)
{
    struct p9_request *r;

    if (!d->stopped)
        virtio_reset(d->vq->dev);
    d->stopped = true;
    r = virtqueue_detach(d->vq);

    if (!r && !list_empty(&d->line)) {
        r = list_first_entry(&d->line, struct p9_request, node);
        list_del(&r->node);
    }
    return r;
}

/* The next request that is done with, and how; NULL: none now. */
static struct p9_request *take_done(struct virtio_9p *d, uint32_t *written,
                                    int *err)
{
    unsigned long irq = spin_lock(&d->lock);
    struct p9_request *r = virtqueue_pop(d->vq, written);

    *err = 0;
    if (!r && d->vq->broken) {
        r = take_failed(d);
        *err = -EIO;
    }
    spin_unlock(&d->lock, irq);
    return r;
}

static bool ask_again(struct virtio_9p *d)
{
    unsigned long irq = spin_lock(&d->lock);
    bool enabled;

    if (!d->vq->broken)
        send_line(d);
    enabled = virtqueue_enable_callback(d->vq);
    spin_unlock(&d->lock, irq);
    return enabled;
}

static void interrupt(struct virtqueue *vq)
{
    struct virtio_9p *d = vq->driver_data;
    struct p9_request *r;
    uint32_t written;
    int err;

    do {
        while ((r = take_done(d, &written, &err)))
            p9_request_done(r, written, err);
    } while (!ask_again(d) && !vq->broken);
}

static void submit(struct p9_transport *t, struct p9_request *r)
{
    struct virtio_9p *d = container_of(t, struct virtio_9p, transport);
    unsigned long irq = spin_lock(&d->lock);
    bool broken = d->vq->broken;

    if (!broken) {
        list_add_tail(&d->line, &r->node);
        send_line(d);
    }
    spin_unlock(&d->lock, irq);
    if (broken)
        p9_request_done(r, 0, -EIO);
}

static const struct p9_transport_ops transport_ops = {.submit = submit};

static void read_tag(struct virtio_device *dev, struct p9_transport *t)
{
    unsigned len = MIN(virtio_config16(dev, 0), P9_TAG_MAX);

    for (unsigned i = 0; i < len; i++)
        t->tag[i] = (char)virtio_config8(dev, 2 + i);
}

static int probe(struct virtio_device *dev)
{
    struct virtio_9p *d = kzalloc(sizeof(*d));
    int err;

    if (!d)
        return -ENOMEM;
    list_init(&d->line);
    err = virtio_negotiate(dev, F_MOUNT_TAG | VIRTIO_F_EVENT_IDX);
    if (!err && !virtio_has(dev, F_MOUNT_TAG))
        err = -ENODEV;
    if (!err)
        err = virtio_queue_create(dev, 0, QUEUE_SIZE, interrupt, d, &d->vq);
    if (!err && d->vq->size < 8)
        err = -EINVAL;
    if (err) {
        virtio_reset(dev);
        kfree(d);
        return err;
    }
    dev->driver_data = d;
    virtio_start(dev);
    read_tag(dev, &d->transport);
    d->transport.ops = &transport_ops;
    /* Two of the longest are on their way at the same time. */
    d->transport.pieces_max = d->vq->size / 2;
    if (!virtqueue_enable_callback(d->vq))
        interrupt(d->vq);
    p9_transport_register(&d->transport);
    log_debug("%s: %s", dev->name, d->transport.tag);
    return 0;
}

static struct virtio_driver driver = {
    .type = VIRTIO_TYPE_9P,
    .probe = probe,
};

void virtio_9p_register(void)
{
    virtio_driver_register(&driver);
}
