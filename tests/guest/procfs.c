// SPDX-License-Identifier: MIT
/* procfs: what /proc tells of a process: proc(5). The same holds on Linux. */
#define _GNU_SOURCE
#include "procfs.h"

#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static unsigned long long field_hex(const char *name)
{
    const char *p = field(name);

    return p ? strtoull(p, NULL, 16) : ~0ull;
}

static char **arguments;
static int argument_count;

static void exe_is_the_program(void)
{
    const char *exe = link_of("/proc/self/exe");
    struct stat a, b;
    char magic[4];
    int fd;

    CHECK(exe[0] == '/');
    CHECK_EQ(stat("/proc/self/exe", &a), 0);
    CHECK_EQ(stat(exe, &b), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQ(read(fd, magic, 4), 4);
    CHECK(!memcmp(magic, "\177ELF", 4));
    close(fd);
}

static void cmdline_is_the_arguments(void)
{
    ssize_t n = slurp("/proc/self/cmdline"), at = 0;

    for (int i = 0; i < argument_count; i++) {
        CHECK(at < n && !strcmp(text + at, arguments[i]));
        at += (ssize_t)strlen(text + at) + 1;
    }
    CHECK_EQ(at, n);
}

static void environ_is_the_environment(void)
{
    ssize_t n = slurp("/proc/self/environ"), at = 0;

    CHECK(n > 0);
    for (size_t i = 0; environ[i]; i++) {
        CHECK(at < n && !strcmp(text + at, environ[i]));
        at += (ssize_t)strlen(text + at) + 1;
    }
}

static void auxv_is_what_the_program_got(void)
{
    ssize_t n = slurp("/proc/self/auxv");
    unsigned long pair[2];
    bool page = false, entry = false;

    CHECK(n >= 32);
    for (ssize_t at = 0; at + 16 <= n; at += 16) {
        memcpy(pair, text + at, 16);
        page |= pair[0] == AT_PAGESZ && pair[1] == 4096;
        entry |= pair[0] == AT_ENTRY && pair[1] == getauxval(AT_ENTRY);
    }
    CHECK(page && entry);
}

static void cwd_and_root_are_links(void)
{
    CHECK_EQ(chdir("/tmp"), 0);
    CHECK(!strcmp(link_of("/proc/self/cwd"), "/tmp"));
    CHECK_EQ(access("/proc/self/cwd/../tmp", F_OK), 0);
    CHECK_EQ(chdir("/"), 0);
    CHECK(!strcmp(link_of("/proc/self/cwd"), "/"));
    CHECK(!strcmp(link_of("/proc/self/root"), "/"));
    CHECK_EQ(access("/proc/self/root/proc/self/stat", R_OK), 0);
}

static void comm_can_be_written(void)
{
    char name[17] = "";
    int fd = open("/proc/self/comm", O_WRONLY | O_TRUNC);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "a name", 6), 6);
    close(fd);
    CHECK_EQ(prctl(PR_GET_NAME, name), 0);
    CHECK(!strcmp(name, "a name"));
    CHECK(slurp("/proc/self/status") > 0);
    CHECK(!strncmp(field("Name"), "\ta name\n", 8));
}

static void stat_has_52_fields(void)
{
    char *p;
    char state;
    int ppid, fields = 2;

    CHECK_EQ(prctl(PR_SET_NAME, "x) R (y"), 0);
    CHECK(slurp("/proc/self/stat") > 0);
    CHECK_EQ(atoi(text), getpid());
    p = strrchr(text, ')');
    CHECK(p && !strncmp(strchr(text, '('), "(x) R (y)", 9));
    CHECK_EQ(sscanf(p, ") %c %d", &state, &ppid), 2);
    CHECK_EQ(state, 'R');
    CHECK_EQ(ppid, getppid());
    for (p = strtok(p + 1, " \n"); p; p = strtok(NULL, " \n"))
        fields++;
    CHECK_EQ(fields, 52);
}

/* The nth field of stat, counted from 1 as in proc(5); after the name. */
static unsigned long long stat_field(int n)
{
    char *p = strrchr(text, ')') + 2;

    for (int i = 3; i < n; i++)
        p = strchr(p, ' ') + 1;
    return strtoull(p, NULL, 10);
}

