// SPDX-License-Identifier: MIT
/*
 * tcp: how TCP connections begin and end, over 127.0.0.1, as tcp(7) and
 * socket(7) have it.
 */
#define _GNU_SOURCE
#include "tcp.h"

#include <fcntl.h>
#include <signal.h>

static void nonblock(int fd)
{
    CHECK_EQ(fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
}

/* --- connecting --- */

static void connects_and_carries_bytes_both_ways(void)
{
    char buf[16] = "";
    int fd[2];

    pair(fd);
    CHECK_EQ(write(fd[0], "ping", 4), 4);
    CHECK_EQ(read(fd[1], buf, sizeof(buf)), 4);
    CHECK(!memcmp(buf, "ping", 4));
    CHECK_EQ(write(fd[1], "pong!", 5), 5);
    CHECK_EQ(read(fd[0], buf, sizeof(buf)), 5);
    CHECK(!memcmp(buf, "pong!", 5));
    close_pair(fd);
}

static void a_port_without_listener_refuses(void)
{
    int l = listener(1), port = port_of(l), fd = tcp();

    close(l);
    CHECK_EQ(connect_to(fd, port), -1);
    CHECK_EQ(errno, ECONNREFUSED);
    /* and the socket can be used for another try */
    l = listener(1);
    CHECK_EQ(connect_to(fd, port_of(l)), 0);
    close(fd);
    close(l);
}

static void a_nonblocking_connect_is_in_progress_then_writable(void)
{
    int l = listener(1), fd = tcp(), r;

    nonblock(fd);
    r = connect_to(fd, port_of(l));
    CHECK(r == 0 || errno == EINPROGRESS);
    CHECK(events(fd, POLLOUT, 2000) & POLLOUT);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), 0);
    close(fd);
    close(l);
}

static void a_nonblocking_connect_that_fails_has_an_error(void)
{
    int l = listener(1), port = port_of(l), fd = tcp(), r, e;

    close(l);
    nonblock(fd);
    r = connect_to(fd, port);
    CHECK_EQ(r, -1);
    if (errno == ECONNREFUSED) {
        close(fd);
        return;
    }
    CHECK_EQ(errno, EINPROGRESS);
    e = events(fd, POLLOUT, 2000);
    CHECK(e & POLLERR);
    CHECK(e & POLLHUP);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), 0);
    close(fd);
}

static void connecting_twice_is_an_error(void)
{
    int fd[2];

    pair(fd);
    CHECK_EQ(connect_to(fd[0], 9), -1);
    CHECK_EQ(errno, EISCONN);
    CHECK_EQ(connect_to(fd[1], 9), -1);
    CHECK_EQ(errno, EISCONN);
    close_pair(fd);
}

static void a_listener_cannot_connect(void)
{
    int l = listener(1);

    CHECK_EQ(connect_to(l, 9), -1);
    CHECK_EQ(errno, EISCONN);
    close(l);
}

