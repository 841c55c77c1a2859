// SPDX-License-Identifier: MIT
/*
 * sock_options: the whole table of options of socket(7), ip(7), ipv6(7),
 * tcp(7), udp(7) and unix(7): what a new socket has, which values are taken,
 * what is read then, how long values must be, and the errno of what cannot be.
 * Where Elfin refuses what Linux does, docs/caveats.md says so and both answers
 * count.
 */
#define _GNU_SOURCE
#include "check.h"

#include <linux/in6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { /* kinds of sockets */
       TCP4 = 1,
       UDP4 = 2,
       RAW4 = 4,
       TCP6 = 8,
       UDP6 = 16,
       UNIXS = 32,
       UNIXD = 64,
       INET = TCP4 | UDP4 | RAW4,
       INET6 = TCP6 | UDP6,
       STREAMS = TCP4 | TCP6,
       UDP = UDP4 | UDP6,
       UNIX = UNIXS | UNIXD,
       ALL = INET | INET6 | UNIX,
};

static const struct {
    int domain, type, protocol;
} kinds[] = {
    {AF_INET, SOCK_STREAM, 0},         {AF_INET, SOCK_DGRAM, 0},
    {AF_INET, SOCK_RAW, IPPROTO_ICMP}, {AF_INET6, SOCK_STREAM, 0},
    {AF_INET6, SOCK_DGRAM, 0},         {AF_UNIX, SOCK_STREAM, 0},
    {AF_UNIX, SOCK_DGRAM, 0},
};

enum {          /* what an option is like */
       SWITCH,  /* anything but 0 reads as 1 */
       NUMBER,  /* from min to max, and is read as it was set */
       RANGE,   /* the same, but read in its own way */
       READ,    /* cannot be set: ENOPROTOOPT */
       WRITE,   /* cannot be read: ENOPROTOOPT; any int will do */
       REFUSED, /* Elfin has none: ENOPROTOOPT or EOPNOTSUPP there */
};

#define ANY       INT32_MIN /* of initial: not compared */
#define BYTE_TOO  1         /* flags: a value of one byte is taken */
#define EMPTY_TOO 3         /* and one of none */

