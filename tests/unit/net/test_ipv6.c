// SPDX-License-Identifier: MIT
/* ipv6: addresses, Neighbour Discovery, fragments, extension headers, and
 * frames from an enemy. */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/icmpv6.h"
#include "net/ipv6.h"
#include "net/nd.h"
#include "net/neigh.h"
#include "net/udp.h"

static struct host *a, *b;
static uint8_t data[66000], back[66000];

/* fe80::ff:fe00:number, what a host makes of its hardware address. */
static struct netaddr local(unsigned number)
{
    return (struct netaddr){
        .b = {0xfe, 0x80, [11] = 0xff, [12] = 0xfe, [15] = (uint8_t)number}};
}

static void begin(void)
{
    a = host_create(1, 0);
    b = host_create(2, 0);
    ck_assert_int_eq(ipv6_start(&a->dev), 0);
    ck_assert_int_eq(ipv6_start(&b->dev), 0);
    host_wire(a, b);
    host_advance(a, b, 2 * NSEC_PER_SEC);
    host_wire(a, b);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + i / 256);
}

static void end(void)
{
    host_destroy(a);
    host_destroy(b);
}

static void format(struct sock_addr *to, const struct netaddr *addr,
                   unsigned port)
{
    *to = (struct sock_addr){.len = sizeof(to->in6),
                             .in6 = {.sin6_family = AF_INET6,
                                     .sin6_port = be16((uint16_t)port),
                                     .sin6_scope_id = 2}};
    memcpy(to->in6.sin6_addr, addr->b, 16);
}

static struct sock *socket_at(struct host *h, unsigned port)
{
    struct netaddr any = {0};
    struct sock_addr at;
    struct sock *sk;

    ck_assert_int_eq(sock_create(&h->stack, AF_INET6, SOCK_DGRAM, 0, &sk), 0);
    sk->owner = h;
    format(&at, &any, port);
    ck_assert_int_eq(sk->ops->bind(sk, &at), 0);
    return sk;
}

