// SPDX-License-Identifier: MIT
/*
 * dhcp6: the exchanges of RFC 8415, 18.2. Each is one message that is repeated
 * until it is answered. Of one server one address is asked for, which nobody
 * may use before a second without objection (ipv6_add); routers tell what is on
 * the link.
 */
#include "net/dhcp6.h"

#include "net/dhcp6_message.h"
#include "net/nd.h"
#include "net/netdev.h"
#include "net/stack.h"
#include "net/udp.h"

#define PORT_CLIENT BE16(546)
#define PORT_SERVER BE16(547)

#define RENEW_MIN_S 5 /* whatever the server says */
#define REFRESH_S   86400
#define REFRESH_MIN 600
#define PAUSE_NS    (10 * NSEC_PER_SEC) /* after a refusal */

enum state {
    IDLE,
    SOLICITING,
    REQUESTING,
    BOUND,
    RENEWING,  /* asks its server */
    REBINDING, /* asks any */
    INQUIRING, /* for names alone */
    INFORMED,
};

/* RFC 8415, 7.6; attempts 0: no limit. */
static const struct {
    uint8_t message, attempts;
    uint16_t first_s, max_s;
} exchanges[] = {
    [SOLICITING] = {DHCP6_SOLICIT, 0, 1, 3600},
    [REQUESTING] = {DHCP6_REQUEST, 10, 1, 30},
    [RENEWING] = {DHCP6_RENEW, 0, 10, 600},
    [REBINDING] = {DHCP6_REBIND, 0, 10, 600},
    [INQUIRING] = {DHCP6_INFORMATION, 0, 1, 3600},
};

struct dhcp6 {
    struct netdev *dev;
    struct udp_sock *udp;
    struct net_timer timer;
    enum state state;
    bool managed;
    uint8_t xid[3];
    unsigned attempts;
    uint64_t started_ns, wait_ns; /* this exchange; until it is sent again */
    int preference;               /* of the best offer; -1: there is none */
    struct dhcp6_lease lease;     /* or the offer */
    bool have_addr;
    uint64_t renew_at, rebind_at, end_at;
    struct dhcp6_names names;
    bool have_names;
};

/* --- out --- */

/* The card's link-local address, if it has one that others do not use. */
static const struct ipv6_addr *local_of(const struct dhcp6 *d)
{
    const struct netdev_v6 *v6 = d->dev->v6;

    for (unsigned i = 0; i < v6->addr_count; i++)
        if (ipv6_is_link_local(&v6->addrs[i].addr) &&
            v6->addrs[i].state != IPV6_DUPLICATE)
            return &v6->addrs[i];
    return NULL;
}

static void send(struct dhcp6 *d, uint8_t message)
{
    static const struct netaddr servers = {.b = {0xff, 2, [13] = 1, [15] = 2}};
    const struct ipv6_addr *local = local_of(d);
    struct netstack *s = d->dev->stack;
    struct ip_path path = {.destination = servers, .bound_dev = d->dev->index};
    struct ip_options o = {0};
    struct netbuf *nb = dhcp6_message(
        d->dev, message, d->xid,
        (s->now - d->started_ns) / (10 * NSEC_PER_MSEC), &d->lease);

    if (!nb)
        return; /* the timer tries again */
    if (!local) {
        netbuf_free(s, nb);
        return;
    }
    path.source = local->addr;
    if (ip_path_lookup(s, &path) == 0)
        udp_output(s, &path, nb, PORT_CLIENT, PORT_SERVER, &o);
    else
        netbuf_free(s, nb);
    ip_path_release(s, &path);
}

/* Twice as long as before, up to a limit, moved by up to a tenth (RFC 8415,
 * 15). */
static void choose_wait(struct dhcp6 *d)
{
    uint64_t first = exchanges[d->state].first_s * NSEC_PER_SEC;
    uint64_t max = exchanges[d->state].max_s * NSEC_PER_SEC;
    uint64_t ns = d->attempts ? MIN(2 * d->wait_ns, max) : first;
    uint8_t r;

    net_env_random(d->dev->stack, &r, sizeof(r));
    d->wait_ns = ns - ns / 10 + ns / 5 * r / 256;
}

/* Sends the exchange's message once more; at first not before the link-local
 * address may be used. */
static void send_next(struct dhcp6 *d)
{
    struct netstack *s = d->dev->stack;
    const struct ipv6_addr *local = local_of(d);
    uint64_t next;

    if (local && local->state == IPV6_TENTATIVE) {
        d->started_ns = local->dad_until;
        net_timer_arm(s, &d->timer, local->dad_until + NSEC_PER_MSEC);
        return;
    }
    choose_wait(d);
    d->attempts++;
    send(d, exchanges[d->state].message);
    next = s->now + d->wait_ns;
    if (d->state == RENEWING)
        next = MIN(next, d->rebind_at);
    if (d->state == REBINDING)
        next = MIN(next, d->end_at);
    net_timer_arm(s, &d->timer, next);
}

