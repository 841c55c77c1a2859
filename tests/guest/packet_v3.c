// SPDX-License-Identifier: MIT
/* packet_v3: TPACKET_V3, blocks of frames that libpcap maps today. */
#define _GNU_SOURCE
#include "packet_lo.h"

#include <poll.h>
#include <sys/mman.h>
#include <time.h>

#define BLOCK  16384u
#define BLOCKS 4u

/* Blocks of so many milliseconds, with `private` bytes of the program's. */
static int open_ring(unsigned ms, unsigned private, uint8_t **ring)
{
    struct tpacket_req3 req = {.tp_block_size = BLOCK,
                               .tp_block_nr = BLOCKS,
                               .tp_frame_size = 2048,
                               .tp_frame_nr = BLOCKS * BLOCK / 2048,
                               .tp_retire_blk_tov = ms,
                               .tp_sizeof_priv = private,
                               .tp_feature_req_word = TP_FT_REQ_FILL_RXHASH};
    int fd = packet_socket_of(TPACKET_V3);

    CHECK_EQ(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)), 0);
    *ring =
        mmap(NULL, BLOCKS * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(*ring != MAP_FAILED);
    packet_bind_lo(fd);
    return fd;
}

static void shut(int fd, uint8_t *ring)
{
    CHECK_EQ(munmap(ring, BLOCKS * BLOCK), 0);
    close(fd);
}

static struct tpacket_block_desc *block(uint8_t *ring, unsigned i)
{
    return (void *)(ring + i % BLOCKS * BLOCK);
}

static unsigned status_of(struct tpacket_block_desc *b)
{
    return __atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

static void give_back(struct tpacket_block_desc *b)
{
    __atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL,
                     __ATOMIC_RELEASE);
}

/* Waits until a block is the program's. */
static struct tpacket_hdr_v1 *wait_for(int fd, struct tpacket_block_desc *b)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (!(status_of(b) & TP_STATUS_USER))
        CHECK_EQ(poll(&p, 1, 5000), 1);
    return &b->hdr.bh1;
}

/* How many frames of a block have the text; all lie within it, in a chain. */
static int count(struct tpacket_block_desc *b, const char *text)
{
    struct tpacket_hdr_v1 *d = &b->hdr.bh1;
    uint8_t *at = (uint8_t *)b + d->offset_to_first_pkt;
    int n = 0;

    for (unsigned i = 0; i < d->num_pkts; i++) {
        struct tpacket3_hdr *h = (void *)at;
        size_t end = (size_t)(at - (uint8_t *)b) + h->tp_mac + h->tp_snaplen;

        CHECK(end <= d->blk_len && d->blk_len <= BLOCK);
        CHECK_EQ(!h->tp_next_offset, i + 1 == d->num_pkts);
        n += h->tp_snaplen >= 42 + strlen(text) &&
             !memcmp(at + h->tp_mac + 42, text, strlen(text));
        at += h->tp_next_offset;
    }
    return n;
}

static void a_block_comes_when_its_time_is_over(void)
{
    uint8_t *ring;
    int fd = open_ring(50, 0, &ring), found = 0;

    send_text("block one");
    for (unsigned i = 0; !found; i++) {
        struct tpacket_block_desc *b = block(ring, i);
        struct tpacket_hdr_v1 *d = wait_for(fd, b);

        CHECK(d->block_status & TP_STATUS_BLK_TMO);
        CHECK_EQ(b->version, TPACKET_V3);
        CHECK_EQ(d->seq_num, i + 1);
        CHECK(d->num_pkts >= 1);
        CHECK(d->ts_first_pkt.ts_sec > 1000000000);
        CHECK(d->ts_last_pkt.ts_sec >= d->ts_first_pkt.ts_sec);
        found = count(b, "block one");
        give_back(b);
    }
    CHECK(found >= 1);
    shut(fd, ring);
}

static void a_frame_has_its_header(void)
{
    uint8_t *ring;
    int fd = open_ring(20, 0, &ring);
    struct tpacket_block_desc *b = block(ring, 0);
    struct tpacket3_hdr *h;
    struct sockaddr_ll *from;

    send_text("header");
    h = (void *)((uint8_t *)b + wait_for(fd, b)->offset_to_first_pkt);
    CHECK_EQ(h->tp_snaplen, h->tp_len);
    CHECK_EQ(h->tp_net, h->tp_mac + 14);
    CHECK(h->tp_mac >= TPACKET3_HDRLEN);
    CHECK(h->tp_nsec < 1000000000);
    CHECK(h->hv1.tp_rxhash);
    from = (void *)((uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));
    CHECK_EQ(from->sll_family, AF_PACKET);
    CHECK_EQ(from->sll_protocol, htons(ETH_P_IP));
    shut(fd, ring);
}

