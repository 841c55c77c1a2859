// SPDX-License-Identifier: MIT
/*
 * cred: user and group ids, supplementary groups, capabilities. The rules are
 * in kernel/cred.c. All threads of a process share what they set, which on
 * Linux the C library sees to.
 */
#include "kernel/cred.h"

#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "syscalls/define.h"

SYSCALL_LEAF(getuid);
SYSCALL_DEFINE0(getuid)
{
    return cred_current()->uid;
}

SYSCALL_LEAF(geteuid);
SYSCALL_DEFINE0(geteuid)
{
    return cred_current()->euid;
}

SYSCALL_LEAF(getgid);
SYSCALL_DEFINE0(getgid)
{
    return cred_current()->gid;
}

SYSCALL_LEAF(getegid);
SYSCALL_DEFINE0(getegid)
{
    return cred_current()->egid;
}

static long put_three(uint32_t user *real, uint32_t user *effective,
                      uint32_t user *saved, const uint32_t ids[3])
{
    if (put_user(ids[0], real) || put_user(ids[1], effective) ||
        put_user(ids[2], saved))
        return -EFAULT;
    return 0;
}

/* getresuid(2) */
SYSCALL_DEFINE3(getresuid, uint32_t user *, ruid, uint32_t user *, euid,
                uint32_t user *, suid)
{
    const struct cred *c = cred_current();
    const uint32_t ids[3] = {c->uid, c->euid, c->suid};

    return put_three(ruid, euid, suid, ids);
}

/* getresgid(2) */
SYSCALL_DEFINE3(getresgid, uint32_t user *, rgid, uint32_t user *, egid,
                uint32_t user *, sgid)
{
    const struct cred *c = cred_current();
    const uint32_t ids[3] = {c->gid, c->egid, c->sgid};

    return put_three(rgid, egid, sgid, ids);
}

/* --- setting ids --- */

/* A copy of what the caller is, to be changed by one of the cred_set_*. */
static struct cred *change_begin(void)
{
    const struct cred *old = cred_current();

    return cred_copy(old, old->group_count);
}

static long change_end(struct cred *new, int err)
{
    if (err)
        cred_put(new);
    else
        cred_install(new);
    return err;
}

/* setuid(2) */
SYSCALL_DEFINE1(setuid, uint32_t, uid)
{
    struct cred *new = change_begin();

    if (!new)
        return -ENOMEM;
    return change_end(new, cred_set_uid(new, cred_current(), uid));
}

/* setgid(2) */
SYSCALL_DEFINE1(setgid, uint32_t, gid)
{
    struct cred *new = change_begin();

    if (!new)
        return -ENOMEM;
    return change_end(new, cred_set_gid(new, cred_current(), gid));
}

/* setreuid(2) */
SYSCALL_DEFINE2(setreuid, uint32_t, ruid, uint32_t, euid)
{
    struct cred *new = change_begin();

    if (!new)
        return -ENOMEM;
    return change_end(new, cred_set_reuid(new, cred_current(), ruid, euid));
}

/* setregid(2) */
SYSCALL_DEFINE2(setregid, uint32_t, rgid, uint32_t, egid)
{
    struct cred *new = change_begin();

    if (!new)
        return -ENOMEM;
    return change_end(new, cred_set_regid(new, cred_current(), rgid, egid));
}

/* setresuid(2) */
SYSCALL_DEFINE3(setresuid, uint32_t, ruid, uint32_t, euid, uint32_t, suid)
{
    struct cred *new = change_begin();

    if (!new)
        return -ENOMEM;
    return change_end(new,
                      cred_set_resuid(new, cred_current(), ruid, euid, suid));
}

/* setresgid(2) */
SYSCALL_DEFINE3(setresgid, uint32_t, rgid, uint32_t, egid, uint32_t, sgid)
{
    struct cred *new = change_begin();

    if (!new)
        return -ENOMEM;
    return change_end(new,
                      cred_set_resgid(new, cred_current(), rgid, egid, sgid));
}

/* setfsuid(2): the former one, whatever happens. */
SYSCALL_DEFINE1(setfsuid, uint32_t, uid)
{
    uint32_t before = cred_current()->fsuid;
    struct cred *new = uid != before ? change_begin() : NULL;

    if (new)
        change_end(new, cred_set_fsuid(new, cred_current(), uid));
    return before;
}

