// SPDX-License-Identifier: MIT
/* inet_option: the options of ip(7). */
#include "net/inet_option.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "net/ip_extra.h"
#include "net/ipv4.h"
#include "net/membership.h"
#include "net/netdev.h"
#include "net/sock_error.h"
#include "net/stack.h"

static const struct inet_switch switches[] = {
    {IP_PKTINFO, SOCK_OPT_PKTINFO, 0},
    {IP_RECVTTL, SOCK_OPT_RECVTTL, 0},
    {IP_RECVTOS, SOCK_OPT_RECVTOS, 0},
    {IP_RECVERR, SOCK_OPT_RECVERR, 0},
    {IP_FREEBIND, SOCK_OPT_FREEBIND, 0},
    {IP_ORIGDSTADDR, SOCK_OPT_ORIGDSTADDR, 0},
    {IP_RECVOPTS, 0, INET_OPT_RECVOPTS},
    {IP_RETOPTS, 0, INET_OPT_RETOPTS},
    {IP_PASSSEC, 0, INET_OPT_PASSSEC},
    {IP_TRANSPARENT, 0, INET_OPT_TRANSPARENT},
    {IP_NODEFRAG, 0, INET_OPT_NODEFRAG},
    {IP_BIND_ADDRESS_NO_PORT, 0, INET_OPT_BIND_NO_PORT},
};

static const struct inet_switch *find_switch(int name)
{
    return inet_switch_find(switches, ARRAY_SIZE(switches), name);
}

/* A number, or a byte; nothing at all is 0 for most, ip(7). */
static int number(int name, const void *value, size_t len, int *v)
{
    switch (name) {
    case IP_TTL:
    case IP_FREEBIND:
    case IP_TRANSPARENT:
    case IP_MINTTL:
    case IP_MULTICAST_TTL:
    case IP_MULTICAST_LOOP:
    case IP_MULTICAST_ALL:
        if (!len)
            return -EINVAL;
        break;
    case IP_UNICAST_IF:
        if (len != sizeof(*v))
            return -EINVAL;
    }
    *v = len ? *(const uint8_t *)value : 0;
    if (len >= sizeof(*v))
        memcpy(v, value, sizeof(*v));
    return 0;
}

int inet_switch_change(struct sock *sk, const struct inet_switch *w, bool on)
{
    if (w->inet_option == INET_OPT_TRANSPARENT && on &&
        !net_env_capable(sk->stack, CAP_NET_ADMIN))
        return -EPERM;
    inet_switch_set(sk, w, on);
    if (w->option == SOCK_OPT_RECVERR && !on)
        sock_errors_purge(sk, false);
    return 0;
}

int inet_set_pmtu(struct sock *sk, int v)
{
    if (v < SOCK_PMTU_DONT || v > SOCK_PMTU_OMIT)
        return -EINVAL;
    sk->pmtu = (uint8_t)v;
    return 0;
}

int inet_set_min_ttl(struct sock *sk, int v)
{
    if (v < 0 || v > 255)
        return -EINVAL;
    if (sk->type == SOCK_STREAM && v)
        return -ENOPROTOOPT;
    sk->min_ttl = (uint8_t)v;
    return 0;
}

static int set_byte(uint8_t *at, int v, int least, int most, int at_minus_1)
{
    if (v != -1 && (v < least || v > most))
        return -EINVAL;
    *at = (uint8_t)(v == -1 ? at_minus_1 : v);
    return 0;
}

int inet_set_unicast_dev(struct sock *sk, int v)
{
    int index = (int)be32((uint32_t)v);

    if (index && !netdev_by_index(sk->stack, index))
        return -EADDRNOTAVAIL;
    sk->unicast_dev = index;
    ip_path_release(sk->stack, &sk->path);
    return 0;
}

