// SPDX-License-Identifier: MIT
/* options: what stands between IP header and transport, on a wire: options of
 * IPv4 and extension headers of IPv6, whole and in fragments, well formed and
 * from an enemy. */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "net/ip_extra.h"
#include "net/ipv4.h"
#include "net/ipv6.h"
#include "net/udp.h"

static struct host *a, *b;
static uint8_t data[4000], back[4000];

static void begin(void)
{
    a = host_create(1, 0);
    b = host_create(2, 0);
    host_introduce(a, b);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
}

static void end(void)
{
    host_destroy(a);
    host_destroy(b);
}

static void set(struct sock *sk, int level, int name, const void *value,
                size_t len)
{
    ck_assert_int_eq(sk->ops->set_option(sk, level, name, value, len), 0);
}

/* The header of the next frame that a has sent, which b gets. */
static struct ipv4_header *pass(uint8_t frame[2048])
{
    struct host_frame *f = host_sent(a);

    ck_assert_ptr_nonnull(f);
    memcpy(frame, f->bytes, f->len);
    host_receive(b, f->bytes, f->len);
    free(f);
    return (struct ipv4_header *)(frame + ETHER_HEADER);
}

START_TEST(the_first_fragment_has_all_options)
{
    /* a route to record, and one that all fragments have */
    static const uint8_t options[] = {7, 7, 4, 0, 0, 0, 0, 1, 148, 4, 0, 0};
    struct sock *client, *server;
    uint8_t frame[2048];
    struct sock_addr to;

    begin();
    client = host_socket(a, SOCK_DGRAM, 0, 0);
    server = host_socket(b, SOCK_DGRAM, 0, 7);
    set(client, SOL_IP, IP_OPTIONS, options, sizeof(options));
    host_format(&to, host_addr(2), 7);
    ck_assert_int_eq(host_send(client, data, 4000, &to, 0), 4000);
    for (unsigned i = 0; i < 3; i++) {
        struct ipv4_header *h = pass(frame);
        const uint8_t *o = (const uint8_t *)(h + 1);
        uint32_t from = host_addr(1);

        ck_assert_uint_eq(h->version_ihl, 0x48);
        ck_assert_uint_le(be16(h->len), 1500);
        ck_assert_uint_eq(o[8], 148);
        ck_assert_uint_eq(o[0], i ? 1 : 7);
        ck_assert_uint_eq(o[2], i ? 1 : 8);
        if (!i)
            ck_assert_mem_eq(o + 3, &from, 4);
    }
    ck_assert_ptr_null(host_sent(a));
    host_run(b);
    ck_assert_int_eq(host_recv(server, back, sizeof(back), NULL, NULL), 4000);
    ck_assert_mem_eq(back, data, 4000);
    host_close(client);
    host_close(server);
    end();
}
END_TEST

START_TEST(headers_fit_with_or_without_them)
{
    static const uint8_t route[39] = {7, 39, 4};
    struct sock *client, *server;
    struct sock_addr to;

    begin();
    client = host_socket(a, SOCK_DGRAM, 0, 0);
    server = host_socket(b, SOCK_DGRAM, 0, 7);
    host_format(&to, host_addr(2), 7);
    for (unsigned i = 0; i < 6; i++) { /* prepared headers come and go */
        set(client, SOL_IP, IP_OPTIONS, route, i & 2 ? sizeof(route) : 0);
        for (size_t len = 1; len < 1600; len += 399) {
            ck_assert_int_eq(host_send(client, data, len, &to, 0), (long)len);
            host_wire(a, b);
            ck_assert_int_eq(host_recv(server, back, sizeof(back), NULL, NULL),
                             (long)len);
            ck_assert_mem_eq(back, data, len);
        }
    }
    host_close(client);
    host_close(server);
    end();
}
END_TEST

START_TEST(packets_for_others_to_route_are_dropped)
{
    static const uint8_t source[8] = {131, 7, 4, 10, 0, 0, 3};
    struct ipv4_options back_again;
    struct ip_extra *none = NULL;

    begin();
    ck_assert(ipv4_options_have_source_route(source, 8));
    ck_assert_int_eq(ip_extra_set_v4(&a->stack, &none, source, 7),
                     -ENOPROTOOPT);
    ck_assert_int_eq(ip_extra_set_v4(&a->stack, &none, source, 3), -EINVAL);
    ck_assert_ptr_null(none);
    ipv4_options_echo(source, 8, &back_again);
    ck_assert_uint_eq(back_again.len, 0);
    end();
}
END_TEST

