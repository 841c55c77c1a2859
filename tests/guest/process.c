// SPDX-License-Identifier: MIT
/* process: who we are, what we may use, and random bytes. */
#define _GNU_SOURCE
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "check.h"

static void ids_are_sane(void)
{
    CHECK(getpid() > 0);
    CHECK(getppid() >= 0);
    CHECK_EQ(getuid(), geteuid());
    CHECK_EQ(getgid(), getegid());
}

static void limits_are_read_and_lowered(void)
{
    struct rlimit r, old;

    CHECK_EQ(getrlimit(RLIMIT_STACK, &r), 0);
    CHECK(r.rlim_cur >= 64 * 1024 && r.rlim_cur <= r.rlim_max);
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    CHECK(old.rlim_cur >= 64 && old.rlim_cur <= old.rlim_max);
    r = (struct rlimit){16, old.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &r), 0);
    CHECK_ERRNO(dup2(0, 16), EBADF);
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &r), 0);
    CHECK_EQ(r.rlim_cur, 16);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static void limits_name_their_errors(void)
{
    struct rlimit upside_down = {20, 10};

    CHECK_ERRNO(getrlimit(99, &upside_down), EINVAL);
    CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &upside_down), EINVAL);
    CHECK_ERRNO(prlimit(0, RLIMIT_NOFILE, check_pointer(8), NULL), EFAULT);
}

static void random_bytes_differ(void)
{
    unsigned char a[256] = {0}, b[256] = {0};
    int equal = 0;

    CHECK_EQ(getrandom(a, sizeof(a), 0), sizeof(a));
    CHECK_EQ(getrandom(b, sizeof(b), GRND_NONBLOCK), sizeof(b));
    for (int i = 0; i < 256; i++)
        equal += a[i] == b[i];
    CHECK(equal < 20);
    CHECK_EQ(getrandom(a, 0, 0), 0);
    CHECK_ERRNO(getrandom(a, 1, 0x1000), EINVAL);
    CHECK_ERRNO(getrandom(check_pointer(8), 1, 0), EFAULT);
}

static void at_least_one_cpu_is_ours(void)
{
    cpu_set_t set;

    CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
    CHECK(CPU_COUNT(&set) >= 1);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
}

static void the_thread_has_a_name(void)
{
    char name[16] = "";

    CHECK_EQ(prctl(PR_SET_NAME, "a-rather-long-name"), 0);
    CHECK_EQ(prctl(PR_GET_NAME, name), 0);
    CHECK(strcmp(name, "a-rather-long-n") == 0);
}

static void memory_figures_add_up(void)
{
    struct sysinfo s;

    CHECK_EQ(sysinfo(&s), 0);
    CHECK(s.totalram > 0 && s.freeram <= s.totalram);
    CHECK(s.mem_unit >= 1);
    CHECK(s.procs >= 1);
}

static void a_file_is_no_terminal(void)
{
    struct winsize size;
    FILE *f = tmpfile();

    CHECK(f);
    CHECK(!isatty(fileno(f)));
    CHECK_EQ(errno, ENOTTY);
    CHECK_ERRNO(ioctl(fileno(f), TIOCGWINSZ, &size), ENOTTY);
    fclose(f);
    CHECK_ERRNO(ioctl(999, TIOCGWINSZ, &size), EBADF);
}

int main(void)
{
    RUN(ids_are_sane);
    RUN(limits_are_read_and_lowered);
    RUN(limits_name_their_errors);
    RUN(random_bytes_differ);
    RUN(at_least_one_cpu_is_ours);
    RUN(the_thread_has_a_name);
    RUN(memory_figures_add_up);
    RUN(a_file_is_no_terminal);
    return check_end();
}
