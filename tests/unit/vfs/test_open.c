// SPDX-License-Identifier: MIT
/* Tests of vfs/open.c, vfs/devfs.c and of directories as files: open(2),
 * getdents(2), null(4), random(4). */
#include <stdio.h>
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "kernel/thread.h"
#include "vfs/exe.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"

START_TEST(creates_as_the_flags_say)
{
    fs_up();
    ck_assert_int_eq(fs_open_error("/f", O_RDONLY), -ENOENT);
    ck_assert_int_eq(fs_open_error("/f", O_CREAT | O_EXCL), 0);
    ck_assert_int_eq(fs_open_error("/f", O_CREAT | O_EXCL), -EEXIST);
    ck_assert_int_eq(fs_open_error("/f", O_CREAT), 0);
    ck_assert_int_eq(fs_open_error("/g/", O_CREAT), -EISDIR);
    ck_assert_int_eq(fs_open_error("/x/g", O_CREAT), -ENOENT);
    ck_assert_int_eq(fs_open_error("/f/g", O_CREAT), -ENOTDIR);
    ck_assert_int_eq(fs_open_error("/tmp", O_CREAT), -EISDIR);
    ck_assert_int_eq(fs_open_error("/tmp/.", O_CREAT), -EISDIR);
    ck_assert_int_eq(fs_open_error("/", O_CREAT), -EISDIR);
    ck_assert_int_eq(fs_open_error("/tmp", O_CREAT | O_EXCL), -EEXIST);
    ck_assert_int_eq(fs_open_error("/q", O_CREAT | O_DIRECTORY), -EINVAL);
    ck_assert_int_eq(fs_open_error("/tmp", O_TMPFILE), -EINVAL);
    fs_down();
}
END_TEST

START_TEST(opens_directories_for_reading_only)
{
    fs_up();
    fs_touch("/f");
    ck_assert_int_eq(fs_open_error("/tmp", O_RDONLY), 0);
    ck_assert_int_eq(fs_open_error("/tmp", O_WRONLY), -EISDIR);
    ck_assert_int_eq(fs_open_error("/tmp", O_RDWR), -EISDIR);
    ck_assert_int_eq(fs_open_error("/tmp", O_DIRECTORY), 0);
    ck_assert_int_eq(fs_open_error("/f", O_DIRECTORY), -ENOTDIR);
    ck_assert_int_eq(fs_open_error("/f/", O_RDONLY), -ENOTDIR);
    fs_down();
}
END_TEST

