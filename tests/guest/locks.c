// SPDX-License-Identifier: MIT
/*
 * locks: flock(2), POSIX record locks and open file description locks. Another
 * owner of a record lock is another process; of the others, another open(2).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char path[64];

static int reopen(void)
{
    int fd = open(path, O_RDWR | O_CREAT, 0644);

    CHECK(fd >= 0);
    return fd;
}

static struct flock range(short type, off_t start, off_t len)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}

static int lock(int fd, int cmd, short type, off_t start, off_t len)
{
    struct flock l = range(type, start, len);

    return fcntl(fd, cmd, &l);
}

static int ofd(int fd, short type, off_t start, off_t len)
{
    return lock(fd, F_OFD_SETLK, type, start, len);
}

/* --- flock --- */

static void shared_flocks_go_together(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(flock(a, LOCK_SH), 0);
    CHECK_EQ(flock(b, LOCK_SH | LOCK_NB), 0);
    CHECK_ERRNO(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    close(a);
    close(b);
}

static void an_exclusive_flock_is_alone(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(flock(a, LOCK_EX), 0);
    CHECK_ERRNO(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK_ERRNO(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_EQ(flock(a, LOCK_EX), 0);
    CHECK_EQ(flock(a, LOCK_UN), 0);
    CHECK_EQ(flock(b, LOCK_EX | LOCK_NB), 0);
    close(a);
    close(b);
}

static void a_flock_belongs_to_the_open_file(void)
{
    int a = reopen(), copy = dup(a), b = reopen();

    CHECK_EQ(flock(a, LOCK_EX), 0);
    CHECK_EQ(flock(copy, LOCK_SH), 0);
    CHECK_EQ(flock(b, LOCK_SH | LOCK_NB), 0);
    CHECK_EQ(flock(b, LOCK_UN), 0);
    CHECK_EQ(flock(copy, LOCK_EX), 0);
    close(a);
    CHECK_ERRNO(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    close(copy);
    CHECK_EQ(flock(b, LOCK_EX | LOCK_NB), 0);
    close(b);
}

static void a_failed_change_loses_the_flock(void)
{
    int a = reopen(), b = reopen(), c = reopen();

    CHECK_EQ(flock(a, LOCK_SH), 0);
    CHECK_EQ(flock(b, LOCK_SH), 0);
    CHECK_ERRNO(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_EQ(flock(b, LOCK_UN), 0);
    CHECK_EQ(flock(c, LOCK_EX | LOCK_NB), 0);
    close(a);
    close(b);
    close(c);
}

static void flock_names_its_errors(void)
{
    int a = reopen(), p = open(path, O_PATH);

    CHECK_ERRNO(flock(-1, LOCK_SH), EBADF);
    CHECK_ERRNO(flock(p, LOCK_SH), EBADF);
    CHECK_ERRNO(flock(a, 0), EINVAL);
    CHECK_ERRNO(flock(a, LOCK_SH | LOCK_EX), EINVAL);
    CHECK_EQ(flock(a, LOCK_UN), 0);
    close(a);
    close(p);
}

static void flocks_and_records_ignore_each_other(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(flock(a, LOCK_EX), 0);
    CHECK_EQ(ofd(b, F_WRLCK, 0, 0), 0);
    close(a);
    close(b);
}

static void *lock_exclusively(void *arg)
{
    int *fd = arg;

    *fd = flock(*fd, LOCK_EX);
    return NULL;
}

static void flock_waits(void)
{
    int a = reopen(), b = reopen(), result = b;
    pthread_t t;

    CHECK_EQ(flock(a, LOCK_EX), 0);
    CHECK_EQ(pthread_create(&t, NULL, lock_exclusively, &result), 0);
    usleep(20000);
    CHECK_EQ(result, b);
    CHECK_EQ(flock(a, LOCK_UN), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(result, 0);
    close(a);
    close(b);
}

static void nothing(int sig)
{
    (void)sig;
}

static void a_signal_ends_the_wait(void)
{
    struct sigaction sa = {.sa_handler = nothing};
    int a = reopen(), b = reopen(), result, why;

    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    CHECK_EQ(flock(a, LOCK_EX), 0);
    CHECK_EQ(ofd(a, F_WRLCK, 0, 0), 0);
    ualarm(20000, 20000); /* the first may come too early */
    result = flock(b, LOCK_EX);
    why = errno;
    ualarm(0, 0);
    CHECK_EQ(result, -1);
    CHECK_EQ(why, EINTR);
    ualarm(20000, 20000);
    result = lock(b, F_OFD_SETLKW, F_RDLCK, 0, 1);
    why = errno;
    ualarm(0, 0);
    CHECK_EQ(result, -1);
    CHECK_EQ(why, EINTR);
    close(a);
    close(b);
}

/* --- open file description locks --- */

static void ranges_conflict_where_they_overlap(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(ofd(a, F_WRLCK, 10, 10), 0);
    CHECK_EQ(ofd(b, F_WRLCK, 0, 10), 0);
    CHECK_EQ(ofd(b, F_WRLCK, 20, 0), 0);
    CHECK_ERRNO(ofd(b, F_WRLCK, 19, 1), EAGAIN);
    CHECK_ERRNO(ofd(b, F_RDLCK, 0, 11), EAGAIN);
    close(a);
    CHECK_EQ(ofd(b, F_WRLCK, 19, 1), 0);
    close(b);
}

static void read_locks_go_together(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(ofd(a, F_RDLCK, 0, 10), 0);
    CHECK_EQ(ofd(b, F_RDLCK, 5, 10), 0);
    CHECK_ERRNO(ofd(b, F_WRLCK, 5, 1), EAGAIN);
    CHECK_EQ(ofd(b, F_WRLCK, 10, 1), 0);
    close(a);
    close(b);
}

static void unlocking_cuts_a_range(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(ofd(a, F_WRLCK, 0, 100), 0);
    CHECK_EQ(ofd(a, F_UNLCK, 40, 20), 0);
    CHECK_ERRNO(ofd(b, F_RDLCK, 39, 1), EAGAIN);
    CHECK_EQ(ofd(b, F_RDLCK, 40, 20), 0);
    CHECK_ERRNO(ofd(b, F_RDLCK, 60, 1), EAGAIN);
    close(a);
    close(b);
}

static void a_lock_changes_its_type_in_part(void)
{
    struct flock l;
    int a = reopen(), b = reopen();

    CHECK_EQ(ofd(a, F_WRLCK, 0, 100), 0);
    CHECK_EQ(ofd(a, F_RDLCK, 50, 10), 0);
    CHECK_EQ(ofd(b, F_RDLCK, 50, 10), 0);
    CHECK_ERRNO(ofd(b, F_RDLCK, 49, 2), EAGAIN);
    l = range(F_RDLCK, 60, 1);
    CHECK_EQ(fcntl(b, F_OFD_GETLK, &l), 0);
    CHECK_EQ(l.l_type, F_WRLCK);
    CHECK_EQ(l.l_start, 60);
    CHECK_EQ(l.l_len, 40);
    CHECK_EQ(l.l_pid, -1);
    close(a);
    close(b);
}

static void neighbours_become_one(void)
{
    struct flock l = range(F_WRLCK, 5, 1);
    int a = reopen(), b = reopen();

    CHECK_EQ(ofd(a, F_WRLCK, 20, 10), 0);
    CHECK_EQ(ofd(a, F_WRLCK, 0, 10), 0);
    CHECK_EQ(ofd(a, F_WRLCK, 10, 10), 0);
    CHECK_EQ(fcntl(b, F_OFD_GETLK, &l), 0);
    CHECK_EQ(l.l_start, 0);
    CHECK_EQ(l.l_len, 30);
    close(a);
    close(b);
}

static void nothing_in_the_way_is_said_so(void)
{
    struct flock l = range(F_WRLCK, 5, 1);
    int a = reopen();

    CHECK_EQ(ofd(a, F_WRLCK, 0, 0), 0);
    CHECK_EQ(fcntl(a, F_OFD_GETLK, &l), 0);
    CHECK_EQ(l.l_type, F_UNLCK);
    CHECK_EQ(l.l_start, 5);
    close(a);
}

static void ranges_count_from_anywhere(void)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_END, .l_len = -4};
    int a = reopen(), b = reopen();

    CHECK_EQ(ftruncate(a, 100), 0);
    CHECK_EQ(fcntl(a, F_OFD_SETLK, &l), 0);
    CHECK_EQ(ofd(b, F_WRLCK, 0, 96), 0);
    CHECK_ERRNO(ofd(b, F_WRLCK, 96, 1), EAGAIN);
    CHECK_EQ(ofd(b, F_WRLCK, 100, 0), 0);
    close(a);
    close(b);
    a = reopen();
    CHECK_EQ(lseek(a, 50, SEEK_SET), 50);
    l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -10};
    CHECK_EQ(fcntl(a, F_OFD_SETLK, &l), 0);
    b = reopen();
    CHECK_EQ(ofd(b, F_WRLCK, 0, 40), 0);
    CHECK_ERRNO(ofd(b, F_WRLCK, 40, 1), EAGAIN);
    close(a);
    close(b);
}

static void fcntl_names_its_errors(void)
{
    int a = reopen(), r = open(path, O_RDONLY), w = open(path, O_WRONLY);
    struct flock l = range(F_WRLCK, 0, 0);

    CHECK_ERRNO(ofd(r, F_WRLCK, 0, 0), EBADF);
    CHECK_ERRNO(ofd(w, F_RDLCK, 0, 0), EBADF);
    CHECK_ERRNO(lock(r, F_SETLK, F_WRLCK, 0, 0), EBADF);
    CHECK_ERRNO(ofd(a, 7, 0, 0), EINVAL);
    CHECK_ERRNO(ofd(a, F_WRLCK, -1, 0), EINVAL);
    CHECK_ERRNO(ofd(a, F_WRLCK, 5, -6), EINVAL);
    CHECK_ERRNO(ofd(a, F_WRLCK, INT64_MAX, 2), EOVERFLOW);
    l.l_pid = 1;
    CHECK_ERRNO(fcntl(a, F_OFD_SETLK, &l), EINVAL);
    l.l_pid = 0;
    l.l_whence = 9;
    CHECK_ERRNO(fcntl(a, F_SETLK, &l), EINVAL);
    CHECK_ERRNO(fcntl(a, F_SETLK, check_pointer(1)), EFAULT);
    CHECK_ERRNO(fcntl(-1, F_SETLK, &l), EBADF);
    close(a);
    close(r);
    close(w);
}

/* --- record locks --- */

static void a_process_does_not_lock_itself_out(void)
{
    struct flock l = range(F_WRLCK, 0, 0);
    int a = reopen(), b = reopen();

    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQ(lock(b, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQ(fcntl(b, F_GETLK, &l), 0);
    CHECK_EQ(l.l_type, F_UNLCK);
    close(a);
    close(b);
}

static void records_and_open_files_conflict(void)
{
    struct flock l = range(F_WRLCK, 0, 0);
    int a = reopen(), b = reopen();

    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 5, 5), 0);
    CHECK_ERRNO(ofd(b, F_RDLCK, 0, 0), EAGAIN);
    CHECK_EQ(fcntl(b, F_OFD_GETLK, &l), 0);
    CHECK_EQ(l.l_pid, getpid());
    CHECK_EQ(l.l_start, 5);
    CHECK_EQ(l.l_len, 5);
    close(a);
    close(b);
}

static void closing_any_descriptor_ends_record_locks(void)
{
    int a = reopen(), b = reopen(), c = reopen();

    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_ERRNO(ofd(c, F_WRLCK, 0, 0), EAGAIN);
    close(b);
    CHECK_EQ(ofd(c, F_WRLCK, 0, 0), 0);
    close(a);
    close(c);
}

static void a_copied_over_descriptor_ends_them_too(void)
{
    int a = reopen(), b = reopen(), c = reopen(), null;

    null = open("/dev/null", O_RDWR);
    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 0, 0), 0);
    CHECK_EQ(dup2(null, b), b);
    CHECK_EQ(ofd(c, F_WRLCK, 0, 0), 0);
    close(a);
    close(b);
    close(c);
    close(null);
}

/* What fn says in a child; skips the case where there is no fork. */
static int in_child(int (*fn)(int fd), int fd)
{
    int status;
    pid_t pid = fork();

    if (pid < 0 && errno == ENOSYS)
        CHECK_SKIP("no fork");
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(fn(fd));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int try_record(int fd)
{
    struct flock l = range(F_WRLCK, 0, 0);

    if (lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0 || errno != EAGAIN)
        return 1;
    if (fcntl(fd, F_GETLK, &l) < 0 || l.l_pid != getppid())
        return 2;
    return 0;
}

static void another_process_is_locked_out(void)
{
    int a = reopen();

    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 10, 5), 0);
    CHECK_EQ(in_child(try_record, a), 0);
    CHECK_EQ(lock(a, F_SETLK, F_UNLCK, 0, 0), 0);
    CHECK_EQ(in_child(try_record, a), 1);
    close(a);
}

