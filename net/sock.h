// SPDX-License-Identifier: MIT
/*
 * sock: a socket, as far as it is the same for all protocols. A protocol embeds
 * struct sock at the beginning of its own and gives it operations.
 *
 * Operations never block. They are entered and left with the stack locked;
 * send and recv release it while they move the caller's data (sock_copy).
 * Where a call would block they return -EAGAIN (connect: -EINPROGRESS), and
 * net/kern/socket.c waits for sock_ready and calls again. Several threads may
 * be in send or recv of one socket at once when it is released in between:
 * sk->sending and sk->receiving, kept by net/kern, let one in at a time.
 *
 * Life: refs counts the owner (the file) and whatever must keep the memory, not
 * what lies in tables: close takes a socket out of those. The last sock_put
 * calls destroy.
 */
#pragma once

#include "abi/socket.h"
#include "lib/base.h"
#include "net/flow.h"
#include "net/ip.h"
#include "net/port.h"

struct abi_sock_filter;
struct bpf;
struct bpf_packet;
struct sock;

#define SOCK_ADDR_MAX 128 /* as struct sockaddr_storage */

/* A struct sockaddr of any family, of len bytes. */
struct sock_addr {
    uint32_t len;
    /* AF_UNIX: the file that the path names, found by net/kern; else NULL. */
    void *node;
    union {
        uint16_t family;
        struct abi_sockaddr_in in;
        struct abi_sockaddr_in6 in6;
        struct abi_sockaddr_un un;
        uint8_t bytes[SOCK_ADDR_MAX];
    };
};

/* The caller's data: a source for send, a sink for recv. */
struct sock_data {
    size_t left;
    /* Moves n (<= left) bytes from or to p and takes them off left; returns
     * how many before a fault. Not locked; may sleep. */
    size_t (*move)(struct sock_data *d, void *p, size_t n);
};

/* Who sends, as struct ucred of unix(7). */
struct sock_creds {
    int32_t pid;
    uint32_t uid, gid;
};

/* Open files on their way (SCM_RIGHTS): a reference on each. */
struct sock_rights {
    struct sock_rights *next;
    uint32_t count;
    void *files[];
};

/* One message: the arguments of sendmsg(2) and recvmsg(2). */
struct sock_msg {
    struct sock_data *data;
    unsigned flags;     /* in: MSG_*; O_NONBLOCK is MSG_DONTWAIT here */
    unsigned out_flags; /* recv: msg_flags, MSG_TRUNC ... */
    /* send: the destination, NULL: none. recv: filled in when not NULL. */
    struct sock_addr *addr;
    /* send: control messages, in the kernel's memory, checked by nobody yet.
     * recv: room for them. */
    uint8_t *control;
    size_t control_len;  /* send: length; recv: room */
    size_t control_used; /* recv */
    /* send: taken (and NULL then) when they are on their way. recv: what came,
     * the caller's now. */
    struct sock_rights *rights;
    const struct sock_creds *creds; /* send: SCM_CREDENTIALS, or NULL */
    /* send: after -EAGAIN, wait for a wake-up and not for POLLOUT: it is the
     * receiver that has no room. */
    bool wait_wake;
    /* send: bytes that went before -EAGAIN, and are part of the next answer. */
    size_t done;
};