static int set_number(struct sock *sk, int name, int v)
{
    const struct inet_switch *w = find_switch(name);

    if (w && w->name == IP_NODEFRAG && sk->type != SOCK_RAW)
        return -ENOPROTOOPT;
    if (w)
        return inet_switch_change(sk, w, v);
    switch (name) {
    case IP_TOS:
        if (sk->type == SOCK_STREAM) /* ECN is TCP's own */
            v = (v & ~3) | (sk->tos & 3);
        sk->tos = (uint8_t)v;
        return 0;
    case IP_TTL:
        return set_byte(&sk->ttl, v, 1, 255, 0);
    case IP_MTU_DISCOVER:
        return inet_set_pmtu(sk, v);
    case IP_MULTICAST_TTL:
        if (sk->type == SOCK_STREAM)
            return -EINVAL;
        return set_byte(&sk->multicast_ttl, v, 0, 255, 1);
    case IP_MULTICAST_LOOP:
        sk->multicast_loop = v;
        return 0;
    case IP_MULTICAST_ALL:
        if (v & ~1)
            return -EINVAL;
        inet_switch_set(sk, &(struct inet_switch){0, 0, INET_OPT_ONLY_JOINED},
                        !v);
        return 0;
    case IP_UNICAST_IF:
        return inet_set_unicast_dev(sk, v);
    case IP_MINTTL:
        return inet_set_min_ttl(sk, v);
    case IP_ROUTER_ALERT: /* what a router needs; raw sockets' alone */
        return sk->type == SOCK_RAW ? -ENOPROTOOPT : -EINVAL;
    }
    return -ENOPROTOOPT;
}

int inet_set_option(struct sock *sk, int level, int name, const void *value,
                    size_t len)
{
    int v, err;

    sk->path.head.generation = 0; /* headers may look different now */
    err = membership_set_option(sk, level, name, value, len);
    if (err != -ENOPROTOOPT)
        return err;
    if (level == SOL_IPV6 && sk->family == AF_INET6)
        return inet6_set_option(sk, name, value, len);
    if (level != SOL_IP)
        return -ENOPROTOOPT;
    if (name == IP_OPTIONS)
        return ip_extra_set_v4(sk->stack, &sk->extra, value, len);
    err = number(name, value, len, &v);
    return err ? err : set_number(sk, name, v);
}

static int get_number(struct sock *sk, int name, int *v)
{
    const struct inet_switch *w = find_switch(name);

    *v = w && inet_switch_get(sk, w);
    if (w)
        return 0;
    switch (name) {
    case IP_TOS:
        *v = sk->tos;
        return 0;
    case IP_TTL:
        *v = sk->ttl ? sk->ttl : 64;
        return 0;
    case IP_MTU_DISCOVER:
        *v = sk->pmtu;
        return 0;
    case IP_MULTICAST_TTL:
        *v = sk->multicast_ttl;
        return 0;
    case IP_MULTICAST_LOOP:
        *v = sk->multicast_loop;
        return 0;
    case IP_MULTICAST_ALL:
        *v = !(sk->inet_options & INET_OPT_ONLY_JOINED);
        return 0;
    case IP_UNICAST_IF:
        *v = (int)be32((uint32_t)sk->unicast_dev);
        return 0;
    case IP_MINTTL:
        *v = sk->min_ttl;
        return 0;
    case IP_MTU:
        if (!sk->path.dev || !sk->flow.remote_port)
            return -ENOTCONN;
        *v = (int)sk->path.mtu;
        return 0;
    case IP_HDRINCL: /* raw sockets have their own answers */
    case IP_ROUTER_ALERT:
        return 0;
    }
    return -ENOPROTOOPT;
}

/* A small number fits a byte, ip(7). */
static int answer_number(void *value, size_t *len, int v)
{
    uint8_t byte = (uint8_t)v;

    if (*len && *len < sizeof(v) && v >= 0 && v <= 255)
        return sock_answer(value, len, &byte, sizeof(byte));
    return sock_answer(value, len, &v, sizeof(v));
}

int inet_get_option(struct sock *sk, int level, int name, void *value,
                    size_t *len)
{
    int v, err = membership_get_option(sk, level, name, value, len);

    if (err != -ENOPROTOOPT)
        return err;
    if (level == SOL_IPV6 && sk->family == AF_INET6)
        return inet6_get_option(sk, name, value, len);
    if (level != SOL_IP)
        return -ENOPROTOOPT;
    if (name == IP_OPTIONS)
        return sock_answer(value, len, sk->extra ? sk->extra->v4.bytes : NULL,
                           sk->extra ? sk->extra->v4.len : 0);
    err = get_number(sk, name, &v);
    return err ? err : answer_number(value, len, v);
}
