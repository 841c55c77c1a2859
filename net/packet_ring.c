// SPDX-License-Identifier: MIT
/*
 * packet_ring: PACKET_RX_RING of packet(7), versions 1 and 2 of its headers.
 * Frames are copied into memory that the program maps; a word in front of each
 * says whose it is. What the program writes there is read but for that word.
 */
#include "abi/errno.h"
#include "net/netdev.h"
#include "net/packet_priv.h"
#include "net/stack.h"

#define PAGE        4096u
#define BLOCK_MAX   (1u << 21)
#define RING_MAX    (64u << 20) /* it is cleared with the stack locked */
#define ALIGNMENT   16u
#define HEADERS     52u /* of either version, with the address */
#define ADDRESS_AT  32u
#define NET_AT      80u /* of a frame without reserve: room for MAC headers */
#define RESERVE_MAX (UINT16_MAX - NET_AT)

static_assert(NET_AT % ALIGNMENT == 0 && NET_AT >= HEADERS + ALIGNMENT,
              "the headers, and a MAC header of 16 bytes");
static_assert(sizeof(struct abi_tpacket_hdr) <= ADDRESS_AT &&
                  sizeof(struct abi_tpacket2_hdr) <= ADDRESS_AT,
              "the address lies behind either header");

static uint8_t *frame_at(const struct packet_ring *r, unsigned i)
{
    unsigned per_block = r->size.tp_block_size / r->size.tp_frame_size;

    return r->blocks[i / per_block] + i % per_block * r->size.tp_frame_size;
}

/* Whose the frame is: 64 bits in version 1, of which the low ones count. */
static uint32_t status_of(const uint8_t *frame)
{
    return __atomic_load_n((const uint32_t *)(const void *)frame,
                           __ATOMIC_ACQUIRE);
}

void packet_ring_free(struct packet_sock *p)
{
    struct netstack *s = p->dgram.sk.stack;
    struct packet_ring *r = p->ring;

    p->ring = NULL;
    for (unsigned i = 0; r && i < r->size.tp_block_nr && r->blocks[i]; i++)
        net_env_pages_free(s, r->blocks[i], r->size.tp_block_size);
    net_env_free(s, r);
}

static bool is_sane(const struct packet_sock *p,
                    const struct abi_tpacket_req *q)
{
    uint32_t per_block;

    if (!q->tp_block_size || q->tp_block_size % PAGE ||
        q->tp_block_size & (q->tp_block_size - 1) ||
        q->tp_block_size > BLOCK_MAX)
        return false;
    if (q->tp_frame_size < HEADERS + p->reserve ||
        q->tp_frame_size % ALIGNMENT || q->tp_frame_size > q->tp_block_size)
        return false;
    per_block = q->tp_block_size / q->tp_frame_size;
    return per_block * q->tp_block_nr == q->tp_frame_nr;
}

int packet_ring_set(struct packet_sock *p, const void *value, size_t len)
{
    struct netstack *s = p->dgram.sk.stack;
    struct abi_tpacket_req q;
    struct packet_ring *r;
    size_t list;

    if (len < sizeof(q))
        return -EINVAL;
    memcpy(&q, value, sizeof(q));
    if (!q.tp_block_nr) {
        if (q.tp_frame_nr)
            return -EINVAL;
        packet_ring_free(p);
        return 0;
    }
    if (p->ring)
        return -EBUSY;
    if (!is_sane(p, &q))
        return -EINVAL;
    if (q.tp_block_nr > RING_MAX / q.tp_block_size)
        return -ENOMEM;
    list = q.tp_block_nr * sizeof(*r->blocks);
    r = net_env_alloc(s, sizeof(*r) + list);
    if (!r)
        return -ENOMEM;
    memset(r, 0, sizeof(*r) + list);
    r->size = q;
    p->ring = r;
    for (unsigned i = 0; i < q.tp_block_nr; i++) {
        r->blocks[i] = net_env_pages_alloc(s, q.tp_block_size);
        if (!r->blocks[i]) {
            packet_ring_free(p);
            return -ENOMEM;
        }
    }
    return 0;
}

int packet_ring_set_version(struct packet_sock *p, int v)
{
    if (v < 0 || v > 1) /* version 3 is not there, as on older Linux */
        return -EINVAL;
    if (p->ring)
        return -EBUSY;
    p->version = v;
    return 0;
}

int packet_ring_set_reserve(struct packet_sock *p, uint32_t v)
{
    if (p->ring)
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

    if (p->version == 0) {
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
    memcpy(frame + ADDRESS_AT, from.bytes, sizeof(struct abi_sockaddr_ll));
}

bool packet_ring_put(struct packet_sock *p, struct netbuf *nb)
{
    struct packet_ring *r = p->ring;
    uint8_t *frame = frame_at(r, r->head);
    uint32_t room = r->size.tp_frame_size, status = TP_STATUS_USER;
    uint32_t link = (uint32_t)(nb->head + nb->network - nb->data);
    uint32_t net = NET_AT + p->reserve;
    uint32_t mac = net - link, snap;

    if (status_of(frame) != TP_STATUS_KERNEL) {
        r->losing = true;
        return false;
    }
    snap = mac < room ? MIN(nb->len, room - mac) : 0;
    if (nb->flags & NETBUF_CSUM_PARTIAL)
        status |= TP_STATUS_CSUMNOTREADY;
    else if (nb->flags & NETBUF_CSUM_OK)
        status |= TP_STATUS_CSUM_VALID;
    if (r->losing)
        status |= TP_STATUS_LOSING;
    r->losing = false;
    fill_header(p, frame, nb, snap, (uint16_t)mac, (uint16_t)net);
    if (snap)
        netbuf_copy_out(nb, 0, frame + mac, snap);
    __atomic_store_n((uint32_t *)(void *)frame, status, __ATOMIC_RELEASE);
    r->head = (r->head + 1) % r->size.tp_frame_nr;
    return true;
}

bool packet_ring_has_room(const struct packet_sock *p)
{
    return status_of(frame_at(p->ring, p->ring->head)) == TP_STATUS_KERNEL;
}

bool packet_ring_ready(const struct packet_sock *p)
{
    const struct packet_ring *r = p->ring;
    unsigned last = (r->head ? r->head : r->size.tp_frame_nr) - 1;

    return status_of(frame_at(r, last)) != TP_STATUS_KERNEL;
}

void *packet_ring_page(struct netstack *s, uint64_t ino, uint64_t index)
{
    for (struct packet_sock *p = s->packet_socks; p; p = p->next) {
        const struct packet_ring *r = p->ring;
        uint64_t per_block = r ? r->size.tp_block_size / PAGE : 1;

        if (r && p->dgram.sk.ino == ino &&
            index / per_block < r->size.tp_block_nr)
            return r->blocks[index / per_block] + index % per_block * PAGE;
    }
    return NULL;
}
