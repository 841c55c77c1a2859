// SPDX-License-Identifier: MIT
/* serve: see the header. */
#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX (1 << 20) /* bytes; who sends a longer one is cut off */
#define PIECE       65536     /* read at a time; also the longest datagram */
#define TURNS       64        /* things done of one kind before others' */

struct buffer {
    char *data;
    size_t len, room;
};

/* What epoll names: a port or a client. */
struct source {
    int fd;
    uint32_t events;
    const struct service *service;
    void (*ready)(struct source *s);
};

struct client {
    struct source source;
    struct buffer in, out;
    size_t taken, sent; /* of in: answered; of out: under way */
    int file;           /* follows out, -1: none */
    off_t file_left;    /* -1: to its end */
    bool ended;         /* nothing more is read */
    bool broken;        /* out of memory, or too much: it is closed */
};

static int poller;
static bool whole;
static int first_port;
static bool full; /* no client can be taken until one goes */
static char piece[PIECE + 1];
static struct source *ports[16];
static size_t port_count;

static void watch(struct source *s, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = s};

    if (events != s->events)
        epoll_ctl(poller, EPOLL_CTL_MOD, s->fd, &e);
    s->events = events;
}

static int add(struct source *s)
{
    struct epoll_event e = {.events = s->events, .data.ptr = s};

    return epoll_ctl(poller, EPOLL_CTL_ADD, s->fd, &e);
}

/* Out of room for clients, listening sockets wait. */
static void set_full(bool is)
{
    full = is;
    for (size_t i = 0; i < port_count; i++)
        watch(ports[i], is ? 0 : EPOLLIN);
}

/* --- what is kept of a client --- */

