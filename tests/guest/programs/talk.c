// SPDX-License-Identifier: MIT
/*
 * talk: a parent and a child that talk over every kind of socket, with one
 * epoll loop in the parent: a program whose system calls are the same each
 * time it runs, to compare traces of it.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int set;

static void watch(int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    epoll_ctl(set, EPOLL_CTL_ADD, fd, &e);
}

/* Waits for one event; whose it is. */
static int next(void)
{
    struct epoll_event e[4];
    int n = epoll_wait(set, e, 4, 10000);

    return n > 0 ? e[0].data.fd : -1;
}

/* A stream with itself, over IPv6. */
static void over_tcp(void)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6,
                             .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct timeval tv = {.tv_sec = 5};
    socklen_t len = sizeof(a);
    int one = 1, error, client, server;
    int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
    char buf[64];

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    setsockopt(listener, SOL_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    bind(listener, (struct sockaddr *)&a, sizeof(a));
    getsockname(listener, (struct sockaddr *)&a, &len);
    listen(listener, 16);
    watch(listener, EPOLLIN);
    client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    setsockopt(client, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
    connect(client, (struct sockaddr *)&a, sizeof(a));
    len = sizeof(error);
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &len);
    if (next() != listener)
        return;
    len = sizeof(a);
    server = accept4(listener, (struct sockaddr *)&a, &len, SOCK_NONBLOCK);
    watch(server, EPOLLIN | EPOLLRDHUP | EPOLLET);
    send(client, "a request\n", 10, MSG_NOSIGNAL);
    if (next() == server)
        recv(server, buf, sizeof(buf), 0);
    shutdown(client, SHUT_WR);
    if (next() == server)
        recv(server, buf, sizeof(buf), 0);
    epoll_ctl(set, EPOLL_CTL_DEL, server, NULL);
    close(server);
    close(client);
    close(listener);
}

/* Datagrams to itself, one by one and two at once. */
static void over_udp(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct iovec iov[2] = {{(void *)"one", 3}, {(void *)"three", 5}};
    char buf[2][16];
    struct iovec in[2] = {{buf[0], 16}, {buf[1], 16}};
    struct mmsghdr out[2] = {{.msg_hdr = {&a, sizeof(a), &iov[0], 1, 0, 0, 0}},
                             {.msg_hdr = {&a, sizeof(a), &iov[1], 1, 0, 0, 0}}};
    struct mmsghdr got[2] = {{.msg_hdr = {0, 0, &in[0], 1, 0, 0, 0}},
                             {.msg_hdr = {0, 0, &in[1], 1, 0, 0, 0}}};
    struct ip_mreq group = {.imr_multiaddr.s_addr = htonl(0xe0000105),
                            .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);

    bind(fd, (struct sockaddr *)&a, sizeof(a));
    getsockname(fd, (struct sockaddr *)&a, &len);
    setsockopt(fd, SOL_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
    sendmmsg(fd, out, 2, 0);
    recvmmsg(fd, got, 2, MSG_DONTWAIT, NULL);
    sendto(fd, "", 0, 0, (struct sockaddr *)&a, sizeof(a));
    recvfrom(fd, buf, sizeof(buf), MSG_TRUNC, NULL, NULL);
    recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK, NULL, NULL);
    close(fd);
}

/* A descriptor and who sends it, to a child. */
static void over_unix(void)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char byte = 'x';
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0talk"};
    struct ucred peer;
    socklen_t len = sizeof(peer);
    int pair[2], fd = eventfd(0, EFD_CLOEXEC), one = 1, status;
    int named = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    bind(named, (struct sockaddr *)&name, 7);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
    getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &len);
    if (fork() == 0) {
        recvmsg(pair[1], &m, MSG_CMSG_CLOEXEC);
        memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
        _exit(write(fd, &(uint64_t){7}, 8) == 8 ? 3 : 1);
    }
    watch(fd, EPOLLIN | EPOLLONESHOT);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
    sendmsg(pair[0], &m, 0);
    if (next() == fd && read(fd, &(uint64_t){0}, 8) == 8)
        waitpid(-1, &status, 0);
}

static void interfaces(void)
{
    struct ifreq r = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    ioctl(fd, SIOCGIFINDEX, &r);
    ioctl(fd, SIOCGIFNAME, &r);
    ioctl(fd, SIOCGIFADDR, &r);
    ioctl(fd, SIOCGIFNETMASK, &r);
    ioctl(fd, SIOCGIFMTU, &r);
    close(fd);
}

/* Signals and timers as descriptors. */
static void events(void)
{
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    struct signalfd_siginfo info;
    uint64_t count;
    sigset_t mask;
    int fd, timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    fd = signalfd(-1, &mask, SFD_CLOEXEC);
    watch(fd, EPOLLIN);
    watch(timer, EPOLLIN | EPOLLET);
    kill(getpid(), SIGUSR1);
    if (next() == fd && read(fd, &info, sizeof(info)) != sizeof(info))
        return;
    timerfd_settime(timer, 0, &soon, NULL);
    if (next() == timer && read(timer, &count, sizeof(count)) < 0)
        return;
}

int main(void)
{
    set = epoll_create1(EPOLL_CLOEXEC);
    over_tcp();
    over_udp();
    over_unix();
    interfaces();
    events();
    socket(AF_INET, SOCK_STREAM, IPPROTO_UDP);
    puts("said");
    return 0;
}
