// SPDX-License-Identifier: MIT
/*
 * fuzz: a random program: system calls with hostile arguments, from a seed
 * (the first argument, else 1), so that a failure can be had again.
 *
 * On Elfin every number up to NUMBER_END is called but those below that would
 * end, stop or empty the program itself; on Linux only those that can do the
 * machine no harm. Arguments never point at the program's own memory: what a
 * call writes goes to the scratch pages, and calls that change mappings stay
 * within the arena. A call may still sleep for ever: main then leaves that
 * thread where it is and goes on with another.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"

enum {
    NUMBER_END = 471,
    CALLS = 60000,
    STUCK_MS = 300,
    THREADS_MAX = 40,
    PAGE = 4096,
    SCRATCH = 16 * PAGE,
    ARENA = 256 * PAGE,
    FILE_FD = 90, /* out of the way of what calls open */
    DIR_FD = 91,
};

/* They end, stop or replace the program, wait for what never comes, take its
 * channels or its thread pointer away, send it signals, or eat all memory. */
static const short never[] = {
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigreturn,
    SYS_kill,
    SYS_tkill,
    SYS_tgkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_pidfd_send_signal,
    SYS_pause,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_fork,
    SYS_vfork,
    SYS_clone,
    SYS_clone3,
    SYS_execve,
    SYS_execveat,
    SYS_alarm,
    SYS_setitimer,
    SYS_timer_create,
    SYS_close,
    SYS_close_range,
    SYS_dup2,
    SYS_dup3,
    SYS_arch_prctl,
    SYS_brk,
    SYS_reboot,
    SYS_seccomp,
    SYS_ptrace,
    SYS_fallocate,
    SYS_mlockall,
    SYS_futex,
    SYS_prctl,
    SYS_rseq,
    SYS_set_tid_address,
};

static const short harmless[] = {
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_uname,
    SYS_sysinfo,
    SYS_getrusage,
    SYS_times,
    SYS_gettimeofday,
    SYS_time,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_getcpu,
    SYS_sched_yield,
    SYS_getrlimit,
    SYS_getcwd,
    SYS_getgroups,
    SYS_fstat,
    SYS_lseek,
    SYS_pread64,
    SYS_preadv,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_mincore,
    SYS_sigaltstack,
    SYS_rt_sigpending,
    SYS_rt_sigprocmask,
    SYS_getrandom,
    SYS_access,
    SYS_stat,
    SYS_lstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_readlink,
    SYS_statfs,
    SYS_fstatfs,
    SYS_getxattr,
    SYS_getdents64,
    SYS_sched_getaffinity,
    SYS_getpriority,
};

static bool on_elfin;
static char *scratch, *arena;
static uint64_t seed = 1;
static volatile long calls;
static volatile int generation;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1dull;
}

static uint64_t pick(uint64_t n)
{
    return random_bits() % n;
}

static bool listed(const short *list, size_t n, long nr)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == nr)
            return true;
    return false;
}

#define LISTED(list, nr) listed(list, sizeof(list) / sizeof(list[0]), nr)

static long pick_call(void)
{
    long nr;

    if (!on_elfin)
        return harmless[pick(sizeof(harmless) / sizeof(harmless[0]))];
    do
        nr = (long)pick(NUMBER_END);
    while (LISTED(never, nr));
    return nr;
}

/* No small numbers but 0 and those of our files: 1 and 2 are the channels. */
static uint64_t pick_value(void)
{
    static const uint64_t values[] = {
        0,
        7,
        8,
        16,
        64,
        100,
        4095,
        PAGE,
        PAGE + 1,
        0x10000,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        1ull << 32,
        1ull << 47,
        0x7ffffffff000,
        0x7ffffffffff8,
        0x800000000000,
        0xffff7fffffffffff,
        0xffff800000000000,
        0xffffc00000000000,
        0xffffffff80100000,
        1ull << 63,
        INT64_MAX,
        -1ull,
        -8ull,
        -4096ull,
        -100ull,
    };

    switch (pick(8)) {
    case 0:
    case 1:
        return (uint64_t)scratch + pick(SCRATCH);
    case 2: /* runs into unmapped memory */
        return (uint64_t)scratch + SCRATCH - pick(32);
    case 3:
        return (uint64_t)arena + pick(ARENA);
    case 4:
        return pick(3) ? FILE_FD : DIR_FD;
    case 5:
        return 1ull << pick(64) >> (pick(2) ? 3 : 0) & ~3ull;
    default:
        return values[pick(sizeof(values) / sizeof(values[0]))];
    }
}

