// SPDX-License-Identifier: MIT
/* packet_ring: PACKET_RX_RING, the ring of frames that libpcap maps. */
#define _GNU_SOURCE
#include "check.h"
#include "packet_lo.h"

#include <poll.h>
#include <sys/mman.h>

#define BLOCK  16384u
#define FRAME  2048u
#define FRAMES 16u

static const struct tpacket_req req = {BLOCK, 2, FRAME, FRAMES};

static int packet_socket(int version)
{
    int fd = packet_socket_of(version);

    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)), 0);
    packet_bind_lo(fd);
    return fd;
}

static uint8_t *map(int fd)
{
    void *p = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

/* The next frame with that text behind the UDP header, from *at on. */
static struct tpacket2_hdr *find(uint8_t *ring, int fd, unsigned *at,
                                 const char *text)
{
    size_t n = strlen(text);

    for (unsigned tries = 0; tries < 2 * FRAMES; tries++) {
        struct tpacket2_hdr *h = (void *)(ring + *at * FRAME);
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) &
              TP_STATUS_USER)) {
            CHECK_EQ(poll(&p, 1, 2000), 1);
            continue;
        }
        *at = (*at + 1) % FRAMES;
        if (h->tp_snaplen >= 42 + n &&
            !memcmp((uint8_t *)h + h->tp_mac + 42, text, n))
            return h;
        h->tp_status = TP_STATUS_KERNEL;
    }
    CHECK_FAIL("the frame did not come");
}

static void frames_lie_in_the_ring(void)
{
    int fd = packet_socket(TPACKET_V2);
    struct tpacket2_hdr *h;
    struct sockaddr_ll *from;
    struct tpacket_stats st;
    socklen_t len = sizeof(st);
    uint8_t *ring = map(fd);
    unsigned at = 0;

    send_text("in the ring");
    h = find(ring, fd, &at, "in the ring");
    CHECK_EQ(h->tp_len, 14 + 20 + 8 + 11);
    CHECK_EQ(h->tp_snaplen, h->tp_len);
    CHECK_EQ(h->tp_net, h->tp_mac + 14);
    CHECK(h->tp_sec > 1000000000);
    from = (void *)((uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));
    CHECK_EQ(from->sll_family, AF_PACKET);
    CHECK_EQ(from->sll_protocol, htons(ETH_P_IP));
    CHECK_EQ(from->sll_ifindex, (int)if_nametoindex("lo"));
    CHECK_EQ(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len), 0);
    CHECK(st.tp_packets >= 1);
    CHECK_EQ(munmap(ring, 2 * BLOCK), 0);
    close(fd);
}

static void the_ring_goes_round(void)
{
    int fd = packet_socket(TPACKET_V2);
    uint8_t *ring = map(fd);
    unsigned at = 0;

    for (int i = 0; i < 50; i++) {
        char text[20];

        snprintf(text, sizeof(text), "number %02d", i);
        send_text(text);
        find(ring, fd, &at, text)->tp_status = TP_STATUS_KERNEL;
    }
    munmap(ring, 2 * BLOCK);
    close(fd);
}

static void a_full_ring_drops(void)
{
    int fd = packet_socket(TPACKET_V2);
    uint8_t *ring = map(fd);
    struct tpacket_stats st;
    socklen_t len = sizeof(st);

    for (unsigned i = 0; i < 2 * FRAMES; i++)
        send_text("too many");
    CHECK_EQ(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len), 0);
    CHECK(st.tp_drops >= FRAMES);
    CHECK(st.tp_packets >= 2 * FRAMES);
    munmap(ring, 2 * BLOCK);
    close(fd);
}

static void version_1_has_its_own_header(void)
{
    int fd = packet_socket(TPACKET_V1), found = 0;
    uint8_t *ring = map(fd);
    struct pollfd p = {.fd = fd, .events = POLLIN};

    send_text("version one");
    CHECK_EQ(poll(&p, 1, 2000), 1);
    for (unsigned i = 0; i < FRAMES && !found; i++) {
        struct tpacket_hdr *h = (void *)(ring + i * FRAME);

        found = h->tp_status & TP_STATUS_USER && h->tp_snaplen == 53 &&
                !memcmp((uint8_t *)h + h->tp_mac + 42, "version one", 11);
    }
    CHECK(found);
    munmap(ring, 2 * BLOCK);
    close(fd);
}

static void what_makes_no_sense_is_refused(void)
{
    static const struct tpacket_req bad[] = {
        {BLOCK, 2, FRAME, FRAMES + 1}, {1000, 2, 100, 20},
        {BLOCK, 2, 1000, 32},          {BLOCK, 2, 16, 2048},
        {0, 2, FRAME, FRAMES},         {BLOCK, 0, FRAME, FRAMES},
    };
    static const struct tpacket_req giant = {4096, 1 << 30, 4096, 1 << 30};
    int fd = socket(AF_PACKET, SOCK_RAW, 0), v;
    socklen_t len = sizeof(v);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_ERRNO(
            setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &bad[i], sizeof(bad[i])),
            EINVAL);
    CHECK(mmap(NULL, BLOCK, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQ(errno, EINVAL);
    CHECK_ERRNO(
        setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &giant, sizeof(giant)),
        ENOMEM);
    v = TPACKET_V2;
    CHECK_EQ(getsockopt(fd, SOL_PACKET, PACKET_HDRLEN, &v, &len), 0);
    CHECK_EQ(v, sizeof(struct tpacket2_hdr));
    v = 77;
    CHECK_ERRNO(getsockopt(fd, SOL_PACKET, PACKET_HDRLEN, &v, &len), EINVAL);
    close(fd);
    fd = packet_socket(TPACKET_V2);
    v = TPACKET_V1;
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &v, sizeof(v)),
                EBUSY);
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)),
                EBUSY);
    close(fd);
}

static void a_refused_request_leaves_the_ring(void)
{
    static const struct tpacket_req bad = {BLOCK, 0, FRAME, FRAMES}, none;
    int fd = packet_socket(TPACKET_V2);
    uint8_t *ring;
    unsigned at = 0;

    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &bad, sizeof(bad)),
                EINVAL);
    ring = map(fd);
    send_text("still there");
    find(ring, fd, &at, "still there");
    munmap(ring, 2 * BLOCK);
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &none, sizeof(none)),
             0);
    close(fd);
}

static void a_reserve_lies_before_the_frame(void)
{
    static const struct tpacket_req wide = {1 << 17, 1, 1 << 17, 1};
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), v = TPACKET_V2;
    struct tpacket2_hdr *h;
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &v, sizeof(v)), 0);
    v = 65000;
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &v, sizeof(v)), 0);
    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &wide, sizeof(wide)),
             0);
    h = mmap(NULL, 1 << 17, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(h != MAP_FAILED);
    send_text("far behind");
    CHECK_EQ(poll(&p, 1, 2000), 1);
    CHECK(h->tp_mac >= sizeof(*h) + sizeof(struct sockaddr_ll) + 65000);
    CHECK_EQ(h->tp_net, h->tp_mac + 14);
    munmap(h, 1 << 17);
    close(fd);
}

int main(void)
{
    RUN(frames_lie_in_the_ring);
    RUN(the_ring_goes_round);
    RUN(a_full_ring_drops);
    RUN(version_1_has_its_own_header);
    RUN(what_makes_no_sense_is_refused);
    RUN(a_refused_request_leaves_the_ring);
    RUN(a_reserve_lies_before_the_frame);
    return check_end();
}
