// SPDX-License-Identifier: MIT
/* udp: datagrams between two hosts, and to oneself. */
#include "tests/unit/net/host.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/poll.h"
#include "net/checksum.h"
#include "net/ipv4.h"
#include "net/udp.h"

static struct host *a, *b;
static uint8_t big[70000], back[70000];

static void begin(uint16_t features)
{
    a = host_create(1, features);
    b = host_create(2, features);
    host_introduce(a, b);
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (uint8_t)(i * 31 + i / 256);
}

static void end(void)
{
    host_destroy(a);
    host_destroy(b);
}

/* Sends len bytes from a to b and back again, byte-exact. */
static void echo(size_t len)
{
    struct sock *client = host_socket(a, SOCK_DGRAM, 0, 0);
    struct sock *server = host_socket(b, SOCK_DGRAM, 0, 7);
    struct sock_addr to, from;

    host_format(&to, host_addr(2), 7);
    ck_assert_int_eq(host_send(client, big, len, &to, 0), (long)len);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(server, back, sizeof(back), &from, NULL),
                     (long)len);
    ck_assert_mem_eq(big, back, len);
    ck_assert_int_eq(host_send(server, back, len, &from, 0), (long)len);
    host_wire(a, b);
    memset(back, 0, len);
    ck_assert_int_eq(host_recv(client, back, sizeof(back), &from, NULL),
                     (long)len);
    ck_assert_mem_eq(big, back, len);
    ck_assert_uint_eq(from.in.sin_port, be16(7));
    host_close(client);
    host_close(server);
}

START_TEST(echoes_any_length)
{
    static const size_t lengths[] = {0,    1,    160,   161,   1472, 1473,
                                     2960, 9000, 32752, 60000, 65507};

    begin(0);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
        echo(lengths[i]);
    end();
}
END_TEST

START_TEST(resolves_the_neighbour_first)
{
    struct sock *client, *server;
    struct sock_addr to;

    a = host_create(1, 0);
    b = host_create(2, 0);
    client = host_socket(a, SOCK_DGRAM, 0, 0);
    server = host_socket(b, SOCK_DGRAM, 0, 7);
    host_format(&to, host_addr(2), 7);
    ck_assert_int_eq(host_send(client, "x", 1, &to, 0), 1);
    ck_assert_uint_eq(host_wire(a, b), 3); /* request, reply, datagram */
    ck_assert_int_eq(host_recv(server, back, 10, NULL, NULL), 1);
    host_close(client);
    host_close(server);
    end();
}
END_TEST

START_TEST(tells_the_sender_when_nobody_answers_arp)
{
    struct sock *client;
    struct sock_addr to;

    begin(0);
    client = host_socket(a, SOCK_DGRAM, 0, 0);
    host_format(&to, host_addr(77), 7);
    ck_assert_int_eq(client->ops->connect(client, &to), 0);
    client->options |= SOCK_OPT_RECVERR;
    ck_assert_int_eq(host_send(client, "x", 1, NULL, 0), 1);
    host_advance(a, NULL, 10 * NSEC_PER_SEC);
    ck_assert_int_eq(host_recv(client, back, 10, NULL, NULL), -EHOSTUNREACH);
    ck_assert_int_eq(host_recv(client, back, 10, NULL, NULL), -EAGAIN);
    host_close(client);
    end();
}
END_TEST

START_TEST(refused_port_reaches_a_connected_socket)
{
    struct sock *client;
    struct sock_addr to;

    begin(0);
    client = host_socket(a, SOCK_DGRAM, 0, 0);
    host_format(&to, host_addr(2), 9);
    ck_assert_int_eq(client->ops->connect(client, &to), 0);
    ck_assert_int_eq(host_send(client, "x", 1, NULL, 0), 1);
    host_wire(a, b);
    ck_assert(client->ops->poll(client) & POLLERR);
    ck_assert_int_eq(host_recv(client, back, 10, NULL, NULL), -ECONNREFUSED);
    ck_assert_int_eq(host_recv(client, back, 10, NULL, NULL), -EAGAIN);
    host_close(client);
    end();
}
END_TEST

