// SPDX-License-Identifier: MIT
/*
 * advice: madvise, mincore, msync, mlock, the newer kinds of mremap, stacks
 * that grow, and the limits of an address space.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

static char *map(size_t len)
{
    char *p = mmap(NULL, len, RW, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

/* Pages with a hole: the middle one of three is unmapped. */
static char *map_with_hole(void)
{
    char *p = map(3 * PAGE);

    memset(p, 'h', 3 * PAGE);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    return p;
}

static int open_file(size_t size)
{
    int fd = memfd_create("advice", 0);

    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, (off_t)size), 0);
    return fd;
}

static sigjmp_buf fault_out;

static void on_fault(int sig)
{
    siglongjmp(fault_out, sig);
}

/* 0, or the signal that a store to p is answered with. */
static int store(volatile char *p)
{
    static char stack[65536];
    const stack_t alt = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction act = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK};
    int sig;

    sigaltstack(&alt, NULL);
    sigaction(SIGSEGV, &act, NULL);
    sigaction(SIGBUS, &act, NULL);
    sig = sigsetjmp(fault_out, 1);
    if (!sig)
        *p = 1;
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    return sig;
}

/* --- madvise --- */

static void dontneed_gives_zeros_or_the_file(void)
{
    int fd = open_file(PAGE);
    char *p = map(2 * PAGE);
    char *q = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);

    CHECK(q != MAP_FAILED);
    CHECK_EQ(pwrite(fd, "f", 1, 0), 1);
    memset(p, 'x', 2 * PAGE);
    q[0] = 'q';
    CHECK_EQ(madvise(p, PAGE + 1, MADV_DONTNEED), 0);
    CHECK_EQ(madvise(q, PAGE, MADV_DONTNEED), 0);
    CHECK(p[0] == 0 && p[PAGE] == 0);
    CHECK_EQ(q[0], 'f');
    munmap(p, 2 * PAGE);
    munmap(q, PAGE);
    close(fd);
}

static void free_gives_old_bytes_or_zeros(void)
{
    int fd = open_file(PAGE);
    char *p = map(2 * PAGE);
    char *q = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);

    memset(p, 'x', 2 * PAGE);
    CHECK_EQ(madvise(p, 2 * PAGE, MADV_FREE), 0);
    CHECK(p[0] == 'x' || p[0] == 0);
    p[PAGE] = 'n';
    CHECK_EQ(p[PAGE], 'n');
    CHECK_ERRNO(madvise(q, PAGE, MADV_FREE), EINVAL);
    munmap(p, 2 * PAGE);
    munmap(q, PAGE);
    close(fd);
}

static void advice_does_what_it_can_around_holes(void)
{
    static const int advice[] = {MADV_NORMAL, MADV_WILLNEED, MADV_RANDOM,
                                 MADV_DONTFORK, MADV_DOFORK};
    char *p = map_with_hole();

    CHECK_ERRNO(madvise(p, 3 * PAGE, MADV_DONTNEED), ENOMEM);
    CHECK(p[0] == 0 && p[2 * PAGE] == 0);
    for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
        CHECK_EQ(madvise(p, PAGE, advice[i]), 0);
        CHECK_EQ(madvise(p, 0, advice[i]), 0);
        CHECK_ERRNO(madvise(p + 1, PAGE, advice[i]), EINVAL);
        CHECK_ERRNO(madvise(p, 3 * PAGE, advice[i]), ENOMEM);
    }
    CHECK_ERRNO(madvise(p, PAGE, 12345), EINVAL);
    CHECK_ERRNO(madvise(p, -1ul, MADV_DONTNEED), EINVAL);
    munmap(p, 3 * PAGE);
}

