// SPDX-License-Identifier: MIT
/* tx_stamps: when bytes of TCP left and were acknowledged, when packets of raw
 * and packet sockets left, and stamps that a control message asks for
 * (timestamping.rst of Linux). */
#define _GNU_SOURCE
#include "cmsg.h"
#include "packet_lo.h"

#include <time.h> /* which the next one needs */

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>

#define SOFTWARE                                                \
    (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | \
     SOF_TIMESTAMPING_OPT_TSONLY)
#define COUNTED (SOFTWARE | SOF_TIMESTAMPING_OPT_ID)
#ifndef SOF_TIMESTAMPING_OPT_ID_TCP /* of Linux 6.2 */
#define SOF_TIMESTAMPING_OPT_ID_TCP (1 << 16)
#endif

static int level = SOL_IP, type = IP_RECVERR; /* of what tells of a stamp */

static void wish(int fd, unsigned wishes)
{
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &wishes, 4), 0);
}

struct stamp {
    struct timespec time;
    struct sock_extended_err error;
};

static struct stamp next_stamp(int fd)
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
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            memcpy(&s.time, CMSG_DATA(c), sizeof(s.time));
        if (c->cmsg_level == level && c->cmsg_type == type)
            memcpy(&s.error, CMSG_DATA(c), sizeof(s.error));
    }
    CHECK_EQ(s.error.ee_errno, ENOMSG);
    CHECK_EQ(s.error.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
    CHECK(s.time.tv_sec > 1000000000);
    return s;
}

static void expect(int fd, unsigned kind, unsigned key)
{
    struct stamp s = next_stamp(fd);

    CHECK_EQ(s.error.ee_info, kind);
    CHECK_EQ(s.error.ee_data, key);
}

static void no_more(int fd)
{
    struct pollfd p = {.fd = fd};
    char byte;

    CHECK_EQ(poll(&p, 1, 0), 0);
    CHECK_ERRNO(recv(fd, &byte, 1, MSG_ERRQUEUE | MSG_DONTWAIT), EAGAIN);
}

/* Sends n bytes with a control message that asks for stamps. */
static long send_with(int fd, const void *data, size_t n, unsigned wishes,
                      size_t len)
{
    uint32_t value[2] = {wishes};

    return send_control(
        fd, NULL, 0, data, n,
        (struct cmsg_one){SOL_SOCKET, SO_TIMESTAMPING, value, len});
}

