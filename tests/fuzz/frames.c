// SPDX-License-Identifier: MIT
/*
 * frames: all that a neighbour may send: ARP, IPv4 and IPv6 with their options,
 * fragments and extension headers, ICMP errors about what we sent, Neighbour
 * Discovery, MLD, DHCP. Steps of the input make a frame whose lengths and sums
 * are right, or give one whole; in between time passes and a program sends and
 * receives.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "abi/packet.h"
#include "net/checksum.h"
#include "net/dhcp.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/udp.h"
#include "tests/unit/net/host.h"

#define SOCKETS   6
#define FRAME_MAX 1514
#define AT_IP     14
#define DHCP_HEAD 240

static struct host *h;
static struct sock *socks[SOCKETS], *tap;
static struct host_frame last4, last6; /* what we sent, to be told of */
static uint8_t xid[4];                 /* of the DHCP client's last message */
static uint8_t frame[FRAME_MAX];

static void look_at_sent(void)
{
    struct host_frame *f;

    while ((f = host_sent(h))) {
        const uint8_t *ip = f->bytes + AT_IP;

        ck_assert_uint_le(f->len, FRAME_MAX);
        if (f->len > 34 && f->bytes[12] == 8 && f->bytes[13] == 0) {
            last4 = *f;
            if (ip[9] == IPPROTO_UDP && f->len > 60 && ip[23] == 67)
                memcpy(xid, ip + 32, 4);
        } else if (f->len > 54 && f->bytes[12] == 0x86) {
            last6 = *f;
        }
        free(f);
    }
}

/* Hands the frame over in memory of exactly its length, what is behind `split`
 * as a fragment of its own. */
static void receive(size_t len, size_t split)
{
    struct netmem *m[2];
    struct netbuf *nb;

    split = split ? MIN(split, len) : len;
    /* Two bytes, so that what follows the Ethernet header is aligned. */
    m[0] = netmem_create(&h->stack, 2 + split);
    nb = netbuf_alloc_over(&h->stack, m[0], netmem_bytes(m[0]), 2 + split,
                           false);
    netbuf_put(nb, 2);
    netbuf_pull(nb, 2);
    memcpy(netbuf_put(nb, split), frame, split);
    if (split < len) {
        m[1] = netmem_create(&h->stack, len - split);
        memcpy(netmem_bytes(m[1]), frame + split, len - split);
        netbuf_add_frag(nb, m[1], netmem_bytes(m[1]), len - split);
        netmem_put(&h->stack, m[1]);
    }
    netstack_update_now(&h->stack);
    netdev_receive(&h->dev, nb);
    host_run(h);
    look_at_sent();
}

static void ether(uint16_t type, uint8_t to)
{
    memset(frame, 0xff, 6);
    if (to & 1)
        memcpy(frame, h->dev.mac, 6);
    memcpy(frame + 6, (uint8_t[]){2, 0, 0, 0, 0, 2}, 6);
    frame[12] = (uint8_t)(type >> 8);
    frame[13] = (uint8_t)type;
}

/* The sum of what an IP packet carries, where its protocol keeps it. */
static void sum(uint8_t *at, size_t len, uint8_t protocol, uint32_t pseudo)
{
    size_t where = protocol == IPPROTO_UDP      ? 6
                   : protocol == IPPROTO_TCP    ? 16
                   : protocol == IPPROTO_ICMP   ? 2
                   : protocol == IPPROTO_ICMPV6 ? 2
                                                : len;
    uint16_t v = 0;

    if (where + 2 > len)
        return;
    memcpy(at + where, &v, 2);
    if (protocol == IPPROTO_ICMP)
        pseudo = 0;
    v = checksum_fold(checksum_partial(at, len, pseudo));
    memcpy(at + where, &v, 2);
}

