// SPDX-License-Identifier: MIT
/* sock_diag: sockets as netlink tells of them, sock_diag(7): what ss asks. */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ESTABLISHED = 1, TIME_WAIT = 6, CLOSE = 7, LISTEN = 10, ALL = -1 };

static char buf[65536] __attribute__((aligned(4)));

struct inet_request {
    struct nlmsghdr h;
    struct inet_diag_req_v2 ask;
    char attrs[128];
};

struct unix_request {
    struct nlmsghdr h;
    struct unix_diag_req ask;
};

static int open_diag(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    CHECK(fd >= 0);
    return fd;
}

static struct inet_request inet_request(int family, int protocol, int states)
{
    struct inet_request r = {.h = {.nlmsg_len = NLMSG_LENGTH(sizeof(r.ask)),
                                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                                   .nlmsg_seq = 4711},
                             .ask = {.sdiag_family = family,
                                     .sdiag_protocol = protocol,
                                     .idiag_ext = 0xff,
                                     .idiag_states = states}};

    return r;
}

static struct unix_request unix_request(int states, int show)
{
    struct unix_request r = {.h = {.nlmsg_len = sizeof(r),
                                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                                   .nlmsg_seq = 4712},
                             .ask = {.sdiag_family = AF_UNIX,
                                     .udiag_states = states,
                                     .udiag_show = show,
                                     .udiag_cookie = {-1, -1}}};

    return r;
}

static unsigned inode(int fd)
{
    struct stat st;

    CHECK_EQ(fstat(fd, &st), 0);
    return (unsigned)st.st_ino;
}

/* Sends a request and calls wanted for each message until that returns nonzero:
 * a copy of this one, which the caller frees, or NULL at the end; *error: what
 * the answer says at its end. */
static struct nlmsghdr *ask(const void *request,
                            int (*wanted)(const struct nlmsghdr *h, long arg),
                            long arg, int *error)
{
    const struct nlmsghdr *r = request;
    struct nlmsghdr *found = NULL, *h;
    int fd = open_diag();

    *error = 1;
    CHECK_EQ(send(fd, r, r->nlmsg_len, 0), r->nlmsg_len);
    while (*error == 1) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        CHECK_EQ(poll(&p, 1, 5000), 1);
        n = recv(fd, buf, sizeof(buf), 0);
        CHECK(n > 0);
        for (h = (void *)buf; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
            CHECK_EQ(h->nlmsg_seq, r->nlmsg_seq);
            if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
                *error = *(int *)NLMSG_DATA(h);
                break;
            }
            CHECK_EQ(h->nlmsg_type, SOCK_DIAG_BY_FAMILY);
            if (!(h->nlmsg_flags & NLM_F_MULTI))
                *error = 0;
            if (!found && wanted(h, arg)) {
                found = malloc(h->nlmsg_len);
                memcpy(found, h, h->nlmsg_len);
            }
        }
    }
    close(fd);
    return found;
}

/* What is told of fd; NULL: nothing. */
static void *find(const void *request,
                  int (*wanted)(const struct nlmsghdr *h, long arg), int fd,
                  struct nlmsghdr **h)
{
    int err;

    *h = ask(request, wanted, inode(fd), &err);
    if (err == -ENOENT)
        CHECK_SKIP("this kernel has no diag of that family");
    CHECK_EQ(err, 0);
    return *h ? NLMSG_DATA(*h) : NULL;
}

static int has_inode(const struct nlmsghdr *h, long arg)
{
    const struct inet_diag_msg *m = NLMSG_DATA(h);

    return m->idiag_inode == arg;
}

static struct inet_diag_msg *find_inet(const struct inet_request *r, int fd,
                                       struct nlmsghdr **h)
{
    return find(r, has_inode, fd, h);
}

static int has_unix_inode(const struct nlmsghdr *h, long arg)
{
    const struct unix_diag_msg *m = NLMSG_DATA(h);

    return m->udiag_ino == arg;
}

static struct unix_diag_msg *find_unix(const struct unix_request *r, int fd,
                                       struct nlmsghdr **h)
{
    return find(r, has_unix_inode, fd, h);
}

/* An attribute's bytes; NULL: it is not there. */
static void *attr(const struct nlmsghdr *h, size_t body, int type, int *len)
{
    struct rtattr *a = (void *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(body));
    int left = (int)(h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(body)));

    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type != type)
            continue;
        *len = RTA_PAYLOAD(a);
        return RTA_DATA(a);
    }
    return NULL;
}

