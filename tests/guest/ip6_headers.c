// SPDX-License-Identifier: MIT
/* ip6_headers: extension headers of IPv6, sent and received; RFC 3542. */
#define _GNU_SOURCE
#include "cmsg.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Options that whoever does not know them skips. */
static const uint8_t hop[8] = {0, 0, 0x1e, 4, 1, 2, 3, 4},
                     dst[16] = {0, 1, 0x1e, 12, 'd', 's', 't'},
                     before[8] = {0, 0, 1, 4};

static uint8_t data[100000], control[2048];

static int bound(int type, struct sockaddr_in6 *a)
{
    int fd = socket(AF_INET6, type, 0), v = 1;
    socklen_t len = sizeof(*a);

    *a = (struct sockaddr_in6){.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    CHECK_EQ(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    if (type == SOCK_DGRAM) {
        CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_RECVHOPOPTS, &v, 4), 0);
        CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_RECVDSTOPTS, &v, 4), 0);
    }
    return fd;
}

/* As a program that may not is skipped. */
static void set(int fd, int name, const void *value, size_t len)
{
    int err = setsockopt(fd, SOL_IPV6, name, value, (socklen_t)len);

    if (err && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK_EQ(err, 0);
}

static size_t get(int fd, int name, uint8_t *value, socklen_t len)
{
    CHECK_EQ(getsockopt(fd, SOL_IPV6, name, value, &len), 0);
    return len;
}

/* What a datagram came with. */
struct headers {
    uint8_t hop[600], dst[64];
    size_t hop_len, dst_len;
};

static long receive(int fd, struct headers *h)
{
    struct iovec v = {data, sizeof(data)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    long n = recvmsg(fd, &m, MSG_DONTWAIT);

    *h = (struct headers){.hop_len = 0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        size_t len = c->cmsg_len - CMSG_LEN(0);

        CHECK_EQ(c->cmsg_level, SOL_IPV6);
        if (c->cmsg_type == IPV6_HOPOPTS)
            memcpy(h->hop, CMSG_DATA(c), h->hop_len = len);
        else if (c->cmsg_type == IPV6_DSTOPTS)
            memcpy(h->dst, CMSG_DATA(c), h->dst_len = len);
    }
    return n;
}

static long send_with(int fd, const struct sockaddr_in6 *to, int type,
                      const void *value, size_t len)
{
    return send_control(fd, to, sizeof(*to), data, 3,
                        (struct cmsg_one){SOL_IPV6, type, value, len});
}

static void they_are_kept_and_told(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    uint8_t got[64];

    set(fd, IPV6_DSTOPTS, dst, sizeof(dst));
    set(fd, IPV6_HOPOPTS, hop, sizeof(hop));
    set(fd, IPV6_RTHDRDSTOPTS, before, sizeof(before));
    CHECK_EQ(get(fd, IPV6_DSTOPTS, got, sizeof(got)), 16);
    CHECK(!memcmp(got + 1, dst + 1, 15));
    CHECK_EQ(get(fd, IPV6_HOPOPTS, got, sizeof(got)), 8);
    CHECK(!memcmp(got + 1, hop + 1, 7));
    CHECK_EQ(get(fd, IPV6_RTHDRDSTOPTS, got, sizeof(got)), 8);
    CHECK(!memcmp(got + 1, before + 1, 7));
    CHECK_EQ(get(fd, IPV6_DSTOPTS, got, 4), 4);
    CHECK_EQ(get(fd, IPV6_RTHDR, got, sizeof(got)), 0);
    set(fd, IPV6_HOPOPTS, NULL, 0);
    CHECK_EQ(get(fd, IPV6_HOPOPTS, got, sizeof(got)), 0);
    CHECK_EQ(get(fd, IPV6_DSTOPTS, got, sizeof(got)), 16);
    close(fd);
}

static void what_makes_no_sense_is_refused(void)
{
    static const uint8_t longer[8] = {0, 1, 1, 4}, source[24] = {0, 2, 0, 1};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 a;

    CHECK_ERRNO(setsockopt(fd, SOL_IPV6, IPV6_HOPOPTS, hop, 1), EINVAL);
    CHECK_ERRNO(setsockopt(fd, SOL_IPV6, IPV6_HOPOPTS, dst, 12), EINVAL);
    CHECK_ERRNO(setsockopt(fd, SOL_IPV6, IPV6_HOPOPTS, data, 2048), EINVAL);
    set(fd, IPV6_DSTOPTS, dst, sizeof(dst));
    CHECK_ERRNO(setsockopt(fd, SOL_IPV6, IPV6_DSTOPTS, longer, 8), EINVAL);
    CHECK_ERRNO(setsockopt(fd, SOL_IPV6, IPV6_RTHDR, source, 24), EINVAL);
    close(fd);
    fd = bound(SOCK_DGRAM, &a);
    CHECK_ERRNO(send_with(fd, &a, IPV6_HOPOPTS, hop, 1), EINVAL);
    CHECK_ERRNO(send_with(fd, &a, IPV6_DSTOPTS, longer, 8), EINVAL);
    CHECK_ERRNO(send_with(fd, &a, IPV6_RTHDR, source, 24), EINVAL);
    close(fd);
}

static void only_who_may_sends_them(void)
{
    int status;
    pid_t child = fork();

    if (!child) {
        struct sockaddr_in6 a;
        int fd = bound(SOCK_DGRAM, &a), ok = 1;

        if (!getuid() && setuid(65534))
            _exit(2);
        ok &= setsockopt(fd, SOL_IPV6, IPV6_HOPOPTS, hop, 8) && errno == EPERM;
        ok &= setsockopt(fd, SOL_IPV6, IPV6_DSTOPTS, NULL, 0) && errno == EPERM;
        ok &= send_with(fd, &a, IPV6_DSTOPTS, dst, 16) < 0 && errno == EPERM;
        _exit(!ok);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
}

static void datagrams_have_them(void)
{
    struct sockaddr_in6 a;
    struct headers h;
    int fd = bound(SOCK_DGRAM, &a);

    set(fd, IPV6_DSTOPTS, dst, sizeof(dst));
    set(fd, IPV6_HOPOPTS, hop, sizeof(hop));
    set(fd, IPV6_RTHDRDSTOPTS, before, sizeof(before)); /* never alone */
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, &h), 3);
    CHECK_EQ(h.hop_len, 8);
    CHECK_EQ(h.hop[0], IPPROTO_DSTOPTS);
    CHECK(!memcmp(h.hop + 1, hop + 1, 7));
    CHECK_EQ(h.dst_len, 16);
    CHECK_EQ(h.dst[0], IPPROTO_UDP);
    CHECK(!memcmp(h.dst + 1, dst + 1, 15));
    set(fd, IPV6_HOPOPTS, NULL, 0);
    set(fd, IPV6_DSTOPTS, NULL, 0);
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, &h), 3);
    CHECK_EQ(h.hop_len + h.dst_len, 0);
    close(fd);
}

