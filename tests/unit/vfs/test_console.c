// SPDX-License-Identifier: MIT
/* Tests of vfs/console.c, with a device that is an array. */
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "abi/ioctl.h"
#include "abi/poll.h"
#include "kernel/thread.h"
#include "kernel/cred.h"
#include "vfs/console.h"
#include "vfs/fd.h"
#include "vfs/vfs.h"

static struct console_device dev;
static char output[16384];
static size_t written, room, resumed;
static ssize_t write_error;

static ssize_t array_write(struct console_device *d, const void *data,
                           size_t len, bool nonblock)
{
    size_t n = MIN(len, room);

    ck_assert_ptr_eq(d, &dev);
    ck_assert_uint_gt(len, 0);
    if (!n && write_error)
        return write_error;
    ck_assert_msg(n || nonblock, "a blocking write finds no room");
    if (!n)
        return -EAGAIN;
    memcpy(output + written, data, n);
    written += n;
    room -= n;
    return (ssize_t)n;
}

static bool array_writable(struct console_device *d)
{
    (void)d;
    return room > 0;
}

static void array_resume(struct console_device *d)
{
    (void)d;
    resumed++;
}

static const struct console_device_ops ops = {
    .write = array_write,
    .writable = array_writable,
    .input_resume = array_resume,
};

static struct file *in, *out;

static void console_up(void)
{
    written = resumed = 0;
    write_error = 0;
    room = sizeof(output);
    console_device_init(&dev, &ops, S_IFCHR | 0620, abi_makedev(4, 64));
    for (int i = 0; i < CONSOLE_STREAMS; i++)
        console_register((enum console_stream)i, &dev);
    ck_assert_int_eq(console_open(CONSOLE_STDIN, &in), 0);
    ck_assert_int_eq(console_open(CONSOLE_STDOUT, &out), 0);
}

static void console_down(void)
{
    file_put(in);
    file_put(out);
}

START_TEST(reads_what_has_arrived)
{
    char buf[8];

    console_up();
    ck_assert_uint_eq(console_input(&dev, "hello", 5), 5);
    ck_assert_int_eq(fs_read(in, buf, 2), 2);
    ck_assert_int_eq(fs_read(in, buf + 2, 8), 3);
    ck_assert_mem_eq(buf, "hello", 5);
    ck_assert_int_eq(fs_read(in, buf, 0), 0);
    ck_assert_int_eq(fs_write(in, buf, 1), -EBADF);
    ck_assert_int_eq(fs_read(out, buf, 1), -EBADF);
    ck_assert_int_eq(file_seek(in, 0, SEEK_CUR), -ESPIPE);
    ck_assert_uint_eq(in->vnode->mode, S_IFCHR | 0620);
    console_down();
}
END_TEST

static void arrive(void *arg)
{
    console_input(&dev, arg, strlen(arg));
}

static void end_input(void *arg)
{
    (void)arg;
    console_input_eof(&dev, true);
}

START_TEST(waits_for_input_or_its_end)
{
    char buf[8];

    console_up();
    stub_on_sleep(arrive, "x");
    ck_assert_int_eq(fs_read(in, buf, 8), 1);
    stub_on_sleep(end_input, NULL);
    ck_assert_int_eq(fs_read(in, buf, 8), 0);
    console_input(&dev, "late", 4);
    ck_assert_int_eq(fs_read(in, buf, 8), 4);
    ck_assert_int_eq(fs_read(in, buf, 8), 0);
    console_input_eof(&dev, false);
    stub_on_sleep(NULL, NULL);
    stub_signal_pending(true);
    ck_assert_int_eq(fs_read(in, buf, 8), -ERESTARTSYS);
    in->flags |= O_NONBLOCK;
    ck_assert_int_eq(fs_read(in, buf, 8), -EAGAIN);
    console_down();
}
END_TEST

START_TEST(holds_back_a_driver_that_is_too_fast)
{
    char data[CONSOLE_INPUT_SIZE + 10], back[CONSOLE_INPUT_SIZE];

    console_up();
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 3);
    ck_assert_uint_eq(console_input(&dev, data, 100), 100);
    ck_assert_int_eq(fs_read(in, back, 100), 100);
    ck_assert_uint_eq(resumed, 0);
    ck_assert_uint_eq(console_input(&dev, data, sizeof(data)),
                      CONSOLE_INPUT_SIZE);
    ck_assert_uint_eq(console_input_space(&dev), 0);
    ck_assert_int_eq(fs_read(in, back, 10), 10);
    ck_assert_uint_eq(resumed, 1);
    ck_assert_uint_eq(console_input(&dev, data + CONSOLE_INPUT_SIZE, 10), 10);
    ck_assert_int_eq(fs_read(in, back, sizeof(back)), CONSOLE_INPUT_SIZE);
    ck_assert_uint_eq(resumed, 1);
    ck_assert_mem_eq(back, data + 10, CONSOLE_INPUT_SIZE);
    console_down();
}
END_TEST

START_TEST(loses_no_input_at_a_fault)
{
    char buf[8];

    console_up();
    console_input(&dev, "hello", 5);
    stub_uaccess_fault(buf + 2, 1);
    ck_assert_int_eq(fs_read(in, buf, 8), 2);
    ck_assert_int_eq(fs_read(in, buf + 2, 6), -EFAULT);
    stub_uaccess_fault(NULL, 0);
    ck_assert_int_eq(fs_read(in, buf, 8), 3);
    ck_assert_mem_eq(buf, "llo", 3);
    console_down();
}
END_TEST

