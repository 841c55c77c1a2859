// SPDX-License-Identifier: MIT
/*
 * The elfin command's files: the tree, the archive that is written from it
 * and read again, and what it tells of ELF files.
 */
#include "tests/unit/unit.h"

#undef fail /* check.h has an old macro of that name */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/elfin/cpio.h"
#include "tools/elfin/elfinfo.h"
#include "tools/elfin/machine.h"
#include "tools/elfin/probe.h"
#include "tools/elfin/scan.h"

/* --- tree --- */

static void add_link(struct tree *t, const char *path, const char *text)
{
    struct tree_inode attr = {
        .mode = S_IFLNK | 0777, .data = text, .size = strlen(text)};

    ck_assert_int_eq(tree_add_inode(t, path, &attr, NULL), 0);
}

START_TEST(tree_follows_its_own_links)
{
    struct tree t;
    char *path;

    tree_init(&t);
    ck_assert_int_eq(tree_add_dir(&t, "/usr/lib"), 0);
    add_link(&t, "/lib", "usr/lib");
    add_link(&t, "/up", "../../usr");
    ck_assert_int_eq(tree_add_data(&t, "/lib/x/libc.so", "abc", 3, 0644), 0);
    path = tree_path(tree_lookup(&t, "/up/lib/x/libc.so", true));
    ck_assert_str_eq(path, "/usr/lib/x/libc.so");
    free(path);
    ck_assert_ptr_nonnull(tree_lookup(&t, "/lib", false));
    ck_assert(S_ISLNK(tree_lookup(&t, "/lib", false)->inode->mode));
    ck_assert(S_ISDIR(tree_lookup(&t, "/lib/", true)->inode->mode));
    tree_fini(&t);
}
END_TEST

START_TEST(tree_survives_links_that_lead_nowhere)
{
    struct tree t;

    tree_init(&t);
    add_link(&t, "/a", "b");
    add_link(&t, "/b", "a");
    ck_assert_ptr_null(tree_lookup(&t, "/a", true));
    ck_assert_int_lt(tree_add_data(&t, "/a/file", "", 0, 0644), 0);
    ck_assert_int_eq(tree_add_data(&t, "/file", "x", 1, 0644), 0);
    ck_assert_int_lt(tree_add_data(&t, "/file/below", "x", 1, 0644), 0);
    ck_assert_int_lt(tree_add_data(&t, "/", "x", 1, 0644), 0);
    ck_assert_int_eq(tree_add_data(&t, "/file", "y", 1, 0644), 0);
    ck_assert_ptr_null(tree_lookup(&t, "/nothing", true));
    tree_fini(&t);
}
END_TEST

/* --- archive --- */

/* The archive of t, mapped; its size in *size. */
static char *archive_of(struct tree *t, uint64_t *size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    char *bad, *data;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(cpio_write(t, fd, size, &bad), 0);
    data = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
    ck_assert_ptr_ne(data, MAP_FAILED);
    close(fd);
    return data;
}

static void check_same(const struct tree_entry *a, const struct tree_entry *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_uint_eq(a->inode->mode, b->inode->mode);
    ck_assert_int_eq(a->inode->mtime, b->inode->mtime);
    ck_assert_uint_eq(a->inode->links, b->inode->links);
    ck_assert_uint_eq(a->inode->size, b->inode->size);
    if (a->inode->size)
        ck_assert_mem_eq(a->inode->data, b->inode->data, a->inode->size);
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        check_same(a->children[i], b->children[i]);
}

/* Names of every length that a page boundary may fall near. */
static void fill(struct tree *t, char *data)
{
    struct tree_inode attr = {.mode = S_IFREG | 04711,
                              .mtime = 987654321,
                              .data = data,
                              .size = 4096};
    struct tree_inode *linked;
    char name[4096];

    for (int i = 0; i < 10000; i++)
        data[i] = (char)(i * 7);
    for (size_t len = 1; len < 250; len++) {
        memset(name, 'n', len + 1);
        name[0] = '/';
        name[len + 1] = '\0';
        ck_assert_int_eq(tree_add_data(t, name, data, 4096 + len, 0644), 0);
    }
    for (size_t len = 300; len < 4090; len += 97) {
        for (size_t i = 0; i < len; i++)
            name[i] = i % 200 ? 'd' : '/';
        name[len] = '\0';
        ck_assert_int_eq(tree_add_data(t, name, data, 4095 + len % 3, 0600), 0);
    }
    ck_assert_int_eq(tree_add_inode(t, "/one", &attr, &linked), 0);
    ck_assert_int_eq(tree_add_link(t, "/two", linked), 0);
    ck_assert_int_eq(tree_add_data(t, "/empty", NULL, 0, 0), 0);
    add_link(t, "/link", "/one");
}

