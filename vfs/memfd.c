// SPDX-License-Identifier: MIT
/* memfd: ramfs files that nothing but descriptors and mappings refer to. */
#include "vfs/memfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "lib/printf.h"
#include "vfs/ramfs.h"

static int create(const char *title, uint32_t seals, struct vnode **v)
{
    const struct cred *c = cred_current();
    const struct vnode_make what = {
        .mode = S_IFREG | 0777,
        .uid = c->fsuid,
        .gid = c->fsgid,
    };

    return ramfs_create_unnamed(&what, title, seals, v);
}

int memfd_create_file(const char *name, bool sealing, struct file **file)
{
    char title[MEMFD_NAME_MAX + sizeof("/memfd: (deleted)")];
    struct vnode *v;
    int err;

    snprintf(title, sizeof(title), "/memfd:%s (deleted)", name);
    err = create(title, sealing ? 0 : F_SEAL_SEAL, &v);
    if (err)
        return err;
    *file = file_create(v, NULL, ramfs_file_operations(), O_RDWR);
    vnode_put(v);
    return *file ? 0 : -ENOMEM;
}

int memfd_create_shared(uint64_t size, struct vnode **v)
{
    int err = create("/dev/zero (deleted)", F_SEAL_SEAL, v);

    if (err)
        return err;
    err = vnode_truncate(*v, size);
    if (err)
        vnode_put(*v);
    return err;
}