/* Within the arena, or so that it must be refused. */
static void pick_range(uint64_t *addr, uint64_t *len)
{
    static const uint64_t too_much[] = {1ull << 48, INT64_MAX, -1ull, -4096ull};

    if (pick(8) == 0) {
        *addr = 0xffff800000000000ull + pick(1 << 20) * PAGE;
        *len = too_much[pick(4)];
        return;
    }
    *addr = (uint64_t)arena + pick(ARENA / PAGE) * PAGE;
    *len = pick((uint64_t)arena + ARENA - *addr) + 1;
    if (pick(16) == 0)
        *addr += 1;
    if (pick(16) == 0)
        *len = too_much[pick(4)];
}

static void restrain(long nr, uint64_t *a)
{
    uint64_t unused;

    switch (nr) {
    case SYS_mmap:
        a[2] &= 7;
        a[3] = 1ull << pick(2) | (pick(2) ? MAP_ANONYMOUS : 0) |
               (pick(4) ? MAP_FIXED : 0) | (pick(8) ? 0 : MAP_POPULATE);
        a[4] = FILE_FD;
        pick_range(&a[0], &a[1]);
        break;
    case SYS_mremap:
        pick_range(&a[0], &a[1]);
        pick_range(&a[4], &a[2]);
        a[3] = pick(8);
        break;
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_madvise:
    case SYS_mincore:
    case SYS_remap_file_pages:
    case SYS_mlock:
    case SYS_mlock2:
    case SYS_pkey_mprotect:
    case SYS_shmat:
    case SYS_shmdt:
    case SYS_process_madvise:
    case SYS_mbind:
        unused = a[2];
        pick_range(&a[0], &a[1]);
        a[2] = nr == SYS_mprotect ? unused & 7 : pick(26);
        if (nr == SYS_mincore)
            a[2] = (uint64_t)scratch;
        if (nr == SYS_madvise && a[2] == 9)
            a[2] = 4; /* not MADV_REMOVE */
        break;
    }
}

static void fill_scratch(void)
{
    static const char *const paths[] = {"/",         "..",  "/tmp",
                                        "/dev/zero", "a/b", "/proc/self/maps"};
    uint64_t *word = (uint64_t *)scratch;

    for (int i = 0; i < 64; i++)
        word[pick(SCRATCH / 8)] = pick_value();
    for (int i = 0; i < 8; i++)
        strcpy(scratch + pick(SCRATCH - 32), paths[pick(6)]);
}

static void *run(void *arg)
{
    int mine = (int)(intptr_t)arg;
    uint64_t a[6];

    while (mine == generation && calls < CALLS) {
        long nr = pick_call();

        if (calls % 16 == 0)
            fill_scratch();
        for (int i = 0; i < 6; i++)
            a[i] = pick_value();
        restrain(nr, a);
        syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (mine == generation)
            calls++;
    }
    return NULL;
}

static void prepare(void)
{
    char name[64];
    struct utsname u;
    int fd;

    CHECK_EQ(uname(&u), 0);
    on_elfin = strstr(u.release, "elfin") != NULL;
    mkdir("/tmp", 01777);
    snprintf(name, sizeof(name), "/tmp/elfin-fuzz-%d", (int)getpid());
    fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(unlink(name), 0);
    CHECK_EQ(ftruncate(fd, 3 * PAGE + 100), 0);
    CHECK_EQ(dup2(fd, FILE_FD), FILE_FD);
    CHECK_EQ(dup2(open("/dev", O_RDONLY | O_DIRECTORY), DIR_FD), DIR_FD);
    CHECK_EQ(dup2(open("/dev/null", O_RDWR), 0), 0);
    scratch = mmap(NULL, SCRATCH + PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(scratch != MAP_FAILED);
    CHECK_EQ(mprotect(scratch + SCRATCH, PAGE, PROT_NONE), 0);
    arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(arena != MAP_FAILED);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void start_thread(void)
{
    sigset_t all;
    pthread_t t;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    CHECK_EQ(pthread_create(&t, NULL, run, (void *)(intptr_t)generation), 0);
}

static void the_system_outlives_any_call(void)
{
    long before = -1;

    start_thread();
    while (calls < CALLS && generation < THREADS_MAX) {
        before = calls;
        for (int ms = 0; ms < STUCK_MS && before == calls; ms += 5)
            usleep(5000);
        if (before == calls) {
            generation++;
            start_thread();
        }
    }
    dprintf(1, "%ld calls, %d threads left behind\n", calls, generation);
    CHECK(calls > 0);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0) | 1;
    RUN(prepare);
    RUN(the_system_outlives_any_call);
    return check_end();
}
