// SPDX-License-Identifier: MIT
/* ping6: raw and ping sockets of IPv6; RFC 3542, icmp(7). */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct sockaddr_in6 host = {.sin6_family = AF_INET6,
                                         .sin6_addr = IN6ADDR_LOOPBACK_INIT};
static uint8_t data[2000];

static int raw(int protocol)
{
    int fd = socket(AF_INET6, SOCK_RAW, protocol);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK(fd >= 0);
    return fd;
}

static void send_echo(int fd, uint16_t id, uint16_t sequence)
{
    struct {
        struct icmp6_hdr h;
        char text[8];
    } m = {.h = {.icmp6_type = ICMP6_ECHO_REQUEST}, .text = "seven77"};

    m.h.icmp6_id = htons(id);
    m.h.icmp6_seq = htons(sequence);
    CHECK_EQ(sendto(fd, &m, sizeof(m), 0, (const struct sockaddr *)&host,
                    sizeof(host)),
             sizeof(m));
}

static void only(int fd, int type)
{
    struct icmp6_filter f;

    ICMP6_FILTER_SETBLOCKALL(&f);
    ICMP6_FILTER_SETPASS(type, &f);
    CHECK_EQ(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof(f)), 0);
}

static void an_echo_comes_back(void)
{
    int fd = raw(IPPROTO_ICMPV6);
    struct icmp6_hdr *h = (struct icmp6_hdr *)data;
    struct sockaddr_in6 from;
    socklen_t len = sizeof(from);

    only(fd, ICMP6_ECHO_REPLY);
    send_echo(fd, 77, 1);
    CHECK_EQ(
        recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len),
        16);
    CHECK_EQ(h->icmp6_type, ICMP6_ECHO_REPLY);
    CHECK_EQ(ntohs(h->icmp6_id), 77);
    CHECK_EQ(ntohs(h->icmp6_seq), 1);
    CHECK_EQ(strcmp((char *)data + 8, "seven77"), 0);
    CHECK_EQ(from.sin6_family, AF_INET6);
    CHECK_EQ(from.sin6_port, 0);
    CHECK_EQ(memcmp(&from.sin6_addr, &host.sin6_addr, 16), 0);
    close(fd);
}

static void the_filter_is_read_back(void)
{
    int fd = raw(IPPROTO_ICMPV6);
    struct icmp6_filter f;
    socklen_t len = sizeof(f);

    only(fd, ICMP6_ECHO_REPLY);
    CHECK_EQ(getsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &f, &len), 0);
    CHECK_EQ(len, 32);
    CHECK(ICMP6_FILTER_WILLPASS(ICMP6_ECHO_REPLY, &f));
    CHECK(ICMP6_FILTER_WILLBLOCK(ICMP6_ECHO_REQUEST, &f));
    send_echo(fd, 78, 1);
    CHECK_EQ(recv(fd, data, sizeof(data), 0), 16);
    CHECK_EQ(data[0], ICMP6_ECHO_REPLY); /* not the request, which came too */
    CHECK_ERRNO(recv(fd, data, sizeof(data), MSG_DONTWAIT), EAGAIN);
    close(fd);
}

static void checksums_are_asked_for(void)
{
    int fd = raw(IPPROTO_ICMPV6), v = 4;
    socklen_t len = sizeof(v);

    CHECK_EQ(getsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &v, &len), 0);
    CHECK_EQ(v, 2);
    CHECK_ERRNO(setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof(v)),
                EINVAL);
    close(fd);
    fd = raw(253);
    CHECK_EQ(getsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &v, &len), 0);
    CHECK_EQ(v, -1);
    v = 3;
    CHECK_ERRNO(setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof(v)),
                EINVAL);
    v = 2;
    CHECK_EQ(setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof(v)), 0);
    CHECK_EQ(sendto(fd, "ab\0\0cd", 6, 0, (const struct sockaddr *)&host,
                    sizeof(host)),
             6);
    CHECK_EQ(recv(fd, data, sizeof(data), 0), 6); /* and its sum is right */
    CHECK(data[2] | data[3]);
    close(fd);
}

static void control_messages_come_and_go(void)
{
    int fd = raw(IPPROTO_ICMPV6), on = 1, hops = 33, seen = 0;
    char control[256] = {0}, text[16] = {(char)ICMP6_ECHO_REQUEST};
    struct iovec v = {text, sizeof(text)};
    struct msghdr m = {.msg_name = (void *)(uintptr_t)&host,
                       .msg_namelen = sizeof(host),
                       .msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = CMSG_SPACE(sizeof(hops))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    only(fd, ICMP6_ECHO_REQUEST);
    CHECK_EQ(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)),
             0);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_HOPLIMIT;
    c->cmsg_len = CMSG_LEN(sizeof(hops));
    memcpy(CMSG_DATA(c), &hops, sizeof(hops));
    CHECK_EQ(sendmsg(fd, &m, 0), sizeof(text));
    m.msg_name = NULL;
    m.msg_controllen = sizeof(control);
    CHECK_EQ(recvmsg(fd, &m, 0), sizeof(text));
    for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
            memcpy(&seen, CMSG_DATA(c), sizeof(seen));
    CHECK_EQ(seen, 33);
    close(fd);
}

static void ping_sockets_have_an_identifier(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
    struct icmp6_hdr *h = (struct icmp6_hdr *)data;
    struct sockaddr_in6 a;
    socklen_t len = sizeof(a);

    if (fd < 0 && (errno == EACCES || errno == EPERM))
        CHECK_SKIP("the group is not allowed ping sockets");
    CHECK(fd >= 0);
    send_echo(fd, 1, 9); /* which identifier it says does not matter */
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK(a.sin6_port != 0);
    CHECK_EQ(recv(fd, data, sizeof(data), 0), 16);
    CHECK_EQ(h->icmp6_type, ICMP6_ECHO_REPLY);
    CHECK_EQ(h->icmp6_id, a.sin6_port);
    CHECK_EQ(ntohs(h->icmp6_seq), 9);
    close(fd);
}

int main(void)
{
    RUN(an_echo_comes_back);
    RUN(the_filter_is_read_back);
    RUN(checksums_are_asked_for);
    RUN(control_messages_come_and_go);
    RUN(ping_sockets_have_an_identifier);
    return check_end();
}
