// SPDX-License-Identifier: MIT
/*
 * packet: see the header. All these sockets are in one list of the stack, and
 * an interface knows whether there are any for it, so that a frame that nobody
 * looks at costs one branch.
 */
#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/netdevice.h"
#include "net/bpf.h"
#include "net/netdev.h"
#include "net/packet_priv.h"
#include "net/sock_error.h"
#include "net/stack.h"

#define ALL BE16(ETH_P_ALL)

/* A frame on its way past: nb's data is its link header, or the network's when
 * the link has none (link_len 0); header is right in both cases. */
struct frame {
    struct netdev *dev;
    struct netbuf *nb;
    struct ether_header header;
    size_t link_len;
    uint8_t type; /* PACKET_HOST ... */
};

void packet_devs_changed(struct netstack *s)
{
    for (struct netdev *dev = s->devs; dev; dev = dev->next) {
        dev->tapped = s->recording || !dev->up;
        for (struct packet_sock *p = s->packet_socks; p; p = p->next)
            dev->tapped |= p->protocol && (!p->index || p->index == dev->index);
    }
}

/* --- in --- */

static bool wants(const struct packet_sock *p, const struct frame *f)
{
    if (p->index && p->index != f->dev->index)
        return false;
    if (f->type == PACKET_OUTGOING)
        return p->protocol == ALL && !p->ignore_outgoing &&
               f->nb->sk != &p->dgram.sk;
    return p->protocol == ALL || (p->protocol && p->protocol == f->header.type);
}

/* The frame as the socket shall see it, with a link header or without. */
static struct netbuf *copy_for(const struct packet_sock *p,
                               const struct frame *f)
{
    struct netstack *s = f->dev->stack;
    bool raw = p->dgram.sk.type == SOCK_RAW;
    bool push = raw && !f->link_len;
    struct netbuf *copy;

    if (push && netbuf_headroom(f->nb) < ETHER_HEADER)
        copy = netbuf_copy(s, f->nb, ETHER_HEADER);
    else
        copy = netbuf_clone(s, f->nb);
    if (!copy)
        return NULL;
    if (push)
        memcpy(netbuf_push(copy, ETHER_HEADER), &f->header, ETHER_HEADER);
    else if (!raw && f->link_len)
        netbuf_pull(copy, f->link_len);
    copy->network = (uint16_t)(copy->data - copy->head);
    copy->network += raw ? ETHER_HEADER : 0;
    copy->dev = f->dev;
    copy->time_ns = s->now;
    return copy;
}

static void deliver(struct packet_sock *p, const struct frame *f)
{
    struct netbuf *copy = copy_for(p, f);
    struct packet_note *note;
    uint32_t len;

    if (!copy) {
        p->packets++;
        p->dgram.dropped++;
        return;
    }
    len = copy->len;
    if (unlikely(p->dgram.sk.filter)) {
        struct bpf_packet packet = {.nb = copy,
                                    .link = (const uint8_t *)&f->header,
                                    .protocol = f->header.type,
                                    .type = f->type};

        if (!sock_filter(&p->dgram.sk, copy, &packet, 0)) {
            netbuf_free(f->dev->stack, copy);
            return;
        }
    }
    note = packet_note_of(copy);
    *note = (struct packet_note){.len = len,
                                 .protocol = f->header.type,
                                 .type = f->type,
                                 .address_len = ETHER_ADDR_LEN};
    memcpy(note->address, f->header.source, ETHER_ADDR_LEN);
    p->packets++;
    if (!p->ring) {
        dgram_queue(&p->dgram, copy);
        return;
    }
    if (!packet_ring_put(p, copy))
        p->dgram.dropped++;
    netbuf_free(f->dev->stack, copy);
}

static void show(const struct frame *f)
{
    struct netstack *s = f->dev->stack;

    for (struct packet_sock *p = s->packet_socks; p; p = p->next) {
        struct packet_sock *to = p;

        if (!wants(p, f))
            continue;
        if (p->fanout)
            to = packet_fanout_pick(p, f->nb, f->link_len,
                                    f->type == PACKET_OUTGOING);
        if (to)
            deliver(to, f);
    }
}

