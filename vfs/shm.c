// SPDX-License-Identifier: MIT
/*
 * shm: a segment is a file without a name, behind an object of its own that
 * counts who maps it.
 *
 * References: one while the segment is in the list, one for each area or futex
 * that knows its object, and those of calls under way. It leaves the list when
 * it is removed and has no attachments.
 *
 * Locking: shm_lock covers the list and all that changes in a segment; a leaf
 * below the lock of an address space.
 */
#include "vfs/shm.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/time.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "vfs/memfd.h"
#include "vfs/ref.h"
#include "vfs/vnode.h"

#define INDEX_BITS 15 /* an id is a sequence number and an index */
#define SEQ_MAX    (1u << (31 - INDEX_BITS))
#define SHMMAX     (UINT64_MAX - (1ul << 24))
#define PERM_BITS  0777u

struct segment {
    struct vm_object object;
    struct list_node node; /* by index, ascending */
    struct vnode *file;    /* a reference */
    uint32_t refs;
    int id;
    bool listed;
    uint64_t size; /* bytes, as asked for */
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode; /* with SHM_DEST, SHM_LOCKED */
    int64_t atime, dtime, ctime;
    int32_t cpid, lpid;
    uint64_t attached;
};

static struct spinlock segments_lock = SPINLOCK_INIT;
static struct list_node segments = LIST_INIT(segments);
static unsigned segment_count, next_seq;

static int64_t now(void)
{
    return (int64_t)(clock_realtime_ns() / NSEC_PER_SEC);
}

static int current_pid(void)
{
    struct process *p = process_current();

    return p ? p->pid : 0;
}

static unsigned index_of(const struct segment *s)
{
    return (unsigned)s->id & ((1u << INDEX_BITS) - 1);
}

static void segment_put(struct segment *s)
{
    if (!s || !ref_put(&s->refs))
        return;
    vnode_put(s->file);
    kfree(s);
}

/* --- the object ---------------------------------------------------------- */

static struct segment *segment_of(struct vm_object *o)
{
    return container_of(o, struct segment, object);
}

static int object_get_page(struct vm_object *o, uint64_t index, bool write,
                           struct page **page)
{
    struct vm_object *file = &segment_of(o)->file->object;

    return file->ops->get_page(file, index, write, page);
}

static void object_peek_pages(struct vm_object *o, uint64_t index, unsigned n,
                              struct page **pages)
{
    struct vm_object *file = &segment_of(o)->file->object;

    file->ops->peek_pages(file, index, n, pages);
}

static void object_get(struct vm_object *o)
{
    ref_get(&segment_of(o)->refs);
}

static void object_put(struct vm_object *o)
{
    segment_put(segment_of(o));
}

static void object_name(struct vm_object *o, char *buf, size_t size)
{
    snprintf(buf, size, "/SYSV%08x (deleted)", (unsigned)segment_of(o)->key);
}

static void object_attached(struct vm_object *o)
{
    struct segment *s = segment_of(o);
    unsigned long irq = spin_lock(&segments_lock);

    s->attached++;
    s->atime = now();
    s->lpid = current_pid();
    spin_unlock(&segments_lock, irq);
}

/* True: the caller puts the list's reference. Lock held. */
static bool unlist_if_unused(struct segment *s)
{
    if (!s->listed || s->attached || !(s->mode & SHM_DEST))
        return false;
    list_del(&s->node);
    s->listed = false;
    segment_count--;
    return true;
}

static void object_detached(struct vm_object *o)
{
    struct segment *s = segment_of(o);
    unsigned long irq = spin_lock(&segments_lock);
    bool gone;

    s->attached--;
    s->dtime = now();
    s->lpid = current_pid();
    gone = unlist_if_unused(s);
    spin_unlock(&segments_lock, irq);
    if (gone)
        segment_put(s); /* not the last: the area still has its own */
}

static const struct vm_object_ops object_ops = {
    .get_page = object_get_page,
    .peek_pages = object_peek_pages,
    .get = object_get,
    .put = object_put,
    .name = object_name,
    .attached = object_attached,
    .detached = object_detached,
};

/* --- permissions, finding; lock held ------------------------------------- */

/* want: permission bits, of which the owner's, the group's or the others'
 * count (sysvipc(7)). */
static bool permits(const struct segment *s, unsigned want)
{
    const struct cred *c = cred_current();
    unsigned granted = s->mode;

    want = (want >> 6 | want >> 3 | want) & 7;
    if (c->euid == s->cuid || c->euid == s->uid)
        granted >>= 6;
    else if (cred_in_egroup(c, s->cgid) || cred_in_egroup(c, s->gid))
        granted >>= 3;
    return !(want & ~granted) || cred_has(c, CAP_IPC_OWNER);
}

