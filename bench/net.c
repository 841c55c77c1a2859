// SPDX-License-Identifier: MIT
/*
 * net: the server that bench/net and bench/run have in a machine, one thread
 * on one epoll set. Its client on the host is net-client.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/net.h"

static char buf[1 << 18];

static int bound(int type, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), one = 1;

    check(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (type == SOCK_DGRAM)
        enlarge_buffers(fd);
    check(!bind(fd, (void *)&a, sizeof(a)), "bind");
    return fd;
}

enum kind { IS_LISTENER, IS_UDP, IS_TCP };

static void watch(int ep, int fd, enum kind kind, int port)
{
    bool gives = kind == IS_TCP && port == PORT_SOURCE;
    struct epoll_event e = {.events = gives ? EPOLLOUT : EPOLLIN,
                            .data.u64 = (uint64_t)kind << 48 |
                                        (uint64_t)port << 32 | (unsigned)fd};

    check(!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

static void accept_one(int ep, int fd, int port)
{
    int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK), one = 1;

    if (c < 0)
        return;
    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    watch(ep, c, IS_TCP, port);
}

/* Sends what the datagram asks for, as far as there is room. */
static void give_datagrams(int fd, const struct sockaddr *to, socklen_t len)
{
    uint32_t n;

    memcpy(&n, buf, sizeof(n));
    while (n-- > 0 && sendto(fd, buf, MESSAGE, 0, to, len) == MESSAGE)
        ;
}

static void serve_udp(int fd, int port)
{
    static uint64_t counted;
    struct sockaddr_in from;
    struct sockaddr *to = (void *)&from;
    socklen_t len = sizeof(from);
    ssize_t n;

    while ((n = recvfrom(fd, buf, sizeof(buf), 0, to, &len)) >= 0) {
        if (port == PORT_ECHO)
            sendto(fd, buf, (size_t)n, 0, to, len);
        else if (port == PORT_SOURCE)
            give_datagrams(fd, to, len);
        else if (buf[0] == ASK)
            sendto(fd, &counted, sizeof(counted), 0, to, len);
        else
            counted++;
    }
}

static void serve_tcp(int fd, int port)
{
    ssize_t n;

    if (port == PORT_SOURCE)
        n = write(fd, buf, 65536);
    else
        n = read(fd, buf, sizeof(buf));
    if (n > 0 && port == PORT_ECHO)
        n = write(fd, buf, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        close(fd);
}

int main(void)
{
    int ep = epoll_create1(0);

    signal(SIGPIPE, SIG_IGN); /* clients go in the middle of a transfer */
    for (int port = PORT_ECHO; port < PORTS; port++) {
        int fd = bound(SOCK_STREAM, port);

        check(!listen(fd, 128), "listen");
        watch(ep, fd, IS_LISTENER, port);
        watch(ep, bound(SOCK_DGRAM, port), IS_UDP, port);
    }
    for (;;) {
        struct epoll_event e[64];
        int n = epoll_wait(ep, e, 64, -1);

        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)e[i].data.u64;
            int port = (int)(e[i].data.u64 >> 32 & 0xffff);
            enum kind kind = (enum kind)(e[i].data.u64 >> 48);

            if (kind == IS_LISTENER)
                accept_one(ep, fd, port);
            else if (kind == IS_UDP)
                serve_udp(fd, port);
            else
                serve_tcp(fd, port);
        }
    }
}
