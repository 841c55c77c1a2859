// SPDX-License-Identifier: MIT
/* Groups: what routers are told of them (IGMP, MLD), and whose datagrams a
 * socket gets. */
#include "tests/unit/net/host.h"

#include <string.h>

#include "abi/errno.h"
#include "net/checksum.h"
#include "net/ipv4.h"
#include "net/ipv6.h"

#define GROUP  0xe8010203u /* 232.1.2.3 */
#define AT_IP  14
#define IGMP   (AT_IP + 24)
#define RECORD (IGMP + 8)

static struct host *a, *b;
static struct host_frame *last;
static uint8_t back[64];

static void begin(void)
{
    a = host_create(1, 0);
    b = host_create(2, 0);
    host_introduce(a, b);
    last = NULL;
}

static void end(void)
{
    free(last);
    host_destroy(a);
    host_destroy(b);
}

/* The next frame of a; NULL: none. */
static const uint8_t *next(void)
{
    free(last);
    host_run(a);
    last = host_sent(a);
    return last ? last->bytes : NULL;
}

static uint32_t word(const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, sizeof(v));
    return be32(v);
}

/* A report of version 3 with one record. */
static void expect_record(uint8_t kind, unsigned sources)
{
    const uint8_t *f = next();

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(last->len, RECORD + 8 + 4 * sources);
    ck_assert_uint_eq(f[AT_IP], 0x46);
    ck_assert_uint_eq(f[AT_IP + 8], 1); /* hops */
    ck_assert_uint_eq(word(f + AT_IP + 16), 0xe0000016);
    ck_assert_uint_eq(word(f + AT_IP + 20), 0x94040000);
    ck_assert_uint_eq(f[IGMP], 0x22);
    ck_assert_uint_eq(
        checksum_fold(checksum_partial(f + IGMP, last->len - IGMP, 0)), 0);
    ck_assert_uint_eq(f[IGMP + 7], 1);
    ck_assert_uint_eq(f[RECORD], kind);
    ck_assert_uint_eq(f[RECORD + 3], sources);
    ck_assert_uint_eq(word(f + RECORD + 4), GROUP);
}

static int change(struct sock *sk, int name)
{
    uint32_t r[2] = {BE32(GROUP), host_addr(1)};

    return sk->ops->set_option(sk, SOL_IP, name, r, sizeof(r));
}

static int source(struct sock *sk, int name, unsigned from)
{
    uint32_t r[3] = {BE32(GROUP), host_addr(sk->stack == &a->stack ? 1 : 2),
                     host_addr(from)};

    return sk->ops->set_option(sk, SOL_IP, name, r, sizeof(r));
}

/* A router's query: code in tenths of a second; len 8: version 1 or 2. */
static void query(uint8_t code, size_t len)
{
    uint8_t f[60] = {1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0};
    struct ipv4_header h = {.version_ihl = 0x45,
                            .len = be16((uint16_t)(IPV4_HEADER + len)),
                            .ttl = 1,
                            .protocol = IPPROTO_IGMP,
                            .source = host_addr(9),
                            .destination = BE32(0xe0000001)};
    uint16_t sum;

    h.checksum = checksum_ipv4_header(&h);
    memcpy(f + AT_IP, &h, sizeof(h));
    f[34] = 0x11;
    f[35] = code;
    sum = checksum_fold(checksum_partial(f + 34, len, 0));
    memcpy(f + 36, &sum, sizeof(sum));
    host_receive(a, f, sizeof(f));
}

START_TEST(joining_and_leaving_are_reported_once)
{
    struct sock *sk, *other;

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 7);
    other = host_socket(a, SOCK_DGRAM, 0, 8);
    ck_assert_int_eq(change(sk, IP_ADD_MEMBERSHIP), 0);
    expect_record(4, 0);
    ck_assert_int_eq(change(sk, IP_ADD_MEMBERSHIP), -EADDRINUSE);
    ck_assert_int_eq(change(other, IP_ADD_MEMBERSHIP), 0);
    ck_assert_ptr_null(next());
    host_close(other);
    ck_assert_ptr_null(next());
    ck_assert_int_eq(change(sk, IP_DROP_MEMBERSHIP), 0);
    expect_record(3, 0);
    ck_assert_int_eq(change(sk, IP_DROP_MEMBERSHIP), -EADDRNOTAVAIL);
    host_close(sk);
    end();
}
END_TEST

START_TEST(sources_are_named)
{
    struct sock *sk;

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 7);
    ck_assert_int_eq(source(sk, IP_ADD_SOURCE_MEMBERSHIP, 5), 0);
    expect_record(4, 0); /* the group first, as on Linux */
    expect_record(3, 1);
    ck_assert_uint_eq(word(last->bytes + RECORD + 8), 0x0a000005);
    ck_assert_int_eq(source(sk, IP_ADD_SOURCE_MEMBERSHIP, 6), 0);
    expect_record(3, 2);
    ck_assert_int_eq(source(sk, IP_ADD_SOURCE_MEMBERSHIP, 6), -EADDRNOTAVAIL);
    ck_assert_int_eq(source(sk, IP_BLOCK_SOURCE, 6), -EINVAL);
    ck_assert_int_eq(source(sk, IP_DROP_SOURCE_MEMBERSHIP, 5), 0);
    expect_record(3, 1);
    ck_assert_int_eq(source(sk, IP_DROP_SOURCE_MEMBERSHIP, 6), 0);
    expect_record(3, 0);
    ck_assert_ptr_null(sk->memberships);
    host_close(sk);
    end();
}
END_TEST

