// SPDX-License-Identifier: MIT
/* Tests of drivers/virtio_port.c: the host is played by the test. */
#include <string.h>

#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "drivers/virtio_port.h"
#include "kernel/page.h"
#include "tests/unit/drivers/fake_device.h"

static struct virtio_port port;
static struct fake_queue rx, tx;
static char got[65536]; /* input that the owner took */
static size_t got_len, room;
static unsigned ends, begins, ready;

static size_t take_input(struct virtio_port *p, const void *data, size_t len)
{
    size_t n = MIN(len, room);

    ck_assert_ptr_eq(p, &port);
    memcpy(got + got_len, data, n);
    got_len += n;
    room -= n;
    return n;
}

static void note_end(struct virtio_port *p, bool ended)
{
    (void)p;
    if (ended)
        ends++;
    else
        begins++;
}

static void note_ready(struct virtio_port *p)
{
    (void)p;
    ready++;
}

static void start(void)
{
    fake_queue_init(&rx, 4, true);
    fake_queue_init(&tx, 16, true);
    virtio_port_init(&port);
    port.rx = &rx.vq;
    port.tx = &tx.vq;
    rx.vq.driver_data = tx.vq.driver_data = &port;
    port.output_ready = note_ready;
    got_len = room = 0;
    ends = begins = ready = 0;
    ck_assert_int_eq(virtio_port_output_start(&port), 0);
}

static void start_input(void)
{
    start();
    port.input = take_input;
    port.input_end = note_end;
    ck_assert_int_eq(virtio_port_input_start(&port), 0);
}

static void stop(void)
{
    for (int i = 0; i < VIRTIO_PORT_PAGES; i++) {
        if (port.tx_page[i].data)
            page_free(page_of_virt(port.tx_page[i].data));
    }
    for (int i = 0; i < VIRTIO_PORT_INPUT_PAGES; i++) {
        if (port.rx_page[i].data)
            page_free(page_of_virt(port.rx_page[i].data));
    }
    fake_queue_fini(&rx);
    fake_queue_fini(&tx);
}

/* All output that is in the ring, NUL-terminated; how many chains it was. */
static int host_reads(char *text, size_t size)
{
    size_t len = 0;
    int n, chains = 0;

    while ((n = fake_queue_read(&tx, text + len, (uint32_t)(size - len))) >=
           0) {
        len += (size_t)n;
        chains++;
    }
    text[len] = '\0';
    return chains;
}

START_TEST(a_small_write_is_one_chain_and_one_notification)
{
    char text[64];

    start();
    ck_assert_int_eq(virtio_port_write(&port, "hello\n", 6), 6);
    ck_assert_uint_eq(tx.notified, 1);
    ck_assert_int_eq(host_reads(text, sizeof(text)), 1);
    ck_assert_str_eq(text, "hello\n");
    ck_assert_uint_eq(stub_live_pages(), 1);
    stop();
}
END_TEST

START_TEST(pages_are_used_again)
{
    char text[64];

    start();
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(virtio_port_write(&port, "x", 1), 1);
        ck_assert_int_eq(host_reads(text, sizeof(text)), 1);
    }
    ck_assert_uint_eq(stub_live_pages(), 1);
    stop();
}
END_TEST

START_TEST(a_long_write_takes_what_there_is_room_for)
{
    static char data[20 * 4096], text[20 * 4096];

    start();
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)('a' + i % 26);
    ck_assert_int_eq(virtio_port_write(&port, data, sizeof(data)), 16 * 4096);
    ck_assert_uint_eq(tx.notified, 1);
    ck_assert_int_eq(virtio_port_write(&port, data, 1), -EAGAIN);
    ck_assert(!virtio_port_writable(&port));
    ck_assert(!virtio_port_idle(&port));
    ck_assert_int_eq(host_reads(text, sizeof(text)), 16);
    ck_assert_mem_eq(text, data, 16 * 4096);
    virtio_port_tx_interrupt(&tx.vq);
    ck_assert_uint_eq(ready, 1);
    ck_assert(virtio_port_writable(&port));
    ck_assert(virtio_port_idle(&port));
    stop();
}
END_TEST

START_TEST(without_memory_output_waits_for_pages_under_way)
{
    char text[64];

    start();
    ck_assert_int_eq(virtio_port_write(&port, "a", 1), 1);
    stub_alloc_fail(1);
    ck_assert_int_eq(virtio_port_write(&port, "b", 1), -EAGAIN);
    ck_assert(stub_alloc_failed());
    host_reads(text, sizeof(text));
    stub_alloc_fail(1);
    ck_assert_int_eq(virtio_port_write(&port, "b", 1), 1);
    stub_alloc_fail(0);
    stop();
}
END_TEST