static bool owned(const struct segment *s)
{
    const struct cred *c = cred_current();

    return c->euid == s->cuid || c->euid == s->uid ||
           cred_has(c, CAP_SYS_ADMIN);
}

static struct segment *find_locked(int id)
{
    struct segment *s;

    list_for_each_entry (s, &segments, node)
        if (s->id == id)
            return s;
    return NULL;
}

static struct segment *find_index_locked(int index)
{
    struct segment *s;

    list_for_each_entry (s, &segments, node)
        if (index >= 0 && index_of(s) == (unsigned)index)
            return s;
    return NULL;
}

/* A removed segment has lost its key. */
static struct segment *find_key_locked(int32_t key)
{
    struct segment *s;

    list_for_each_entry (s, &segments, node)
        if (key != IPC_PRIVATE && s->key == key && !(s->mode & SHM_DEST))
            return s;
    return NULL;
}

/* --- shmget -------------------------------------------------------------- */

static struct segment *segment_create(int32_t key, uint64_t size, unsigned mode)
{
    const struct cred *c = cred_current();
    struct segment *s = kzalloc(sizeof(*s));

    if (!s || memfd_create_shared(ALIGN_UP(size, PAGE_SIZE), &s->file) < 0) {
        kfree(s);
        return NULL;
    }
    s->object.ops = &object_ops;
    s->refs = 1;
    s->size = size;
    s->key = key;
    s->uid = s->cuid = c->euid;
    s->gid = s->cgid = c->egid;
    s->mode = mode & PERM_BITS;
    s->ctime = now();
    s->cpid = current_pid();
    return s;
}

/* Puts it at the lowest free index. */
static void enlist_locked(struct segment *s)
{
    struct list_node *at = segments.next;
    unsigned index = 0;

    while (at != &segments &&
           index_of(list_entry(at, struct segment, node)) == index) {
        at = at->next;
        index++;
    }
    s->id = (int)(next_seq << INDEX_BITS | index);
    next_seq = (next_seq + 1) % SEQ_MAX;
    list_add_tail(at, &s->node);
    s->listed = true;
    segment_count++;
}

/* The answer when the key is there. */
static int existing_locked(const struct segment *s, uint64_t size,
                           unsigned flags)
{
    if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
        return -EEXIST;
    if (size > s->size)
        return -EINVAL;
    return permits(s, flags & PERM_BITS) ? s->id : -EACCES;
}

static int check_new(uint64_t size, unsigned flags)
{
    struct page_stats memory;

    if (size == 0 || size > SHMMAX)
        return -EINVAL;
    if (flags & SHM_HUGETLB)
        return -ENOMEM; /* there is no pool */
    page_get_stats(&memory);
    if (!(flags & SHM_NORESERVE) && size >> PAGE_SHIFT >= memory.total)
        return -ENOMEM;
    return size <= INT64_MAX - PAGE_SIZE ? 0 : -ENOMEM;
}

/* A new one is made without the lock: another may have been quicker. */
static int get_or_add(int32_t key, uint64_t size, unsigned flags,
                      struct segment **new)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s = find_key_locked(key);
    int err;

    if (s) {
        err = existing_locked(s, size, flags);
    } else if (key != IPC_PRIVATE && !(flags & IPC_CREAT)) {
        err = -ENOENT;
    } else if (segment_count >= SHMMNI) {
        err = -ENOSPC;
    } else if (!*new) {
        err = -EAGAIN; /* make one, and come again */
    } else {
        enlist_locked(*new);
        err = (*new)->id;
        *new = NULL;
    }
    spin_unlock(&segments_lock, irq);
    return err;
}

int shm_get(int32_t key, uint64_t size, unsigned flags)
{
    struct segment *new = NULL;
    int err = get_or_add(key, size, flags, &new);

    if (err != -EAGAIN)
        return err;
    err = check_new(size, flags);
    if (err < 0)
        return err;
    new = segment_create(key, size, flags);
    if (!new)
        return -ENOMEM;
    err = get_or_add(key, size, flags, &new);
    segment_put(new);
    return err;
}

/* --- shmat, shmdt -------------------------------------------------------- */

/* With a reference. */
static int find_to_attach(int id, unsigned want, struct segment **out)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s = find_locked(id);
    int err = 0;

    if (!s)
        err = -EINVAL;
    else if (!permits(s, want))
        err = -EACCES;
    else
        ref_get(&s->refs);
    spin_unlock(&segments_lock, irq);
    *out = s;
    return err;
}

