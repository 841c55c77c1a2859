// SPDX-License-Identifier: MIT
/* virtio_net: see the header. */
#include "drivers/virtio_net.h"

#include "abi/errno.h"
#include "drivers/virtio.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/random.h"
#include "lib/string.h"
#include "net/ether.h"
#include "net/kern/net.h"
#include "net/netbuf.h"
#include "net/netdev.h"

#define LOG_TAG "virtio-net"
#include "kernel/log.h"

#define F_CSUM       (1ull << 0)
#define F_GUEST_CSUM (1ull << 1)
#define F_MTU        (1ull << 3)
#define F_MAC        (1ull << 5)
#define F_GUEST_TSO4 (1ull << 7)
#define F_GUEST_TSO6 (1ull << 8)
#define F_GUEST_ECN  (1ull << 9)
#define F_HOST_TSO4  (1ull << 11)
#define F_HOST_TSO6  (1ull << 12)
#define F_HOST_ECN   (1ull << 13)
#define F_MRG_RXBUF  (1ull << 15)
#define F_STATUS     (1ull << 16)

/* Frames of several segments need several buffers. */
#define F_GUEST_LARGE (F_GUEST_TSO4 | F_GUEST_TSO6 | F_GUEST_ECN)
#define F_WANTED                                                           \
    (F_CSUM | F_GUEST_CSUM | F_MTU | F_MAC | F_GUEST_LARGE | F_HOST_TSO4 | \
     F_HOST_TSO6 | F_HOST_ECN | F_MRG_RXBUF | F_STATUS | VIRTIO_F_EVENT_IDX)

enum {
    CONFIG_MAC = 0, /* offsets in the device configuration */
    CONFIG_STATUS = 6,
    CONFIG_MTU = 10,
    STATUS_LINK_UP = 1,
    QUEUE_RX = 0,
    QUEUE_TX = 1,
    RING_SIZE = 256,
    PENDING_MAX = 1000, /* frames that wait for room in the ring */
};

#define BLOCK_SIZE  32768ul
#define CHUNK_SIZE  4096ul
#define BLOCK_CHUNK (BLOCK_SIZE / CHUNK_SIZE)
#define COPY_MAX    (NETBUF_INLINE - NETBUF_HEADROOM) /* see the header */

enum { HEADER_NEEDS_CSUM = 1, HEADER_DATA_VALID = 2 };

struct net_header {
    uint8_t flags, gso_type;
    uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};
static_assert(sizeof(struct net_header) == 12, "virtio 1.2, 5.1.6");

struct virtio_net {
    struct netdev dev;
    struct virtio_device *virtio;
    struct virtqueue *rx, *tx;
    struct netmem *block; /* chunks are cut from it; a reference */
    unsigned block_used;  /* chunks */
    unsigned rx_target;   /* chunks that the device shall have */
    bool mergeable;
    volatile bool config_due;
    struct netbuf_queue pending; /* frames that found no room */
    unsigned pending_count;
};

static struct virtio_net *net_of(struct netdev *dev)
{
    return container_of(dev, struct virtio_net, dev);
}

/* --- chunks --- */

static struct netmem *block_of(const uint8_t *chunk)
{
    return (struct netmem *)ALIGN_DOWN((uintptr_t)chunk, BLOCK_SIZE);
}

/* The block's own header is in front of its first chunk's bytes. */
static size_t chunk_room(const uint8_t *chunk)
{
    return CHUNK_SIZE - ((uintptr_t)chunk & (CHUNK_SIZE - 1));
}

/* A chunk with a reference on its block, or NULL. */
static uint8_t *chunk_take(struct virtio_net *n)
{
    uint8_t *chunk;

    if (!n->block || n->block_used == BLOCK_CHUNK) {
        struct netmem *fresh =
            netmem_create(&net_stack, BLOCK_SIZE - sizeof(struct netmem));

        if (!fresh)
            return NULL;
        if (n->block)
            netmem_put(&net_stack, n->block);
        n->block = fresh;
        n->block_used = 0;
    }
    chunk = n->block_used ? (uint8_t *)n->block + n->block_used * CHUNK_SIZE
                          : netmem_bytes(n->block);
    n->block_used++;
    netmem_get(n->block);
    return chunk;
}

static void chunk_post(struct virtio_net *n, uint8_t *chunk)
{
    struct virtio_buffer buf = {virtio_phys(chunk),
                                (uint32_t)chunk_room(chunk)};

    if (virtqueue_add(n->rx, &buf, 0, 1, chunk))
        netmem_put(&net_stack, block_of(chunk)); /* the queue is broken */
}

