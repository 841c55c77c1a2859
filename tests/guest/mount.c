// SPDX-License-Identifier: MIT
/*
 * mount: mount(2) and umount2(2): kinds, flags, errors, and what
 * /proc/self/mountinfo tells. On Linux in a name space of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"
#include "in_dir.h"

#define TMPFS 0x01021994
#define PROC  0x9fa0
#define SYSFS 0x62656572

static void touch(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0644);

    CHECK(fd >= 0);
    close(fd);
}

static const char *make_dir(const char *name)
{
    const char *path = in(name);

    CHECK_EQ(mkdir(path, 0755), 0);
    return path;
}

static const char *mount_tmpfs(const char *name, unsigned long flags,
                               const char *options)
{
    const char *path = make_dir(name);

    CHECK_EQ(mount("some word", path, "tmpfs", flags, options), 0);
    return path;
}

/* The line of /proc/self/mountinfo with this mount point, or "". */
static const char *mountinfo(const char *point)
{
    static char line[1024];
    FILE *f = fopen("/proc/self/mountinfo", "r");
    bool found = false;
    char at[256];

    CHECK(f != NULL);
    while (!found && fgets(line, sizeof(line), f))
        found = sscanf(line, "%*d %*d %*s %*s %255s", at) == 1 &&
                !strcmp(at, point);
    fclose(f);
    return found ? line : "";
}

static void a_tmpfs_hides_what_was_there(void)
{
    const char *point = make_dir("hides");
    struct statfs fs;
    struct stat st, above;

    touch(in("hides/below"));
    CHECK_EQ(mount("none", point, "tmpfs", 0, NULL), 0);
    CHECK_ERRNO(access(in("hides/below"), F_OK), ENOENT);
    CHECK_EQ(statfs(point, &fs), 0);
    CHECK_EQ(fs.f_type, TMPFS);
    CHECK_EQ(stat(point, &st), 0);
    CHECK_EQ(st.st_mode, S_IFDIR | S_ISVTX | 0777);
    CHECK_EQ(stat(dir, &above), 0);
    CHECK(st.st_dev != above.st_dev);
    touch(in("hides/above"));
    CHECK_EQ(umount(point), 0);
    CHECK_EQ(access(in("hides/below"), F_OK), 0);
    CHECK_ERRNO(access(in("hides/above"), F_OK), ENOENT);
}

static void proc_and_sysfs_mount_anywhere(void)
{
    struct statfs fs;

    make_dir("proc");
    CHECK_EQ(mount("proc", in("proc"), "proc", 0, NULL), 0);
    CHECK_EQ(access(in("proc/self/stat"), F_OK), 0);
    CHECK_EQ(statfs(in("proc"), &fs), 0);
    CHECK_EQ(fs.f_type, PROC);
    CHECK_EQ(umount(in("proc")), 0);
    make_dir("sys");
    CHECK_EQ(mount("sysfs", in("sys"), "sysfs", 0, NULL), 0);
    CHECK_EQ(access(in("sys/devices/system/cpu/online"), F_OK), 0);
    CHECK_EQ(statfs(in("sys"), &fs), 0);
    CHECK_EQ(fs.f_type, SYSFS);
    CHECK_EQ(umount(in("sys")), 0);
}

static void mounts_stack(void)
{
    mount_tmpfs("stack", 0, NULL);
    touch(in("stack/first"));
    CHECK_EQ(mount("none", in("stack"), "tmpfs", 0, NULL), 0);
    CHECK_ERRNO(access(in("stack/first"), F_OK), ENOENT);
    CHECK_EQ(umount(in("stack")), 0);
    CHECK_EQ(access(in("stack/first"), F_OK), 0);
    CHECK_EQ(umount(in("stack")), 0);
    CHECK_ERRNO(umount(in("stack")), EINVAL);
}

static void errors_of_mount(void)
{
    make_dir("errors");
    touch(in("file"));
    CHECK_ERRNO(mount("none", in("absent"), "tmpfs", 0, NULL), ENOENT);
    CHECK_ERRNO(mount("none", in("errors"), "nosuchfs", 0, NULL), ENODEV);
    CHECK_ERRNO(mount("none", in("errors"), NULL, 0, NULL), EINVAL);
    CHECK_ERRNO(mount("none", in("file"), "tmpfs", 0, NULL), ENOTDIR);
    CHECK_ERRNO(mount("none", in("file/x"), "tmpfs", 0, NULL), ENOTDIR);
    CHECK_ERRNO(mount("none", check_pointer(1), "tmpfs", 0, NULL), EFAULT);
    CHECK_ERRNO(mount("none", in("errors"), check_pointer(1), 0, NULL), EFAULT);
    CHECK_ERRNO(mount(NULL, in("errors"), NULL, MS_REMOUNT, NULL), EINVAL);
    CHECK_ERRNO(umount(in("errors")), EINVAL);
    CHECK_ERRNO(umount(in("absent")), ENOENT);
    CHECK_ERRNO(umount2(in("errors"), 1 << 20), EINVAL);
}

