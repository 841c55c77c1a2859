// SPDX-License-Identifier: MIT
/* pty: pairs of a terminal and the program that plays its user (pty(7)). */
#pragma once

#include "lib/base.h"

#define PTY_SLAVE_MAJOR 136

struct file;
struct vnode;

/* open(2) of /dev/ptmx: a new pair, whose /dev/pts/N this makes. */
int pty_open_master(struct vnode *v, struct file *f);
/* open(2) of /dev/pts/N: -EIO: it is gone, or locked. */
int pty_open_slave(struct vnode *v, struct file *f);
/* open(2) of /dev/tty: -ENXIO: there is no controlling terminal. */
int pty_open_controlling(struct vnode *v, struct file *f);
