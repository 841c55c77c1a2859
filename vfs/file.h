// SPDX-License-Identifier: MIT
/*
 * file: an open file description: what open(2) makes, what dup(2) and fork(2)
 * share, and what descriptors refer to. It has an offset, status flags and the
 * operations of its kind of file: ramfs, console, pipe, socket.
 *
 * Locking: pos_lock covers pos, from the beginning of a read or write to its
 * end (POSIX: reads and writes of one description do not overlap). It is the
 * outermost lock. flags is changed by fcntl alone, a word at a time.
 */
#pragma once

#include "kernel/lock.h"
#include "kernel/uio.h"
#include "lib/base.h"
#include "vfs/dentry.h"
#include "vfs/poll.h"
#include "vfs/ref.h"

struct cred;
struct path_start;
struct text;

/* What getdents reads; emit returns false when its buffer is full. */
struct dir_reader {
    /* next: the position of the entry after this one. Tree lock held. */
    bool (*emit)(struct dir_reader *r, const char *name, size_t len,
                 uint64_t ino, unsigned type, uint64_t next);
};

/* Operations that a kind of file lacks are NULL; the error is noted. */
struct file_ops {
    /*
     * Moves up to u->left bytes at *pos and advances *pos; the count, 0 at the
     * end of the file, or an error when nothing was moved. Files without
     * positions (no seek) ignore pos, which may be NULL then. -EINVAL.
     */
    ssize_t (*read)(struct file *f, struct uio *u, uint64_t *pos);
    ssize_t (*write)(struct file *f, struct uio *u, uint64_t *pos);
    /* The new offset for lseek; pos_lock held. NULL: -ESPIPE, and there are no
     * positions at all. */
    int64_t (*seek)(struct file *f, int64_t offset, int whence);
    /* Without seek: lseek(2) answers 0, and does nothing. */
    bool seek_ignored;
    /* Hands entries from *pos on to r, and moves *pos. -ENOTDIR. */
    int (*readdir)(struct file *f, struct dir_reader *r, uint64_t *pos);
    long (*ioctl)(struct file *f, unsigned cmd, uintptr_t arg); /* -ENOTTY */
    /* POLLIN and so on; t may be NULL. Must not sleep. NULL: always readable
     * and writable. */
    unsigned (*poll)(struct file *f, struct poll_table *t);
    /* A descriptor for the file was closed (others may be open): what close(2)
     * returns. */
    int (*flush)(struct file *f);
    /* The last reference went: frees what private holds. */
    void (*release)(struct file *f);
    /* Of files without a name: what /proc/self/fd calls it behind
     * anon_inode:, such as [eventfd]. */
    const char *name;
    /* Lines of its own in /proc/self/fdinfo (proc(5)). */
    void (*show_info)(struct file *f, struct text *t);
};

enum file_mode {
    FILE_READ = 1,
    FILE_WRITE = 2,
    FILE_PATH = 4,   /* O_PATH: names a file, cannot do anything with it */
    FILE_WRITER = 8, /* counted in its vnode's and superblock's writers */
};

struct file {
    const struct file_ops *ops;
    uint32_t refs;
    uint32_t mode;  /* enum file_mode; fixed */
    uint32_t flags; /* O_APPEND, O_NONBLOCK ..., with the access mode */
    struct mutex pos_lock;
    uint8_t owner_type; /* F_OWNER_TID ... */
    int32_t owner;      /* F_SETOWN; 0: none */
    uint64_t pos;
    struct vnode *vnode;   /* a reference; never NULL */
    struct dentry *dentry; /* a reference; NULL: no name (pipes, sockets) */
    void *private;         /* the operations' own */
    struct list_node epoll_items; /* vfs/epoll.c's */
};

/*
 * A file over v (takes its own references on v and d; d may be NULL). flags:
 * O_RDONLY, O_WRONLY or O_RDWR with status flags. ops may be set later. NULL
 * without memory.
 */
struct file *file_create(struct vnode *v, struct dentry *d,
                         const struct file_ops *ops, uint32_t flags);

/* A file without a name: vnode_create_anonymous and file_create. */
struct file *file_create_anonymous(uint32_t mode, const struct file_ops *ops,
                                   uint32_t flags, void *private_data);

void file_destroy(struct file *f); /* without references */

static inline void file_get(struct file *f)
{
    ref_get(&f->refs);
}

static inline void file_put(struct file *f)
{
    if (ref_put(&f->refs))
        file_destroy(f);
}

/*
 * read(2), write(2) and their relatives at the file's offset; at pos when it
 * is not NULL (then -ESPIPE for files without positions). -EBADF when not open
 * for that, -EISDIR for directories. u is clipped to ABI_RW_MAX.
 */
ssize_t file_read(struct file *f, struct uio *u, const uint64_t *pos);
ssize_t file_write(struct file *f, struct uio *u, const uint64_t *pos);

/* The same with a kernel buffer, at pos. */
ssize_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos);
ssize_t file_write_kernel(struct file *f, const void *buf, size_t len,
                          uint64_t pos);

/* fsync(2), fdatasync(2): -EBADF, -EINVAL, -EIO. May sleep. */
int file_sync(struct file *f, bool data_only);

/* lseek(2): the new offset, -ESPIPE, -EINVAL, -ENXIO. */
int64_t file_seek(struct file *f, int64_t offset, int whence);

/* lseek(2) for a file that has a size and no holes it knows of; pos_lock
 * held. Directories pass INT64_MAX for positions without an end. */
int64_t file_seek_sized(struct file *f, int64_t offset, int whence,
                        uint64_t size);

unsigned file_poll_always(const struct file *f); /* without poll */
/* What of POLLIN and so on holds now (struct file_ops). */
static inline unsigned file_poll(struct file *f, struct poll_table *t)
{
    if (unlikely(!f->ops->poll))
        return file_poll_always(f);
    return f->ops->poll(f, t);
}

/* What mmap maps: the vnode's object; NULL when the file has none (-ENODEV).
 * Borrowed. */
struct vm_object *file_vm_object(struct file *f);

/* The file's absolute path, for messages and /proc/self/exe: as dentry_path;
 * -ENOENT for files without a name. */
ssize_t file_path(struct file *f, char *buf, size_t size);

/*
 * What /proc/self/fd shows of the file, into buf: its path as seen from root
 * ("/tmp/a", "/tmp/a (deleted)"), or what it is: "pipe:[3]", "socket:[4]",
 * "anon_inode:[eventfd]", "/memfd:name (deleted)". Tree lock held.
 */
void file_describe_locked(struct file *f, struct dentry *root, char *buf,
                          size_t size);

/*
 * open(2): opens what path leads to. flags: O_*; mode: of a new file, umask
 * applied. Returns a reference in *file. May sleep.
 */
int file_open(const struct path_start *start, const char *path, uint32_t flags,
              uint32_t mode, struct file **file);

/* Opens a vnode that is known, with flags of open(2) that create nothing, if c
 * may. */
int file_open_dentry(struct dentry *d, uint32_t flags, const struct cred *c,
                     struct file **file);
