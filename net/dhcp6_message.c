// SPDX-License-Identifier: MIT
/* dhcp6_message: see the header. */
#include "net/dhcp6_message.h"

#include "net/ipv6.h"
#include "net/netbuf.h"
#include "net/netdev.h"
#include "net/stack.h"

enum {
    OPTION_CLIENT = 1,
    OPTION_SERVER = 2,
    OPTION_IA_NA = 3,
    OPTION_ADDR = 5,
    OPTION_WANTED = 6,
    OPTION_PREFERENCE = 7,
    OPTION_ELAPSED = 8,
    OPTION_STATUS = 13,
    OPTION_RAPID = 14,
    OPTION_DNS = 23,
    OPTION_DOMAINS = 24,
    OPTION_REFRESH = 32,
    OPTION_SOL_MAX = 82,

    HEADER = 4,
    MESSAGE_MAX = 384,
    IA_HEADER = 12,
    ADDR_LEN = 24,
};

/* --- out --- */

static void put16(uint8_t *p, uint16_t v)
{
    v = be16(v);
    memcpy(p, &v, sizeof(v));
}

/* The option's bytes, to be filled in. */
static uint8_t *put_option(struct netbuf *nb, uint16_t code, size_t len)
{
    uint8_t *p = netbuf_put(nb, 4 + len);

    put16(p, code);
    put16(p + 2, (uint16_t)len);
    memset(p + 4, 0, len);
    return p + 4;
}

/* A name made of the hardware address: DUID-LL, RFC 8415, 11.4. */
static void client_id(const struct netdev *dev, uint8_t id[10])
{
    memcpy(id, (uint8_t[]){0, 3, 0, 1}, 4);
    memcpy(id + 4, dev->mac, 6);
}

static void put_wanted(struct netbuf *nb, uint8_t message)
{
    static const uint8_t names[] = {0, OPTION_DNS, 0, OPTION_DOMAINS};
    uint8_t last =
        message == DHCP6_INFORMATION ? OPTION_REFRESH : OPTION_SOL_MAX;
    uint8_t *p = put_option(nb, OPTION_WANTED, sizeof(names) + 2);

    memcpy(p, names, sizeof(names));
    p[sizeof(names) + 1] = last;
}

/* The interface's association, with its address unless that is open. */
static void put_association(struct netbuf *nb, const struct netdev *dev,
                            const struct netaddr *addr)
{
    uint8_t *p =
        put_option(nb, OPTION_IA_NA, IA_HEADER + (addr ? 4 + ADDR_LEN : 0));

    put16(p + 2, (uint16_t)dev->index);
    if (!addr)
        return;
    p += IA_HEADER;
    put16(p, OPTION_ADDR);
    put16(p + 2, ADDR_LEN);
    memcpy(p + 4, addr->b, 16);
}

struct netbuf *dhcp6_message(const struct netdev *dev, uint8_t message,
                             const uint8_t xid[3], uint64_t elapsed,
                             const struct dhcp6_lease *lease)
{
    struct netbuf *nb =
        netbuf_alloc_linear(dev->stack, NETBUF_HEADROOM, MESSAGE_MAX);
    bool ends = message == DHCP6_RELEASE || message == DHCP6_DECLINE;
    uint8_t *p;

    if (!nb)
        return NULL;
    p = netbuf_put(nb, HEADER);
    p[0] = message;
    memcpy(p + 1, xid, 3);
    client_id(dev, put_option(nb, OPTION_CLIENT, 10));
    put16(put_option(nb, OPTION_ELAPSED, 2), (uint16_t)MIN(elapsed, 65535u));
    if (message == DHCP6_REQUEST || message == DHCP6_RENEW || ends)
        memcpy(put_option(nb, OPTION_SERVER, lease->server_len), lease->server,
               lease->server_len);
    if (message != DHCP6_INFORMATION)
        put_association(nb, dev,
                        message == DHCP6_SOLICIT ? NULL : &lease->addr);
    if (message == DHCP6_SOLICIT)
        put_option(nb, OPTION_RAPID, 0);
    if (!ends)
        put_wanted(nb, message);
    return nb;
}

/* --- in --- */

typedef void take_fn(const struct netdev *dev, struct dhcp6_answer *a,
                     unsigned code, const uint8_t *p, size_t len);

static void each_option(const struct netdev *dev, struct dhcp6_answer *a,
                        const uint8_t *p, size_t left, take_fn *take)
{
    while (left) {
        size_t len;

        if (left < 4 || (len = be16(load16(p + 2))) > left - 4) {
            a->bad = true;
            return;
        }
        take(dev, a, be16(load16(p)), p + 4, len);
        p += 4 + len;
        left -= 4 + len;
    }
}