static void a_full_block_comes_at_once(void)
{
    uint8_t *ring;
    int fd = open_ring(3600 * 1000, 0, &ring);
    struct tpacket_block_desc *b = block(ring, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    unsigned sent = 0;

    send_text("fill");
    CHECK_EQ(poll(&p, 1, 0), 0); /* one frame is no reason to wake anybody */
    while (!(status_of(b) & TP_STATUS_USER)) {
        CHECK(++sent < 1000);
        send_text("fill");
    }
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK(!(status_of(b) & TP_STATUS_BLK_TMO));
    CHECK(count(b, "fill") >= 50);
    shut(fd, ring);
}

static void a_full_ring_freezes_and_thaws(void)
{
    uint8_t *ring;
    int fd = open_ring(3600 * 1000, 0, &ring);
    struct tpacket_stats_v3 st;
    socklen_t len = sizeof(st);
    uint64_t next = 0;

    for (int i = 0; i < 2000; i++)
        send_text("too many of them");
    CHECK_EQ(getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &len), 0);
    CHECK_EQ(len, sizeof(st));
    CHECK(st.tp_packets >= 2000);
    CHECK(st.tp_drops >= 500);
    CHECK_EQ(st.tp_freeze_q_cnt, 1);
    for (unsigned i = 0; i < BLOCKS; i++) {
        CHECK(status_of(block(ring, i)) & TP_STATUS_USER);
        CHECK_EQ(block(ring, i)->hdr.bh1.seq_num, ++next);
        give_back(block(ring, i));
    }
    for (int i = 0; i < 200; i++)
        send_text("room again");
    CHECK(status_of(block(ring, 0)) & TP_STATUS_USER);
    CHECK_EQ(block(ring, 0)->hdr.bh1.seq_num, ++next);
    CHECK(count(block(ring, 0), "room again") >= 50);
    shut(fd, ring);
}

static void the_program_has_a_part_of_each_block(void)
{
    uint8_t *ring;
    int fd = open_ring(20, 100, &ring);
    struct tpacket_block_desc *b = block(ring, 0);

    memset(ring + 48, 0x5a, 100);
    send_text("private");
    wait_for(fd, b);
    CHECK_EQ(b->offset_to_priv, 48);
    CHECK_EQ(b->hdr.bh1.offset_to_first_pkt, 48 + 104);
    CHECK(count(b, "private") >= 1);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(ring[48 + i], 0x5a);
    shut(fd, ring);
}

/* Counters in the block are for the program to read: what it writes there does
 * not lead the kernel astray. */
static void what_the_program_writes_does_no_harm(void)
{
    uint8_t *ring;
    int fd = open_ring(3600 * 1000, 0, &ring);

    for (int i = 0; i < 1000; i++) {
        send_text("harmless");
        for (unsigned at = 4; at < 48; at += 4)
            if (at != 8) /* the status */
                memset(ring + i % (int)BLOCKS * (int)BLOCK + at, 0xff, 4);
    }
    CHECK(status_of(block(ring, 0)) & TP_STATUS_USER);
    shut(fd, ring);
}

static void what_makes_no_sense_is_refused(void)
{
    struct tpacket_req3 req = {.tp_block_size = BLOCK,
                               .tp_block_nr = BLOCKS,
                               .tp_frame_size = 2048,
                               .tp_frame_nr = BLOCKS * BLOCK / 2048};
    int fd = packet_socket_of(TPACKET_V3), v = TPACKET_V3;
    socklen_t len = sizeof(v);

    CHECK_EQ(getsockopt(fd, SOL_PACKET, PACKET_HDRLEN, &v, &len), 0);
    CHECK_EQ(v, sizeof(struct tpacket3_hdr));
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req,
                           sizeof(struct tpacket_req)),
                EINVAL);
    req.tp_sizeof_priv = BLOCK - 64;
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)),
                EINVAL);
    req.tp_sizeof_priv = 0xffffffff;
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)),
                EINVAL);
    req.tp_sizeof_priv = 0;
    req.tp_retire_blk_tov = 10;
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)),
                EINVAL);
    v = 3;
    CHECK_ERRNO(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &v, sizeof(v)),
                EINVAL);
    close(fd);
}

int main(void)
{
    RUN(a_block_comes_when_its_time_is_over);
    RUN(a_frame_has_its_header);
    RUN(a_full_block_comes_at_once);
    RUN(a_full_ring_freezes_and_thaws);
    RUN(the_program_has_a_part_of_each_block);
    RUN(what_the_program_writes_does_no_harm);
    RUN(what_makes_no_sense_is_refused);
    return check_end();
}
