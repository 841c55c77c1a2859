// SPDX-License-Identifier: MIT
/* dgram_control: see the header. */
#include "net/dgram_control.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "net/ip_extra.h"
#include "net/netdev.h"
#include "net/stack.h"

/* A number from 0, or least, to 255, in an int. */
static int get_byte(const uint8_t *data, size_t len, int least, int *v)
{
    if (len != sizeof(*v))
        return -EINVAL;
    memcpy(v, data, sizeof(*v));
    return *v < least || *v > 255 ? -EINVAL : 0;
}

/* struct in_pktinfo: the address to send from is its second. */
static int get_pktinfo(const uint8_t *data, size_t len, struct dgram_control *c)
{
    if (len != 12)
        return -EINVAL;
    memcpy(&c->dev, data, sizeof(c->dev));
    c->source = netaddr_v4(load32(data + 4));
    return 0;
}

static int get_pktinfo6(const uint8_t *data, size_t len,
                        struct dgram_control *c)
{
    if (len < 20)
        return -EINVAL;
    c->source = netaddr_v6(data);
    memcpy(&c->dev, data + 16, sizeof(c->dev));
    return 0;
}

static int get_ip(struct netstack *s, int type, const uint8_t *data, size_t len,
                  struct dgram_control *c)
{
    switch (type) {
    case IP_RETOPTS:
        return ip_extra_set_v4(s, &c->extra, data,
                               MIN(len, (size_t)IPV4_OPTIONS_MAX));
    case IP_PKTINFO:
        return get_pktinfo(data, len, c);
    case IP_TTL:
        return get_byte(data, len, 1, &c->ttl);
    case IP_TOS:
        if (len == 1) {
            c->tos = data[0];
            return 0;
        }
        return get_byte(data, len, 0, &c->tos);
    }
    return -EINVAL;
}

/* An extension header. RFC 2292's name has no other beside it. */
static int get_header(struct netstack *s, enum ip_extra_kind kind, bool once,
                      const uint8_t *data, size_t len, struct dgram_control *c)
{
    if ((once && ip_extra_header(c->extra, kind)) || len < 2 ||
        len < (data[1] + 1u) * 8)
        return -EINVAL;
    if (!net_env_capable(s, CAP_NET_RAW))
        return -EPERM;
    return ip_extra_set_v6(s, &c->extra, kind, data, len);
}

static int get_ipv6(struct netstack *s, int type, const uint8_t *data,
                    size_t len, struct dgram_control *c)
{
    switch (type) {
    case IPV6_HOPOPTS:
    case IPV6_2292HOPOPTS:
        return get_header(s, IP_EXTRA_HOP_BY_HOP, true, data, len, c);
    case IPV6_RTHDRDSTOPTS:
        return get_header(s, IP_EXTRA_BEFORE_ROUTING, false, data, len, c);
    case IPV6_DSTOPTS:
    case IPV6_2292DSTOPTS:
        return get_header(s, IP_EXTRA_DESTINATION, type == IPV6_2292DSTOPTS,
                          data, len, c);
    case IPV6_PKTINFO:
        return get_pktinfo6(data, len, c);
    case IPV6_HOPLIMIT:
        return get_byte(data, len, -1, &c->ttl);
    case IPV6_TCLASS:
        return get_byte(data, len, -1, &c->tos);
    }
    return -EINVAL;
}

static int get_one(const struct sock *sk, const struct sock_cmsg *h,
                   const uint8_t *data, struct dgram_control *c)
{
    size_t len = h->len - sizeof(*h);

    switch (h->level) {
    case SOL_SOCKET: /* AF_UNIX's are let pass; marks are not known */
        if (h->type == SO_TIMESTAMPING && sk->timestamping)
            return 0; /* who has any wishes looks at these */
        return h->type == SCM_RIGHTS || h->type == SCM_CREDENTIALS ? 0
                                                                   : -EINVAL;
    case SOL_IP:
        return get_ip(sk->stack, h->type, data, len, c);
    case SOL_IPV6:
        return sk->family == AF_INET6
                   ? get_ipv6(sk->stack, h->type, data, len, c)
                   : 0;
    case SOL_UDP:
        if (sk->protocol != IPPROTO_UDP)
            return 0;
        if (h->type != UDP_SEGMENT || len != sizeof(c->segment))
            return -EINVAL;
        memcpy(&c->segment, data, len);
        return 0;
    }
    return 0;
}

int dgram_control_get(const struct sock *sk, const struct sock_msg *m,
                      struct dgram_control *c)
{
    size_t at = 0, left;
    int err = 0;

    *c = (struct dgram_control){.ttl = -1, .tos = -1};
    while (!err && m->control &&
           (left = m->control_len - at) >= sizeof(struct sock_cmsg)) {
        struct sock_cmsg h;

        memcpy(&h, m->control + at, sizeof(h));
        if (h.len < sizeof(h) || h.len > left)
            return -EINVAL;
        err = get_one(sk, &h, m->control + at + sizeof(h), c);
        at += MIN(ALIGN_UP(h.len, 8), left);
    }
    return err;
}

void dgram_control_done(const struct sock *sk, struct dgram_control *c)
{
    ip_extra_put(sk->stack, c->extra);
    c->extra = NULL;
}

/* May packets to a destination come from this address? */
static bool may_send_from(const struct sock *sk, const struct netaddr *source,
                          const struct netaddr *to)
{
    if (netaddr_is_v4(source) != netaddr_is_v4(to))
        return false;
    return inet_may_be_foreign(sk) || ip_is_local(sk->stack, source);
}

int dgram_control_path(const struct sock *sk, const struct dgram_control *c,
                       const struct netaddr *to, struct ip_path *p)
{
    int err;

    if (c->dev && !netdev_by_index(sk->stack, c->dev))
        return -ENODEV;
    err = c->dev ? 0 : inet_may_reach(sk, to);
    if (err)
        return err;
    p->destination = *to;
    p->bound_dev = c->dev ? c->dev : inet_dev(sk, to);
    if (!p->bound_dev && netaddr_is_multicast(to))
        p->bound_dev = sk->multicast_dev;
    p->source = sk->use.port ? sk->use.addr : sk->flow.local;
    if (!netaddr_is_any(&c->source)) {
        if (!may_send_from(sk, &c->source, to))
            return netaddr_is_v4(to) ? -ENETUNREACH : -EINVAL;
        p->source = c->source;
    }
    err = ip_path_lookup(sk->stack, p);
    dgram_limit_path(sk, p);
    return err;
}

void dgram_control_options(const struct sock *sk, const struct dgram_control *c,
                           const struct ip_path *p, size_t len,
                           struct ip_options *o)
{
    dgram_options(sk, p, c->extra ? c->extra : sk->extra, len, o);
    if (c->ttl > 0)
        o->ttl = (uint8_t)c->ttl;
    if (c->tos >= 0)
        o->tos = (uint8_t)c->tos;
}
