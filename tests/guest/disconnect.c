// SPDX-License-Identifier: MIT
/*
 * disconnect: what other threads do to a socket while one is in send or recv,
 * whose buffer is a file's mapping, so that copying may have to wait for the
 * disk: the file's name is the argument, else it is a file of /tmp. Each case
 * touches pages of its own.
 */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 32
#define SIZE   65536
#define PIECE  (SIZE / 4)

static const char *path;
static struct sockaddr_in server;
static sem_t begun;

struct reader {
    int fd;
    char *to;
    ssize_t got;
};

static void *reader(void *arg)
{
    struct reader *r = arg;

    sem_post(&begun);
    r->got = recv(r->fd, r->to, SIZE, 0);
    return NULL;
}

/* A connection with SIZE times `fill` in it; the end that has not read. */
static int filled(int listener, char fill, int *other)
{
    static char data[SIZE];
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    memset(data, fill, sizeof(data));
    CHECK_EQ(connect(fd, (struct sockaddr *)&server, sizeof(server)), 0);
    *other = accept(listener, NULL, NULL);
    CHECK(*other >= 0);
    CHECK(send(*other, data, sizeof(data), MSG_DONTWAIT) > 0);
    return fd;
}

static void disconnect(int fd)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    CHECK_EQ(connect(fd, &none, sizeof(none)), 0);
}

static void one_round(int listener, char *map)
{
    struct reader r = {.to = map};
    int other, fd2, other2;
    pthread_t t;

    r.fd = filled(listener, 'a', &other);
    CHECK_EQ(pthread_create(&t, NULL, reader, &r), 0);
    sem_wait(&begun);
    disconnect(r.fd);
    fd2 = filled(listener, 'b', &other2); /* in what was freed */
    pthread_join(t, NULL);
    for (ssize_t i = 0; i < SIZE; i++)
        CHECK_EQ(map[i], i < r.got || map[i] ? 'a' : 0);
    close(r.fd);
    close(other);
    close(fd2);
    close(other2);
}

/* The next ROUNDS times SIZE bytes of the file. */
static char *map_more(void)
{
    static off_t at;
    size_t len = ROUNDS * SIZE;
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    char *map;

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, at + (off_t)len), 0);
    map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, at);
    CHECK(map != MAP_FAILED);
    CHECK_EQ(madvise(map, len, MADV_RANDOM), 0); /* page by page */
    close(fd);
    at += (off_t)len;
    return map;
}

static int listener_at_any_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t len = sizeof(server);

    server = (struct sockaddr_in){.sin_family = AF_INET};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)&server, len), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&server, &len), 0);
    CHECK_EQ(listen(fd, 5), 0);
    return fd;
}

/* What recv gives must be what was sent, or nothing. */
static void a_reader_keeps_what_it_reads(void)
{
    int listener = listener_at_any_port();
    char *map = map_more();

    for (int i = 0; i < ROUNDS; i++)
        one_round(listener, map + i * SIZE);
    close(listener);
}

/* --- many in one socket --- */

static void *piece_reader(void *arg)
{
    struct reader *r = arg;

    r->got = recv(r->fd, r->to, PIECE, 0);
    return NULL;
}

static void *piece_writer(void *arg)
{
    struct reader *r = arg;

    r->got = send(r->fd, r->to, PIECE, 0);
    return NULL;
}

static void *connector(void *arg)
{
    struct reader *r = arg;

    r->got = connect(r->fd, (struct sockaddr *)&server, sizeof(server));
    return NULL;
}

/* They wait for each other, and each gets its turn. */
static void readers_writers_and_connect_all_end(void)
{
    static void *(*const work[])(void *) = {
        piece_reader, piece_writer, piece_reader, piece_writer, connector};
    enum { N = sizeof(work) / sizeof(*work) };
    int listener = listener_at_any_port(), other;
    char *map = map_more();
    struct reader r[N];
    pthread_t t[N];

    for (int i = 0; i < ROUNDS; i++) {
        int fd = filled(listener, 'a', &other);

        for (int j = 0; j < N; j++) {
            r[j] = (struct reader){fd, map + i * SIZE + j * PIECE, 0};
            CHECK_EQ(pthread_create(&t[j], NULL, work[j], &r[j]), 0);
        }
        for (int j = 0; j < N; j++)
            pthread_join(t[j], NULL);
        CHECK(r[0].got > 0 && r[2].got > 0);
        CHECK_EQ(r[1].got, PIECE);
        CHECK_EQ(r[3].got, PIECE);
        CHECK_EQ(r[4].got, -1); /* EISCONN */
        close(fd);
        close(other);
    }
    close(listener);
}

/* --- corks --- */

static void *sender(void *arg)
{
    struct reader *r = arg;

    sem_post(&begun);
    r->got = send(r->fd, r->to, SIZE - 1000, 0);
    return NULL;
}

/* Whether before the send or behind it: there is one datagram, whole. */
static void a_cork_ends_before_or_behind_a_send(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int to = socket(AF_INET, SOCK_DGRAM, 0), on = 1, off = 0;
    struct reader r = {.fd = socket(AF_INET, SOCK_DGRAM, 0)};
    socklen_t len = sizeof(a);
    char *map = map_more();
    static char data[SIZE];
    pthread_t t;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(to, (struct sockaddr *)&a, len), 0);
    CHECK_EQ(getsockname(to, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(connect(r.fd, (struct sockaddr *)&a, len), 0);
    for (int i = 0; i < ROUNDS; i++) {
        r.to = map + i * SIZE;
        CHECK_EQ(setsockopt(r.fd, SOL_UDP, UDP_CORK, &on, sizeof(on)), 0);
        CHECK_EQ(pthread_create(&t, NULL, sender, &r), 0);
        sem_wait(&begun);
        CHECK_EQ(setsockopt(r.fd, SOL_UDP, UDP_CORK, &off, sizeof(off)), 0);
        pthread_join(t, NULL);
        CHECK_EQ(r.got, SIZE - 1000);
        CHECK_EQ(recv(to, data, SIZE, MSG_DONTWAIT), SIZE - 1000);
        CHECK_EQ(memcmp(data, r.to, SIZE - 1000), 0);
        CHECK_ERRNO(recv(to, data, SIZE, MSG_DONTWAIT), EAGAIN);
    }
    close(r.fd);
    close(to);
}

int main(int argc, char **argv)
{
    char name[] = "/tmp/disconnect-XXXXXX";

    path = argc > 1 ? argv[1] : name;
    if (argc < 2)
        close(mkstemp(name));
    sem_init(&begun, 0, 0);
    RUN(a_reader_keeps_what_it_reads);
    RUN(readers_writers_and_connect_all_end);
    RUN(a_cork_ends_before_or_behind_a_send);
    unlink(path);
    return check_end();
}
