// SPDX-License-Identifier: MIT
/* packet: sockets that see and send frames, packet(7), and filters, on the
 * loopback. Needs CAP_NET_RAW. */
#define _GNU_SOURCE
#include "check.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TYPE_OURS    0x88b5 /* IEEE 802: for experiments */
#define TYPE_ALL     3
#define AUXDATA      8
#define BYPASS       20
#define NO_OUTGOING  23
#define FRAME_HEADER 14

struct auxdata {
    unsigned status, len, snaplen;
    unsigned short mac, net, tci, tpid;
};

static unsigned char frame[FRAME_HEADER + 50], back[3000];

static int lo(void)
{
    return (int)if_nametoindex("lo");
}

static int packet_socket(int type, int protocol)
{
    int fd = socket(AF_PACKET, type | SOCK_NONBLOCK, htons(protocol));

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("no CAP_NET_RAW");
    CHECK(fd >= 0);
    return fd;
}

static struct sockaddr_ll at(int index, int protocol)
{
    return (struct sockaddr_ll){.sll_family = AF_PACKET,
                                .sll_protocol = htons(protocol),
                                .sll_ifindex = index};
}

static int bind_to(int fd, int index, int protocol)
{
    struct sockaddr_ll a = at(index, protocol);

    return bind(fd, (struct sockaddr *)&a, sizeof(a));
}

static void make_frame(void)
{
    memset(frame, 0, FRAME_HEADER);
    memcpy(frame + 6, "\2\0\0\0\0\7", 6);
    frame[12] = TYPE_OURS >> 8;
    frame[13] = TYPE_OURS & 0xff;
    for (size_t i = FRAME_HEADER; i < sizeof(frame); i++)
        frame[i] = (unsigned char)i;
}

static void send_frame(int fd)
{
    struct sockaddr_ll a = at(lo(), TYPE_OURS);

    make_frame();
    CHECK_EQ(
        sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&a, sizeof(a)),
        sizeof(frame));
}

static long get(int fd, struct sockaddr_ll *from)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    socklen_t len = sizeof(*from);
    long n;

    poll(&p, 1, 1000);
    n = recvfrom(fd, back, sizeof(back), 0, (struct sockaddr *)from, &len);
    if (n >= 0)
        CHECK_EQ(len, sizeof(*from));
    return n;
}

static void a_frame_arrives_as_it_was_sent(void)
{
    int out = packet_socket(SOCK_RAW, 0), in = packet_socket(SOCK_RAW, 0);
    struct sockaddr_ll from;

    CHECK_EQ(bind_to(in, lo(), TYPE_OURS), 0);
    send_frame(out);
    CHECK_EQ(get(in, &from), sizeof(frame));
    CHECK(memcmp(back, frame, sizeof(frame)) == 0);
    CHECK_EQ(from.sll_family, AF_PACKET);
    CHECK_EQ(ntohs(from.sll_protocol), TYPE_OURS);
    CHECK_EQ(from.sll_ifindex, lo());
    CHECK_EQ(from.sll_pkttype, PACKET_HOST);
    CHECK_EQ(from.sll_hatype, 772); /* ARPHRD_LOOPBACK */
    CHECK_EQ(from.sll_halen, 6);
    CHECK(memcmp(from.sll_addr, frame + 6, 6) == 0);
    CHECK_ERRNO(recv(in, back, sizeof(back), 0), EAGAIN);
    close(out);
    close(in);
}

static void datagrams_are_without_the_header(void)
{
    int out = packet_socket(SOCK_DGRAM, 0), in = packet_socket(SOCK_DGRAM, 0);
    int raw = packet_socket(SOCK_RAW, 0);
    struct sockaddr_ll to = at(lo(), TYPE_OURS), from;

    CHECK_EQ(bind_to(in, lo(), TYPE_OURS), 0);
    CHECK_EQ(bind_to(raw, lo(), TYPE_OURS), 0);
    to.sll_halen = 6;
    memcpy(to.sll_addr, "\2\0\0\0\0\11", 6);
    CHECK_EQ(sendto(out, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_EQ(get(in, &from), 5);
    CHECK(memcmp(back, "hello", 5) == 0);
    CHECK_EQ(get(raw, &from), FRAME_HEADER + 5);
    CHECK(memcmp(back, to.sll_addr, 6) == 0);
    CHECK_EQ(back[12] << 8 | back[13], TYPE_OURS);
    CHECK_ERRNO(sendto(out, "x", 1, 0, (struct sockaddr *)&to, 16), EINVAL);
    close(out);
    close(in);
    close(raw);
}

static int udp_to(struct sockaddr_in *a)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t len = sizeof(*a);

    CHECK(fd >= 0);
    *a = (struct sockaddr_in){.sin_family = AF_INET};
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(bind(fd, (struct sockaddr *)a, sizeof(*a)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)a, &len), 0);
    return fd;
}

