// SPDX-License-Identifier: MIT
/* sock: what is the same for all sockets, and the options of SOL_SOCKET. */
#include "net/sock.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "net/bpf.h"
#include "net/netdev.h"
#include "net/stack.h"

#define BUF_DEFAULT                                                         \
    212992u                /* as Linux: net.core.rmem_default, wmem_default \
                            */
#define BUF_MAX    212992u /* what SO_RCVBUF may ask for, before doubling */
#define RCVBUF_MIN 2304u
#define SNDBUF_MIN 4608u

void sock_init(struct sock *sk, struct netstack *s, const struct sock_ops *ops,
               int family, int type, int protocol)
{
    memset(sk, 0, sizeof(*sk));
    sk->ops = ops;
    sk->stack = s;
    sk->refs = 1;
    sk->family = (uint16_t)family;
    sk->type = (uint8_t)type;
    sk->protocol = (uint8_t)protocol;
    sk->rcvbuf = sk->sndbuf = BUF_DEFAULT;
    sk->rcvlowat = 1;
    sk->multicast_ttl = 1;
    sk->multicast_loop = true;
    sk->pmtu = SOCK_PMTU_WANT;
    sk->flow.protocol = (uint8_t)protocol;
    sk->flow.kind = FLOW_SOCK;
    if (family == AF_INET)
        sk->flow.local = sk->flow.remote = netaddr_v4(0);
    sk->use.sock = sk;
}

void sock_set_error(struct sock *sk, int error)
{
    sk->error = error;
    sock_ready(sk, POLLERR | POLLIN | POLLOUT);
}

int sock_take_error(struct sock *sk)
{
    int error = sk->error;

    sk->error = 0;
    return -error;
}

void sock_charge_sent(struct sock *sk, struct netbuf *nb)
{
    sock_get(sk);
    nb->sk = sk;
    sk->wmem += (uint32_t)netbuf_truesize(nb);
}

void sock_sent(struct sock *sk, struct netbuf *nb)
{
    bool full = sk->wmem > sk->sndbuf / 2;

    nb->sk = NULL;
    sk->wmem -= MIN(sk->wmem, (uint32_t)netbuf_truesize(nb));
    if (full && sk->wmem <= sk->sndbuf / 2)
        sock_ready(sk, POLLOUT);
    sock_put(sk);
}

/* struct cmsghdr of cmsg(3), and its alignment. */
struct control_header {
    uint64_t len;
    int32_t level, type;
};

void sock_put_control(struct sock_msg *m, int level, int type, const void *data,
                      size_t len)
{
    struct control_header h = {sizeof(h) + len, level, type};
    size_t room = m->control_len - m->control_used;

    if (!m->control || room < h.len) {
        m->out_flags |= MSG_CTRUNC;
        return;
    }
    memcpy(m->control + m->control_used, &h, sizeof(h));
    memcpy(m->control + m->control_used + sizeof(h), data, len);
    m->control_used += MIN(ALIGN_UP(h.len, 8), room);
}

int sock_answer(void *value, size_t *len, const void *result, size_t size)
{
    *len = MIN(*len, size);
    memcpy(value, result, *len);
    return 0;
}

/* --- filters --- */

bool sock_filter(struct sock *sk, struct netbuf *nb, const struct bpf_packet *p,
                 size_t least)
{
    uint32_t wanted = bpf_run(sk->filter, sk->stack, p);

    netbuf_trim(sk->stack, nb, MAX(wanted, least));
    return wanted;
}

static void drop_filter(struct sock *sk)
{
    net_env_free(sk->stack, sk->filter);
    sk->filter = NULL;
}

int sock_attach_filter(struct sock *sk, const struct abi_sock_filter *code,
                       size_t n)
{
    struct bpf *f;
    int err;

    if (sk->filter_locked)
        return -EPERM;
    if (sk->type == SOCK_STREAM || sk->family == AF_UNIX)
        return -ENOPROTOOPT;
    err = bpf_create(sk->stack, code, n, &f);
    if (err)
        return err;
    drop_filter(sk);
    sk->filter = f;
    return 0;
}

static int detach_filter(struct sock *sk)
{
    if (sk->filter_locked)
        return -EPERM;
    if (!sk->filter)
        return -ENOENT;
    drop_filter(sk);
    return 0;
}

static int lock_filter(struct sock *sk, bool on)
{
    if (sk->filter_locked && !on)
        return -EPERM;
    sk->filter_locked = on;
    return 0;
}

/* --- families --- */

void net_family_register(struct netstack *s, const struct net_family *f)
{
    net_assert(s->family_count < NET_FAMILIES_MAX);
    s->families[s->family_count++] = f;
}

