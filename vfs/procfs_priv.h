// SPDX-License-Identifier: MIT
/* procfs_priv: what the files of procfs share. */
#pragma once

#include "kernel/process.h"
#include "kernel/thread.h"
#include "vfs/pseudo.h"

/* Tables of one file each. */
extern const struct pseudo_dir procfs_process_dir; /* procfs_process.c */
extern const struct pseudo_dir procfs_fd_dir;      /* procfs_fd.c */
extern const struct pseudo_dir procfs_fdinfo_dir;
extern const struct pseudo_dir procfs_sys_dir; /* procfs_sysctl.c */

/* The process of a key, locked. */
struct procfs_locked {
    struct process *process;
    struct thread *thread; /* the key's; NULL: none is left, a zombie */
    unsigned long irq;
};

/* Finds and locks it (process->lock): for a few words, and nothing that
 * sleeps. false: the process or thread has gone. */
bool procfs_lock(const struct pseudo_key *k, struct procfs_locked *l);
void procfs_unlock(struct procfs_locked *l);
bool procfs_is_there(const struct pseudo_key *k);

/* Parts of them, a reference each; NULL when gone or given up already. */
struct vm_space *procfs_space(const struct pseudo_key *k);
struct fd_table *procfs_files(const struct pseudo_key *k);
struct fs_context *procfs_fs(const struct pseudo_key *k);
struct dentry *procfs_exe(const struct pseudo_key *k);

/* The least id from *n on: of processes, of threads of k's process. */
bool procfs_next_process(const struct pseudo_key *k, unsigned *n);
bool procfs_next_thread(const struct pseudo_key *k, unsigned *n);

/* Texts of one file each; procfs_maps.c */
int procfs_show_maps(struct text *t, const struct pseudo_key *k);
int procfs_show_smaps(struct text *t, const struct pseudo_key *k);
int procfs_show_smaps_rollup(struct text *t, const struct pseudo_key *k);
extern const struct file_ops procfs_mem_ops;

/* procfs_status.c */
int procfs_show_stat(struct text *t, const struct pseudo_key *k);
int procfs_show_statm(struct text *t, const struct pseudo_key *k);
int procfs_show_status(struct text *t, const struct pseudo_key *k);

/* What areas of a space come to, in pages. */
struct procfs_memory {
    size_t size, resident, file, shared; /* file: resident, of files */
    size_t data, stack, text, lib, locked;
};
void procfs_count_memory(struct vm_space *s, struct vm_object *exe,
                         struct procfs_memory *m);

/* procfs_mounts.c */
int procfs_show_mounts(struct text *t, const struct pseudo_key *k);
int procfs_show_mountinfo(struct text *t, const struct pseudo_key *k);

/* USER_HZ, in which proc(5) counts CPU time: 100 a second. */
#define PROCFS_TICK_NS (NSEC_PER_SEC / 100)
