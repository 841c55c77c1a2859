// SPDX-License-Identifier: MIT
/* Tests of vfs/pipe.c and vfs/poll.c: pipe(7), poll(2). */
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "abi/poll.h"
#include "kernel/clock.h"
#include "vfs/pipe.h"

#define CAPACITY 65536

static struct file *reader, *writer;
static char block[CAPACITY + 1];

static void pipe_up(uint32_t flags)
{
    ck_assert_int_eq(pipe_create(flags, &reader, &writer), 0);
}

static void pipe_down(void)
{
    if (reader)
        file_put(reader);
    if (writer)
        file_put(writer);
    reader = writer = NULL;
}

START_TEST(moves_bytes_in_order)
{
    char back[10];

    pipe_up(0);
    ck_assert_int_eq(fs_write(writer, "abc", 3), 3);
    ck_assert_int_eq(fs_write(writer, "def", 3), 3);
    ck_assert_int_eq(fs_read(reader, back, 4), 4);
    ck_assert_mem_eq(back, "abcd", 4);
    ck_assert_int_eq(fs_read(reader, back, 10), 2);
    ck_assert_mem_eq(back, "ef", 2);
    ck_assert_uint_eq(stub_live_pages(), 0);
    ck_assert_int_eq(fs_read(reader, back, 0), 0);
    ck_assert_int_eq(fs_write(writer, back, 0), 0);
    ck_assert_int_eq(file_seek(reader, 0, SEEK_SET), -ESPIPE);
    ck_assert_int_eq(fs_read(writer, back, 1), -EBADF);
    ck_assert_int_eq(fs_write(reader, back, 1), -EBADF);
    pipe_down();
}
END_TEST

START_TEST(holds_65536_bytes)
{
    pipe_up(O_NONBLOCK);
    ck_assert_int_eq(fs_read(reader, block, 1), -EAGAIN);
    ck_assert_int_eq(fs_write(writer, block, CAPACITY + 1), CAPACITY);
    ck_assert_int_eq(fs_write(writer, block, 1), -EAGAIN);
    ck_assert_int_eq(fs_read(reader, block, CAPACITY + 1), CAPACITY);
    ck_assert_int_eq(fs_read(reader, block, 1), -EAGAIN);
    pipe_down();
}
END_TEST

START_TEST(writes_small_pieces_whole_or_not)
{
    pipe_up(O_NONBLOCK);
    ck_assert_int_eq(fs_write(writer, block, CAPACITY - 100), CAPACITY - 100);
    ck_assert_int_eq(fs_write(writer, block, 4096), -EAGAIN);
    ck_assert_int_eq(fs_write(writer, block, 101), -EAGAIN);
    /* A longer one may be cut: after what goes behind the last bytes. */
    ck_assert_int_eq(fs_write(writer, block, 4097), 1);
    pipe_down();
}
END_TEST

START_TEST(ends_when_the_other_end_closes)
{
    char back[4];

    pipe_up(0);
    fs_write(writer, "x", 1);
    file_put(writer);
    writer = NULL;
    ck_assert_uint_eq(file_poll(reader, NULL), POLLIN | POLLRDNORM | POLLHUP);
    ck_assert_int_eq(fs_read(reader, back, 4), 1);
    ck_assert_int_eq(fs_read(reader, back, 4), 0);
    ck_assert_uint_eq(file_poll(reader, NULL), POLLHUP);
    pipe_down();
    pipe_up(0);
    fs_write(writer, "x", 1);
    file_put(reader);
    reader = NULL;
    ck_assert_int_eq(fs_write(writer, "x", 1), -EPIPE);
    ck_assert_uint_eq(file_poll(writer, NULL), POLLOUT | POLLWRNORM | POLLERR);
    pipe_down();
}
END_TEST

static void write_x(void *arg)
{
    (void)arg;
    fs_write(writer, "x", 1);
}

static void read_all(void *arg)
{
    (void)arg;
    fs_read(reader, block, CAPACITY);
}

static void close_writer(void *arg)
{
    (void)arg;
    file_put(writer);
    writer = NULL;
}

START_TEST(waits_for_the_other_side)
{
    char back[4];

    pipe_up(0);
    stub_on_sleep(write_x, NULL);
    ck_assert_int_eq(fs_read(reader, back, 4), 1);
    stub_on_sleep(read_all, NULL);
    ck_assert_int_eq(fs_write(writer, block, CAPACITY + 1), CAPACITY + 1);
    fs_read(reader, back, 4);
    stub_on_sleep(close_writer, NULL);
    ck_assert_int_eq(fs_read(reader, back, 4), 0);
    pipe_down();
}
END_TEST

START_TEST(is_interrupted_by_signals)
{
    char back[4];

    pipe_up(0);
    stub_signal_pending(true);
    ck_assert_int_eq(fs_read(reader, back, 4), -ERESTARTSYS);
    ck_assert_int_eq(fs_write(writer, block, CAPACITY + 1), CAPACITY);
    ck_assert_int_eq(fs_write(writer, block, 1), -ERESTARTSYS);
    pipe_down();
}
END_TEST