START_TEST(a_connected_socket_hears_only_its_peer)
{
    struct sock *server, *friend, *stranger;
    struct sock_addr to;

    begin(0);
    server = host_socket(b, SOCK_DGRAM, 0, 7);
    friend = host_socket(a, SOCK_DGRAM, 0, 1000);
    stranger = host_socket(a, SOCK_DGRAM, 0, 1001);
    host_format(&to, host_addr(1), 1000);
    ck_assert_int_eq(server->ops->connect(server, &to), 0);
    host_format(&to, host_addr(2), 7);
    ck_assert_int_eq(host_send(stranger, "no", 2, &to, 0), 2);
    ck_assert_int_eq(host_send(friend, "yes", 3, &to, 0), 3);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(server, back, 10, NULL, NULL), 3);
    ck_assert_int_eq(host_recv(server, back, 10, NULL, NULL), -EAGAIN);
    to.family = AF_UNSPEC;
    ck_assert_int_eq(server->ops->connect(server, &to), 0);
    host_format(&to, host_addr(2), 7);
    ck_assert_int_eq(host_send(stranger, "now", 3, &to, 0), 3);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(server, back, 10, NULL, NULL), 3);
    host_close(server);
    host_close(friend);
    host_close(stranger);
    end();
}
END_TEST

START_TEST(cuts_what_does_not_fit_and_says_so)
{
    struct sock *sk;
    struct sock_addr to;
    unsigned flags = 0;

    begin(0);
    sk = host_socket(a, SOCK_DGRAM, 0, 7);
    host_format(&to, BE32(0x7f000001), 7);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(host_send(sk, big, 100, &to, 0), 100);
    host_run(a);
    ck_assert_int_eq(sk->ops->ioctl(sk, FIONREAD), 100);
    ck_assert_int_eq(host_recv(sk, back, 10, NULL, &flags), 10);
    ck_assert_uint_eq(flags, MSG_TRUNC);
    flags = MSG_TRUNC | MSG_PEEK;
    ck_assert_int_eq(host_recv(sk, back, 10, NULL, &flags), 100);
    flags = MSG_TRUNC;
    ck_assert_int_eq(host_recv(sk, back, 10, NULL, &flags), 100);
    flags = 0;
    ck_assert_int_eq(host_recv(sk, back, 100, NULL, &flags), 100);
    ck_assert_uint_eq(flags, 0);
    host_close(sk);
    end();
}
END_TEST

START_TEST(a_full_buffer_drops_and_counts)
{
    struct sock *sk;
    struct sock_addr to;
    unsigned n = 0;

    begin(0);
    sk = host_socket(a, SOCK_DGRAM, 0, 7);
    host_format(&to, BE32(0x7f000001), 7);
    for (int i = 0; i < 1000; i++) {
        host_send(sk, big, 1000, &to, 0);
        host_run(a);
    }
    ck_assert_uint_gt(a->stack.count.udp_rcvbuf_errors, 0);
    ck_assert_uint_le(sk->rmem, sk->rcvbuf + 2000);
    while (host_recv(sk, back, 1000, NULL, NULL) == 1000)
        n++;
    ck_assert_uint_gt(n, 50);
    ck_assert_uint_eq(n + a->stack.count.udp_rcvbuf_errors, 1000);
    ck_assert_uint_eq(sk->rmem, 0);
    host_close(sk);
    end();
}
END_TEST