static bool append(struct buffer *b, const void *data, size_t len)
{
    size_t room = b->room ? b->room : 512;
    char *larger;

    while (room - b->len <= len) /* one more, for an end of the text */
        room *= 2;
    if (room != b->room) {
        larger = realloc(b->data, room);
        if (!larger)
            return false;
        b->data = larger;
        b->room = room;
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

static void forget(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}

void reply(struct client *c, const void *data, size_t len)
{
    if (!append(&c->out, data, len))
        c->broken = true;
}

void reply_text(struct client *c, const char *format, ...)
{
    char text[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    reply(c, text, n < (int)sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void reply_file(struct client *c, int fd, off_t len)
{
    c->file = fd;
    c->file_left = len;
}

void hang_up(struct client *c)
{
    c->ended = true;
    c->in.len = c->taken = 0; /* freed later: the request lies there */
}

/* --- a connection --- */

static bool has_to_send(const struct client *c)
{
    return c->out.len || c->file >= 0;
}

/* Sends what goes out now. False: the client has gone. */
static bool send_replies(struct client *c)
{
    while (c->sent < c->out.len) {
        ssize_t n = send(c->source.fd, c->out.data + c->sent,
                         c->out.len - c->sent, c->file >= 0 ? MSG_MORE : 0);

        if (n < 0)
            return errno == EAGAIN;
        c->sent += (size_t)n;
    }
    forget(&c->out);
    c->sent = 0;
    while (c->file >= 0) {
        size_t want = c->file_left < 0 || c->file_left > 1 << 20
                          ? 1 << 20
                          : (size_t)c->file_left;
        ssize_t n = sendfile(c->source.fd, c->file, NULL, want);

        if (n < 0)
            return errno == EAGAIN;
        if (c->file_left > 0)
            c->file_left -= n;
        if (n == 0 && c->file_left > 0)
            return false; /* shorter than we said */
        if (n == 0 || c->file_left == 0) {
            close(c->file);
            c->file = -1;
        }
    }
    return true;
}

/* Answers the next request that is whole. False: there is none yet. */
static bool answer_next(struct client *c)
{
    char *from = c->in.data + c->taken, *end = NULL;
    const struct service *s = c->source.service;
    size_t left = c->in.len - c->taken, len = left, used = left;

    if (!left) {
        forget(&c->in);
        c->taken = 0;
        return false;
    }
    if (s->end && !whole)
        end = memmem(from, left, s->end, strlen(s->end));
    if (end) {
        *end = '\0';
        len = (size_t)(end - from);
        used = len + strlen(s->end);
    } else if (!c->ended) {
        return false;
    }
    c->taken += used;
    s->answer(c, from, len);
    return true;
}

/* False: the connection is over. */
static bool receive(struct client *c)
{
    ssize_t n = recv(c->source.fd, piece, PIECE, 0);

    if (n < 0)
        return errno == EAGAIN;
    if (n == 0) {
        c->ended = true;
        return true;
    }
    if (!c->source.service->end && !whole) {
        piece[n] = '\0';
        c->source.service->answer(c, piece, (size_t)n);
        return true;
    }
    if (c->taken) { /* only the part of a request is left */
        c->in.len -= c->taken;
        memmove(c->in.data, c->in.data + c->taken, c->in.len);
        c->taken = 0;
    }
    return append(&c->in, piece, (size_t)n) && c->in.len <= REQUEST_MAX;
}

/* Reads once, so that all clients have their turn, and answers all that can
 * be. False: the connection is over. */
static bool progress(struct client *c)
{
    if (!has_to_send(c) && !c->ended && !receive(c))
        return false;
    do {
        if (c->broken || !send_replies(c))
            return false;
    } while (!has_to_send(c) && answer_next(c));
    return !c->ended || has_to_send(c);
}

static void client_ready(struct source *s)
{
    struct client *c = (struct client *)s;

    if (progress(c)) {
        watch(s, has_to_send(c) ? EPOLLOUT : EPOLLIN);
        return;
    }
    close(s->fd);
    if (c->file >= 0)
        close(c->file);
    forget(&c->in);
    forget(&c->out);
    free(c);
    if (full)
        set_full(false);
}

/* --- ports --- */

static void listener_ready(struct source *s)
{
    for (int i = 0; i < TURNS; i++) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct client *c;

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
                set_full(true);
            return;
        }
        c = calloc(1, sizeof(*c));
        if (!c) {
            close(fd);
            return;
        }
        c->source = (struct source){fd, EPOLLIN, s->service, client_ready};
        c->file = -1;
        if (add(&c->source) < 0) {
            close(fd);
            free(c);
        }
    }
}

static void datagrams_ready(struct source *s)
{
    static struct client c = {.file = -1};

    for (int i = 0; i < TURNS; i++) {
        struct sockaddr_in6 from;
        socklen_t len = sizeof(from);
        ssize_t n =
            recvfrom(s->fd, piece, PIECE, 0, (struct sockaddr *)&from, &len);

        if (n < 0)
            return;
        piece[n] = '\0';
        c.out.len = 0;
        s->service->answer(&c, piece, (size_t)n);
        sendto(s->fd, c.out.data, c.out.len, 0, (struct sockaddr *)&from, len);
    }
}

static bool open_port(const struct service *service, int type, int port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6,
                             .sin6_port = htons((uint16_t)port)};
    int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct source *s = malloc(sizeof(*s));

    if (fd < 0 || !s)
        return false;
    *s =
        (struct source){fd, EPOLLIN, service,
                        type == SOCK_STREAM ? listener_ready : datagrams_ready};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
        (type == SOCK_STREAM && listen(fd, SOMAXCONN) < 0) || add(s) < 0)
        return false;
    if (type == SOCK_STREAM)
        ports[port_count++] = s;
    return true;
}

int serve_options(int argc, char **argv, const char *operands)
{
    int c;

    while ((c = getopt(argc, argv, "wp:")) != -1) {
        if (c == 'w')
            whole = true;
        else if (c == 'p')
            first_port = atoi(optarg);
        else
            break;
    }
    if (c != -1 || (!*operands && optind < argc)) {
        fprintf(stderr,
                "usage: %s [-w] [-p PORT] %s\n"
                "  -w  collects all of a request before it answers\n",
                program_invocation_short_name, operands);
        exit(2);
    }
    return optind;
}

int serve(const struct service *services, size_t count)
{
    const char *name = program_invocation_short_name;
    int move = first_port ? first_port - services[0].port : 0;
    struct epoll_event events[TURNS];
    struct rlimit files;

    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < count; i++) {
        const struct service *s = &services[i];
        int port = s->port + move;

        if (!open_port(s, SOCK_STREAM, port) ||
            (s->udp && !open_port(s, SOCK_DGRAM, port))) {
            fprintf(stderr, "%s: port %d: %m\n", name, port);
            return 1;
        }
        fprintf(stderr, "%s: port %d\n", name, port);
    }
    for (;;) {
        int n = epoll_wait(poller, events, TURNS, -1);

        if (n < 0 && errno != EINTR) {
            perror(name);
            return 1;
        }
        for (int i = 0; i < n; i++) {
            struct source *s = events[i].data.ptr;

            s->ready(s);
        }
    }
}
