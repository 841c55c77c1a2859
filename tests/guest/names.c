// SPDX-License-Identifier: MIT
/* names: link, symlink, rename, unlink, mkdir, mknod and their *at forms: what
 * they refuse, and in which order. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char dir[] = "./names-XXXXXX";
static char long_name[300], long_path[5000];

static void make(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT, 0644);

    CHECK(fd >= 0);
    close(fd);
}

static ino_t number(const char *name)
{
    struct stat st;

    CHECK_EQ(lstat(name, &st), 0);
    return st.st_ino;
}

static void a_link_is_the_same_file(void)
{
    make("f");
    CHECK_EQ(link("f", "g"), 0);
    CHECK_EQ(number("f"), number("g"));
    CHECK_ERRNO(link("f", "g"), EEXIST);
    CHECK_ERRNO(link("none", "h"), ENOENT);
    CHECK_ERRNO(link("f", "none/h"), ENOENT);
    CHECK_ERRNO(link("f", "g/h"), ENOTDIR);
    CHECK_ERRNO(link("f", ""), ENOENT);
    CHECK_ERRNO(link("", "h"), ENOENT);
    CHECK_ERRNO(link("f", long_name), ENAMETOOLONG);
    CHECK_EQ(unlink("g"), 0);
    CHECK_EQ(unlink("f"), 0);
}

static void directories_are_not_linked(void)
{
    CHECK_EQ(mkdir("d", 0755), 0);
    CHECK_ERRNO(link("d", "e"), EPERM);
    make("f");
    CHECK_ERRNO(link("f", "d"), EEXIST);
    CHECK_ERRNO(link("f", "h/"), ENOENT);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("f"), 0);
}

static void linkat_follows_when_told(void)
{
    struct stat st;

    make("f");
    CHECK_EQ(symlink("f", "s"), 0);
    CHECK_EQ(linkat(AT_FDCWD, "s", AT_FDCWD, "one", 0), 0);
    CHECK_EQ(lstat("one", &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(linkat(AT_FDCWD, "s", AT_FDCWD, "two", AT_SYMLINK_FOLLOW), 0);
    CHECK_EQ(number("two"), number("f"));
    CHECK_ERRNO(linkat(AT_FDCWD, "f", AT_FDCWD, "three", 0x8000), EINVAL);
    CHECK_ERRNO(linkat(99, "f", AT_FDCWD, "three", 0), EBADF);
    CHECK_ERRNO(linkat(AT_FDCWD, "f", 99, "three", 0), EBADF);
    CHECK_EQ(linkat(99, "/dev/null", AT_FDCWD, "three", 0) < 0 ? errno : 0,
             EXDEV);
    unlink("one");
    unlink("two");
    unlink("s");
    CHECK_EQ(unlink("f"), 0);
}

static void symlinks_hold_any_text(void)
{
    char buf[20] = {0};
    struct stat st;

    CHECK_EQ(symlink("no such file", "s"), 0);
    CHECK_EQ(readlink("s", buf, sizeof(buf)), 12);
    CHECK_EQ(readlink("s", buf, 2), 2);
    CHECK_ERRNO(readlink("s", buf, 0), EINVAL);
    CHECK_EQ(lstat("s", &st), 0);
    CHECK_EQ(st.st_size, 12);
    CHECK_EQ(st.st_mode & 07777, 0777);
    CHECK_ERRNO(symlink("x", "s"), EEXIST);
    CHECK_ERRNO(symlink("", "t"), ENOENT);
    CHECK_ERRNO(symlink(long_path, "t"), ENAMETOOLONG);
    CHECK_ERRNO(symlink("x", "t/"), ENOENT);
    CHECK_EQ(unlink("s"), 0);
    make("f");
    CHECK_ERRNO(readlink("f", buf, sizeof(buf)), EINVAL);
    CHECK_ERRNO(readlink("none", buf, sizeof(buf)), ENOENT);
    CHECK_EQ(unlink("f"), 0);
}

static void links_lead_astray(void)
{
    struct stat st;

    CHECK_EQ(symlink("b", "a"), 0);
    CHECK_EQ(symlink("a", "b"), 0);
    CHECK_ERRNO(stat("a", &st), ELOOP);
    CHECK_ERRNO(open("a", O_RDONLY), ELOOP);
    CHECK_ERRNO(open("a/x", O_RDONLY), ELOOP);
    CHECK_ERRNO(open("a", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_ERRNO(chdir("a"), ELOOP);
    CHECK_ERRNO(mkdir("a", 0755), EEXIST);
    CHECK_ERRNO(open("a", O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK_EQ(unlink("a"), 0);
    CHECK_ERRNO(open("b", O_RDONLY), ENOENT);
    CHECK_EQ(close(open("b", O_WRONLY | O_CREAT, 0600)), 0); /* makes a */
    CHECK(S_ISREG(stat("a", &st) ? 0 : st.st_mode));
    CHECK_EQ(unlink("a"), 0);
    CHECK_EQ(unlink("b"), 0);
}