static int take_record(int fd)
{
    return lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0 ? 0 : errno;
}

static void the_end_of_a_process_ends_its_locks(void)
{
    int a = reopen();

    CHECK_EQ(in_child(take_record, a), 0);
    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 0, 0), 0);
    close(a);
}

static int child_of_deadlock(int fd)
{
    if (lock(fd, F_SETLK, F_WRLCK, 1, 1) < 0)
        return 1;
    return lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : errno;
}

static void a_deadlock_is_seen(void)
{
    int a = reopen(), status, result, why;
    struct flock l;
    pid_t pid;

    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 0, 1), 0);
    pid = fork();
    if (pid < 0 && errno == ENOSYS)
        CHECK_SKIP("no fork");
    if (pid == 0)
        _exit(child_of_deadlock(a));
    do {
        usleep(10000);
        l = range(F_WRLCK, 1, 1);
        CHECK_EQ(fcntl(a, F_GETLK, &l), 0);
    } while (l.l_type == F_UNLCK);
    usleep(50000); /* now it waits for us */
    result = lock(a, F_SETLKW, F_WRLCK, 1, 1);
    why = errno;
    CHECK_EQ(lock(a, F_SETLK, F_UNLCK, 0, 1), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(result, -1);
    CHECK_EQ(why, EDEADLK);
    CHECK_EQ(status, 0);
    close(a);
}