static void stat_counts_cpu_time(void)
{
    struct timespec now;

    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec == 0 && now.tv_nsec < 60000000);
    CHECK(slurp("/proc/self/stat") > 0);
    CHECK(stat_field(14) + stat_field(15) >= 4);
    CHECK(stat_field(14) + stat_field(15) < 6000);
}

static void stat_tells_sizes(void)
{
    unsigned long long size, resident;

    CHECK(slurp("/proc/self/stat") > 0);
    size = stat_field(23);
    resident = stat_field(24);
    CHECK(size % 4096 == 0 && size >= resident * 4096);
    CHECK(resident > 10);
    CHECK_EQ(stat_field(20), 1);
    CHECK(stat_field(28) > (uintptr_t)&size);
}

static void statm_follows_the_memory(void)
{
    unsigned long before[7], after[7];
    char *p;

    for (int i = 0; i < 2; i++) {
        unsigned long *v = i ? after : before;

        CHECK(slurp("/proc/self/statm") > 0);
        CHECK_EQ(sscanf(text, "%lu %lu %lu %lu %lu %lu %lu", &v[0], &v[1],
                        &v[2], &v[3], &v[4], &v[5], &v[6]),
                 7);
        if (i)
            break;
        p = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        CHECK(p != MAP_FAILED);
    }
    CHECK_EQ(after[0] - before[0], 1024);
    CHECK(after[1] >= before[1] + 1000);
    munmap(p, 1 << 22);
}

static void status_agrees_with_the_calls(void)
{
    const char *uid;
    unsigned ids[4];

    CHECK(slurp("/proc/self/status") > 0);
    CHECK_EQ(field_number("Pid"), getpid());
    CHECK_EQ(field_number("Tgid"), getpid());
    CHECK_EQ(field_number("PPid"), getppid());
    CHECK_EQ(field_number("Threads"), 1);
    uid = field("Uid");
    CHECK(uid);
    CHECK_EQ(sscanf(uid, "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]), 4);
    CHECK_EQ(ids[0], getuid());
    CHECK_EQ(ids[1], geteuid());
    CHECK(field_number("VmSize") >= field_number("VmRSS"));
    CHECK(field_number("VmRSS") > 40);
    CHECK(field_number("VmStk") > 0);
    CHECK(field_number("VmExe") > 0);
    CHECK_EQ(field_number("TracerPid"), 0);
}

static void handler(int sig)
{
    (void)sig;
}

static void status_shows_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGHUP, handler);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0);
    signal(SIGUSR1, handler);
    CHECK(slurp("/proc/self/status") > 0);
    CHECK(field_hex("SigBlk") & 1ull << (SIGUSR1 - 1));
    CHECK(field_hex("ShdPnd") & 1ull << (SIGUSR1 - 1));
    CHECK(field_hex("SigIgn") & 1ull << (SIGUSR2 - 1));
    CHECK(field_hex("SigCgt") & 1ull << (SIGHUP - 1));
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
}

static void umask_is_shown(void)
{
    umask(027);
    CHECK(slurp("/proc/self/status") > 0);
    CHECK_EQ(strtol(field("Umask"), NULL, 8), 027);
    umask(022);
}

static void limits_are_those_of_getrlimit(void)
{
    char *line, wanted[64];
    struct rlimit r;

    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &r), 0);
    CHECK(slurp("/proc/self/limits") > 0);
    line = strstr(text, "Max open files");
    CHECK(line);
    snprintf(wanted, sizeof(wanted), "%lu", (unsigned long)r.rlim_cur);
    CHECK(!strncmp(line + 26, wanted, strlen(wanted)));
    CHECK(!strncmp(text, "Limit  ", 7));
}

static void oom_score_adj_keeps_what_is_written(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR);
    char value[8] = "";

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "500\n", 4), 4);
    CHECK_EQ(pread(fd, value, sizeof(value), 0), 4);
    CHECK(!memcmp(value, "500\n", 4));
    CHECK_ERRNO(pwrite(fd, "1001", 4, 0), EINVAL);
    CHECK_ERRNO(pwrite(fd, "much", 4, 0), EINVAL);
    CHECK_EQ(pwrite(fd, "0", 1, 0), 1);
    close(fd);
}

