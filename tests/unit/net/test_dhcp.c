// SPDX-License-Identifier: MIT
/* dhcp: the client against a server that the test plays. */
#include "tests/unit/net/host.h"

#include "net/checksum.h"
#include "net/dhcp.h"
#include "net/ipv4.h"
#include "net/udp.h"

enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE };

#define AT_DHCP 42 /* in a frame: behind Ethernet, IPv4 and UDP */

static struct host *h;
static uint8_t server_mac; /* the first byte of six */

static void begin(void)
{
    h = host_create(0, 0);
    h->dev.mac[5] = 9;
    server_mac = 2;
    ck_assert_int_eq(dhcp_start(&h->dev, "box"), 0);
}

static void end(void)
{
    dhcp_stop(&h->stack);
    host_destroy(h);
}

/* The value of an option in a message, or NULL. */
static const uint8_t *option(const struct host_frame *f, uint8_t code)
{
    size_t i = AT_DHCP + 240;

    while (i + 2 < f->len && f->bytes[i] != 255) {
        if (f->bytes[i] == code)
            return &f->bytes[i + 2];
        i += f->bytes[i] ? 2u + f->bytes[i + 1] : 1;
    }
    return NULL;
}

/* The next message that the client sent; ARP is skipped. 0: none. */
static unsigned next_message(struct host_frame *out)
{
    struct host_frame *f;

    while ((f = host_sent(h))) {
        bool dhcp = f->bytes[12] == 8 && f->bytes[13] == 0;

        *out = *f;
        free(f);
        if (dhcp)
            return option(out, 53) ? *option(out, 53) : 0;
    }
    return 0;
}

/* The server's answer to a message; lease in seconds. */
static void answer(const struct host_frame *to, uint8_t type, uint32_t addr,
                   uint32_t lease)
{
    uint8_t f[600] = {0}, *d = f + AT_DHCP, *o = d + 240;
    struct ipv4_header *ip = (struct ipv4_header *)(f + 14);
    struct udp_header *udp = (struct udp_header *)(f + 34);
    uint32_t server = host_addr(254), mask = BE32(0xffffff00);

    memset(f, 0xff, 6);
    f[6] = server_mac;
    f[12] = 8;
    memcpy(d, to->bytes + AT_DHCP, 240);
    d[0] = 2;
    memcpy(d + 16, &addr, 4);
    lease = be32(lease);
    memcpy(o, (uint8_t[]){53, 1, type, 54, 4}, 5);
    memcpy(o + 5, &server, 4);
    memcpy(o + 9, (uint8_t[]){51, 4}, 2);
    memcpy(o + 11, &lease, 4);
    memcpy(o + 15, (uint8_t[]){1, 4}, 2);
    memcpy(o + 17, &mask, 4);
    memcpy(o + 21, (uint8_t[]){3, 4}, 2);
    memcpy(o + 23, &server, 4);
    memcpy(o + 27, (uint8_t[]){6, 8, 10, 0, 0, 3, 10, 0, 0, 4}, 10);
    memcpy(o + 37, (uint8_t[]){15, 5, 'l', 'o', 'c', 'a', 'l', 255}, 8);
    *ip = (struct ipv4_header){.version_ihl = 0x45,
                               .len = be16(20 + 8 + 300),
                               .ttl = 64,
                               .protocol = 17,
                               .source = server,
                               .destination = UINT32_MAX};
    ip->checksum = checksum_ipv4_header(ip);
    *udp = (struct udp_header){BE16(67), BE16(68), BE16(308), 0};
    host_receive(h, f, 14 + 20 + 8 + 300);
    host_run(h);
}

static void get_lease(uint32_t seconds)
{
    struct host_frame f;

    ck_assert_uint_eq(next_message(&f), DISCOVER);
    ck_assert_mem_eq(option(&f, 12), "box", 3);
    answer(&f, OFFER, host_addr(5), seconds);
    ck_assert_uint_eq(next_message(&f), REQUEST);
    answer(&f, ACK, host_addr(5), seconds);
}

START_TEST(gets_an_address_and_all_that_goes_with_it)
{
    const struct dhcp_lease *l;
    struct netaddr away = netaddr_v4(BE32(0x08080808));

    begin();
    ck_assert(h->stack.configuring);
    get_lease(3600);
    ck_assert(!h->stack.configuring);
    ck_assert_uint_eq(h->dev.v4.addr, host_addr(5));
    ck_assert_uint_eq(h->dev.v4.broadcast, host_addr(255));
    ck_assert_uint_eq(route_lookup(&h->stack, &away, 0)->gateway.w[3],
                      host_addr(254));
    l = dhcp_next_lease(&h->stack, NULL);
    ck_assert_uint_eq(l->dns_count, 2);
    ck_assert_uint_eq(l->dns[1], host_addr(4));
    ck_assert_str_eq(l->domain, "local");
    end();
}
END_TEST

START_TEST(asks_again_when_nobody_answers)
{
    struct host_frame f;
    unsigned n = 0;

    begin();
    host_advance(h, NULL, 30 * NSEC_PER_SEC);
    while (next_message(&f) == DISCOVER)
        n++;
    ck_assert_uint_ge(n, 5);
    ck_assert_uint_le(n, 8);
    ck_assert(!h->stack.configuring); /* nobody has to wait any more */
    host_advance(h, NULL, 70 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(&f), DISCOVER); /* but it goes on */
    host_forget_sent(h);
    answer(&f, OFFER, host_addr(5), 60);
    ck_assert_uint_eq(next_message(&f), REQUEST);
    end();
}
END_TEST