int sock_create(struct netstack *s, int family, int type, int protocol,
                struct sock **sk)
{
    int err = -EAFNOSUPPORT;

    if (family < 0 || family > 45 || type < 0 || type > 10)
        return family < 0 || family > 45 ? -EAFNOSUPPORT : -EINVAL;
    for (unsigned i = 0; i < s->family_count; i++) {
        const struct net_family *f = s->families[i];

        if (f->family != family)
            continue;
        if (err == -EAFNOSUPPORT)
            err = -ESOCKTNOSUPPORT;
        if (f->type != type)
            continue;
        err = -EPROTONOSUPPORT;
        if (protocol != f->protocol && !f->any_protocol &&
            !(protocol == 0 && !f->no_default))
            continue;
        return f->create(s, family, type, protocol ? protocol : f->protocol,
                         sk);
    }
    return err;
}

/* --- options of SOL_SOCKET (socket(7)) --- */

/* The switches, and what they are called in options. */
static const struct {
    int name;
    uint32_t option;
} switches[] = {
    {SO_REUSEADDR, SOCK_OPT_REUSEADDR},     {SO_REUSEPORT, SOCK_OPT_REUSEPORT},
    {SO_BROADCAST, SOCK_OPT_BROADCAST},     {SO_KEEPALIVE, SOCK_OPT_KEEPALIVE},
    {SO_OOBINLINE, SOCK_OPT_OOBINLINE},     {SO_DONTROUTE, SOCK_OPT_DONTROUTE},
    {SO_TIMESTAMP, SOCK_OPT_TIMESTAMP},     {SO_PASSCRED, SOCK_OPT_PASSCRED},
    {SO_TIMESTAMPNS, SOCK_OPT_TIMESTAMPNS}, {SO_RXQ_OVFL, SOCK_OPT_RXQ_OVFL},
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
    /* Of the two forms of time, one. */
    if (option & (SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS))
        sk->options &= ~(uint32_t)(SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS);
    sk->options = on ? sk->options | option : sk->options & ~option;
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

static uint32_t buffer_size(int value, uint32_t min)
{
    uint32_t v = value < 0 ? BUF_MAX : MIN((uint32_t)value, BUF_MAX);

    return MAX(2 * v, min);
}

static int set_device(struct sock *sk, const char *value, size_t len)
{
    char name[16] = "";
    struct netdev *dev;

    memcpy(name, value, MIN(len, sizeof(name) - 1));
    if (!name[0]) {
        sk->bound_dev = 0;
    } else {
        dev = netdev_find(sk->stack, name);
        if (!dev)
            return -ENODEV;
        sk->bound_dev = dev->index;
    }
    sk->use.bound_dev = sk->path.bound_dev = sk->bound_dev;
    ip_path_release(sk->stack, &sk->path);
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

static int set_number(struct sock *sk, int name, int v)
{
    uint32_t option = switch_of(name);

    if (option) {
        set_switch(sk, option, v);
        return 0;
    }
    switch (name) {
    case SO_SNDBUF:
    case SO_SNDBUFFORCE:
        sk->sndbuf = buffer_size(v, SNDBUF_MIN);
        sk->sndbuf_set = true;
        sock_ready(sk, POLLOUT);
        return 0;
    case SO_RCVBUF:
    case SO_RCVBUFFORCE:
        sk->rcvbuf = buffer_size(v, RCVBUF_MIN);
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
        return detach_filter(sk);
    case SO_LOCK_FILTER:
        return lock_filter(sk, v);
    case SO_DEBUG: /* as without CONFIG that uses it: accepted */
    case SO_BUSY_POLL:
        return 0;
    case SO_TYPE:
    case SO_PROTOCOL:
    case SO_DOMAIN:
    case SO_ERROR:
    case SO_ACCEPTCONN:
    case SO_SNDLOWAT:
    default:
        return -ENOPROTOOPT;
    }
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
        return set_timeout(&sk->rcvtimeo_ns, value, len);
    case SO_SNDTIMEO:
        return set_timeout(&sk->sndtimeo_ns, value, len);
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
        *v = (sk->options & option) != 0;
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
    case SO_DEBUG:
    case SO_BUSY_POLL:
        *v = 0;
        return 0;
    }
    return -ENOPROTOOPT;
}

int sock_get_option(struct sock *sk, int name, void *value, size_t *len)
{
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
        return get_timeout(sk->rcvtimeo_ns, value, len);
    case SO_SNDTIMEO:
        return get_timeout(sk->sndtimeo_ns, value, len);
    }
    err = get_number(sk, name, &v);
    return err ? err : sock_answer(value, len, &v, sizeof(v));
}
