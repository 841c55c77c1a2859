// SPDX-License-Identifier: MIT
/*
 * crashes HOW: dies of a signal in a function whose callers a debugger can
 * name. HOW: pointer, stack (an overflow), call (through a wild pointer),
 * thread (a second of three threads follows a wild pointer), reserve (the
 * first, with TiBs reserved), abort.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct link {
    int value;
    struct link *next;
};

static struct link first = {40, (struct link *)0xdead0};
static pthread_barrier_t barrier;
static char *volatile reserved; /* looked at in the core */

__attribute__((noinline)) static int add_up(const struct link *l)
{
    int sum = 0;

    for (; l; l = l->next)
        sum += l->value;
    return sum;
}

__attribute__((noinline)) static int middle(int n)
{
    int sum = add_up(&first) + n;

    __asm__ volatile("");
    return sum;
}

__attribute__((noinline)) static int outer(int n)
{
    int sum = middle(n + 1);

    __asm__ volatile("");
    return sum;
}

__attribute__((noinline)) static int deeper(volatile int n)
{
    char room[4096];
    int below;

    __asm__ volatile("" : : "r"(room) : "memory");
    below = n ? deeper(n - 1) : 0;
    __asm__ volatile("" : : "r"(room) : "memory");
    return below + 1;
}

__attribute__((noinline)) static int call(int (*wild)(void))
{
    int result = wild();

    __asm__ volatile("");
    return result;
}

static void *wait_for_ever(void *unused)
{
    pthread_barrier_wait(&barrier);
    for (;;)
        pause();
    return unused;
}

static void *crash(void *unused)
{
    pthread_barrier_wait(&barrier);
    usleep(50000); /* the others have gone to sleep by then */
    outer(2);
    return unused;
}

static int in_thread(void)
{
    pthread_t waiting, crashing;

    pthread_barrier_init(&barrier, NULL, 3);
    pthread_create(&waiting, NULL, wait_for_ever, NULL);
    pthread_create(&crashing, NULL, crash, NULL);
    pthread_barrier_wait(&barrier);
    pthread_join(crashing, NULL);
    return 0;
}

/* 4 TiB of which a few pages far from one another are used. */
static int in_a_large_space(void)
{
    size_t size = 1ul << 42;

    reserved = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED)
        return 1;
    for (int i = 0; i < 8; i++)
        memset(reserved + i * (size / 8), 'a' + i, 4096);
    return outer(3);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "pointer") == 0)
        return outer(1);
    if (strcmp(how, "stack") == 0)
        return deeper(1 << 20);
    if (strcmp(how, "call") == 0)
        return call((int (*)(void))0x10);
    if (strcmp(how, "thread") == 0)
        return in_thread();
    if (strcmp(how, "reserve") == 0)
        return in_a_large_space();
    if (strcmp(how, "abort") == 0)
        abort();
    return 2;
}
