// SPDX-License-Identifier: MIT
/*
 * procnet_sock: sockets, as netstat and ss read of them. The columns are those
 * of Linux; where it shows an address of its own memory there are zeros.
 */
#include "abi/ioctl.h"
#include "abi/tcp.h"
#include "net/flow.h"
#include "net/kern/net.h"
#include "net/kern/procnet.h"
#include "net/netlink.h"
#include "net/packet_priv.h"
#include "net/port.h"
#include "net/raw.h"
#include "net/unix_priv.h"

struct list {
    struct text *t;
    uint16_t family;
    unsigned line;
};

static void put_end(struct text *t, const struct netaddr *a, uint16_t port,
                    bool v6)
{
    if (!v6)
        text_printf(t, " %08X", netaddr_is_v4(a) ? a->w[3] : 0);
    else
        text_printf(t, " %08X%08X%08X%08X", a->w[0], a->w[1], a->w[2], a->w[3]);
    text_printf(t, ":%04X", be16(port));
}

static unsigned queued(struct sock *sk, unsigned cmd)
{
    long n = sk->ops->ioctl ? sk->ops->ioctl(sk, cmd) : 0;

    return n < 0 ? 0 : (unsigned)n;
}

/* What all Internet sockets' lines begin with. */
static void put_inet(struct list *l, struct sock *sk, unsigned state,
                     unsigned out, unsigned in)
{
    bool v6 = l->family == AF_INET6;

    text_printf(l->t, "%4u:", l->line++);
    put_end(l->t, &sk->flow.local, sk->flow.local_port, v6);
    put_end(l->t, &sk->flow.remote, sk->flow.remote_port, v6);
    text_printf(l->t,
                " %02X %08X:%08X 00:00000000 00000000 %5u %8d %lu %u "
                "0000000000000000",
                state, out, in, sk->uid, 0, (unsigned long)sk->ino, sk->refs);
}

/* --- TCP and UDP --- */

static unsigned tcp_state(struct sock *sk)
{
    uint8_t state = ABI_TCP_CLOSE;
    size_t len = 1;

    if (sk->ops->get_option(sk, SOL_TCP, TCP_INFO, &state, &len))
        return ABI_TCP_CLOSE;
    return state;
}

static void put_tcp(struct sock *sk, void *arg)
{
    struct list *l = arg;
    unsigned state;

    if (sk->family != l->family)
        return;
    state = tcp_state(sk);
    if (state == ABI_TCP_CLOSE) /* bound, and no more */
        return;
    put_inet(l, sk, state, queued(sk, TIOCOUTQ), queued(sk, FIONREAD));
    text_puts(l->t, " 100 0 0 10 0\n");
}

/* What is left of a connection. */
static void put_timewait(struct list *l, const struct flow *f)
{
    bool v6 = !netaddr_is_v4(&f->local);

    if (v6 != (l->family == AF_INET6))
        return;
    text_printf(l->t, "%4u:", l->line++);
    put_end(l->t, &f->local, f->local_port, v6);
    put_end(l->t, &f->remote, f->remote_port, v6);
    text_puts(l->t, " 06 00000000:00000000 03:00000000 00000000     0        0 "
                    "0 3 0000000000000000\n");
}

static void put_timewaits(struct list *l)
{
    const struct net_table *table = &net_stack.flows;

    for (uint32_t i = 0; table->buckets && i <= table->mask; i++)
        for (const struct flow *f = table->buckets[i]; f; f = f->next)
            if (f->protocol == IPPROTO_TCP && f->kind == FLOW_OTHER2)
                put_timewait(l, f);
}

static int show_tcp(struct text *t, uint16_t family, const char *heading)
{
    struct list l = {t, family, 0};

    text_puts(t, heading);
    netstack_lock(&net_stack);
    netstack_update_now(&net_stack);
    port_for_each_sock(&net_stack, IPPROTO_TCP, put_tcp, &l);
    put_timewaits(&l);
    netstack_unlock(&net_stack);
    return 0;
}

#define REST " st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
#define ENDS6                                                                  \
    "local_address                         remote_address                    " \
    "   "

int procnet_show_tcp(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_tcp(t, AF_INET, "  sl  local_address rem_address  " REST "\n");
}

int procnet_show_tcp6(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_tcp(t, AF_INET6, "  sl  " ENDS6 REST "\n");
}

static void put_datagram(struct sock *sk, void *arg)
{
    struct list *l = arg;
    struct dgram_sock *d = container_of(sk, struct dgram_sock, sk);

    if (sk->family != l->family || !sk->owner)
        return;
    put_inet(l, sk, sk->flow.remote_port ? ABI_TCP_ESTABLISHED : ABI_TCP_CLOSE,
             sk->wmem, sk->rmem);
    text_printf(l->t, " %llu\n", (unsigned long long)d->dropped);
}

static int show_udp(struct text *t, uint16_t family, const char *heading)
{
    struct list l = {t, family, 0};

    text_puts(t, heading);
    netstack_lock(&net_stack);
    port_for_each_sock(&net_stack, IPPROTO_UDP, put_datagram, &l);
    netstack_unlock(&net_stack);
    return 0;
}

