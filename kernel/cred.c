// SPDX-License-Identifier: MIT
/*
 * cred: the rules of credentials(7) and capabilities(7). Which process has
 * which is kernel/cred_process.c.
 */
#include "kernel/cred.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "lib/string.h"

/* What file accesses need: it goes with the file-system uid. */
#define CAP_FS                                                                 \
    (CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) |                          \
     CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_FOWNER) |                      \
     CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_LINUX_IMMUTABLE) | CAP_BIT(CAP_MKNOD) | \
     CAP_BIT(CAP_MAC_OVERRIDE))

const struct cred cred_root = {
    .refs = 1,
    .permitted = CAP_ALL,
    .effective = CAP_ALL,
    .bounding = CAP_ALL,
};

const struct cred *cred_get(const struct cred *c)
{
    if (c != &cred_root)
        __atomic_fetch_add(&((struct cred *)c)->refs, 1, __ATOMIC_RELAXED);
    return c;
}

void cred_put(const struct cred *c)
{
    struct cred *own = (struct cred *)c;

    if (c != &cred_root &&
        __atomic_fetch_sub(&own->refs, 1, __ATOMIC_ACQ_REL) == 1)
        kfree(own);
}

struct cred *cred_copy(const struct cred *old, uint32_t group_count)
{
    struct cred *c = kmalloc(sizeof(*c) + group_count * sizeof(c->groups[0]));

    if (!c)
        return NULL;
    memcpy(c, old, sizeof(*c));
    memcpy(c->groups, old->groups,
           MIN(group_count, old->group_count) * sizeof(c->groups[0]));
    c->refs = 1;
    c->group_count = group_count;
    return c;
}

/* --- groups --- */

static bool has_group(const struct cred *c, uint32_t gid)
{
    uint32_t low = 0, high = c->group_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (c->groups[middle] == gid)
            return true;
        if (c->groups[middle] < gid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool cred_in_group(const struct cred *c, uint32_t gid)
{
    return c->fsgid == gid || has_group(c, gid);
}

bool cred_in_egroup(const struct cred *c, uint32_t gid)
{
    return c->egid == gid || has_group(c, gid);
}

/* Moves groups[at] down the heap of count that begins at groups[0]. */
static void sift_down(uint32_t *groups, uint32_t at, uint32_t count)
{
    uint32_t value = groups[at], child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && groups[child + 1] > groups[child])
            child++;
        if (groups[child] <= value)
            break;
        groups[at] = groups[child];
        at = child;
    }
    groups[at] = value;
}

/* A heap sort: 65536 groups in any order take no noticeable time. */
void cred_sort_groups(uint32_t *groups, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sift_down(groups, i, count);
    while (count > 1) {
        uint32_t last = groups[--count];

        groups[count] = groups[0];
        groups[0] = last;
        sift_down(groups, 0, count);
    }
}

/* --- ids --- */

bool cred_may_signal(const struct cred *from, const struct cred *to)
{
    return from->euid == to->suid || from->euid == to->uid ||
           from->uid == to->suid || from->uid == to->uid ||
           cred_has(from, CAP_KILL);
}

static bool any_is_root(const struct cred *c)
{
    return c->uid == 0 || c->euid == 0 || c->suid == 0;
}

/* capabilities(7), "Effect of user ID changes on capabilities" */
static void caps_follow_uids(struct cred *new, const struct cred *old)
{
    if (new->securebits & SECBIT_NO_SETUID_FIXUP)
        return;
    if (any_is_root(old) && !any_is_root(new)) {
        if (!(new->securebits &SECBIT_KEEP_CAPS))
            new->permitted = new->effective = 0;
        new->ambient = 0;
    }
    if (old->euid == 0 && new->euid != 0)
        new->effective = 0;
    if (old->euid != 0 && new->euid == 0)
        new->effective = new->permitted;
}

static bool is_uid_of(const struct cred *c, uint32_t uid)
{
    return uid == c->uid || uid == c->euid || uid == c->suid;
}

static bool is_gid_of(const struct cred *c, uint32_t gid)
{
    return gid == c->gid || gid == c->egid || gid == c->sgid;
}

int cred_set_uid(struct cred *new, const struct cred *old, uint32_t uid)
{
    if (uid == CRED_KEEP_ID)
        return -EINVAL;
    if (cred_has(old, CAP_SETUID))
        new->uid = new->suid = uid;
    else if (uid != old->uid && uid != old->suid)
        return -EPERM;
    new->euid = new->fsuid = uid;
    caps_follow_uids(new, old);
    return 0;
}

int cred_set_reuid(struct cred *new, const struct cred *old, uint32_t ruid,
                   uint32_t euid)
{
    bool may = cred_has(old, CAP_SETUID);

    if (ruid != CRED_KEEP_ID) {
        if (!may && ruid != old->uid && ruid != old->euid)
            return -EPERM;
        new->uid = ruid;
    }
    if (euid != CRED_KEEP_ID) {
        if (!may && !is_uid_of(old, euid))
            return -EPERM;
        new->euid = euid;
    }
    if (ruid != CRED_KEEP_ID || (euid != CRED_KEEP_ID && euid != old->uid))
        new->suid = new->euid;
    new->fsuid = new->euid;
    caps_follow_uids(new, old);
    return 0;
}

int cred_set_resuid(struct cred *new, const struct cred *old, uint32_t ruid,
                    uint32_t euid, uint32_t suid)
{
    if (!cred_has(old, CAP_SETUID) &&
        ((ruid != CRED_KEEP_ID && !is_uid_of(old, ruid)) ||
         (euid != CRED_KEEP_ID && !is_uid_of(old, euid)) ||
         (suid != CRED_KEEP_ID && !is_uid_of(old, suid))))
        return -EPERM;
    if (ruid != CRED_KEEP_ID)
        new->uid = ruid;
    if (euid != CRED_KEEP_ID)
        new->euid = euid;
    if (suid != CRED_KEEP_ID)
        new->suid = suid;
    new->fsuid = new->euid;
    caps_follow_uids(new, old);
    return 0;
}