START_TEST(writes_all_of_it)
{
    char data[10000];

    console_up();
    memset(data, 'd', sizeof(data));
    data[9999] = 'e';
    ck_assert_int_eq(fs_write(out, "hi", 2), 2);
    ck_assert_int_eq(fs_write(out, data, sizeof(data)), sizeof(data));
    ck_assert_uint_eq(written, 10002);
    ck_assert_mem_eq(output + 2, data, sizeof(data));
    ck_assert_uint_eq(stub_live_pages(), 0);
    stub_alloc_fail(1);
    ck_assert_int_eq(fs_write(out, data, 1000), 1000);
    ck_assert_int_eq(fs_write(out, NULL, 1000), -EFAULT);
    console_down();
}
END_TEST

START_TEST(writes_in_part_when_it_must)
{
    console_up();
    room = 3;
    write_error = -EINTR;
    ck_assert_int_eq(fs_write(out, "12345", 5), 3);
    ck_assert_int_eq(fs_write(out, "12345", 5), -EINTR);
    write_error = 0;
    room = 2;
    out->flags |= O_NONBLOCK;
    ck_assert_int_eq(fs_write(out, "12345", 5), 2);
    ck_assert_int_eq(fs_write(out, "12345", 5), -EAGAIN);
    ck_assert_uint_eq(written, 5);
    console_down();
}
END_TEST

START_TEST(polls_both_directions)
{
    console_up();
    ck_assert_uint_eq(file_poll(in, NULL), 0);
    ck_assert_uint_eq(file_poll(out, NULL), POLLOUT | POLLWRNORM);
    room = 0;
    ck_assert_uint_eq(file_poll(out, NULL), 0);
    console_input(&dev, "x", 1);
    ck_assert_uint_eq(file_poll(in, NULL), POLLIN | POLLRDNORM);
    console_input_eof(&dev, true);
    dev.mode = S_IFIFO | 0600;
    ck_assert_uint_eq(file_poll(in, NULL), POLLIN | POLLRDNORM | POLLHUP);
    console_down();
}
END_TEST

START_TEST(is_no_terminal)
{
    int waiting = 99;

    console_up();
    ck_assert_int_eq(in->ops->ioctl(in, TCGETS, 0), -ENOTTY);
    console_input(&dev, "abc", 3);
    ck_assert_int_eq(in->ops->ioctl(in, FIONREAD, (uintptr_t)&waiting), 0);
    ck_assert_int_eq(waiting, 3);
    ck_assert_int_eq(in->ops->ioctl(in, FIONREAD, 0), -EFAULT);
    console_down();
}
END_TEST

START_TEST(is_behind_the_first_descriptors_and_dev_console)
{
    struct fd_table *t;
    struct dentry *d;
    struct file *f;
    char c;

    console_up();
    fs_up();
    t = vfs_create_console_fds();
    stub_thread()->files = t;
    f = fd_table_lookup(t, 2);
    ck_assert_int_eq(fs_write(f, "err", 3), 3);
    file_put(f);
    ck_assert_ptr_null(fd_table_lookup(t, 3));
    f = fs_open("/dev/console", O_RDWR);
    console_input(&dev, "y", 1);
    ck_assert_int_eq(fs_read(f, &c, 1), 1);
    ck_assert_int_eq(fs_write(f, "out", 3), 3);
    file_put(f);
    f = fd_table_lookup(t, 2); /* opened anew, as by /proc/self/fd/2 */
    d = dentry_create_root(f->vnode);
    file_put(f);
    ck_assert_int_eq(file_open_dentry(d, O_WRONLY, &cred_root, &f), 0);
    dentry_put(d);
    ck_assert_int_eq(fs_write(f, "!", 1), 1);
    file_put(f);
    ck_assert_mem_eq(output, "errout!", 7);
    fd_table_put(t);
    fs_down();
    console_down();
}
END_TEST

START_TEST(survives_a_missing_device)
{
    char c;

    console_register(CONSOLE_STDIN, NULL);
    console_register(CONSOLE_STDOUT, NULL);
    ck_assert_int_eq(console_open(CONSOLE_STDIN, &in), 0);
    ck_assert_int_eq(console_open(CONSOLE_STDOUT, &out), 0);
    ck_assert_int_eq(fs_read(in, &c, 1), 0);
    ck_assert_int_eq(fs_write(out, "x", 1), -EIO);
    console_down();
    for (unsigned n = 1; n <= 2; n++) {
        stub_alloc_fail(n);
        ck_assert_int_eq(console_open(CONSOLE_STDIN, &in), -ENOMEM);
    }
}
END_TEST

UNIT_SUITE(vfs_console, "vfs/console", reads_what_has_arrived,
           waits_for_input_or_its_end, holds_back_a_driver_that_is_too_fast,
           loses_no_input_at_a_fault, writes_all_of_it,
           writes_in_part_when_it_must, polls_both_directions, is_no_terminal,
           is_behind_the_first_descriptors_and_dev_console,
           survives_a_missing_device)