START_TEST(archive_reads_back_as_it_was)
{
    struct tree a, b;
    uint64_t size, size_again;
    char *data = malloc(10000), *archive, *again, *problem;

    tree_init(&a);
    tree_init(&b);
    fill(&a, data);
    archive = archive_of(&a, &size);
    ck_assert_int_eq(cpio_read(&b, archive, size, &problem), 0);
    check_same(a.root, b.root);
    again = archive_of(&b, &size_again);
    ck_assert_uint_eq(size, size_again);
    ck_assert_mem_eq(archive, again, size);
    munmap(again, size);
    tree_fini(&b);
    munmap(archive, size);
    tree_fini(&a);
    free(data);
}
END_TEST

START_TEST(archive_data_of_a_page_or_more_is_aligned)
{
    struct tree a, b;
    uint64_t size;
    char *data = malloc(10000), *archive, *problem;
    unsigned checked = 0;

    tree_init(&a);
    tree_init(&b);
    fill(&a, data);
    archive = archive_of(&a, &size);
    ck_assert_int_eq(cpio_read(&b, archive, size, &problem), 0);
    for (struct tree_inode *i = b.inodes; i; i = i->next) {
        if (!S_ISREG(i->mode) || i->size < 4096)
            continue;
        ck_assert_uint_eq((size_t)(i->data - archive) % 4096, 0);
        checked++;
    }
    ck_assert_uint_gt(checked, 250);
    tree_fini(&b);
    munmap(archive, size);
    tree_fini(&a);
    free(data);
}
END_TEST

/* Whatever is cut off or turned over, there is an answer. */
START_TEST(archive_that_is_broken_is_refused)
{
    struct tree t;
    uint64_t size;
    char *archive, *copy, *problem;
    unsigned refused = 0;

    tree_init(&t);
    tree_add_data(&t, "/dir/file", "some text", 9, 0644);
    archive = archive_of(&t, &size);
    for (size_t cut = 0; cut < size; cut++) {
        struct tree b;

        copy = malloc(cut ? cut : 1);
        memcpy(copy, archive, cut);
        tree_init(&b);
        refused += cpio_read(&b, copy, cut, &problem) != 0;
        free(problem);
        tree_fini(&b);
        free(copy);
    }
    ck_assert_uint_gt(refused, 200);
    copy = malloc(size);
    for (size_t at = 0; at < size; at++) {
        struct tree b;

        memcpy(copy, archive, size);
        copy[at] = (char)(copy[at] == 'f' ? 'z' : 'f');
        tree_init(&b);
        cpio_read(&b, copy, size, &problem);
        free(problem);
        tree_fini(&b);
    }
    free(copy);
    munmap(archive, size);
    tree_fini(&t);
}
END_TEST

/* --- ELF files --- */

START_TEST(elf_tells_of_this_very_program)
{
    struct mapped_file f;
    struct elfinfo info;

    ck_assert_int_eq(file_map("/proc/self/exe", &f), 0);
    elfinfo_read(&info, f.data, f.size);
    ck_assert_int_eq(info.kind, ELF_KIND_DYNAMIC);
    ck_assert_ptr_null(info.problem);
    ck_assert_ptr_nonnull(strstr(info.interp, "ld-linux"));
    ck_assert(strlist_has(&info.needed, "libc.so.6"));
    elfinfo_fini(&info);
    file_unmap(&f);
}
END_TEST

