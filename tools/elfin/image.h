// SPDX-License-Identifier: MIT
/*
 * image: what the machine gets as its initial RAM disk: the program alone, or
 * a root file system with the program, what it needs, and what was added.
 */
#pragma once

#include "tools/elfin/tree.h"

/* The options that `run` and `pack` share. */
struct image_opts {
    struct strlist add; /* SRC[:DST] */
    const char *rootfs; /* directory or newc cpio archive, or NULL */
    const char *init;   /* where PROGRAM goes, or NULL: by its own path */
    bool bare;          /* without the other files of its package */
};

struct image {
    char *init;        /* the program's path in the root */
    char *program;     /* its path on the host; NULL: it is in the rootfs */
    uint64_t raw_size; /* of the program's file, when it goes alone */
    bool raw;          /* the file alone is enough: no archive */
    struct tree tree;  /* the root, when not raw */
    bool library_path; /* the program needs the host's LD_LIBRARY_PATH */
    struct mapped_file archive; /* of --rootfs; the tree borrows its data */
};

/*
 * Checks PROGRAM and collects the root. 0, or a status of the command after a
 * message on stderr; image_fini is to be called in both cases. raw_ok: the
 * program may go alone when nothing else is needed.
 */
int image_prepare(struct image *img, const struct image_opts *opts,
                  const char *program, bool raw_ok);
/* Turns a raw image into one with a tree, to add files to it. */
int image_need_tree(struct image *img);
void image_fini(struct image *img);

/*
 * The host's file that path is in the machine, or NULL when there is none. A
 * file that lies in an archive gets a copy in memory, which lasts as long as
 * the command. The caller frees it.
 */
char *image_host_file(const struct image *img, const char *path);

/*
 * Writes the root as an archive to fd; name is how messages call it. 0 or a
 * status after a message.
 */
int image_write(struct image *img, int fd, const char *name, uint64_t *size);
/*
 * The same into nameless memory; *fd is open without close-on-exec, so that a
 * child can open /proc/self/fd/N.
 */
int image_write_memory(struct image *img, int *fd, uint64_t *size);