static void only_root_mounts(void)
{
    mount_tmpfs("priv", 0, NULL);
    CHECK_EQ(seteuid(1000), 0);
    int a = mount("none", in("priv"), "tmpfs", 0, NULL), e = errno;
    int b = umount(in("priv")), f = errno;
    CHECK_EQ(seteuid(0), 0);
    CHECK(a == -1 && e == EPERM);
    CHECK(b == -1 && f == EPERM);
    CHECK_EQ(umount(in("priv")), 0);
}

static void a_mount_in_use_stays(void)
{
    int fd;

    mount_tmpfs("busy", 0, NULL);
    fd = open(in("busy/file"), O_CREAT | O_RDWR, 0644);
    CHECK(fd >= 0);
    CHECK_ERRNO(umount(in("busy")), EBUSY);
    CHECK_ERRNO(rmdir(in("busy")), EBUSY);
    CHECK_ERRNO(rename(in("busy"), in("other")), EBUSY);
    close(fd);
    CHECK_EQ(chdir(in("busy")), 0);
    CHECK_ERRNO(umount(in("busy")), EBUSY);
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(umount(in("busy")), 0);
    CHECK_EQ(rmdir(in("busy")), 0);
}

static void a_mount_below_keeps_it(void)
{
    mount_tmpfs("outer", 0, NULL);
    CHECK_EQ(mkdir(in("outer/inner"), 0755), 0);
    CHECK_EQ(mount("none", in("outer/inner"), "tmpfs", 0, NULL), 0);
    CHECK_ERRNO(umount(in("outer")), EBUSY);
    CHECK_EQ(umount(in("outer/inner")), 0);
    CHECK_EQ(umount(in("outer")), 0);
}

static void detaching_keeps_open_files(void)
{
    char text[8] = "";
    int fd;

    mount_tmpfs("lazy", 0, NULL);
    fd = open(in("lazy/file"), O_CREAT | O_RDWR, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "still", 5), 5);
    CHECK_EQ(umount2(in("lazy"), MNT_DETACH), 0);
    CHECK_ERRNO(access(in("lazy/file"), F_OK), ENOENT);
    CHECK_EQ(pread(fd, text, 5, 0), 5);
    CHECK(!strcmp(text, "still"));
    close(fd);
}

