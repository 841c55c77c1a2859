// SPDX-License-Identifier: MIT
/*
 * serve: what the services of this folder share: options, ports, one epoll
 * loop, and what is kept of a client.
 *
 * A service is a function that answers a request. What ends a request the
 * service says ("\n"); NULL: each piece is one, as it arrives. With -w a
 * request is all that a client sends until it ends its side, and the
 * connection ends with the answer. A datagram is always one request.
 *
 * A client that does not read its answers is read no further, and one that
 * waits has no buffers. Everything is one thread's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct client;

struct service {
    int port;        /* by default; -p moves the first, the others with it */
    const char *end; /* of a request; not part of it */
    bool udp;        /* datagrams too */
    /* request[len] is '\0'; it may be changed. */
    void (*answer)(struct client *c, char *request, size_t len);
};

/* Takes the options -w and -p PORT. The index in argv of the first operand;
 * operands names them for the usage, "" if there are none. */
int serve_options(int argc, char **argv, const char *operands);

/* Serves for ever; returns 1 when it cannot. */
int serve(const struct service *services, size_t count);

/* For answer(): more of what the client gets, in order. */
void reply(struct client *c, const void *data, size_t len);
void reply_text(struct client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Behind the rest, len bytes of a file, or all (-1). Closes it. */
void reply_file(struct client *c, int fd, off_t len);
/* No further request of it is read, and it is closed behind the answer. */
void hang_up(struct client *c);
