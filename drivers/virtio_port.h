// SPDX-License-Identifier: MIT
/*
 * virtio_port: one port of a virtio console: two queues that carry bytes.
 *
 * Output is copied into pages of the port's own, which go to the device at
 * once, one chain and at most one notification a call. Up to
 * VIRTIO_PORT_PAGES pages are under way; they are taken from the page
 * allocator as the port first needs them.
 *
 * Input is asked for only while the owner wants it: a page that the device
 * filled goes back to the device when the owner has taken all of it, so that a
 * reader that is slow slows the host.
 *
 * Locking: port->lock covers all; it is taken with interrupts off, also by
 * the queues' interrupts, and before a console device's lock. In a panic it is
 * not taken: whoever held it will not go on. No function logs.
 */
#pragma once

#include "drivers/virtio.h"
#include "kernel/lock.h"
#include "kernel/wait.h"

enum {
    VIRTIO_PORT_PAGES = 16,      /* output pages */
    VIRTIO_PORT_INPUT_PAGES = 2, /* one fills while the other is read */
};

/* A page of a port: free, with the device, or (input) filled. */
struct virtio_port_page {
    struct virtio_port_page *next;
    uint8_t *data;    /* NULL: not allocated yet */
    uint32_t at, len; /* filled input: what is left starts at `at` */
};

struct virtio_port {
    struct spinlock lock;
    struct virtqueue *rx, *tx;

    struct virtio_port_page tx_page[VIRTIO_PORT_PAGES];
    struct virtio_port_page *tx_free;
    struct wait_queue room; /* woken when output pages came back */

    struct virtio_port_page rx_page[VIRTIO_PORT_INPUT_PAGES];
    struct virtio_port_page *rx_first, **rx_last; /* filled, in order */

    /* Takes input: how many of len bytes it took. Called with the lock. */
    size_t (*input)(struct virtio_port *port, const void *data, size_t len);
    /* Taken was all that the host sent before it closed (true); it has opened
     * the port anew (false). Called with the lock. */
    void (*input_end)(struct virtio_port *port, bool ended);
    /* Output pages came back. Called without the lock, in the interrupt. */
    void (*output_ready)(struct virtio_port *port);
    void *owner;

    bool opened;   /* the host has had the port open */
    bool open;     /* ... and has now */
    bool end_due;  /* input_end is to be called */
    uint64_t lost; /* bytes that virtio_port_push had to drop */
    bool stuck;    /* push waited in vain; it will not wait again */
};

/* An idle port; rx and tx are set by the owner later. */
void virtio_port_init(struct virtio_port *port);

/* The callbacks of the queues, whose driver_data is the port. */
void virtio_port_rx_interrupt(struct virtqueue *vq);
void virtio_port_tx_interrupt(struct virtqueue *vq);

/* Takes the first output page, so that output never fails for memory. To be
 * called before any other output function. -ENOMEM. */
int virtio_port_output_start(struct virtio_port *port);

/*
 * Takes 1..len bytes and says how many; -EAGAIN when there is no room now,
 * -EPIPE when the host has closed the port, -EIO when the device is broken.
 * Never sleeps. Any context.
 */
ssize_t virtio_port_write(struct virtio_port *port, const void *data,
                          size_t len);

/* Would write not give -EAGAIN? When not, output_ready comes, and `room` is
 * woken. Any context. */
bool virtio_port_writable(struct virtio_port *port);

/* Has all output left? When not, output_ready comes later. Any context. */
bool virtio_port_idle(struct virtio_port *port);

/* Writes all of data, polling for room for a while; what finds none is
 * dropped, and a later text says so. Any context. */
void virtio_port_push(struct virtio_port *port, const void *data, size_t len);

/* Polls until the output has left, or for limit_ns without any progress. */
void virtio_port_drain(struct virtio_port *port, uint64_t limit_ns);

/* Starts input: input and input_end are called from now on. -ENOMEM. */
int virtio_port_input_start(struct virtio_port *port);
/* The owner may take more again. Any context. */
void virtio_port_input_resume(struct virtio_port *port);

/* The host opened or closed its side. */
void virtio_port_set_open(struct virtio_port *port, bool open);
/* A host that has never opened the port is as good as one that closed it. */
void virtio_port_expect_open(struct virtio_port *port);
