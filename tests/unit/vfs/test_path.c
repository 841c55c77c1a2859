// SPDX-License-Identifier: MIT
/* Tests of vfs/path.c: path_resolution(7). */
#include <stdio.h>
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "vfs/mount.h"
#include "vfs/ramfs.h"
#include "vfs/tree.h"

static void tree_up(void)
{
    fs_up();
    ck_assert_int_eq(fs_mkdir("/a"), 0);
    ck_assert_int_eq(fs_mkdir("/a/b"), 0);
    ck_assert_int_eq(fs_touch("/a/b/f"), 0);
}

START_TEST(walks_names_dots_and_doubled_slashes)
{
    tree_up();
    ck_assert(fs_same("/a/b/f", "//a///b/./f"));
    ck_assert(fs_same("/a/b/f", "/a/b/../b/f"));
    ck_assert(fs_same("/a", "/a/b/.."));
    ck_assert(fs_same("/a", "/a/"));
    ck_assert(fs_same("/", "/."));
    fs_down();
}
END_TEST

START_TEST(stays_at_the_root_above_it)
{
    tree_up();
    ck_assert(fs_same("/", "/.."));
    ck_assert(fs_same("/a", "/../../a"));
    fs_down();
}
END_TEST

START_TEST(begins_relative_paths_at_the_base)
{
    struct path_start start;
    struct dentry *a, *f;

    tree_up();
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/a", 0, &a), 0);
    start.base = a;
    ck_assert_int_eq(path_walk(&start, "b/f", 0, &f), 0);
    ck_assert_str_eq(f->name, "f");
    dentry_put(f);
    ck_assert_int_eq(path_walk(&start, "a", 0, &f), -ENOENT);
    dentry_put(a);
    fs_down();
}
END_TEST

START_TEST(keeps_dotdot_below_a_changed_root)
{
    struct path_start start;
    struct dentry *a, *found;

    tree_up();
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/a", 0, &a), 0);
    start.root = start.base = a;
    ck_assert_int_eq(path_walk(&start, "../../b", 0, &found), 0);
    ck_assert_ptr_eq(found->parent, a);
    dentry_put(found);
    ck_assert_int_eq(path_walk(&start, "/a", 0, &found), -ENOENT);
    dentry_put(a);
    fs_down();
}
END_TEST

START_TEST(refuses_what_is_not_there_or_no_directory)
{
    tree_up();
    ck_assert_int_eq(fs_walk("", 0), -ENOENT);
    ck_assert_int_eq(fs_walk("/x", 0), -ENOENT);
    ck_assert_int_eq(fs_walk("/x/y", 0), -ENOENT);
    ck_assert_int_eq(fs_walk("/a/b/f/y", 0), -ENOTDIR);
    ck_assert_int_eq(fs_walk("/a/b/f/", 0), -ENOTDIR);
    ck_assert_int_eq(fs_walk("/a/b/f/.", 0), -ENOTDIR);
    ck_assert_int_eq(fs_walk("/a/b/f/..", 0), -ENOTDIR);
    ck_assert_int_eq(fs_walk("/a/b/f", PATH_DIRECTORY), -ENOTDIR);
    ck_assert_int_eq(fs_walk("", PATH_EMPTY), 0);
    fs_down();
}
END_TEST

START_TEST(limits_a_component_to_255_bytes)
{
    char path[300] = "/";

    tree_up();
    memset(path + 1, 'n', 255);
    ck_assert_int_eq(fs_walk(path, 0), -ENOENT);
    ck_assert_int_eq(fs_touch(path), 0);
    ck_assert_int_eq(fs_walk(path, 0), 0);
    strcat(path, "n");
    ck_assert_int_eq(fs_walk(path, 0), -ENAMETOOLONG);
    ck_assert_int_eq(fs_touch(path), -ENAMETOOLONG);
    fs_down();
}
END_TEST