struct sock_ops {
    int (*bind)(struct sock *sk, const struct sock_addr *a);
    /* 0, -EINPROGRESS (wait for POLLOUT, then sock_take_error), -EAGAIN
     * (AF_UNIX: wait for a wake-up, then again), or another. */
    int (*connect)(struct sock *sk, const struct sock_addr *a);
    int (*listen)(struct sock *sk, int backlog);
    /* A reference, the owner's, in *child. -EAGAIN, -EINVAL. */
    int (*accept)(struct sock *sk, struct sock **child);
    /* A count, perhaps less than asked for of streams, or an error. */
    ssize_t (*send)(struct sock *sk, struct sock_msg *m);
    /* A call to send ends (no room, a signal) with a part of its bytes taken.
     * NULL: nothing is to be done. */
    void (*sent_part)(struct sock *sk, const struct sock_msg *m);
    ssize_t (*recv)(struct sock *sk, struct sock_msg *m);
    /* POLLIN and so on that hold now. */
    unsigned (*poll)(struct sock *sk);
    int (*shutdown)(struct sock *sk, int how); /* SHUT_* */
    /* The owner goes. deadline > now with SO_LINGER: net/kern waits until
     * sk->lingering is false. The protocol may live on without owner. */
    void (*close)(struct sock *sk);
    /* Of the protocol's own levels; -ENOPROTOOPT. value lies in the kernel.
     * get: *len is room, then length. */
    int (*set_option)(struct sock *sk, int level, int name, const void *value,
                      size_t len);
    int (*get_option)(struct sock *sk, int level, int name, void *value,
                      size_t *len);
    /* getsockname, getpeername (peer): -ENOTCONN. */
    int (*name)(struct sock *sk, bool peer, struct sock_addr *a);
    /* SIOCINQ (FIONREAD), SIOCOUTQ, SIOCATMARK: the value; -ENOTTY. */
    long (*ioctl)(struct sock *sk, unsigned cmd);
    /* SO_PEEK_OFF or SO_TIMESTAMPING was set. NULL: nothing depends on it. */
    void (*tuned)(struct sock *sk);
    /* With SO_PEEK_OFF, whether MSG_PEEK need not wait. NULL: that option has
     * no meaning here; who has it, has tuned. */
    bool (*peekable)(struct sock *sk);
    void (*destroy)(struct sock *sk); /* frees it */
};

enum { /* sock.options: switches of socket(7) */
       SOCK_OPT_REUSEADDR = 1,
       SOCK_OPT_REUSEPORT = 2,
       SOCK_OPT_BROADCAST = 4,
       SOCK_OPT_KEEPALIVE = 8,
       SOCK_OPT_OOBINLINE = 16,
       SOCK_OPT_DONTROUTE = 32,
       SOCK_OPT_TIMESTAMP = 64,
       SOCK_OPT_TIMESTAMPNS = 128,
       SOCK_OPT_LINGER = 256,
       SOCK_OPT_ZEROCOPY = 512,
       SOCK_OPT_V6ONLY = 1024,
       SOCK_OPT_PKTINFO = 2048,
       SOCK_OPT_RECVTTL = 4096,
       SOCK_OPT_RECVTOS = 8192,
       SOCK_OPT_RECVERR = 16384,
       SOCK_OPT_FREEBIND = 32768,
       SOCK_OPT_RXQ_OVFL = 65536,
       SOCK_OPT_PKTINFO6 = 131072,
       SOCK_OPT_RECVHOPLIMIT = 262144,
       SOCK_OPT_RECVTCLASS = 524288,
       SOCK_OPT_ORIGDSTADDR = 2097152,
       SOCK_OPT_PASSCRED = 1048576, /* of AF_NETLINK; AF_UNIX has its own */
       SOCK_OPT_DEBUG = 1 << 22,
       SOCK_OPT_NO_CHECK = 1 << 23,
       SOCK_OPT_WIFI_STATUS = 1 << 24, /* these two are of use to no device */
       SOCK_OPT_NOFCS = 1 << 25,
       SOCK_OPT_SELECT_ERR_QUEUE = 1 << 26,
       SOCK_OPT_TIME_NEW = 1 << 27, /* the times are asked for by new names */
       SOCK_OPT_PASSSEC = 1 << 28,
};

