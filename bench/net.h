/* SPDX-License-Identifier: MIT */
/* net: what the server (net.c) and its client (net-client.c) agree upon. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

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
