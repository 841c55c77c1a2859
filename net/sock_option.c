// SPDX-License-Identifier: MIT
/* sock_option: the options of SOL_SOCKET, socket(7). */
#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "net/bpf.h"
#include "net/netdev.h"
#include "net/sock.h"
#include "net/stack.h"

#define BUF_MAX    212992u /* what SO_RCVBUF may ask for, before doubling */
#define RCVBUF_MIN 2304u
#define SNDBUF_MIN 4608u

#define TIMES (SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS | SOCK_OPT_TIME_NEW)

/* The switches, and what they are called in options. */
static const struct {
    int name;
    uint32_t option;
} switches[] = {
    {SO_REUSEADDR, SOCK_OPT_REUSEADDR},
    {SO_REUSEPORT, SOCK_OPT_REUSEPORT},
    {SO_BROADCAST, SOCK_OPT_BROADCAST},
    {SO_KEEPALIVE, SOCK_OPT_KEEPALIVE},
    {SO_OOBINLINE, SOCK_OPT_OOBINLINE},
    {SO_DONTROUTE, SOCK_OPT_DONTROUTE},
    {SO_TIMESTAMP, SOCK_OPT_TIMESTAMP},
    {SO_PASSCRED, SOCK_OPT_PASSCRED},
    {SO_TIMESTAMPNS, SOCK_OPT_TIMESTAMPNS},
    {SO_RXQ_OVFL, SOCK_OPT_RXQ_OVFL},
    {SO_DEBUG, SOCK_OPT_DEBUG},
    {SO_NO_CHECK, SOCK_OPT_NO_CHECK},
    {SO_WIFI_STATUS, SOCK_OPT_WIFI_STATUS},
    {SO_NOFCS, SOCK_OPT_NOFCS},
    {SO_PASSSEC, SOCK_OPT_PASSSEC},
    {SO_SELECT_ERR_QUEUE, SOCK_OPT_SELECT_ERR_QUEUE},
    {SO_TIMESTAMP_NEW, SOCK_OPT_TIMESTAMP | SOCK_OPT_TIME_NEW},
    {SO_TIMESTAMPNS_NEW, SOCK_OPT_TIMESTAMPNS | SOCK_OPT_TIME_NEW},
};

static uint32_t switch_of(int name)
{
    for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
        if (switches[i].name == name)
            return switches[i].option;
    return 0;
}

static void set_switch(struct sock *sk, uint32_t option, bool on)
{
    if (option & TIMES) /* one form of time, by one name */
        sk->options &= ~(uint32_t)TIMES;
    sk->options = on ? sk->options | option : sk->options & ~option;
    sk->path.head.generation = 0; /* SO_NO_CHECK changes headers */
    /* Shared ports look at the use. */
    sk->use.flags &= (uint8_t) ~(PORT_REUSEADDR | PORT_REUSEPORT);
    if (sk->options & SOCK_OPT_REUSEADDR)
        sk->use.flags |= PORT_REUSEADDR;
    if (sk->options & SOCK_OPT_REUSEPORT)
        sk->use.flags |= PORT_REUSEPORT;
}

static int set_timeout(uint64_t *ns, const void *value, size_t len)
{
    struct abi_timeval tv;

    if (len < sizeof(tv))
        return -EINVAL;
    memcpy(&tv, value, sizeof(tv));
    if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
        return -EDOM;
    if (tv.tv_sec < 0) /* as Linux: at once */
        *ns = 1;
    else if ((uint64_t)tv.tv_sec > UINT64_MAX / NSEC_PER_SEC / 4)
        *ns = 0;
    else
        *ns = (uint64_t)tv.tv_sec * NSEC_PER_SEC +
              (uint64_t)tv.tv_usec * NSEC_PER_USEC;
    return 0;
}

/* force: beyond the limit, which only an administrator may. */
static uint32_t buffer_size(int value, uint32_t min, bool force)
{
    uint32_t v = force ? (uint32_t)MIN(MAX(value, 0), INT32_MAX / 2)
                       : MIN((uint32_t)value, BUF_MAX);

    return MAX(2 * v, min);
}