static const struct option {
    int level, name, sockets, like, initial, min, max, flags;
} options[] = {
    /* socket(7) */
    {SOL_SOCKET, SO_DEBUG, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_REUSEADDR, ALL & ~RAW4, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_TYPE, ALL, READ, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_ERROR, ALL, READ, 0, 0, 0, 0},
    {SOL_SOCKET, SO_DONTROUTE, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_BROADCAST, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_SNDBUF, ALL, RANGE, ANY, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_RCVBUF, ALL, RANGE, ANY, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_KEEPALIVE, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_OOBINLINE, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_NO_CHECK, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_PRIORITY, ALL, NUMBER, 0, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_BSDCOMPAT, ALL, RANGE, 0, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_REUSEPORT, INET | INET6, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_PASSCRED, UNIX, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_RCVLOWAT, ALL & ~STREAMS, NUMBER, 1, 1, INT32_MAX, 0},
    {SOL_SOCKET, SO_SNDLOWAT, ALL, READ, 1, 0, 0, 0},
    {SOL_SOCKET, SO_PEERSEC, ALL, REFUSED, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_TIMESTAMP, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_ACCEPTCONN, ALL, READ, 0, 0, 0, 0},
    {SOL_SOCKET, SO_SNDBUFFORCE, ALL, WRITE, 0, 0, 0, 0},
    {SOL_SOCKET, SO_RCVBUFFORCE, ALL, WRITE, 0, 0, 0, 0},
    {SOL_SOCKET, SO_PASSSEC, UNIX, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_TIMESTAMPNS, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_MARK, ALL, NUMBER, 0, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_PROTOCOL, ALL, READ, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_DOMAIN, ALL, READ, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_RXQ_OVFL, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_WIFI_STATUS, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_PEEK_OFF, UNIX | UDP, NUMBER, -1, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_NOFCS, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_LOCK_FILTER, UDP, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_SELECT_ERR_QUEUE, ALL, SWITCH, 0, 0, 0, 0},
    {SOL_SOCKET, SO_BUSY_POLL, ALL, NUMBER, 0, 0, INT32_MAX, 0},
    {SOL_SOCKET, SO_BPF_EXTENSIONS, ALL, READ, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_INCOMING_CPU, ALL, NUMBER, -1, INT32_MIN, INT32_MAX, 0},
    {SOL_SOCKET, SO_ATTACH_BPF, ALL, REFUSED, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, ALL, REFUSED, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, ALL, REFUSED, ANY, 0, 0, 0},
    {SOL_SOCKET, SO_INCOMING_NAPI_ID, ALL, READ, 0, 0, 0, 0},
    {SOL_SOCKET, SO_ZEROCOPY, INET | INET6, REFUSED, ANY, 0, 0, 0},

    /* ip(7) */
    {SOL_IP, IP_TOS, UDP4 | RAW4, NUMBER, 0, 0, 255, EMPTY_TOO},
    {SOL_IP, IP_TTL, INET, NUMBER, 64, 1, 255, BYTE_TOO},
    {SOL_IP, IP_HDRINCL, RAW4, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_HDRINCL, TCP4 | UDP4, READ, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_RECVOPTS, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_RETOPTS, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_PKTINFO, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_MTU_DISCOVER, INET, NUMBER, 1, 0, 5, EMPTY_TOO},
    {SOL_IP, IP_RECVERR, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_RECVTTL, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_RECVTOS, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_FREEBIND, INET, SWITCH, 0, 0, 0, BYTE_TOO},
    {SOL_IP, IP_PASSSEC, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_TRANSPARENT, INET, SWITCH, 0, 0, 0, BYTE_TOO},
    {SOL_IP, IP_RECVORIGDSTADDR, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_MINTTL, UDP4 | RAW4, NUMBER, 0, 0, 255, BYTE_TOO},
    {SOL_IP, IP_MINTTL, TCP4, REFUSED, 0, 0, 0, 0},
    {SOL_IP, IP_NODEFRAG, RAW4, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_NODEFRAG, TCP4 | UDP4, READ, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_BIND_ADDRESS_NO_PORT, INET, SWITCH, 0, 0, 0, EMPTY_TOO},
    {SOL_IP, IP_ROUTER_ALERT, RAW4, REFUSED, ANY, 0, 0, 0},
    {SOL_IP, IP_IPSEC_POLICY, INET, REFUSED, ANY, 0, 0, 0},
    {SOL_IP, IP_XFRM_POLICY, INET, REFUSED, ANY, 0, 0, 0},
    {SOL_IP, IP_MULTICAST_TTL, UDP4 | RAW4, NUMBER, 1, 0, 255, BYTE_TOO},
    {SOL_IP, IP_MULTICAST_LOOP, INET, SWITCH, 1, 0, 0, BYTE_TOO},
    {SOL_IP, IP_MULTICAST_ALL, INET, NUMBER, 1, 0, 1, BYTE_TOO},
    {SOL_IP, IP_MULTICAST_ALL, INET6, NUMBER, 0, 0, 1, BYTE_TOO},

    /* ipv6(7) */
    {SOL_IPV6, IPV6_2292PKTINFO, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_2292HOPOPTS, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_2292DSTOPTS, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_2292RTHDR, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_2292HOPLIMIT, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_2292PKTOPTIONS, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_FLOWINFO, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_FLOWINFO_SEND, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_FLOWLABEL_MGR, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_UNICAST_HOPS, INET6, NUMBER, 64, 1, 255, 0},
    {SOL_IPV6, IPV6_MULTICAST_IF, UDP6, NUMBER, 0, 0, 1, 0},
    {SOL_IPV6, IPV6_MULTICAST_HOPS, UDP6, NUMBER, 1, 0, 255, 0},
    {SOL_IPV6, IPV6_MULTICAST_LOOP, INET6, NUMBER, 1, 0, 1, 0},
    {SOL_IPV6, IPV6_JOIN_ANYCAST, UDP6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_LEAVE_ANYCAST, UDP6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_MULTICAST_ALL, INET6, SWITCH, 1, 0, 0, 0},
    {SOL_IPV6, IPV6_MTU_DISCOVER, INET6, NUMBER, 1, 0, 5, 0},
    {SOL_IPV6, IPV6_RECVERR, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_V6ONLY, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_IPSEC_POLICY, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_XFRM_POLICY, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVPKTINFO, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVHOPLIMIT, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVHOPOPTS, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVRTHDR, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVDSTOPTS, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVPATHMTU, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_DONTFRAG, INET6, SWITCH, 0, 0, 0, ~0},
    {SOL_IPV6, IPV6_RECVTCLASS, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_TCLASS, UDP6, NUMBER, 0, 0, 255, 0},
    {SOL_IPV6, IPV6_ADDR_PREFERENCES, INET6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_MINHOPCOUNT, UDP6, NUMBER, 0, 0, 255, 0},
    {SOL_IPV6, IPV6_MINHOPCOUNT, TCP6, REFUSED, ANY, 0, 0, 0},
    {SOL_IPV6, IPV6_RECVORIGDSTADDR, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_TRANSPARENT, INET6, SWITCH, 0, 0, 0, 0},
    {SOL_IPV6, IPV6_FREEBIND, INET6, SWITCH, 0, 0, 0, 0},

    /* tcp(7) */
    {SOL_TCP, TCP_NODELAY, STREAMS, SWITCH, 0, 0, 0, 0},
    {SOL_TCP, TCP_MAXSEG, STREAMS, NUMBER, 536, 88, 32767, 0},
    {SOL_TCP, TCP_CORK, STREAMS, SWITCH, 0, 0, 0, 0},
    {SOL_TCP, TCP_KEEPIDLE, STREAMS, NUMBER, 7200, 1, 32767, 0},
    {SOL_TCP, TCP_KEEPINTVL, STREAMS, NUMBER, 75, 1, 32767, 0},
    {SOL_TCP, TCP_KEEPCNT, STREAMS, NUMBER, 9, 1, 127, 0},
    {SOL_TCP, TCP_SYNCNT, STREAMS, NUMBER, 6, 1, 127, 0},
    {SOL_TCP, TCP_LINGER2, STREAMS, RANGE, 60, INT32_MIN, INT32_MAX, 0},
    {SOL_TCP, TCP_DEFER_ACCEPT, STREAMS, RANGE, 0, INT32_MIN, INT32_MAX, 0},
    {SOL_TCP, TCP_WINDOW_CLAMP, STREAMS, RANGE, 0, INT32_MIN, INT32_MAX, 0},
    {SOL_TCP, TCP_QUICKACK, STREAMS, SWITCH, 1, 0, 0, 0},
    {SOL_TCP, TCP_MD5SIG, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_COOKIE_TRANSACTIONS, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_THIN_DUPACK, STREAMS, RANGE, 0, 0, 1, 0},
    {SOL_TCP, TCP_USER_TIMEOUT, STREAMS, NUMBER, 0, 0, INT32_MAX, 0},
    {SOL_TCP, TCP_REPAIR, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_REPAIR_QUEUE, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_QUEUE_SEQ, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_REPAIR_OPTIONS, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_FASTOPEN, STREAMS, REFUSED, 0, 0, 0, 0},
    {SOL_TCP, TCP_FASTOPEN_CONNECT, STREAMS, REFUSED, ANY, 0, 0, 0},
    {SOL_TCP, TCP_NOTSENT_LOWAT, STREAMS, NUMBER, 0, INT32_MIN, INT32_MAX, 0},
    {SOL_TCP, TCP_SAVE_SYN, STREAMS, REFUSED, ANY, 0, 0, 0},

    /* udp(7) */
    {SOL_UDP, UDP_CORK, UDP, SWITCH, 0, 0, 0, 0},
    {SOL_UDP, UDP_ENCAP, UDP, REFUSED, ANY, 0, 0, 0},
    {SOL_UDP, UDP_NO_CHECK6_TX, UDP, SWITCH, 0, 0, 0, 0},
    {SOL_UDP, UDP_NO_CHECK6_RX, UDP, SWITCH, 0, 0, 0, 0},
    {SOL_UDP, UDP_SEGMENT, UDP, NUMBER, 0, 0, 65535, 0},
    {SOL_UDP, UDP_GRO, UDP, SWITCH, 0, 0, 0, 0},
};

