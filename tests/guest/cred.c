// SPDX-License-Identifier: MIT
/*
 * cred: user and group ids, supplementary groups and capabilities. Runs as
 * root; each case runs in a child, as most steps cannot be taken back. Raw
 * system calls: the C library would do them for every thread.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static uint64_t all; /* what root has here */

static int ids_are(uid_t real, uid_t effective, uid_t saved)
{
    uid_t r, e, s;

    return getresuid(&r, &e, &s) == 0 && r == real && e == effective &&
           s == saved;
}

static int gids_are(gid_t real, gid_t effective, gid_t saved)
{
    gid_t r, e, s;

    return getresgid(&r, &e, &s) == 0 && r == real && e == effective &&
           s == saved;
}

static uint64_t caps(char which)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2];

    CHECK_EQ(syscall(SYS_capget, &h, d), 0);
    switch (which) {
    case 'e':
        return d[0].effective | (uint64_t)d[1].effective << 32;
    case 'p':
        return d[0].permitted | (uint64_t)d[1].permitted << 32;
    default:
        return d[0].inheritable | (uint64_t)d[1].inheritable << 32;
    }
}

static long set_caps(uint64_t e, uint64_t p, uint64_t i)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2] = {
        {(uint32_t)e, (uint32_t)p, (uint32_t)i},
        {(uint32_t)(e >> 32), (uint32_t)(p >> 32), (uint32_t)(i >> 32)},
    };

    return syscall(SYS_capset, &h, d);
}

static void setuid_of_root_sets_all(void)
{
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK(ids_are(1000, 1000, 1000));
    CHECK_EQ(caps('e') | caps('p'), 0);
    CHECK_ERRNO(syscall(SYS_setuid, 0), EPERM);
    CHECK_ERRNO(syscall(SYS_setuid, -1), EINVAL);
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
}

static void setuid_of_a_user_sets_the_effective(void)
{
    CHECK_EQ(syscall(SYS_setresuid, 1000, 1000, 2000), 0);
    CHECK_EQ(syscall(SYS_setuid, 2000), 0);
    CHECK(ids_are(1000, 2000, 2000));
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK(ids_are(1000, 1000, 2000));
    CHECK_ERRNO(syscall(SYS_setuid, 3000), EPERM);
}

static void setreuid_saves_the_effective(void)
{
    CHECK_EQ(syscall(SYS_setreuid, 1000, 2000), 0);
    CHECK(ids_are(1000, 2000, 2000));
    CHECK_EQ(syscall(SYS_setreuid, 2000, 1000), 0);
    CHECK(ids_are(2000, 1000, 1000));
    CHECK_ERRNO(syscall(SYS_setreuid, 3000, -1), EPERM);
    CHECK_ERRNO(syscall(SYS_setreuid, -1, 3000), EPERM);
    CHECK_EQ(syscall(SYS_setreuid, -1, -1), 0);
    CHECK(ids_are(2000, 1000, 1000));
}

static void setreuid_may_leave_the_saved(void)
{
    CHECK_EQ(syscall(SYS_setresuid, 1000, 2000, 3000), 0);
    CHECK_EQ(syscall(SYS_setreuid, -1, 1000), 0);
    CHECK(ids_are(1000, 1000, 3000));
    CHECK_EQ(syscall(SYS_setreuid, -1, 3000), 0);
    CHECK(ids_are(1000, 3000, 3000));
}

static void setresuid_permutes(void)
{
    CHECK_EQ(syscall(SYS_setresuid, 1000, 2000, 3000), 0);
    CHECK_EQ(syscall(SYS_setresuid, 3000, 1000, 2000), 0);
    CHECK(ids_are(3000, 1000, 2000));
    CHECK_EQ(syscall(SYS_setresuid, -1, -1, 3000), 0);
    CHECK(ids_are(3000, 1000, 3000));
    CHECK_ERRNO(syscall(SYS_setresuid, 2000, -1, -1), EPERM);
    CHECK(ids_are(3000, 1000, 3000));
    CHECK_ERRNO(getresuid(check_pointer(8), check_pointer(8), check_pointer(8)),
                EFAULT);
}

