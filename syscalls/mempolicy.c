// SPDX-License-Identifier: MIT
/*
 * mempolicy: which node memory comes from: mbind(2), set_mempolicy(2). There
 * is one node: every policy that is possible is met, and only kept to be told.
 */
#include "abi/errno.h"
#include "abi/mempolicy.h"
#include "kernel/cred.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "syscalls/define.h"

#define NODES      1ul /* the mask of all nodes */
#define WORD_BITS  64
#define MASK_MAX   (8 * PAGE_SIZE) /* bits */
#define MODE_FLAGS (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES)
#define MOVE_FLAGS (MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)

/* The set of max - 1 bits at from; -EINVAL: it has a node that cannot be. */
static int get_nodes(const unsigned long user *from, unsigned long max,
                     unsigned long *nodes)
{
    unsigned long bits = max - 1, word;

    *nodes = 0;
    if (!from || max <= 1)
        return 0;
    if (bits > MASK_MAX)
        return -EINVAL;
    for (unsigned long at = 0; at < bits; at += WORD_BITS) {
        if (get_user(&word, from + at / WORD_BITS))
            return -EFAULT;
        if (bits - at < WORD_BITS)
            word &= (1ul << (bits - at)) - 1;
        if (at > 0 && word)
            return -EINVAL;
        *nodes |= word;
    }
    return 0;
}

/* May there be this policy? */
static int check(unsigned mode, unsigned long nodes)
{
    unsigned flags = mode & MODE_FLAGS;

    mode &= ~MODE_FLAGS;
    if (mode > MPOL_PREFERRED_MANY || flags == MODE_FLAGS)
        return -EINVAL;
    if (mode == MPOL_DEFAULT || mode == MPOL_LOCAL)
        return nodes || (mode == MPOL_LOCAL && flags) ? -EINVAL : 0;
    if (mode == MPOL_PREFERRED && nodes == 0)
        return flags ? -EINVAL : 0;
    return nodes & NODES ? 0 : -EINVAL;
}

/* set_mempolicy(2) */
SYSCALL_DEFINE3(set_mempolicy, int, mode, const unsigned long user *, nodemask,
                unsigned long, maxnode)
{
    struct thread *t = thread_current();
    unsigned long nodes;
    int err = get_nodes(nodemask, maxnode, &nodes);

    if (!err)
        err = check((unsigned)mode, nodes);
    if (err)
        return err;
    t->mempolicy = (uint16_t)mode;
    t->mempolicy_nodes = nodes & NODES;
    return 0;
}

static int put_nodes(unsigned long user *to, unsigned long max,
                     unsigned long nodes)
{
    if (!to)
        return 0;
    for (unsigned long at = 0; at < max; at += WORD_BITS) {
        if (put_user(nodes, to + at / WORD_BITS))
            return -EFAULT;
        nodes = 0;
    }
    return 0;
}

/* What the flags ask about: *mode and *nodes. */
static int answer(const void user *addr, unsigned long flags, int *mode,
                  unsigned long *nodes)
{
    const struct thread *t = thread_current();

    if (flags & MPOL_F_MEMS_ALLOWED) {
        *nodes = NODES;
        return flags == MPOL_F_MEMS_ALLOWED ? 0 : -EINVAL;
    }
    if (flags & MPOL_F_ADDR) { /* areas have the default policy, and node 0 */
        uintptr_t page = ALIGN_DOWN((uintptr_t)addr, PAGE_SIZE);

        return vm_check_mapped(t->space, page, PAGE_SIZE, NULL) < 0 ? -EFAULT
                                                                    : 0;
    }
    if (addr || ((flags & MPOL_F_NODE) && t->mempolicy != MPOL_INTERLEAVE))
        return -EINVAL;
    if (!(flags & MPOL_F_NODE))
        *mode = t->mempolicy;
    *nodes = t->mempolicy_nodes ? NODES : 0;
    return 0;
}

/* get_mempolicy(2) */
SYSCALL_DEFINE5(get_mempolicy, int user *, mode, unsigned long user *, nodemask,
                unsigned long, maxnode, const void user *, addr, unsigned long,
                flags)
{
    unsigned long nodes = 0;
    int value = MPOL_DEFAULT, err;

    if ((flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED)) ||
        (nodemask && maxnode < 1))
        return -EINVAL;
    err = answer(addr, flags, &value, &nodes);
    if (err)
        return err;
    if (mode && put_user(value, mode))
        return -EFAULT;
    return put_nodes(nodemask, maxnode, nodes);
}
SYSCALL_PARTIAL(get_mempolicy, "what mbind set is not told: MPOL_F_ADDR shows "
                               "the default policy");

static int check_move(unsigned flags)
{
    if (flags & ~MOVE_FLAGS)
        return -EINVAL;
    return (flags & MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE) ? -EPERM : 0;
}

/* mbind(2) */
SYSCALL_DEFINE6(mbind, uintptr_t, addr, size_t, len, unsigned, mode,
                const unsigned long user *, nodemask, unsigned long, maxnode,
                unsigned, flags)
{
    unsigned long nodes;
    int err = check_move(flags);

    if (!err)
        err = get_nodes(nodemask, maxnode, &nodes);
    if (!err && (addr & PAGE_MASK))
        err = -EINVAL;
    if (!err)
        err = check(mode, nodes);
    if (err || len == 0)
        return err;
    err = vm_check_mapped(process_current()->space, addr, len, NULL);
    return err == -ENOMEM ? -EFAULT : err;
}
SYSCALL_PARTIAL(mbind, "checked, and met by the one node; not kept");

/* migrate_pages(2): all is where it can be. */
SYSCALL_DEFINE4(migrate_pages, int, pid, unsigned long, maxnode,
                const unsigned long user *, old_nodes,
                const unsigned long user *, new_nodes)
{
    struct thread *t = pid ? thread_find(pid) : NULL;
    unsigned long from, to;
    int err = pid && !t ? -ESRCH : 0;

    thread_put(t);
    if (!err)
        err = get_nodes(old_nodes, maxnode, &from);
    if (!err)
        err = get_nodes(new_nodes, maxnode, &to);
    if (err)
        return err;
    return to & NODES ? 0 : -EINVAL;
}