START_TEST(elf_scripts_name_their_interpreter)
{
    static const char script[] = "#! /usr/bin/env python3\nprint()\n";
    struct elfinfo info;

    elfinfo_read(&info, script, sizeof(script) - 1);
    ck_assert_int_eq(info.kind, ELF_KIND_SCRIPT);
    ck_assert_str_eq(info.interp, "/usr/bin/env");
    ck_assert_ptr_null(info.problem);
    elfinfo_fini(&info);
    elfinfo_read(&info, "#!", 2);
    ck_assert_ptr_nonnull(info.problem);
    elfinfo_fini(&info);
}
END_TEST

/* Headers with any byte changed, and files cut anywhere, end in words. */
START_TEST(elf_files_that_are_broken_do_no_harm)
{
    static const unsigned char bytes[] = {0, 1, 0x7f, 0x80, 0xff};
    struct mapped_file f;
    struct elfinfo info;
    size_t size;
    char *copy;

    ck_assert_int_eq(file_map("/proc/self/exe", &f), 0);
    size = MIN(f.size, (size_t)65536);
    for (size_t cut = 0; cut < 1500; cut++) {
        copy = malloc(cut ? cut : 1);
        memcpy(copy, f.data, cut);
        elfinfo_read(&info, copy, cut);
        ck_assert_ptr_nonnull(info.problem);
        elfinfo_fini(&info);
        free(copy);
    }
    copy = malloc(size);
    memcpy(copy, f.data, size);
    for (size_t at = 0; at < 1200; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
            copy[at] = (char)bytes[i];
            elfinfo_read(&info, copy, size);
            elfinfo_fini(&info);
        }
        copy[at] = f.data[at];
    }
    free(copy);
    file_unmap(&f);
}
END_TEST

START_TEST(elf_of_the_kvm_probe_is_for_32_bits)
{
    struct strbuf image = {0};
    struct elfinfo info;

    probe_image(&image);
    elfinfo_read(&info, image.data, image.len);
    ck_assert_int_eq(info.kind, ELF_KIND_FOREIGN);
    elfinfo_fini(&info);
    strbuf_fini(&image);
}
END_TEST

/* Without it a probe that never works would pass for a host without KVM. */
START_TEST(kvm_probe_runs_where_guests_run)
{
    char *qemu = machine_find_qemu(), *reason = NULL;

    if (qemu)
        ck_assert_msg(probe_run(qemu, false, 30 * NSEC_PER_SEC, &reason), "%s",
                      reason);
    free(reason);
    free(qemu);
}
END_TEST

START_TEST(kvm_probe_tells_why_it_did_not_run)
{
    char *reason;

    ck_assert(!probe_run("/no/such/qemu", true, NSEC_PER_SEC, &reason));
    ck_assert_ptr_nonnull(strstr(reason, "/no/such/qemu"));
    free(reason);
    ck_assert(!probe_run("/bin/false", true, NSEC_PER_SEC, &reason));
    ck_assert_str_eq(reason, "a test guest failed");
    free(reason);
}
END_TEST

START_TEST(scan_sees_the_numbers_of_calls)
{
    static const char code[] =
        "\xb8\x27\x00\x00\x00\x0f\x05"         /* mov $39, %eax */
        "\x48\xc7\xc0\x3c\x00\x00\x00\x0f\x05" /* mov $60, %rax */
        "\x31\xc0\x0f\x05"                     /* xor %eax, %eax */
        "\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"
        "\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"
        "\x0f\x05\x0f";
    struct scan s = {0};

    scan_code(&s, code, sizeof(code) - 1);
    ck_assert_uint_eq(s.sites, 4);
    ck_assert_uint_eq(s.unknown, 1);
    ck_assert(s.calls[39] && s.calls[60] && s.calls[0] && !s.calls[1]);
}
END_TEST

UNIT_SUITE(tools_elfin_image, "tools/elfin/image", tree_follows_its_own_links,
           tree_survives_links_that_lead_nowhere, archive_reads_back_as_it_was,
           archive_data_of_a_page_or_more_is_aligned,
           archive_that_is_broken_is_refused, elf_tells_of_this_very_program,
           elf_scripts_name_their_interpreter,
           elf_files_that_are_broken_do_no_harm,
           elf_of_the_kvm_probe_is_for_32_bits, kvm_probe_runs_where_guests_run,
           kvm_probe_tells_why_it_did_not_run, scan_sees_the_numbers_of_calls)
