// SPDX-License-Identifier: MIT
/* udp: datagram sockets over the loopback, as udp(7), ip(7), socket(7) say. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static char data[70000], back[70000];

static int socket_at(struct sockaddr_in *a)
{
    socklen_t len = sizeof(*a);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK(fd >= 0);
    *a = (struct sockaddr_in){.sin_family = AF_INET};
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    CHECK_EQ(len, sizeof(*a));
    CHECK(a->sin_port != 0);
    return fd;
}

static void datagrams_arrive_whole(void)
{
    static const int lengths[] = {0, 1, 160, 161, 1472, 9000, 60000, 65507};
    struct sockaddr_in a, b, from;
    socklen_t len = sizeof(from);
    int x = socket_at(&a), y = socket_at(&b);

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        int n = lengths[i];

        CHECK_EQ(sendto(x, data, n, 0, (struct sockaddr *)&b, sizeof(b)), n);
        CHECK_EQ(
            recvfrom(y, back, sizeof(back), 0, (struct sockaddr *)&from, &len),
            n);
        CHECK(memcmp(data, back, n) == 0);
        CHECK_EQ(from.sin_port, a.sin_port);
        CHECK_EQ(from.sin_addr.s_addr, a.sin_addr.s_addr);
    }
    CHECK_ERRNO(sendto(x, data, 65508, 0, (struct sockaddr *)&b, sizeof(b)),
                EMSGSIZE);
    close(x);
    close(y);
}

static void a_short_buffer_cuts(void)
{
    struct sockaddr_in a;
    struct iovec v = {back, 4};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    int fd = socket_at(&a), waiting;

    for (int i = 0; i < 4; i++)
        CHECK_EQ(
            sendto(fd, "0123456789", 10, 0, (struct sockaddr *)&a, sizeof(a)),
            10);
    CHECK_EQ(ioctl(fd, FIONREAD, &waiting), 0);
    CHECK_EQ(waiting, 10);
    CHECK_EQ(recv(fd, back, 4, MSG_PEEK), 4);
    CHECK_EQ(recv(fd, back, 4, 0), 4);
    CHECK_EQ(recv(fd, back, 4, MSG_TRUNC), 10);
    CHECK_EQ(recvmsg(fd, &m, 0), 4);
    CHECK_EQ(m.msg_flags, MSG_TRUNC);
    CHECK_EQ(read(fd, back, 100), 10);
    CHECK_ERRNO(recv(fd, back, 4, MSG_DONTWAIT), EAGAIN);
    close(fd);
}

static void nobody_there_is_refused(void)
{
    struct sockaddr_in a, b;
    int x = socket_at(&a), y = socket_at(&b), error = -1;
    socklen_t len = sizeof(error);
    struct pollfd p = {x, POLLIN, 0};

    close(y);
    CHECK_EQ(connect(x, (struct sockaddr *)&b, sizeof(b)), 0);
    CHECK_EQ(send(x, "x", 1, 0), 1);
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK(p.revents & POLLERR);
    CHECK_EQ(getsockopt(x, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    CHECK_EQ(error, ECONNREFUSED);
    CHECK_EQ(send(x, "x", 1, 0), 1);
    CHECK_ERRNO(recv(x, back, 1, 0), ECONNREFUSED);
    close(x);
}

static void a_connection_can_be_made_and_undone(void)
{
    struct sockaddr_in a, b, peer;
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    int x = socket_at(&a), y = socket_at(&b);
    socklen_t len = sizeof(peer);

    CHECK_ERRNO(send(x, "x", 1, 0), EDESTADDRREQ);
    CHECK_ERRNO(getpeername(x, (struct sockaddr *)&peer, &len), ENOTCONN);
    CHECK_EQ(connect(x, (struct sockaddr *)&b, sizeof(b)), 0);
    CHECK_EQ(getpeername(x, (struct sockaddr *)&peer, &len), 0);
    CHECK_EQ(peer.sin_port, b.sin_port);
    CHECK_EQ(write(x, "abc", 3), 3);
    CHECK_EQ(read(y, back, 10), 3);
    CHECK_EQ(connect(x, &none, sizeof(none)), 0);
    CHECK_ERRNO(send(x, "x", 1, 0), EDESTADDRREQ);
    close(x);
    close(y);
}

static void ports_are_not_shared_by_accident(void)
{
    struct sockaddr_in a;
    int x = socket_at(&a), y = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, sizeof(a)), EADDRINUSE);
    CHECK_EQ(setsockopt(x, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    CHECK_EQ(setsockopt(y, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    CHECK_EQ(bind(y, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, sizeof(a)), EINVAL);
    a.sin_addr.s_addr = htonl(0x01020304);
    close(y);
    y = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, sizeof(a)), EADDRNOTAVAIL);
    a.sin_family = AF_INET6;
    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, sizeof(a)), EAFNOSUPPORT);
    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, 4), EINVAL);
    close(x);
    close(y);
}

static void *send_later(void *arg)
{
    struct sockaddr_in *a = arg;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    usleep(20000);
    sendto(fd, "late", 4, 0, (struct sockaddr *)a, sizeof(*a));
    close(fd);
    return NULL;
}

static void a_reader_waits_as_long_as_it_may(void)
{
    struct sockaddr_in a;
    struct timeval limit = {0, 20000};
    pthread_t t;
    int fd = socket_at(&a);

    CHECK_EQ(pthread_create(&t, NULL, send_later, &a), 0);
    CHECK_EQ(recv(fd, back, 10, 0), 4);
    pthread_join(t, NULL);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    CHECK_ERRNO(recv(fd, back, 10, 0), EAGAIN);
    close(fd);
}

static void many_messages_in_one_call(void)
{
    struct sockaddr_in a;
    struct mmsghdr m[4];
    struct iovec v[4];
    int fd = socket_at(&a);

    memset(m, 0, sizeof(m));
    for (int i = 0; i < 4; i++) {
        v[i] = (struct iovec){data + i, 10 + i};
        m[i].msg_hdr = (struct msghdr){.msg_name = &a,
                                       .msg_namelen = sizeof(a),
                                       .msg_iov = &v[i],
                                       .msg_iovlen = 1};
    }
    CHECK_EQ(sendmmsg(fd, m, 3, 0), 3);
    CHECK_EQ(m[2].msg_len, 12);
    for (int i = 0; i < 4; i++)
        v[i] = (struct iovec){back + 100 * i, 100};
    CHECK_EQ(recvmmsg(fd, m, 4, MSG_WAITFORONE, NULL), 3);
    CHECK_EQ(m[1].msg_len, 11);
    CHECK(memcmp(back + 200, data + 2, 12) == 0);
    close(fd);
}

static void what_came_with_it_is_told(void)
{
    struct sockaddr_in a;
    char control[200];
    struct iovec v = {back, 100};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct cmsghdr *c;
    struct in_pktinfo *info;
    int fd = socket_at(&a), on = 1;

    CHECK_EQ(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)), 0);
    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
    CHECK_EQ(recvmsg(fd, &m, 0), 1);
    c = CMSG_FIRSTHDR(&m);
    CHECK(c != NULL);
    CHECK_EQ(c->cmsg_type, IP_PKTINFO);
    info = (struct in_pktinfo *)CMSG_DATA(c);
    CHECK_EQ(info->ipi_ifindex, if_nametoindex("lo"));
    CHECK_EQ(info->ipi_addr.s_addr, a.sin_addr.s_addr);
    close(fd);
}

static void bad_arguments_are_told(void)
{
    struct sockaddr_in a;
    int fd = socket_at(&a), pair[2];

    CHECK_ERRNO(
        sendto(fd, check_pointer(8), 1, 0, (struct sockaddr *)&a, sizeof(a)),
        EFAULT);
    CHECK_ERRNO(sendto(fd, data, 1, 0, check_pointer(8), sizeof(a)), EFAULT);
    CHECK_ERRNO(sendto(fd, data, 1, MSG_OOB, (struct sockaddr *)&a, sizeof(a)),
                EOPNOTSUPP);
    CHECK_ERRNO(listen(fd, 1), EOPNOTSUPP);
    CHECK_ERRNO(accept(fd, NULL, NULL), EOPNOTSUPP);
    CHECK_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
    CHECK_EQ(pipe(pair), 0);
    CHECK_ERRNO(bind(pair[0], (struct sockaddr *)&a, sizeof(a)), ENOTSOCK);
    CHECK_ERRNO(bind(999, (struct sockaddr *)&a, sizeof(a)), EBADF);
    a.sin_addr.s_addr = INADDR_BROADCAST;
    CHECK(sendto(fd, data, 1, 0, (struct sockaddr *)&a, sizeof(a)) == -1);
    close(pair[0]);
    close(pair[1]);
    close(fd);
}

int main(void)
{
    RUN(datagrams_arrive_whole);
    RUN(a_short_buffer_cuts);
    RUN(nobody_there_is_refused);
    RUN(a_connection_can_be_made_and_undone);
    RUN(ports_are_not_shared_by_accident);
    RUN(a_reader_waits_as_long_as_it_may);
    RUN(many_messages_in_one_call);
    RUN(what_came_with_it_is_told);
    RUN(bad_arguments_are_told);
    return check_end();
}