static int fill(struct virtio_net *n)
{
    while (n->rx->in_flight < n->rx_target) {
        uint8_t *chunk = chunk_take(n);

        if (!chunk)
            return -ENOMEM;
        chunk_post(n, chunk);
        if (n->rx->broken)
            return -EIO;
    }
    virtqueue_kick(n->rx);
    return 0;
}

/* --- in --- */

/* What the device says of the frame, whose data is the Ethernet header. False:
 * it is nonsense. */
static bool take_header(struct netbuf *nb, const struct net_header *h)
{
    if (h->flags & HEADER_NEEDS_CSUM) {
        if (h->csum_start > nb->linear ||
            nb->linear - h->csum_start < h->csum_offset + 2u)
            return false;
        nb->flags |= NETBUF_CSUM_PARTIAL;
        nb->csum_start =
            (uint16_t)((size_t)(nb->data - nb->head) + h->csum_start);
        nb->csum_offset = h->csum_offset;
    } else if (h->flags & HEADER_DATA_VALID) {
        nb->flags |= NETBUF_CSUM_OK;
    }
    nb->gso_type = h->gso_type;
    nb->gso_size = h->gso_size;
    return true;
}

/* A small frame: a copy, and the chunk goes back. */
static struct netbuf *copy_frame(struct virtio_net *n, uint8_t *chunk,
                                 uint32_t len)
{
    struct netbuf *nb = netbuf_alloc(&net_stack, false);

    if (nb)
        memcpy(netbuf_put(nb, len), chunk + sizeof(struct net_header), len);
    chunk_post(n, chunk);
    return nb;
}

/* Appends a further chunk with len bytes of a frame; takes it. */
static bool add_chunk(struct virtio_net *n, struct netbuf *nb, uint8_t *chunk,
                      uint32_t len)
{
    uint8_t *fresh = chunk_take(n);
    bool added;

    if (!fresh) {
        chunk_post(n, chunk);
        return false;
    }
    chunk_post(n, fresh);
    added = len && nb->len + len <= NETBUF_LEN_MAX + ETHER_HEADER &&
            netbuf_add_frag(nb, block_of(chunk), chunk, len);
    netmem_put(&net_stack, block_of(chunk)); /* the fragment has its own */
    return added;
}

/* Takes the chunks behind the first; nb NULL: only to get rid of them. */
static bool take_rest(struct virtio_net *n, struct netbuf *nb, unsigned count)
{
    bool good = nb;
    uint32_t len;

    while (count--) {
        uint8_t *chunk = virtqueue_pop(n->rx, &len);

        if (!chunk)
            return false;
        if (good)
            good = add_chunk(n, nb, chunk, len);
        else
            chunk_post(n, chunk);
    }
    return good;
}

/* A frame that keeps its chunk; NULL: no memory, the chunk is in the ring. */
static struct netbuf *keep_frame(struct virtio_net *n, uint8_t *chunk,
                                 uint32_t len, unsigned buffers)
{
    uint8_t *fresh = chunk_take(n);
    struct netbuf *nb = NULL;

    if (fresh)
        nb = netbuf_alloc_over(&net_stack, block_of(chunk), chunk,
                               chunk_room(chunk), buffers > NETBUF_FRAGS);
    if (!nb) {
        if (fresh)
            netmem_put(&net_stack, block_of(fresh));
        chunk_post(n, chunk);
        return NULL;
    }
    chunk_post(n, fresh);
    nb->data += sizeof(struct net_header);
    netbuf_put(nb, len);
    return nb;
}

/* The frame whose first chunk was used, or NULL: it is lost. */
static struct netbuf *take_frame(struct virtio_net *n, uint8_t *chunk,
                                 uint32_t len)
{
    struct net_header h = *(struct net_header *)chunk;
    unsigned buffers = n->mergeable ? h.num_buffers : 1;
    struct netbuf *nb;

    if (len < sizeof(h) + ETHER_HEADER || !buffers) {
        chunk_post(n, chunk);
        n->dev.stats.rx_errors++;
        return NULL;
    }
    len -= (uint32_t)sizeof(h);
    if (len <= COPY_MAX && buffers == 1)
        nb = copy_frame(n, chunk, len);
    else
        nb = keep_frame(n, chunk, len, buffers);
    if (buffers > 1 && !take_rest(n, nb, buffers - 1)) {
        netbuf_free(&net_stack, nb);
        nb = NULL;
    }
    if (!nb) {
        n->dev.stats.rx_dropped++;
        return NULL;
    }
    if (take_header(nb, &h))
        return nb;
    n->dev.stats.rx_errors++;
    netbuf_free(&net_stack, nb);
    return NULL;
}

