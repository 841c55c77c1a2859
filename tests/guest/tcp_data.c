// SPDX-License-Identifier: MIT
/* tcp_data: what is in a TCP connection: data, urgent data, options, much of
 * it. */
#define _GNU_SOURCE
#include "tcp.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

/* --- flags of recv and send --- */

static void peek_leaves_the_data(void)
{
    char buf[8];
    int fd[2];

    pair(fd);
    CHECK_EQ(write(fd[0], "abcd", 4), 4);
    CHECK_EQ(recv(fd[1], buf, 2, MSG_PEEK), 2);
    CHECK_EQ(recv(fd[1], buf, 8, MSG_PEEK), 4);
    CHECK_EQ(recv(fd[1], buf, 8, 0), 4);
    CHECK(!memcmp(buf, "abcd", 4));
    close_pair(fd);
}

static void trunc_discards(void)
{
    char buf[8];
    int fd[2];

    pair(fd);
    CHECK_EQ(write(fd[0], "abcdef", 6), 6);
    CHECK_EQ(recv(fd[1], NULL, 4, MSG_TRUNC), 4);
    CHECK_EQ(recv(fd[1], buf, 8, 0), 2);
    CHECK(!memcmp(buf, "ef", 2));
    close_pair(fd);
}

static void dontwait_says_eagain(void)
{
    int fd[2];
    char c;

    pair(fd);
    CHECK_EQ(recv(fd[0], &c, 1, MSG_DONTWAIT), -1);
    CHECK_EQ(errno, EAGAIN);
    close_pair(fd);
}

static void *write_slowly(void *arg)
{
    int fd = *(int *)arg;

    for (int i = 0; i < 5; i++) {
        usleep(5000);
        if (write(fd, "ab", 2) != 2)
            return (void *)1;
    }
    return NULL;
}

static void waitall_waits_for_all(void)
{
    pthread_t t;
    char buf[10];
    int fd[2];

    pair(fd);
    CHECK_EQ(pthread_create(&t, NULL, write_slowly, &fd[0]), 0);
    CHECK_EQ(recv(fd[1], buf, 10, MSG_WAITALL), 10);
    pthread_join(t, NULL);
    close_pair(fd);
}

static void waitall_ends_with_the_peer(void)
{
    char buf[10];
    int fd[2];

    pair(fd);
    CHECK_EQ(write(fd[0], "abc", 3), 3);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_EQ(recv(fd[1], buf, 10, MSG_WAITALL), 3);
    close_pair(fd);
}

static void vectors_are_one_stream(void)
{
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
    char x[3], y[3];
    struct iovec in[2] = {{x, 3}, {y, 3}};
    int fd[2];

    pair(fd);
    CHECK_EQ(writev(fd[0], out, 3), 5);
    CHECK_EQ(readv(fd[1], in, 2), 5);
    CHECK(!memcmp(x, "abc", 3) && !memcmp(y, "de", 2));
    close_pair(fd);
}

static void unconnected_sockets_neither_send_nor_receive(void)
{
    int fd = tcp();
    char c;

    CHECK_EQ(send(fd, "x", 1, MSG_NOSIGNAL), -1);
    CHECK_EQ(errno, EPIPE);
    CHECK_EQ(recv(fd, &c, 1, 0), -1);
    CHECK_EQ(errno, ENOTCONN);
    close(fd);
}

