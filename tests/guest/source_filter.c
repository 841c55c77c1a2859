// SPDX-License-Identifier: MIT
/* source_filter: from whom a socket wants a group's datagrams, a source at a
 * time and whole: ip(7), RFC 3678, through the C library's own functions. */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOURCES 10 /* Linux: igmp_max_msf of a fresh system */

static struct in_addr v4(const char *text)
{
    struct in_addr a;

    CHECK_EQ(inet_pton(AF_INET, text, &a), 1);
    return a;
}

static struct sockaddr_storage any(const char *text)
{
    struct sockaddr_storage s = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&s;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s;

    s.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    CHECK_EQ(inet_pton(s.ss_family, text,
                       s.ss_family == AF_INET ? (void *)&in->sin_addr
                                              : (void *)&in6->sin6_addr),
             1);
    return s;
}

/* A socket that joined group on the loopback interface. */
static int joined(const char *group)
{
    struct group_req r = {.gr_interface = if_nametoindex("lo"),
                          .gr_group = any(group)};
    int family = r.gr_group.ss_family, fd = socket(family, SOCK_DGRAM, 0);

    CHECK(fd >= 0);
    CHECK_EQ(setsockopt(fd, family == AF_INET ? SOL_IP : SOL_IPV6,
                        MCAST_JOIN_GROUP, &r, sizeof(r)),
             0);
    return fd;
}

static void one_source(int fd, int name, const char *group, const char *source,
                       int expected)
{
    struct ip_mreq_source r = {.imr_multiaddr = v4(group),
                               .imr_interface = v4("127.0.0.1"),
                               .imr_sourceaddr = v4(source)};
    int level = SOL_IP;

    if (expected)
        CHECK_ERRNO(setsockopt(fd, level, name, &r, sizeof(r)), expected);
    else
        CHECK_EQ(setsockopt(fd, level, name, &r, sizeof(r)), 0);
}

static void a_group_begins_with_all_sources(void)
{
    struct in_addr list[4] = {0};
    uint32_t mode = 9, n = 4;
    int fd = joined("239.1.2.3");

    CHECK_EQ(getipv4sourcefilter(fd, v4("127.0.0.1"), v4("239.1.2.3"), &mode,
                                 &n, list),
             0);
    CHECK_EQ(mode, MCAST_EXCLUDE);
    CHECK_EQ(n, 0);
    close(fd);
}

static void a_filter_of_addresses_is_told_as_it_was_set(void)
{
    struct in_addr want[3] = {v4("10.0.0.1"), v4("10.0.0.2"), v4("10.0.0.3")};
    struct in_addr list[3] = {0}, lo = v4("127.0.0.1"), group = v4("239.1.2.3");
    uint32_t mode = 9, n = 3;
    int fd = joined("239.1.2.3");

    CHECK_EQ(setipv4sourcefilter(fd, lo, group, MCAST_INCLUDE, 3, want), 0);
    CHECK_EQ(getipv4sourcefilter(fd, lo, group, &mode, &n, list), 0);
    CHECK_EQ(mode, MCAST_INCLUDE);
    CHECK_EQ(n, 3);
    CHECK_EQ(memcmp(want, list, sizeof(want)), 0);
    /* room for one: that one, and how many there are */
    memset(list, 0, sizeof(list));
    n = 1;
    CHECK_EQ(getipv4sourcefilter(fd, lo, group, &mode, &n, list), 0);
    CHECK_EQ(n, 3);
    CHECK_EQ(list[0].s_addr, want[0].s_addr);
    CHECK_EQ(list[1].s_addr, 0);
    close(fd);
}

static void whole_filter(const char *group, const char *one, const char *two)
{
    struct sockaddr_storage g = any(group), want[2] = {any(one), any(two)};
    struct sockaddr_storage list[2] = {0};
    uint32_t lo = if_nametoindex("lo"), mode = 9, n = 2;
    int fd = joined(group);
    socklen_t len = g.ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                           : sizeof(struct sockaddr_in6);

    CHECK_EQ(setsourcefilter(fd, lo, (struct sockaddr *)&g, len, MCAST_EXCLUDE,
                             2, want),
             0);
    CHECK_EQ(
        getsourcefilter(fd, lo, (struct sockaddr *)&g, len, &mode, &n, list),
        0);
    CHECK_EQ(mode, MCAST_EXCLUDE);
    CHECK_EQ(n, 2);
    CHECK_EQ(memcmp(want, list, sizeof(want)), 0);
    close(fd);
}

static void a_filter_of_socket_addresses_is_told_too(void)
{
    whole_filter("239.1.2.3", "10.0.0.1", "10.0.0.2");
}

static void a_filter_of_ipv6_is_told_too(void)
{
    whole_filter("ff05::123", "fd00::1", "fd00::2");
}

static void both_forms_see_one_filter(void)
{
    struct in_addr source = v4("10.0.0.7");
    struct sockaddr_storage g = any("239.1.2.3"), list[1] = {0};
    uint32_t mode = 9, n = 1;
    int fd = joined("239.1.2.3");

    CHECK_EQ(setipv4sourcefilter(fd, v4("127.0.0.1"), v4("239.1.2.3"),
                                 MCAST_INCLUDE, 1, &source),
             0);
    CHECK_EQ(getsourcefilter(fd, if_nametoindex("lo"), (struct sockaddr *)&g,
                             sizeof(struct sockaddr_in), &mode, &n, list),
             0);
    CHECK_EQ(mode, MCAST_INCLUDE);
    CHECK_EQ(n, 1);
    CHECK_EQ(((struct sockaddr_in *)list)->sin_addr.s_addr, source.s_addr);
    close(fd);
}

