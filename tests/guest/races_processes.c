// SPDX-License-Identifier: MIT
/*
 * races_processes: processes that begin, end, are killed, stopped and replaced
 * at the same time.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "races.h"

enum { FEW = 3, STATUS = 42 };

#define PROGRAM "/tmp/races-program"

/* The smallest program: _exit(STATUS), so that replacing one costs little. */
static const struct {
    Elf64_Ehdr head;
    Elf64_Phdr segment;
    unsigned char code[12];
} program = {
    .head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
             .e_type = ET_EXEC,
             .e_machine = EM_X86_64,
             .e_version = 1,
             .e_entry = 0x400000 + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
             .e_phoff = sizeof(Elf64_Ehdr),
             .e_ehsize = sizeof(Elf64_Ehdr),
             .e_phentsize = sizeof(Elf64_Phdr),
             .e_phnum = 1},
    .segment = {.p_type = PT_LOAD,
                .p_flags = PF_R | PF_X,
                .p_vaddr = 0x400000,
                .p_filesz = sizeof(program),
                .p_memsz = sizeof(program),
                .p_align = 0x1000},
    /* mov $STATUS, %edi; mov $SYS_exit_group, %eax; syscall */
    .code = {0xbf, STATUS, 0, 0, 0, 0xb8, SYS_exit_group, 0, 0, 0, 0x0f, 0x05},
};

static void write_program(void)
{
    int fd = open(PROGRAM, O_WRONLY | O_CREAT | O_TRUNC, 0755);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, &program, sizeof(program)), sizeof(program));
    close(fd);
}

static pid_t fork_child(void)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;

    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

/* --- fork, exit, kill, wait ----------------------------------------------- */

static void children_end_with_their_status(void)
{
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();

        if (pid == 0)
            _exit((int)(i & 0xff));
        CHECK_EQ(status_of(pid), (i & 0xff) << 8);
    }
}

/* One that is killed as it begins, sleeps, works or ends. */
static void be_killed(long i)
{
    switch (i % 4) {
    case 0:
        for (;;)
            pause();
    case 1:
        for (;;)
            sched_yield();
    case 2:
        for (volatile int n = 0;; n++)
            ;
    default:
        _exit(STATUS);
    }
}

static void a_child_is_killed_or_has_ended(void)
{
    for (long i = 0; i < rounds; i++) {
        int sig = i % 3 ? SIGKILL : SIGTERM, status;
        pid_t pid = fork_child();

        if (pid == 0)
            be_killed(i);
        races_delay(i);
        if (i % 5 == 0)
            sched_yield();
        CHECK_EQ(kill(pid, sig), 0); /* also a zombie */
        status = status_of(pid);
        CHECK(status == sig || (i % 4 == 3 && status == STATUS << 8));
        CHECK_ERRNO(kill(pid, 0), ESRCH);
    }
}

static atomic_long reaped;

static void reap_all(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    errno = saved;
}

/* SIGCHLD is one signal for several children: the handler asks for all. */
static void a_handler_reaps_every_child(void)
{
    struct sigaction sa = {.sa_handler = reap_all, .sa_flags = SA_RESTART};
    sigset_t set, old;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    reaped = 0;
    CHECK_EQ(sigaction(SIGCHLD, &sa, NULL), 0);
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();

        if (pid == 0)
            _exit(0);
        if (i % 8 == 7)
            while (reaped < i - 3)
                usleep(100);
    }
    sigprocmask(SIG_BLOCK, &set, &old);
    while (reaped < rounds)
        sigsuspend(&old);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(reaped, rounds);
    CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
    CHECK_ERRNO(wait(NULL), ECHILD);
}

/* The child ends while its own child does. */
static void grandchildren_leave_nothing(void)
{
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();

        if (pid == 0) {
            if (fork() == 0) {
                races_delay(i);
                _exit(1);
            }
            races_delay(i / 2);
            _exit(STATUS);
        }
        CHECK_EQ(status_of(pid), STATUS << 8);
        while (waitpid(-1, NULL, WNOHANG) > 0) /* when it is process 1 */
            ;
    }
}

