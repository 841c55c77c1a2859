// SPDX-License-Identifier: MIT
/* dgram_info: what control messages tell of a datagram that came; ip(7),
 * ipv6(7), socket(7). */
#include "abi/time.h"
#include "net/dgram.h"
#include "net/ip_extra.h"
#include "net/stack.h"

#define HEADERS                                                         \
    (INET_OPT_RECVHOPOPTS | INET_OPT_RECVRTHDR | INET_OPT_RECVDSTOPTS | \
     INET_OPT_OLD_HOPOPTS | INET_OPT_OLD_RTHDR | INET_OPT_OLD_DSTOPTS)

/* The extension headers that the socket asks for, each by its own name. */
static void put_headers(struct sock *sk, struct sock_msg *m,
                        const struct netbuf *nb)
{
    static const struct {
        uint8_t header;
        uint32_t option;
        int name;
    } kinds[] = {
        {IPV6_HOP_BY_HOP, INET_OPT_RECVHOPOPTS, IPV6_HOPOPTS},
        {IPV6_HOP_BY_HOP, INET_OPT_OLD_HOPOPTS, IPV6_2292HOPOPTS},
        {IPV6_ROUTING, INET_OPT_RECVRTHDR, IPV6_RTHDR},
        {IPV6_ROUTING, INET_OPT_OLD_RTHDR, IPV6_2292RTHDR},
        {IPV6_DESTINATION, INET_OPT_RECVDSTOPTS, IPV6_DSTOPTS},
        {IPV6_DESTINATION, INET_OPT_OLD_DSTOPTS, IPV6_2292DSTOPTS},
    };
    const uint8_t *at = nb->head + nb->network + IPV6_HEADER;
    const uint8_t *end = nb->head + nb->transport;
    uint8_t next = dgram_ip6(nb)->next;

    while (end - at >= 8) {
        size_t len = next == IPV6_FRAGMENT ? 8 : (at[1] + 1u) * 8;

        if (len > (size_t)(end - at))
            return;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
            if (kinds[i].header == next && sk->inet_options & kinds[i].option)
                sock_put_control(m, SOL_IPV6, kinds[i].name, at, len);
        next = at[0];
        at += len;
    }
}

static void put_destination6(struct sock_msg *m, const struct netbuf *nb)
{
    struct abi_sockaddr_in6 a = {.sin6_family = AF_INET6};

    memcpy(&a.sin6_port, nb->head + nb->transport + 2, sizeof(a.sin6_port));
    memcpy(a.sin6_addr, dgram_ip6(nb)->destination, sizeof(a.sin6_addr));
    if (ipv6_is_link_local((const struct netaddr *)a.sin6_addr))
        a.sin6_scope_id = (uint32_t)nb->dev->index;
    sock_put_control(m, SOL_IPV6, IPV6_ORIGDSTADDR, &a, sizeof(a));
}

