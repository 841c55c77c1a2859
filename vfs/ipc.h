// SPDX-License-Identifier: MIT
/*
 * ipc: what the three kinds of System V IPC (sysvipc(7)) have in common: a
 * number, perhaps a key, an owner and permissions.
 *
 * An id is a sequence number and an index, so that a number does not come
 * again soon. An object is in its table until it is removed; who works with it
 * holds a reference and finds removed set after that.
 *
 * Locking: the table's lock covers the table and all its objects.
 */
#pragma once

#include "abi/ipc.h"
#include "kernel/lock.h"
#include "lib/list.h"

struct ipc_object {
    struct list_node node; /* by index, ascending */
    uint32_t refs;
    int id;
    bool removed;
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode;
    int64_t ctime;
};

struct ipc_table {
    struct spinlock lock;
    struct list_node objects;
    unsigned count, max, next_seq;
    void (*destroy)(struct ipc_object *o); /* without references */
};

#define IPC_TABLE_INIT(name, most, fn)                            \
    {                                                             \
        SPINLOCK_INIT, LIST_INIT((name).objects), .max = (most),  \
                                                  .destroy = (fn) \
    }

int64_t ipc_now(void); /* seconds since 1970 */
int ipc_pid(void);     /* the caller's process; 0: none */

/* The caller's, with one reference and not in a table. */
void ipc_init(struct ipc_object *o, int32_t key, unsigned mode);
void ipc_get(struct ipc_object *o);
void ipc_put(struct ipc_table *t, struct ipc_object *o); /* o may be NULL */

/*
 * What IPC_PRIVATE and IPC_CREAT in flags make of key, for the calls that get
 * a number: the number. *new, which may be NULL, is taken when it is needed:
 * -EAGAIN says so. *found: the object that was there, locked no more. -EEXIST,
 * -ENOENT, -ENOSPC, -EACCES.
 */
int ipc_get_number(struct ipc_table *t, int32_t key, unsigned flags,
                   bool (*fits)(const struct ipc_object *o, uint64_t size),
                   uint64_t size, struct ipc_object **new);

/* Lock held: by id, by index; NULL. */
struct ipc_object *ipc_find_locked(struct ipc_table *t, int id);
struct ipc_object *ipc_find_index_locked(struct ipc_table *t, int index);
unsigned ipc_index(const struct ipc_object *o);

/* want: permission bits, of which the owner's, the group's or the others'
 * count. */
bool ipc_permits(const struct ipc_object *o, unsigned want);
/* May the caller set and remove it? */
bool ipc_owned(const struct ipc_object *o);

/* IPC_STAT and IPC_SET. */
void ipc_describe(const struct ipc_object *o, struct abi_ipc_perm *to);
int ipc_change(struct ipc_object *o, const struct abi_ipc_perm *to);

/* Takes it out; the caller wakes who waits, and puts the table's reference
 * without the lock. Lock held. */
void ipc_remove_locked(struct ipc_table *t, struct ipc_object *o);
