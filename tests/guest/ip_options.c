// SPDX-License-Identifier: MIT
/* ip_options: options of IPv4's header, sent and received; ip(7). */
#define _GNU_SOURCE
#include "cmsg.h"
#include "inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RECORD    7
#define TIMESTAMP 68

static uint8_t data[100000], control[512];
static const uint8_t local[4] = {127, 0, 0, 1};

static int raw_socket(int protocol)
{
    int fd = socket(AF_INET, SOCK_RAW, protocol);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK(fd >= 0);
    return fd;
}

static void on(int fd, int name)
{
    int v = 1;

    CHECK_EQ(setsockopt(fd, SOL_IP, name, &v, sizeof(v)), 0);
}

static void set(int fd, const uint8_t *options, size_t len)
{
    CHECK_EQ(setsockopt(fd, SOL_IP, IP_OPTIONS, options, (socklen_t)len), 0);
}

/* Receives; the control message of a kind in value: its length, 0: none. */
static size_t receive(int fd, int type, uint8_t *value)
{
    struct iovec v = {data, sizeof(data)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};

    CHECK(recvmsg(fd, &m, MSG_DONTWAIT) >= 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level != SOL_IP || c->cmsg_type != type)
            continue;
        memcpy(value, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
        return c->cmsg_len - CMSG_LEN(0);
    }
    return 0;
}

static long send_with(int fd, const struct sockaddr_in *to, int type,
                      const void *value, size_t len)
{
    return send_control(fd, to, sizeof(*to), data, 3,
                        (struct cmsg_one){SOL_IP, type, value, len});
}

static void they_are_kept_and_told(void)
{
    static const uint8_t route[7] = {RECORD, 7, 4};
    uint8_t got[40] = {0xff};
    socklen_t len = sizeof(got);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    set(fd, route, sizeof(route));
    CHECK_EQ(getsockopt(fd, SOL_IP, IP_OPTIONS, got, &len), 0);
    CHECK_EQ(len, 8);
    CHECK(!memcmp(got, route, 7) && !got[7]);
    len = 3;
    CHECK_EQ(getsockopt(fd, SOL_IP, IP_OPTIONS, got, &len), 0);
    CHECK_EQ(len, 3);
    set(fd, NULL, 0);
    len = sizeof(got);
    CHECK_EQ(getsockopt(fd, SOL_IP, IP_OPTIONS, got, &len), 0);
    CHECK_EQ(len, 0);
    close(fd);
}

static void what_makes_no_sense_is_refused(void)
{
    static const struct {
        uint8_t bytes[16], len;
    } bad[] = {
        {{RECORD, 2, 4}, 4},
        {{RECORD, 7, 3}, 8},
        {{RECORD, 12, 4}, 7},
        {{RECORD, 7, 6}, 8},
        {{RECORD, 7, 4, 0, 0, 0, 0, RECORD, 7, 4}, 14},
        {{TIMESTAMP, 8, 4}, 8},
        {{TIMESTAMP, 8, 5, 1}, 8},
        {{TIMESTAMP, 4, 5, 0xf0}, 4},
        {{148, 3, 0}, 4},
        {{1, 1, 1, RECORD}, 4},
    };
    uint8_t many[44] = {1};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_ERRNO(
            setsockopt(fd, SOL_IP, IP_OPTIONS, bad[i].bytes, bad[i].len),
            EINVAL);
    CHECK_ERRNO(setsockopt(fd, SOL_IP, IP_OPTIONS, many, sizeof(many)), EINVAL);
    close(fd);
}

static void a_route_is_recorded_on_both_sides(void)
{
    static const uint8_t route[15] = {RECORD, 15, 4};
    uint8_t got[40];
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a);

    on(fd, IP_RECVOPTS);
    set(fd, route, sizeof(route));
    for (int i = 0; i < 2; i++) { /* nothing of the first is left behind */
        CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
        CHECK_EQ(receive(fd, IP_RECVOPTS, got), 16);
        CHECK_EQ(got[0], RECORD);
        CHECK_EQ(got[2], 12);
        CHECK(!memcmp(got + 3, local, 4) && !memcmp(got + 7, local, 4));
        CHECK(!got[11] && !got[15]);
    }
    set(fd, NULL, 0);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, IP_RECVOPTS, got), 0);
    close(fd);
}

static void times_are_recorded(void)
{
    static const uint8_t only[12] = {TIMESTAMP, 12, 5, 0},
                         both[12] = {TIMESTAMP, 12, 5, 1};
    uint8_t got[40];
    uint32_t first, second, now;
    struct timespec ts;
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a);

    on(fd, IP_RECVOPTS);
    set(fd, only, sizeof(only));
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, IP_RECVOPTS, got), 12);
    CHECK_EQ(got[2], 13);
    memcpy(&first, got + 4, 4);
    memcpy(&second, got + 8, 4);
    clock_gettime(CLOCK_REALTIME, &ts);
    now = (uint32_t)(ts.tv_sec % 86400 * 1000 + ts.tv_nsec / 1000000);
    CHECK(now - ntohl(first) < 10000 || now < 10000);
    CHECK(ntohl(second) - ntohl(first) < 10000 || now < 10000);
    set(fd, both, sizeof(both));
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, IP_RECVOPTS, got), 12);
    CHECK_EQ(got[2], 13);
    CHECK(!memcmp(got + 4, local, 4));
    CHECK_EQ(got[3], 0x11); /* who received had no room */
    close(fd);
}