static int bound(int family, int type, struct sockaddr_in6 *a)
{
    int fd = socket(family, type, 0);
    socklen_t len = sizeof(*a);

    CHECK(fd >= 0);
    memset(a, 0, sizeof(*a));
    a->sin6_family = family;
    if (family == AF_INET)
        ((struct sockaddr_in *)a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

static void listeners_are_listed(void)
{
    struct sockaddr_in6 a;
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, 1 << LISTEN);
    struct inet_diag_msg *m;
    struct nlmsghdr *h;
    int fd = bound(AF_INET, SOCK_STREAM, &a), client, len;

    CHECK(!find_inet(&r, fd, &h)); /* it only has a port */
    CHECK_EQ(listen(fd, 7), 0);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
    m = find_inet(&r, fd, &h);
    CHECK(m);
    CHECK_EQ(m->idiag_family, AF_INET);
    CHECK_EQ(m->idiag_state, LISTEN);
    CHECK_EQ(m->id.idiag_sport, a.sin6_port);
    CHECK_EQ(m->id.idiag_dport, 0);
    CHECK_EQ(m->id.idiag_src[0], htonl(INADDR_LOOPBACK));
    CHECK_EQ(m->idiag_rqueue, 1);
    CHECK_EQ(m->idiag_wqueue, 7);
    CHECK_EQ(m->idiag_uid, getuid());
    CHECK(attr(h, sizeof(*m), INET_DIAG_SHUTDOWN, &len));
    CHECK(attr(h, sizeof(*m), INET_DIAG_SKMEMINFO, &len));
    CHECK_EQ(len, 36);
    free(h);
    r.ask.idiag_states = 1 << ESTABLISHED;
    CHECK(!find_inet(&r, fd, &h));
    close(client);
    close(fd);
}

static void connections_tell_of_themselves(void)
{
    struct sockaddr_in6 a;
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    struct inet_diag_msg *m;
    struct tcp_info *info;
    struct nlmsghdr *h;
    char *name;
    int fd = bound(AF_INET, SOCK_STREAM, &a), x, y, len;

    CHECK_EQ(listen(fd, 1), 0);
    x = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(x, (struct sockaddr *)&a, sizeof(a)), 0);
    y = accept(fd, NULL, NULL);
    CHECK_EQ(write(x, "12345", 5), 5);
    usleep(20000);
    m = find_inet(&r, y, &h);
    CHECK(m);
    CHECK_EQ(m->idiag_state, ESTABLISHED);
    CHECK_EQ(m->idiag_rqueue, 5);
    CHECK_EQ(m->idiag_wqueue, 0);
    CHECK_EQ(m->id.idiag_sport, a.sin6_port);
    info = attr(h, sizeof(*m), INET_DIAG_INFO, &len);
    CHECK(info && len >= 100);
    CHECK_EQ(info->tcpi_state, ESTABLISHED);
    name = attr(h, sizeof(*m), INET_DIAG_CONG, &len);
    CHECK(name && len > 1 && !name[len - 1]);
    CHECK(attr(h, sizeof(*m), INET_DIAG_TOS, &len));
    free(h);
    r.ask.idiag_ext = 0;
    r.ask.id.idiag_dport = a.sin6_port;
    CHECK(!find_inet(&r, y, &h)); /* that is its own port */
    m = find_inet(&r, x, &h);
    CHECK(m);
    CHECK(!attr(h, sizeof(*m), INET_DIAG_INFO, &len));
    free(h);
    close(x);
    close(y);
    close(fd);
}

static int waits_at(const struct nlmsghdr *h, long port)
{
    const struct inet_diag_msg *m = NLMSG_DATA(h);

    return m->idiag_state == TIME_WAIT &&
           (m->id.idiag_sport == port || m->id.idiag_dport == port);
}

static void what_is_left_is_listed(void)
{
    struct sockaddr_in6 a;
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, 1 << TIME_WAIT);
    struct inet_diag_msg *m;
    struct nlmsghdr *h;
    int fd = bound(AF_INET, SOCK_STREAM, &a), x, y, err;

    CHECK_EQ(listen(fd, 1), 0);
    x = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(x, (struct sockaddr *)&a, sizeof(a)), 0);
    y = accept(fd, NULL, NULL);
    close(x);
    CHECK_EQ(read(y, buf, 1), 0);
    close(y);
    usleep(20000);
    h = ask(&r, waits_at, a.sin6_port, &err);
    if (err == -ENOENT)
        CHECK_SKIP("this kernel has no inet_diag");
    CHECK(h);
    m = NLMSG_DATA(h);
    CHECK_EQ(m->idiag_timer, 3);
    CHECK_EQ(m->idiag_inode, 0);
    free(h);
    close(fd);
}

