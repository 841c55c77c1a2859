// SPDX-License-Identifier: MIT
#include "vfs/ipc.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "vfs/ref.h"

#define INDEX_BITS 15
#define SEQ_MAX    (1u << (31 - INDEX_BITS))
#define PERM_BITS  0777u

int64_t ipc_now(void)
{
    return (int64_t)(clock_realtime_ns() / NSEC_PER_SEC);
}

int ipc_pid(void)
{
    struct process *p = process_current();

    return p ? p->pid : 0;
}

void ipc_init(struct ipc_object *o, int32_t key, unsigned mode)
{
    const struct cred *c = cred_current();

    *o = (struct ipc_object){
        .refs = 1,
        .key = key,
        .uid = c->euid,
        .cuid = c->euid,
        .gid = c->egid,
        .cgid = c->egid,
        .mode = mode & PERM_BITS,
        .ctime = ipc_now(),
    };
    list_init(&o->node);
}

void ipc_get(struct ipc_object *o)
{
    ref_get(&o->refs);
}

void ipc_put(struct ipc_table *t, struct ipc_object *o)
{
    if (o && ref_put(&o->refs))
        t->destroy(o);
}

unsigned ipc_index(const struct ipc_object *o)
{
    return (unsigned)o->id & ((1u << INDEX_BITS) - 1);
}

/* --- permissions ---------------------------------------------------------- */

bool ipc_permits(const struct ipc_object *o, unsigned want)
{
    const struct cred *c = cred_current();
    unsigned granted = o->mode;

    want = (want >> 6 | want >> 3 | want) & 7;
    if (c->euid == o->cuid || c->euid == o->uid)
        granted >>= 6;
    else if (cred_in_egroup(c, o->cgid) || cred_in_egroup(c, o->gid))
        granted >>= 3;
    return !(want & ~granted) || cred_has(c, CAP_IPC_OWNER);
}

bool ipc_owned(const struct ipc_object *o)
{
    const struct cred *c = cred_current();

    return c->euid == o->cuid || c->euid == o->uid ||
           cred_has(c, CAP_SYS_ADMIN);
}

void ipc_describe(const struct ipc_object *o, struct abi_ipc_perm *to)
{
    *to = (struct abi_ipc_perm){
        .key = o->key,
        .uid = o->uid,
        .gid = o->gid,
        .cuid = o->cuid,
        .cgid = o->cgid,
        .mode = o->mode,
        .seq = (uint16_t)(o->id >> INDEX_BITS),
    };
}

int ipc_change(struct ipc_object *o, const struct abi_ipc_perm *to)
{
    if (!ipc_owned(o))
        return -EPERM;
    if (to->uid == CRED_KEEP_ID || to->gid == CRED_KEEP_ID)
        return -EINVAL;
    o->uid = to->uid;
    o->gid = to->gid;
    o->mode = (o->mode & ~PERM_BITS) | (to->mode & PERM_BITS);
    o->ctime = ipc_now();
    return 0;
}

/* --- the table ------------------------------------------------------------ */

struct ipc_object *ipc_find_locked(struct ipc_table *t, int id)
{
    struct ipc_object *o;

    list_for_each_entry (o, &t->objects, node)
        if (o->id == id)
            return o;
    return NULL;
}

struct ipc_object *ipc_find_index_locked(struct ipc_table *t, int index)
{
    struct ipc_object *o;

    list_for_each_entry (o, &t->objects, node)
        if (index >= 0 && ipc_index(o) == (unsigned)index)
            return o;
    return NULL;
}

static struct ipc_object *find_key_locked(struct ipc_table *t, int32_t key)
{
    struct ipc_object *o;

    list_for_each_entry (o, &t->objects, node)
        if (key != IPC_PRIVATE && o->key == key)
            return o;
    return NULL;
}

/* Puts it at the lowest free index. */
static void enlist_locked(struct ipc_table *t, struct ipc_object *o)
{
    struct list_node *at = t->objects.next;
    unsigned index = 0;

    while (at != &t->objects &&
           ipc_index(list_entry(at, struct ipc_object, node)) == index) {
        at = at->next;
        index++;
    }
    o->id = (int)(t->next_seq << INDEX_BITS | index);
    t->next_seq = (t->next_seq + 1) % SEQ_MAX;
    list_add_tail(at, &o->node);
    t->count++;
}

void ipc_remove_locked(struct ipc_table *t, struct ipc_object *o)
{
    list_del(&o->node);
    o->removed = true;
    t->count--;
}

int ipc_get_number(struct ipc_table *t, int32_t key, unsigned flags,
                   bool (*fits)(const struct ipc_object *o, uint64_t size),
                   uint64_t size, struct ipc_object **new)
{
    unsigned long irq = spin_lock(&t->lock);
    struct ipc_object *o = find_key_locked(t, key);
    int result;

    if (o && (flags & IPC_CREAT) && (flags & IPC_EXCL)) {
        result = -EEXIST;
    } else if (o && !ipc_permits(o, flags & PERM_BITS)) {
        result = -EACCES;
    } else if (o) {
        result = fits && !fits(o, size) ? -EINVAL : o->id;
    } else if (key != IPC_PRIVATE && !(flags & IPC_CREAT)) {
        result = -ENOENT;
    } else if (t->count >= t->max) {
        result = -ENOSPC;
    } else if (!*new) {
        result = -EAGAIN; /* make one, and come again */
    } else {
        enlist_locked(t, *new);
        result = (*new)->id;
        *new = NULL;
    }
    spin_unlock(&t->lock, irq);
    return result;
}