/* setfsgid(2) */
SYSCALL_DEFINE1(setfsgid, uint32_t, gid)
{
    uint32_t before = cred_current()->fsgid;
    struct cred *new = gid != before ? change_begin() : NULL;

    if (new)
        change_end(new, cred_set_fsgid(new, cred_current(), gid));
    return before;
}

/* --- groups --- */

/* getgroups(2) */
SYSCALL_DEFINE2(getgroups, int, size, uint32_t user *, list)
{
    const struct cred *c = cred_current();

    if (size < 0)
        return -EINVAL;
    if (size == 0)
        return c->group_count;
    if ((uint32_t)size < c->group_count)
        return -EINVAL;
    if (copy_to_user(list, c->groups, c->group_count * sizeof(c->groups[0])))
        return -EFAULT;
    return c->group_count;
}

/* setgroups(2) */
SYSCALL_DEFINE2(setgroups, unsigned, size, const uint32_t user *, list)
{
    struct cred *new;
    long err = 0;

    if (!capable(CAP_SETGID))
        return -EPERM;
    if (size > CRED_GROUPS_MAX)
        return -EINVAL;
    new = cred_copy(cred_current(), size);
    if (!new)
        return -ENOMEM;
    if (copy_from_user(new->groups, list, size * sizeof(new->groups[0])))
        err = -EFAULT;
    for (unsigned i = 0; i < size && !err; i++) {
        if (new->groups[i] == CRED_KEEP_ID)
            err = -EINVAL;
    }
    if (!err)
        cred_sort_groups(new->groups, size);
    return change_end(new, (int)err);
}

/* --- capabilities --- */

/* How many words a set of this version has; 0 after telling the program which
 * version is known. -EFAULT. */
static int header_words(struct abi_cap_header user *header,
                        struct abi_cap_header *h)
{
    const uint32_t known = ABI_CAPABILITY_VERSION_3;

    if (copy_from_user(h, header, sizeof(*h)))
        return -EFAULT;
    switch (h->version) {
    case ABI_CAPABILITY_VERSION_1:
        return 1;
    case ABI_CAPABILITY_VERSION_2:
    case ABI_CAPABILITY_VERSION_3:
        return 2;
    default:
        return put_user(known, &header->version) ? -EFAULT : 0;
    }
}

/* capget(2) */
SYSCALL_DEFINE2(capget, struct abi_cap_header user *, header,
                struct abi_cap_data user *, data)
{
    const struct cred *c = cred_current();
    struct abi_cap_data out[2];
    struct abi_cap_header h;
    int words = header_words(header, &h);

    if (words < 0)
        return words;
    if (words == 0 || !data)
        return data ? -EINVAL : 0;
    if (h.pid < 0)
        return -EINVAL;
    if (h.pid && !thread_find(h.pid))
        return -ESRCH;
    for (int i = 0; i < words; i++) {
        out[i] = (struct abi_cap_data){
            .effective = (uint32_t)(c->effective >> 32 * i),
            .permitted = (uint32_t)(c->permitted >> 32 * i),
            .inheritable = (uint32_t)(c->inheritable >> 32 * i),
        };
    }
    return copy_to_user(data, out, (size_t)words * sizeof(out[0])) ? -EFAULT
                                                                   : 0;
}

/* capset(2) */
SYSCALL_DEFINE2(capset, struct abi_cap_header user *, header,
                const struct abi_cap_data user *, data)
{
    struct abi_cap_data in[2] = {{0}};
    struct abi_cap_header h;
    int words = header_words(header, &h);
    uint64_t sets[3];
    struct cred *new;

    if (words <= 0)
        return words ? words : -EINVAL;
    if (h.pid && h.pid != thread_current()->tid)
        return -EPERM;
    if (copy_from_user(in, data, (size_t)words * sizeof(in[0])))
        return -EFAULT;
    sets[0] = in[0].effective | (uint64_t)in[1].effective << 32;
    sets[1] = in[0].permitted | (uint64_t)in[1].permitted << 32;
    sets[2] = in[0].inheritable | (uint64_t)in[1].inheritable << 32;
    new = change_begin();
    if (!new)
        return -ENOMEM;
    return change_end(
        new, cred_set_caps(new, cred_current(), sets[0], sets[1], sets[2]));
}
