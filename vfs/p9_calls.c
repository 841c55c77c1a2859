// SPDX-License-Identifier: MIT
/* p9_calls: what each request says, and how its answer is read. */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "lib/string.h"
#include "vfs/p9_client.h"
#include "vfs/p9_priv.h"

/* A request about fid. */
static struct p9_request *about(struct p9_client *c, uint8_t type, uint32_t fid)
{
    struct p9_request *r = p9_request_get(c, type);

    p9_put_u32(&r->out, fid);
    return r;
}

/* Sends it; the answer has nothing in it. */
static int call_and_end(struct p9_request *r)
{
    return p9_end(r, p9_call(r));
}

/* The same, the answer being a qid. */
static int call_for_qid(struct p9_request *r, struct p9_qid *qid)
{
    int err = p9_call(r);

    if (!err)
        p9_get_qid(&r->in, qid);
    return p9_end(r, err);
}

int p9_attach(struct p9_client *c, uint32_t fid, struct p9_qid *qid)
{
    struct p9_request *r = about(c, P9_ATTACH, fid);

    p9_put_u32(&r->out, P9_NO_FID); /* no authentication */
    p9_put_string(&r->out, "root", 4);
    p9_put_string(&r->out, "", 0);
    p9_put_u32(&r->out, 0); /* as user 0 */
    return call_for_qid(r, qid);
}

int p9_walk(struct p9_client *c, uint32_t fid, uint32_t newfid,
            const char *name, size_t len, struct p9_qid *qid)
{
    struct p9_request *r = about(c, P9_WALK, fid);
    unsigned names = name ? 1 : 0;
    int err;

    p9_put_u32(&r->out, newfid);
    p9_put_u16(&r->out, (uint16_t)names);
    if (name)
        p9_put_string(&r->out, name, len);
    err = p9_call(r);
    if (!err && p9_get_u16(&r->in) != names)
        r->in.bad = true;
    if (!err && qid)
        p9_get_qid(&r->in, qid);
    return p9_end(r, err);
}

void p9_forget(struct p9_client *c, uint32_t fid)
{
    if (fid != P9_NO_FID)
        p9_call_unattended(about(c, P9_CLUNK, fid));
}

int p9_clunk(struct p9_client *c, uint32_t fid)
{
    return call_and_end(about(c, P9_CLUNK, fid));
}

int p9_getattr(struct p9_client *c, uint32_t fid, struct p9_attr *a)
{
    struct p9_request *r = about(c, P9_GETATTR, fid);
    int err;

    p9_put_u64(&r->out, P9_GETATTR_ALL);
    err = p9_call(r);
    if (!err)
        p9_get_attr(&r->in, a);
    return p9_end(r, err);
}

int p9_setattr(struct p9_client *c, uint32_t fid, const struct p9_setattr *a)
{
    struct p9_request *r = about(c, P9_SETATTR, fid);

    p9_put_setattr(&r->out, a);
    return call_and_end(r);
}

int p9_statfs(struct p9_client *c, uint32_t fid, struct p9_statfs *s)
{
    struct p9_request *r = about(c, P9_STATFS, fid);
    int err = p9_call(r);

    if (!err)
        p9_get_statfs(&r->in, s);
    return p9_end(r, err);
}

int p9_open(struct p9_client *c, uint32_t fid, uint32_t flags,
            struct p9_qid *qid)
{
    struct p9_request *r = about(c, P9_LOPEN, fid);

    p9_put_u32(&r->out, flags);
    return call_for_qid(r, qid);
}

int p9_create(struct p9_client *c, uint32_t fid, const char *name, size_t len,
              uint32_t flags, uint32_t mode, uint32_t gid, struct p9_qid *qid)
{
    struct p9_request *r = about(c, P9_LCREATE, fid);

    p9_put_string(&r->out, name, len);
    p9_put_u32(&r->out, flags);
    p9_put_u32(&r->out, mode);
    p9_put_u32(&r->out, gid);
    return call_for_qid(r, qid);
}

ssize_t p9_read(struct p9_client *c, uint32_t fid, uint64_t pos,
                const struct p9_data *data)
{
    return p9_read_data(c, P9_READ, fid, pos, data);
}

