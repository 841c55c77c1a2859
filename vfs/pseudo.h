// SPDX-License-Identifier: MIT
/*
 * pseudo: file systems whose names and contents are made when somebody looks:
 * what procfs and sysfs are built from.
 *
 * Such a file system is a table: an entry is a file with a function that
 * writes its text, a symbolic link, or a directory with a table of its own.
 * A directory may also have children that come and go, with a number in their
 * name: processes, threads, descriptors, CPUs. Nothing is kept between two
 * looks but what is open: a name is a passing one (vfs/dentry.h), and its
 * vnode goes with the last file.
 *
 * A text is made by the first read, and again by one at offset 0: a reader
 * that goes on at an offset sees one and the same text.
 */
#pragma once

#include "vfs/file.h"
#include "vfs/text.h"
#include "vfs/vnode.h"

struct pseudo_dir;

/* What an entry is about: the numbers on the way to it. */
struct pseudo_key {
    int pid, tid;
    unsigned index;
};

struct pseudo_entry {
    const char *name;     /* of the children with numbers: what precedes them */
    uint32_t mode;        /* type and permissions */
    const char *constant; /* a text or a link's target, or: */
    /* Writes the text, or a link's target. 0, or an error, which the read or
     * readlink gives: -ESRCH for a process that has gone. Of a link: called
     * with the tree lock held. May sleep. */
    int (*show)(struct text *t, const struct pseudo_key *k);
    /* A write of text[0..len), NUL behind it: 0 or an error. NULL: -EIO, or
     * when the entry's mode has no w, -EACCES from open. May sleep. */
    int (*store)(const struct pseudo_key *k, char *text, size_t len);
    /* Where a link leads that is no text: a reference. Tree lock held. */
    int (*follow)(const struct pseudo_key *k, struct dentry **to);
    const struct pseudo_dir *dir; /* of a directory */
    const struct file_ops *ops;   /* of a file that is no text */
    /* Access bits in place of those of mode. */
    uint32_t (*bits)(const struct pseudo_key *k);
    /* Is there this entry at all? NULL: yes. */
    bool (*exists)(const struct pseudo_key *k);
};

/* Which number of a key a directory's children set. */
enum pseudo_number { PSEUDO_PID, PSEUDO_TID, PSEUDO_INDEX };

struct pseudo_dir {
    const struct pseudo_entry *entries;
    size_t count;
    const struct pseudo_entry *child; /* those with numbers; NULL: none */
    enum pseudo_number number;
    /* The least number from *n on that there is; false: none. */
    bool (*next)(const struct pseudo_key *k, unsigned *n);
};

#define PSEUDO_DIR(table)                              \
    {                                                  \
        .entries = (table), .count = ARRAY_SIZE(table) \
    }

/* Whose files are those about a process; procfs sets it. */
extern void (*pseudo_owner)(const struct pseudo_key *k, uint32_t *uid,
                            uint32_t *gid);

/* Makes a root for sb, zeroed at first, which is filled in then and stays.
 * -ENOMEM. */
int pseudo_create(struct superblock *sb, const char *type, uint64_t magic,
                  const struct pseudo_entry *root, struct vnode **v);

/* The key of a file of such a file system. */
const struct pseudo_key *pseudo_key(const struct file *f);

/* For store: a decimal number, blanks around it. -EINVAL. */
int pseudo_parse(const char *text, int64_t *value);