int procnet_show_udp(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_udp(t, AF_INET,
                    "   sl  local_address rem_address  " REST
                    " ref pointer drops\n");
}

int procnet_show_udp6(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_udp(t, AF_INET6, "  sl  " ENDS6 REST " ref pointer drops\n");
}

static int show_raw(struct text *t, uint16_t family, const char *head)
{
    struct list l = {t, family, 0};

    text_puts(t, head);
    netstack_lock(&net_stack);
    raw_for_each(&net_stack, put_datagram, &l);
    netstack_unlock(&net_stack);
    return 0;
}

int procnet_show_raw(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_raw(t, AF_INET,
                    "  sl  local_address rem_address  " REST
                    " ref pointer drops\n");
}

int procnet_show_raw6(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_raw(t, AF_INET6, "  sl  " ENDS6 REST " ref pointer drops\n");
}

/* --- others --- */

static void put_unix(struct text *t, const struct unix_sock *u)
{
    bool listening = u->state == UNIX_LISTENING;
    size_t len = u->addr ? u->addr->len - UNIX_NAME_AT : 0;

    text_printf(t, "0000000000000000: %08X 00000000 %08X %04X %02X %5lu",
                u->sk.refs, listening ? 0x10000u : 0, u->sk.type,
                u->state == UNIX_CONNECTED ? 3 : 1, (unsigned long)u->sk.ino);
    text_puts(t, len ? " " : "");
    for (size_t i = 0; i < len; i++) {
        char c = (char)u->addr->bytes[UNIX_NAME_AT + i];

        if (!c && i == len - 1 && u->addr->bytes[UNIX_NAME_AT])
            break; /* of a path */
        text_put(t, c ? &c : "@", 1);
    }
    text_puts(t, "\n");
}

int procnet_show_unix(struct text *t, const struct pseudo_key *k)
{
    const struct unix_sock *u;

    (void)k;
    text_puts(t, "Num               RefCount Protocol Flags    Type St Inode "
                 "Path\n");
    netstack_lock(&net_stack);
    list_for_each_entry (u, &net_stack.unix_domain->socks, all)
        put_unix(t, u);
    netstack_unlock(&net_stack);
    return 0;
}

int procnet_show_packet(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "sk               RefCnt Type Proto  Iface R Rmem   User   "
                 "Inode\n");
    netstack_lock(&net_stack);
    for (const struct packet_sock *p = net_stack.packet_socks; p; p = p->next) {
        const struct sock *sk = &p->dgram.sk;

        text_printf(t,
                    "0000000000000000 %-6u %-4u %04x   %-5d %d %-6u %-6u "
                    "%-6lu\n",
                    sk->refs, sk->type, be16(p->protocol), p->index,
                    p->protocol != 0, sk->rmem, sk->uid,
                    (unsigned long)sk->ino);
    }
    netstack_unlock(&net_stack);
    return 0;
}

int procnet_show_netlink(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "sk               Eth Pid        Groups   Rmem     Wmem     "
                 "Dump  Locks    Drops    Inode\n");
    netstack_lock(&net_stack);
    for (const struct netlink_sock *n = net_stack.netlink_socks; n;
         n = n->next) {
        const struct sock *sk = &n->dgram.sk;

        text_printf(t,
                    "0000000000000000 %-3d %-10u %08x %-8u %-8u %-5d %-8u "
                    "%-8llu %-8lu\n",
                    sk->protocol, n->id, (unsigned)n->groups, sk->rmem,
                    sk->wmem, 0, sk->refs, (unsigned long long)n->dgram.dropped,
                    (unsigned long)sk->ino);
    }
    netstack_unlock(&net_stack);
    return 0;
}

static void count_one(struct sock *sk, void *arg)
{
    (void)sk;
    ++*(unsigned *)arg;
}

int procnet_show_sockstat(struct text *t, const struct pseudo_key *k)
{
    const struct net_table *flows = &net_stack.flows;
    unsigned tcp = 0, udp = 0, raw = 0, waiting = 0;

    (void)k;
    netstack_lock(&net_stack);
    port_for_each_sock(&net_stack, IPPROTO_TCP, count_one, &tcp);
    port_for_each_sock(&net_stack, IPPROTO_UDP, count_one, &udp);
    raw_for_each(&net_stack, count_one, &raw);
    for (uint32_t i = 0; flows->buckets && i <= flows->mask; i++)
        for (const struct flow *f = flows->buckets[i]; f; f = f->next)
            waiting += f->kind == FLOW_OTHER2;
    netstack_unlock(&net_stack);
    text_printf(t,
                "sockets: used %u\n"
                "TCP: inuse %u orphan 0 tw %u alloc %u mem 0\n"
                "UDP: inuse %u mem 0\n"
                "UDPLITE: inuse 0\n"
                "RAW: inuse %u\n"
                "FRAG: inuse 0 memory 0\n",
                tcp + udp + raw, tcp, waiting, tcp, udp, raw);
    return 0;
}
