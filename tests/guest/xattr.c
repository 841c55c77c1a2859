// SPDX-License-Identifier: MIT
/* xattr: extended attributes of files (xattr(7)). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"

static char dir[] = "./xattr-XXXXXX";
static char buf[70000];
static int fd;

/* Does the file system keep user.*? Before 6.6 tmpfs does not. */
static void need_user(void)
{
    if (fsetxattr(fd, "user.probe", "", 0, 0) < 0 && errno == EOPNOTSUPP)
        CHECK_SKIP("no user.* here");
    fremovexattr(fd, "user.probe");
}

static void need_root(void)
{
    if (geteuid() != 0)
        CHECK_SKIP("not root");
}

static void a_value_is_kept(void)
{
    need_user();
    CHECK_EQ(setxattr("f", "user.one", "value", 5, 0), 0);
    CHECK_EQ(getxattr("f", "user.one", buf, sizeof(buf)), 5);
    CHECK(!memcmp(buf, "value", 5));
    CHECK_EQ(fgetxattr(fd, "user.one", NULL, 0), 5);
    CHECK_EQ(lgetxattr("f", "user.one", buf, 5), 5);
    CHECK_ERRNO(getxattr("f", "user.one", buf, 4), ERANGE);
    CHECK_ERRNO(getxattr("f", "user.other", buf, 4), ENODATA);
    CHECK_ERRNO(getxattr("f", "user.one", check_pointer(1), 5), EFAULT);
}

static void a_value_is_replaced(void)
{
    need_user();
    CHECK_EQ(lsetxattr("f", "user.one", "longer value", 12, 0), 0);
    CHECK_EQ(fgetxattr(fd, "user.one", buf, sizeof(buf)), 12);
    CHECK(!memcmp(buf, "longer value", 12));
    CHECK_EQ(fsetxattr(fd, "user.one", "", 0, XATTR_REPLACE), 0);
    CHECK_EQ(fgetxattr(fd, "user.one", buf, sizeof(buf)), 0);
}

static void flags_say_whether_it_may_exist(void)
{
    need_user();
    CHECK_ERRNO(fsetxattr(fd, "user.one", "x", 1, XATTR_CREATE), EEXIST);
    CHECK_ERRNO(fsetxattr(fd, "user.no", "x", 1, XATTR_REPLACE), ENODATA);
    CHECK_ERRNO(fsetxattr(fd, "user.no", "x", 1, 4), EINVAL);
    CHECK_ERRNO(fgetxattr(fd, "user.no", buf, 1), ENODATA);
}

/* In the list, len long, is there the name? */
static int listed(const char *name, ssize_t len)
{
    for (char *p = buf; p < buf + len; p += strlen(p) + 1) {
        if (!strcmp(p, name))
            return 1;
    }
    return 0;
}

static void names_are_listed(void)
{
    ssize_t n;

    need_user();
    CHECK_EQ(fsetxattr(fd, "user.two", "2", 1, 0), 0);
    n = listxattr("f", buf, sizeof(buf));
    CHECK(n >= 18);
    CHECK(listed("user.one", n) && listed("user.two", n));
    CHECK_EQ(flistxattr(fd, NULL, 0), n);
    CHECK_EQ(llistxattr("f", buf, (size_t)n), n);
    CHECK_ERRNO(flistxattr(fd, buf, (size_t)n - 1), ERANGE);
}

static void one_is_removed(void)
{
    need_user();
    CHECK_EQ(removexattr("f", "user.two"), 0);
    CHECK_ERRNO(lremovexattr("f", "user.two"), ENODATA);
    CHECK_ERRNO(fgetxattr(fd, "user.two", buf, 1), ENODATA);
    CHECK_EQ(fremovexattr(fd, "user.one"), 0);
}

static void names_have_rules(void)
{
    char name[300];

    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    memcpy(name, "user.", 5);
    CHECK_ERRNO(fsetxattr(fd, name, "x", 1, 0), ERANGE);
    CHECK_ERRNO(fsetxattr(fd, "", "x", 1, 0), ERANGE);
    CHECK_ERRNO(fgetxattr(fd, "", buf, 1), ERANGE);
    CHECK_ERRNO(fsetxattr(fd, "other.x", "x", 1, 0), EOPNOTSUPP);
    CHECK_ERRNO(fgetxattr(fd, "other.x", buf, 1), EOPNOTSUPP);
    CHECK_ERRNO(fsetxattr(fd, check_pointer(1), "x", 1, 0), EFAULT);
    need_user();
    CHECK_ERRNO(fsetxattr(fd, "user.", "x", 1, 0), EINVAL);
    name[XATTR_NAME_MAX] = 0;
    CHECK_EQ(fsetxattr(fd, name, "x", 1, 0), 0);
    CHECK_EQ(fremovexattr(fd, name), 0);
}

static void values_have_limits(void)
{
    CHECK_ERRNO(fsetxattr(fd, "user.big", buf, XATTR_SIZE_MAX + 1, 0), E2BIG);
    CHECK_ERRNO(fsetxattr(fd, "user.big", check_pointer(1), 5, 0), EFAULT);
}

static void a_file_is_needed(void)
{
    int path;

    CHECK_ERRNO(getxattr("none", "user.x", buf, 1), ENOENT);
    CHECK_ERRNO(listxattr("none", buf, 1), ENOENT);
    CHECK_ERRNO(fgetxattr(-1, "user.x", buf, 1), EBADF);
    path = open("f", O_PATH);
    CHECK(path >= 0);
    CHECK_ERRNO(fsetxattr(path, "user.x", "x", 1, 0), EBADF);
    CHECK_ERRNO(flistxattr(path, buf, 1), EBADF);
    close(path);
}

