// SPDX-License-Identifier: MIT
/* semaphores: System V: semget(2), semop(2), semctl(2). */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define KEY 0x5e3a401

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static int id;

static void begin(int n)
{
    id = semget(IPC_PRIVATE, n, 0600);
    CHECK(id >= 0);
}

static void end(void)
{
    CHECK_EQ(semctl(id, 0, IPC_RMID), 0);
}

static int op(int num, int n, int flags)
{
    struct sembuf b = {(unsigned short)num, (short)n, (short)flags};

    return semop(id, &b, 1);
}

static int value(int num)
{
    return semctl(id, num, GETVAL);
}

static void sets_are_made_and_found(void)
{
    int first = semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600);

    CHECK(first >= 0);
    CHECK_EQ(semget(KEY, 3, 0600), first);
    CHECK_EQ(semget(KEY, 0, 0), first);
    CHECK_ERRNO(semget(KEY, 4, 0), EINVAL);
    CHECK_ERRNO(semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK_EQ(semctl(first, 0, IPC_RMID), 0);
    CHECK_ERRNO(semget(KEY, 3, 0), ENOENT);
    CHECK_ERRNO(semget(IPC_PRIVATE, 0, 0600), EINVAL);
    CHECK_ERRNO(semget(IPC_PRIVATE, -1, 0600), EINVAL);
    CHECK_ERRNO(semctl(first, 0, IPC_RMID), EINVAL);
}

static void values_are_set_and_told(void)
{
    unsigned short all[3] = {5, 6, 7}, back[3] = {0};

    begin(3);
    CHECK_EQ(value(0), 0);
    CHECK_EQ(semctl(id, 1, SETVAL, (union semun){.val = 9}), 0);
    CHECK_EQ(value(1), 9);
    CHECK_EQ(semctl(id, 1, GETPID), getpid());
    CHECK_EQ(semctl(id, 0, SETALL, (union semun){.array = all}), 0);
    CHECK_EQ(semctl(id, 0, GETALL, (union semun){.array = back}), 0);
    CHECK(!memcmp(all, back, sizeof(all)));
    CHECK_ERRNO(semctl(id, 3, GETVAL), EINVAL);
    CHECK_ERRNO(semctl(id, 0, SETVAL, (union semun){.val = 40000}), ERANGE);
    CHECK_ERRNO(semctl(id, 0, SETVAL, (union semun){.val = -1}), ERANGE);
    CHECK_ERRNO(semctl(id, 0, 99), EINVAL);
    end();
}

static void operations_happen_all_or_none(void)
{
    struct sembuf both[] = {{0, 2, 0}, {1, -1, IPC_NOWAIT}};

    begin(2);
    CHECK_ERRNO(semop(id, both, 2), EAGAIN);
    CHECK_EQ(value(0), 0);
    CHECK_EQ(op(1, 1, 0), 0);
    CHECK_EQ(semop(id, both, 2), 0);
    CHECK_EQ(value(0), 2);
    CHECK_EQ(value(1), 0);
    CHECK_EQ(op(1, 0, 0), 0);
    CHECK_ERRNO(op(0, 0, IPC_NOWAIT), EAGAIN);
    CHECK_ERRNO(op(0, 32767, 0), ERANGE);
    end();
}

static void operations_are_checked(void)
{
    struct sembuf many[501] = {0};

    begin(1);
    CHECK_ERRNO(op(1, 1, 0), EFBIG);
    CHECK_ERRNO(semop(id, many, 0), EINVAL);
    CHECK_ERRNO(semop(id, many, 501), E2BIG);
    CHECK_ERRNO(semop(id, check_pointer(8), 1), EFAULT);
    CHECK_EQ(semop(id, many, 500), 0);
    CHECK_ERRNO(semop(-1, many, 1), EINVAL);
    end();
    CHECK_ERRNO(op(0, 1, 0), EINVAL);
}

static void *wait_below_zero(void *arg)
{
    (void)arg;
    return (void *)(long)(op(0, -3, 0) ? errno : 0);
}

static void *wait_for_zero(void *arg)
{
    (void)arg;
    return (void *)(long)(op(1, 0, 0) ? errno : 0);
}

static void count_waiters(int command, int num, int n)
{
    for (int i = 0; i < 1000 && semctl(id, num, command) != n; i++)
        usleep(1000);
    CHECK_EQ(semctl(id, num, command), n);
}

