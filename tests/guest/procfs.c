// SPDX-License-Identifier: MIT
/* procfs: /proc as programs read it: proc(5). The same holds on Linux. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static char text[1 << 18];

/* The whole file, read as a program does that reads until the end. */
static ssize_t slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n, total = 0;

    if (fd < 0)
        return -1;
    while ((n = read(fd, text + total, sizeof(text) - 1 - (size_t)total)) > 0)
        total += n;
    close(fd);
    text[total] = '\0';
    return n < 0 ? -1 : total;
}

/* What follows `name:` on its line of text; NULL: no such line. */
static const char *field(const char *name)
{
    size_t len = strlen(name);

    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (!strncmp(p, name, len) && p[len] == ':')
            return p + len + 1;
    }
    return NULL;
}

static long long field_number(const char *name)
{
    const char *p = field(name);

    return p ? strtoll(p, NULL, 10) : -1;
}

static unsigned long long field_hex(const char *name)
{
    const char *p = field(name);

    return p ? strtoull(p, NULL, 16) : ~0ull;
}

static const char *link_of(const char *path)
{
    static char target[4096];
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    target[n > 0 ? n : 0] = '\0';
    return target;
}

/* --- names --------------------------------------------------------------- */

static void self_is_a_link_to_the_own_number(void)
{
    CHECK_EQ(atoi(link_of("/proc/self")), getpid());
    CHECK_EQ(strspn(link_of("/proc/self"), "0123456789"),
             strlen(link_of("/proc/self")));
}

static void thread_self_names_the_task(void)
{
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "%d/task/%ld", getpid(),
             syscall(SYS_gettid));
    CHECK(!strcmp(link_of("/proc/thread-self"), wanted));
}

static void the_root_lists_the_own_number(void)
{
    bool self = false, meminfo = false, dots = false;
    DIR *d = opendir("/proc");
    struct dirent *e;

    CHECK(d);
    while ((e = readdir(d))) {
        self |= atoi(e->d_name) == getpid() && e->d_type == DT_DIR;
        meminfo |= !strcmp(e->d_name, "meminfo") && e->d_type == DT_REG;
        dots |= !strcmp(e->d_name, "..");
    }
    closedir(d);
    CHECK(self && meminfo && dots);
}

static void numbers_that_are_none_are_not_found(void)
{
    CHECK_ERRNO(open("/proc/99999999", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/0", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/01", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/1x/stat", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/self/nothing", O_RDONLY), ENOENT);
}

static void it_is_a_file_system_of_its_own(void)
{
    struct statfs s;
    struct stat proc, root;

    CHECK_EQ(statfs("/proc", &s), 0);
    CHECK_EQ(s.f_type, 0x9fa0);
    CHECK_EQ(s.f_blocks, 0);
    CHECK_EQ(stat("/proc", &proc), 0);
    CHECK_EQ(stat("/", &root), 0);
    CHECK(proc.st_dev != root.st_dev);
    CHECK_EQ(proc.st_ino, 1);
}