/* Whether the frame in back is UDP over IPv4 to a port. */
static int is_for(const struct sockaddr_in *a)
{
    return back[12] == 8 && back[13] == 0 && back[FRAME_HEADER + 9] == 17 &&
           memcmp(back + FRAME_HEADER + 22, &a->sin_port, 2) == 0;
}

static void all_see_what_goes_and_what_comes(void)
{
    static const unsigned char zeros[12];
    int all = packet_socket(SOCK_RAW, TYPE_ALL);
    int ip = packet_socket(SOCK_RAW, 0x0800), udp, got[5] = {0};
    struct sockaddr_ll from;
    struct sockaddr_in to;

    CHECK_EQ(bind_to(all, lo(), TYPE_ALL), 0);
    CHECK_EQ(bind_to(ip, lo(), 0x0800), 0);
    udp = udp_to(&to);
    CHECK_EQ(sendto(udp, "abc", 3, 0, (struct sockaddr *)&to, sizeof(to)), 3);
    while (got[PACKET_HOST] + got[PACKET_OUTGOING] < 2) {
        CHECK(get(all, &from) > 0);
        if (!is_for(&to))
            continue;
        CHECK(memcmp(back, zeros, sizeof(zeros)) == 0);
        CHECK(memcmp(back + FRAME_HEADER + 28, "abc", 3) == 0);
        CHECK(from.sll_pkttype <= PACKET_OUTGOING);
        got[from.sll_pkttype]++;
    }
    CHECK_EQ(got[PACKET_HOST], 1);
    CHECK_EQ(got[PACKET_OUTGOING], 1);
    do {
        CHECK(get(ip, &from) > 0);
        CHECK_EQ(from.sll_pkttype, PACKET_HOST);
    } while (!is_for(&to));
    close(all);
    close(ip);
    close(udp);
}

/* A UDP datagram over IPv6, from the loopback's address to itself. */
static void make_udp6(unsigned char p[51], uint16_t port)
{
    static const unsigned char start[8] = {0x60, [5] = 11, [6] = 17, [7] = 64};
    unsigned sum = 11 + 17;

    memset(p, 0, 51);
    memcpy(p, start, 8);
    p[23] = p[39] = 1;
    p[40] = 0x12;
    memcpy(p + 42, &port, 2);
    p[45] = 11;
    memcpy(p + 48, "raw", 3);
    for (int i = 8; i < 51; i++)
        sum += i & 1 ? p[i] : (unsigned)p[i] << 8;
    sum = ~((sum & 0xffff) + (sum >> 16));
    p[46] = (unsigned char)(sum >> 8);
    p[47] = (unsigned char)sum;
}

