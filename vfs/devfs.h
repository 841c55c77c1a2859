// SPDX-License-Identifier: MIT
/*
 * devfs: the character devices that need no hardware: null, zero, full,
 * random, urandom, tty (there is none: -ENXIO) and console; and the links to
 * descriptors: fd, stdin, stdout, stderr.
 */
#pragma once

#include "vfs/vnode.h"

struct path_start;

/* Makes the device nodes and links in the directory base of start. -EEXIST,
 * -ENOMEM. */
int devfs_populate(const struct path_start *start);

/* Opens the character device with number v->rdev: vnode_ops.open of device
 * nodes of every file system. -ENXIO when there is none. */
int devfs_open(struct vnode *v, struct file *f);
