// SPDX-License-Identifier: MIT
/* fallocate: room, holes and zeros (fallocate(2)), in files without a name as
 * Linux's tmpfs has them, and in one with a name. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define PAGE 4096

/* A file of n pages, each full of its number + 1. */
static int make(int n)
{
    char page[PAGE];
    int fd = memfd_create("fallocate", MFD_ALLOW_SEALING);

    CHECK(fd >= 0);
    for (int i = 0; i < n; i++) {
        memset(page, i + 1, PAGE);
        CHECK_EQ(write(fd, page, PAGE), PAGE);
    }
    return fd;
}

static int byte_at(int fd, off_t pos)
{
    unsigned char c;

    return pread(fd, &c, 1, pos) == 1 ? c : -1;
}

static off_t size_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? -1 : st.st_size;
}

static long blocks_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? -1 : st.st_blocks;
}

static void room_extends_the_file(void)
{
    int fd = make(0);

    CHECK_EQ(fallocate(fd, 0, 0, 10000), 0);
    CHECK_EQ(size_of(fd), 10000);
    CHECK_EQ(blocks_of(fd), 3 * PAGE / 512);
    CHECK_EQ(byte_at(fd, 9999), 0);
    CHECK_EQ(byte_at(fd, 10000), -1);
    CHECK_EQ(posix_fallocate(fd, 5000, 20000), 0);
    CHECK_EQ(size_of(fd), 25000);
    close(fd);
}

static void room_may_lie_behind_the_end(void)
{
    int fd = make(1);

    CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 * PAGE), 0);
    CHECK_EQ(size_of(fd), PAGE);
    CHECK_EQ(blocks_of(fd), 4 * PAGE / 512);
    CHECK_EQ(ftruncate(fd, 2 * PAGE), 0);
    CHECK_EQ(byte_at(fd, PAGE), 0);
    close(fd);
}

static void room_leaves_what_is_there(void)
{
    int fd = make(2);

    CHECK_EQ(fallocate(fd, 0, 0, 3 * PAGE), 0);
    CHECK_EQ(byte_at(fd, 0), 1);
    CHECK_EQ(byte_at(fd, PAGE), 2);
    CHECK_EQ(byte_at(fd, 2 * PAGE), 0);
    close(fd);
}

static void a_hole_reads_as_zeros(void)
{
    int fd = make(4);

    CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                       PAGE + 100, 2 * PAGE),
             0);
    CHECK_EQ(size_of(fd), 4 * PAGE);
    CHECK_EQ(byte_at(fd, PAGE + 99), 2);
    CHECK_EQ(byte_at(fd, PAGE + 100), 0);
    CHECK_EQ(byte_at(fd, 2 * PAGE), 0);
    CHECK_EQ(byte_at(fd, 3 * PAGE + 99), 0);
    CHECK_EQ(byte_at(fd, 3 * PAGE + 100), 4);
    CHECK_EQ(blocks_of(fd), 3 * PAGE / 512);
    close(fd);
}

static void a_hole_within_a_page_is_zeros(void)
{
    int fd = make(1);

    CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10, 20),
             0);
    CHECK_EQ(byte_at(fd, 9), 1);
    CHECK_EQ(byte_at(fd, 10), 0);
    CHECK_EQ(byte_at(fd, 29), 0);
    CHECK_EQ(byte_at(fd, 30), 1);
    CHECK_EQ(blocks_of(fd), PAGE / 512);
    close(fd);
}

static void a_hole_shows_in_a_mapping(void)
{
    int fd = make(2);
    volatile char *p =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    CHECK(p != MAP_FAILED);
    CHECK_EQ(p[PAGE], 2);
    CHECK_EQ(
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE),
        0);
    CHECK_EQ(p[PAGE], 0);
    p[PAGE] = 7;
    CHECK_EQ(byte_at(fd, PAGE), 7);
    CHECK_EQ(munmap((void *)p, 2 * PAGE), 0);
    close(fd);
}

static void a_hole_beyond_the_end_changes_nothing(void)
{
    int fd = make(1);

    CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1l << 40,
                       1l << 40),
             0);
    CHECK_EQ(size_of(fd), PAGE);
    CHECK_EQ(byte_at(fd, 0), 1);
    close(fd);
}

static void a_named_file_gets_zeros(void)
{
    char path[64];
    int fd;

    mkdir("/tmp", 01777);
    snprintf(path, sizeof(path), "/tmp/elfin-fallocate-%d", (int)getpid());
    fd = open(path, O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(write(fd, "0123456789", 10), 10);
    if (fallocate(fd, FALLOC_FL_ZERO_RANGE, 3, 20) < 0 && errno == EOPNOTSUPP)
        CHECK_SKIP("no FALLOC_FL_ZERO_RANGE");
    CHECK_EQ(byte_at(fd, 2), '2');
    CHECK_EQ(byte_at(fd, 3), 0);
    CHECK_EQ(size_of(fd), 23);
    CHECK_EQ(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, 100),
             0);
    CHECK_EQ(size_of(fd), 23);
    CHECK_EQ(byte_at(fd, 0), 0);
    close(fd);
}

static void seals_hold(void)
{
    int fd = make(1);

    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    CHECK_ERRNO(fallocate(fd, 0, 0, 2 * PAGE), EPERM);
    CHECK_EQ(fallocate(fd, 0, 0, PAGE), 0);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
    CHECK_ERRNO(
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE),
        EPERM);
    close(fd);
}

static void errors_have_their_names(void)
{
    int fd = make(1), pipes[2];
    int reader = open("/proc/self/exe", O_RDONLY);
    int dir = open("/", O_RDONLY), null = open("/dev/null", O_RDWR);

    CHECK_EQ(pipe(pipes), 0);
    CHECK_ERRNO(fallocate(-1, 0, 0, 1), EBADF);
    CHECK_ERRNO(fallocate(dir, 0, 0, 1), EBADF);
    CHECK_ERRNO(fallocate(fd, 0, -1, 1), EINVAL);
    CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
    CHECK_ERRNO(fallocate(fd, 0, INT64_MAX, 1), EFBIG);
    CHECK_ERRNO(fallocate(pipes[1], 0, 0, 1), ESPIPE);
    CHECK_ERRNO(fallocate(null, 0, 0, 1), ENODEV);
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(fd, 0x1000, 0, 1), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, PAGE), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, PAGE), EOPNOTSUPP);
    if (reader >= 0)
        CHECK_ERRNO(fallocate(reader, 0, 0, 1), EBADF);
    close(reader);
    close(dir);
    close(null);
    close(pipes[0]);
    close(pipes[1]);
    close(fd);
}

int main(void)
{
    RUN(room_extends_the_file);
    RUN(room_may_lie_behind_the_end);
    RUN(room_leaves_what_is_there);
    RUN(a_hole_reads_as_zeros);
    RUN(a_hole_within_a_page_is_zeros);
    RUN(a_hole_shows_in_a_mapping);
    RUN(a_hole_beyond_the_end_changes_nothing);
    RUN(a_named_file_gets_zeros);
    RUN(seals_hold);
    RUN(errors_have_their_names);
    return check_end();
}
