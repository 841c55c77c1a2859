// SPDX-License-Identifier: MIT
/*
 * vnode: one file of a file system, whatever its names: a regular file, a
 * directory, a symbolic link, a device, a pipe. And the superblock: the file
 * system that it belongs to.
 *
 * A file system embeds struct vnode in its own node. A vnode lives as long as
 * a name (dentry), an open file or a mapping refers to it; the last vnode_put
 * calls ops->release.
 *
 * Locking, outermost first:
 *   io_lock  one write, truncation or append at a time. Held while the
 *            program's memory is read, so that it stands above the lock of an
 *            address space: a fault may need a page of this same file.
 *   lock     size, times, pages and attributes. Never held over an access to
 *            the program's memory; get_page of the object takes it.
 * names is covered by the tree lock (vfs/dentry.h).
 */
#pragma once

#include "abi/errno.h"
#include "abi/mount.h"
#include "kernel/lock.h"
#include "kernel/vm_object.h"
#include "lib/base.h"
#include "lib/list.h"
#include "lib/rbtree.h"

struct cred;
struct dentry;
struct file;
struct inotify_watch;
struct lock_list;
struct pipe;
struct superblock;
struct text;
struct vnode;
struct xattr_ops;

/* A name in a directory; not NUL-terminated. */
struct vnode_name {
    const char *text;
    size_t len;
};

/* What a new node shall be. */
struct vnode_make {
    uint32_t mode; /* type and permissions, as st_mode */
    uint32_t uid, gid;
    uint64_t rdev;      /* of a device node */
    const char *target; /* of a symbolic link; borrowed */
    size_t target_len;
};

/* New attributes, for vnode_ops.change: those that mask tells. */
enum vnode_change_mask {
    CHANGE_MODE = 1,
    CHANGE_UID = 2,
    CHANGE_GID = 4,
    CHANGE_ATIME = 8,
    CHANGE_MTIME = 16,
};

struct vnode_change {
    unsigned mask;
    uint32_t mode; /* permissions alone */
    uint32_t uid, gid;
    int64_t atime_ns, mtime_ns;
};

/* A name that moves: v's name in from becomes one in to. */
struct vnode_rename {
    struct vnode *from, *to; /* directories */
    struct vnode_name from_name, to_name;
    struct vnode *v;
    struct vnode *other; /* had to_name, and loses it; or NULL */
    bool exchange;       /* other gets from_name instead */
};

/*
 * Operations that a file system or a kind of file lacks are NULL. Those with a
 * directory are called with the tree lock held, after all checks that do not
 * depend on the file system: names and types fit, the name is free or is not.
 */
struct vnode_ops {
    /* Prepares f, which has its vnode, name and flags: sets f->ops and what
     * else it needs. NULL: the kind cannot be opened (-ENXIO). May sleep; no
     * locks held. */
    int (*open)(struct vnode *v, struct file *f);
    /* A file's end moves to size. io_lock is held. */
    int (*truncate)(struct vnode *v, uint64_t size);
    /* fallocate(2), with start + len <= INT64_MAX; io_lock is held. NULL, and
     * for modes that the file system lacks: -EOPNOTSUPP. */
    int (*fallocate)(struct vnode *v, int mode, uint64_t start, uint64_t len);

    /* Finds a name that is not in the name cache; returns a reference in
     * *found, or -ENOENT. NULL: the cache holds all names that there are. */
    int (*lookup)(struct vnode *dir, const char *name, size_t len,
                  struct vnode **found);
    /* Is a name in the cache still right? 0, or -ENOENT, and then it is looked
     * up anew. Tree lock held. NULL: the cache cannot be wrong. */
    int (*recheck)(struct dentry *d);
    /* Of a symbolic link that leads to a file rather than to a path
     * (/proc/self/fd/0): a reference on where. NULL: target says it all. */
    int (*follow)(struct vnode *v, struct dentry **to);
    /* A new node for dir; the caller enters the name. Returns a reference. */
    int (*make)(struct vnode *dir, const struct vnode_name *name,
                const struct vnode_make *what, struct vnode **made);
    /* The same for a node that has no name yet, and shall get none or one
     * later (O_TMPFILE of open(2)). */
    int (*make_unnamed)(struct vnode *dir, const struct vnode_make *what,
                        struct vnode **made);
    /* v gets another name in dir, or loses one (victim may be a directory). */
    int (*link)(struct vnode *dir, const struct vnode_name *name,
                struct vnode *v);
    int (*unlink)(struct vnode *dir, const struct vnode_name *name,
                  struct vnode *victim);
    int (*rename)(const struct vnode_rename *r);

