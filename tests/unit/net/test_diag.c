// SPDX-License-Identifier: MIT
/* diag: NETLINK_SOCK_DIAG: long answers, and filters from an enemy. */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "net/sock_diag.h"

static struct host *h;
static struct sock *sk;

static void begin(void)
{
    h = host_create(1, 0);
    ck_assert_int_eq(
        sock_create(&h->stack, AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG, &sk),
        0);
    sk->owner = h;
}

static void end(void)
{
    host_close(sk);
    host_destroy(h);
}

static void ask(void)
{
    struct {
        struct abi_nlmsghdr h;
        struct abi_inet_diag_req_v2 ask;
    } r = {{sizeof(r), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
           {.sdiag_family = AF_INET,
            .sdiag_protocol = IPPROTO_UDP,
            .idiag_states = UINT32_MAX}};

    ck_assert_int_eq(host_send(sk, &r, sizeof(r), NULL, 0), sizeof(r));
}

/* Reads answers until one ends the dump, or is an error: which is returned.
 * *found: sockets that were told of. */
static int answers(unsigned *found)
{
    static uint8_t bytes[8192];

    *found = 0;
    for (;;) {
        ssize_t n = host_recv(sk, bytes, sizeof(bytes), NULL, NULL);
        struct abi_nlmsghdr m;
        int32_t err;

        ck_assert_int_gt(n, 0);
        for (ssize_t at = 0; at < n; at += ALIGN_UP((ssize_t)m.nlmsg_len, 4)) {
            memcpy(&m, bytes + at, sizeof(m));
            memcpy(&err, bytes + at + sizeof(m), sizeof(err));
            if (m.nlmsg_type != SOCK_DIAG_BY_FAMILY)
                return err;
            ++*found;
        }
    }
}

START_TEST(a_dump_may_be_longer_than_the_buffer)
{
    enum { MANY = 2000 };
    static struct sock *many[MANY];
    unsigned found;

    begin();
    for (unsigned i = 0; i < MANY; i++) {
        many[i] = host_socket(h, SOCK_DGRAM, 0, 10000 + i);
        many[i]->owner = h;
    }
    sk->rcvbuf = 8192;
    ask();
    ck_assert_uint_gt(sk->rmem, sk->rcvbuf);
    ask(); /* is refused, behind the others */
    ck_assert_int_eq(answers(&found), 0);
    ck_assert_uint_eq(found, MANY);
    ck_assert_int_eq(answers(&found), -EBUSY);
    ck_assert_uint_eq(found, 0);
    for (unsigned i = 0; i < MANY; i++)
        host_close(many[i]);
    end();
}
END_TEST

#define OP(code, yes, no) code, yes, (no)&255, (no) >> 8

static const struct flow some = {.local_port = BE16(80),
                                 .remote_port = BE16(4000)};

static bool wants(const uint8_t *code, size_t len)
{
    struct flow f = some;

    f.local = netaddr_v4(BE32(0x0a000001));
    f.remote = netaddr_v4(BE32(0x0a000002));
    ck_assert_int_eq(diag_filter_check(code, len), 0);
    return diag_filter_wants(code, len, &f, NULL);
}

START_TEST(filters_say_yes_and_no)
{
    static const uint8_t from_80[] = {
        OP(INET_DIAG_BC_S_GE, 8, 20), OP(0, 0, 80),
        OP(INET_DIAG_BC_S_LE, 8, 12), OP(0, 0, 80)};
    static const uint8_t to_80[] = {OP(INET_DIAG_BC_D_EQ, 8, 12), OP(0, 0, 80)};
    /* Not to 80: a yes leads to the jump, which is always a no. */
    static const uint8_t not_to_80[] = {
        OP(INET_DIAG_BC_D_EQ, 8, 12), OP(0, 0, 80), OP(INET_DIAG_BC_JMP, 4, 8)};
    static const uint8_t net10[] = {OP(INET_DIAG_BC_S_COND, 16, 20),
                                    2,
                                    8,
                                    0,
                                    0,
                                    255,
                                    255,
                                    255,
                                    255,
                                    10,
                                    9,
                                    9,
                                    9};
    static const uint8_t net11[] = {OP(INET_DIAG_BC_S_COND, 16, 20),
                                    2,
                                    8,
                                    0,
                                    0,
                                    255,
                                    255,
                                    255,
                                    255,
                                    11,
                                    0,
                                    0,
                                    1};

    ck_assert(wants(NULL, 0));
    ck_assert(wants(from_80, sizeof(from_80)));
    ck_assert(!wants(to_80, sizeof(to_80)));
    ck_assert(wants(not_to_80, sizeof(not_to_80)));
    ck_assert(wants(net10, sizeof(net10)));
    ck_assert(!wants(net11, sizeof(net11)));
}
END_TEST

START_TEST(bad_filters_are_refused)
{
    static const uint8_t bad[][16] = {
        {OP(INET_DIAG_BC_NOP, 0, 4)},            /* goes nowhere */
        {OP(INET_DIAG_BC_NOP, 20, 4)},           /* beyond the end */
        {OP(INET_DIAG_BC_S_GE, 4, 8)},           /* into its own number */
        {OP(INET_DIAG_BC_S_GE, 8, 0)},           /* no is nowhere */
        {OP(INET_DIAG_BC_S_GE, 8, 24)},          /* no is too far */
        {OP(99, 4, 4)},                          /* no such step */
        {OP(INET_DIAG_BC_S_COND, 16, 4), 2, 33}, /* bits of IPv4 */
        {OP(INET_DIAG_BC_S_COND, 12, 4), 2, 8},  /* without the address */
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_int_eq(diag_filter_check(bad[i], 16), -EINVAL);
    ck_assert_int_eq(diag_filter_check(bad[0], 3), -EINVAL);
}
END_TEST

START_TEST(any_filter_ends)
{
    uint8_t code[64];
    uint32_t x = 1;

    for (unsigned round = 0; round < 20000; round++) {
        size_t len = round % 16 * 4;

        for (size_t i = 0; i < len; i++) {
            x = x * 1664525 + 1013904223;
            code[i] = (uint8_t)(i % 4 == 0 ? x >> 28 : (x >> 28) * 4);
        }
        if (diag_filter_check(code, len) == 0)
            diag_filter_wants(code, len, &some, NULL);
    }
}
END_TEST

UNIT_SUITE(net_diag, "net/sock_diag", a_dump_may_be_longer_than_the_buffer,
           filters_say_yes_and_no, bad_filters_are_refused, any_filter_ends)
