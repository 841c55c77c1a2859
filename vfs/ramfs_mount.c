// SPDX-License-Identifier: MIT
/*
 * ramfs_mount: how much a ramfs may hold, and the mount options that say so
 * (tmpfs(5)). Every page of a file counts, those of the initial RAM disk too.
 */
#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "vfs/ramfs.h"
#include "vfs/ramfs_priv.h"
#include "vfs/text.h"

static uint64_t all_pages; /* of all of these file systems */

uint64_t ramfs_total_pages(void)
{
    return __atomic_load_n(&all_pages, __ATOMIC_RELAXED);
}

int ramfs_charge(struct ramfs *fs, uint64_t n)
{
    uint64_t sum = __atomic_add_fetch(&fs->pages, n, __ATOMIC_RELAXED);

    __atomic_fetch_add(&all_pages, n, __ATOMIC_RELAXED);
    if (likely(!fs->max_pages || sum <= fs->max_pages))
        return 0;
    ramfs_uncharge(fs, n);
    return -ENOSPC;
}

void ramfs_uncharge(struct ramfs *fs, uint64_t n)
{
    __atomic_fetch_sub(&fs->pages, n, __ATOMIC_RELAXED);
    __atomic_fetch_sub(&all_pages, n, __ATOMIC_RELAXED);
}

/* --- options ------------------------------------------------------------- */

/* One NAME=VALUE of the options; value is empty without a =. */
struct option {
    const char *name, *value;
    size_t name_len, value_len;
};

static bool next_option(const char **rest, struct option *o)
{
    const char *p = *rest, *end, *equal;

    while (*p == ',')
        p++;
    if (!*p)
        return false;
    for (end = p; *end && *end != ','; end++)
        ;
    for (equal = p; equal < end && *equal != '='; equal++)
        ;
    o->name = p;
    o->name_len = (size_t)(equal - p);
    o->value = equal < end ? equal + 1 : end;
    o->value_len = (size_t)(end - o->value);
    *rest = end;
    return true;
}

static bool is(const struct option *o, const char *name)
{
    return o->name_len == strlen(name) && !memcmp(o->name, name, o->name_len);
}

/* Digits in a base, and behind them at most one letter, *suffix. */
static int parse_number(const struct option *o, unsigned base, uint64_t *value,
                        char *suffix)
{
    size_t i = 0;

    *value = 0;
    *suffix = '\0';
    for (; i < o->value_len; i++) {
        unsigned digit = (unsigned)(o->value[i] - '0');

        if (digit >= base)
            break;
        if (__builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, digit, value))
            return -EINVAL;
    }
    if (i == 0 || o->value_len - i > 1)
        return -EINVAL;
    if (i < o->value_len)
        *suffix = o->value[i];
    return 0;
}

/* How far a suffix shifts a size, or -EINVAL. */
static int suffix_shift(char suffix)
{
    switch (suffix) {
    case '\0':
        return 0;
    case 'k':
    case 'K':
        return 10;
    case 'm':
    case 'M':
        return 20;
    case 'g':
    case 'G':
        return 30;
    default:
        return -EINVAL;
    }
}

/* A size: 64k, 10m, 1g, or a part of the memory, 50%. */
static int parse_size(const struct option *o, uint64_t *bytes)
{
    struct page_stats pages;
    char suffix;
    int shift, err = parse_number(o, 10, bytes, &suffix);

    if (err)
        return err;
    if (suffix == '%') {
        page_get_stats(&pages);
        return __builtin_mul_overflow(*bytes, pages.total * PAGE_SIZE / 100,
                                      bytes)
                   ? -EINVAL
                   : 0;
    }
    shift = suffix_shift(suffix);
    if (shift < 0 || *bytes > UINT64_MAX >> shift)
        return -EINVAL;
    *bytes <<= shift;
    return 0;
}

static int parse_plain(const struct option *o, unsigned base, uint32_t max,
                       uint32_t *value)
{
    uint64_t number;
    char suffix;
    int err = parse_number(o, base, &number, &suffix);

    if (err || suffix || number > max)
        return -EINVAL;
    *value = (uint32_t)number;
    return 0;
}

static int parse_limit(struct ramfs *fs, const struct option *o)
{
    uint64_t number;
    int err = parse_size(o, &number);

    if (err)
        return err;
    if (is(o, "size"))
        fs->max_pages = number / PAGE_SIZE + (number % PAGE_SIZE != 0);
    else if (is(o, "nr_blocks"))
        fs->max_pages = number;
    else
        fs->max_nodes = (uint32_t)MIN(number, UINT32_MAX);
    return 0;
}

static int parse_option(struct ramfs *fs, const struct option *o)
{
    if (is(o, "mode"))
        return parse_plain(o, 8, 07777, &fs->mode);
    if (is(o, "uid"))
        return parse_plain(o, 10, UINT32_MAX - 1, &fs->uid);
    if (is(o, "gid"))
        return parse_plain(o, 10, UINT32_MAX - 1, &fs->gid);
    if (is(o, "size") || is(o, "nr_blocks") || is(o, "nr_inodes"))
        return parse_limit(fs, o);
    if (is(o, "huge") || is(o, "inode32") || is(o, "inode64"))
        return 0; /* about how Linux keeps it, not about what it holds */
    return -EINVAL;
}

int ramfs_parse_options(struct ramfs *fs, const char *options)
{
    struct option o;
    int err = 0;

    while (!err && next_option(&options, &o))
        err = parse_option(fs, &o);
    return err;
}

/* --- the file system as a whole ------------------------------------------ */

static int ramfs_statfs(struct superblock *sb, struct abi_statfs *to)
{
    const struct ramfs *fs = container_of(sb, struct ramfs, sb);

    if (fs->max_pages) {
        to->f_blocks = fs->max_pages;
        to->f_bfree = to->f_bavail =
            fs->max_pages - MIN(fs->pages, fs->max_pages);
    }
    if (fs->max_nodes) {
        to->f_files = fs->max_nodes;
        to->f_ffree = fs->max_nodes - MIN(fs->nodes, fs->max_nodes);
    }
    return 0;
}

/* What is there already must fit. */
static int ramfs_remount(struct superblock *sb, const char *options)
{
    struct ramfs *fs = container_of(sb, struct ramfs, sb);
    struct ramfs as = *fs;
    int err = ramfs_parse_options(&as, options);

    if (err)
        return err;
    if ((as.max_pages && as.max_pages < fs->pages) ||
        (as.max_nodes && as.max_nodes < fs->nodes))
        return -EINVAL;
    fs->max_pages = as.max_pages;
    fs->max_nodes = as.max_nodes;
    return 0;
}

static void ramfs_show_options(struct superblock *sb, struct text *t)
{
    const struct ramfs *fs = container_of(sb, struct ramfs, sb);
    struct page_stats pages;

    page_get_stats(&pages);
    if (fs->max_pages && fs->max_pages != pages.total / 2)
        text_printf(t, ",size=%luk", fs->max_pages * (PAGE_SIZE / 1024));
    if (fs->max_nodes && fs->max_nodes != pages.total / 2)
        text_printf(t, ",nr_inodes=%u", fs->max_nodes);
    if (fs->mode != (S_ISVTX | 0777) && fs->mode != 0755)
        text_printf(t, ",mode=%o", fs->mode);
    if (fs->uid)
        text_printf(t, ",uid=%u", fs->uid);
    if (fs->gid)
        text_printf(t, ",gid=%u", fs->gid);
}

const struct superblock_ops ramfs_super_ops = {
    .statfs = ramfs_statfs,
    .remount = ramfs_remount,
    .show_options = ramfs_show_options,
};