    /* Of file systems whose files are not all in memory, else NULL. No locks
     * are held but for change, and perhaps the tree lock. */
    /* Brings the attributes up to date, before somebody looks at them. */
    int (*refresh)(struct vnode *v);
    /* Attributes are about to change; the caller has checked that they may,
     * and enters them afterwards. lock is held. */
    int (*change)(struct vnode *v, const struct vnode_change *what);
    /* fsync(2), or fdatasync(2): what was written lies safe. */
    int (*sync)(struct vnode *v, bool data_only);

    /* Frees the node. No locks held; must not sleep for long. */
    void (*release)(struct vnode *v);
};

struct vnode {
    const struct vnode_ops *ops;
    struct superblock *sb;
    struct vm_object object; /* of regular files, for mappings */
    uint32_t refs;
    uint32_t mode; /* type and permissions, as st_mode; the type is fixed */
    uint32_t uid, gid;
    uint32_t nlink;
    uint64_t ino;
    uint64_t rdev;      /* of device nodes */
    uint64_t size;      /* bytes */
    uint64_t blocks;    /* of 512 bytes, allocated */
    const char *target; /* of symbolic links: NUL-terminated, fixed */
    int64_t atime_ns, mtime_ns, ctime_ns, btime_ns; /* since 1970 */
    struct mutex io_lock, lock;
    struct lock_list *locks; /* vfs/lock.h; NULL: never locked; set once */
    struct inotify_watch *watches; /* vfs/inotify.h; its lock */
    struct pipe *pipe;      /* of a FIFO that is open (vfs/pipe.h); lock */
    struct rb_root xattrs;  /* vfs/xattr.h; lock */
    struct list_node names; /* dentries linked to this vnode */
    int32_t writers;        /* files that are open for writing; or, below 0, */
                            /* programs that run from it; changed atomically */
    bool linkable;          /* O_TMPFILE: may get its first name; tree lock */
};

struct abi_statfs;

/* Operations of a file system as a whole; what it lacks is NULL. */
struct superblock_ops {
    /* statfs(2): fills in what the caller cannot know; zeroed, but for the
     * type, the block size and the longest name. */
    int (*statfs)(struct superblock *sb, struct abi_statfs *to);
    /* sync(2), syncfs(2). */
    int (*sync)(struct superblock *sb);
    /* mount(2) with MS_REMOUNT: new options, as mount_type.create got them. */
    int (*remount)(struct superblock *sb, const char *options);
    /* The options beyond rw or ro, for /proc/mounts: ",size=4k". */
    void (*show_options)(struct superblock *sb, struct text *t);
};

/* One file system instance. */
struct superblock {
    const char *type; /* "ramfs" */
    uint64_t dev;     /* st_dev */
    uint64_t magic;   /* f_type of statfs(2) */
    uint64_t next_ino;
    const struct vnode_ops *ops;         /* of new nodes */
    const struct superblock_ops *fs_ops; /* NULL: none */
    unsigned flags;                      /* MS_* of mount(2) */
    uint32_t writers;                    /* regular files open for writing */
    const struct xattr_ops *xattr_ops;   /* NULL: the vnodes keep them */
    bool keeps_xattrs;                   /* vfs/xattr.h */
    bool passing; /* names that lookup finds are not kept (vfs/dentry.h) */
};

/* Fills in a new superblock, with a device number of its own. */
void superblock_init(struct superblock *sb, const char *type, uint64_t magic);

/* superblock_ops.sync, where there is one. */
int superblock_sync(struct superblock *sb);

/*
 * Fills in a new vnode with one reference, the next number of sb, and the
 * present time. The file system sets nlink, object.ops and target.
 */
void vnode_init(struct vnode *v, struct superblock *sb,
                const struct vnode_ops *ops, const struct vnode_make *what);

