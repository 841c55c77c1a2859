// SPDX-License-Identifier: MIT
/*
 * console: the program's standard input, output and error.
 *
 * A driver that moves bytes to and from the outside (a serial line, a
 * virtio-console port) owns a struct console_device and registers it for one
 * or more of the three streams. The files behind descriptors 0, 1 and 2, and
 * /dev/console, stand on what is registered: input waits in the device's ring
 * until it is read, output goes to the driver at once.
 *
 * Plain streams: there is no line discipline, and TCGETS gives ENOTTY, unless
 * vfs/console_terminal.c makes a terminal of a device.
 *
 * Locking: read_lock and write_lock keep whole reads and writes together; the
 * program's memory is touched under them, so that they stand above the lock of
 * an address space. device->lock covers the ring, eof and stalled; interrupt
 * handlers take it.
 */
#pragma once

#include "kernel/lock.h"
#include "kernel/wait.h"
#include "lib/base.h"

#define CONSOLE_INPUT_SIZE 4096 /* a power of two */

enum console_stream {
    CONSOLE_STDIN,
    CONSOLE_STDOUT,
    CONSOLE_STDERR,
    CONSOLE_STREAMS,
};

struct console_device;
struct file;

/* Operations that a device's direction lacks are NULL. */
struct console_device_ops {
    /*
     * Takes 1..len bytes of kernel memory for output and says how many. With
     * no room it sleeps (interruptibly) until there is some; with nonblock it
     * gives -EAGAIN. -ERESTARTSYS when a signal came before the first byte was
     * taken, -EIO or -EPIPE when the other side is gone for ever. len > 0.
     */
    ssize_t (*write)(struct console_device *dev, const void *data, size_t len,
                     bool nonblock);
    /* Would write take a byte without sleeping? NULL means always. Any
     * context. When the answer becomes true: console_output_ready. */
    bool (*writable)(struct console_device *dev);
    /* All that was written has left the machine, or never will. May sleep.
     * NULL: nothing is buffered. */
    void (*flush)(struct console_device *dev);
    /* There is space in the input ring again after console_input could not
     * take all. May be called with interrupts on; must not sleep. NULL: the
     * driver drops what does not fit. */
    void (*input_resume)(struct console_device *dev);
};

struct console_device {
    const struct console_device_ops *ops;
    uint32_t mode; /* what fstat shows: S_IFCHR | 0620, S_IFIFO | 0600 */
    uint64_t rdev; /* device number, for S_IFCHR */

    /* Something changed: input came or ended, or there is room for output.
     * Any context, also with the driver's locks held. NULL: nobody asks. */
    void (*notify)(struct console_device *dev);

    /* Below: vfs/console.c's. */
    struct mutex read_lock, write_lock; /* one read or write at a time */
    struct spinlock lock;
    struct wait_queue input_wait, output_wait;
    uint32_t head, tail; /* free-running; head - tail bytes are waiting */
    bool eof;            /* no input will follow */
    bool stalled;        /* input_resume is due */
    uint8_t ring[CONSOLE_INPUT_SIZE];
};

/* For the driver's storage; before anything else. */
void console_device_init(struct console_device *dev,
                         const struct console_device_ops *ops, uint32_t mode,
                         uint64_t rdev);

/*
 * Makes dev the stream's device, in place of an earlier one. Files that are
 * already open on the stream change over too. dev must stay for ever. One
 * device may serve several streams. Context: any.
 */
void console_register(enum console_stream stream, struct console_device *dev);
/* A stream's device, or NULL. */
struct console_device *console_device_of(enum console_stream stream);

/*
 * Input arrived: stores what fits and says how much that was. When it was not
 * all, input_resume is called once the program has read. Context: any.
 */
size_t console_input(struct console_device *dev, const void *data, size_t len);

/* Bytes that console_input would take now. Context: any. */
size_t console_input_space(struct console_device *dev);

/* Copies up to len bytes that wait, and says how many; they stay until they are
 * dropped. For one reader, in any context. */
size_t console_input_peek(struct console_device *dev, void *buf, size_t len);
void console_input_drop(struct console_device *dev, size_t len);

/* No input will follow what has been delivered (true), or it may again
 * (false, when the host connects anew). Context: any. */
void console_input_eof(struct console_device *dev, bool eof);

/* write would take bytes again: wakes those who poll. Context: any. */
void console_output_ready(struct console_device *dev);

/* Makes f, which is being opened, a console file: it reads from the device of
 * CONSOLE_STDIN and writes to that of the stream given, or is the terminal that
 * the stream is. */
void console_attach(struct file *f, enum console_stream output);

/*
 * A new open file on a stream: reads for CONSOLE_STDIN, writes for the others;
 * both, under the name of /dev/console, when the stream is a terminal.
 * Returns a reference in *file; -ENOMEM.
 */
int console_open(enum console_stream stream, struct file **file);

/* Waits until every registered device has let its output out. May sleep. */
void console_flush(void);