static const struct option *o;
static int kind;

static int fresh(void)
{
    return socket(kinds[kind].domain, kinds[kind].type, kinds[kind].protocol);
}

/* 0 or the errno of setting a new socket's option; what it reads then. */
static int set(int v, int len, int *then)
{
    socklen_t size = sizeof(*then);
    int fd = fresh(), err;

    err = setsockopt(fd, o->level, o->name, &v, (socklen_t)len) ? errno : 0;
    if (then && getsockopt(fd, o->level, o->name, then, &size))
        *then = -errno;
    close(fd);
    return err;
}

#define EXPECT(x, expected)                                                \
    do {                                                                   \
        long got_ = (x), want_ = (expected);                               \
        if (got_ != want_)                                                 \
            CHECK_FAIL("level %d option %d socket %d: %s is %ld, not %ld", \
                       o->level, o->name, kind, #x, got_, want_);          \
    } while (0)

static int is_elfin(void)
{
    struct utsname u;

    return !uname(&u) && strstr(u.version, "Elfin");
}

static void refused(void)
{
    int v = 1, err = set(1, sizeof(v), NULL);

    if (is_elfin() && err != ENOPROTOOPT && err != EOPNOTSUPP)
        EXPECT(err, ENOPROTOOPT);
}

static void lengths(void)
{
    int then = o->like == NUMBER ? o->min : 1;
    char room[8];
    socklen_t size = 0;
    int fd;

    if (o->flags == ~0)
        return;
    EXPECT(set(then, 1, NULL), o->flags & BYTE_TOO ? 0 : EINVAL);
    EXPECT(set(then, 0, NULL), o->flags == EMPTY_TOO ? 0 : EINVAL);
    EXPECT(set(then, 3, NULL), o->flags & BYTE_TOO ? 0 : EINVAL);
    fd = fresh();
    EXPECT(getsockopt(fd, o->level, o->name, room, &size), 0);
    EXPECT(size, 0);
    size = sizeof(room);
    EXPECT(getsockopt(fd, o->level, o->name, room, &size), 0);
    EXPECT(size, 4);
    size = (socklen_t)-1;
    if (o->level != SOL_IPV6) { /* there it depends on the option */
        EXPECT(getsockopt(fd, o->level, o->name, room, &size), -1);
        EXPECT(errno, EINVAL);
    }
    close(fd);
}

static void switches(void)
{
    static const int on[] = {1, 2, -1, 256, INT32_MIN};
    int then;

    for (unsigned i = 0; i < sizeof(on) / sizeof(*on); i++) {
        EXPECT(set(on[i], sizeof(int), &then), 0);
        EXPECT(then, 1);
    }
    EXPECT(set(0, sizeof(int), &then), 0);
    EXPECT(then, 0);
}

static void numbers(void)
{
    int values[] = {o->min, o->max, o->min + (o->max / 2 - o->min / 2)}, then;

    for (unsigned i = 0; i < 3; i++) {
        EXPECT(set(values[i], sizeof(int), &then), 0);
        if (o->like == NUMBER)
            EXPECT(then, values[i]);
    }
    if (o->min == INT32_MIN || (o->level == SOL_SOCKET && o->min == 1))
        return;
    /* Some take -1 for the default, and 0. */
    if (o->min > 1)
        EXPECT(set(o->min - 1, sizeof(int), NULL), EINVAL);
    if (o->name != IP_TOS || o->level != SOL_IP)
        EXPECT(set(-2, sizeof(int), NULL),
               o->name == IPV6_MULTICAST_IF && o->level == SOL_IPV6 ? ENODEV
                                                                    : EINVAL);
    if (o->max < INT32_MAX && (o->name != IP_TOS || o->level != SOL_IP) &&
        (o->name != IPV6_MULTICAST_IF || o->level != SOL_IPV6))
        EXPECT(set(o->max + 1, sizeof(int), NULL), EINVAL);
}

static void one(void)
{
    socklen_t size = sizeof(int);
    int v = -1, fd;

    if (o->like == REFUSED) {
        refused();
        return;
    }
    fd = fresh();
    errno = 0;
    EXPECT(getsockopt(fd, o->level, o->name, &v, &size),
           o->like == WRITE ? -1 : 0);
    EXPECT(errno, o->like == WRITE ? ENOPROTOOPT : 0);
    if (o->like != WRITE && o->initial != ANY)
        EXPECT(v, o->initial);
    close(fd);
    if (o->like == READ)
        EXPECT(set(1, sizeof(int), NULL), ENOPROTOOPT);
    else if (o->like == WRITE)
        EXPECT(set(1, sizeof(int), NULL), 0);
    else if (o->like == SWITCH)
        switches();
    else
        numbers();
    if (o->like != READ && o->like != WRITE)
        lengths();
}

static void walk(int level, int sockets)
{
    unsigned done = 0;

    for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++)
        for (kind = 0; kind < 7; kind++) {
            o = &options[i];
            if (o->level != level || !(o->sockets & sockets & 1 << kind))
                continue;
            if (1 << kind == RAW4 && geteuid())
                continue; /* not ours to have */
            one();
            done++;
        }
    CHECK(done > 0);
}