START_TEST(treats_links_as_the_flags_say)
{
    struct file *f;

    fs_up();
    fs_put_text("/f", "text");
    fs_symlink("f", "/l");
    fs_symlink("made", "/dangling");
    fs_symlink("tmp", "/d");
    ck_assert(fs_has_text("/l", "text"));
    ck_assert_int_eq(fs_open_error("/l", O_NOFOLLOW), -ELOOP);
    ck_assert_int_eq(fs_open_error("/l", O_NOFOLLOW | O_CREAT), -ELOOP);
    ck_assert_int_eq(fs_open_error("/l", O_CREAT | O_EXCL), -EEXIST);
    ck_assert_int_eq(fs_open_error("/d", O_NOFOLLOW | O_DIRECTORY), -ENOTDIR);
    ck_assert_int_eq(fs_open_error("/d/", O_NOFOLLOW), 0);
    ck_assert_int_eq(fs_open_error("/dangling", O_CREAT | O_EXCL), -EEXIST);
    ck_assert_int_eq(fs_open_error("/dangling", O_CREAT), 0);
    ck_assert_int_eq(fs_walk("/made", 0), 0);
    f = fs_open("/l", O_PATH | O_NOFOLLOW);
    ck_assert(vnode_is_symlink(f->vnode));
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(truncates_what_it_opens)
{
    fs_up();
    fs_put_text("/f", "text");
    ck_assert_int_eq(fs_open_error("/f", O_WRONLY), 0);
    ck_assert(fs_has_text("/f", "text"));
    ck_assert_int_eq(fs_open_error("/f", O_TRUNC | O_PATH), 0);
    ck_assert(fs_has_text("/f", "text"));
    ck_assert_int_eq(fs_open_error("/f", O_WRONLY | O_TRUNC), 0);
    ck_assert(fs_has_text("/f", ""));
    ck_assert_int_eq(fs_open_error("/dev/null", O_WRONLY | O_TRUNC), 0);
    fs_down();
}
END_TEST

START_TEST(leaves_nothing_after_a_failed_allocation)
{
    fs_up();
    for (unsigned n = 1;; n++) {
        bool failed;
        int err;

        stub_alloc_fail(n);
        err = fs_open_error("/new-file", O_CREAT | O_EXCL | O_RDWR);
        failed = stub_alloc_failed();
        stub_alloc_fail(0);
        if (!failed)
            break;
        ck_assert_int_eq(err, -ENOMEM);
        fs_unlink("/new-file"); /* Linux leaves the file too */
    }
    fs_down();
}
END_TEST

START_TEST(keeps_writers_and_runners_apart)
{
    struct dentry *d;
    struct file *f;

    fs_up();
    fs_put_text("/f", "text");
    f = fs_open("/f", O_RDWR);
    d = f->dentry;
    ck_assert_int_eq(exe_take(d), -ETXTBSY);
    dentry_get(d);
    file_put(f);
    ck_assert_int_eq(exe_take(d), 0);
    exe_get(d);
    ck_assert_int_eq(fs_open_error("/f", O_WRONLY), -ETXTBSY);
    ck_assert_int_eq(fs_open_error("/f", O_RDONLY | O_TRUNC), -ETXTBSY);
    ck_assert_int_eq(fs_open_error("/f", O_RDONLY), 0);
    ck_assert(fs_has_text("/f", "text"));
    exe_put(d);
    ck_assert_int_eq(fs_open_error("/f", O_WRONLY), -ETXTBSY);
    exe_put(d);
    ck_assert_int_eq(fs_open_error("/f", O_WRONLY | O_TRUNC), 0);
    ck_assert_int_eq(exe_take(d), 0);
    exe_put(d);
    dentry_put(d);
    fs_down();
}
END_TEST

/* --- directories --- */

struct list {
    struct dir_reader reader;
    char text[256];
    unsigned room; /* entries */
};

static bool collect(struct dir_reader *r, const char *name, size_t len,
                    uint64_t ino, unsigned type, uint64_t next)
{
    struct list *l = container_of(r, struct list, reader);

    ck_assert_uint_eq(strlen(name), len);
    ck_assert_uint_gt(ino, 0);
    ck_assert_uint_gt(next, 0);
    if (l->room == 0)
        return false;
    l->room--;
    sprintf(l->text + strlen(l->text), "%s:%u ", name, type);
    return true;
}

static const char *read_dir(struct file *f, unsigned room)
{
    static struct list l;

    l = (struct list){.reader.emit = collect, .room = room};
    ck_assert_int_eq(f->ops->readdir(f, &l.reader, &f->pos), 0);
    return l.text;
}

START_TEST(lists_a_directory_in_pieces)
{
    struct file *f;

    fs_up();
    fs_mkdir("/d");
    fs_touch("/d/a");
    fs_mkdir("/d/b");
    fs_symlink("x", "/d/c");
    f = fs_open("/d", O_RDONLY);
    ck_assert_str_eq(read_dir(f, 1), ".:4 ");
    ck_assert_str_eq(read_dir(f, 2), "..:4 a:8 ");
    ck_assert_str_eq(read_dir(f, 99), "b:4 c:10 ");
    ck_assert_str_eq(read_dir(f, 99), "");
    ck_assert_int_eq(file_seek(f, 0, SEEK_SET), 0);
    ck_assert_str_eq(read_dir(f, 99), ".:4 ..:4 a:8 b:4 c:10 ");
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(lists_on_while_names_come_and_go)
{
    struct file *f;

    fs_up();
    fs_mkdir("/d");
    fs_touch("/d/a");
    fs_touch("/d/b");
    fs_touch("/d/c");
    f = fs_open("/d", O_RDONLY);
    ck_assert_str_eq(read_dir(f, 3), ".:4 ..:4 a:8 ");
    fs_unlink("/d/a");
    fs_unlink("/d/b");
    fs_touch("/d/new");
    ck_assert_str_eq(read_dir(f, 99), "c:8 new:8 ");
    fs_unlink("/d/c");
    fs_unlink("/d/new");
    fs_rmdir("/d");
    ck_assert_int_eq(
        f->ops->readdir(f, &(struct dir_reader){.emit = collect}, &f->pos),
        -ENOENT);
    file_put(f);
    fs_down();
}
END_TEST

/* --- devices --- */

START_TEST(has_the_memory_devices)
{
    char buf[8] = "xxxxxxx";
    struct file *f;

    fs_up();
    f = fs_open("/dev/null", O_RDWR);
    ck_assert_int_eq(fs_read(f, buf, 8), 0);
    ck_assert_int_eq(fs_write(f, buf, 8), 8);
    ck_assert_int_eq(file_seek(f, 5, SEEK_SET), 0);
    file_put(f);
    f = fs_open("/dev/zero", O_RDWR);
    ck_assert_int_eq(fs_read(f, buf, 7), 7);
    ck_assert_mem_eq(buf, "\0\0\0\0\0\0\0", 8);
    ck_assert_int_eq(fs_read(f, NULL, 7), -EFAULT);
    file_put(f);
    f = fs_open("/dev/full", O_RDWR);
    ck_assert_int_eq(fs_write(f, buf, 1), -ENOSPC);
    file_put(f);
    ck_assert_int_eq(fs_open_error("/dev/tty", O_RDWR), -ENXIO);
    ck_assert_uint_eq(fs_vnode("/dev/null")->rdev, abi_makedev(1, 3));
    fs_down();
}
END_TEST

START_TEST(reads_random_bytes)
{
    uint8_t a[1000] = {0}, b[1000] = {0};
    struct file *f;

    fs_up();
    f = fs_open("/dev/urandom", O_RDWR);
    ck_assert_int_eq(fs_read(f, a, sizeof(a)), sizeof(a));
    ck_assert_int_eq(fs_read(f, b, sizeof(b)), sizeof(b));
    ck_assert_mem_ne(a, b, sizeof(a));
    ck_assert_int_eq(fs_write(f, a, sizeof(a)), sizeof(a));
    ck_assert_int_eq(fs_read(f, NULL, 1), -EFAULT);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(keeps_current_directory_and_root)
{
    struct fs_context *c, *copy;
    struct path_start start;
    struct dentry *tmp;

    fs_up();
    c = fs_context_create();
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/tmp", 0, &tmp), 0);
    fs_context_set_cwd(c, tmp);
    copy = fs_context_copy(c);
    fs_context_set_cwd(c, start.root);
    fs_context_start(copy, NULL, &start);
    ck_assert_ptr_eq(start.base, tmp);
    ck_assert_ptr_eq(start.root, mount_root());
    path_start_put(&start);
    fs_context_put(copy);
    fs_context_put(c);
    dentry_put(tmp);
    fs_down();
}
END_TEST

UNIT_SUITE(vfs_open, "vfs/open", creates_as_the_flags_say,
           opens_directories_for_reading_only, treats_links_as_the_flags_say,
           truncates_what_it_opens, leaves_nothing_after_a_failed_allocation,
           keeps_writers_and_runners_apart, lists_a_directory_in_pieces,
           lists_on_while_names_come_and_go, has_the_memory_devices,
           reads_random_bytes, keeps_current_directory_and_root)