static void names_are_what_the_other_end_sees(void)
{
    struct sockaddr_in a, b;
    socklen_t la = sizeof(a), lb = sizeof(b);
    int fd[2];

    pair(fd);
    CHECK_EQ(getsockname(fd[0], (struct sockaddr *)&a, &la), 0);
    CHECK_EQ(getpeername(fd[1], (struct sockaddr *)&b, &lb), 0);
    CHECK_EQ(la, sizeof(a));
    CHECK(a.sin_port == b.sin_port && a.sin_port != 0);
    CHECK(a.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    close_pair(fd);
}

static void getpeername_needs_a_connection(void)
{
    struct sockaddr_in a;
    socklen_t len = sizeof(a);
    int fd = tcp(), l = listener(1);

    CHECK_EQ(getpeername(fd, (struct sockaddr *)&a, &len), -1);
    CHECK_EQ(errno, ENOTCONN);
    CHECK_EQ(getpeername(l, (struct sockaddr *)&a, &len), -1);
    CHECK_EQ(errno, ENOTCONN);
    close(fd);
    close(l);
}

static void connect_to_any_address_is_to_this_host(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int l = listener(1), fd = tcp();

    a.sin_port = htons(port_of(l));
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    close(fd);
    close(l);
}

static void a_socket_can_be_disconnected_and_used_again(void)
{
    struct sockaddr a = {.sa_family = AF_UNSPEC};
    int fd[2], l = listener(1);
    char c;

    pair(fd);
    CHECK_EQ(connect(fd[0], &a, sizeof(a)), 0);
    CHECK_EQ(read(fd[1], &c, 1), -1);
    CHECK_EQ(errno, ECONNRESET);
    CHECK_EQ(connect_to(fd[0], port_of(l)), 0);
    close(l);
    close_pair(fd);
}

/* --- listening --- */

static void accept_tells_the_address(void)
{
    struct sockaddr_in a;
    socklen_t len = sizeof(a);
    int l = listener(1), fd = tcp(), c;

    CHECK_EQ(connect_to(fd, port_of(l)), 0);
    c = accept4(l, (struct sockaddr *)&a, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    CHECK(c >= 0);
    CHECK_EQ(ntohs(a.sin_port), port_of(fd));
    CHECK(fcntl(c, F_GETFL) & O_NONBLOCK);
    CHECK_EQ(fcntl(c, F_GETFD), FD_CLOEXEC);
    close(c);
    close(fd);
    close(l);
}

static void accept_needs_a_listener(void)
{
    int fd = tcp();

    CHECK_EQ(accept(fd, NULL, NULL), -1);
    CHECK_EQ(errno, EINVAL);
    close(fd);
}

static void a_nonblocking_accept_says_eagain(void)
{
    int l = listener(1);

    nonblock(l);
    CHECK_EQ(accept(l, NULL, NULL), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(events(l, POLLIN, 0), 0);
    close(l);
}

static void a_listener_is_readable_when_somebody_waits(void)
{
    int l = listener(1), fd = tcp();

    CHECK_EQ(connect_to(fd, port_of(l)), 0);
    CHECK_EQ(events(l, POLLIN | POLLOUT, 2000), POLLIN);
    close(fd);
    close(l);
}

static void one_more_than_the_backlog_gets_through(void)
{
    int l = listener(2), port = port_of(l), fd[4], i, open = 0;

    for (i = 0; i < 4; i++) {
        fd[i] = tcp();
        nonblock(fd[i]);
        connect_to(fd[i], port);
        if (events(fd[i], POLLOUT, 200) & POLLOUT)
            open++;
    }
    CHECK_EQ(open, 3);
    for (i = 0; i < 4; i++)
        close(fd[i]);
    close(l);
}

static void a_port_in_use_cannot_be_bound(void)
{
    int l = listener(1), fd = tcp();

    CHECK_EQ(bind_to(fd, port_of(l)), -1);
    CHECK_EQ(errno, EADDRINUSE);
    CHECK_EQ(set(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    CHECK_EQ(bind_to(fd, port_of(l)), -1);
    CHECK_EQ(errno, EADDRINUSE);
    close(fd);
    close(l);
}

static void reuseaddr_takes_a_port_in_time_wait(void)
{
    int l = listener(1), port = port_of(l), fd = tcp(), c;

    CHECK_EQ(connect_to(fd, port), 0);
    c = accept(l, NULL, NULL);
    close(c); /* the server first: TIME_WAIT is its */
    char b;
    CHECK_EQ(read(fd, &b, 1), 0);
    close(fd);
    close(l);
    fd = tcp();
    CHECK_EQ(bind_to(fd, port), -1);
    CHECK_EQ(errno, EADDRINUSE);
    close(fd);
    fd = tcp();
    CHECK_EQ(set(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    /* Linux wants the option on the old one too. */
    CHECK(bind_to(fd, port) == 0 || errno == EADDRINUSE);
    close(fd);
}

static void reuseaddr_on_both_takes_a_port_in_time_wait(void)
{
    int l = tcp(), port, fd = tcp(), c;
    char b;

    CHECK_EQ(set(l, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    CHECK_EQ(bind_to(l, 0), 0);
    CHECK_EQ(listen(l, 1), 0);
    port = port_of(l);
    CHECK_EQ(connect_to(fd, port), 0);
    c = accept(l, NULL, NULL);
    close(c);
    CHECK_EQ(read(fd, &b, 1), 0);
    close(fd);
    close(l);
    l = tcp();
    CHECK_EQ(set(l, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    CHECK_EQ(bind_to(l, port), 0);
    CHECK_EQ(listen(l, 1), 0);
    close(l);
}

static void closing_a_listener_resets_who_waits(void)
{
    int l = listener(1), fd = tcp();
    char c;

    CHECK_EQ(connect_to(fd, port_of(l)), 0);
    close(l);
    CHECK_EQ(read(fd, &c, 1), -1);
    CHECK_EQ(errno, ECONNRESET);
    close(fd);
}

static void shutdown_of_a_listener_ends_it(void)
{
    int l = listener(1);

    CHECK_EQ(shutdown(l, SHUT_RD), 0);
    CHECK_EQ(accept(l, NULL, NULL), -1);
    CHECK_EQ(errno, EINVAL);
    close(l);
}

static void so_acceptconn_tells_listeners(void)
{
    int l = listener(1), fd = tcp();

    CHECK_EQ(option(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    close(l);
    close(fd);
}

static void listen_binds_by_itself(void)
{
    int l = tcp();

    CHECK_EQ(listen(l, 1), 0);
    CHECK(port_of(l) != 0);
    close(l);
}

/* --- ending --- */

static void close_is_end_of_file_for_the_other(void)
{
    int fd[2];
    char c;

    pair(fd);
    close(fd[0]);
    CHECK_EQ(read(fd[1], &c, 1), 0);
    CHECK_EQ(read(fd[1], &c, 1), 0);
    close(fd[1]);
}

static void half_close_leaves_the_other_way_open(void)
{
    char buf[8];
    int fd[2];

    pair(fd);
    CHECK_EQ(write(fd[0], "last", 4), 4);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_EQ(read(fd[1], buf, sizeof(buf)), 4);
    CHECK_EQ(read(fd[1], buf, sizeof(buf)), 0);
    CHECK_EQ(write(fd[1], "answer", 6), 6);
    CHECK_EQ(read(fd[0], buf, sizeof(buf)), 6);
    CHECK_EQ(send(fd[0], "x", 1, MSG_NOSIGNAL), -1);
    CHECK_EQ(errno, EPIPE);
    close_pair(fd);
}

static volatile sig_atomic_t pipes;

static void count_pipe(int sig)
{
    (void)sig;
    pipes++;
}

static void writing_after_shutdown_is_sigpipe(void)
{
    int fd[2];

    pipes = 0;
    signal(SIGPIPE, count_pipe);
    pair(fd);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_EQ(write(fd[0], "x", 1), -1);
    CHECK_EQ(errno, EPIPE);
    CHECK_EQ(pipes, 1);
    CHECK_EQ(send(fd[0], "x", 1, MSG_NOSIGNAL), -1);
    CHECK_EQ(pipes, 1);
    signal(SIGPIPE, SIG_DFL);
    close_pair(fd);
}

static void shutdown_for_reading_is_end_of_file(void)
{
    int fd[2];
    char c;

    pair(fd);
    CHECK_EQ(shutdown(fd[0], SHUT_RD), 0);
    CHECK_EQ(read(fd[0], &c, 1), 0);
    CHECK(events(fd[0], POLLIN | POLLRDHUP, 0) == (POLLIN | POLLRDHUP));
    close_pair(fd);
}

static void shutdown_needs_a_connection(void)
{
    int fd = tcp();

    CHECK_EQ(shutdown(fd, SHUT_RDWR), -1);
    CHECK_EQ(errno, ENOTCONN);
    CHECK_EQ(shutdown(fd, 7), -1);
    CHECK_EQ(errno, EINVAL);
    close(fd);
}

static void linger_of_zero_resets(void)
{
    struct linger l = {1, 0};
    int fd[2];
    char c;

    pair(fd);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
    close(fd[0]);
    CHECK(events(fd[1], POLLIN, 2000) & POLLERR);
    CHECK_EQ(read(fd[1], &c, 1), -1);
    CHECK_EQ(errno, ECONNRESET);
    CHECK_EQ(read(fd[1], &c, 1), 0);
    close(fd[1]);
}

static void closing_with_unread_data_resets(void)
{
    int fd[2];
    char c;

    pair(fd);
    CHECK_EQ(write(fd[1], "unread", 6), 6);
    CHECK(events(fd[0], POLLIN, 2000) & POLLIN);
    close(fd[0]);
    CHECK_EQ(read(fd[1], &c, 1), -1);
    CHECK_EQ(errno, ECONNRESET);
    close(fd[1]);
}

static void linger_waits_until_all_is_acknowledged(void)
{
    struct linger l = {1, 5};
    static char buf[50000];
    size_t total = 0;
    int fd[2];
    ssize_t n;

    pair(fd);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &l, sizeof(l)), 0);
    CHECK_EQ(write(fd[0], buf, 20000), 20000);
    CHECK_EQ(close(fd[0]), 0);
    while ((n = read(fd[1], buf, sizeof(buf))) > 0)
        total += (size_t)n;
    CHECK_EQ(total, 20000);
    close(fd[1]);
}

static void writing_to_a_closed_peer_ends_in_epipe(void)
{
    int fd[2], i;

    pair(fd);
    close(fd[1]);
    CHECK(events(fd[0], POLLIN, 2000) & POLLIN);
    CHECK_EQ(send(fd[0], "x", 1, MSG_NOSIGNAL), 1);
    for (i = 0; i < 200; i++) {
        if (events(fd[0], POLLOUT, 10) & POLLHUP)
            break;
        usleep(1000);
    }
    CHECK_EQ(send(fd[0], "x", 1, MSG_NOSIGNAL), -1);
    CHECK(errno == EPIPE || errno == ECONNRESET);
    CHECK_EQ(send(fd[0], "x", 1, MSG_NOSIGNAL), -1);
    CHECK_EQ(errno, EPIPE);
    close(fd[0]);
}

/* --- readiness --- */

static void a_fresh_socket_polls_as_hung_up(void)
{
    int fd = tcp();

    CHECK_EQ(events(fd, POLLIN | POLLOUT, 0), POLLOUT | POLLHUP);
    close(fd);
}

static void a_connection_is_writable_and_then_readable(void)
{
    int fd[2];

    pair(fd);
    CHECK_EQ(events(fd[0], POLLIN | POLLOUT, 0), POLLOUT);
    CHECK_EQ(write(fd[1], "x", 1), 1);
    CHECK(events(fd[0], POLLIN, 2000) & POLLIN);
    close_pair(fd);
}

static void the_peer_s_end_is_rdhup(void)
{
    int fd[2];

    pair(fd);
    CHECK_EQ(shutdown(fd[1], SHUT_WR), 0);
    CHECK(events(fd[0], POLLRDHUP, 2000) & POLLRDHUP);
    CHECK_EQ(events(fd[0], POLLIN | POLLOUT | POLLRDHUP, 0),
             POLLIN | POLLOUT | POLLRDHUP);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK(events(fd[0], POLLIN | POLLOUT, 100) & POLLHUP);
    close_pair(fd);
}

static void a_full_connection_is_not_writable(void)
{
    static char buf[65536];
    int fd[2], i;
    ssize_t n, total = 0;

    pair(fd);
    nonblock(fd[0]);
    for (i = 0; i < 2000; i++) {
        n = write(fd[0], buf, sizeof(buf));
        if (n < 0) {
            CHECK_EQ(errno, EAGAIN);
            if (!(events(fd[0], POLLOUT, 50) & POLLOUT))
                break;
            continue;
        }
        total += n;
    }
    CHECK(i < 2000);
    while (total > 0) {
        n = read(fd[1], buf, sizeof(buf));
        CHECK(n > 0);
        total -= n;
    }
    CHECK(events(fd[0], POLLOUT, 2000) & POLLOUT);
    close_pair(fd);
}

int main(void)
{
    RUN(connects_and_carries_bytes_both_ways);
    RUN(a_port_without_listener_refuses);
    RUN(a_nonblocking_connect_is_in_progress_then_writable);
    RUN(a_nonblocking_connect_that_fails_has_an_error);
    RUN(connecting_twice_is_an_error);
    RUN(a_listener_cannot_connect);
    RUN(names_are_what_the_other_end_sees);
    RUN(getpeername_needs_a_connection);
    RUN(connect_to_any_address_is_to_this_host);
    RUN(a_socket_can_be_disconnected_and_used_again);
    RUN(accept_tells_the_address);
    RUN(accept_needs_a_listener);
    RUN(a_nonblocking_accept_says_eagain);
    RUN(a_listener_is_readable_when_somebody_waits);
    RUN(one_more_than_the_backlog_gets_through);
    RUN(a_port_in_use_cannot_be_bound);
    RUN(reuseaddr_takes_a_port_in_time_wait);
    RUN(reuseaddr_on_both_takes_a_port_in_time_wait);
    RUN(closing_a_listener_resets_who_waits);
    RUN(shutdown_of_a_listener_ends_it);
    RUN(so_acceptconn_tells_listeners);
    RUN(listen_binds_by_itself);
    RUN(close_is_end_of_file_for_the_other);
    RUN(half_close_leaves_the_other_way_open);
    RUN(writing_after_shutdown_is_sigpipe);
    RUN(shutdown_for_reading_is_end_of_file);
    RUN(shutdown_needs_a_connection);
    RUN(linger_of_zero_resets);
    RUN(closing_with_unread_data_resets);
    RUN(linger_waits_until_all_is_acknowledged);
    RUN(writing_to_a_closed_peer_ends_in_epipe);
    RUN(a_fresh_socket_polls_as_hung_up);
    RUN(a_connection_is_writable_and_then_readable);
    RUN(the_peer_s_end_is_rdhup);
    RUN(a_full_connection_is_not_writable);
    return check_end();
}