static uint8_t type_of(const struct netdev *dev, const uint8_t *to)
{
    switch (dev->features & NETDEV_LOOPBACK ? 0 : ether_classify(dev, to)) {
    case NETBUF_BROADCAST:
        return PACKET_BROADCAST;
    case NETBUF_MULTICAST:
        return PACKET_MULTICAST;
    case NETBUF_OTHERHOST:
        return PACKET_OTHERHOST;
    }
    return PACKET_HOST;
}

void packet_tap(struct netdev *dev, struct netbuf *nb, bool outgoing)
{
    struct frame f = {.dev = dev, .nb = nb};

    if (nb->flags & NETBUF_SEEN)
        return;
    if (dev->features & NETDEV_LOOPBACK) {
        f.header.type =
            (nb->data[0] & 0xf0) == 0x40 ? BE16(ETHER_IPV4) : BE16(ETHER_IPV6);
    } else {
        if (!netbuf_need(dev->stack, nb, ETHER_HEADER))
            return;
        memcpy(&f.header, nb->data, ETHER_HEADER);
        f.link_len = ETHER_HEADER;
    }
    f.type = outgoing ? PACKET_OUTGOING : type_of(dev, f.header.destination);
    if (f.type != PACKET_OTHERHOST || dev->promiscuous)
        show(&f);
}

/* --- recv --- */

static void put_auxdata(struct sock_msg *m, struct netbuf *nb)
{
    struct abi_tpacket_auxdata a = {
        .tp_status = TP_STATUS_USER,
        .tp_len = packet_note_of(nb)->len,
        .tp_snaplen = nb->len,
        .tp_net = (uint16_t)(nb->head + nb->network - nb->data),
    };

    if (nb->flags & NETBUF_CSUM_PARTIAL)
        a.tp_status |= TP_STATUS_CSUMNOTREADY;
    else if (nb->flags & NETBUF_CSUM_OK)
        a.tp_status |= TP_STATUS_CSUM_VALID;
    sock_put_control(m, SOL_PACKET, PACKET_AUXDATA, &a, sizeof(a));
}

static uint16_t hardware_type(const struct netdev *dev)
{
    return dev->features & NETDEV_LOOPBACK ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
}

void packet_put_address(struct sock_addr *to, struct netbuf *nb)
{
    const struct packet_note *note = packet_note_of(nb);
    struct abi_sockaddr_ll a = {
        .sll_family = AF_PACKET,
        .sll_protocol = note->protocol,
        .sll_ifindex = nb->dev->index,
        .sll_hatype = hardware_type(nb->dev),
        .sll_pkttype = note->type,
        .sll_halen = note->address_len,
    };

    memcpy(a.sll_addr, note->address, sizeof(a.sll_addr));
    to->len = sizeof(a);
    memcpy(to->bytes, &a, sizeof(a));
}

static ssize_t packet_recv(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb;
    int err = dgram_next(sk, m, &nb);

    if (!nb)
        return err;
    if (m->addr)
        packet_put_address(m->addr, nb);
    if (m->control) {
        dgram_put_time(sk, m, nb);
        if (packet_of(sk)->auxdata)
            put_auxdata(m, nb);
    }
    return dgram_give(sk, m, nb);
}

/* --- send --- */

static int get_addr(const struct sock_addr *from, struct abi_sockaddr_ll *a)
{
    size_t least = sizeof(*a);

    if (from->len < least || from->family != AF_PACKET)
        return -EINVAL;
    memcpy(a, from->bytes, sizeof(*a));
    if (from->len < offsetof(struct abi_sockaddr_ll, sll_addr) + a->sll_halen)
        return -EINVAL;
    return 0;
}

/* Of SOCK_DGRAM also to whom: the address is as long as the interface's,
 * whatever its length says. */
int packet_destination(struct sock *sk, const struct sock_msg *m,
                       struct abi_sockaddr_ll *a, struct netdev **dev)
{
    int err;

