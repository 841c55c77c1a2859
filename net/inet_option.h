// SPDX-License-Identifier: MIT
/* inet_option: what the options of ip(7) and ipv6(7) share. */
#pragma once

#include "net/sock.h"

/* An option that is one bit: of sock.options, or of inet_options. */
struct inet_switch {
    int name;
    uint32_t option, inet_option;
};

/* Whether name is one of n; it is on then, or off, or asked for. */
static inline const struct inet_switch *
inet_switch_find(const struct inet_switch *table, size_t n, int name)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].name == name)
            return &table[i];
    return NULL;
}

static inline void inet_switch_set(struct sock *sk, const struct inet_switch *w,
                                   bool on)
{
    sk->options = on ? sk->options | w->option : sk->options & ~w->option;
    sk->inet_options = on ? sk->inet_options | w->inet_option
                          : sk->inet_options & ~w->inet_option;
}

static inline bool inet_switch_get(const struct sock *sk,
                                   const struct inet_switch *w)
{
    return sk->options & w->option || sk->inet_options & w->inet_option;
}

/* What setsockopt does with a switch: -EPERM for who may not be transparent;
 * who no longer wants errors has none queued. */
int inet_switch_change(struct sock *sk, const struct inet_switch *w, bool on);

/* IP_MTU_DISCOVER, IPV6_MTU_DISCOVER. -EINVAL. */
int inet_set_pmtu(struct sock *sk, int v);

/* IP_MINTTL, IPV6_MINHOPCOUNT: not for TCP, which would have to look at each
 * segment. -EINVAL, -ENOPROTOOPT. */
int inet_set_min_ttl(struct sock *sk, int v);

/* IP_UNICAST_IF, IPV6_UNICAST_IF: a number as on the wire. -EADDRNOTAVAIL. */
int inet_set_unicast_dev(struct sock *sk, int v);

/* ipv6(7), as inet_set_option. */
int inet6_set_option(struct sock *sk, int name, const void *value, size_t len);
int inet6_get_option(struct sock *sk, int name, void *value, size_t *len);