START_TEST(a_query_is_answered_in_time)
{
    struct sock *sk;

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 7);
    ck_assert_int_eq(change(sk, IP_ADD_MEMBERSHIP), 0);
    expect_record(4, 0);
    query(20, 12);
    ck_assert_ptr_null(next());
    host_advance(a, NULL, 2 * NSEC_PER_SEC);
    expect_record(2, 0);
    host_advance(a, NULL, 20 * NSEC_PER_SEC);
    ck_assert_ptr_null(next());
    host_close(sk);
    end();
}
END_TEST

START_TEST(old_routers_are_answered_in_their_version)
{
    struct sock *sk;
    const uint8_t *f;

    begin();
    sk = host_socket(a, SOCK_DGRAM, 0, 7);
    ck_assert_int_eq(change(sk, IP_ADD_MEMBERSHIP), 0);
    expect_record(4, 0);
    query(20, 8);
    host_advance(a, NULL, 2 * NSEC_PER_SEC);
    f = next();
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(f[IGMP], 0x16);
    ck_assert_uint_eq(word(f + AT_IP + 16), GROUP);
    ck_assert_uint_eq(word(f + IGMP + 4), GROUP);
    ck_assert_int_eq(change(sk, IP_DROP_MEMBERSHIP), 0);
    f = next();
    ck_assert_uint_eq(f[IGMP], 0x17);
    ck_assert_uint_eq(word(f + AT_IP + 16), 0xe0000002);
    /* They are forgotten when nothing was heard for long. */
    host_advance(a, NULL, 401 * NSEC_PER_SEC);
    ck_assert_int_eq(change(sk, IP_ADD_MEMBERSHIP), 0);
    expect_record(4, 0);
    query(0, 8);
    host_advance(a, NULL, 10 * NSEC_PER_SEC);
    f = next();
    ck_assert_uint_eq(f[IGMP], 0x12);
    host_close(sk);
    end();
}
END_TEST

START_TEST(a_socket_gets_only_its_sources)
{
    struct sock *from, *member;
    struct sock_addr to;

    begin();
    from = host_socket(a, SOCK_DGRAM, 0, 0);
    member = host_socket(b, SOCK_DGRAM, 0, 7);
    host_format(&to, BE32(GROUP), 7);
    ck_assert_int_eq(source(member, IP_ADD_SOURCE_MEMBERSHIP, 5), 0);
    ck_assert_int_eq(host_send(from, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(member, back, 10, NULL, NULL), -EAGAIN);
    ck_assert_int_eq(source(member, IP_ADD_SOURCE_MEMBERSHIP, 1), 0);
    ck_assert_int_eq(host_send(from, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(member, back, 10, NULL, NULL), 1);
    host_close(from);
    host_close(member);
    end();
}
END_TEST

START_TEST(blocked_sources_are_not_heard)
{
    struct sock *from, *member;
    struct sock_addr to;
    uint32_t join[2] = {BE32(GROUP), host_addr(2)};

    begin();
    from = host_socket(a, SOCK_DGRAM, 0, 0);
    member = host_socket(b, SOCK_DGRAM, 0, 7);
    host_format(&to, BE32(GROUP), 7);
    ck_assert_int_eq(source(member, IP_BLOCK_SOURCE, 1), -EINVAL);
    ck_assert_int_eq(member->ops->set_option(member, SOL_IP, IP_ADD_MEMBERSHIP,
                                             join, sizeof(join)),
                     0);
    ck_assert_int_eq(source(member, IP_BLOCK_SOURCE, 1), 0);
    ck_assert_int_eq(host_send(from, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(member, back, 10, NULL, NULL), -EAGAIN);
    ck_assert_int_eq(source(member, IP_UNBLOCK_SOURCE, 1), 0);
    ck_assert_int_eq(source(member, IP_UNBLOCK_SOURCE, 1), -EADDRNOTAVAIL);
    ck_assert_int_eq(host_send(from, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(member, back, 10, NULL, NULL), 1);
    host_close(from);
    host_close(member);
    end();
}
END_TEST

START_TEST(survives_any_allocation_failing)
{
    for (unsigned n = 1; n < 10; n++) {
        struct sock *sk;

        begin();
        stub_alloc_fail(n);
        sk = host_socket(a, SOCK_DGRAM, 0, 7);
        if (sk) {
            source(sk, IP_ADD_SOURCE_MEMBERSHIP, 5);
            source(sk, IP_ADD_SOURCE_MEMBERSHIP, 6);
            host_close(sk);
        }
        stub_alloc_fail(0);
        end();
    }
}
END_TEST

UNIT_SUITE(net_group, "net/group", joining_and_leaving_are_reported_once,
           sources_are_named, a_query_is_answered_in_time,
           old_routers_are_answered_in_their_version,
           a_socket_gets_only_its_sources, blocked_sources_are_not_heard,
           survives_any_allocation_failing)
