// SPDX-License-Identifier: MIT
/*
 * copy_range: copy_file_range(2), hints about files, and the older forms of
 * calls: getdents, utime and its relatives.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utime.h>

#include "check.h"

enum { SIZE = 200000 };

static char dir[] = "/tmp/copy_range.XXXXXX";
static char in_name[64], out_name[64];
static char data[SIZE], back[SIZE];
static int in, out;

static void up(void)
{
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i * 5 + i / 200);
    in = open(in_name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    out = open(out_name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(in >= 0 && out >= 0);
    CHECK_EQ(write(in, data, SIZE), SIZE);
    CHECK_EQ(lseek(in, 0, SEEK_SET), 0);
}

static void down(void)
{
    close(in);
    close(out);
}

static void offsets_of_the_caller_move_alone(void)
{
    loff_t from = 1000, to = 50;

    up();
    CHECK_EQ(copy_file_range(in, &from, out, &to, 150000, 0), 150000);
    CHECK_EQ(from, 151000);
    CHECK_EQ(to, 150050);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
    CHECK_EQ(lseek(out, 0, SEEK_CUR), 0);
    CHECK_EQ(pread(out, back, SIZE, 50), 150000);
    CHECK(!memcmp(back, data + 1000, 150000));
    down();
}

static void without_them_those_of_the_files_move(void)
{
    up();
    CHECK_EQ(lseek(in, 10, SEEK_SET), 10);
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 2 * SIZE, 0), SIZE - 10);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), SIZE);
    CHECK_EQ(lseek(out, 0, SEEK_CUR), SIZE - 10);
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 10, 0), 0);
    down();
}

static void nothing_lies_behind_the_end(void)
{
    loff_t from = SIZE + 5, to = 0;

    up();
    CHECK_EQ(copy_file_range(in, &from, out, &to, 10, 0), 0);
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 0, 0), 0);
    down();
}

static void parts_of_one_file_must_not_overlap(void)
{
    loff_t from = 0, to = 500;

    up();
    CHECK_ERRNO(copy_file_range(in, &from, in, &to, 501, 0), EINVAL);
    CHECK_EQ(copy_file_range(in, &from, in, &to, 500, 0), 500);
    CHECK_EQ(pread(in, back, 500, 500), 500);
    CHECK(!memcmp(back, data, 500));
    down();
}

static void copying_needs_two_open_files(void)
{
    int r, a, p[2], d = open(dir, O_RDONLY);

    up();
    r = open(out_name, O_RDONLY);
    a = open(out_name, O_WRONLY | O_APPEND);
    CHECK_EQ(pipe(p), 0);
    CHECK_ERRNO(copy_file_range(-1, NULL, out, NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(in, NULL, r, NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(in, NULL, a, NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(a, NULL, out, NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(p[0], NULL, out, NULL, 1, 0), EINVAL);
    CHECK_ERRNO(copy_file_range(in, NULL, p[1], NULL, 1, 0), EINVAL);
    CHECK_ERRNO(copy_file_range(d, NULL, out, NULL, 1, 0), EISDIR);
    CHECK_ERRNO(copy_file_range(in, NULL, out, NULL, 1, 1), EINVAL);
    close(p[0]);
    close(p[1]);
    close(a);
    close(r);
    close(d);
    down();
}

static void offsets_must_be_possible(void)
{
    loff_t bad = -1, far = INT64_MAX - 5, zero = 0;

    up();
    CHECK_ERRNO(copy_file_range(in, &bad, out, &zero, 10, 0), EOVERFLOW);
    bad = -100;
    CHECK_ERRNO(copy_file_range(in, &bad, out, &zero, 10, 0), EINVAL);
    CHECK_EQ(copy_file_range(in, &far, out, &zero, 10, 0), 0);
    CHECK_ERRNO(copy_file_range(in, check_pointer(8), out, NULL, 10, 0),
                EFAULT);
    down();
}

/* --- hints --- */

static void advice_is_checked(void)
{
    int p[2];

    up();
    CHECK_EQ(pipe(p), 0);
    for (int advice = 0; advice <= 5; advice++)
        CHECK_EQ(posix_fadvise(in, 0, 0, advice), 0);
    CHECK_EQ(posix_fadvise(in, 0, 0, 6), EINVAL);
    CHECK_EQ(posix_fadvise(in, 0, -1, 0), EINVAL);
    CHECK_EQ(posix_fadvise(p[0], 0, 0, 0), ESPIPE);
    CHECK_EQ(posix_fadvise(-1, 0, 0, 0), EBADF);
    close(p[0]);
    close(p[1]);
    down();
}

static void reading_ahead_needs_a_file(void)
{
    int p[2], w = -1;

    up();
    CHECK_EQ(pipe(p), 0);
    w = open(out_name, O_WRONLY);
    CHECK_EQ(readahead(in, 0, 100), 0);
    CHECK_ERRNO(readahead(w, 0, 100), EBADF);
    CHECK_ERRNO(readahead(-1, 0, 100), EBADF);
    CHECK_ERRNO(readahead(p[0], 0, 100), EINVAL);
    close(w);
    close(p[0]);
    close(p[1]);
    down();
}

