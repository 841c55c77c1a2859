// SPDX-License-Identifier: MIT
/*
 * netbuf: one packet, on its way in or out. A linear part with headroom in
 * front, in which headers are pushed and pulled, then fragments: pieces of
 * counted memory (struct netmem) that it shares with others, such as a socket's
 * send queue, the ring of a device or the page cache. Nothing is copied when a
 * packet goes from the device to the socket, nor from the socket to the device.
 *
 *     head      data            tail       end
 *      |headroom |  linear bytes  | tailroom |     frags[0] frags[1] ...
 *
 * The linear part lies in the netbuf itself or, of received packets, in the
 * device's buffer (mem). len counts linear bytes and fragments.
 *
 * Who has a netbuf owns it: functions that take one say so, and it has no
 * count. netbuf_clone makes another with the same contents, counted memory
 * shared: who has taken bytes off either end of such a one does not put others
 * there. All but the sizes of a netbuf's contents is covered by the stack's
 * lock, also the free lists; one thread alone may fill a netbuf without it.
 */
#pragma once

#include "lib/base.h"
#include "lib/string.h"

struct netdev;
struct netstack;
struct sock;

/* Memory with a count of its users. Covered by the stack's lock. */
struct netmem {
    uint32_t refs;
    uint32_t size; /* of the bytes behind this header, if they are there */
    void (*release)(struct netstack *s, struct netmem *m);
};

/* netmem of size bytes that follow it, with one reference; NULL: no memory.
 * Also without the lock. */
struct netmem *netmem_create(struct netstack *s, size_t size);

static inline uint8_t *netmem_bytes(struct netmem *m)
{
    return (uint8_t *)(m + 1);
}

static inline void netmem_get(struct netmem *m)
{
    m->refs++;
}

static inline void netmem_put(struct netstack *s, struct netmem *m)
{
    if (--m->refs == 0)
        m->release(s, m);
}

/* netmem_carve and netmem_extend are in net/stack.h. */
#define NETMEM_CARVE_MAX 65520u

struct netfrag {
    struct netmem *mem; /* a reference */
    uint8_t *data;
    uint32_t len;
};

#define NETBUF_FRAGS     4   /* of a small netbuf */
#define NETBUF_FRAGS_MAX 18  /* of a large one: 64 KiB in pages, unaligned */
#define NETBUF_HEADROOM  128 /* device's, Ethernet, IPv6 and TCP header */
#define NETBUF_INLINE    280 /* linear bytes in the netbuf itself */
#define NETBUF_LEN_MAX   65535
#define NETBUF_SMALL     512 /* memory of a small netbuf */

enum { /* netbuf.flags */
       /* Out: the device or the stack's software shall sum from csum_start
        * to the end and store the result at csum_start + csum_offset, where
        * the sum of the pseudo-header stands. In: it is not summed yet (from
        * a neighbour on this host), and known to be whole. */
       NETBUF_CSUM_PARTIAL = 1,
       NETBUF_CSUM_OK = 2,    /* in: the transport's checksum was checked */
       NETBUF_BROADCAST = 4,  /* in: to the link's broadcast address */
       NETBUF_MULTICAST = 8,  /* in: to a link's group */
       NETBUF_OTHERHOST = 16, /* in: to somebody else (promiscuous) */
       NETBUF_LOOPED = 32,    /* in: sent by this stack */
       NETBUF_LARGE = 64,     /* has room for NETBUF_FRAGS_MAX; fixed */
       NETBUF_SEEN = 128,     /* in: packet sockets have had it */
       NETBUF_PEEKED = 256,   /* in: MSG_PEEK has shown it (SO_PEEK_OFF) */
       NETBUF_JOINED = 512,   /* in: of fragments, without a link's header */
};

