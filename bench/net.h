/* SPDX-License-Identifier: MIT */
/* net: what the server (net.c) and its client (net-client.c) agree upon. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * TCP and UDP both. ECHO sends back what comes. SINK takes it; as UDP it
 * counts datagrams, and answers one that begins with ASK by the count (8
 * bytes). SOURCE gives without end; as UDP as many datagrams of MESSAGE bytes
 * as the first 4 bytes of a datagram say.
 */
enum { PORT_ECHO = 7001, PORT_SINK, PORT_SOURCE, PORTS };
enum { MESSAGE = 64, ASK = '?' };

static inline void check(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

/* Room for all datagrams that are sent at once, whatever the system's usual
 * size: what is lost otherwise is the measure of that size. */
static inline void enlarge_buffers(int fd)
{
    const int size = 4 << 20;

    check(!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
              !setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)),
          "SO_RCVBUFFORCE");
}
