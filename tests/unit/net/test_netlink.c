// SPDX-License-Identifier: MIT
/* netlink: requests about a host with a card, and from an enemy. */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "net/neigh.h"
#include "net/rtnl.h"
#include "net/stack.h"

static struct host *a;
static struct sock *sk;
static uint8_t back[8192];
static size_t back_len;

struct request {
    struct abi_nlmsghdr h;
    uint8_t body[200];
};

static void begin(void)
{
    a = host_create(1, 0);
    ck_assert_int_eq(
        sock_create(&a->stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &sk), 0);
    sk->owner = a;
}

static void end(void)
{
    host_close(sk);
    host_destroy(a);
}

static struct request request(uint16_t type, uint16_t flags, const void *body,
                              size_t len)
{
    struct request r = {.h = {.nlmsg_len = (uint32_t)(sizeof(r.h) + len),
                              .nlmsg_type = type,
                              .nlmsg_flags = NLM_F_REQUEST | flags}};

    memcpy(r.body, body, len);
    return r;
}

static void put(struct request *r, uint16_t type, const void *data, size_t len)
{
    struct abi_nlattr at = {(uint16_t)(sizeof(at) + len), type};
    uint8_t *p = (uint8_t *)r + ALIGN_UP(r->h.nlmsg_len, 4);

    memcpy(p, &at, sizeof(at));
    memcpy(p + sizeof(at), data, len);
    r->h.nlmsg_len = ALIGN_UP(r->h.nlmsg_len, 4) + at.nla_len;
}

/* Sends it; the next answer is in back. Its type. */
static int ask(const struct request *r)
{
    struct abi_nlmsghdr h;
    ssize_t n;

    ck_assert_int_eq(host_send(sk, r, r->h.nlmsg_len, NULL, 0), r->h.nlmsg_len);
    n = host_recv(sk, back, sizeof(back), NULL, NULL);
    ck_assert_int_gt(n, (long)sizeof(h));
    back_len = (size_t)n;
    memcpy(&h, back, sizeof(h));
    return h.nlmsg_type;
}

static int error_of(const struct request *r)
{
    struct abi_nlmsgerr e;

    ck_assert_int_eq(ask(r), NLMSG_ERROR);
    memcpy(&e, back + sizeof(struct abi_nlmsghdr), sizeof(e));
    return e.error;
}

/* How many messages of a type the answer has. */
static unsigned count(uint16_t type)
{
    unsigned n = 0;

    for (size_t at = 0; at < back_len;) {
        struct abi_nlmsghdr h;

        memcpy(&h, back + at, sizeof(h));
        n += h.nlmsg_type == type;
        at += ALIGN_UP((size_t)h.nlmsg_len, 4);
    }
    return n;
}

static unsigned dumped(uint16_t get, uint16_t new, uint8_t family)
{
    struct request r = request(get, NLM_F_DUMP, &family, 1);

    ask(&r);
    ck_assert_uint_eq(count(NLMSG_DONE), 1);
    return count(new);
}

static struct request addr_request(uint16_t type, uint32_t addr, uint8_t prefix)
{
    struct abi_ifaddrmsg body = {.ifa_family = AF_INET,
                                 .ifa_prefixlen = prefix,
                                 .ifa_index = (uint32_t)a->dev.index};
    struct request r =
        request(type, NLM_F_ACK | NLM_F_CREATE, &body, sizeof(body));

    put(&r, IFA_LOCAL, &addr, sizeof(addr));
    return r;
}

START_TEST(lists_what_there_is)
{
    begin();
    ck_assert_uint_eq(dumped(RTM_GETLINK, RTM_NEWLINK, 0), 2);
    ck_assert_uint_eq(dumped(RTM_GETADDR, RTM_NEWADDR, 0), 3);
    ck_assert_uint_eq(dumped(RTM_GETADDR, RTM_NEWADDR, AF_INET6), 1);
    /* 127/8, 10.0.0/24, and the two addresses. */
    ck_assert_uint_eq(dumped(RTM_GETROUTE, RTM_NEWROUTE, AF_INET), 4);
    ck_assert_uint_eq(dumped(RTM_GETNEIGH, RTM_NEWNEIGH, 0), 0);
    end();
}
END_TEST

