// SPDX-License-Identifier: MIT
/* dhcp6: the client against a server and a router that the test plays. */
#include "tests/unit/net/host.h"

#include "net/checksum.h"
#include "net/dhcp6.h"
#include "net/dhcp6_message.h"
#include "net/icmpv6.h"
#include "net/ipv6.h"
#include "net/udp.h"

enum {
    MANAGED = 0x80,
    OTHER = 0x40,
    AT_IP = ETHER_HEADER,
    AT_UDP = AT_IP + IPV6_HEADER,
    AT_DHCP = AT_UDP + UDP_HEADER,
    OPTION_IA = 3,
    OPTION_ADDR = 5,
};

static struct host *h;
static struct host_frame asked; /* what the client sent last */
static uint8_t frame[1500];
static const struct netaddr server = {.b = {0xfe, 0x80, [15] = 0x99}};
static const struct netaddr given = {.b = {0xfd, 1, [15] = 0x77}};

static void host_gets(const struct netaddr *to, uint8_t protocol, uint8_t hops,
                      size_t checksum_at, size_t len)
{
    struct ip_options o = {.ttl = hops};
    uint16_t sum;

    memset(frame, 0, AT_IP);
    memcpy(frame, h->dev.mac, 6);
    frame[6] = 2;
    frame[12] = 0x86;
    frame[13] = 0xdd;
    ipv6_fill_header((struct ipv6_header *)(frame + AT_IP), &server, to,
                     protocol, &o, 0, len);
    sum = checksum_fold(checksum_partial(
        frame + AT_UDP, len,
        checksum_pseudo(&server, to, protocol, (uint32_t)len)));
    memcpy(frame + AT_UDP + checksum_at, &sum, sizeof(sum));
    host_receive(h, frame, AT_UDP + len);
    host_run(h);
}

static void router_says(uint8_t flags)
{
    static const struct netaddr all = {.b = {0xff, 2, [15] = 1}};

    memset(frame, 0, sizeof(frame));
    frame[AT_UDP] = ICMPV6_ROUTER_ADVERT;
    frame[AT_UDP + 5] = flags;
    host_gets(&all, IPPROTO_ICMPV6, 255, 2, 16);
}

/* A host whose link-local address is its own, and that heard a router. */
static void begin(uint8_t flags)
{
    h = host_create(1, 0);
    ck_assert_int_eq(ipv6_start(&h->dev), 0);
    host_advance(h, NULL, 2 * NSEC_PER_SEC);
    host_forget_sent(h);
    router_says(flags);
}

static void end(void)
{
    ipv6_stop(&h->dev);
    host_destroy(h);
}

/* The next message of the client to the servers; 0: none. */
static unsigned next_message(void)
{
    struct host_frame *f;

    while ((f = host_sent(h))) {
        bool dhcp = f->bytes[12] == 0x86 && f->bytes[AT_IP + 6] == 17 &&
                    f->bytes[AT_UDP + 3] == 547 % 256;

        asked = *f;
        free(f);
        if (!dhcp)
            continue;
        ck_assert_uint_eq(asked.bytes[0], 0x33);
        ck_assert_uint_eq(asked.bytes[AT_UDP + 1], 546 % 256);
        return asked.bytes[AT_DHCP];
    }
    return 0;
}

/* An option of what the client asked, and its length; NULL: none. */
static const uint8_t *option(unsigned code, unsigned *len)
{
    for (size_t at = AT_DHCP + 4; at + 4 <= asked.len; at += 4u + *len) {
        const uint8_t *p = asked.bytes + at;

        *len = (unsigned)p[2] << 8 | p[3];
        if (((unsigned)p[0] << 8 | p[1]) == code)
            return p + 4;
    }
    return NULL;
}

static uint8_t *put(uint8_t *p, unsigned code, const void *data, unsigned len)
{
    p[0] = (uint8_t)(code >> 8);
    p[1] = (uint8_t)code;
    p[2] = (uint8_t)(len >> 8);
    p[3] = (uint8_t)len;
    memcpy(p + 4, data, len);
    return p + 4 + len;
}

