// SPDX-License-Identifier: MIT
/* udp6: datagram sockets of IPv6 over the loopback, as ipv6(7) has them. */
#define _GNU_SOURCE
#include "inet.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char data[70000], back[70000];

static int socket_at(const char *text, struct sockaddr_in6 *a)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    socklen_t len = sizeof(*a);

    CHECK(fd >= 0);
    *a = at(text, 0);
    CHECK_EQ(bind(fd, addr(a), sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, addr(a), &len), 0);
    CHECK_EQ(len, sizeof(*a));
    CHECK(a->sin6_port != 0);
    return fd;
}

static int option(int fd, int name)
{
    socklen_t len = sizeof(int);
    int v = -2;

    CHECK_EQ(getsockopt(fd, IPPROTO_IPV6, name, &v, &len), 0);
    return v;
}

static int set(int fd, int name, int v)
{
    return setsockopt(fd, IPPROTO_IPV6, name, &v, sizeof(v));
}

static void datagrams_arrive_whole(void)
{
    static const int lengths[] = {0, 1, 160, 1452, 9000, 65507};
    struct sockaddr_in6 a, b, from;
    int x = socket_at("::1", &a), y = socket_at("::1", &b);

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        socklen_t len = sizeof(from);
        int n = lengths[i];

        CHECK_EQ(sendto(x, data, n, 0, addr(&b), sizeof(b)), n);
        CHECK_EQ(recvfrom(y, back, sizeof(back), 0, addr(&from), &len), n);
        CHECK(memcmp(data, back, n) == 0);
        CHECK_EQ(len, sizeof(from));
        CHECK_EQ(from.sin6_port, a.sin6_port);
        CHECK(memcmp(&from.sin6_addr, &a.sin6_addr, 16) == 0);
    }
    close(x);
    close(y);
}

static void a_socket_at_any_hears_both_versions(void)
{
    struct sockaddr_in6 a, from;
    socklen_t len = sizeof(from);
    int fd = socket_at("::", &a), four = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = a.sin6_port};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(sendto(four, "4", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    CHECK_EQ(recvfrom(fd, back, 9, 0, addr(&from), &len), 1);
    CHECK(IN6_IS_ADDR_V4MAPPED(&from.sin6_addr));
    CHECK_EQ(sendto(fd, "back", 4, 0, addr(&from), len), 4);
    CHECK_EQ(recv(four, back, 9, 0), 4);
    a = at("::1", a.sin6_port);
    CHECK_EQ(sendto(fd, "self", 4, 0, addr(&a), sizeof(a)), 4);
    CHECK_EQ(recv(fd, back, 9, 0), 4);
    close(fd);
    close(four);
}

static void v6only_leaves_the_other_version(void)
{
    struct sockaddr_in6 any = at("::", 0), mapped;
    struct sockaddr_in to = {.sin_family = AF_INET};
    int six = socket(AF_INET6, SOCK_DGRAM, 0);
    int four = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof(any);

    CHECK_EQ(option(six, IPV6_V6ONLY), 0);
    CHECK_EQ(set(six, IPV6_V6ONLY, 1), 0);
    CHECK_EQ(bind(six, addr(&any), sizeof(any)), 0);
    CHECK_EQ(option(six, IPV6_V6ONLY), 1);
    CHECK_ERRNO(set(six, IPV6_V6ONLY, 0), EINVAL);
    CHECK_EQ(getsockname(six, addr(&any), &len), 0);
    to.sin_port = any.sin6_port;
    CHECK_EQ(bind(four, (struct sockaddr *)&to, sizeof(to)), 0);
    mapped = at("::ffff:127.0.0.1", any.sin6_port);
    CHECK_ERRNO(sendto(six, "x", 1, 0, addr(&mapped), sizeof(mapped)),
                ENETUNREACH);
    close(six);
    close(four);
    six = socket_at("::", &any);
    four = socket(AF_INET, SOCK_DGRAM, 0);
    to.sin_port = any.sin6_port;
    CHECK_ERRNO(bind(four, (struct sockaddr *)&to, sizeof(to)), EADDRINUSE);
    close(six);
    close(four);
}

static void wrong_addresses_are_refused(void)
{
    struct sockaddr_in6 a = at("2001:db8::77", 0);
    struct sockaddr_in four = {.sin_family = AF_INET};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    CHECK_ERRNO(bind(fd, addr(&a), sizeof(a)), EADDRNOTAVAIL);
    CHECK_ERRNO(bind(fd, addr(&a), 20), EINVAL);
    CHECK_ERRNO(bind(fd, (struct sockaddr *)&four, sizeof(four)), EINVAL);
    a = at("fe80::1", htons(9));
    CHECK_ERRNO(connect(fd, addr(&a), sizeof(a)), EINVAL);
    close(fd);
}

static void options_read_as_they_were_set(void)
{
    static const struct {
        int name, set, get;
    } options[] = {
        {IPV6_UNICAST_HOPS, 7, 7},   {IPV6_UNICAST_HOPS, -1, 64},
        {IPV6_MULTICAST_HOPS, 3, 3}, {IPV6_MULTICAST_HOPS, -1, 1},
        {IPV6_MULTICAST_LOOP, 0, 0}, {IPV6_TCLASS, 0x20, 0x20},
        {IPV6_RECVPKTINFO, 1, 1},    {IPV6_RECVHOPLIMIT, 1, 1},
        {IPV6_RECVTCLASS, 1, 1},     {IPV6_RECVERR, 1, 1},
    };
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    int four = socket(AF_INET, SOCK_DGRAM, 0);

    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        CHECK_EQ(set(fd, options[i].name, options[i].set), 0);
        CHECK_EQ(option(fd, options[i].name), options[i].get);
    }
    CHECK_ERRNO(set(fd, IPV6_UNICAST_HOPS, 256), EINVAL);
    CHECK_ERRNO(set(four, IPV6_UNICAST_HOPS, 5), ENOPROTOOPT);
    close(fd);
    close(four);
}

