// SPDX-License-Identifier: MIT
/* packet_tx: PACKET_TX_RING, frames that a generator sends from its memory. */
#define _GNU_SOURCE
#include "packet_lo.h"

#include <poll.h>
#include <sys/mman.h>

#define BLOCK  16384u
#define FRAME  2048u
#define FRAMES 16u

static int version;
static in_port_t port; /* of the receiver, as on the wire */

/* Sees what comes in; a host does not take packets of 127/8 that were made
 * outside of it. */
static int receiver(void)
{
    int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    packet_bind_lo(fd);
    port = htons((uint16_t)(20000 + getpid() % 20000));
    return fd;
}

/* A socket of one version with a ring to send, mapped behind skip bytes. */
static int open_ring(int type, int has_offset, size_t skip, uint8_t **ring)
{
    struct tpacket_req3 req = {BLOCK, 2, FRAME, FRAMES, 0, 0, 0};
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_IP),
                            .sll_ifindex = (int)if_nametoindex("lo")};
    int fd = socket(AF_PACKET, type, 0);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, 4), 0);
    if (has_offset)
        CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_TX_HAS_OFF, &has_offset, 4),
                 0);
    if (skip)
        CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)),
                 0);
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)), 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    *ring =
        mmap(NULL, skip + 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(*ring != MAP_FAILED);
    *ring += skip;
    return fd;
}

static size_t header_len(void)
{
    return version == TPACKET_V3 ? sizeof(struct tpacket3_hdr) : 32;
}

/* An Ethernet frame with a datagram for the receiver; its length. */
static unsigned make_frame(uint8_t *to, const char *text, int link)
{
    uint8_t ip[28] = {0x45, 0,  0, (uint8_t)(28 + strlen(text)), 0, 0, 0,
                      0,    64, 17};
    uint32_t sum = 0;

    ip[12] = ip[16] = 127;
    ip[15] = ip[19] = 1;
    memcpy(ip + 20, &port, 2);
    memcpy(ip + 22, &port, 2);
    ip[25] = (uint8_t)(8 + strlen(text)); /* without a checksum */
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    ip[10] = (uint8_t)(~sum >> 8);
    ip[11] = (uint8_t)~sum;
    if (link) {
        memset(to, 0, 12);
        to[12] = 8;
        to[13] = 0;
        to += 14;
    }
    memcpy(to, ip, 28);
    memcpy(to + 28, text, strlen(text));
    return (unsigned)((link ? 14 : 0) + 28 + strlen(text));
}

static uint32_t *status_of(uint8_t *frame)
{
    return version == TPACKET_V3
               ? &((struct tpacket3_hdr *)(void *)frame)->tp_status
               : (void *)frame;
}

/* Asks for a frame to be sent; offset: where it lies. */
static void ask(uint8_t *frame, unsigned len, unsigned offset)
{
    struct tpacket_hdr *h1 = (void *)frame;
    struct tpacket2_hdr *h2 = (void *)frame;
    struct tpacket3_hdr *h3 = (void *)frame;

    if (version == TPACKET_V1) {
        h1->tp_len = len;
        h1->tp_mac = h1->tp_net = (uint16_t)offset;
    } else if (version == TPACKET_V2) {
        h2->tp_len = len;
        h2->tp_mac = h2->tp_net = (uint16_t)offset;
    } else {
        h3->tp_len = len;
        h3->tp_mac = h3->tp_net = (uint16_t)offset;
        h3->tp_next_offset = 0;
    }
    __atomic_store_n(status_of(frame), TP_STATUS_SEND_REQUEST,
                     __ATOMIC_RELEASE);
}

static unsigned put(uint8_t *frame, const char *text)
{
    unsigned len = make_frame(frame + header_len(), text, 1);

    ask(frame, len, 0);
    return len;
}

static void expect(int fd, const char *text)
{
    uint8_t got[2048];
    ssize_t n;

    do
        CHECK((n = recv(fd, got, sizeof(got), 0)) >= 28);
    while (memcmp(got + 20, &port, 2) || memcmp(got + 22, &port, 2));
    CHECK_EQ(n, 28 + (long)strlen(text));
    CHECK(!memcmp(got + 28, text, strlen(text)));
}

/* Frames whose bytes are on their way are the program's again. */
static void wait_available(int fd, uint8_t *frame)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    while (__atomic_load_n(status_of(frame), __ATOMIC_ACQUIRE) !=
           TP_STATUS_AVAILABLE)
        CHECK(poll(&p, 1, 1000) >= 0);
}

static void frames_go_out_in_their_order(void)
{
    int to = receiver(), fd;
    unsigned bytes;
    uint8_t *ring;

    for (version = TPACKET_V1; version <= TPACKET_V3; version++) {
        fd = open_ring(SOCK_RAW, 0, 0, &ring);
        bytes = put(ring, "first") + put(ring + FRAME, "the second");
        CHECK_EQ(send(fd, NULL, 0, 0), bytes);
        expect(to, "first");
        expect(to, "the second");
        wait_available(fd, ring + FRAME);
        CHECK_EQ(send(fd, NULL, 0, MSG_DONTWAIT), 0);
        bytes = put(ring + 2 * FRAME, "third");
        CHECK_EQ(send(fd, NULL, 0, 0), bytes);
        expect(to, "third");
        close(fd);
    }
    close(to);
}

