// SPDX-License-Identifier: MIT
/* udp_more: datagrams made of several sends (MSG_MORE, UDP_CORK), and several
 * that are received as one piece (UDP_GRO); udp(7). */
#define _GNU_SOURCE
#include "inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char data[70000];

static void set(int fd, int name, int v)
{
    CHECK_EQ(setsockopt(fd, SOL_UDP, name, &v, sizeof(v)), 0);
}

/* A socket that sends to one that is returned in *to. */
static int pair(int *to)
{
    struct sockaddr_in a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    *to = bound(SOCK_DGRAM, &a);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static void expect(int fd, const char *text)
{
    memset(data, 0, 100);
    CHECK_EQ(recv(fd, data, sizeof(data), MSG_DONTWAIT), (long)strlen(text));
    CHECK_EQ(strcmp(data, text), 0);
}

static void nothing(int fd)
{
    CHECK_ERRNO(recv(fd, data, sizeof(data), MSG_DONTWAIT), EAGAIN);
}

static void more_is_to_come(void)
{
    int to, fd = pair(&to);

    CHECK_EQ(send(fd, "one ", 4, MSG_MORE), 4);
    CHECK_EQ(send(fd, "two ", 4, MSG_MORE), 4);
    nothing(to);
    CHECK_EQ(send(fd, "three", 5, 0), 5);
    expect(to, "one two three");
    CHECK_EQ(send(fd, "four", 4, 0), 4);
    expect(to, "four");
    close(fd);
    close(to);
}

static void a_cork_holds_it_back(void)
{
    int to, fd = pair(&to);

    set(fd, UDP_CORK, 1);
    CHECK_EQ(send(fd, "a", 1, 0), 1);
    CHECK_EQ(send(fd, "b", 1, 0), 1);
    nothing(to);
    set(fd, UDP_CORK, 0);
    expect(to, "ab");
    nothing(to);
    close(fd);
    close(to);
}

static void the_first_says_where_it_goes(void)
{
    struct sockaddr_in a, b;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), x = bound(SOCK_DGRAM, &a),
        y = bound(SOCK_DGRAM, &b);

    CHECK_EQ(sendto(fd, "a", 1, MSG_MORE, (struct sockaddr *)&a, sizeof(a)), 1);
    CHECK_EQ(sendto(fd, "b", 1, 0, (struct sockaddr *)&b, sizeof(b)), 1);
    expect(x, "ab");
    nothing(y);
    CHECK_EQ(sendto(fd, "c", 1, 0, (struct sockaddr *)&b, sizeof(b)), 1);
    expect(y, "c");
    close(fd);
    close(x);
    close(y);
}

static void what_grows_too_long_is_lost(void)
{
    int to, fd = pair(&to);

    CHECK_EQ(send(fd, data, 40000, MSG_MORE), 40000);
    CHECK_ERRNO(send(fd, data, 40000, MSG_MORE), EMSGSIZE);
    CHECK_EQ(send(fd, "new", 3, 0), 3);
    expect(to, "new");
    nothing(to);
    close(fd);
    close(to);
}

static void a_long_one_comes_whole(void)
{
    int to, fd = pair(&to);

    for (int i = 0; i < 6; i++) {
        memset(data, 'a' + i, 10000);
        CHECK_EQ(send(fd, data, 10000, i < 5 ? MSG_MORE : 0), 10000);
    }
    CHECK_EQ(recv(to, data, sizeof(data), 0), 60000);
    for (int i = 0; i < 60000; i++)
        CHECK_EQ(data[i], 'a' + i / 10000);
    close(fd);
    close(to);
}

static void a_fault_drops_it(void)
{
    int to, fd = pair(&to);

    CHECK_EQ(send(fd, "lost", 4, MSG_MORE), 4);
    CHECK_ERRNO(send(fd, check_pointer(16), 4, 0), EFAULT);
    CHECK_EQ(send(fd, "next", 4, 0), 4);
    expect(to, "next");
    close(fd);
    close(to);
}

static void closing_forgets_it(void)
{
    int to, fd = pair(&to);

    CHECK_EQ(send(fd, "never", 5, MSG_MORE), 5);
    close(fd);
    nothing(to);
    close(to);
}