static void a_stopped_child_goes_on_or_dies(void)
{
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();
        int status;

        if (pid == 0)
            be_killed(i % 3);
        races_delay(i);
        CHECK_EQ(kill(pid, SIGSTOP), 0);
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
        CHECK_EQ(kill(pid, SIGCONT), 0);
        if (i % 2) {
            CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
            CHECK(WIFCONTINUED(status));
        }
        CHECK_EQ(kill(pid, SIGKILL), 0);
        do
            CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
        while (WIFCONTINUED(status));
        CHECK_EQ(status, SIGKILL);
    }
}

/* --- with threads --------------------------------------------------------- */

static void *spin(void *arg)
{
    for (volatile int n = 0;; n++)
        ;
    return arg;
}

static void *sleep_on(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void *end_process(void *arg)
{
    races_delay((long)arg);
    _exit(STATUS);
}

static void start(void *(*fn)(void *arg), long arg)
{
    pthread_t t;

    if (pthread_create(&t, NULL, fn, (void *)arg))
        _exit(1);
}

static void any_thread_ends_the_process(void)
{
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();

        if (pid == 0) {
            start(sleep_on, 0);
            start(i % 2 ? spin : end_process, i);
            start(end_process, i / 2);
            if (i % 3 == 0)
                end_process((void *)i);
            pthread_exit(NULL);
        }
        CHECK_EQ(status_of(pid), STATUS << 8);
    }
}

static void *replace_program(void *arg)
{
    races_delay((long)arg);
    execl(PROGRAM, "program", NULL);
    _exit(2); /* another was first: then that one has ended this one */
}

/* Linux makes no thread while another replaces the program. */
static void start_or_be_replaced(void *(*fn)(void *arg), long arg)
{
    pthread_t t;
    int err = pthread_create(&t, NULL, fn, (void *)arg);

    if (err == EAGAIN)
        sleep_on(NULL);
    if (err)
        _exit(1);
}

/* Threads end, the process goes on as a new program under its number. */
static void a_thread_replaces_the_program(void)
{
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();

        if (pid == 0) {
            start(i % 2 ? spin : sleep_on, 0);
            start(replace_program, i);
            if (i % 3 == 0)
                start_or_be_replaced(replace_program, i / 2);
            if (i % 5 == 0)
                pthread_exit(NULL);
            for (;;)
                pause();
        }
        CHECK_EQ(status_of(pid), STATUS << 8);
    }
}

static void a_program_is_killed_while_it_is_replaced(void)
{
    for (long i = 0; i < rounds; i++) {
        pid_t pid = fork_child();
        int status;

        if (pid == 0) {
            start(sleep_on, 0);
            replace_program(NULL);
        }
        for (long k = i % 7; k > 0; k--)
            sched_yield();
        races_delay(i);
        CHECK_EQ(kill(pid, SIGKILL), 0);
        status = status_of(pid);
        CHECK(status == SIGKILL || status == STATUS << 8);
    }
}

static void programs_are_spawned(void)
{
    char *argv[] = {(char *)"program", NULL};
    char *env[] = {NULL};
    pid_t pid;

    for (long i = 0; i < rounds; i++) {
        CHECK_EQ(posix_spawn(&pid, PROGRAM, NULL, NULL, argv, env), 0);
        CHECK_EQ(status_of(pid), STATUS << 8);
    }
}

/* --- locks in shared memory ----------------------------------------------- */

static pthread_mutex_t *make_shared(int protocol)
{
    pthread_mutex_t *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t a;

    CHECK(m != MAP_FAILED);
    CHECK_EQ(pthread_mutexattr_init(&a), 0);
    CHECK_EQ(pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED), 0);
    CHECK_EQ(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST), 0);
    CHECK_EQ(pthread_mutexattr_setprotocol(&a, protocol), 0);
    CHECK_EQ(pthread_mutex_init(m, &a), 0);
    return m;
}