/* Whatever is found well formed stays so, and is not written behind. */
START_TEST(options_of_an_enemy_are_recorded_in_place)
{
    static const uint8_t kinds[] = {0, 1, 7, 68, 130, 131, 134, 137, 148, 200};

    begin();
    for (unsigned i = 0; i < 300000; i++) {
        uint8_t o[IPV4_OPTIONS_MAX + 4], r[8];
        struct ipv4_options echo;
        size_t len;

        net_env_random(&a->stack, o, sizeof(o));
        net_env_random(&a->stack, r, sizeof(r));
        len = r[0] % 11 * 4u;
        o[0] = kinds[r[1] % sizeof(kinds)];
        o[1] = r[2] & 1 ? (uint8_t)len : o[1] % 41;
        o[2] = r[2] & 2 ? (uint8_t)(4 + r[3] % 2) : o[2] % 41;
        if (o[1] && o[1] < len)
            o[o[1]] = kinds[r[4] % sizeof(kinds)];
        memset(o + len, 0xa5, 4);
        if (!ipv4_options_ok(&a->stack, o, len, false))
            continue;
        ipv4_options_record(&a->stack, o, len, host_addr(1), true);
        ipv4_options_echo(o, len, &echo);
        ck_assert_uint_le(echo.len, IPV4_OPTIONS_MAX);
        ipv4_options_of_fragment(o, len);
        for (unsigned k = 0; k < 4; k++)
            ck_assert_uint_eq(o[len + k], 0xa5);
    }
    end();
}
END_TEST

static struct sock *socket6(struct host *h, unsigned port)
{
    struct sock_addr at = {.len = sizeof(at.in6)};
    struct sock *sk;

    at.in6.sin6_family = AF_INET6;
    at.in6.sin6_port = be16((uint16_t)port);
    ck_assert_int_eq(sock_create(&h->stack, AF_INET6, SOCK_DGRAM, 0, &sk), 0);
    sk->owner = h;
    ck_assert_int_eq(sk->ops->bind(sk, &at), 0);
    return sk;
}

/* Lengths about the MTU, with headers that are part of what is cut and such
 * that each fragment has. */
START_TEST(headers_of_ipv6_go_with_each_fragment)
{
    static uint8_t hop[264] = {0, 32, 0x1e, 255, [259] = 1, 3},
                   dst[16] = {0, 1, 1, 12};
    struct sock_addr to = {.len = sizeof(to.in6)};
    struct sock *client, *server;

    begin();
    ck_assert_int_eq(ipv6_start(&a->dev), 0);
    ck_assert_int_eq(ipv6_start(&b->dev), 0);
    host_wire(a, b);
    host_advance(a, b, 2 * NSEC_PER_SEC);
    host_wire(a, b);
    to.in6.sin6_family = AF_INET6;
    to.in6.sin6_port = be16(7);
    to.in6.sin6_scope_id = 2;
    memcpy(to.in6.sin6_addr, b->dev.v6->addrs[0].addr.b, 16);
    client = socket6(a, 9);
    server = socket6(b, 7);
    set(client, SOL_IPV6, IPV6_HOPOPTS, hop, sizeof(hop));
    set(client, SOL_IPV6, IPV6_DSTOPTS, dst, sizeof(dst));
    for (size_t len = 1150; len < 1500; len += 7) {
        ck_assert_int_eq(host_send(client, data, len, &to, 0), (long)len);
        host_wire(a, b);
        ck_assert_int_eq(host_recv(server, back, sizeof(back), NULL, NULL),
                         (long)len);
        ck_assert_mem_eq(back, data, len);
    }
    host_close(client);
    host_close(server);
    ipv6_stop(&a->dev);
    ipv6_stop(&b->dev);
    end();
}
END_TEST

/* A header of any length leaves room for those in front: the wire looks. */
START_TEST(headers_of_ipv6_have_room)
{
    struct sock_addr to = {.len = sizeof(to.in6)};
    struct sock *client;

    begin();
    ck_assert_int_eq(ipv6_start(&a->dev), 0);
    host_advance(a, b, 2 * NSEC_PER_SEC);
    host_wire(a, b);
    to.in6.sin6_family = AF_INET6;
    to.in6.sin6_port = be16(7);
    to.in6.sin6_scope_id = 2;
    to.in6.sin6_addr[0] = 0xff; /* all nodes */
    to.in6.sin6_addr[1] = 2;
    to.in6.sin6_addr[15] = 1;
    client = socket6(a, 9);
    for (unsigned n = 8; n <= 1024; n += 8) {
        static uint8_t dst[1024];

        /* Padding of at most 255 bytes each. */
        memset(dst, 0, sizeof(dst));
        dst[1] = (uint8_t)(n / 8 - 1);
        for (unsigned at = 2; at < n; at += dst[at + 1] + 2u) {
            if (n - at < 2)
                break;
            dst[at] = 1;
            dst[at + 1] = (uint8_t)MIN(n - at - 2, 250u);
        }
        set(client, SOL_IPV6, IPV6_DSTOPTS, dst, n);
        for (unsigned len = 1; len < 401; len += 100) {
            ck_assert_int_eq(host_send(client, data, len, &to, 0), (long)len);
            host_wire(a, b);
        }
    }
    host_close(client);
    ipv6_stop(&a->dev);
    end();
}
END_TEST

UNIT_SUITE(net_options, "net/options", the_first_fragment_has_all_options,
           headers_fit_with_or_without_them,
           packets_for_others_to_route_are_dropped,
           options_of_an_enemy_are_recorded_in_place,
           headers_of_ipv6_go_with_each_fragment, headers_of_ipv6_have_room)