static void put_u32(uint8_t *p, uint32_t v)
{
    v = be32(v);
    memcpy(p, &v, 4);
}

/* The server's answer to what was asked: with the address for so many seconds,
 * 0: a status of the association instead; -1: without any. */
static void answer(uint8_t message, int64_t valid, uint8_t status,
                   const uint8_t *extra, size_t extra_len)
{
    static const struct netaddr dns = {.b = {0xfd, 1, [15] = 53}};
    uint8_t *d = frame + AT_DHCP, *p = d + 4, ia[12 + 28] = {0};
    struct netaddr to = netaddr_v6(asked.bytes + AT_IP + 8);
    unsigned len;
    const uint8_t *client;

    memset(frame, 0, sizeof(frame));
    d[0] = message;
    memcpy(d + 1, asked.bytes + AT_DHCP + 1, 3);
    client = option(1, &len);
    ck_assert_ptr_nonnull(client);
    p = put(p, 1, client, len);
    p = put(p, 2, "the server", 10);
    put_u32(ia, (uint32_t)h->dev.index);
    if (valid > 0) {
        uint8_t *a = put(ia + 12, OPTION_ADDR, (uint8_t[24]){0}, 24) - 24;

        memcpy(a, given.b, 16);
        put_u32(a + 16, (uint32_t)valid);
        put_u32(a + 20, (uint32_t)valid);
        p = put(p, OPTION_IA, ia, 12 + 28);
    } else if (valid == 0) {
        put(ia + 12, 13, (uint8_t[]){0, status}, 2);
        p = put(p, OPTION_IA, ia, 12 + 6);
    }
    p = put(p, 23, dns.b, 16);
    p = put(p, 24, "\3one\4test\0\3two\0", 15);
    if (extra_len)
        memcpy(p, extra, extra_len);
    p += extra_len;
    len = (unsigned)(p - (frame + AT_UDP));
    frame[AT_UDP] = 2;
    frame[AT_UDP + 1] = 547 % 256;
    frame[AT_UDP + 2] = 2;
    frame[AT_UDP + 3] = 546 % 256;
    frame[AT_UDP + 4] = (uint8_t)(len >> 8);
    frame[AT_UDP + 5] = (uint8_t)len;
    host_gets(&to, IPPROTO_UDP, 64, 6, len);
}

static struct ipv6_addr *ours(void)
{
    return ipv6_find(&h->dev, &given);
}

static void get_lease(uint32_t seconds)
{
    unsigned len;

    ck_assert_uint_eq(next_message(), DHCP6_SOLICIT);
    ck_assert_ptr_nonnull(option(14, &len));
    answer(DHCP6_ADVERTISE, seconds, 0, NULL, 0);
    ck_assert_uint_eq(next_message(), 0); /* others may offer more */
    host_advance(h, NULL, 2 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_REQUEST);
    ck_assert_mem_eq(option(2, &len), "the server", 10);
    ck_assert_mem_eq(option(OPTION_IA, &len) + 16, given.b, 16);
    answer(DHCP6_REPLY, seconds, 0, NULL, 0);
    ck_assert_ptr_nonnull(ours());
    host_advance(h, NULL, 2 * NSEC_PER_SEC);
    ck_assert_int_eq(ours()->state, IPV6_VALID);
    host_forget_sent(h);
}

START_TEST(nobody_is_asked_unless_a_router_says_so)
{
    begin(0);
    host_advance(h, NULL, 10 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), 0);
    ck_assert_ptr_null(dhcp6_names(&h->dev));
    end();
}
END_TEST