/* --- /proc/locks --- */

/* Is there this lock on the file, by this process (-1: by none)? */
static int is_listed(const char *kind, const char *type, int pid,
                     const char *range)
{
    char line[200], place[60], wanted[200];
    FILE *list = fopen("/proc/locks", "r");
    struct stat st;
    int found = 0;

    CHECK(list != NULL);
    CHECK_EQ(stat(path, &st), 0);
    snprintf(place, sizeof(place), "%02x:%02x:%lu", major(st.st_dev),
             minor(st.st_dev), (unsigned long)st.st_ino);
    snprintf(wanted, sizeof(wanted), ": %-6s ADVISORY  %s %d %s %s\n", kind,
             type, pid, place, range);
    while (fgets(line, sizeof(line), list))
        found += strchr(line, ':') && !strcmp(strchr(line, ':'), wanted);
    fclose(list);
    return found;
}

static void proc_lists_them(void)
{
    int a = reopen(), b = reopen();

    CHECK_EQ(is_listed("POSIX", "WRITE", getpid(), "10 19"), 0);
    CHECK_EQ(lock(a, F_SETLK, F_WRLCK, 10, 10), 0);
    CHECK_EQ(ofd(b, F_RDLCK, 30, 0), 0);
    CHECK_EQ(flock(b, LOCK_SH), 0);
    CHECK_EQ(is_listed("POSIX", "WRITE", getpid(), "10 19"), 1);
    CHECK_EQ(is_listed("OFDLCK", "READ", -1, "30 EOF"), 1);
    CHECK_EQ(is_listed("FLOCK", "READ", getpid(), "0 EOF"), 1);
    close(b);
    CHECK_EQ(is_listed("OFDLCK", "READ", -1, "30 EOF"), 0);
    CHECK_EQ(is_listed("FLOCK", "READ", getpid(), "0 EOF"), 0);
    close(a);
}