/* Those of an administrator. */
static bool may_set(struct sock *sk, int name, int v)
{
    switch (name) {
    case SO_PRIORITY:
        if (v >= 0 && v <= 6)
            return true;
        break;
    case SO_DEBUG:
        if (!v)
            return true;
        break;
    case SO_BUSY_POLL:
        if (v <= sk->busy_poll)
            return true;
        break;
    case SO_MARK:
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
        break;
    default:
        return true;
    }
    return net_env_capable(sk->stack, CAP_NET_ADMIN);
}

static void bind_to(struct sock *sk, int index)
{
    sk->bound_dev = index;
    sk->use.bound_dev = sk->path.bound_dev = index;
    port_dev_changed(&sk->use);
    ip_path_release(sk->stack, &sk->path);
}

static int set_device(struct sock *sk, const char *value, size_t len)
{
    char name[16] = "";
    struct netdev *dev;

    memcpy(name, value, MIN(len, sizeof(name) - 1));
    dev = name[0] ? netdev_find(sk->stack, name) : NULL;
    if (name[0] && !dev)
        return -ENODEV;
    bind_to(sk, dev ? dev->index : 0);
    return 0;
}

static int set_linger(struct sock *sk, const void *value, size_t len)
{
    struct abi_linger l;

    if (len < sizeof(l))
        return -EINVAL;
    memcpy(&l, value, sizeof(l));
    set_switch(sk, SOCK_OPT_LINGER, l.l_onoff);
    sk->linger_s = l.l_onoff ? (uint32_t)l.l_linger : 0;
    return 0;
}

/* Software can tell when a packet came, and when one left, without the packet.
 * What a device's clock says nobody tells, nor does Linux where the device has
 * none. */
static bool may_stamp(const struct sock *sk, int v)
{
    int known = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
                SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_SYS_HARDWARE |
                SOF_TIMESTAMPING_RAW_HARDWARE | SOF_TIMESTAMPING_TX_HARDWARE |
                SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_CMSG |
                SOF_TIMESTAMPING_OPT_TSONLY | ABI_SOF_TIMESTAMPING_OPT_ID_TCP;

    if (v & SOF_TIMESTAMPING_OPT_TSONLY &&
        (sk->family == AF_INET || sk->family == AF_INET6 ||
         sk->family == AF_PACKET))
        known |= SOCK_TX_TIMES | SOF_TIMESTAMPING_TX_ACK;
    return !(v & ~known);
}

static int set_timestamping(struct sock *sk, int v)
{
    if (v < 0 || v >= 1 << 18 ||
        (v & ABI_SOF_TIMESTAMPING_OPT_ID_TCP && !(v & SOF_TIMESTAMPING_OPT_ID)))
        return -EINVAL;
    if (!may_stamp(sk, v))
        return -EOPNOTSUPP;
    if (!(sk->timestamping & SOF_TIMESTAMPING_OPT_ID))
        sk->stamp_key = 0;
    sk->timestamping = (uint32_t)v;
    if (sk->ops->tuned)
        sk->ops->tuned(sk);
    return 0;
}

static int set_number(struct sock *sk, int name, int v)
{
    uint32_t option = switch_of(name);

    if (!may_set(sk, name, v))
        return name == SO_DEBUG ? -EACCES : -EPERM;
    if (option) {
        set_switch(sk, option, v);
        return 0;
    }
    switch (name) {
    case SO_SNDBUF:
    case SO_SNDBUFFORCE:
        sk->sndbuf = buffer_size(v, SNDBUF_MIN, name == SO_SNDBUFFORCE);
        sk->sndbuf_set = true;
        sock_ready(sk, POLLOUT);
        return 0;
    case SO_RCVBUF:
    case SO_RCVBUFFORCE:
        sk->rcvbuf = buffer_size(v, RCVBUF_MIN, name == SO_RCVBUFFORCE);
        sk->rcvbuf_set = true;
        return 0;
    case SO_RCVLOWAT:
        sk->rcvlowat = v < 0 ? INT32_MAX : v ? (uint32_t)v : 1;
        return 0;
    case SO_PRIORITY:
        sk->priority = v;
        return 0;
    case SO_MARK:
        sk->mark = v;
        return 0;
    case SO_DETACH_FILTER:
        return sock_detach_filter(sk);
    case SO_LOCK_FILTER:
        return sock_lock_filter(sk, v);
    case SO_BSDCOMPAT: /* as Linux since 2.2 */
        return 0;
    case SO_TIMESTAMPING:
        return set_timestamping(sk, v);
    case SO_BUSY_POLL:
        sk->busy_poll = v < 0 ? sk->busy_poll : v;
        return v < 0 ? -EINVAL : 0;
    case SO_INCOMING_CPU:
        sk->incoming_cpu = v;
        return 0;
    case SO_BINDTOIFINDEX:
        if (v < 0)
            return -EINVAL;
        bind_to(sk, v);
        return 0;
    case SO_BUF_LOCK:
        if (v & ~3)
            return -EINVAL;
        sk->sndbuf_set = v & 1;
        sk->rcvbuf_set = v & 2;
        return 0;
    case SO_PEEK_OFF:
        if (!sk->ops->peekable)
            return -EOPNOTSUPP;
        sk->peek_off = v;
        sk->ops->tuned(sk);
        return 0;
    case SO_ATTACH_BPF: /* as where there is no bpf(2) */
        return -EOPNOTSUPP;
    }
    return -ENOPROTOOPT;
}

