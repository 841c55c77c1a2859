// SPDX-License-Identifier: MIT
/* netlink: NETLINK_ROUTE as libraries and `ip` use it, rtnetlink(7). What
 * changes something is done in a network namespace of its own on Linux. */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static char buf[16384];

struct request {
    struct nlmsghdr h;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg addr;
        struct rtmsg route;
        struct ndmsg neigh;
    };
    char attrs[256];
};

static int open_route(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    CHECK(fd >= 0);
    return fd;
}

static struct request request(int type, int flags, size_t body)
{
    struct request r = {.h = {.nlmsg_len = NLMSG_LENGTH(body),
                              .nlmsg_type = type,
                              .nlmsg_flags = NLM_F_REQUEST | flags,
                              .nlmsg_seq = 4711}};

    return r;
}

static void put(struct request *r, int type, const void *data, size_t len)
{
    struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->h.nlmsg_len));

    a->rta_type = type;
    a->rta_len = RTA_LENGTH(len);
    memcpy(RTA_DATA(a), data, len);
    r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static void send_it(int fd, const struct request *r)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    CHECK_EQ(sendto(fd, r, r->h.nlmsg_len, 0, (struct sockaddr *)&kernel,
                    sizeof(kernel)),
             r->h.nlmsg_len);
}

static struct rtattr *attr(struct nlmsghdr *h, size_t body, int type)
{
    struct rtattr *a = (void *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(body));
    int left = (int)(h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(body)));

    for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == type)
            return a;
    return NULL;
}

static long receive(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    CHECK_EQ(poll(&p, 1, 2000), 1);
    return recv(fd, buf, sizeof(buf), 0);
}

/* The error of an acknowledgement. */
static int acknowledged(int fd, const struct request *r)
{
    struct nlmsghdr *h = (struct nlmsghdr *)buf;

    send_it(fd, r);
    CHECK(receive(fd) >= (long)NLMSG_LENGTH(sizeof(struct nlmsgerr)));
    CHECK_EQ(h->nlmsg_type, NLMSG_ERROR);
    CHECK_EQ(h->nlmsg_seq, 4711);
    return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
}

/* Calls fn for each message of a dump; how many it said yes to. */
static int dump(int fd, const struct request *r, int type,
                int (*fn)(struct nlmsghdr *h))
{
    int count = 0;

    send_it(fd, r);
    for (;;) {
        struct nlmsghdr *h = (struct nlmsghdr *)buf;
        long n = receive(fd);

        CHECK(n > 0);
        for (; NLMSG_OK(h, (unsigned)n); h = NLMSG_NEXT(h, n)) {
            CHECK_EQ(h->nlmsg_seq, 4711);
            if (h->nlmsg_type == NLMSG_DONE)
                return count;
            CHECK_EQ(h->nlmsg_type, type);
            CHECK(h->nlmsg_flags & NLM_F_MULTI);
            count += fn(h);
        }
    }
}

static int is_lo(struct nlmsghdr *h)
{
    struct ifinfomsg *i = NLMSG_DATA(h);
    struct rtattr *name = attr(h, sizeof(*i), IFLA_IFNAME);

    CHECK(name && attr(h, sizeof(*i), IFLA_MTU));
    CHECK(attr(h, sizeof(*i), IFLA_STATS64));
    if (strcmp(RTA_DATA(name), "lo") != 0)
        return 0;
    CHECK_EQ(i->ifi_index, 1);
    CHECK_EQ(i->ifi_type, 772);
    CHECK(i->ifi_flags & IFF_LOOPBACK);
    CHECK_EQ(*(unsigned *)RTA_DATA(attr(h, sizeof(*i), IFLA_MTU)), 65536);
    CHECK_EQ(RTA_PAYLOAD(attr(h, sizeof(*i), IFLA_ADDRESS)), 6);
    return 1;
}

static void links_are_listed(void)
{
    int fd = open_route();
    struct request r =
        request(RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));

    CHECK_EQ(dump(fd, &r, RTM_NEWLINK, is_lo), 1);
    r.h.nlmsg_len = NLMSG_LENGTH(1); /* as libraries do: a family only */
    CHECK_EQ(dump(fd, &r, RTM_NEWLINK, is_lo), 1);
    close(fd);
}

