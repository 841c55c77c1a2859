// SPDX-License-Identifier: MIT
/* Tests of vfs/fd.c: descriptor tables. */
#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "vfs/fd.h"

#define LIMIT 1024

static int released, flushed, flush_error;

static void count_release(struct file *f)
{
    (void)f;
    released++;
}

static int count_flush(struct file *f)
{
    (void)f;
    flushed++;
    return flush_error;
}

static const struct file_ops ops = {
    .release = count_release,
    .flush = count_flush,
};

static struct file *new_file(void)
{
    struct file *f = file_create_anonymous(S_IFSOCK, &ops, O_RDWR, NULL);

    ck_assert_ptr_nonnull(f);
    return f;
}

static int install(struct fd_table *t, unsigned min)
{
    int fd = fd_table_reserve(t, min, LIMIT, false);

    ck_assert_int_ge(fd, 0);
    fd_table_install(t, fd, new_file());
    return fd;
}

static struct fd_table *new_table(void)
{
    released = flushed = 0;
    return fd_table_create();
}

START_TEST(hands_out_the_lowest_free_number)
{
    struct fd_table *t = new_table();

    for (int i = 0; i < 200; i++)
        ck_assert_int_eq(install(t, 0), i);
    ck_assert_int_eq(fd_table_close(t, 150), 0);
    ck_assert_int_eq(fd_table_close(t, 3), 0);
    ck_assert_int_eq(install(t, 0), 3);
    ck_assert_int_eq(install(t, 0), 150);
    ck_assert_int_eq(install(t, 0), 200);
    ck_assert_int_eq(install(t, 500), 500);
    ck_assert_int_eq(install(t, 500), 501);
    ck_assert_int_eq(install(t, 0), 201);
    fd_table_put(t);
    ck_assert_int_eq(released, 206);
    ck_assert_int_eq(flushed, 206);
}
END_TEST

START_TEST(tells_what_closing_met)
{
    struct fd_table *t = new_table();
    int fd = install(t, 0);

    flush_error = -EIO;
    ck_assert_int_eq(fd_table_close(t, fd), -EIO);
    flush_error = 0;
    ck_assert_int_eq(released, 1);
    ck_assert_int_eq(fd_table_close(t, fd), -EBADF);
    fd_table_put(t);
}
END_TEST

START_TEST(stops_at_the_limit)
{
    struct fd_table *t = new_table();

    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(fd_table_reserve(t, 0, 5, false), i);
    ck_assert_int_eq(fd_table_reserve(t, 0, 5, false), -EMFILE);
    ck_assert_int_eq(fd_table_reserve(t, 7, 5, false), -EMFILE);
    fd_table_unreserve(t, 2);
    ck_assert_int_eq(fd_table_reserve(t, 0, 5, false), 2);
    ck_assert_int_eq(fd_table_reserve(t, 0, 6, false), 5);
    ck_assert_int_eq(fd_table_reserve(t, FD_TABLE_MAX - 1, UINT64_MAX, false),
                     FD_TABLE_MAX - 1);
    ck_assert_int_eq(fd_table_reserve(t, FD_TABLE_MAX - 1, UINT64_MAX, false),
                     -EMFILE);
    fd_table_put(t);
}
END_TEST

START_TEST(finds_open_numbers_only)
{
    struct fd_table *t = new_table();
    int fd = install(t, 0);
    struct file *f = fd_table_lookup(t, fd);

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fd_table_close(t, fd), 0);
    ck_assert_int_eq(released, 0);
    ck_assert_int_eq(flushed, 1);
    file_put(f);
    ck_assert_int_eq(released, 1);
    ck_assert_ptr_null(fd_table_lookup(t, fd));
    ck_assert_ptr_null(fd_table_lookup(t, -1));
    ck_assert_ptr_null(fd_table_lookup(t, 100000));
    ck_assert_int_eq(fd_table_close(t, fd), -EBADF);
    ck_assert_int_eq(fd_table_close(t, -1), -EBADF);
    fd = fd_table_reserve(t, 0, LIMIT, false);
    ck_assert_ptr_null(fd_table_lookup(t, fd));
    ck_assert_int_eq(fd_table_close(t, fd), -EBADF);
    fd_table_put(t);
}
END_TEST

