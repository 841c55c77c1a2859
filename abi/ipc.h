// SPDX-License-Identifier: MIT
/*
 * ipc: System V shared memory, semaphores and message queues: sysvipc(7),
 * shmget(2), shmat(2), shmctl(2), semop(2), semctl(2), msgop(2), msgctl(2).
 * Layouts are those of x86-64.
 */
#pragma once

#include <stdint.h>

#define IPC_PRIVATE 0
#define IPC_CREAT   01000
#define IPC_EXCL    02000
#define IPC_NOWAIT  04000

#define IPC_RMID 0
#define IPC_SET  1
#define IPC_STAT 2
#define IPC_INFO 3

#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

/* shmget */
#define SHM_HUGETLB   04000
#define SHM_NORESERVE 010000

/* shmat */
#define SHM_RDONLY 010000
#define SHM_RND    020000
#define SHM_REMAP  040000
#define SHM_EXEC   0100000

/* in the mode that IPC_STAT tells */
#define SHM_DEST   01000
#define SHM_LOCKED 02000

#define SHMMNI 4096
#define SHMMAX (UINT64_MAX - (1ul << 24))

struct abi_ipc_perm {
    int32_t key;
    uint32_t uid, gid, cuid, cgid;
    uint32_t mode;
    uint16_t seq;
    uint16_t pad[3];
    uint64_t unused[2];
};
_Static_assert(sizeof(struct abi_ipc_perm) == 48, "struct ipc64_perm");

struct abi_shmid_ds {
    struct abi_ipc_perm perm;
    uint64_t segsz;
    int64_t atime, dtime, ctime; /* seconds since 1970 */
    int32_t cpid, lpid;
    uint64_t nattch;
    uint64_t unused[2];
};
_Static_assert(sizeof(struct abi_shmid_ds) == 112, "struct shmid64_ds");

/* IPC_INFO */
struct abi_shminfo {
    uint64_t shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};

/* SHM_INFO */
struct abi_shm_info {
    int32_t used_ids, pad;
    uint64_t tot, rss, swp, swap_attempts, swap_successes; /* pages */
};

/* --- semaphores ----------------------------------------------------------- */

#define SEM_UNDO 0x1000

#define GETPID       11
#define GETVAL       12
#define GETALL       13
#define GETNCNT      14
#define GETZCNT      15
#define SETVAL       16
#define SETALL       17
#define SEM_STAT     18
#define SEM_INFO     19
#define SEM_STAT_ANY 20

#define SEMMNI 32000 /* sets */
#define SEMMSL 32000 /* semaphores of a set */
#define SEMOPM 500   /* operations of a call */
#define SEMVMX 32767 /* value */
#define SEMUSZ 20

struct abi_sembuf {
    uint16_t sem_num;
    int16_t sem_op, sem_flg;
};
_Static_assert(sizeof(struct abi_sembuf) == 6, "struct sembuf");

struct abi_semid_ds {
    struct abi_ipc_perm perm;
    int64_t otime; /* seconds since 1970 */
    uint64_t unused1;
    int64_t ctime;
    uint64_t unused2;
    uint64_t nsems;
    uint64_t unused3[2];
};
_Static_assert(sizeof(struct abi_semid_ds) == 104, "struct semid64_ds");

/* IPC_INFO, SEM_INFO */
struct abi_seminfo {
    int32_t semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz;
    int32_t semvmx, semaem;
};

/* --- messages ------------------------------------------------------------- */

#define MSG_NOERROR 010000
#define MSG_EXCEPT  020000
#define MSG_COPY    040000

#define MSG_STAT     11
#define MSG_INFO     12
#define MSG_STAT_ANY 13

#define MSGMNI 32000 /* queues */
#define MSGMAX 8192  /* bytes of a message */
#define MSGMNB 16384 /* bytes of a queue */

struct abi_msqid_ds {
    struct abi_ipc_perm perm;
    int64_t stime, rtime, ctime; /* seconds since 1970 */
    uint64_t cbytes, qnum, qbytes;
    int32_t lspid, lrpid;
    uint64_t unused[2];
};
_Static_assert(sizeof(struct abi_msqid_ds) == 120, "struct msqid64_ds");

/* IPC_INFO, MSG_INFO */
struct abi_msginfo {
    int32_t msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
    uint16_t msgseg;
};
