// SPDX-License-Identifier: MIT
/*
 * pseudo_file: files whose text is made when they are read. The text belongs
 * to the open file; its lock keeps it from being made anew under a reader.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "vfs/pseudo_priv.h"

#define STORE_MAX (PAGE_SIZE - 1) /* longer writes are no values */

struct pseudo_file {
    struct mutex lock;
    struct text text;
    bool made;
};

static int make(struct pseudo_file *p, const struct pseudo_node *n)
{
    int err = 0;

    text_clear(&p->text);
    p->made = false;
    if (n->entry->constant)
        text_puts(&p->text, n->entry->constant);
    else if (n->entry->show)
        err = n->entry->show(&p->text, &n->key);
    else
        err = -EINVAL;
    if (!err && p->text.failed)
        err = -ENOMEM;
    if (err)
        text_clear(&p->text);
    else
        p->made = true;
    return err;
}

static ssize_t pseudo_read(struct file *f, struct uio *u, uint64_t *pos)
{
    struct pseudo_file *p = f->private;
    size_t moved = 0, rest;
    int err = 0;

    mutex_lock(&p->lock);
    if (*pos == 0 || !p->made)
        err = make(p, pseudo_node(f->vnode));
    if (!err && *pos < p->text.len) {
        rest = MIN(u->left, p->text.len - *pos);
        moved = text_copy(&p->text, *pos, u);
        if (rest && !moved)
            err = -EFAULT;
        *pos += moved;
    }
    mutex_unlock(&p->lock);
    return err ? err : (ssize_t)moved;
}

static ssize_t pseudo_write(struct file *f, struct uio *u, uint64_t *pos)
{
    const struct pseudo_node *n = pseudo_node(f->vnode);
    size_t len = u->left;
    char *text;
    int err;

    if (!n->entry->store)
        return -EIO;
    if (len > STORE_MAX)
        return -EINVAL;
    text = kmalloc(len + 1);
    if (!text)
        return -ENOMEM;
    err = uio_get(u, text, len) < len ? -EFAULT : 0;
    text[len] = '\0';
    if (!err)
        err = n->entry->store(&n->key, text, len);
    kfree(text);
    if (!err)
        *pos += len;
    return err ? err : (ssize_t)len;
}

static int64_t pseudo_seek(struct file *f, int64_t offset, int whence)
{
    if (whence != SEEK_SET && whence != SEEK_CUR)
        return -EINVAL;
    return file_seek_sized(f, offset, whence, 0);
}

static void pseudo_release(struct file *f)
{
    struct pseudo_file *p = f->private;

    text_clear(&p->text);
    kfree(p);
}

static const struct file_ops pseudo_file_ops = {
    .read = pseudo_read,
    .write = pseudo_write,
    .seek = pseudo_seek,
    .release = pseudo_release,
};

int pseudo_file_open(struct file *f)
{
    struct pseudo_file *p = kzalloc(sizeof(*p));

    if (!p)
        return -ENOMEM;
    mutex_init(&p->lock);
    f->ops = &pseudo_file_ops;
    f->private = p;
    return 0;
}