/* Takes the lock and leaves it behind, one way or another. */
static void die_with(pthread_mutex_t *m, long i)
{
    int err = pthread_mutex_lock(m);

    if (err == EOWNERDEAD)
        err = pthread_mutex_consistent(m);
    if (err)
        _exit(err);
    races_delay(i);
    if (i % 3 == 0)
        _exit(0);
    if (i % 3 == 1)
        raise(SIGKILL);
    execl(PROGRAM, "program", NULL);
    _exit(1);
}

static void dead_processes_leave_locks(int protocol)
{
    pthread_mutex_t *m = make_shared(protocol);

    for (long i = 0; i < rounds; i += FEW) {
        static const int ends[] = {0, SIGKILL, STATUS << 8};
        pid_t pid[FEW];

        for (int k = 0; k < FEW; k++) {
            pid[k] = fork_child();
            if (pid[k] == 0)
                die_with(m, i + k);
        }
        for (int k = 0; k < FEW; k++)
            CHECK_EQ(status_of(pid[k]), ends[(i + k) % 3]);
        CHECK_EQ(pthread_mutex_lock(m), EOWNERDEAD);
        CHECK_EQ(pthread_mutex_consistent(m), 0);
        CHECK_EQ(pthread_mutex_unlock(m), 0);
    }
    CHECK_EQ(munmap(m, 4096), 0);
}

static void processes_that_die_leave_robust_locks(void)
{
    dead_processes_leave_locks(PTHREAD_PRIO_NONE);
}

static void and_inheriting_ones(void)
{
    dead_processes_leave_locks(PTHREAD_PRIO_INHERIT);
}

/* Two processes take turns at a lock, and the child of a holder is none. */
static void a_shared_lock_excludes(int protocol)
{
    pthread_mutex_t *m = make_shared(protocol);
    volatile long *count = (volatile long *)(m + 1);
    pid_t pid = fork_child();

    for (long i = 0; i < rounds; i++) {
        if (pthread_mutex_lock(m))
            _exit(1);
        *count = *count + 1;
        if (i % 16 == 0)
            sched_yield();
        if (pthread_mutex_unlock(m))
            _exit(1);
    }
    if (pid == 0)
        _exit(0);
    CHECK_EQ(status_of(pid), 0);
    CHECK_EQ(*count, 2 * rounds);
    CHECK_EQ(munmap(m, 4096), 0);
}

static void processes_share_a_lock(void)
{
    a_shared_lock_excludes(PTHREAD_PRIO_NONE);
}

static void processes_share_an_inheriting_lock(void)
{
    a_shared_lock_excludes(PTHREAD_PRIO_INHERIT);
}

static void a_child_owns_no_lock_of_its_parent(void)
{
    pthread_mutex_t *m = make_shared(PTHREAD_PRIO_INHERIT);
    pid_t pid;

    CHECK_EQ(pthread_mutex_lock(m), 0);
    pid = fork_child();
    if (pid == 0)
        _exit(pthread_mutex_trylock(m) == EBUSY &&
                      pthread_mutex_unlock(m) == EPERM
                  ? 0
                  : 1);
    CHECK_EQ(status_of(pid), 0);
    CHECK_EQ(pthread_mutex_unlock(m), 0);
    CHECK_EQ(munmap(m, 4096), 0);
}

int main(int argc, char **argv)
{
    races_begin(argc, argv, 60);
    RUN(write_program);
    RUN(children_end_with_their_status);
    RUN(a_child_is_killed_or_has_ended);
    RUN(a_handler_reaps_every_child);
    RUN(grandchildren_leave_nothing);
    RUN(a_stopped_child_goes_on_or_dies);
    RUN(any_thread_ends_the_process);
    RUN(a_thread_replaces_the_program);
    RUN(a_program_is_killed_while_it_is_replaced);
    RUN(programs_are_spawned);
    RUN(processes_that_die_leave_robust_locks);
    RUN(and_inheriting_ones);
    RUN(processes_share_a_lock);
    RUN(processes_share_an_inheriting_lock);
    RUN(a_child_owns_no_lock_of_its_parent);
    unlink(PROGRAM);
    return check_end();
}