/* Nothing paces: for datagrams as on Linux without the fq scheduler. TCP does
 * it by itself there. */
static int set_pacing_rate(struct sock *sk, const void *value, size_t len)
{
    uint32_t v;

    if (len < sizeof(v))
        return -EINVAL;
    if (sk->type == SOCK_STREAM && sk->family != AF_UNIX)
        return -ENOPROTOOPT;
    memcpy(&v, value, sizeof(v));
    sk->pacing_rate = v == UINT32_MAX ? UINT64_MAX : v;
    if (len >= sizeof(sk->pacing_rate))
        memcpy(&sk->pacing_rate, value, sizeof(sk->pacing_rate));
    return 0;
}

int sock_set_option(struct sock *sk, int name, const void *value, size_t len)
{
    int v;

    switch (name) {
    case SO_BINDTODEVICE:
        return set_device(sk, value, len);
    case SO_LINGER:
        return set_linger(sk, value, len);
    case SO_RCVTIMEO:
    case SO_RCVTIMEO_NEW:
        return set_timeout(&sk->rcvtimeo_ns, value, len);
    case SO_SNDTIMEO:
    case SO_SNDTIMEO_NEW:
        return set_timeout(&sk->sndtimeo_ns, value, len);
    case SO_MAX_PACING_RATE:
        return set_pacing_rate(sk, value, len);
    }
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, value, sizeof(v));
    return set_number(sk, name, v);
}

static int get_timeout(uint64_t ns, void *value, size_t *len)
{
    struct abi_timeval tv = {(int64_t)(ns / NSEC_PER_SEC),
                             (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC)};

    return sock_answer(value, len, &tv, sizeof(tv));
}

static int get_device(struct sock *sk, void *value, size_t *len)
{
    struct netdev *dev = netdev_by_index(sk->stack, sk->bound_dev);

    if (!dev) {
        *len = 0;
        return 0;
    }
    if (*len < sizeof(dev->name))
        return -EINVAL;
    return sock_answer(value, len, dev->name, strlen(dev->name) + 1);
}

static int get_number(struct sock *sk, int name, int *v)
{
    uint32_t option = switch_of(name);

    if (option) {
        *v = (sk->options & option) == option &&
             (!(option & TIMES) ||
              !((sk->options ^ option) & SOCK_OPT_TIME_NEW));
        return 0;
    }
    switch (name) {
    case SO_TYPE:
        *v = sk->type;
        return 0;
    case SO_PROTOCOL:
        *v = sk->protocol;
        return 0;
    case SO_DOMAIN:
        *v = sk->family;
        return 0;
    case SO_ERROR:
        *v = -sock_take_error(sk);
        return 0;
    case SO_ACCEPTCONN:
        *v = (sk->use.flags & PORT_LISTENING) != 0;
        return 0;
    case SO_SNDBUF:
        *v = (int)sk->sndbuf;
        return 0;
    case SO_RCVBUF:
        *v = (int)sk->rcvbuf;
        return 0;
    case SO_RCVLOWAT:
        *v = (int)sk->rcvlowat;
        return 0;
    case SO_SNDLOWAT:
        *v = 1;
        return 0;
    case SO_PRIORITY:
        *v = sk->priority;
        return 0;
    case SO_MARK:
        *v = sk->mark;
        return 0;
    case SO_LOCK_FILTER:
        *v = sk->filter_locked;
        return 0;
    case SO_INCOMING_CPU:
        *v = sk->incoming_cpu;
        return 0;
    case SO_BUSY_POLL:
        *v = sk->busy_poll;
        return 0;
    case SO_BINDTOIFINDEX:
        *v = sk->bound_dev;
        return 0;
    case SO_BUF_LOCK:
        *v = sk->sndbuf_set | sk->rcvbuf_set << 1;
        return 0;
    case SO_BPF_EXTENSIONS:
        *v = SKF_AD_RANDOM + 4; /* how far they go */
        return 0;
    case SO_PEEK_OFF:
        *v = sk->peek_off;
        return sk->ops->peekable ? 0 : -EOPNOTSUPP;
    case SO_BSDCOMPAT:
    case SO_INCOMING_NAPI_ID:
        *v = 0;
        return 0;
    }
    return -ENOPROTOOPT;
}

