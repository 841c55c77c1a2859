// SPDX-License-Identifier: MIT
/* inet: sockets at a port that the system chose, and their addresses. */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "check.h"

/* A socket bound to 127.0.0.1. */
static inline int bound(int type, struct sockaddr_in *a)
{
    int fd = socket(AF_INET, type, 0);
    socklen_t len = sizeof(*a);

    *a = (struct sockaddr_in){.sin_family = AF_INET};
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

static inline struct sockaddr *addr(struct sockaddr_in6 *a)
{
    return (struct sockaddr *)a;
}

/* The IPv6 address that text is, at a port in network order. */
static inline struct sockaddr_in6 at(const char *text, int port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = port};

    CHECK_EQ(inet_pton(AF_INET6, text, &a.sin6_addr), 1);
    return a;
}
