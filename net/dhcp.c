// SPDX-License-Identifier: MIT
/*
 * dhcp: the client's states of RFC 2131, 4.4. The address is used at once when
 * the server has acknowledged it; ARP announces it, and if somebody turns out
 * to have it already, it is declined: to probe first would hold every start up
 * for a second.
 */
#include "net/dhcp.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/ether.h"
#include "net/ip.h"
#include "net/neigh.h"
#include "net/netdev.h"
#include "net/rtnl.h"
#include "net/stack.h"
#include "net/udp.h"

#define MAGIC       BE32(0x63825363)
#define PORT_SERVER BE16(67)
#define PORT_CLIENT BE16(68)
#define FIRST_NS                                                \
    (500 * NSEC_PER_MSEC) /* RFC 2131 says 4 s: links were slow \
                           */
#define RETRY_MAX_NS (64 * NSEC_PER_SEC)
#define DECLINE_NS   (10 * NSEC_PER_SEC) /* RFC 2131, 3.1 (5) */
#define WATCH_NS     (10 * NSEC_PER_SEC) /* for others with our new address */
#define GIVE_UP      5 /* attempts, until nobody waits for us any more */
#define FOREVER      UINT32_MAX

enum { BOOTREQUEST = 1, BOOTREPLY = 2 };

enum message {
    DHCPDISCOVER = 1,
    DHCPOFFER = 2,
    DHCPREQUEST = 3,
    DHCPDECLINE = 4,
    DHCPACK = 5,
    DHCPNAK = 6,
    DHCPRELEASE = 7,
};

enum option {
    OPTION_PAD = 0,
    OPTION_MASK = 1,
    OPTION_ROUTER = 3,
    OPTION_DNS = 6,
    OPTION_HOSTNAME = 12,
    OPTION_DOMAIN = 15,
    OPTION_REQUESTED = 50,
    OPTION_LEASE = 51,
    OPTION_OVERLOAD = 52,
    OPTION_MESSAGE = 53,
    OPTION_SERVER = 54,
    OPTION_PARAMETERS = 55,
    OPTION_MAX_SIZE = 57,
    OPTION_RENEW = 58,
    OPTION_REBIND = 59,
    OPTION_CLIENT = 61,
    OPTION_END = 255,
};

enum state {
    SELECTING,  /* DISCOVER sent */
    REQUESTING, /* REQUEST sent for an offer */
    BOUND,
    RENEWING,  /* asks its server */
    REBINDING, /* asks any */
    DECLINED,  /* waits before it begins anew */
};

struct packet {
    uint8_t op, htype, hlen, hops;
    uint32_t xid;
    uint16_t secs, flags;
    uint32_t ciaddr, yiaddr, siaddr, giaddr;
    uint8_t chaddr[16];
    uint8_t sname[64], file[128];
    uint32_t magic;
    uint8_t options[];
} packed;
static_assert(sizeof(struct packet) == 240, "RFC 2131");

#define OPTIONS_ROOM 308 /* so that the message has 548 bytes, as BOOTP */

struct dhcp {
    struct dhcp *next; /* in stack->dhcp: other interfaces, in their order */
    struct netdev *dev;
    struct udp_sock *udp;
    const char *hostname;
    enum state state;
    uint32_t xid;
    unsigned attempts;
    uint64_t started_ns; /* this exchange */
    uint64_t bound_ns;   /* the lease counts from when it was asked for */
    uint64_t asked_ns;
    struct dhcp_lease lease, offer;
    bool have_lease;
    bool gave_up; /* nobody shall wait for it */
    struct net_timer timer;
};

/* --- messages out --- */

static uint8_t *put_option(uint8_t *at, uint8_t code, const void *data,
                           size_t len)
{
    *at++ = code;
    *at++ = (uint8_t)len;
    memcpy(at, data, len);
    return at + len;
}

static uint8_t *put_identity(const struct dhcp *d, uint8_t *at, uint8_t type)
{
    uint8_t client[7] = {1};

    memcpy(client + 1, d->dev->mac, 6);
    at = put_option(at, OPTION_MESSAGE, &type, 1);
    return put_option(at, OPTION_CLIENT, client, sizeof(client));
}

