// SPDX-License-Identifier: MIT
/* Tests of vfs/unpack.c: from an archive to the root file system. */
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "kernel/page.h"
#include "tests/unit/vfs/make_cpio.h"
#include "vfs/vfs.h"

static int unpack(const struct cpio_maker *m, const char *error)
{
    struct vfs_unpack_result result;
    int err = vfs_unpack_cpio(m->data, m->size, &result);

    if (err)
        ck_assert_msg(strstr(result.error, error), "the error is: %s",
                      result.error);
    return err;
}

static void add(struct cpio_maker *m, const char *name, uint32_t mode,
                const char *data)
{
    cpio_maker_add(m, &(struct cpio_fields){
                          .name = name,
                          .mode = mode,
                          .nlink = 1,
                          .data = data,
                          .size = data ? (uint32_t)strlen(data) : 0,
                      });
}

START_TEST(makes_every_kind_of_file)
{
    struct cpio_maker m;

    fs_up();
    cpio_maker_init(&m, 1);
    add(&m, ".", S_IFDIR | 0711, NULL);
    add(&m, "etc", S_IFDIR | 0750, NULL);
    add(&m, "etc/passwd", S_IFREG | 0644, "root:x:0:0\n");
    add(&m, "./etc/link", S_IFLNK | 0777, "passwd");
    add(&m, "/etc/empty", S_IFREG | 0600, NULL);
    cpio_maker_add(&m, &(struct cpio_fields){.name = "disk",
                                             .mode = S_IFBLK | 0660,
                                             .uid = 5,
                                             .gid = 6,
                                             .mtime = 1234,
                                             .nlink = 1,
                                             .rdev_major = 254,
                                             .rdev_minor = 300});
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, ""), 0);
    ck_assert(fs_has_text("/etc/link", "root:x:0:0\n"));
    ck_assert_uint_eq(fs_vnode("/")->mode, S_IFDIR | 0711);
    ck_assert_uint_eq(fs_vnode("/etc")->mode, S_IFDIR | 0750);
    ck_assert_uint_eq(fs_vnode("/etc/empty")->size, 0);
    ck_assert_uint_eq(fs_vnode("/disk")->rdev, abi_makedev(254, 300));
    ck_assert_uint_eq(fs_vnode("/disk")->uid, 5);
    ck_assert_int_eq(fs_vnode("/disk")->mtime_ns, 1234 * 1000000000ll);
    ck_assert_int_eq(fs_open_error("/disk", O_RDONLY), -ENXIO);
    fs_down();
}
END_TEST

START_TEST(makes_directories_that_are_only_implied)
{
    struct cpio_maker m;

    fs_up();
    cpio_maker_init(&m, 1);
    cpio_maker_file(&m, "usr/lib/x/file", "text");
    add(&m, "lib", S_IFLNK | 0777, "usr/lib");
    cpio_maker_file(&m, "lib/other", "more");
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, ""), 0);
    ck_assert(fs_has_text("/usr/lib/x/file", "text"));
    ck_assert(fs_has_text("/usr/lib/other", "more"));
    fs_down();
}
END_TEST

/* The way of GNU cpio: the data comes with the last of the names. */
START_TEST(links_names_of_one_file)
{
    struct cpio_fields f = {.mode = S_IFREG | 0755, .ino = 9, .nlink = 3};
    struct cpio_maker m;

    fs_up();
    cpio_maker_init(&m, 1);
    f.name = "a";
    cpio_maker_add(&m, &f);
    f.name = "new/b";
    cpio_maker_add(&m, &f);
    f.name = "c";
    f.data = "shared";
    f.size = 6;
    cpio_maker_add(&m, &f);
    cpio_maker_end(&m);
    /* The same number in another archive is another file. */
    f.name = "d";
    cpio_maker_add(&m, &f);
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, ""), 0);
    ck_assert(fs_has_text("/a", "shared"));
    ck_assert(fs_same("/a", "/new/b"));
    ck_assert(fs_same("/a", "/c"));
    ck_assert(!fs_same("/a", "/d"));
    ck_assert_uint_eq(fs_vnode("/a")->nlink, 3);
    fs_down();
}
END_TEST

START_TEST(replaces_earlier_files)
{
    struct cpio_maker m;

    fs_up();
    cpio_maker_init(&m, 1);
    cpio_maker_file(&m, "f", "old");
    add(&m, "d", S_IFDIR | 0700, NULL);
    cpio_maker_file(&m, "d/keep", "kept");
    cpio_maker_end(&m);
    cpio_maker_file(&m, "f", "newer");
    add(&m, "d", S_IFDIR | 0755, NULL);
    add(&m, "dev/null", S_IFCHR | 0600, NULL);
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, ""), 0);
    ck_assert(fs_has_text("/f", "newer"));
    ck_assert(fs_has_text("/d/keep", "kept"));
    ck_assert_uint_eq(fs_vnode("/d")->mode, S_IFDIR | 0755);
    fs_down();
}
END_TEST

