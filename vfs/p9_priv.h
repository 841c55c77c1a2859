// SPDX-License-Identifier: MIT
/*
 * p9_priv: what the parts of the 9P file system share.
 *
 *   p9_client, p9_calls  the session, its requests
 *   p9_fs                mounting; nodes by their number on the host
 *   p9_name              names: looking up, making, removing, renaming
 *   p9_attr, p9_xattr    attributes
 *   p9_file, p9_dir      open files and directories
 *   p9_pages             the page cache: filling, dirtying, letting go
 *   p9_writeback         from the page cache to the host
 *   p9_keeper            what is done a moment later
 *
 * A node stands for one file of the host, whatever its names; fid is the handle
 * that names it. What the host said of names and attributes is believed for
 * P9_BELIEVED_NS, and asked for anew afterwards: others may change the files.
 *
 * Locking: besides that of vfs/vnode.h,
 *   node->open_lock  the open fids; below io_lock, above vnode->lock
 *   fs->lock         the table of nodes and all lists; below vnode->lock
 */
#pragma once

#include "kernel/clock.h"
#include "vfs/file.h"
#include "vfs/p9_client.h"
#include "vfs/page_tree.h"
#include "vfs/vnode.h"

#define P9_BELIEVED_NS NSEC_PER_SEC
#define P9_NODES_MAX   8192 /* beyond, those go that nobody uses */

struct p9_fs {
    struct superblock sb;
    struct p9_client client;
    struct list_node system; /* of all file systems */
    struct vnode *root;      /* borrowed; there as long as the file system */
    /* The host's user host_uid is as_uid here, and so on. */
    bool maps_owner;
    uint32_t host_uid, host_gid, as_uid, as_gid;
    struct mutex lock;
    struct rb_root nodes; /* by number; lock */
    size_t node_count;
    struct list_node all;     /* the latest made last; lock */
    struct list_node dirty;   /* with dirty pages; lock */
    struct list_node cached;  /* with pages, the latest filled last; lock */
    struct list_node idle;    /* perhaps to be closed; lock */
    size_t dirty_pages;       /* changed atomically */
    uint64_t room_checked_ns; /* when it was, and */
    uint64_t room;            /* how many bytes were free; lock */
    /* p9_keeper */
    struct wait_queue keeper;
    bool work, stop;
    bool unmapped; /* a file's last mapping has gone */
};

/* Pages on their way from the host, from first to end. */
struct p9_fill {
    struct list_node node;
    uint64_t first, end;
};

struct p9_node {
    struct vnode vnode;
    struct rb_node node; /* in fs->nodes, when hashed */
    bool hashed;
    uint64_t path; /* the host's number */
    uint32_t fid;  /* names the file; vnode.lock */
    struct list_node all, dirty_node, cached_node, idle_node;

    /* Open handles of a regular file; open_lock, or P9_NO_FID for ever. */
    struct mutex open_lock;
    uint32_t read_fid, write_fid;
    bool write_reads; /* write_fid may be read, too */
    uint32_t opens;   /* files that are open; changed under open_lock */
    uint32_t maps;    /* areas; changed atomically */

    /* Attributes; vnode.lock. */
    uint64_t attr_ns;      /* monotonic; when they came; 0: are stale */
    int64_t host_mtime_ns; /* what the host said */
    uint64_t host_size;
    bool wrote;  /* something was written to the host since */
    bool orphan; /* its last name is gone: the host cannot name it any more */

    /* Pages of a regular file; vnode.lock. */
    struct page_tree pages;
    struct page_tree dirty; /* those of them that the host has not got */
    struct list_node fills;
    struct wait_queue filled;
    uint32_t fills_done;
    uint64_t ahead_next; /* where the next page of a sequence would be */
    unsigned ahead;      /* pages to read at once */
    uint64_t hand;       /* where letting go goes on */
    int error;           /* of a write-back, told to nobody yet */
};

static inline struct p9_node *p9_node(struct vnode *v)
{
    return container_of(v, struct p9_node, vnode);
}

static inline struct p9_fs *p9_fs(const struct vnode *v)
{
    return container_of(v->sb, struct p9_fs, sb);
}

/* --- p9_client.c: for p9_calls.c --- */

/* A request of this type, begun; waits for one. p9_end gives it back. */
struct p9_request *p9_request_get(struct p9_client *c, uint8_t type);
void p9_request_put(struct p9_request *r);
/* Sends it, waits, and looks at the head of the answer. */
int p9_call(struct p9_request *r);
/* Sends it, and gives it back when the answer is there. */
void p9_call_unattended(struct p9_request *r);
/* Gives it back: err, or -EIO when the answer could not be read. */
int p9_end(struct p9_request *r, int err);
ssize_t p9_read_data(struct p9_client *c, uint8_t type, uint32_t fid,
                     uint64_t pos, const struct p9_data *data);

/* --- p9_fs.c --- */

/*
 * The node of the file that fid names and a describes, made when there is none;
 * a reference. Takes fid, also when it fails.
 */
int p9_node_of(struct p9_fs *fs, uint32_t fid, const struct p9_attr *a,
               struct vnode **found);