static void datagram_sockets_are_listed(void)
{
    struct sockaddr_in6 a;
    struct inet_request r = inet_request(AF_INET6, IPPROTO_UDP, 1 << CLOSE);
    struct inet_diag_msg *m;
    struct nlmsghdr *h;
    int fd = bound(AF_INET6, SOCK_DGRAM, &a), len;

    m = find_inet(&r, fd, &h);
    CHECK(m);
    CHECK_EQ(m->idiag_family, AF_INET6);
    CHECK_EQ(m->id.idiag_sport, a.sin6_port);
    CHECK(!memcmp(m->id.idiag_src, &in6addr_any, 16));
    CHECK_EQ(*(char *)attr(h, sizeof(*m), INET_DIAG_SKV6ONLY, &len), 0);
    free(h);
    r.ask.sdiag_family = AF_INET;
    CHECK(!find_inet(&r, fd, &h));
    r = inet_request(AF_INET6, IPPROTO_UDP, 1 << ESTABLISHED);
    a.sin6_addr = in6addr_loopback;
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    m = find_inet(&r, fd, &h);
    CHECK(m);
    CHECK_EQ(m->id.idiag_dport, a.sin6_port);
    free(h);
    close(fd);
}

static void one_can_be_asked_for(void)
{
    struct sockaddr_in6 a;
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    struct inet_diag_msg *m;
    struct nlmsghdr *h;
    int fd = bound(AF_INET, SOCK_STREAM, &a), err;

    CHECK_EQ(listen(fd, 1), 0);
    m = find_inet(&r, fd, &h);
    CHECK(m);
    r.h.nlmsg_flags = NLM_F_REQUEST;
    r.ask.id = m->id;
    free(h);
    m = find_inet(&r, fd, &h);
    CHECK(m);
    free(h);
    r.ask.id.idiag_cookie[0] ^= 1;
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -ENOENT);
    r.ask.id.idiag_cookie[0] ^= 1;
    r.ask.id.idiag_src[0] = htonl(0x7f000002);
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -ENOENT);
    close(fd);
}

/* Ends a socket, which is asked for by all that is known of it; the error. */
static int destroy(int fd, int family, int protocol)
{
    struct inet_request r = inet_request(family, protocol, ALL);
    struct nlmsghdr *h;
    struct inet_diag_msg *m = find_inet(&r, fd, &h);
    int err;

    CHECK(m);
    r.h.nlmsg_type = SOCK_DESTROY;
    r.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    r.ask.id = m->id;
    free(h);
    CHECK(!ask(&r, has_inode, 0, &err));
    if (err == -EOPNOTSUPP || err == -EPERM)
        CHECK_SKIP("this kernel ends no sockets, or not for us");
    return err;
}

static void a_connection_can_be_ended(void)
{
    struct sockaddr_in6 a;
    int listener = bound(AF_INET, SOCK_STREAM, &a), peer;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};

    CHECK_EQ(listen(listener, 1), 0);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(struct sockaddr_in)), 0);
    peer = accept(listener, NULL, NULL);
    CHECK_EQ(destroy(fd, AF_INET, IPPROTO_TCP), 0);
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK(p.revents & POLLERR);
    CHECK_ERRNO(read(fd, buf, 1), ECONNABORTED);
    CHECK_EQ(read(fd, buf, 1), 0);
    CHECK_ERRNO(read(peer, buf, 1), ECONNRESET);
    CHECK_EQ(destroy(listener, AF_INET, IPPROTO_TCP), 0);
    CHECK_ERRNO(accept(listener, NULL, NULL), EINVAL);
    close(peer);
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_ERRNO(connect(fd, (struct sockaddr *)&a, sizeof(struct sockaddr_in)),
                ECONNREFUSED);
    close(fd);
    close(listener);
}

static void a_datagram_socket_can_be_ended(void)
{
    struct sockaddr_in6 a, b;
    int fd = bound(AF_INET, SOCK_DGRAM, &a),
        to = bound(AF_INET, SOCK_DGRAM, &b);
    struct pollfd p = {.fd = fd, .events = POLLIN};

    CHECK_EQ(connect(fd, (struct sockaddr *)&b, sizeof(struct sockaddr_in)), 0);
    CHECK_EQ(destroy(fd, AF_INET, IPPROTO_UDP), 0);
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK_ERRNO(read(fd, buf, 1), ECONNABORTED);
    CHECK_ERRNO(send(fd, "x", 1, 0), EDESTADDRREQ);
    close(fd);
    close(to);
}

