// SPDX-License-Identifier: MIT
/* exe: programs are counted in their vnodes (vfs/vnode.h). */
#include "vfs/exe.h"

#include "kernel/panic.h"

int exe_take(struct dentry *d)
{
    int err = vnode_add_runner(d->vnode);

    if (!err)
        dentry_get(d);
    return err;
}

void exe_get(struct dentry *d)
{
    int err = exe_take(d);

    assert(!err);
    (void)err;
}

void exe_put(struct dentry *d)
{
    vnode_drop_runner(d->vnode);
    dentry_put(d);
}
