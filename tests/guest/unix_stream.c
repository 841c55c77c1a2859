// SPDX-License-Identifier: MIT
/* unix_stream: AF_UNIX streams and sequenced packets, as unix(7) has them. */
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
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME_AT offsetof(struct sockaddr_un, sun_path)
#define SHORT   50000 /* microseconds */

static char dir[] = "/tmp/unix-stream-XXXXXX";

static struct sockaddr_un at(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, name);
    return a;
}

static int sock(int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0);
    return fd;
}

static int bind_to(int fd, const char *name)
{
    struct sockaddr_un a = at(name);

    return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static int connect_to(int fd, const char *name)
{
    struct sockaddr_un a = at(name);

    return connect(fd, (struct sockaddr *)&a, sizeof(a));
}

static int listener(int type, const char *name, int backlog)
{
    int fd = sock(type);

    unlink(at(name).sun_path);
    CHECK_EQ(bind_to(fd, name), 0);
    CHECK_EQ(listen(fd, backlog), 0);
    return fd;
}

static void pair(int type, int fd[2])
{
    CHECK_EQ(socketpair(AF_UNIX, type, 0, fd), 0);
}

static void close_pair(int fd[2])
{
    close(fd[0]);
    close(fd[1]);
}

static void nonblock(int fd)
{
    CHECK_EQ(fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
}

static int events(int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
    (void)sig;
    pipes++;
}

/* --- pairs --- */

static void pair_carries_bytes_both_ways(void)
{
    int fd[2];
    char b[10];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "hello", 5), 5);
    CHECK_EQ(write(fd[1], "you", 3), 3);
    CHECK_EQ(read(fd[1], b, 10), 5);
    CHECK(memcmp(b, "hello", 5) == 0);
    CHECK_EQ(read(fd[0], b, 10), 3);
    CHECK(memcmp(b, "you", 3) == 0);
    close_pair(fd);
}

static void pair_refuses_what_is_not_there(void)
{
    int fd[2];

    CHECK_ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, fd), EOPNOTSUPP);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_RDM, 0, fd), ESOCKTNOSUPPORT);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 5, fd), EPROTONOSUPPORT);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, fd), EINVAL);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, check_pointer(8)), EFAULT);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, AF_UNIX, fd), 0);
    close_pair(fd);
}

static void flags_of_pairs(void)
{
    int fd[2];
    char c;

    CHECK_EQ(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd),
        0);
    CHECK_EQ(fcntl(fd[1], F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(read(fd[0], &c, 1), EAGAIN);
    CHECK_EQ(fcntl(fd[0], F_GETFL), O_RDWR | O_NONBLOCK);
    close_pair(fd);
}

static void streams_join_writes(void)
{
    int fd[2];
    char b[10];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "ab", 2), 2);
    CHECK_EQ(write(fd[0], "cd", 2), 2);
    CHECK_EQ(read(fd[1], b, 3), 3);
    CHECK(memcmp(b, "abc", 3) == 0);
    CHECK_EQ(read(fd[1], b, 3), 1);
    CHECK_EQ(b[0], 'd');
    close_pair(fd);
}

static void end_comes_after_data(void)
{
    int fd[2];
    char b[10];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "last", 4), 4);
    close(fd[0]);
    CHECK_EQ(events(fd[1]), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    CHECK_EQ(read(fd[1], b, 10), 4);
    CHECK_EQ(read(fd[1], b, 10), 0);
    CHECK_EQ(read(fd[1], b, 10), 0);
    close(fd[1]);
}

static void unread_data_resets(void)
{
    int fd[2], error = 0;
    socklen_t len = sizeof(error);
    char c;

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "x", 1), 1);
    close(fd[1]);
    CHECK_EQ(events(fd[0]), POLLIN | POLLOUT | POLLHUP | POLLERR | POLLRDHUP);
    CHECK_ERRNO(read(fd[0], &c, 1), ECONNRESET);
    CHECK_EQ(read(fd[0], &c, 1), 0);
    close(fd[0]);
    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "x", 1), 1);
    close(fd[1]);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_ERROR, &error, &len), 0);
    CHECK_EQ(error, ECONNRESET);
    CHECK_EQ(read(fd[0], &c, 1), 0);
    close(fd[0]);
}

