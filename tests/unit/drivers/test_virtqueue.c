// SPDX-License-Identifier: MIT
/* Tests of drivers/virtqueue.c against a device that the test plays. */
#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "tests/unit/drivers/fake_device.h"

#define SIZE 8

static struct fake_queue q;
static int tokens[SIZE];

static void start(bool event_idx)
{
    fake_queue_init(&q, SIZE, event_idx);
}

static void add_out(int i)
{
    struct virtio_buffer b = {0x1000u * (unsigned)i, 100};

    ck_assert_int_eq(virtqueue_add(&q.vq, &b, 1, 0, &tokens[i]), 0);
}

static void add_in(int i, uint32_t len)
{
    struct virtio_buffer b = {0x1000u * (unsigned)i, len};

    ck_assert_int_eq(virtqueue_add(&q.vq, &b, 0, 1, &tokens[i]), 0);
}

START_TEST(lays_the_rings_out_as_the_standard_says)
{
    ck_assert_uint_eq(virtqueue_avail_offset(8), 128);
    ck_assert_uint_eq(virtqueue_used_offset(8), 152); /* 128 + 22, aligned */
    ck_assert_uint_eq(virtqueue_ring_bytes(8), 152 + 4 + 64 + 2);
    ck_assert_uint_eq(virtqueue_used_offset(1), 24);
    ck_assert_uint_eq(virtqueue_used_offset(256), 4096 + 520);
}
END_TEST

START_TEST(a_chain_lists_what_is_read_before_what_is_written)
{
    const struct virtio_buffer b[] = {{0x1000, 10}, {0x2000, 20}, {0x3000, 30}};
    struct virtq_desc *d;
    int head;

    start(false);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 2, 1, tokens), 0);
    head = fake_queue_take(&q);
    ck_assert_int_ge(head, 0);
    d = &q.vq.desc[head];
    ck_assert_uint_eq(d->addr, 0x1000);
    ck_assert_uint_eq(d->len, 10);
    ck_assert_uint_eq(d->flags, VIRTQ_DESC_NEXT);
    d = &q.vq.desc[d->next];
    ck_assert_uint_eq(d->addr, 0x2000);
    ck_assert_uint_eq(d->flags, VIRTQ_DESC_NEXT);
    d = &q.vq.desc[d->next];
    ck_assert_uint_eq(d->addr, 0x3000);
    ck_assert_uint_eq(d->len, 30);
    ck_assert_uint_eq(d->flags, VIRTQ_DESC_WRITE);
    ck_assert_int_eq(fake_queue_take(&q), -1);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(tokens_come_back_in_the_order_of_the_device)
{
    int heads[3];
    uint32_t written;

    start(false);
    ck_assert_ptr_null(virtqueue_pop(&q.vq, &written));
    for (int i = 0; i < 3; i++) {
        add_in(i, 100);
        heads[i] = fake_queue_take(&q);
    }
    fake_queue_use(&q, (uint32_t)heads[2], 100);
    fake_queue_use(&q, (uint32_t)heads[0], 1);
    ck_assert_ptr_eq(virtqueue_pop(&q.vq, &written), &tokens[2]);
    ck_assert_uint_eq(written, 100);
    ck_assert_ptr_eq(virtqueue_pop(&q.vq, &written), &tokens[0]);
    ck_assert_uint_eq(written, 1);
    ck_assert_ptr_null(virtqueue_pop(&q.vq, &written));
    ck_assert_uint_eq(q.vq.in_flight, 1);
    ck_assert_ptr_eq(virtqueue_detach(&q.vq), &tokens[1]);
    ck_assert_ptr_null(virtqueue_detach(&q.vq));
    ck_assert_uint_eq(q.vq.free_count, SIZE);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(a_full_ring_refuses_whole_chains)
{
    const struct virtio_buffer b[3] = {{0, 1}, {0, 1}, {0, 1}};
    uint32_t written;

    start(false);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 3, 0, &tokens[0]), 0);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 0, 3, &tokens[1]), 0);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 2, 1, &tokens[2]), -ENOSPC);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 1, 1, &tokens[2]), 0);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 1, 0, &tokens[3]), -ENOSPC);
    fake_queue_use(&q, (uint32_t)fake_queue_take(&q), 0);
    ck_assert_ptr_eq(virtqueue_pop(&q.vq, &written), &tokens[0]);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 2, 1, &tokens[3]), 0);
    fake_queue_fini(&q);
}
END_TEST