enum { /* sock.inet_options: switches of ip(7), ipv6(7) and udp(7) */
       INET_OPT_RECVOPTS = 1 << 0,
       INET_OPT_RETOPTS = 1 << 1,
       INET_OPT_TRANSPARENT = 1 << 2,
       INET_OPT_NODEFRAG = 1 << 3,
       INET_OPT_BIND_NO_PORT = 1 << 4,
       INET_OPT_ONLY_JOINED = 1 << 5, /* not IP_MULTICAST_ALL */
       INET_OPT_ONLY_JOINED6 = 1 << 6,
       INET_OPT_RECVHOPOPTS = 1 << 7,
       INET_OPT_RECVRTHDR = 1 << 8,
       INET_OPT_RECVDSTOPTS = 1 << 9,
       INET_OPT_OLD_PKTINFO = 1 << 10, /* OLD: of RFC 2292 */
       INET_OPT_OLD_HOPLIMIT = 1 << 11,
       INET_OPT_OLD_HOPOPTS = 1 << 12,
       INET_OPT_OLD_RTHDR = 1 << 13,
       INET_OPT_OLD_DSTOPTS = 1 << 14,
       INET_OPT_FLOWINFO = 1 << 15,
       INET_OPT_DONTFRAG = 1 << 16,
       INET_OPT_ORIGDSTADDR6 = 1 << 17,
       INET_OPT_PASSSEC = 1 << 18,
       INET_OPT_NO_CHECK6_TX = 1 << 19,
       INET_OPT_NO_CHECK6_RX = 1 << 20,
       INET_OPT_BOUND = 1 << 21, /* to use.addr, with or without a port */
};

/* IP_MTU_DISCOVER */
enum {
    SOCK_PMTU_DONT,
    SOCK_PMTU_WANT,
    SOCK_PMTU_DO,
    SOCK_PMTU_PROBE,
    SOCK_PMTU_INTERFACE,
    SOCK_PMTU_OMIT
};

struct ip_extra;
struct membership;

struct sock {
    const struct sock_ops *ops;
    struct netstack *stack;
    void *owner; /* net/kern's; NULL: not accepted yet, or closed */
    uint32_t refs;
    uint16_t family;
    uint8_t type, protocol;
    uint8_t shut; /* 1 << SHUT_RD, 1 << SHUT_WR */
    bool closed;
    bool lingering;
    bool sending, receiving; /* a thread is in send, recv */
    int error;               /* pending, positive errno; SO_ERROR takes it */
    uint32_t options;        /* SOCK_OPT_* */
    uint32_t inet_options;   /* INET_OPT_* */
    uint32_t rcvbuf,
        sndbuf; /* bytes, as the option reads: twice what was set */
    bool rcvbuf_set, sndbuf_set; /* by the program: no auto-tuning */
    uint32_t rmem, wmem; /* bytes of memory queued in, on their way out */
    uint32_t rcvlowat;
    int32_t peek_off; /* SO_PEEK_OFF: where MSG_PEEK begins; negative: off */
    uint64_t rcvtimeo_ns, sndtimeo_ns; /* 0: for ever */
    uint32_t linger_s;
    int priority, mark;
    uint32_t uid;
    uint64_t ino; /* of the owner's file */
    int bound_dev;
    int scope_dev; /* of the last link-local address that had a scope */
    /* Internet sockets */
    struct flow flow; /* the two ends; hashed while connected */
    struct port_use use;
    struct ip_path path;
    struct ip_extra *extra; /* IP_OPTIONS, IPV6_HOPOPTS ...; NULL: none */
    uint8_t ttl, multicast_ttl, tos; /* ttl 0: the default */
    uint8_t pmtu;                    /* SOCK_PMTU_* */
    bool multicast_loop;
    int multicast_dev;              /* IP_MULTICAST_IF; 0: by route */
    struct membership *memberships; /* net/membership.h */
    int unicast_dev;                /* IP_UNICAST_IF; 0: by route */
    uint8_t min_ttl;                /* IP_MINTTL */
    uint32_t mtu6;                  /* IPV6_MTU; 0: the path's */
    /* What is kept only to be told: SO_INCOMING_CPU, SO_BUSY_POLL. */
    int incoming_cpu, busy_poll;
    uint64_t pacing_rate;
    uint32_t timestamping;      /* SO_TIMESTAMPING */
    uint32_t stamp_key;         /* SOF_TIMESTAMPING_OPT_ID: of the next */
    struct netbuf_queue errors; /* net/sock_error.h */
    struct bpf *filter;         /* SO_ATTACH_FILTER; NULL: none */
    bool filter_locked;         /* SO_LOCK_FILTER */
};

