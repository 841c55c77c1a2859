// SPDX-License-Identifier: MIT
/* usage: what a process has used, and the limits of what it may use. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"

#define PATH  "/tmp/usage-test"
#define PAGE  4096
#define NO_ID 999999

static struct rusage usage(int who)
{
    struct rusage u;

    CHECK_EQ(getrusage(who, &u), 0);
    return u;
}

/* Touches pages one by one, and gives them back. */
static void touch_pages(int n)
{
    char *p = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK_EQ(madvise(p, (size_t)n * PAGE, MADV_NOHUGEPAGE), 0);
    for (int i = 0; i < n; i++)
        p[i * PAGE] = 1;
    CHECK_EQ(munmap(p, (size_t)n * PAGE), 0);
}

/* The number behind name in a file of /proc/self. */
static long status_value(const char *name)
{
    char buf[8192], *at;
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, buf, sizeof(buf) - 1);

    CHECK(n > 0);
    close(fd);
    buf[n] = '\0';
    at = strstr(buf, name);
    CHECK(at != NULL);
    return atol(at + strlen(name));
}

/* --- used ----------------------------------------------------------------- */

static void faults_are_counted(void)
{
    long before = usage(RUSAGE_SELF).ru_minflt;
    long thread = usage(RUSAGE_THREAD).ru_minflt;

    touch_pages(100);
    CHECK(usage(RUSAGE_SELF).ru_minflt - before >= 100);
    CHECK(usage(RUSAGE_THREAD).ru_minflt - thread >= 100);
}

static void *fault_in_thread(void *arg)
{
    touch_pages(50);
    return arg;
}

static void those_of_threads_that_ended_too(void)
{
    long before = usage(RUSAGE_SELF).ru_minflt;
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, fault_in_thread, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK(usage(RUSAGE_SELF).ru_minflt - before >= 50);
}

static void a_child_tells_at_its_end(void)
{
    struct rusage u;
    long before = usage(RUSAGE_CHILDREN).ru_minflt;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        touch_pages(200);
        usleep(1000);
        _exit(0);
    }
    CHECK_EQ(wait4(pid, NULL, 0, &u), pid);
    CHECK(u.ru_minflt >= 200);
    CHECK(u.ru_nvcsw >= 1);
    CHECK(u.ru_maxrss >= 200 * 4);
    CHECK(usage(RUSAGE_CHILDREN).ru_minflt - before >= 200);
}

static void sleeping_is_counted(void)
{
    long before = usage(RUSAGE_SELF).ru_nvcsw;

    for (int i = 0; i < 10; i++)
        usleep(1000);
    CHECK(usage(RUSAGE_SELF).ru_nvcsw - before >= 10);
    CHECK(status_value("\nvoluntary_ctxt_switches:") >= before + 10);
    CHECK(status_value("nonvoluntary_ctxt_switches:") >= 0);
}

static void the_highest_sizes_are_kept(void)
{
    long size, resident;

    touch_pages(2000);
    size = status_value("VmSize:");
    resident = status_value("VmRSS:");
    CHECK(status_value("VmPeak:") >= size + 7000);
    CHECK(status_value("VmHWM:") >= resident + 7000);
    CHECK(usage(RUSAGE_SELF).ru_maxrss >= resident + 7000);
}

/* --- limits --------------------------------------------------------------- */

static void set_limit(int which, rlim_t soft, rlim_t hard)
{
    const struct rlimit r = {soft, hard};

    if (setrlimit(which, &r))
        _exit(90);
}

static int open_file(void)
{
    int fd = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (fd < 0)
        _exit(91);
    return fd;
}