/* Completes an IPv4 packet with len bytes behind a header of 20. */
static size_t ipv4(struct fuzz_input *in, uint8_t protocol, size_t len)
{
    struct ipv4_header ip = {.version_ihl = 0x45,
                             .len = be16((uint16_t)(IPV4_HEADER + len)),
                             .ttl = 64,
                             .protocol = protocol,
                             .source = host_addr(2),
                             .destination =
                                 h->dev.v4.addr ? h->dev.v4.addr : UINT32_MAX};
    uint8_t kind = fuzz_byte(in);

    ether(0x800, kind);
    if (kind & 2) { /* a fragment */
        ip.fragment = be16(fuzz_word(in) & 0x203f);
        ip.id = kind >> 6;
    }
    if (kind & 4) /* options, in front of the rest */
        ip.version_ihl += (kind >> 3) & 7;
    if (kind & 64)
        ip.destination = BE32(0xe0000001);
    ip.checksum = checksum_ipv4_header(&ip);
    memcpy(frame + AT_IP, &ip, sizeof(ip));
    if (!(kind & 2))
        sum(frame + AT_IP + IPV4_HEADER, len, protocol,
            checksum_pseudo_v4(ip.source, ip.destination, protocol,
                               (uint32_t)len));
    if (kind & 4) {
        uint16_t v = 0;
        size_t n = (ip.version_ihl & 15) * 4u;

        memcpy(frame + AT_IP + 10, &v, 2);
        v = checksum_fold(checksum_partial(frame + AT_IP, n, 0));
        memcpy(frame + AT_IP + 10, &v, 2);
    }
    return AT_IP + IPV4_HEADER + len;
}

/* The same for IPv6; the sum only when nothing stands in front. */
static size_t ipv6(struct fuzz_input *in, uint8_t next, size_t len)
{
    struct netaddr from = {.b = {0xfe, 0x80, [15] = 2}}, to;
    struct ipv6_header ip = {.version_class_flow = BE32(0x60000000),
                             .len = be16((uint16_t)len),
                             .next = next,
                             .hops = 255};
    uint8_t kind = fuzz_byte(in);

    ether(0x86dd, kind);
    to = h->dev.v6->addrs[0].addr;
    if (kind & 2)
        to = (struct netaddr){.b = {0xff, 2, [15] = 1}};
    if (kind & 4)
        from = (struct netaddr){{0}};
    memcpy(ip.source, from.b, 16);
    memcpy(ip.destination, to.b, 16);
    memcpy(frame + AT_IP, &ip, sizeof(ip));
    sum(frame + AT_IP + IPV6_HEADER, len, next,
        checksum_pseudo(&from, &to, next, (uint32_t)len));
    return AT_IP + IPV6_HEADER + len;
}

/* Bytes of the input at a place in the frame; how many. */
static size_t payload(struct fuzz_input *in, size_t at)
{
    size_t len = fuzz_byte(in) * 6u;
    const uint8_t *from;

    len = MIN(len, FRAME_MAX - at);
    from = fuzz_bytes(in, &len);
    if (len)
        memcpy(frame + at, from, len);
    return len;
}

/* An ICMP error that quotes what we sent last, some of it changed. */
static size_t error_about(struct fuzz_input *in, bool v6)
{
    const struct host_frame *sent = v6 ? &last6 : &last4;
    size_t head = AT_IP + (v6 ? IPV6_HEADER : IPV4_HEADER);
    size_t len = fuzz_byte(in);
    uint8_t *icmp = frame + head;

    len = MIN(len, sent->len ? sent->len - AT_IP : 0);
    memset(icmp, 0, 8);
    icmp[0] = fuzz_byte(in);
    icmp[1] = fuzz_byte(in) & 15;
    icmp[6] = fuzz_byte(in);
    icmp[7] = fuzz_byte(in);
    memcpy(icmp + 8, sent->bytes + AT_IP, len);
    for (unsigned n = fuzz_byte(in) & 3; n && len; n--) {
        size_t at = fuzz_byte(in);

        icmp[8 + at % len] = fuzz_byte(in);
    }
    return v6 ? ipv6(in, IPPROTO_ICMPV6, 8 + len)
              : ipv4(in, IPPROTO_ICMP, 8 + len);
}

/* An answer to the DHCP client; the options are the input's. */
static size_t dhcp_answer(struct fuzz_input *in)
{
    uint8_t *udp = frame + AT_IP + IPV4_HEADER, *d = udp + UDP_HEADER;
    size_t len;

    memset(udp, 0, UDP_HEADER + DHCP_HEAD);
    d[0] = 2;
    d[1] = 1;
    d[2] = 6;
    memcpy(d + 4, xid, 4);
    d[16] = 10; /* the address: 10.0.0.x */
    d[19] = fuzz_byte(in);
    memcpy(d + 28, h->dev.mac, 6);
    memcpy(d + 236, (uint8_t[]){99, 130, 83, 99}, 4);
    memcpy(d + 240, (uint8_t[]){53, 1, fuzz_byte(in) & 7, 54, 4, 10, 0, 0, 2},
           9);
    len = DHCP_HEAD + 9;
    len += payload(in, AT_IP + IPV4_HEADER + UDP_HEADER + len);
    udp[1] = 67;
    udp[3] = 68;
    udp[4] = (uint8_t)((UDP_HEADER + len) >> 8);
    udp[5] = (uint8_t)(UDP_HEADER + len);
    return ipv4(in, IPPROTO_UDP, UDP_HEADER + len);
}