/* struct ucred of a peer that has none: nobody. */
static const int32_t no_creds[3] = {0, -1, -1};

void sock_memory(const struct sock *sk, uint32_t m[SOCK_MEMORY_WORDS])
{
    memset(m, 0, SOCK_MEMORY_WORDS * sizeof(*m));
    m[0] = sk->rmem;
    m[1] = sk->rcvbuf;
    m[2] = sk->wmem;
    m[3] = sk->sndbuf;
}

static int get_memory(const struct sock *sk, void *value, size_t *len)
{
    uint32_t m[SOCK_MEMORY_WORDS];

    sock_memory(sk, m);
    return sock_answer(value, len, m, sizeof(m));
}

static int get_peer(struct sock *sk, void *value, size_t *len)
{
    struct sock_addr a;
    int err = sk->ops->name(sk, true, &a);

    if (err)
        return err;
    if (a.len < *len)
        return -EINVAL;
    return sock_answer(value, len, a.bytes, a.len);
}

/* How many instructions it has; they are kept for nobody to read. */
static int get_filter(const struct sock *sk, size_t *len)
{
    size_t n = sk->filter ? sk->filter->len : 0;

    if (*len && n)
        return -EOPNOTSUPP;
    *len = n;
    return 0;
}

int sock_get_option(struct sock *sk, int name, void *value, size_t *len)
{
    uint32_t stamping[2] = {sk->timestamping, 0};
    struct abi_linger l;
    int v, err;

    switch (name) {
    case SO_BINDTODEVICE:
        return get_device(sk, value, len);
    case SO_LINGER:
        l.l_onoff = (sk->options & SOCK_OPT_LINGER) != 0;
        l.l_linger = (int32_t)sk->linger_s;
        return sock_answer(value, len, &l, sizeof(l));
    case SO_RCVTIMEO:
    case SO_RCVTIMEO_NEW:
        return get_timeout(sk->rcvtimeo_ns, value, len);
    case SO_SNDTIMEO:
    case SO_SNDTIMEO_NEW:
        return get_timeout(sk->sndtimeo_ns, value, len);
    case SO_PEERCRED:
        return sock_answer(value, len, no_creds, sizeof(no_creds));
    case SO_PEERGROUPS:
        return -ENODATA;
    case SO_PEERNAME:
        return get_peer(sk, value, len);
    case SO_ATTACH_FILTER: /* SO_GET_FILTER */
        return get_filter(sk, len);
    case SO_TIMESTAMPING:
        return sock_answer(value, len, stamping, sizeof(stamping));
    case SO_MEMINFO:
        return get_memory(sk, value, len);
    case SO_COOKIE:
        if (*len < sizeof(sk->ino))
            return -EINVAL;
        return sock_answer(value, len, &sk->ino, sizeof(sk->ino));
    case SO_MAX_PACING_RATE:
        if (sk->type == SOCK_STREAM && sk->family != AF_UNIX)
            return -ENOPROTOOPT;
        return sock_answer(value, len, &sk->pacing_rate,
                           sizeof(sk->pacing_rate));
    }
    err = get_number(sk, name, &v);
    return err ? err : sock_answer(value, len, &v, sizeof(v));
}