static int write_up_to_the_limit(void)
{
    char buf[600] = "";
    int fd = open_file();

    signal(SIGXFSZ, SIG_IGN);
    set_limit(RLIMIT_FSIZE, 1000, 1000);
    if (write(fd, buf, 600) != 600 || write(fd, buf, 600) != 400)
        return 1;
    if (write(fd, buf, 1) != -1 || errno != EFBIG)
        return 2;
    if (pwrite(fd, buf, 10, 5000) != -1 || errno != EFBIG)
        return 3;
    if (ftruncate(fd, 1001) != -1 || errno != EFBIG)
        return 4;
    if (ftruncate(fd, 1000) || ftruncate(fd, 10))
        return 5;
    if (fallocate(fd, 0, 0, 2000) != -1 || errno != EFBIG)
        return 6;
    return truncate(PATH, 3000) != -1 || errno != EFBIG ? 7 : 0;
}

static void a_file_grows_up_to_the_limit(void)
{
    CHECK_EQ(fate_of(write_up_to_the_limit), 0);
    unlink(PATH);
}

static int write_beyond(void)
{
    int fd = open_file();

    set_limit(RLIMIT_FSIZE, 0, 1000);
    return write(fd, "x", 1) == 1 ? 1 : 2;
}

static void who_goes_on_gets_a_signal(void)
{
    int status = fate_of(write_beyond);

    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGXFSZ);
    unlink(PATH);
}

static void work(void)
{
    for (volatile int more = 1; more;)
        ;
}

static int work_for_ever(void)
{
    set_limit(RLIMIT_CPU, 1, 5);
    work();
    return 1;
}

static void too_much_work_is_ended(void)
{
    struct timespec from, to;
    int status;

    clock_gettime(CLOCK_MONOTONIC, &from);
    status = fate_of(work_for_ever);
    clock_gettime(CLOCK_MONOTONIC, &to);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGXCPU);
    CHECK(to.tv_sec - from.tv_sec >= 0);
}

static void on_limit(int sig)
{
    (void)sig;
}

static int work_in_spite(void)
{
    signal(SIGXCPU, on_limit);
    set_limit(RLIMIT_CPU, 1, 2);
    work();
    return 1;
}

static void who_does_not_listen_is_killed(void)
{
    int status = fate_of(work_in_spite);

    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGKILL);
}

static void limits_of_others_are_told_and_set(void)
{
    struct rlimit r, set = {7, 9};
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0)
        for (;;)
            pause();
    CHECK_EQ(prlimit(pid, RLIMIT_CORE, &set, NULL), 0);
    CHECK_EQ(prlimit(pid, RLIMIT_CORE, NULL, &r), 0);
    CHECK(r.rlim_cur == 7 && r.rlim_max == 9);
    CHECK_EQ(getrlimit(RLIMIT_CORE, &r), 0);
    CHECK(r.rlim_cur != 7);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_ERRNO(prlimit(pid, RLIMIT_CORE, NULL, &r), ESRCH);
    CHECK_ERRNO(prlimit(NO_ID, RLIMIT_CORE, NULL, &r), ESRCH);
    CHECK_ERRNO(prlimit(0, 99, NULL, &r), EINVAL);
    set.rlim_cur = 10;
    CHECK_ERRNO(prlimit(0, RLIMIT_CORE, &set, NULL), EINVAL);
}

static int look_at_parent(void)
{
    struct rlimit r;

    if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
        return 1;
    if (prlimit(getppid(), RLIMIT_CORE, NULL, &r) != -1 || errno != EPERM)
        return 2;
    return prlimit(getpid(), RLIMIT_CORE, NULL, &r) ? 3 : 0;
}

static void but_not_by_everybody(void)
{
    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    CHECK_EQ(fate_of(look_at_parent), 0);
}

int main(void)
{
    RUN(faults_are_counted);
    RUN(those_of_threads_that_ended_too);
    RUN(a_child_tells_at_its_end);
    RUN(sleeping_is_counted);
    RUN(the_highest_sizes_are_kept);
    RUN(a_file_grows_up_to_the_limit);
    RUN(who_goes_on_gets_a_signal);
    RUN(too_much_work_is_ended);
    RUN(who_does_not_listen_is_killed);
    RUN(limits_of_others_are_told_and_set);
    RUN(but_not_by_everybody);
    return check_end();
}
