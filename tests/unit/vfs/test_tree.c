// SPDX-License-Identifier: MIT
/* Tests of vfs/tree.c and vfs/dentry.c: what happens to names. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "vfs/mount.h"
#include "vfs/tree.h"
#include "vfs/vfs.h"

static const char long_name[] = "/a-name-that-does-not-fit-into-the-dentry-"
                                "itself-but-is-allocated-apart";

START_TEST(makes_only_what_is_not_there)
{
    fs_up();
    ck_assert_int_eq(fs_mkdir("/d"), 0);
    ck_assert_int_eq(fs_mkdir("/d"), -EEXIST);
    ck_assert_int_eq(fs_mkdir("/d/"), -EEXIST);
    ck_assert_int_eq(fs_mkdir("/"), -EEXIST);
    ck_assert_int_eq(fs_mkdir("/d/."), -EEXIST);
    ck_assert_int_eq(fs_mkdir("/d/.."), -EEXIST);
    ck_assert_int_eq(fs_mkdir("/e/"), 0);
    ck_assert_int_eq(fs_touch("/f/"), -ENOENT);
    ck_assert_int_eq(fs_touch("/f"), 0);
    ck_assert_int_eq(fs_mkdir("/f"), -EEXIST);
    ck_assert_int_eq(fs_mkdir("/f/d"), -ENOTDIR);
    ck_assert_int_eq(fs_symlink("x", "/l"), 0);
    ck_assert_int_eq(fs_mkdir("/l"), -EEXIST);
    fs_down();
}
END_TEST

START_TEST(counts_links_of_directories)
{
    fs_up();
    fs_mkdir("/d");
    ck_assert_uint_eq(fs_vnode("/d")->nlink, 2);
    fs_mkdir("/d/e");
    fs_mkdir("/d/f");
    fs_touch("/d/g");
    ck_assert_uint_eq(fs_vnode("/d")->nlink, 4);
    fs_rename("/d/e", "/e", 0);
    ck_assert_uint_eq(fs_vnode("/d")->nlink, 3);
    fs_rmdir("/d/f");
    ck_assert_uint_eq(fs_vnode("/d")->nlink, 2);
    fs_down();
}
END_TEST

START_TEST(links_and_unlinks_files)
{
    fs_up();
    fs_put_text("/f", "text");
    ck_assert_int_eq(fs_link("/f", "/g"), 0);
    ck_assert_int_eq(fs_link("/f", "/g"), -EEXIST);
    ck_assert_int_eq(fs_link("/f", "/h/"), -ENOENT);
    ck_assert_int_eq(fs_link("/tmp", "/h"), -EPERM);
    ck_assert_int_eq(fs_link("/f", "/dev/f"), -EXDEV);
    ck_assert_uint_eq(fs_vnode("/f")->nlink, 2);
    ck_assert_int_eq(fs_unlink("/f"), 0);
    ck_assert(fs_has_text("/g", "text"));
    ck_assert_uint_eq(fs_vnode("/g")->nlink, 1);
    ck_assert_int_eq(fs_unlink("/f"), -ENOENT);
    ck_assert_int_eq(fs_unlink("/g/"), -ENOTDIR);
    ck_assert_int_eq(fs_unlink("/tmp"), -EISDIR);
    ck_assert_int_eq(fs_unlink("/"), -EISDIR);
    ck_assert_int_eq(fs_unlink("/tmp/."), -EISDIR);
    fs_down();
}
END_TEST

START_TEST(links_no_file_whose_last_name_is_gone)
{
    struct path_start start;
    struct dentry *d;

    fs_up();
    fs_touch("/f");
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/f", 0, &d), 0);
    fs_unlink("/f");
    ck_assert_int_eq(tree_link(d, &start, "/g"), -ENOENT);
    dentry_put(d);
    fs_down();
}
END_TEST

START_TEST(removes_empty_directories_only)
{
    fs_up();
    fs_mkdir("/d");
    fs_touch("/d/f");
    ck_assert_int_eq(fs_rmdir("/d"), -ENOTEMPTY);
    ck_assert_int_eq(fs_rmdir("/d/f"), -ENOTDIR);
    ck_assert_int_eq(fs_rmdir("/d/."), -EINVAL);
    ck_assert_int_eq(fs_rmdir("/d/.."), -ENOTEMPTY);
    ck_assert_int_eq(fs_rmdir("/"), -EBUSY);
    ck_assert_int_eq(fs_rmdir("/x"), -ENOENT);
    fs_unlink("/d/f");
    ck_assert_int_eq(fs_rmdir("/d/"), 0);
    ck_assert_int_eq(fs_rmdir("/dev"), -EBUSY);
    fs_down();
}
END_TEST

START_TEST(renames_over_a_file)
{
    fs_up();
    fs_put_text("/a", "A");
    fs_put_text("/b", "B");
    ck_assert_int_eq(fs_rename("/a", "/b", 0), 0);
    ck_assert_int_eq(fs_walk("/a", 0), -ENOENT);
    ck_assert(fs_has_text("/b", "A"));
    ck_assert_int_eq(fs_rename("/b", long_name, 0), 0);
    ck_assert(fs_has_text(long_name, "A"));
    ck_assert_int_eq(fs_rename(long_name, "/b", 0), 0);
    ck_assert(fs_has_text("/b", "A"));
    fs_down();
}
END_TEST

START_TEST(renames_nothing_between_names_of_one_file)
{
    fs_up();
    fs_touch("/a");
    fs_link("/a", "/b");
    ck_assert_int_eq(fs_rename("/a", "/b", 0), 0);
    ck_assert_int_eq(fs_walk("/a", 0), 0);
    ck_assert_int_eq(fs_rename("/a", "/a", 0), 0);
    ck_assert_int_eq(fs_rename("/tmp", "/tmp", 0), 0);
    fs_down();
}
END_TEST

START_TEST(renames_directories_within_reason)
{
    fs_up();
    fs_mkdir("/d");
    fs_mkdir("/d/e");
    fs_mkdir("/empty");
    fs_touch("/f");
    ck_assert_int_eq(fs_rename("/d", "/d/e/x", 0), -EINVAL);
    ck_assert_int_eq(fs_rename("/d/e", "/d", 0), -ENOTEMPTY);
    ck_assert_int_eq(fs_rename("/empty", "/d", 0), -ENOTEMPTY);
    ck_assert_int_eq(fs_rename("/d", "/f", 0), -ENOTDIR);
    ck_assert_int_eq(fs_rename("/f", "/d", 0), -EISDIR);
    ck_assert_int_eq(fs_rename("/f", "/g/", 0), -ENOTDIR);
    ck_assert_int_eq(fs_rename("/f/", "/g", 0), -ENOTDIR);
    ck_assert_int_eq(fs_rename("/d", "/g/", 0), 0);
    ck_assert_int_eq(fs_rename("/g", "/empty", 0), 0);
    ck_assert_int_eq(fs_walk("/empty/e", 0), 0);
    ck_assert(fs_same("/empty/e/..", "/empty"));
    ck_assert_int_eq(fs_rename("/x", "/y", 0), -ENOENT);
    ck_assert_int_eq(fs_rename("/empty/.", "/y", 0), -EBUSY);
    ck_assert_int_eq(fs_rename("/f", "/empty/..", 0), -EBUSY);
    ck_assert_int_eq(fs_rename("/f", "/dev/f", 0), -EXDEV);
    fs_down();
}
END_TEST

START_TEST(obeys_the_flags_of_renameat2)
{
    fs_up();
    fs_put_text("/a", "A");
    fs_mkdir("/d");
    fs_mkdir("/d/e");
    ck_assert_int_eq(fs_rename("/a", "/d", RENAME_NOREPLACE), -EEXIST);
    ck_assert_int_eq(fs_rename("/a", "/b", RENAME_NOREPLACE), 0);
    ck_assert_int_eq(fs_rename("/b", "/x", RENAME_EXCHANGE), -ENOENT);
    ck_assert_int_eq(fs_rename("/b", "/d", RENAME_EXCHANGE), 0);
    ck_assert(fs_has_text("/d", "A"));
    ck_assert_int_eq(fs_walk("/b/e", 0), 0);
    ck_assert_int_eq(fs_rename("/b", "/b/e", RENAME_EXCHANGE), -EINVAL);
    ck_assert_int_eq(fs_rename("/b/e", "/b", RENAME_EXCHANGE), -EINVAL);
    ck_assert_int_eq(fs_rename("/d", "/b/e", RENAME_EXCHANGE), 0);
    ck_assert(fs_has_text("/b/e", "A"));
    ck_assert_uint_eq(fs_vnode("/b")->nlink, 2);
    ck_assert_int_eq(fs_rename("/b", "/c", RENAME_WHITEOUT), -EINVAL);
    ck_assert_int_eq(fs_rename("/b", "/c", RENAME_NOREPLACE | RENAME_EXCHANGE),
                     -EINVAL);
    fs_down();
}
END_TEST

START_TEST(exchanges_long_and_short_names)
{
    fs_up();
    fs_put_text("/a", "A");
    fs_put_text(long_name, "L");
    ck_assert_int_eq(fs_rename("/a", long_name, RENAME_EXCHANGE), 0);
    ck_assert(fs_has_text("/a", "L"));
    ck_assert(fs_has_text(long_name, "A"));
    fs_down();
}
END_TEST

START_TEST(finds_each_of_many_names)
{
    enum { COUNT = 5000 };
    char path[32];

    fs_up();
    fs_mkdir("/d");
    for (int i = 0; i < COUNT; i++) {
        snprintf(path, sizeof(path), "/d/file-%d", i);
        ck_assert_int_eq(fs_touch(path), 0);
    }
    ck_assert_uint_eq(fs_vnode("/d")->size, (COUNT + 2) * 20);
    for (int i = 0; i < COUNT; i += 2) {
        snprintf(path, sizeof(path), "/d/file-%d", i);
        ck_assert_int_eq(fs_unlink(path), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(path, sizeof(path), "/d/file-%d", i);
        ck_assert_int_eq(fs_walk(path, 0), i % 2 ? 0 : -ENOENT);
    }
    fs_down();
}
END_TEST

static ssize_t path_of(const char *path, char *buf, size_t size)
{
    struct path_start start = fs_root();
    struct dentry *d;
    ssize_t len;

    ck_assert_int_eq(path_walk(&start, path, 0, &d), 0);
    len = dentry_path(d, start.root, buf, size);
    dentry_put(d);
    return len;
}

START_TEST(tells_the_path_of_a_name)
{
    char buf[64];

    fs_up();
    fs_mkdir("/d");
    fs_mkdir("/d/e");
    ck_assert_int_eq(path_of("/d/e", buf, sizeof(buf)), 4);
    ck_assert_str_eq(buf, "/d/e");
    ck_assert_int_eq(path_of("/dev/null", buf, sizeof(buf)), 9);
    ck_assert_str_eq(buf, "/dev/null");
    ck_assert_int_eq(path_of("/", buf, sizeof(buf)), 1);
    ck_assert_str_eq(buf, "/");
    ck_assert_int_eq(path_of("/d/e", buf, 5), 4);
    ck_assert_int_eq(path_of("/d/e", buf, 4), -ENAMETOOLONG);
    ck_assert_int_eq(path_of("/", buf, 1), -ENAMETOOLONG);
    fs_rename("/d", "/moved", 0);
    ck_assert_int_eq(path_of("/moved/e", buf, sizeof(buf)), 8);
    ck_assert_str_eq(buf, "/moved/e");
    fs_down();
}
END_TEST

START_TEST(tells_no_path_of_a_removed_name)
{
    struct path_start start;
    struct dentry *d;
    char buf[64];

    fs_up();
    fs_mkdir("/d");
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/d", 0, &d), 0);
    fs_rmdir("/d");
    ck_assert_int_eq(dentry_path(d, start.root, buf, sizeof(buf)), -ENOENT);
    dentry_put(d);
    fs_down();
}
END_TEST

START_TEST(makes_the_directories_of_a_path)
{
    struct path_start start;

    fs_up();
    start = fs_root();
    ck_assert_int_eq(tree_make_directories(&start, "/x/y//z", 0700), 0);
    ck_assert_int_eq(fs_walk("/x/y/z", PATH_DIRECTORY), 0);
    ck_assert_int_eq(tree_make_directories(&start, "/x/y", 0700), 0);
    ck_assert_int_eq(tree_make_parents(&start, "/p/q/file", 0700), 0);
    ck_assert_int_eq(fs_walk("/p/q", PATH_DIRECTORY), 0);
    ck_assert_int_eq(fs_walk("/p/q/file", 0), -ENOENT);
    fs_touch("/p/f");
    ck_assert_int_eq(tree_make_directories(&start, "/p/f", 0700), -ENOTDIR);
    ck_assert_int_eq(tree_make_directories(&start, "/p/f/g", 0700), -ENOTDIR);
    fs_down();
}
END_TEST

/* Each allocation of op fails in turn: nothing is lost, nothing is left. */
static void fail_each(int (*op)(void), void (*undo)(void))
{
    for (unsigned n = 1;; n++) {
        size_t blocks = stub_live_blocks();
        bool failed;
        int err;

        stub_alloc_fail(n);
        err = op();
        failed = stub_alloc_failed();
        stub_alloc_fail(0);
        if (!failed) {
            ck_assert_int_eq(err, 0);
            ck_assert_uint_gt(n, 1);
            return;
        }
        /* A table that could not grow is no failure. */
        ck_assert(err == -ENOMEM || err == 0);
        if (!err)
            undo();
        else
            ck_assert_uint_eq(stub_live_blocks(), blocks);
    }
}

