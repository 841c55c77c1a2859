// SPDX-License-Identifier: MIT
/*
 * mappings: the finer points of mremap, mprotect and madvise, and ranges that
 * are out of every bound.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static char *map(size_t len)
{
    char *p = mmap(NULL, len, RW, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

/* What a load from p (or a store to it) is answered with: 0 or a signal. */
static sigjmp_buf fault_out;

static void on_fault(int sig)
{
    siglongjmp(fault_out, sig);
}

static int touch(volatile char *p, int store)
{
    struct sigaction act = {.sa_handler = on_fault}, segv, bus;
    int sig;

    sigaction(SIGSEGV, &act, &segv);
    sigaction(SIGBUS, &act, &bus);
    sig = sigsetjmp(fault_out, 1);
    if (!sig) {
        if (store)
            *p = 1;
        else
            (void)*p;
    }
    sigaction(SIGSEGV, &segv, NULL);
    sigaction(SIGBUS, &bus, NULL);
    return sig;
}

/* A new, empty file without a name. */
static int open_file(void)
{
    char name[64];
    int fd;

    mkdir("/tmp", 01777);
    snprintf(name, sizeof(name), "/tmp/elfin-mappings-%d", (int)getpid());
    fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(unlink(name), 0);
    return fd;
}

/* Each page begins with its number. */
static char *numbered(int pages)
{
    char *p = map(pages * (size_t)PAGE);

    for (int i = 0; i < pages; i++)
        p[i * PAGE] = (char)i;
    return p;
}

static void mremap_moves_within_one_mapping(void)
{
    char *p = numbered(6);

    /* over the beginning, and over the end, of what it moves from */
    CHECK(mremap(p + 3 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p) ==
          p);
    CHECK_EQ(p[0], 3);
    CHECK_EQ(p[PAGE], 1);
    CHECK(mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                 p + 5 * PAGE) == p + 5 * PAGE);
    CHECK_EQ(p[5 * PAGE], 1);
    CHECK_EQ(p[2 * PAGE], 2);
    CHECK_EQ(p[4 * PAGE], 4);
    CHECK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) ==
          p + PAGE); /* the old places are free */
    CHECK(mmap(p + 3 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) ==
          p + 3 * PAGE);
    CHECK_EQ(munmap(p, 6 * PAGE), 0);
}

