// SPDX-License-Identifier: MIT
/*
 * shm: System V shared memory (sysvipc(7)): segments that have a number, may
 * have a key, and stay until they are removed and nobody has them attached.
 *
 * Every area that maps a segment counts as an attachment, as on Linux: fork,
 * execve and the end of a process count by themselves.
 *
 * All functions may sleep, and return negative errno as the calls do.
 */
#pragma once

#include "abi/ipc.h"
#include "lib/base.h"

/* shmget(2): the number of a new segment or of the one with this key. */
int shm_get(int32_t key, uint64_t size, unsigned flags);
/* shmat(2): the address. */
long shm_attach(int id, uintptr_t addr, unsigned flags);
/* shmdt(2) */
int shm_detach(uintptr_t addr);

/* shmctl(2). IPC_STAT; SHM_STAT and SHM_STAT_ANY, for which id is an index
 * and whose answer is the number. */
int shm_stat(int id, int op, struct abi_shmid_ds *ds);
/* IPC_SET: owner, group and permissions of ds. */
int shm_set(int id, const struct abi_shmid_ds *ds);
/* IPC_RMID */
int shm_remove(int id);
/* SHM_LOCK, SHM_UNLOCK: nothing is ever swapped out; only noted. */
int shm_lock(int id, bool lock);
/* SHM_INFO: the highest index in use. */
int shm_info(struct abi_shm_info *info);
