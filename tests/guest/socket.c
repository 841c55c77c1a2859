// SPDX-License-Identifier: MIT
/* socket: making sockets, and options of socket(7) and ip(7). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"

static int option(int fd, int level, int name)
{
    int v = -1;
    socklen_t len = sizeof(v);

    CHECK_EQ(getsockopt(fd, level, name, &v, &len), 0);
    CHECK_EQ(len, sizeof(v));
    return v;
}

static void what_there_is_not_is_refused(void)
{
    CHECK_ERRNO(socket(99, SOCK_DGRAM, 0), EAFNOSUPPORT);
    CHECK_ERRNO(socket(-1, SOCK_DGRAM, 0), EAFNOSUPPORT);
    CHECK_ERRNO(socket(AF_INET, 77, 0), EINVAL);
    CHECK_ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
    CHECK_ERRNO(socket(AF_INET, SOCK_DGRAM | 0x100000, 0), EINVAL);
}

static void flags_are_taken(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct stat st;

    CHECK(fd >= 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK(S_ISSOCK(st.st_mode));
    close(fd);
}

static void options_read_as_they_were_set(void)
{
    static const struct {
        int level, name, set, get;
    } options[] = {
        {SOL_SOCKET, SO_REUSEADDR, 5, 1},
        {SOL_SOCKET, SO_BROADCAST, 1, 1},
        {SOL_SOCKET, SO_KEEPALIVE, 1, 1},
        {SOL_SOCKET, SO_REUSEPORT, 1, 1},
        {SOL_SOCKET, SO_RCVBUF, 30000, 60000},
        {SOL_SOCKET, SO_SNDBUF, 30000, 60000},
        {SOL_SOCKET, SO_RCVBUF, 1, 2304},
        {SOL_SOCKET, SO_SNDBUF, 1, 4608},
        {SOL_SOCKET, SO_RCVLOWAT, 0, 1},
        {IPPROTO_IP, IP_TTL, 7, 7},
        {IPPROTO_IP, IP_TTL, -1, 64},
        {IPPROTO_IP, IP_TOS, 16, 16},
        {IPPROTO_IP, IP_MULTICAST_TTL, 3, 3},
        {IPPROTO_IP, IP_MULTICAST_LOOP, 0, 0},
        {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_PMTUDISC_DO},
    };
    int fd = socket(AF_INET, SOCK_DGRAM, 0), v;

    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        v = options[i].set;
        CHECK_EQ(
            setsockopt(fd, options[i].level, options[i].name, &v, sizeof(v)),
            0);
        CHECK_EQ(option(fd, options[i].level, options[i].name), options[i].get);
    }
    CHECK_EQ(option(fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
    CHECK_EQ(option(fd, SOL_SOCKET, SO_ERROR), 0);
    close(fd);
}

static void wrong_options_are_told(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), v = 1;
    socklen_t len = sizeof(v);
    struct timeval tv = {0, 1000000};

    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, 9999, &v, sizeof(v)), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_TYPE, &v, sizeof(v)),
                ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, 1), EINVAL);
    CHECK_ERRNO(
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, check_pointer(8), sizeof(v)),
        EFAULT);
    CHECK_ERRNO(getsockopt(fd, SOL_SOCKET, 9999, &v, &len), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), EDOM);
    v = 300;
    CHECK_ERRNO(setsockopt(fd, IPPROTO_IP, IP_TTL, &v, sizeof(v)), EINVAL);
    close(fd);
}

static void the_loopback_is_there(void)
{
    struct ifreq r = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK_EQ(ioctl(fd, SIOCGIFFLAGS, &r), 0);
    CHECK(r.ifr_flags & IFF_UP);
    CHECK(r.ifr_flags & IFF_LOOPBACK);
    CHECK_EQ(ioctl(fd, SIOCGIFADDR, &r), 0);
    CHECK_EQ(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr,
             htonl(INADDR_LOOPBACK));
    CHECK_EQ(ioctl(fd, SIOCGIFNETMASK, &r), 0);
    CHECK_EQ(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr,
             htonl(0xff000000));
    CHECK_EQ(if_nametoindex("lo"), 1);
    strcpy(r.ifr_name, "none7");
    CHECK_ERRNO(ioctl(fd, SIOCGIFFLAGS, &r), ENODEV);
    close(fd);
}

static void has_an_owner_for_signals(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    struct f_owner_ex o;

    CHECK_EQ(fcntl(fd, F_GETOWN), 0);
    CHECK_EQ(fcntl(fd, F_SETOWN, getpid()), 0);
    CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
    CHECK_EQ(fcntl(fd, F_GETOWN_EX, &o), 0);
    CHECK_EQ(o.type, F_OWNER_PID);
    CHECK_EQ(o.pid, getpid());
    CHECK_EQ(fcntl(fd, F_SETOWN, -getpgrp()), 0);
    CHECK_EQ(fcntl(fd, F_GETOWN_EX, &o), 0);
    CHECK_EQ(o.type, F_OWNER_PGRP);
    CHECK_EQ(o.pid, getpgrp());
    CHECK_ERRNO(fcntl(fd, F_SETOWN, 0x3fffffff), ESRCH);
    o.type = 7;
    CHECK_ERRNO(fcntl(fd, F_SETOWN_EX, &o), EINVAL);
    CHECK_EQ(fcntl(fd, F_SETOWN, 0), 0);
    CHECK_EQ(ioctl(fd, FIOASYNC, &on), 0);
    CHECK(fcntl(fd, F_GETFL) & O_ASYNC);
    on = 0;
    CHECK_EQ(ioctl(fd, FIOASYNC, &on), 0);
    CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC));
    close(fd);
}

static void readiness_is_told(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};

    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLOUT);
    CHECK_ERRNO(shutdown(fd, SHUT_RD), ENOTCONN);
    CHECK_ERRNO(shutdown(fd, 7), EINVAL);
    close(fd);
}

int main(void)
{
    RUN(what_there_is_not_is_refused);
    RUN(flags_are_taken);
    RUN(options_read_as_they_were_set);
    RUN(wrong_options_are_told);
    RUN(the_loopback_is_there);
    RUN(has_an_owner_for_signals);
    RUN(readiness_is_told);
    return check_end();
}
