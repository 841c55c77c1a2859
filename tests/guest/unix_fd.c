// SPDX-License-Identifier: MIT
/* unix_fd: descriptors and credentials in messages of AF_UNIX sockets, as
 * unix(7) and cmsg(3) have them. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FDS 253 /* SCM_MAX_FD */

/* One message with room for control messages. */
struct message {
    struct msghdr h;
    struct iovec v;
    char data[16];
    _Alignas(
        struct cmsghdr) char control[CMSG_SPACE((MAX_FDS + 2) * sizeof(int)) +
                                     CMSG_SPACE(sizeof(struct ucred))];
};

static void message_init(struct message *m, size_t len, size_t control)
{
    memset(m, 0, sizeof(*m));
    m->v = (struct iovec){m->data, len};
    m->h.msg_iov = &m->v;
    m->h.msg_iovlen = 1;
    m->h.msg_control = control ? m->control : NULL;
    m->h.msg_controllen = control;
}

static struct cmsghdr *put(struct message *m, int type, const void *p, size_t n)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(&m->h);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(c), p, n);
    return c;
}

static ssize_t send_fds(int s, const int *fds, int n)
{
    struct message m;

    message_init(&m, 1, CMSG_SPACE((size_t)n * sizeof(int)));
    m.data[0] = 'f';
    put(&m, SCM_RIGHTS, fds, (size_t)n * sizeof(int));
    return sendmsg(s, &m.h, MSG_NOSIGNAL);
}

/* How many came; room: bytes for control messages. */
static int recv_fds(int s, int *fds, size_t room, int flags, int *out)
{
    struct message m;
    struct cmsghdr *c;
    int n;

    message_init(&m, sizeof(m.data), room);
    if (recvmsg(s, &m.h, flags) < 0)
        return -1;
    if (out)
        *out = m.h.msg_flags;
    c = CMSG_FIRSTHDR(&m.h);
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        return 0;
    n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
    return n;
}

static int recv_fd(int s)
{
    int fd = -1;

    CHECK_EQ(recv_fds(s, &fd, CMSG_SPACE(sizeof(int)), 0, NULL), 1);
    return fd;
}

static void pair(int type, int fd[2])
{
    CHECK_EQ(socketpair(AF_UNIX, type, 0, fd), 0);
}

static void close_pair(const int fd[2])
{
    close(fd[0]);
    close(fd[1]);
}

/* Whether nobody can write to the pipe any more. */
static int at_end(int pipe_read)
{
    struct pollfd p = {pipe_read, POLLIN, 0};

    CHECK(poll(&p, 1, 2000) >= 0);
    return p.revents == POLLHUP;
}