static long number_in(const char *path)
{
    CHECK(slurp(path) > 0);
    return strtol(text, NULL, 10);
}

static void oom_score_follows_its_adjustment(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR);
    long plain = number_in("/proc/self/oom_score");

    CHECK(plain >= 600 && plain < 1400);
    CHECK_EQ(write(fd, "500", 3), 3);
    CHECK(number_in("/proc/self/oom_score") >= plain + 300);
    CHECK_EQ(write(fd, "0", 1), 1);
    CHECK(number_in("/proc/self/oom_score") <= plain + 2);
    close(fd);
}

static void io_counts_what_is_read_and_written(void)
{
    unsigned long r, w, calls_r, calls_w, r2, w2, calls_r2, calls_w2;
    static const char format[] = "rchar: %lu\nwchar: %lu\nsyscr: %lu\n"
                                 "syscw: %lu\nread_bytes: ";
    int fd = open("/dev/zero", O_RDWR);
    char bytes[1000];

    CHECK(slurp("/proc/self/io") > 0);
    CHECK_EQ(sscanf(text, format, &r, &w, &calls_r, &calls_w), 4);
    CHECK_EQ(read(fd, bytes, 1000), 1000);
    CHECK_EQ(write(fd, bytes, 500), 500);
    CHECK(slurp("/proc/self/io") > 0);
    CHECK_EQ(sscanf(text, format, &r2, &w2, &calls_r2, &calls_w2), 4);
    CHECK(r2 >= r + 1000 && r2 < r + 1000 + 4096);
    CHECK_EQ(w2, w + 500);
    CHECK(calls_r2 > calls_r);
    CHECK_EQ(calls_w2, calls_w + 1);
    close(fd);
}

static void wait_for_state(pid_t pid, char state)
{
    char path[64], is = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    for (int i = 0; i < 1000 && is != state; i++) {
        CHECK(slurp(path) > 0);
        is = strrchr(text, ')')[2];
        usleep(1000);
    }
    CHECK_EQ(is, state);
}

static void states_follow_a_child(void)
{
    pid_t pid = fork();
    char path[64];

    if (pid == 0)
        for (;;)
            pause();
    wait_for_state(pid, 'S');
    CHECK_EQ(kill(pid, SIGSTOP), 0);
    wait_for_state(pid, 'T');
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    CHECK(slurp(path) > 0 && strstr(text, "State:\tT (stopped)\n"));
    CHECK_EQ(kill(pid, SIGCONT), 0);
    wait_for_state(pid, 'S');
    CHECK_EQ(kill(pid, SIGKILL), 0);
    wait_for_state(pid, 'Z');
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_EQ(slurp(path), -1);
}

static void exe_is_what_was_executed(void)
{
    char path[64], copy[] = "/tmp/procfs-exe-XXXXXX";
    int fds[2], from = open("/proc/self/exe", O_RDONLY), fd = mkstemp(copy);
    pid_t pid;

    while (sendfile(fd, from, NULL, 1 << 20) > 0)
        ;
    CHECK_EQ(fchmod(fd, 0700), 0);
    close(fd);
    close(from);
    CHECK_EQ(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fds[0], 0);
        close(fds[1]);
        execl(copy, copy, "wait", NULL);
        _exit(1);
    }
    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    for (int i = 0; i < 1000 && strcmp(link_of(path), copy); i++)
        usleep(1000);
    CHECK(!strcmp(link_of(path), copy));
    close(fds[0]);
    close(fds[1]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    unlink(copy);
}

static void cgroup_has_lines_of_three_fields(void)
{
    CHECK(slurp("/proc/self/cgroup") > 0);
    CHECK(strchr(text, ':') && strstr(text, ":/"));
}

