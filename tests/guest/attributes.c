// SPDX-License-Identifier: MIT
/* attributes: stat, statx, chmod, chown, utimensat, access, statfs and umask.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "check.h"

static char dir[] = "./attributes-XXXXXX";

static int make(const char *name)
{
    int fd;

    unlink(name);
    fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
    CHECK(fd >= 0);
    return fd;
}

static struct stat of(const char *name)
{
    struct stat st;

    CHECK_EQ(lstat(name, &st), 0);
    return st;
}

static int later(struct timespec a, struct timespec b)
{
    return a.tv_sec > b.tv_sec ||
           (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Long enough for file systems that keep coarse times. */
static void moment(void)
{
    usleep(20000);
}

static void stat_and_statx_agree(void)
{
    struct statx x;
    struct stat st;
    int fd = make("f");

    CHECK_EQ(write(fd, "12345", 5), 5);
    close(fd);
    CHECK_EQ(chmod("f", 04755), 0);
    st = of("f");
    CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS | STATX_BTIME, &x), 0);
    CHECK_EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    CHECK_EQ(x.stx_mode, st.st_mode);
    CHECK_EQ(x.stx_mode, S_IFREG | 04755);
    CHECK_EQ(x.stx_size, 5);
    CHECK_EQ(x.stx_ino, st.st_ino);
    CHECK_EQ(x.stx_nlink, 1);
    CHECK_EQ(x.stx_blksize, st.st_blksize);
    CHECK_EQ(x.stx_mtime.tv_nsec, st.st_mtim.tv_nsec);
    CHECK_EQ(makedev(x.stx_dev_major, x.stx_dev_minor), st.st_dev);
}

static void statx_names_its_errors(void)
{
    struct statx x;

    CHECK_ERRNO(statx(AT_FDCWD, "none", 0, STATX_ALL, &x), ENOENT);
    CHECK_ERRNO(statx(AT_FDCWD, "f", 0x8, STATX_ALL, &x), EINVAL);
    CHECK_ERRNO(statx(AT_FDCWD, "f", 0, STATX__RESERVED, &x), EINVAL);
    CHECK_ERRNO(
        statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, 0, &x),
        EINVAL);
    CHECK_ERRNO(statx(99, "f", 0, STATX_ALL, &x), EBADF);
    CHECK_ERRNO(statx(AT_FDCWD, "f", 0, STATX_ALL, check_pointer(1)), EFAULT);
    CHECK_ERRNO(statx(AT_FDCWD, "", 0, STATX_ALL, &x), ENOENT);
}

static void an_empty_path_is_the_descriptor(void)
{
    int fd = make("f");
    struct stat st;
    struct statx x;

    CHECK_EQ(fstatat(fd, "", &st, AT_EMPTY_PATH), 0);
    CHECK_EQ(st.st_ino, of("f").st_ino);
    CHECK_EQ(statx(fd, "", AT_EMPTY_PATH, STATX_INO, &x), 0);
    CHECK_EQ(x.stx_ino, st.st_ino);
    CHECK_EQ(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH), 0);
    CHECK(S_ISDIR(st.st_mode));
    CHECK_ERRNO(fstatat(fd, "", &st, 0), ENOENT);
    CHECK_ERRNO(fstatat(fd, "x", &st, AT_EMPTY_PATH), ENOTDIR);
    CHECK_ERRNO(fstatat(AT_FDCWD, "f", &st, 0x10), EINVAL);
    close(fd);
}

