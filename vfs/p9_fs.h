// SPDX-License-Identifier: MIT
/*
 * p9_fs: directories of the host, by 9P2000.L (docs/volumes.md).
 */
#pragma once

#include "lib/base.h"

struct dentry;
struct mount_type;

/*
 * mount_type.create for type "9p": source is the tag of a transport
 * (vfs/p9_client.h). Options, with commas between them: trans=virtio,
 * version=9p2000.L and msize=, cache=, access= of Linux's 9p are accepted;
 * hostuid=N,hostgid=N,uid=N,gid=N: what belongs to that user and group of the
 * host belongs to these here, and the other way round.
 */
int p9_fs_create(const struct mount_type *type, const char *source,
                 const char *options, struct dentry **root);

/* Lets go of up to so many pages of what was read; how many. May sleep; no
 * locks held. */
size_t p9_fs_reclaim(size_t pages);

/* How many pages are kept of the host's files, and how many of them the host
 * has not got yet: those cannot be had back at once. May sleep. */
struct p9_cached {
    size_t pages, dirty;
};
struct p9_cached p9_fs_cached(void);