/* A connection; pair[1] is the end that reads. */
static void connection(int pair[2])
{
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(listener, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(listen(listener, 1), 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(pair[0], (struct sockaddr *)&a, sizeof(a)), 0);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] >= 0);
    CHECK_EQ(setsockopt(pair[0], SOL_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
    close(listener);
}

static void hang_up(int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static void bytes_of_tcp_leave(void)
{
    int pair[2];

    connection(pair);
    wish(pair[0], COUNTED);
    CHECK_EQ(send(pair[0], "0123456789", 10, 0), 10);
    expect(pair[0], SCM_TSTAMP_SND, 9); /* the last byte of the call */
    CHECK_EQ(send(pair[0], "01234", 5, 0), 5);
    expect(pair[0], SCM_TSTAMP_SND, 14);
    no_more(pair[0]);
    hang_up(pair);
}

static void and_are_acknowledged(void)
{
    char data[10];
    int pair[2];

    connection(pair);
    wish(pair[0], COUNTED | SOF_TIMESTAMPING_TX_SCHED |
                      SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_OPT_ID_TCP);
    CHECK_EQ(send(pair[0], "0123456789", 10, 0), 10);
    expect(pair[0], SCM_TSTAMP_SCHED, 9);
    expect(pair[0], SCM_TSTAMP_SND, 9);
    CHECK_EQ(recv(pair[1], data, 10, 0), 10);
    CHECK_EQ(send(pair[1], "x", 1, 0), 1); /* the acknowledgement goes along */
    expect(pair[0], SCM_TSTAMP_ACK, 9);
    no_more(pair[0]);
    hang_up(pair);
}

static void bytes_are_counted_from_when_it_was_asked(void)
{
    char data[10];
    int pair[2];

    connection(pair);
    CHECK_EQ(send(pair[0], "earlier", 7, 0), 7);
    CHECK_EQ(recv(pair[1], data, 10, 0), 7);
    CHECK_EQ(send(pair[1], "x", 1, 0), 1);
    CHECK_EQ(recv(pair[0], data, 10, 0), 1);
    wish(pair[0], COUNTED | SOF_TIMESTAMPING_OPT_ID_TCP);
    CHECK_EQ(send(pair[0], "0123", 4, 0), 4);
    expect(pair[0], SCM_TSTAMP_SND, 3);
    hang_up(pair);
}

/* Far more than a window: the stamp is of the last byte, when it goes. */
static void the_last_byte_counts(void)
{
    static char data[1 << 20];
    size_t left = sizeof(data), got = 0, calls = 0;
    uint32_t last = 0;
    int pair[2];

    connection(pair);
    wish(pair[0], COUNTED | SOF_TIMESTAMPING_TX_ACK);
    while (got < sizeof(data)) {
        ssize_t n = left ? send(pair[0], data, left, MSG_DONTWAIT) : 0;

        left -= n > 0 ? (size_t)n : 0;
        calls += n > 0;
        n = recv(pair[1], data, sizeof(data), left ? MSG_DONTWAIT : 0);
        got += n > 0 ? (size_t)n : 0;
    }
    CHECK_EQ(send(pair[1], "x", 1, 0), 1);
    for (;;) { /* those of calls whose bytes went together may be one */
        struct stamp s = next_stamp(pair[0]);

        CHECK(s.error.ee_data >= last);
        last = s.error.ee_data;
        if (last == sizeof(data) - 1 && s.error.ee_info == SCM_TSTAMP_ACK)
            break;
    }
    no_more(pair[0]);
    hang_up(pair);
}

/* More than there is room for: the call waits, and is told of once. */
static void *read_all(void *fd)
{
    static char data[1 << 16];

    for (size_t left = 4u << 20; left;) {
        ssize_t n = recv(*(int *)fd, data, sizeof(data), 0);

        CHECK(n > 0);
        left -= (size_t)n;
    }
    return NULL;
}

static void a_call_that_waits_is_stamped_once(void)
{
    static char data[4u << 20];
    pthread_t reader;
    int pair[2];

    connection(pair);
    wish(pair[0], COUNTED);
    CHECK_EQ(pthread_create(&reader, NULL, read_all, &pair[1]), 0);
    CHECK_EQ(send(pair[0], data, sizeof(data), 0), sizeof(data));
    CHECK_EQ(pthread_join(reader, NULL), 0);
    expect(pair[0], SCM_TSTAMP_SND, sizeof(data) - 1);
    no_more(pair[0]);
    hang_up(pair);
}

static void so_is_one_that_takes_a_part(void)
{
    static char data[16u << 20];
    ssize_t n, got = 0;
    int pair[2];

    connection(pair);
    wish(pair[0], COUNTED);
    n = send(pair[0], data, sizeof(data), MSG_DONTWAIT);
    CHECK(n > 0 && (size_t)n < sizeof(data));
    while (got < n)
        got += recv(pair[1], data, sizeof(data), 0);
    expect(pair[0], SCM_TSTAMP_SND, (unsigned)n - 1);
    no_more(pair[0]);
    hang_up(pair);
}

static void stamps_end_no_wait(void)
{
    struct timeval limit = {.tv_usec = 50000};
    char byte;
    int pair[2];

    connection(pair);
    wish(pair[0], COUNTED);
    CHECK_EQ(send(pair[0], "x", 1, 0), 1);
    CHECK_EQ(recv(pair[1], &byte, 1, 0), 1);
    CHECK_EQ(
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    CHECK_ERRNO(recv(pair[0], &byte, 1, 0), EAGAIN);
    expect(pair[0], SCM_TSTAMP_SND, 0);
    hang_up(pair);
}

static void a_cork_that_goes_stamps(void)
{
    int on = 1, off = 0, pair[2];

    connection(pair);
    wish(pair[0], COUNTED);
    CHECK_EQ(setsockopt(pair[0], SOL_TCP, TCP_CORK, &on, sizeof(on)), 0);
    CHECK_EQ(send(pair[0], "corked", 6, 0), 6);
    no_more(pair[0]);
    CHECK_EQ(setsockopt(pair[0], SOL_TCP, TCP_CORK, &off, sizeof(off)), 0);
    expect(pair[0], SCM_TSTAMP_SND, 5);
    hang_up(pair);
}

static void a_message_asks_for_itself(void)
{
    int pair[2];

    connection(pair);
    wish(pair[0], SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
                      SOF_TIMESTAMPING_OPT_TSONLY);
    CHECK_EQ(send(pair[0], "abc", 3, 0), 3);
    no_more(pair[0]);
    CHECK_EQ(send_with(pair[0], "de", 2, SOF_TIMESTAMPING_TX_SOFTWARE, 4), 2);
    expect(pair[0], SCM_TSTAMP_SND, 4);
    CHECK_EQ(send(pair[0], "f", 1, 0), 1);
    no_more(pair[0]);
    CHECK_ERRNO(send_with(pair[0], "g", 1, SOF_TIMESTAMPING_SOFTWARE, 4),
                EINVAL);
    CHECK_ERRNO(send_with(pair[0], "g", 1, SOF_TIMESTAMPING_TX_SOFTWARE, 8),
                EINVAL);
    wish(pair[0], COUNTED);
    CHECK_EQ(send_with(pair[0], "h", 1, 0, 4), 1); /* or does not */
    no_more(pair[0]);
    hang_up(pair);
}

static void a_datagram_asks_for_itself(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof(a);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, len), 0);
    wish(fd, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
                 SOF_TIMESTAMPING_OPT_TSONLY);
    CHECK_EQ(send(fd, "1", 1, 0), 1);
    CHECK_EQ(send_with(fd, "2", 1, SOF_TIMESTAMPING_TX_SOFTWARE, 4), 1);
    expect(fd, SCM_TSTAMP_SND, 0); /* the first that is counted */
    CHECK_EQ(send_with(fd, "3", 1,
                       SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED,
                       4),
             1);
    expect(fd, SCM_TSTAMP_SCHED, 1);
    expect(fd, SCM_TSTAMP_SND, 1);
    CHECK_ERRNO(send_with(fd, "4", 1, SOF_TIMESTAMPING_SOFTWARE, 4), EINVAL);
    wish(fd, COUNTED);
    CHECK_EQ(send_with(fd, "5", 1, 0, 4), 1);
    CHECK_ERRNO(recv(fd, &len, 1, MSG_ERRQUEUE | MSG_DONTWAIT), EAGAIN);
    close(fd);
}

static void keys_need_a_connection(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), v = COUNTED;

    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &v, 4), EINVAL);
    v = SOFTWARE | SOF_TIMESTAMPING_OPT_ID_TCP;
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &v, 4), EINVAL);
    v = SOFTWARE;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &v, 4), 0);
    close(fd);
}