static void begin(struct dhcp6 *d, enum state state)
{
    struct netstack *s = d->dev->stack;

    d->state = state;
    d->attempts = 0;
    d->started_ns = s->now;
    net_env_random(s, d->xid, sizeof(d->xid));
    if (state == SOLICITING)
        d->preference = -1;
    send_next(d);
}

/* From the beginning, but not at once: somebody has refused something. */
static void begin_later(struct dhcp6 *d)
{
    struct netstack *s = d->dev->stack;

    d->state = IDLE;
    net_timer_arm(s, &d->timer, s->now + PAUSE_NS);
}

static void lose_address(struct dhcp6 *d)
{
    struct ipv6_addr *a = ipv6_find(d->dev, &d->lease.addr);

    if (d->have_addr && a && a->origin == IPV6_BY_DHCP)
        ipv6_remove(d->dev, a);
    d->have_addr = false;
}

static void timer_expired(struct netstack *s, struct net_timer *t)
{
    struct dhcp6 *d = container_of(t, struct dhcp6, timer);
    unsigned limit =
        d->state < ARRAY_SIZE(exchanges) ? exchanges[d->state].attempts : 0;

    if (d->state == SOLICITING && d->preference >= 0)
        begin(d, REQUESTING);
    else if (d->state == IDLE || (limit && d->attempts >= limit))
        begin(d, SOLICITING);
    else if (d->state == BOUND)
        begin(d, RENEWING);
    else if (d->state == INFORMED)
        begin(d, INQUIRING);
    else if (d->state == RENEWING && s->now >= d->rebind_at)
        begin(d, REBINDING);
    else if (d->state == REBINDING && s->now >= d->end_at) {
        net_log(s, WARN, "%s: the lease of DHCPv6 has ended", d->dev->name);
        lose_address(d);
        begin(d, SOLICITING);
    } else {
        send_next(d);
    }
}

/* --- in --- */

static uint64_t until(const struct dhcp6 *d, uint32_t seconds)
{
    return seconds == UINT32_MAX ? NET_TIMER_NEVER
                                 : d->dev->stack->now + seconds * NSEC_PER_SEC;
}

static void keep_names(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    d->names = a->names;
    d->have_names = true;
    net_env_configured(d->dev->stack);
}

/* When to renew, where the server left it open (RFC 8415, 14.2) or would have
 * it when the address is gone. */
static void set_times(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    uint32_t t1 = a->renew_s, t2 = a->rebind_s;
    bool forever = a->preferred_s == UINT32_MAX;

    if (!t2 || t2 >= a->valid_s)
        t2 = forever ? UINT32_MAX : (uint32_t)(a->preferred_s * 4ull / 5);
    if (!t1 || t1 > t2)
        t1 = forever ? UINT32_MAX : a->preferred_s / 2;
    d->end_at = until(d, a->valid_s);
    d->rebind_at = MIN(until(d, MAX(t2, (uint32_t)RENEW_MIN_S)), d->end_at);
    d->renew_at = MIN(until(d, MAX(t1, (uint32_t)RENEW_MIN_S)), d->rebind_at);
}

static void bound(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    struct netstack *s = d->dev->stack;
    uint64_t preferred = until(d, a->preferred_s), valid = until(d, a->valid_s);
    struct ipv6_addr *ours;
    char text[NETADDR_TEXT];

    if (d->have_addr && !netaddr_equal(&d->lease.addr, &a->lease.addr))
        lose_address(d);
    d->lease = a->lease;
    ours = ipv6_find(d->dev, &d->lease.addr);
    if (ours) {
        if (ours->origin == IPV6_BY_DHCP) {
            ours->preferred_until = preferred;
            ours->valid_until = valid;
        }
        nd_schedule(d->dev->v6);
    } else if (ipv6_add(d->dev, &d->lease.addr, 128, IPV6_BY_DHCP, preferred,
                        valid)) {
        begin_later(d);
        return;
    } else {
        net_log(s, INFO, "%s: %s from DHCPv6 for %u s", d->dev->name,
                netaddr_format(&d->lease.addr, text), a->valid_s);
    }
    d->have_addr = true;
    d->state = BOUND;
    set_times(d, a);
    if (d->renew_at == NET_TIMER_NEVER)
        net_timer_cancel(&d->timer);
    else
        net_timer_arm(s, &d->timer, d->renew_at);
    keep_names(d, a);
}