/* --- threads ------------------------------------------------------------- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static volatile long other_tid;

static void *waits(void *arg)
{
    (void)arg;
    prctl(PR_SET_NAME, "second");
    other_tid = syscall(SYS_gettid);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return NULL;
}

static void threads_are_tasks(void)
{
    char path[64], name[16] = "";
    bool first = false, second = false;
    pthread_t thread;
    struct dirent *e;
    DIR *d;
    int fd;

    pthread_mutex_lock(&gate);
    CHECK_EQ(pthread_create(&thread, NULL, waits, NULL), 0);
    while (!other_tid)
        usleep(1000);
    usleep(20000);
    d = opendir("/proc/self/task");
    CHECK(d);
    while ((e = readdir(d))) {
        first |= atoi(e->d_name) == getpid();
        second |= atoi(e->d_name) == other_tid;
    }
    closedir(d);
    snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", other_tid);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQ(read(fd, name, sizeof(name)), 7);
    close(fd);
    snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", other_tid);
    CHECK(slurp(path) > 0);
    CHECK_EQ(atoi(text), other_tid);
    CHECK_EQ(strrchr(text, ')')[2], 'S');
    CHECK_EQ(stat_field(20), 2);
    CHECK(slurp("/proc/self/status") > 0);
    CHECK_EQ(field_number("Threads"), 2);
    pthread_mutex_unlock(&gate);
    pthread_join(thread, NULL);
    CHECK(first && second);
    CHECK(!strcmp(name, "second\n"));
    CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
}

/* --- memory -------------------------------------------------------------- */

static void mem_is_the_own_memory(void)
{
    static char here[] = "found";
    static const char constant[] = "constant";
    int fd = open("/proc/self/mem", O_RDWR);
    char buf[16] = "";

    CHECK(fd >= 0);
    CHECK_EQ(pread(fd, buf, 6, (off_t)(uintptr_t)here), 6);
    CHECK(!strcmp(buf, "found"));
    CHECK_EQ(pwrite(fd, "F", 1, (off_t)(uintptr_t)here), 1);
    CHECK(!strcmp(here, "Found"));
    CHECK_EQ(pread(fd, buf, 9, (off_t)(uintptr_t)constant), 9);
    CHECK(!strcmp(buf, "constant"));
    CHECK_ERRNO(pread(fd, buf, 1, 4096), EIO);
    close(fd);
}

static void personality_is_shown(void)
{
    char expected[16];

    snprintf(expected, sizeof(expected), "%08x\n",
             (unsigned)syscall(SYS_personality, 0xffffffff));
    CHECK(slurp("/proc/self/personality") > 0);
    CHECK(!strcmp(text, expected));
}

static void children_are_listed_by_thread(void)
{
    char path[60], wanted[20];
    int fds[2];
    pid_t pid;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    if (access(path, R_OK))
        CHECK_SKIP("no such file here");
    CHECK_EQ(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        close(fds[1]);
        _exit((int)read(fds[0], wanted, 1));
    }
    close(fds[0]);
    CHECK(slurp(path) > 0);
    snprintf(wanted, sizeof(wanted), "%d ", (int)pid);
    CHECK(strstr(text, wanted));
    close(fds[1]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK(slurp(path) == 0 || !strstr(text, wanted));
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "wait")) {
        char c;

        return (int)read(0, &c, 1);
    }
    argument_count = argc;
    arguments = argv;
    RUN(exe_is_the_program);
    RUN(cmdline_is_the_arguments);
    RUN(environ_is_the_environment);
    RUN(auxv_is_what_the_program_got);
    RUN(cwd_and_root_are_links);
    RUN(comm_can_be_written);
    RUN(stat_has_52_fields);
    RUN(stat_counts_cpu_time);
    RUN(stat_tells_sizes);
    RUN(statm_follows_the_memory);
    RUN(status_agrees_with_the_calls);
    RUN(status_shows_signals);
    RUN(umask_is_shown);
    RUN(limits_are_those_of_getrlimit);
    RUN(oom_score_adj_keeps_what_is_written);
    RUN(oom_score_follows_its_adjustment);
    RUN(io_counts_what_is_read_and_written);
    RUN(states_follow_a_child);
    RUN(exe_is_what_was_executed);
    RUN(cgroup_has_lines_of_three_fields);
    RUN(threads_are_tasks);
    RUN(mem_is_the_own_memory);
    RUN(personality_is_shown);
    RUN(children_are_listed_by_thread);
    return check_end();
}