START_TEST(an_interface_can_have_several_addresses)
{
    struct request r;

    begin();
    r = addr_request(RTM_NEWADDR, BE32(0x0a000005), 24);
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_int_eq(error_of(&r), -EEXIST);
    r = addr_request(RTM_NEWADDR, BE32(0xc0a80005), 16);
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_uint_eq(dumped(RTM_GETADDR, RTM_NEWADDR, AF_INET), 4);
    ck_assert(netdev_is_broadcast_v4(&a->dev, BE32(0xc0a8ffff)));
    /* The first goes: the second takes its place, and the link's route. */
    r = addr_request(RTM_DELADDR, host_addr(1), 24);
    r.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_uint_eq(a->dev.v4.addr, BE32(0x0a000005));
    ck_assert(route_lookup(
        &a->stack,
        &(struct netaddr){.w = {0, 0, BE32(0xffff), BE32(0x0a000099)}}, 0));
    r = addr_request(RTM_DELADDR, BE32(0x0a000005), 24);
    ck_assert_int_eq(error_of(&r), 0);
    r = addr_request(RTM_DELADDR, BE32(0xc0a80005), 16);
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_int_eq(error_of(&r), -EADDRNOTAVAIL);
    ck_assert_uint_eq(dumped(RTM_GETROUTE, RTM_NEWROUTE, AF_INET), 2);
    end();
}
END_TEST

START_TEST(a_default_route_needs_a_gateway_on_the_link)
{
    struct abi_rtmsg body = {.rtm_family = AF_INET,
                             .rtm_table = RT_TABLE_MAIN,
                             .rtm_protocol = RTPROT_BOOT,
                             .rtm_type = RTN_UNICAST};
    struct netaddr far = netaddr_v4(BE32(0x08080808));
    uint32_t gateway = BE32(0x0b000001);
    struct request r;

    begin();
    r = request(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE, &body, sizeof(body));
    put(&r, RTA_GATEWAY, &gateway, sizeof(gateway));
    ck_assert_int_eq(error_of(&r), -ENETUNREACH);
    ck_assert_ptr_null(route_lookup(&a->stack, &far, 0));
    gateway = host_addr(9);
    r = request(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE, &body, sizeof(body));
    put(&r, RTA_GATEWAY, &gateway, sizeof(gateway));
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_ptr_nonnull(route_lookup(&a->stack, &far, 0));
    gateway = host_addr(10);
    r = request(RTM_NEWROUTE, NLM_F_ACK | NLM_F_REPLACE, &body, sizeof(body));
    put(&r, RTA_GATEWAY, &gateway, sizeof(gateway));
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_uint_eq(route_lookup(&a->stack, &far, 0)->gateway.w[3], gateway);
    r.h.nlmsg_type = RTM_DELROUTE;
    r.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_ptr_null(route_lookup(&a->stack, &far, 0));
    end();
}
END_TEST

START_TEST(neighbours_can_be_told_for_ever)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    static const uint8_t other[6] = {2, 0, 0, 0, 0, 10};
    struct netaddr addr = netaddr_v4(host_addr(9));
    struct abi_ndmsg body = {.ndm_family = AF_INET, .ndm_state = NUD_PERMANENT};
    struct request r;

    begin();
    body.ndm_ifindex = a->dev.index;
    r = request(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE, &body, sizeof(body));
    put(&r, NDA_DST, &addr.w[3], 4);
    put(&r, NDA_LLADDR, mac, 6);
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_uint_eq(dumped(RTM_GETNEIGH, RTM_NEWNEIGH, AF_INET), 1);
    neigh_learn(&a->dev, &addr, other, true, true);
    ck_assert_mem_eq(neigh_find(&a->dev, &addr)->mac, mac, 6);
    r.h.nlmsg_type = RTM_DELNEIGH;
    r.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert_int_eq(error_of(&r), -ENOENT);
    end();
}
END_TEST