/* The best of what comes in the first wait, then the first. */
static void offered(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    if (!a->has_addr || a->preference <= d->preference)
        return;
    d->preference = a->preference;
    d->lease = a->lease;
    if (a->preference == 255 || d->attempts > 1)
        begin(d, REQUESTING);
}

static void informed(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    uint32_t refresh =
        a->refresh_s ? MAX(a->refresh_s, (uint32_t)REFRESH_MIN) : REFRESH_S;

    d->state = INFORMED;
    keep_names(d, a);
    if (refresh == UINT32_MAX)
        net_timer_cancel(&d->timer);
    else
        net_timer_arm(d->dev->stack, &d->timer, until(d, refresh));
}

/* The answer to a request for an address. */
static void answered(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    if (a->has_addr) {
        bound(d, a);
    } else if (a->status == DHCP6_NO_BINDING && d->state != REQUESTING) {
        memcpy(d->lease.server, a->lease.server, sizeof(d->lease.server));
        d->lease.server_len = a->lease.server_len;
        begin(d, REQUESTING);
    } else if (a->has_ia || a->status) {
        lose_address(d);
        begin_later(d);
    }
}

static void handle(struct dhcp6 *d, const struct dhcp6_answer *a)
{
    if (a->message == DHCP6_ADVERTISE) {
        if (d->state == SOLICITING)
            offered(d, a);
        return;
    }
    switch (d->state) {
    case SOLICITING:
        if (a->rapid && a->has_addr)
            bound(d, a);
        break;
    case REQUESTING:
    case RENEWING:
    case REBINDING:
        answered(d, a);
        break;
    case INQUIRING:
        informed(d, a);
        break;
    case IDLE:
    case BOUND:
    case INFORMED:
        break;
    }
}

/* Takes nb. */
static void input(struct udp_sock *u, struct netbuf *nb,
                  const struct ip_info *info)
{
    struct netstack *s = u->dgram.sk.stack;
    struct netdev_v6 *v6 = info->dev->v6;
    struct dhcp6 *d = v6 ? v6->dhcp6 : NULL;
    struct dhcp6_answer a;
    uint8_t bytes[1500];
    size_t len = netbuf_copy_out(nb, 0, bytes, sizeof(bytes));

    netbuf_free(s, nb);
    if (d && d->udp == u && dhcp6_parse(d->dev, bytes, len, d->xid, &a))
        handle(d, &a);
}

void dhcp6_conflict(struct netdev *dev, const struct ipv6_addr *a)
{
    struct dhcp6 *d = dev->v6->dhcp6;

    if (!d || !d->have_addr || !netaddr_equal(&d->lease.addr, &a->addr))
        return;
    lose_address(d);
    send(d, DHCP6_DECLINE);
    begin_later(d);
}

/* --- begin and end --- */

static struct dhcp6 *create(struct netdev *dev)
{
    struct netstack *s = dev->stack;
    struct dhcp6 *d = net_env_alloc(s, sizeof(*d));

    if (!d)
        return NULL;
    memset(d, 0, sizeof(*d));
    d->dev = dev;
    net_timer_init(&d->timer, timer_expired);
    d->udp = udp_create_kernel(s, AF_INET6, dev, PORT_CLIENT, input);
    if (!d->udp) {
        net_env_free(s, d);
        return NULL;
    }
    dev->v6->dhcp6 = d;
    return d;
}

void dhcp6_router_said(struct netdev *dev, bool managed, bool other)
{
    struct dhcp6 *d = dev->v6->dhcp6;

    if (!managed && !other)
        return;
    if (!d)
        d = create(dev);
    if (!d)
        return; /* the next advertisement may fare better */
    if (managed && !d->managed) {
        d->managed = true;
        begin(d, SOLICITING);
    } else if (!d->managed && d->state == IDLE) {
        begin(d, INQUIRING);
    }
}

void dhcp6_stop(struct netdev_v6 *v6)
{
    struct dhcp6 *d = v6->dhcp6;
    struct sock *sk;

    if (!d)
        return;
    if (d->have_addr) {
        lose_address(d);
        send(d, DHCP6_RELEASE);
    }
    v6->dhcp6 = NULL;
    net_timer_remove(v6->dev->stack, &d->timer);
    sk = &d->udp->dgram.sk;
    sk->ops->close(sk);
    net_env_free(v6->dev->stack, d);
}

const struct dhcp6_names *dhcp6_names(const struct netdev *dev)
{
    const struct dhcp6 *d = dev->v6 ? dev->v6->dhcp6 : NULL;

    return d && d->have_names ? &d->names : NULL;
}
