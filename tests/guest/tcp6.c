// SPDX-License-Identifier: MIT
/* tcp6: stream sockets of IPv6 over the loopback, and of both versions. */
#define _GNU_SOURCE
#include "inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BULK (4 << 20)

static int listener(const char *text, struct sockaddr_in6 *a, int only)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    socklen_t len = sizeof(*a);

    CHECK(fd >= 0);
    CHECK_EQ(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)), 0);
    *a = at(text, 0);
    CHECK_EQ(bind(fd, addr(a), sizeof(*a)), 0);
    CHECK_EQ(listen(fd, 5), 0);
    CHECK_EQ(getsockname(fd, addr(a), &len), 0);
    return fd;
}

static void connects_and_names_both_ends(void)
{
    struct sockaddr_in6 a, me, from;
    socklen_t len = sizeof(from);
    int l = listener("::1", &a, 0), c = socket(AF_INET6, SOCK_STREAM, 0), s;
    char buf[8];

    CHECK_EQ(connect(c, addr(&a), sizeof(a)), 0);
    s = accept(l, addr(&from), &len);
    CHECK(s >= 0);
    CHECK_EQ(len, sizeof(from));
    len = sizeof(me);
    CHECK_EQ(getsockname(c, addr(&me), &len), 0);
    CHECK(memcmp(&me, &from, sizeof(me)) == 0);
    CHECK(IN6_IS_ADDR_LOOPBACK(&me.sin6_addr));
    CHECK_EQ(write(c, "hello", 5), 5);
    CHECK_EQ(read(s, buf, sizeof(buf)), 5);
    CHECK_EQ(shutdown(s, SHUT_WR), 0);
    CHECK_EQ(read(c, buf, sizeof(buf)), 0);
    close(c);
    close(s);
    close(l);
}

/* However a V6ONLY socket comes by its port. */
static void v6only_takes_no_ipv4(void)
{
    for (int way = 0; way < 3; way++) {
        int l = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
        int c = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in6 a = at("::", 0);
        struct sockaddr_in to = {.sin_family = AF_INET};
        socklen_t len = sizeof(a);

        CHECK_EQ(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
        if (way == 2)
            CHECK_EQ(setsockopt(l, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
                                sizeof(on)),
                     0);
        if (way)
            CHECK_EQ(bind(l, addr(&a), sizeof(a)), 0);
        CHECK_EQ(listen(l, 5), 0);
        CHECK_EQ(getsockname(l, addr(&a), &len), 0);
        CHECK(a.sin6_port);
        to.sin_port = a.sin6_port;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK_ERRNO(connect(c, (struct sockaddr *)&to, sizeof(to)),
                    ECONNREFUSED);
        CHECK_EQ(bind(c, (struct sockaddr *)&to, sizeof(to)), 0);
        close(c);
        close(l);
    }
}

static void a_listener_at_any_takes_both_versions(void)
{
    struct sockaddr_in6 a, from, six;
    socklen_t len = sizeof(from);
    int l = listener("::", &a, 0), c = socket(AF_INET, SOCK_STREAM, 0), s;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = a.sin6_port};
    int other = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_ERRNO(bind(other, (struct sockaddr *)&to, sizeof(to)), EADDRINUSE);
    close(other);
    CHECK_EQ(connect(c, (struct sockaddr *)&to, sizeof(to)), 0);
    s = accept(l, addr(&from), &len);
    CHECK(s >= 0);
    CHECK(IN6_IS_ADDR_V4MAPPED(&from.sin6_addr));
    CHECK_EQ(from.sin6_addr.s6_addr[12], 127);
    close(c);
    close(s);
    c = socket(AF_INET6, SOCK_STREAM, 0);
    six = at("::ffff:127.0.0.1", a.sin6_port);
    CHECK_EQ(connect(c, addr(&six), sizeof(six)), 0);
    s = accept(l, NULL, NULL);
    CHECK(s >= 0);
    close(c);
    close(s);
    c = socket(AF_INET6, SOCK_STREAM, 0);
    six = at("::1", a.sin6_port);
    CHECK_EQ(connect(c, addr(&six), sizeof(six)), 0);
    close(c);
    close(l);
}

static void v6only_leaves_the_port_to_the_other(void)
{
    struct sockaddr_in6 a;
    int l = listener("::", &a, 1), c = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = a.sin6_port};
    int other = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_ERRNO(connect(c, (struct sockaddr *)&to, sizeof(to)), ECONNREFUSED);
    CHECK_EQ(bind(other, (struct sockaddr *)&to, sizeof(to)), 0);
    CHECK_EQ(listen(other, 1), 0);
    close(c);
    close(l);
    close(other);
}

static void nobody_there_refuses(void)
{
    struct sockaddr_in6 a;
    int l = listener("::1", &a, 0), c = socket(AF_INET6, SOCK_STREAM, 0);

    close(l);
    CHECK_ERRNO(connect(c, addr(&a), sizeof(a)), ECONNREFUSED);
    close(c);
}

static void *pour(void *arg)
{
    static char block[65536];
    int fd = *(int *)arg;

    for (int left = BULK; left > 0; left -= (int)sizeof(block)) {
        for (size_t i = 0; i < sizeof(block); i++)
            block[i] = (char)(i * 3 + (size_t)left / 65536);
        if (send(fd, block, sizeof(block), 0) != sizeof(block))
            break;
    }
    shutdown(fd, SHUT_WR);
    return NULL;
}

static void much_arrives_as_it_was_sent(void)
{
    static char buf[65536];
    struct sockaddr_in6 a;
    int l = listener("::1", &a, 0), c = socket(AF_INET6, SOCK_STREAM, 0), s;
    long got = 0, wrong = 0;
    pthread_t t;
    ssize_t n;

    CHECK_EQ(connect(c, addr(&a), sizeof(a)), 0);
    s = accept(l, NULL, NULL);
    CHECK_EQ(pthread_create(&t, NULL, pour, &c), 0);
    while ((n = read(s, buf, sizeof(buf))) > 0) {
        for (ssize_t i = 0; i < n; i++, got++) {
            long at = got % 65536, left = BULK - (got - at);

            wrong += buf[i] != (char)(at * 3 + left / 65536);
        }
    }
    CHECK_EQ(got, BULK);
    CHECK_EQ(wrong, 0);
    pthread_join(t, NULL);
    close(c);
    close(s);
    close(l);
}

int main(void)
{
    RUN(connects_and_names_both_ends);
    RUN(a_listener_at_any_takes_both_versions);
    RUN(v6only_takes_no_ipv4);
    RUN(v6only_leaves_the_port_to_the_other);
    RUN(nobody_there_refuses);
    RUN(much_arrives_as_it_was_sent);
    return check_end();
}