static uint8_t *put_wishes(const struct dhcp *d, uint8_t *at)
{
    static const uint8_t parameters[] = {
        OPTION_MASK,  OPTION_ROUTER, OPTION_DNS,    OPTION_DOMAIN,
        OPTION_LEASE, OPTION_RENEW,  OPTION_REBIND, OPTION_SERVER};
    uint16_t max_size = BE16(1500);
    size_t len = d->hostname ? strnlen(d->hostname, 63) : 0;

    at = put_option(at, OPTION_PARAMETERS, parameters, sizeof(parameters));
    at = put_option(at, OPTION_MAX_SIZE, &max_size, sizeof(max_size));
    if (len)
        at = put_option(at, OPTION_HOSTNAME, d->hostname, len);
    return at;
}

/* RFC 2131, table 5: who names the address and the server where. */
static void fill(const struct dhcp *d, struct packet *p, uint8_t type)
{
    uint8_t *at = p->options;
    bool have_addr = d->state == RENEWING || d->state == REBINDING;

    memset(p, 0, sizeof(*p) + OPTIONS_ROOM);
    p->op = BOOTREQUEST;
    p->htype = 1;
    p->hlen = 6;
    p->xid = d->xid;
    p->magic = MAGIC;
    memcpy(p->chaddr, d->dev->mac, 6);
    p->secs = be16((uint16_t)MIN(
        (d->dev->stack->now - d->started_ns) / NSEC_PER_SEC, 65535u));
    /* We cannot take a unicast before we have the address. */
    p->flags = have_addr || type == DHCPRELEASE ? 0 : BE16(0x8000);
    p->ciaddr = have_addr || type == DHCPRELEASE ? d->lease.addr : 0;
    at = put_identity(d, at, type);
    if (type == DHCPDECLINE || (type == DHCPREQUEST && !have_addr))
        at = put_option(at, OPTION_REQUESTED,
                        type == DHCPDECLINE ? &d->lease.addr : &d->offer.addr,
                        4);
    if (type == DHCPDECLINE || type == DHCPRELEASE)
        at = put_option(at, OPTION_SERVER, &d->lease.server, 4);
    else if (type == DHCPREQUEST && !have_addr)
        at = put_option(at, OPTION_SERVER, &d->offer.server, 4);
    if (type == DHCPDISCOVER || type == DHCPREQUEST)
        at = put_wishes(d, at);
    *at = OPTION_END;
}

static void send(struct netstack *s, struct dhcp *d, uint8_t type)
{
    bool unicast = d->state == RENEWING || type == DHCPRELEASE;
    struct ip_path path = {.bound_dev = d->dev->index};
    struct ip_options o = {0};
    struct netbuf *nb = netbuf_alloc_linear(
        s, NETBUF_HEADROOM, sizeof(struct packet) + OPTIONS_ROOM);

    if (!nb)
        return; /* the timer tries again */
    fill(d, netbuf_put(nb, sizeof(struct packet) + OPTIONS_ROOM), type);
    path.destination = netaddr_v4(unicast ? d->lease.server : UINT32_MAX);
    path.source =
        netaddr_v4(unicast || d->state == REBINDING ? d->lease.addr : 0);
    if (ip_path_lookup(s, &path) == 0) {
        if (!unicast && d->state != REBINDING)
            path.source = netaddr_v4(0);
        udp_output(s, &path, nb, PORT_CLIENT, PORT_SERVER, &o);
    } else {
        netbuf_free(s, nb);
    }
    ip_path_release(s, &path);
}

/* --- the states --- */

/* Doubles with each attempt, moved by up to an eighth (RFC 2131, 4.1). */
static uint64_t retry_time(struct netstack *s, const struct dhcp *d)
{
    uint64_t ns = MIN(FIRST_NS << MIN(d->attempts, 7u), RETRY_MAX_NS);
    uint32_t r;

    net_env_random(s, &r, sizeof(r));
    return s->now + ns - ns / 8 + ns / 4 * (r & 0xff) / 256;
}

static void settled(struct netstack *s)
{
    s->configuring = false;
    net_env_configured(s);
}

static bool nobody_hopes(const struct netstack *s)
{
    for (const struct dhcp *d = s->dhcp; d; d = d->next)
        if (!d->gave_up)
            return false;
    return true;
}

