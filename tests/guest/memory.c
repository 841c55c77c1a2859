// SPDX-License-Identifier: MIT
/*
 * memory: mmap, munmap, mprotect, brk and pointers that lead nowhere. Whether
 * an address is readable or writable is asked through read(2) and write(2),
 * which answer EFAULT, so that no signal handler is needed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096 };
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int probe; /* a small file of eight bytes */

/* pwrite reads the byte at p, pread stores one there. */
static int readable(const void *p)
{
    return pwrite(probe, p, 1, 8) == 1;
}

static int writable(void *p)
{
    return pread(probe, p, 1, 0) == 1;
}

static char *map(size_t len, int prot)
{
    char *p = mmap(NULL, len, prot, ANON, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK_EQ((uintptr_t)p % PAGE, 0);
    return p;
}

static void anonymous_memory_is_zero_and_holds(void)
{
    size_t len = 64 * PAGE;
    char *p = map(len, RW);

    for (size_t i = 0; i < len; i += 512)
        CHECK(p[i] == 0);
    memset(p, 0xa5, len);
    for (size_t i = 0; i < len; i += 512)
        CHECK(p[i] == (char)0xa5);
    CHECK_EQ(munmap(p, len), 0);
    CHECK(!readable(p));
}

static void mmap_names_its_errors(void)
{
    CHECK(mmap(NULL, 0, RW, ANON, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == EINVAL);
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0) == MAP_FAILED &&
          errno == EBADF);
    CHECK(mmap(NULL, (size_t)1 << 62, RW, ANON, -1, 0) == MAP_FAILED &&
          errno == ENOMEM);
    CHECK(mmap(check_pointer(123), PAGE, RW, ANON | MAP_FIXED, -1, 0) ==
              MAP_FAILED &&
          errno == EINVAL);
    CHECK(mmap(check_pointer(0xffff800000000000ul), PAGE, RW, ANON | MAP_FIXED,
               -1, 0) == MAP_FAILED &&
          errno == ENOMEM);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, probe, 7) == MAP_FAILED &&
          errno == EINVAL);
}

static void a_hint_is_used_when_free(void)
{
    char *p = map(4 * PAGE, RW);

    CHECK_EQ(munmap(p, 4 * PAGE), 0);
    CHECK(mmap(p, PAGE, RW, ANON, -1, 0) == p);
    char *q = mmap(p, PAGE, RW, ANON, -1, 0);
    CHECK(q != MAP_FAILED && q != p);
    munmap(p, PAGE);
    munmap(q, PAGE);
}

static void fixed_replaces_and_noreplace_refuses(void)
{
    char *p = map(3 * PAGE, RW);

    memset(p, 1, 3 * PAGE);
    CHECK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0) == p + PAGE);
    CHECK(p[PAGE - 1] == 1 && p[PAGE] == 0 && p[2 * PAGE] == 1);
    CHECK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) ==
              MAP_FAILED &&
          errno == EEXIST);
    munmap(p, 3 * PAGE);
}

static void munmap_takes_the_middle_out(void)
{
    char *p = map(3 * PAGE, RW);

    memset(p, 7, 3 * PAGE);
    CHECK_EQ(munmap(p + PAGE, PAGE), 0);
    CHECK(readable(p) && !readable(p + PAGE) && readable(p + 2 * PAGE));
    CHECK(p[0] == 7 && p[2 * PAGE] == 7);
    CHECK_EQ(munmap(p, 3 * PAGE), 0); /* a hole is no error */
    CHECK(!readable(p) && !readable(p + 2 * PAGE));
    CHECK_ERRNO(munmap(p + 1, PAGE), EINVAL);
    CHECK_ERRNO(munmap(p, 0), EINVAL);
}

static void mprotect_is_obeyed(void)
{
    char *p = map(3 * PAGE, RW);

    memset(p, 3, 3 * PAGE);
    CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ), 0);
    CHECK(writable(p) && readable(p + PAGE) && !writable(p + PAGE));
    CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_NONE), 0);
    CHECK(!readable(p + PAGE) && readable(p + 2 * PAGE));
    CHECK_EQ(mprotect(p, 3 * PAGE, RW), 0);
    CHECK(writable(p + PAGE) && p[PAGE + 1] == 3);
    CHECK_ERRNO(mprotect(p + 1, PAGE, RW), EINVAL);
    munmap(p + PAGE, PAGE);
    CHECK_ERRNO(mprotect(p, 3 * PAGE, PROT_READ), ENOMEM);
    munmap(p, 3 * PAGE);
}

static void code_runs_where_it_may(void)
{
    static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
    char *p = map(PAGE, RW);
    int (*fn)(void) = (int (*)(void))p;

    memcpy(p, code, sizeof(code)); /* mov $42, %eax; ret */
    CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_EXEC), 0);
    CHECK_EQ(fn(), 42);
    munmap(p, PAGE);
}