static int op_mkdir(void)
{
    return fs_mkdir(long_name);
}

static void undo_mkdir(void)
{
    fs_rmdir(long_name);
}

static int op_symlink(void)
{
    return fs_symlink("target", long_name);
}

static int op_link(void)
{
    return fs_link("/f", long_name);
}

static void undo_file(void)
{
    fs_unlink(long_name);
}

static int op_rename(void)
{
    return fs_rename("/f", long_name, 0);
}

static void undo_rename(void)
{
    fs_rename(long_name, "/f", 0);
}

START_TEST(survives_every_failed_allocation)
{
    fs_up();
    fs_put_text("/f", "text");
    fail_each(op_mkdir, undo_mkdir);
    undo_mkdir();
    fail_each(op_symlink, undo_file);
    undo_file();
    fail_each(op_link, undo_file);
    undo_file();
    ck_assert_uint_eq(fs_vnode("/f")->nlink, 1);
    fail_each(op_rename, undo_rename);
    ck_assert(fs_has_text(long_name, "text"));
    fs_down();
}
END_TEST

START_TEST(comes_up_with_every_failed_allocation)
{
    for (unsigned n = 1;; n++) {
        bool failed;
        int err;

        stub_alloc_fail(n);
        err = vfs_init();
        failed = stub_alloc_failed();
        stub_alloc_fail(0);
        if (!err)
            vfs_fini();
        ck_assert_uint_eq(stub_live_blocks(), 0);
        if (!failed)
            break;
        ck_assert_int_eq(err, -ENOMEM);
    }
}
END_TEST

UNIT_SUITE(vfs_tree, "vfs/tree", makes_only_what_is_not_there,
           counts_links_of_directories, links_and_unlinks_files,
           links_no_file_whose_last_name_is_gone,
           removes_empty_directories_only, renames_over_a_file,
           renames_nothing_between_names_of_one_file,
           renames_directories_within_reason, obeys_the_flags_of_renameat2,
           exchanges_long_and_short_names, finds_each_of_many_names,
           tells_the_path_of_a_name, tells_no_path_of_a_removed_name,
           makes_the_directories_of_a_path, survives_every_failed_allocation,
           comes_up_with_every_failed_allocation)