static size_t make_frame(struct fuzz_input *in, uint8_t what)
{
    uint8_t protocol;
    size_t len;

    switch (what) {
    default:
        len = payload(in, 0);
        return len;
    case 1:
        protocol = fuzz_byte(in);
        len = payload(in, AT_IP + IPV4_HEADER);
        return ipv4(in, protocol, len);
    case 2:
        protocol = fuzz_byte(in);
        len = payload(in, AT_IP + IPV6_HEADER);
        return ipv6(in, protocol, len);
    case 3:
        len = payload(in, AT_IP);
        ether(0x806, fuzz_byte(in));
        memcpy(frame + AT_IP, (uint8_t[]){0, 1, 8, 0, 6, 4, 0}, 7);
        return AT_IP + len;
    case 4:
        return dhcp_answer(in);
    case 5:
        return error_about(in, false);
    case 6:
        return error_about(in, true);
    }
}

/* A switch, or a group with its sources: in memory of exactly that length. */
static void set_option(struct fuzz_input *in, struct sock *sk, int level)
{
    static const uint8_t lengths[] = {4, 12, 20, 136};
    uint8_t name = fuzz_byte(in), kind = fuzz_byte(in);
    size_t len = lengths[kind & 3];
    uint8_t *value = calloc(1, len);

    value[0] = kind & 4 ? 1 : 0xe8;
    if (len == 20)
        value[0] = 0xff;
    if (len == 136)
        memcpy(value + 8, (uint8_t[]){2, 0, 0, 0, 0xe8, 0, 0, 1}, 8);
    value[len - 1] = kind >> 4;
    if (kind & 8)
        level = SOL_UDP;
    sk->ops->set_option(sk, level, name, value, len);
    free(value);
}

/* Options of IPv4, or a header of IPv6, as the input has them. */
static void set_headers(struct fuzz_input *in, struct sock *sk, bool v6)
{
    static const int names[] = {IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDRDSTOPTS,
                                IPV6_RTHDR};
    uint8_t kind = fuzz_byte(in);
    size_t len = v6 ? (kind >> 2 & 3) * 8u : kind >> 2;
    const uint8_t *from = fuzz_bytes(in, &len);
    uint8_t *value = malloc(len + 1);

    memcpy(value, from, len);
    sk->ops->set_option(sk, v6 ? SOL_IPV6 : SOL_IP,
                        v6 ? names[kind & 3] : IP_OPTIONS, value, len);
    free(value);
}

static size_t sink(struct sock_data *d, void *p, size_t n)
{
    (void)p;
    d->left -= n;
    return n;
}

/* Receives with all that control messages tell. */
static void receive_told(struct sock *sk)
{
    static const int v4[] = {IP_RECVOPTS, IP_RETOPTS, IP_PKTINFO},
                     v6[] = {IPV6_RECVHOPOPTS, IPV6_RECVDSTOPTS,
                             IPV6_RECVRTHDR};
    bool is_v6 = sk->family == AF_INET6;
    uint8_t control[300];
    struct sock_data d = {200, sink};
    struct sock_msg m = {
        .data = &d, .control = control, .control_len = sizeof(control)};
    int on = 1;

    for (unsigned i = 0; i < 3; i++)
        sk->ops->set_option(sk, is_v6 ? SOL_IPV6 : SOL_IP,
                            is_v6 ? v6[i] : v4[i], &on, sizeof(on));
    sk->ops->recv(sk, &m);
}

