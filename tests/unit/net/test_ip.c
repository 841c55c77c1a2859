// SPDX-License-Identifier: MIT
/* ip: ARP, IPv4 fragments, ICMP, checksums, timers; and frames from an enemy.
 */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "net/arp.h"
#include "net/checksum.h"
#include "net/icmp.h"
#include "net/ipv4.h"
#include "net/neigh.h"
#include "net/udp.h"

static struct host *a, *b;
static uint8_t data[70000], back[70000];

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

/* --- sums --- */

START_TEST(sums_as_the_definition_says)
{
    for (size_t len = 0; len < 70; len++) {
        for (size_t off = 0; off < 3; off++) {
            uint32_t sum = 0;

            for (size_t i = 0; i < 70; i++)
                data[i] = (uint8_t)(i * 77 + len);
            for (size_t i = 0; i < len; i++) /* RFC 1071, byte by byte */
                sum += i & 1 ? (uint32_t)data[off + i] << 8 : data[off + i];
            while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
            ck_assert_uint_eq(
                checksum_fold(checksum_partial(data + off, len, 0)),
                (uint16_t)~sum);
        }
    }
}
END_TEST

START_TEST(sums_over_pieces_as_over_the_whole)
{
    begin();
    for (size_t cut = 1; cut < 40; cut++) {
        struct netbuf *nb = netbuf_alloc(&a->stack, false);
        struct netmem *mem = netmem_create(&a->stack, 100);

        memcpy(netmem_bytes(mem), data, 100);
        memcpy(netbuf_put(nb, 1), data + 200, 1);
        netbuf_add_frag(nb, mem, netmem_bytes(mem) + 50, cut);
        netbuf_add_frag(nb, mem, netmem_bytes(mem), 47);
        netmem_put(&a->stack, mem);
        ck_assert_uint_eq(netbuf_copy_out(nb, 0, back, 200), 48 + cut);
        ck_assert_uint_eq(checksum_fold(checksum_netbuf(nb, 0, nb->len, 0)),
                          checksum_fold(checksum_partial(back, 48 + cut, 0)));
        netbuf_free(&a->stack, nb);
    }
    end();
}
END_TEST

/* --- ARP --- */

START_TEST(answers_arp_and_learns_who_asked)
{
    struct netaddr ia = netaddr_v4(host_addr(1));
    struct host_frame *f;

    a = host_create(1, 0);
    b = host_create(2, 0);
    arp_request(&a->dev, host_addr(2), NULL);
    host_wire(a, b);
    ck_assert_ptr_nonnull(neigh_find(&b->dev, &ia));
    arp_request(&a->dev, host_addr(3), NULL); /* somebody else */
    f = host_sent(a);
    host_receive(b, f->bytes, f->len);
    free(f);
    ck_assert_ptr_null(host_sent(b));
    end();
}
END_TEST

START_TEST(defends_its_address_once_in_a_while)
{
    a = host_create(1, 0);
    b = host_create(2, 0);
    /* A double. */
    arp_announce(&b->dev, host_addr(1));
    arp_announce(&b->dev, host_addr(1));
    while (b->sent_count) {
        struct host_frame *f = host_sent(b);

        host_receive(a, f->bytes, f->len);
        free(f);
    }
    ck_assert_uint_eq(a->sent_count, 1);
    ck_assert_ptr_nonnull(strstr(a->log, "conflict"));
    end();
}
END_TEST

START_TEST(probes_a_neighbour_before_it_gives_it_up)
{
    struct sock *sk;
    struct sock_addr to;
    struct netaddr ib = netaddr_v4(host_addr(2));

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 0);
    host_format(&to, host_addr(2), 7);
    host_advance(a, NULL, 31 * NSEC_PER_SEC);
    host_send(sk, "x", 1, &to, 0);
    host_run(a);
    ck_assert_uint_eq(a->sent_count, 2); /* it is used, and asked again */
    ck_assert_uint_eq(neigh_find(&a->dev, &ib)->state, NEIGH_PROBE);
    host_advance(a, NULL, 4 * NSEC_PER_SEC);
    ck_assert_uint_eq(neigh_find(&a->dev, &ib)->state, NEIGH_FAILED);
    host_forget_sent(a);
    host_close(sk);
    end();
}
END_TEST

