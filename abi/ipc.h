// SPDX-License-Identifier: MIT
/*
 * ipc: System V shared memory: sysvipc(7), shmget(2), shmat(2), shmctl(2).
 * Layouts are those of x86-64.
 */
#pragma once

#include <stdint.h>

#define IPC_PRIVATE 0
#define IPC_CREAT   01000
#define IPC_EXCL    02000

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