static void one_datagram_has_its_own(void)
{
    struct sockaddr_in6 a;
    struct headers h;
    int fd = bound(SOCK_DGRAM, &a);

    set(fd, IPV6_HOPOPTS, hop, sizeof(hop));
    CHECK_EQ(send_with(fd, &a, IPV6_DSTOPTS, dst, sizeof(dst)), 3);
    CHECK_EQ(receive(fd, &h), 3);
    CHECK_EQ(h.dst_len, 16);
    CHECK_EQ(h.hop_len, 0); /* in the place of all that the socket has */
    CHECK_EQ(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)), 3);
    CHECK_EQ(receive(fd, &h), 3);
    CHECK_EQ(h.dst_len, 0);
    CHECK_EQ(h.hop_len, 8);
    close(fd);
}

static void fragments_have_them_too(void)
{
    static uint8_t wide[512] = {0, 63};
    struct sockaddr_in6 a;
    struct headers h;
    int fd = bound(SOCK_DGRAM, &a), mtu = 1280;

    for (size_t at = 2; at < sizeof(wide); at += 2 + wide[at + 1]) {
        size_t left = sizeof(wide) - at - 2;

        wide[at] = 0x1e;
        wide[at + 1] = (uint8_t)(left > 255 ? 200 : left);
    }
    set(fd, IPV6_HOPOPTS, wide, sizeof(wide));
    set(fd, IPV6_DSTOPTS, dst, sizeof(dst));
    CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_MTU, &mtu, sizeof(mtu)), 0);
    for (size_t i = 0; i < 5000; i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
    CHECK_EQ(sendto(fd, data, 5000, 0, (struct sockaddr *)&a, sizeof(a)), 5000);
    memset(data, 0, 5000);
    CHECK_EQ(receive(fd, &h), 5000);
    for (size_t i = 0; i < 5000; i++)
        CHECK_EQ(data[i], (uint8_t)(i * 7 + i / 256));
    CHECK_EQ(h.dst_len, 16);
    CHECK_EQ(h.dst[0], IPPROTO_UDP);
    close(fd);
}