/* Check notes every assertion down; so many are summed up instead. */
START_TEST(indices_wrap_around_for_ever)
{
    unsigned wrong = 0;

    start(_i);
    for (unsigned i = 0; i < 2 * 65536 + 5; i++) {
        struct virtio_buffer b = {0x1000, 100};
        uint32_t written = 0;
        void *token = &tokens[i % SIZE];

        wrong += virtqueue_add(&q.vq, &b, 0, 1, token) != 0;
        virtqueue_kick(&q.vq);
        fake_queue_use(&q, (uint32_t)fake_queue_take(&q), i % 101);
        wrong += virtqueue_pop(&q.vq, &written) != token;
        wrong += written != i % 101;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(q.vq.free_count, SIZE);
    fake_queue_fini(&q);
}
END_TEST

static void expect_broken(void)
{
    struct virtio_buffer b = {0, 1};
    unsigned notified = q.notified;
    uint32_t written;

    ck_assert_ptr_null(virtqueue_pop(&q.vq, &written));
    ck_assert(q.vq.broken);
    ck_assert_ptr_nonnull(q.vq.broken_why);
    ck_assert(!virtqueue_has_used(&q.vq));
    ck_assert_int_eq(virtqueue_add(&q.vq, &b, 1, 0, tokens), -EIO);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, notified);
    fake_queue_fini(&q);
}

START_TEST(breaks_on_an_id_outside_the_ring)
{
    start(false);
    add_in(0, 10);
    fake_queue_use(&q, SIZE, 1);
    expect_broken();
    start(false);
    add_in(0, 10);
    fake_queue_use(&q, UINT32_MAX, 1);
    expect_broken();
}
END_TEST

START_TEST(breaks_on_an_id_that_the_device_does_not_have)
{
    const struct virtio_buffer b[2] = {{0, 1}, {0, 1}};
    int head;
    uint32_t written;

    start(false);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 1, 1, tokens), 0);
    head = fake_queue_take(&q);
    fake_queue_use(&q, q.vq.desc[head].next, 0); /* inside a chain */
    expect_broken();

    start(false);
    add_in(0, 10);
    add_in(1, 10);
    head = fake_queue_take(&q);
    fake_queue_use(&q, (uint32_t)head, 0);
    fake_queue_use(&q, (uint32_t)head, 0); /* the same twice */
    ck_assert_ptr_nonnull(virtqueue_pop(&q.vq, &written));
    expect_broken();
}
END_TEST

START_TEST(breaks_on_more_used_than_was_added)
{
    start(false);
    add_in(0, 10);
    fake_queue_use(&q, (uint32_t)fake_queue_take(&q), 0);
    q.vq.used->idx = 2;
    expect_broken();
    start(false);
    q.vq.used->idx = UINT16_MAX;
    expect_broken();
}
END_TEST

START_TEST(breaks_on_a_length_beyond_the_buffers)
{
    start(false);
    add_in(0, 10);
    fake_queue_use(&q, (uint32_t)fake_queue_take(&q), 11);
    expect_broken();
}
END_TEST

