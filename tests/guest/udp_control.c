// SPDX-License-Identifier: MIT
/* udp_control: control messages of datagrams, both ways, and UDP_SEGMENT. */
#define _GNU_SOURCE
#include "cmsg.h"
#include "inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char data[4000], control[512];

static int bound6(struct sockaddr_in6 *a)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    socklen_t len = sizeof(*a);

    *a = (struct sockaddr_in6){.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    CHECK_EQ(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

static void on(int fd, int level, int name)
{
    int v = 1;

    CHECK_EQ(setsockopt(fd, level, name, &v, sizeof(v)), 0);
}

/* Sends n bytes with one control message. */
static long send_with(int fd, const void *to, size_t to_len, size_t n,
                      int level, int type, const void *value, size_t len)
{
    return send_control(fd, to, to_len, data, n,
                        (struct cmsg_one){level, type, value, len});
}

/* Receives; the control message of a kind in *value. Whether there is one. */
static int receive(int fd, int level, int type, void *value, size_t len)
{
    struct iovec v = {data, sizeof(data)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};

    CHECK(recvmsg(fd, &m, MSG_DONTWAIT) >= 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level != level || c->cmsg_type != type)
            continue;
        CHECK_EQ(c->cmsg_len, CMSG_LEN(len));
        memcpy(value, CMSG_DATA(c), len);
        return 1;
    }
    return 0;
}

static void ttl_and_tos_go_with_one_datagram(void)
{
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a), v = 0, ttl = 7, tos = 0x28;
    unsigned char byte = 0;

    on(fd, SOL_IP, IP_RECVTTL);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 3, SOL_IP, IP_TTL, &ttl, 4), 3);
    CHECK(receive(fd, SOL_IP, IP_TTL, &v, sizeof(v)));
    CHECK_EQ(v, 7);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK(receive(fd, SOL_IP, IP_TTL, &v, sizeof(v)));
    CHECK_EQ(v, 64); /* only with the one */
    on(fd, SOL_IP, IP_RECVTOS);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 3, SOL_IP, IP_TOS, &tos, 4), 3);
    CHECK(receive(fd, SOL_IP, IP_TOS, &byte, 1));
    CHECK_EQ(byte, 0x28);
    ttl = 0;
    CHECK_ERRNO(send_with(fd, &a, sizeof(a), 3, SOL_IP, IP_TTL, &ttl, 4),
                EINVAL);
    CHECK_ERRNO(send_with(fd, &a, sizeof(a), 3, SOL_IP, 200, &ttl, 4), EINVAL);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 3, 200, 200, &ttl, 4), 3);
    close(fd);
}

static void a_source_is_chosen_for_one_datagram(void)
{
    struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(0x7f000005)};
    struct sockaddr_in a, from;
    socklen_t len = sizeof(from);
    int fd = bound(SOCK_DGRAM, &a), any = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK_EQ(send_with(any, &a, sizeof(a), 3, SOL_IP, IP_PKTINFO, &info,
                       sizeof(info)),
             3);
    CHECK_EQ(
        recvfrom(fd, data, 10, MSG_DONTWAIT, (struct sockaddr *)&from, &len),
        3);
    CHECK_EQ(from.sin_addr.s_addr, htonl(0x7f000005));
    info.ipi_ifindex = 1;
    CHECK_EQ(send_with(any, &a, sizeof(a), 3, SOL_IP, IP_PKTINFO, &info,
                       sizeof(info)),
             3);
    info.ipi_ifindex = 4711;
    CHECK_ERRNO(send_with(any, &a, sizeof(a), 3, SOL_IP, IP_PKTINFO, &info,
                          sizeof(info)),
                ENODEV);
    CHECK_ERRNO(send_with(any, &a, sizeof(a), 3, SOL_IP, IP_PKTINFO, &info, 4),
                EINVAL);
    close(fd);
    close(any);
}