START_TEST(renews_rebinds_and_in_the_end_gives_up)
{
    struct host_frame f;

    begin();
    get_lease(1000);
    host_advance(h, NULL, 499 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(&f), 0);
    host_advance(h, NULL, 480 * NSEC_PER_SEC);
    /* RENEWING went to the server, which is known; REBINDING asks all. */
    ck_assert_uint_eq(next_message(&f), REQUEST);
    ck_assert_mem_eq(f.bytes, ((uint8_t[6]){2}), 6);
    while (f.bytes[0] != 0xff)
        ck_assert_uint_eq(next_message(&f), REQUEST);
    ck_assert_mem_eq(f.bytes, ether_broadcast, 6);
    ck_assert_uint_eq(load32(f.bytes + AT_DHCP + 12), host_addr(5));
    ck_assert_ptr_null(option(&f, 54));
    answer(&f, ACK, host_addr(5), 1000);
    ck_assert_uint_eq(h->dev.v4.addr, host_addr(5));
    host_forget_sent(h);
    host_advance(h, NULL, 1100 * NSEC_PER_SEC);
    ck_assert_uint_eq(h->dev.v4.addr, 0);
    ck_assert_ptr_null(dhcp_next_lease(&h->stack, NULL));
    end();
}
END_TEST

START_TEST(gives_the_address_back_without_asking_where)
{
    struct host_frame f;

    begin();
    get_lease(1000);
    host_advance(h, NULL, 100 * NSEC_PER_SEC);
    host_forget_sent(h);
    dhcp_stop(&h->stack);
    ck_assert_uint_eq(next_message(&f), RELEASE);
    ck_assert_mem_eq(f.bytes, ((uint8_t[6]){2}), 6);
    end();
}
END_TEST

START_TEST(learns_where_the_server_is_from_what_it_takes_alone)
{
    struct host_frame f;

    begin();
    ck_assert_uint_eq(next_message(&f), DISCOVER);
    answer(&f, OFFER, host_addr(5), 1000);
    ck_assert_uint_eq(next_message(&f), REQUEST);
    answer(&f, ACK, host_addr(5), 1000);
    server_mac = 6; /* somebody else with the server's address */
    answer(&f, ACK, host_addr(5), 1000);
    host_forget_sent(h);
    dhcp_stop(&h->stack);
    ck_assert_uint_eq(next_message(&f), RELEASE);
    ck_assert_mem_eq(f.bytes, ((uint8_t[6]){2}), 6);
    end();
}
END_TEST

START_TEST(begins_anew_after_a_nak)
{
    struct host_frame f;

    begin();
    ck_assert_uint_eq(next_message(&f), DISCOVER);
    answer(&f, OFFER, host_addr(5), 60);
    ck_assert_uint_eq(next_message(&f), REQUEST);
    answer(&f, NAK, 0, 60);
    ck_assert_uint_eq(next_message(&f), DISCOVER);
    end();
}
END_TEST

START_TEST(declines_an_address_that_is_in_use)
{
    struct host_frame f;
    uint8_t arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0,
                       0,    66,   8,    6,    0,    1,    8, 0, 6, 4,
                       0,    2,    2,    0,    0,    0,    0, 66};
    uint32_t addr = host_addr(5);

    begin();
    get_lease(3600);
    memcpy(arp + 28, &addr, 4);
    memcpy(arp + 38, &addr, 4);
    host_receive(h, arp, sizeof(arp));
    ck_assert_uint_eq(next_message(&f), DECLINE);
    ck_assert_uint_eq(h->dev.v4.addr, 0);
    host_advance(h, NULL, 11 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(&f), DISCOVER);
    end();
}
END_TEST

START_TEST(takes_nothing_from_strangers)
{
    struct host_frame f, other;

    begin();
    ck_assert_uint_eq(next_message(&f), DISCOVER);
    other = f;
    other.bytes[AT_DHCP + 4] ^= 1; /* another exchange */
    answer(&other, OFFER, host_addr(6), 60);
    other = f;
    other.bytes[AT_DHCP + 33] ^= 1; /* another client */
    answer(&other, OFFER, host_addr(6), 60);
    answer(&f, ACK, host_addr(6), 60); /* not asked for */
    answer(&f, OFFER, BE32(0xe0000001), 60);
    answer(&f, OFFER, 0, 60);
    ck_assert_uint_eq(next_message(&f), 0);
    ck_assert_uint_eq(h->dev.v4.addr, 0);
    end();
}
END_TEST

UNIT_SUITE(net_dhcp, "net/dhcp", gets_an_address_and_all_that_goes_with_it,
           asks_again_when_nobody_answers,
           renews_rebinds_and_in_the_end_gives_up,
           gives_the_address_back_without_asking_where,
           learns_where_the_server_is_from_what_it_takes_alone,
           begins_anew_after_a_nak, declines_an_address_that_is_in_use,
           takes_nothing_from_strangers)
