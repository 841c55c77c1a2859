// SPDX-License-Identifier: MIT
/* descriptors: dup, fcntl, close_range, O_PATH, and limits of descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char dir[] = "./descriptors-XXXXXX";

static int make(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0);
    return fd;
}

static void copies_share_an_offset_and_flags(void)
{
    int fd = make("f"), copy = dup(fd);

    CHECK_EQ(write(fd, "abc", 3), 3);
    CHECK_EQ(lseek(copy, 0, SEEK_CUR), 3);
    CHECK_EQ(fcntl(copy, F_SETFL, O_APPEND), 0);
    CHECK(fcntl(fd, F_GETFL) & O_APPEND);
    close(fd);
    CHECK_EQ(write(copy, "d", 1), 1);
    close(copy);
}

static void cloexec_is_each_ones_own(void)
{
    int fd = make("f"), copy;

    CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    copy = dup(fd);
    CHECK_EQ(fcntl(copy, F_GETFD), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(copy);
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 20);
    CHECK_EQ(copy, 20);
    CHECK_EQ(fcntl(copy, F_GETFD), FD_CLOEXEC);
    close(copy);
    close(fd);
}

static void dup2_names_its_target(void)
{
    int fd = make("f");

    CHECK_EQ(dup2(fd, 30), 30);
    CHECK_EQ(dup2(fd, fd), fd);
    CHECK_ERRNO(dup2(31, 31), EBADF);
    CHECK_ERRNO(dup2(31, 30), EBADF);
    CHECK_EQ(fcntl(30, F_GETFD), 0); /* still there */
    CHECK_ERRNO(dup2(fd, -1), EBADF);
    CHECK_ERRNO(dup2(fd, 1 << 30), EBADF);
    close(30);
    close(fd);
}

static void dup3_is_stricter(void)
{
    int fd = make("f");

    CHECK_ERRNO(dup3(fd, fd, 0), EINVAL);
    CHECK_ERRNO(dup3(fd, 30, O_APPEND), EINVAL);
    CHECK_EQ(dup3(fd, 30, O_CLOEXEC), 30);
    CHECK_EQ(fcntl(30, F_GETFD), FD_CLOEXEC);
    close(30);
    close(fd);
}

static void fcntl_refuses_what_is_odd(void)
{
    int fd = make("f");

    CHECK_ERRNO(fcntl(fd, F_DUPFD, -1), EINVAL);
    CHECK_ERRNO(fcntl(fd, F_DUPFD, 1 << 30), EINVAL);
    CHECK_ERRNO(fcntl(fd, 9999), EINVAL);
    CHECK_ERRNO(fcntl(99, F_GETFD), EBADF);
    CHECK_ERRNO(fcntl(fd, F_GETPIPE_SZ), EBADF);
    CHECK_ERRNO(fcntl(fd, F_SETSIG, 99), EINVAL);
    close(fd);
}

static void getfl_tells_how_it_was_opened(void)
{
    int fd = make("f"), flags;

    close(fd);
    fd =
        open("f", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_CREAT, 0600);
    flags = fcntl(fd, F_GETFL);
    CHECK_EQ(flags & O_ACCMODE, O_WRONLY);
    CHECK_EQ(flags & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
    CHECK_EQ(flags & (O_CREAT | O_CLOEXEC | O_TRUNC), 0);
    /* The access mode cannot be changed, and is ignored. */
    CHECK_EQ(fcntl(fd, F_SETFL, O_RDWR), 0);
    CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY);
    close(fd);
}

static void the_limit_holds(void)
{
    struct rlimit old, few = {0};
    int fd = make("f"), top;

    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    few = old;
    few.rlim_cur = (rlim_t)fd + 2;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    top = dup(fd);
    CHECK_EQ(top, fd + 1);
    CHECK_ERRNO(dup(fd), EMFILE);
    CHECK_ERRNO(open("f", O_RDONLY), EMFILE);
    CHECK_ERRNO(dup2(fd, fd + 2), EBADF);
    CHECK_ERRNO(fcntl(fd, F_DUPFD, fd + 2), EINVAL);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    close(top);
    close(fd);
}