static void the_same_of_ipv6(void)
{
    struct in6_pktinfo info = {.ipi6_addr = IN6ADDR_LOOPBACK_INIT,
                               .ipi6_ifindex = 1};
    struct sockaddr_in6 a;
    int fd = bound6(&a), v = 0, hops = 9, class = 0x28;

    on(fd, SOL_IPV6, IPV6_RECVHOPLIMIT);
    on(fd, SOL_IPV6, IPV6_RECVTCLASS);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 3, SOL_IPV6, IPV6_HOPLIMIT, &hops, 4),
             3);
    CHECK(receive(fd, SOL_IPV6, IPV6_HOPLIMIT, &v, sizeof(v)));
    CHECK_EQ(v, 9);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 3, SOL_IPV6, IPV6_TCLASS, &class, 4),
             3);
    CHECK(receive(fd, SOL_IPV6, IPV6_TCLASS, &v, sizeof(v)));
    CHECK_EQ(v, 0x28);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 3, SOL_IPV6, IPV6_PKTINFO, &info,
                       sizeof(info)),
             3);
    hops = 256;
    CHECK_ERRNO(
        send_with(fd, &a, sizeof(a), 3, SOL_IPV6, IPV6_HOPLIMIT, &hops, 4),
        EINVAL);
    close(fd);
}

static void times_come_in_two_forms(void)
{
    struct sockaddr_in a;
    struct timespec ts = {0}, now;
    struct timeval tv = {0};
    int fd = bound(SOCK_DGRAM, &a), v = -1;
    socklen_t len = sizeof(v);

    on(fd, SOL_SOCKET, SO_TIMESTAMPNS);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK(receive(fd, SOL_SOCKET, SO_TIMESTAMPNS, &ts, sizeof(ts)));
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK(ts.tv_sec <= now.tv_sec && ts.tv_sec >= now.tv_sec - 100);
    on(fd, SOL_SOCKET, SO_TIMESTAMP);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &v, &len), 0);
    CHECK_EQ(v, 0);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK(receive(fd, SOL_SOCKET, SO_TIMESTAMP, &tv, sizeof(tv)));
    CHECK(tv.tv_sec >= ts.tv_sec && tv.tv_usec < 1000000);
    close(fd);
}

static void drops_and_destinations_are_told(void)
{
    struct sockaddr_in a, to = {0};
    int fd = bound(SOCK_DGRAM, &a), small = 1, got = 0;
    unsigned drops = 0;

    on(fd, SOL_IP, IP_RECVORIGDSTADDR);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK(receive(fd, SOL_IP, IP_ORIGDSTADDR, &to, sizeof(to)));
    CHECK_EQ(to.sin_port, a.sin_port);
    CHECK_EQ(to.sin_addr.s_addr, a.sin_addr.s_addr);
    on(fd, SOL_SOCKET, SO_RXQ_OVFL);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    for (int i = 0; i < 50; i++)
        sendto(fd, data, 900, 0, (struct sockaddr *)&a, sizeof(a));
    while (recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
        got++;
    CHECK(got > 0 && got < 50);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK(receive(fd, SOL_SOCKET, SO_RXQ_OVFL, &drops, sizeof(drops)));
    CHECK_EQ(drops, 50 - got);
    close(fd);
}

static void one_send_makes_many_datagrams(void)
{
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a), v = 0;
    socklen_t len = sizeof(v);
    uint16_t segment = 1000;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i / 1000);
    CHECK_EQ(send_with(fd, &a, sizeof(a), 2500, SOL_UDP, UDP_SEGMENT, &segment,
                       sizeof(segment)),
             2500);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 1000);
    CHECK_EQ(data[0], 0);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 1000);
    CHECK_EQ(data[0], 1);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 500);
    CHECK_EQ(data[0], 2);
    CHECK_ERRNO(recv(fd, data, sizeof(data), MSG_DONTWAIT), EAGAIN);
    v = 600;
    CHECK_EQ(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &v, sizeof(v)), 0);
    v = 0;
    CHECK_EQ(getsockopt(fd, SOL_UDP, UDP_SEGMENT, &v, &len), 0);
    CHECK_EQ(v, 600);
    CHECK_EQ(sendto(fd, data, 1200, 0, (struct sockaddr *)&a, sizeof(a)), 1200);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 600);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 600);
    CHECK_EQ(sendto(fd, data, 100, 0, (struct sockaddr *)&a, sizeof(a)), 100);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 100);
    v = 1 << 16;
    CHECK_ERRNO(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &v, sizeof(v)), EINVAL);
    on(fd, SOL_UDP, UDP_GRO);
    close(fd);
}

int main(void)
{
    RUN(ttl_and_tos_go_with_one_datagram);
    RUN(a_source_is_chosen_for_one_datagram);
    RUN(the_same_of_ipv6);
    RUN(times_come_in_two_forms);
    RUN(drops_and_destinations_are_told);
    RUN(one_send_makes_many_datagrams);
    return check_end();
}
