// SPDX-License-Identifier: MIT
/* tmpfile: files without a name, and their first one: O_TMPFILE of open(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char dir[] = "./tmpfile-XXXXXX";

static int make_in(const char *where, int flags)
{
    int fd = open(where, O_TMPFILE | flags, 0640);

    if (fd < 0 && errno == EOPNOTSUPP)
        CHECK_SKIP("the file system has no O_TMPFILE");
    CHECK(fd >= 0);
    return fd;
}

static int make(int flags)
{
    return make_in(".", flags);
}

static int link_of(int fd, const char *name)
{
    char path[40];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static void it_has_no_name(void)
{
    struct stat st;
    char path[40], where[300];
    ssize_t n;
    int fd;

    umask(027);
    fd = make(O_RDWR);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQ(st.st_mode & 07777, 0640);
    CHECK_EQ(st.st_nlink, 0);
    CHECK_EQ(write(fd, "text", 4), 4);
    CHECK_EQ(pread(fd, where, 9, 0), 4);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    n = readlink(path, where, sizeof(where) - 1);
    CHECK(n > 0);
    where[n] = 0;
    CHECK(strstr(where, "/#") && strstr(where, " (deleted)"));
    CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    close(fd);
}

static void it_gets_one(void)
{
    char buf[8];
    struct stat st;
    int fd = make(O_RDWR), named;

    CHECK_EQ(write(fd, "kept", 4), 4);
    CHECK_EQ(link_of(fd, "name"), 0);
    CHECK_ERRNO(link_of(fd, "name"), EEXIST);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_nlink, 1);
    close(fd);
    named = open("name", O_RDONLY);
    CHECK(named >= 0);
    CHECK_EQ(read(named, buf, 8), 4);
    CHECK(!memcmp(buf, "kept", 4));
    close(named);
    CHECK_EQ(unlink("name"), 0);
}

static void a_last_name_does_not_come_back(void)
{
    int fd = make(O_WRONLY);

    CHECK_EQ(link_of(fd, "name"), 0);
    CHECK_EQ(link_of(fd, "second"), 0);
    CHECK_EQ(unlink("name"), 0);
    CHECK_EQ(unlink("second"), 0);
    CHECK_ERRNO(link_of(fd, "third"), ENOENT);
    close(fd);
}

static void with_excl_it_never_does(void)
{
    int fd = make(O_RDWR | O_EXCL);

    CHECK_ERRNO(link_of(fd, "name"), ENOENT);
    close(fd);
}

static void an_empty_path_means_the_file(void)
{
    int fd;

    if (geteuid() != 0)
        CHECK_SKIP("needs CAP_DAC_READ_SEARCH");
    fd = make(O_RDWR);
    CHECK_ERRNO(linkat(fd, "", AT_FDCWD, "name", 0), ENOENT);
    CHECK_EQ(linkat(fd, "", AT_FDCWD, "name", AT_EMPTY_PATH), 0);
    CHECK_EQ(unlink("name"), 0);
    close(fd);
}

static void wrong_calls_are_refused(void)
{
    int fd;

    CHECK_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    CHECK_ERRNO(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0600), EINVAL);
    CHECK_ERRNO(open(".", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600), EINVAL);
    CHECK_ERRNO(open("none", O_TMPFILE | O_RDWR, 0600), ENOENT);
    fd = open("plain", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    close(fd);
    CHECK_ERRNO(open("plain", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
    CHECK_EQ(unlink("plain"), 0);
    CHECK_ERRNO(open("/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
}

static void the_directory_may_go(void)
{
    int fd;

    CHECK_EQ(mkdir("d", 0700), 0);
    fd = make_in("d", O_RDWR);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    close(fd);
}

int main(void)
{
    if (!mkdtemp(dir) || chdir(dir) < 0)
        return 1;
    RUN(it_has_no_name);
    RUN(it_gets_one);
    RUN(a_last_name_does_not_come_back);
    RUN(with_excl_it_never_does);
    RUN(an_empty_path_means_the_file);
    RUN(wrong_calls_are_refused);
    RUN(the_directory_may_go);
    if (chdir("..") == 0)
        rmdir(dir);
    return check_end();
}