    *a = (struct abi_sockaddr_ll){.sll_protocol = packet_of(sk)->protocol,
                                  .sll_ifindex = packet_of(sk)->index};
    if (m->addr) {
        err = get_addr(m->addr, a);
        if (err)
            return err;
    }
    *dev = netdev_by_index(sk->stack, a->sll_ifindex);
    if (!*dev)
        return -ENXIO;
    return (*dev)->up ? 0 : -ENETDOWN;
}

/* Takes nb, data at its link header: through the loopback, which shows it as
 * it is and gives to the stack what that knows. */
static void loop(struct netdev *dev, struct netbuf *nb)
{
    struct netstack *s = dev->stack;
    struct frame f = {.dev = dev,
                      .nb = nb,
                      .link_len = ETHER_HEADER,
                      .type = PACKET_OUTGOING};

    memcpy(&f.header, nb->data, ETHER_HEADER);
    dev->stats.tx_packets++;
    dev->stats.tx_bytes += nb->len;
    show(&f);
    f.type = PACKET_HOST;
    show(&f);
    netbuf_pull(nb, ETHER_HEADER);
    if (nb->len && (f.header.type == BE16(ETHER_IPV4) ||
                    f.header.type == BE16(ETHER_IPV6))) {
        nb->flags |= NETBUF_LOOPED | NETBUF_SEEN;
        netbuf_queue_put(&s->loop_queue, nb);
        netstack_defer(s, NETSTACK_LOOP);
    } else {
        dev->stats.rx_packets++;
        dev->stats.rx_bytes += nb->len;
        netbuf_free(s, nb);
    }
}

void packet_transmit(struct sock *sk, struct netdev *dev,
                     const struct abi_sockaddr_ll *a, struct netbuf *nb)
{
    struct ether_header *h;

    if (packet_link_len(sk)) {
        h = netbuf_push(nb, ETHER_HEADER);
        memcpy(h->destination, a->sll_addr, ETHER_ADDR_LEN);
        memcpy(h->source, dev->mac, ETHER_ADDR_LEN);
        h->type = a->sll_protocol;
    }
    sock_charge_sent(sk, nb);
    if (dev->features & NETDEV_LOOPBACK) {
        netstack_update_now(sk->stack);
        loop(dev, nb);
    } else {
        netdev_transmit(dev, nb);
    }
}

/* The caller's bytes. */
static int make_frame(struct sock *sk, struct netdev *dev, struct sock_msg *m,
                      struct netbuf **nb)
{
    size_t header = packet_link_len(sk), len = m->data->left;
    int err;

    if (!header && len < ETHER_HEADER)
        return -EINVAL;
    if (len + header > dev->mtu + ETHER_HEADER || len + header > NETBUF_LEN_MAX)
        return -EMSGSIZE;
    if (!dgram_may_send(sk, len))
        return -EAGAIN;
    *nb = netbuf_alloc_linear(sk->stack, NETBUF_HEADROOM, len);
    if (!*nb)
        return -ENOBUFS;
    netbuf_put(*nb, len);
    err = dgram_fill(sk, *nb, 0, m->data, len);
    if (err)
        netbuf_free(sk->stack, *nb);
    return err;
}

static ssize_t packet_send(struct sock *sk, struct sock_msg *m)
{
    ssize_t len = (ssize_t)m->data->left;
    struct abi_sockaddr_ll a;
    struct netdev *dev;
    struct netbuf *nb;
    uint32_t wishes;
    int err;

    if (unlikely(m->flags & MSG_OOB))
        return -EOPNOTSUPP;
    err = sock_stamp_wishes(sk, m, &wishes);
    if (!err)
        err = packet_destination(sk, m, &a, &dev);
    if (!err && sk->error)
        err = sock_take_error(sk);
    if (!err && packet_of(sk)->tx_ring)
        return packet_tx_send(sk, m, dev, &a);
    if (!err)
        err = make_frame(sk, dev, m, &nb);
    if (err)
        return err;
    packet_transmit(sk, dev, &a, nb);
    sock_error_queue_datagram(sk, wishes);
    return len;
}