static void dotdot_leads_out_again(void)
{
    struct stat a, b;

    CHECK_EQ(stat("/proc/self/fd/../../..", &a), 0);
    CHECK_EQ(stat("/", &b), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    CHECK_EQ(stat("/proc/..", &a), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
}

static void numbers_of_files_stay(void)
{
    struct stat a, b, c;

    CHECK_EQ(stat("/proc/meminfo", &a), 0);
    CHECK_EQ(stat("/proc/meminfo", &b), 0);
    CHECK_EQ(stat("/proc/uptime", &c), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    CHECK(a.st_ino != c.st_ino);
    CHECK_EQ(a.st_size, 0);
    CHECK_EQ(a.st_mode, S_IFREG | 0444);
}

static void a_directory_can_be_current(void)
{
    char cwd[256];

    CHECK_EQ(chdir("/proc/self/task"), 0);
    CHECK(getcwd(cwd, sizeof(cwd)));
    CHECK(strstr(cwd, "/task") && !strncmp(cwd, "/proc/", 6));
    CHECK_EQ(access("../stat", R_OK), 0);
    CHECK_EQ(chdir("/"), 0);
}

static void nothing_can_be_made_there(void)
{
    CHECK(mkdir("/proc/new", 0755) < 0);
    CHECK(open("/proc/new", O_CREAT | O_WRONLY, 0644) < 0);
    CHECK(unlink("/proc/version") < 0);
    CHECK(rename("/proc/version", "/proc/other") < 0);
}

/* --- reading ------------------------------------------------------------- */

static void a_text_is_read_in_pieces(void)
{
    char piece[64];
    ssize_t n, total = 0;
    int fd;

    CHECK(slurp("/proc/self/limits") > 100);
    fd = open("/proc/self/limits", O_RDONLY);
    CHECK(fd >= 0);
    while ((n = read(fd, piece, 7)) > 0) {
        CHECK(!memcmp(piece, text + total, (size_t)n));
        total += n;
    }
    close(fd);
    CHECK_EQ(total, strlen(text));
}

static void pread_and_lseek_go_to_an_offset(void)
{
    int fd = open("/proc/version", O_RDONLY);
    char a[6] = "", b[6] = "";

    CHECK(fd >= 0);
    CHECK_EQ(pread(fd, a, 5, 0), 5);
    CHECK(!strcmp(a, "Linux"));
    CHECK_EQ(pread(fd, a, 5, 6), 5);
    CHECK_EQ(lseek(fd, 6, SEEK_SET), 6);
    CHECK_EQ(read(fd, b, 5), 5);
    CHECK(!strcmp(a, b));
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11);
    CHECK_EQ(pread(fd, a, 5, 100000), 0);
    CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    close(fd);
}

static void reading_again_shows_what_is_now(void)
{
    int fd = open("/proc/self/comm", O_RDONLY);
    char name[32] = "";

    CHECK(fd >= 0);
    CHECK_EQ(prctl(PR_SET_NAME, "before"), 0);
    CHECK_EQ(read(fd, name, sizeof(name)), 7);
    CHECK_EQ(prctl(PR_SET_NAME, "afterwards"), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, name, sizeof(name)), 11);
    CHECK(!memcmp(name, "afterwards\n", 11));
    close(fd);
}

static void a_bad_buffer_is_refused(void)
{
    int fd = open("/proc/version", O_RDONLY);

    CHECK(fd >= 0);
    CHECK_ERRNO(read(fd, check_pointer(8), 10), EFAULT);
    close(fd);
}

static void read_only_files_are_not_written(void)
{
    int fd = open("/proc/version", O_RDONLY);

    CHECK(fd >= 0);
    CHECK_ERRNO(write(fd, "x", 1), EBADF);
    close(fd);
    CHECK(open("/proc/sys/kernel/osrelease", O_WRONLY) < 0);
}

/* --- about the own process ----------------------------------------------- */

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

/* --- descriptors --------------------------------------------------------- */

static const char *fd_link(int fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return link_of(path);
}

static void fd_lists_what_is_open(void)
{
    int fd = open("/dev/null", O_RDONLY);
    bool found = false, closed = false;
    struct dirent *e;
    DIR *d;

    CHECK(fd >= 0);
    d = opendir("/proc/self/fd");
    CHECK(d);
    while ((e = readdir(d))) {
        found |= e->d_name[0] != '.' && atoi(e->d_name) == fd;
        closed |= atoi(e->d_name) == 999;
    }
    closedir(d);
    CHECK(found && !closed);
    CHECK(!strcmp(fd_link(fd), "/dev/null"));
    close(fd);
    CHECK(!strcmp(fd_link(fd), ""));
}

static void fd_links_say_how_it_is_open(void)
{
    int r = open("/tmp", O_RDONLY), w = open("/dev/null", O_WRONLY);
    char path[64];
    struct stat s;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", r);
    CHECK_EQ(lstat(path, &s), 0);
    CHECK_EQ(s.st_mode, S_IFLNK | 0500);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", w);
    CHECK_EQ(lstat(path, &s), 0);
    CHECK_EQ(s.st_mode, S_IFLNK | 0300);
    close(r);
    close(w);
}

static void a_deleted_file_says_so(void)
{
    char path[64];
    int fd = open("/tmp/procfs-gone", O_CREAT | O_RDWR, 0600), again;

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "kept", 4), 4);
    CHECK(!strcmp(fd_link(fd), "/tmp/procfs-gone"));
    CHECK_EQ(unlink("/tmp/procfs-gone"), 0);
    CHECK(!strcmp(fd_link(fd), "/tmp/procfs-gone (deleted)"));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_RDONLY);
    CHECK(again >= 0);
    CHECK_EQ(read(again, text, 10), 4);
    CHECK(!memcmp(text, "kept", 4));
    close(again);
    close(fd);
}