START_TEST(replaces_as_dup2_does)
{
    struct fd_table *t = new_table();
    int fd = install(t, 0), other = install(t, 0), reserved;
    struct file *f = fd_table_lookup(t, fd);

    ck_assert_int_eq(fd_table_replace(t, other, f, LIMIT, true), other);
    ck_assert_int_eq(released, 1);
    ck_assert_int_eq(fd_table_cloexec(t, other), 1);
    ck_assert_int_eq(fd_table_cloexec(t, fd), 0);
    ck_assert_int_eq(fd_table_replace(t, 700, f, LIMIT, false), 700);
    ck_assert_int_eq(fd_table_replace(t, LIMIT, f, LIMIT, false), -EBADF);
    ck_assert_int_eq(fd_table_replace(t, -1, f, LIMIT, false), -EBADF);
    reserved = fd_table_reserve(t, 0, LIMIT, false);
    ck_assert_int_eq(fd_table_replace(t, reserved, f, LIMIT, false), -EBUSY);
    ck_assert_int_eq(f->refs, 4);
    ck_assert_int_eq(install(t, 0), 3);
    file_put(f);
    fd_table_put(t);
    ck_assert_int_eq(released, 3);
}
END_TEST

START_TEST(copies_for_fork_and_shares_files)
{
    struct fd_table *t = new_table(), *copy;
    int a = install(t, 0), b = install(t, 300);
    struct file *f = fd_table_lookup(t, b), *same;

    fd_table_set_cloexec(t, a, true);
    fd_table_reserve(t, 0, LIMIT, false);
    copy = fd_table_copy(t);
    same = fd_table_lookup(copy, b);
    ck_assert_ptr_eq(f, same);
    file_put(same);
    file_put(f);
    ck_assert_int_eq(fd_table_cloexec(copy, a), 1);
    ck_assert_int_eq(install(copy, 0), 1);
    fd_table_put(t);
    ck_assert_int_eq(released, 0);
    fd_table_close_on_exec(copy);
    ck_assert_int_eq(released, 1);
    ck_assert_ptr_null(fd_table_lookup(copy, a));
    fd_table_put(copy);
    ck_assert_int_eq(released, 3);
}
END_TEST

START_TEST(is_locked_while_it_is_shared)
{
    struct fd_table *t = new_table();
    int fd = install(t, 0);
    struct file *f;

    fd_table_get(t);
    f = fd_table_lookup(t, fd);
    ck_assert_ptr_nonnull(f);
    file_put(f);
    fd_table_put(t);
    ck_assert_int_eq(released, 0);
    fd_table_put(t);
    ck_assert_int_eq(released, 1);
}
END_TEST

START_TEST(keeps_the_flag_with_the_number)
{
    struct fd_table *t = new_table();
    int fd = fd_table_reserve(t, 0, LIMIT, true);

    fd_table_install(t, fd, new_file());
    ck_assert_int_eq(fd_table_cloexec(t, fd), 1);
    ck_assert_int_eq(fd_table_set_cloexec(t, fd, false), 0);
    ck_assert_int_eq(fd_table_cloexec(t, fd), 0);
    fd_table_set_cloexec(t, fd, true);
    fd_table_close(t, fd);
    ck_assert_int_eq(install(t, 0), fd);
    ck_assert_int_eq(fd_table_cloexec(t, fd), 0);
    ck_assert_int_eq(fd_table_cloexec(t, 99), -EBADF);
    ck_assert_int_eq(fd_table_set_cloexec(t, -1, true), -EBADF);
    fd_table_put(t);
}
END_TEST

START_TEST(survives_every_failed_allocation)
{
    for (unsigned n = 1; n <= 12; n++) {
        struct fd_table *t, *copy = NULL;
        int fd = -1;

        stub_alloc_fail(n);
        t = fd_table_create();
        if (t)
            fd = fd_table_reserve(t, 100, LIMIT, false);
        if (t)
            copy = fd_table_copy(t);
        stub_alloc_fail(0);
        ck_assert(fd == 100 || fd == -ENOMEM || !t);
        if (copy)
            fd_table_put(copy);
        if (t)
            fd_table_put(t);
        ck_assert_uint_eq(stub_live_blocks(), 0);
    }
}
END_TEST

UNIT_SUITE(vfs_fd, "vfs/fd", hands_out_the_lowest_free_number,
           tells_what_closing_met, stops_at_the_limit, finds_open_numbers_only,
           replaces_as_dup2_does, copies_for_fork_and_shares_files,
           is_locked_while_it_is_shared, keeps_the_flag_with_the_number,
           survives_every_failed_allocation)