static void all_of_socket_7(void)
{
    walk(SOL_SOCKET, INET | INET6);
}

static void all_of_unix_7(void)
{
    walk(SOL_SOCKET, UNIX);
}

static void all_of_ip_7(void)
{
    walk(SOL_IP, ALL);
}

static void all_of_ipv6_7(void)
{
    walk(SOL_IPV6, ALL);
}

static void all_of_tcp_7(void)
{
    walk(SOL_TCP, ALL);
}

static void all_of_udp_7(void)
{
    walk(SOL_UDP, ALL);
}

/* --- values that are not numbers --- */

static void structures_have_their_lengths(void)
{
    static const struct {
        int name;
        socklen_t size;
    } sizes[] = {
        {SO_LINGER, 8},        {SO_RCVTIMEO, 16},     {SO_SNDTIMEO, 16},
        {SO_PEERCRED, 12},     {SO_MEMINFO, 36},      {SO_COOKIE, 8},
        {SO_TIMESTAMPING, 8},  {SO_BINDTODEVICE, 0},  {SO_RCVTIMEO_NEW, 16},
        {SO_SNDTIMEO_NEW, 16}, {SO_ATTACH_FILTER, 0},
    };
    int fd = socket(AF_INET, SOCK_DGRAM, 0), v = 1;
    char value[64];

    for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        socklen_t len = sizes[i].size ? sizeof(value) : 0;

        CHECK_EQ(getsockopt(fd, SOL_SOCKET, sizes[i].name, value, &len), 0);
        CHECK_EQ(len, sizes[i].size);
    }
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_LINGER, &v, sizeof(v)), EINVAL);
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &v, sizeof(v)), EINVAL);
    close(fd);
}

