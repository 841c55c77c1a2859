// SPDX-License-Identifier: MIT
/* unix: see the header. Descriptors in messages are in scm.c. */
#include "net/kern/unix.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "net/stack.h"
#include "net/unix.h"
#include "vfs/fs_context.h"
#include "vfs/tree.h"

#define NAME_AT     2 /* offset of sun_path */
#define PATH_MAX_UN 108

void net_env_node_ids(const void *node, uint64_t *ino, uint32_t *dev)
{
    const struct vnode *v = node;

    *ino = v->ino;
    *dev = (uint32_t)v->sb->dev;
}

bool unix_is_path(const struct sock_addr *a)
{
    return a->len > NAME_AT && a->len <= sizeof(a->un) &&
           a->family == AF_UNIX && a->bytes[NAME_AT];
}

/* The path with a NUL behind it, and where it starts. */
static void start_of(const struct sock_addr *a, char path[PATH_MAX_UN + 1],
                     struct path_start *start)
{
    size_t len = a->len - NAME_AT;

    memcpy(path, a->bytes + NAME_AT, len);
    path[len] = '\0';
    fs_context_start(fs_context_current(), NULL, start);
    start->cred = cred_current();
}

int unix_path_get(struct sock_addr *a)
{
    char path[PATH_MAX_UN + 1];
    struct path_start start;
    struct dentry *d;
    struct vnode *v;
    int err;

    a->node = NULL;
    if (!unix_is_path(a))
        return 0;
    start_of(a, path, &start);
    err = path_walk(&start, path, PATH_FOLLOW, &d);
    if (err)
        goto put_start;
    v = d->vnode;
    if (!vnode_permits(v, W_OK, start.cred))
        err = -EACCES;
    else if (!S_ISSOCK(v->mode))
        err = -ECONNREFUSED;
    else
        vnode_get(v);
    if (!err)
        a->node = v;
    dentry_put(d);
put_start:
    path_start_put(&start);
    return err;
}

void unix_path_put(struct sock_addr *a)
{
    if (a->node)
        vnode_put(a->node);
    a->node = NULL;
}

int unix_path_bind(struct sock *sk, const struct sock_addr *a, uint32_t mode)
{
    struct vnode_make what = {
        .mode = S_IFSOCK | (mode & 0777 & ~fs_context_current()->umask),
        .uid = cred_current()->fsuid,
        .gid = cred_current()->fsgid,
    };
    struct sock_addr named = *a;
    char path[PATH_MAX_UN + 1];
    struct path_start start;
    struct dentry *d;
    int err;

    start_of(a, path, &start);
    err = tree_make(&start, path, &what, &d);
    if (err) {
        err = err == -EEXIST ? -EADDRINUSE : err;
        goto put_start;
    }
    named.node = d->vnode;
    vnode_get(d->vnode);
    dentry_put(d);
    netstack_lock(sk->stack);
    err = sk->ops->bind(sk, &named);
    netstack_unlock(sk->stack);
    if (err) {
        tree_unlink(&start, path);
        unix_path_put(&named);
    }
put_start:
    path_start_put(&start);
    return err;
}

void net_env_creds(struct netstack *s, struct sock_creds *c)
{
    const struct cred *cred = cred_current();

    (void)s;
    c->pid = process_current()->pid;
    c->uid = cred->euid;
    c->gid = cred->egid;
}
