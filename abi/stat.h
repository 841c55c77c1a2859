// SPDX-License-Identifier: MIT
/*
 * stat: file types, permissions and attributes; stat(2), statx(2), inode(7).
 */
#pragma once

#include <stdint.h>

#include "abi/time.h"

#define S_IFMT   00170000
#define S_IFSOCK 0140000
#define S_IFLNK  0120000
#define S_IFREG  0100000
#define S_IFBLK  0060000
#define S_IFDIR  0040000
#define S_IFCHR  0020000
#define S_IFIFO  0010000
#define S_ISUID  0004000
#define S_ISGID  0002000
#define S_ISVTX  0001000

#define S_ISLNK(m)  (((m)&S_IFMT) == S_IFLNK)
#define S_ISREG(m)  (((m)&S_IFMT) == S_IFREG)
#define S_ISDIR(m)  (((m)&S_IFMT) == S_IFDIR)
#define S_ISCHR(m)  (((m)&S_IFMT) == S_IFCHR)
#define S_ISBLK(m)  (((m)&S_IFMT) == S_IFBLK)
#define S_ISFIFO(m) (((m)&S_IFMT) == S_IFIFO)
#define S_ISSOCK(m) (((m)&S_IFMT) == S_IFSOCK)

#define S_IRWXU 00700
#define S_IRUSR 00400
#define S_IWUSR 00200
#define S_IXUSR 00100
#define S_IRWXG 00070
#define S_IRGRP 00040
#define S_IWGRP 00020
#define S_IXGRP 00010
#define S_IRWXO 00007
#define S_IROTH 00004
#define S_IWOTH 00002
#define S_IXOTH 00001

/* tv_nsec values of utimensat(2). */
#define UTIME_NOW  ((1l << 30) - 1l)
#define UTIME_OMIT ((1l << 30) - 2l)

struct abi_stat {
    uint64_t st_dev;
    uint64_t st_ino;
    uint64_t st_nlink;
    uint32_t st_mode;
    uint32_t st_uid;
    uint32_t st_gid;
    uint32_t abi_pad0;
    uint64_t st_rdev;
    int64_t st_size;
    int64_t st_blksize;
    int64_t st_blocks; /* of 512 bytes */
    struct abi_timespec st_atim, st_mtim, st_ctim;
    int64_t abi_unused[3];
};

#define STATX_TYPE            0x00000001U
#define STATX_MODE            0x00000002U
#define STATX_NLINK           0x00000004U
#define STATX_UID             0x00000008U
#define STATX_GID             0x00000010U
#define STATX_ATIME           0x00000020U
#define STATX_MTIME           0x00000040U
#define STATX_CTIME           0x00000080U
#define STATX_INO             0x00000100U
#define STATX_SIZE            0x00000200U
#define STATX_BLOCKS          0x00000400U
#define STATX_BASIC_STATS     0x000007ffU
#define STATX_BTIME           0x00000800U
#define STATX_MNT_ID          0x00001000U
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#define STATX__RESERVED       0x80000000U

struct abi_statx_timestamp {
    int64_t tv_sec;
    uint32_t tv_nsec;
    int32_t abi_reserved;
};

struct abi_statx {
    uint32_t stx_mask;
    uint32_t stx_blksize;
    uint64_t stx_attributes;
    uint32_t stx_nlink;
    uint32_t stx_uid;
    uint32_t stx_gid;
    uint16_t stx_mode;
    uint16_t abi_spare0;
    uint64_t stx_ino;
    uint64_t stx_size;
    uint64_t stx_blocks; /* of 512 bytes */
    uint64_t stx_attributes_mask;
    struct abi_statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
    uint32_t stx_rdev_major, stx_rdev_minor;
    uint32_t stx_dev_major, stx_dev_minor;
    uint64_t stx_mnt_id;
    uint64_t abi_spare1[13];
};

_Static_assert(sizeof(struct abi_stat) == 144, "Linux ABI");
_Static_assert(sizeof(struct abi_statx_timestamp) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_statx) == 256, "Linux ABI");

/* Device numbers as st_rdev and mknod(2) hold them; makedev(3). */
static inline uint64_t abi_makedev(uint32_t major, uint32_t minor)
{
    return (uint64_t)(major & 0xfffff000u) << 32 |
           (uint64_t)(major & 0xfffu) << 8 |
           (uint64_t)(minor & 0xffffff00u) << 12 | (minor & 0xffu);
}

static inline uint32_t abi_major(uint64_t dev)
{
    return (uint32_t)(dev >> 32 & 0xfffff000u) | (uint32_t)(dev >> 8 & 0xfffu);
}

static inline uint32_t abi_minor(uint64_t dev)
{
    return (uint32_t)(dev >> 12 & 0xffffff00u) | (uint32_t)(dev & 0xffu);
}
