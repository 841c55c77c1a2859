// SPDX-License-Identifier: MIT
/* shm: System V shared memory; vfs/shm.h does the work. */
#include "vfs/shm.h"

#include "abi/errno.h"
#include "kernel/doctor.h"
#include "kernel/uaccess.h"
#include "syscalls/define.h"

/* shmget(2) */
SYSCALL_DEFINE3(shmget, int, key, size_t, size, int, shmflg)
{
    int result = shm_get(key, size, (unsigned)shmflg);

    if (result == -ENOMEM && (shmflg & SHM_HUGETLB))
        doctor_refused("shmget", "flags=0x%x (SHM_HUGETLB)", shmflg);
    return result;
}
SYSCALL_PARTIAL(shmget, "SHM_HUGETLB answers ENOMEM: there is no pool");

/* shmat(2) */
SYSCALL_DEFINE3(shmat, int, shmid, const void user *, shmaddr, int, shmflg)
{
    return shm_attach(shmid, (uintptr_t)shmaddr, (unsigned)shmflg);
}

/* shmdt(2) */
SYSCALL_DEFINE1(shmdt, const void user *, shmaddr)
{
    return shm_detach((uintptr_t)shmaddr);
}

static long stat_to_user(int id, int op, void user *buf)
{
    struct abi_shmid_ds ds;
    int result = shm_stat(id, op, &ds);

    if (result >= 0 && copy_to_user(buf, &ds, sizeof(ds)))
        return -EFAULT;
    return result;
}

static long set_from_user(int id, const void user *buf)
{
    struct abi_shmid_ds ds;

    if (copy_from_user(&ds, buf, sizeof(ds)))
        return -EFAULT;
    return shm_set(id, &ds);
}

/* Both answer the highest index in use. */
static long info_to_user(int op, void user *buf)
{
    const struct abi_shminfo limits = {
        .shmmax = SHMMAX,
        .shmmin = 1,
        .shmmni = SHMMNI,
        .shmseg = SHMMNI,
        .shmall = SHMMAX,
    };
    struct abi_shm_info used;
    int highest = shm_info(&used), err;

    if (op == IPC_INFO)
        err = copy_to_user(buf, &limits, sizeof(limits));
    else
        err = copy_to_user(buf, &used, sizeof(used));
    return err ? -EFAULT : highest;
}

/* shmctl(2) */
SYSCALL_DEFINE3(shmctl, int, shmid, int, op, void user *, buf)
{
    if (shmid < 0 || op < 0)
        return -EINVAL;
    switch (op) {
    case IPC_RMID:
        return shm_remove(shmid);
    case IPC_SET:
        return set_from_user(shmid, buf);
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY:
        return stat_to_user(shmid, op, buf);
    case IPC_INFO:
    case SHM_INFO:
        return info_to_user(op, buf);
    case SHM_LOCK:
    case SHM_UNLOCK:
        return shm_lock(shmid, op == SHM_LOCK);
    default:
        return -EINVAL;
    }
}