static void nobody_is_the_peer_of_an_internet_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct ucred c;
    socklen_t len = sizeof(c);
    struct sockaddr_in a;

    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &len), 0);
    CHECK_EQ(c.pid, 0);
    CHECK_EQ((int)c.uid, -1);
    len = sizeof(a);
    CHECK_ERRNO(getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &a, &len), ENOTCONN);
    CHECK_ERRNO(getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &a, &len), ENODATA);
    close(fd);
}

static void bind_leaves_the_port_to_connect(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), v = 1;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &v, sizeof(v)), 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(a.sin_port, 0);
    a.sin_port = htons(9);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK(a.sin_port != 0);
    CHECK_EQ(a.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &v, sizeof(v)), 0);
    a.sin_port = 0;
    a.sin_addr.s_addr = htonl(0x7f000003);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(9);
    CHECK_ERRNO(connect(fd, (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(a.sin_addr.s_addr, htonl(0x7f000003));
    close(fd);
}

static void transparent_sockets_have_foreign_addresses(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), v = 1;

    a.sin_addr.s_addr = htonl(0xc0000201);
    CHECK_ERRNO(bind(fd, (struct sockaddr *)&a, sizeof(a)), EADDRNOTAVAIL);
    if (setsockopt(fd, SOL_IP, IP_TRANSPARENT, &v, sizeof(v)))
        CHECK_SKIP("needs CAP_NET_ADMIN");
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    close(fd);
}

static void buffers_are_doubled_and_limited(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), v = 10000;
    socklen_t len = sizeof(v);

    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &v, sizeof(v)), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &v, &len), 0);
    CHECK_EQ(v, 20000);
    v = 1;
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, sizeof(v)), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &v, &len), 0);
    CHECK_EQ(v, 4608);
    v = 40 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &v, sizeof(v)))
        CHECK_SKIP("needs CAP_NET_ADMIN");
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &v, &len), 0);
    CHECK_EQ(v, 80 << 20);
    close(fd);
}