START_TEST(ignores_the_length_of_chains_that_are_only_read)
{
    uint32_t written;

    start(false);
    add_out(0);
    fake_queue_use(&q, (uint32_t)fake_queue_take(&q), 1000);
    ck_assert_ptr_eq(virtqueue_pop(&q.vq, &written), &tokens[0]);
    ck_assert_uint_eq(written, 0);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(a_chain_that_the_device_rewrote_is_freed_by_our_record)
{
    const struct virtio_buffer b[3] = {{0, 1}, {0, 1}, {0, 1}};
    uint32_t written;
    int head;

    start(false);
    ck_assert_int_eq(virtqueue_add(&q.vq, b, 2, 1, tokens), 0);
    head = fake_queue_take(&q);
    for (int i = 0; i < SIZE; i++)
        q.vq.desc[i] = (struct virtq_desc){0, 0, VIRTQ_DESC_NEXT, 0xffff};
    fake_queue_use(&q, (uint32_t)head, 0);
    ck_assert_ptr_eq(virtqueue_pop(&q.vq, &written), tokens);
    ck_assert_uint_eq(q.vq.free_count, SIZE);
    for (int i = 0; i < SIZE; i++)
        add_out(i);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(notifies_once_for_all_that_was_added)
{
    start(false);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 0);
    add_out(0);
    add_out(1);
    virtqueue_kick(&q.vq);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 1);
    q.vq.used->flags = VIRTQ_USED_NO_NOTIFY;
    add_out(2);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 1);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(event_index_asks_for_one_notification_at_a_time)
{
    uint16_t *avail_event;

    start(true);
    avail_event = (uint16_t *)&q.vq.used->ring[SIZE];
    add_out(0); /* wish 0: the first one */
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 1);
    add_out(1);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 1);
    *avail_event = 3; /* when entry 3 is added */
    add_out(2);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 1);
    add_out(3);
    add_out(4);
    virtqueue_kick(&q.vq);
    ck_assert_uint_eq(q.notified, 2);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(interrupts_are_off_until_asked_for)
{
    uint16_t *used_event;

    start(false);
    ck_assert_uint_eq(q.vq.avail->flags, VIRTQ_AVAIL_NO_INTERRUPT);
    ck_assert(virtqueue_enable_callback(&q.vq));
    ck_assert_uint_eq(q.vq.avail->flags, 0);
    virtqueue_disable_callback(&q.vq);
    ck_assert_uint_eq(q.vq.avail->flags, VIRTQ_AVAIL_NO_INTERRUPT);
    fake_queue_fini(&q);

    start(true);
    used_event = &q.vq.avail->ring[SIZE];
    ck_assert_uint_eq(*used_event, UINT16_MAX);
    ck_assert(virtqueue_enable_callback(&q.vq));
    ck_assert_uint_eq(*used_event, 0);
    fake_queue_fini(&q);
}
END_TEST

START_TEST(enabling_interrupts_tells_of_work_that_is_there)
{
    uint32_t written;

    start(_i);
    add_in(0, 10);
    ck_assert(virtqueue_enable_callback(&q.vq));
    fake_queue_use(&q, (uint32_t)fake_queue_take(&q), 0);
    ck_assert(!virtqueue_enable_callback(&q.vq));
    ck_assert_ptr_nonnull(virtqueue_pop(&q.vq, &written));
    ck_assert(virtqueue_enable_callback(&q.vq));
    fake_queue_fini(&q);
}
END_TEST

/* Each runs without and with VIRTIO_F_EVENT_IDX where it asks for _i. */
UNIT_LOOP_SUITE(drivers_virtqueue, "drivers/virtqueue", 2,
                lays_the_rings_out_as_the_standard_says,
                a_chain_lists_what_is_read_before_what_is_written,
                tokens_come_back_in_the_order_of_the_device,
                a_full_ring_refuses_whole_chains, indices_wrap_around_for_ever,
                breaks_on_an_id_outside_the_ring,
                breaks_on_an_id_that_the_device_does_not_have,
                breaks_on_more_used_than_was_added,
                breaks_on_a_length_beyond_the_buffers,
                ignores_the_length_of_chains_that_are_only_read,
                a_chain_that_the_device_rewrote_is_freed_by_our_record,
                notifies_once_for_all_that_was_added,
                event_index_asks_for_one_notification_at_a_time,
                interrupts_are_off_until_asked_for,
                enabling_interrupts_tells_of_work_that_is_there)