static void raw_packets_leave(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_RAW, 253);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    wish(fd, COUNTED);
    CHECK_EQ(send(fd, "1", 1, 0), 1);
    expect(fd, SCM_TSTAMP_SND, 0);
    CHECK_EQ(send(fd, "2", 1, 0), 1);
    expect(fd, SCM_TSTAMP_SND, 1);
    CHECK_EQ(send_with(fd, "3", 1, SOF_TIMESTAMPING_TX_SCHED, 4), 1);
    expect(fd, SCM_TSTAMP_SCHED, 2);
    close(fd);
}

static void frames_leave(void)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(0x88b5),
                             .sll_halen = 6,
                             .sll_ifindex = (int)if_nametoindex("lo")};
    int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    level = SOL_PACKET;
    type = PACKET_TX_TIMESTAMP;
    wish(fd, COUNTED);
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(sendto(fd, "frame", 5, 0, (struct sockaddr *)&to, sizeof(to)),
                 5);
        expect(fd, SCM_TSTAMP_SND, i);
    }
    no_more(fd);
    close(fd);
}

int main(void)
{
    RUN(bytes_of_tcp_leave);
    RUN(and_are_acknowledged);
    RUN(bytes_are_counted_from_when_it_was_asked);
    RUN(the_last_byte_counts);
    RUN(a_call_that_waits_is_stamped_once);
    RUN(so_is_one_that_takes_a_part);
    RUN(stamps_end_no_wait);
    RUN(a_cork_that_goes_stamps);
    RUN(a_message_asks_for_itself);
    RUN(a_datagram_asks_for_itself);
    RUN(keys_need_a_connection);
    RUN(raw_packets_leave);
    RUN(frames_leave);
    return check_end();
}