static void syncing_a_range_is_checked(void)
{
    int p[2];

    up();
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(sync_file_range(in, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
    CHECK_EQ(sync_file_range(in, 5, 100, 7), 0);
    CHECK_ERRNO(sync_file_range(in, 0, 0, 8), EINVAL);
    CHECK_ERRNO(sync_file_range(in, -1, 0, 0), EINVAL);
    CHECK_ERRNO(sync_file_range(in, INT64_MAX, 10, 0), EINVAL);
    CHECK_ERRNO(sync_file_range(p[0], 0, 0, 0), ESPIPE);
    CHECK_ERRNO(sync_file_range(-1, 0, 0, 0), EBADF);
    close(p[0]);
    close(p[1]);
    down();
}

static void files_are_synced(void)
{
    int p[2], path;

    up();
    CHECK_EQ(pipe(p), 0);
    path = open(in_name, O_PATH);
    CHECK_EQ(fsync(in), 0);
    CHECK_EQ(fdatasync(in), 0);
    CHECK_EQ(syncfs(in), 0);
    CHECK_ERRNO(fsync(p[0]), EINVAL);
    CHECK_ERRNO(fsync(path), EBADF);
    CHECK_ERRNO(syncfs(-1), EBADF);
    close(path);
    close(p[0]);
    close(p[1]);
    down();
}

static void file_systems_are_described(void)
{
    struct statfs s;

    up();
    CHECK_EQ(fstatfs(in, &s), 0);
    CHECK(s.f_bsize >= 512 && s.f_namelen == 255);
    CHECK_EQ(statfs(dir, &s), 0);
    CHECK_ERRNO(statfs("/none", &s), ENOENT);
    CHECK_ERRNO(fstatfs(-1, &s), EBADF);
    down();
}

/* --- older calls --- */

struct old_dirent {
    unsigned long ino, off;
    unsigned short reclen;
    char name[];
};

static void getdents_puts_the_type_last(void)
{
    _Alignas(8) char buf[1024];
    int d = open(dir, O_RDONLY), files = 0, dirs = 0;
    long n;

    up();
    CHECK(d >= 0);
    CHECK_ERRNO(syscall(SYS_getdents, d, buf, 8), EINVAL);
    while ((n = syscall(SYS_getdents, d, buf, sizeof(buf))) > 0) {
        for (long at = 0; at < n;) {
            struct old_dirent *e = (struct old_dirent *)(buf + at);
            char type = buf[at + e->reclen - 1];

            if (!strcmp(e->name, "in") || !strcmp(e->name, "out"))
                files += type == DT_REG;
            else
                dirs += type == DT_DIR && e->name[0] == '.';
            CHECK(e->ino != 0 && e->reclen % 8 == 0);
            at += e->reclen;
        }
    }
    CHECK_EQ(n, 0);
    CHECK_EQ(files, 2);
    CHECK_EQ(dirs, 2);
    CHECK_ERRNO(syscall(SYS_getdents, in, buf, sizeof(buf)), ENOTDIR);
    CHECK_ERRNO(syscall(SYS_getdents, -1, buf, sizeof(buf)), EBADF);
    close(d);
    down();
}

static void check_times(long atime, long atime_ns, long mtime, long mtime_ns)
{
    struct stat st;

    CHECK_EQ(stat(in_name, &st), 0);
    CHECK_EQ(st.st_atim.tv_sec, atime);
    CHECK_EQ(st.st_atim.tv_nsec, atime_ns);
    CHECK_EQ(st.st_mtim.tv_sec, mtime);
    CHECK_EQ(st.st_mtim.tv_nsec, mtime_ns);
}

static void times_are_set_in_all_ways(void)
{
    const struct utimbuf seconds = {1000, 2000};
    const struct timeval micro[2] = {{3000, 5}, {4000, 999999}};
    const struct timeval bad[2] = {{1, 1000000}, {1, 0}};
    struct stat st;

    up();
    CHECK_EQ(syscall(SYS_utime, in_name, &seconds), 0);
    check_times(1000, 0, 2000, 0);
    CHECK_EQ(syscall(SYS_utimes, in_name, micro), 0);
    check_times(3000, 5000, 4000, 999999000);
    CHECK_EQ(syscall(SYS_utime, in_name, NULL), 0);
    CHECK_EQ(stat(in_name, &st), 0);
    CHECK(st.st_mtime > 1000000);
    CHECK_EQ(syscall(SYS_futimesat, AT_FDCWD, in_name, micro), 0);
    check_times(3000, 5000, 4000, 999999000);
    CHECK_EQ(syscall(SYS_futimesat, in, NULL, NULL), 0);
    CHECK_EQ(stat(in_name, &st), 0);
    CHECK(st.st_atime > 1000000);
    CHECK_ERRNO(syscall(SYS_utimes, in_name, bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_utime, "/none", &seconds), ENOENT);
    CHECK_ERRNO(syscall(SYS_utimes, in_name, 8), EFAULT);
    down();
}

int main(void)
{
    CHECK(mkdtemp(dir));
    snprintf(in_name, sizeof(in_name), "%s/in", dir);
    snprintf(out_name, sizeof(out_name), "%s/out", dir);
    RUN(offsets_of_the_caller_move_alone);
    RUN(without_them_those_of_the_files_move);
    RUN(nothing_lies_behind_the_end);
    RUN(parts_of_one_file_must_not_overlap);
    RUN(copying_needs_two_open_files);
    RUN(offsets_must_be_possible);
    RUN(advice_is_checked);
    RUN(reading_ahead_needs_a_file);
    RUN(syncing_a_range_is_checked);
    RUN(files_are_synced);
    RUN(file_systems_are_described);
    RUN(getdents_puts_the_type_last);
    RUN(times_are_set_in_all_ways);
    unlink(in_name);
    unlink(out_name);
    rmdir(dir);
    return check_end();
}
