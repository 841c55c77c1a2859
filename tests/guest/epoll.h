// SPDX-License-Identifier: MIT
/* epoll: a set and a pipe, for the tests of epoll. */
#pragma once

#include "check.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

static int ep, in, out; /* a set and the ends of a pipe */
static struct epoll_event got[16];

static inline void open_all(void)
{
    int ends[2];

    ep = epoll_create1(0);
    CHECK(ep >= 0);
    CHECK_EQ(pipe2(ends, O_NONBLOCK), 0);
    in = ends[0];
    out = ends[1];
}

static inline void close_all(void)
{
    close(ep);
    close(in);
    close(out);
}

static inline int control(int op, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    return epoll_ctl(ep, op, fd, &e);
}

static inline int look(void)
{
    memset(got, 0, sizeof(got));
    return epoll_wait(ep, got, 16, 0);
}

static inline void fill(int n)
{
    while (n-- > 0)
        CHECK_EQ(write(out, "x", 1), 1);
}

static inline void drain(int n)
{
    char c;

    while (n-- > 0)
        CHECK_EQ(read(in, &c, 1), 1);
}