START_TEST(reads_and_writes_addresses)
{
    static const char *const good[] = {
        "::",
        "::1",
        "fe80::1",
        "2001:db8::5:0:0:1",
        "1:2:3:4:5:6:7:8",
        "ff02::1:ff00:1",
    };
    static const char *const bad[] = {
        "",
        ":",
        ":::",
        "1",
        "1::2::3",
        "12345::",
        "g::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:",
        "::1:",
        "::1.2.3",
        "1:2:3:4:5:6:7:1.2.3.4",
    };
    char text[NETADDR_TEXT];
    struct netaddr addr;

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(netaddr_parse_v6(good[i], strlen(good[i]), &addr), "%s",
                      good[i]);
        ck_assert_str_eq(netaddr_format(&addr, text), good[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!netaddr_parse_v6(bad[i], strlen(bad[i]), &addr), "%s",
                      bad[i]);
    ck_assert(netaddr_parse_v6("::ffff:1.2.3.4", 14, &addr));
    ck_assert_uint_eq(addr.w[3], BE32(0x01020304));
}
END_TEST

START_TEST(an_address_is_used_when_nobody_objects)
{
    struct netaddr la = local(1);
    struct ipv6_addr *ours;

    a = host_create(1, 0);
    ck_assert_int_eq(ipv6_start(&a->dev), 0);
    ours = ipv6_find(&a->dev, &la);
    ck_assert_ptr_nonnull(ours);
    ck_assert_int_eq(ours->state, IPV6_TENTATIVE);
    ck_assert(!ip_is_local(&a->stack, &la));
    ck_assert_uint_ge(a->sent_count, 3); /* MLD, NS, RS */
    host_advance(a, NULL, 2 * NSEC_PER_SEC);
    ck_assert_int_eq(ours->state, IPV6_VALID);
    ck_assert(ip_is_local(&a->stack, &la));
    host_destroy(a);
}
END_TEST

START_TEST(an_address_that_another_has_is_not_used)
{
    struct netaddr la;

    begin();
    la = (struct netaddr){.b = {0xfd, [15] = 7}};
    ck_assert_int_eq(ipv6_add(&a->dev, &la, 64, IPV6_BY_HAND, NET_TIMER_NEVER,
                              NET_TIMER_NEVER),
                     0);
    ck_assert_int_eq(ipv6_add(&a->dev, &la, 64, IPV6_BY_HAND, 0, 0), -EEXIST);
    host_wire(a, b);
    host_advance(a, b, 2 * NSEC_PER_SEC);
    ck_assert_int_eq(ipv6_add(&b->dev, &la, 64, IPV6_BY_HAND, NET_TIMER_NEVER,
                              NET_TIMER_NEVER),
                     0);
    host_wire(a, b);
    host_advance(a, b, 2 * NSEC_PER_SEC);
    ck_assert_int_eq(ipv6_find(&a->dev, &la)->state, IPV6_VALID);
    ck_assert_int_eq(ipv6_find(&b->dev, &la)->state, IPV6_DUPLICATE);
    ck_assert_ptr_nonnull(strstr(b->log, "in use by another host"));
    end();
}
END_TEST

START_TEST(carries_datagrams_of_any_size)
{
    static const size_t sizes[] = {1, 1452, 1453, 3000, 60000, 65527};
    struct sock_addr to, from;
    struct netaddr lb = local(2), la = local(1);
    struct sock *x, *y;

    begin();
    x = socket_at(a, 1000);
    y = socket_at(b, 2000);
    format(&to, &lb, 2000);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        ck_assert_int_eq(host_send(x, data, sizes[i], &to, 0), (long)sizes[i]);
        host_wire(a, b);
        ck_assert_int_eq(host_recv(y, back, sizeof(back), &from, NULL),
                         (long)sizes[i]);
        ck_assert_mem_eq(back, data, sizes[i]);
        ck_assert_mem_eq(from.in6.sin6_addr, la.b, 16);
        ck_assert_uint_eq(from.in6.sin6_scope_id, 2);
    }
    ck_assert_int_eq(host_send(x, data, 65528, &to, 0), -EMSGSIZE);
    host_close(x);
    host_close(y);
    end();
}
END_TEST

