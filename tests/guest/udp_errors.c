// SPDX-License-Identifier: MIT
/* udp_errors: the error queue of IP_RECVERR and IPV6_RECVERR, ip(7). */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char data[2000], control[512];
static struct msghdr m;
static struct iovec v;
static struct sockaddr_storage name;

static int open_socket(int family)
{
    int fd = socket(family, SOCK_DGRAM, 0), on = 1;

    if (family == AF_INET)
        CHECK_EQ(setsockopt(fd, SOL_IP, IP_RECVERR, &on, sizeof(on)), 0);
    else
        CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_RECVERR, &on, sizeof(on)), 0);
    return fd;
}

/* A port of the loopback that nobody has. */
static struct sockaddr_in nobody4(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return a;
}

static long take(int fd, size_t room)
{
    v = (struct iovec){data, room};
    m = (struct msghdr){.msg_name = &name,
                        .msg_namelen = sizeof(name),
                        .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof(control)};
    memset(data, 0, sizeof(data));
    return recvmsg(fd, &m, MSG_ERRQUEUE);
}

static struct sock_extended_err *told(int level, int type)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == level && c->cmsg_type == type)
            return (struct sock_extended_err *)CMSG_DATA(c);
    CHECK_FAIL("no error among the control messages");
}

static void wait_error(int fd)
{
    struct pollfd p = {.fd = fd};

    CHECK_EQ(poll(&p, 1, 2000), 1);
    CHECK(p.revents & POLLERR);
}

static void a_refusal_comes_with_the_datagram(void)
{
    struct sockaddr_in to = nobody4(), *from;
    int fd = open_socket(AF_INET);
    struct sock_extended_err *e;

    CHECK_EQ(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    wait_error(fd);
    CHECK_EQ(take(fd, sizeof(data)), 5);
    CHECK_EQ(memcmp(data, "hello", 5), 0);
    CHECK(m.msg_flags & MSG_ERRQUEUE);
    CHECK(!(m.msg_flags & MSG_TRUNC));
    from = (struct sockaddr_in *)&name;
    CHECK_EQ(m.msg_namelen, sizeof(*from));
    CHECK_EQ(from->sin_port, to.sin_port);
    CHECK_EQ(from->sin_addr.s_addr, to.sin_addr.s_addr);
    e = told(SOL_IP, IP_RECVERR);
    CHECK_EQ(e->ee_errno, ECONNREFUSED);
    CHECK_EQ(e->ee_origin, SO_EE_ORIGIN_ICMP);
    CHECK_EQ(e->ee_type, 3);
    CHECK_EQ(e->ee_code, 3);
    from = (struct sockaddr_in *)SO_EE_OFFENDER(e);
    CHECK_EQ(from->sin_family, AF_INET);
    CHECK_EQ(from->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_ERRNO(take(fd, sizeof(data)), EAGAIN);
    close(fd);
}

static void the_queue_empties_the_pending_error_too(void)
{
    struct sockaddr_in to = nobody4();
    int fd = open_socket(AF_INET), v2 = -1;
    socklen_t len = sizeof(v2);
    struct pollfd p = {.fd = fd, .events = POLLIN};

    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    wait_error(fd);
    CHECK_EQ(take(fd, sizeof(data)), 1);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &v2, &len), 0);
    CHECK_EQ(v2, 0);
    CHECK_EQ(poll(&p, 1, 0), 0);
    close(fd);
}