START_TEST(sends_to_everybody_only_when_allowed)
{
    struct sock *sk, *first, *second;
    struct sock_addr to;

    begin(0);
    sk = host_socket(a, SOCK_DGRAM, 0, 0);
    first = host_socket(b, SOCK_DGRAM, 0, 0);
    second = host_socket(b, SOCK_DGRAM, 0, 0);
    first->use.flags = second->use.flags = PORT_REUSEADDR;
    host_format(&to, 0, 7);
    ck_assert_int_eq(first->ops->bind(first, &to), 0);
    ck_assert_int_eq(second->ops->bind(second, &to), 0);
    host_format(&to, host_addr(255), 7);
    ck_assert_int_eq(host_send(sk, "x", 1, &to, 0), -EACCES);
    sk->options |= SOCK_OPT_BROADCAST;
    ck_assert_int_eq(host_send(sk, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(first, back, 10, NULL, NULL), 1);
    ck_assert_int_eq(host_recv(second, back, 10, NULL, NULL), 1);
    host_close(sk);
    host_close(first);
    host_close(second);
    end();
}
END_TEST

START_TEST(a_group_reaches_its_members)
{
    struct sock *sk, *member;
    struct sock_addr to;
    struct {
        uint32_t group, address;
        int32_t index;
    } join = {BE32(0xe0000102), 0, 0};

    begin(0);
    sk = host_socket(a, SOCK_DGRAM, 0, 0);
    member = host_socket(b, SOCK_DGRAM, 0, 7);
    host_format(&to, join.group, 7);
    ck_assert_int_eq(host_send(sk, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(member, back, 10, NULL, NULL), -EAGAIN);
    ck_assert_int_eq(member->ops->set_option(member, SOL_IP, IP_ADD_MEMBERSHIP,
                                             &join, sizeof(join)),
                     0);
    ck_assert_int_eq(host_send(sk, "x", 1, &to, 0), 1);
    host_wire(a, b);
    ck_assert_int_eq(host_recv(member, back, 10, NULL, NULL), 1);
    host_close(sk);
    host_close(member);
    end();
}
END_TEST

START_TEST(a_wrong_checksum_or_length_is_no_datagram)
{
    struct sock *client, *server;
    struct host_frame *f;
    struct sock_addr to;

    begin(0);
    client = host_socket(a, SOCK_DGRAM, 0, 0);
    server = host_socket(b, SOCK_DGRAM, 0, 7);
    host_format(&to, host_addr(2), 7);
    ck_assert_int_eq(host_send(client, "hello", 5, &to, 0), 5);
    f = host_sent(a);
    f->bytes[f->len - 1] ^= 1; /* data */
    host_receive(b, f->bytes, f->len);
    f->bytes[f->len - 1] ^= 1;
    f->bytes[39] ^= 0x40; /* UDP length */
    host_receive(b, f->bytes, f->len);
    f->bytes[39] ^= 0x40;
    for (size_t n = 0; n < f->len; n++) /* cut anywhere */
        host_receive(b, f->bytes, n);
    ck_assert_int_eq(host_recv(server, back, 10, NULL, NULL), -EAGAIN);
    host_receive(b, f->bytes, f->len);
    ck_assert_int_eq(host_recv(server, back, 10, NULL, NULL), 5);
    free(f);
    host_close(client);
    host_close(server);
    end();
}
END_TEST

START_TEST(survives_any_allocation_failing)
{
    struct sock_addr to;

    for (unsigned n = 1; n < 60; n++) {
        struct sock *client, *server;

        begin(0);
        stub_alloc_fail(n);
        client = host_socket(a, SOCK_DGRAM, 0, 0);
        server = host_socket(b, SOCK_DGRAM, 0, 7);
        host_format(&to, host_addr(2), 7);
        if (client && server) {
            ssize_t sent = host_send(client, big, 5000, &to, 0);

            ck_assert(sent == 5000 || sent == -ENOBUFS || sent == -ENOMEM);
            host_wire(a, b);
            sent = host_recv(server, back, 6000, NULL, NULL);
            ck_assert(sent == 5000 || sent == -EAGAIN);
        }
        if (client)
            host_close(client);
        if (server)
            host_close(server);
        stub_alloc_fail(0);
        end();
    }
}
END_TEST

UNIT_SUITE(net_udp, "net/udp", echoes_any_length, resolves_the_neighbour_first,
           tells_the_sender_when_nobody_answers_arp,
           refused_port_reaches_a_connected_socket,
           a_connected_socket_hears_only_its_peer,
           cuts_what_does_not_fit_and_says_so, a_full_buffer_drops_and_counts,
           sends_to_everybody_only_when_allowed, a_group_reaches_its_members,
           a_wrong_checksum_or_length_is_no_datagram,
           survives_any_allocation_failing)