/* The node's last name is gone. */
void p9_node_orphan(struct p9_node *n);
void p9_node_release(struct vnode *v);
/* A reference on a node that may be on its way out; false: it is. fs->lock is
 * held. */
bool p9_node_try_get(struct p9_node *n);
/* Nothing refers to it any more: ends the session. */
void p9_fs_destroy(struct p9_fs *fs);

/* --- p9_name.c --- */

int p9_lookup(struct vnode *dir, const char *name, size_t len,
              struct vnode **found);
int p9_recheck(struct dentry *d);
int p9_make(struct vnode *dir, const struct vnode_name *name,
            const struct vnode_make *what, struct vnode **made);
int p9_link_node(struct vnode *dir, const struct vnode_name *name,
                 struct vnode *v);
int p9_unlink_node(struct vnode *dir, const struct vnode_name *name,
                   struct vnode *victim);
int p9_rename_node(const struct vnode_rename *r);

/* --- p9_attr.c --- */

/* Enters what the host said; lock is held. */
void p9_attr_enter(struct p9_node *n, const struct p9_attr *a);
/* They are to be asked for anew. */
void p9_attr_expire(struct vnode *v);
bool p9_attr_believed(const struct p9_node *n);
int p9_refresh(struct vnode *v);
int p9_change(struct vnode *v, const struct vnode_change *to);
int p9_statfs_fill(struct superblock *sb, struct abi_statfs *to);
uint32_t p9_gid_to_host(const struct p9_fs *fs, uint32_t gid);
/* Makes a new file's owner what the caller asked for, as far as the host lets
 * him. */
void p9_give_owner(struct p9_fs *fs, uint32_t fid, uint32_t uid, uint32_t gid);

/* --- p9_xattr.c --- */

extern const struct xattr_ops p9_xattr_ops;

/* --- p9_file.c, p9_dir.c --- */

int p9_file_open(struct vnode *v, struct file *f);
int p9_dir_open(struct vnode *v, struct file *f);
int p9_truncate(struct vnode *v, uint64_t size);
int p9_sync(struct vnode *v, bool data_only);
int p9_sync_all(struct superblock *sb);
/* A moment later, unless somebody uses the file then: closes its handles. */
void p9_close_later(struct p9_node *n);
/* Now; reference: the caller has one on the node. */
void p9_close_idle(struct p9_node *n);
/* A new fid, open: of the node's file. */
int p9_open_fid(struct p9_node *n, uint32_t flags, uint32_t *fid);

/* --- p9_pages.c --- */

extern const struct vm_object_ops p9_object_ops;

/* The page at index, with a reference; up to ahead pages are read at once when
 * it is not there. -ENXIO: it lies past the end. */
int p9_page_get(struct p9_node *n, uint64_t index, unsigned ahead,
                struct page **page);
/* Marks the file's page p as dirty; lock is held. -ENOMEM. */
int p9_page_dirty(struct p9_node *n, uint64_t index, struct page *p);
/* Waits until no fill is at work on index. lock is held, and let go
 * meanwhile. */
void p9_fill_wait(struct p9_node *n, uint64_t index);
/* Enters a page that is not there; takes the reference, also when it fails
 * (-ENOMEM). Takes one out, if it is there. lock is held. */
int p9_page_insert(struct p9_node *n, uint64_t index, struct page *p);
void p9_page_remove(struct p9_node *n, uint64_t index);
/* Drops all pages from size on, and clears the rest of the last one. lock is
 * held. */
void p9_pages_cut(struct p9_node *n, uint64_t size);
/* Lets go of clean pages that nobody uses: of the node, in [first, end); lock
 * is held. How many. */
size_t p9_pages_drop_clean(struct p9_node *n, uint64_t first, uint64_t end,
                           size_t most);
/* The same for a whole file system; no lock of it is held. */
size_t p9_reclaim(struct p9_fs *fs, size_t want);
/* Also what is dirty or mapped, at a price; no locks are held at all. */
size_t p9_reclaim_mapped(struct p9_fs *fs, size_t want);
/* Does so when memory is short; so many pages are about to be allocated. */
void p9_make_room(struct p9_fs *fs, size_t pages);

/* --- p9_writeback.c --- */

/* Writes dirty pages to the host: those of [first, end). io_lock is held. */
int p9_writeback(struct p9_node *n, uint64_t first, uint64_t end);
/* The same for all of a file's, with io_lock taken, and what failed earlier. */
int p9_flush_node(struct p9_node *n);
int p9_flush_all(struct p9_fs *fs);
/* Takes the node off the list of dirty ones, when it is none; the caller has a
 * reference of his own. */
void p9_settle(struct p9_node *n);
/* May len more bytes wait here, or is the host so full that each write has to
 * be tried at once? */
bool p9_has_room(struct p9_fs *fs, size_t len);
/* Must somebody write back, since there is too much? */
bool p9_too_dirty(const struct p9_fs *fs);

/* --- p9_keeper.c --- */

int p9_keeper_start(struct p9_fs *fs);
void p9_keeper_wake(struct p9_fs *fs);
