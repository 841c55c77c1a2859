// SPDX-License-Identifier: MIT
/* inotify: an inotify file and what it tells, for the tests of it. */
#pragma once

#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

static int in; /* the inotify file of a case */
static char buf[65536] __attribute__((aligned(8)));
static size_t got, at;

/* A directory of the case's own, as the current one, and a file to ask. */
static inline void begin(void)
{
    char dir[] = "/tmp/inotify-XXXXXX";

    CHECK(mkdtemp(dir));
    CHECK_EQ(chdir(dir), 0);
    in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    CHECK(in >= 0);
    got = at = 0;
}

static inline void end(void)
{
    close(in);
}

static inline void make_file(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0644);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "0123456789", 10), 10);
    close(fd);
}

/* The next event, or NULL. */
static inline struct inotify_event *next_event(void)
{
    struct inotify_event *e;

    if (at == got) {
        ssize_t n = read(in, buf, sizeof(buf));

        at = got = 0;
        if (n <= 0)
            return NULL;
        got = (size_t)n;
    }
    e = (struct inotify_event *)(buf + at);
    at += sizeof(*e) + e->len;
    return e;
}

/* The next event is this one; name NULL: without one. */
#define EXPECT(watch, what, entry)                                        \
    do {                                                                  \
        const struct inotify_event *ev = next_event();                    \
        const char *want = (entry);                                       \
        CHECK(ev);                                                        \
        CHECK_EQ(ev->wd, (watch));                                        \
        CHECK_EQ(ev->mask, (what));                                       \
        if (want)                                                         \
            CHECK(ev->len > strlen(want) && ev->len % sizeof(*ev) == 0 && \
                  !strcmp(ev->name, want));                               \
        else                                                              \
            CHECK_EQ(ev->len, 0);                                         \
    } while (0)

#define EXPECT_NONE() CHECK(!next_event())