ssize_t p9_readdir(struct p9_client *c, uint32_t fid, uint64_t pos,
                   const struct p9_data *data)
{
    return p9_read_data(c, P9_READDIR, fid, pos, data);
}

int p9_fsync(struct p9_client *c, uint32_t fid, bool data_only)
{
    struct p9_request *r = about(c, P9_FSYNC, fid);

    p9_put_u32(&r->out, data_only);
    return call_and_end(r);
}

int p9_readlink(struct p9_client *c, uint32_t fid, char **target)
{
    struct p9_request *r = about(c, P9_READLINK, fid);
    int err = p9_call(r);
    const char *text;
    size_t len;

    *target = NULL;
    if (!err) {
        text = p9_get_string(&r->in, &len);
        if (len >= PATH_MAX || memchr(text, '\0', len))
            r->in.bad = true;
        else
            *target = kstrndup(text, len);
        if (!*target && !r->in.bad)
            err = -ENOMEM;
    }
    err = p9_end(r, err);
    if (err) {
        kfree(*target);
        *target = NULL;
    }
    return err;
}

int p9_mkdir(struct p9_client *c, uint32_t dir, const char *name, size_t len,
             uint32_t mode, uint32_t gid)
{
    struct p9_request *r = about(c, P9_MKDIR, dir);

    p9_put_string(&r->out, name, len);
    p9_put_u32(&r->out, mode);
    p9_put_u32(&r->out, gid);
    return call_and_end(r);
}

int p9_symlink(struct p9_client *c, uint32_t dir, const char *name, size_t len,
               const char *target, size_t target_len, uint32_t gid)
{
    struct p9_request *r = about(c, P9_SYMLINK, dir);

    p9_put_string(&r->out, name, len);
    p9_put_string(&r->out, target, target_len);
    p9_put_u32(&r->out, gid);
    return call_and_end(r);
}

int p9_mknod(struct p9_client *c, uint32_t dir, const char *name, size_t len,
             uint32_t mode, uint64_t rdev, uint32_t gid)
{
    struct p9_request *r = about(c, P9_MKNOD, dir);

    p9_put_string(&r->out, name, len);
    p9_put_u32(&r->out, mode);
    p9_put_u32(&r->out, abi_major(rdev));
    p9_put_u32(&r->out, abi_minor(rdev));
    p9_put_u32(&r->out, gid);
    return call_and_end(r);
}

int p9_link(struct p9_client *c, uint32_t dir, uint32_t fid, const char *name,
            size_t len)
{
    struct p9_request *r = about(c, P9_LINK, dir);

    p9_put_u32(&r->out, fid);
    p9_put_string(&r->out, name, len);
    return call_and_end(r);
}

int p9_unlink(struct p9_client *c, uint32_t dir, const char *name, size_t len,
              bool directory)
{
    struct p9_request *r = about(c, P9_UNLINKAT, dir);

    p9_put_string(&r->out, name, len);
    p9_put_u32(&r->out, directory ? P9_UNLINK_DIRECTORY : 0);
    return call_and_end(r);
}

int p9_rename(struct p9_client *c, uint32_t from, const char *name, size_t len,
              uint32_t to, const char *new_name, size_t new_len)
{
    struct p9_request *r = about(c, P9_RENAMEAT, from);

    p9_put_string(&r->out, name, len);
    p9_put_u32(&r->out, to);
    p9_put_string(&r->out, new_name, new_len);
    return call_and_end(r);
}

int p9_xattrwalk(struct p9_client *c, uint32_t fid, uint32_t newfid,
                 const char *name, uint64_t *size)
{
    struct p9_request *r = about(c, P9_XATTRWALK, fid);
    int err;

    p9_put_u32(&r->out, newfid);
    p9_put_string(&r->out, name, strlen(name));
    err = p9_call(r);
    if (!err)
        *size = p9_get_u64(&r->in);
    return p9_end(r, err);
}

int p9_xattrcreate(struct p9_client *c, uint32_t fid, const char *name,
                   uint64_t size, int flags)
{
    struct p9_request *r = about(c, P9_XATTRCREATE, fid);

    p9_put_string(&r->out, name, strlen(name));
    p9_put_u64(&r->out, size);
    p9_put_u32(&r->out, (uint32_t)flags);
    return call_and_end(r);
}