static void reap(struct virtio_net *n)
{
    struct netbuf *nb;
    uint32_t written;

    while ((nb = virtqueue_pop(n->tx, &written)))
        netbuf_free_quick(&net_stack, nb);
}

static void send_pending(struct virtio_net *n);

static unsigned net_poll(struct netdev *dev, unsigned budget)
{
    struct virtio_net *n = net_of(dev);
    unsigned done = 0;
    uint32_t len;

    if (n->config_due) {
        n->config_due = false;
        netdev_set_link(dev, virtio_config16(n->virtio, CONFIG_STATUS) &
                                 STATUS_LINK_UP);
    }
    reap(n);
    if (n->pending.first)
        send_pending(n);
    do {
        while (done < budget) {
            uint8_t *chunk = virtqueue_pop(n->rx, &len);
            struct netbuf *nb;

            if (!chunk)
                break;
            nb = take_frame(n, chunk, len);
            if (nb)
                netdev_receive(dev, nb);
            done++;
        }
        virtqueue_kick(n->rx);
    } while (done < budget && !virtqueue_enable_callback(n->rx));
    return done;
}

/* Both queues' interrupt. */
static void net_interrupt(struct virtqueue *vq)
{
    struct virtio_net *n = vq->driver_data;

    virtqueue_disable_callback(vq);
    netdev_interrupt(&n->dev);
}

static void net_config_changed(struct virtio_device *virtio)
{
    struct virtio_net *n = virtio->driver_data;

    n->config_due = true;
    netdev_interrupt(&n->dev);
}

/* --- out --- */

static void make_header(struct netbuf *nb)
{
    uint8_t *frame = nb->data;
    struct net_header *h = netbuf_push(nb, sizeof(*h));

    *h = (struct net_header){0};
    if (!(nb->flags & NETBUF_CSUM_PARTIAL))
        return;
    h->flags = HEADER_NEEDS_CSUM;
    h->csum_start = (uint16_t)(nb->head + nb->csum_start - frame);
    h->csum_offset = nb->csum_offset;
    if (!nb->gso_size)
        return;
    h->gso_type = nb->gso_type;
    h->gso_size = nb->gso_size;
    /* The TCP header's length is in its thirteenth byte. */
    h->hdr_len =
        (uint16_t)(h->csum_start + (nb->head[nb->csum_start + 12] >> 4) * 4);
}

/* Queues nb, which has its header; false: there is no room. */
static bool queue_frame(struct virtio_net *n, struct netbuf *nb)
{
    struct virtio_buffer bufs[1 + NETBUF_FRAGS_MAX];
    unsigned count = 1;

    bufs[0] = (struct virtio_buffer){virtio_phys(nb->data), nb->linear};
    for (unsigned i = 0; i < nb->nfrags; i++)
        bufs[count++] = (struct virtio_buffer){virtio_phys(nb->frags[i].data),
                                               nb->frags[i].len};
    return virtqueue_add(n->tx, bufs, count, 0, nb) == 0;
}

static void send_pending(struct virtio_net *n)
{
    while (n->pending.first && queue_frame(n, n->pending.first)) {
        netbuf_queue_get(&n->pending);
        n->pending_count--;
    }
    virtqueue_kick(n->tx);
    if (n->pending.first && !virtqueue_enable_callback(n->tx))
        netdev_interrupt(&n->dev); /* some came back just now */
}

static void net_transmit(struct netdev *dev, struct netbuf *nb)
{
    struct virtio_net *n = net_of(dev);

    make_header(nb);
    if (n->tx->free_count < n->tx->size / 2)
        reap(n);
    if (likely(!n->pending.first && queue_frame(n, nb)))
        return;
    if (n->tx->broken || n->pending_count >= PENDING_MAX) {
        dev->stats.tx_dropped++;
        netbuf_free(&net_stack, nb);
        return;
    }
    netbuf_queue_put(&n->pending, nb);
    n->pending_count++;
    send_pending(n);
}

static void net_kick(struct netdev *dev)
{
    struct virtio_net *n = net_of(dev);

    virtqueue_kick(n->tx);
}