static void populate_fills_or_says_why_not(void)
{
    int fd = open_file(PAGE);
    char *p = map(4 * PAGE), *q;
    unsigned char vec[4];

    CHECK_EQ(madvise(p, 2 * PAGE, MADV_POPULATE_WRITE), 0);
    CHECK_EQ(mincore(p, 4 * PAGE, vec), 0);
    CHECK((vec[0] & 1) && (vec[1] & 1) && !(vec[3] & 1));
    CHECK_EQ(madvise(p, 4 * PAGE, MADV_POPULATE_READ), 0);
    CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
    CHECK_EQ(madvise(p, PAGE, MADV_POPULATE_READ), 0);
    CHECK_ERRNO(madvise(p, PAGE, MADV_POPULATE_WRITE), EINVAL);
    CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
    CHECK_ERRNO(madvise(p, PAGE, MADV_POPULATE_READ), EINVAL);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_ERRNO(madvise(p + PAGE, PAGE, MADV_POPULATE_READ), ENOMEM);
    q = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
    CHECK_EQ(madvise(q, PAGE, MADV_POPULATE_WRITE), 0);
    CHECK_ERRNO(madvise(q, 2 * PAGE, MADV_POPULATE_READ), EFAULT);
    munmap(p, 4 * PAGE);
    munmap(q, 2 * PAGE);
    close(fd);
}

static void only_own_memory_is_wiped_on_fork(void)
{
    int fd = open_file(PAGE);
    char *p = map(PAGE);
    char *q = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);

    CHECK_EQ(madvise(p, PAGE, MADV_WIPEONFORK), 0);
    CHECK_EQ(madvise(p, PAGE, MADV_KEEPONFORK), 0);
    CHECK_ERRNO(madvise(q, PAGE, MADV_WIPEONFORK), EINVAL);
    munmap(p, PAGE);
    munmap(q, PAGE);
    close(fd);
}

/* --- mincore, msync --- */

static void mincore_tells_what_is_there(void)
{
    char *p = map(8 * PAGE);
    unsigned char vec[9];

    memset(vec, 0xee, sizeof(vec));
    p[2 * PAGE] = 1;
    CHECK_EQ(mincore(p, 7 * PAGE + 1, vec), 0);
    CHECK_EQ(vec[2] & 1, 1);
    CHECK_EQ(vec[5] & 1, 0);
    CHECK_EQ(vec[8], 0xee);
    CHECK_ERRNO(mincore(p + 1, PAGE, vec), EINVAL);
    CHECK_ERRNO(mincore(p, PAGE, check_pointer(8)), EFAULT);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_ERRNO(mincore(p, 2 * PAGE, vec), ENOMEM);
    CHECK_ERRNO(mincore(p, -1ul, vec), ENOMEM);
    munmap(p, 8 * PAGE);
}

static void msync_names_its_errors(void)
{
    int fd = open_file(PAGE);
    char *q = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
    char *p = map_with_hole();

    q[0] = 'm';
    CHECK_EQ(msync(q, PAGE, MS_SYNC), 0);
    CHECK_EQ(msync(q, PAGE, MS_ASYNC | MS_INVALIDATE), 0);
    CHECK_EQ(msync(q, 1, 0), 0);
    CHECK_ERRNO(msync(q, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    CHECK_ERRNO(msync(q, PAGE, 64), EINVAL);
    CHECK_ERRNO(msync(q + 1, PAGE, MS_SYNC), EINVAL);
    CHECK_ERRNO(msync(p, 3 * PAGE, MS_SYNC), ENOMEM);
    munmap(p, 3 * PAGE);
    munmap(q, PAGE);
    close(fd);
}

/* --- mlock --- */

static void mlock_fills_and_keeps(void)
{
    char *p = map(8 * PAGE);
    unsigned char vec[8];

    CHECK_EQ(mlock(p + 1, 4 * PAGE - 1), 0);
    CHECK_EQ(mincore(p, 8 * PAGE, vec), 0);
    CHECK((vec[0] & 1) && (vec[3] & 1) && !(vec[5] & 1));
    p[0] = 'l';
    CHECK_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
    CHECK_ERRNO(msync(p, PAGE, MS_INVALIDATE), EBUSY);
    CHECK_EQ(p[0], 'l');
    CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED_LOCKED), 0);
    CHECK_EQ(p[0], 0);
    CHECK_EQ(munlock(p, 8 * PAGE), 0);
    CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
    CHECK_EQ(syscall(SYS_mlock2, p, PAGE, 1), 0);
    CHECK_ERRNO(syscall(SYS_mlock2, p, PAGE, 2), EINVAL);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK_ERRNO(mlock(p, 3 * PAGE), ENOMEM);
    CHECK_ERRNO(munlock(p, 3 * PAGE), ENOMEM);
    CHECK_ERRNO(mlock(p, -2ul * PAGE), EINVAL);
    munmap(p, 8 * PAGE);
}