static void groups_follow_the_same_rules(void)
{
    CHECK_EQ(syscall(SYS_setresgid, 1000, 2000, 3000), 0);
    CHECK(gids_are(1000, 2000, 3000));
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK_EQ(syscall(SYS_setgid, 3000), 0);
    CHECK(gids_are(1000, 3000, 3000));
    CHECK_EQ(syscall(SYS_setregid, -1, 1000), 0);
    CHECK(gids_are(1000, 1000, 3000));
    CHECK_ERRNO(syscall(SYS_setgid, 5), EPERM);
    CHECK_ERRNO(syscall(SYS_setregid, 5, -1), EPERM);
    CHECK_ERRNO(syscall(SYS_setresgid, 5, -1, -1), EPERM);
    CHECK_ERRNO(syscall(SYS_setgid, -1), EINVAL);
}

static void setfsuid_tells_the_former(void)
{
    CHECK_EQ(syscall(SYS_setfsuid, 1000), 0);
    CHECK_EQ(syscall(SYS_setfsuid, -1), 1000);
    CHECK_EQ(caps('e') & (1 << CAP_DAC_OVERRIDE), 0);
    CHECK(caps('e') & (1 << CAP_SETUID));
    CHECK_EQ(syscall(SYS_setfsuid, 0), 1000);
    CHECK_EQ(caps('e'), all);
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK_EQ(syscall(SYS_setfsuid, 5), 1000);
    CHECK_EQ(syscall(SYS_setfsuid, 1000), 1000);
    CHECK_EQ(syscall(SYS_setfsgid, 0), 0);
}

static void groups_are_kept_in_order(void)
{
    gid_t set[] = {30, 10, 20}, got[4];

    CHECK_EQ(syscall(SYS_setgroups, 3, set), 0);
    CHECK_EQ(getgroups(0, NULL), 3);
    CHECK_EQ(getgroups(4, got), 3);
    CHECK_EQ(got[0], 10);
    CHECK_EQ(got[1], 20);
    CHECK_EQ(got[2], 30);
    CHECK_ERRNO(getgroups(2, got), EINVAL);
    CHECK_ERRNO(syscall(SYS_getgroups, -1, got), EINVAL);
    CHECK_ERRNO(getgroups(3, check_pointer(8)), EFAULT);
    CHECK_ERRNO(syscall(SYS_setgroups, 65537, set), EINVAL);
    CHECK_ERRNO(syscall(SYS_setgroups, 2, check_pointer(8)), EFAULT);
    CHECK_EQ(syscall(SYS_setgroups, 0, NULL), 0);
    CHECK_EQ(getgroups(0, NULL), 0);
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK_ERRNO(syscall(SYS_setgroups, 0, NULL), EPERM);
}

static void there_may_be_65536_groups(void)
{
    gid_t *set = malloc(65536 * sizeof(*set));

    for (int i = 0; i < 65536; i++)
        set[i] = (gid_t)(i * 7919 % 65536);
    CHECK_EQ(syscall(SYS_setgroups, 65536, set), 0);
    CHECK_EQ(getgroups(65536, set), 65536);
    for (int i = 0; i < 65536; i++)
        CHECK_EQ(set[i], i);
    free(set);
}

static void the_effective_user_carries_capabilities(void)
{
    CHECK_EQ(caps('e'), all);
    CHECK_EQ(syscall(SYS_setresuid, -1, 1000, -1), 0);
    CHECK_EQ(caps('e'), 0);
    CHECK_EQ(caps('p'), all);
    CHECK_EQ(syscall(SYS_setresuid, -1, 0, -1), 0);
    CHECK_EQ(caps('e'), all);
}

static void capabilities_can_be_kept(void)
{
    CHECK_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK_EQ(caps('e'), 0);
    CHECK_EQ(caps('p'), all);
    CHECK_EQ(set_caps(1 << CAP_SETUID, all, 0), 0);
    CHECK_EQ(syscall(SYS_setuid, 0), 0);
}

static void without_fixup_capabilities_stay(void)
{
    CHECK_EQ(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), 0);
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    CHECK_EQ(caps('e'), all);
}

static void permitted_capabilities_only_go(void)
{
    const uint64_t kill = 1 << CAP_KILL;

    CHECK_EQ(set_caps(kill, kill, 0), 0);
    CHECK_EQ(caps('e'), kill);
    CHECK_ERRNO(set_caps(kill, all, 0), EPERM);
    CHECK_ERRNO(set_caps(all, kill, 0), EPERM);
    CHECK_EQ(set_caps(0, kill, 0), 0);
    CHECK_EQ(set_caps(kill, kill, 0), 0);
    CHECK_ERRNO(syscall(SYS_setuid, 1000), EPERM);
}

