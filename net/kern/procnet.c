// SPDX-License-Identifier: MIT
/* procnet: see the header; here interfaces, routes, neighbours and counters. */
#include "net/kern/procnet.h"

#include "abi/netdevice.h"
#include "abi/rtnetlink.h"
#include "abi/stat.h"
#include "net/ip.h"
#include "net/ipv6.h"
#include "net/kern/net.h"
#include "net/neigh.h"
#include "net/rtnl.h"
#include "vfs/procfs_net.h"

typedef unsigned long long ull; /* what text_printf wants of a uint64_t */

/* --- interfaces and addresses --- */

static int show_dev(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "Inter-|   Receive                                          "
                 "      |  Transmit\n"
                 " face |bytes    packets errs drop fifo frame compressed "
                 "multicast|bytes    packets errs drop fifo colls carrier "
                 "compressed\n");
    netstack_lock(&net_stack);
    for (const struct netdev *d = net_stack.devs; d; d = d->next) {
        const struct netdev_stats *s = &d->stats;

        text_printf(t,
                    "%6s: %7llu %7llu %4llu %4llu %4d %5d %10d %9llu %8llu "
                    "%7llu %4llu %4llu %4d %5d %7d %10d\n",
                    d->name, (ull)s->rx_bytes, (ull)s->rx_packets,
                    (ull)s->rx_errors, (ull)s->rx_dropped, 0, 0, 0,
                    (ull)s->multicast, (ull)s->tx_bytes, (ull)s->tx_packets,
                    (ull)s->tx_errors, (ull)s->tx_dropped, 0, 0, 0, 0);
    }
    netstack_unlock(&net_stack);
    return 0;
}

static void put_hex(struct text *t, const struct netaddr *a)
{
    for (unsigned i = 0; i < sizeof(a->b); i++)
        text_printf(t, "%02x", a->b[i]);
}

/* Linux's IPV6_ADDR_LOOPBACK, LINKLOCAL, SITELOCAL. */
static unsigned scope_of(const struct netaddr *a)
{
    if (netaddr_is_loopback(a))
        return 0x10;
    if (ipv6_is_link_local(a))
        return 0x20;
    return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0 ? 0x40 : 0;
}

static void put_if_inet6(struct text *t, const struct netdev *d,
                         const struct netaddr *a, unsigned prefix,
                         unsigned flags)
{
    put_hex(t, a);
    text_printf(t, " %02x %02x %02x %02x %8s\n", (unsigned)d->index, prefix,
                scope_of(a), flags, d->name);
}

static int show_if_inet6(struct text *t, const struct pseudo_key *k)
{
    static const struct netaddr one = {.b = {[15] = 1}};

    (void)k;
    netstack_lock(&net_stack);
    put_if_inet6(t, net_stack.loopback, &one, 128, IFA_F_PERMANENT);
    for (const struct netdev *d = net_stack.devs; d; d = d->next)
        for (unsigned i = 0; d->v6 && i < d->v6->addr_count; i++) {
            const struct ipv6_addr *a = &d->v6->addrs[i];

            put_if_inet6(t, d, &a->addr, a->prefix,
                         (a->origin == IPV6_BY_HAND ? IFA_F_PERMANENT : 0) |
                             (a->state == IPV6_VALID ? 0 : IFA_F_TENTATIVE));
        }
    netstack_unlock(&net_stack);
    return 0;
}

/* --- routes and neighbours --- */

static void put_route(struct text *t, const struct route *r)
{
    bool gateway = !netaddr_is_any(&r->gateway);
    unsigned bits = r->prefix - 96u;
    unsigned flags =
        RTF_UP | (gateway ? RTF_GATEWAY : 0) | (bits == 32 ? RTF_HOST : 0);

    text_printf(t, "%s\t%08X\t%08X\t%04X\t%d\t%u\t%u\t%08X\t%d\t%u\t%u\n",
                r->dev->name, r->destination.w[3],
                gateway ? r->gateway.w[3] : 0, flags, 0, 0, r->metric,
                netaddr_v4_mask(bits), 0, 0, 0);
}

static int show_route(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\t"
                 "Mask\t\tMTU\tWindow\tIRTT\n");
    netstack_lock(&net_stack);
    for (const struct route *r = net_stack.routes; r; r = r->next)
        if (netaddr_is_v4(&r->destination) && r->dev->up &&
            !(r->dev->features & NETDEV_LOOPBACK))
            put_route(t, r);
    netstack_unlock(&net_stack);
    return 0;
}

static int show_ipv6_route(struct text *t, const struct pseudo_key *k)
{
    static const struct netaddr none;

    (void)k;
    netstack_lock(&net_stack);
    for (const struct route *r = net_stack.routes; r; r = r->next) {
        bool gateway = !netaddr_is_any(&r->gateway);

        if (netaddr_is_v4(&r->destination) || !r->dev->up)
            continue;
        put_hex(t, &r->destination);
        text_printf(t, " %02x ", r->prefix);
        put_hex(t, &none);
        text_puts(t, " 00 ");
        put_hex(t, gateway ? &r->gateway : &none);
        text_printf(t, " %08x %08x %08x %08x %8s\n",
                    r->metric ? r->metric : 1024, 1, 0,
                    RTF_UP | (gateway ? RTF_GATEWAY : 0), r->dev->name);
    }
    netstack_unlock(&net_stack);
    return 0;
}