static void ip_packets_can_be_made_by_hand(void)
{
    int out = packet_socket(SOCK_DGRAM, 0);
    int udp = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 a = {.sin6_family = AF_INET6,
                             .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_ll to = at(lo(), 0x86dd);
    socklen_t len = sizeof(a);
    unsigned char p[51];

    CHECK_EQ(bind(udp, (struct sockaddr *)&a, sizeof(a)), 0);
    CHECK_EQ(getsockname(udp, (struct sockaddr *)&a, &len), 0);
    make_udp6(p, a.sin6_port);
    to.sll_halen = 6;
    CHECK_EQ(sendto(out, p, sizeof(p), 0, (struct sockaddr *)&to, sizeof(to)),
             sizeof(p));
    CHECK_EQ(recv(udp, back, sizeof(back), 0), 3);
    CHECK(memcmp(back, "raw", 3) == 0);
    p[46] ^= 1; /* nobody takes it */
    CHECK_EQ(sendto(out, p, sizeof(p), 0, (struct sockaddr *)&to, sizeof(to)),
             sizeof(p));
    CHECK_ERRNO(recv(udp, back, sizeof(back), MSG_DONTWAIT), EAGAIN);
    close(out);
    close(udp);
}

static void names_and_errors(void)
{
    int fd = packet_socket(SOCK_RAW, 0), v = 1;
    struct sockaddr_ll a = at(lo(), TYPE_OURS);
    socklen_t len = sizeof(a);

    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    memset(&a, 0xff, sizeof(a));
    CHECK_EQ(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(len, 18);
    CHECK_EQ(a.sll_family, AF_PACKET);
    CHECK_EQ(a.sll_ifindex, lo());
    CHECK_EQ(ntohs(a.sll_protocol), TYPE_OURS);
    CHECK_EQ(a.sll_halen, 6);
    len = sizeof(v);
    CHECK_EQ(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &v, &len), 0);
    len = sizeof(a);
    CHECK_ERRNO(getpeername(fd, (struct sockaddr *)&a, &len), EOPNOTSUPP);
    CHECK_ERRNO(bind(fd, (struct sockaddr *)&a, 10), EINVAL);
    CHECK_ERRNO(bind_to(fd, 4711, 0), ENODEV);
    CHECK_ERRNO(connect(fd, (struct sockaddr *)&a, sizeof(a)), EOPNOTSUPP);
    CHECK_ERRNO(listen(fd, 1), EOPNOTSUPP);
    CHECK_ERRNO(shutdown(fd, SHUT_RD), EOPNOTSUPP);
    CHECK_ERRNO(send(fd, frame, 13, 0), EINVAL);
    close(fd);
    fd = packet_socket(SOCK_RAW, 0);
    CHECK_ERRNO(send(fd, frame, sizeof(frame), 0), ENXIO);
    close(fd);
}

static void counts_and_switches(void)
{
    int out = packet_socket(SOCK_RAW, 0), in = packet_socket(SOCK_RAW, 0);
    unsigned counts[2];
    socklen_t len = sizeof(counts);
    struct packet_mreq r = {.mr_ifindex = lo(), .mr_type = PACKET_MR_PROMISC};
    struct sockaddr_ll from;
    int on = 1;

    CHECK_EQ(setsockopt(out, SOL_PACKET, BYPASS, &on, sizeof(on)), 0);
    CHECK_EQ(setsockopt(in, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &r, sizeof(r)),
             0);
    CHECK_EQ(setsockopt(in, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &r, sizeof(r)),
             0);
    r.mr_ifindex = 4711;
    CHECK_ERRNO(
        setsockopt(in, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &r, sizeof(r)),
        ENODEV);
    CHECK_EQ(bind_to(in, lo(), TYPE_OURS), 0);
    send_frame(out);
    send_frame(out);
    CHECK_EQ(getsockopt(in, SOL_PACKET, PACKET_STATISTICS, counts, &len), 0);
    CHECK_EQ(len, sizeof(counts));
    CHECK_EQ(counts[0], 2);
    CHECK_EQ(counts[1], 0);
    CHECK_EQ(getsockopt(in, SOL_PACKET, PACKET_STATISTICS, counts, &len), 0);
    CHECK_EQ(counts[0], 0);
    CHECK_EQ(get(in, &from), sizeof(frame));
    CHECK_EQ(get(in, &from), sizeof(frame));
    CHECK_EQ(bind_to(in, lo(), TYPE_ALL), 0);
    CHECK_EQ(setsockopt(in, SOL_PACKET, NO_OUTGOING, &on, sizeof(on)), 0);
    send_frame(out);
    do
        CHECK(get(in, &from) > 0);
    while (ntohs(from.sll_protocol) != TYPE_OURS);
    CHECK_EQ(from.sll_pkttype, PACKET_HOST);
    close(out);
    close(in);
}

static void too_many_are_dropped_and_counted(void)
{
    int out = packet_socket(SOCK_RAW, 0), in = packet_socket(SOCK_RAW, 0);
    unsigned counts[2];
    socklen_t len = sizeof(counts);
    int small = 1, n = 0;

    CHECK_EQ(setsockopt(in, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    CHECK_EQ(bind_to(in, lo(), TYPE_OURS), 0);
    for (int i = 0; i < 100; i++)
        send_frame(out);
    while (recv(in, back, sizeof(back), 0) > 0)
        n++;
    CHECK_EQ(getsockopt(in, SOL_PACKET, PACKET_STATISTICS, counts, &len), 0);
    CHECK(n > 0 && n < 50);
    CHECK_EQ(counts[0], 100);
    CHECK_EQ(counts[1], 100 - n);
    close(out);
    close(in);
}

static void auxdata_tells_of_the_checksum(void)
{
    int in = packet_socket(SOCK_RAW, 0x0800), on = 1, udp;
    char control[256];
    struct iovec v = {back, sizeof(back)};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct sockaddr_in to;
    struct auxdata a = {0};
    long n;

    CHECK_EQ(setsockopt(in, SOL_PACKET, AUXDATA, &on, sizeof(on)), 0);
    CHECK_EQ(bind_to(in, lo(), 0x0800), 0);
    udp = udp_to(&to);
    CHECK_EQ(sendto(udp, "abc", 3, 0, (struct sockaddr *)&to, sizeof(to)), 3);
    do {
        m.msg_controllen = sizeof(control);
        n = recvmsg(in, &m, 0);
        CHECK(n > 0);
    } while (!is_for(&to));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_PACKET && c->cmsg_type == AUXDATA)
            memcpy(&a, CMSG_DATA(c), sizeof(a));
    CHECK(a.status & 1); /* TP_STATUS_USER */
    CHECK(a.status & 8); /* TP_STATUS_CSUMNOTREADY */
    CHECK_EQ(a.len, n);
    CHECK_EQ(a.snaplen, n);
    CHECK_EQ(a.net, FRAME_HEADER);
    close(in);
    close(udp);
}

/* --- filters --- */

static int attach(int fd, const struct sock_filter *code, size_t n)
{
    struct sock_fprog p = {.len = (unsigned short)n,
                           .filter = (struct sock_filter *)code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof(p));
}

#define ATTACH(fd, ...)                                   \
    attach(fd, (const struct sock_filter[]){__VA_ARGS__}, \
           sizeof((struct sock_filter[]){__VA_ARGS__}) /  \
               sizeof(struct sock_filter))
#define S(code, k)         BPF_STMT(code, k)
#define J(code, k, jt, jf) BPF_JUMP(code, k, jt, jf)

static void a_filter_chooses_and_cuts(void)
{
    int out = packet_socket(SOCK_RAW, 0), in = packet_socket(SOCK_RAW, 0);
    struct sockaddr_ll from;

    CHECK_EQ(bind_to(in, lo(), TYPE_OURS), 0);
    /* Byte 20 is 20, and the length as it is: 32 bytes are wanted. */
    CHECK_EQ(ATTACH(in, S(BPF_LD | BPF_B | BPF_ABS, 20),
                    J(BPF_JMP | BPF_JEQ | BPF_K, 20, 0, 4),
                    S(BPF_LD | BPF_W | BPF_LEN, 0),
                    J(BPF_JMP | BPF_JEQ | BPF_K, sizeof(frame), 0, 2),
                    S(BPF_LDX | BPF_IMM, 2), S(BPF_RET | BPF_K, 32),
                    S(BPF_RET | BPF_K, 0)),
             0);
    send_frame(out);
    CHECK_EQ(get(in, &from), 32);
    CHECK(memcmp(back, frame, 32) == 0);
    CHECK_EQ(ATTACH(in, S(BPF_RET | BPF_K, 0)), 0);
    send_frame(out);
    CHECK_ERRNO(recv(in, back, sizeof(back), 0), EAGAIN);
    /* Reading behind the end is not wanting it. */
    CHECK_EQ(ATTACH(in, S(BPF_LD | BPF_W | BPF_ABS, sizeof(frame) - 3),
                    S(BPF_RET | BPF_K, 1)),
             0);
    send_frame(out);
    CHECK_ERRNO(recv(in, back, sizeof(back), 0), EAGAIN);
    CHECK_EQ(setsockopt(in, SOL_SOCKET, SO_DETACH_FILTER, &out, sizeof(out)),
             0);
    CHECK_ERRNO(setsockopt(in, SOL_SOCKET, SO_DETACH_FILTER, &out, sizeof(out)),
                ENOENT);
    send_frame(out);
    CHECK_EQ(get(in, &from), sizeof(frame));
    close(out);
    close(in);
}

static void a_filter_knows_linux_words(void)
{
    int out = packet_socket(SOCK_RAW, 0), in = packet_socket(SOCK_DGRAM, 0);
    struct sockaddr_ll from;

    CHECK_EQ(bind_to(in, lo(), TYPE_OURS), 0);
    CHECK_EQ(ATTACH(in,
                    S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL),
                    J(BPF_JMP | BPF_JEQ | BPF_K, TYPE_OURS, 0, 7),
                    S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_IFINDEX),
                    J(BPF_JMP | BPF_JEQ | BPF_K, lo(), 0, 5),
                    S(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
                    J(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 3),
                    S(BPF_LD | BPF_B | BPF_ABS, SKF_LL_OFF + 11),
                    J(BPF_JMP | BPF_JEQ | BPF_K, 7, 0, 1),
                    S(BPF_RET | BPF_K, 0xffff), S(BPF_RET | BPF_K, 0)),
             0);
    send_frame(out);
    CHECK_EQ(get(in, &from), sizeof(frame) - FRAME_HEADER);
    close(out);
    close(in);
}

static void bad_programs_are_refused(void)
{
    int fd = packet_socket(SOCK_RAW, 0), on = 1, off = 0;

    CHECK_ERRNO(attach(fd, NULL, 1), EINVAL);
    CHECK_ERRNO(attach(fd, check_pointer(8), 1), EFAULT);
    CHECK_ERRNO(ATTACH(fd, S(BPF_LD | BPF_IMM, 1)), EINVAL);
    CHECK_ERRNO(ATTACH(fd, S(0xffff, 1), S(BPF_RET | BPF_K, 0)), EINVAL);
    CHECK_ERRNO(ATTACH(fd, J(BPF_JMP | BPF_JA, 1, 0, 0), S(BPF_RET | BPF_K, 0)),
                EINVAL);
    CHECK_ERRNO(
        ATTACH(fd, J(BPF_JMP | BPF_JA, ~0u, 0, 0), S(BPF_RET | BPF_K, 0)),
        EINVAL);
    CHECK_ERRNO(
        ATTACH(fd, S(BPF_ALU | BPF_DIV | BPF_K, 0), S(BPF_RET | BPF_K, 0)),
        EINVAL);
    CHECK_ERRNO(
        ATTACH(fd, S(BPF_ALU | BPF_LSH | BPF_K, 32), S(BPF_RET | BPF_K, 0)),
        EINVAL);
    CHECK_ERRNO(ATTACH(fd, S(BPF_ST, 16), S(BPF_RET | BPF_K, 0)), EINVAL);
    CHECK_ERRNO(ATTACH(fd, S(BPF_LD | BPF_MEM, 0), S(BPF_RET | BPF_A, 0)),
                EINVAL);
    CHECK_ERRNO(ATTACH(fd, J(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1), S(BPF_ST, 3),
                       S(BPF_LD | BPF_MEM, 3), S(BPF_RET | BPF_A, 0)),
                EINVAL);
    CHECK_EQ(
        ATTACH(fd, S(BPF_ST, 3), S(BPF_LD | BPF_MEM, 3), S(BPF_RET | BPF_A, 0)),
        0);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)), 0);
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &off, sizeof(off)),
                EPERM);
    CHECK_ERRNO(ATTACH(fd, S(BPF_RET | BPF_K, 0)), EPERM);
    CHECK_ERRNO(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &on, sizeof(on)),
                EPERM);
    close(fd);
}

