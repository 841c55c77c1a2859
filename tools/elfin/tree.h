// SPDX-License-Identifier: MIT
/*
 * tree: the root file system that is to be packed, as names only.
 *
 * A tree holds entries (names in directories) and inodes (what they name).
 * Data stays where it is, in a host file or in memory that the tree borrows,
 * until the tree is written. Host files that are hard links of one another
 * share an inode, so that they are packed once.
 *
 * Paths are absolute. The symbolic links of the tree itself are followed in
 * every part of a path but the last, and never leave the tree.
 */
#pragma once

#include "tools/elfin/util.h"

struct tree_inode {
    mode_t mode; /* type and permissions, as st_mode */
    uid_t uid;
    gid_t gid;
    int64_t mtime;    /* seconds since 1970 */
    dev_t rdev;       /* of device files */
    uint64_t size;    /* of data */
    char *source;     /* regular file: host path of the data, or NULL */
    const char *data; /* else: the data, or NULL when size is 0 */
    char *owned_data; /* data to be freed with the inode, or NULL */
    unsigned links;   /* entries that name it */
    unsigned number;  /* for the archive's writer */
    unsigned left;    /* for the writer: entries still to come */
    dev_t host_dev;   /* where it came from: hard links are found by it */
    ino_t host_ino;
    struct tree_inode *next;
};

struct tree_entry {
    char *name;
    struct tree_inode *inode;
    struct tree_entry *parent;
    struct tree_entry **children; /* sorted by name */
    size_t count;
};

struct tree {
    struct tree_entry *root;
    struct tree_inode *inodes;
    struct tree_inode **by_host; /* hash table of inodes with a host number */
    size_t hash_size, hash_count;
};

void tree_init(struct tree *t);
void tree_fini(struct tree *t);

/*
 * The entry at path, or NULL. follow: a symbolic link at the end is followed
 * too, and one that points nowhere gives NULL.
 */
struct tree_entry *tree_lookup(const struct tree *t, const char *path,
                               bool follow);
/* The path of e. The caller frees it. */
char *tree_path(const struct tree_entry *e);

/*
 * Puts data in memory at path as a regular file, making directories above it
 * and replacing what is there. data is borrowed until tree_fini; the string
 * form copies it. Return a negative errno: -ENOTDIR when a part of path is a
 * file, -EISDIR when path is a directory.
 */
int tree_add_data(struct tree *t, const char *path, const char *data,
                  size_t size, mode_t mode);
int tree_add_text(struct tree *t, const char *path, const char *text,
                  mode_t mode);
/* Makes a directory and those above it; one that exists is left as it is. */
int tree_add_dir(struct tree *t, const char *path);

/*
 * Puts the host's file at path, following a symbolic link at src. Owner and
 * group become 0, mode and time are kept.
 */
int tree_add_file(struct tree *t, const char *path, const char *src);

/*
 * Puts the host's file, symbolic link or directory src alone at path: nothing
 * is followed, and what is below a directory is left out.
 */
int tree_add_single(struct tree *t, const char *path, const char *src);

/*
 * Puts the host's file or directory src, with all that is below it, at path:
 * an existing directory is merged with it. Symbolic links below src stay what
 * they are; sockets are left out. On error *bad is the host path (malloc)
 * that could not be read.
 */
int tree_add_host(struct tree *t, const char *path, const char *src,
                  char **bad);

/*
 * Puts an inode with the given attributes at path; takes none of attr's
 * pointers but source, owned_data (both malloc) and data. *out (may be NULL)
 * gets it.
 */
int tree_add_inode(struct tree *t, const char *path,
                   const struct tree_inode *attr, struct tree_inode **out);
/* Puts one more name of an inode at path. */
int tree_add_link(struct tree *t, const char *path, struct tree_inode *inode);