/* Where it is to be; 0: anywhere. */
static int attach_place(uintptr_t *addr, unsigned flags, enum vm_place *how)
{
    *how = VM_PLACE_HINT;
    if (!*addr)
        return flags & SHM_REMAP ? -EINVAL : 0;
    if (*addr & PAGE_MASK) {
        if (!(flags & SHM_RND))
            return -EINVAL;
        *addr = ALIGN_DOWN(*addr, PAGE_SIZE);
        if (!*addr && (flags & SHM_REMAP))
            return -EINVAL;
    }
    if (*addr)
        *how = flags & SHM_REMAP ? VM_PLACE_FIXED : VM_PLACE_FIXED_NEW;
    return 0;
}

long shm_attach(int id, uintptr_t addr, unsigned flags)
{
    unsigned vm = VM_SHARED | VM_READ, want = 0444;
    struct segment *s;
    enum vm_place how;
    int err = attach_place(&addr, flags, &how);

    if (err < 0)
        return err;
    if (flags & SHM_RDONLY) {
        vm |= VM_NO_WRITE;
    } else {
        vm |= VM_WRITE;
        want |= 0222;
    }
    if (flags & SHM_EXEC) {
        vm |= VM_EXEC;
        want |= 0111;
    }
    err = find_to_attach(id, want, &s);
    if (err < 0)
        return err;
    err = vm_map(process_current()->space, &addr, s->size, vm, how, &s->object,
                 0);
    segment_put(s);
    if (err == -EEXIST)
        err = -EINVAL;
    return err < 0 ? err : (long)addr;
}

int shm_detach(uintptr_t addr)
{
    if (addr & PAGE_MASK)
        return -EINVAL;
    return vm_unmap_object(process_current()->space, addr, &object_ops);
}

/* --- shmctl -------------------------------------------------------------- */

static void describe_locked(const struct segment *s, struct abi_shmid_ds *ds)
{
    *ds = (struct abi_shmid_ds){
        .perm = {.key = s->mode & SHM_DEST ? IPC_PRIVATE : s->key,
                 .uid = s->uid,
                 .gid = s->gid,
                 .cuid = s->cuid,
                 .cgid = s->cgid,
                 .mode = s->mode,
                 .seq = (uint16_t)(s->id >> INDEX_BITS)},
        .segsz = s->size,
        .atime = s->atime,
        .dtime = s->dtime,
        .ctime = s->ctime,
        .cpid = s->cpid,
        .lpid = s->lpid,
        .nattch = s->attached,
    };
}

int shm_stat(int id, int op, struct abi_shmid_ds *ds)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s =
        op == IPC_STAT ? find_locked(id) : find_index_locked(id);
    int err = op == IPC_STAT || !s ? 0 : s->id;

    if (!s)
        err = -EINVAL;
    else if (op != SHM_STAT_ANY && !permits(s, 0444))
        err = -EACCES;
    else
        describe_locked(s, ds);
    spin_unlock(&segments_lock, irq);
    return err;
}

int shm_set(int id, const struct abi_shmid_ds *ds)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s = find_locked(id);
    int err = 0;

    if (!s) {
        err = -EINVAL;
    } else if (!owned(s)) {
        err = -EPERM;
    } else if (ds->perm.uid == CRED_KEEP_ID || ds->perm.gid == CRED_KEEP_ID) {
        err = -EINVAL;
    } else {
        s->uid = ds->perm.uid;
        s->gid = ds->perm.gid;
        s->mode = (s->mode & ~PERM_BITS) | (ds->perm.mode & PERM_BITS);
        s->ctime = now();
    }
    spin_unlock(&segments_lock, irq);
    return err;
}

int shm_remove(int id)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s = find_locked(id);
    bool gone = false;
    int err = 0;

    if (!s) {
        err = -EINVAL;
    } else if (!owned(s)) {
        err = -EPERM;
    } else {
        s->mode |= SHM_DEST;
        gone = unlist_if_unused(s);
    }
    spin_unlock(&segments_lock, irq);
    if (gone)
        segment_put(s);
    return err;
}

int shm_lock(int id, bool lock)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s = find_locked(id);
    int err = 0;

    if (!s)
        err = -EINVAL;
    else if (!owned(s) && !capable(CAP_IPC_LOCK))
        err = -EPERM;
    else if (lock)
        s->mode |= SHM_LOCKED;
    else
        s->mode &= ~(unsigned)SHM_LOCKED;
    spin_unlock(&segments_lock, irq);
    return err;
}

int shm_info(struct abi_shm_info *info)
{
    unsigned long irq = spin_lock(&segments_lock);
    struct segment *s;
    int highest = 0;

    *info = (struct abi_shm_info){.used_ids = (int32_t)segment_count};
    list_for_each_entry (s, &segments, node) {
        highest = (int)index_of(s);
        info->tot += ALIGN_UP(s->size, PAGE_SIZE) >> PAGE_SHIFT;
        info->rss += s->file->blocks / (PAGE_SIZE / 512);
    }
    spin_unlock(&segments_lock, irq);
    return highest;
}