static void a_pipe_has_a_number(void)
{
    char wanted[64];
    struct stat s;
    int ends[2];

    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(fstat(ends[0], &s), 0);
    snprintf(wanted, sizeof(wanted), "pipe:[%lu]", (unsigned long)s.st_ino);
    CHECK(!strcmp(fd_link(ends[0]), wanted));
    CHECK(!strcmp(fd_link(ends[1]), wanted));
    close(ends[0]);
    close(ends[1]);
}

static void files_without_a_name_say_what_they_are(void)
{
    int event = eventfd(0, 0), set = epoll_create1(0);

    CHECK(event >= 0 && set >= 0);
    CHECK(!strcmp(fd_link(event), "anon_inode:[eventfd]"));
    CHECK(!strcmp(fd_link(set), "anon_inode:[eventpoll]"));
    close(event);
    close(set);
}

static void a_memfd_is_opened_anew(void)
{
    char path[64];
    int fd = memfd_create("a name", 0), again;

    CHECK(fd >= 0);
    CHECK(!strcmp(fd_link(fd), "/memfd:a name (deleted)"));
    CHECK_EQ(write(fd, "text", 4), 4);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_RDWR);
    CHECK(again >= 0);
    CHECK_EQ(lseek(again, 0, SEEK_CUR), 0);
    CHECK_EQ(read(again, text, 10), 4);
    CHECK(!strcmp(fd_link(again), "/memfd:a name (deleted)"));
    close(again);
    close(fd);
}