/* Fills in a new socket with one reference, the owner's. */
void sock_init(struct sock *sk, struct netstack *s, const struct sock_ops *ops,
               int family, int type, int protocol);

static inline void sock_get(struct sock *sk)
{
    sk->refs++;
}

static inline void sock_put(struct sock *sk)
{
    if (--sk->refs == 0)
        sk->ops->destroy(sk);
}

/* Readiness may have come about, POLLIN and so on. */
static inline void sock_ready(struct sock *sk, unsigned events)
{
    if (sk->owner)
        net_env_sock_ready(sk, events);
}

/* Of SO_TIMESTAMPING: when a datagram leaves. */
#define SOCK_TX_TIMES (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED)

/* With SO_PEEK_OFF set: n bytes were taken off the front. */
static inline void sock_peek_back(struct sock *sk, size_t n)
{
    if (sk->peek_off >= 0)
        sk->peek_off -= (int32_t)MIN(n, (size_t)sk->peek_off);
}

/* An error is pending, error > 0. */
void sock_pend_error(struct sock *sk, int error);
/* The same, and everybody is woken. */
void sock_set_error(struct sock *sk, int error);
/* Takes the pending error: 0 or a negative errno. */
int sock_take_error(struct sock *sk);

/* nb, which holds size bytes of memory, will go out for sk: counts in wmem, and
 * holds a reference, until freed. */
static inline void sock_charge(struct sock *sk, struct netbuf *nb,
                               uint32_t size)
{
    nb->sk = sk;
    sock_get(sk);
    sk->wmem += size;
}
static inline void sock_charge_sent(struct sock *sk, struct netbuf *nb)
{
    sock_charge(sk, nb, netbuf_truesize(nb));
}
/* Undoes it; for netbuf_free. */
void sock_sent(struct sock *sk, struct netbuf *nb);

/* Moves n bytes between p and the caller's data, with the lock released. The
 * count. What the lock covers may have changed. */
static inline size_t sock_copy(struct sock *sk, struct sock_data *d, void *p,
                               size_t n)
{
    netstack_unlock(sk->stack);
    n = d->move(d, p, n);
    netstack_lock(sk->stack);
    return n;
}

/* struct cmsghdr of cmsg(3); its data follows at once. */
struct sock_cmsg {
    uint64_t len; /* with the header */
    int32_t level, type;
};

/* Appends a control message for recv, or sets MSG_CTRUNC. */
void sock_put_control(struct sock_msg *m, int level, int type, const void *data,
                      size_t len);

#define SOCK_MEMORY_WORDS 9 /* SK_MEMINFO_* of linux/sock_diag.h */
void sock_memory(const struct sock *sk, uint32_t m[SOCK_MEMORY_WORDS]);

/* Copies the result of a get_option, cut to the caller's room. 0. */
int sock_answer(void *value, size_t *len, const void *result, size_t size);

/* Runs sk's filter on a packet, whose first `least` bytes stay in any case, and
 * cuts it. Whether it is wanted. */
bool sock_filter(struct sock *sk, struct netbuf *nb, const struct bpf_packet *p,
                 size_t least);
/* SO_ATTACH_FILTER with n instructions, in the kernel's memory. -EINVAL,
 * -EPERM, -ENOMEM, -ENOPROTOOPT: not for this kind of socket. */