void vnode_get(struct vnode *v);
/* The last one frees it. May sleep: it takes the file locks, among others. */
void vnode_put(struct vnode *v);

/* A vnode without a name or file system, for pipes, sockets and the like: what
 * fstat of such a file shows. NULL without memory. */
struct vnode *vnode_create_anonymous(uint32_t mode, uint64_t rdev);

/* vnode_ops.release of such vnodes, for those that get operations. */
void vnode_release_anonymous(struct vnode *v);

/* vm_object.get and .put of objects embedded in a vnode, and .name, which
 * gives one of the file's names, or "(deleted)". */
void vnode_object_get(struct vm_object *o);
void vnode_object_put(struct vm_object *o);
void vnode_object_name(struct vm_object *o, char *buf, size_t size);
/* The vnode that o is embedded in, or NULL when it is none's. Borrowed. */
struct vnode *vnode_of_object(struct vm_object *o);

bool vnode_is_dir(const struct vnode *v);
bool vnode_is_regular(const struct vnode *v);
bool vnode_is_symlink(const struct vnode *v);

/* d_type of getdents(2) and the cpio: the type bits of a mode, shifted. */
static inline unsigned mode_to_dirent_type(uint32_t mode)
{
    return mode >> 12 & 15;
}

/* Sets the size of a regular file. -EISDIR, -EINVAL for other kinds, -EFBIG,
 * -ENOMEM. May sleep. */
int vnode_truncate(struct vnode *v, uint64_t size);

/* A regular file is written to or runs: one more open for writing, one more
 * program. -ETXTBSY while it does the other. */
int vnode_add_writer(struct vnode *v);
void vnode_drop_writer(struct vnode *v);
int vnode_add_runner(struct vnode *v);
void vnode_drop_runner(struct vnode *v);

/* 0, or -ETXTBSY: a program runs from v; v is open for writing. */
static inline int vnode_not_running(const struct vnode *v)
{
    return unlikely(__atomic_load_n(&v->writers, __ATOMIC_RELAXED) < 0)
               ? -ETXTBSY
               : 0;
}

static inline int vnode_not_written(const struct vnode *v)
{
    return unlikely(__atomic_load_n(&v->writers, __ATOMIC_RELAXED) > 0)
               ? -ETXTBSY
               : 0;
}

/* How long the calling process may make files (RLIMIT_FSIZE). */
uint64_t vnode_size_limit(void);
/* What it is told that goes beyond limit: -EFBIG, and SIGXFSZ if that is its
 * own and not the file system's. */
int vnode_size_exceeded(uint64_t limit);
/* May it make v so long? 0, or as vnode_size_exceeded. */
int vnode_size_check(const struct vnode *v, uint64_t size);

/* Sets the attributes, once the caller has checked that they may be set: what
 * the file system says to that. lock is held. */
int vnode_change_locked(struct vnode *v, const struct vnode_change *to);

/* Contents changed, or attributes only. lock is held. */
void vnode_touch_modified(struct vnode *v);
void vnode_touch_changed(struct vnode *v);

/* What c may do, by the classes of inode(7) or by its capabilities; mask is
 * R_OK, W_OK, X_OK of access(2). */
bool vnode_permits(const struct vnode *v, unsigned mask, const struct cred *c);

/* A file whose contents change no longer runs as somebody else, unless who
 * changes it may set that (CAP_FSETID). */
void vnode_drop_set_id(struct vnode *v);

/* 0, or -EROFS when nothing on v's file system may change. */
static inline int vnode_writable(const struct vnode *v)
{
    return unlikely(v->sb->flags & MS_RDONLY) ? -EROFS : 0;
}

/* Is v one whose contents the file system keeps? (A device that lies on a
 * file system that may not change can be written to.) */
static inline bool vnode_keeps_contents(const struct vnode *v)
{
    return vnode_is_regular(v) || vnode_is_dir(v) || vnode_is_symlink(v);
}

/* vnode_ops.refresh, where there is one. */
static inline int vnode_refresh(struct vnode *v)
{
    return unlikely(v->ops->refresh) ? v->ops->refresh(v) : 0;
}

/* Does v belong to c, or may c do as if it did (CAP_FOWNER)? */
bool vnode_owned(const struct vnode *v, const struct cred *c);
