// SPDX-License-Identifier: MIT
/* Tests of vfs/ramfs_file.c, vfs/ramfs.c and vfs/file.c: data of files. */
#include <string.h>

#include "tests/unit/vfs/fs.h"

#include "kernel/page.h"
#include "vfs/ramfs.h"
#include "vfs/vfs.h"

static struct file *new_file(void)
{
    return fs_open("/f", O_RDWR | O_CREAT);
}

START_TEST(reads_back_what_was_written)
{
    char text[10000], back[10000] = {0};
    struct file *f;

    fs_up();
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7);
    f = new_file();
    ck_assert_int_eq(fs_write(f, text, sizeof(text)), sizeof(text));
    ck_assert_int_eq(fs_read(f, back, 1), 0);
    ck_assert_int_eq(file_seek(f, 0, SEEK_SET), 0);
    ck_assert_int_eq(fs_read(f, back, 4090), 4090);
    ck_assert_int_eq(fs_read(f, back + 4090, 10000), 10000 - 4090);
    ck_assert_mem_eq(text, back, sizeof(text));
    ck_assert_uint_eq(f->vnode->blocks, 3 * 8);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(reads_zeros_in_holes)
{
    char back[10001], zeros[10001] = {0};
    struct file *f;

    fs_up();
    f = new_file();
    ck_assert_int_eq(file_seek(f, 10000, SEEK_SET), 10000);
    ck_assert_int_eq(fs_write(f, "x", 1), 1);
    ck_assert_uint_eq(f->vnode->size, 10001);
    ck_assert_uint_eq(f->vnode->blocks, 8);
    file_seek(f, 0, SEEK_SET);
    memset(back, 1, sizeof(back));
    ck_assert_int_eq(fs_read(f, back, sizeof(back)), 10001);
    ck_assert_mem_eq(back, zeros, 10000);
    ck_assert_int_eq(back[10000], 'x');
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(holds_a_byte_far_out)
{
    const uint64_t far = (1ull << 40) + 5;
    struct file *f;
    char c;

    fs_up();
    f = new_file();
    ck_assert_int_eq(file_write_kernel(f, "x", 1, far), 1);
    ck_assert_int_eq(file_read_kernel(f, &c, 1, far), 1);
    ck_assert_int_eq(c, 'x');
    ck_assert_uint_eq(stub_live_pages(), 1);
    ck_assert_int_eq(vnode_truncate(f->vnode, 0), 0);
    ck_assert_uint_eq(stub_live_pages(), 0);
    ck_assert_uint_eq(f->vnode->blocks, 0);
    ck_assert_int_eq(file_write_kernel(f, "x", 1, INT64_MAX), -EINVAL);
    ck_assert_int_eq(file_write_kernel(f, "xy", 2, INT64_MAX - 1), -EINVAL);
    ck_assert_int_eq(file_write_kernel(f, "x", 1, INT64_MAX - 1), 1);
    ck_assert_uint_eq(f->vnode->size, INT64_MAX);
    f->flags |= O_APPEND;
    ck_assert_int_eq(file_write_kernel(f, "x", 1, 0), -EFBIG);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(zeroes_what_truncation_cut_off)
{
    char back[20];
    struct file *f;

    fs_up();
    f = new_file();
    fs_write(f, "0123456789", 10);
    ck_assert_int_eq(vnode_truncate(f->vnode, 4), 0);
    ck_assert_int_eq(vnode_truncate(f->vnode, 20), 0);
    ck_assert_int_eq(file_read_kernel(f, back, 20, 0), 20);
    ck_assert_mem_eq(back, "0123\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(drops_pages_behind_the_end)
{
    char block[5 * PAGE_SIZE];
    struct file *f;

    fs_up();
    memset(block, 'b', sizeof(block));
    f = new_file();
    fs_write(f, block, sizeof(block));
    ck_assert_uint_eq(stub_live_pages(), 5);
    vnode_truncate(f->vnode, 2 * PAGE_SIZE);
    ck_assert_uint_eq(stub_live_pages(), 2);
    ck_assert_uint_eq(f->vnode->blocks, 16);
    vnode_truncate(f->vnode, 2 * PAGE_SIZE - 1);
    ck_assert_uint_eq(stub_live_pages(), 2);
    vnode_truncate(f->vnode, 1);
    ck_assert_uint_eq(stub_live_pages(), 1);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(appends_wherever_the_offset_is)
{
    struct file *f;

    fs_up();
    fs_put_text("/f", "start");
    f = fs_open("/f", O_WRONLY | O_APPEND);
    file_seek(f, 0, SEEK_SET);
    ck_assert_int_eq(fs_write(f, "+end", 4), 4);
    ck_assert_uint_eq(f->pos, 9);
    file_put(f);
    ck_assert(fs_has_text("/f", "start+end"));
    fs_down();
}
END_TEST

START_TEST(lives_on_without_a_name)
{
    struct file *f;
    char back[4];

    fs_up();
    fs_put_text("/f", "text");
    f = fs_open("/f", O_RDWR);
    ck_assert_int_eq(fs_unlink("/f"), 0);
    ck_assert_int_eq(fs_walk("/f", 0), -ENOENT);
    ck_assert_int_eq(fs_read(f, back, 4), 4);
    ck_assert_uint_eq(f->vnode->nlink, 0);
    ck_assert_int_eq(fs_write(f, "more", 4), 4);
    ck_assert_uint_eq(stub_live_pages(), 1);
    file_put(f);
    ck_assert_uint_eq(stub_live_pages(), 0);
    fs_down();
}
END_TEST

START_TEST(stops_at_a_fault)
{
    char *buf = calloc(2, PAGE_SIZE);
    struct file *f;

    fs_up();
    f = new_file();
    stub_uaccess_fault(buf + 100, 1);
    ck_assert_int_eq(fs_write(f, buf, PAGE_SIZE), 100);
    ck_assert_uint_eq(f->vnode->size, 100);
    ck_assert_int_eq(fs_write(f, buf + 100, 1), -EFAULT);
    ck_assert_int_eq(fs_write(f, NULL, 1), -EFAULT);
    ck_assert_uint_eq(f->vnode->size, 100);
    stub_uaccess_fault(buf + 10, 1);
    file_seek(f, 0, SEEK_SET);
    ck_assert_int_eq(fs_read(f, buf, 100), 10);
    ck_assert_uint_eq(f->pos, 10);
    ck_assert_int_eq(fs_read(f, buf + 10, 100), -EFAULT);
    file_put(f);
    fs_down();
    free(buf);
}
END_TEST

START_TEST(checks_how_the_file_is_open)
{
    struct file *f;
    char c = 'c';

    fs_up();
    fs_put_text("/f", "text");
    f = fs_open("/f", O_WRONLY);
    ck_assert_int_eq(fs_read(f, &c, 1), -EBADF);
    file_put(f);
    f = fs_open("/f", O_RDONLY);
    ck_assert_int_eq(fs_write(f, &c, 1), -EBADF);
    file_put(f);
    f = fs_open("/tmp", O_RDONLY);
    ck_assert_int_eq(fs_read(f, &c, 1), -EISDIR);
    file_put(f);
    f = fs_open("/f", O_PATH);
    ck_assert_int_eq(fs_read(f, &c, 1), -EBADF);
    ck_assert_int_eq(file_seek(f, 0, SEEK_SET), -EBADF);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(seeks_as_lseek_does)
{
    struct file *f;

    fs_up();
    fs_put_text("/f", "0123456789");
    f = fs_open("/f", O_RDONLY);
    ck_assert_int_eq(file_seek(f, 3, SEEK_SET), 3);
    ck_assert_int_eq(file_seek(f, 3, SEEK_CUR), 6);
    ck_assert_int_eq(file_seek(f, -1, SEEK_END), 9);
    ck_assert_int_eq(file_seek(f, 100, SEEK_END), 110);
    ck_assert_int_eq(file_seek(f, -1, SEEK_SET), -EINVAL);
    ck_assert_int_eq(file_seek(f, -111, SEEK_CUR), -EINVAL);
    ck_assert_int_eq(file_seek(f, INT64_MAX, SEEK_CUR), -EINVAL);
    ck_assert_uint_eq(f->pos, 110);
    ck_assert_int_eq(file_seek(f, 4, SEEK_DATA), 4);
    ck_assert_int_eq(file_seek(f, 4, SEEK_HOLE), 10);
    ck_assert_int_eq(file_seek(f, 10, SEEK_DATA), -ENXIO);
    ck_assert_int_eq(file_seek(f, 0, 9), -EINVAL);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(survives_every_failed_page)
{
    char text[3 * PAGE_SIZE];
    struct file *f;

    fs_up();
    memset(text, 't', sizeof(text));
    f = new_file();
    for (unsigned n = 1;; n++) {
        ssize_t done;
        bool failed;

        stub_alloc_fail(n);
        done = file_write_kernel(f, text, sizeof(text), 0);
        failed = stub_alloc_failed();
        stub_alloc_fail(0);
        ck_assert(done == -ENOMEM || done % (ssize_t)PAGE_SIZE == 0);
        ck_assert_uint_eq(f->vnode->size, done < 0 ? 0 : (uint64_t)done);
        vnode_truncate(f->vnode, 0);
        ck_assert_uint_eq(stub_live_pages(), 0);
        if (!failed)
            break;
    }
    file_put(f);
    fs_down();
}
END_TEST

/* --- extents --- */

#define EXTENT_PAGES 3

/* Memory as a boot loader leaves it, filled with a pattern. */
static uint8_t *ram_up(void)
{
    uint8_t *ram = stub_ram_take(EXTENT_PAGES);
    paddr_t pa = page_phys(page_of_virt(ram));

    for (size_t i = 0; i < EXTENT_PAGES * PAGE_SIZE; i++)
        ram[i] = (uint8_t)(i / 16);
    page_adopt(pa, pa + EXTENT_PAGES * PAGE_SIZE);
    return ram;
}

/* Gives back what no file took: the page that is not a whole page of one. */
static void ram_put(const uint8_t *page)
{
    page_put(page_of_virt(page));
}

static struct file *extent_file(uint8_t *data, size_t size)
{
    ck_assert_int_eq(vfs_add_extent_file("/bin/e", data, size, 0755), 0);
    return fs_open("/bin/e", O_RDWR);
}

static void check_contents(struct file *f, const uint8_t *expected, size_t size)
{
    uint8_t *back = malloc(size + 1);

    ck_assert_int_eq(file_read_kernel(f, back, size + 1, 0), size);
    ck_assert_mem_eq(back, expected, size);
    free(back);
}

static struct page *page_in(struct file *f, uint64_t index)
{
    struct vm_object *o = file_vm_object(f);
    struct page *p;

    ck_assert_int_eq(o->ops->get_page(o, index, false, &p), 0);
    return p;
}

START_TEST(uses_whole_pages_of_an_extent_in_place)
{
    const size_t size = 2 * PAGE_SIZE + 100;
    struct page *p;
    struct file *f;
    uint8_t *ram;

    fs_up();
    ram = ram_up();
    f = extent_file(ram, size);
    check_contents(f, ram, size);
    ck_assert_uint_eq(stub_live_pages(), EXTENT_PAGES);
    p = page_in(f, 1);
    ck_assert_ptr_eq(page_virt(p), ram + PAGE_SIZE);
    page_put(p);
    p = page_in(f, 2);
    ck_assert_ptr_ne(page_virt(p), ram + 2 * PAGE_SIZE);
    ck_assert_mem_eq(page_virt(p), ram + 2 * PAGE_SIZE, 100);
    ck_assert_int_eq(((uint8_t *)page_virt(p))[100], 0);
    page_put(p);
    file_put(f);
    ck_assert_int_eq(fs_unlink("/bin/e"), 0);
    ck_assert_uint_eq(stub_live_pages(), 1);
    ram_put(ram + 2 * PAGE_SIZE);
    fs_down();
}
END_TEST

START_TEST(finds_holes_behind_an_extent)
{
    const size_t size = PAGE_SIZE + 100;
    struct file *f;
    uint8_t *ram;

    fs_up();
    ram = ram_up();
    f = extent_file(ram, size);
    ck_assert_int_eq(file_seek(f, 0, SEEK_HOLE), size);
    ck_assert_int_eq(file_seek(f, size - 1, SEEK_DATA), size - 1);
    ck_assert_int_eq(vnode_truncate(f->vnode, 9 * PAGE_SIZE), 0);
    ck_assert_int_eq(file_write_kernel(f, "x", 1, 5 * PAGE_SIZE + 7), 1);
    ck_assert_int_eq(file_seek(f, 9, SEEK_DATA), 9);
    ck_assert_int_eq(file_seek(f, 9, SEEK_HOLE), 2 * PAGE_SIZE);
    ck_assert_int_eq(file_seek(f, 2 * PAGE_SIZE, SEEK_DATA), 5 * PAGE_SIZE);
    ck_assert_int_eq(file_seek(f, 5 * PAGE_SIZE + 9, SEEK_HOLE), 6 * PAGE_SIZE);
    ck_assert_int_eq(file_seek(f, 6 * PAGE_SIZE, SEEK_DATA), -ENXIO);
    file_put(f);
    ck_assert_int_eq(fs_unlink("/bin/e"), 0);
    ram_put(ram + PAGE_SIZE);
    ram_put(ram + 2 * PAGE_SIZE);
    fs_down();
}
END_TEST

START_TEST(copies_an_unaligned_extent_when_needed)
{
    const size_t size = PAGE_SIZE + 50;
    struct page *p;
    struct file *f;
    uint8_t *ram;

    fs_up();
    ram = ram_up();
    f = extent_file(ram + 4, size);
    check_contents(f, ram + 4, size);
    ck_assert_uint_eq(stub_live_pages(), EXTENT_PAGES);
    p = page_in(f, 0);
    ck_assert_mem_eq(page_virt(p), ram + 4, PAGE_SIZE);
    page_put(p);
    ck_assert_uint_eq(stub_live_pages(), EXTENT_PAGES + 1);
    check_contents(f, ram + 4, size);
    ck_assert_uint_eq(f->vnode->blocks, 16);
    file_put(f);
    for (int i = 0; i < EXTENT_PAGES; i++)
        ram_put(ram + (size_t)i * PAGE_SIZE);
    fs_down();
}
END_TEST

START_TEST(writes_into_an_extent_file)
{
    uint8_t expected[2 * PAGE_SIZE + 10];
    struct file *f;
    uint8_t *ram;

    fs_up();
    ram = ram_up();
    memcpy(expected, ram + 8, sizeof(expected));
    f = extent_file(ram + 8, sizeof(expected));
    memcpy(expected + 4090, "0123456789", 10);
    ck_assert_int_eq(file_write_kernel(f, "0123456789", 10, 4090), 10);
    check_contents(f, expected, sizeof(expected));
    file_put(f);
    for (int i = 0; i < EXTENT_PAGES; i++)
        if (i != 1) /* the one that the file has all of */
            ram_put(ram + (size_t)i * PAGE_SIZE);
    fs_down();
}
END_TEST

START_TEST(truncates_an_extent)
{
    uint8_t expected[2 * PAGE_SIZE] = {0};
    struct page *mapped;
    struct file *f;
    uint8_t *ram;

    fs_up();
    ram = ram_up();
    f = extent_file(ram, 3 * PAGE_SIZE);
    ck_assert_uint_eq(f->vnode->blocks, 24);
    mapped = page_in(f, 0);
    memcpy(expected, ram, 1000);
    ck_assert_int_eq(vnode_truncate(f->vnode, 1000), 0);
    ck_assert_uint_eq(stub_live_pages(), 1);
    ck_assert_uint_eq(f->vnode->blocks, 8);
    ck_assert_int_eq(vnode_truncate(f->vnode, sizeof(expected)), 0);
    check_contents(f, expected, sizeof(expected));
    /* A mapping goes on sharing the page. */
    ((uint8_t *)page_virt(mapped))[5] = expected[5] = 'm';
    check_contents(f, expected, sizeof(expected));
    page_put(mapped);
    file_put(f);
    fs_unlink("/bin/e");
    ck_assert_uint_eq(stub_live_pages(), 0);
    fs_down();
}
END_TEST

START_TEST(truncates_an_unaligned_extent)
{
    uint8_t expected[PAGE_SIZE] = {0};
    struct file *f;
    uint8_t *ram;

    fs_up();
    ram = ram_up();
    f = extent_file(ram + 12, 2 * PAGE_SIZE);
    memcpy(expected, ram + 12, 10);
    ck_assert_int_eq(vnode_truncate(f->vnode, 10), 0);
    ck_assert_int_eq(vnode_truncate(f->vnode, sizeof(expected)), 0);
    check_contents(f, expected, sizeof(expected));
    file_put(f);
    for (int i = 0; i < EXTENT_PAGES; i++)
        if (i != 1) /* the one that the file has all of */
            ram_put(ram + (size_t)i * PAGE_SIZE);
    fs_down();
}
END_TEST

START_TEST(gives_no_page_past_the_end)
{
    struct vm_object *o;
    struct page *p;
    struct file *f;

    fs_up();
    f = new_file();
    o = file_vm_object(f);
    ck_assert_int_eq(o->ops->get_page(o, 0, false, &p), -ENXIO);
    fs_write(f, "x", 1);
    ck_assert_int_eq(o->ops->get_page(o, 0, true, &p), 0);
    page_put(p);
    ck_assert_int_eq(o->ops->get_page(o, 1, false, &p), -ENXIO);
    vnode_truncate(f->vnode, PAGE_SIZE + 1);
    ck_assert_int_eq(o->ops->get_page(o, 1, false, &p), 0);
    ck_assert_int_eq(*(char *)page_virt(p), 0);
    page_put(p);
    file_put(f);
    fs_down();
}
END_TEST

START_TEST(is_kept_by_a_mapping_alone)
{
    struct vm_object *o;
    struct file *f;
    char name[32];

    fs_up();
    f = new_file();
    fs_write(f, "x", 1);
    o = file_vm_object(f);
    o->ops->get(o);
    file_put(f);
    o->ops->name(o, name, sizeof(name));
    ck_assert_str_eq(name, "/f");
    fs_unlink("/f");
    o->ops->name(o, name, sizeof(name));
    ck_assert_str_eq(name, "(deleted)");
    ck_assert_uint_eq(stub_live_pages(), 1);
    o->ops->put(o);
    ck_assert_uint_eq(stub_live_pages(), 0);
    fs_down();
}
END_TEST

UNIT_SUITE(vfs_ramfs, "vfs/ramfs", reads_back_what_was_written,
           reads_zeros_in_holes, holds_a_byte_far_out,
           zeroes_what_truncation_cut_off, drops_pages_behind_the_end,
           appends_wherever_the_offset_is, lives_on_without_a_name,
           stops_at_a_fault, checks_how_the_file_is_open, seeks_as_lseek_does,
           survives_every_failed_page, uses_whole_pages_of_an_extent_in_place,
           finds_holes_behind_an_extent, copies_an_unaligned_extent_when_needed,
           writes_into_an_extent_file, truncates_an_extent,
           truncates_an_unaligned_extent, gives_no_page_past_the_end,
           is_kept_by_a_mapping_alone)