int sock_attach_filter(struct sock *sk, const struct abi_sock_filter *code,
                       size_t n);
/* SO_DETACH_FILTER, SO_LOCK_FILTER: -EPERM, -ENOENT. */
int sock_detach_filter(struct sock *sk);
int sock_lock_filter(struct sock *sk, bool on);

/* --- families --- */

/* How sockets of one family, type and protocol come to be. */
struct net_family {
    uint16_t family; /* AF_INET ... */
    uint8_t type;    /* SOCK_STREAM ... */
    uint8_t protocol;
    bool any_protocol; /* protocol is only the default for 0 */
    bool no_default;   /* 0 does not stand for protocol */
    /* A reference in *sk; -ENOMEM, -EPERM. */
    int (*create)(struct netstack *s, int family, int type, int protocol,
                  struct sock **sk);
};

/* Borrowed for ever. */
void net_family_register(struct netstack *s, const struct net_family *f);

/* socket(2): -EAFNOSUPPORT, -EPROTONOSUPPORT, -ESOCKTNOSUPPORT. Locked. */
int sock_create(struct netstack *s, int family, int type, int protocol,
                struct sock **sk);

/* --- what the Internet protocols share (net/inet.c) --- */

/* The unspecified address of the socket's family. */
static inline struct netaddr inet_any(const struct sock *sk)
{
    if (sk->family == AF_INET6)
        return (struct netaddr){0};
    return netaddr_v4(0);
}

/* May it bind and send from addresses that are not ours? */
static inline bool inet_may_be_foreign(const struct sock *sk)
{
    return sk->options & SOCK_OPT_FREEBIND ||
           sk->inet_options & INET_OPT_TRANSPARENT;
}

/* The local address that bind has given it, or any. */
static inline struct netaddr inet_bound_addr(const struct sock *sk)
{
    return sk->use.port || sk->inet_options & INET_OPT_BOUND ? sk->use.addr
                                                             : inet_any(sk);
}

/* The interface that packets to destination must use; 0: any. */
int inet_dev(const struct sock *sk, const struct netaddr *destination);
/* -ENETUNREACH: an IPv4 address, and the socket is for IPv6 only; -EINVAL: a
 * link-local one, and nobody said on which link. */
int inet_may_reach(const struct sock *sk, const struct netaddr *destination);

/* An address of the socket's family: -EINVAL too short, -EAFNOSUPPORT. */
int inet_parse_addr(struct sock *sk, const struct sock_addr *a,
                    struct netaddr *addr, uint16_t *port);
static inline void inet_format_v4(struct sock_addr *a, uint32_t addr,
                                  uint16_t port)
{
    a->len = sizeof(a->in);
    a->in = (struct abi_sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    __builtin_memcpy(a->in.sin_addr, &addr, sizeof(a->in.sin_addr));
}
/* In the socket's family: an AF_INET6 socket gets mapped addresses. */
void inet_format_addr(const struct sock *sk, const struct netaddr *addr,
                      uint16_t port, struct sock_addr *a);
/* bind(2): -EINVAL: has a port; -EADDRNOTAVAIL: not ours; -EADDRINUSE. */
int inet_bind(struct sock *sk, const struct sock_addr *a);
int inet_name(struct sock *sk, bool peer, struct sock_addr *a);
/* Options of SOL_IP (and SOL_IPV6), for set_option and get_option. */
int inet_set_option(struct sock *sk, int level, int name, const void *value,
                    size_t len);
int inet_get_option(struct sock *sk, int level, int name, void *value,
                    size_t *len);
/* Options of SOL_SOCKET; net/kern calls them before the protocol's. */
int sock_set_option(struct sock *sk, int name, const void *value, size_t len);
int sock_get_option(struct sock *sk, int name, void *value, size_t *len);
/* Leaves the tables and gives up the path: part of every close. */
void inet_release(struct sock *sk);