START_TEST(names_alone_are_asked_for)
{
    const struct dhcp6_names *n;
    unsigned len;

    begin(OTHER);
    ck_assert_uint_eq(next_message(), DHCP6_INFORMATION);
    ck_assert_ptr_null(option(OPTION_IA, &len));
    answer(DHCP6_REPLY, -1, 0, (uint8_t[]){0, 32, 0, 4, 0, 0, 0x10, 0}, 8);
    n = dhcp6_names(&h->dev);
    ck_assert_ptr_nonnull(n);
    ck_assert_uint_eq(n->dns_count, 1);
    ck_assert_uint_eq(n->dns[0].b[15], 53);
    ck_assert_str_eq(n->domains, "one.test two");
    ck_assert_ptr_null(ours());
    router_says(OTHER);
    ck_assert_uint_eq(next_message(), 0); /* they are known */
    host_advance(h, NULL, 4097 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_INFORMATION);
    end();
}
END_TEST

START_TEST(an_address_is_got_renewed_and_given_back)
{
    uint64_t before;

    begin(MANAGED);
    get_lease(1000);
    ck_assert_uint_eq(dhcp6_names(&h->dev)->dns_count, 1);
    host_advance(h, NULL, 400 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), 0);
    host_advance(h, NULL, 100 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_RENEW);
    before = ours()->valid_until;
    answer(DHCP6_REPLY, 1000, 0, NULL, 0);
    ck_assert_uint_gt(ours()->valid_until, before);
    dhcp6_stop(h->dev.v6);
    ck_assert_uint_eq(next_message(), DHCP6_RELEASE);
    ck_assert_ptr_null(ours());
    end();
}
END_TEST

START_TEST(an_address_of_somebody_else_s_is_left_alone)
{
    begin(MANAGED);
    ck_assert_int_eq(ipv6_add(&h->dev, &given, 64, IPV6_BY_HAND,
                              NET_TIMER_NEVER, NET_TIMER_NEVER),
                     0);
    get_lease(1000);
    ck_assert_uint_eq(ours()->valid_until, NET_TIMER_NEVER);
    host_advance(h, NULL, 500 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_RENEW);
    answer(DHCP6_REPLY, 1000, 0, NULL, 0);
    ck_assert_uint_eq(ours()->valid_until, NET_TIMER_NEVER);
    dhcp6_stop(h->dev.v6);
    ck_assert_uint_eq(next_message(), DHCP6_RELEASE);
    ck_assert_ptr_nonnull(ours());
    end();
}
END_TEST

START_TEST(any_server_may_renew_and_without_one_it_ends)
{
    unsigned rebinds = 0, m, len;

    begin(MANAGED);
    get_lease(1000);
    for (unsigned t = 0; t < 1100 && ours(); t += 10) {
        host_advance(h, NULL, 10 * NSEC_PER_SEC);
        while ((m = next_message())) {
            ck_assert(t > 780 ? m != DHCP6_RENEW : m == DHCP6_RENEW || t > 770);
            rebinds += m == DHCP6_REBIND;
            ck_assert(m != DHCP6_REBIND || !option(2, &len));
        }
    }
    ck_assert_uint_ge(rebinds, 3);
    ck_assert_ptr_null(ours());
    host_advance(h, NULL, 10 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_SOLICIT);
    end();
}
END_TEST

START_TEST(solicits_more_and_more_seldom)
{
    unsigned n = 0;

    begin(MANAGED);
    for (unsigned t = 0; t < 1000; t++) {
        host_advance(h, NULL, NSEC_PER_SEC);
        while (next_message())
            n++;
    }
    ck_assert_uint_ge(n, 9);
    ck_assert_uint_le(n, 11);
    end();
}
END_TEST

START_TEST(the_best_offer_counts)
{
    begin(MANAGED);
    ck_assert_uint_eq(next_message(), DHCP6_SOLICIT);
    answer(DHCP6_ADVERTISE, 0, 2, NULL, 0); /* no address left */
    answer(DHCP6_ADVERTISE, 100, 0, (uint8_t[]){0, 7, 0, 1, 255}, 5);
    ck_assert_uint_eq(next_message(), DHCP6_REQUEST); /* at once */
    answer(DHCP6_REPLY, 0, 2, NULL, 0);               /* gone already */
    ck_assert_ptr_null(ours());
    ck_assert_uint_eq(next_message(), 0);
    host_advance(h, NULL, 11 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_SOLICIT);
    answer(DHCP6_REPLY, 100, 0, (uint8_t[]){0, 14, 0, 0}, 4); /* rapid */
    ck_assert_ptr_nonnull(ours());
    end();
}
END_TEST