static void one_link_is_asked_for(void)
{
    int fd = open_route();
    struct request r = request(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    struct nlmsghdr *h = (struct nlmsghdr *)buf;

    r.link.ifi_index = 1;
    send_it(fd, &r);
    CHECK(receive(fd) > 0);
    CHECK_EQ(h->nlmsg_type, RTM_NEWLINK);
    CHECK(!(h->nlmsg_flags & NLM_F_MULTI));
    CHECK_EQ(is_lo(h), 1);
    r = request(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    put(&r, IFLA_IFNAME, "lo", 3);
    send_it(fd, &r);
    CHECK(receive(fd) > 0);
    CHECK_EQ(is_lo(h), 1);
    r = request(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    r.link.ifi_index = 4711;
    CHECK_EQ(acknowledged(fd, &r), -ENODEV);
    r = request(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    CHECK_EQ(acknowledged(fd, &r), -EINVAL);
    close(fd);
}

static int is_loopback_addr(struct nlmsghdr *h)
{
    struct ifaddrmsg *i = NLMSG_DATA(h);
    struct rtattr *a = attr(h, sizeof(*i), IFA_ADDRESS);

    CHECK(a && attr(h, sizeof(*i), IFA_CACHEINFO));
    if (i->ifa_index != 1)
        return 0;
    CHECK_EQ(i->ifa_scope, RT_SCOPE_HOST);
    CHECK(i->ifa_flags & IFA_F_PERMANENT);
    if (i->ifa_family == AF_INET) {
        CHECK_EQ(i->ifa_prefixlen, 8);
        CHECK_EQ(*(in_addr_t *)RTA_DATA(a), htonl(INADDR_LOOPBACK));
        CHECK(!strcmp(RTA_DATA(attr(h, sizeof(*i), IFA_LABEL)), "lo"));
    } else {
        CHECK_EQ(i->ifa_prefixlen, 128);
        CHECK(!memcmp(RTA_DATA(a), &in6addr_loopback, 16));
    }
    return 1;
}

static void addresses_are_listed(void)
{
    int fd = open_route();
    struct request r =
        request(RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));

    CHECK_EQ(dump(fd, &r, RTM_NEWADDR, is_loopback_addr), 2);
    r.addr.ifa_family = AF_INET;
    CHECK_EQ(dump(fd, &r, RTM_NEWADDR, is_loopback_addr), 1);
    r.addr.ifa_family = AF_INET6;
    CHECK_EQ(dump(fd, &r, RTM_NEWADDR, is_loopback_addr), 1);
    close(fd);
}

static void the_library_finds_them(void)
{
    struct ifaddrs *list;
    int v4 = 0, v6 = 0, packet = 0;

    CHECK_EQ(getifaddrs(&list), 0);
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (strcmp(i->ifa_name, "lo") != 0 || !i->ifa_addr)
            continue;
        CHECK(i->ifa_flags & IFF_LOOPBACK);
        v4 += i->ifa_addr->sa_family == AF_INET;
        v6 += i->ifa_addr->sa_family == AF_INET6;
        packet += i->ifa_addr->sa_family == AF_PACKET;
    }
    freeifaddrs(list);
    CHECK_EQ(v4, 1);
    CHECK_EQ(v6, 1);
    CHECK_EQ(packet, 1);
    CHECK_EQ(if_nametoindex("lo"), 1);
    CHECK(if_indextoname(1, buf) && !strcmp(buf, "lo"));
}

static void the_way_to_an_address(void)
{
    int fd = open_route();
    struct request r = request(RTM_GETROUTE, 0, sizeof(struct rtmsg));
    struct nlmsghdr *h = (struct nlmsghdr *)buf;
    struct rtmsg *body = NLMSG_DATA(h);
    in_addr_t lo = htonl(INADDR_LOOPBACK);

    r.route.rtm_family = AF_INET;
    r.route.rtm_dst_len = 32;
    put(&r, RTA_DST, &lo, 4);
    send_it(fd, &r);
    CHECK(receive(fd) > 0);
    CHECK_EQ(h->nlmsg_type, RTM_NEWROUTE);
    CHECK_EQ(body->rtm_type, RTN_LOCAL);
    CHECK_EQ(body->rtm_table, RT_TABLE_MAIN); /* as of all answers */
    CHECK(body->rtm_flags & RTM_F_CLONED);
    CHECK_EQ(*(int *)RTA_DATA(attr(h, sizeof(*body), RTA_OIF)), 1);
    CHECK_EQ(*(in_addr_t *)RTA_DATA(attr(h, sizeof(*body), RTA_PREFSRC)), lo);
    close(fd);
}

static int any(struct nlmsghdr *h)
{
    return h->nlmsg_len > 0;
}

static void errors_are_told(void)
{
    int fd = open_route(), other;
    struct request r = request(RTM_GETNEIGH, NLM_F_DUMP, sizeof(struct ndmsg));
    struct nlmsghdr *h = (struct nlmsghdr *)buf;
    struct nlmsgerr *e = NLMSG_DATA(h);

    dump(fd, &r, RTM_NEWNEIGH, any);
    r = request(RTM_MAX + 1, 0, 4);
    CHECK_EQ(acknowledged(fd, &r), -EOPNOTSUPP);
    CHECK_EQ(h->nlmsg_len, NLMSG_LENGTH(sizeof(*e)) + 4); /* it comes back */
    CHECK_EQ(e->msg.nlmsg_type, RTM_MAX + 1);
    r = request(NLMSG_NOOP, NLM_F_ACK, 4);
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK_EQ(h->nlmsg_len, NLMSG_LENGTH(sizeof(*e)));
    CHECK(h->nlmsg_flags & NLM_F_CAPPED);
    CHECK_ERRNO(socket(AF_NETLINK, SOCK_STREAM, 0), ESOCKTNOSUPPORT);
    CHECK_ERRNO(socket(AF_NETLINK, SOCK_RAW, 31), EPROTONOSUPPORT);
    other = open_route();
    CHECK_ERRNO(recv(other, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
    CHECK_ERRNO(listen(other, 1), EOPNOTSUPP);
    CHECK_ERRNO(shutdown(other, SHUT_RD), EOPNOTSUPP);
    close(fd);
    close(other);
}

static void names_are_process_ids(void)
{
    struct sockaddr_nl a = {.nl_family = AF_NETLINK}, b;
    socklen_t len = sizeof(a);
    int x = open_route(), y = open_route();

    CHECK_EQ(bind(x, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(x, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(len, sizeof(a));
    CHECK_EQ(a.nl_pid, getpid());
    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, sizeof(a)), EADDRINUSE);
    b = (struct sockaddr_nl){.nl_family = AF_NETLINK};
    CHECK_EQ(bind(y, (struct sockaddr *)&b, sizeof(b)), 0);
    CHECK_EQ(getsockname(y, (struct sockaddr *)&b, &len), 0);
    CHECK(b.nl_pid != 0 && b.nl_pid != a.nl_pid);
    CHECK_EQ(getpeername(y, (struct sockaddr *)&b, &len), 0);
    CHECK_EQ(b.nl_pid, 0);
    CHECK_ERRNO(bind(y, (struct sockaddr *)&a, 4), EINVAL);
    close(x);
    close(y);
}

static void answers_come_from_the_kernel(void)
{
    struct request r = request(RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    struct sockaddr_nl from = {.nl_pid = 1};
    char control[128];
    struct iovec v = {buf, 40}; /* too small */
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof(from),
                       .msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    int fd = open_route(), on = 1;
    struct cmsghdr *c;
    struct ucred *who;

    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    r.link.ifi_index = 1;
    send_it(fd, &r);
    CHECK(recv(fd, buf, 0, MSG_PEEK | MSG_TRUNC) > 100);
    CHECK_EQ(recvmsg(fd, &m, 0), 40);
    CHECK(m.msg_flags & MSG_TRUNC);
    CHECK_EQ(m.msg_namelen, sizeof(from));
    CHECK_EQ(from.nl_family, AF_NETLINK);
    CHECK_EQ(from.nl_pid, 0);
    c = CMSG_FIRSTHDR(&m);
    CHECK(c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS);
    who = (struct ucred *)CMSG_DATA(c);
    CHECK_EQ(who->pid, 0);
    CHECK_EQ(who->uid, 0);
    close(fd);
}

/* --- changes --- */

static void own_network(void)
{
    if (getpid() != 1 && unshare(CLONE_NEWNET) < 0)
        CHECK_SKIP("no network namespace can be made");
}

static struct request addr_request(int type, int flags, const char *text,
                                   int prefix)
{
    struct request r =
        request(type, flags | NLM_F_ACK, sizeof(struct ifaddrmsg));
    in_addr_t a = inet_addr(text);

    r.addr.ifa_family = AF_INET;
    r.addr.ifa_prefixlen = prefix;
    r.addr.ifa_index = 1;
    put(&r, IFA_LOCAL, &a, 4);
    put(&r, IFA_ADDRESS, &a, 4);
    return r;
}

static int set_lo(int fd, int up)
{
    struct request r =
        request(RTM_NEWLINK, NLM_F_ACK, sizeof(struct ifinfomsg));

    r.link.ifi_index = 1;
    r.link.ifi_change = IFF_UP;
    r.link.ifi_flags = up ? IFF_UP : 0;
    return acknowledged(fd, &r);
}

static void addresses_come_and_go(void)
{
    int fd, udp = -1;
    struct request r;
    struct sockaddr_in a = {.sin_family = AF_INET};

    own_network();
    fd = open_route();
    CHECK_EQ(set_lo(fd, 1), 0);
    a.sin_addr.s_addr = inet_addr("10.77.0.1");
    r = addr_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, "10.77.0.1", 32);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_ERRNO(bind(udp, (struct sockaddr *)&a, sizeof(a)), EADDRNOTAVAIL);
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK_EQ(bind(udp, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(acknowledged(fd, &r), -EEXIST);
    r = addr_request(RTM_DELADDR, 0, "10.77.0.1", 32);
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK_EQ(acknowledged(fd, &r), -EADDRNOTAVAIL);
    close(udp);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_ERRNO(bind(udp, (struct sockaddr *)&a, sizeof(a)), EADDRNOTAVAIL);
    r = addr_request(RTM_NEWADDR, NLM_F_CREATE, "10.77.0.1", 33);
    CHECK_EQ(acknowledged(fd, &r), -EINVAL);
    close(udp);
    close(fd);
}

static void who_listens_hears_of_it(void)
{
    struct sockaddr_nl all = {.nl_family = AF_NETLINK,
                              .nl_groups = RTMGRP_IPV4_IFADDR};
    socklen_t len = sizeof(all);
    struct nlmsghdr *h = (struct nlmsghdr *)buf;
    struct ifaddrmsg *body = NLMSG_DATA(h);
    int fd, listener, group = RTNLGRP_LINK;
    struct request r;

    own_network();
    fd = open_route();
    CHECK_EQ(set_lo(fd, 1), 0);
    listener = open_route();
    CHECK_EQ(bind(listener, (struct sockaddr *)&all, sizeof(all)), 0);
    r = addr_request(RTM_NEWADDR, NLM_F_CREATE, "10.77.0.2", 32);
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK(recvfrom(listener, buf, sizeof(buf), MSG_DONTWAIT,
                   (struct sockaddr *)&all, &len) > 0);
    CHECK_EQ(all.nl_groups, RTMGRP_IPV4_IFADDR);
    CHECK_EQ(h->nlmsg_type, RTM_NEWADDR);
    CHECK_EQ(body->ifa_prefixlen, 32);
    CHECK_EQ(*(in_addr_t *)RTA_DATA(attr(h, sizeof(*body), IFA_LOCAL)),
             inet_addr("10.77.0.2"));
    r = addr_request(RTM_DELADDR, 0, "10.77.0.2", 32);
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK(recv(listener, buf, sizeof(buf), MSG_DONTWAIT) > 0);
    CHECK_EQ(h->nlmsg_type, RTM_DELADDR);
    CHECK_ERRNO(recv(listener, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(setsockopt(listener, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
                        sizeof(group)),
             0);
    CHECK_EQ(set_lo(fd, 0), 0);
    do
        CHECK(recv(listener, buf, sizeof(buf), MSG_DONTWAIT) > 0);
    while (h->nlmsg_type != RTM_NEWLINK);
    CHECK(!(((struct ifinfomsg *)NLMSG_DATA(h))->ifi_flags & IFF_UP));
    CHECK_EQ(set_lo(fd, 1), 0);
    close(listener);
    close(fd);
}

static void routes_come_and_go(void)
{
    struct request r =
        request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
                sizeof(struct rtmsg));
    in_addr_t to = inet_addr("192.0.2.0");
    int fd, index = 1;

    own_network();
    fd = open_route();
    CHECK_EQ(set_lo(fd, 1), 0);
    r.route.rtm_family = AF_INET;
    r.route.rtm_dst_len = 24;
    r.route.rtm_table = RT_TABLE_MAIN;
    r.route.rtm_protocol = RTPROT_BOOT;
    r.route.rtm_scope = RT_SCOPE_LINK;
    r.route.rtm_type = RTN_UNICAST;
    put(&r, RTA_DST, &to, 4);
    put(&r, RTA_OIF, &index, 4);
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK_EQ(acknowledged(fd, &r), -EEXIST);
    r.h.nlmsg_type = RTM_DELROUTE;
    CHECK_EQ(acknowledged(fd, &r), -EOPNOTSUPP); /* NLM_F_BULK */
    r.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    CHECK_EQ(acknowledged(fd, &r), 0);
    CHECK_EQ(acknowledged(fd, &r), -ESRCH);
    index = 4711;
    r = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_ACK, sizeof(struct rtmsg));
    r.route.rtm_family = AF_INET;
    r.route.rtm_dst_len = 24;
    r.route.rtm_type = RTN_UNICAST;
    put(&r, RTA_DST, &to, 4);
    put(&r, RTA_OIF, &index, 4);
    CHECK_EQ(acknowledged(fd, &r), -ENODEV);
    close(fd);
}

/* Nobody reads the answers: those behind the buffer's end are lost. */
static void answers_that_nobody_reads_are_limited(void)
{
    static struct nlmsghdr wrong[1000];
    struct sockaddr_nl from;
    socklen_t len = sizeof(from);
    int fd = open_route(), answers = 0;
    ssize_t n;

    for (size_t i = 0; i < 1000; i++)
        wrong[i] = (struct nlmsghdr){.nlmsg_len = sizeof(wrong[i]),
                                     .nlmsg_type = 0x7777,
                                     .nlmsg_flags = NLM_F_REQUEST};
    for (int i = 0; i < 10; i++)
        CHECK_EQ(send(fd, wrong, sizeof(wrong), 0), sizeof(wrong));
    for (int i = 0; i < 20000; i++) {
        n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT,
                     (struct sockaddr *)&from, &len);
        if (n < 0 && errno != ENOBUFS)
            break;
        if (n < 0)
            continue;
        CHECK_EQ(((struct nlmsghdr *)buf)->nlmsg_type, NLMSG_ERROR);
        CHECK_EQ(from.nl_groups, 0);
        answers++;
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK(answers > 0);
    CHECK(answers < 9000);
    close(fd);
}

static void protocols_have_names_of_their_own(void)
{
    struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_pid = 4712};
    int route = open_route(), again = open_route();
    int diag = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);

    CHECK_EQ(bind(route, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_ERRNO(bind(again, (struct sockaddr *)&a, sizeof(a)), EADDRINUSE);
    CHECK_EQ(bind(diag, (struct sockaddr *)&a, sizeof(a)), 0);
    close(route);
    close(again);
    close(diag);
}

int main(void)
{
    RUN(links_are_listed);
    RUN(one_link_is_asked_for);
    RUN(addresses_are_listed);
    RUN(the_library_finds_them);
    RUN(the_way_to_an_address);
    RUN(errors_are_told);
    RUN(names_are_process_ids);
    RUN(answers_come_from_the_kernel);
    RUN(addresses_come_and_go);
    RUN(who_listens_hears_of_it);
    RUN(routes_come_and_go);
    RUN(answers_that_nobody_reads_are_limited);
    RUN(protocols_have_names_of_their_own);
    return check_end();
}