static void a_big_reservation_costs_nothing(void)
{
    size_t len = (size_t)1 << 40;
    char *p = mmap(NULL, len, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK_EQ(mprotect(p + len / 2, PAGE, RW), 0);
    p[len / 2] = 1;
    CHECK(!readable(p + len / 2 - 1));
    CHECK_EQ(munmap(p, len), 0);
}

static void private_file_pages_are_our_own(void)
{
    char c;
    char *p = mmap(NULL, PAGE, RW, MAP_PRIVATE, probe, 0);

    CHECK(p != MAP_FAILED);
    CHECK(memcmp(p, "01234567", 8) == 0);
    CHECK(p[100] == 0);
    p[0] = 'x';
    CHECK_EQ(pread(probe, &c, 1, 0), 1);
    CHECK(c == '0');
    munmap(p, PAGE);
}

static void shared_file_pages_are_the_file(void)
{
    char c;
    char *p = mmap(NULL, PAGE, RW, MAP_SHARED, probe, 0);

    CHECK(p != MAP_FAILED);
    p[1] = 'y';
    CHECK_EQ(pread(probe, &c, 1, 1), 1);
    CHECK(c == 'y');
    CHECK_EQ(pwrite(probe, "1", 1, 1), 1);
    CHECK(p[1] == '1');
    munmap(p, PAGE);
}

static void brk_moves_the_heap_both_ways(void)
{
    char *old = sbrk(0);

    CHECK(sbrk(10 * PAGE) == old);
    memset(old, 9, 10 * PAGE);
    CHECK_EQ(brk(old), 0);
    CHECK(!readable(old + PAGE + (-(uintptr_t)old & (PAGE - 1))));
    CHECK(sbrk(10 * PAGE) == old);
    for (int i = PAGE; i < 10 * PAGE; i++)
        CHECK(old[i] == 0);
    CHECK_EQ(brk(old), 0);
    /* The kernel answers a refusal with the old break. */
    CHECK(syscall(SYS_brk, 1ul << 62) == (long)old);
    CHECK(syscall(SYS_brk, 0) == (long)old);
}

static void the_allocator_works_hard(void)
{
    static char *block[500];
    unsigned seed = 1;

    for (int round = 0; round < 20000; round++) {
        seed = seed * 1664525 + 1013904223;
        unsigned i = (seed >> 8) % 500, size = (seed >> 4) % 9000 + 8;
        if (block[i]) {
            CHECK(block[i][0] == (char)i && block[i][7] == (char)i);
            free(block[i]);
        }
        CHECK((block[i] = malloc(size)));
        memset(block[i], (char)i, size);
    }
    for (int i = 0; i < 500; i++)
        free(block[i]);
}

static void calls_answer_efault_for_any_pointer(void)
{
    static const uintptr_t bad[] = {
        8,
        0x7ffffffff000,     /* the last page of user space, or past it */
        0x800000000000,     /* not canonical */
        0xffff7fffffffffff, /* not canonical */
        0xffff800000000000, /* the kernel's half */
        0xffffffff80000000, /* where kernels like to be */
        0xfffffffffffffff8, /* about to wrap */
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        void *p = check_pointer(bad[i]);
        CHECK_ERRNO(pread(probe, p, 8, 0), EFAULT);
        CHECK_ERRNO(pwrite(probe, p, 8, 0), EFAULT);
        CHECK_ERRNO(open(p, O_RDONLY), EFAULT);
        CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_REALTIME, p), EFAULT);
    }
}

static void a_buffer_may_end_in_unmapped_memory(void)
{
    char *p = map(2 * PAGE, RW);

    munmap(p + PAGE, PAGE);
    memcpy(p + PAGE - 4, "abcd", 4);
    CHECK_EQ(pwrite(probe, p + PAGE - 4, 4, 0), 4);
    errno = 0;
    long n = pread(probe, p + PAGE - 4, 8, 0);
    CHECK(n == 4 || (n == -1 && errno == EFAULT));
    CHECK(memcmp(p + PAGE - 4, "abcd", 4) == 0);
    strcpy(p + PAGE - 5, "/dev");
    CHECK(open(p + PAGE - 5, O_RDONLY) >= 0);
    p[PAGE - 1] = 'x'; /* the string now runs into the hole */
    CHECK_ERRNO(open(p + PAGE - 5, O_RDONLY), EFAULT);
    munmap(p, PAGE);
}

static void open_probe(void)
{
    char name[64];

    mkdir("/tmp", 01777);
    snprintf(name, sizeof(name), "/tmp/elfin-memory-%d", (int)getpid());
    probe = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(probe >= 0);
    CHECK_EQ(unlink(name), 0);
    CHECK_EQ(write(probe, "01234567", 8), 8);
}

int main(void)
{
    RUN(open_probe);
    RUN(anonymous_memory_is_zero_and_holds);
    RUN(mmap_names_its_errors);
    RUN(a_hint_is_used_when_free);
    RUN(fixed_replaces_and_noreplace_refuses);
    RUN(munmap_takes_the_middle_out);
    RUN(mprotect_is_obeyed);
    RUN(code_runs_where_it_may);
    RUN(a_big_reservation_costs_nothing);
    RUN(private_file_pages_are_our_own);
    RUN(shared_file_pages_are_the_file);
    RUN(brk_moves_the_heap_both_ways);
    RUN(the_allocator_works_hard);
    RUN(calls_answer_efault_for_any_pointer);
    RUN(a_buffer_may_end_in_unmapped_memory);
    return check_end();
}
