// SPDX-License-Identifier: MIT
/*
 * virtio_console_control: the texts of the console's control traffic. Pure
 * functions, without a device: the control queue's messages (virtio 1.2,
 * section 5.3.6.2), the roles that port names stand for, and the lines that
 * tell the host how the machine ended.
 */
#pragma once

#include "kernel/shutdown.h"
#include "lib/base.h"

enum virtio_console_event {
    VIRTIO_CONSOLE_DEVICE_READY = 0, /* driver: value 1, ports may be added */
    VIRTIO_CONSOLE_PORT_ADD = 1,     /* device */
    VIRTIO_CONSOLE_PORT_REMOVE = 2,  /* device */
    VIRTIO_CONSOLE_PORT_READY = 3,   /* driver: value 1, the answer to ADD */
    VIRTIO_CONSOLE_CONSOLE_PORT = 4, /* device: the port is a console */
    VIRTIO_CONSOLE_RESIZE = 5,       /* device */
    VIRTIO_CONSOLE_PORT_OPEN = 6,    /* both: value 1 open, 0 closed */
    VIRTIO_CONSOLE_PORT_NAME = 7,    /* device: the name follows */
};

/* What is on the wire, before the name. */
struct virtio_console_header {
    uint32_t id; /* the port's number */
    uint16_t event;
    uint16_t value;
};
static_assert(sizeof(struct virtio_console_header) == 8, "virtio 5.3.6.2");

struct virtio_console_message {
    struct virtio_console_header header;
    const char *name; /* PORT_NAME: within the data, not terminated */
    size_t name_len;
};

/* Takes a message of the device apart; -EINVAL when it is too short. Borrows
 * data for m->name. */
int virtio_console_parse(const void *data, size_t len,
                         struct virtio_console_message *m);

/* What a port is there for. */
enum virtio_console_role {
    VIRTIO_CONSOLE_STDIN,
    VIRTIO_CONSOLE_STDOUT,
    VIRTIO_CONSOLE_STDERR,
    VIRTIO_CONSOLE_LOG,
    VIRTIO_CONSOLE_CONTROL,
    VIRTIO_CONSOLE_TRACE, /* kernel/channel.h */
    VIRTIO_CONSOLE_CORE,
    VIRTIO_CONSOLE_PLAIN, /* a console without a name, or elfin.tty: streams */
    VIRTIO_CONSOLE_ROLES,
    VIRTIO_CONSOLE_NONE = VIRTIO_CONSOLE_ROLES,
};

/* The role of a port of this name (elfin.stdin ...), or NONE. */
enum virtio_console_role virtio_console_role_of(const char *name, size_t len);

/* What the host asks for, on a line of the control port. */
enum virtio_console_order_kind {
    VIRTIO_CONSOLE_SIGNAL, /* "signal N": for process 1 */
    VIRTIO_CONSOLE_SIZE,   /* "size ROWS COLUMNS": of the terminal */
};

struct virtio_console_order {
    enum virtio_console_order_kind kind;
    unsigned value[2];
};

/* Understands a line without its newline, NUL-terminated; -EINVAL when it is
 * none of the above, or a number is out of range. */
int virtio_console_parse_order(const char *line,
                               struct virtio_console_order *order);

/* Writes the line (with its newline, NUL-terminated, shortened to size) that
 * tells the host why the machine ends; its length. size >= 32. */
size_t virtio_console_end_line(char *buf, size_t size, enum shutdown_kind kind,
                               int code, const char *detail);
