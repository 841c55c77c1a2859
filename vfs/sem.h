// SPDX-License-Identifier: MIT
/*
 * sem: System V semaphores (sysvipc(7), semop(2)): sets of counters on which
 * several operations happen at once or not at all.
 *
 * All functions may sleep, and return negative errno as the calls do.
 */
#pragma once

#include "abi/ipc.h"
#include "lib/base.h"

struct process;

int sem_get(int32_t key, int n, unsigned flags);
/* semtimedop(2); the monotonic deadline. */
int sem_operate(int id, struct abi_sembuf *ops, unsigned n,
                uint64_t deadline_ns);

/* semctl(2). IPC_STAT; SEM_STAT and SEM_STAT_ANY, whose id is an index. */
int sem_stat(int id, int op, struct abi_semid_ds *ds);
int sem_set_owner(int id, const struct abi_semid_ds *ds);
int sem_remove(int id);
/* GETVAL, GETPID, GETNCNT, GETZCNT */
int sem_tell(int id, int num, int op);
int sem_set_value(int id, int num, int value);
/* GETALL, SETALL: *n is how many fit in values, and becomes how many the set
 * has; -ERANGE if those do not fit. */
int sem_get_all(int id, uint16_t *values, unsigned *n);
int sem_set_all(int id, const uint16_t *values, unsigned *n);
/* SEM_INFO: the highest index; sets and semaphores in use. */
int sem_info(int *sets, int *sems);

/* p has ended: what it asked to be undone is (SEM_UNDO). */
void sem_process_ended(struct process *p);
