// SPDX-License-Identifier: MIT
/*
 * asleep HOW: threads whose registers a core must tell. Three sleep in calls
 * and one is in a loop when the first dies, of a fault or in a call (HOW:
 * fault, call). Each has other values in its registers, none of which depends
 * on where the program lies.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIXED 0x20000000ul /* what arguments point to */
#define FD    99           /* nobody writes to it */

enum { RAX, RDI, RSI, RDX, REGISTERS = 15 }; /* as go() has them */

/* Loads the registers, leaves a marker on the stack, and goes on at where. */
void go(const uint64_t *registers, void (*where)(void));
void in_call(void), behind_call(void), in_loop(void), in_fault(void);
__asm__(".text\n"
        ".globl go, in_call, behind_call, in_loop, in_fault\n"
        "go: push $0x4d41524b\n"
        "    push %rsi\n"
        "    mov 0(%rdi), %rax; mov 16(%rdi), %rsi; mov 24(%rdi), %rdx\n"
        "    mov 32(%rdi), %r10; mov 40(%rdi), %r8; mov 48(%rdi), %r9\n"
        "    mov 56(%rdi), %rbx; mov 64(%rdi), %rbp; mov 72(%rdi), %r12\n"
        "    mov 80(%rdi), %r13; mov 88(%rdi), %r14; mov 96(%rdi), %r15\n"
        "    mov 104(%rdi), %rcx; mov 112(%rdi), %r11; mov 8(%rdi), %rdi\n"
        "    ret\n"
        "in_call: syscall\n"
        "behind_call: ud2\n"
        "in_loop: jmp in_loop\n"
        "in_fault: mov %rax, (%rax)\n");

struct role {
    void (*where)(void);
    uint64_t registers[REGISTERS]; /* 0: any */
    volatile int tid;
};

static void *play(void *arg)
{
    struct role *r = arg;

    for (unsigned i = RDI; i < REGISTERS; i++)
        if (!r->registers[i])
            r->registers[i] = 0x0101010101010101 * i + r->registers[RAX];
    r->tid = gettid();
    go(r->registers, r->where);
    return NULL;
}

static void start(struct role *r)
{
    pthread_t t;

    pthread_create(&t, NULL, play, r);
    while (!r->tid)
        usleep(1000);
}

static void wait_until_asleep(int tid)
{
    char name[64], line[256], *state;
    FILE *f;

    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", tid);
    do {
        usleep(1000);
        f = fopen(name, "r");
        state = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
        if (f)
            fclose(f);
    } while (!state || state[2] != 'S');
}

int main(int argc, char **argv)
{
    static struct role sleeps[] = {
        {in_call, {SYS_pause}, 0},
        {in_call, {SYS_read, FD, FIXED, 1}, 0},
        {in_call, {SYS_nanosleep, FIXED, FIXED}, 0},
    };
    static struct role loops = {in_loop, {77}, 0};
    struct role dies = {in_fault, {0xdead0}, 0};
    int ends[2];

    if (argc < 2 || pipe(ends) || dup2(ends[0], FD) < 0 ||
        mmap((void *)FIXED, 4096, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return 2;
    *(uint64_t *)FIXED = 1000; /* seconds */
    for (unsigned i = 0; i < 3; i++)
        start(&sleeps[i]);
    start(&loops);
    for (unsigned i = 0; i < 3; i++)
        wait_until_asleep(sleeps[i].tid);
    usleep(50000); /* the loop is reached by then */
    if (!strcmp(argv[1], "call"))
        dies = (struct role){
            in_call, {SYS_tgkill, getpid(), getpid(), SIGABRT}, 0};
    play(&dies);
    return 1;
}
