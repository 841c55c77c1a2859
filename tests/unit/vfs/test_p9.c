// SPDX-License-Identifier: MIT
/* p9: a volume, its server being in this process (p9_server.h). */
#include "tests/unit/vfs/fs.h"
#include "tests/unit/vfs/p9_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/clock.h"
#include "vfs/mount.h"
#include "vfs/p9_fs.h"
#include "vfs/p9_msg.h"

static void up(void)
{
    fs_up();
    p9_server_up();
}

/* Writes and reads a file of the host, as somebody else there. */
static void host_put(const char *name, const char *text)
{
    FILE *f = fopen(p9_server_path(name), "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fwrite(text, 1, strlen(text), f), strlen(text));
    fclose(f);
}

static bool host_has(const char *name, const char *text)
{
    FILE *f = fopen(p9_server_path(name), "r");
    char buf[4096];
    size_t n;

    if (!f)
        return false;
    n = fread(buf, 1, sizeof(buf), f);
    fclose(f);
    return n == strlen(text) && !memcmp(buf, text, n);
}

START_TEST(files_are_those_of_the_host)
{
    up();
    host_put("a", "hello");
    ck_assert(fs_has_text("/data/a", "hello"));
    ck_assert_int_eq(fs_walk("/data/b", 0), -ENOENT);
    fs_put_text("/data/b", "world");
    mount_sync_all();
    ck_assert(host_has("b", "world"));
    ck_assert_int_eq(fs_mkdir("/data/d"), 0);
    ck_assert_int_eq(fs_rename("/data/b", "/data/d/c", 0), 0);
    ck_assert(host_has("d/c", "world") && !host_has("b", "world"));
    ck_assert(fs_has_text("/data/d/c", "world"));
    ck_assert_int_eq(fs_symlink("d/c", "/data/l"), 0);
    ck_assert(fs_has_text("/data/l", "world"));
    ck_assert_int_eq(fs_link("/data/a", "/data/a2"), 0);
    ck_assert(fs_same("/data/a", "/data/a2"));
    p9_server_down();
}
END_TEST

START_TEST(errors_are_those_of_the_host)
{
    up();
    ck_assert_int_eq(fs_mkdir("/data/d"), 0);
    ck_assert_int_eq(fs_mkdir("/data/d"), -EEXIST);
    ck_assert_int_eq(fs_touch("/data/d/f"), 0);
    ck_assert_int_eq(fs_rmdir("/data/d"), -ENOTEMPTY);
    ck_assert_int_eq(fs_unlink("/data/d"), -EISDIR);
    host_put("d/unseen", "");
    ck_assert_int_eq(fs_unlink("/data/d/f"), 0);
    ck_assert_int_eq(fs_rmdir("/data/d"), -ENOTEMPTY);
    host_put("appeared", "");
    ck_assert_int_eq(fs_touch("/data/appeared"), -EEXIST);
    p9_server_down();
}
END_TEST

START_TEST(what_others_change_is_seen_after_a_second)
{
    up();
    host_put("a", "old");
    host_put("gone", "x");
    ck_assert(fs_has_text("/data/a", "old"));
    ck_assert_int_eq(fs_walk("/data/gone", 0), 0);
    host_put("a", "newer");
    remove(p9_server_path("gone"));
    stub_clock_advance(2 * NSEC_PER_SEC);
    ck_assert(fs_has_text("/data/a", "newer"));
    ck_assert_int_eq(fs_walk("/data/gone", 0), -ENOENT);
    host_put("other", "another file");
    rename(p9_server_path("other"), p9_server_path("a"));
    stub_clock_advance(2 * NSEC_PER_SEC);
    ck_assert(fs_has_text("/data/a", "another file"));
    p9_server_down();
}
END_TEST

START_TEST(an_open_file_outlives_its_name)
{
    struct file *f;
    char buf[8] = "";

    up();
    f = fs_open("/data/f", O_RDWR | O_CREAT);
    ck_assert_int_eq(fs_write(f, "abcdef", 6), 6);
    ck_assert_int_eq(fs_unlink("/data/f"), 0);
    mount_sync_all();
    ck_assert_int_eq(vnode_truncate(f->vnode, 3), 0);
    ck_assert_int_eq(vnode_truncate(f->vnode, 6), 0);
    ck_assert_int_eq(file_read_kernel(f, buf, 8, 0), 6);
    ck_assert(!memcmp(buf, "abc\0\0\0", 6));
    ck_assert_uint_eq(f->vnode->nlink, 0);
    file_put(f);
    p9_server_down();
}
END_TEST

START_TEST(what_is_in_memory_asks_nobody)
{
    up();
    host_put("a", "hello");
    ck_assert(fs_has_text("/data/a", "hello"));
    p9_server_count(0);
    for (int i = 0; i < 10; i++)
        ck_assert(fs_has_text("/data/a", "hello"));
    ck_assert_uint_eq(p9_server_count(0), 0);
    p9_server_down();
}
END_TEST

START_TEST(pages_side_by_side_are_one_request)
{
    const size_t size = 64 * 4096;
    char *data = malloc(size), *back = malloc(size);
    struct file *f;

    up();
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7 >> 3);
    f = fs_open("/data/big", O_RDWR | O_CREAT);
    for (size_t i = 0; i < size; i += 1000)
        ck_assert_int_eq(file_write_kernel(f, data + i, MIN(1000, size - i), i),
                         MIN(1000, size - i));
    p9_server_count(0);
    mount_sync_all();
    ck_assert_uint_le(p9_server_count(P9_WRITE), 2);
    ck_assert_int_eq(p9_fs_reclaim(1000), 64);
    ck_assert_int_eq(file_read_kernel(f, back, size, 0), size);
    ck_assert_uint_le(p9_server_count(P9_READ), 2);
    ck_assert(!memcmp(data, back, size));
    file_put(f);
    free(data);
    free(back);
    p9_server_down();
}
END_TEST

