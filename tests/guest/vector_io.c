// SPDX-License-Identifier: MIT
/* vector_io: readv(2) and its relatives, with positions and flags. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

static int fd;
static char a[8192], b[8192];

static void up(void)
{
    fd = memfd_create("vectors", 0);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "0123456789abcdef", 16), 16);
    memset(a, 0, sizeof(a));
    memset(b, 0, sizeof(b));
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
}

static void down(void)
{
    close(fd);
}

static void reads_fill_one_buffer_after_another(void)
{
    struct iovec v[4] = {{a, 3}, {NULL, 0}, {b, 5}, {a + 100, 100}};

    up();
    CHECK_EQ(readv(fd, v, 4), 16);
    CHECK(!memcmp(a, "012", 3) && !memcmp(b, "34567", 5));
    CHECK(!memcmp(a + 100, "89abcdef", 8));
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 16);
    CHECK_EQ(readv(fd, v, 4), 0);
    down();
}

static void writes_take_one_after_another(void)
{
    struct iovec v[3] = {{"AB", 2}, {"", 0}, {"CDE", 3}};

    up();
    CHECK_EQ(writev(fd, v, 3), 5);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
    CHECK_EQ(pread(fd, a, 16, 0), 16);
    CHECK(!memcmp(a, "ABCDE56789abcdef", 16));
    down();
}

static void many_buffers_are_allowed(void)
{
    static struct iovec v[IOV_MAX + 1];

    up();
    for (int i = 0; i <= IOV_MAX; i++)
        v[i] = (struct iovec){a + i, 1};
    memset(a, 'x', sizeof(a));
    CHECK_EQ(writev(fd, v, IOV_MAX), IOV_MAX);
    CHECK_ERRNO(writev(fd, v, IOV_MAX + 1), EINVAL);
    CHECK_ERRNO(readv(fd, v, IOV_MAX + 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_readv, fd, v, -1), EINVAL);
    CHECK_EQ(readv(fd, v, 0), 0);
    CHECK_EQ(pread(fd, b, sizeof(b), 0), IOV_MAX);
    CHECK(!memcmp(a, b, IOV_MAX));
    down();
}

static void positions_are_the_calls_own(void)
{
    struct iovec v[2] = {{a, 2}, {b, 2}};

    up();
    CHECK_EQ(preadv(fd, v, 2, 5), 4);
    CHECK(!memcmp(a, "56", 2) && !memcmp(b, "78", 2));
    CHECK_EQ(pwritev(fd, v, 2, 14), 4);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 18);
    CHECK_ERRNO(preadv(fd, v, 2, -1), EINVAL);
    CHECK_ERRNO(pwritev(fd, v, 2, -2), EINVAL);
    down();
}

static void position_minus_one_is_the_files(void)
{
    struct iovec v = {a, 4};

    up();
    CHECK_EQ(preadv2(fd, &v, 1, -1, 0), 4);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_EQ(preadv2(fd, &v, 1, 8, 0), 4);
    CHECK(!memcmp(a, "89ab", 4));
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    CHECK_ERRNO(preadv2(fd, &v, 1, -2, 0), EINVAL);
    down();
}

static void appending_ignores_the_position(void)
{
    struct iovec v = {"zz", 2};

    up();
    CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_APPEND), 2);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
    CHECK_EQ(pread(fd, a, 100, 0), 18);
    CHECK(!memcmp(a, "0123456789abcdefzz", 18));
    CHECK_EQ(pwritev2(fd, &v, 1, -1, RWF_APPEND), 2);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 20);
    down();
}

static void writing_through_and_haste_are_accepted(void)
{
    struct iovec v = {a, 4};

    up();
    CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_DSYNC), 4);
    CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_SYNC), 4);
    CHECK_EQ(preadv2(fd, &v, 1, 0, RWF_HIPRI), 4);
    CHECK_ERRNO(preadv2(fd, &v, 1, 0, 0x40000000), EOPNOTSUPP);
    CHECK_ERRNO(pwritev2(fd, &v, 1, 0, 0x40000000), EOPNOTSUPP);
    down();
}

static void a_pipe_need_not_be_waited_for(void)
{
    struct iovec v = {a, 4};
    int p[2];

    CHECK_EQ(pipe(p), 0);
    CHECK_ERRNO(preadv2(p[0], &v, 1, -1, RWF_NOWAIT), EAGAIN);
    CHECK_EQ(pwritev2(p[1], &v, 1, -1, RWF_NOWAIT), 4);
    CHECK_EQ(preadv2(p[0], &v, 1, -1, RWF_NOWAIT), 4);
    CHECK_ERRNO(preadv(p[0], &v, 1, 0), ESPIPE);
    CHECK_ERRNO(pwritev(p[1], &v, 1, 0), ESPIPE);
    close(p[0]);
    close(p[1]);
}

static void lengths_must_be_possible(void)
{
    struct iovec v[2] = {{a, 4}, {b, (size_t)1 << 63}};

    up();
    CHECK_ERRNO(readv(fd, v, 2), EINVAL);
    CHECK_ERRNO(writev(fd, v, 2), EINVAL);
    down();
}

static void a_fault_ends_the_call_where_it_is(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec v[2] = {{a, 4}, {check_pointer(8), 4}};

    up();
    CHECK(p != MAP_FAILED);
    CHECK_EQ(mprotect(p + 4096, 4096, PROT_NONE), 0);
    CHECK_EQ(readv(fd, v, 2), 4);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
    v[0] = (struct iovec){p + 4090, 12};
    CHECK_EQ(preadv(fd, v, 1, 0), 6);
    CHECK(!memcmp(p + 4090, "012345", 6));
    v[0].iov_base = p + 4096;
    CHECK_ERRNO(preadv(fd, v, 1, 0), EFAULT);
    CHECK_ERRNO(readv(fd, check_pointer(8), 1), EFAULT);
    munmap(p, 8192);
    down();
}

/* Every length and a few alignments, up to the very byte that faults. */
static void copies_stop_at_the_byte_that_faults(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    up();
    CHECK(p != MAP_FAILED);
    for (int i = 0; i < 4096; i++)
        a[i] = (char)(i * 3 + i / 256 + 1);
    CHECK_EQ(pwrite(fd, a, 4096, 0), 4096);
    CHECK_EQ(mprotect(p + 4096, 4096, PROT_NONE), 0);
    for (int n = 1; n < 700; n++) {
        for (int past = 0; past < 40; past += 3) {
            char *to = p + 4096 - n;

            memset(p + 3000, 0, 1096);
            CHECK_EQ(pread(fd, to, (size_t)(n + past), past & 7), n);
            CHECK(!memcmp(to, a + (past & 7), (size_t)n));
            CHECK_EQ(to[-1], 0);
            CHECK_EQ(pwrite(fd, to, (size_t)(n + past), 5000), n);
        }
    }
    munmap(p, 8192);
    down();
}

static void closed_and_wrong_files_are_refused(void)
{
    struct iovec v = {a, 4};
    int r = open("/dev/null", O_RDONLY), w = open("/dev/null", O_WRONLY);

    CHECK_ERRNO(readv(-1, &v, 1), EBADF);
    CHECK_ERRNO(writev(r, &v, 1), EBADF);
    CHECK_ERRNO(readv(w, &v, 1), EBADF);
    CHECK_ERRNO(preadv2(-1, &v, 1, 0, 0), EBADF);
    close(r);
    close(w);
}

int main(void)
{
    RUN(reads_fill_one_buffer_after_another);
    RUN(writes_take_one_after_another);
    RUN(many_buffers_are_allowed);
    RUN(positions_are_the_calls_own);
    RUN(position_minus_one_is_the_files);
    RUN(appending_ignores_the_position);
    RUN(writing_through_and_haste_are_accepted);
    RUN(a_pipe_need_not_be_waited_for);
    RUN(lengths_must_be_possible);
    RUN(a_fault_ends_the_call_where_it_is);
    RUN(copies_stop_at_the_byte_that_faults);
    RUN(closed_and_wrong_files_are_refused);
    return check_end();
}
