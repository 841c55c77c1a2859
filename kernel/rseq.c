// SPDX-License-Identifier: MIT
#include "kernel/rseq.h"

#include "abi/errno.h"
#include "abi/rseq.h"
#include "kernel/cpu.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"

static int write_cpu(uintptr_t area, uint32_t start, uint32_t id)
{
    struct abi_rseq user *r = (struct abi_rseq user *)area;
    uint32_t ids[2] = {start, id};

    return copy_to_user(&r->cpu_id_start, ids, sizeof(ids));
}

static bool len_valid(uintptr_t area, uint32_t len)
{
    return len == ABI_RSEQ_ORIG_SIZE && IS_ALIGNED(area, ABI_RSEQ_ALIGN);
}

int rseq_register(uintptr_t area, uint32_t len, uint32_t signature)
{
    struct thread *t = thread_current();
    struct abi_rseq r = {.cpu_id_start = cpu_this()->id,
                         .cpu_id = cpu_this()->id};

    if (t->rseq) {
        if (t->rseq != area || len != ABI_RSEQ_ORIG_SIZE)
            return -EINVAL;
        return t->rseq_signature == signature ? -EBUSY : -EPERM;
    }
    if (!len_valid(area, len))
        return -EINVAL;
    if (copy_to_user((void user *)area, &r, ABI_RSEQ_FEATURE_SIZE) < 0)
        return -EFAULT;
    t->rseq = area;
    t->rseq_signature = signature;
    return 0;
}

int rseq_unregister(uintptr_t area, uint32_t len, uint32_t signature)
{
    struct thread *t = thread_current();

    if (!t->rseq || t->rseq != area || !len_valid(area, len))
        return -EINVAL;
    if (t->rseq_signature != signature)
        return -EPERM;
    if (write_cpu(area, 0, (uint32_t)RSEQ_CPU_ID_UNINITIALIZED) < 0)
        return -EFAULT;
    t->rseq = 0;
    return 0;
}

/* The word before the abort handler proves that the program meant it. */
static int check_section(const struct thread *t, const struct abi_rseq_cs *cs)
{
    uint32_t signature;

    if (cs->version != 0 || cs->abort_ip >= VM_USER_END ||
        cs->abort_ip - cs->start_ip < cs->post_commit_offset)
        return -EINVAL;
    if (get_user(&signature, (uint32_t user *)(cs->abort_ip - 4)) < 0)
        return -EFAULT;
    return signature == t->rseq_signature ? 0 : -EINVAL;
}

int rseq_interrupted(struct regs *r)
{
    struct thread *t = thread_current();
    struct abi_rseq user *area = (struct abi_rseq user *)t->rseq;
    struct abi_rseq_cs cs;
    uint64_t cs_addr, none = 0;
    int err;

    if (!t->rseq)
        return 0;
    if (get_user(&cs_addr, &area->rseq_cs) < 0)
        return -EFAULT;
    if (cs_addr == 0)
        return 0;
    if (get_user(&cs, (struct abi_rseq_cs user *)cs_addr) < 0)
        return -EFAULT;
    err = check_section(t, &cs);
    if (err < 0)
        return err;
    if (put_user(none, &area->rseq_cs) < 0)
        return -EFAULT;
    if (r->rip - cs.start_ip < cs.post_commit_offset) {
        r->rip = cs.abort_ip;
        thread_work_set(t, WORK_IRET);
    }
    return 0;
}
