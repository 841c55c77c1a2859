// SPDX-License-Identifier: MIT
/* Tests of the stubs themselves: a check that never fires proves nothing. */
#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "abi/signal.h"
#include "kernel/clock.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/uaccess.h"
#include "kernel/wait.h"

START_TEST(fails_the_allocation_that_was_chosen)
{
    void *a, *b, *c;

    stub_alloc_fail(2);
    a = kmalloc(1);
    b = kmalloc(1);
    c = kmalloc(1);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(b);
    ck_assert_ptr_nonnull(c);
    ck_assert(stub_alloc_failed());
    ck_assert_uint_eq(stub_live_blocks(), 2);
    kfree(a);
    kfree(c);
}
END_TEST

START_TEST(finds_a_page_by_each_of_its_addresses)
{
    struct page *p = page_alloc(2);

    ck_assert_uint_eq(stub_live_pages(), 4);
    ck_assert(IS_ALIGNED((uintptr_t)page_virt(p), 4 * PAGE_SIZE));
    ck_assert_ptr_eq(page_of_virt((char *)page_virt(p) + 5), p);
    ck_assert_ptr_eq(page_of_phys(page_phys(p) + 5), p);
    page_get(p);
    page_put(p);
    ck_assert_uint_eq(stub_live_pages(), 4);
    page_put(p);
    ck_assert_uint_eq(stub_live_pages(), 0);
}
END_TEST

START_TEST(adopts_ram_page_by_page)
{
    char *ram = stub_ram_take(3);
    paddr_t pa = page_phys(page_of_virt(ram));

    ck_assert_uint_eq(stub_live_pages(), 0);
    page_adopt(pa, pa + 3 * PAGE_SIZE);
    ck_assert_uint_eq(stub_live_pages(), 3);
    for (int i = 0; i < 3; i++)
        page_put(page_of_virt(ram + i * (long)PAGE_SIZE));
}
END_TEST

START_TEST(current_thread_is_the_stub)
{
    ck_assert_ptr_eq(thread_current(), stub_thread());
    ck_assert_ptr_eq(process_current(), stub_process());
}
END_TEST

START_TEST(user_copies_stop_at_the_hole)
{
    char from[8] = "abcdefg", to[8] = "";

    stub_uaccess_fault(from + 3, 2);
    ck_assert_uint_eq(copy_from_user_partial(to, from, 8), 3);
    ck_assert_int_eq(copy_from_user(to, from, 3), 0);
    ck_assert_int_eq(copy_from_user(to, from, 4), -EFAULT);
    ck_assert_int_eq(strncpy_from_user(to, from, 8), -EFAULT);
    ck_assert_int_eq(strncpy_from_user(to, from + 5, 8), 2);
    ck_assert_int_eq(strncpy_from_user(to, from + 5, 2), -ENAMETOOLONG);
    ck_assert_int_eq(copy_from_user(to, NULL, 1), -EFAULT);
}
END_TEST

static struct wait_queue queue = WAIT_QUEUE_INIT(queue);
static bool condition;

static void make_true(void *arg)
{
    (void)arg;
    condition = true;
    wait_queue_wake_all(&queue);
}

START_TEST(waiting_ends_by_wake_up_deadline_or_signal)
{
    uint64_t deadline = clock_monotonic_ns() + 5;

    condition = false;
    ck_assert_int_eq(wait_event(&queue, condition, deadline), -ETIMEDOUT);
    ck_assert_uint_eq(clock_monotonic_ns(), deadline);
    stub_signal_pending(true);
    ck_assert_int_eq(wait_event(&queue, condition, WAIT_FOREVER), -ERESTARTSYS);
    stub_on_sleep(make_true, NULL);
    ck_assert_int_eq(wait_event(&queue, condition, WAIT_FOREVER), 0);
    ck_assert(list_empty(&queue.waiters));
}
END_TEST

static uint64_t fired_at[2];

static void note_first(struct timer *t)
{
    fired_at[0] = clock_monotonic_ns();
    timer_arm(t, fired_at[0] + 10);
}

static void note_second(struct timer *t)
{
    (void)t;
    fired_at[1] = clock_monotonic_ns();
}

START_TEST(timers_fire_in_order_of_their_deadlines)
{
    uint64_t start = clock_monotonic_ns();
    struct timer first, second;

    timer_init(&first, note_first);
    timer_init(&second, note_second);
    timer_arm(&second, start + 7);
    timer_arm(&first, start + 5);
    stub_clock_advance(9);
    ck_assert_uint_eq(fired_at[0], start + 5);
    ck_assert_uint_eq(fired_at[1], start + 7);
    ck_assert_uint_eq(clock_monotonic_ns(), start + 9);
    ck_assert(!timer_cancel(&second));
    ck_assert(timer_cancel(&first));
}
END_TEST

START_TEST(panic_aborts)
{
    panic("expected by this test");
}
END_TEST

Suite *suite_stubs(void)
{
    const TTest *const tests[] = {
        fails_the_allocation_that_was_chosen,
        finds_a_page_by_each_of_its_addresses,
        adopts_ram_page_by_page,
        current_thread_is_the_stub,
        user_copies_stop_at_the_hole,
        waiting_ends_by_wake_up_deadline_or_signal,
        timers_fire_in_order_of_their_deadlines,
    };
    Suite *s = unit_suite("stubs", tests, ARRAY_SIZE(tests));

    unit_add_deadly_test(s, panic_aborts, SIGABRT);
    return s;
}