static void errors_queue_up(void)
{
    struct sockaddr_in to = nobody4();
    int fd = open_socket(AF_INET), v2 = 0;
    socklen_t len = sizeof(v2);
    char c = 'a';

    CHECK_EQ(sendto(fd, &c, 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    wait_error(fd);
    /* The pending error is told once, the queue keeps it. */
    CHECK_ERRNO(sendto(fd, &c, 1, 0, (struct sockaddr *)&to, sizeof(to)),
                ECONNREFUSED);
    c = 'b';
    CHECK_EQ(sendto(fd, &c, 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    wait_error(fd);
    CHECK_EQ(take(fd, sizeof(data)), 1);
    CHECK_EQ(data[0], 'a');
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &v2, &len), 0);
    CHECK_EQ(v2, ECONNREFUSED);
    CHECK_EQ(take(fd, sizeof(data)), 1);
    CHECK_EQ(data[0], 'b');
    close(fd);
}

static void what_has_no_room_is_cut(void)
{
    struct sockaddr_in to = nobody4();
    int fd = open_socket(AF_INET);

    CHECK_EQ(sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    wait_error(fd);
    CHECK_EQ(take(fd, 2), 2);
    CHECK_EQ(memcmp(data, "he", 2), 0);
    CHECK(m.msg_flags & MSG_TRUNC);
    CHECK_ERRNO(take(fd, 2), EAGAIN);
    close(fd);
}

static void recv_tells_the_error_and_leaves_the_queue(void)
{
    struct sockaddr_in to = nobody4();
    int fd = open_socket(AF_INET);

    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    wait_error(fd);
    CHECK_ERRNO(recv(fd, data, 1, 0), ECONNREFUSED);
    CHECK_ERRNO(recv(fd, data, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(take(fd, sizeof(data)), 1);
    close(fd);
}

/* The queue is poll's to tell; who waits for data goes on waiting. */
static void an_error_that_was_told_ends_no_wait(void)
{
    struct sockaddr_in to = nobody4();
    struct timeval limit = {.tv_usec = 50000};
    int fd = open_socket(AF_INET);

    CHECK_EQ(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    wait_error(fd);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    CHECK_ERRNO(recv(fd, data, 1, 0), ECONNREFUSED);
    CHECK_ERRNO(recv(fd, data, 1, 0), EAGAIN);
    CHECK_EQ(take(fd, sizeof(data)), 1);
    close(fd);
}

static void to_turn_it_off_empties_the_queue(void)
{
    struct sockaddr_in to = nobody4();
    int fd = open_socket(AF_INET), off = 0;

    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    wait_error(fd);
    CHECK_EQ(setsockopt(fd, SOL_IP, IP_RECVERR, &off, sizeof(off)), 0);
    CHECK_ERRNO(take(fd, sizeof(data)), EAGAIN);
    close(fd);
}

static void ipv6_tells_the_same(void)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT},
                        *from;
    int fd = open_socket(AF_INET6);
    struct sock_extended_err *e;

    to.sin6_port = nobody4().sin_port;
    CHECK_EQ(sendto(fd, "six", 3, 0, (struct sockaddr *)&to, sizeof(to)), 3);
    wait_error(fd);
    CHECK_EQ(take(fd, sizeof(data)), 3);
    CHECK_EQ(memcmp(data, "six", 3), 0);
    from = (struct sockaddr_in6 *)&name;
    CHECK_EQ(from->sin6_port, to.sin6_port);
    CHECK_EQ(memcmp(&from->sin6_addr, &to.sin6_addr, 16), 0);
    e = told(SOL_IPV6, IPV6_RECVERR);
    CHECK_EQ(e->ee_errno, ECONNREFUSED);
    CHECK_EQ(e->ee_origin, SO_EE_ORIGIN_ICMP6);
    CHECK_EQ(e->ee_type, 1);
    CHECK_EQ(e->ee_code, 4);
    from = (struct sockaddr_in6 *)SO_EE_OFFENDER(e);
    CHECK_EQ(from->sin6_family, AF_INET6);
    CHECK_EQ(memcmp(&from->sin6_addr, &in6addr_loopback, 16), 0);
    close(fd);
}

static void too_long_a_datagram_names_the_mtu(void)
{
    struct sockaddr_in to = nobody4();
    int fd = open_socket(AF_INET), v2 = IP_PMTUDISC_DO;
    static char big[65507];
    struct sock_extended_err *e;
    int mtu = 0;
    socklen_t len = sizeof(mtu);

    CHECK_EQ(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    CHECK_EQ(setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &v2, sizeof(v2)), 0);
    CHECK_EQ(getsockopt(fd, SOL_IP, IP_MTU, &mtu, &len), 0);
    if (mtu >= 65535)
        CHECK_SKIP("the loopback takes every datagram");
    CHECK_ERRNO(send(fd, big, (size_t)mtu, 0), EMSGSIZE);
    CHECK_EQ(take(fd, sizeof(data)), 0);
    e = told(SOL_IP, IP_RECVERR);
    CHECK_EQ(e->ee_errno, EMSGSIZE);
    CHECK_EQ(e->ee_origin, SO_EE_ORIGIN_LOCAL);
    CHECK_EQ(e->ee_info, mtu);
    close(fd);
}

static void streams_have_an_empty_queue(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_ERRNO(take(fd, sizeof(data)), EAGAIN);
    close(fd);
}

/* Sends a datagram to fd itself: when it came, or NULL. */
static struct timespec *stamped(int fd, const struct sockaddr_in *a)
{
    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)a, sizeof(*a)), 1);
    v = (struct iovec){data, sizeof(data)};
    m = (struct msghdr){.msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof(control)};
    CHECK_EQ(recvmsg(fd, &m, 0), 1);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING)
            return (struct timespec *)CMSG_DATA(c);
    return NULL;
}

/* SO_TIMESTAMPING tells when a datagram came. Linux begins with it a little
 * after it was asked to. */
static void software_stamps_what_comes(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), want = 8 | 16;
    struct timespec now, *ts;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &want, sizeof(want)),
             0);
    for (int i = 0; !(ts = stamped(fd, &a)) && i < 200; i++)
        usleep(5000);
    CHECK(ts);
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK(ts[0].tv_sec <= now.tv_sec && ts[0].tv_sec + 5 > now.tv_sec);
    CHECK_EQ(ts[2].tv_sec, 0);
    close(fd);
}

int main(void)
{
    RUN(a_refusal_comes_with_the_datagram);
    RUN(the_queue_empties_the_pending_error_too);
    RUN(errors_queue_up);
    RUN(what_has_no_room_is_cut);
    RUN(recv_tells_the_error_and_leaves_the_queue);
    RUN(an_error_that_was_told_ends_no_wait);
    RUN(to_turn_it_off_empties_the_queue);
    RUN(ipv6_tells_the_same);
    RUN(too_long_a_datagram_names_the_mtu);
    RUN(streams_have_an_empty_queue);
    RUN(software_stamps_what_comes);
    return check_end();
}