START_TEST(follows_links_in_the_middle_always)
{
    tree_up();
    ck_assert_int_eq(fs_symlink("a", "/rel"), 0);
    ck_assert_int_eq(fs_symlink("/a/b", "/abs"), 0);
    ck_assert_int_eq(fs_symlink("../b", "/a/b/up"), 0);
    ck_assert(fs_same("/rel/b/f", "/a/b/f"));
    ck_assert(fs_same("/abs/f", "/a/b/f"));
    ck_assert(fs_same("/rel/b/up/up/f", "/a/b/f"));
    ck_assert_int_eq(fs_walk("/rel/b/f", 0), 0);
    fs_down();
}
END_TEST

START_TEST(follows_a_last_link_when_asked)
{
    tree_up();
    ck_assert_int_eq(fs_symlink("a/b", "/l"), 0);
    ck_assert(vnode_is_symlink(fs_vnode("/l")));
    ck_assert(vnode_is_dir(fs_vnode("/l/")));
    ck_assert(vnode_is_dir(fs_vnode("/l/.")));
    ck_assert(fs_same("/l", "/a/b"));
    fs_down();
}
END_TEST

START_TEST(demands_a_directory_of_a_target_that_ends_in_a_slash)
{
    tree_up();
    ck_assert_int_eq(fs_symlink("a/b/f/", "/lf"), 0);
    ck_assert_int_eq(fs_symlink("a/b/", "/lb"), 0);
    ck_assert_int_eq(fs_walk("/lf", PATH_FOLLOW), -ENOTDIR);
    ck_assert_int_eq(fs_walk("/lb", PATH_FOLLOW), 0);
    ck_assert_int_eq(fs_walk("/lb/f", PATH_FOLLOW), 0);
    fs_down();
}
END_TEST

START_TEST(fails_at_a_dangling_link)
{
    tree_up();
    ck_assert_int_eq(fs_symlink("/nowhere", "/l"), 0);
    ck_assert_int_eq(fs_walk("/l", PATH_FOLLOW), -ENOENT);
    ck_assert_int_eq(fs_walk("/l", 0), 0);
    ck_assert_int_eq(fs_walk("/l/x", 0), -ENOENT);
    fs_down();
}
END_TEST

/* A chain of n links, the last to /a. */
static void make_chain(int n)
{
    char name[32], target[32] = "a";

    for (int i = 1; i <= n; i++) {
        snprintf(name, sizeof(name), "/c%d", i);
        ck_assert_int_eq(fs_symlink(target, name), 0);
        snprintf(target, sizeof(target), "c%d", i);
    }
}

START_TEST(follows_forty_links_and_no_more)
{
    tree_up();
    make_chain(41);
    ck_assert(fs_same("/c40", "/a"));
    ck_assert_int_eq(fs_walk("/c41", PATH_FOLLOW), -ELOOP);
    ck_assert_int_eq(fs_walk("/c40/b", PATH_FOLLOW), 0);
    ck_assert_int_eq(fs_walk("/c41/b", PATH_FOLLOW), -ELOOP);
    fs_down();
}
END_TEST

START_TEST(gives_up_on_a_loop)
{
    tree_up();
    ck_assert_int_eq(fs_symlink("l2", "/l1"), 0);
    ck_assert_int_eq(fs_symlink("/l1/", "/l2"), 0);
    ck_assert_int_eq(fs_symlink("self/x", "/self"), 0);
    ck_assert_int_eq(fs_walk("/l1", PATH_FOLLOW), -ELOOP);
    ck_assert_int_eq(fs_walk("/self", PATH_FOLLOW), -ELOOP);
    fs_down();
}
END_TEST

START_TEST(splits_off_the_last_component)
{
    struct path_start start;
    struct path_last last;

    tree_up();
    start = fs_root();
    ck_assert_int_eq(path_walk_parent(&start, "/a/b/new", 0, &last), 0);
    ck_assert_int_eq(last.kind, PATH_LAST_NAME);
    ck_assert_str_eq(last.parent->name, "b");
    ck_assert_uint_eq(last.len, 3);
    ck_assert_ptr_null(last.child);
    ck_assert(!last.slash);
    path_last_done(&last);
    ck_assert_int_eq(path_walk_parent(&start, "/a/b//", 0, &last), 0);
    ck_assert_str_eq(last.parent->name, "a");
    ck_assert_str_eq(last.child->name, "b");
    ck_assert(last.slash);
    path_last_done(&last);
    ck_assert_int_eq(path_walk_parent(&start, "///", 0, &last), 0);
    ck_assert_int_eq(last.kind, PATH_LAST_ROOT);
    path_last_done(&last);
    ck_assert_int_eq(path_walk_parent(&start, "/a/.", 0, &last), 0);
    ck_assert_int_eq(last.kind, PATH_LAST_DOT);
    path_last_done(&last);
    ck_assert_int_eq(path_walk_parent(&start, "/a/..", 0, &last), 0);
    ck_assert_int_eq(last.kind, PATH_LAST_DOTDOT);
    path_last_done(&last);
    ck_assert_int_eq(path_walk_parent(&start, "/x/y", 0, &last), -ENOENT);
    fs_down();
}
END_TEST

