// SPDX-License-Identifier: MIT
/*
 * p9_xattr: extended attributes, which the host keeps. A value is read and
 * written by a handle of its own; the protocol cannot tell an empty value from
 * none, so that there is none.
 */
#include "abi/errno.h"
#include "abi/xattr.h"
#include "kernel/page.h"
#include "lib/string.h"
#include "vfs/p9_priv.h"
#include "vfs/xattr.h"

/* Moves len bytes between buf and fid, a page at a time. */
static int move_value(struct p9_client *c, uint32_t fid, void *buf, size_t len,
                      bool write)
{
    struct page *page = page_alloc(0);
    uint8_t *bytes = buf;
    size_t done = 0;
    ssize_t n = 1;

    if (!page)
        return -ENOMEM;
    while (done < len && n > 0) {
        const struct p9_data data = {&page, 0, MIN(len - done, PAGE_SIZE)};

        if (write)
            memcpy(page_virt(page), bytes + done, data.len);
        n = write ? p9_write(c, fid, done, &data)
                  : p9_read(c, fid, done, &data);
        if (n > 0 && !write)
            memcpy(bytes + done, page_virt(page), (size_t)n);
        done += (size_t)MAX(n, 0);
    }
    page_put(page);
    if (n < 0)
        return (int)n;
    return done == len ? 0 : -EIO;
}

/* The value of name, or with "" all names. */
static ssize_t read_value(struct vnode *v, const char *name, void *buf,
                          size_t size)
{
    struct p9_client *c = &p9_fs(v)->client;
    uint32_t fid = p9_fid_new(c);
    uint64_t len;
    int err;

    mutex_lock(&v->lock);
    err = p9_node(v)->orphan
              ? -EOPNOTSUPP
              : p9_xattrwalk(c, p9_node(v)->fid, fid, name, &len);
    mutex_unlock(&v->lock);
    if (err)
        return err;
    if (len > XATTR_SIZE_MAX)
        err = -E2BIG;
    else if (size && len > size)
        err = -ERANGE;
    else if (size)
        err = move_value(c, fid, buf, len, false);
    p9_forget(c, fid);
    return err ? err : (ssize_t)len;
}

/* size 0: takes it away. */
static int write_value(struct vnode *v, const char *name, const void *value,
                       size_t size, int flags)
{
    struct p9_client *c = &p9_fs(v)->client;
    uint32_t fid = p9_fid_new(c);
    int err, end;

    mutex_lock(&v->lock);
    err = p9_node(v)->orphan ? -EOPNOTSUPP
                             : p9_walk(c, p9_node(v)->fid, fid, NULL, 0, NULL);
    mutex_unlock(&v->lock);
    if (err)
        return err;
    err = p9_xattrcreate(c, fid, name, size, flags);
    if (!err && size)
        err = move_value(c, fid, (void *)value, size, true);
    end = p9_clunk(c, fid); /* this is what sets it */
    p9_attr_expire(v);
    return err ? err : end;
}

static int set_value(struct vnode *v, const char *name, const void *value,
                     size_t size, int flags)
{
    return size ? write_value(v, name, value, size, flags) : -EOPNOTSUPP;
}

static int remove_value(struct vnode *v, const char *name)
{
    return write_value(v, name, NULL, 0, XATTR_REPLACE);
}

static ssize_t list_names(struct vnode *v, char *buf, size_t size)
{
    return read_value(v, "", buf, size);
}

const struct xattr_ops p9_xattr_ops = {
    .get = read_value,
    .set = set_value,
    .remove = remove_value,
    .list = list_names,
};