struct names {
    struct dir_reader reader;
    unsigned count, room;
};

static bool count_name(struct dir_reader *r, const char *name, size_t len,
                       uint64_t ino, unsigned type, uint64_t next)
{
    struct names *n = container_of(r, struct names, reader);

    (void)name, (void)len, (void)ino, (void)type, (void)next;
    if (!n->room)
        return false;
    n->room--;
    n->count++;
    return true;
}

START_TEST(every_entry_of_a_directory_comes_once)
{
    struct names n = {.reader.emit = count_name};
    struct file *f;
    char name[16];

    up();
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        host_put(name, "");
    }
    f = fs_open("/data", O_RDONLY | O_DIRECTORY);
    do { /* seven at a time */
        n.room = 7;
        ck_assert_int_eq(f->ops->readdir(f, &n.reader, &f->pos), 0);
    } while (!n.room);
    ck_assert_uint_eq(n.count, 2002);
    file_put(f);
    p9_server_down();
}
END_TEST

/* --- a server that is not to be trusted --- */

static unsigned bend_at, seen; /* the answer that is bent, and how many came */
static int bend_how;

static size_t bend(uint8_t type, uint8_t *reply, size_t len)
{
    uint32_t n;

    (void)type;
    if (seen++ != bend_at)
        return len;
    switch (bend_how) {
    case 0: /* cut */
        n = (uint32_t)len / 2;
        memcpy(reply, &n, 4);
        return len / 2;
    case 1: /* cut, and silent about it */
        return len - 1;
    case 2: /* another tag */
        reply[5]++;
        return len;
    case 3: /* an answer to something else */
        reply[4] += 2;
        return len;
    case 4: /* numbers and lengths as large as can be */
        memset(reply + 7, 0xff, len - 7);
        return len;
    case 5: /* nothing at all */
        return 0;
    case 6: /* zeros */
        memset(reply + 7, 0, len - 7);
        return len;
    default: /* a number that is no error */
        reply[4] = P9_LERROR + 1;
        n = 512;
        memcpy(reply + 7, &n, 4);
        n = 11;
        memcpy(reply, &n, 4);
        return 11;
    }
}

/* Some of everything; whatever fails may. */
static void use(void)
{
    struct path_start start = fs_root();
    char buf[100];
    struct names n = {.reader.emit = count_name, .room = 10};
    struct file *f;

    if (!file_open(&start, "/data/new", O_RDWR | O_CREAT, 0644, &f)) {
        fs_write(f, "something", 9);
        if (f->ops->flush)
            f->ops->flush(f);
        file_sync(f, false);
        file_read_kernel(f, buf, sizeof(buf), 0);
        vnode_truncate(f->vnode, 5);
        vnode_refresh(f->vnode);
        file_put(f);
    }
    if (!file_open(&start, "/data", O_RDONLY, 0, &f)) {
        f->ops->readdir(f, &n.reader, &f->pos);
        file_put(f);
    }
    if (!file_open(&start, "/data/link", O_RDONLY, 0, &f)) {
        file_read_kernel(f, buf, sizeof(buf), 0);
        file_put(f);
    }
    fs_mkdir("/data/d");
    fs_rename("/data/new", "/data/d/x", 0);
    fs_link("/data/a", "/data/d/y");
    fs_unlink("/data/d/x");
    fs_rmdir("/data/d");
}

/* Each answer in turn, in each way; _i: how. */
START_TEST(bad_answers_are_errors_and_no_more)
{
    up();
    host_put("a", "hello");
    ck_assert_int_eq(fs_symlink("a", "/data/link"), 0);
    p9_server_lenient();
    bend_how = _i;
    for (bend_at = 0; bend_at < 60; bend_at++) {
        seen = 0;
        p9_server_bend(bend);
        use();
        p9_server_bend(NULL);
        stub_clock_advance(2 * NSEC_PER_SEC);
        mount_sync_all();
    }
    p9_server_down();
}
END_TEST

START_TEST(lack_of_memory_is_an_error_and_no_more)
{
    up();
    host_put("a", "hello");
    ck_assert_int_eq(fs_symlink("a", "/data/link"), 0);
    for (unsigned n = 1; n < 120; n++) {
        stub_alloc_fail(n);
        use();
        stub_alloc_fail(0);
        stub_clock_advance(2 * NSEC_PER_SEC);
        mount_sync_all();
        fs_unlink("/data/new");
    }
    p9_server_down();
}
END_TEST

UNIT_SUITE(vfs_p9, "vfs/p9", files_are_those_of_the_host,
           errors_are_those_of_the_host,
           what_others_change_is_seen_after_a_second,
           an_open_file_outlives_its_name, what_is_in_memory_asks_nobody,
           pages_side_by_side_are_one_request,
           every_entry_of_a_directory_comes_once,
           lack_of_memory_is_an_error_and_no_more)
UNIT_LOOP_SUITE(vfs_p9_hostile, "vfs/p9 with a hostile server", 8,
                bad_answers_are_errors_and_no_more)