static void who_may_not_ends_nothing(void)
{
    struct sockaddr_in6 a;
    int fd = bound(AF_INET, SOCK_STREAM, &a), client, status;
    pid_t child;

    CHECK_EQ(listen(fd, 1), 0);
    child = fork();
    if (!child) {
        struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, ALL);
        struct nlmsghdr *h;
        struct inet_diag_msg *m = find_inet(&r, fd, &h);
        int err;

        if (!getuid() && setuid(65534))
            _exit(2);
        r.h.nlmsg_type = SOCK_DESTROY;
        r.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        r.ask.id = m->id;
        ask(&r, has_inode, 0, &err);
        _exit(err != -EPERM && err != -EOPNOTSUPP);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(client, (struct sockaddr *)&a, sizeof(struct sockaddr_in)),
             0); /* it still listens */
    close(client);
    close(fd);
}

/* "sport >= n and sport <= n, from 127.0.0.0/8", as ss compiles such. */
static void add_filter(struct inet_request *r, unsigned port, unsigned network)
{
    struct {
        struct rtattr a;
        struct inet_diag_bc_op ge[2], le[2], cond;
        struct inet_diag_hostcond host;
        unsigned addr;
    } f = {{sizeof(f), INET_DIAG_REQ_BYTECODE},
           {{INET_DIAG_BC_S_GE, 8, sizeof(f)}, {0, 0, port}},
           {{INET_DIAG_BC_S_LE, 8, sizeof(f) - 8}, {0, 0, port}},
           {INET_DIAG_BC_S_COND, 16, 20},
           {AF_INET, 8, -1},
           htonl(network)};

    f.ge[0].no = sizeof(f) - sizeof(f.a) + 4;
    f.le[0].no = f.ge[0].no - 8;
    memcpy(r->attrs, &f, sizeof(f));
    r->h.nlmsg_len = NLMSG_LENGTH(sizeof(r->ask)) + sizeof(f);
}

static void filters_leave_others_out(void)
{
    struct sockaddr_in6 a, b;
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    struct inet_diag_bc_op *op;
    struct nlmsghdr *h;
    int x = bound(AF_INET, SOCK_STREAM, &a), err;
    int y = bound(AF_INET, SOCK_STREAM, &b);

    CHECK(listen(x, 1) == 0 && listen(y, 1) == 0);
    add_filter(&r, ntohs(a.sin6_port), 0x7f000000);
    CHECK(find_inet(&r, x, &h));
    free(h);
    CHECK(!find_inet(&r, y, &h));
    add_filter(&r, ntohs(a.sin6_port), 0x0a000000);
    CHECK(!find_inet(&r, x, &h));
    op = (void *)(r.attrs + sizeof(struct rtattr));
    op->yes = 6; /* into the middle of a step */
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -EINVAL);
    close(x);
    close(y);
}

static void unix_sockets_are_listed(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0elfin-diag"};
    struct unix_request r =
        unix_request(ALL, UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN);
    struct unix_diag_rqlen *q;
    struct unix_diag_msg *m;
    struct nlmsghdr *h;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), pair[2], len;
    void *p;

    CHECK_EQ(bind(fd, (struct sockaddr *)&a, 13), 0);
    CHECK_EQ(listen(fd, 5), 0);
    m = find_unix(&r, fd, &h);
    CHECK(m);
    CHECK_EQ(m->udiag_type, SOCK_STREAM);
    CHECK_EQ(m->udiag_state, LISTEN);
    p = attr(h, sizeof(*m), UNIX_DIAG_NAME, &len);
    CHECK(p && len == 11 && !memcmp(p, a.sun_path, 11));
    q = attr(h, sizeof(*m), UNIX_DIAG_RQLEN, &len);
    CHECK(q);
    CHECK_EQ(q->udiag_rqueue, 0);
    CHECK_EQ(q->udiag_wqueue, 5);
    free(h);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    CHECK_EQ(write(pair[1], "123", 3), 3);
    m = find_unix(&r, pair[0], &h);
    CHECK(m);
    CHECK_EQ(m->udiag_type, SOCK_DGRAM);
    p = attr(h, sizeof(*m), UNIX_DIAG_PEER, &len);
    CHECK(p && *(unsigned *)p == inode(pair[1]));
    q = attr(h, sizeof(*m), UNIX_DIAG_RQLEN, &len);
    CHECK_EQ(q->udiag_rqueue, 3);
    CHECK(!attr(h, sizeof(*m), UNIX_DIAG_NAME, &len));
    free(h);
    r.ask.udiag_states = 1 << LISTEN;
    CHECK(!find_unix(&r, pair[0], &h));
    close(pair[0]);
    close(pair[1]);
    close(fd);
}

