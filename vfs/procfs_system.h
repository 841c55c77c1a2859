// SPDX-License-Identifier: MIT
/* procfs_system: the files of /proc that are about the machine. */
#pragma once

#include "vfs/pseudo.h"

int procfs_show_cmdline(struct text *t, const struct pseudo_key *k);
int procfs_show_cpuinfo(struct text *t, const struct pseudo_key *k);
int procfs_show_devices(struct text *t, const struct pseudo_key *k);
int procfs_show_filesystems(struct text *t, const struct pseudo_key *k);
int procfs_show_interrupts(struct text *t, const struct pseudo_key *k);
int procfs_show_loadavg(struct text *t, const struct pseudo_key *k);
int procfs_show_meminfo(struct text *t, const struct pseudo_key *k);
int procfs_show_nothing(struct text *t, const struct pseudo_key *k);
int procfs_show_partitions(struct text *t, const struct pseudo_key *k);
int procfs_show_locks(struct text *t, const struct pseudo_key *k);
int procfs_show_swaps(struct text *t, const struct pseudo_key *k);
int procfs_show_system_stat(struct text *t, const struct pseudo_key *k);
int procfs_show_uptime(struct text *t, const struct pseudo_key *k);
int procfs_show_version(struct text *t, const struct pseudo_key *k);
int procfs_show_vmstat(struct text *t, const struct pseudo_key *k);