START_TEST(an_interface_that_is_down_hears_nothing)
{
    struct abi_ifinfomsg body = {.ifi_change = 1};
    struct netaddr far = netaddr_v4(host_addr(9));
    uint64_t before;
    struct request r;

    begin();
    body.ifi_index = a->dev.index;
    before = a->dev.stats.rx_dropped;
    r = request(RTM_SETLINK, NLM_F_ACK, &body, sizeof(body));
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert(!a->dev.up && a->dev.tapped);
    host_receive(a, back, 60);
    ck_assert_uint_eq(a->dev.stats.rx_dropped, before + 1);
    ck_assert_ptr_null(route_lookup(&a->stack, &far, 0));
    body.ifi_flags = 1;
    r = request(RTM_SETLINK, NLM_F_ACK, &body, sizeof(body));
    ck_assert_int_eq(error_of(&r), 0);
    ck_assert(a->dev.up && !a->dev.tapped);
    ck_assert_ptr_nonnull(route_lookup(&a->stack, &far, 0));
    end();
}
END_TEST

/* Requests of all kinds with lengths and contents at random: an answer or none,
 * and nothing read or written that is not theirs. */
START_TEST(survives_an_enemy)
{
    begin();
    for (unsigned i = 0; i < 50000; i++) {
        struct request r;
        uint8_t mix[4];

        net_env_random(&a->stack, &r, sizeof(r));
        net_env_random(&a->stack, mix, sizeof(mix));
        r.h.nlmsg_type = 16 + mix[0] % 20;
        r.h.nlmsg_len = mix[1] % 8 ? (uint32_t)sizeof(r) : 16u + mix[2];
        r.h.nlmsg_flags |= NLM_F_REQUEST;
        r.body[0] = mix[3] & 1 ? AF_INET : AF_INET6;
        for (size_t at = 8 + 4 * (mix[2] % 3); at + 4 < sizeof(r.body);
             at += 8) {
            r.body[at] = mix[3] & 2 ? 8 : r.body[at] % 30;
            r.body[at + 1] = 0;
            r.body[at + 2] %= 32;
            r.body[at + 3] = 0;
        }
        if (mix[3] & 4)
            memset(r.body + 4, 0, 4), r.body[4] = 2;
        host_send(sk, &r, sizeof(r), NULL, 0);
        host_forget_sent(a);
        while (host_recv(sk, back, sizeof(back), NULL, NULL) != -EAGAIN)
            ;
    }
    netdev_set_up(&a->dev, true);
    end();
}
END_TEST

START_TEST(survives_any_allocation_failing)
{
    begin();
    for (unsigned n = 1; n < 12; n++) {
        uint8_t family = 0;
        struct request r = request(RTM_GETADDR, NLM_F_DUMP, &family, 1);

        stub_alloc_fail(n);
        host_send(sk, &r, r.h.nlmsg_len, NULL, 0);
        r = addr_request(RTM_NEWADDR, BE32(0x0a000100) + (n << 24), 24);
        host_send(sk, &r, r.h.nlmsg_len, NULL, 0);
        stub_alloc_fail(0);
        while (host_recv(sk, back, sizeof(back), NULL, NULL) != -EAGAIN)
            ;
    }
    end();
}
END_TEST

UNIT_SUITE(net_netlink, "net/netlink", lists_what_there_is,
           an_interface_can_have_several_addresses,
           a_default_route_needs_a_gateway_on_the_link,
           neighbours_can_be_told_for_ever,
           an_interface_that_is_down_hears_nothing, survives_an_enemy,
           survives_any_allocation_failing)