int cred_set_fsuid(struct cred *new, const struct cred *old, uint32_t uid)
{
    if (uid == CRED_KEEP_ID)
        return -EINVAL;
    if (!is_uid_of(old, uid) && uid != old->fsuid && !cred_has(old, CAP_SETUID))
        return -EPERM;
    new->fsuid = uid;
    if (new->securebits & SECBIT_NO_SETUID_FIXUP)
        return 0;
    if (old->fsuid == 0 && uid != 0)
        new->effective &= ~CAP_FS;
    if (old->fsuid != 0 && uid == 0)
        new->effective |= new->permitted &CAP_FS;
    return 0;
}

int cred_set_gid(struct cred *new, const struct cred *old, uint32_t gid)
{
    if (gid == CRED_KEEP_ID)
        return -EINVAL;
    if (cred_has(old, CAP_SETGID))
        new->gid = new->sgid = gid;
    else if (gid != old->gid && gid != old->sgid)
        return -EPERM;
    new->egid = new->fsgid = gid;
    return 0;
}

int cred_set_regid(struct cred *new, const struct cred *old, uint32_t rgid,
                   uint32_t egid)
{
    bool may = cred_has(old, CAP_SETGID);

    if (rgid != CRED_KEEP_ID) {
        if (!may && rgid != old->gid && rgid != old->egid)
            return -EPERM;
        new->gid = rgid;
    }
    if (egid != CRED_KEEP_ID) {
        if (!may && !is_gid_of(old, egid))
            return -EPERM;
        new->egid = egid;
    }
    if (rgid != CRED_KEEP_ID || (egid != CRED_KEEP_ID && egid != old->gid))
        new->sgid = new->egid;
    new->fsgid = new->egid;
    return 0;
}

int cred_set_resgid(struct cred *new, const struct cred *old, uint32_t rgid,
                    uint32_t egid, uint32_t sgid)
{
    if (!cred_has(old, CAP_SETGID) &&
        ((rgid != CRED_KEEP_ID && !is_gid_of(old, rgid)) ||
         (egid != CRED_KEEP_ID && !is_gid_of(old, egid)) ||
         (sgid != CRED_KEEP_ID && !is_gid_of(old, sgid))))
        return -EPERM;
    if (rgid != CRED_KEEP_ID)
        new->gid = rgid;
    if (egid != CRED_KEEP_ID)
        new->egid = egid;
    if (sgid != CRED_KEEP_ID)
        new->sgid = sgid;
    new->fsgid = new->egid;
    return 0;
}

int cred_set_fsgid(struct cred *new, const struct cred *old, uint32_t gid)
{
    if (gid == CRED_KEEP_ID)
        return -EINVAL;
    if (!is_gid_of(old, gid) && gid != old->fsgid && !cred_has(old, CAP_SETGID))
        return -EPERM;
    new->fsgid = gid;
    return 0;
}

/* --- capabilities --- */

static bool is_subset(uint64_t set, uint64_t of)
{
    return !(set & ~of);
}

int cred_set_caps(struct cred *new, const struct cred *old, uint64_t effective,
                  uint64_t permitted, uint64_t inheritable)
{
    effective &= CAP_ALL;
    permitted &= CAP_ALL;
    inheritable &= CAP_ALL;
    if (!cred_has(old, CAP_SETPCAP) &&
        !is_subset(inheritable, old->inheritable | old->permitted))
        return -EPERM;
    if (!is_subset(inheritable, old->inheritable | old->bounding) ||
        !is_subset(permitted, old->permitted) ||
        !is_subset(effective, permitted))
        return -EPERM;
    new->effective = effective;
    new->permitted = permitted;
    new->inheritable = inheritable;
    new->ambient &= permitted &inheritable;
    return 0;
}

bool cred_is_other(const struct cred *new, const struct cred *old)
{
    return new->euid != old->euid || new->egid != old->egid ||
           new->fsuid != old->fsuid || new->fsgid != old->fsgid ||
           !is_subset(new->permitted, old->permitted);
}

/* --- exec --- */

/* capabilities(7), "Transformation of capabilities during execve()", for a
 * file without capabilities of its own. */
static void caps_for_exec(struct cred *c)
{
    bool root =
        !(c->securebits & SECBIT_NOROOT) && (c->euid == 0 || c->uid == 0);

    c->permitted = c->ambient;
    if (root)
        c->permitted |= c->bounding | c->inheritable;
    c->effective = root && c->euid == 0 ? c->permitted : c->ambient;
    c->securebits &= ~SECBIT_KEEP_CAPS;
}

struct cred *cred_for_exec(const struct cred *old, uint32_t mode,
                           uint32_t file_uid, uint32_t file_gid, bool *secure)
{
    struct cred *c = cred_copy(old, old->group_count);
    bool set_id;

    if (!c)
        return NULL;
    if (!c->no_new_privs && (mode & S_ISUID))
        c->euid = file_uid;
    /* Without execute permission for the group the bit means locks. */
    if (!c->no_new_privs && (mode & S_ISGID) && (mode & S_IXGRP))
        c->egid = file_gid;
    c->suid = c->fsuid = c->euid;
    c->sgid = c->fsgid = c->egid;
    set_id = c->euid != old->uid || c->egid != old->gid;
    if (set_id)
        c->ambient = 0;
    caps_for_exec(c);
    *secure = set_id || (c->uid != 0 && !is_subset(c->permitted, c->ambient));
    return c;
}