static void discover(struct netstack *s, struct dhcp *d)
{
    if (d->state != SELECTING || !d->attempts) {
        d->state = SELECTING;
        d->attempts = 0;
        d->started_ns = s->now;
        net_env_random(s, &d->xid, sizeof(d->xid));
    }
    if (d->attempts == GIVE_UP && s->configuring) {
        net_log(s, WARN, "%s: no DHCP server answers; asking on", d->dev->name);
        d->gave_up = true;
        if (nobody_hopes(s))
            settled(s);
    }
    send(s, d, DHCPDISCOVER);
    net_timer_arm(s, &d->timer, retry_time(s, d));
    d->attempts++;
}

static void lose_address(struct netstack *s, struct dhcp *d)
{
    d->have_lease = false;
    netdev_set_v4(d->dev, 0, 0);
    net_env_configured(s);
}

/* RENEWING and REBINDING: half of what is left, but a minute at least. */
static void ask_again(struct netstack *s, struct dhcp *d, uint32_t until_s)
{
    uint64_t until = d->bound_ns + until_s * NSEC_PER_SEC, left = 0;

    if (until > s->now)
        left = until - s->now;
    if (!left)
        return;
    d->asked_ns = s->now;
    send(s, d, DHCPREQUEST);
    left = MAX(left / 2, MIN(left, 60 * NSEC_PER_SEC));
    net_timer_arm(s, &d->timer, s->now + left);
}

static void keep_lease(struct netstack *s, struct dhcp *d)
{
    uint64_t age_s = (s->now - d->bound_ns) / NSEC_PER_SEC;

    if (age_s >= d->lease.lease_s) {
        net_log(s, WARN, "%s: the DHCP lease has ended", d->dev->name);
        lose_address(s, d);
        d->attempts = 0;
        d->state = DECLINED;
        discover(s, d);
        return;
    }
    if (d->state == BOUND) {
        net_env_random(s, &d->xid, sizeof(d->xid));
        d->started_ns = s->now;
    }
    if (age_s >= d->lease.rebind_s) {
        d->state = REBINDING;
        ask_again(s, d, d->lease.lease_s);
    } else {
        d->state = RENEWING;
        ask_again(s, d, d->lease.rebind_s);
    }
}

static void timer_expired(struct netstack *s, struct net_timer *t)
{
    struct dhcp *d = container_of(t, struct dhcp, timer);

    switch (d->state) {
    case SELECTING:
    case DECLINED:
        discover(s, d);
        break;
    case REQUESTING:
        if (d->attempts >= GIVE_UP) {
            d->attempts = 0;
            discover(s, d);
            break;
        }
        send(s, d, DHCPREQUEST);
        net_timer_arm(s, &d->timer, retry_time(s, d));
        d->attempts++;
        break;
    case BOUND:
    case RENEWING:
    case REBINDING:
        keep_lease(s, d);
        break;
    }
}

/* --- messages in --- */

static uint32_t option_u32(const uint8_t *data)
{
    uint32_t v;

    __builtin_memcpy(&v, data, sizeof(v));
    return v;
}

/* The leading ones of a mask. */
static unsigned prefix_of(uint32_t mask)
{
    uint32_t zeros = ~be32(mask);

    return zeros ? (unsigned)__builtin_clz(zeros) : 32;
}

