// SPDX-License-Identifier: MIT
/*
 * disconnect: connect(AF_UNSPEC) while another thread is in recv, whose buffer
 * is a file's mapping, so that copying to it may have to wait for the disk: the
 * file's name is the argument, else it is a file of /tmp. What recv gives must
 * be what was sent, or nothing.
 */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 32
#define SIZE   65536

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

static void a_reader_keeps_what_it_reads(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    socklen_t len = sizeof(server);
    char *map;

    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(listener, (struct sockaddr *)&server, len), 0);
    CHECK_EQ(getsockname(listener, (struct sockaddr *)&server, &len), 0);
    CHECK_EQ(listen(listener, 5), 0);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, ROUNDS * SIZE), 0);
    map = mmap(NULL, ROUNDS * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(map != MAP_FAILED);
    CHECK_EQ(madvise(map, ROUNDS * SIZE, MADV_RANDOM), 0); /* page by page */
    for (int i = 0; i < ROUNDS; i++)
        one_round(listener, map + i * SIZE);
    close(listener);
    close(fd);
    unlink(path);
}

int main(int argc, char **argv)
{
    char name[] = "/tmp/disconnect-XXXXXX";

    path = argc > 1 ? argv[1] : name;
    if (argc < 2)
        close(mkstemp(name));
    sem_init(&begun, 0, 0);
    RUN(a_reader_keeps_what_it_reads);
    return check_end();
}