static void who_waits_goes_on(void)
{
    pthread_t below, zero;
    void *err;

    begin(2);
    CHECK_EQ(op(1, 1, 0), 0);
    CHECK_EQ(pthread_create(&below, NULL, wait_below_zero, NULL), 0);
    CHECK_EQ(pthread_create(&zero, NULL, wait_for_zero, NULL), 0);
    count_waiters(GETNCNT, 0, 1);
    count_waiters(GETZCNT, 1, 1);
    CHECK_EQ(op(0, 2, 0), 0);
    CHECK_EQ(value(0), 2);
    CHECK_EQ(op(0, 2, 0), 0);
    CHECK_EQ(pthread_join(below, &err), 0);
    CHECK_EQ(err, 0);
    CHECK_EQ(value(0), 1);
    CHECK_EQ(semctl(id, 0, GETNCNT), 0);
    CHECK_EQ(op(1, -1, 0), 0);
    CHECK_EQ(pthread_join(zero, &err), 0);
    CHECK_EQ(err, 0);
    end();
}

static void removal_is_told(void)
{
    pthread_t t;
    void *err;

    begin(1);
    CHECK_EQ(pthread_create(&t, NULL, wait_below_zero, NULL), 0);
    count_waiters(GETNCNT, 0, 1);
    end();
    CHECK_EQ(pthread_join(t, &err), 0);
    CHECK_EQ(err, EIDRM);
}

static void waiting_has_a_limit(void)
{
    struct sembuf b = {0, -1, 0};
    const struct timespec soon = {0, 20000000}, bad = {0, 1000000000};

    begin(1);
    CHECK_ERRNO(semtimedop(id, &b, 1, &soon), EAGAIN);
    CHECK_EQ(semctl(id, 0, GETNCNT), 0);
    CHECK_ERRNO(semtimedop(id, &b, 1, &bad), EINVAL);
    CHECK_ERRNO(semtimedop(id, &b, 1, check_pointer(8)), EFAULT);
    end();
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* Never restarted (signal(7)). */
static void a_signal_ends_the_wait(void)
{
    const struct itimerval soon = {.it_value.tv_usec = 30000};
    struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

    begin(1);
    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
    CHECK_ERRNO(op(0, -1, 0), EINTR);
    end();
}

static void the_end_of_a_process_undoes(void)
{
    pid_t pid;

    begin(2);
    CHECK_EQ(op(0, 3, 0), 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(op(0, -2, SEM_UNDO) || op(1, 4, SEM_UNDO) || op(1, -1, 0));
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(value(0), 3);
    CHECK_EQ(value(1), 0);
    end();
}

static void what_was_set_is_not_undone(void)
{
    pid_t pid;

    begin(1);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(op(0, 5, SEM_UNDO) ||
              semctl(id, 0, SETVAL, (union semun){.val = 2}));
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(value(0), 2);
    end();
}

static void sets_tell_of_themselves(void)
{
    struct semid_ds ds;

    begin(4);
    CHECK_EQ(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}), 0);
    CHECK_EQ(ds.sem_nsems, 4);
    CHECK_EQ(ds.sem_perm.mode & 0777, 0600);
    CHECK_EQ(ds.sem_otime, 0);
    CHECK(llabs(ds.sem_ctime - time(NULL)) <= 2);
    CHECK_EQ(op(0, 1, 0), 0);
    ds.sem_perm.mode = 0640;
    CHECK_EQ(semctl(id, 0, IPC_SET, (union semun){.buf = &ds}), 0);
    CHECK_EQ(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}), 0);
    CHECK_EQ(ds.sem_perm.mode & 0777, 0640);
    CHECK(llabs(ds.sem_otime - time(NULL)) <= 2);
    CHECK_ERRNO(semctl(id, 0, IPC_STAT, (union semun){.buf = check_pointer(8)}),
                EFAULT);
    end();
}

static int nobody_tries(void)
{
    if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
        return 1;
    if (op(0, 1, 0) != -1 || errno != EACCES)
        return 2;
    if (semctl(id, 0, GETVAL) != -1 || errno != EACCES)
        return 3;
    return semctl(id, 0, IPC_RMID) != -1 || errno != EPERM ? 4 : 0;
}

static void others_are_kept_out(void)
{
    int status;
    pid_t pid;

    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    begin(1);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(nobody_tries());
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    end();
}

/* Two processes take turns, each waiting for the other. */
static void processes_take_turns(void)
{
    enum { ROUNDS = 1000 };
    int status;
    pid_t pid;

    begin(2);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        for (int i = 0; i < ROUNDS; i++)
            if (op(0, -1, 0) || op(1, 1, 0))
                _exit(1);
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(op(0, 1, 0), 0);
        CHECK_EQ(op(1, -1, 0), 0);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    end();
}

int main(void)
{
    RUN(sets_are_made_and_found);
    RUN(values_are_set_and_told);
    RUN(operations_happen_all_or_none);
    RUN(operations_are_checked);
    RUN(who_waits_goes_on);
    RUN(removal_is_told);
    RUN(waiting_has_a_limit);
    RUN(a_signal_ends_the_wait);
    RUN(the_end_of_a_process_undoes);
    RUN(what_was_set_is_not_undone);
    RUN(sets_tell_of_themselves);
    RUN(others_are_kept_out);
    RUN(processes_take_turns);
    return check_end();
}
