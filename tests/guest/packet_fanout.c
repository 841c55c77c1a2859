// SPDX-License-Identifier: MIT
/* packet_fanout: PACKET_FANOUT of packet(7): sockets that share frames. In a
 * network namespace of its own on Linux. */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MEMBERS = 3 };

static void own_network(void)
{
    struct ifreq r = {.ifr_name = "lo"};
    int fd;

    if (getpid() != 1 && unshare(CLONE_NEWNET) < 0)
        CHECK_SKIP("no network namespace can be made");
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(ioctl(fd, SIOCGIFFLAGS, &r), 0);
    r.ifr_flags |= IFF_UP;
    CHECK_EQ(ioctl(fd, SIOCSIFFLAGS, &r), 0);
    close(fd);
}

/* A socket for IPv4 frames on the loopback. */
static int member(void)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_IP),
                            .sll_ifindex = 1};
    int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK(fd >= 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static int join(int fd, unsigned id, unsigned type)
{
    unsigned v = id | type << 16;

    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &v, sizeof(v));
}

static void make_group(int fd[MEMBERS], unsigned type)
{
    own_network();
    for (unsigned i = 0; i < MEMBERS; i++) {
        fd[i] = member();
        CHECK_EQ(join(fd[i], 7, type), 0);
    }
}

static void end_group(int fd[MEMBERS])
{
    for (unsigned i = 0; i < MEMBERS; i++)
        close(fd[i]);
}

/* Sends datagrams, each from a socket of its own, to a port where nobody is
 * told. */
static void send_some(unsigned n, int same)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int to = socket(AF_INET, SOCK_DGRAM, 0), from = -1;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(to, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(to, (struct sockaddr *)&a, &len), 0);
    for (unsigned i = 0; i < n; i++) {
        if (!same || !i)
            from = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK_EQ(sendto(from, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
        if (!same)
            close(from);
    }
    if (same)
        close(from);
    close(to);
}

static unsigned received(int fd)
{
    char frame[128];
    unsigned n = 0;

    while (recv(fd, frame, sizeof(frame), MSG_DONTWAIT) > 0)
        n++;
    return n;
}

static void each_gets_its_turn(void)
{
    int fd[MEMBERS];

    make_group(fd, PACKET_FANOUT_LB);
    send_some(30, 1);
    for (unsigned i = 0; i < MEMBERS; i++)
        CHECK_EQ(received(fd[i]), 10);
    end_group(fd);
}

static void a_conversation_stays_with_one(void)
{
    unsigned total = 0, got = 0;
    int fd[MEMBERS];

    make_group(fd, PACKET_FANOUT_HASH);
    send_some(20, 1);
    for (unsigned i = 0; i < MEMBERS; i++) {
        unsigned n = received(fd[i]);

        CHECK(n == 0 || n == 20);
        total += n;
    }
    CHECK_EQ(total, 20);
    send_some(60, 0); /* of many conversations several have some */
    for (unsigned i = 0; i < MEMBERS; i++) {
        unsigned n = received(fd[i]);

        got += n > 0;
        total += n;
    }
    CHECK_EQ(total, 80);
    CHECK(got >= 2);
    end_group(fd);
}

static void chance_gives_each_some(void)
{
    unsigned total = 0;
    int fd[MEMBERS];

    make_group(fd, PACKET_FANOUT_RND);
    send_some(90, 1);
    for (unsigned i = 0; i < MEMBERS; i++) {
        unsigned n = received(fd[i]);

        CHECK(n > 5);
        total += n;
    }
    CHECK_EQ(total, 90);
    end_group(fd);
}

static void a_full_one_is_passed_over(void)
{
    int fd[MEMBERS], small = 1;
    unsigned first, others;

    make_group(fd, PACKET_FANOUT_ROLLOVER);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
             0);
    send_some(40, 1);
    first = received(fd[0]);
    others = received(fd[1]) + received(fd[2]);
    CHECK(first < 20);
    CHECK_EQ(first + others, 40);
    end_group(fd);
}

static void who_leaves_gets_no_more(void)
{
    int fd[MEMBERS];

    make_group(fd, PACKET_FANOUT_LB);
    close(fd[0]);
    send_some(20, 1);
    CHECK_EQ(received(fd[1]), 10);
    CHECK_EQ(received(fd[2]), 10);
    close(fd[1]);
    close(fd[2]);
}

static void groups_are_told(void)
{
    int fd[MEMBERS], v = -1;
    socklen_t len = sizeof(v);

    make_group(fd, PACKET_FANOUT_LB);
    CHECK_EQ(getsockopt(fd[0], SOL_PACKET, PACKET_FANOUT, &v, &len), 0);
    CHECK_EQ(v, 7 | PACKET_FANOUT_LB << 16);
    end_group(fd);
    fd[0] = member();
    CHECK_EQ(getsockopt(fd[0], SOL_PACKET, PACKET_FANOUT, &v, &len), 0);
    CHECK_EQ(v, 0);
    CHECK_EQ(join(fd[0], 0, PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID),
             0);
    fd[1] = member();
    CHECK_EQ(join(fd[1], 0, PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID),
             0);
    CHECK_EQ(getsockopt(fd[0], SOL_PACKET, PACKET_FANOUT, &v, &len), 0);
    len = sizeof(fd[2]);
    CHECK_EQ(getsockopt(fd[1], SOL_PACKET, PACKET_FANOUT, &fd[2], &len), 0);
    CHECK(v != fd[2]);
    close(fd[0]);
    close(fd[1]);
}

static void nonsense_is_refused(void)
{
    struct sockaddr_ll all = {.sll_family = AF_PACKET,
                              .sll_protocol = htons(ETH_P_ALL),
                              .sll_ifindex = 1};
    int fd[MEMBERS], other;
    unsigned v = 8;

    make_group(fd, PACKET_FANOUT_LB);
    CHECK_ERRNO(join(fd[0], 7, PACKET_FANOUT_LB), EALREADY);
    CHECK_ERRNO(bind(fd[0], (struct sockaddr *)&all, sizeof(all)), EINVAL);
    other = member();
    CHECK_ERRNO(join(other, 7, PACKET_FANOUT_HASH), EINVAL);
    CHECK_ERRNO(join(other, 9, 0xff), EINVAL);
    CHECK_ERRNO(
        join(other, 9, PACKET_FANOUT_ROLLOVER | PACKET_FANOUT_FLAG_ROLLOVER),
        EINVAL);
    CHECK_ERRNO(join(other, 9, PACKET_FANOUT_LB | PACKET_FANOUT_FLAG_UNIQUEID),
                EINVAL);
    CHECK_ERRNO(setsockopt(other, SOL_PACKET, PACKET_FANOUT, &v, 2), EINVAL);
    CHECK_EQ(bind(other, (struct sockaddr *)&all, sizeof(all)), 0);
    CHECK_ERRNO(join(other, 7, PACKET_FANOUT_LB), EINVAL);
    close(other);
    other = socket(AF_PACKET, SOCK_DGRAM, 0); /* receives nothing */
    CHECK_ERRNO(join(other, 9, PACKET_FANOUT_LB), EINVAL);
    close(other);
    end_group(fd);
}

int main(void)
{
    RUN(each_gets_its_turn);
    RUN(a_conversation_stays_with_one);
    RUN(chance_gives_each_some);
    RUN(a_full_one_is_passed_over);
    RUN(who_leaves_gets_no_more);
    RUN(groups_are_told);
    RUN(nonsense_is_refused);
    return check_end();
}
