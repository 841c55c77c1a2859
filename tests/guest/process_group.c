// SPDX-License-Identifier: MIT
/* process_group: process groups and sessions. */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static int in_child(int (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn());
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

static void a_child_is_in_its_parents_group_and_session(void)
{
    pid_t group = getpgrp(), session = getsid(0), pid = fork();

    if (pid == 0)
        _exit(getpgrp() == group && getsid(0) == session);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(WEXITSTATUS(status), 1);
}

static int leads_a_group(void)
{
    if (setpgid(0, 0) || getpgrp() != getpid() || getpgid(0) != getpid())
        return 1;
    return setpgid(0, 0) != 0; /* again is no change */
}

static void a_process_can_lead_a_group(void)
{
    CHECK_EQ(in_child(leads_a_group), 0);
}

static int leads_a_session(void)
{
    if (setsid() != getpid() || getsid(0) != getpid() || getpgrp() != getpid())
        return 1;
    if (setsid() != -1 || errno != EPERM)
        return 2;
    if (setpgid(0, 0) != -1 || errno != EPERM)
        return 3;
    return 0;
}

static void a_process_can_lead_a_session(void)
{
    CHECK_EQ(in_child(leads_a_session), 0);
}

static int group_leader_asks_for_a_session(void)
{
    if (setpgid(0, 0))
        return 1;
    return setsid() == -1 && errno == EPERM ? 0 : 2;
}

static void a_group_leader_gets_no_session(void)
{
    CHECK_EQ(in_child(group_leader_asks_for_a_session), 0);
}

static int number_stays_in_use(void)
{
    int ends[2];
    char byte;
    pid_t pid;

    /* A child takes the number of our group into its life; then we leave. */
    if (setpgid(0, 0) || pipe(ends))
        return 1;
    pid = fork();
    if (pid == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0 || getpgrp() != getppid());
    }
    close(ends[1]);
    return waitpid(pid, NULL, 0) != pid;
}

static void members_keep_a_groups_number(void)
{
    CHECK_EQ(in_child(number_stays_in_use), 0);
}

static void wrong_groups_are_refused(void)
{
    int ends[2];
    char byte;

    CHECK_ERRNO(setpgid(0, -1), EINVAL);
    CHECK_ERRNO(setpgid(-1, 0), EINVAL);
    CHECK_ERRNO(setpgid(-1, 5), ESRCH);
    CHECK_ERRNO(setpgid(31999, 0), ESRCH);
    CHECK_ERRNO(getpgid(31999), ESRCH);
    CHECK_ERRNO(getsid(31999), ESRCH);
    CHECK_EQ(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        _exit((int)read(ends[0], &byte, 1));
    }
    CHECK_ERRNO(setpgid(pid, 31999), EPERM);
    CHECK_EQ(setpgid(pid, pid), 0);
    CHECK_EQ(getpgid(pid), pid);
    CHECK_EQ(getsid(pid), getsid(0));
    close(ends[1]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    CHECK_ERRNO(getpgid(pid), ESRCH);
    close(ends[0]);
}

static void a_child_in_another_session_is_left_alone(void)
{
    int ready[2], ends[2];
    char byte;

    CHECK_EQ(pipe(ready), 0);
    CHECK_EQ(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        if (setsid() < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        _exit((int)read(ends[0], &byte, 1));
    }
    CHECK_EQ(read(ready[0], &byte, 1), 1);
    CHECK_ERRNO(setpgid(pid, 0), EPERM);
    CHECK_EQ(getsid(pid), pid);
    close(ends[1]);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    RUN(a_child_is_in_its_parents_group_and_session);
    RUN(a_process_can_lead_a_group);
    RUN(a_process_can_lead_a_session);
    RUN(a_group_leader_gets_no_session);
    RUN(members_keep_a_groups_number);
    RUN(wrong_groups_are_refused);
    RUN(a_child_in_another_session_is_left_alone);
    return check_end();
}