static void mremap_grows_shrinks_and_keeps(void)
{
    char *p = numbered(8), *q;

    CHECK(mremap(p, 8 * PAGE, 4 * PAGE, 0) == p);
    CHECK(mmap(p + 4 * PAGE, PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0) ==
          p + 4 * PAGE);
    CHECK(mremap(p, 4 * PAGE, 64 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
    q = mremap(p, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED && q != p);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(q[i * PAGE], i);
    for (int i = 4; i < 64; i++)
        CHECK_EQ(q[i * PAGE], 0);
    munmap(q, 64 * PAGE);
    munmap(p + 4 * PAGE, PAGE);
}

static void a_sparse_mapping_moves_at_once(void)
{
    size_t len = (size_t)1 << 40;
    char *p = mmap(NULL, len, RW, ANON | MAP_NORESERVE, -1, 0), *q;
    char *place;

    CHECK(p != MAP_FAILED);
    p[0] = 1;
    p[len / 2] = 2;
    p[len - 1] = 3;
    place = mmap(NULL, len, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    CHECK(place != MAP_FAILED);
    q = mremap(p, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    CHECK(q == place);
    CHECK(q[0] == 1 && q[len / 2] == 2 && q[len - 1] == 3);
    CHECK_EQ(munmap(q, len), 0);
}

static void mremap_names_its_errors(void)
{
    char *p = map(4 * PAGE);

    CHECK_ERRNO(mremap(p + 1, PAGE, PAGE, 0), EINVAL);
    CHECK_ERRNO(mremap(p, PAGE, 0, 0), EINVAL);
    CHECK_ERRNO(mremap(p, PAGE, PAGE, MREMAP_FIXED, p), EINVAL);
    CHECK_ERRNO(
        mremap(p, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE),
        EINVAL);
    CHECK_ERRNO(mremap(p, 4 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                       check_pointer(0xffff800000000000ul)),
                EINVAL);
    munmap(p + 2 * PAGE, PAGE);
    CHECK_ERRNO(mremap(p, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE), EFAULT);
    munmap(p, 4 * PAGE);
}

static void a_read_only_file_cannot_be_made_writable(void)
{
    char name[64];
    char *shared, *own;
    int fd;

    mkdir("/tmp", 01777);
    snprintf(name, sizeof(name), "/tmp/elfin-mappings-%d", (int)getpid());
    fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "file", 4), 4);
    close(fd);
    fd = open(name, O_RDONLY);
    unlink(name);
    CHECK(fd >= 0);
    shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    own = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(shared != MAP_FAILED && own != MAP_FAILED);
    CHECK_ERRNO(mprotect(shared, PAGE, RW), EACCES);
    CHECK_EQ(mprotect(shared, PAGE, PROT_NONE), 0);
    CHECK_EQ(mprotect(shared, PAGE, PROT_READ), 0);
    CHECK_EQ(mprotect(own, PAGE, RW), 0);
    own[0] = 'x';
    CHECK(memcmp(shared, "file", 4) == 0);
    munmap(shared, PAGE);
    munmap(own, PAGE);
    close(fd);
}

/* Page i may be written and the next may not, over and over. */
static void protections_split_and_join(void)
{
    enum { PAGES = 64 };
    char *p = numbered(PAGES);

    for (int round = 0; round < 8; round++) {
        for (int i = round % 2; i < PAGES; i += 2)
            CHECK_EQ(mprotect(p + i * PAGE, PAGE, PROT_READ), 0);
        CHECK_EQ(mprotect(p, PAGES * PAGE, PROT_NONE), 0);
        CHECK_EQ(mprotect(p + PAGE, (PAGES - 2) * PAGE, RW), 0);
        CHECK_EQ(mprotect(p, PAGES * PAGE, RW), 0);
        for (int i = 0; i < PAGES; i++)
            CHECK_EQ(p[i * PAGE], i);
    }
    munmap(p, PAGES * PAGE);
}

static void read_pages_become_our_own_on_a_store(void)
{
    enum { PAGES = 600 };
    char *p = map(PAGES * PAGE);
    long sum = 0;

    for (int i = 0; i < PAGES; i++)
        sum += p[i * PAGE];
    CHECK_EQ(sum, 0);
    for (int i = 0; i < PAGES; i += 2)
        p[i * PAGE] = 1;
    for (int i = 0; i < PAGES; i++)
        CHECK_EQ(p[i * PAGE], i % 2 == 0);
    CHECK_EQ(madvise(p, PAGES * PAGE, MADV_DONTNEED), 0);
    for (int i = 0; i < PAGES; i++)
        CHECK_EQ(p[i * PAGE], 0);
    munmap(p, PAGES * PAGE);
}

/* Many mappings of all sizes come and go; none lies in another. */
static void mappings_never_overlap(void)
{
    enum { SLOTS = 200 };
    static char *at[SLOTS];
    static size_t len[SLOTS];
    unsigned seed = 1;

    for (int round = 0; round < 8000; round++) {
        seed = seed * 1664525 + 1013904223;
        int i = (int)((seed >> 8) % SLOTS);
        if (at[i]) {
            CHECK_EQ(at[i][0], (char)i);
            CHECK_EQ(at[i][len[i] - 1], (char)i);
            CHECK_EQ(munmap(at[i], len[i]), 0);
        }
        len[i] = ((seed >> 16) % 24 + 1) * PAGE;
        at[i] = map(len[i]);
        CHECK_EQ(at[i][0], 0);
        CHECK_EQ(at[i][len[i] - 1], 0);
        at[i][0] = at[i][len[i] - 1] = (char)i;
        if (seed >> 28 == 0)
            CHECK_EQ(mprotect(at[i] + len[i] / PAGE / 2 * PAGE, 1, RW), 0);
    }
    for (int i = 0; i < SLOTS; i++)
        munmap(at[i], len[i]);
}

static void no_range_is_too_strange(void)
{
    static const uintptr_t addr[] = {0,
                                     PAGE,
                                     0x7ffffffff000ul,
                                     0x800000000000ul,
                                     0xffff800000000000ul,
                                     -(uintptr_t)PAGE};
    static const size_t len[] = {(size_t)1 << 47, (size_t)1 << 63, -1ul,
                                 -(size_t)PAGE, -2ul * PAGE};

    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 5; j++) {
            void *p = check_pointer(addr[i]);

            CHECK_ERRNO(syscall(SYS_munmap, p, len[j]), EINVAL);
            CHECK(syscall(SYS_mprotect, p, len[j], RW) == -1);
            if (addr[i] > PAGE) /* or it would discard all that we have */
                CHECK(syscall(SYS_madvise, p, len[j], MADV_DONTNEED) == -1);
            CHECK(syscall(SYS_mremap, p, len[j], PAGE, MREMAP_MAYMOVE) == -1);
            CHECK(syscall(SYS_mremap, p, PAGE, len[j], MREMAP_MAYMOVE) == -1);
            CHECK(syscall(SYS_mmap, p, len[j], RW, ANON | MAP_FIXED, -1, 0) ==
                  -1);
            CHECK(syscall(SYS_mmap, p, len[j], RW, ANON, -1, 0) == -1);
        }
    }
}

