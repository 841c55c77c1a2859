// SPDX-License-Identifier: MIT
/*
 * echo: sends back what it receives, on TCP and UDP port 8080 (or the port
 * that is its argument), of IPv4 and IPv6. One thread, one poll loop; a TCP
 * client that does not read its echo is read no further.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 1000

struct client {
    size_t len, sent; /* bytes in data, and how many went back */
    char data[16384];
};

static struct pollfd polls[CLIENTS_MAX + 2]; /* UDP, listener, clients */
static struct client *clients[CLIENTS_MAX + 2];
static nfds_t count = 2;

static int open_port(int type, int port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int fd = socket(AF_INET6, type | SOCK_NONBLOCK, 0), on = 1;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
        (type == SOCK_STREAM && listen(fd, 128) < 0)) {
        perror("echo");
        exit(1);
    }
    return fd;
}

static void echo_datagrams(int fd)
{
    static char data[65536];
    struct sockaddr_in6 from;
    socklen_t len = sizeof(from);
    ssize_t n;

    while ((n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from,
                         &len)) >= 0)
        sendto(fd, data, n, 0, (struct sockaddr *)&from, len);
}

static void accept_client(int fd)
{
    int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK);

    if (client < 0)
        return;
    clients[count] = malloc(sizeof(struct client));
    if (!clients[count]) {
        close(client);
        return;
    }
    clients[count]->len = clients[count]->sent = 0;
    polls[count++] = (struct pollfd){client, POLLIN, 0};
}

/* 0: the client has gone. */
static int serve(struct pollfd *p, struct client *c)
{
    ssize_t n;

    if (c->sent == c->len) {
        n = recv(p->fd, c->data, sizeof(c->data), 0);
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        c->len = (size_t)n;
        c->sent = 0;
    }
    n = send(p->fd, c->data + c->sent, c->len - c->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        return 0;
    if (n > 0)
        c->sent += (size_t)n;
    p->events = c->sent < c->len ? POLLOUT : POLLIN;
    return 1;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 8080;

    polls[0] = (struct pollfd){open_port(SOCK_DGRAM, port), POLLIN, 0};
    polls[1] = (struct pollfd){open_port(SOCK_STREAM, port), POLLIN, 0};
    if (polls[1].fd < 0)
        fprintf(stderr, "echo: UDP only: there is no TCP\n");
    fprintf(stderr, "echo: port %d\n", port);
    for (;;) {
        polls[1].events = count < CLIENTS_MAX + 2 ? POLLIN : 0;
        if (poll(polls, count, -1) < 0)
            return 1;
        if (polls[0].revents)
            echo_datagrams(polls[0].fd);
        if (polls[1].revents)
            accept_client(polls[1].fd);
        for (nfds_t i = count; i-- > 2;) {
            if (!polls[i].revents || serve(&polls[i], clients[i]))
                continue;
            close(polls[i].fd);
            free(clients[i]);
            count--;
            polls[i] = polls[count];
            clients[i] = clients[count];
        }
    }
}
