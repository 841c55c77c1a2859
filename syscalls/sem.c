// SPDX-License-Identifier: MIT
/* sem: System V semaphores; vfs/sem.h does the work. */
#include "vfs/sem.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"

#define OPERATIONS_FEW 8

/* semget(2) */
SYSCALL_DEFINE3(semget, int, key, int, nsems, int, semflg)
{
    return sem_get(key, nsems, (unsigned)semflg);
}

static long operate(int id, const struct abi_sembuf user *sops, unsigned n,
                    uint64_t deadline)
{
    struct abi_sembuf few[OPERATIONS_FEW], *ops = few;
    long err;

    if (id < 0 || n < 1)
        return -EINVAL;
    if (n > SEMOPM)
        return -E2BIG;
    if (n > OPERATIONS_FEW)
        ops = kmalloc(n * sizeof(*ops));
    if (!ops)
        return -ENOMEM;
    err = copy_from_user(ops, sops, n * sizeof(*ops))
              ? -EFAULT
              : sem_operate(id, ops, n, deadline);
    if (ops != few)
        kfree(ops);
    return err;
}

/* semop(2) */
SYSCALL_DEFINE3(semop, int, semid, const struct abi_sembuf user *, sops,
                unsigned, nsops)
{
    return operate(semid, sops, nsops, WAIT_FOREVER);
}

/* semtimedop(2) */
SYSCALL_DEFINE4(semtimedop, int, semid, const struct abi_sembuf user *, sops,
                unsigned, nsops, const struct abi_timespec user *, timeout)
{
    uint64_t deadline;
    int err = deadline_of_timeout(timeout, &deadline);

    return err ? err : operate(semid, sops, nsops, deadline);
}

/* --- semctl --------------------------------------------------------------- */

static long stat_to_user(int id, int op, void user *buf)
{
    struct abi_semid_ds ds;
    int result = sem_stat(id, op, &ds);

    if (result >= 0 && copy_to_user(buf, &ds, sizeof(ds)))
        return -EFAULT;
    return result;
}

static long set_from_user(int id, const void user *buf)
{
    struct abi_semid_ds ds;

    return copy_from_user(&ds, buf, sizeof(ds)) ? -EFAULT
                                                : sem_set_owner(id, &ds);
}

/* Both answer the highest index in use. */
static long info_to_user(int op, void user *buf)
{
    struct abi_seminfo info = {
        .semmap = SEMMNI * SEMMSL,
        .semmni = SEMMNI,
        .semmns = SEMMNI * SEMMSL,
        .semmnu = SEMMNI * SEMMSL,
        .semmsl = SEMMSL,
        .semopm = SEMOPM,
        .semume = SEMOPM,
        .semusz = SEMUSZ,
        .semvmx = SEMVMX,
        .semaem = SEMVMX,
    };
    int sets, sems, highest = sem_info(&sets, &sems);

    if (op == SEM_INFO) {
        info.semusz = sets;
        info.semaem = sems;
    }
    return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static long get_all(int id, uint16_t user *to, uint16_t *values, unsigned n)
{
    int err = sem_get_all(id, values, &n);

    return !err && copy_to_user(to, values, n * sizeof(*values)) ? -EFAULT
                                                                 : err;
}

static long set_all(int id, const uint16_t user *from, uint16_t *values,
                    unsigned n)
{
    return copy_from_user(values, from, n * sizeof(*values))
               ? -EFAULT
               : sem_set_all(id, values, &n);
}

/* GETALL and SETALL, of as many as the set has. */
static long all_values(int id, int op, void user *buf)
{
    uint16_t *values;
    unsigned n = 0;
    long err = sem_get_all(id, NULL, &n); /* how many there are */

    if (err == -EACCES && op == SETALL)
        n = SEMMSL;
    else if (err != -ERANGE)
        return err;
    values = kmalloc(n * sizeof(*values));
    if (!values)
        return -ENOMEM;
    err = op == GETALL ? get_all(id, buf, values, n)
                       : set_all(id, buf, values, n);
    kfree(values);
    return err;
}

/* semctl(2) */
SYSCALL_DEFINE4(semctl, int, semid, int, semnum, int, op, uintptr_t, arg)
{
    if (semid < 0)
        return -EINVAL;
    switch (op) {
    case IPC_RMID:
        return sem_remove(semid);
    case IPC_SET:
        return set_from_user(semid, (const void user *)arg);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
        return stat_to_user(semid, op, (void user *)arg);
    case IPC_INFO:
    case SEM_INFO:
        return info_to_user(op, (void user *)arg);
    case GETALL:
    case SETALL:
        return all_values(semid, op, (void user *)arg);
    case SETVAL:
        return sem_set_value(semid, semnum, (int)arg);
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
        return sem_tell(semid, semnum, op);
    default:
        return -EINVAL;
    }
}
