// SPDX-License-Identifier: MIT
/*
 * fork_memory: what a child sees of its parent's memory, and the parent of the
 * child's; and that memory comes back after both.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096, LARGE = 2 << 20 };
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int data = 1;
static char bss[3 * PAGE];

static char *map(size_t len, int flags, int fd)
{
    char *p = mmap(NULL, len, RW, flags, fd, 0);

    CHECK(p != MAP_FAILED);
    return p;
}

/* Runs fn(p) in a child: its exit status, or 1000 and the signal. */
static int in_child(int (*fn)(volatile char *), volatile char *p)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(fn(p));
    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int change_all(volatile char *p)
{
    if (p[0] != 'p' || p[PAGE] != 0 || data != 1)
        return 1;
    p[0] = 'c';
    p[PAGE] = 'c';
    bss[PAGE] = 'c';
    data = 2;
    return p[0] == 'c' && p[PAGE] == 'c' && data == 2 ? 0 : 2;
}

static void a_child_changes_its_own_copy(void)
{
    volatile char stack[2] = {'s', 0};
    char *p = map(2 * PAGE, ANON, -1), *heap = malloc(100000);

    p[0] = 'p';
    heap[50000] = 'h';
    CHECK_EQ(in_child(change_all, p), 0);
    CHECK(p[0] == 'p' && p[PAGE] == 0 && data == 1 && bss[PAGE] == 0);
    CHECK(stack[0] == 's' && heap[50000] == 'h');
    free(heap);
    munmap(p, 2 * PAGE);
}

static void a_parent_changes_its_own_copy(void)
{
    char *p = map(PAGE, ANON, -1);
    int pipes[2], status;
    char c;
    pid_t pid;

    p[0] = 'o';
    CHECK_EQ(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        if (read(pipes[0], &c, 1) != 1)
            _exit(1);
        _exit(p[0] == 'o' ? 0 : 2);
    }
    p[0] = 'n';
    CHECK_EQ(write(pipes[1], "x", 1), 1);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(p[0], 'n');
    close(pipes[0]);
    close(pipes[1]);
    munmap(p, PAGE);
}

static int store_first(volatile char *p)
{
    p[0] = 'c';
    return 0;
}

static void shared_memory_is_shared(void)
{
    int fd = memfd_create("shared", 0);
    char *anon = map(PAGE, MAP_SHARED | MAP_ANONYMOUS, -1), *file, *private;

    CHECK_EQ(ftruncate(fd, PAGE), 0);
    file = map(PAGE, MAP_SHARED, fd);
    private = map(PAGE, MAP_PRIVATE, fd);
    private[1] = 'p';
    CHECK_EQ(in_child(store_first, anon), 0);
    CHECK_EQ(in_child(store_first, file), 0);
    CHECK_EQ(in_child(store_first, private), 0);
    CHECK_EQ(anon[0], 'c');
    CHECK_EQ(file[0], 'c');
    CHECK(private[0] == 0 && private[1] == 'p');
    munmap(anon, PAGE);
    munmap(file, PAGE);
    munmap(private, PAGE);
    close(fd);
}

static int load_first(volatile char *p)
{
    return p[0];
}

static void advice_about_forks_is_taken(void)
{
    char *p = map(3 * PAGE, ANON, -1);

    memset(p, 'x', 3 * PAGE);
    CHECK_EQ(madvise(p, PAGE, MADV_DONTFORK), 0);
    CHECK_EQ(madvise(p + PAGE, PAGE, MADV_WIPEONFORK), 0);
    CHECK_EQ(in_child(load_first, p), 1000 + 11); /* SIGSEGV */
    CHECK_EQ(in_child(load_first, p + PAGE), 0);
    CHECK_EQ(in_child(load_first, p + 2 * PAGE), 'x');
    CHECK_EQ(p[PAGE], 'x');
    CHECK_EQ(madvise(p, PAGE, MADV_DOFORK), 0);
    CHECK_EQ(in_child(load_first, p), 'x');
    munmap(p, 3 * PAGE);
}

/* What is locked cannot be discarded. */
static int discard(volatile char *p)
{
    return madvise((void *)p, PAGE, MADV_DONTNEED) == 0 ? p[0] : 100;
}

static void a_lock_is_not_inherited(void)
{
    char *p = map(PAGE, ANON, -1);

    p[0] = 'x';
    CHECK_EQ(mlock(p, PAGE), 0);
    CHECK_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
    CHECK_EQ(in_child(discard, p), 0);
    CHECK_EQ(p[0], 'x');
    munmap(p, PAGE);
}

static int grow_heap(volatile char *p)
{
    char *end = sbrk(0);

    (void)p;
    if (sbrk(4 * PAGE) != end)
        return 1;
    memset(end, 'c', 4 * PAGE);
    return 0;
}

static void each_side_has_its_heap(void)
{
    char *end = sbrk(0);

    CHECK_EQ(in_child(grow_heap, NULL), 0);
    CHECK_EQ((long)sbrk(0), (long)end);
}

static int check_protection(volatile char *p)
{
    if (mprotect((void *)p, PAGE, RW) < 0 || p[0] != 'x')
        return 1;
    p[0] = 'c';
    return 0;
}

static void protection_is_each_sides_own(void)
{
    char *p = map(PAGE, ANON, -1);

    p[0] = 'x';
    CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
    CHECK_EQ(in_child(load_first, p), 1000 + 11);
    CHECK_EQ(in_child(check_protection, p), 0);
    CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
    CHECK_EQ(p[0], 'x');
    munmap(p, PAGE);
}

static int change_large(volatile char *p)
{
    for (size_t at = 0; at < 3 * LARGE; at += PAGE)
        if (p[at] != (char)(at / PAGE))
            return 1;
    for (size_t at = 0; at < 3 * LARGE; at += 7 * PAGE)
        p[at] = 0;
    return munmap((char *)p + LARGE / 2, LARGE) ? 2 : 0;
}

static void large_memory_is_copied_too(void)
{
    char *p = map(3 * LARGE, ANON, -1);

    for (size_t at = 0; at < 3 * LARGE; at += PAGE)
        p[at] = (char)(at / PAGE);
    CHECK_EQ(in_child(change_large, p), 0);
    for (size_t at = 0; at < 3 * LARGE; at += PAGE)
        CHECK_EQ(p[at], (char)(at / PAGE));
    munmap(p, 3 * LARGE);
}

static unsigned long free_kib(void)
{
    struct sysinfo info;

    CHECK_EQ(sysinfo(&info), 0);
    return info.freeram / 1024 * info.mem_unit;
}

static void memory_comes_back(void)
{
    char *p = map(LARGE, ANON, -1);
    unsigned long before;

    memset(p, 'x', LARGE);
    CHECK_EQ(in_child(store_first, p), 0);
    before = free_kib();
    for (int i = 0; i < 300; i++)
        CHECK_EQ(in_child(store_first, p), 0);
    /* Others use memory on a Linux machine: 300 copies would be more. */
    CHECK(free_kib() + 64 * 1024 > before);
    munmap(p, LARGE);
}

int main(void)
{
    RUN(a_child_changes_its_own_copy);
    RUN(a_parent_changes_its_own_copy);
    RUN(shared_memory_is_shared);
    RUN(advice_about_forks_is_taken);
    RUN(a_lock_is_not_inherited);
    RUN(each_side_has_its_heap);
    RUN(protection_is_each_sides_own);
    RUN(large_memory_is_copied_too);
    RUN(memory_comes_back);
    return check_end();
}