static void take_status(struct dhcp6_answer *a, const uint8_t *p, size_t len)
{
    if (len >= 2 && !a->status)
        a->status = be16(load16(p));
}

/* Of an association: the first address that is good for anything. */
static void take_inner(const struct netdev *dev, struct dhcp6_answer *a,
                       unsigned code, const uint8_t *p, size_t len)
{
    uint32_t preferred, valid;
    struct netaddr addr;

    (void)dev;
    if (code == OPTION_STATUS)
        take_status(a, p, len);
    if (code != OPTION_ADDR || len < ADDR_LEN || a->has_addr)
        return;
    addr = netaddr_v6(p);
    preferred = be32(load32(p + 16));
    valid = be32(load32(p + 20));
    if (!valid || preferred > valid || netaddr_is_any(&addr) ||
        netaddr_is_v4(&addr) || netaddr_is_multicast(&addr) ||
        netaddr_is_loopback(&addr) || ipv6_is_link_local(&addr))
        return;
    a->has_addr = true;
    a->lease.addr = addr;
    a->preferred_s = preferred;
    a->valid_s = valid;
}

static void take_dns(struct dhcp6_names *n, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i + 16 <= len && n->dns_count < DHCP6_DNS_MAX; i += 16) {
        struct netaddr addr = netaddr_v6(p + i);

        if (!netaddr_is_any(&addr) && !netaddr_is_multicast(&addr) &&
            !netaddr_is_v4(&addr))
            n->dns[n->dns_count++] = addr;
    }
}

/* What goes into resolv.conf must be names and nothing else. */
static bool is_name_char(uint8_t c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_';
}

/* Names in DNS's form, labels with their lengths; a bad one ends the list. */
static void take_domains(struct dhcp6_names *n, const uint8_t *p, size_t len)
{
    size_t at = 0, whole = 0; /* of the text: written, of complete names */

    for (size_t i = 0; i < len;) {
        size_t label = p[i++];

        if (!label) {
            if (at > whole)
                whole = at;
            continue;
        }
        if (label > len - i || at + label + 1 > DHCP6_DOMAIN_MAX)
            break;
        if (at) {
            n->domains[at] = at == whole ? ' ' : '.';
            at++;
        }
        for (size_t k = 0; k < label; k++, i++) {
            if (!is_name_char(p[i]))
                goto out;
            n->domains[at++] = (char)p[i];
        }
    }
out:
    n->domains[whole] = '\0';
}

static void take_option(const struct netdev *dev, struct dhcp6_answer *a,
                        unsigned code, const uint8_t *p, size_t len)
{
    uint8_t id[10];

    switch (code) {
    case OPTION_CLIENT:
        client_id(dev, id);
        a->ours = len == sizeof(id) && !memcmp(p, id, sizeof(id));
        break;
    case OPTION_SERVER:
        if (len && len <= DHCP6_ID_MAX) {
            memcpy(a->lease.server, p, len);
            a->lease.server_len = len;
        }
        break;
    case OPTION_IA_NA:
        if (len < IA_HEADER || be32(load32(p)) != (uint32_t)dev->index)
            break;
        a->has_ia = true;
        a->renew_s = be32(load32(p + 4));
        a->rebind_s = be32(load32(p + 8));
        each_option(dev, a, p + IA_HEADER, len - IA_HEADER, take_inner);
        break;
    case OPTION_PREFERENCE:
        if (len == 1)
            a->preference = *p;
        break;
    case OPTION_STATUS:
        take_status(a, p, len);
        break;
    case OPTION_RAPID:
        a->rapid = true;
        break;
    case OPTION_DNS:
        take_dns(&a->names, p, len);
        break;
    case OPTION_DOMAINS:
        take_domains(&a->names, p, len);
        break;
    case OPTION_REFRESH:
        if (len == 4)
            a->refresh_s = be32(load32(p));
        break;
    }
}

bool dhcp6_parse(const struct netdev *dev, const uint8_t *p, size_t len,
                 const uint8_t xid[3], struct dhcp6_answer *a)
{
    memset(a, 0, sizeof(*a));
    if (len < HEADER || memcmp(p + 1, xid, 3) ||
        (p[0] != DHCP6_ADVERTISE && p[0] != DHCP6_REPLY))
        return false;
    a->message = p[0];
    each_option(dev, a, p + HEADER, len - HEADER, take_option);
    return a->ours && !a->bad && a->lease.server_len;
}
