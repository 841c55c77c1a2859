// SPDX-License-Identifier: MIT
/* tcp: TCP sockets of 127.0.0.1, as the tests of them make and ask them. */
#pragma once

#include "check.h"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

static inline struct sockaddr_in here(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static inline int port_of(int fd)
{
    struct sockaddr_in a;
    socklen_t len = sizeof(a);

    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    return ntohs(a.sin_port);
}

static inline int tcp(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0);
    return fd;
}

static inline int bind_to(int fd, int port)
{
    struct sockaddr_in a = here(port);

    return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static inline int connect_to(int fd, int port)
{
    struct sockaddr_in a = here(port);

    return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static inline int listener(int backlog)
{
    int fd = tcp();

    CHECK_EQ(bind_to(fd, 0), 0);
    CHECK_EQ(listen(fd, backlog), 0);
    return fd;
}

/* fd[0] has connected to fd[1]. */
static inline void pair(int fd[2])
{
    int l = listener(5);

    fd[0] = tcp();
    CHECK_EQ(connect_to(fd[0], port_of(l)), 0);
    fd[1] = accept(l, NULL, NULL);
    CHECK(fd[1] >= 0);
    close(l);
}

static inline void close_pair(int fd[2])
{
    close(fd[0]);
    close(fd[1]);
}

/* The events that hold on fd, once one of `want` does or time is over. */
static inline int events(int fd, int want, int ms)
{
    struct pollfd p = {.fd = fd, .events = (short)want};

    return poll(&p, 1, ms) > 0 ? p.revents : 0;
}

static inline int option(int fd, int level, int name)
{
    int v = -1;
    socklen_t len = sizeof(v);

    CHECK_EQ(getsockopt(fd, level, name, &v, &len), 0);
    return v;
}

static inline int set(int fd, int level, int name, int v)
{
    return setsockopt(fd, level, name, &v, sizeof(v));
}