static void tables_grow(void)
{
    struct rlimit old, many;
    int fd = make("f");

    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    many = old;
    many.rlim_cur = old.rlim_max;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &many), 0);
    if (many.rlim_cur < 4000)
        CHECK_SKIP("not so many descriptors here");
    CHECK_EQ(dup2(fd, 3999), 3999);
    CHECK_EQ(write(3999, "x", 1), 1);
    CHECK_EQ(dup(3999), fd + 1);
    close(fd + 1);
    close(3999);
    close(fd);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void close_range_closes_a_range(void)
{
    int fd = make("f");

    for (int i = 40; i < 50; i++)
        CHECK_EQ(dup2(fd, i), i);
    CHECK_EQ(close_range(42, 45, 0), 0);
    CHECK_EQ(fcntl(41, F_GETFD), 0);
    CHECK_ERRNO(fcntl(42, F_GETFD), EBADF);
    CHECK_ERRNO(fcntl(45, F_GETFD), EBADF);
    CHECK_EQ(fcntl(46, F_GETFD), 0);
    CHECK_EQ(close_range(46, 47, CLOSE_RANGE_CLOEXEC), 0);
    CHECK_EQ(fcntl(46, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(48, F_GETFD), 0);
    CHECK_EQ(close_range(40, ~0u, 0), 0);
    CHECK_ERRNO(fcntl(49, F_GETFD), EBADF);
    CHECK_ERRNO(close_range(9, 8, 0), EINVAL);
    CHECK_ERRNO(close_range(8, 9, 64), EINVAL);
    close(fd);
}

static void close_range_leaves_others_theirs(void)
{
    int fd = make("f"), status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(close_range(3, ~0u, CLOSE_RANGE_UNSHARE) ||
              fcntl(fd, F_GETFD) != -1);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    close(fd);
}

static void closing_twice_is_told(void)
{
    int fd = make("f");

    CHECK_EQ(close(fd), 0);
    CHECK_ERRNO(close(fd), EBADF);
    CHECK_ERRNO(close(-1), EBADF);
}

static void a_path_descriptor_does_little(void)
{
    struct stat st;
    char byte;
    int fd;

    close(make("f"));
    fd = open("f", O_PATH | O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_EQ(fcntl(fd, F_GETFL), O_PATH);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_ERRNO(read(fd, &byte, 1), EBADF);
    CHECK_ERRNO(write(fd, &byte, 1), EBADF);
    CHECK_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
    CHECK_ERRNO(ftruncate(fd, 0), EBADF);
    CHECK_ERRNO(fchmod(fd, 0600), EBADF);
    CHECK_ERRNO(fchown(fd, 0, 0), EBADF);
    CHECK_ERRNO(fsync(fd), EBADF);
    CHECK_ERRNO(ioctl(fd, FIONREAD, &st), EBADF);
    CHECK_ERRNO(fcntl(fd, F_SETFL, 0), EBADF);
    close(fd);
}

static void a_path_descriptor_names_a_file(void)
{
    char path[40];
    struct stat st;
    int fd, other;

    close(make("f"));
    unlink("link");
    CHECK_EQ(symlink("f", "link"), 0);
    fd = open("link", O_PATH | O_NOFOLLOW);
    CHECK(fd >= 0);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(readlinkat(fd, "", path, sizeof(path)), 1);
    CHECK_EQ(path[0], 'f');
    close(fd);
    fd = open("f", O_PATH);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    other = open(path, O_RDWR);
    CHECK(other >= 0);
    CHECK_EQ(write(other, "x", 1), 1);
    close(other);
    other = open(".", O_PATH);
    CHECK_EQ(fchdir(other), 0);
    CHECK_EQ(fstatat(other, "f", &st, 0), 0);
    close(other);
    close(fd);
    unlink("link");
}

static void descriptors_are_compared(void)
{
    int fd = make("f"), copy = dup(fd), other = open("f", O_RDONLY);
    pid_t me = getpid();

    CHECK_EQ(syscall(SYS_kcmp, me, me, KCMP_FILE, fd, copy), 0);
    CHECK(syscall(SYS_kcmp, me, me, KCMP_FILE, fd, other) > 0);
    close(fd);
    close(copy);
    close(other);
}

static void ioctls_of_all_files(void)
{
    int fd = make("f"), on = 1, n;

    CHECK_EQ(ioctl(fd, FIOCLEX), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(ioctl(fd, FIONCLEX), 0);
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    CHECK_EQ(ioctl(fd, FIONBIO, &on), 0);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    CHECK_EQ(write(fd, "four", 4), 4);
    CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
    CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
    CHECK_EQ(n, 3);
    CHECK_ERRNO(ioctl(fd, TIOCGWINSZ, &n), ENOTTY);
    CHECK_ERRNO(ioctl(99, FIONREAD, &n), EBADF);
    close(fd);
}

static void positions_have_an_end(void)
{
    int fd = make("f");
    char byte = 1;

    CHECK_ERRNO(pread(fd, &byte, 1, -1), EINVAL);
    CHECK_ERRNO(pwrite(fd, &byte, 1, -1), EINVAL);
    CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
    CHECK_ERRNO(truncate("f", -1), EINVAL);
    CHECK_EQ(pread(fd, &byte, 1, 1l << 40), 0);
    close(fd);
}

static void the_file_size_limit_holds(void)
{
    struct rlimit old, small;
    int fd = make("f");
    char buf[100] = {0};

    signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 60;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    CHECK_EQ(write(fd, buf, 100), 60);
    CHECK_ERRNO(write(fd, buf, 1), EFBIG);
    CHECK_ERRNO(ftruncate(fd, 61), EFBIG);
    CHECK_ERRNO(pwrite(fd, buf, 1, 60), EFBIG);
    CHECK_EQ(pwrite(fd, buf, 10, 55), 5);
    CHECK_EQ(ftruncate(fd, 10), 0);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
    close(fd);
}

static void owners_of_signals_are_kept(void)
{
    int fds[2];
    struct f_owner_ex ex = {F_OWNER_PID, getpid()};

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(fcntl(fds[0], F_GETOWN), 0);
    CHECK_EQ(fcntl(fds[0], F_SETOWN, getpid()), 0);
    CHECK_EQ(fcntl(fds[0], F_GETOWN), getpid());
    CHECK_EQ(fcntl(fds[0], F_SETOWN_EX, &ex), 0);
    ex = (struct f_owner_ex){0};
    CHECK_EQ(fcntl(fds[0], F_GETOWN_EX, &ex), 0);
    CHECK_EQ(ex.pid, getpid());
    CHECK_ERRNO(fcntl(fds[0], F_SETOWN, 4000000), ESRCH);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    if (!mkdtemp(dir) || chdir(dir) < 0)
        return 1;
    RUN(copies_share_an_offset_and_flags);
    RUN(cloexec_is_each_ones_own);
    RUN(dup2_names_its_target);
    RUN(dup3_is_stricter);
    RUN(fcntl_refuses_what_is_odd);
    RUN(getfl_tells_how_it_was_opened);
    RUN(the_limit_holds);
    RUN(tables_grow);
    RUN(close_range_closes_a_range);
    RUN(close_range_leaves_others_theirs);
    RUN(closing_twice_is_told);
    RUN(a_path_descriptor_does_little);
    RUN(a_path_descriptor_names_a_file);
    RUN(descriptors_are_compared);
    RUN(ioctls_of_all_files);
    RUN(positions_have_an_end);
    RUN(the_file_size_limit_holds);
    RUN(owners_of_signals_are_kept);
    unlink("f");
    if (chdir("..") == 0)
        rmdir(dir);
    return check_end();
}