/* What ipv6(7) has; of IPv4 packets the same, mapped. */
static void put_controls6(struct sock *sk, struct sock_msg *m,
                          const struct netbuf *nb)
{
    bool v4 = dgram_is_v4(nb);
    struct {
        struct netaddr to;
        int32_t index;
    } packed info = {v4 ? netaddr_v4(dgram_ip(nb)->destination)
                        : netaddr_v6(dgram_ip6(nb)->destination),
                     nb->dev->index};
    const struct ipv6_header *h;
    uint32_t flow;
    int v;

    if (sk->options & SOCK_OPT_PKTINFO6)
        sock_put_control(m, SOL_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    if (sk->inet_options & INET_OPT_OLD_PKTINFO)
        sock_put_control(m, SOL_IPV6, IPV6_2292PKTINFO, &info, sizeof(info));
    if (v4)
        return;
    h = dgram_ip6(nb);
    v = h->hops;
    if (sk->options & SOCK_OPT_RECVHOPLIMIT)
        sock_put_control(m, SOL_IPV6, IPV6_HOPLIMIT, &v, sizeof(v));
    if (sk->inet_options & INET_OPT_OLD_HOPLIMIT)
        sock_put_control(m, SOL_IPV6, IPV6_2292HOPLIMIT, &v, sizeof(v));
    v = (int)(be32(h->version_class_flow) >> 20 & 0xff);
    if (sk->options & SOCK_OPT_RECVTCLASS)
        sock_put_control(m, SOL_IPV6, IPV6_TCLASS, &v, sizeof(v));
    flow = h->version_class_flow & BE32(0x0fffffff);
    if (sk->inet_options & INET_OPT_FLOWINFO && flow)
        sock_put_control(m, SOL_IPV6, ABI_IPV6_FLOWINFO, &flow, sizeof(flow));
    if (sk->inet_options & HEADERS)
        put_headers(sk, m, nb);
    if (sk->inet_options & INET_OPT_ORIGDSTADDR6 && sk->protocol == IPPROTO_UDP)
        put_destination6(m, nb);
}

static void put_pktinfo(struct sock_msg *m, const struct netbuf *nb)
{
    const struct ipv4_header *h = dgram_ip(nb);
    struct {
        int32_t index;
        uint32_t local, destination;
    } info = {nb->dev->index, h->destination, h->destination};

    sock_put_control(m, SOL_IP, IP_PKTINFO, &info, sizeof(info));
}

/* struct scm_timestamping: software's time; what devices say. */
static void put_timestamping(struct sock_msg *m, const int64_t now[2])
{
    int64_t v[6] = {now[0], now[1]};

    sock_put_control(m, SOL_SOCKET, SO_TIMESTAMPING, v, sizeof(v));
}

#define SOFTWARE_TIME (SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE)

void dgram_put_time(struct sock *sk, struct sock_msg *m,
                    const struct netbuf *nb)
{
    bool stamping = (sk->timestamping & SOFTWARE_TIME) == SOFTWARE_TIME;
    bool new_name = sk->options & SOCK_OPT_TIME_NEW;
    uint64_t age, ns;
    int64_t v[2];

    if (!(sk->options & (SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS)) &&
        !stamping)
        return;
    age = net_env_now(sk->stack) - nb->time_ns;
    ns = net_env_realtime(sk->stack) - age;
    v[0] = (int64_t)(ns / NSEC_PER_SEC);
    v[1] = (int64_t)(ns % NSEC_PER_SEC);
    if (stamping)
        put_timestamping(m, v);
    if (sk->options & SOCK_OPT_TIMESTAMPNS)
        sock_put_control(m, SOL_SOCKET,
                         new_name ? SO_TIMESTAMPNS_NEW : SO_TIMESTAMPNS, v,
                         sizeof(v));
    v[1] /= (int64_t)NSEC_PER_USEC;
    if (sk->options & SOCK_OPT_TIMESTAMP)
        sock_put_control(m, SOL_SOCKET,
                         new_name ? SO_TIMESTAMP_NEW : SO_TIMESTAMP, v,
                         sizeof(v));
}

/* How many were dropped before this one; no message while there were none. */
static void put_drops(struct sock *sk, struct sock_msg *m)
{
    uint32_t dropped =
        (uint32_t)container_of(sk, struct dgram_sock, sk)->dropped;

    if (sk->options & SOCK_OPT_RXQ_OVFL && dropped)
        sock_put_control(m, SOL_SOCKET, SO_RXQ_OVFL, &dropped, sizeof(dropped));
}

/* The address and port that it was sent to. */
static void put_destination(struct sock_msg *m, const struct netbuf *nb)
{
    struct abi_sockaddr_in a = {.sin_family = AF_INET};

    memcpy(&a.sin_port, nb->head + nb->transport + 2, sizeof(a.sin_port));
    memcpy(a.sin_addr, &dgram_ip(nb)->destination, sizeof(a.sin_addr));
    sock_put_control(m, SOL_IP, IP_ORIGDSTADDR, &a, sizeof(a));
}

/* The options of the header, and what an answer repeats of them; none: no
 * message. */
static void put_options(struct sock *sk, struct sock_msg *m,
                        const struct netbuf *nb)
{
    const struct ipv4_header *h = dgram_ip(nb);
    size_t len = (h->version_ihl & 15u) * 4 - IPV4_HEADER;
    struct ipv4_options back;

    if (len && sk->inet_options & INET_OPT_RECVOPTS)
        sock_put_control(m, SOL_IP, IP_RECVOPTS, h + 1, len);
    if (!len || !(sk->inet_options & INET_OPT_RETOPTS))
        return;
    ipv4_options_echo((const uint8_t *)(h + 1), len, &back);
    sock_put_control(m, SOL_IP, IP_RETOPTS, back.bytes, back.len);
}

void dgram_put_controls(struct sock *sk, struct sock_msg *m,
                        const struct netbuf *nb)
{
    int v;

    dgram_put_time(sk, m, nb);
    put_drops(sk, m);
    if (sk->family == AF_INET6)
        put_controls6(sk, m, nb);
    if (!dgram_is_v4(nb))
        return;
    if (sk->options & SOCK_OPT_PKTINFO)
        put_pktinfo(m, nb);
    if (sk->options & SOCK_OPT_RECVTTL) {
        v = dgram_ip(nb)->ttl;
        sock_put_control(m, SOL_IP, IP_TTL, &v, sizeof(v));
    }
    if (sk->options & SOCK_OPT_RECVTOS)
        sock_put_control(m, SOL_IP, IP_TOS, &dgram_ip(nb)->tos, 1);
    if (sk->options & SOCK_OPT_ORIGDSTADDR && sk->protocol == IPPROTO_UDP)
        put_destination(m, nb);
    if (sk->inet_options & (INET_OPT_RECVOPTS | INET_OPT_RETOPTS))
        put_options(sk, m, nb);
}