START_TEST(creates_through_a_dangling_link)
{
    struct path_start start;
    struct path_last last;

    tree_up();
    ck_assert_int_eq(fs_symlink("a/b/new", "/l"), 0);
    start = fs_root();
    ck_assert_int_eq(path_walk_parent(&start, "/l", PATH_FOLLOW, &last), 0);
    ck_assert_str_eq(last.parent->name, "b");
    ck_assert_int_eq(strncmp(last.name, "new", last.len), 0);
    path_last_done(&last);
    ck_assert_int_eq(path_walk_parent(&start, "/l", 0, &last), 0);
    ck_assert(vnode_is_symlink(last.child->vnode));
    path_last_done(&last);
    fs_down();
}
END_TEST

START_TEST(creates_nothing_in_a_removed_directory)
{
    struct path_start start;
    struct dentry *b;

    tree_up();
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/a/b", 0, &b), 0);
    ck_assert_int_eq(fs_unlink("/a/b/f"), 0);
    ck_assert_int_eq(fs_rmdir("/a/b"), 0);
    start.base = b;
    ck_assert_int_eq(
        tree_make(&start, "x", &(struct vnode_make){.mode = S_IFREG}, NULL),
        -ENOENT);
    dentry_put(b);
    fs_down();
}
END_TEST

START_TEST(crosses_a_mount_and_comes_back)
{
    struct path_start start;
    struct dentry *point, *root;
    struct vnode *v;

    tree_up();
    start = fs_root();
    ck_assert_int_eq(path_walk(&start, "/a/b", 0, &point), 0);
    ck_assert_int_eq(ramfs_create("other", 0755, &v), 0);
    root = dentry_create_root(v);
    vnode_put(v);
    ck_assert_int_eq(mount_add(point, root, "other", 0), 0);
    ck_assert_int_eq(mount_add(point, root, "other", 0), -EBUSY);
    ck_assert_int_eq(fs_walk("/a/b/f", 0), -ENOENT);
    ck_assert_int_eq(fs_touch("/a/b/g"), 0);
    ck_assert(fs_same("/a/b/..", "/a"));
    ck_assert_int_eq(fs_rmdir("/a/b"), -EBUSY);
    ck_assert_int_eq(fs_rename("/a/b", "/c", 0), -EBUSY);
    ck_assert_int_eq(fs_rename("/a/b/g", "/g", 0), -EXDEV);
    ck_assert_int_eq(fs_unlink("/a/b/g"), 0);
    ck_assert_int_eq(mount_remove(root), 0);
    ck_assert_int_eq(mount_remove(root), -EINVAL);
    ck_assert_int_eq(fs_walk("/a/b/f", 0), 0);
    dentry_put(root);
    dentry_put(point);
    fs_down();
}
END_TEST

UNIT_SUITE(vfs_path, "vfs/path", walks_names_dots_and_doubled_slashes,
           stays_at_the_root_above_it, begins_relative_paths_at_the_base,
           keeps_dotdot_below_a_changed_root,
           refuses_what_is_not_there_or_no_directory,
           limits_a_component_to_255_bytes, follows_links_in_the_middle_always,
           follows_a_last_link_when_asked,
           demands_a_directory_of_a_target_that_ends_in_a_slash,
           fails_at_a_dangling_link, follows_forty_links_and_no_more,
           gives_up_on_a_loop, splits_off_the_last_component,
           creates_through_a_dangling_link,
           creates_nothing_in_a_removed_directory,
           crosses_a_mount_and_comes_back)