static bool net_reap(struct netdev *dev)
{
    struct virtio_net *n = net_of(dev);

    do
        reap(n);
    while (n->tx->in_flight && !virtqueue_enable_callback(n->tx));
    return n->tx->in_flight;
}

static const struct netdev_ops net_ops = {
    .transmit = net_transmit,
    .kick = net_kick,
    .poll = net_poll,
    .reap = net_reap,
};

/* --- set-up --- */

static void read_config(struct virtio_net *n)
{
    struct netdev *dev = &n->dev;
    struct virtio_device *v = n->virtio;

    if (virtio_has(v, F_MAC)) {
        for (unsigned i = 0; i < sizeof(dev->mac); i++)
            dev->mac[i] = virtio_config8(v, CONFIG_MAC + i);
    } else {
        random_bytes(dev->mac, sizeof(dev->mac));
        dev->mac[0] = (dev->mac[0] & 0xfe) | 2; /* one host, locally given */
    }
    dev->mtu = ETHER_MTU;
    if (virtio_has(v, F_MTU))
        dev->mtu = MAX(virtio_config16(v, CONFIG_MTU), (uint16_t)576);
    if (!virtio_has(v, F_MRG_RXBUF))
        dev->mtu = MIN(dev->mtu, 3500u); /* what a chunk holds */
    dev->link = !virtio_has(v, F_STATUS) ||
                virtio_config16(v, CONFIG_STATUS) & STATUS_LINK_UP;
}

static void set_features(struct virtio_net *n)
{
    static const struct {
        uint64_t virtio;
        uint16_t netdev;
    } features[] = {
        {F_CSUM, NETDEV_TX_CSUM},
        {F_CSUM | F_HOST_TSO4, NETDEV_TSO4},
        {F_CSUM | F_HOST_TSO6, NETDEV_TSO6},
        {F_CSUM | F_HOST_ECN, NETDEV_TSO_ECN},
    };

    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        if (virtio_has(n->virtio, features[i].virtio))
            n->dev.features |= features[i].netdev;
    n->dev.gso_max = 65535;
    n->mergeable = virtio_has(n->virtio, F_MRG_RXBUF);
}

static int negotiate(struct virtio_device *v)
{
    int err = virtio_negotiate(v, F_WANTED);

    if (!err && !virtio_has(v, F_MRG_RXBUF) && v->features & F_GUEST_LARGE)
        err = virtio_negotiate(v, F_WANTED & ~F_GUEST_LARGE);
    return err;
}

/* As many chunks as a machine of this size can spare: a 64th of it. */
static unsigned chunks_wanted(const struct virtqueue *rx)
{
    struct page_stats stats;

    page_get_stats(&stats);
    return (unsigned)MIN((size_t)rx->size,
                         MAX(stats.total / 64, (size_t)BLOCK_CHUNK));
}

static int start(struct virtio_net *n)
{
    struct virtio_device *v = n->virtio;
    int err = negotiate(v);

    if (err)
        return err;
    read_config(n);
    set_features(n);
    err = virtio_queue_create(v, QUEUE_RX, RING_SIZE, net_interrupt, n, &n->rx);
    if (!err)
        err = virtio_queue_create(v, QUEUE_TX, RING_SIZE, net_interrupt, n,
                                  &n->tx);
    if (err)
        return err;
    v->config_changed = net_config_changed;
    n->rx_target = chunks_wanted(n->rx);
    n->dev.ops = &net_ops;
    n->dev.up = true;
    netstack_lock(&net_stack);
    netdev_register(&net_stack, &n->dev);
    virtio_start(v);
    err = fill(n);
    virtqueue_enable_callback(n->rx);
    netstack_unlock(&net_stack);
    return err;
}

static int probe(struct virtio_device *v)
{
    struct virtio_net *n = kzalloc(sizeof(*n));
    int err;

    if (!n)
        return -ENOMEM;
    n->virtio = v;
    v->driver_data = n;
    err = start(n);
    if (err) {
        /* The queues stay: interrupts may know them. */
        virtio_reset(v);
        n->dev.up = false;
        n->dev.tapped = true; /* so that up is looked at */
        return err;
    }
    log_debug("%s: %s, mtu %u, features %#x", v->name, n->dev.name, n->dev.mtu,
              n->dev.features);
    return 0;
}

void virtio_net_register(void)
{
    static struct virtio_driver driver = {
        .type = VIRTIO_TYPE_NET,
        .probe = probe,
    };

    virtio_driver_register(&driver);
}