int main(void)
{
    mkdir("/tmp", 01777);
    snprintf(path, sizeof(path), "/tmp/elfin-locks-%d", (int)getpid());
    RUN(shared_flocks_go_together);
    RUN(an_exclusive_flock_is_alone);
    RUN(a_flock_belongs_to_the_open_file);
    RUN(a_failed_change_loses_the_flock);
    RUN(flock_names_its_errors);
    RUN(flocks_and_records_ignore_each_other);
    RUN(flock_waits);
    RUN(a_signal_ends_the_wait);
    RUN(ranges_conflict_where_they_overlap);
    RUN(read_locks_go_together);
    RUN(unlocking_cuts_a_range);
    RUN(a_lock_changes_its_type_in_part);
    RUN(neighbours_become_one);
    RUN(nothing_in_the_way_is_said_so);
    RUN(ranges_count_from_anywhere);
    RUN(fcntl_names_its_errors);
    RUN(a_process_does_not_lock_itself_out);
    RUN(records_and_open_files_conflict);
    RUN(closing_any_descriptor_ends_record_locks);
    RUN(a_copied_over_descriptor_ends_them_too);
    RUN(another_process_is_locked_out);
    RUN(the_end_of_a_process_ends_its_locks);
    RUN(a_deadlock_is_seen);
    RUN(proc_lists_them);
    unlink(path);
    return check_end();
}