/* Receives; the length of the pieces, 0: one piece. */
static int receive(int fd, size_t room, long *n)
{
    char control[64];
    struct iovec v = {data, room};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    int size = 0;

    *n = recvmsg(fd, &m, MSG_DONTWAIT);
    CHECK(*n >= 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
            memcpy(&size, CMSG_DATA(c), sizeof(size));
    return size;
}

static void segments_are_received_as_one(void)
{
    int to, fd = pair(&to);
    long n;

    set(to, UDP_GRO, 1);
    set(fd, UDP_SEGMENT, 100);
    for (int i = 0; i < 550; i++)
        data[i] = (char)(i / 100);
    CHECK_EQ(send(fd, data, 550, 0), 550);
    memset(data, 0, sizeof(data));
    CHECK_EQ(receive(to, sizeof(data), &n), 100);
    CHECK_EQ(n, 550);
    for (int i = 0; i < 550; i++)
        CHECK_EQ(data[i], i / 100);
    nothing(to);
    close(fd);
    close(to);
}

static void one_datagram_is_no_segment(void)
{
    int to, fd = pair(&to);
    long n;

    set(to, UDP_GRO, 1);
    CHECK_EQ(send(fd, "abc", 3, 0), 3);
    CHECK_EQ(receive(to, sizeof(data), &n), 0);
    CHECK_EQ(n, 3);
    close(fd);
    close(to);
}

static void without_the_option_each_comes_alone(void)
{
    int to, fd = pair(&to);
    long n;

    set(fd, UDP_SEGMENT, 100);
    CHECK_EQ(send(fd, data, 250, 0), 250);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(receive(to, sizeof(data), &n), 0);
        CHECK_EQ(n, i < 2 ? 100 : 50);
    }
    close(fd);
    close(to);
}

static void a_corked_datagram_is_cut_into_segments(void)
{
    int to, fd = pair(&to);
    long n;

    set(fd, UDP_SEGMENT, 4);
    CHECK_EQ(send(fd, "abc", 3, MSG_MORE), 3);
    CHECK_EQ(send(fd, "defg", 4, 0), 4);
    CHECK_EQ(receive(to, sizeof(data), &n), 0);
    CHECK_EQ(n, 4);
    CHECK_EQ(memcmp(data, "abcd", 4), 0);
    receive(to, sizeof(data), &n);
    CHECK_EQ(n, 3);
    CHECK_EQ(memcmp(data, "efg", 3), 0);
    close(fd);
    close(to);
}

static void too_many_segments_are_refused(void)
{
    int to, fd = pair(&to);

    set(fd, UDP_SEGMENT, 1);
    CHECK_EQ(send(fd, data, 100, MSG_MORE), 100);
    CHECK_ERRNO(send(fd, data, 100, 0), EINVAL);
    nothing(to);
    CHECK_EQ(send(fd, "a", 1, MSG_MORE), 1);
    CHECK_EQ(send(fd, "b", 1, 0), 1);
    expect(to, "a");
    expect(to, "b");
    close(fd);
    close(to);
}

static void uncorking_tells_of_no_error(void)
{
    int to, fd = pair(&to);

    set(fd, UDP_SEGMENT, 1);
    set(fd, UDP_CORK, 1);
    CHECK_EQ(send(fd, data, 200, 0), 200);
    set(fd, UDP_CORK, 0);
    nothing(to);
    close(fd);
    close(to);
}

int main(void)
{
    RUN(more_is_to_come);
    RUN(a_cork_holds_it_back);
    RUN(the_first_says_where_it_goes);
    RUN(what_grows_too_long_is_lost);
    RUN(a_long_one_comes_whole);
    RUN(a_fault_drops_it);
    RUN(closing_forgets_it);
    RUN(segments_are_received_as_one);
    RUN(one_datagram_is_no_segment);
    RUN(without_the_option_each_comes_alone);
    RUN(a_corked_datagram_is_cut_into_segments);
    RUN(too_many_segments_are_refused);
    RUN(uncorking_tells_of_no_error);
    return check_end();
}