START_TEST(keeps_no_more_neighbours_than_it_should)
{
    a = host_create(1, 0);
    for (unsigned i = 3; i < 5000; i++) {
        struct netaddr x = netaddr_v4(be32(0x0a000000 + i));

        neigh_learn(&a->dev, &x, a->dev.mac, true, false);
    }
    ck_assert_uint_le(a->stack.neighbours.count, 1024);
    host_destroy(a);
}
END_TEST

/* --- fragments --- */

/* A fragment of a datagram to b's port 7. */
static void fragment(uint16_t id, size_t offset, size_t len, bool more)
{
    uint8_t f[2000] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
    struct ipv4_header *ip = (struct ipv4_header *)(f + 14);

    *ip = (struct ipv4_header){
        .version_ihl = 0x45,
        .len = be16((uint16_t)(20 + len)),
        .id = id,
        .fragment = be16((uint16_t)(offset / 8 | (more ? IPV4_MF : 0))),
        .ttl = 64,
        .protocol = 17,
        .source = host_addr(1),
        .destination = host_addr(2)};
    ip->checksum = checksum_ipv4_header(ip);
    memcpy(f + 34, data + offset, len);
    host_receive(b, f, 34 + len);
}

/* data becomes a whole UDP datagram of len bytes with the header. */
static void make_datagram(size_t len)
{
    struct udp_header h = {BE16(1000), BE16(7), be16((uint16_t)len), 0};

    memcpy(data, &h, sizeof(h));
}

START_TEST(joins_fragments_in_any_order)
{
    static const unsigned char orders[][4] = {
        {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {0, 2, 2, 1}};
    struct sock *sk;

    begin();
    make_datagram(3100);
    sk = host_socket(b, SOCK_DGRAM, 0, 7);
    for (uint16_t i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            unsigned k = orders[i][j];

            fragment(i, k * 800, k == 3 ? 700 : 800, k != 3);
        }
        if (i == 3) /* a duplicate came, and one was missing */
            fragment(i, 2400, 700, false);
        ck_assert_int_eq(host_recv(sk, back, 4000, NULL, NULL), 3092);
        ck_assert_mem_eq(back, data + 8, 3092);
    }
    ck_assert_uint_eq(b->stack.count.ip_reasm_ok, 4);
    host_close(sk);
    end();
}
END_TEST

START_TEST(drops_datagrams_that_overlap)
{
    struct sock *sk;

    begin();
    make_datagram(1600);
    sk = host_socket(b, SOCK_DGRAM, 0, 7);
    fragment(1, 0, 800, true);
    fragment(1, 792, 808, false);
    fragment(2, 0, 800, true);
    fragment(2, 800, 800, false);
    ck_assert_int_eq(host_recv(sk, back, 4000, NULL, NULL), 1592);
    ck_assert_int_eq(host_recv(sk, back, 4000, NULL, NULL), -EAGAIN);
    host_close(sk);
    end();
}
END_TEST

START_TEST(forgets_half_datagrams_and_says_so)
{
    struct host_frame *f;

    begin();
    fragment(1, 0, 800, true);
    host_advance(b, NULL, 31 * NSEC_PER_SEC);
    ck_assert_uint_eq(b->stack.count.ip_reasm_timeout, 1);
    free(host_sent(b)); /* ARP: the neighbour has become stale */
    f = host_sent(b);
    ck_assert_uint_eq(f->bytes[34], ICMP_TIME_EXCEEDED);
    ck_assert_uint_eq(f->bytes[35], 1);
    free(f);
    end();
}
END_TEST