static void an_empty_include_leaves_the_group(void)
{
    struct in_addr none[1] = {0}, lo = v4("127.0.0.1"), group = v4("239.1.2.3");
    uint32_t mode, n = 0;
    int fd = joined("239.1.2.3");

    CHECK_EQ(setipv4sourcefilter(fd, lo, group, MCAST_INCLUDE, 0, none), 0);
    CHECK_ERRNO(getipv4sourcefilter(fd, lo, group, &mode, &n, none),
                EADDRNOTAVAIL);
    close(fd);
}

static void wrong_filters_are_refused(void)
{
    struct in_addr list[SOURCES + 1] = {0}, lo = v4("127.0.0.1");
    struct in_addr group = v4("239.1.2.3"), other = v4("239.9.9.9");
    struct sockaddr_storage g4 = any("239.1.2.3"), g6 = any("ff05::123");
    uint32_t mode, n = 1, index = if_nametoindex("lo");
    int fd = joined("239.1.2.3");

    CHECK_ERRNO(setipv4sourcefilter(fd, lo, group, 7, 1, list), EINVAL);
    CHECK_ERRNO(
        setipv4sourcefilter(fd, lo, group, MCAST_EXCLUDE, SOURCES + 1, list),
        ENOBUFS);
    CHECK_ERRNO(setipv4sourcefilter(fd, lo, other, MCAST_EXCLUDE, 1, list),
                EINVAL);
    CHECK_ERRNO(getipv4sourcefilter(fd, lo, other, &mode, &n, list),
                EADDRNOTAVAIL);
    CHECK_ERRNO(getipv4sourcefilter(fd, lo, v4("10.0.0.1"), &mode, &n, list),
                EINVAL);
    CHECK_ERRNO(setsockopt(fd, SOL_IP, MCAST_MSFILTER, &g6, 20), EINVAL);
    CHECK_ERRNO(setsourcefilter(fd, index, (struct sockaddr *)&g4,
                                sizeof(struct sockaddr_in), MCAST_INCLUDE, 1,
                                &g6),
                EADDRNOTAVAIL);
    close(fd);
}

static void sources_come_and_go_one_by_one(void)
{
    int fd = joined("239.1.2.3");

    one_source(fd, IP_BLOCK_SOURCE, "239.1.2.3", "10.0.0.1", 0);
    one_source(fd, IP_BLOCK_SOURCE, "239.1.2.3", "10.0.0.1", EADDRNOTAVAIL);
    one_source(fd, IP_ADD_SOURCE_MEMBERSHIP, "239.1.2.3", "10.0.0.2", EINVAL);
    one_source(fd, IP_UNBLOCK_SOURCE, "239.1.2.3", "10.0.0.1", 0);
    one_source(fd, IP_UNBLOCK_SOURCE, "239.1.2.3", "10.0.0.1", EADDRNOTAVAIL);
    one_source(fd, IP_ADD_SOURCE_MEMBERSHIP, "239.1.2.4", "10.0.0.2", 0);
    one_source(fd, IP_DROP_SOURCE_MEMBERSHIP, "239.1.2.4", "10.0.0.3",
               EADDRNOTAVAIL);
    one_source(fd, IP_DROP_SOURCE_MEMBERSHIP, "239.1.2.4", "10.0.0.2", 0);
    one_source(fd, IP_DROP_SOURCE_MEMBERSHIP, "239.1.2.4", "10.0.0.2", EINVAL);
    close(fd);
}

/* From 127.0.0.1 to the group, out and in by the loopback interface. */
static bool arrives(int fd, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = port};
    struct ip_mreqn from = {.imr_ifindex = (int)if_nametoindex("lo"),
                            .imr_address = v4("127.0.0.1")};
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in source = {.sin_family = AF_INET};
    char c;
    bool came;

    to.sin_addr = v4("239.1.2.3");
    source.sin_addr = v4("127.0.0.1");
    CHECK_EQ(bind(sender, (struct sockaddr *)&source, sizeof(source)), 0);
    CHECK_EQ(setsockopt(sender, SOL_IP, IP_MULTICAST_IF, &from, sizeof(from)),
             0);
    CHECK_EQ(sendto(sender, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    came = recv(fd, &c, 1, MSG_DONTWAIT) == 1;
    close(sender);
    return came;
}

static void what_is_filtered_does_not_arrive(void)
{
    struct in_addr us = v4("127.0.0.1"), other = v4("10.0.0.1");
    struct in_addr group = v4("239.1.2.3");
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = joined("239.1.2.3");

    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK(arrives(fd, a.sin_port));
    CHECK_EQ(setipv4sourcefilter(fd, us, group, MCAST_EXCLUDE, 1, &us), 0);
    CHECK(!arrives(fd, a.sin_port));
    CHECK_EQ(setipv4sourcefilter(fd, us, group, MCAST_INCLUDE, 1, &us), 0);
    CHECK(arrives(fd, a.sin_port));
    CHECK_EQ(setipv4sourcefilter(fd, us, group, MCAST_INCLUDE, 1, &other), 0);
    CHECK(!arrives(fd, a.sin_port));
    close(fd);
}

int main(void)
{
    RUN(a_group_begins_with_all_sources);
    RUN(a_filter_of_addresses_is_told_as_it_was_set);
    RUN(a_filter_of_socket_addresses_is_told_too);
    RUN(a_filter_of_ipv6_is_told_too);
    RUN(both_forms_see_one_filter);
    RUN(an_empty_include_leaves_the_group);
    RUN(wrong_filters_are_refused);
    RUN(sources_come_and_go_one_by_one);
    RUN(what_is_filtered_does_not_arrive);
    return check_end();
}