static void datagram_sockets_filter_too(void)
{
    struct sockaddr_in to;
    int fd = udp_to(&to);

    /* The first byte behind the UDP header is a b; three bytes of it. */
    CHECK_EQ(ATTACH(fd, S(BPF_LD | BPF_B | BPF_ABS, 8),
                    J(BPF_JMP | BPF_JEQ | BPF_K, 'b', 0, 1),
                    S(BPF_RET | BPF_K, 11), S(BPF_RET | BPF_K, 0)),
             0);
    CHECK_EQ(sendto(fd, "aaaaa", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_EQ(sendto(fd, "bcdef", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_EQ(recv(fd, back, sizeof(back), 0), 3);
    CHECK(memcmp(back, "bcd", 3) == 0);
    CHECK_ERRNO(recv(fd, back, sizeof(back), MSG_DONTWAIT), EAGAIN);
    close(fd);
}

int main(void)
{
    RUN(a_frame_arrives_as_it_was_sent);
    RUN(datagrams_are_without_the_header);
    RUN(all_see_what_goes_and_what_comes);
    RUN(ip_packets_can_be_made_by_hand);
    RUN(names_and_errors);
    RUN(counts_and_switches);
    RUN(too_many_are_dropped_and_counted);
    RUN(auxdata_tells_of_the_checksum);
    RUN(a_filter_chooses_and_cuts);
    RUN(a_filter_knows_linux_words);
    RUN(bad_programs_are_refused);
    RUN(datagram_sockets_filter_too);
    return check_end();
}