START_TEST(holds_no_more_fragments_than_it_should)
{
    begin();
    for (unsigned i = 0; i < 10000; i++)
        fragment((uint16_t)i, 0, 1400, true);
    ck_assert_uint_lt(stub_live_blocks(), 600);
    ck_assert_uint_gt(b->stack.count.ip_reasm_fails, 9000);
    end();
}
END_TEST

START_TEST(refuses_fragments_that_end_too_far)
{
    begin();
    memset(data, 0, 1400);
    fragment(1, 65528, 1400, false);
    fragment(1, 8, 3, true); /* not a multiple of 8 */
    ck_assert_uint_eq(b->stack.count.ip_reasm_fails, 2);
    end();
}
END_TEST

/* --- ICMP --- */

START_TEST(answers_echo_requests_of_any_size)
{
    static const size_t sizes[] = {8, 64, 300, 1480, 1481, 9000, 60000};
    struct sock *ping;
    struct sock_addr to;

    begin();
    ping = host_socket(a, SOCK_DGRAM, IPPROTO_ICMP, 0);
    host_format(&to, host_addr(2), 0);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        memset(data, 0, 8);
        data[0] = ICMP_ECHO;
        data[7] = (uint8_t)i;
        ck_assert_int_eq(host_send(ping, data, sizes[i], &to, 0),
                         (long)sizes[i]);
        host_wire(a, b);
        ck_assert_int_eq(host_recv(ping, back, sizeof(back), NULL, NULL),
                         (long)sizes[i]);
        ck_assert_uint_eq(back[0], ICMP_ECHO_REPLY);
        ck_assert_mem_eq(back + 7, data + 7, sizes[i] - 7);
    }
    host_close(ping);
    end();
}
END_TEST

START_TEST(limits_the_errors_that_it_sends)
{
    struct sock *sk;
    struct sock_addr to;

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 0);
    for (unsigned i = 0; i < 200; i++) {
        struct host_frame *f;

        host_format(&to, host_addr(2), 1000 + i);
        ck_assert_int_eq(host_send(sk, "x", 1, &to, 0), 1);
        f = host_sent(a);
        host_receive(b, f->bytes, f->len);
        free(f);
    }
    ck_assert_uint_ge(b->sent_count, 40);
    ck_assert_uint_le(b->sent_count, 60);
    host_forget_sent(b);
    host_close(sk);
    end();
}
END_TEST

START_TEST(a_router_can_make_a_path_narrow)
{
    struct sock *sk;
    struct sock_addr to;
    struct ip_path p = {.destination = netaddr_v4(host_addr(2)),
                        .source = netaddr_v4(0)};

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 0);
    host_format(&to, host_addr(2), 7);
    ip_pmtu_update(&a->stack, &p.destination, 1000);
    ck_assert_int_eq(host_send(sk, data, 1200, &to, 0), 1200);
    host_run(a);
    ck_assert_uint_eq(a->sent_count, 2);
    host_forget_sent(a);
    sk->pmtu = SOCK_PMTU_DO;
    ck_assert_int_eq(host_send(sk, data, 1200, &to, 0), -EMSGSIZE);
    host_advance(a, NULL, 601 * NSEC_PER_SEC);
    ck_assert_int_eq(ip_path_lookup(&a->stack, &p), 0);
    ck_assert_uint_eq(p.mtu, 1500);
    ip_path_release(&a->stack, &p);
    host_forget_sent(a);
    host_close(sk);
    end();
}
END_TEST

/* --- timers --- */

static unsigned fired;

static void count_fire(struct netstack *s, struct net_timer *t)
{
    (void)s;
    (void)t;
    fired++;
}

