// SPDX-License-Identifier: MIT
/*
 * shm: a segment is a file without a name, behind an object of its own that
 * counts who maps it.
 *
 * References: one while the segment is in the list, one for each area or futex
 * that knows its object, and those of calls under way. It leaves the list when
 * it is removed and has no attachments.
 *
 * Locking: the table's lock (vfs/ipc.h), a leaf below the lock of an address
 * space, covers all that changes in a segment.
 */
#include "vfs/shm.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "vfs/ipc.h"
#include "vfs/memfd.h"
#include "vfs/vnode.h"

struct segment {
    struct ipc_object ipc;
    struct vm_object object;
    struct vnode *file; /* a reference */
    uint64_t size;      /* bytes, as asked for */
    int64_t atime, dtime;
    int32_t cpid, lpid;
    uint64_t attached;
};

static void segment_destroy(struct ipc_object *o);
static struct ipc_table segments =
    IPC_TABLE_INIT(segments, SHMMNI, segment_destroy);

static struct segment *segment_of_ipc(struct ipc_object *o)
{
    return container_of(o, struct segment, ipc);
}

static void segment_destroy(struct ipc_object *o)
{
    struct segment *s = segment_of_ipc(o);

    vnode_put(s->file);
    kfree(s);
}

static void segment_put(struct segment *s)
{
    ipc_put(&segments, &s->ipc);
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
    ipc_get(&segment_of(o)->ipc);
}

static void object_put(struct vm_object *o)
{
    segment_put(segment_of(o));
}

static void object_name(struct vm_object *o, char *buf, size_t size)
{
    snprintf(buf, size, "/SYSV%08x (deleted)",
             (unsigned)segment_of(o)->ipc.key);
}

static void object_attached(struct vm_object *o)
{
    struct segment *s = segment_of(o);
    unsigned long irq = spin_lock(&segments.lock);

    s->attached++;
    s->atime = ipc_now();
    s->lpid = ipc_pid();
    spin_unlock(&segments.lock, irq);
}

/* True: the caller puts the list's reference. Lock held. */
static bool unlist_if_unused(struct segment *s)
{
    if (s->ipc.removed || s->attached || !(s->ipc.mode & SHM_DEST))
        return false;
    ipc_remove_locked(&segments, &s->ipc);
    return true;
}

static void object_detached(struct vm_object *o)
{
    struct segment *s = segment_of(o);
    unsigned long irq = spin_lock(&segments.lock);
    bool gone;

    s->attached--;
    s->dtime = ipc_now();
    s->lpid = ipc_pid();
    gone = unlist_if_unused(s);
    spin_unlock(&segments.lock, irq);
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

/* --- shmget -------------------------------------------------------------- */

static struct segment *segment_create(int32_t key, uint64_t size, unsigned mode)
{
    struct segment *s = kzalloc(sizeof(*s));

    if (!s || memfd_create_shared(ALIGN_UP(size, PAGE_SIZE), &s->file) < 0) {
        kfree(s);
        return NULL;
    }
    ipc_init(&s->ipc, key, mode);
    s->object.ops = &object_ops;
    s->size = size;
    s->cpid = ipc_pid();
    return s;
}

static bool is_so_large(const struct ipc_object *o, uint64_t size)
{
    return size <= segment_of_ipc((struct ipc_object *)o)->size;
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

int shm_get(int32_t key, uint64_t size, unsigned flags)
{
    struct ipc_object *new = NULL;
    struct segment *s;
    int err = ipc_get_number(&segments, key, flags, is_so_large, size, &new);

    if (err != -EAGAIN)
        return err;
    err = check_new(size, flags);
    if (err < 0)
        return err;
    s = segment_create(key, size, flags);
    if (!s)
        return -ENOMEM;
    new = &s->ipc;
    err = ipc_get_number(&segments, key, flags, is_so_large, size, &new);
    ipc_put(&segments, new);
    return err;
}

/* Lock held. */
static struct segment *find_locked(int id)
{
    struct ipc_object *o = ipc_find_locked(&segments, id);

    return o ? segment_of_ipc(o) : NULL;
}

/* --- shmat, shmdt -------------------------------------------------------- */

/* With a reference. */
static int find_to_attach(int id, unsigned want, struct segment **out)
{
    unsigned long irq = spin_lock(&segments.lock);
    struct segment *s = find_locked(id);
    int err = 0;

    if (!s)
        err = -EINVAL;
    else if (!ipc_permits(&s->ipc, want))
        err = -EACCES;
    else
        ipc_get(&s->ipc);
    spin_unlock(&segments.lock, irq);
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
        .segsz = s->size,
        .atime = s->atime,
        .dtime = s->dtime,
        .ctime = s->ipc.ctime,
        .cpid = s->cpid,
        .lpid = s->lpid,
        .nattch = s->attached,
    };
    ipc_describe(&s->ipc, &ds->perm);
}

int shm_stat(int id, int op, struct abi_shmid_ds *ds)
{
    unsigned long irq = spin_lock(&segments.lock);
    struct ipc_object *o = op == IPC_STAT
                               ? ipc_find_locked(&segments, id)
                               : ipc_find_index_locked(&segments, id);
    int err = op == IPC_STAT || !o ? 0 : o->id;

    if (!o)
        err = -EINVAL;
    else if (op != SHM_STAT_ANY && !ipc_permits(o, 0444))
        err = -EACCES;
    else
        describe_locked(segment_of_ipc(o), ds);
    spin_unlock(&segments.lock, irq);
    return err;
}

int shm_set(int id, const struct abi_shmid_ds *ds)
{
    unsigned long irq = spin_lock(&segments.lock);
    struct ipc_object *o = ipc_find_locked(&segments, id);
    int err = o ? ipc_change(o, &ds->perm) : -EINVAL;

    spin_unlock(&segments.lock, irq);
    return err;
}

int shm_remove(int id)
{
    unsigned long irq = spin_lock(&segments.lock);
    struct segment *s = find_locked(id);
    bool gone = false;
    int err = 0;

    if (!s) {
        err = -EINVAL;
    } else if (!ipc_owned(&s->ipc)) {
        err = -EPERM;
    } else {
        s->ipc.mode |= SHM_DEST;
        s->ipc.key = IPC_PRIVATE; /* nobody finds it any more */
        gone = unlist_if_unused(s);
    }
    spin_unlock(&segments.lock, irq);
    if (gone)
        segment_put(s);
    return err;
}

int shm_lock(int id, bool lock)
{
    unsigned long irq = spin_lock(&segments.lock);
    struct segment *s = find_locked(id);
    int err = 0;

    if (!s)
        err = -EINVAL;
    else if (!ipc_owned(&s->ipc) && !capable(CAP_IPC_LOCK))
        err = -EPERM;
    else if (lock)
        s->ipc.mode |= SHM_LOCKED;
    else
        s->ipc.mode &= ~(unsigned)SHM_LOCKED;
    spin_unlock(&segments.lock, irq);
    return err;
}

int shm_info(struct abi_shm_info *info)
{
    unsigned long irq = spin_lock(&segments.lock);
    struct ipc_object *o;
    int highest = 0;

    *info = (struct abi_shm_info){.used_ids = (int32_t)segments.count};
    list_for_each_entry (o, &segments.objects, node) {
        const struct segment *s = segment_of_ipc(o);

        highest = (int)ipc_index(o);
        info->tot += ALIGN_UP(s->size, PAGE_SIZE) >> PAGE_SHIFT;
        info->rss += s->file->blocks / (PAGE_SIZE / 512);
    }
    spin_unlock(&segments.lock, irq);
    return highest;
}