/* A packet socket with a ring of version 3, which nobody empties. */
static void open_ring(void)
{
    static const struct abi_tpacket_req3 req = {4096, 2, 2048, 4, 10, 8, 1};
    int version = 2;

    ck_assert_int_eq(
        sock_create(&h->stack, AF_PACKET, SOCK_RAW, be16(ETH_P_ALL), &tap), 0);
    tap->owner = h;
    tap->ops->set_option(tap, SOL_PACKET, PACKET_VERSION, &version,
                         sizeof(version));
    ck_assert_int_eq(tap->ops->set_option(tap, SOL_PACKET, PACKET_RX_RING, &req,
                                          sizeof(req)),
                     0);
}

/* What a program does: sockets come and go, join groups, send, receive. */
static void call(struct fuzz_input *in)
{
    static uint8_t data[4000];
    static const int kinds[SOCKETS][3] = {
        {AF_INET, SOCK_DGRAM, 0},
        {AF_INET6, SOCK_DGRAM, 0},
        {AF_INET, SOCK_RAW, IPPROTO_ICMP},
        {AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
        {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
        {AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6},
    };
    uint8_t what = fuzz_byte(in);
    unsigned which = (what & 3) + ((what & 0xe0) == 0xe0 ? 2 : 0);
    struct sock **sk = &socks[which];
    const int *kind = kinds[which];
    struct sock_addr to;
    unsigned flags = 0;

    if (!*sk) {
        if (sock_create(&h->stack, kind[0], kind[1], kind[2], sk))
            *sk = NULL;
        else
            (*sk)->owner = h;
        return;
    }
    host_format(&to, host_addr(2 + (what >> 5)), fuzz_byte(in));
    if (kind[0] == AF_INET6)
        to = (struct sock_addr){.len = sizeof(to.in6),
                                .in6 = {.sin6_family = AF_INET6,
                                        .sin6_port = be16(fuzz_byte(in)),
                                        .sin6_addr = {0xfe, 0x80, [15] = 2},
                                        .sin6_scope_id = 2}};
    switch (what >> 2 & 7) {
    case 0:
        host_close(*sk);
        *sk = NULL;
        break;
    case 1:
        flags = fuzz_byte(in) & 3;
        if (flags == 2) {
            receive_told(*sk);
            break;
        }
        flags = flags & 1 ? MSG_ERRQUEUE : 0;
        host_recv(*sk, data, fuzz_word(in) % sizeof(data), &to, &flags);
        break;
    case 2:
        (*sk)->ops->connect(*sk, &to);
        break;
    case 3:
        if (fuzz_byte(in) & 1)
            set_headers(in, *sk, kind[0] == AF_INET6);
        else
            set_option(in, *sk, kind[0] == AF_INET ? SOL_IP : SOL_IPV6);
        break;
    case 4:
        sock_take_error(*sk);
        break;
    default:
        host_send(*sk, data, fuzz_word(in) % sizeof(data), &to,
                  what & 4 ? MSG_MORE : 0);
    }
    host_run(h);
    look_at_sent();
}

static void begin(uint8_t mode)
{
    h = host_create(mode & 1 ? 0 : 1, mode & 2 ? NETDEV_TX_CSUM : 0);
    h->dev.mac[5] = 1;
    memset(socks, 0, sizeof(socks));
    last4.len = last6.len = 0;
    ck_assert_int_eq(ipv6_start(&h->dev), 0);
    if (mode & 1)
        ck_assert_int_eq(dhcp_start(&h->dev, "fuzz"), 0);
    tap = NULL;
    if (mode & 4)
        open_ring();
    host_run(h);
    look_at_sent();
}

static void pass_time(uint64_t ns)
{
    uint64_t end = h->stack.now + ns;

    /* In steps, since what is sent is kept only until it is looked at. */
    for (unsigned i = 0; i < 100 && h->stack.now < end; i++) {
        host_advance(h, NULL, ns / 100 + 1);
        look_at_sent();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};

    stubs_setup();
    begin(fuzz_byte(&in));
    while (in.left) {
        uint8_t what = fuzz_byte(&in);

        if ((what & 15) == 8)
            pass_time((uint64_t)(what >> 4) * 1000000 << (what >> 4));
        else if ((what & 15) > 8)
            call(&in);
        else
            receive(make_frame(&in, what & 7), (size_t)(what >> 4) * 8);
    }
    for (unsigned i = 0; i < SOCKETS; i++)
        if (socks[i])
            host_close(socks[i]);
    if (tap)
        host_close(tap);
    dhcp_stop(&h->stack);
    look_at_sent();
    host_destroy(h);
    stubs_teardown();
    return 0;
}