/* netbuf.gso_type, as virtio 1.2, 5.1.6 has them. */
enum netbuf_gso {
    NETBUF_GSO_NONE = 0,
    NETBUF_GSO_TCPV4 = 1,
    NETBUF_GSO_TCPV6 = 4,
    NETBUF_GSO_UDP_L4 = 5,
    NETBUF_GSO_ECN = 0x80, /* with TCP: segments with CWR */
};

struct netbuf {
    struct netbuf *next; /* in a queue, or free */
    uint8_t *data;       /* the first byte */
    uint8_t *head, *end; /* limits of the linear part */
    struct netmem *mem;  /* what it lies in; NULL: in the netbuf */
    uint32_t len;        /* bytes in all */
    uint32_t linear;     /* of these in the linear part */
    uint32_t base;       /* memory that itself and its linear part hold */
    uint32_t charged;    /* while a socket has it queued: of its rmem */
    uint16_t flags;      /* netbuf_is_small looks at these two at once */
    uint8_t nfrags;
    uint8_t gso_type; /* enum netbuf_gso */
    uint16_t gso_size;
    uint16_t csum_start; /* from head */
    uint16_t csum_offset;
    uint16_t network, transport; /* headers, from head; set on input */
    struct netdev *dev;          /* in: where it came from. Borrowed. Out: the
                                  * sender's own */
    struct sock *sk;  /* out: whose wmem it counts in. A reference; or NULL */
    uint64_t time_ns; /* in: when it came, stack->now */
    /* For whoever has the packet queued (TCP: sequence numbers, reassembly:
     * offsets). Undefined when it changes hands. */
    uint64_t cb[5];
    struct netfrag frags[]; /* NETBUF_FRAGS or NETBUF_FRAGS_MAX, then inline */
};

/* netbuf_alloc is in net/stack.h, which has the free ones. */

/* An empty netbuf whose linear part is mem's bytes [0, room), data at their
 * beginning; takes the reference. NULL (mem is still the caller's). */
struct netbuf *netbuf_alloc_over(struct netstack *s, struct netmem *mem,
                                 uint8_t *bytes, size_t room, bool large);

/* A netbuf whose linear part holds headroom and size bytes at least. */
struct netbuf *netbuf_alloc_linear(struct netstack *s, size_t headroom,
                                   size_t size);

/* Takes nb (may be NULL). */
void netbuf_free(struct netstack *s, struct netbuf *nb);

static inline size_t netbuf_headroom(const struct netbuf *nb)
{
    return (size_t)(nb->data - nb->head);
}

static inline size_t netbuf_tailroom(const struct netbuf *nb)
{
    return nb->nfrags ? 0 : (size_t)(nb->end - nb->data) - nb->linear;
}

/* Room for n bytes of header in front; there must be headroom. The new data. */
static inline void *netbuf_push(struct netbuf *nb, size_t n)
{
    nb->data -= n;
    nb->len += (uint32_t)n;
    nb->linear += (uint32_t)n;
    return nb->data;
}

/* Takes n bytes (at most linear) off the front. The new data. */
static inline void *netbuf_pull(struct netbuf *nb, size_t n)
{
    nb->data += n;
    nb->len -= (uint32_t)n;
    nb->linear -= (uint32_t)n;
    return nb->data;
}

/* Room for n more bytes (at most the tailroom) behind. Where they start. */
static inline void *netbuf_put(struct netbuf *nb, size_t n)
{
    uint8_t *at = nb->data + nb->linear;

    nb->len += (uint32_t)n;
    nb->linear += (uint32_t)n;
    return at;
}

static inline unsigned netbuf_frags_max(const struct netbuf *nb)
{
    return nb->flags & NETBUF_LARGE ? NETBUF_FRAGS_MAX : NETBUF_FRAGS;
}

/* Neither large nor with fragments? */
static inline bool netbuf_is_small(const struct netbuf *nb)
{
    uint32_t both;

    static_assert(offsetof(struct netbuf, nfrags) ==
                      offsetof(struct netbuf, flags) + 2,
                  "side by side");
    __builtin_memcpy(&both, &nb->flags, sizeof(both));
    return !(both & (0xff0000 | NETBUF_LARGE));
}