START_TEST(stops_at_a_fault)
{
    pipe_up(0);
    stub_uaccess_fault(block + 5000, 1);
    ck_assert_int_eq(fs_write(writer, block, 6000), 5000);
    ck_assert_int_eq(fs_write(writer, block + 5000, 10), -EFAULT);
    stub_uaccess_fault(block + 10, 1);
    ck_assert_int_eq(fs_read(reader, block, 5000), 10);
    ck_assert_int_eq(fs_read(reader, block + 10, 5000), -EFAULT);
    stub_uaccess_fault(NULL, 0);
    ck_assert_int_eq(fs_read(reader, block, 6000), 4990);
    pipe_down();
}
END_TEST

START_TEST(survives_every_failed_allocation)
{
    for (unsigned n = 1; n <= 5; n++) {
        int err;

        stub_alloc_fail(n);
        err = pipe_create(0, &reader, &writer);
        ck_assert(stub_alloc_failed());
        ck_assert_int_eq(err, -ENOMEM);
        ck_assert_uint_eq(stub_live_blocks(), 0);
    }
    reader = writer = NULL;
    pipe_up(0);
    stub_alloc_fail(1);
    ck_assert_int_eq(fs_write(writer, block, 1), -ENOMEM);
    ck_assert_int_eq(fs_write(writer, block, 1), 1);
    pipe_down();
}
END_TEST

/* --- poll --- */

START_TEST(polls_once_without_a_timeout)
{
    struct poll_entry e[2];

    pipe_up(0);
    e[0] = (struct poll_entry){.file = reader, .wanted = POLLIN};
    e[1] = (struct poll_entry){.file = writer, .wanted = POLLIN};
    ck_assert_int_eq(poll_files(e, 2, 0), 0);
    e[1].wanted = POLLOUT;
    ck_assert_int_eq(poll_files(e, 2, 0), 1);
    ck_assert_uint_eq(e[0].ready, 0);
    ck_assert_uint_eq(e[1].ready, POLLOUT);
    ck_assert_int_eq(poll_files(NULL, 0, 0), 0);
    pipe_down();
}
END_TEST

START_TEST(polls_until_something_happens)
{
    struct poll_entry e = {.wanted = POLLIN};

    pipe_up(0);
    e.file = reader;
    stub_on_sleep(write_x, NULL);
    ck_assert_int_eq(poll_files(&e, 1, WAIT_FOREVER), 1);
    ck_assert_uint_eq(e.ready, POLLIN);
    ck_assert_int_eq(fs_read(reader, block, 9), 1);
    stub_on_sleep(close_writer, NULL);
    e.wanted = 0;
    ck_assert_int_eq(poll_files(&e, 1, WAIT_FOREVER), 1);
    ck_assert_uint_eq(e.ready, POLLHUP);
    pipe_down();
}
END_TEST

START_TEST(polls_until_the_deadline)
{
    struct poll_entry e = {.wanted = POLLIN};
    uint64_t deadline = clock_monotonic_ns() + 5000;

    pipe_up(0);
    e.file = reader;
    ck_assert_int_eq(poll_files(&e, 1, deadline), 0);
    ck_assert_uint_ge(clock_monotonic_ns(), deadline);
    stub_signal_pending(true);
    ck_assert_int_eq(poll_files(&e, 1, WAIT_FOREVER), -ERESTARTNOHAND);
    pipe_down();
}
END_TEST

START_TEST(polls_many_files)
{
    enum { COUNT = 200 };
    struct poll_entry e[COUNT];

    pipe_up(0);
    for (int i = 0; i < COUNT; i++)
        e[i] = (struct poll_entry){.file = i % 3 ? reader : NULL,
                                   .wanted = POLLIN};
    stub_on_sleep(write_x, NULL);
    ck_assert_int_eq(poll_files(e, COUNT, WAIT_FOREVER), COUNT - COUNT / 3 - 1);
    ck_assert_int_eq(fs_read(reader, block, 9), 1);
    for (unsigned n = 1; n <= 2; n++) {
        stub_alloc_fail(n);
        ck_assert_int_eq(poll_files(e, COUNT, WAIT_FOREVER), -ENOMEM);
    }
    pipe_down();
}
END_TEST

UNIT_SUITE(vfs_pipe, "vfs/pipe", moves_bytes_in_order, holds_65536_bytes,
           writes_small_pieces_whole_or_not, ends_when_the_other_end_closes,
           waits_for_the_other_side, is_interrupted_by_signals,
           stops_at_a_fault, survives_every_failed_allocation,
           polls_once_without_a_timeout, polls_until_something_happens,
           polls_until_the_deadline, polls_many_files)
