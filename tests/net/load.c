// SPDX-License-Identifier: MIT
/*
 * load: much of one kind for the services of examples/static-pie, and whether
 * all of it was answered:
 *
 *     load connections ADDRESS PORT COUNT       echo, 64 at a time
 *     load datagrams ADDRESS PORT COUNT         echo, 64 on their way
 *     load fragments ADDRESS PORT COUNT         a request of sort in so many
 *     load idle ADDRESS PORT COUNT ACTIVE       connections that stay, and some
 *                                               that talk; waits for a line on
 *                                               stdin in between
 *     load flood ADDRESS PORT COUNT             SYNs of nobody, as root
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE   64
#define MESSAGE   64     /* bytes of one exchange */
#define PATIENCE  120000 /* ms without anything happening */
#define SORT_SIZE 29202

static struct sockaddr_in to;

static void give_up(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, ": %m\n");
    exit(1);
}

static void fill(char *message, unsigned number)
{
    for (int i = 0; i < MESSAGE; i++)
        message[i] = (char)(number + (unsigned)i * (number >> 8 | 1));
}

static int begin_connect(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd < 0)
        give_up("socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
        errno != EINPROGRESS)
        give_up("connect");
    return fd;
}

/* Ends when any of the descriptors has something. */
static void wait_for(struct pollfd *p, size_t count)
{
    if (poll(p, count, PATIENCE) <= 0)
        give_up("nothing for %d seconds", PATIENCE / 1000);
}

static void put_message(int fd, unsigned number)
{
    char message[MESSAGE];

    fill(message, number);
    if (send(fd, message, MESSAGE, MSG_NOSIGNAL) != MESSAGE)
        give_up("connection %u", number);
}

/* The message is so short that it comes in one piece. */
static void get_message(int fd, unsigned number)
{
    char message[MESSAGE], back[MESSAGE];
    ssize_t n = recv(fd, back, MESSAGE, 0);

    fill(message, number);
    if (n != MESSAGE || memcmp(message, back, MESSAGE) != 0)
        give_up("connection %u: %zd bytes came back", number, n);
}

/* --- connections --- */

static void connections(unsigned count)
{
    struct pollfd p[AT_ONCE];
    unsigned numbers[AT_ONCE], begun = 0, done = 0;

    for (int i = 0; i < AT_ONCE; i++)
        p[i] = (struct pollfd){-1, POLLOUT, 0};
    while (done < count) {
        for (int i = 0; i < AT_ONCE && begun < count; i++) {
            if (p[i].fd >= 0)
                continue;
            p[i] = (struct pollfd){begin_connect(), POLLOUT, 0};
            numbers[i] = begun++;
        }
        wait_for(p, AT_ONCE);
        for (int i = 0; i < AT_ONCE; i++) {
            if (p[i].fd < 0 || !p[i].revents)
                continue;
            if (p[i].events == POLLOUT) {
                put_message(p[i].fd, numbers[i]);
                p[i].events = POLLIN;
                continue;
            }
            get_message(p[i].fd, numbers[i]);
            close(p[i].fd);
            p[i].fd = -1;
            done++;
        }
    }
}

/* --- datagrams --- */

/* Those that got lost on the way are sent again. */
static void datagrams(unsigned count)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    unsigned done = 0, again = 0;
    bool back[AT_ONCE];

    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        give_up("connect");
    while (done < count) {
        unsigned batch = count - done < AT_ONCE ? count - done : AT_ONCE;
        unsigned left = batch, number;
        struct pollfd p = {fd, POLLIN, 0};

        memset(back, 0, sizeof(back));
        while (left) {
            for (unsigned i = 0; i < batch; i++) {
                number = done + i;
                if (!back[i] && send(fd, &number, sizeof(number), 0) < 0)
                    give_up("send");
            }
            while (left && poll(&p, 1, 1000) > 0) {
                if (recv(fd, &number, sizeof(number), 0) != sizeof(number))
                    give_up("recv");
                if (number - done >= batch || back[number - done])
                    continue;
                back[number - done] = true;
                left--;
            }
            again += left;
            if (again > count / 10 + 1000)
                give_up("%u datagrams without an answer", again);
        }
        done += batch;
    }
    printf("%u sent again\n", again);
}

/* --- a request in fragments --- */

