// SPDX-License-Identifier: MIT
/* unix_dgram: AF_UNIX datagrams, as unix(7) has them. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME_AT offsetof(struct sockaddr_un, sun_path)
#define SHORT   50000 /* microseconds */
#define QUEUE   10    /* net.unix.max_dgram_qlen: one more fits */

static char dir[] = "/tmp/unix-dgram-XXXXXX";

static struct sockaddr_un at(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, name);
    return a;
}

static int sock(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0);
    return fd;
}

static int bound(const char *name)
{
    struct sockaddr_un a = at(name);
    int fd = sock();

    unlink(a.sun_path);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static int connect_to(int fd, const char *name)
{
    struct sockaddr_un a = at(name);

    return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int disconnect(int fd)
{
    struct sockaddr a = {.sa_family = AF_UNSPEC};

    return connect(fd, &a, sizeof(a));
}

static ssize_t send_to(int fd, const char *name, const void *p, size_t n,
                       int flags)
{
    struct sockaddr_un a = at(name);

    return sendto(fd, p, n, flags, (struct sockaddr *)&a, sizeof(a));
}

static int events(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static int wait_for(pid_t child)
{
    int status = -1;

    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

/* --- messages --- */

static void messages_keep_their_bounds(void)
{
    int fd[2];
    char b[10];

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(write(fd[0], "abc", 3), 3);
    CHECK_EQ(write(fd[0], "de", 2), 2);
    CHECK_EQ(write(fd[0], "", 0), 0);
    CHECK_EQ(read(fd[1], b, 10), 3);
    CHECK_EQ(read(fd[1], b, 10), 2);
    CHECK_EQ(read(fd[1], b, 10), 0);
    CHECK_ERRNO(recv(fd[1], b, 10, MSG_DONTWAIT), EAGAIN);
    close(fd[0]);
    close(fd[1]);
}

static void the_rest_of_a_message_is_lost(void)
{
    int fd[2];
    char b[10];
    struct iovec v = {b, 2};
    struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1};

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(send(fd[0], "12345", 5, 0), 5);
    CHECK_EQ(send(fd[0], "6789", 4, 0), 4);
    CHECK_EQ(recvmsg(fd[1], &h, MSG_PEEK), 2);
    CHECK_EQ(h.msg_flags, MSG_TRUNC);
    CHECK_EQ(recv(fd[1], b, 1, MSG_PEEK | MSG_TRUNC), 5);
    CHECK_EQ(recvmsg(fd[1], &h, MSG_TRUNC), 5);
    CHECK_EQ(h.msg_flags, MSG_TRUNC);
    CHECK_EQ(recvmsg(fd[1], &h, 0), 2);
    CHECK_EQ(b[0], '6');
    CHECK_ERRNO(recv(fd[1], b, 10, MSG_DONTWAIT), EAGAIN);
    close(fd[0]);
    close(fd[1]);
}

static void sender_is_told(void)
{
    int r = bound("r"), s = bound("s"), u = sock();
    struct sockaddr_un from, want = at("s");
    socklen_t len = sizeof(from);
    char b[10];

    CHECK_EQ(send_to(s, "r", "x", 1, 0), 1);
    CHECK_EQ(recvfrom(r, b, 10, 0, (struct sockaddr *)&from, &len), 1);
    CHECK_EQ(len, NAME_AT + strlen(want.sun_path) + 1);
    CHECK_EQ(strcmp(from.sun_path, want.sun_path), 0);
    CHECK_EQ(sendto(r, "back", 4, 0, (struct sockaddr *)&from, len), 4);
    CHECK_EQ(recv(s, b, 10, 0), 4);
    CHECK_EQ(send_to(u, "r", "y", 1, 0), 1);
    len = sizeof(from);
    CHECK_EQ(recvfrom(r, b, 10, 0, (struct sockaddr *)&from, &len), 1);
    CHECK_EQ(len, 0);
    len = 4;
    CHECK_EQ(send_to(s, "r", "z", 1, 0), 1);
    memset(&from, 'q', sizeof(from));
    CHECK_EQ(recvfrom(r, b, 10, 0, (struct sockaddr *)&from, &len), 1);
    CHECK_EQ(len, NAME_AT + strlen(want.sun_path) + 1);
    CHECK_EQ(from.sun_path[2], 'q');
    close(r);
    close(s);
    close(u);
}

static void sending_without_a_receiver(void)
{
    int u = sock(), s = bound("gone"), st;
    struct sockaddr_un a = at("st");

    CHECK_ERRNO(send(u, "x", 1, 0), ENOTCONN);
    CHECK_ERRNO(write(u, "x", 1), ENOTCONN);
    CHECK_ERRNO(send_to(u, "nothing", "x", 1, 0), ENOENT);
    close(s);
    CHECK_ERRNO(send_to(u, "gone", "x", 1, 0), ECONNREFUSED);
    st = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQ(bind(st, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_ERRNO(send_to(u, "st", "x", 1, 0), EPROTOTYPE);
    CHECK_ERRNO(connect_to(u, "st"), EPROTOTYPE);
    CHECK_ERRNO(connect_to(u, "gone"), ECONNREFUSED);
    CHECK_ERRNO(listen(u, 1), EOPNOTSUPP);
    CHECK_ERRNO(accept(u, NULL, NULL), EOPNOTSUPP);
    CHECK_ERRNO(send(u, "x", 1, MSG_OOB), EOPNOTSUPP);
    close(st);
    close(u);
    unlink(a.sun_path);
    unlink(at("gone").sun_path);
}

static void large_messages(void)
{
    static char out[100000], in[100001];
    int fd[2], size = 4608;
    socklen_t len = sizeof(size);

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 7 % 253);
    CHECK_EQ(send(fd[0], out, sizeof(out), 0), sizeof(out));
    CHECK_EQ(recv(fd[1], in, sizeof(in), 0), sizeof(out));
    CHECK_EQ(memcmp(in, out, sizeof(out)), 0);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, &len), 0);
    CHECK_EQ(size, 2 * 4608);
    CHECK_EQ(send(fd[0], out, 9000, 0), 9000);
    CHECK_EQ(recv(fd[1], in, sizeof(in), 0), 9000);
    CHECK_ERRNO(send(fd[0], out, 9216, 0), EMSGSIZE);
    CHECK_ERRNO(send(fd[0], out, sizeof(out), 0), EMSGSIZE);
    close(fd[0]);
    close(fd[1]);
}

static void sizes_can_be_asked(void)
{
    int fd[2], n;

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(ioctl(fd[1], FIONREAD, &n), 0);
    CHECK_EQ(n, 0);
    CHECK_EQ(send(fd[0], "four", 4, 0), 4);
    CHECK_EQ(send(fd[0], "seven..", 7, 0), 7);
    CHECK_EQ(ioctl(fd[1], SIOCINQ, &n), 0);
    CHECK_EQ(n, 4);
    CHECK_EQ(ioctl(fd[0], SIOCOUTQ, &n), 0);
    CHECK(n >= 11);
    CHECK_EQ(recv(fd[1], &n, 4, 0), 4);
    CHECK_EQ(recv(fd[1], &n, 4, 0), 4);
    CHECK_EQ(ioctl(fd[0], SIOCOUTQ, &n), 0);
    CHECK_EQ(n, 0);
    close(fd[0]);
    close(fd[1]);
}

/* --- connections --- */

static void only_the_peer_is_heard(void)
{
    int r = bound("r"), s = bound("s"), t = sock();
    char b[4];

    CHECK_EQ(connect_to(r, "s"), 0);
    CHECK_ERRNO(send_to(t, "r", "x", 1, 0), EPERM);
    CHECK_ERRNO(connect_to(t, "r"), EPERM);
    CHECK_EQ(send_to(s, "r", "y", 1, 0), 1);
    CHECK_EQ(recv(r, b, 4, 0), 1);
    CHECK_EQ(send(r, "z", 1, 0), 1);
    CHECK_EQ(recv(s, b, 4, 0), 1);
    CHECK_EQ(send_to(t, "s", "z", 1, 0), 1);
    CHECK_EQ(disconnect(r), 0);
    CHECK_EQ(send_to(t, "r", "x", 1, 0), 1);
    close(r);
    close(s);
    close(t);
}

static void names_of_connected_ones(void)
{
    int r = bound("r"), c = sock();
    struct sockaddr_un a, want = at("r");
    socklen_t len = sizeof(a);

    CHECK_ERRNO(getpeername(c, (struct sockaddr *)&a, &len), ENOTCONN);
    CHECK_EQ(connect_to(c, "r"), 0);
    CHECK_EQ(getpeername(c, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(len, NAME_AT + strlen(want.sun_path) + 1);
    CHECK_EQ(strcmp(a.sun_path, want.sun_path), 0);
    len = sizeof(a);
    CHECK_EQ(getsockname(c, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(len, NAME_AT);
    CHECK_EQ(disconnect(c), 0);
    CHECK_ERRNO(getpeername(c, (struct sockaddr *)&a, &len), ENOTCONN);
    CHECK_ERRNO(send(c, "x", 1, 0), ENOTCONN);
    CHECK_EQ(disconnect(c), 0);
    close(r);
    close(c);
}

static void a_peer_that_is_gone(void)
{
    int r = bound("r"), c = sock();

    CHECK_EQ(connect_to(c, "r"), 0);
    CHECK_EQ(send(c, "x", 1, 0), 1);
    close(r);
    CHECK_EQ(events(c), POLLOUT);
    CHECK_ERRNO(send(c, "x", 1, 0), ECONNREFUSED);
    CHECK_ERRNO(send(c, "x", 1, 0), ENOTCONN);
    close(c);
}

static void pairs_end_quietly(void)
{
    int fd[2];
    char b[4];

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(send(fd[0], "last", 4, 0), 4);
    close(fd[0]);
    CHECK_EQ(recv(fd[1], b, 4, 0), 4);
    CHECK_ERRNO(recv(fd[1], b, 4, MSG_DONTWAIT), EAGAIN);
    CHECK_ERRNO(send(fd[1], b, 4, 0), ECONNREFUSED);
    close(fd[1]);
}

static void unread_messages_are_no_reset(void)
{
    int fd[2], error;
    socklen_t len = sizeof(error);

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(send(fd[0], "x", 1, 0), 1);
    close(fd[1]);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_ERROR, &error, &len), 0);
    CHECK_EQ(error, 0);
    close(fd[0]);
}

static void disconnecting_resets_the_peer(void)
{
    int fd[2], error;
    socklen_t len = sizeof(error);
    char b;

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(send(fd[1], "x", 1, 0), 1);
    CHECK_EQ(disconnect(fd[0]), 0);
    CHECK_ERRNO(recv(fd[0], &b, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(getsockopt(fd[1], SOL_SOCKET, SO_ERROR, &error, &len), 0);
    CHECK_EQ(error, ECONNRESET);
    close(fd[0]);
    close(fd[1]);
}

static void shutdown_of_messages(void)
{
    int fd[2];
    char b[4];

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(send(fd[0], "ab", 2, 0), 2);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_ERRNO(send(fd[0], "x", 1, 0), EPIPE);
    CHECK_EQ(shutdown(fd[1], SHUT_RD), 0);
    CHECK_EQ(events(fd[1]), POLLIN | POLLOUT | POLLRDHUP);
    CHECK_EQ(recv(fd[1], b, 4, 0), 2);
    CHECK_EQ(recv(fd[1], b, 4, 0), 0);
    CHECK_ERRNO(recv(fd[1], b, 4, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(send(fd[1], "y", 1, 0), 1);
    CHECK_EQ(recv(fd[0], b, 4, 0), 1);
    CHECK_EQ(shutdown(fd[1], SHUT_RDWR), 0);
    CHECK_EQ(events(fd[1]), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    close(fd[0]);
    close(fd[1]);
}

/* --- room --- */

static void a_full_receiver(void)
{
    int r = bound("r"), c = sock(), d = sock(), n = 0;
    char b[4];

    CHECK_EQ(connect_to(c, "r"), 0);
    while (n < 1000 && send(c, "x", 1, MSG_DONTWAIT) == 1)
        n++;
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(n, QUEUE + 1);
    CHECK_EQ(events(c), 0);
    CHECK_EQ(events(d), POLLOUT);
    CHECK_ERRNO(send_to(d, "r", "x", 1, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(recv(r, b, 4, 0), 1);
    CHECK_EQ(events(c), POLLOUT);
    CHECK_EQ(send(c, "x", 1, MSG_DONTWAIT), 1);
    CHECK_EQ(events(c), 0);
    close(r);
    CHECK_EQ(events(c), POLLOUT);
    close(c);
    close(d);
}

static void waiting_for_room(void)
{
    int r = bound("r"), c = sock();
    struct pollfd p = {c, POLLOUT, 0};
    pid_t child;
    char b[4];

    CHECK_EQ(connect_to(c, "r"), 0);
    child = fork();
    if (child == 0) {
        for (int i = 0; i < 50; i++)
            if (send(c, &i, sizeof(i), 0) != sizeof(i))
                _exit(1);
        _exit(0);
    }
    usleep(SHORT);
    CHECK_EQ(waitpid(child, NULL, WNOHANG), 0);
    for (int i = 0; i < 50; i++) {
        int v;

        CHECK_EQ(recv(r, &v, sizeof(v), 0), sizeof(v));
        CHECK_EQ(v, i);
    }
    CHECK_EQ(wait_for(child), 0);
    for (int i = 0; i <= QUEUE; i++)
        CHECK_EQ(send(c, "x", 1, MSG_DONTWAIT), 1);
    child = fork();
    if (child == 0) {
        usleep(SHORT);
        _exit(recv(r, b, 4, 0) != 1);
    }
    CHECK_EQ(poll(&p, 1, 5000), 1);
    CHECK_EQ(p.revents, POLLOUT);
    CHECK_EQ(wait_for(child), 0);
    close(r);
    close(c);
}

static void a_sender_learns_of_the_end(void)
{
    int r = bound("r"), c = sock();
    pid_t child;

    CHECK_EQ(connect_to(c, "r"), 0);
    for (int i = 0; i <= QUEUE; i++)
        CHECK_EQ(send(c, "x", 1, MSG_DONTWAIT), 1);
    child = fork();
    if (child == 0) {
        close(r);
        _exit(send(c, "x", 1, 0) != -1 || errno != ECONNREFUSED);
    }
    usleep(SHORT);
    close(r);
    CHECK_EQ(wait_for(child), 0);
    close(c);
}

static void a_time_limit_for_sending(void)
{
    int r = bound("r"), c = sock();
    struct timeval tv = {0, SHORT};

    CHECK_EQ(connect_to(c, "r"), 0);
    CHECK_EQ(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
    for (int i = 0; i <= QUEUE; i++)
        CHECK_EQ(send(c, "x", 1, 0), 1);
    CHECK_ERRNO(send(c, "x", 1, 0), EAGAIN);
    close(r);
    close(c);
}

static void to_oneself(void)
{
    int s = bound("self");
    char b[4];

    CHECK_EQ(send_to(s, "self", "me", 2, 0), 2);
    CHECK_EQ(events(s), POLLIN | POLLOUT);
    CHECK_EQ(recv(s, b, 4, 0), 2);
    CHECK_EQ(connect_to(s, "self"), 0);
    CHECK_EQ(send(s, "me", 2, 0), 2);
    CHECK_EQ(recv(s, b, 4, 0), 2);
    close(s);
}

static void edges_of_the_queue(void)
{
    int fd[2], ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET}, got;
    char b;

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &e), 0);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(send(fd[0], "x", 1, 0), 1);
        CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
        CHECK_EQ(got.events, EPOLLIN);
        CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
    }
    CHECK_EQ(recv(fd[1], &b, 1, 0), 1);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
    close(ep);
    close(fd[0]);
    close(fd[1]);
}

/* --- names of the kernel's choice --- */

static void senders_with_credentials_get_a_name(void)
{
    int r = bound("r"), c = sock(), on = 1;
    struct sockaddr_un a;
    socklen_t len = sizeof(a);

    CHECK_EQ(setsockopt(c, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    CHECK_EQ(send_to(c, "r", "x", 1, 0), 1);
    CHECK_EQ(getsockname(c, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(len, NAME_AT + 6);
    CHECK_EQ(a.sun_path[0], 0);
    close(r);
    close(c);
}

/* --- many --- */

static void many_messages(void)
{
    struct mmsghdr m[4];
    struct iovec v[4];
    int fd[2];
    char b[4][8];

    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
    memset(m, 0, sizeof(m));
    for (int i = 0; i < 4; i++) {
        v[i] = (struct iovec){b[i], (size_t)i + 1};
        m[i].msg_hdr.msg_iov = &v[i];
        m[i].msg_hdr.msg_iovlen = 1;
    }
    CHECK_EQ(sendmmsg(fd[0], m, 3, 0), 3);
    for (int i = 0; i < 4; i++)
        v[i].iov_len = 8;
    CHECK_EQ(recvmmsg(fd[1], m, 4, MSG_DONTWAIT, NULL), 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(m[i].msg_len, i + 1);
    close(fd[0]);
    close(fd[1]);
}

static void *send_10000(void *arg)
{
    int fd = *(int *)arg;

    for (int i = 0; i < 10000; i++)
        if (send(fd, &i, sizeof(i), 0) != sizeof(i))
            return "send";
    return NULL;
}

/* Of two senders at once, each message arrives, in its sender's order. */
static void two_senders_10000_times(void)
{
    int r = bound("r"), c[2], next[2] = {0, 0};
    pthread_t t[2];
    void *result;

    for (int i = 0; i < 2; i++) {
        c[i] = bound(i ? "c1" : "c0");
        CHECK_EQ(connect_to(c[i], "r"), 0);
        CHECK_EQ(pthread_create(&t[i], NULL, send_10000, &c[i]), 0);
    }
    for (int i = 0; i < 20000; i++) {
        struct sockaddr_un a;
        socklen_t len = sizeof(a);
        int v, who;

        CHECK_EQ(recvfrom(r, &v, sizeof(v), 0, (struct sockaddr *)&a, &len),
                 sizeof(v));
        who = a.sun_path[strlen(a.sun_path) - 1] == '1';
        CHECK_EQ(v, next[who]);
        next[who]++;
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_join(t[i], &result), 0);
        CHECK(!result);
        close(c[i]);
    }
    close(r);
}

static void clean_up(void)
{
    static const char *names[] = {"r", "s", "self", "c0", "c1"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(at(names[i]).sun_path);
    CHECK_EQ(rmdir(dir), 0);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 2;
    signal(SIGPIPE, SIG_DFL); /* datagrams send none */
    RUN(messages_keep_their_bounds);
    RUN(the_rest_of_a_message_is_lost);
    RUN(sender_is_told);
    RUN(sending_without_a_receiver);
    RUN(large_messages);
    RUN(sizes_can_be_asked);
    RUN(only_the_peer_is_heard);
    RUN(names_of_connected_ones);
    RUN(a_peer_that_is_gone);
    RUN(pairs_end_quietly);
    RUN(unread_messages_are_no_reset);
    RUN(disconnecting_resets_the_peer);
    RUN(shutdown_of_messages);
    RUN(a_full_receiver);
    RUN(waiting_for_room);
    RUN(a_sender_learns_of_the_end);
    RUN(a_time_limit_for_sending);
    RUN(to_oneself);
    RUN(edges_of_the_queue);
    RUN(senders_with_credentials_get_a_name);
    RUN(many_messages);
    RUN(two_senders_10000_times);
    RUN(clean_up);
    return check_end();
}
