// SPDX-License-Identifier: MIT
/*
 * packet_tx: PACKET_TX_RING of packet(7). A send takes the frames that the
 * program has asked to be sent, in their order, and gives each back when its
 * bytes are on their way. The program may change a frame at any time: what is
 * read of it is read once.
 */
#include "abi/errno.h"
#include "net/netdev.h"
#include "net/packet_priv.h"
#include "net/stack.h"

/* Where a frame's bytes lie and how many they are. -EINVAL, -EMSGSIZE. */
static int find_bytes(const struct packet_sock *p, const struct netdev *dev,
                      const uint8_t *frame, uint32_t *at, uint32_t *len)
{
    const struct abi_tpacket_hdr *h1 = (const struct abi_tpacket_hdr *)frame;
    const struct abi_tpacket2_hdr *h2 = (const struct abi_tpacket2_hdr *)frame;
    const struct abi_tpacket3_hdr *h3 = (const struct abi_tpacket3_hdr *)frame;
    uint32_t size = p->tx_ring->size.tp_frame_size;
    uint32_t header = packet_ring_header(p->version), link;
    bool raw = !packet_link_len(&p->dgram.sk);

    switch (p->version) {
    case PACKET_V1:
        *len = __atomic_load_n(&h1->tp_len, __ATOMIC_RELAXED);
        *at =
            __atomic_load_n(raw ? &h1->tp_mac : &h1->tp_net, __ATOMIC_RELAXED);
        break;
    case PACKET_V2:
        *len = __atomic_load_n(&h2->tp_len, __ATOMIC_RELAXED);
        *at =
            __atomic_load_n(raw ? &h2->tp_mac : &h2->tp_net, __ATOMIC_RELAXED);
        break;
    default:
        if (__atomic_load_n(&h3->tp_next_offset,
                            __ATOMIC_RELAXED)) /* all slots are of one size */
            return -EINVAL;
        *len = __atomic_load_n(&h3->tp_len, __ATOMIC_RELAXED);
        *at =
            __atomic_load_n(raw ? &h3->tp_mac : &h3->tp_net, __ATOMIC_RELAXED);
    }
    link = raw ? ETHER_HEADER : 0;
    if (*len > size - header || *len > dev->mtu + link ||
        *len > NETBUF_LEN_MAX - ETHER_HEADER)
        return -EMSGSIZE;
    if (!p->tx_has_off)
        *at = header;
    else if (*at < header || *at > size - *len)
        return -EINVAL;
    return *len < link ? -EINVAL : 0;
}

static int send_frame(struct packet_sock *p, struct netdev *dev,
                      const struct abi_sockaddr_ll *a, uint8_t *frame,
                      uint32_t *sent)
{
    struct sock *sk = &p->dgram.sk;
    struct netbuf *nb;
    uint32_t at, len;
    int err = find_bytes(p, dev, frame, &at, &len);

    if (err)
        return err;
    if (!dgram_may_send(sk, len))
        return -EAGAIN;
    nb = netbuf_alloc_linear(sk->stack, NETBUF_HEADROOM, len);
    if (!nb)
        return -ENOBUFS;
    memcpy(netbuf_put(nb, len), frame + at, len);
    packet_transmit(sk, dev, a, nb);
    *sent = len;
    return 0;
}

/* What a send of the ring's answers with, after err. */
static ssize_t finish(const struct sock_msg *m, int err)
{
    if (err == -EAGAIN && !(m->flags & MSG_DONTWAIT))
        return err; /* comes again */
    if ((err == -EAGAIN || err == -ENOBUFS) && m->done)
        err = 0;
    return err ? err : (ssize_t)m->done;
}

static uint32_t *status_of(const struct packet_sock *p, uint8_t *frame)
{
    return p->version == PACKET_V3
               ? &((struct abi_tpacket3_hdr *)frame)->tp_status
               : (uint32_t *)frame;
}

ssize_t packet_tx_send(struct sock *sk, struct sock_msg *m, struct netdev *dev,
                       const struct abi_sockaddr_ll *a)
{
    struct packet_sock *p = packet_of(sk);
    struct packet_ring *r = p->tx_ring;
    int err = 0;

    for (unsigned i = 0; i < r->size.tp_frame_nr && !err; i++) {
        uint8_t *frame = packet_ring_frame(r, r->head);
        uint32_t *status = status_of(p, frame), sent = 0;

        if (packet_ring_status(status) != TP_STATUS_SEND_REQUEST)
            break;
        err = send_frame(p, dev, a, frame, &sent);
        if (err == -EAGAIN || err == -ENOBUFS)
            break;
        if (err && !p->loss) {
            packet_ring_set_status(status, TP_STATUS_WRONG_FORMAT);
            break;
        }
        err = 0;
        packet_ring_set_status(status, TP_STATUS_AVAILABLE);
        m->done += sent;
        r->head = (r->head + 1) % r->size.tp_frame_nr;
    }
    return finish(m, err);
}
