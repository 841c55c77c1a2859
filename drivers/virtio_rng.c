// SPDX-License-Identifier: MIT
/*
 * virtio_rng: see the header. One buffer goes round: to the device, into the
 * pool, and after a while to the device again.
 *
 * What the device says is only mixed in, so that a bad one does no harm. Where
 * the CPU has no random numbers of its own, the boot waits for the first
 * answer, since keys and addresses would else come from timing alone.
 *
 * Locking: none. Until the queue's interrupt is asked for, the probe alone uses
 * the queue; afterwards the interrupt and the timer, which never have the
 * buffer both.
 */
#include "drivers/virtio_rng.h"

#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/random.h"
#include "kernel/timer.h"
#include "lib/string.h"

#define LOG_TAG "virtio-rng"
#include "kernel/log.h"

#define BUFFER_SIZE  64
#define AGAIN_AFTER  (300 * NSEC_PER_SEC)
#define WAIT_AT_BOOT (100 * NSEC_PER_MSEC)

struct rng {
    struct virtqueue *vq;
    struct timer timer;
    uint8_t buffer[BUFFER_SIZE];
};

static void ask(struct rng *rng)
{
    struct virtio_buffer b = {virtio_phys(rng->buffer), BUFFER_SIZE};

    if (virtqueue_add(rng->vq, &b, 0, 1, rng) == 0)
        virtqueue_kick(rng->vq);
}

/* Takes an answer, if there is one. */
static bool collect(struct rng *rng)
{
    uint32_t len;

    if (!virtqueue_pop(rng->vq, &len))
        return false;
    random_mix(rng->buffer, len);
    log_debug("%u random bytes from the host", len);
    memset(rng->buffer, 0, BUFFER_SIZE);
    timer_arm(&rng->timer, clock_monotonic_ns() + AGAIN_AFTER);
    return true;
}

static void timer_expired(struct timer *t)
{
    ask(container_of(t, struct rng, timer));
}

static void interrupt(struct virtqueue *vq)
{
    do {
        collect(vq->driver_data);
    } while (!virtqueue_enable_callback(vq));
    virtio_queue_report(vq);
}

static bool cpu_has_random(void)
{
    return cpu_features.rdrand || cpu_features.rdseed;
}

/* Polls: this early in the boot nothing else could run meanwhile. */
static void wait_for_first(struct rng *rng)
{
    uint64_t end = clock_monotonic_ns() + WAIT_AT_BOOT;

    while (!virtqueue_has_used(rng->vq) && !rng->vq->broken) {
        if (clock_monotonic_ns() > end) {
            log_warn("no answer within %llu ms",
                     (unsigned long long)(WAIT_AT_BOOT / NSEC_PER_MSEC));
            return;
        }
        cpu_pause();
    }
    collect(rng);
}

static int probe(struct virtio_device *dev)
{
    struct rng *rng = kzalloc(sizeof(*rng));
    int err;

    if (!rng)
        return -ENOMEM;
    timer_init(&rng->timer, timer_expired);
    err = virtio_negotiate(dev, VIRTIO_F_EVENT_IDX);
    if (!err)
        err = virtio_queue_create(dev, 0, 1, interrupt, rng, &rng->vq);
    if (err) {
        virtio_reset(dev);
        kfree(rng);
        return err;
    }
    dev->driver_data = rng;
    virtio_start(dev);
    ask(rng);
    if (!cpu_has_random())
        wait_for_first(rng);
    if (!virtqueue_enable_callback(rng->vq))
        interrupt(rng->vq);
    return 0;
}

static struct virtio_driver driver = {
    .type = VIRTIO_TYPE_RNG,
    .probe = probe,
};

void virtio_rng_register(void)
{
    virtio_driver_register(&driver);
}