static void links_are_followed_or_not(void)
{
    struct stat st;

    close(make("f"));
    unlink("s");
    CHECK_EQ(symlink("f", "s"), 0);
    CHECK_EQ(stat("s", &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQ(fstatat(AT_FDCWD, "s", &st, AT_SYMLINK_NOFOLLOW), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(unlink("s"), 0);
}

static void chmod_keeps_twelve_bits(void)
{
    int fd = make("f");

    CHECK_EQ(chmod("f", 01777777 & ~0170000), 0);
    CHECK_EQ(of("f").st_mode & 07777, 07777);
    CHECK_EQ(fchmod(fd, 0), 0);
    CHECK_EQ(of("f").st_mode, S_IFREG);
    CHECK_EQ(fchmodat(AT_FDCWD, "f", 0640, 0), 0);
    CHECK_EQ(of("f").st_mode & 07777, 0640);
    CHECK_ERRNO(chmod("none", 0600), ENOENT);
    CHECK_ERRNO(fchmod(99, 0600), EBADF);
    CHECK_ERRNO(chmod("f/x", 0600), ENOTDIR);
    close(fd);
}

static void chown_takes_minus_one(void)
{
    int fd = make("f");
    uid_t uid = getuid();

    CHECK_EQ(chown("f", (uid_t)-1, (gid_t)-1), 0);
    CHECK_EQ(of("f").st_uid, uid);
    if (uid == 0) {
        CHECK_EQ(chown("f", 12, (gid_t)-1), 0);
        CHECK_EQ(of("f").st_uid, 12);
        CHECK_EQ(of("f").st_gid, getgid());
        CHECK_EQ(fchown(fd, (uid_t)-1, 34), 0);
        CHECK_EQ(of("f").st_gid, 34);
        CHECK_EQ(of("f").st_uid, 12);
    }
    CHECK_ERRNO(chown("none", 0, 0), ENOENT);
    CHECK_ERRNO(fchown(99, 0, 0), EBADF);
    CHECK_ERRNO(fchownat(AT_FDCWD, "f", 0, 0, 0x8000), EINVAL);
    close(fd);
}

static void lchown_changes_the_link(void)
{
    if (getuid())
        CHECK_SKIP("not root");
    close(make("f"));
    unlink("s");
    CHECK_EQ(symlink("f", "s"), 0);
    CHECK_EQ(lchown("s", 12, 34), 0);
    CHECK_EQ(of("s").st_uid, 12);
    CHECK_EQ(of("f").st_uid, 0);
    CHECK_EQ(fchownat(AT_FDCWD, "s", 56, 78, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_EQ(of("s").st_gid, 78);
    CHECK_EQ(of("f").st_gid, getgid());
    CHECK_EQ(unlink("s"), 0);
}

static void times_are_set_to_the_nanosecond(void)
{
    const struct timespec t[2] = {{1000000001, 123456789},
                                  {2000000002, 987654321}};
    struct stat st;

    close(make("f"));
    CHECK_EQ(utimensat(AT_FDCWD, "f", t, 0), 0);
    st = of("f");
    CHECK_EQ(st.st_atim.tv_sec, 1000000001);
    CHECK_EQ(st.st_atim.tv_nsec, 123456789);
    CHECK_EQ(st.st_mtim.tv_sec, 2000000002);
    CHECK_EQ(st.st_mtim.tv_nsec, 987654321);
    CHECK(later(st.st_ctim, (struct timespec){1500000000, 0}));
}

static void one_time_may_stay(void)
{
    const struct timespec old[2] = {{1000, 0}, {2000, 0}};
    struct timespec t[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
    struct stat st;

    close(make("f"));
    CHECK_EQ(utimensat(AT_FDCWD, "f", old, 0), 0);
    CHECK_EQ(utimensat(AT_FDCWD, "f", t, 0), 0);
    st = of("f");
    CHECK_EQ(st.st_atim.tv_sec, 1000);
    CHECK(st.st_mtim.tv_sec > 1000000000);
    t[1].tv_nsec = UTIME_OMIT;
    CHECK_EQ(utimensat(AT_FDCWD, "f", t, 0), 0);
    CHECK_EQ(of("f").st_mtim.tv_nsec, st.st_mtim.tv_nsec);
    CHECK_EQ(utimensat(AT_FDCWD, "f", NULL, 0), 0);
    CHECK(of("f").st_atim.tv_sec > 1000000000);
}

static void utimensat_names_its_errors(void)
{
    struct timespec t[2] = {{1, 0}, {1, 1000000000}};
    int fd = make("f");

    CHECK_ERRNO(utimensat(AT_FDCWD, "f", t, 0), EINVAL);
    t[1].tv_nsec = 0;
    CHECK_ERRNO(utimensat(AT_FDCWD, "none", t, 0), ENOENT);
    CHECK_ERRNO(utimensat(AT_FDCWD, "f", t, 0x8000), EINVAL);
    CHECK_ERRNO(utimensat(99, "f", t, 0), EBADF);
    CHECK_ERRNO(utimensat(AT_FDCWD, "f", check_pointer(1), 0), EFAULT);
    CHECK_EQ(futimens(fd, t), 0);
    CHECK_EQ(of("f").st_mtim.tv_sec, 1);
    close(fd);
}

static void a_link_has_times_too(void)
{
    const struct timespec t[2] = {{77, 0}, {88, 0}};

    close(make("f"));
    unlink("s");
    CHECK_EQ(symlink("f", "s"), 0);
    CHECK_EQ(utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_EQ(of("s").st_mtim.tv_sec, 88);
    CHECK(of("f").st_mtim.tv_sec > 1000000000);
    CHECK_EQ(unlink("s"), 0);
}

static void older_calls_set_times(void)
{
    struct utimbuf u = {.actime = 11, .modtime = 22};
    struct timeval v[2] = {{33, 500000}, {44, 250000}};

    close(make("f"));
    CHECK_EQ(utime("f", &u), 0);
    CHECK_EQ(of("f").st_mtim.tv_sec, 22);
    CHECK_EQ(utimes("f", v), 0);
    CHECK_EQ(of("f").st_atim.tv_nsec, 500000000);
    v[0].tv_usec = 1000000;
    CHECK_ERRNO(utimes("f", v), EINVAL);
}

static void writing_moves_the_times_of_modification(void)
{
    int fd = make("f");
    struct stat before = of("f"), after;

    moment();
    CHECK_EQ(write(fd, "x", 1), 1);
    after = of("f");
    CHECK(later(after.st_mtim, before.st_mtim));
    CHECK(later(after.st_ctim, before.st_ctim));
    before = after;
    moment();
    CHECK_EQ(chmod("f", 0600), 0);
    after = of("f");
    CHECK_EQ(later(after.st_mtim, before.st_mtim), 0);
    CHECK(later(after.st_ctim, before.st_ctim));
    close(fd);
}

static void names_move_the_times_of_their_directory(void)
{
    struct stat before, after;

    CHECK_EQ(mkdir("d", 0755), 0);
    before = of("d");
    moment();
    close(make("d/f"));
    after = of("d");
    CHECK(later(after.st_mtim, before.st_mtim));
    before = after;
    moment();
    CHECK_EQ(rename("d/f", "d/g"), 0);
    after = of("d");
    CHECK(later(after.st_mtim, before.st_mtim));
    before = after;
    moment();
    CHECK_EQ(unlink("d/g"), 0);
    CHECK(later(of("d").st_mtim, before.st_mtim));
    CHECK_EQ(rmdir("d"), 0);
}

static void a_link_moves_the_time_of_change(void)
{
    struct stat before;

    close(make("f"));
    before = of("f");
    moment();
    unlink("g");
    CHECK_EQ(link("f", "g"), 0);
    CHECK_EQ(of("f").st_nlink, 2);
    CHECK(later(of("f").st_ctim, before.st_ctim));
    CHECK_EQ(later(of("f").st_mtim, before.st_mtim), 0);
    CHECK_EQ(unlink("g"), 0);
    CHECK_EQ(of("f").st_nlink, 1);
}

static void access_has_modes(void)
{
    close(make("f"));
    CHECK_EQ(access("f", F_OK), 0);
    CHECK_EQ(access("f", R_OK | W_OK), 0);
    CHECK_ERRNO(access("f", X_OK), EACCES); /* for root, too */
    CHECK_ERRNO(access("f", 8), EINVAL);
    CHECK_ERRNO(access("none", F_OK), ENOENT);
    CHECK_ERRNO(access("f/x", F_OK), ENOTDIR);
    CHECK_ERRNO(faccessat(99, "f", F_OK, 0), EBADF);
    CHECK_EQ(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS), 0);
}

static void faccessat2_has_flags(void)
{
    int fd = make("f");

    CHECK_EQ(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH), 0);
    CHECK_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0x4000), EINVAL);
    unlink("s");
    CHECK_EQ(symlink("none", "s"), 0);
    CHECK_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "s", F_OK, 0), ENOENT);
    CHECK_EQ(syscall(SYS_faccessat2, AT_FDCWD, "s", F_OK, AT_SYMLINK_NOFOLLOW),
             0);
    CHECK_EQ(unlink("s"), 0);
    close(fd);
}

static void umask_takes_bits_away(void)
{
    mode_t old = umask(0);

    CHECK_EQ(umask(077), 0);
    close(open("u", O_WRONLY | O_CREAT, 0666));
    CHECK_EQ(of("u").st_mode & 07777, 0600);
    CHECK_EQ(umask(07777), 077);
    CHECK_EQ(umask(old), 0777); /* no other bits are kept */
    CHECK_EQ(unlink("u"), 0);
}

static void file_systems_tell_their_size(void)
{
    struct statfs s, t;
    int fd = make("f");

    CHECK_EQ(statfs(".", &s), 0);
    CHECK(s.f_bsize >= 512 && s.f_blocks >= s.f_bfree);
    CHECK(s.f_bfree >= s.f_bavail && s.f_namelen == 255);
    CHECK_EQ(fstatfs(fd, &t), 0);
    CHECK_EQ(t.f_type, s.f_type);
    CHECK_ERRNO(statfs("none", &s), ENOENT);
    CHECK_ERRNO(fstatfs(99, &s), EBADF);
    CHECK_ERRNO(statfs(".", check_pointer(1)), EFAULT);
    CHECK_EQ(statfs("/proc", &s), 0);
    CHECK_EQ(s.f_type, 0x9fa0);
    close(fd);
}

static void blocks_follow_the_data(void)
{
    int fd = make("f");
    char page[4096] = {1};

    CHECK_EQ(of("f").st_blocks, 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(write(fd, page, sizeof(page)), sizeof(page));
    CHECK_EQ(fsync(fd), 0);
    CHECK(of("f").st_blocks >= 32);
    CHECK_EQ(ftruncate(fd, 0), 0);
    CHECK_EQ(of("f").st_blocks, 0);
    close(fd);
}

static void syncing_names_its_errors(void)
{
    int fd = make("f"), fds[2];

    CHECK_EQ(fsync(fd), 0);
    CHECK_EQ(fdatasync(fd), 0);
    CHECK_EQ(syncfs(fd), 0);
    sync();
    CHECK_ERRNO(fsync(99), EBADF);
    CHECK_ERRNO(fdatasync(99), EBADF);
    CHECK_ERRNO(syncfs(99), EBADF);
    CHECK_EQ(pipe(fds), 0);
    CHECK_ERRNO(fsync(fds[0]), EINVAL);
    CHECK_ERRNO(sync_file_range(fd, -1, 0, 0), EINVAL);
    CHECK_ERRNO(sync_file_range(fds[0], 0, 1, 0), ESPIPE);
    close(fds[0]);
    close(fds[1]);
    close(fd);
}

int main(void)
{
    umask(022);
    if (!mkdtemp(dir) || chdir(dir) < 0)
        return 1;
    RUN(stat_and_statx_agree);
    RUN(statx_names_its_errors);
    RUN(an_empty_path_is_the_descriptor);
    RUN(links_are_followed_or_not);
    RUN(chmod_keeps_twelve_bits);
    RUN(chown_takes_minus_one);
    RUN(lchown_changes_the_link);
    RUN(times_are_set_to_the_nanosecond);
    RUN(one_time_may_stay);
    RUN(utimensat_names_its_errors);
    RUN(a_link_has_times_too);
    RUN(older_calls_set_times);
    RUN(writing_moves_the_times_of_modification);
    RUN(names_move_the_times_of_their_directory);
    RUN(a_link_moves_the_time_of_change);
    RUN(access_has_modes);
    RUN(faccessat2_has_flags);
    RUN(umask_takes_bits_away);
    RUN(file_systems_tell_their_size);
    RUN(blocks_follow_the_data);
    RUN(syncing_names_its_errors);
    unlink("f");
    if (chdir("..") == 0)
        rmdir(dir);
    return check_end();
}