static void forty_links_are_the_most(void)
{
    char name[20], target[20];
    struct stat st;

    make("l0");
    for (int i = 1; i <= 41; i++) {
        snprintf(name, sizeof(name), "l%d", i);
        snprintf(target, sizeof(target), "l%d", i - 1);
        CHECK_EQ(symlink(target, name), 0);
    }
    CHECK_EQ(stat("l40", &st), 0);
    CHECK_ERRNO(stat("l41", &st), ELOOP);
    for (int i = 0; i <= 41; i++) {
        snprintf(name, sizeof(name), "l%d", i);
        CHECK_EQ(unlink(name), 0);
    }
}

static void mkdir_names_its_errors(void)
{
    struct stat st;

    umask(027);
    CHECK_EQ(mkdir("d", 0777), 0);
    umask(022);
    CHECK_EQ(stat("d", &st), 0);
    CHECK_EQ(st.st_mode & 07777, 0750);
    CHECK_EQ(st.st_nlink, 2);
    CHECK_ERRNO(mkdir("d", 0777), EEXIST);
    CHECK_ERRNO(mkdir("d/", 0777), EEXIST);
    CHECK_ERRNO(mkdir("/", 0777), EEXIST);
    CHECK_ERRNO(mkdir(".", 0777), EEXIST);
    CHECK_ERRNO(mkdir("none/d", 0777), ENOENT);
    CHECK_ERRNO(mkdir("", 0777), ENOENT);
    CHECK_ERRNO(mkdir(long_name, 0777), ENAMETOOLONG);
    make("f");
    CHECK_ERRNO(mkdir("f/d", 0777), ENOTDIR);
    CHECK_ERRNO(mkdirat(99, "e", 0777), EBADF);
    CHECK_EQ(mkdir("d/e/", 0777), 0);
    CHECK_EQ(stat("d", &st), 0);
    CHECK_EQ(rmdir("d/e"), 0);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("f"), 0);
}

static void rmdir_names_its_errors(void)
{
    CHECK_EQ(mkdir("d", 0777), 0);
    make("d/f");
    CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
    CHECK_ERRNO(rmdir("d/f"), ENOTDIR);
    CHECK_ERRNO(rmdir("none"), ENOENT);
    CHECK_ERRNO(rmdir("d/."), EINVAL);
    CHECK_ERRNO(rmdir("d/.."), ENOTEMPTY);
    CHECK_ERRNO(rmdir("/"), EBUSY);
    CHECK_EQ(unlink("d/f"), 0);
    CHECK_EQ(symlink("d", "s"), 0);
    CHECK_ERRNO(rmdir("s"), ENOTDIR);
    CHECK_EQ(unlink("s"), 0);
    CHECK_EQ(rmdir("d/"), 0);
}