static void mlockall_reaches_later_mappings(void)
{
    unsigned char vec[4];
    char *p;

    CHECK_ERRNO(mlockall(0), EINVAL);
    CHECK_ERRNO(mlockall(MCL_ONFAULT), EINVAL);
    CHECK_ERRNO(mlockall(64), EINVAL);
    CHECK_EQ(mlockall(MCL_FUTURE), 0);
    p = map(4 * PAGE);
    CHECK_EQ(mincore(p, 4 * PAGE, vec), 0);
    CHECK(vec[0] & vec[1] & vec[2] & vec[3] & 1);
    CHECK_EQ(munlockall(), 0);
    CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
    munmap(p, 4 * PAGE);
    p = mmap(NULL, 4 * PAGE, RW, ANON | MAP_LOCKED, -1, 0);
    CHECK(p != MAP_FAILED);
    CHECK_EQ(mincore(p, 4 * PAGE, vec), 0);
    CHECK(vec[0] & vec[3] & 1);
    CHECK_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
    munmap(p, 4 * PAGE);
    CHECK_EQ(mlockall(MCL_CURRENT), 0);
    CHECK_EQ(munlockall(), 0);
}

/* --- mremap --- */

static void dontunmap_leaves_zeros_behind(void)
{
    char *p = map(3 * PAGE), *q;

    memset(p, 'x', 3 * PAGE);
    CHECK_ERRNO(mremap(p, PAGE, PAGE, MREMAP_DONTUNMAP, NULL), EINVAL);
    CHECK_ERRNO(
        mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL),
        EINVAL);
    CHECK_ERRNO(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
                       check_pointer(1)),
                EINVAL);
    q = mremap(p + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    CHECK(q != MAP_FAILED && q != p + PAGE);
    CHECK(q[0] == 'x' && p[0] == 'x' && p[2 * PAGE] == 'x');
    CHECK_EQ(p[PAGE], 0);
    p[PAGE] = 'n';
    CHECK_EQ(q[0], 'x');
    munmap(p, 3 * PAGE);
    munmap(q, PAGE);
}

static void only_shared_memory_is_duplicated(void)
{
    int fd = open_file(4 * PAGE);
    char *p = map(PAGE), *q, *r;

    CHECK_ERRNO(mremap(p, 0, PAGE, MREMAP_MAYMOVE), EINVAL);
    q = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    CHECK(q != MAP_FAILED);
    q[3 * PAGE] = '3';
    r = mremap(q + 2 * PAGE, 0, 2 * PAGE, MREMAP_MAYMOVE);
    CHECK(r != MAP_FAILED);
    CHECK_EQ(r[PAGE], '3');
    r[0] = '2';
    CHECK_EQ(q[2 * PAGE], '2');
    munmap(p, PAGE);
    munmap(q, 4 * PAGE);
    munmap(r, 2 * PAGE);
    close(fd);
}

/* --- stacks and limits --- */