static void urgent_data_comes_apart(void)
{
    char buf[8];
    int fd[2], mark = 0;

    pair(fd);
    CHECK_EQ(send(fd[0], "abc", 3, MSG_OOB), 3);
    CHECK_EQ(send(fd[0], "de", 2, 0), 2);
    CHECK(events(fd[1], POLLPRI, 2000) & POLLPRI);
    CHECK_EQ(recv(fd[1], buf, 8, 0), 2);
    CHECK(!memcmp(buf, "ab", 2));
    CHECK_EQ(ioctl(fd[1], SIOCATMARK, &mark), 0);
    CHECK_EQ(mark, 1);
    CHECK_EQ(recv(fd[1], buf, 8, MSG_OOB), 1);
    CHECK_EQ(buf[0], 'c');
    CHECK_EQ(recv(fd[1], buf, 8, MSG_OOB), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK(events(fd[1], POLLIN, 2000) & POLLIN);
    CHECK_EQ(recv(fd[1], buf, 8, 0), 2);
    CHECK(!memcmp(buf, "de", 2));
    close_pair(fd);
}

static void urgent_data_inline_stays_in_the_stream(void)
{
    char buf[8];
    int fd[2];

    pair(fd);
    CHECK_EQ(set(fd[1], SOL_SOCKET, SO_OOBINLINE, 1), 0);
    CHECK_EQ(send(fd[0], "abc", 3, MSG_OOB), 3);
    CHECK(events(fd[1], POLLIN, 2000) & POLLIN);
    CHECK_EQ(recv(fd[1], buf, 8, 0), 2);
    CHECK_EQ(recv(fd[1], buf, 8, 0), 1);
    CHECK_EQ(buf[0], 'c');
    close_pair(fd);
}

static void a_receive_timeout_ends_the_wait(void)
{
    struct timeval tv = {0, 30000};
    struct timespec a, b;
    int fd[2];
    char c;

    pair(fd);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    clock_gettime(CLOCK_MONOTONIC, &a);
    CHECK_EQ(read(fd[0], &c, 1), -1);
    CHECK_EQ(errno, EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &b);
    CHECK((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 >=
          25);
    close_pair(fd);
}

/* --- options --- */

static void options_keep_what_they_are_given(void)
{
    static const struct {
        int name, value;
    } cases[] = {{TCP_NODELAY, 1},   {TCP_CORK, 1},
                 {TCP_KEEPIDLE, 11}, {TCP_KEEPINTVL, 12},
                 {TCP_KEEPCNT, 13},  {TCP_SYNCNT, 3},
                 {TCP_LINGER2, 7},   {TCP_USER_TIMEOUT, 5000}};
    int fd = tcp();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_EQ(set(fd, IPPROTO_TCP, cases[i].name, cases[i].value), 0);
        CHECK_EQ(option(fd, IPPROTO_TCP, cases[i].name), cases[i].value);
    }
    close(fd);
}

static void options_out_of_range_are_refused(void)
{
    int fd = tcp();

    CHECK_EQ(set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(set(fd, IPPROTO_TCP, TCP_KEEPCNT, 200), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, "", 1), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(set(fd, IPPROTO_TCP, 9999, 1), -1);
    CHECK_EQ(errno, ENOPROTOOPT);
    close(fd);
}

static void the_congestion_control_has_a_name(void)
{
    char name[16] = "";
    socklen_t len = sizeof(name);
    int fd = tcp();

    CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
    CHECK_EQ(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
    CHECK(!strcmp(name, "reno"));
    CHECK_EQ(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nosuch", 6), -1);
    CHECK_EQ(errno, ENOENT);
    close(fd);
}

static void info_tells_the_state(void)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    int fd[2], l = listener(1);

    pair(fd);
    CHECK_EQ(getsockopt(fd[0], IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    CHECK_EQ(info.tcpi_state, TCP_ESTABLISHED);
    CHECK(info.tcpi_snd_mss > 500);
    CHECK(info.tcpi_options & TCPI_OPT_SACK);
    CHECK_EQ(getsockopt(l, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    CHECK_EQ(info.tcpi_state, TCP_LISTEN);
    close(l);
    close_pair(fd);
}

static void children_have_the_listener_s_options(void)
{
    int l = listener(1), fd = tcp(), c;

    CHECK_EQ(set(l, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    CHECK_EQ(set(l, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
    CHECK_EQ(connect_to(fd, port_of(l)), 0);
    c = accept(l, NULL, NULL);
    CHECK_EQ(option(c, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_EQ(option(c, SOL_SOCKET, SO_KEEPALIVE), 1);
    close(c);
    close(fd);
    close(l);
}

static void cork_holds_small_writes_back(void)
{
    char buf[8];
    int fd[2];

    pair(fd);
    CHECK_EQ(set(fd[0], IPPROTO_TCP, TCP_CORK, 1), 0);
    CHECK_EQ(write(fd[0], "ab", 2), 2);
    CHECK_EQ(events(fd[1], POLLIN, 50), 0);
    CHECK_EQ(write(fd[0], "cd", 2), 2);
    CHECK_EQ(set(fd[0], IPPROTO_TCP, TCP_CORK, 0), 0);
    CHECK(events(fd[1], POLLIN, 2000) & POLLIN);
    CHECK_EQ(read(fd[1], buf, 8), 4);
    close_pair(fd);
}

static void more_holds_a_small_write_back(void)
{
    char buf[8];
    int fd[2];

    pair(fd);
    CHECK_EQ(send(fd[0], "ab", 2, MSG_MORE), 2);
    CHECK_EQ(events(fd[1], POLLIN, 50), 0);
    CHECK_EQ(send(fd[0], "cd", 2, 0), 2);
    CHECK(events(fd[1], POLLIN, 2000) & POLLIN);
    CHECK_EQ(read(fd[1], buf, 8), 4);
    close_pair(fd);
}

static void ioctls_count_bytes(void)
{
    int fd[2], n = -1;
    char c;

    pair(fd);
    CHECK_EQ(write(fd[0], "hello", 5), 5);
    CHECK(events(fd[1], POLLIN, 2000) & POLLIN);
    CHECK_EQ(ioctl(fd[1], FIONREAD, &n), 0);
    CHECK_EQ(n, 5);
    CHECK_EQ(read(fd[1], &c, 1), 1);
    CHECK_EQ(ioctl(fd[1], SIOCINQ, &n), 0);
    CHECK_EQ(n, 4);
    close_pair(fd);
}

static void defer_accept_waits_for_data(void)
{
    int l = listener(1), fd = tcp();

    CHECK_EQ(set(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5), 0);
    CHECK_EQ(connect_to(fd, port_of(l)), 0);
    CHECK_EQ(events(l, POLLIN, 50), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK(events(l, POLLIN, 3000) & POLLIN);
    close(fd);
    close(l);
}

/* --- much --- */

#define BIG (8 << 20)

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 7 + (i >> 8) * 13 + (i >> 16) * 31);
}

static void *send_big(void *arg)
{
    static unsigned char buf[70001];
    int fd = *(int *)arg;

    for (size_t done = 0; done < BIG;) {
        size_t n = BIG - done < sizeof(buf) ? BIG - done : sizeof(buf);
        ssize_t r;

        for (size_t i = 0; i < n; i++)
            buf[i] = byte_at(done + i);
        r = write(fd, buf, n);
        if (r <= 0)
            return (void *)1;
        done += (size_t)r;
    }
    shutdown(fd, SHUT_WR);
    return NULL;
}

static void a_large_transfer_arrives_whole(void)
{
    static unsigned char buf[50021];
    pthread_t t;
    void *result;
    size_t total = 0;
    int fd[2];
    ssize_t n;

    pair(fd);
    CHECK_EQ(pthread_create(&t, NULL, send_big, &fd[0]), 0);
    while ((n = read(fd[1], buf, sizeof(buf))) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] != byte_at(total + (size_t)i))
                CHECK_FAIL("byte %zu is wrong", total + (size_t)i);
        total += (size_t)n;
    }
    CHECK_EQ(total, BIG);
    pthread_join(t, &result);
    CHECK(!result);
    close_pair(fd);
}

static void many_connections_at_once(void)
{
    enum { N = 200 };
    static int c[N], s[N];
    int l = listener(N);
    char b;

    for (int i = 0; i < N; i++) {
        c[i] = tcp();
        CHECK_EQ(connect_to(c[i], port_of(l)), 0);
    }
    for (int i = 0; i < N; i++) {
        s[i] = accept(l, NULL, NULL);
        CHECK(s[i] >= 0);
    }
    for (int i = 0; i < N; i++)
        CHECK_EQ(write(c[i], "x", 1), 1);
    for (int i = 0; i < N; i++)
        CHECK_EQ(read(s[i], &b, 1), 1);
    for (int i = 0; i < N; i++) {
        close(c[i]);
        close(s[i]);
    }
    close(l);
}

static void many_connections_one_after_the_other(void)
{
    int l = listener(5), port = port_of(l);

    for (int i = 0; i < 1000; i++) {
        int fd = tcp(), c;
        char b = (char)i;

        CHECK_EQ(connect_to(fd, port), 0);
        c = accept(l, NULL, NULL);
        CHECK_EQ(write(fd, &b, 1), 1);
        close(fd);
        CHECK_EQ(read(c, &b, 1), 1);
        CHECK_EQ(b, (char)i);
        CHECK_EQ(read(c, &b, 1), 0);
        close(c);
    }
    close(l);
}

int main(void)
{
    RUN(peek_leaves_the_data);
    RUN(trunc_discards);
    RUN(dontwait_says_eagain);
    RUN(waitall_waits_for_all);
    RUN(waitall_ends_with_the_peer);
    RUN(vectors_are_one_stream);
    RUN(unconnected_sockets_neither_send_nor_receive);
    RUN(urgent_data_comes_apart);
    RUN(urgent_data_inline_stays_in_the_stream);
    RUN(a_receive_timeout_ends_the_wait);
    RUN(options_keep_what_they_are_given);
    RUN(options_out_of_range_are_refused);
    RUN(the_congestion_control_has_a_name);
    RUN(info_tells_the_state);
    RUN(children_have_the_listener_s_options);
    RUN(cork_holds_small_writes_back);
    RUN(more_holds_a_small_write_back);
    RUN(ioctls_count_bytes);
    RUN(defer_accept_waits_for_data);
    RUN(a_large_transfer_arrives_whole);
    RUN(many_connections_at_once);
    RUN(many_connections_one_after_the_other);
    return check_end();
}
