// SPDX-License-Identifier: MIT
/* memfd: memory that is shared: memfd_create, seals, shared anonymous. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };
#define RW (PROT_READ | PROT_WRITE)

static int create(unsigned flags, size_t size)
{
    int fd = memfd_create("test", flags);

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, (off_t)size), 0);
    return fd;
}

static void a_memfd_is_a_file(void)
{
    struct stat st;
    char buf[8];
    int fd = memfd_create("name", MFD_CLOEXEC);

    CHECK(fd >= 0);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_EQ(st.st_size, 0);
    CHECK_EQ(st.st_nlink, 0);
    CHECK_EQ(write(fd, "content", 7), 7);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, buf, sizeof(buf)), 7);
    CHECK(memcmp(buf, "content", 7) == 0);
    close(fd);
}

static void memfd_names_its_errors(void)
{
    char name[300];

    memset(name, 'n', sizeof(name));
    name[250] = '\0';
    CHECK_ERRNO(memfd_create(name, 0), EINVAL);
    name[249] = '\0';
    CHECK(memfd_create(name, 0) >= 0);
    CHECK(memfd_create("", 0) >= 0);
    CHECK_ERRNO(memfd_create("x", 0x1000), EINVAL);
    CHECK_ERRNO(memfd_create(check_pointer(8), 0), EFAULT);
}

static void two_mappings_of_a_memfd_are_one(void)
{
    int fd = create(0, 2 * PAGE);
    char *p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    char *q = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
    char c;

    CHECK(p != MAP_FAILED && q != MAP_FAILED);
    p[PAGE] = 'x';
    CHECK_EQ(q[0], 'x');
    q[1] = 'y';
    CHECK_EQ(pread(fd, &c, 1, PAGE + 1), 1);
    CHECK_EQ(c, 'y');
    close(fd); /* the mappings keep it */
    q[2] = 'z';
    CHECK_EQ(p[PAGE + 2], 'z');
    munmap(p, 2 * PAGE);
    munmap(q, PAGE);
}

static void seals_are_kept(void)
{
    int fd = create(0, PAGE);

    CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
    close(fd);
    fd = create(MFD_ALLOW_SEALING, PAGE);
    CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, 0x10000), EINVAL);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    CHECK_ERRNO(ftruncate(fd, 1), EPERM);
    CHECK_EQ(ftruncate(fd, 2 * PAGE), 0);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
    CHECK_ERRNO(ftruncate(fd, 3 * PAGE), EPERM);
    CHECK_ERRNO(pwrite(fd, "x", 1, 2 * PAGE), EPERM);
    CHECK_EQ(pwrite(fd, "x", 1, 0), 1);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW);
    close(fd);
}

static void a_write_seal_holds(void)
{
    int fd = create(MFD_ALLOW_SEALING, PAGE);
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);

    CHECK(p != MAP_FAILED);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    munmap(p, PAGE);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
    CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED &&
          errno == EPERM);
    p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED);
    p[0] = 1;
    munmap(p, PAGE);
    close(fd);
}

static void a_future_write_seal_lets_old_mappings_be(void)
{
    int fd = create(MFD_ALLOW_SEALING, PAGE);
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), *q;

    CHECK(p != MAP_FAILED);
    CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED &&
          errno == EPERM);
    q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(q != MAP_FAILED);
    p[0] = 'x';
    CHECK_EQ(q[0], 'x');
    CHECK_ERRNO(mprotect(q, PAGE, RW), EACCES);
    CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
    munmap(p, PAGE);
    munmap(q, PAGE);
    close(fd);
}

static void shared_anonymous_memory_has_an_object(void)
{
    size_t len = 4 * PAGE;
    char *p = mmap(NULL, len, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;

    CHECK(p != MAP_FAILED);
    for (size_t i = 0; i < len; i += PAGE)
        CHECK_EQ(p[i], 0);
    memset(p, 's', len);
    /* the pages are the object's: dropped here, they are found again */
    CHECK_EQ(madvise(p, len, MADV_DONTNEED), 0);
    CHECK_EQ(p[PAGE], 's');
    /* a second view of the same memory */
    q = mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED && q != p);
    CHECK_EQ(q[PAGE], 's');
    q[PAGE] = 't';
    CHECK_EQ(p[PAGE], 't');
    munmap(p, len);
    CHECK_EQ(q[PAGE], 't');
    munmap(q, 2 * PAGE);
}

int main(void)
{
    RUN(a_memfd_is_a_file);
    RUN(memfd_names_its_errors);
    RUN(two_mappings_of_a_memfd_are_one);
    RUN(seals_are_kept);
    RUN(a_write_seal_holds);
    RUN(a_future_write_seal_lets_old_mappings_be);
    RUN(shared_anonymous_memory_has_an_object);
    return check_end();
}