START_TEST(a_server_that_forgot_is_asked_anew)
{
    begin(MANAGED);
    get_lease(100);
    host_advance(h, NULL, 50 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_RENEW);
    answer(DHCP6_REPLY, 0, DHCP6_NO_BINDING, NULL, 0);
    ck_assert_uint_eq(next_message(), DHCP6_REQUEST);
    answer(DHCP6_REPLY, 100, 0, NULL, 0);
    ck_assert_ptr_nonnull(ours());
    end();
}
END_TEST

START_TEST(an_address_that_another_has_is_declined)
{
    begin(MANAGED);
    ck_assert_uint_eq(next_message(), DHCP6_SOLICIT);
    answer(DHCP6_REPLY, 100, 0, (uint8_t[]){0, 14, 0, 0}, 4);
    host_forget_sent(h);
    /* Somebody else says that it is theirs. */
    memset(frame, 0, sizeof(frame));
    frame[AT_UDP] = ICMPV6_NEIGHBOUR_ADVERT;
    memcpy(frame + AT_UDP + 8, given.b, 16);
    host_gets(&(struct netaddr){.b = {0xff, 2, [15] = 1}}, IPPROTO_ICMPV6, 255,
              2, 24);
    ck_assert_ptr_null(ours());
    ck_assert_uint_eq(next_message(), DHCP6_DECLINE);
    host_advance(h, NULL, 11 * NSEC_PER_SEC);
    ck_assert_uint_eq(next_message(), DHCP6_SOLICIT);
    end();
}
END_TEST

START_TEST(answers_to_others_are_not_heard)
{
    begin(OTHER);
    ck_assert_uint_eq(next_message(), DHCP6_INFORMATION);
    asked.bytes[AT_DHCP + 1] ^= 1; /* another exchange */
    answer(DHCP6_REPLY, -1, 0, NULL, 0);
    ck_assert_ptr_null(dhcp6_names(&h->dev));
    asked.bytes[AT_DHCP + 1] ^= 1;
    asked.bytes[AT_DHCP + 4 + 4 + 9] ^= 1; /* another client */
    answer(DHCP6_REPLY, -1, 0, NULL, 0);
    ck_assert_ptr_null(dhcp6_names(&h->dev));
    end();
}
END_TEST

START_TEST(survives_an_enemy)
{
    static const uint8_t xid[3];
    struct dhcp6_answer a;
    uint8_t bytes[400];
    uint32_t x = 1;

    h = host_create(1, 0);
    for (unsigned round = 0; round < 20000; round++) {
        size_t len = round % sizeof(bytes);

        for (size_t i = 0; i < len; i++) {
            x = x * 1664525 + 1013904223;
            /* Small codes and lengths are found by chance. */
            bytes[i] = (uint8_t)(x >> 24 & (i % 2 ? 31 : x >> 16 & 1));
        }
        memset(bytes, 0, MIN(len, (size_t)4));
        if (len)
            bytes[0] = DHCP6_REPLY;
        dhcp6_parse(&h->dev, bytes, len, xid, &a);
        ck_assert_uint_lt(strlen(a.names.domains), sizeof(a.names.domains));
    }
    host_destroy(h);
}
END_TEST

UNIT_SUITE(net_dhcp6, "net/dhcp6", nobody_is_asked_unless_a_router_says_so,
           names_alone_are_asked_for, an_address_is_got_renewed_and_given_back,
           an_address_of_somebody_else_s_is_left_alone,
           any_server_may_renew_and_without_one_it_ends,
           solicits_more_and_more_seldom, the_best_offer_counts,
           a_server_that_forgot_is_asked_anew,
           an_address_that_another_has_is_declined,
           answers_to_others_are_not_heard, survives_an_enemy)
