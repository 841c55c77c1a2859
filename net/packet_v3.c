// SPDX-License-Identifier: MIT
/*
 * packet_v3: TPACKET_V3 of packet(7), to receive. Frames of any length lie one
 * behind the other in a block, which is the program's as a whole when it is
 * full, or when a time is over since it was opened and some frame is in it.
 * What the program writes into blocks is read but for the word that says whose
 * they are.
 */
#include "abi/poll.h"
#include "abi/time.h"
#include "net/packet_priv.h"
#include "net/stack.h"

#define TIMEOUT_MS 8 /* unless the program says another, as Linux */
#define ALIGNMENT  8u
#define DESCRIPTOR ((uint32_t)sizeof(struct abi_tpacket_block))

/* Where the first frame of a block lies. */
static uint64_t first_at(uint32_t private_len)
{
    return DESCRIPTOR + ALIGN_UP((uint64_t)private_len, ALIGNMENT);
}

static struct abi_tpacket_block *block_at(const struct packet_ring *r,
                                          uint32_t i)
{
    return (struct abi_tpacket_block *)r->blocks[i];
}

static bool is_program_s(const struct packet_ring *r, uint32_t i)
{
    return packet_ring_status(&block_at(r, i)->block_status) & TP_STATUS_USER;
}

bool packet_v3_fits(const struct packet_sock *p, bool tx,
                    const struct abi_tpacket_req3 *q)
{
    uint32_t least = packet_ring_header(PACKET_V3) + p->reserve +
                     (uint32_t)sizeof(struct abi_sockaddr_ll);

    if (tx) /* which has frames, as those of the other versions */
        return !q->tp_retire_blk_tov && !q->tp_sizeof_priv &&
               !q->tp_feature_req_word;
    return q->tp_block_size >= first_at(q->tp_sizeof_priv) + least;
}

static void open_block(struct packet_sock *p)
{
    struct netstack *s = p->dgram.sk.stack;
    struct packet_v3 *v = &p->ring->v3;
    uint64_t now = net_env_realtime(s);

    v->at = (uint32_t)first_at(v->private_len);
    v->count = 0;
    v->frozen = false;
    v->opened_ns = s->now;
    *block_at(p->ring, v->block) = (struct abi_tpacket_block){
        .version = PACKET_V3,
        .offset_to_priv = DESCRIPTOR,
        .offset_to_first_pkt = v->at,
        .blk_len = v->at,
        .seq_num = v->seq++,
        .first = {(uint32_t)(now / NSEC_PER_SEC),
                  (uint32_t)(now % NSEC_PER_SEC)},
    };
}

/* Gives the block to the program; reason: flags of its status. */
static void close_block(struct packet_sock *p, uint32_t reason)
{
    struct packet_ring *r = p->ring;
    struct packet_v3 *v = &r->v3;
    struct abi_tpacket_block *b = block_at(r, v->block);

    net_timer_cancel(&v->timer);
    if (v->count)
        ((struct abi_tpacket3_hdr *)(r->blocks[v->block] + v->last))
            ->tp_next_offset = 0;
    b->num_pkts = v->count;
    b->blk_len = v->at;
    b->last.sec = (uint32_t)(v->last_ns / NSEC_PER_SEC);
    b->last.nsec = (uint32_t)(v->last_ns % NSEC_PER_SEC);
    if (r->losing)
        reason |= TP_STATUS_LOSING;
    r->losing = false;
    packet_ring_set_status(&b->block_status, TP_STATUS_USER | reason);
    v->block = (v->block + 1) % r->size.tp_block_nr;
    sock_ready(&p->dgram.sk, POLLIN);
}

/* Opens the block that is next, when the program has given it back. */
static bool next_block(struct packet_sock *p)
{
    struct packet_v3 *v = &p->ring->v3;

    if (!is_program_s(p->ring, v->block)) {
        open_block(p);
        return true;
    }
    v->freezes += !v->frozen;
    v->frozen = true;
    return false;
}