/* Appends [data, data + len) of mem and takes a reference of its own. Joins it
 * to the last fragment where they touch. False: there is no room. */
bool netbuf_add_frag(struct netbuf *nb, struct netmem *mem, uint8_t *data,
                     size_t len);

/* The same as the first fragment of nb, quickly. */
static inline void netbuf_set_frag(struct netbuf *nb, struct netmem *mem,
                                   uint8_t *data, uint32_t len)
{
    netmem_get(mem);
    nb->frags[0].mem = mem;
    nb->frags[0].data = data;
    nb->frags[0].len = len;
    nb->nfrags = 1;
    nb->len += len;
}

/* Appends len bytes of room, which the caller fills by netbuf_piece: inline
 * where they fit, else in carved fragments. False: no memory, or too long. */
bool netbuf_add_room(struct netstack *s, struct netbuf *nb, size_t len);

/* Appends len bytes of from, from offset on: counted memory is shared, the rest
 * copied. False: no room; to is then incomplete. */
bool netbuf_add_range(struct netstack *s, struct netbuf *to,
                      const struct netbuf *from, size_t offset, size_t len);

/* Makes the first n bytes linear, by copying from fragments into tailroom if
 * need be. False: it has fewer, or there is no room: drop it as malformed. n is
 * at most 128. The quick case is inline. */
bool netbuf_linearize_slow(struct netstack *s, struct netbuf *nb, size_t n);
static inline bool netbuf_need(struct netstack *s, struct netbuf *nb, size_t n)
{
    return likely(nb->linear >= n) || netbuf_linearize_slow(s, nb, n);
}

/* Takes n bytes off the front, fragments too. n <= len. */
void netbuf_consume(struct netstack *s, struct netbuf *nb, size_t n);
/* Cuts it to len bytes; does nothing when it is shorter. */
void netbuf_trim(struct netstack *s, struct netbuf *nb, size_t len);

/* Copies up to len bytes from offset on, out or in; how many there were. */
size_t netbuf_copy_out(const struct netbuf *nb, size_t offset, void *to,
                       size_t len);
size_t netbuf_copy_in(struct netbuf *nb, size_t offset, const void *from,
                      size_t len);

/* The piece of contiguous bytes that starts at offset (< len): how long it is;
 * *at: where. For those who copy without the lock. */
size_t netbuf_piece(const struct netbuf *nb, size_t offset, uint8_t **at);

/* Another netbuf with the same bytes. Counted memory is shared, inline bytes
 * are copied; dev, times, offload fields too. NULL: no memory. */
struct netbuf *netbuf_clone(struct netstack *s, const struct netbuf *nb);

/* The same as one linear netbuf with headroom, nothing shared; as long as
 * len: for small packets that would hold a large buffer (which see). */
struct netbuf *netbuf_copy(struct netstack *s, const struct netbuf *nb,
                           size_t headroom);

/* What it holds of memory, for a socket's accounting. */
static inline uint32_t netbuf_truesize(const struct netbuf *nb)
{
    return nb->base + nb->len - nb->linear;
}

/* --- queues, first in first out --- */

struct netbuf_queue {
    struct netbuf *first, *last; /* last: undefined while first is NULL */
};

static inline void netbuf_queue_put(struct netbuf_queue *q, struct netbuf *nb)
{
    nb->next = NULL;
    if (q->first)
        q->last->next = nb;
    else
        q->first = nb;
    q->last = nb;
}

static inline struct netbuf *netbuf_queue_get(struct netbuf_queue *q)
{
    struct netbuf *nb = q->first;

    if (nb)
        q->first = nb->next;
    return nb;
}

void netbuf_queue_free(struct netstack *s, struct netbuf_queue *q);