static void copy_domain(struct dhcp_lease *l, const uint8_t *data, size_t len)
{
    size_t n = 0;

    /* What goes into resolv.conf must be a name and nothing else. */
    for (size_t i = 0; i < len && n < DHCP_DOMAIN_MAX; i++) {
        char c = (char)data[i];

        if (c == '\0')
            break;
        if (!((c | 32) >= 'a' && (c | 32) <= 'z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '.' && c != '_')
            return;
        l->domain[n++] = c;
    }
    l->domain[n] = '\0';
}

static void take_option(struct dhcp_lease *l, uint8_t *type, uint8_t code,
                        const uint8_t *data, size_t len)
{
    switch (code) {
    case OPTION_MESSAGE:
        if (len == 1)
            *type = *data;
        break;
    case OPTION_MASK:
        if (len == 4)
            l->prefix = prefix_of(option_u32(data));
        break;
    case OPTION_ROUTER:
        if (len >= 4)
            l->gateway = option_u32(data);
        break;
    case OPTION_DNS:
        for (size_t i = 0; i + 4 <= len && l->dns_count < DHCP_DNS_MAX; i += 4)
            l->dns[l->dns_count++] = option_u32(data + i);
        break;
    case OPTION_DOMAIN:
        copy_domain(l, data, len);
        break;
    case OPTION_SERVER:
        if (len == 4)
            l->server = option_u32(data);
        break;
    case OPTION_LEASE:
        if (len == 4)
            l->lease_s = be32(option_u32(data));
        break;
    case OPTION_RENEW:
        if (len == 4)
            l->renew_s = be32(option_u32(data));
        break;
    case OPTION_REBIND:
        if (len == 4)
            l->rebind_s = be32(option_u32(data));
        break;
    }
}

static void parse_options(struct dhcp_lease *l, uint8_t *type,
                          const uint8_t *at, size_t len)
{
    size_t i = 0;

    while (i < len && at[i] != OPTION_END) {
        if (at[i] == OPTION_PAD) {
            i++;
            continue;
        }
        if (len - i < 2 || at[i + 1] > len - i - 2)
            return;
        take_option(l, type, at[i], at + i + 2, at[i + 1]);
        i += 2u + at[i + 1];
    }
}

/* Sensible times where the server gave none (RFC 2131, 4.4.5). */
static void complete(struct dhcp_lease *l)
{
    if (!l->lease_s)
        l->lease_s = 3600;
    if (!l->prefix || l->prefix > 32)
        l->prefix = 24;
    if (!l->renew_s || l->renew_s >= l->lease_s)
        l->renew_s = l->lease_s / 2;
    if (!l->rebind_s || l->rebind_s >= l->lease_s || l->rebind_s < l->renew_s)
        l->rebind_s = l->lease_s - l->lease_s / 8;
}

static void bound(struct netstack *s, struct dhcp *d,
                  const struct dhcp_lease *l)
{
    bool changed = !d->have_lease || d->lease.addr != l->addr ||
                   d->lease.prefix != l->prefix ||
                   d->lease.gateway != l->gateway;
    struct route r = {.origin = RTPROT_DHCP,
                      .destination = netaddr_v4(0),
                      .prefix = 96,
                      .gateway = netaddr_v4(l->gateway),
                      .source = netaddr_v4(0),
                      .metric = d == s->dhcp ? 0 : (uint32_t)d->dev->index,
                      .dev = d->dev};
    char text[NETADDR_TEXT];
    struct netaddr a = netaddr_v4(l->addr);

    d->lease = *l;
    d->have_lease = true;
    d->state = BOUND;
    d->attempts = 0;
    d->bound_ns = d->asked_ns;
    if (changed) {
        int err = netdev_set_v4(d->dev, l->addr, l->prefix);

        if (!err && l->gateway)
            err = route_add(s, &r);
        if (err && err != -EEXIST)
            net_log(s, ERROR, "%s: no memory for routes", d->dev->name);
        net_log(s, INFO, "%s: %s/%u from DHCP for %u s", d->dev->name,
                netaddr_format(&a, text), l->prefix, l->lease_s);
    }
    if (l->lease_s == FOREVER)
        net_timer_cancel(&d->timer);
    else
        net_timer_arm(s, &d->timer, d->bound_ns + l->renew_s * NSEC_PER_SEC);
    settled(s);
}

static bool acceptable(const struct dhcp *d, const struct packet *p)
{
    struct netaddr a = netaddr_v4(p->yiaddr);

    return p->op == BOOTREPLY && p->hlen == 6 && p->xid == d->xid &&
           p->magic == MAGIC && memcmp(p->chaddr, d->dev->mac, 6) == 0 &&
           !netaddr_is_multicast(&a) && !netaddr_is_loopback(&a) &&
           p->yiaddr != UINT32_MAX;
}

/* True: an address was given. */
static bool handle(struct netstack *s, struct dhcp *d, const struct packet *p,
                   size_t len)
{
    struct dhcp_lease l = {.addr = p->yiaddr};
    uint8_t type = 0;

    if (!acceptable(d, p))
        return false;
    parse_options(&l, &type, p->options, len - sizeof(*p));
    if (type == DHCPOFFER && d->state == SELECTING && l.addr && l.server) {
        d->offer = l;
        d->state = REQUESTING;
        d->attempts = 1;
        d->asked_ns = s->now;
        send(s, d, DHCPREQUEST);
        net_timer_arm(s, &d->timer, retry_time(s, d));
    } else if (type == DHCPACK && l.addr &&
               (d->state == REQUESTING || d->state == RENEWING ||
                d->state == REBINDING)) {
        if (!l.server)
            l.server =
                d->state == REQUESTING ? d->offer.server : d->lease.server;
        complete(&l);
        bound(s, d, &l);
        return true;
    } else if (type == DHCPNAK && d->state != SELECTING && d->state != BOUND &&
               d->state != DECLINED) {
        if (d->have_lease)
            lose_address(s, d);
        d->attempts = 0;
        discover(s, d);
    }
    return false;
}

/* A server on our link has given the address: at the end there is no time to
 * ask where it is. */
static void learn_server(const struct dhcp *d, const struct netbuf *nb,
                         const struct ip_info *info)
{
    uint32_t server = netaddr_to_v4(&info->source);
    const uint8_t *mac = nb->head + nb->network - ETHER_HEADER + ETHER_ADDR_LEN;

    if (server != d->lease.server || nb->flags & NETBUF_JOINED ||
        (server ^ d->lease.addr) & netaddr_v4_mask(d->lease.prefix) ||
        mac[0] & 1)
        return;
    neigh_learn(d->dev, &info->source, mac, true, true);
}

/* Takes nb. */
static void input(struct udp_sock *u, struct netbuf *nb,
                  const struct ip_info *info)
{
    struct netstack *s = u->dgram.sk.stack;
    struct dhcp *d = s->dhcp;
    uint8_t bytes[1500];
    size_t len = netbuf_copy_out(nb, 0, bytes, sizeof(bytes));

    while (d && d->udp != u)
        d = d->next;
    if (d && len >= sizeof(struct packet) &&
        handle(s, d, (const struct packet *)bytes, len))
        learn_server(d, nb, info);
    netbuf_free(s, nb);
}

void dhcp_arp_seen(struct netstack *s, struct netdev *dev, uint32_t sender,
                   uint32_t target, const uint8_t *mac)
{
    struct dhcp *d = s->dhcp;

    (void)target;
    while (d && d->dev != dev)
        d = d->next;
    if (!d || !d->have_lease || sender != d->lease.addr ||
        memcmp(mac, dev->mac, 6) == 0 || s->now - d->bound_ns > WATCH_NS)
        return;
    net_log(s, WARN, "%s: the address from DHCP is in use: declined",
            dev->name);
    d->state = DECLINED;
    send(s, d, DHCPDECLINE);
    lose_address(s, d);
    d->attempts = 0;
    net_timer_arm(s, &d->timer, s->now + DECLINE_NS);
}

/* --- begin and end --- */

int dhcp_start(struct netdev *dev, const char *hostname)
{
    struct netstack *s = dev->stack;
    struct dhcp *d = net_env_alloc(s, sizeof(*d)), **end = &s->dhcp;

    if (!d)
        return -ENOMEM;
    *d = (struct dhcp){.dev = dev, .hostname = hostname, .state = DECLINED};
    net_timer_init(&d->timer, timer_expired);
    d->udp = udp_create_kernel(s, AF_INET, dev, PORT_CLIENT, input);
    if (!d->udp) {
        net_env_free(s, d);
        return -ENOMEM;
    }
    while (*end)
        end = &(*end)->next;
    *end = d;
    s->configuring = true;
    netstack_update_now(s);
    discover(s, d);
    return 0;
}

void dhcp_stop(struct netstack *s)
{
    struct dhcp *d;

    while ((d = s->dhcp)) {
        struct sock *sk = &d->udp->dgram.sk;

        if (d->have_lease)
            send(s, d, DHCPRELEASE);
        s->dhcp = d->next;
        net_timer_remove(s, &d->timer);
        sk->ops->close(sk);
        net_env_free(s, d);
    }
    s->configuring = false;
}

const struct dhcp_lease *dhcp_next_lease(const struct netstack *s,
                                         const struct dhcp_lease *l)
{
    const struct dhcp *d =
        l ? container_of(l, struct dhcp, lease)->next : s->dhcp;

    while (d && !d->have_lease)
        d = d->next;
    return d ? &d->lease : NULL;
}
