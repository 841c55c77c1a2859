// SPDX-License-Identifier: MIT
/*
 * packet_ring: the rings of packet(7), and how frames get into those of
 * versions 1 and 2. They lie in memory that the program maps; a word in front
 * of each says whose it is. What the program writes there is read but for that
 * word.
 */
#include "abi/errno.h"
#include "abi/poll.h"
#include "net/netdev.h"
#include "net/packet_priv.h"
#include "net/stack.h"

#define PAGE        4096u
#define BLOCK_MAX   (1u << 21)
#define RING_MAX    (64u << 20) /* it is cleared with the stack locked */
#define ALIGNMENT   16u
#define ADDRESS_LEN ((uint32_t)sizeof(struct abi_sockaddr_ll))
#define MAC_ROOM    16u /* in front of the network's header */
#define RESERVE_MAX (UINT16_MAX - 96u)

static_assert(sizeof(struct abi_tpacket_hdr) == sizeof(struct abi_tpacket2_hdr),
              "one length for both");

uint32_t packet_ring_header(int version)
{
    return version == PACKET_V3 ? sizeof(struct abi_tpacket3_hdr)
                                : sizeof(struct abi_tpacket2_hdr);
}

/* Where the network's header of a received frame lies without a reserve. */
static uint32_t network_at(int version)
{
    return ALIGN_UP(packet_ring_header(version) + ADDRESS_LEN + MAC_ROOM,
                    ALIGNMENT);
}

uint8_t *packet_ring_frame(const struct packet_ring *r, unsigned i)
{
    unsigned per_block = r->size.tp_block_size / r->size.tp_frame_size;

    return r->blocks[i / per_block] + i % per_block * r->size.tp_frame_size;
}

/* 64 bits in version 1, of which the low ones count. */
uint32_t packet_ring_status(const void *word)
{
    return __atomic_load_n((const uint32_t *)word, __ATOMIC_ACQUIRE);
}

void packet_ring_set_status(void *word, uint32_t status)
{
    __atomic_store_n((uint32_t *)word, status, __ATOMIC_RELEASE);
}

void packet_ring_free(struct packet_sock *p, struct packet_ring **ring)
{
    struct netstack *s = p->dgram.sk.stack;
    struct packet_ring *r = *ring;

    *ring = NULL;
    if (!r)
        return;
    net_timer_remove(s, &r->v3.timer);
    for (unsigned i = 0; i < r->size.tp_block_nr && r->blocks[i]; i++)
        net_env_pages_free(s, r->blocks[i], r->size.tp_block_size);
    net_env_free(s, r);
}

static bool is_sane(const struct packet_sock *p,
                    const struct abi_tpacket_req3 *q)
{
    uint32_t least = packet_ring_header(p->version) + ADDRESS_LEN + p->reserve;
    uint32_t per_block;

    if (!q->tp_block_size || q->tp_block_size % PAGE ||
        q->tp_block_size & (q->tp_block_size - 1) ||
        q->tp_block_size > BLOCK_MAX)
        return false;
    if (q->tp_frame_size < least || q->tp_frame_size % ALIGNMENT ||
        q->tp_frame_size > q->tp_block_size)
        return false;
    per_block = q->tp_block_size / q->tp_frame_size;
    return (uint64_t)per_block * q->tp_block_nr == q->tp_frame_nr;
}

static int create(struct packet_sock *p, struct packet_ring **ring,
                  const struct abi_tpacket_req3 *q)
{
    size_t list = q->tp_block_nr * sizeof(*(*ring)->blocks);
    struct netstack *s = p->dgram.sk.stack;
    struct packet_ring *r = net_env_alloc(s, sizeof(*r) + list);

    if (!r)
        return -ENOMEM;
    memset(r, 0, sizeof(*r) + list);
    memcpy(&r->size, q, sizeof(r->size)); /* its first members */
    net_timer_init(&r->v3.timer, NULL);
    *ring = r;
    for (unsigned i = 0; i < q->tp_block_nr; i++) {
        r->blocks[i] = net_env_pages_alloc(s, q->tp_block_size);
        if (!r->blocks[i]) {
            packet_ring_free(p, ring);
            return -ENOMEM;
        }
    }
    return 0;
}

int packet_ring_set(struct packet_sock *p, struct packet_ring **ring,
                    const void *value, size_t len)
{
    bool tx = ring == &p->tx_ring;
    struct abi_tpacket_req3 q = {0};
    size_t size =
        p->version == PACKET_V3 ? sizeof(q) : sizeof(struct abi_tpacket_req);
    int err;

    if (len < size)
        return -EINVAL;
    memcpy(&q, value, size);
    if (!q.tp_block_nr) {
        if (q.tp_frame_nr)
            return -EINVAL;
        packet_ring_free(p, ring);
        return 0;
    }
    if (*ring)
        return -EBUSY;
    if (!is_sane(p, &q) ||
        (p->version == PACKET_V3 && !packet_v3_fits(p, tx, &q)))
        return -EINVAL;
    if (q.tp_block_nr > RING_MAX / q.tp_block_size)
        return -ENOMEM;
    err = create(p, ring, &q);
    if (!err && p->version == PACKET_V3 && !tx)
        packet_v3_begin(p, &q);
    return err;
}

