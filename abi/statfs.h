// SPDX-License-Identifier: MIT
/* statfs: what a file system tells of itself; statfs(2). */
#pragma once

#include <stdint.h>

#define RAMFS_MAGIC        0x858458f6
#define TMPFS_MAGIC        0x01021994
#define PROC_SUPER_MAGIC   0x9fa0
#define SYSFS_MAGIC        0x62656572
#define V9FS_MAGIC         0x01021997
#define PIPEFS_MAGIC       0x50495045
#define SOCKFS_MAGIC       0x534F434B
#define DEVPTS_SUPER_MAGIC 0x1cd1

#define ST_RDONLY      0x0001
#define ST_NOSUID      0x0002
#define ST_NODEV       0x0004
#define ST_NOEXEC      0x0008
#define ST_SYNCHRONOUS 0x0010
#define ABI_ST_VALID   0x0020 /* Linux's ST_VALID: f_flags is filled in */
#define ST_NOATIME     0x0400
#define ST_NODIRATIME  0x0800
#define ST_RELATIME    0x1000

struct abi_statfs {
    int64_t f_type, f_bsize;
    uint64_t f_blocks, f_bfree, f_bavail;
    uint64_t f_files, f_ffree;
    struct {
        int32_t val[2];
    } f_fsid;
    int64_t f_namelen, f_frsize, f_flags;
    int64_t f_spare[4];
};

_Static_assert(sizeof(struct abi_statfs) == 120, "Linux ABI");
