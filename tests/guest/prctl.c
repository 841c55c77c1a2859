// SPDX-License-Identifier: MIT
/*
 * prctl: operations of prctl(2) on a process that is root. What cannot be
 * taken back comes last, and in an order that leaves the rest possible.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "check.h"

static void names_are_cut_to_15_bytes(void)
{
    char name[16];

    CHECK_EQ(prctl(PR_SET_NAME, "a name that is too long"), 0);
    CHECK_EQ(prctl(PR_GET_NAME, name), 0);
    CHECK_EQ(strcmp(name, "a name that is "), 0);
    CHECK_ERRNO(prctl(PR_SET_NAME, check_pointer(1)), EFAULT);
    CHECK_ERRNO(prctl(PR_GET_NAME, check_pointer(1)), EFAULT);
}

static void the_death_signal_is_kept(void)
{
    int sig = -1;

    CHECK_EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
    CHECK_EQ(sig, 0);
    CHECK_EQ(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
    CHECK_EQ(prctl(PR_GET_PDEATHSIG, &sig), 0);
    CHECK_EQ(sig, SIGUSR1);
    CHECK_ERRNO(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
    CHECK_ERRNO(prctl(PR_GET_PDEATHSIG, check_pointer(1)), EFAULT);
    CHECK_EQ(prctl(PR_SET_PDEATHSIG, 0), 0);
}

static void a_subreaper_says_so(void)
{
    int on = -1;

    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, &on), 0);
    CHECK_EQ(on, 1);
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, &on), 0);
    CHECK_EQ(on, 0);
    CHECK_ERRNO(prctl(PR_GET_CHILD_SUBREAPER, check_pointer(1)), EFAULT);
}

static void dumpable_is_0_or_1(void)
{
    CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
    CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
    CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 2), EINVAL);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
}

static void another_user_is_not_dumpable(void)
{
    CHECK_EQ(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
    CHECK_EQ(seteuid(1000), 0);
    int dumpable = prctl(PR_GET_DUMPABLE), sig = -1;

    prctl(PR_GET_PDEATHSIG, &sig);
    CHECK_EQ(seteuid(0), 0);
    CHECK(dumpable != 1); /* 0 or 2, as fs.suid_dumpable says */
    CHECK_EQ(sig, 0);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
}

static void timer_slack_is_kept(void)
{
    CHECK_EQ(prctl(PR_SET_TIMERSLACK, 12345), 0);
    CHECK_EQ(prctl(PR_GET_TIMERSLACK), 12345);
    CHECK_EQ(prctl(PR_SET_TIMERSLACK, 0), 0);
    CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
}

static void thp_disable_is_kept(void)
{
    CHECK_EQ(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
    CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
    CHECK_EQ(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
    CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
    CHECK_ERRNO(prctl(PR_SET_THP_DISABLE, 1, 0, 1, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
}

static void no_seccomp_filter_is_set(void)
{
    CHECK_EQ(prctl(PR_GET_SECCOMP), 0);
}

static void unknown_options_are_refused(void)
{
    CHECK_ERRNO(prctl(-1), EINVAL);
    CHECK_ERRNO(prctl(12345), EINVAL);
}

static void keeping_capabilities_is_a_switch(void)
{
    CHECK_EQ(prctl(PR_GET_KEEPCAPS), 0);
    CHECK_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
    CHECK_EQ(prctl(PR_GET_KEEPCAPS), 1);
    CHECK_EQ(prctl(PR_GET_SECUREBITS), SECBIT_KEEP_CAPS);
    CHECK_EQ(prctl(PR_SET_KEEPCAPS, 0), 0);
    CHECK_ERRNO(prctl(PR_SET_KEEPCAPS, 2), EINVAL);
}

static void the_ambient_set_needs_inheritable(void)
{
    CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 0);
    CHECK_ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0),
                EPERM);
    CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_KILL, 0, 0), 0);
    CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), 0);
    CHECK_ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0),
                EINVAL);
    CHECK_ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1, 1, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_CAP_AMBIENT, 9, CAP_KILL, 0, 0), EINVAL);
}

static void the_bounding_set_only_shrinks(void)
{
    CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_SYS_PACCT), 1);
    CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_LAST_CAP), 1);
    CHECK_EQ(prctl(PR_CAPBSET_DROP, CAP_SYS_PACCT), 0);
    CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_SYS_PACCT), 0);
    CHECK_EQ(prctl(PR_CAPBSET_DROP, CAP_SYS_PACCT), 0);
    CHECK_ERRNO(prctl(PR_CAPBSET_READ, 64), EINVAL);
    CHECK_ERRNO(prctl(PR_CAPBSET_DROP, 64), EINVAL);
}

static void secure_bits_can_be_locked(void)
{
    CHECK_EQ(prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE), 0);
    CHECK_EQ(prctl(PR_GET_SECUREBITS), SECBIT_NO_CAP_AMBIENT_RAISE);
    CHECK_EQ(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED), 0);
    CHECK_ERRNO(prctl(PR_SET_KEEPCAPS, 1), EPERM);
    CHECK_ERRNO(prctl(PR_SET_SECUREBITS, 0), EPERM);
    CHECK_ERRNO(prctl(PR_SET_SECUREBITS, 1 << 20), EPERM);
    CHECK_EQ(seteuid(1000), 0);
    int set = prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED);
    int why = errno;

    CHECK_EQ(seteuid(0), 0);
    CHECK_EQ(set, -1);
    CHECK_EQ(why, EPERM);
}

static void no_new_privs_is_for_good(void)
{
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    CHECK_ERRNO(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);
}

int main(void)
{
    RUN(names_are_cut_to_15_bytes);
    RUN(the_death_signal_is_kept);
    RUN(a_subreaper_says_so);
    RUN(dumpable_is_0_or_1);
    RUN(another_user_is_not_dumpable);
    RUN(timer_slack_is_kept);
    RUN(thp_disable_is_kept);
    RUN(no_seccomp_filter_is_set);
    RUN(unknown_options_are_refused);
    RUN(keeping_capabilities_is_a_switch);
    RUN(the_ambient_set_needs_inheritable);
    RUN(the_bounding_set_only_shrinks);
    RUN(secure_bits_can_be_locked);
    RUN(no_new_privs_is_for_good);
    return check_end();
}