static void inheritable_ones_come_from_permitted(void)
{
    const uint64_t kill = 1 << CAP_KILL, own = 1 << CAP_FOWNER;

    CHECK_EQ(set_caps(all, all, kill), 0);
    CHECK_EQ(caps('i'), kill);
    CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0), 0);
    CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 1);
    CHECK_EQ(set_caps(0, own, kill), 0);
    CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 0);
    CHECK_ERRNO(set_caps(0, own, 1 << CAP_CHOWN), EPERM);
    CHECK_EQ(set_caps(0, own, own | kill), 0);
}

static void headers_have_versions(void)
{
    struct __user_cap_header_struct h = {0, 0};
    struct __user_cap_data_struct d[2] = {{0}};

    CHECK_EQ(syscall(SYS_capget, &h, NULL), 0);
    CHECK_EQ(h.version, _LINUX_CAPABILITY_VERSION_3);
    h.version = 7;
    CHECK_ERRNO(syscall(SYS_capget, &h, d), EINVAL);
    CHECK_EQ(h.version, _LINUX_CAPABILITY_VERSION_3);
    h.version = _LINUX_CAPABILITY_VERSION_1;
    d[1].effective = 77;
    CHECK_EQ(syscall(SYS_capget, &h, d), 0);
    CHECK_EQ(d[0].effective, (uint32_t)all);
    CHECK_EQ(d[1].effective, 77);
    h = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, -1};
    CHECK_ERRNO(syscall(SYS_capget, &h, d), EINVAL);
    CHECK_ERRNO(syscall(SYS_capset, &h, d), EPERM);
    h.pid = getpid();
    CHECK_EQ(syscall(SYS_capget, &h, d), 0);
    CHECK_ERRNO(syscall(SYS_capget, check_pointer(8), d), EFAULT);
    CHECK_ERRNO(syscall(SYS_capget, &h, check_pointer(8)), EFAULT);
}

static void a_user_may_not_what_root_may(void)
{
    struct rlimit l;
    struct timespec now;

    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &l), 0);
    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &now), 0);
    CHECK_EQ(syscall(SYS_setuid, 1000), 0);
    l.rlim_max++;
    CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &l), EPERM);
    CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &now), EPERM);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, -5), EACCES);
    CHECK_ERRNO(chroot("/"), EPERM);
}

static void a_child_is_who_its_parent_was(void)
{
    int status;
    pid_t pid;

    CHECK_EQ(syscall(SYS_setresuid, 1000, 2000, 3000), 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(ids_are(1000, 2000, 3000) ? 0 : 1);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

static void signals_need_the_same_user(void)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        for (;;)
            pause(); /* root's */
    }
    if (kill(pid, 0) < 0 && errno == ESRCH)
        CHECK_SKIP("kill finds no other process");
    CHECK_EQ(syscall(SYS_setresuid, 1000, 1000, 0), 0);
    int sent = kill(pid, 0), why = errno;
    CHECK_EQ(syscall(SYS_setresuid, -1, 0, -1), 0);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(sent, -1);
    CHECK_EQ(why, EPERM);
}

/* Runs fn as a case in a child, which counts there; here its end counts. */
static void (*body)(void);

static void run_body(void)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        check_failed = 0;
        check_run("  (child)", body);
        _exit(check_failed);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

#define APART(fn)                 \
    do {                          \
        body = fn;                \
        check_run(#fn, run_body); \
    } while (0)

int main(void)
{
    all = caps('e');
    APART(setuid_of_root_sets_all);
    APART(setuid_of_a_user_sets_the_effective);
    APART(setreuid_saves_the_effective);
    APART(setreuid_may_leave_the_saved);
    APART(setresuid_permutes);
    APART(groups_follow_the_same_rules);
    APART(setfsuid_tells_the_former);
    APART(groups_are_kept_in_order);
    APART(there_may_be_65536_groups);
    APART(the_effective_user_carries_capabilities);
    APART(capabilities_can_be_kept);
    APART(without_fixup_capabilities_stay);
    APART(permitted_capabilities_only_go);
    APART(inheritable_ones_come_from_permitted);
    APART(headers_have_versions);
    APART(a_user_may_not_what_root_may);
    APART(a_child_is_who_its_parent_was);
    APART(signals_need_the_same_user);
    return check_end();
}