static void writing_to_nobody_is_a_broken_pipe(void)
{
    struct sigaction sa = {.sa_handler = on_pipe};
    int fd[2];

    CHECK_EQ(sigaction(SIGPIPE, &sa, NULL), 0);
    pipes = 0;
    pair(SOCK_STREAM, fd);
    close(fd[1]);
    CHECK_ERRNO(write(fd[0], "x", 1), EPIPE);
    CHECK_EQ(pipes, 1);
    CHECK_ERRNO(send(fd[0], "x", 1, 0), EPIPE);
    CHECK_EQ(pipes, 2);
    CHECK_ERRNO(send(fd[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(pipes, 2);
    close(fd[0]);
    signal(SIGPIPE, SIG_DFL);
}

static void half_close(void)
{
    int fd[2];
    char b[10];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "q", 1), 1);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_ERRNO(send(fd[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(events(fd[1]), POLLIN | POLLOUT | POLLRDHUP);
    CHECK_EQ(read(fd[1], b, 10), 1);
    CHECK_EQ(read(fd[1], b, 10), 0);
    CHECK_EQ(write(fd[1], "answer", 6), 6);
    CHECK_EQ(read(fd[0], b, 10), 6);
    CHECK_EQ(events(fd[0]), POLLOUT);
    CHECK_EQ(shutdown(fd[1], SHUT_RDWR), 0);
    CHECK_EQ(events(fd[0]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
    close_pair(fd);
}

static void shut_for_reading_stops_the_writer(void)
{
    int fd[2];
    char b[4];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "z", 1), 1);
    CHECK_EQ(shutdown(fd[1], SHUT_RD), 0);
    CHECK_ERRNO(send(fd[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(read(fd[1], b, 4), 1);
    CHECK_EQ(read(fd[1], b, 4), 0);
    CHECK_ERRNO(shutdown(fd[0], 3), EINVAL);
    close_pair(fd);
}

static void peek_leaves_data(void)
{
    int fd[2];
    char b[10];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(write(fd[0], "abc", 3), 3);
    CHECK_EQ(write(fd[0], "def", 3), 3);
    CHECK_EQ(recv(fd[1], b, 2, MSG_PEEK), 2);
    CHECK_EQ(recv(fd[1], b, 10, MSG_PEEK), 6);
    CHECK(memcmp(b, "abcdef", 6) == 0);
    CHECK_EQ(recv(fd[1], b, 10, 0), 6);
    CHECK_ERRNO(recv(fd[1], b, 10, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
    close_pair(fd);
}

static void wait_for_all(void)
{
    int fd[2], status;
    char b[10];
    pid_t child;

    pair(SOCK_STREAM, fd);
    child = fork();
    if (child == 0) {
        for (int i = 0; i < 8; i++) {
            usleep(1000);
            if (write(fd[0], "12", 2) != 2)
                _exit(1);
        }
        _exit(0);
    }
    CHECK_EQ(recv(fd[1], b, 10, MSG_WAITALL), 10);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(write(fd[0], "5", 1), 1);
    close(fd[0]);
    CHECK_EQ(recv(fd[1], b, 10, MSG_WAITALL), 7);
    CHECK_EQ(recv(fd[1], b, 10, MSG_WAITALL), 0);
    close(fd[1]);
}

static void buffers_have_a_limit(void)
{
    static char block[1000];
    int fd[2], out = 0, in = 0;
    long total = 0, n;

    pair(SOCK_STREAM, fd);
    nonblock(fd[0]);
    while ((n = write(fd[0], block, sizeof(block))) > 0)
        total += n;
    CHECK_EQ(n, -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK(total > 50000 && total < 400000);
    CHECK_EQ(events(fd[0]), 0);
    CHECK_EQ(ioctl(fd[0], SIOCOUTQ, &out), 0);
    CHECK(out >= total);
    CHECK_EQ(ioctl(fd[1], SIOCINQ, &in), 0);
    CHECK_EQ(in, total);
    while (total > 0) {
        n = read(fd[1], block, sizeof(block));
        CHECK(n > 0);
        total -= n;
    }
    CHECK_EQ(events(fd[0]), POLLOUT);
    CHECK_EQ(ioctl(fd[0], SIOCOUTQ, &out), 0);
    CHECK_EQ(out, 0);
    close_pair(fd);
}

static void a_small_buffer_is_obeyed(void)
{
    int fd[2], v = 1, got;
    socklen_t len = sizeof(got);
    long total = 0, n;
    char block[100] = "";

    pair(SOCK_STREAM, fd);
    nonblock(fd[0]);
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof(v)), 0);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &got, &len), 0);
    CHECK_EQ(got, 4608);
    while ((n = write(fd[0], block, sizeof(block))) > 0)
        total += n;
    CHECK(total < 20000);
    close_pair(fd);
}

static void large_writes_arrive_whole(void)
{
    enum { LARGE = 3 << 20 };
    unsigned char *out = malloc(LARGE), *in = malloc(LARGE);
    int fd[2], status;
    size_t done = 0;
    pid_t child;

    CHECK(out && in);
    for (int i = 0; i < LARGE; i++)
        out[i] = (unsigned char)(i * 7 + i / 1000);
    pair(SOCK_STREAM, fd);
    child = fork();
    if (child == 0)
        _exit(write(fd[0], out, LARGE) != LARGE);
    while (done < LARGE) {
        ssize_t n = read(fd[1], in + done, 12345);

        CHECK(n > 0);
        done += (size_t)n;
        if (done > LARGE)
            break;
    }
    CHECK(memcmp(in, out, LARGE) == 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    close_pair(fd);
    free(out);
    free(in);
}

static void vectors_and_faults(void)
{
    int fd[2];
    char a[3], b[10];
    struct iovec out[2] = {{"abc", 3}, {"defg", 4}};
    struct iovec in[2] = {{a, 3}, {b, 10}};

    pair(SOCK_STREAM, fd);
    CHECK_EQ(writev(fd[0], out, 2), 7);
    CHECK_EQ(readv(fd[1], in, 2), 7);
    CHECK(memcmp(a, "abc", 3) == 0 && memcmp(b, "defg", 4) == 0);
    CHECK_ERRNO(write(fd[0], check_pointer(8), 4), EFAULT);
    CHECK_EQ(write(fd[0], "keep", 4), 4);
    CHECK_ERRNO(read(fd[1], check_pointer(8), 4), EFAULT);
    CHECK_EQ(read(fd[1], b, 10), 4);
    close_pair(fd);
}

static void empty_calls(void)
{
    int fd[2];
    char b[4];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(send(fd[0], "", 0, 0), 0);
    CHECK_EQ(read(fd[1], b, 0), 0);
    CHECK_ERRNO(recv(fd[1], b, 0, MSG_DONTWAIT), EAGAIN);
    CHECK_ERRNO(recv(fd[1], b, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(write(fd[0], "x", 1), 1);
    CHECK_EQ(recv(fd[1], b, 0, 0), 0);
    CHECK_EQ(recv(fd[1], b, 1, 0), 1);
    CHECK_ERRNO(lseek(fd[0], 0, SEEK_SET), ESPIPE);
    CHECK_ERRNO(pread(fd[0], b, 1, 0), ESPIPE);
    close_pair(fd);
}

static void files_go_through(void)
{
    char name[64], b[6000];
    int fd[2], file;
    off_t pos = 100;

    snprintf(name, sizeof(name), "%s/data", dir);
    file = open(name, O_RDWR | O_CREAT, 0600);
    CHECK(file >= 0);
    for (int i = 0; i < 6000; i++)
        b[i] = (char)(i % 251);
    CHECK_EQ(write(file, b, 6000), 6000);
    pair(SOCK_STREAM, fd);
    CHECK_EQ(sendfile(fd[0], file, &pos, 5000), 5000);
    CHECK_EQ(recv(fd[1], b, 6000, 0), 5000);
    for (int i = 0; i < 5000; i++)
        CHECK_EQ(b[i], (char)((i + 100) % 251));
    close_pair(fd);
    close(file);
    unlink(name);
}

/* --- names --- */

static void server_and_client(void)
{
    int l = listener(SOCK_STREAM, "s", 5), c = sock(SOCK_STREAM), a;
    struct sockaddr_un name;
    socklen_t len = sizeof(name);
    struct stat st;
    char b[10];

    CHECK_EQ(stat(at("s").sun_path, &st), 0);
    CHECK(S_ISSOCK(st.st_mode));
    CHECK_EQ(events(l), 0);
    CHECK_EQ(connect_to(c, "s"), 0);
    CHECK_EQ(events(l), POLLIN);
    CHECK_EQ(write(c, "early", 5), 5);
    a = accept(l, (struct sockaddr *)&name, &len);
    CHECK(a >= 0);
    CHECK_EQ(len, 2);
    CHECK_EQ(name.sun_family, AF_UNIX);
    CHECK_EQ(read(a, b, 10), 5);
    CHECK_EQ(write(a, "hi", 2), 2);
    CHECK_EQ(read(c, b, 10), 2);
    close(a);
    close(c);
    close(l);
    CHECK_EQ(stat(at("s").sun_path, &st), 0);
    c = sock(SOCK_STREAM);
    CHECK_ERRNO(connect_to(c, "s"), ECONNREFUSED);
    unlink(at("s").sun_path);
    CHECK_ERRNO(connect_to(c, "s"), ENOENT);
    close(c);
}

static void name_lengths(void)
{
    int l = listener(SOCK_STREAM, "n", 5), c = sock(SOCK_STREAM), a;
    struct sockaddr_un name, path = at("n");
    socklen_t len = sizeof(name);
    size_t expected = NAME_AT + strlen(path.sun_path) + 1;

    CHECK_EQ(getsockname(c, (struct sockaddr *)&name, &len), 0);
    CHECK_EQ(len, 2);
    len = sizeof(name);
    CHECK_ERRNO(getpeername(c, (struct sockaddr *)&name, &len), ENOTCONN);
    CHECK_EQ(connect_to(c, "n"), 0);
    a = accept(l, NULL, NULL);
    len = sizeof(name);
    CHECK_EQ(getpeername(c, (struct sockaddr *)&name, &len), 0);
    CHECK_EQ(len, expected);
    CHECK(strcmp(name.sun_path, path.sun_path) == 0);
    len = sizeof(name);
    CHECK_EQ(getsockname(a, (struct sockaddr *)&name, &len), 0);
    CHECK_EQ(len, expected);
    len = 5;
    memset(&name, 'x', sizeof(name));
    CHECK_EQ(getsockname(l, (struct sockaddr *)&name, &len), 0);
    CHECK_EQ(len, expected);
    CHECK_EQ(name.sun_path[2], path.sun_path[2]);
    CHECK_EQ(name.sun_path[3], 'x');
    close(l);
    close(a);
    len = sizeof(name);
    CHECK_EQ(getpeername(c, (struct sockaddr *)&name, &len), 0);
    CHECK_EQ(len, expected);
    close(c);
}

static void bind_errors(void)
{
    int a = sock(SOCK_STREAM), b = sock(SOCK_STREAM);
    struct sockaddr_un name = at("b");

    unlink(name.sun_path);
    CHECK_EQ(bind_to(a, "b"), 0);
    CHECK_ERRNO(bind_to(b, "b"), EADDRINUSE);
    CHECK_ERRNO(bind_to(a, "b2"), EINVAL);
    CHECK_ERRNO(access(at("b2").sun_path, F_OK), ENOENT);
    CHECK_ERRNO(bind_to(b, "none/b"), ENOENT);
    CHECK_ERRNO(bind_to(b, "b/c"), ENOTDIR);
    CHECK_ERRNO(bind(b, (struct sockaddr *)&name, 1), EINVAL);
    CHECK_ERRNO(bind(b, (struct sockaddr *)&name, sizeof(name) + 1), EINVAL);
    name.sun_family = AF_INET;
    CHECK_ERRNO(bind(b, (struct sockaddr *)&name, sizeof(name)), EINVAL);
    CHECK_ERRNO(listen(b, 1), EINVAL);
    close(a);
    close(b);
}

static void the_umask_is_applied(void)
{
    mode_t old = umask(0137);
    int a = sock(SOCK_STREAM);
    struct stat st;

    unlink(at("m").sun_path);
    CHECK_EQ(bind_to(a, "m"), 0);
    umask(old);
    CHECK_EQ(stat(at("m").sun_path, &st), 0);
    CHECK_EQ(st.st_mode, S_IFSOCK | 0640);
    close(a);
}

static void sockets_cannot_be_opened(void)
{
    int l = listener(SOCK_STREAM, "o", 1);

    CHECK_ERRNO(open(at("o").sun_path, O_RDWR), ENXIO);
    close(l);
}

static void connect_errors(void)
{
    int l = listener(SOCK_STREAM, "e", 5), c = sock(SOCK_STREAM);
    int d = sock(SOCK_DGRAM), file;
    struct sockaddr_un name = at("e");
    char b[2];

    CHECK_ERRNO(connect_to(d, "e"), EPROTOTYPE);
    CHECK_ERRNO(connect(c, (struct sockaddr *)&name, 2), EINVAL);
    name.sun_family = AF_INET6;
    CHECK_ERRNO(connect(c, (struct sockaddr *)&name, sizeof(name)), EINVAL);
    CHECK_ERRNO(read(c, b, 1), EINVAL);
    CHECK_ERRNO(send(c, b, 1, MSG_NOSIGNAL), ENOTCONN);
    CHECK_EQ(events(c), POLLOUT | POLLHUP);
    CHECK_EQ(connect_to(c, "e"), 0);
    CHECK_ERRNO(connect_to(c, "e"), EISCONN);
    CHECK_ERRNO(connect_to(l, "e"), EINVAL);
    CHECK_ERRNO(listen(c, 1), EINVAL);
    CHECK_ERRNO(accept(c, NULL, NULL), EINVAL);
    CHECK_ERRNO(accept(d, NULL, NULL), EOPNOTSUPP);
    CHECK_ERRNO(listen(d, 1), EOPNOTSUPP);
    CHECK_ERRNO(sendto(c, "x", 1, 0, (struct sockaddr *)&name, sizeof(name)),
                EISCONN);
    close(c);
    c = sock(SOCK_STREAM);
    file = open(at("plain").sun_path, O_CREAT | O_WRONLY, 0600);
    CHECK(file >= 0);
    CHECK_ERRNO(connect_to(c, "plain"), ECONNREFUSED);
    unlink(at("plain").sun_path);
    close(file);
    close(d);
    close(c);
    close(l);
}

static void a_bound_socket_refuses(void)
{
    int a = sock(SOCK_STREAM), c = sock(SOCK_STREAM);

    unlink(at("r").sun_path);
    CHECK_EQ(bind_to(a, "r"), 0);
    CHECK_ERRNO(connect_to(c, "r"), ECONNREFUSED);
    close(a);
    close(c);
}

static void write_permission_is_needed(void)
{
    int l = listener(SOCK_STREAM, "p", 5), status;
    pid_t child;

    CHECK_EQ(chmod(at("p").sun_path, 0755), 0);
    CHECK_EQ(chmod(dir, 0755), 0);
    if (geteuid() != 0)
        CHECK_SKIP("not root");
    child = fork();
    if (child == 0) {
        int c = socket(AF_UNIX, SOCK_STREAM, 0);

        if (setresuid(1234, 1234, 1234))
            _exit(2);
        if (connect_to(c, "p") != -1 || errno != EACCES)
            _exit(3);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    close(l);
}

static void links_lead_to_sockets(void)
{
    int l = listener(SOCK_STREAM, "l", 5), c = sock(SOCK_STREAM);

    unlink(at("soft").sun_path);
    unlink(at("hard").sun_path);
    CHECK_EQ(symlink("l", at("soft").sun_path), 0);
    CHECK_EQ(link(at("l").sun_path, at("hard").sun_path), 0);
    CHECK_EQ(connect_to(c, "soft"), 0);
    close(c);
    c = sock(SOCK_STREAM);
    CHECK_EQ(connect_to(c, "hard"), 0);
    close(c);
    c = sock(SOCK_STREAM);
    CHECK_EQ(rename(at("l").sun_path, at("moved").sun_path), 0);
    CHECK_EQ(connect_to(c, "moved"), 0);
    close(c);
    close(l);
    unlink(at("soft").sun_path);
    unlink(at("hard").sun_path);
    unlink(at("moved").sun_path);
}

static void abstract_names(void)
{
    struct sockaddr_un a = {AF_UNIX, "\0ab\0c"}, got;
    socklen_t len = NAME_AT + 5, n = sizeof(got);
    int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM), d = sock(SOCK_STREAM);
    int g = sock(SOCK_DGRAM);

    CHECK_EQ(bind(l, (struct sockaddr *)&a, len), 0);
    CHECK_EQ(listen(l, 1), 0);
    CHECK_EQ(getsockname(l, (struct sockaddr *)&got, &n), 0);
    CHECK_EQ(n, len);
    CHECK(memcmp(&got, &a, len) == 0);
    CHECK_ERRNO(connect(c, (struct sockaddr *)&a, len - 1), ECONNREFUSED);
    CHECK_ERRNO(connect(c, (struct sockaddr *)&a, len + 1), ECONNREFUSED);
    CHECK_EQ(connect(c, (struct sockaddr *)&a, len), 0);
    CHECK_ERRNO(bind(d, (struct sockaddr *)&a, len), EADDRINUSE);
    CHECK_EQ(bind(g, (struct sockaddr *)&a, len), 0);
    close(l);
    CHECK_EQ(bind(d, (struct sockaddr *)&a, len), 0);
    close(c);
    close(d);
    close(g);
}

static void names_of_the_kernels_choice(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX}, b;
    socklen_t n = sizeof(b), m = sizeof(a);
    int s = sock(SOCK_STREAM), t = sock(SOCK_STREAM);

    CHECK_EQ(bind(s, (struct sockaddr *)&a, NAME_AT), 0);
    CHECK_EQ(bind(t, (struct sockaddr *)&a, NAME_AT), 0);
    CHECK_EQ(getsockname(s, (struct sockaddr *)&b, &n), 0);
    CHECK_EQ(getsockname(t, (struct sockaddr *)&a, &m), 0);
    CHECK_EQ(n, NAME_AT + 6);
    CHECK_EQ(m, NAME_AT + 6);
    CHECK_EQ(b.sun_path[0], 0);
    CHECK(memcmp(&a, &b, n) != 0);
    for (int i = 1; i < 6; i++)
        CHECK(strchr("0123456789abcdef", b.sun_path[i]));
    close(s);
    close(t);
}

static void the_longest_path(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX}, got[2];
    socklen_t n = sizeof(got);
    int s = sock(SOCK_STREAM), c = sock(SOCK_STREAM);
    size_t used = (size_t)snprintf(a.sun_path, 108, "%s/", dir);

    memset(a.sun_path + used, 'y', 108 - used);
    CHECK_EQ(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(listen(s, 1), 0);
    CHECK_EQ(getsockname(s, (struct sockaddr *)got, &n), 0);
    CHECK_EQ(n, sizeof(a) + 1);
    CHECK_EQ(connect(c, (struct sockaddr *)&a, sizeof(a)), 0);
    close(s);
    close(c);
}

/* --- listening --- */

static void a_full_backlog(void)
{
    int l = listener(SOCK_STREAM, "f", 1), c[3], a, status;
    pid_t child;

    for (int i = 0; i < 3; i++) {
        c[i] = sock(SOCK_STREAM);
        nonblock(c[i]);
    }
    CHECK_EQ(connect_to(c[0], "f"), 0);
    CHECK_EQ(connect_to(c[1], "f"), 0);
    CHECK_ERRNO(connect_to(c[2], "f"), EAGAIN);
    child = fork();
    if (child == 0) {
        int k = socket(AF_UNIX, SOCK_STREAM, 0);

        _exit(connect_to(k, "f") != 0);
    }
    usleep(SHORT);
    CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
    a = accept(l, NULL, NULL);
    CHECK(a >= 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    close(a);
    close(l);
    for (int i = 0; i < 3; i++)
        close(c[i]);
}

static void a_waiting_connect_learns_of_the_end(void)
{
    int l = listener(SOCK_STREAM, "w", 0), c = sock(SOCK_STREAM), status;
    pid_t child;

    CHECK_EQ(connect_to(c, "w"), 0);
    child = fork();
    if (child == 0) {
        int k = socket(AF_UNIX, SOCK_STREAM, 0);

        close(l);
        _exit(connect_to(k, "w") != -1 || errno != ECONNREFUSED);
    }
    usleep(SHORT);
    close(l);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(events(c), POLLIN | POLLOUT | POLLHUP | POLLERR | POLLRDHUP);
    CHECK_ERRNO(read(c, &status, 1), ECONNRESET);
    close(c);
}

static void accept_waits_and_gives_up(void)
{
    int l = listener(SOCK_STREAM, "t", 5);
    struct timeval tv = {0, SHORT};
    struct timespec a, b;

    CHECK_EQ(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    clock_gettime(CLOCK_MONOTONIC, &a);
    CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &b);
    CHECK((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000 >=
          SHORT - 1000);
    nonblock(l);
    CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
    close(l);
}

static void who_is_at_the_other_end(void)
{
    int fd[2], l = listener(SOCK_STREAM, "k", 5), c = sock(SOCK_STREAM), a;
    struct ucred u;
    socklen_t len = sizeof(u);

    CHECK_EQ(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
    CHECK_EQ(u.pid, 0);
    CHECK_EQ(u.uid, (uid_t)-1);
    pair(SOCK_STREAM, fd);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
    CHECK_EQ(len, sizeof(u));
    CHECK_EQ(u.pid, getpid());
    CHECK_EQ(u.uid, geteuid());
    CHECK_EQ(u.gid, getegid());
    close_pair(fd);
    if (fork() == 0) {
        char b;

        if (connect_to(c, "k"))
            _exit(1);
        _exit(read(c, &b, 1) != 1);
    }
    a = accept(l, NULL, NULL);
    CHECK(a >= 0);
    CHECK_EQ(getsockopt(a, SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
    CHECK(u.pid != getpid() && u.pid > 0);
    CHECK_EQ(write(a, "x", 1), 1);
    int status;
    CHECK_EQ(waitpid(u.pid, &status, 0), u.pid);
    CHECK_EQ(status, 0);
    close(a);
    close(c);
    close(l);
}

static void options_of_a_stream(void)
{
    int fd[2], v, l = listener(SOCK_STREAM, "q", 5);
    socklen_t len = sizeof(v);

    pair(SOCK_STREAM, fd);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_TYPE, &v, &len), 0);
    CHECK_EQ(v, SOCK_STREAM);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_DOMAIN, &v, &len), 0);
    CHECK_EQ(v, AF_UNIX);
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_PROTOCOL, &v, &len), 0);
    CHECK_EQ(v, 0);
    CHECK_EQ(getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &v, &len), 0);
    CHECK_EQ(v, 1);
    CHECK_ERRNO(getsockopt(fd[0], 6, 1, &v, &len), EOPNOTSUPP);
    CHECK_ERRNO(setsockopt(fd[0], 6, 1, &v, len), EOPNOTSUPP);
    v = 1;
    CHECK_EQ(setsockopt(fd[0], SOL_SOCKET, SO_PASSCRED, &v, sizeof(v)), 0);
    v = 0;
    CHECK_EQ(getsockopt(fd[0], SOL_SOCKET, SO_PASSCRED, &v, &len), 0);
    CHECK_EQ(v, 1);
    close(l);
    close_pair(fd);
}

/* --- readiness --- */

static void epoll_tells_of_edges(void)
{
    int fd[2], ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET}, got;
    char b[10];

    pair(SOCK_STREAM, fd);
    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &e), 0);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
    CHECK_EQ(write(fd[0], "a", 1), 1);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
    CHECK_EQ(got.events, EPOLLIN);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
    CHECK_EQ(write(fd[0], "b", 1), 1);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
    CHECK_EQ(read(fd[1], b, 10), 2);
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
    CHECK_EQ(got.events, EPOLLIN);
    close(fd[0]);
    CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
    CHECK_EQ(got.events, EPOLLIN | EPOLLHUP);
    close(fd[1]);
    close(ep);
}

static void poll_wakes_up(void)
{
    int fd[2], status;
    struct pollfd p;
    pid_t child;

    pair(SOCK_STREAM, fd);
    child = fork();
    if (child == 0) {
        usleep(SHORT);
        _exit(write(fd[0], "x", 1) != 1);
    }
    p = (struct pollfd){fd[1], POLLIN, 0};
    CHECK_EQ(poll(&p, 1, 5000), 1);
    CHECK_EQ(p.revents, POLLIN);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    close_pair(fd);
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void signals_interrupt_a_read(void)
{
    struct sigaction sa = {.sa_handler = on_alarm};
    int fd[2];
    char c;

    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    pair(SOCK_STREAM, fd);
    ualarm(SHORT, 0);
    CHECK_ERRNO(read(fd[0], &c, 1), EINTR);
    close_pair(fd);
}

/* --- sequenced packets --- */

static void packets_keep_their_bounds(void)
{
    int fd[2];
    char b[10];
    struct iovec v = {b, 2};
    struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1};

    pair(SOCK_SEQPACKET, fd);
    CHECK_EQ(write(fd[0], "abc", 3), 3);
    CHECK_EQ(write(fd[0], "de", 2), 2);
    CHECK_EQ(read(fd[1], b, 10), 3);
    CHECK_EQ(read(fd[1], b, 10), 2);
    CHECK_EQ(write(fd[0], "fgh", 3), 3);
    CHECK_EQ(recvmsg(fd[1], &h, MSG_PEEK), 2);
    CHECK_EQ(h.msg_flags & MSG_TRUNC, MSG_TRUNC);
    CHECK_EQ(recv(fd[1], b, 2, MSG_TRUNC), 3);
    CHECK_ERRNO(recv(fd[1], b, 2, MSG_DONTWAIT), EAGAIN);
    CHECK_EQ(write(fd[0], "", 0), 0);
    CHECK_EQ(recv(fd[1], b, 2, MSG_DONTWAIT), 0);
    close(fd[0]);
    CHECK_EQ(read(fd[1], b, 2), 0);
    close(fd[1]);
}

static void packets_over_a_connection(void)
{
    int l = listener(SOCK_SEQPACKET, "sp", 5), c = sock(SOCK_SEQPACKET), a;
    char b[10];

    CHECK_ERRNO(recv(c, b, 1, 0), ENOTCONN);
    CHECK_ERRNO(send(c, b, 1, 0), ENOTCONN);
    CHECK_EQ(connect_to(c, "sp"), 0);
    CHECK_EQ(events(l), POLLIN);
    a = accept(l, NULL, NULL);
    CHECK(a >= 0);
    CHECK_EQ(send(c, "xy", 2, 0), 2);
    CHECK_EQ(recv(a, b, 10, 0), 2);
    CHECK_EQ(events(a), POLLOUT);
    close(c);
    CHECK_EQ(events(a), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    CHECK_ERRNO(send(a, "z", 1, MSG_NOSIGNAL), EPIPE);
    close(a);
    close(l);
}

static void a_broken_packet_pipe_is_no_signal(void)
{
    struct sigaction sa = {.sa_handler = on_pipe};
    int fd[2];

    CHECK_EQ(sigaction(SIGPIPE, &sa, NULL), 0);
    pipes = 0;
    pair(SOCK_SEQPACKET, fd);
    close(fd[1]);
    CHECK_ERRNO(send(fd[0], "x", 1, 0), EPIPE);
    CHECK_ERRNO(write(fd[0], "x", 1), EPIPE);
    CHECK_EQ(pipes, 0);
    close(fd[0]);
    signal(SIGPIPE, SIG_DFL);
}

/* --- races --- */

static void *echo(void *arg)
{
    int fd = *(int *)arg;
    char b[64];
    ssize_t n;

    while ((n = read(fd, b, sizeof(b))) > 0)
        if (write(fd, b, (size_t)n) != n)
            return "write";
    return NULL;
}

static void ping_pong_10000_times(void)
{
    int fd[2], v;
    pthread_t t;
    void *result;

    pair(SOCK_STREAM, fd);
    CHECK_EQ(pthread_create(&t, NULL, echo, &fd[1]), 0);
    for (int i = 0; i < 10000; i++) {
        CHECK_EQ(write(fd[0], &i, sizeof(i)), sizeof(i));
        CHECK_EQ(read(fd[0], &v, sizeof(v)), sizeof(v));
        CHECK_EQ(v, i);
    }
    CHECK_EQ(shutdown(fd[0], SHUT_WR), 0);
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK(!result);
    close_pair(fd);
}

/* Two ends close at once, with data under way and a reader asleep. */
static void *read_to_the_end(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char b[16];
    ssize_t n;

    while ((n = read(fd, b, sizeof(b))) > 0)
        ;
    n = n < 0 && errno != ECONNRESET ? errno : 0;
    close(fd);
    return (void *)n;
}

static void close_under_a_reader(void)
{
    for (int i = 0; i < 2500; i++) {
        int fd[2];
        pthread_t t;
        void *result;

        pair(i & 1 ? SOCK_STREAM : SOCK_SEQPACKET, fd);
        CHECK_EQ(
            pthread_create(&t, NULL, read_to_the_end, (void *)(intptr_t)fd[1]),
            0);
        for (int k = 0; k < i % 4; k++)
            CHECK_EQ(send(fd[0], "data", 4, MSG_NOSIGNAL), 4);
        close(fd[0]);
        CHECK_EQ(pthread_join(t, &result), 0);
        CHECK(!result);
    }
}

static void *accept_some(void *arg)
{
    int l = *(int *)arg;

    for (int i = 0; i < 5000; i++) {
        int a = accept(l, NULL, NULL);

        if (a < 0)
            return "accept";
        if (i & 1) {
            char b[4];

            if (read(a, b, 4) != 1)
                return "read";
        }
        close(a);
    }
    return NULL;
}

static void connect_5000_times(void)
{
    int l = listener(SOCK_STREAM, "many", 3);
    pthread_t t;
    void *result;

    CHECK_EQ(pthread_create(&t, NULL, accept_some, &l), 0);
    for (int i = 0; i < 5000; i++) {
        int c = sock(SOCK_STREAM);

        CHECK_EQ(connect_to(c, "many"), 0);
        if (i & 1)
            CHECK_EQ(send(c, "x", 1, MSG_NOSIGNAL), 1);
        close(c);
    }
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK(!result);
    close(l);
}

static void clean_up(void)
{
    char command[200];
    static const char *names[] = {"s", "n", "b", "m", "o", "e",  "r",   "p",
                                  "f", "w", "t", "k", "q", "sp", "many"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(at(names[i]).sun_path);
    size_t used = (size_t)snprintf(command, sizeof(command), "%s/", dir);
    memset(command + used, 'y', 108 - used);
    command[108] = '\0';
    unlink(command);
    CHECK_EQ(rmdir(dir), 0);
}

int main(void)
{
    if (!mkdtemp(dir))
        return 2;
    RUN(pair_carries_bytes_both_ways);
    RUN(pair_refuses_what_is_not_there);
    RUN(flags_of_pairs);
    RUN(streams_join_writes);
    RUN(end_comes_after_data);
    RUN(unread_data_resets);
    RUN(writing_to_nobody_is_a_broken_pipe);
    RUN(half_close);
    RUN(shut_for_reading_stops_the_writer);
    RUN(peek_leaves_data);
    RUN(wait_for_all);
    RUN(buffers_have_a_limit);
    RUN(a_small_buffer_is_obeyed);
    RUN(large_writes_arrive_whole);
    RUN(vectors_and_faults);
    RUN(empty_calls);
    RUN(files_go_through);
    RUN(server_and_client);
    RUN(name_lengths);
    RUN(bind_errors);
    RUN(the_umask_is_applied);
    RUN(sockets_cannot_be_opened);
    RUN(connect_errors);
    RUN(a_bound_socket_refuses);
    RUN(write_permission_is_needed);
    RUN(links_lead_to_sockets);
    RUN(abstract_names);
    RUN(names_of_the_kernels_choice);
    RUN(the_longest_path);
    RUN(a_full_backlog);
    RUN(a_waiting_connect_learns_of_the_end);
    RUN(accept_waits_and_gives_up);
    RUN(who_is_at_the_other_end);
    RUN(options_of_a_stream);
    RUN(epoll_tells_of_edges);
    RUN(poll_wakes_up);
    RUN(signals_interrupt_a_read);
    RUN(packets_keep_their_bounds);
    RUN(packets_over_a_connection);
    RUN(a_broken_packet_pipe_is_no_signal);
    RUN(ping_pong_10000_times);
    RUN(close_under_a_reader);
    RUN(connect_5000_times);
    RUN(clean_up);
    return check_end();
}