static void the_ring_goes_round(void)
{
    int to = receiver(), fd;
    uint8_t *ring;

    version = TPACKET_V2;
    fd = open_ring(SOCK_RAW, 0, 0, &ring);
    for (unsigned i = 0; i < 100; i++) {
        uint8_t *frame = ring + i % FRAMES * FRAME;
        char text[16];

        snprintf(text, sizeof(text), "number %u", i);
        wait_available(fd, frame);
        put(frame, text);
        CHECK(send(fd, NULL, 0, 0) > 0);
        expect(to, text);
    }
    close(fd);
    close(to);
}

static void a_whole_ring_goes_with_one_call(void)
{
    int to = receiver(), fd;
    unsigned bytes = 0;
    uint8_t *ring;

    version = TPACKET_V2;
    fd = open_ring(SOCK_RAW, 0, 0, &ring);
    for (unsigned i = 0; i < FRAMES; i++)
        bytes += put(ring + i * FRAME, "all at once");
    CHECK_EQ(send(fd, NULL, 0, 0), bytes);
    for (unsigned i = 0; i < FRAMES; i++)
        expect(to, "all at once");
    close(fd);
    close(to);
}

/* A blocking send goes on when there is room again. */
static void a_ring_may_be_larger_than_the_buffer(void)
{
    char text[120];
    int to = receiver(), fd, small = 1;
    unsigned bytes = 0;
    uint8_t *ring;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    version = TPACKET_V2;
    fd = open_ring(SOCK_RAW, 0, 0, &ring);
    CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    for (unsigned i = 0; i < FRAMES; i++)
        bytes += put(ring + i * FRAME, text);
    CHECK_EQ(send(fd, NULL, 0, 0), bytes);
    for (unsigned i = 0; i < FRAMES; i++)
        expect(to, text);
    close(fd);
    close(to);
}

static void the_link_header_may_be_the_kernel_s(void)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_IP),
                            .sll_halen = 6,
                            .sll_ifindex = (int)if_nametoindex("lo")};
    int to = receiver(), fd;
    uint8_t *ring;
    unsigned len;

    version = TPACKET_V2;
    fd = open_ring(SOCK_DGRAM, 0, 0, &ring);
    len = make_frame(ring + header_len(), "no header", 0);
    ask(ring, len, 0);
    CHECK_EQ(sendto(fd, NULL, 0, 0, (struct sockaddr *)&a, sizeof(a)), len);
    expect(to, "no header");
    close(fd);
    close(to);
}

static void a_frame_may_lie_further_on(void)
{
    int to = receiver(), fd;
    uint8_t *ring;
    unsigned len;

    version = TPACKET_V2;
    fd = open_ring(SOCK_RAW, 1, 0, &ring);
    len = make_frame(ring + 200, "further on", 1);
    ask(ring, len, 200);
    CHECK_EQ(send(fd, NULL, 0, 0), len);
    expect(to, "further on");
    ask(ring + FRAME, len, 16); /* in the header */
    CHECK_ERRNO(send(fd, NULL, 0, 0), EINVAL);
    close(fd);
    close(to);
}

static void it_lies_behind_a_ring_to_receive(void)
{
    int to = receiver(), fd;
    uint8_t *ring;

    version = TPACKET_V2;
    fd = open_ring(SOCK_RAW, 0, 2 * BLOCK, &ring);
    CHECK(put(ring, "behind") == (unsigned)send(fd, NULL, 0, 0));
    expect(to, "behind");
    close(fd);
    close(to);
}

static void what_is_too_long_or_short_stays(void)
{
    int to = receiver(), fd, loss = 1;
    uint8_t *ring;
    unsigned len;

    version = TPACKET_V2;
    fd = open_ring(SOCK_RAW, 0, 0, &ring);
    ask(ring, FRAME, 0);
    CHECK_ERRNO(send(fd, NULL, 0, 0), EMSGSIZE);
    CHECK_EQ(*status_of(ring), TP_STATUS_WRONG_FORMAT);
    ask(ring, 0x7fffffff, 0);
    CHECK_ERRNO(send(fd, NULL, 0, 0), EMSGSIZE);
    ask(ring, 13, 0);
    CHECK_ERRNO(send(fd, NULL, 0, 0), EINVAL);
    CHECK_EQ(*status_of(ring), TP_STATUS_WRONG_FORMAT);
    put(ring, "mended"); /* the same frame is next */
    CHECK(send(fd, NULL, 0, 0) > 0);
    expect(to, "mended");
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_LOSS, &loss, 4), EBUSY);
    close(fd);
    fd = packet_socket_of(version);
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_LOSS, &loss, 4), 0);
    close(fd);
    version = TPACKET_V1;
    fd = open_ring(SOCK_RAW, 0, 0, &ring);
    len = put(ring, "alone");
    CHECK_EQ(send(fd, NULL, 0, 0), len);
    expect(to, "alone");
    close(fd);
    close(to);
}

int main(void)
{
    RUN(frames_go_out_in_their_order);
    RUN(the_ring_goes_round);
    RUN(a_whole_ring_goes_with_one_call);
    RUN(a_ring_may_be_larger_than_the_buffer);
    RUN(the_link_header_may_be_the_kernel_s);
    RUN(a_frame_may_lie_further_on);
    RUN(it_lies_behind_a_ring_to_receive);
    RUN(what_is_too_long_or_short_stays);
    return check_end();
}