static void put_arp(const struct neigh *n, void *arg)
{
    unsigned state = rtnl_neigh_state(n, net_stack.now);
    bool known = !(state & (NUD_INCOMPLETE | NUD_FAILED));
    char text[NETADDR_TEXT];

    if (!netaddr_is_v4(&n->addr))
        return;
    text_printf(arg,
                "%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x     *     "
                "   %s\n",
                netaddr_format(&n->addr, text), ARPHRD_ETHER,
                (known ? 2u : 0) | (state == NUD_PERMANENT ? 4u : 0), n->mac[0],
                n->mac[1], n->mac[2], n->mac[3], n->mac[4], n->mac[5],
                n->dev->name);
}

static int show_arp(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "IP address       HW type     Flags       HW address          "
                 "  Mask     Device\n");
    netstack_lock(&net_stack);
    netstack_update_now(&net_stack);
    neigh_for_each(&net_stack, put_arp, t);
    netstack_unlock(&net_stack);
    return 0;
}

/* --- counters --- */

static int show_snmp(struct text *t, const struct pseudo_key *k)
{
    const struct net_counters *c = &net_stack.count;

    (void)k;
    text_printf(
        t,
        "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors "
        "ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests "
        "OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails "
        "FragOKs FragFails FragCreates\n"
        "Ip: 2 64 %llu %llu %llu 0 %llu %llu %llu %llu %llu %llu %llu %llu "
        "%llu %llu %llu %llu %llu\n",
        (ull)c->ip_in, (ull)c->ip_in_header_errors,
        (ull)c->ip_in_address_errors, (ull)c->ip_in_unknown_protocol,
        (ull)c->ip_in_discards, (ull)c->ip_in_delivers, (ull)c->ip_out,
        (ull)c->ip_out_discards, (ull)c->ip_out_no_routes,
        (ull)c->ip_reasm_timeout, (ull)c->ip_reasm_required,
        (ull)c->ip_reasm_ok, (ull)c->ip_reasm_fails, (ull)c->ip_frag_ok,
        (ull)c->ip_frag_fails, (ull)c->ip_frag_creates);
    text_printf(t,
                "Icmp: InMsgs InErrors OutMsgs InEchos OutEchos\n"
                "Icmp: %llu %llu %llu %llu %llu\n",
                (ull)c->icmp_in, (ull)c->icmp_in_errors, (ull)c->icmp_out,
                (ull)c->icmp_in_echo, (ull)c->icmp_out_echo);
    text_printf(t,
                "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens "
                "PassiveOpens AttemptFails EstabResets CurrEstab InSegs "
                "OutSegs RetransSegs InErrs OutRsts InCsumErrors\n"
                "Tcp: 1 200 120000 -1 %llu %llu %llu %llu %llu %llu %llu %llu "
                "%llu %llu %llu\n",
                (ull)c->tcp_active_opens, (ull)c->tcp_passive_opens,
                (ull)c->tcp_attempt_fails, (ull)c->tcp_estab_resets,
                (ull)c->tcp_curr_estab, (ull)c->tcp_in, (ull)c->tcp_out,
                (ull)c->tcp_retrans, (ull)c->tcp_in_errors,
                (ull)c->tcp_out_resets, (ull)c->tcp_in_checksum_errors);
    text_printf(t,
                "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors "
                "SndbufErrors InCsumErrors\n"
                "Udp: %llu %llu %llu %llu %llu 0 %llu\n",
                (ull)c->udp_in, (ull)c->udp_no_port, (ull)c->udp_in_errors,
                (ull)c->udp_out, (ull)c->udp_rcvbuf_errors,
                (ull)c->udp_in_checksum_errors);
    return 0;
}

/* --- the directory --- */

#define TEXT(file, fn)                                        \
    {                                                         \
        .name = (file), .mode = S_IFREG | 0444, .show = (fn), \
    }

static const struct pseudo_entry entries[] = {
    TEXT("arp", show_arp),
    TEXT("dev", show_dev),
    TEXT("if_inet6", show_if_inet6),
    TEXT("ipv6_route", show_ipv6_route),
    TEXT("netlink", procnet_show_netlink),
    TEXT("packet", procnet_show_packet),
    TEXT("raw", procnet_show_raw),
    TEXT("raw6", procnet_show_raw6),
    TEXT("route", show_route),
    TEXT("snmp", show_snmp),
    TEXT("sockstat", procnet_show_sockstat),
    TEXT("tcp", procnet_show_tcp),
    TEXT("tcp6", procnet_show_tcp6),
    TEXT("udp", procnet_show_udp),
    TEXT("udp6", procnet_show_udp6),
    TEXT("unix", procnet_show_unix),
};

void procnet_init(void)
{
    procfs_net_dir.entries = entries;
    procfs_net_dir.count = ARRAY_SIZE(entries);
    procfs_sys_net_dir = procnet_sys_dir;
    procnet_class_init();
}