START_TEST(says_that_nobody_listens)
{
    struct netaddr lb = local(2);
    struct sock_addr to;
    struct sock *x;

    begin();
    x = socket_at(a, 1000);
    format(&to, &lb, 9);
    ck_assert_int_eq(x->ops->connect(x, &to), 0);
    ck_assert_int_eq(host_send(x, "x", 1, NULL, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(x->error, ECONNREFUSED);
    host_close(x);
    end();
}
END_TEST

/* --- packets made by hand --- */

static uint8_t frame[400];

/* A frame to a from fe80::9, with len bytes behind the IPv6 header. */
static uint8_t *make_frame(uint8_t next, uint8_t hops, size_t len)
{
    struct ether_header *e = (struct ether_header *)frame;
    struct netaddr from = local(9), to = local(1);
    struct ip_options o = {.ttl = hops};

    memset(frame, 0, sizeof(frame));
    memcpy(e->destination, a->dev.mac, 6);
    e->source[0] = 2;
    e->source[5] = 9;
    e->type = BE16(ETHER_IPV6);
    ipv6_fill_header((struct ipv6_header *)(frame + ETHER_HEADER), &from, &to,
                     next, &o, 0, len);
    return frame + ETHER_HEADER + IPV6_HEADER;
}

static void sum_frame(uint8_t *message, size_t len)
{
    struct ipv6_header *h = (struct ipv6_header *)(frame + ETHER_HEADER);
    struct netaddr from = netaddr_v6(h->source),
                   to = netaddr_v6(h->destination);
    struct icmp_header *icmp = (struct icmp_header *)message;

    icmp->checksum = 0;
    icmp->checksum = checksum_fold(checksum_partial(
        message, len,
        checksum_pseudo(&from, &to, IPPROTO_ICMPV6, (uint32_t)len)));
}

static void receive(size_t len)
{
    host_receive(a, frame, ETHER_HEADER + IPV6_HEADER + len);
    host_run(a);
}

/* An advertisement of fd00:1::/64 with these lifetimes, in seconds. */
static void router_says(uint16_t router, uint32_t valid, uint8_t hops)
{
    uint8_t *p = make_frame(IPPROTO_ICMPV6, hops, 16 + 32 + 8);
    uint32_t life = be32(valid), mtu = BE32(1400);

    router = be16(router);
    p[0] = ICMPV6_ROUTER_ADVERT;
    memcpy(p + 6, &router, 2);
    p[16] = 3;
    p[17] = 4;
    p[18] = 64;
    p[19] = 0xc0;
    memcpy(p + 20, &life, 4);
    memcpy(p + 24, &life, 4);
    p[32] = 0xfd;
    p[35] = 1;
    p[48] = 5;
    p[49] = 1;
    memcpy(p + 52, &mtu, 4);
    sum_frame(p, 56);
    receive(56);
}

START_TEST(a_router_gives_an_address_and_a_way_out)
{
    struct netaddr ours = local(1), far = {.b = {0x20, 1, [15] = 1}};
    struct ip_path p = {.destination = far};

    begin();
    memset(ours.b, 0, 8);
    ours.b[0] = 0xfd;
    ours.b[3] = 1;
    router_says(1800, 3600, 64); /* not from the link: a forgery */
    ck_assert_ptr_null(ipv6_find(&a->dev, &ours));
    router_says(1800, 3600, 255);
    ck_assert_ptr_nonnull(ipv6_find(&a->dev, &ours));
    host_advance(a, NULL, 2 * NSEC_PER_SEC);
    ck_assert_int_eq(ip_path_lookup(&a->stack, &p), 0);
    ck_assert(netaddr_equal(&p.source, &ours));
    ck_assert_uint_eq(p.mtu, 1400);
    ip_path_release(&a->stack, &p);
    /* Shortened at most to two hours; then it ends, and the router too. */
    router_says(1800, 8000, 255);
    router_says(1800, 1, 255);
    host_advance(a, NULL, 1000 * NSEC_PER_SEC);
    ck_assert_ptr_nonnull(ipv6_find(&a->dev, &ours));
    host_advance(a, NULL, 7000 * NSEC_PER_SEC);
    ck_assert_ptr_null(ipv6_find(&a->dev, &ours));
    p.source = (struct netaddr){0};
    ck_assert_int_eq(ip_path_lookup(&a->stack, &p), -ENETUNREACH);
    host_forget_sent(a);
    end();
}
END_TEST

/* An advertisement with two name servers, for so many seconds. */
static void router_names(uint32_t seconds)
{
    uint8_t *p = make_frame(IPPROTO_ICMPV6, 255, 16 + 40);
    uint32_t life = be32(seconds);

    p[0] = ICMPV6_ROUTER_ADVERT;
    p[16] = 25;
    p[17] = 5;
    memcpy(p + 20, &life, 4);
    p[24] = 0xfd;
    p[39] = 1;
    p[40] = 0xfd;
    p[55] = 2;
    sum_frame(p, 56);
    receive(56);
}

static unsigned name_servers(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < IPV6_DNS; i++)
        n += a->dev.v6->dns[i].until > a->stack.now;
    return n;
}

START_TEST(a_router_names_name_servers)
{
    begin();
    router_names(100);
    router_names(100);
    ck_assert_uint_eq(name_servers(), 2);
    ck_assert_uint_eq(a->dev.v6->dns[0].addr.b[15], 1);
    ck_assert_uint_eq(a->dev.v6->dns[1].addr.b[15], 2);
    host_advance(a, NULL, 99 * NSEC_PER_SEC);
    ck_assert_uint_eq(name_servers(), 2);
    host_advance(a, NULL, 2 * NSEC_PER_SEC);
    ck_assert_uint_eq(name_servers(), 0);
    router_names(100);
    router_names(0); /* they are no longer to be asked */
    ck_assert_uint_eq(name_servers(), 0);
    host_forget_sent(a);
    end();
}
END_TEST

START_TEST(answers_whose_address_it_is)
{
    struct netaddr la = local(1);
    struct host_frame *f;
    uint8_t *p;

    begin();
    for (unsigned hops = 254; hops < 256; hops++) {
        p = make_frame(IPPROTO_ICMPV6, (uint8_t)hops, 32);
        p[0] = ICMPV6_NEIGHBOUR_SOLICIT;
        memcpy(p + 8, la.b, 16);
        p[24] = p[25] = 1;
        p[26] = 2;
        p[31] = 9;
        sum_frame(p, 32);
        receive(32);
        f = host_sent(a);
        ck_assert_int_eq(f != NULL, hops == 255);
    }
    p = f->bytes + ETHER_HEADER + IPV6_HEADER;
    ck_assert_uint_eq(p[0], ICMPV6_NEIGHBOUR_ADVERT);
    ck_assert_uint_eq(p[4], 0x60);
    ck_assert_mem_eq(p + 8, la.b, 16);
    ck_assert_mem_eq(p + 26, a->dev.mac, 6);
    free(f);
    end();
}
END_TEST

/* What a answers an echo request behind these extension headers; -1: none. */
static int answer_to(uint8_t first, const uint8_t *headers, size_t len)
{
    uint8_t *p = make_frame(first, 64, len + 8);
    struct host_frame *f;
    struct netaddr from = local(9);
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    int type = -1;

    neigh_learn(&a->dev, &from, mac, true, true);
    memcpy(p, headers, len);
    p[len] = ICMPV6_ECHO;
    sum_frame(p + len, 8);
    receive(len + 8);
    f = host_sent(a);
    if (f)
        type = f->bytes[ETHER_HEADER + IPV6_HEADER];
    free(f);
    return type;
}

START_TEST(walks_extension_headers)
{
    static const uint8_t pad[] = {58, 0, 1, 4, 0, 0, 0, 0};
    static const uint8_t skip[] = {58, 0, 0x1e, 4, 0, 0, 0, 0};
    static const uint8_t drop[] = {58, 0, 0x5e, 4, 0, 0, 0, 0};
    static const uint8_t tell[] = {58, 0, 0x9e, 4, 0, 0, 0, 0};
    static const uint8_t over[] = {58, 0, 1, 9, 0, 0, 0, 0};
    static const uint8_t none[] = {58, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t route[] = {58, 0, 0, 1, 0, 0, 0, 0};
    static const uint8_t whole[] = {58, 0, 0, 0, 1, 2, 3, 4};
    static const uint8_t twice[] = {0,  0, 1, 4, 0, 0, 0, 0,
                                    58, 0, 1, 4, 0, 0, 0, 0};
    static const uint8_t huge[] = {58, 255, 1, 4, 0, 0, 0, 0};
    uint8_t many[80];

    begin();
    ck_assert_int_eq(answer_to(0, pad, 8), ICMPV6_ECHO_REPLY);
    ck_assert_int_eq(answer_to(60, skip, 8), ICMPV6_ECHO_REPLY);
    ck_assert_int_eq(answer_to(60, drop, 8), -1);
    ck_assert_int_eq(answer_to(60, tell, 8), ICMPV6_PARAMETER);
    ck_assert_int_eq(answer_to(60, over, 8), -1);
    ck_assert_int_eq(answer_to(43, none, 8), ICMPV6_ECHO_REPLY);
    ck_assert_int_eq(answer_to(43, route, 8), ICMPV6_PARAMETER);
    ck_assert_int_eq(answer_to(44, whole, 8), ICMPV6_ECHO_REPLY);
    ck_assert_int_eq(answer_to(0, twice, 16), ICMPV6_PARAMETER);
    ck_assert_int_eq(answer_to(60, huge, 8), -1);
    ck_assert_int_eq(answer_to(59, pad, 8), -1);
    ck_assert_int_eq(answer_to(200, pad, 8), ICMPV6_PARAMETER);
    for (size_t i = 0; i < sizeof(many); i++)
        many[i] = i % 8 ? i % 8 == 2 ? 1 : i % 8 == 3 ? 4 : 0 : 60;
    ck_assert_int_eq(answer_to(60, many, sizeof(many)), -1);
    end();
}
END_TEST

START_TEST(takes_no_mapped_addresses_from_the_wire)
{
    struct ipv6_header *h = (struct ipv6_header *)(frame + ETHER_HEADER);
    struct netaddr mapped = netaddr_v4(host_addr(1));
    uint64_t errors;
    uint8_t *p;

    begin();
    errors = a->stack.count.ip_in_address_errors;
    for (unsigned i = 0; i < 2; i++) {
        p = make_frame(IPPROTO_UDP, 64, 8);
        memcpy(i ? h->source : h->destination, mapped.b, 16);
        p[5] = 8;
        receive(8);
    }
    p = make_frame(IPPROTO_UDP, 64, 8);
    mapped = (struct netaddr){.b = {[15] = 1}};
    memcpy(h->source, mapped.b, 16);
    receive(8);
    ck_assert_uint_eq(a->stack.count.ip_in_address_errors, errors + 3);
    end();
}
END_TEST

START_TEST(drops_fragments_that_overlap)
{
    uint64_t fails;

    begin();
    fails = a->stack.count.ip_reasm_fails;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *p = make_frame(44, 64, 8 + 32);

        p[0] = IPPROTO_UDP;
        p[3] = (uint8_t)(i * 8 + 1); /* 32 bytes at 0, then at 8 */
        p[7] = 1;
        receive(40);
    }
    ck_assert_uint_eq(a->stack.count.ip_reasm_fails, fails + 1);
    end();
}
END_TEST

/* Noise in each byte of valid packets, with the sums made right. */
START_TEST(survives_frames_of_an_enemy)
{
    static const uint8_t types[] = {0, 1, 2, 4, 128, 130, 133, 134, 135, 136};
    static const uint8_t nexts[] = {0, 43, 44, 60, 58, 58, 58, 58, 17, 6};

    begin();
    for (unsigned i = 0; i < 40000; i++) {
        uint8_t noise[104];
        uint8_t *p;
        size_t len;

        net_env_random(&a->stack, noise, sizeof(noise));
        len = 8 + noise[0] % 90u;
        p = make_frame(nexts[noise[1] % ARRAY_SIZE(nexts)],
                       noise[2] & 1 ? 255 : 1, len);
        memcpy(p, noise + 4, len);
        if (noise[2] & 2)
            memset(p + 1, 0, 1);
        if (frame[ETHER_HEADER + 6] == 58) {
            p[0] = types[noise[3] % ARRAY_SIZE(types)];
            if (noise[2] & 4)
                p[1] = 0;
            for (size_t at = noise[2] & 8 ? 16 : 24; at + 8 <= len; at += 8) {
                p[at] &= 7; /* options of a length that may be right */
                p[at + 1] = p[at + 1] % 5;
            }
            sum_frame(p, len);
        }
        host_receive(a, frame, ETHER_HEADER + IPV6_HEADER + len);
        if (i % 16 == 0) {
            host_run(a);
            host_forget_sent(a);
        }
        if (i % 1000 == 0)
            host_advance(a, NULL, 10 * NSEC_PER_SEC);
        host_forget_sent(a);
    }
    ck_assert_uint_le(a->dev.v6->addr_count, IPV6_ADDRS);
    host_advance(a, NULL, 100 * NSEC_PER_SEC);
    host_forget_sent(a);
    end();
}
END_TEST

UNIT_SUITE(net_ipv6, "net/ipv6", reads_and_writes_addresses,
           an_address_is_used_when_nobody_objects,
           an_address_that_another_has_is_not_used,
           carries_datagrams_of_any_size, says_that_nobody_listens,
           a_router_gives_an_address_and_a_way_out, a_router_names_name_servers,
           answers_whose_address_it_is, walks_extension_headers,
           takes_no_mapped_addresses_from_the_wire,
           drops_fragments_that_overlap, survives_frames_of_an_enemy)