static void an_open_with_creat_goes_through_the_link(void)
{
    char path[64];
    int fd = open("/tmp/procfs-through", O_CREAT | O_RDWR, 0600), again;

    CHECK(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    CHECK(again >= 0);
    CHECK_EQ(write(again, "abc", 3), 3);
    CHECK_EQ(pread(fd, text, 10, 0), 3);
    CHECK_ERRNO(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
    CHECK_ERRNO(open(path, O_NOFOLLOW | O_RDONLY), ELOOP);
    close(again);
    close(fd);
    CHECK_EQ(unlink("/tmp/procfs-through"), 0);
}

static void a_directory_is_entered_through_its_descriptor(void)
{
    int fd = open("/tmp", O_PATH | O_DIRECTORY);
    char path[64];
    struct stat a, b;

    CHECK(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fd);
    CHECK_EQ(stat(path, &a), 0);
    CHECK_EQ(stat("/tmp", &b), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    snprintf(path, sizeof(path), "/proc/self/fd/%d/procfs-file", fd);
    CHECK_EQ(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
    CHECK_EQ(unlink("/tmp/procfs-file"), 0);
    close(fd);
}

static void fdinfo_tells_offset_and_flags(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char path[64];

    CHECK(fd >= 0);
    CHECK_EQ(lseek(fd, 1234, SEEK_SET), 1234);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    CHECK(slurp(path) > 0);
    CHECK_EQ(field_number("pos"), 1234);
    CHECK_EQ(strtol(field("flags"), NULL, 8) & (O_ACCMODE | O_CLOEXEC),
             O_RDONLY | O_CLOEXEC);
    CHECK(field_number("mnt_id") > 0);
    close(fd);
    CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
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

/* --- about the system ---------------------------------------------------- */

static void meminfo_adds_up(void)
{
    CHECK(slurp("/proc/meminfo") > 0);
    CHECK(field_number("MemTotal") > 4096);
    CHECK(field_number("MemFree") > 0);
    CHECK(field_number("MemFree") <= field_number("MemTotal"));
    CHECK(field_number("MemAvailable") <= field_number("MemTotal"));
    CHECK(strstr(field("MemTotal"), " kB\n"));
    CHECK_EQ(field_number("Hugepagesize"), 2048);
    CHECK(field_number("SwapTotal") >= 0 && field_number("Cached") >= 0);
    CHECK(field_number("Buffers") >= 0 && field_number("Shmem") >= 0);
}

static void uptime_goes_on(void)
{
    struct timespec now;
    double up, idle;

    CHECK(slurp("/proc/uptime") > 0);
    CHECK_EQ(sscanf(text, "%lf %lf", &up, &idle), 2);
    clock_gettime(CLOCK_BOOTTIME, &now);
    CHECK((double)now.tv_sec + 1 >= up && up + 5 >= (double)now.tv_sec);
}

static void stat_of_the_system_parses(void)
{
    unsigned long long user, nice, system, idle;
    char *line;

    CHECK(slurp("/proc/stat") > 0);
    CHECK_EQ(
        sscanf(text, "cpu %llu %llu %llu %llu", &user, &nice, &system, &idle),
        4);
    CHECK(strstr(text, "\ncpu0 ") && strstr(text, "\nctxt "));
    line = strstr(text, "\nbtime ");
    CHECK(line);
    CHECK(strtoll(line + 7, NULL, 10) <= time(NULL));
    CHECK(strstr(text, "\nprocs_running ") && strstr(text, "\nprocesses "));
}

static void cpuinfo_lists_processors(void)
{
    long n = 0;

    CHECK(slurp("/proc/cpuinfo") > 0);
    for (char *p = text; (p = strstr(p, "processor\t:")); p++)
        n++;
    CHECK_EQ(n, sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(strstr(text, "\nflags\t\t: fpu "));
    CHECK(strstr(text, " sse2 ") && strstr(text, " lm "));
    CHECK(strstr(text, "vendor_id\t: ") && strstr(text, "\nmodel name\t: "));
}

static void loadavg_parses(void)
{
    double load[3];
    int running, all, last;

    CHECK(slurp("/proc/loadavg") > 0);
    CHECK_EQ(sscanf(text, "%lf %lf %lf %d/%d %d", &load[0], &load[1], &load[2],
                    &running, &all, &last),
             6);
    CHECK(running >= 1 && all >= running && last >= 1);
}

static void loadavg_and_sysinfo_agree(void)
{
    struct sysinfo s;
    double load;

    for (int i = 0; i < 20; i++) { /* between two steps of the averages */
        CHECK(slurp("/proc/loadavg") > 0);
        CHECK_EQ(sscanf(text, "%lf", &load), 1);
        CHECK_EQ(sysinfo(&s), 0);
        load -= (double)s.loads[0] / (1 << SI_LOAD_SHIFT);
        if (load > -0.011 && load < 0.011)
            return;
        usleep(100000);
    }
    CHECK(!"they agree");
}

static void version_and_sysctl_agree_with_uname(void)
{
    struct utsname u;

    CHECK_EQ(uname(&u), 0);
    CHECK(slurp("/proc/sys/kernel/osrelease") > 0);
    CHECK(!strncmp(text, u.release, strlen(u.release)));
    CHECK(slurp("/proc/sys/kernel/hostname") > 0);
    CHECK(!strncmp(text, u.nodename, strlen(u.nodename)));
    CHECK(slurp("/proc/sys/kernel/ostype") == 6);
    CHECK(slurp("/proc/version") > 0);
    CHECK(strstr(text, u.release));
}

static void sysctl_values_are_numbers(void)
{
    static const char *const names[] = {"fs/file-max",
                                        "fs/nr_open",
                                        "fs/pipe-max-size",
                                        "kernel/cap_last_cap",
                                        "kernel/ngroups_max",
                                        "kernel/pid_max",
                                        "kernel/threads-max",
                                        "kernel/random/entropy_avail",
                                        "net/core/somaxconn",
                                        "vm/max_map_count",
                                        "vm/overcommit_memory",
                                        "vm/mmap_min_addr",
                                        "fs/inotify/max_user_watches",
                                        "fs/aio-max-nr",
                                        "fs/aio-nr",
                                        "fs/leases-enable",
                                        "kernel/msgmax",
                                        "kernel/msgmnb",
                                        "kernel/msgmni",
                                        "kernel/shmall",
                                        "kernel/shmmax",
                                        "kernel/shmmni",
                                        "kernel/sched_rr_timeslice_ms",
                                        "vm/panic_on_oom"};
    char path[128], *end;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "/proc/sys/%s", names[i]);
        if (slurp(path) <= 0)
            CHECK_FAIL("%s cannot be read", path);
        strtoull(text, &end, 10);
        if (end == text || strcmp(end, "\n"))
            CHECK_FAIL("%s is no number", path);
    }
}

static void sem_has_four_numbers(void)
{
    int n[4];

    CHECK(slurp("/proc/sys/kernel/sem") > 0);
    CHECK_EQ(sscanf(text, "%d %d %d %d", &n[0], &n[1], &n[2], &n[3]), 4);
    CHECK(n[1] >= n[0]);
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

static bool is_uuid(const char *s)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? s[i] != '-' : !strchr("0123456789abcdef", s[i]))
            return false;
    }
    return s[36] == '\n';
}

static void boot_id_stays_and_uuid_does_not(void)
{
    char first[64];

    CHECK(slurp("/proc/sys/kernel/random/boot_id") == 37);
    CHECK(is_uuid(text));
    memcpy(first, text, 38);
    CHECK(slurp("/proc/sys/kernel/random/boot_id") == 37);
    CHECK(!strcmp(first, text));
    CHECK(slurp("/proc/sys/kernel/random/uuid") == 37);
    CHECK(is_uuid(text));
    memcpy(first, text, 38);
    CHECK(slurp("/proc/sys/kernel/random/uuid") == 37);
    CHECK(strcmp(first, text) != 0);
}

static void filesystems_name_proc(void)
{
    CHECK(slurp("/proc/filesystems") > 0);
    CHECK(strstr(text, "nodev\tproc\n") && strstr(text, "nodev\ttmpfs\n"));
}

static void mounts_name_proc(void)
{
    char device[256], point[256], type[256];
    bool proc = false;

    CHECK(slurp("/proc/mounts") > 0);
    for (char *p = text; p && *p; p = strchr(p, '\n') + 1) {
        CHECK_EQ(sscanf(p, "%255s %255s %255s", device, point, type), 3);
        proc |= !strcmp(point, "/proc") && !strcmp(type, "proc");
    }
    CHECK(proc);
    CHECK(!strcmp(link_of("/proc/mounts"), "self/mounts"));
}

static void mountinfo_matches_stat(void)
{
    unsigned id, parent, major_no, minor_no;
    char root[256], point[256];
    bool found = false;
    struct stat s;

    CHECK_EQ(stat("/proc", &s), 0);
    CHECK(slurp("/proc/self/mountinfo") > 0);
    for (char *p = text; p && *p; p = strchr(p, '\n') + 1) {
        CHECK_EQ(sscanf(p, "%u %u %u:%u %255s %255s", &id, &parent, &major_no,
                        &minor_no, root, point),
                 6);
        if (strcmp(point, "/proc"))
            continue;
        found = true;
        CHECK_EQ(makedev(major_no, minor_no), s.st_dev);
        CHECK(strstr(p, " - proc "));
    }
    CHECK(found);
}

static void dev_has_links_to_descriptors(void)
{
    CHECK(!strcmp(link_of("/dev/fd"), "/proc/self/fd"));
    CHECK(!strcmp(link_of("/dev/stdin"), "/proc/self/fd/0"));
    CHECK(!strcmp(link_of("/dev/stdout"), "/proc/self/fd/1"));
    CHECK(!strcmp(link_of("/dev/stderr"), "/proc/self/fd/2"));
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "wait")) {
        char c;

        return (int)read(0, &c, 1);
    }
    argument_count = argc;
    arguments = argv;
    RUN(self_is_a_link_to_the_own_number);
    RUN(thread_self_names_the_task);
    RUN(the_root_lists_the_own_number);
    RUN(numbers_that_are_none_are_not_found);
    RUN(it_is_a_file_system_of_its_own);
    RUN(dotdot_leads_out_again);
    RUN(numbers_of_files_stay);
    RUN(a_directory_can_be_current);
    RUN(nothing_can_be_made_there);
    RUN(a_text_is_read_in_pieces);
    RUN(pread_and_lseek_go_to_an_offset);
    RUN(reading_again_shows_what_is_now);
    RUN(a_bad_buffer_is_refused);
    RUN(read_only_files_are_not_written);
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
    RUN(fd_lists_what_is_open);
    RUN(fd_links_say_how_it_is_open);
    RUN(a_deleted_file_says_so);
    RUN(a_pipe_has_a_number);
    RUN(files_without_a_name_say_what_they_are);
    RUN(a_memfd_is_opened_anew);
    RUN(an_open_with_creat_goes_through_the_link);
    RUN(a_directory_is_entered_through_its_descriptor);
    RUN(fdinfo_tells_offset_and_flags);
    RUN(threads_are_tasks);
    RUN(mem_is_the_own_memory);
    RUN(meminfo_adds_up);
    RUN(uptime_goes_on);
    RUN(stat_of_the_system_parses);
    RUN(cpuinfo_lists_processors);
    RUN(loadavg_parses);
    RUN(loadavg_and_sysinfo_agree);
    RUN(version_and_sysctl_agree_with_uname);
    RUN(sysctl_values_are_numbers);
    RUN(sem_has_four_numbers);
    RUN(personality_is_shown);
    RUN(children_are_listed_by_thread);
    RUN(boot_id_stays_and_uuid_does_not);
    RUN(filesystems_name_proc);
    RUN(mounts_name_proc);
    RUN(mountinfo_matches_stat);
    RUN(dev_has_links_to_descriptors);
    return check_end();
}