static void read_only_means_it(void)
{
    int fd;

    mount_tmpfs("ro", 0, NULL);
    touch(in("ro/file"));
    CHECK_EQ(mkdir(in("ro/dir"), 0755), 0);
    CHECK_EQ(mknod(in("ro/null"), S_IFCHR | 0666, 0x103), 0);
    CHECK_EQ(mkfifo(in("ro/fifo"), 0666), 0);
    CHECK_EQ(mount(NULL, in("ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    CHECK_ERRNO(open(in("ro/file"), O_WRONLY), EROFS);
    CHECK_ERRNO(open(in("ro/file"), O_RDONLY | O_TRUNC), EROFS);
    CHECK_ERRNO(open(in("ro/new"), O_CREAT | O_WRONLY, 0644), EROFS);
    CHECK_ERRNO(mkdir(in("ro/new"), 0755), EROFS);
    CHECK_ERRNO(mkdir(in("ro/dir"), 0755), EEXIST);
    CHECK_ERRNO(symlink("x", in("ro/new")), EROFS);
    CHECK_ERRNO(link(in("ro/file"), in("ro/new")), EROFS);
    CHECK_ERRNO(unlink(in("ro/file")), EROFS);
    CHECK_ERRNO(rmdir(in("ro/dir")), EROFS);
    CHECK_ERRNO(rename(in("ro/file"), in("ro/new")), EROFS);
    CHECK_ERRNO(chmod(in("ro/file"), 0600), EROFS);
    CHECK_ERRNO(chown(in("ro/file"), 1, 1), EROFS);
    CHECK_ERRNO(truncate(in("ro/file"), 1), EROFS);
    CHECK_ERRNO(utimensat(AT_FDCWD, in("ro/file"), NULL, 0), EROFS);
    CHECK_ERRNO(setxattr(in("ro/file"), "trusted.a", "b", 1, 0), EROFS);
    CHECK_ERRNO(access(in("ro/file"), W_OK), EROFS);
    CHECK_EQ(access(in("ro/null"), W_OK), 0);
    fd = open(in("ro/file"), O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
    fd = open(in("ro/fifo"), O_RDWR);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(mount(NULL, in("ro"), NULL, MS_REMOUNT, NULL), 0);
    CHECK_EQ(unlink(in("ro/file")), 0);
    CHECK_EQ(umount(in("ro")), 0);
}

static void remounting_read_only_waits_for_writers(void)
{
    int fd;

    mount_tmpfs("writer", 0, NULL);
    fd = open(in("writer/file"), O_CREAT | O_WRONLY, 0644);
    CHECK(fd >= 0);
    CHECK_ERRNO(mount(NULL, in("writer"), NULL, MS_REMOUNT | MS_RDONLY, NULL),
                EBUSY);
    close(fd);
    CHECK_EQ(mount(NULL, in("writer"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    CHECK_EQ(umount(in("writer")), 0);
}

static void flags_show_and_hold(void)
{
    struct statvfs vfs;

    mount_tmpfs("flags", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    CHECK_EQ(statvfs(in("flags"), &vfs), 0);
    CHECK_EQ(vfs.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY),
             ST_NOSUID | ST_NODEV | ST_NOEXEC);
    CHECK_EQ(mknod(in("flags/null"), S_IFCHR | 0666, 0x103), 0);
    CHECK_ERRNO(open(in("flags/null"), O_RDONLY), EACCES);
    touch(in("flags/program"));
    CHECK_EQ(chmod(in("flags/program"), 0755), 0);
    CHECK_ERRNO(execl(in("flags/program"), "program", NULL), EACCES);
    CHECK_ERRNO(access(in("flags/program"), X_OK), EACCES);
    CHECK(strstr(mountinfo(in("flags")), " rw,nosuid,nodev,noexec,relatime"));
    CHECK_EQ(umount(in("flags")), 0);
}

static void size_limits_what_it_holds(void)
{
    static char block[4096];
    struct statfs fs;
    int fd, n = 0;

    mount_tmpfs("size", 0, "size=64k");
    CHECK_EQ(statfs(in("size"), &fs), 0);
    CHECK_EQ(fs.f_blocks * fs.f_bsize, 65536);
    CHECK_EQ(fs.f_bfree * fs.f_bsize, 65536);
    fd = open(in("size/file"), O_CREAT | O_RDWR, 0644);
    CHECK(fd >= 0);
    while (write(fd, block, sizeof(block)) == sizeof(block))
        n++;
    CHECK_EQ(errno, ENOSPC);
    CHECK_EQ(n, 16);
    CHECK_EQ(statfs(in("size"), &fs), 0);
    CHECK_EQ(fs.f_bfree, 0);
    CHECK_EQ(fs.f_bavail, 0);
    CHECK_ERRNO(fallocate(fd, 0, 0, 1 << 20), ENOSPC);
    CHECK_EQ(pwrite(fd, "again", 5, 0), 5);
    CHECK_EQ(ftruncate(fd, 8192), 0);
    CHECK_EQ(statfs(in("size"), &fs), 0);
    CHECK_EQ(fs.f_bfree, 14);
    CHECK_EQ(pwrite(fd, block, 4096, 32768), 4096);
    close(fd);
    CHECK_EQ(unlink(in("size/file")), 0);
    CHECK_EQ(statfs(in("size"), &fs), 0);
    CHECK_EQ(fs.f_bfree, 16);
    CHECK_EQ(umount(in("size")), 0);
}

static void a_full_file_system_writes_what_fits(void)
{
    static char block[3 * 4096];
    int fd;

    mount_tmpfs("part", 0, "size=8k");
    fd = open(in("part/file"), O_CREAT | O_RDWR, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, block, sizeof(block)), 8192);
    CHECK_ERRNO(write(fd, block, 1), ENOSPC);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 8192);
    close(fd);
    CHECK_EQ(umount(in("part")), 0);
}

static void inodes_are_limited_too(void)
{
    struct statfs fs;

    mount_tmpfs("inodes", 0, "nr_inodes=3");
    CHECK_EQ(statfs(in("inodes"), &fs), 0);
    CHECK_EQ(fs.f_files, 3);
    CHECK_EQ(fs.f_ffree, 2);
    touch(in("inodes/a"));
    CHECK_EQ(mkdir(in("inodes/b"), 0755), 0);
    CHECK_ERRNO(open(in("inodes/c"), O_CREAT | O_WRONLY, 0644), ENOSPC);
    CHECK_ERRNO(mkdir(in("inodes/c"), 0755), ENOSPC);
    CHECK_ERRNO(symlink("a", in("inodes/c")), ENOSPC);
    CHECK_EQ(unlink(in("inodes/a")), 0);
    touch(in("inodes/c"));
    CHECK_EQ(umount(in("inodes")), 0);
}

static void options_set_mode_and_owner(void)
{
    struct stat st;

    mount_tmpfs("owner", 0, "mode=0711,uid=12,gid=34,size=1m");
    CHECK_EQ(stat(in("owner"), &st), 0);
    CHECK_EQ(st.st_mode, S_IFDIR | 0711);
    CHECK_EQ(st.st_uid, 12);
    CHECK_EQ(st.st_gid, 34);
    CHECK(strstr(mountinfo(in("owner")), "size=1024k,mode=711,uid=12,gid=34"));
    CHECK_EQ(umount(in("owner")), 0);
    make_dir("bad");
    CHECK_ERRNO(mount("none", in("bad"), "tmpfs", 0, "size=x"), EINVAL);
    CHECK_ERRNO(mount("none", in("bad"), "tmpfs", 0, "nonsense=1"), EINVAL);
    CHECK_ERRNO(mount("none", in("bad"), "tmpfs", 0, "mode=9"), EINVAL);
}

static void a_remount_changes_the_size(void)
{
    struct statfs fs;
    int fd;

    mount_tmpfs("resize", 0, "size=64k");
    CHECK_EQ(mount(NULL, in("resize"), NULL, MS_REMOUNT, "size=128k"), 0);
    CHECK_EQ(statfs(in("resize"), &fs), 0);
    CHECK_EQ(fs.f_blocks, 32);
    fd = open(in("resize/file"), O_CREAT | O_RDWR, 0644);
    CHECK(fd >= 0);
    CHECK_EQ(fallocate(fd, 0, 0, 65536), 0);
    close(fd);
    CHECK_ERRNO(mount(NULL, in("resize"), NULL, MS_REMOUNT, "size=32k"),
                EINVAL);
    CHECK_EQ(umount(in("resize")), 0);
}

static void files_do_not_cross(void)
{
    mount_tmpfs("cross", 0, NULL);
    touch(in("cross/a"));
    CHECK_ERRNO(link(in("cross/a"), in("a")), EXDEV);
    CHECK_ERRNO(rename(in("cross/a"), in("a")), EXDEV);
    CHECK_EQ(umount(in("cross")), 0);
}

static void mountinfo_tells_the_truth(void)
{
    unsigned id, above, major, minor;
    const char *line;
    struct statx stx;
    struct stat st;

    mount_tmpfs("info", 0, "size=4k");
    line = mountinfo(in("info"));
    CHECK_EQ(sscanf(line, "%u %u %u:%u / ", &id, &above, &major, &minor), 4);
    CHECK(strstr(line, " - tmpfs some\\040word rw,size=4k"));
    CHECK_EQ(stat(in("info"), &st), 0);
    CHECK_EQ(st.st_dev, major << 8 | minor);
    CHECK_EQ(statx(AT_FDCWD, in("info"), 0, STATX_BASIC_STATS | 0x1000, &stx),
             0);
    CHECK(stx.stx_mask & 0x1000);
    CHECK_EQ(((uint32_t *)&stx)[36], id); /* stx_mnt_id */
    CHECK(stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT);
    CHECK(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
    CHECK_EQ(statx(AT_FDCWD, dir, 0, STATX_BASIC_STATS, &stx), 0);
    CHECK_EQ(((uint32_t *)&stx)[36], above);
    CHECK_EQ(umount(in("info")), 0);
    CHECK(!*mountinfo(in("info")));
}

int main(void)
{
    if (geteuid() != 0) {
        dprintf(1, "only root may mount\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    if (unshare(CLONE_NEWNS) == 0)
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    snprintf(dir, sizeof(dir), "/tmp/mount-%d", getpid());
    if (mkdir(dir, 0755) < 0 || mount("none", dir, "tmpfs", 0, NULL) < 0) {
        dprintf(1, "no mounts here\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    RUN(a_tmpfs_hides_what_was_there);
    RUN(proc_and_sysfs_mount_anywhere);
    RUN(mounts_stack);
    RUN(errors_of_mount);
    RUN(only_root_mounts);
    RUN(a_mount_in_use_stays);
    RUN(a_mount_below_keeps_it);
    RUN(detaching_keeps_open_files);
    RUN(read_only_means_it);
    RUN(remounting_read_only_waits_for_writers);
    RUN(flags_show_and_hold);
    RUN(size_limits_what_it_holds);
    RUN(a_full_file_system_writes_what_fits);
    RUN(inodes_are_limited_too);
    RUN(options_set_mode_and_owner);
    RUN(a_remount_changes_the_size);
    RUN(files_do_not_cross);
    RUN(mountinfo_tells_the_truth);
    umount2(dir, MNT_DETACH);
    rmdir(dir);
    return check_end();
}
