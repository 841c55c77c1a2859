// SPDX-License-Identifier: MIT
/* Tests of vfs/page_tree.c. */
#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "kernel/page.h"
#include "vfs/page_tree.h"

static const uint64_t indexes[] = {
    0, 1, 63, 64, 65, 4095, 4096, 262143, 262144, 1ull << 30, (1ull << 51) - 1};

static void fill(struct page_tree *t)
{
    for (size_t i = 0; i < ARRAY_SIZE(indexes); i++)
        ck_assert_int_eq(page_tree_insert(t, indexes[i], page_alloc_zeroed()),
                         0);
}

START_TEST(finds_each_page_at_its_index)
{
    struct page_tree t = {0};
    struct page *pages[ARRAY_SIZE(indexes)];

    ck_assert_ptr_null(page_tree_get(&t, 0));
    for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
        pages[i] = page_alloc_zeroed();
        ck_assert_int_eq(page_tree_insert(&t, indexes[i], pages[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(indexes); i++)
        ck_assert_ptr_eq(page_tree_get(&t, indexes[i]), pages[i]);
    ck_assert_ptr_null(page_tree_get(&t, 2));
    ck_assert_ptr_null(page_tree_get(&t, UINT64_MAX));
    ck_assert_uint_eq(t.count, ARRAY_SIZE(indexes));
    page_tree_truncate(&t, 0);
}
END_TEST

START_TEST(truncates_at_any_index)
{
    for (size_t cut = 0; cut < ARRAY_SIZE(indexes); cut++) {
        struct page_tree t = {0};

        fill(&t);
        page_tree_truncate(&t, indexes[cut]);
        ck_assert_uint_eq(t.count, cut);
        ck_assert_uint_eq(stub_live_pages(), cut);
        for (size_t i = 0; i < ARRAY_SIZE(indexes); i++)
            ck_assert_int_eq(page_tree_get(&t, indexes[i]) != NULL, i < cut);
        page_tree_truncate(&t, 0);
        ck_assert_uint_eq(stub_live_blocks(), 0);
    }
}
END_TEST

START_TEST(truncates_between_pages)
{
    struct page_tree t = {0};

    fill(&t);
    page_tree_truncate(&t, 5000);
    ck_assert_uint_eq(t.count, 7);
    page_tree_truncate(&t, UINT64_MAX);
    ck_assert_uint_eq(t.count, 7);
    page_tree_truncate(&t, 2);
    ck_assert_uint_eq(t.count, 2);
    page_tree_truncate(&t, 0);
}
END_TEST

START_TEST(keeps_its_pages_without_memory)
{
    struct page *p = page_alloc_zeroed();

    for (unsigned n = 1;; n++) {
        struct page_tree t = {0};
        bool failed;
        int err;

        ck_assert_int_eq(page_tree_insert(&t, 3, page_alloc_zeroed()), 0);
        stub_alloc_fail(n);
        err = page_tree_insert(&t, 1ull << 40, p);
        failed = stub_alloc_failed();
        stub_alloc_fail(0);
        ck_assert_ptr_nonnull(page_tree_get(&t, 3));
        ck_assert_int_eq(err, failed ? -ENOMEM : 0);
        ck_assert_uint_eq(t.count, failed ? 1 : 2);
        page_tree_truncate(&t, 0);
        ck_assert_uint_eq(stub_live_blocks(), 0);
        if (!failed)
            break;
    }
}
END_TEST

UNIT_SUITE(vfs_page_tree, "vfs/page_tree", finds_each_page_at_its_index,
           truncates_at_any_index, truncates_between_pages,
           keeps_its_pages_without_memory)