static void timed_out(struct netstack *s, struct net_timer *t)
{
    struct packet_v3 *v = container_of(t, struct packet_v3, timer);

    (void)s;
    close_block(v->owner, TP_STATUS_BLK_TMO);
    next_block(v->owner);
}

void packet_v3_begin(struct packet_sock *p, const struct abi_tpacket_req3 *q)
{
    struct packet_v3 *v = &p->ring->v3;
    uint32_t ms = q->tp_retire_blk_tov ? q->tp_retire_blk_tov : TIMEOUT_MS;

    netstack_update_now(p->dgram.sk.stack);
    v->owner = p;
    v->timeout_ns = ms * NSEC_PER_MSEC;
    v->private_len = q->tp_sizeof_priv;
    v->hashes = q->tp_feature_req_word & TP_FT_REQ_FILL_RXHASH;
    v->seq = 1;
    net_timer_init(&v->timer, timed_out);
    open_block(p);
}

/* Room for n bytes more, in a block that is not the program's. NULL: none. */
static uint8_t *take_room(struct packet_sock *p, uint32_t n)
{
    struct netstack *s = p->dgram.sk.stack;
    struct packet_ring *r = p->ring;
    struct packet_v3 *v = &r->v3;

    if (v->frozen && !next_block(p))
        return NULL;
    if (n > r->size.tp_block_size - v->at) {
        close_block(p, 0);
        if (!next_block(p))
            return NULL;
    }
    /* Times are counted from when it was opened; nobody waits for an empty
     * one. */
    if (!v->count++)
        net_timer_arm(s, &v->timer,
                      s->now + v->timeout_ns -
                          (s->now - v->opened_ns) % v->timeout_ns);
    v->last = v->at;
    v->at += n;
    return r->blocks[v->block] + v->last;
}

bool packet_v3_put(struct packet_sock *p, struct netbuf *nb, uint32_t mac,
                   uint32_t net, uint32_t status)
{
    struct packet_v3 *v = &p->ring->v3;
    uint32_t most =
        p->ring->size.tp_block_size - (uint32_t)first_at(v->private_len);
    uint32_t snap = mac < most ? MIN(nb->len, most - mac) : 0, whole;
    uint64_t now = net_env_realtime(p->dgram.sk.stack);
    uint32_t link = net - mac;
    struct abi_tpacket3_hdr *h;
    struct sock_addr from;

    mac = MIN(mac, most); /* a reserve that leaves no room */
    whole = (uint32_t)ALIGN_UP(mac + snap, ALIGNMENT);
    h = (struct abi_tpacket3_hdr *)take_room(p, whole);
    if (!h)
        return false;
    v->last_ns = now;
    *h = (struct abi_tpacket3_hdr){
        .tp_next_offset = whole,
        .tp_sec = (uint32_t)(now / NSEC_PER_SEC),
        .tp_nsec = (uint32_t)(now % NSEC_PER_SEC),
        .tp_snaplen = snap,
        .tp_len = packet_note_of(nb)->len,
        .tp_status = status | TP_STATUS_USER,
        .tp_mac = (uint16_t)mac,
        .tp_net = (uint16_t)net,
    };
    if (v->hashes)
        h->tp_rxhash = packet_hash(p->dgram.sk.stack, nb, link);
    packet_put_address(&from, nb);
    memcpy(h + 1, from.bytes, sizeof(struct abi_sockaddr_ll));
    if (snap)
        netbuf_copy_out(nb, 0, (uint8_t *)h + mac, snap);
    return true;
}

bool packet_v3_has_room(const struct packet_ring *r)
{
    return !r->v3.frozen || !is_program_s(r, r->v3.block);
}

bool packet_v3_ready(const struct packet_ring *r)
{
    uint32_t n = r->size.tp_block_nr;
    uint32_t before = (r->v3.block + n - 1) % n;

    return packet_ring_status(&block_at(r, before)->block_status) !=
           TP_STATUS_KERNEL;
}