static int open_count(void)
{
    int n = 0;

    for (int fd = 0; fd < 64; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* --- descriptors --- */

static void a_file_arrives(void)
{
    int s[2], p[2], fd;
    char c;

    pair(SOCK_STREAM, s);
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(send_fds(s[0], &p[1], 1), 1);
    close(p[1]);
    fd = recv_fd(s[1]);
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(read(p[0], &c, 1), 1);
    close(fd);
    CHECK(at_end(p[0]));
    close(p[0]);
    close_pair(s);
}

static void all_kinds_of_sockets_carry_files(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};

    for (int i = 0; i < 3; i++) {
        int s[2], fds[3] = {0, 1, 2}, got[3] = {-1, -1, -1};

        pair(types[i], s);
        CHECK_EQ(send_fds(s[0], fds, 3), 1);
        CHECK_EQ(recv_fds(s[1], got, CMSG_SPACE(sizeof(got)), 0, NULL), 3);
        for (int k = 0; k < 3; k++) {
            CHECK(got[k] > 2);
            close(got[k]);
        }
        close_pair(s);
    }
}

static void offset_and_flags_are_shared(void)
{
    char name[] = "/tmp/unix-fd-XXXXXX";
    int s[2], file = mkstemp(name), fd;

    CHECK(file >= 0);
    unlink(name);
    pair(SOCK_STREAM, s);
    CHECK_EQ(send_fds(s[0], &file, 1), 1);
    fd = recv_fd(s[1]);
    CHECK_EQ(write(file, "abc", 3), 3);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
    CHECK_EQ(fcntl(file, F_SETFL, O_APPEND), 0);
    CHECK(fcntl(fd, F_GETFL) & O_APPEND);
    close(fd);
    close(file);
    close_pair(s);
}

static void close_on_exec_on_request(void)
{
    int s[2], fd = -1;

    pair(SOCK_STREAM, s);
    CHECK_EQ(send_fds(s[0], &s[0], 1), 1);
    CHECK_EQ(
        recv_fds(s[1], &fd, CMSG_SPACE(sizeof(int)), MSG_CMSG_CLOEXEC, NULL),
        1);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    close_pair(s);
}

static void between_processes(void)
{
    int s[2], p[2], status;
    pid_t child;
    char b[4];

    pair(SOCK_SEQPACKET, s);
    CHECK_EQ(pipe(p), 0);
    child = fork();
    if (child == 0) {
        int fd = -1;

        close(p[0]);
        close(p[1]);
        if (recv_fds(s[1], &fd, CMSG_SPACE(sizeof(int)), 0, NULL) != 1)
            _exit(1);
        _exit(write(fd, "hey", 3) != 3);
    }
    CHECK_EQ(send_fds(s[0], &p[1], 1), 1);
    close(p[1]);
    CHECK_EQ(read(p[0], b, 4), 3);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK(at_end(p[0]));
    close(p[0]);
    close_pair(s);
}

static void what_nobody_takes_is_closed(void)
{
    int s[2], p[2];

    pair(SOCK_STREAM, s);
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(send_fds(s[0], &p[1], 1), 1);
    close(p[1]);
    close(s[1]);
    CHECK(at_end(p[0]));
    close(s[0]);
    close(p[0]);
}

static void read_drops_files(void)
{
    int s[2], p[2], before;
    char b[4];

    pair(SOCK_STREAM, s);
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(send_fds(s[0], &p[1], 1), 1);
    close(p[1]);
    before = open_count();
    CHECK_EQ(read(s[1], b, 4), 1);
    CHECK_EQ(open_count(), before);
    CHECK(at_end(p[0]));
    close(p[0]);
    close_pair(s);
}

static void little_room_for_descriptors(void)
{
    int s[2], p[2], fds[3], got[3] = {-1, -1, -1}, flags = 0;

    pair(SOCK_STREAM, s);
    CHECK_EQ(pipe(p), 0);
    fds[0] = s[0];
    fds[1] = s[1];
    fds[2] = p[1];
    CHECK_EQ(send_fds(s[0], fds, 3), 1);
    close(p[1]);
    CHECK_EQ(recv_fds(s[1], got, CMSG_LEN(2 * sizeof(int)), 0, &flags), 2);
    CHECK_EQ(flags, MSG_CTRUNC);
    CHECK(at_end(p[0]));
    close(got[0]);
    close(got[1]);
    CHECK_EQ(send_fds(s[0], fds, 2), 1);
    CHECK_EQ(recv_fds(s[1], got, 0, 0, &flags), 0);
    CHECK_EQ(flags, MSG_CTRUNC);
    CHECK_EQ(send_fds(s[0], fds, 2), 1);
    CHECK_EQ(recv_fds(s[1], got, sizeof(struct cmsghdr), 0, &flags), 0);
    CHECK_EQ(flags, MSG_CTRUNC);
    close(p[0]);
    close_pair(s);
}

static void no_number_for_a_descriptor(void)
{
    struct rlimit old, few;
    int s[2], got[2], flags = 0, n, top = -1;

    pair(SOCK_STREAM, s);
    CHECK_EQ(send_fds(s[0], s, 2), 1);
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            top = fd;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = old;
    few.rlim_cur = (rlim_t)(top + 1);
    for (int fd = 0; fd < top; fd++) /* no gaps */
        if (fcntl(fd, F_GETFD) < 0)
            CHECK_EQ(dup2(s[0], fd), fd);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    n = recv_fds(s[1], got, CMSG_SPACE(sizeof(got)), 0, &flags);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    CHECK_EQ(n, 0);
    CHECK_EQ(flags, MSG_CTRUNC);
    close_pair(s);
}

static void wrong_control_messages(void)
{
    struct message m;
    struct cmsghdr *c;
    int s[2], bad = 999, many[MAX_FDS + 1];

    pair(SOCK_STREAM, s);
    CHECK_ERRNO(send_fds(s[0], &bad, 1), EBADF);
    for (int i = 0; i <= MAX_FDS; i++)
        many[i] = s[0];
    CHECK_ERRNO(send_fds(s[0], many, MAX_FDS + 1), EINVAL);
    message_init(&m, 1, CMSG_SPACE(sizeof(int)));
    c = put(&m, SCM_RIGHTS, &s[0], sizeof(int));
    c->cmsg_len = 4;
    CHECK_ERRNO(sendmsg(s[0], &m.h, 0), EINVAL);
    c->cmsg_len = CMSG_LEN(100);
    CHECK_ERRNO(sendmsg(s[0], &m.h, 0), EINVAL);
    c->cmsg_len = CMSG_LEN(sizeof(int));
    c->cmsg_type = 77;
    CHECK_ERRNO(sendmsg(s[0], &m.h, 0), EINVAL);
    c->cmsg_level = 12345; /* of no concern */
    CHECK_EQ(sendmsg(s[0], &m.h, 0), 1);
    CHECK_EQ(recv_fds(s[1], many, CMSG_SPACE(sizeof(int)), 0, NULL), 0);
    CHECK_ERRNO(recv(s[1], many, 1, MSG_DONTWAIT), EAGAIN);
    close_pair(s);
}

static void as_many_as_there_may_be(void)
{
    int s[2], fds[MAX_FDS], got[MAX_FDS];

    pair(SOCK_STREAM, s);
    for (int i = 0; i < MAX_FDS; i++)
        fds[i] = s[i % 2];
    CHECK_EQ(send_fds(s[0], fds, MAX_FDS), 1);
    CHECK_EQ(recv_fds(s[1], got, CMSG_SPACE(sizeof(got)), 0, NULL), MAX_FDS);
    for (int i = 0; i < MAX_FDS; i++)
        CHECK_EQ(close(got[i]), 0);
    close_pair(s);
}

static void files_end_a_read(void)
{
    int s[2], fd = -1;
    char b[16];

    pair(SOCK_STREAM, s);
    CHECK_EQ(write(s[0], "ab", 2), 2);
    CHECK_EQ(send_fds(s[0], &s[0], 1), 1);
    CHECK_EQ(write(s[0], "cd", 2), 2);
    CHECK_EQ(recv_fds(s[1], &fd, CMSG_SPACE(sizeof(int)), 0, NULL), 1);
    close(fd);
    CHECK_EQ(recv(s[1], b, 16, MSG_DONTWAIT), 2);
    CHECK_EQ(b[0], 'c');
    close_pair(s);
}

static void peeking_gives_files_too(void)
{
    int s[2], a = -1, b = -1;

    pair(SOCK_DGRAM, s);
    CHECK_EQ(send_fds(s[0], &s[0], 1), 1);
    CHECK_EQ(recv_fds(s[1], &a, CMSG_SPACE(sizeof(int)), MSG_PEEK, NULL), 1);
    CHECK_EQ(recv_fds(s[1], &b, CMSG_SPACE(sizeof(int)), 0, NULL), 1);
    CHECK(a != b);
    close(a);
    close(b);
    close_pair(s);
}

static void files_without_data(void)
{
    struct message m;
    int s[2], p[2], fd = -1;

    CHECK_EQ(pipe(p), 0);
    pair(SOCK_STREAM, s);
    message_init(&m, 0, CMSG_SPACE(sizeof(int)));
    put(&m, SCM_RIGHTS, &p[1], sizeof(int));
    CHECK_EQ(sendmsg(s[0], &m.h, 0), 0);
    CHECK_ERRNO(recv(s[1], &fd, 1, MSG_DONTWAIT), EAGAIN);
    close_pair(s);
    pair(SOCK_DGRAM, s);
    CHECK_EQ(sendmsg(s[0], &m.h, 0), 0);
    close(p[1]);
    fd = recv_fd(s[1]);
    CHECK_EQ(close(fd), 0);
    CHECK(at_end(p[0]));
    close(p[0]);
    close_pair(s);
}

/* --- rings --- */

/* The end of any socket does, but not that of the last descriptor of one that
 * is in flight. */
static void look_for_rings(void)
{
    int other[2];

    pair(SOCK_STREAM, other);
    close_pair(other);
}

static void the_own_end_in_flight(void)
{
    int s[2], p[2];

    CHECK_EQ(pipe(p), 0);
    pair(SOCK_STREAM, s);
    CHECK_EQ(send_fds(s[0], &p[1], 1), 1);
    CHECK_EQ(send_fds(s[0], &s[1], 1), 1);
    close(p[1]);
    close_pair(s);
    look_for_rings();
    CHECK(at_end(p[0]));
    close(p[0]);
}

static void two_in_each_other(void)
{
    int s[2], t[2], p[2];

    CHECK_EQ(pipe(p), 0);
    pair(SOCK_DGRAM, s);
    pair(SOCK_STREAM, t);
    CHECK_EQ(send_fds(s[0], &t[1], 1), 1);
    CHECK_EQ(send_fds(t[0], &s[1], 1), 1);
    CHECK_EQ(send_fds(t[0], &p[1], 1), 1);
    close(p[1]);
    close_pair(s);
    close_pair(t);
    look_for_rings();
    CHECK(at_end(p[0]));
    close(p[0]);
}

static void a_ring_with_a_way_in_lives(void)
{
    int s[2], t[2], p[2], fd;
    char b;

    CHECK_EQ(pipe(p), 0);
    pair(SOCK_STREAM, s);
    pair(SOCK_STREAM, t);
    CHECK_EQ(send_fds(t[0], &p[1], 1), 1);
    close(p[1]);
    CHECK_EQ(send_fds(t[0], &t[1], 1), 1); /* a ring */
    CHECK_EQ(send_fds(s[0], &t[1], 1), 1); /* and a way into it */
    close_pair(t);
    fd = recv_fd(s[1]);
    CHECK_EQ(close(recv_fd(fd)), 0);
    CHECK(at_end(p[0]));
    CHECK_EQ(close(recv_fd(fd)), 0);
    CHECK_EQ(recv(fd, &b, 1, 0), 0);
    close(fd);
    close(p[0]);
    close_pair(s);
}

static void a_listener_in_its_own_backlog(void)
{
    struct sockaddr_un a = {AF_UNIX, "\0unix-fd-ring"};
    socklen_t len = sizeof(sa_family_t) + 13;
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c, p[2];

    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(bind(l, (struct sockaddr *)&a, len), 0);
    CHECK_EQ(listen(l, 5), 0);
    c = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQ(connect(c, (struct sockaddr *)&a, len), 0);
    CHECK_EQ(send_fds(c, &l, 1), 1);
    CHECK_EQ(send_fds(c, &p[1], 1), 1);
    close(p[1]);
    close(l);
    close(c);
    CHECK(at_end(p[0]));
    close(p[0]);
}

static void a_long_chain_unwinds(void)
{
    int s[2], next[2], p[2];

    CHECK_EQ(pipe(p), 0);
    pair(SOCK_STREAM, s);
    CHECK_EQ(send_fds(s[0], &p[1], 1), 1);
    close(p[1]);
    for (int i = 0; i < 1000; i++) {
        pair(SOCK_STREAM, next);
        CHECK_EQ(send_fds(next[0], s, 2), 1);
        close_pair(s);
        s[0] = next[0];
        s[1] = next[1];
    }
    close_pair(s);
    CHECK(at_end(p[0]));
    close(p[0]);
}

static void too_many_in_flight(void)
{
    struct rlimit old, few;
    int s[2], status;
    pid_t child;

    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    if (geteuid() != 0)
        CHECK_SKIP("not root");
    child = fork(); /* a user of its own, with a count of its own */
    if (child == 0) {
        int fds[40], n = 0;

        few = old;
        few.rlim_cur = 60;
        if (setresuid(4321, 4321, 4321) || setrlimit(RLIMIT_NOFILE, &few) ||
            socketpair(AF_UNIX, SOCK_STREAM, 0, s))
            _exit(2);
        for (int i = 0; i < 40; i++)
            fds[i] = s[0];
        while (n < 10 && send_fds(s[0], fds, 40) == 1)
            n++;
        _exit(n == 2 && errno == ETOOMANYREFS ? 0 : 3 + n);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

/* --- credentials --- */

static ssize_t send_creds(int s, const struct ucred *u)
{
    struct message m;

    message_init(&m, 1, CMSG_SPACE(sizeof(*u)));
    put(&m, SCM_CREDENTIALS, u, sizeof(*u));
    return sendmsg(s, &m.h, MSG_NOSIGNAL);
}

static int recv_creds(int s, struct ucred *u)
{
    struct message m;
    struct cmsghdr *c;

    message_init(&m, 1, CMSG_SPACE(sizeof(*u)));
    if (recvmsg(s, &m.h, 0) != 1)
        return -1;
    c = CMSG_FIRSTHDR(&m.h);
    if (!c)
        return 0;
    if (c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len != CMSG_LEN(sizeof(*u)))
        return -1;
    memcpy(u, CMSG_DATA(c), sizeof(*u));
    return 1;
}

static void pass_creds(int s)
{
    int on = 1;

    CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
}

static void who_sent_it(void)
{
    int s[2], status;
    struct ucred u;
    pid_t child;

    pair(SOCK_DGRAM, s);
    CHECK_EQ(send(s[0], "x", 1, 0), 1);
    CHECK_EQ(recv_creds(s[1], &u), 0);
    pass_creds(s[1]);
    CHECK_EQ(send(s[0], "x", 1, 0), 1);
    CHECK_EQ(recv_creds(s[1], &u), 1);
    CHECK_EQ(u.pid, getpid());
    CHECK_EQ(u.uid, getuid());
    CHECK_EQ(u.gid, getgid());
    child = fork();
    if (child == 0)
        _exit(send(s[0], "x", 1, 0) != 1);
    CHECK_EQ(recv_creds(s[1], &u), 1);
    CHECK_EQ(u.pid, child);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    close_pair(s);
}

static void one_says_who_one_is(void)
{
    int s[2], status;
    struct ucred me = {getpid(), getuid(), getgid()}, u;
    pid_t child;

    pair(SOCK_STREAM, s);
    pass_creds(s[1]);
    CHECK_EQ(send_creds(s[0], &me), 1);
    CHECK_EQ(recv_creds(s[1], &u), 1);
    CHECK_EQ(memcmp(&u, &me, sizeof(u)), 0);
    if (geteuid() != 0)
        CHECK_SKIP("not root");
    me.uid = 77;
    me.gid = 78;
    CHECK_EQ(send_creds(s[0], &me), 1);
    CHECK_EQ(recv_creds(s[1], &u), 1);
    CHECK_EQ(u.uid, 77);
    CHECK_EQ(u.gid, 78);
    child = fork();
    if (child == 0) {
        struct ucred c = {getpid(), 1234, 1234}, other;

        if (setresgid(1234, 1234, 1234) || setresuid(1234, 1234, 1234))
            _exit(1);
        if (send_creds(s[0], &c) != 1)
            _exit(2);
        other = c;
        other.uid = 0;
        if (send_creds(s[0], &other) != -1 || errno != EPERM)
            _exit(3);
        other = c;
        other.gid = 0;
        if (send_creds(s[0], &other) != -1 || errno != EPERM)
            _exit(4);
        other = c;
        other.pid = getppid();
        if (send_creds(s[0], &other) != -1 || errno != EPERM)
            _exit(5);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(recv_creds(s[1], &u), 1);
    CHECK_EQ(u.uid, 1234);
    close_pair(s);
}

static void senders_are_not_joined(void)
{
    struct ucred me = {getpid(), getuid(), getgid()};
    int s[2];
    char b[8];

    if (geteuid() != 0)
        CHECK_SKIP("not root");
    pair(SOCK_STREAM, s);
    pass_creds(s[1]);
    CHECK_EQ(send_creds(s[0], &me), 1);
    me.uid = 77;
    CHECK_EQ(send_creds(s[0], &me), 1);
    CHECK_EQ(send_creds(s[0], &me), 1);
    CHECK_EQ(recv(s[1], b, 8, 0), 1);
    CHECK_EQ(recv(s[1], b, 8, 0), 2);
    close_pair(s);
}

static void credentials_and_files_together(void)
{
    struct ucred u = {getpid(), getuid(), getgid()};
    struct message m;
    struct cmsghdr *c;
    int s[2], fd;

    pair(SOCK_SEQPACKET, s);
    pass_creds(s[1]);
    message_init(&m, 1, CMSG_SPACE(sizeof(u)) + CMSG_SPACE(sizeof(int)));
    c = put(&m, SCM_CREDENTIALS, &u, sizeof(u));
    c = CMSG_NXTHDR(&m.h, c);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &s[0], sizeof(int));
    CHECK_EQ(sendmsg(s[0], &m.h, 0), 1);
    message_init(&m, 1, sizeof(m.control));
    CHECK_EQ(recvmsg(s[1], &m.h, 0), 1);
    CHECK_EQ(m.h.msg_flags, 0);
    CHECK_EQ(m.h.msg_controllen,
             CMSG_SPACE(sizeof(u)) + CMSG_SPACE(sizeof(int)));
    c = CMSG_FIRSTHDR(&m.h);
    CHECK_EQ(c->cmsg_type, SCM_CREDENTIALS);
    c = CMSG_NXTHDR(&m.h, c);
    CHECK(c);
    CHECK_EQ(c->cmsg_type, SCM_RIGHTS);
    memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    CHECK_EQ(close(fd), 0);
    close_pair(s);
}

/* --- what servers ask --- */

static void signals_for_io_are_accepted(void)
{
    int s[2], on = 1;

    pair(SOCK_STREAM, s);
    CHECK_EQ(ioctl(s[0], FIOASYNC, &on), 0);
    CHECK(fcntl(s[0], F_GETFL) & O_ASYNC);
    CHECK_EQ(fcntl(s[0], F_SETOWN, getpid()), 0);
    CHECK_EQ(fcntl(s[0], F_GETOWN), getpid());
    CHECK_EQ(fcntl(s[0], F_SETOWN, 0), 0);
    CHECK_EQ(fcntl(s[0], F_GETOWN), 0);
    on = 0;
    CHECK_EQ(ioctl(s[0], FIOASYNC, &on), 0);
    CHECK(!(fcntl(s[0], F_GETFL) & O_ASYNC));
    CHECK_ERRNO(fcntl(s[0], F_SETOWN, 0x3fffffff), ESRCH);
    close_pair(s);
}

/* --- races --- */

static void *send_5000(void *arg)
{
    int *s = arg;

    for (int i = 0; i < 5000; i++) {
        int t[2], fds[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, t))
            return "socketpair";
        fds[0] = t[0];
        fds[1] = i & 1 ? t[1] : *s;
        if (send_fds(i & 2 ? t[0] : *s, fds, 2) != 1)
            return "send";
        close_pair(t);
    }
    shutdown(*s, SHUT_WR);
    return NULL;
}

/* Rings and others come and go while a reader takes what it can. */
static void rings_in_a_race_10000_times(void)
{
    int s[2][2], before = open_count();
    pthread_t t[2];
    void *result;

    for (int i = 0; i < 2; i++) {
        pair(SOCK_STREAM, s[i]);
        CHECK_EQ(pthread_create(&t[i], NULL, send_5000, &s[i][0]), 0);
    }
    for (int i = 0; i < 2; i++) {
        int n, got[2], flags;

        do {
            n = recv_fds(s[i][1], got, CMSG_SPACE(sizeof(got)), 0, &flags);
            for (int k = 0; k < n; k++)
                close(got[k]);
        } while (n > 0);
        CHECK_EQ(n, 0);
        CHECK_EQ(pthread_join(t[i], &result), 0);
        CHECK(!result);
        close_pair(s[i]);
    }
    CHECK_EQ(open_count(), before);
}

int main(void)
{
    RUN(a_file_arrives);
    RUN(all_kinds_of_sockets_carry_files);
    RUN(offset_and_flags_are_shared);
    RUN(close_on_exec_on_request);
    RUN(between_processes);
    RUN(what_nobody_takes_is_closed);
    RUN(read_drops_files);
    RUN(little_room_for_descriptors);
    RUN(wrong_control_messages);
    RUN(as_many_as_there_may_be);
    RUN(files_end_a_read);
    RUN(peeking_gives_files_too);
    RUN(files_without_data);
    RUN(the_own_end_in_flight);
    RUN(two_in_each_other);
    RUN(a_ring_with_a_way_in_lives);
    RUN(a_listener_in_its_own_backlog);
    RUN(a_long_chain_unwinds);
    RUN(too_many_in_flight);
    RUN(who_sent_it);
    RUN(one_says_who_one_is);
    RUN(senders_are_not_joined);
    RUN(credentials_and_files_together);
    RUN(signals_for_io_are_accepted);
    RUN(rings_in_a_race_10000_times);
    RUN(no_number_for_a_descriptor);
    return check_end();
}