static void unlink_names_its_errors(void)
{
    CHECK_EQ(mkdir("d", 0777), 0);
    make("f");
    CHECK_ERRNO(unlink("d"), EISDIR);
    CHECK_ERRNO(unlink("none"), ENOENT);
    CHECK_ERRNO(unlink("f/x"), ENOTDIR);
    CHECK_ERRNO(unlink("f/"), ENOTDIR);
    CHECK_ERRNO(unlink("."), EISDIR);
    CHECK_ERRNO(unlinkat(AT_FDCWD, "f", 1), EINVAL);
    CHECK_ERRNO(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR), ENOTDIR);
    CHECK_ERRNO(unlinkat(99, "f", 0), EBADF);
    CHECK_EQ(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR), 0);
    CHECK_EQ(unlink("f"), 0);
}

static void rename_names_its_errors(void)
{
    CHECK_EQ(mkdir("d", 0777), 0);
    CHECK_EQ(mkdir("e", 0777), 0);
    make("f");
    make("e/g");
    CHECK_ERRNO(rename("none", "x"), ENOENT);
    CHECK_ERRNO(rename("f", "none/x"), ENOENT);
    CHECK_ERRNO(rename("f", "d"), EISDIR);
    CHECK_ERRNO(rename("d", "f"), ENOTDIR);
    CHECK_ERRNO(rename("d", "e"), ENOTEMPTY);
    CHECK_ERRNO(rename("d", "d/x"), EINVAL);
    CHECK_ERRNO(rename("d/.", "x"), EBUSY);
    CHECK_ERRNO(rename("f", "."), EBUSY);
    CHECK_ERRNO(rename("f", "x/"), ENOTDIR);
    CHECK_ERRNO(rename("f/", "x"), ENOTDIR);
    CHECK_ERRNO(rename("f", long_name), ENAMETOOLONG);
    CHECK_ERRNO(rename("f", "/proc/x"), EXDEV);
    CHECK_EQ(rename("f", "f"), 0);
    CHECK_EQ(link("f", "h"), 0);
    CHECK_EQ(rename("f", "h"), 0); /* one file: nothing happens */
    CHECK_EQ(access("f", F_OK), 0);
    CHECK_EQ(rename("d", "d2/"), 0);
    CHECK_EQ(unlink("h"), 0);
    CHECK_EQ(unlink("f"), 0);
    CHECK_EQ(unlink("e/g"), 0);
    CHECK_EQ(rename("d2", "e"), 0);
    CHECK_EQ(rmdir("e"), 0);
}

static void rename_has_flags(void)
{
    ino_t f, g;

    make("f");
    make("g");
    f = number("f");
    g = number("g");
    CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE),
                EEXIST);
    CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "none", RENAME_EXCHANGE),
                ENOENT);
    CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "g",
                          RENAME_EXCHANGE | RENAME_NOREPLACE),
                EINVAL);
    CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", 64), EINVAL);
    CHECK_EQ(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE), 0);
    CHECK(number("f") == g && number("g") == f);
    CHECK_EQ(renameat2(AT_FDCWD, "f", AT_FDCWD, "h", RENAME_NOREPLACE), 0);
    CHECK_EQ(unlink("g"), 0);
    CHECK_EQ(unlink("h"), 0);
}

static void directories_count_their_links(void)
{
    struct stat st;

    CHECK_EQ(mkdir("d", 0777), 0);
    CHECK_EQ(mkdir("d/1", 0777), 0);
    CHECK_EQ(mkdir("d/2", 0777), 0);
    CHECK_EQ(mkdir("e", 0777), 0);
    CHECK_EQ(stat("d", &st), 0);
    CHECK_EQ(st.st_nlink, 4);
    CHECK_EQ(rename("d/2", "e/2"), 0);
    CHECK_EQ(stat("d", &st), 0);
    CHECK_EQ(st.st_nlink, 3);
    CHECK_EQ(stat("e", &st), 0);
    CHECK_EQ(st.st_nlink, 3);
    CHECK_EQ(stat("e/2/..", &st), 0);
    CHECK(st.st_ino == number("e"));
    CHECK_EQ(rmdir("d/1"), 0);
    CHECK_EQ(rmdir("e/2"), 0);
    CHECK_EQ(rmdir("e"), 0);
    CHECK_EQ(rmdir("d"), 0);
}

