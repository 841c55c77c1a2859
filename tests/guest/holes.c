// SPDX-License-Identifier: MIT
/* holes: sparse files: what lseek(2) finds in them, and what they take. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define PAGE 4096l
#define END  (100 * PAGE)

/* Data in pages 10, 11 and 50, the rest up to END are holes. */
static int make(void)
{
    int fd = memfd_create("holes", 0);

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, END), 0);
    CHECK_EQ(pwrite(fd, "data", 4, 11 * PAGE - 2), 4);
    CHECK_EQ(pwrite(fd, "data", 4, 50 * PAGE + 7), 4);
    return fd;
}

static void data_is_found(void)
{
    int fd = make();

    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 10 * PAGE);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10 * PAGE);
    CHECK_EQ(lseek(fd, 10 * PAGE + 5, SEEK_DATA), 10 * PAGE + 5);
    CHECK_EQ(lseek(fd, 12 * PAGE - 1, SEEK_DATA), 12 * PAGE - 1);
    CHECK_EQ(lseek(fd, 12 * PAGE, SEEK_DATA), 50 * PAGE);
    CHECK_ERRNO(lseek(fd, 51 * PAGE, SEEK_DATA), ENXIO);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 50 * PAGE);
    close(fd);
}

static void holes_are_found(void)
{
    int fd = make();

    CHECK_EQ(lseek(fd, 5, SEEK_HOLE), 5);
    CHECK_EQ(lseek(fd, 10 * PAGE, SEEK_HOLE), 12 * PAGE);
    CHECK_EQ(lseek(fd, 11 * PAGE + 5, SEEK_HOLE), 12 * PAGE);
    CHECK_EQ(lseek(fd, 50 * PAGE, SEEK_HOLE), 51 * PAGE);
    CHECK_EQ(lseek(fd, END - 1, SEEK_HOLE), END - 1);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), END - 1);
    close(fd);
}

static void the_end_is_a_hole(void)
{
    int fd = make();

    CHECK_EQ(ftruncate(fd, 11 * PAGE + 5), 0);
    CHECK_EQ(lseek(fd, 10 * PAGE, SEEK_HOLE), 11 * PAGE + 5);
    CHECK_EQ(lseek(fd, 11 * PAGE + 4, SEEK_DATA), 11 * PAGE + 4);
    close(fd);
}

static void behind_the_end_is_nothing(void)
{
    int fd = make();

    CHECK_ERRNO(lseek(fd, END, SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(fd, END, SEEK_HOLE), ENXIO);
    CHECK_ERRNO(lseek(fd, -1, SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(fd, -1, SEEK_HOLE), ENXIO);
    CHECK_ERRNO(lseek(fd, 0, 5), EINVAL);
    CHECK_EQ(ftruncate(fd, 0), 0);
    CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(fd, 0, SEEK_HOLE), ENXIO);
    close(fd);
}

static void a_punched_range_is_a_hole(void)
{
    int fd = make();

    CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                       10 * PAGE, PAGE),
             0);
    CHECK_EQ(lseek(fd, 0, SEEK_DATA), 11 * PAGE);
    CHECK_EQ(lseek(fd, 9 * PAGE, SEEK_HOLE), 9 * PAGE);
    close(fd);
}

static void a_mapping_fills_a_hole(void)
{
    int fd = make();
    char *p = mmap(NULL, END, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(p != MAP_FAILED);
    p[20 * PAGE + 9] = 1;
    CHECK_EQ(lseek(fd, 12 * PAGE, SEEK_DATA), 20 * PAGE);
    CHECK_EQ(lseek(fd, 20 * PAGE, SEEK_HOLE), 21 * PAGE);
    munmap(p, END);
    close(fd);
}

static void blocks_are_those_of_data(void)
{
    struct stat st;
    int fd = make();

    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_size, END);
    CHECK_EQ(st.st_blocks, 3 * PAGE / 512);
    close(fd);
}

static void named_files_have_them_too(void)
{
    char name[] = "./holes-XXXXXX";
    int fd = mkstemp(name);

    CHECK(fd >= 0);
    unlink(name);
    CHECK_EQ(pwrite(fd, "x", 1, 1 << 20), 1);
    CHECK_EQ(lseek(fd, 1 << 20, SEEK_DATA), 1 << 20);
    CHECK_EQ(lseek(fd, 1 << 20, SEEK_HOLE), (1 << 20) + 1);
    CHECK(lseek(fd, 0, SEEK_HOLE) <= (1 << 20) + 1);
    close(fd);
}

static void others_have_none(void)
{
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_ERRNO(lseek(fds[0], 0, SEEK_DATA), ESPIPE);
    CHECK_ERRNO(lseek(-1, 0, SEEK_HOLE), EBADF);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    RUN(data_is_found);
    RUN(holes_are_found);
    RUN(the_end_is_a_hole);
    RUN(behind_the_end_is_nothing);
    RUN(a_punched_range_is_a_hole);
    RUN(a_mapping_fills_a_hole);
    RUN(blocks_are_those_of_data);
    RUN(named_files_have_them_too);
    RUN(others_have_none);
    return check_end();
}