static void deferred_accepts_are_counted_in_answers(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), v = 5;
    socklen_t len = sizeof(v);

    CHECK_EQ(setsockopt(fd, SOL_TCP, TCP_DEFER_ACCEPT, &v, sizeof(v)), 0);
    CHECK_EQ(getsockopt(fd, SOL_TCP, TCP_DEFER_ACCEPT, &v, &len), 0);
    CHECK_EQ(v, 7);
    close(fd);
}

static void a_socket_becomes_one_of_ipv4(void)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6};
    struct sockaddr_in b;
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), v = AF_INET;
    socklen_t len = sizeof(v);

    CHECK_ERRNO(setsockopt(fd, SOL_IPV6, IPV6_ADDRFORM, &v, sizeof(v)),
                ENOTCONN);
    memcpy(&a.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16);
    a.sin6_port = htons(9);
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_ADDRFORM, &v, sizeof(v)), 0);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &v, &len), 0);
    CHECK_EQ(v, AF_INET);
    len = sizeof(b);
    CHECK_EQ(getpeername(fd, (struct sockaddr *)&b, &len), 0);
    CHECK_EQ(b.sin_family, AF_INET);
    CHECK_EQ(b.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    close(fd);
}

static void header_options_are_those_that_do_nothing(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    char value[44] = {1, 1, 1, 0};
    socklen_t len = sizeof(value);

    CHECK_EQ(getsockopt(fd, SOL_IP, IP_OPTIONS, value, &len), 0);
    CHECK_EQ(len, 0);
    CHECK_EQ(setsockopt(fd, SOL_IP, IP_OPTIONS, NULL, 0), 0);
    CHECK_ERRNO(setsockopt(fd, SOL_IP, IP_OPTIONS, value, 44), EINVAL);
    close(fd);
    fd = socket(AF_INET6, SOCK_DGRAM, 0);
    len = sizeof(value);
    CHECK_EQ(getsockopt(fd, SOL_IPV6, IPV6_HOPOPTS, value, &len), 0);
    CHECK_EQ(len, 0);
    CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_HOPOPTS, NULL, 0), 0);
    close(fd);
}

int main(void)
{
    RUN(all_of_socket_7);
    RUN(all_of_unix_7);
    RUN(all_of_ip_7);
    RUN(all_of_ipv6_7);
    RUN(all_of_tcp_7);
    RUN(all_of_udp_7);
    RUN(structures_have_their_lengths);
    RUN(nobody_is_the_peer_of_an_internet_socket);
    RUN(bind_leaves_the_port_to_connect);
    RUN(transparent_sockets_have_foreign_addresses);
    RUN(buffers_are_doubled_and_limited);
    RUN(deferred_accepts_are_counted_in_answers);
    RUN(a_socket_becomes_one_of_ipv4);
    RUN(header_options_are_those_that_do_nothing);
    return check_end();
}