static void growsdown_grows_on_a_touch(void)
{
    size_t room = 2048 * PAGE;
    char *base = mmap(NULL, room, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    char *top, *p;

    CHECK(base != MAP_FAILED);
    CHECK_EQ(munmap(base, room), 0);
    top = base + room - PAGE;
    p = mmap(top, PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(p == top);
    CHECK_EQ(store(p), 0);
    CHECK_EQ(store(p - 1), 0);
    CHECK_EQ(store(p - 40 * PAGE), 0);
    CHECK_EQ(p[-20 * PAGE], 0); /* what lies between grew, too */
    CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_GROWSDOWN), 0);
    CHECK_EQ(store(p - 40 * PAGE), SIGSEGV);
    munmap(base, room);
    p = map(PAGE);
    CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_GROWSDOWN), EINVAL);
    CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_GROWSUP), EINVAL);
    munmap(p, PAGE);
}

static void the_stack_limit_can_be_moved(void)
{
    struct rlimit old, r;
    size_t room = 2048 * PAGE;
    char *base = mmap(NULL, room, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    char *p;

    CHECK(base != MAP_FAILED);
    CHECK_EQ(munmap(base, room), 0);
    p = mmap(base + room - PAGE, PAGE, RW,
             ANON | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(p != MAP_FAILED);
    CHECK_EQ(getrlimit(RLIMIT_STACK, &old), 0);
    r = (struct rlimit){64 * PAGE, old.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_STACK, &r), 0);
    CHECK_EQ(store(p - 30 * PAGE), 0);
    CHECK_EQ(store(p - 100 * PAGE), SIGSEGV);
    CHECK_EQ(setrlimit(RLIMIT_STACK, &old), 0);
    CHECK_EQ(store(p - 100 * PAGE), 0);
    munmap(base, room);
}

static void the_address_space_is_limited(void)
{
    struct rlimit old, r;
    char *p = map(64 * PAGE), *fresh;

    CHECK_EQ(getrlimit(RLIMIT_AS, &old), 0);
    r = (struct rlimit){64 * PAGE, old.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_AS, &r), 0);
    fresh = mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0);
    int why = errno;
    char *over = mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0);
    void *grown = mremap(p, 64 * PAGE, 65 * PAGE, MREMAP_MAYMOVE);
    char *end = (char *)syscall(SYS_brk, 0);
    char *moved = (char *)syscall(SYS_brk, end + 16 * PAGE);
    CHECK_EQ(setrlimit(RLIMIT_AS, &old), 0);
    CHECK(fresh == MAP_FAILED && why == ENOMEM);
    CHECK(over == MAP_FAILED || over == p); /* it may be over the limit */
    CHECK(grown == MAP_FAILED);
    CHECK(moved == end);
    munmap(p, 64 * PAGE);
}

static void data_is_limited(void)
{
    struct rlimit old, r;
    char *data, *code, *shared;
    int err;

    CHECK_EQ(getrlimit(RLIMIT_DATA, &old), 0);
    r = (struct rlimit){PAGE, old.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_DATA, &r), 0);
    data = mmap(NULL, PAGE, RW, ANON, -1, 0);
    err = errno;
    code = mmap(NULL, PAGE, PROT_READ, ANON, -1, 0);
    shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int made = mprotect(code, PAGE, RW);
    CHECK_EQ(setrlimit(RLIMIT_DATA, &old), 0);
    CHECK(data == MAP_FAILED && err == ENOMEM);
    CHECK(code != MAP_FAILED && shared != MAP_FAILED);
    CHECK_EQ(made, -1);
    CHECK_EQ(mprotect(code, PAGE, RW), 0);
    munmap(code, PAGE);
    munmap(shared, PAGE);
}

