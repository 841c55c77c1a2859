// SPDX-License-Identifier: MIT
/* procnet: /proc/net, /proc/sys/net and /sys/class/net, as netstat, ss,
 * ifconfig and servers read them. */
#define _GNU_SOURCE
#include "inet.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char text[1 << 16];

static void slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    size_t len = 0;
    ssize_t n;

    CHECK(fd >= 0);
    while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = '\0';
    close(fd);
}

/* The line with a word in it; NULL: none. */
static char *line_with(const char *word)
{
    char *at = strstr(text, word), *end;

    if (!at)
        return NULL;
    while (at > text && at[-1] != '\n')
        at--;
    end = strchr(at, '\n');
    if (end)
        *end = '\0';
    return at;
}

static unsigned long inode(int fd)
{
    struct stat st;

    CHECK_EQ(fstat(fd, &st), 0);
    return st.st_ino;
}

/* The state and the inode of the line of a local port. */
static void check_line(unsigned port, unsigned state, unsigned long ino,
                       unsigned *out, unsigned *in)
{
    unsigned addr, p, s;
    unsigned long i;
    char word[32], *line;

    snprintf(word, sizeof(word), ": 0100007F:%04X ", port);
    line = line_with(word);
    CHECK(line != NULL);
    CHECK_EQ(sscanf(strchr(line, ':') + 1,
                    " %x:%x %*x:%*x %x %x:%x %*x:%*x %*x %*u %*u %lu", &addr,
                    &p, &s, out, in, &i),
             6);
    CHECK_EQ(p, port);
    CHECK_EQ(s, state);
    CHECK_EQ(i, ino);
}

static void streams_are_listed(void)
{
    struct sockaddr_in a, b;
    socklen_t len = sizeof(b);
    int listener = bound(SOCK_STREAM, &a), client, server;
    unsigned out, in;

    CHECK_EQ(listen(listener, 5), 0);
    slurp("/proc/net/tcp");
    check_line(ntohs(a.sin_port), 10, inode(listener), &out, &in);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(connect(client, (struct sockaddr *)&a, sizeof(a)), 0);
    server = accept(listener, NULL, NULL);
    CHECK(server >= 0);
    CHECK_EQ(getsockname(client, (struct sockaddr *)&b, &len), 0);
    CHECK_EQ(write(server, "12345", 5), 5);
    slurp("/proc/self/net/tcp");
    check_line(ntohs(b.sin_port), 1, inode(client), &out, &in);
    CHECK_EQ(in, 5);
    close(client);
    close(server);
    close(listener);
}

static void datagram_sockets_are_listed(void)
{
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a);
    unsigned out, in;

    slurp("/proc/net/udp");
    check_line(ntohs(a.sin_port), 7, inode(fd), &out, &in);
    CHECK_EQ(in, 0);
    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
    slurp("/proc/net/udp");
    check_line(ntohs(a.sin_port), 7, inode(fd), &out, &in);
    CHECK(in > 0);
    close(fd);
}

static void names_of_unix_sockets_are_listed(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    char *line;

    memcpy(a.sun_path, "\0procnet-test", 13);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, 2 + 13), 0);
    CHECK_EQ(listen(fd, 1), 0);
    slurp("/proc/net/unix");
    line = line_with("@procnet-test");
    CHECK(line && strstr(line, " 00010000 0001 01 "));
    close(fd);
    slurp("/proc/net/unix");
    CHECK(!line_with("@procnet-test"));
}

static void interfaces_are_listed(void)
{
    slurp("/proc/net/dev");
    CHECK(line_with(" lo: ") || strstr(text, "lo:"));
    slurp("/proc/net/if_inet6");
    CHECK(line_with("00000000000000000000000000000001 01 80 10 80 "));
    slurp("/proc/net/route");
    CHECK(strncmp(text, "Iface\tDestination\tGateway", 25) == 0);
    slurp("/proc/net/arp");
    CHECK(strncmp(text, "IP address ", 11) == 0);
    slurp("/sys/class/net/lo/mtu");
    CHECK_EQ(atoi(text), 65536);
    slurp("/sys/class/net/lo/address");
    CHECK(!strcmp(text, "00:00:00:00:00:00\n"));
    slurp("/sys/class/net/lo/type");
    CHECK_EQ(atoi(text), 772);
    slurp("/sys/class/net/lo/ifindex");
    CHECK_EQ(atoi(text), 1);
    slurp("/sys/class/net/lo/statistics/rx_packets");
    CHECK(text[0] >= '0' && text[0] <= '9');
}

static void counters_count(void)
{
    struct sockaddr_in a;
    int fd = bound(SOCK_DGRAM, &a);
    unsigned long before, after;
    char *line;

    slurp("/proc/net/snmp");
    line = strstr(text, "\nUdp: InDatagrams");
    CHECK(line != NULL);
    before = strtoul(strstr(line + 6, "\nUdp: ") + 6, NULL, 10);
    CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)), 1);
    CHECK_EQ(recv(fd, text, 1, 0), 1);
    slurp("/proc/net/snmp");
    line = strstr(text, "\nUdp: InDatagrams");
    after = strtoul(strstr(line + 6, "\nUdp: ") + 6, NULL, 10);
    CHECK(after > before);
    CHECK(strstr(text, "\nTcp: RtoAlgorithm "));
    slurp("/proc/net/sockstat");
    CHECK(strncmp(text, "sockets: used ", 14) == 0);
    close(fd);
}

static void settings_hold(void)
{
    unsigned first, last;
    struct sockaddr_in a;
    int fd;

    slurp("/proc/sys/net/core/somaxconn");
    CHECK(atoi(text) >= 128);
    slurp("/proc/sys/net/ipv4/ip_local_port_range");
    CHECK_EQ(sscanf(text, "%u %u", &first, &last), 2);
    fd = bound(SOCK_DGRAM, &a);
    CHECK(ntohs(a.sin_port) >= first && ntohs(a.sin_port) <= last);
    close(fd);
    if (getpid() != 1) /* not a machine of our own: it stays as it is */
        return;
    fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);
    CHECK(fd >= 0);
    CHECK_ERRNO(write(fd, "9 8\n", 4), EINVAL);
    CHECK_EQ(write(fd, "5000 5001\n", 10), 10);
    close(fd);
    for (int i = 0; i < 20; i++) {
        fd = bound(SOCK_DGRAM, &a);
        CHECK(ntohs(a.sin_port) == 5000 || ntohs(a.sin_port) == 5001);
        close(fd);
    }
}

int main(void)
{
    RUN(streams_are_listed);
    RUN(datagram_sockets_are_listed);
    RUN(names_of_unix_sockets_are_listed);
    RUN(interfaces_are_listed);
    RUN(counters_count);
    RUN(settings_hold);
    return check_end();
}