static void messages_come_with_what_was_asked_for(void)
{
    char control[256];
    struct iovec v = {back, sizeof(back)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct sockaddr_in6 a, b;
    int x = socket_at("::1", &a), y = socket_at("::", &b), seen = 0;
    struct sockaddr_in6 to = at("::1", b.sin6_port);

    CHECK_EQ(set(y, IPV6_RECVPKTINFO, 1), 0);
    CHECK_EQ(set(y, IPV6_RECVHOPLIMIT, 1), 0);
    CHECK_EQ(set(y, IPV6_RECVTCLASS, 1), 0);
    CHECK_EQ(set(x, IPV6_UNICAST_HOPS, 9), 0);
    CHECK_EQ(set(x, IPV6_TCLASS, 0x28), 0);
    CHECK_EQ(sendto(x, "m", 1, 0, addr(&to), sizeof(to)), 1);
    CHECK_EQ(recvmsg(y, &m, 0), 1);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        struct in6_pktinfo info;
        int n;

        CHECK_EQ(c->cmsg_level, IPPROTO_IPV6);
        memcpy(&n, CMSG_DATA(c), sizeof(n));
        if (c->cmsg_type == IPV6_PKTINFO) {
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            CHECK(IN6_IS_ADDR_LOOPBACK(&info.ipi6_addr));
            CHECK_EQ(info.ipi6_ifindex, if_nametoindex("lo"));
        } else if (c->cmsg_type == IPV6_HOPLIMIT) {
            CHECK_EQ(n, 9);
        } else {
            CHECK_EQ(c->cmsg_type, IPV6_TCLASS);
            CHECK_EQ(n, 0x28);
        }
        seen++;
    }
    CHECK_EQ(seen, 3);
    close(x);
    close(y);
}

static void a_connected_socket_hears_of_refusal(void)
{
    struct sockaddr_in6 a, peer;
    socklen_t len = sizeof(peer);
    int gone = socket_at("::1", &a), fd = socket(AF_INET6, SOCK_DGRAM, 0);

    close(gone);
    CHECK_EQ(connect(fd, addr(&a), sizeof(a)), 0);
    CHECK_EQ(getpeername(fd, addr(&peer), &len), 0);
    CHECK(memcmp(&a, &peer, sizeof(a)) == 0);
    len = sizeof(peer);
    CHECK_EQ(getsockname(fd, addr(&peer), &len), 0);
    CHECK(IN6_IS_ADDR_LOOPBACK(&peer.sin6_addr));
    CHECK_EQ(send(fd, "x", 1, 0), 1);
    CHECK_ERRNO(recv(fd, back, 1, 0), ECONNREFUSED);
    close(fd);
}

static void groups_are_joined_and_left(void)
{
    struct sockaddr_in6 a, to;
    struct ipv6_mreq r = {.ipv6mr_interface = if_nametoindex("lo")};
    int fd = socket_at("::", &a);

    to = at("ff02::77", a.sin6_port);
    r.ipv6mr_multiaddr = to.sin6_addr;
    to.sin6_scope_id = r.ipv6mr_interface;
    CHECK_EQ(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r)), 0);
    CHECK_ERRNO(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r)),
                EADDRINUSE);
    CHECK_EQ(setsockopt(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &r, sizeof(r)), 0);
    CHECK_ERRNO(setsockopt(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &r, sizeof(r)),
                EADDRNOTAVAIL);
    r.ipv6mr_multiaddr = in6addr_loopback;
    CHECK_ERRNO(setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &r, sizeof(r)),
                EINVAL);
    close(fd);
}

int main(void)
{
    RUN(datagrams_arrive_whole);
    RUN(a_socket_at_any_hears_both_versions);
    RUN(v6only_leaves_the_other_version);
    RUN(wrong_addresses_are_refused);
    RUN(options_read_as_they_were_set);
    RUN(messages_come_with_what_was_asked_for);
    RUN(a_connected_socket_hears_of_refusal);
    RUN(groups_are_joined_and_left);
    return check_end();
}