START_TEST(a_timer_that_is_put_off_fires_once_and_late)
{
    struct net_timer t, u;

    a = host_create(1, 0);
    fired = 0;
    net_timer_init(&t, count_fire);
    net_timer_init(&u, count_fire);
    net_timer_arm(&a->stack, &t, a->stack.now + 100);
    net_timer_arm(&a->stack, &u, a->stack.now + 100);
    net_timer_cancel(&u);
    net_timer_arm(&a->stack, &t, a->stack.now + 1000);
    host_advance(a, NULL, 999);
    ck_assert_uint_eq(fired, 0);
    host_advance(a, NULL, 2);
    ck_assert_uint_eq(fired, 1);
    net_timer_arm(&a->stack, &t, a->stack.now + 1000);
    net_timer_arm(&a->stack, &t, a->stack.now + 10);
    host_advance(a, NULL, 11);
    ck_assert_uint_eq(fired, 2);
    net_timer_remove(&a->stack, &t);
    net_timer_remove(&a->stack, &u);
    host_destroy(a);
}
END_TEST

/* --- an enemy on the wire --- */

START_TEST(survives_frames_of_an_enemy)
{
    struct sock *sk, *raw, *ping;
    uint8_t f[1600];

    begin();
    sk = host_socket(b, SOCK_DGRAM, 0, 7);
    raw = host_socket(b, SOCK_RAW, IPPROTO_ICMP, 0);
    ping = host_socket(b, SOCK_DGRAM, IPPROTO_ICMP, 77);
    for (unsigned i = 0; i < 30000; i++) {
        struct ipv4_header *ip = (struct ipv4_header *)(f + 14);
        uint32_t r[3];
        size_t len;

        net_env_random(&a->stack, f, sizeof(f));
        net_env_random(&a->stack, r, sizeof(r));
        len = r[0] % 8 ? r[0] / 8 % 120 : r[0] / 8 % sizeof(f);
        memcpy(f, b->dev.mac, 6);
        f[12] = 8;
        f[13] = r[1] % 8 ? 0 : 6;
        if (r[1] % 16 > 1) { /* half-way right, so that it gets further in */
            ip->version_ihl =
                r[2] & 1 ? 0x45 : (uint8_t)(0x46 + r[2] / 256 % 10);
            ip->len = be16((uint16_t)(r[2] & 2 && len > 14 ? len - 14 : 60));
            ip->protocol = r[2] & 4 ? 17 : 1;
            ip->fragment = r[2] & 24 ? 0 : ip->fragment;
            ip->id &= BE16(3);
            ip->destination = host_addr(2);
            ip->source = r[2] & 32 ? host_addr(1) : ip->source;
            f[34] = r[2] & 64 ? 3 : f[34];
            f[36] = f[34 + 3] = 7;
            f[42] = 0x45;
            ip->checksum = 0;
            ip->checksum = checksum_fold(
                checksum_partial(ip, (ip->version_ihl & 15u) * 4, 0));
        }
        host_receive(b, f, len);
        host_run(b);
        host_forget_sent(b);
        if (i % 64 == 0)
            while (host_recv(sk, back, sizeof(back), NULL, NULL) >= 0 ||
                   host_recv(raw, back, sizeof(back), NULL, NULL) >= 0)
                ;
    }
    host_close(sk);
    host_close(raw);
    host_close(ping);
    end();
}
END_TEST

UNIT_SUITE(net_ip, "net/ip", sums_as_the_definition_says,
           sums_over_pieces_as_over_the_whole, answers_arp_and_learns_who_asked,
           defends_its_address_once_in_a_while,
           probes_a_neighbour_before_it_gives_it_up,
           keeps_no_more_neighbours_than_it_should,
           joins_fragments_in_any_order, drops_datagrams_that_overlap,
           forgets_half_datagrams_and_says_so,
           holds_no_more_fragments_than_it_should,
           refuses_fragments_that_end_too_far,
           answers_echo_requests_of_any_size, limits_the_errors_that_it_sends,
           a_router_can_make_a_path_narrow,
           a_timer_that_is_put_off_fires_once_and_late,
           survives_frames_of_an_enemy)