/* --- the rest --- */

static int packet_bind(struct sock *sk, const struct sock_addr *from)
{
    struct packet_sock *p = packet_of(sk);
    struct abi_sockaddr_ll a;

    if (from->len < sizeof(a) || from->family != AF_PACKET)
        return -EINVAL;
    memcpy(&a, from->bytes, sizeof(a));
    if (p->fanout)
        return -EINVAL;
    if (a.sll_ifindex && !netdev_by_index(sk->stack, a.sll_ifindex))
        return -ENODEV;
    p->index = a.sll_ifindex;
    if (a.sll_protocol)
        p->protocol = a.sll_protocol;
    packet_devs_changed(sk->stack);
    return 0;
}

static int packet_name(struct sock *sk, bool peer, struct sock_addr *to)
{
    struct packet_sock *p = packet_of(sk);
    struct netdev *dev = netdev_by_index(sk->stack, p->index);
    struct abi_sockaddr_ll a = {.sll_family = AF_PACKET,
                                .sll_protocol = p->protocol,
                                .sll_ifindex = p->index};

    if (peer)
        return -EOPNOTSUPP;
    if (dev) {
        a.sll_hatype = hardware_type(dev);
        a.sll_halen = ETHER_ADDR_LEN;
        memcpy(a.sll_addr, dev->mac, ETHER_ADDR_LEN);
    }
    to->len =
        (uint32_t)offsetof(struct abi_sockaddr_ll, sll_addr) + a.sll_halen;
    memcpy(to->bytes, &a, sizeof(a));
    return 0;
}

static int packet_shutdown(struct sock *sk, int how)
{
    (void)sk;
    (void)how;
    return -EOPNOTSUPP;
}

static void packet_close(struct sock *sk)
{
    struct packet_sock **link = &sk->stack->packet_socks;

    packet_drop_members(packet_of(sk));
    packet_fanout_leave(packet_of(sk));
    packet_ring_free(packet_of(sk), &packet_of(sk)->ring);
    packet_ring_free(packet_of(sk), &packet_of(sk)->tx_ring);
    while (*link != packet_of(sk))
        link = &(*link)->next;
    *link = packet_of(sk)->next;
    packet_devs_changed(sk->stack);
    dgram_close(sk);
}

static unsigned packet_poll(struct sock *sk)
{
    const struct packet_sock *p = packet_of(sk);
    unsigned events = dgram_poll(sk);

    if (p->ring && packet_ring_ready(p))
        events |= POLLIN | POLLRDNORM;
    return events;
}

static const struct sock_ops packet_ops = {
    .bind = packet_bind,
    .send = packet_send,
    .recv = packet_recv,
    .poll = packet_poll,
    .shutdown = packet_shutdown,
    .close = packet_close,
    .set_option = packet_set_option,
    .get_option = packet_get_option,
    .name = packet_name,
    .ioctl = dgram_ioctl,
    .destroy = dgram_destroy,
};

static int packet_create(struct netstack *s, int family, int type, int protocol,
                         struct sock **sk)
{
    struct packet_sock *p = net_env_alloc(s, sizeof(*p));

    if (!p)
        return -ENOMEM;
    memset(p, 0, sizeof(*p));
    sock_init(&p->dgram.sk, s, &packet_ops, family, type, 0);
    p->protocol = (uint16_t)protocol;
    p->next = s->packet_socks;
    s->packet_socks = p;
    packet_devs_changed(s);
    *sk = &p->dgram.sk;
    return 0;
}

void packet_init(struct netstack *s)
{
    static const struct net_family raw = {.family = AF_PACKET,
                                          .type = SOCK_RAW,
                                          .any_protocol = true,
                                          .create = packet_create};
    static const struct net_family dgram = {.family = AF_PACKET,
                                            .type = SOCK_DGRAM,
                                            .any_protocol = true,
                                            .create = packet_create};

    net_family_register(s, &raw);
    net_family_register(s, &dgram);
}