START_TEST(a_port_that_the_host_closed_is_a_broken_pipe)
{
    start();
    virtio_port_set_open(&port, true);
    ck_assert_int_eq(virtio_port_write(&port, "a", 1), 1);
    virtio_port_set_open(&port, false);
    ck_assert_int_eq(virtio_port_write(&port, "a", 1), -EPIPE);
    ck_assert(virtio_port_writable(&port));
    ck_assert(virtio_port_idle(&port));
    virtio_port_set_open(&port, true);
    ck_assert_int_eq(virtio_port_write(&port, "a", 1), 1);
    stop();
}
END_TEST

START_TEST(a_broken_device_is_an_error_and_no_hang)
{
    start();
    ck_assert_int_eq(virtio_port_write(&port, "a", 1), 1);
    fake_queue_use(&tx, 99, 0);
    ck_assert_int_eq(virtio_port_write(&port, "a", 1), -EIO);
    ck_assert(virtio_port_writable(&port));
    ck_assert(virtio_port_idle(&port));
    virtio_port_push(&port, "a", 1);
    virtio_port_drain(&port, 1);
    stop();
}
END_TEST

START_TEST(push_says_what_it_had_to_drop)
{
    static char text[20 * 4096];

    start();
    for (int i = 0; i < VIRTIO_PORT_PAGES; i++)
        virtio_port_push(&port, "line\n", 5);
    virtio_port_push(&port, "lost\n", 5);
    virtio_port_push(&port, "lost too\n", 9);
    host_reads(text, sizeof(text));
    ck_assert_uint_eq(strlen(text), VIRTIO_PORT_PAGES * 5);
    virtio_port_push(&port, "next\n", 5);
    host_reads(text, sizeof(text));
    ck_assert_str_eq(text, "(14 bytes lost: not read)\nnext\n");
    stop();
}
END_TEST

START_TEST(input_stops_when_the_reader_is_full_and_goes_on)
{
    char data[4096];

    start_input();
    memset(data, 'x', sizeof(data));
    room = 5000;
    ck_assert_int_eq(fake_queue_write(&rx, data, 4096), 4096);
    memset(data, 'y', sizeof(data));
    ck_assert_int_eq(fake_queue_write(&rx, data, 4096), 4096);
    ck_assert_int_eq(fake_queue_write(&rx, data, 4096), -1);
    virtio_port_rx_interrupt(&rx.vq);
    ck_assert_uint_eq(got_len, 5000);
    /* One page is empty again, the other half read. */
    ck_assert_int_eq(fake_queue_write(&rx, "z", 1), 1);
    ck_assert_int_eq(fake_queue_write(&rx, "z", 1), -1);
    virtio_port_rx_interrupt(&rx.vq);
    ck_assert_uint_eq(got_len, 5000);
    room = 10000;
    virtio_port_input_resume(&port);
    ck_assert_uint_eq(got_len, 8193);
    ck_assert_int_eq(got[4095], 'x');
    ck_assert_int_eq(got[4096], 'y');
    ck_assert_int_eq(got[8192], 'z');
    stop();
}
END_TEST

START_TEST(the_end_comes_after_the_data_before_it)
{
    start_input();
    virtio_port_set_open(&port, true);
    ck_assert_uint_eq(begins, 1);
    room = 2;
    ck_assert_int_eq(fake_queue_write(&rx, "abc", 3), 3);
    virtio_port_set_open(&port, false);
    ck_assert_uint_eq(got_len, 2);
    ck_assert_uint_eq(ends, 0);
    room = 10;
    virtio_port_input_resume(&port);
    ck_assert_mem_eq(got, "abc", 3);
    ck_assert_uint_eq(ends, 1);
    stop();
}
END_TEST

START_TEST(a_host_that_never_opened_is_at_its_end)
{
    start_input();
    ck_assert_uint_eq(ends, 0);
    virtio_port_expect_open(&port);
    ck_assert_uint_eq(ends, 1);
    stop();

    start_input();
    virtio_port_set_open(&port, true);
    virtio_port_expect_open(&port);
    ck_assert_uint_eq(ends, 0);
    stop();
}
END_TEST

START_TEST(broken_input_ends)
{
    start_input();
    fake_queue_use(&rx, 77, 1);
    virtio_port_rx_interrupt(&rx.vq);
    ck_assert_uint_ge(ends, 1);
    stop();
}
END_TEST

UNIT_SUITE(drivers_virtio_port, "drivers/virtio_port",
           a_small_write_is_one_chain_and_one_notification,
           pages_are_used_again, a_long_write_takes_what_there_is_room_for,
           without_memory_output_waits_for_pages_under_way,
           a_port_that_the_host_closed_is_a_broken_pipe,
           a_broken_device_is_an_error_and_no_hang,
           push_says_what_it_had_to_drop,
           input_stops_when_the_reader_is_full_and_goes_on,
           the_end_comes_after_the_data_before_it,
           a_host_that_never_opened_is_at_its_end, broken_input_ends)