static void memory_that_cannot_be_is_not_promised(void)
{
    struct sysinfo info;
    size_t len;
    char mode = '0';
    int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY);

    if (fd >= 0 && read(fd, &mode, 1) == 1 && mode != '0')
        CHECK_SKIP("vm.overcommit_memory is not 0");
    CHECK_EQ(sysinfo(&info), 0);
    len = (info.totalram + info.totalswap) * info.mem_unit * 4;
    CHECK(mmap(NULL, len, RW, ANON, -1, 0) == MAP_FAILED && errno == ENOMEM);
    CHECK(mmap(NULL, len, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0) ==
              MAP_FAILED &&
          errno == ENOMEM);
    char *p = mmap(NULL, len, RW, ANON | MAP_NORESERVE, -1, 0);
    CHECK(p != MAP_FAILED);
    p[len / 2] = 1;
    munmap(p, len);
    p = mmap(NULL, len, PROT_NONE, ANON, -1, 0);
    CHECK(p != MAP_FAILED);
    CHECK_ERRNO(mprotect(p, len, RW), ENOMEM);
    CHECK_EQ(mprotect(p, PAGE, RW), 0);
    munmap(p, len);
}

/* --- protection keys and large pages --- */

static void keys_that_nobody_has_are_refused(void)
{
    char *p = map(PAGE);

    CHECK_ERRNO(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_pkey_alloc, 0, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_pkey_free, 99), EINVAL);
    CHECK_ERRNO(syscall(SYS_pkey_mprotect, p, PAGE, PROT_READ, 99), EINVAL);
    CHECK_EQ(store(p), 0);
    CHECK_EQ(syscall(SYS_pkey_mprotect, p, PAGE, PROT_READ, -1), 0);
    CHECK_EQ(store(p), SIGSEGV);
    CHECK_EQ(syscall(SYS_pkey_mprotect, p, 0, PROT_READ, 99), 0);
    munmap(p, PAGE);
}

/* Whatever the pages are: parts can be discarded, denied, moved, unmapped. */
static void parts_of_large_areas_are_their_own(void)
{
    enum { LEN = 6 << 20, PART = 1 << 20 };
    char *p = map(LEN), *q;

    madvise(p, LEN, MADV_HUGEPAGE); /* EINVAL: a kernel without */
    for (size_t at = 0; at < LEN; at += PAGE)
        p[at] = (char)(at / PAGE + 1);
    CHECK_EQ(madvise(p + PART, PAGE, MADV_DONTNEED), 0);
    CHECK_EQ(mprotect(p + 3 * PART, PAGE, PROT_READ), 0);
    CHECK_EQ(munmap(p + 5 * PART, PAGE), 0);
    CHECK_EQ(p[PART], 0);
    CHECK_EQ(store(p + 3 * PART), SIGSEGV);
    CHECK_EQ(store(p + 5 * PART), SIGSEGV);
    q = mremap(p + 4 * PART, PART / 2, PART, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED);
    for (size_t at = 0; at < PART / 2; at += PAGE)
        CHECK_EQ(q[at], (char)((4 * PART + at) / PAGE + 1));
    for (size_t at = PAGE; at < 4 * PART; at += PAGE)
        if (at != PART)
            CHECK_EQ(p[at], (char)(at / PAGE + 1));
    munmap(p, LEN);
    munmap(q, PART);
}

int main(void)
{
    RUN(keys_that_nobody_has_are_refused);
    RUN(parts_of_large_areas_are_their_own);
    RUN(dontneed_gives_zeros_or_the_file);
    RUN(free_gives_old_bytes_or_zeros);
    RUN(advice_does_what_it_can_around_holes);
    RUN(populate_fills_or_says_why_not);
    RUN(only_own_memory_is_wiped_on_fork);
    RUN(mincore_tells_what_is_there);
    RUN(msync_names_its_errors);
    RUN(mlock_fills_and_keeps);
    RUN(mlockall_reaches_later_mappings);
    RUN(dontunmap_leaves_zeros_behind);
    RUN(only_shared_memory_is_duplicated);
    RUN(growsdown_grows_on_a_touch);
    RUN(the_stack_limit_can_be_moved);
    RUN(the_address_space_is_limited);
    RUN(data_is_limited);
    RUN(memory_that_cannot_be_is_not_promised);
    return check_end();
}
