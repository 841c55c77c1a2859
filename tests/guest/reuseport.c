// SPDX-License-Identifier: MIT
/* reuseport: sockets that share a port by SO_REUSEPORT share what comes to it,
 * socket(7); those that did not ask for it may not. */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHARES = 4, PEERS = 200 };

static int bound(int type, struct sockaddr_in *a, int share)
{
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);
    socklen_t len = sizeof(*a);

    CHECK(fd >= 0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &share, sizeof(share)),
             0);
    if (bind(fd, (struct sockaddr *)a, sizeof(*a)) < 0) {
        close(fd);
        return -1;
    }
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

static struct sockaddr_in loopback(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

/* Each got some, and together all: no hash is so bad that one of four gets
 * fewer than a tenth of 200. */
static void check_shares(const int got[SHARES])
{
    int total = 0;

    for (int i = 0; i < SHARES; i++) {
        CHECK(got[i] >= PEERS / 10);
        total += got[i];
    }
    CHECK_EQ(total, PEERS);
}

static void datagrams_are_shared_by_sender(void)
{
    struct sockaddr_in a = loopback();
    int fds[SHARES], got[SHARES] = {0}, first = -1;
    char c;

    for (int i = 0; i < SHARES; i++)
        CHECK((fds[i] = bound(SOCK_DGRAM, &a, 1)) >= 0);
    for (int i = 0; i < PEERS; i++) {
        int peer = socket(AF_INET, SOCK_DGRAM, 0);

        CHECK_EQ(connect(peer, (struct sockaddr *)&a, sizeof(a)), 0);
        CHECK_EQ(send(peer, "x", 1, 0), 1);
        CHECK_EQ(send(peer, "x", 1, 0), 1);
        first = -1;
        for (int k = 0; k < SHARES; k++) {
            while (recv(fds[k], &c, 1, 0) == 1) {
                CHECK(first < 0 || first == k); /* one sender, one socket */
                got[k] += first < 0;
                first = k;
            }
        }
        CHECK(first >= 0);
        close(peer);
    }
    check_shares(got);
    for (int i = 0; i < SHARES; i++)
        close(fds[i]);
}

static void connections_are_shared(void)
{
    struct sockaddr_in a = loopback();
    int fds[SHARES], got[SHARES] = {0};

    for (int i = 0; i < SHARES; i++) {
        CHECK((fds[i] = bound(SOCK_STREAM, &a, 1)) >= 0);
        CHECK_EQ(listen(fds[i], 16), 0);
    }
    for (int i = 0; i < PEERS; i++) {
        int peer = socket(AF_INET, SOCK_STREAM, 0), child = -1;

        CHECK_EQ(connect(peer, (struct sockaddr *)&a, sizeof(a)), 0);
        for (int k = 0; k < SHARES && child < 0; k++) {
            child = accept(fds[k], NULL, NULL);
            got[k] += child >= 0;
        }
        CHECK(child >= 0);
        close(peer);
        close(child);
    }
    check_shares(got);
    for (int i = 0; i < SHARES; i++)
        close(fds[i]);
}

static void who_did_not_ask_may_not(void)
{
    struct sockaddr_in a = loopback();
    int one = bound(SOCK_STREAM, &a, 1);

    CHECK(one >= 0);
    CHECK_EQ(bound(SOCK_STREAM, &a, 0), -1);
    CHECK_EQ(errno, EADDRINUSE);
    close(one);
}

int main(void)
{
    RUN(datagrams_are_shared_by_sender);
    RUN(connections_are_shared);
    RUN(who_did_not_ask_may_not);
    return check_end();
}
