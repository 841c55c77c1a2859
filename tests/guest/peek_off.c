// SPDX-License-Identifier: MIT
/* peek_off: SO_PEEK_OFF, socket(7), of AF_UNIX and UDP. */
#define _GNU_SOURCE
#include "check.h"

#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char buf[64];

static void set(int fd, int off)
{
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off)), 0);
}

static int get(int fd)
{
    socklen_t len = sizeof(int);
    int off = -99;

    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, &len), 0);
    return off;
}

/* Peeks at up to len bytes, which shall be these. */
static void peek(int fd, size_t len, const char *expected)
{
    size_t n = strlen(expected);

    memset(buf, 0, sizeof(buf));
    CHECK_EQ(recv(fd, buf, len, MSG_PEEK | MSG_DONTWAIT), n);
    CHECK(!memcmp(buf, expected, n));
}

static void peek_nothing(int fd)
{
    CHECK_ERRNO(recv(fd, buf, 4, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
}

/* Two connected sockets, of UDP when family is not AF_UNIX. */
static void pair(int family, int type, int fd[2])
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);

    if (family == AF_UNIX) {
        CHECK_EQ(socketpair(family, type, 0, fd), 0);
        return;
    }
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd[0] = socket(AF_INET, SOCK_DGRAM, 0);
    fd[1] = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(bind(fd[0], (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd[0], (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(connect(fd[1], (struct sockaddr *)&a, sizeof(a)), 0);
}

static void done(int fd[2])
{
    close(fd[0]);
    close(fd[1]);
}

static void streams_go_on_from_the_offset(void)
{
    int fd[2];

    pair(AF_UNIX, SOCK_STREAM, fd);
    CHECK_EQ(get(fd[0]), -1);
    CHECK_EQ(write(fd[1], "abcdef", 6), 6);
    peek(fd[0], 2, "ab");
    peek(fd[0], 2, "ab"); /* it is off */
    set(fd[0], 0);
    peek(fd[0], 2, "ab");
    CHECK_EQ(get(fd[0]), 2);
    CHECK_EQ(write(fd[1], "ghi", 3), 3);
    peek(fd[0], 5, "cdefg"); /* into the next piece */
    peek(fd[0], 20, "hi");
    peek_nothing(fd[0]);
    CHECK_EQ(get(fd[0]), 9);
    CHECK_EQ(read(fd[0], buf, 4), 4); /* takes it back */
    CHECK_EQ(get(fd[0]), 5);
    set(fd[0], 1);
    peek(fd[0], 20, "fghi");
    CHECK_EQ(read(fd[0], buf, 20), 5);
    CHECK_EQ(get(fd[0]), 0);
    peek_nothing(fd[0]);
    set(fd[0], -1);
    CHECK_EQ(write(fd[1], "x", 1), 1);
    peek(fd[0], 2, "x");
    peek(fd[0], 2, "x");
    done(fd);
}

static void peeks_at_each(int family, int type)
{
    int fd[2];

    pair(family, type, fd);
    CHECK_EQ(get(fd[0]), -1);
    set(fd[0], 0);
    CHECK_EQ(write(fd[1], "abcdef", 6), 6);
    CHECK_EQ(write(fd[1], "ghi", 3), 3);
    usleep(10000);
    peek(fd[0], 2, "ab");
    peek(fd[0], 20, "cdef"); /* to the end of this one */
    CHECK_EQ(get(fd[0]), 6);
    peek(fd[0], 20, "ghi");
    peek_nothing(fd[0]);
    CHECK_EQ(read(fd[0], buf, sizeof(buf)), 6);
    CHECK_EQ(get(fd[0]), 3);
    set(fd[0], 1);
    peek(fd[0], 20, "hi");
    set(fd[0], 3);
    peek_nothing(fd[0]);
    CHECK_EQ(read(fd[0], buf, sizeof(buf)), 3);
    CHECK_EQ(get(fd[0]), 0);
    done(fd);
}

static void datagrams_are_peeked_at_one_by_one(void)
{
    peeks_at_each(AF_UNIX, SOCK_DGRAM);
}

static void packets_are_peeked_at_one_by_one(void)
{
    peeks_at_each(AF_UNIX, SOCK_SEQPACKET);
}

static void udp_is_peeked_at_one_by_one(void)
{
    peeks_at_each(AF_INET, SOCK_DGRAM);
}

static void lengths_are_told(void)
{
    int unix_fd[2], udp_fd[2];

    pair(AF_UNIX, SOCK_DGRAM, unix_fd);
    pair(AF_INET, SOCK_DGRAM, udp_fd);
    CHECK_EQ(write(unix_fd[1], "abcdef", 6), 6);
    CHECK_EQ(write(udp_fd[1], "abcdef", 6), 6);
    usleep(10000);
    set(unix_fd[0], 2);
    set(udp_fd[0], 2);
    CHECK_EQ(recv(unix_fd[0], buf, 1, MSG_PEEK | MSG_TRUNC), 4);
    CHECK_EQ(get(unix_fd[0]), 3);
    CHECK_EQ(recv(udp_fd[0], buf, 1, MSG_PEEK | MSG_TRUNC), 6);
    CHECK_EQ(get(udp_fd[0]), 8);
    done(unix_fd);
    done(udp_fd);
}

static void empty_ones_are_shown_once(int family)
{
    int fd[2];

    pair(family, SOCK_DGRAM, fd);
    set(fd[0], 0);
    CHECK_EQ(write(fd[1], "", 0), 0);
    CHECK_EQ(write(fd[1], "a", 1), 1);
    usleep(10000);
    peek(fd[0], 4, "");
    peek(fd[0], 4, "a");
    done(fd);
}

static void empty_datagrams_are_shown_once(void)
{
    empty_ones_are_shown_once(AF_UNIX);
    empty_ones_are_shown_once(AF_INET);
}

static int late_fd;

static void *write_late(void *arg)
{
    (void)arg;
    usleep(50000);
    (void)!write(late_fd, "late", 4);
    return NULL;
}

/* What lies before the offset is not what it waits for. */
static void waits_behind_the_offset(int family, int type)
{
    struct timeval limit = {5, 0};
    pthread_t t;
    int fd[2];

    pair(family, type, fd);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
             0);
    CHECK_EQ(write(fd[1], "early", 5), 5);
    set(fd[0], 0);
    CHECK_EQ(recv(fd[0], buf, sizeof(buf), MSG_PEEK), 5);
    late_fd = fd[1];
    CHECK_EQ(pthread_create(&t, NULL, write_late, NULL), 0);
    CHECK_EQ(recv(fd[0], buf, sizeof(buf), MSG_PEEK), 4);
    CHECK(!memcmp(buf, "late", 4));
    pthread_join(t, NULL);
    done(fd);
}

static void peeking_waits_for_what_is_new(void)
{
    waits_behind_the_offset(AF_UNIX, SOCK_STREAM);
    waits_behind_the_offset(AF_UNIX, SOCK_DGRAM);
    waits_behind_the_offset(AF_INET, SOCK_DGRAM);
}

static void others_refuse_it(void)
{
    int raw = socket(AF_NETLINK, SOCK_RAW, 0), off = 0;
    socklen_t len = sizeof(off);

    CHECK_ERRNO(setsockopt(raw, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off)),
                EOPNOTSUPP);
    CHECK_ERRNO(getsockopt(raw, SOL_SOCKET, SO_PEEK_OFF, &off, &len),
                EOPNOTSUPP);
    close(raw);
}

int main(void)
{
    RUN(streams_go_on_from_the_offset);
    RUN(datagrams_are_peeked_at_one_by_one);
    RUN(packets_are_peeked_at_one_by_one);
    RUN(udp_is_peeked_at_one_by_one);
    RUN(lengths_are_told);
    RUN(empty_datagrams_are_shown_once);
    RUN(peeking_waits_for_what_is_new);
    RUN(others_refuse_it);
    return check_end();
}