static void mknod_makes_what_it_is_told(void)
{
    struct stat st;

    CHECK_EQ(mknod("f", 0644, 0), 0);
    CHECK_EQ(stat("f", &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQ(mknod("p", S_IFIFO | 0600, 0), 0);
    CHECK_EQ(mknod("s", S_IFSOCK | 0600, 0), 0);
    CHECK_ERRNO(open("s", O_RDONLY), ENXIO);
    CHECK_ERRNO(mknod("f", 0644, 0), EEXIST);
    CHECK_ERRNO(mknod("d", S_IFDIR | 0755, 0), EPERM);
    CHECK_ERRNO(mknod("l", S_IFLNK | 0777, 0), EINVAL);
    CHECK_ERRNO(mknod("x", S_IFMT | 0777, 0), EINVAL);
    if (geteuid() == 0) {
        CHECK_EQ(mknod("null", S_IFCHR | 0666, makedev(1, 3)), 0);
        CHECK_EQ(stat("null", &st), 0);
        CHECK_EQ(st.st_rdev, makedev(1, 3));
        CHECK_EQ(unlink("null"), 0);
    }
    CHECK_EQ(unlink("s"), 0);
    CHECK_EQ(unlink("p"), 0);
    CHECK_EQ(unlink("f"), 0);
}

static void a_removed_directory_is_empty(void)
{
    char buf[100];
    int status;
    pid_t pid;

    CHECK_EQ(mkdir("d", 0777), 0);
    pid = fork();
    if (pid == 0) {
        int at = open("d", O_DIRECTORY | O_RDONLY);

        if (chdir("d") || rmdir("../d"))
            _exit(1);
        if (open("f", O_CREAT | O_WRONLY, 0600) != -1 || errno != ENOENT)
            _exit(2);
        if (mkdirat(at, "x", 0777) != -1 || errno != ENOENT)
            _exit(3);
        if (getcwd(buf, sizeof(buf)) || errno != ENOENT)
            _exit(4);
        if (syscall(SYS_getdents64, at, buf, sizeof(buf)) > 0)
            _exit(5);
        _exit(chdir("..") ? 6 : 0);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

static void getcwd_and_chdir_name_their_errors(void)
{
    char buf[100], small[2];
    int fd;

    make("f");
    CHECK(getcwd(buf, sizeof(buf)) != NULL);
    CHECK(syscall(SYS_getcwd, buf, sizeof(buf)) == (long)strlen(buf) + 1);
    CHECK_ERRNO(syscall(SYS_getcwd, small, 2), ERANGE);
    CHECK_ERRNO(syscall(SYS_getcwd, check_pointer(1), 100), EFAULT);
    CHECK_ERRNO(chdir("f"), ENOTDIR);
    CHECK_ERRNO(chdir("none"), ENOENT);
    fd = open("f", O_RDONLY);
    CHECK_ERRNO(fchdir(fd), ENOTDIR);
    CHECK_ERRNO(fchdir(99), EBADF);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

static void another_root_hides_the_rest(void)
{
    struct stat st;
    int status;
    pid_t pid;

    if (geteuid())
        CHECK_SKIP("not root");
    CHECK_EQ(mkdir("root", 0777), 0);
    make("root/f");
    pid = fork();
    if (pid == 0) {
        char buf[100];

        if (chroot("root") || chdir("/"))
            _exit(1);
        if (stat("/f", &st) || stat("../../f", &st))
            _exit(2);
        if (stat("/proc", &st) != -1 || errno != ENOENT)
            _exit(3);
        if (symlink("/f", "/s") || stat("/s", &st) || !S_ISREG(st.st_mode))
            _exit(4);
        if (!getcwd(buf, sizeof(buf)) || strcmp(buf, "/"))
            _exit(5);
        _exit(chroot("/f") != -1 || errno != ENOTDIR);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(unlink("root/s"), 0);
    CHECK_EQ(unlink("root/f"), 0);
    CHECK_EQ(rmdir("root"), 0);
}

static void paths_have_an_end(void)
{
    struct stat st;

    CHECK_ERRNO(stat(long_path, &st), ENAMETOOLONG);
    CHECK_ERRNO(stat("", &st), ENOENT);
    CHECK_ERRNO(stat(check_pointer(1), &st), EFAULT);
    CHECK_ERRNO(open(check_pointer(1), O_RDONLY), EFAULT);
    CHECK_ERRNO(fstatat(99, "x", &st, 0), EBADF);
    make("f");
    CHECK_ERRNO(stat("f/", &st), ENOTDIR);
    CHECK_ERRNO(stat("f/.", &st), ENOTDIR);
    CHECK_ERRNO(open("f", O_DIRECTORY), ENOTDIR);
    CHECK_ERRNO(open("new/", O_CREAT | O_WRONLY, 0600), EISDIR);
    CHECK_ERRNO(open(".", O_WRONLY), EISDIR);
    CHECK_ERRNO(open(".", O_RDWR | O_CREAT, 0600), EISDIR);
    CHECK_EQ(stat(".//./f", &st), 0);
    CHECK_EQ(unlink("f"), 0);
}

static void getdents_names_its_errors(void)
{
    char buf[1000];
    int fd = open(".", O_RDONLY | O_DIRECTORY);

    CHECK(syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_getdents64, fd, check_pointer(1), 1000), EFAULT);
    CHECK_ERRNO(syscall(SYS_getdents64, 99, buf, 1000), EBADF);
    CHECK_ERRNO(read(fd, buf, 10), EISDIR);
    close(fd);
    make("f");
    fd = open("f", O_RDONLY);
    CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, 1000), ENOTDIR);
    close(fd);
    CHECK_EQ(unlink("f"), 0);
}

static void a_listing_survives_removals(void)
{
    DIR *d;
    struct dirent *e;
    char name[20];
    int seen = 0;

    CHECK_EQ(mkdir("d", 0777), 0);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "d/%d", i);
        make(name);
    }
    d = opendir("d");
    CHECK(d != NULL);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        seen++;
        CHECK_EQ(unlinkat(dirfd(d), e->d_name, 0), 0);
    }
    closedir(d);
    CHECK_EQ(seen, 500);
    CHECK_EQ(rmdir("d"), 0);
}

int main(void)
{
    memset(long_name, 'n', 256);
    for (int i = 0; i < 4999; i++)
        long_path[i] = i % 2 ? '/' : 'p';
    umask(022);
    if (!mkdtemp(dir) || chdir(dir) < 0)
        return 1;
    RUN(a_link_is_the_same_file);
    RUN(directories_are_not_linked);
    RUN(linkat_follows_when_told);
    RUN(symlinks_hold_any_text);
    RUN(links_lead_astray);
    RUN(forty_links_are_the_most);
    RUN(mkdir_names_its_errors);
    RUN(rmdir_names_its_errors);
    RUN(unlink_names_its_errors);
    RUN(rename_names_its_errors);
    RUN(rename_has_flags);
    RUN(directories_count_their_links);
    RUN(mknod_makes_what_it_is_told);
    RUN(a_removed_directory_is_empty);
    RUN(getcwd_and_chdir_name_their_errors);
    RUN(another_root_hides_the_rest);
    RUN(paths_have_an_end);
    RUN(getdents_names_its_errors);
    RUN(a_listing_survives_removals);
    if (chdir("..") == 0)
        rmdir(dir);
    return check_end();
}