static void truncation_reaches_shared_mappings(void)
{
    int fd = open_file();
    char *p, *q, c;

    CHECK_EQ(ftruncate(fd, 8 * PAGE), 0);
    p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, fd, 0);
    q = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 5 * PAGE);
    CHECK(p != MAP_FAILED && q != MAP_FAILED);
    memset(p, 'x', 8 * PAGE);
    CHECK_EQ(q[0], 'x');
    CHECK_EQ(ftruncate(fd, 3 * PAGE + 100), 0);
    CHECK_EQ(p[3 * PAGE + 99], 'x');
    CHECK_EQ(p[3 * PAGE + 100], 0); /* the rest of the last page is zeroed */
    CHECK_EQ(p[4 * PAGE - 1], 0);
    CHECK_EQ(touch(p + 4 * PAGE, 0), SIGBUS);
    CHECK_EQ(touch(p + 7 * PAGE, 1), SIGBUS);
    CHECK_EQ(touch(q, 0), SIGBUS);
    CHECK_ERRNO(pwrite(fd, p + 5 * PAGE, 1, 0), EFAULT);
    CHECK_EQ(ftruncate(fd, 6 * PAGE), 0);
    CHECK_EQ(p[5 * PAGE], 0);
    CHECK_EQ(q[0], 0);
    p[5 * PAGE] = 'y';
    CHECK_EQ(q[0], 'y');
    CHECK_EQ(pread(fd, &c, 1, 5 * PAGE), 1);
    CHECK_EQ(c, 'y');
    CHECK_EQ(touch(q + PAGE, 0), SIGBUS);
    munmap(p, 8 * PAGE);
    munmap(q, 2 * PAGE);
    close(fd);
}

static void truncation_reaches_private_mappings(void)
{
    int fd = open_file();
    char *p;

    CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
    p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
    CHECK(p != MAP_FAILED);
    p[0] = 'a';
    p[2 * PAGE] = 'b'; /* our own copy goes with the file's page */
    CHECK_EQ(p[3 * PAGE], 0);
    CHECK_EQ(ftruncate(fd, PAGE), 0);
    CHECK_EQ(p[0], 'a');
    CHECK_EQ(touch(p + PAGE, 0), SIGBUS);
    CHECK_EQ(touch(p + 2 * PAGE, 0), SIGBUS);
    CHECK_EQ(touch(p + 3 * PAGE, 1), SIGBUS);
    CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
    CHECK_EQ(p[2 * PAGE], 0);
    CHECK_EQ(ftruncate(fd, 0), 0);
    CHECK_EQ(touch(p, 0), SIGBUS);
    munmap(p, 4 * PAGE);
    close(fd);
}

/* What was moved, split and protected is found as well. */
static void truncation_finds_moved_pages(void)
{
    int fd = open_file();
    char *p, *q;

    CHECK_EQ(ftruncate(fd, 16 * PAGE), 0);
    p = mmap(NULL, 16 * PAGE, RW, MAP_SHARED, fd, 0);
    CHECK(p != MAP_FAILED);
    memset(p, 'x', 16 * PAGE);
    CHECK_EQ(mprotect(p + 4 * PAGE, 2 * PAGE, PROT_READ), 0);
    q = mremap(p + 8 * PAGE, 4 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED);
    CHECK_EQ(q[0], 'x');
    CHECK_EQ(munmap(p + 14 * PAGE, PAGE), 0);
    CHECK_EQ(ftruncate(fd, 5 * PAGE), 0);
    CHECK_EQ(touch(p + 4 * PAGE, 0), 0);
    CHECK_EQ(touch(p + 5 * PAGE, 0), SIGBUS);
    CHECK_EQ(touch(p + 6 * PAGE, 0), SIGBUS);
    CHECK_EQ(touch(q, 0), SIGBUS);
    CHECK_EQ(touch(q + 3 * PAGE, 0), SIGBUS);
    CHECK_EQ(touch(p + 13 * PAGE, 0), SIGBUS);
    CHECK_EQ(touch(p + 14 * PAGE, 0), SIGSEGV);
    munmap(p, 16 * PAGE);
    munmap(q, 40 * PAGE);
    close(fd);
}

int main(void)
{
    RUN(mremap_moves_within_one_mapping);
    RUN(mremap_grows_shrinks_and_keeps);
    RUN(a_sparse_mapping_moves_at_once);
    RUN(mremap_names_its_errors);
    RUN(a_read_only_file_cannot_be_made_writable);
    RUN(protections_split_and_join);
    RUN(read_pages_become_our_own_on_a_store);
    RUN(mappings_never_overlap);
    RUN(no_range_is_too_strange);
    RUN(truncation_reaches_shared_mappings);
    RUN(truncation_reaches_private_mappings);
    RUN(truncation_finds_moved_pages);
    return check_end();
}
