// SPDX-License-Identifier: MIT
/* udp_stamps: when datagrams left, by SO_TIMESTAMPING (timestamping.rst of
 * Linux) and the error queue. */
#define _GNU_SOURCE
#include "check.h"

#include <time.h> /* which the next one needs */

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WISHES                                                  \
    (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | \
     SOF_TIMESTAMPING_OPT_TSONLY)

/* A socket connected to itself. */
static int itself(int family, int wishes)
{
    struct sockaddr_in6 a = {.sin6_family = family};
    socklen_t len = sizeof(a);
    int fd = socket(family, SOCK_DGRAM, 0);

    CHECK(fd >= 0);
    if (family == AF_INET)
        ((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        a.sin6_addr = in6addr_loopback;
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, len), 0);
    CHECK_EQ(
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &wishes, sizeof(wishes)),
        0);
    return fd;
}

struct stamp {
    struct timespec time; /* 0: none was told */
    struct sock_extended_err error;
};

static struct stamp next_stamp(int fd, int level, int type)
{
    struct pollfd p = {.fd = fd};
    char control[512], data[16];
    struct iovec v = {data, sizeof(data)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct stamp s = {0};

    CHECK_EQ(poll(&p, 1, 5000), 1);
    CHECK(p.revents & POLLERR);
    CHECK_EQ(recvmsg(fd, &m, MSG_ERRQUEUE), 0);
    CHECK(m.msg_flags & MSG_ERRQUEUE);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            memcpy(&s.time, CMSG_DATA(c), sizeof(s.time));
        if (c->cmsg_level == level && c->cmsg_type == type)
            memcpy(&s.error, CMSG_DATA(c), sizeof(s.error));
    }
    CHECK_EQ(s.error.ee_errno, ENOMSG);
    CHECK_EQ(s.error.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
    return s;
}

static void no_more(int fd)
{
    char byte;

    CHECK_ERRNO(recv(fd, &byte, 1, MSG_ERRQUEUE | MSG_DONTWAIT), EAGAIN);
}

static void a_stamp_comes_for_each(int family, int level, int type)
{
    int fd = itself(family, WISHES), error;
    socklen_t len = sizeof(error);
    struct timespec before, after;
    struct stamp s;

    clock_gettime(CLOCK_REALTIME, &before);
    CHECK_EQ(send(fd, "1", 1, 0), 1);
    s = next_stamp(fd, level, type);
    clock_gettime(CLOCK_REALTIME, &after);
    CHECK_EQ(s.error.ee_info, SCM_TSTAMP_SND);
    CHECK_EQ(s.error.ee_data, 0);
    CHECK(s.time.tv_sec >= before.tv_sec && s.time.tv_sec <= after.tv_sec);
    no_more(fd);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    CHECK_EQ(error, 0);
    close(fd);
}

static void stamps_of_ipv4(void)
{
    a_stamp_comes_for_each(AF_INET, SOL_IP, IP_RECVERR);
}

static void stamps_of_ipv6(void)
{
    a_stamp_comes_for_each(AF_INET6, SOL_IPV6, IPV6_RECVERR);
}

static void they_are_numbered(void)
{
    int fd = itself(AF_INET, WISHES | SOF_TIMESTAMPING_OPT_ID);

    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(send(fd, "1", 1, 0), 1);
        CHECK_EQ(next_stamp(fd, SOL_IP, IP_RECVERR).error.ee_data, i);
    }
    no_more(fd);
    close(fd);
}

static void there_are_two_kinds(void)
{
    int fd = itself(AF_INET, WISHES | SOF_TIMESTAMPING_TX_SCHED);

    CHECK_EQ(send(fd, "1", 1, 0), 1);
    CHECK_EQ(next_stamp(fd, SOL_IP, IP_RECVERR).error.ee_info,
             SCM_TSTAMP_SCHED);
    CHECK_EQ(next_stamp(fd, SOL_IP, IP_RECVERR).error.ee_info, SCM_TSTAMP_SND);
    close(fd);
}

static void they_are_told_where_asked_for(void)
{
    int fd = itself(AF_INET,
                    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY);
    int off = 0;

    CHECK_EQ(send(fd, "1", 1, 0), 1);
    CHECK_EQ(next_stamp(fd, SOL_IP, IP_RECVERR).time.tv_sec, 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &off, sizeof(off)), 0);
    CHECK_EQ(send(fd, "1", 1, 0), 1);
    no_more(fd);
    close(fd);
}

int main(void)
{
    RUN(stamps_of_ipv4);
    RUN(stamps_of_ipv6);
    RUN(they_are_numbered);
    RUN(there_are_two_kinds);
    RUN(they_are_told_where_asked_for);
    return check_end();
}