static void only_files_and_directories_have_users(void)
{
    need_user();
    CHECK_EQ(symlink("f", "link"), 0);
    CHECK_EQ(mkfifo("pipe", 0600), 0);
    CHECK_ERRNO(lsetxattr("link", "user.x", "x", 1, 0), EPERM);
    CHECK_ERRNO(lgetxattr("link", "user.x", buf, 1), ENODATA);
    CHECK_ERRNO(lremovexattr("link", "user.x"), EPERM);
    CHECK_ERRNO(setxattr("pipe", "user.x", "x", 1, 0), EPERM);
    CHECK_ERRNO(getxattr("pipe", "user.x", buf, 1), ENODATA);
    CHECK_EQ(setxattr("link", "user.x", "x", 1, 0), 0);
    CHECK_EQ(getxattr("f", "user.x", buf, 1), 1);
    CHECK_EQ(removexattr("link", "user.x"), 0);
    CHECK_EQ(setxattr(".", "user.x", "d", 1, 0), 0);
    CHECK_EQ(getxattr(".", "user.x", buf, 1), 1);
    unlink("link");
    unlink("pipe");
}

static void a_name_is_not_the_file(void)
{
    need_user();
    CHECK_EQ(setxattr("f", "user.x", "x", 1, 0), 0);
    CHECK_EQ(link("f", "second"), 0);
    CHECK_EQ(getxattr("second", "user.x", buf, 1), 1);
    CHECK_EQ(rename("second", "third"), 0);
    CHECK_EQ(getxattr("third", "user.x", buf, 1), 1);
    unlink("third");
}

static void root_has_trusted_ones(void)
{
    need_root();
    if (fsetxattr(fd, "trusted.t", "t", 1, 0) < 0 && errno == EPERM)
        CHECK_SKIP("no CAP_SYS_ADMIN");
    CHECK_EQ(fgetxattr(fd, "trusted.t", buf, 9), 1);
    CHECK(listed("trusted.t", flistxattr(fd, buf, sizeof(buf))));
}

static void capabilities_have_a_form(void)
{
    uint32_t cap[5] = {0x02000000, 1u << 10};

    need_root();
    CHECK_ERRNO(fsetxattr(fd, "security.capability", "x", 1, 0), EINVAL);
    CHECK_EQ(fsetxattr(fd, "security.capability", cap, sizeof(cap), 0), 0);
    CHECK_EQ(fgetxattr(fd, "security.capability", buf, sizeof(buf)), 20);
    CHECK(!memcmp(buf, cap, sizeof(cap)));
    CHECK_EQ(fremovexattr(fd, "security.capability"), 0);
}

/* As somebody else: the number of the first check that fails. */
static int stranger(void)
{
    if (setresuid(1000, 1000, 1000) < 0)
        return 1;
    if (fgetxattr(fd, "trusted.t", buf, 9) != -1 || errno != ENODATA)
        return 2;
    if (fsetxattr(fd, "trusted.t", "x", 1, 0) != -1 || errno != EPERM)
        return 3;
    if (listed("trusted.t", flistxattr(fd, buf, sizeof(buf))))
        return 4;
    if (fsetxattr(fd, "security.x", "x", 1, 0) != -1 || errno != EPERM)
        return 5;
    if (fsetxattr(fd, "user.x", "y", 1, 0) != -1 || errno != EACCES)
        return 6;
    if (fgetxattr(fd, "user.x", buf, 1) != 1)
        return 7;
    if (setxattr("sticky", "user.x", "y", 1, 0) != -1 || errno != EPERM)
        return 8;
    return 0;
}

static void others_have_less(void)
{
    int status;
    pid_t pid;

    need_root();
    need_user();
    CHECK_EQ(mkdir("sticky", 0777), 0);
    CHECK_EQ(chmod("sticky", 01777), 0);
    CHECK_EQ(fchmod(fd, 0644), 0);
    CHECK_EQ(chmod(".", 0755), 0);
    pid = fork();
    if (pid == 0)
        _exit(stranger());
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    rmdir("sticky");
    CHECK_EQ(status, 0);
}

static void time_of_change_moves(void)
{
    struct stat before, after;

    need_user();
    CHECK_EQ(fstat(fd, &before), 0);
    usleep(20000);
    CHECK_EQ(fsetxattr(fd, "user.x", "z", 1, 0), 0);
    CHECK_EQ(fstat(fd, &after), 0);
    CHECK(before.st_ctim.tv_sec != after.st_ctim.tv_sec ||
          before.st_ctim.tv_nsec != after.st_ctim.tv_nsec);
    CHECK_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void pipes_have_none(void)
{
    int p[2];

    CHECK_EQ(pipe(p), 0);
    CHECK_ERRNO(fsetxattr(p[0], "user.x", "x", 1, 0), EPERM);
    CHECK_EQ(flistxattr(p[0], buf, sizeof(buf)), 0);
    close(p[0]);
    close(p[1]);
}

int main(void)
{
    if (!mkdtemp(dir) || chdir(dir) < 0)
        return 1;
    fd = open("f", O_RDWR | O_CREAT, 0644);
    RUN(a_value_is_kept);
    RUN(a_value_is_replaced);
    RUN(flags_say_whether_it_may_exist);
    RUN(names_are_listed);
    RUN(one_is_removed);
    RUN(names_have_rules);
    RUN(values_have_limits);
    RUN(a_file_is_needed);
    RUN(only_files_and_directories_have_users);
    RUN(a_name_is_not_the_file);
    RUN(root_has_trusted_ones);
    RUN(capabilities_have_a_form);
    RUN(others_have_less);
    RUN(time_of_change_moves);
    RUN(pipes_have_none);
    unlink("f");
    if (chdir("..") == 0)
        rmdir(dir);
    return check_end();
}