static int compare(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

/* Numbers of a request of SORT_SIZE bytes; the answer has the same length. */
static void make_request(char *request, char *answer)
{
    static long numbers[SORT_SIZE / 7 + 1];
    size_t count = SORT_SIZE / 7;
    char *at = answer, word[8];

    for (size_t i = 0; i < count; i++) {
        numbers[i] = 100000 + (long)((i * 7919) % 900000);
        snprintf(word, sizeof(word), "%ld ", numbers[i]);
        memcpy(request + i * 7, word, 7);
    }
    qsort(numbers, count, sizeof(*numbers), compare);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%ld ", numbers[i]);
    /* The rest of the request are blanks and its end. */
    memset(request + count * 7, ' ', SORT_SIZE - count * 7);
    request[SORT_SIZE - 1] = '\n';
    answer[count * 7 - 1] = '\n';
    answer[count * 7] = '\0';
}

static void fragments(unsigned count)
{
    static char request[SORT_SIZE], answer[SORT_SIZE + 8], back[SORT_SIZE];
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    size_t wanted, got = 0;
    ssize_t n;

    make_request(request, answer);
    wanted = strlen(answer);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        give_up("connect");
    for (unsigned i = 0; i < count; i++) {
        size_t from = (size_t)SORT_SIZE * i / count;
        size_t len = (size_t)SORT_SIZE * (i + 1) / count - from;

        if (send(fd, request + from, len, MSG_NOSIGNAL) != (ssize_t)len)
            give_up("send");
    }
    while (got < wanted && (n = recv(fd, back + got, wanted - got, 0)) > 0)
        got += (size_t)n;
    if (got != wanted || memcmp(answer, back, wanted) != 0)
        give_up("%zu bytes came back", got);
    close(fd);
}

/* --- connections that stay --- */

static void idle(unsigned count, unsigned active)
{
    struct pollfd *p = calloc(count, sizeof(*p));
    char line[8];

    for (unsigned done = 0; done < count; done += AT_ONCE) {
        unsigned n = count - done < AT_ONCE ? count - done : AT_ONCE;

        for (unsigned i = done; i < done + n; i++)
            p[i] = (struct pollfd){begin_connect(), POLLOUT, 0};
        for (unsigned i = done; i < done + n; i++) {
            wait_for(&p[i], 1);
            put_message(p[i].fd, i);
            p[i].events = POLLIN;
        }
        for (unsigned i = done; i < done + n; i++) {
            wait_for(&p[i], 1);
            get_message(p[i].fd, i);
        }
    }
    printf("%u connections\n", count);
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        give_up("no line");
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < active; i++)
            put_message(p[i].fd, i + round);
        for (unsigned i = 0; i < active; i++) {
            wait_for(&p[i], 1);
            get_message(p[i].fd, i + round);
        }
    }
    for (unsigned i = 0; i < count; i++) { /* those that slept still work */
        put_message(p[i].fd, i);
        wait_for(&p[i], 1);
        get_message(p[i].fd, i);
    }
    printf("%u of them active\n", active);
}

/* --- a flood --- */

static uint16_t tcp_checksum(const struct iphdr *ip, const struct tcphdr *tcp)
{
    const uint16_t *words = (const uint16_t *)tcp;
    uint32_t sum = (ip->saddr & 0xffff) + (ip->saddr >> 16) +
                   (ip->daddr & 0xffff) + (ip->daddr >> 16) +
                   htons(IPPROTO_TCP) + htons(sizeof(*tcp));

    for (size_t i = 0; i < sizeof(*tcp) / 2; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

/* From 10.200.x.y, who do not exist. */
static void flood(unsigned count)
{
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    struct {
        struct iphdr ip;
        struct tcphdr tcp;
    } packet = {
        .ip = {.version = 4,
               .ihl = 5,
               .tot_len = htons(sizeof(packet)),
               .ttl = 64,
               .protocol = IPPROTO_TCP,
               .daddr = to.sin_addr.s_addr},
        .tcp = {
            .dest = to.sin_port, .doff = 5, .syn = 1, .window = htons(65535)}};

    if (fd < 0)
        give_up("raw socket");
    for (unsigned i = 0; i < count; i++) {
        packet.ip.saddr = htonl(0x0ac80000 + (i & 0xffff));
        packet.tcp.source = htons((uint16_t)(1024 + i / 7));
        packet.tcp.seq = htonl(i * 2654435761u);
        packet.tcp.check = 0;
        packet.tcp.check = tcp_checksum(&packet.ip, &packet.tcp);
        while (sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to,
                      sizeof(to)) < 0) {
            if (errno != ENOBUFS && errno != EAGAIN)
                give_up("send");
            usleep(1000);
        }
        /* A wire has a speed, and the device's queue an end. */
        if (i % AT_ONCE == 0)
            usleep(1000);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 4 ? argv[1] : "";
    unsigned count = argc > 4 ? (unsigned)atol(argv[4]) : 0;

    to.sin_family = AF_INET;
    if (argc > 4) {
        inet_pton(AF_INET, argv[2], &to.sin_addr);
        to.sin_port = htons((uint16_t)atoi(argv[3]));
    }
    if (!strcmp(what, "connections"))
        connections(count);
    else if (!strcmp(what, "datagrams"))
        datagrams(count);
    else if (!strcmp(what, "fragments"))
        fragments(count);
    else if (!strcmp(what, "idle") && argc > 5)
        idle(count, (unsigned)atol(argv[5]));
    else if (!strcmp(what, "flood"))
        flood(count);
    else
        return 2;
    printf("%s: %u\n", what, count);
    return 0;
}