static void what_leaves_no_room_is_too_long(void)
{
    static uint8_t wide[1272] = {0, 158};
    struct sockaddr_in6 a;
    int fd = bound(SOCK_DGRAM, &a), mtu = 1280;

    set(fd, IPV6_HOPOPTS, wide, sizeof(wide));
    CHECK_EQ(setsockopt(fd, SOL_IPV6, IPV6_MTU, &mtu, sizeof(mtu)), 0);
    CHECK_ERRNO(sendto(fd, data, 3, 0, (struct sockaddr *)&a, sizeof(a)),
                EMSGSIZE);
    close(fd);
}

static void tcp_has_them_both_ways(void)
{
    static uint8_t part[sizeof(data)];
    struct sockaddr_in6 a;
    int listener = bound(SOCK_STREAM, &a);
    int fd = socket(AF_INET6, SOCK_STREAM, 0), peer;
    size_t got = 0, sent = 0;
    ssize_t n;

    set(listener, IPV6_DSTOPTS, dst, sizeof(dst));
    CHECK_EQ(listen(listener, 1), 0);
    set(fd, IPV6_HOPOPTS, hop, sizeof(hop));
    CHECK_EQ(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    peer = accept(listener, NULL, NULL);
    CHECK(peer >= 0);
    CHECK_EQ(get(peer, IPV6_DSTOPTS, part, 64), 16); /* as the listener */
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 13 + i / 256);
    while (got < sizeof(data)) {
        n = send(fd, data + sent, sizeof(data) - sent, MSG_DONTWAIT);
        sent += n > 0 ? (size_t)n : 0;
        n = recv(peer, part, sizeof(part),
                 sent < sizeof(data) ? MSG_DONTWAIT : 0);
        for (ssize_t i = 0; i < n; i++)
            CHECK_EQ(part[i], data[got + (size_t)i]);
        got += n > 0 ? (size_t)n : 0;
    }
    CHECK_EQ(send(peer, "answer", 6, 0), 6);
    CHECK_EQ(recv(fd, data, 6, 0), 6);
    close(peer);
    close(fd);
    close(listener);
}

int main(void)
{
    RUN(they_are_kept_and_told);
    RUN(what_makes_no_sense_is_refused);
    RUN(only_who_may_sends_them);
    RUN(datagrams_have_them);
    RUN(one_datagram_has_its_own);
    RUN(fragments_have_them_too);
    RUN(what_leaves_no_room_is_too_long);
    RUN(tcp_has_them_both_ways);
    return check_end();
}