static void a_bound_one_tells_of_its_file(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct unix_request r = unix_request(ALL, UDIAG_SHOW_VFS);
    char dir[] = "/tmp/diag.XXXXXX";
    struct unix_diag_vfs *vfs;
    struct unix_diag_msg *m;
    struct nlmsghdr *h;
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), len;

    CHECK(mkdtemp(dir));
    snprintf(a.sun_path, sizeof(a.sun_path), "%s/socket", dir);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(stat(a.sun_path, &st), 0);
    m = find_unix(&r, fd, &h);
    CHECK(m);
    vfs = attr(h, sizeof(*m), UNIX_DIAG_VFS, &len);
    CHECK(vfs && len == sizeof(*vfs));
    CHECK_EQ(vfs->udiag_vfs_ino, (unsigned)st.st_ino);
    CHECK_EQ(vfs->udiag_vfs_dev, major(st.st_dev) << 20 | minor(st.st_dev));
    free(h);
    CHECK_EQ(unlink(a.sun_path), 0);
    CHECK_EQ(rmdir(dir), 0);
    close(fd);
}

static void one_unix_socket_can_be_asked_for(void)
{
    struct unix_request r = unix_request(ALL, UDIAG_SHOW_PEER);
    struct unix_diag_msg *m;
    struct nlmsghdr *h;
    int pair[2], err;

    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    r.h.nlmsg_flags = NLM_F_REQUEST;
    CHECK(!ask(&r, has_unix_inode, 0, &err));
    if (err == -ENOENT)
        CHECK_SKIP("this kernel has no unix_diag");
    CHECK_EQ(err, -EINVAL);
    r.ask.udiag_ino = inode(pair[0]);
    m = find_unix(&r, pair[0], &h);
    CHECK(m);
    CHECK_EQ(m->udiag_type, SOCK_SEQPACKET);
    free(h);
    close(pair[0]);
    close(pair[1]);
    CHECK(!ask(&r, has_unix_inode, 0, &err));
    CHECK_EQ(err, -ENOENT);
}

static void nonsense_is_refused(void)
{
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    int err;

    r.ask.sdiag_family = 200;
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -EINVAL);
    r.ask.sdiag_family = AF_APPLETALK;
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -ENOENT);
    r = inet_request(AF_INET, 77, ALL);
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -ENOENT);
    r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    r.h.nlmsg_len = NLMSG_LENGTH(1);
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -EINVAL);
    r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    r.h.nlmsg_type = 99;
    CHECK(!ask(&r, has_inode, 0, &err));
    CHECK_EQ(err, -EINVAL);
}

/* A condition whose prefix is longer than its address. */
static void filters_of_the_wrong_length_are_refused(void)
{
    struct inet_request r = inet_request(AF_INET, IPPROTO_TCP, ALL);
    struct {
        struct rtattr a;
        struct inet_diag_bc_op cond;
        struct inet_diag_hostcond host;
    } f = {{sizeof(f), INET_DIAG_REQ_BYTECODE},
           {INET_DIAG_BC_S_COND, 12, 16},
           {AF_UNSPEC, 32, -1}};
    int err;

    memcpy(r.attrs, &f, sizeof(f));
    r.h.nlmsg_len = NLMSG_LENGTH(sizeof(r.ask)) + sizeof(f);
    free(ask(&r, has_inode, 0, &err));
    if (err == -ENOENT)
        CHECK_SKIP("this kernel has no inet_diag");
    CHECK_EQ(err, -EINVAL);
}

int main(void)
{
    RUN(listeners_are_listed);
    RUN(connections_tell_of_themselves);
    RUN(what_is_left_is_listed);
    RUN(datagram_sockets_are_listed);
    RUN(one_can_be_asked_for);
    RUN(a_connection_can_be_ended);
    RUN(a_datagram_socket_can_be_ended);
    RUN(who_may_not_ends_nothing);
    RUN(filters_leave_others_out);
    RUN(filters_of_the_wrong_length_are_refused);
    RUN(unix_sockets_are_listed);
    RUN(a_bound_one_tells_of_its_file);
    RUN(one_unix_socket_can_be_asked_for);
    RUN(nonsense_is_refused);
    return check_end();
}
