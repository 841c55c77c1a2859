// SPDX-License-Identifier: MIT
/*
 * volume-lacks DIR: on a volume, what 9P2000.L or QEMU's server cannot do is
 * refused, as Linux' own 9p file system refuses it. Not a guest test: the
 * host's file systems can.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../check.h"

static void there_are_no_unnamed_files(void)
{
    CHECK_ERRNO(open(".", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
}

static void there_is_no_allocation(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);

    CHECK(fd >= 0);
    CHECK_ERRNO(fallocate(fd, 0, 0, 4096), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1),
                EOPNOTSUPP);
    close(fd);
}

static void names_are_not_exchanged(void)
{
    close(open("a", O_RDWR | O_CREAT, 0600));
    close(open("b", O_RDWR | O_CREAT, 0600));
    CHECK_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE),
                EINVAL);
    CHECK_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_WHITEOUT),
                EINVAL);
    CHECK_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE),
                EEXIST);
}

static void special_files_are_not_made(void)
{
    CHECK_ERRNO(mknod("fifo", S_IFIFO | 0600, 0), EPERM);
    CHECK_ERRNO(mknod("socket", S_IFSOCK | 0600, 0), EPERM);
}

static void attributes_have_values_and_a_space(void)
{
    close(open("f", O_RDWR | O_CREAT, 0600));
    CHECK_ERRNO(setxattr("f", "user.empty", "", 0, 0), EOPNOTSUPP);
    CHECK_ERRNO(setxattr("f", "trusted.t", "1", 1, 0), EOPNOTSUPP);
    CHECK_ERRNO(setxattr("f", "strange.s", "1", 1, 0), EOPNOTSUPP);
    CHECK_ERRNO(setxattr("f", "user.none", "1", 1, XATTR_REPLACE), ENODATA);
    CHECK_ERRNO(removexattr("f", "user.none"), ENODATA);
}

static void holes_are_not_told(void)
{
    int fd = open("sparse", O_RDWR | O_CREAT, 0600);

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, 100000), 0);
    CHECK_EQ(lseek(fd, 5, SEEK_DATA), 5);
    CHECK_EQ(lseek(fd, 5, SEEK_HOLE), 100000);
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1]) < 0)
        return 2;
    RUN(there_are_no_unnamed_files);
    RUN(there_is_no_allocation);
    RUN(names_are_not_exchanged);
    RUN(special_files_are_not_made);
    RUN(attributes_have_values_and_a_space);
    RUN(holes_are_not_told);
    return check_end();
}