int packet_ring_set_version(struct packet_sock *p, int v)
{
    if (v < 0 || v >= PACKET_VERSIONS)
        return -EINVAL;
    if (p->ring || p->tx_ring)
        return -EBUSY;
    p->version = v;
    return 0;
}

int packet_ring_set_reserve(struct packet_sock *p, uint32_t v)
{
    if (p->ring || p->tx_ring)
        return -EBUSY;
    if (v > RESERVE_MAX)
        return -EINVAL;
    p->reserve = v;
    return 0;
}

/* The headers but for the status, which comes last. */
static void fill_header(struct packet_sock *p, uint8_t *frame,
                        struct netbuf *nb, uint32_t snap, uint16_t mac,
                        uint16_t net)
{
    uint64_t now = net_env_realtime(p->dgram.sk.stack);
    struct abi_tpacket_hdr *h1 = (struct abi_tpacket_hdr *)frame;
    struct abi_tpacket2_hdr *h2 = (struct abi_tpacket2_hdr *)frame;
    uint32_t len = packet_note_of(nb)->len;
    struct sock_addr from;

    if (p->version == PACKET_V1) {
        *h1 = (struct abi_tpacket_hdr){
            .tp_len = len,
            .tp_snaplen = snap,
            .tp_mac = mac,
            .tp_net = net,
            .tp_sec = (uint32_t)(now / NSEC_PER_SEC),
            .tp_usec = (uint32_t)(now % NSEC_PER_SEC / NSEC_PER_USEC)};
    } else {
        *h2 = (struct abi_tpacket2_hdr){
            .tp_len = len,
            .tp_snaplen = snap,
            .tp_mac = mac,
            .tp_net = net,
            .tp_sec = (uint32_t)(now / NSEC_PER_SEC),
            .tp_nsec = (uint32_t)(now % NSEC_PER_SEC)};
    }
    packet_put_address(&from, nb);
    memcpy(frame + sizeof(*h2), from.bytes, ADDRESS_LEN);
}

static bool put_frame(struct packet_sock *p, struct netbuf *nb, uint32_t mac,
                      uint32_t net, uint32_t status)
{
    struct packet_ring *r = p->ring;
    uint8_t *frame = packet_ring_frame(r, r->head);
    uint32_t room = r->size.tp_frame_size, snap;

    if (packet_ring_status(frame) != TP_STATUS_KERNEL)
        return false;
    snap = mac < room ? MIN(nb->len, room - mac) : 0;
    fill_header(p, frame, nb, snap, (uint16_t)mac, (uint16_t)net);
    if (snap)
        netbuf_copy_out(nb, 0, frame + mac, snap);
    packet_ring_set_status(frame, status | TP_STATUS_USER |
                                      (r->losing ? TP_STATUS_LOSING : 0));
    r->losing = false;
    r->head = (r->head + 1) % r->size.tp_frame_nr;
    sock_ready(&p->dgram.sk, POLLIN);
    return true;
}

bool packet_ring_put(struct packet_sock *p, struct netbuf *nb)
{
    uint32_t link = (uint32_t)(nb->head + nb->network - nb->data);
    uint32_t net = network_at(p->version) + p->reserve, status = 0;
    bool done;

    if (nb->flags & NETBUF_CSUM_PARTIAL)
        status = TP_STATUS_CSUMNOTREADY;
    else if (nb->flags & NETBUF_CSUM_OK)
        status = TP_STATUS_CSUM_VALID;
    done = p->version == PACKET_V3
               ? packet_v3_put(p, nb, net - link, net, status)
               : put_frame(p, nb, net - link, net, status);
    p->ring->losing |= !done;
    return done;
}

bool packet_ring_has_room(const struct packet_sock *p)
{
    const struct packet_ring *r = p->ring;

    return p->version == PACKET_V3
               ? packet_v3_has_room(r)
               : packet_ring_status(packet_ring_frame(r, r->head)) ==
                     TP_STATUS_KERNEL;
}

bool packet_ring_ready(const struct packet_sock *p)
{
    const struct packet_ring *r = p->ring;
    unsigned last = (r->head ? r->head : r->size.tp_frame_nr) - 1;

    return p->version == PACKET_V3
               ? packet_v3_ready(r)
               : packet_ring_status(packet_ring_frame(r, last)) !=
                     TP_STATUS_KERNEL;
}

/* A page of a ring, which lies behind skip others; the rings of one socket lie
 * one behind the other. */
static void *page_of(const struct packet_ring *r, uint64_t index,
                     uint64_t *skip)
{
    uint64_t per_block, pages;

    if (!r)
        return NULL;
    per_block = r->size.tp_block_size / PAGE;
    pages = per_block * r->size.tp_block_nr;
    index -= *skip;
    *skip += pages;
    return index < pages
               ? r->blocks[index / per_block] + index % per_block * PAGE
               : NULL;
}

void *packet_ring_page(struct netstack *s, uint64_t ino, uint64_t index)
{
    for (struct packet_sock *p = s->packet_socks; p; p = p->next) {
        uint64_t skip = 0;
        void *at;

        if (p->dgram.sk.ino != ino)
            continue;
        at = page_of(p->ring, index, &skip);
        return at ? at : page_of(p->tx_ring, index, &skip);
    }
    return NULL;
}
