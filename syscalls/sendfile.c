// SPDX-License-Identifier: MIT
/* sendfile: from a file to a descriptor without a buffer of the program. */
#include "abi/fcntl.h"
#include "abi/uio.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/file.h"

#define PIECE_ORDER 4 /* 64 KiB at a time */
#define PIECE       (PAGE_SIZE << PIECE_ORDER)

/* Moves one piece from *pos on; bytes, 0 at the end, or an error. *pos moves
 * by what was written. */
static ssize_t send_piece(struct file *out, struct file *in, uint64_t *pos,
                          void *buf, size_t len)
{
    struct uio_vec vec = {(uintptr_t)buf, len};
    struct uio u;
    ssize_t n;

    uio_init(&u, &vec, 1, true);
    n = file_read(in, &u, pos);
    if (n <= 0)
        return n;
    vec.len = n;
    uio_init(&u, &vec, 1, true);
    n = file_write(out, &u, NULL);
    if (n > 0)
        *pos += n;
    return n;
}

static ssize_t send_all(struct file *out, struct file *in, uint64_t *pos,
                        size_t count)
{
    struct page *page = page_alloc(PIECE_ORDER);
    size_t done = 0;
    ssize_t n = 0;

    if (!page)
        return -ENOMEM;
    while (done < count) {
        size_t want = MIN(count - done, PIECE);

        n = send_piece(out, in, pos, page_virt(page), want);
        if (n <= 0)
            break;
        done += n;
        if ((size_t)n < want)
            break;
    }
    page_free(page);
    return done ? (ssize_t)done : n;
}

/* From the file's own offset, which no other call moves meanwhile. */
static ssize_t send_from_offset(struct file *out, struct file *in, size_t count)
{
    ssize_t n;

    mutex_lock(&in->pos_lock);
    n = send_all(out, in, &in->pos, count);
    mutex_unlock(&in->pos_lock);
    return n;
}

static ssize_t send_from(struct file *out, struct file *in,
                         int64_t user *offset, size_t count)
{
    int64_t from;
    uint64_t pos;
    ssize_t n;

    if (get_user(&from, offset) < 0)
        return -EFAULT;
    if (from < 0)
        return -EINVAL;
    pos = from;
    n = send_all(out, in, &pos, count);
    if (n >= 0 && put_user((int64_t)pos, offset) < 0)
        return -EFAULT;
    return n;
}

/* What sendfile(2) demands of the two files. */
static int check_files(struct file *out, struct file *in)
{
    if (!in || !out || !(in->mode & FILE_READ) || !(out->mode & FILE_WRITE))
        return -EBADF;
    if (!in->ops->seek || vnode_is_dir(in->vnode) || in == out ||
        (out->flags & O_APPEND))
        return -EINVAL;
    return 0;
}

/* sendfile(2) */
SYSCALL_DEFINE4(sendfile, int, out_fd, int, in_fd, int64_t user *, offset,
                size_t, count)
{
    struct file *in = fd_get(in_fd), *out = fd_get(out_fd);
    ssize_t n = check_files(out, in);

    count = MIN(count, (size_t)ABI_RW_MAX);
    if (n == 0)
        n = offset ? send_from(out, in, offset, count)
                   : send_from_offset(out, in, count);
    if (in)
        file_put(in);
    if (out)
        file_put(out);
    return n;
}
SYSCALL_PARTIAL(sendfile, "the data is copied through a buffer");
