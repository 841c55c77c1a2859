// SPDX-License-Identifier: MIT
/* copy_range: copy_file_range(2). */
#include "abi/fcntl.h"
#include "abi/uio.h"
#include "kernel/page.h"
#include "syscalls/define.h"
#include "vfs/fd.h"

#define PIECE_ORDER 4 /* 64 KiB at a time, or a page when memory is short */

/* Where a file is read or written: the program's offset, or the file's. */
struct place {
    struct file *file;
    int64_t user *offset; /* NULL: the file's own */
    uint64_t pos;
};

static int place_get(struct place *p)
{
    if (!p->offset) {
        p->pos = __atomic_load_n(&p->file->pos, __ATOMIC_RELAXED);
        return 0;
    }
    return copy_from_user(&p->pos, p->offset, sizeof(p->pos));
}

static int place_put(const struct place *p)
{
    if (p->offset)
        return put_user((int64_t)p->pos, p->offset);
    __atomic_store_n(&p->file->pos, p->pos, __ATOMIC_RELAXED);
    return 0;
}

static int check_files(const struct file *in, const struct file *out)
{
    if (vnode_is_dir(in->vnode) || vnode_is_dir(out->vnode))
        return -EISDIR;
    if (!vnode_is_regular(in->vnode) || !vnode_is_regular(out->vnode))
        return -EINVAL;
    if (!(in->mode & FILE_READ) || !(out->mode & FILE_WRITE) ||
        (out->flags & O_APPEND))
        return -EBADF;
    return in->vnode->sb->magic == out->vnode->sb->magic ? 0 : -EXDEV;
}

/* Offsets that no file can have, and parts of one file that overlap. */
static int check_range(const struct place *in, const struct place *out,
                       size_t *len)
{
    uint64_t size = in->file->vnode->size;

    if (in->pos + *len < in->pos || out->pos + *len < out->pos)
        return -EOVERFLOW;
    if ((int64_t)in->pos < 0 || (int64_t)out->pos < 0)
        return -EINVAL;
    *len = in->pos < size ? MIN(*len, size - in->pos) : 0;
    if (in->file->vnode == out->file->vnode && out->pos + *len > in->pos &&
        out->pos < in->pos + *len)
        return -EINVAL;
    return 0;
}

/* One piece; bytes, 0 at the end, or an error. */
static ssize_t copy_piece(struct place *in, struct place *out, void *buf,
                          size_t len)
{
    ssize_t n = file_read_kernel(in->file, buf, len, in->pos);

    if (n > 0)
        n = file_write_kernel(out->file, buf, (size_t)n, out->pos);
    if (n > 0) {
        in->pos += (uint64_t)n;
        out->pos += (uint64_t)n;
    }
    return n;
}

static ssize_t copy_all(struct place *in, struct place *out, size_t len)
{
    unsigned order = PIECE_ORDER;
    struct page *page = page_alloc(order);
    size_t done = 0;
    ssize_t n = 0;

    if (!page) {
        order = 0;
        page = page_alloc(order);
    }
    if (!page)
        return -ENOMEM;
    while (done < len) {
        n = copy_piece(in, out, page_virt(page),
                       MIN(len - done, PAGE_SIZE << order));
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    page_free(page);
    return done ? (ssize_t)done : n;
}

static ssize_t copy_range(struct place *in, struct place *out, size_t len)
{
    ssize_t n;

    if (place_get(in) || place_get(out))
        return -EFAULT;
    n = check_files(in->file, out->file);
    if (!n)
        n = check_range(in, out, &len);
    if (n || !len)
        return n;
    n = copy_all(in, out, MIN(len, (size_t)ABI_RW_MAX));
    if (n > 0 && (place_put(in) || place_put(out)))
        n = -EFAULT;
    return n;
}

/* copy_file_range(2) */
SYSCALL_DEFINE6(copy_file_range, int, fd_in, int64_t user *, off_in, int,
                fd_out, int64_t user *, off_out, size_t, len, unsigned, flags)
{
    struct place in = {fd_get(fd_in), off_in, 0};
    struct place out = {fd_get(fd_out), off_out, 0};
    ssize_t n = -EBADF;

    if (in.file && out.file && !((in.file->mode | out.file->mode) & FILE_PATH))
        n = flags ? -EINVAL : copy_range(&in, &out, len);
    if (in.file)
        file_put(in.file);
    if (out.file)
        file_put(out.file);
    return n;
}