START_TEST(says_what_is_wrong_and_where)
{
    struct cpio_maker m;

    fs_up();
    cpio_maker_init(&m, 1);
    add(&m, "d/e", S_IFDIR | 0700, NULL);
    cpio_maker_file(&m, "d", "file");
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, "offset 116: d: a directory is in the way"),
                     -ENOTEMPTY);
    cpio_maker_init(&m, 1);
    cpio_maker_file(&m, "file", "file");
    cpio_maker_file(&m, "file/x", "file");
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, "not a directory"), -ENOTDIR);
    cpio_maker_init(&m, 1);
    add(&m, "l", S_IFLNK | 0777, NULL);
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, "no proper target"), -EINVAL);
    cpio_maker_init(&m, 1);
    add(&m, "odd", 0170000 | 0777, NULL);
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, "unknown file type"), -EINVAL);
    cpio_maker_init(&m, 1);
    cpio_maker_raw(&m, "junk", 4);
    ck_assert_int_eq(unpack(&m, "offset 0: no cpio archive"), -EINVAL);
    fs_down();
}
END_TEST

START_TEST(uses_the_archives_pages)
{
    struct cpio_maker m;
    struct file *f;
    struct page *p;
    char block[PAGE_SIZE];

    fs_up();
    memset(block, 'b', sizeof(block));
    cpio_maker_init(&m, 4);
    cpio_maker_add(&m, &(struct cpio_fields){.name = "aligned",
                                             .mode = S_IFREG | 0755,
                                             .nlink = 1,
                                             .name_size = PAGE_SIZE - 110,
                                             .data = block,
                                             .size = sizeof(block)});
    cpio_maker_end(&m);
    page_adopt(page_phys(page_of_virt(m.data)),
               page_phys(page_of_virt(m.data)) + 4 * PAGE_SIZE);
    ck_assert_int_eq(unpack(&m, ""), 0);
    ck_assert_uint_eq(stub_live_pages(), 4);
    f = fs_open("/aligned", O_RDONLY);
    ck_assert_int_eq(
        f->vnode->object.ops->get_page(file_vm_object(f), 0, false, &p), 0);
    ck_assert_ptr_eq(page_virt(p), m.data + PAGE_SIZE);
    page_put(p);
    file_put(f);
    fs_unlink("/aligned");
    ck_assert_uint_eq(stub_live_pages(), 3);
    for (int i = 0; i < 4; i++)
        if (i != 1)
            page_put(page_of_virt(m.data + (size_t)i * PAGE_SIZE));
    fs_down();
}
END_TEST

START_TEST(survives_every_failed_allocation)
{
    struct cpio_fields f = {.mode = S_IFREG | 0755, .ino = 9, .nlink = 2};
    struct cpio_maker m;

    cpio_maker_init(&m, 1);
    f.name = "x/y/z";
    cpio_maker_add(&m, &f);
    f.name = "x/link";
    f.data = "text";
    f.size = 4;
    cpio_maker_add(&m, &f);
    add(&m, "s", S_IFLNK | 0777, "x/link");
    cpio_maker_end(&m);
    for (unsigned n = 1;; n++) {
        bool failed;
        int err;

        fs_up();
        stub_alloc_fail(n);
        err = unpack(&m, "memory ran out");
        failed = stub_alloc_failed();
        stub_alloc_fail(0);
        fs_down();
        ck_assert_uint_eq(stub_live_blocks(), 0);
        if (!failed)
            break;
        ck_assert_int_eq(err, -ENOMEM);
    }
}
END_TEST

static bool collect(void *arg, const char *path, uint64_t size)
{
    char *list = arg;

    (void)size;
    strcat(list, path);
    strcat(list, " ");
    return true;
}

START_TEST(lists_executables)
{
    char list[256] = "";
    struct cpio_maker m;

    fs_up();
    cpio_maker_init(&m, 1);
    add(&m, "bin/a", S_IFREG | 0755, "x");
    add(&m, "bin/text", S_IFREG | 0644, "x");
    add(&m, "bin/link", S_IFLNK | 0777, "a");
    add(&m, "b", S_IFREG | 0100, "x");
    add(&m, "etc", S_IFDIR | 0755, NULL);
    cpio_maker_end(&m);
    ck_assert_int_eq(unpack(&m, ""), 0);
    ck_assert_int_eq(vfs_for_each_executable(collect, list), 0);
    ck_assert_str_eq(list, "/bin/a /b ");
    fs_down();
}
END_TEST

UNIT_SUITE(vfs_unpack, "vfs/unpack", makes_every_kind_of_file,
           makes_directories_that_are_only_implied, links_names_of_one_file,
           replaces_earlier_files, says_what_is_wrong_and_where,
           uses_the_archives_pages, survives_every_failed_allocation,
           lists_executables)
