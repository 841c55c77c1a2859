// SPDX-License-Identifier: MIT
/* memfd: files without a name: seals, names, and pages at hand. */
#include "tests/unit/unit.h"

#include <string.h>

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/page.h"
#include "vfs/memfd.h"
#include "vfs/ramfs.h"

static struct file *create(bool sealing)
{
    struct file *f;

    ck_assert_int_eq(memfd_create_file("unit", sealing, &f), 0);
    return f;
}

START_TEST(has_a_name_for_messages_only)
{
    struct file *f = create(false);
    char name[64];

    file_vm_object(f)->ops->name(file_vm_object(f), name, sizeof(name));
    ck_assert_str_eq(name, "/memfd:unit (deleted)");
    ck_assert_int_eq(file_path(f, name, sizeof(name)), strlen(name));
    ck_assert_uint_eq(f->vnode->nlink, 0);
    file_put(f);
}
END_TEST

START_TEST(seals_forbid_what_they_say)
{
    struct file *f = create(true);

    ck_assert_int_eq(ramfs_seals(f->vnode), 0);
    ck_assert_int_eq(file_write_kernel(f, "abc", 3, 0), 3);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, F_SEAL_SHRINK), 0);
    ck_assert_int_eq(vnode_truncate(f->vnode, 2), -EPERM);
    ck_assert_int_eq(vnode_truncate(f->vnode, 4), 0);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, F_SEAL_GROW), 0);
    ck_assert_int_eq(vnode_truncate(f->vnode, 5), -EPERM);
    ck_assert_int_eq(file_write_kernel(f, "abc", 3, 2), -EPERM);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, F_SEAL_WRITE), 0);
    ck_assert_int_eq(file_write_kernel(f, "a", 1, 0), -EPERM);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, F_SEAL_SEAL), 0);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, F_SEAL_SEAL), -EPERM);
    ck_assert_int_eq(ramfs_seals(f->vnode),
                     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    file_put(f);
}
END_TEST

START_TEST(without_sealing_no_seal_is_added)
{
    struct file *f = create(false);

    ck_assert_int_eq(ramfs_seals(f->vnode), F_SEAL_SEAL);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, F_SEAL_GROW), -EPERM);
    ck_assert_int_eq(ramfs_add_seals(f->vnode, 1u << 20), -EINVAL);
    file_put(f);
}
END_TEST

START_TEST(peeking_finds_pages_and_makes_none)
{
    struct page *pages[4];
    struct vm_object *o;
    struct vnode *v;

    ck_assert_int_eq(memfd_create_shared(3 * PAGE_SIZE, &v), 0);
    o = &v->object;
    ck_assert_int_eq(o->ops->get_page(o, 1, true, &pages[0]), 0);
    page_put(pages[0]);
    o->ops->peek_pages(o, 0, 4, pages);
    ck_assert_ptr_null(pages[0]);
    ck_assert_ptr_nonnull(pages[1]);
    ck_assert_ptr_null(pages[2]);
    ck_assert_ptr_null(pages[3]);
    page_put(pages[1]);
    ck_assert_uint_eq(stub_live_pages(), 1);
    vnode_put(v);
}
END_TEST

START_TEST(survives_every_failing_allocation)
{
    for (unsigned n = 1;; n++) {
        struct file *f;
        int err;

        stub_alloc_fail(n);
        err = memfd_create_file("unit", true, &f);
        if (err == 0)
            file_put(f);
        if (!stub_alloc_failed())
            break;
        ck_assert_int_eq(err, -ENOMEM);
    }
    stub_alloc_fail(0);
}
END_TEST

UNIT_SUITE(vfs_memfd, "vfs/memfd", has_a_name_for_messages_only,
           seals_forbid_what_they_say, without_sealing_no_seal_is_added,
           peeking_finds_pages_and_makes_none,
           survives_every_failing_allocation)