static void one_datagram_answers_with_them(void)
{
    static const uint8_t route[11] = {RECORD, 11, 4};
    uint8_t got[40];
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a);

    on(fd, IP_RETOPTS);
    CHECK_EQ(send_with(fd, &a, IP_RETOPTS, route, sizeof(route)), 3);
    CHECK_EQ(receive(fd, IP_RETOPTS, got), 12);
    CHECK_EQ(got[0], RECORD);
    CHECK_EQ(got[2], 12);
    CHECK(!memcmp(got + 7, local, 4));
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, IP_RETOPTS, got), 0);
    CHECK_ERRNO(send_with(fd, &a, IP_RETOPTS, "\7\2\4", 3), EINVAL);
    close(fd);
}

static void a_long_datagram_takes_them_along(void)
{
    static const uint8_t route[39] = {RECORD, 39, 4};
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a);

    set(fd, route, sizeof(route));
    for (size_t i = 0; i < 60000; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    CHECK_EQ(sendto(fd, data, 60000, 0, (struct sockaddr *)&a, sizeof(a)),
             60000);
    memset(data, 0, 60000);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), 60000);
    for (size_t i = 0; i < 60000; i++)
        CHECK_EQ(data[i], (uint8_t)(i * 7 + i / 256));
    CHECK_ERRNO(sendto(fd, data, 65500, 0, (struct sockaddr *)&a, sizeof(a)),
                EMSGSIZE);
    close(fd);
}

static void echo_replies_record_too(void)
{
    static const uint8_t route[23] = {RECORD, 23, 4};
    struct icmphdr *h = (void *)data;
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = raw_socket(IPPROTO_ICMP);
    struct ip *ip = (void *)data;
    uint8_t *option = data + 20;
    ssize_t n;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set(fd, route, sizeof(route));
    memset(h, 0, sizeof(*h));
    h->type = ICMP_ECHO;
    h->un.echo.id = htons(0x4b1d);
    h->checksum = (uint16_t) ~(ICMP_ECHO + h->un.echo.id);
    CHECK_EQ(sendto(fd, data, sizeof(*h), 0, (struct sockaddr *)&a, sizeof(a)),
             sizeof(*h));
    do {
        n = recv(fd, data, sizeof(data), 0);
        CHECK(n > 20);
        h = (void *)(data + ip->ip_hl * 4);
    } while (h->type != ICMP_ECHOREPLY || h->un.echo.id != htons(0x4b1d));
    CHECK_EQ(ip->ip_hl, 11);
    CHECK_EQ(option[2], 20); /* there and back again: four addresses */
    CHECK(!memcmp(option + 15, local, 4));
    CHECK(!option[19]);
    close(fd);
}

static void a_header_of_ones_own_has_its_own(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = raw_socket(IPPROTO_UDP);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    on(fd, IP_HDRINCL);
    CHECK_ERRNO(send_with(fd, &a, IP_RETOPTS, "\1\1\1\1", 4), EINVAL);
    close(fd);
}

/* The next segment from this port on the way: does it have the option? */
static int next_has_option(int raw, in_port_t port, int *flags)
{
    static uint8_t packet[65536];
    struct ip *ip = (void *)packet;
    struct tcphdr *h;

    do {
        CHECK(recv(raw, packet, sizeof(packet), 0) >= 40);
        h = (void *)(packet + ip->ip_hl * 4);
    } while (h->th_sport != port);
    *flags = h->th_flags;
    return ip->ip_hl == 7 && packet[20] == RECORD && packet[22] == 8;
}

static void tcp_sends_them_with_all_segments(void)
{
    static const uint8_t route[7] = {RECORD, 7, 4};
    struct sockaddr_in a, from;
    socklen_t len = sizeof(from);
    int raw = raw_socket(IPPROTO_TCP), listener = bound(SOCK_STREAM, &a);
    int fd = socket(AF_INET, SOCK_STREAM, 0), peer, flags;
    size_t got = 0, sent = 0;
    ssize_t n;

    CHECK_EQ(listen(listener, 1), 0);
    set(fd, route, sizeof(route));
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&from, &len), 0);
    peer = accept(listener, NULL, NULL);
    CHECK(peer >= 0);
    CHECK(next_has_option(raw, from.sin_port, &flags));
    CHECK_EQ(flags & TH_SYN, TH_SYN);
    CHECK(next_has_option(raw, from.sin_port, &flags));
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    CHECK(next_has_option(raw, from.sin_port, &flags));
    CHECK_EQ(recv(peer, data, 1, 0), 1);
    close(raw);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 13 + i / 256);
    while (got < sizeof(data)) {
        static uint8_t part[sizeof(data)];

        n = send(fd, data + sent, sizeof(data) - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        n = recv(peer, part, sizeof(part),
                 sent < sizeof(data) ? MSG_DONTWAIT : 0);
        for (ssize_t i = 0; i < n; i++)
            CHECK_EQ(part[i], data[got + (size_t)i]);
        got += n > 0 ? (size_t)n : 0;
    }
    set(fd, NULL, 0); /* in the middle of it */
    CHECK_EQ(send(fd, "y", 1, 0), 1);
    CHECK_EQ(recv(peer, data, 1, 0), 1);
    close(peer);
    close(fd);
    close(listener);
}

int main(void)
{
    RUN(they_are_kept_and_told);
    RUN(what_makes_no_sense_is_refused);
    RUN(a_route_is_recorded_on_both_sides);
    RUN(times_are_recorded);
    RUN(one_datagram_answers_with_them);
    RUN(a_long_datagram_takes_them_along);
    RUN(echo_replies_record_too);
    RUN(a_header_of_ones_own_has_its_own);
    RUN(tcp_sends_them_with_all_segments);
    return check_end();
}
