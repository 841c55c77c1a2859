// SPDX-License-Identifier: MIT
/*
 * pktgen: sends UDP frames of 60 bytes, the shortest there are, as fast as it
 * can through a packet socket, and prints each second how many went out; with
 * -r it counts those that arrive. See packet(7).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define PORT  9 /* discard */

struct frame {
    struct ether_header ether;
    struct iphdr ip;
    struct udphdr udp;
    char payload[18];
} __attribute__((packed));

static const char mark[18] = "pktgen";
static unsigned long long wanted = ~0ull; /* frames, then it ends */
static double seconds = 1e9;              /* or after so long */
static unsigned long long count;
static double start;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* A line a second, and at the end. False: it is the end. */
static bool report(void)
{
    static unsigned long long told;
    static double last;
    double t = now(), since = last ? last : start;
    bool end = count >= wanted || t - start >= seconds;
    double rate = (double)(count - told) / (t - since);

    if (end)
        rate = (double)count / (t - start);
    if (end || t - since >= 1) {
        printf("%s%llu packets, %.0f packets/s, %.2f Mbit/s\n",
               end ? "in all " : "", count, rate,
               rate * sizeof(struct frame) * 8 / 1e6);
        fflush(stdout);
        told = count;
        last = t;
    }
    return !end;
}

static uint16_t ip_checksum(const void *header)
{
    uint32_t sum = 0;
    uint16_t word;

    for (size_t i = 0; i < sizeof(struct iphdr); i += 2) {
        memcpy(&word, (const char *)header + i, 2);
        sum += word;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

static struct frame make_frame(int fd, const char *interface,
                               const struct ether_addr *to, in_addr_t address)
{
    struct frame f = {.ether.ether_type = htons(ETHERTYPE_IP),
                      .ip = {.version = 4,
                             .ihl = 5,
                             .tot_len = htons(sizeof(f) - sizeof(f.ether)),
                             .ttl = 64,
                             .protocol = IPPROTO_UDP,
                             .daddr = address},
                      .udp = {.source = htons(PORT),
                              .dest = htons(PORT),
                              .len = htons(sizeof(f.udp) + sizeof(f.payload))}};
    struct ifreq r = {0};

    strncpy(r.ifr_name, interface, sizeof(r.ifr_name) - 1);
    if (ioctl(fd, SIOCGIFHWADDR, &r) < 0)
        fail(interface);
    memcpy(f.ether.ether_shost, r.ifr_hwaddr.sa_data, ETH_ALEN);
    memcpy(f.ether.ether_dhost, to, ETH_ALEN);
    if (ioctl(fd, SIOCGIFADDR, &r) == 0)
        f.ip.saddr = ((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr;
    f.ip.check = ip_checksum(&f.ip);
    memcpy(f.payload, mark, sizeof(mark));
    return f;
}

static void send_frames(int fd, struct frame *f)
{
    struct iovec v = {f, sizeof(*f)};
    struct mmsghdr batch[BATCH] = {0};

    for (int i = 0; i < BATCH; i++)
        batch[i].msg_hdr = (struct msghdr){.msg_iov = &v, .msg_iovlen = 1};
    do {
        unsigned long long left = wanted - count;
        int n = sendmmsg(fd, batch, left < BATCH ? (unsigned)left : BATCH, 0);

        if (n > 0)
            count += (unsigned)n;
        else if (errno == ENOBUFS || errno == EAGAIN)
            poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 10);
        else
            fail("send");
    } while (report());
}

static bool is_ours(const struct frame *f, size_t len)
{
    return len >= sizeof(*f) && f->ip.ihl == 5 &&
           f->ip.protocol == IPPROTO_UDP && f->udp.dest == htons(PORT) &&
           !memcmp(f->payload, mark, sizeof(mark));
}

static void receive_frames(int fd)
{
    static struct frame frames[BATCH];
    struct iovec v[BATCH];
    struct mmsghdr batch[BATCH] = {0};

    for (int i = 0; i < BATCH; i++) {
        v[i] = (struct iovec){&frames[i], sizeof(frames[i])};
        batch[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1};
    }
    do {
        int n = -1;

        if (poll(&(struct pollfd){fd, POLLIN, 0}, 1, 100) > 0)
            n = recvmmsg(fd, batch, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++)
            count += is_ours(&frames[i], batch[i].msg_len);
    } while (report());
}

static int open_socket(const char *interface, bool receive)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0), size = 64 << 20;
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_ifindex = (int)if_nametoindex(interface)};

    if (fd < 0)
        fail("packet socket");
    if (!a.sll_ifindex)
        fail(interface);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
    a.sll_protocol = receive ? htons(ETH_P_IP) : 0;
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        fail("bind");
    return fd;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: pktgen [-r] [-i INTERFACE] [-n FRAMES] [-t SECONDS]\n"
            "              [-m MAC] [-a ADDRESS]\n"
            "  -r  counts what arrives\n"
            "  -m, -a  where they go; else to all\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *interface = "eth0";
    struct ether_addr to;
    in_addr_t address = INADDR_BROADCAST;
    bool receive = false;
    struct frame f;
    int c, fd;

    memset(&to, 0xff, sizeof(to));
    while ((c = getopt(argc, argv, "ri:n:t:m:a:")) != -1) {
        unsigned char *m = to.ether_addr_octet;

        if (c == 'r')
            receive = true;
        else if (c == 'i')
            interface = optarg;
        else if (c == 'n')
            wanted = strtoull(optarg, NULL, 10);
        else if (c == 't')
            seconds = atof(optarg);
        else if (c == 'a' && inet_pton(AF_INET, optarg, &address) == 1)
            continue;
        else if (c != 'm' || sscanf(optarg, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", m,
                                    m + 1, m + 2, m + 3, m + 4, m + 5) != 6)
            return usage();
    }
    if (optind < argc)
        return usage();
    fd = open_socket(interface, receive);
    start = now();
    if (receive) {
        fprintf(stderr, "pktgen: counting on %s\n", interface);
        receive_frames(fd);
    } else {
        f = make_frame(fd, interface, &to, address);
        send_frames(fd, &f);
    }
    return 0;
}
