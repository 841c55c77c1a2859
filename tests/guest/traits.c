// SPDX-License-Identifier: MIT
/*
 * traits: what a thread has that is told, inherited and seldom looked at: its
 * memory policy, personality, I/O priority, what it shares; and the machine's
 * names.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

#define NO_ID      999999
#define IO(cl, lv) ((cl) << 13 | (lv))

/* --- memory policy -------------------------------------------------------- */

static long set_policy(int mode, unsigned long nodes)
{
    return syscall(SYS_set_mempolicy, mode, nodes ? &nodes : NULL, 64);
}

static int policy(unsigned long *nodes)
{
    int mode = -1;

    *nodes = 0;
    CHECK_EQ(syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0), 0);
    return mode;
}

static unsigned long room[16]; /* for a set of nodes */

static int child_policy(void)
{
    int mode = -1;

    syscall(SYS_get_mempolicy, &mode, room, 1024, NULL, 0);
    return mode;
}

static void a_memory_policy_is_kept_and_inherited(void)
{
    CHECK_EQ(policy(room), MPOL_DEFAULT);
    CHECK_EQ(room[0], 0);
    CHECK_EQ(set_policy(MPOL_BIND, 1), 0);
    CHECK_EQ(policy(room), MPOL_BIND);
    CHECK_EQ(room[0], 1);
    CHECK_EQ(in_child(child_policy), MPOL_BIND);
    CHECK_EQ(set_policy(MPOL_PREFERRED, 0), 0);
    CHECK_EQ(set_policy(MPOL_DEFAULT, 0), 0);
    CHECK_EQ(policy(room), MPOL_DEFAULT);
}

static void impossible_policies_are_refused(void)
{
    CHECK_ERRNO(set_policy(99, 1), EINVAL);
    CHECK_ERRNO(set_policy(MPOL_BIND, 0), EINVAL);
    CHECK_ERRNO(set_policy(MPOL_INTERLEAVE, 0), EINVAL);
    CHECK_ERRNO(set_policy(MPOL_DEFAULT, 1), EINVAL);
    CHECK_ERRNO(syscall(SYS_set_mempolicy, MPOL_BIND, check_pointer(8), 64),
                EFAULT);
    CHECK_ERRNO(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 99), EINVAL);
    CHECK_ERRNO(syscall(SYS_get_mempolicy, check_pointer(8), NULL, 0, NULL, 0),
                EFAULT);
    CHECK_ERRNO(syscall(SYS_get_mempolicy, NULL, NULL, 0, room, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_get_mempolicy, NULL, NULL, 0, check_pointer(4096),
                        MPOL_F_ADDR),
                EFAULT);
}

static void the_nodes_there_are_are_told(void)
{
    int mode = -1;

    CHECK_EQ(syscall(SYS_get_mempolicy, &mode, room, 1024, NULL,
                     MPOL_F_MEMS_ALLOWED),
             0);
    CHECK(room[0] & 1);
    CHECK_EQ(syscall(SYS_get_mempolicy, &mode, NULL, 0, room,
                     MPOL_F_ADDR | MPOL_F_NODE),
             0);
    CHECK_EQ(mode, 0);
}

static void areas_are_bound(void)
{
    unsigned long node0 = 1;
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK_EQ(syscall(SYS_mbind, p, 8192, MPOL_BIND, &node0, 64, 0), 0);
    CHECK_EQ(
        syscall(SYS_mbind, p, 4096, MPOL_INTERLEAVE, &node0, 64, MPOL_MF_MOVE),
        0);
    CHECK_EQ(syscall(SYS_mbind, p, 0, MPOL_DEFAULT, NULL, 0, 0), 0);
    CHECK_ERRNO(syscall(SYS_mbind, p + 1, 4096, MPOL_DEFAULT, NULL, 0, 0),
                EINVAL);
    CHECK_ERRNO(syscall(SYS_mbind, p, 4096, MPOL_BIND, NULL, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_mbind, p, 4096, MPOL_DEFAULT, NULL, 0, 0x100),
                EINVAL);
    CHECK_EQ(munmap(p, 8192), 0);
    CHECK_ERRNO(syscall(SYS_mbind, p, 4096, MPOL_BIND, &node0, 64, 0), EFAULT);
}

/* --- personality ---------------------------------------------------------- */

static int child_personality(void)
{
    return personality(0xffffffff) == ADDR_NO_RANDOMIZE ? 0 : 1;
}

static void a_personality_is_kept_and_inherited(void)
{
    CHECK_EQ(personality(0xffffffff), 0);
    CHECK_EQ(personality(ADDR_NO_RANDOMIZE), 0);
    CHECK_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
    CHECK_EQ(in_child(child_personality), 0);
    CHECK_EQ(personality(0), ADDR_NO_RANDOMIZE);
}

static int old_machine(void)
{
    struct utsname u;

    personality(PER_LINUX32);
    return uname(&u) || strcmp(u.machine, "i686");
}

static void a_32_bit_personality_has_an_old_machine(void)
{
    CHECK_EQ(in_child(old_machine), 0);
}

/* Where a program's stack is, as a new program without random addresses says:
 * twice the same. */
static unsigned long stack_of_new_program(void)
{
    char buf[32] = "";
    int fd[2];
    pid_t pid;

    CHECK_EQ(pipe(fd), 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        personality(ADDR_NO_RANDOMIZE);
        dup2(fd[1], 1);
        execl("/proc/self/exe", "traits", "stack", NULL);
        _exit(1);
    }
    CHECK(read(fd[0], buf, sizeof(buf) - 1) > 0);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    close(fd[0]);
    close(fd[1]);
    return strtoul(buf, NULL, 16);
}

static void addresses_need_not_be_random(void)
{
    unsigned long first = stack_of_new_program();

    CHECK(first != 0);
    CHECK_EQ(stack_of_new_program(), first);
}

/* --- I/O priority --------------------------------------------------------- */

static void an_io_priority_is_kept(void)
{
    CHECK_EQ(syscall(SYS_ioprio_set, 1, 0, IO(2, 3)), 0);
    CHECK_EQ(syscall(SYS_ioprio_get, 1, 0), IO(2, 3));
    CHECK_EQ(syscall(SYS_ioprio_get, 1, getpid()), IO(2, 3));
    CHECK_EQ(syscall(SYS_ioprio_set, 1, 0, IO(3, 0)), 0);
    CHECK_EQ(syscall(SYS_ioprio_get, 1, 0), IO(3, 0));
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, IO(5, 0)), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, IO(0, 1)), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 9, 0, IO(2, 0)), EINVAL);
    CHECK_ERRNO(syscall(SYS_ioprio_set, 1, NO_ID, IO(2, 0)), ESRCH);
    CHECK_ERRNO(syscall(SYS_ioprio_get, 1, NO_ID), ESRCH);
    CHECK_ERRNO(syscall(SYS_ioprio_get, 9, 0), EINVAL);
}

/* --- sharing -------------------------------------------------------------- */

static int unshare_in_thread(void *arg)
{
    (void)arg;
    if (unshare(CLONE_FILES | CLONE_FS))
        return 1;
    close(0);
    return chdir("/proc") ? 2 : 0;
}

static void a_child_ceases_to_share(void)
{
    static char stack[65536];
    char before[256] = "", after[256] = "";
    int status;
    pid_t pid;

    CHECK(getcwd(before, sizeof(before)) != NULL);
    CHECK(fcntl(0, F_GETFD) >= 0);
    pid = clone(unshare_in_thread, stack + sizeof(stack),
                CLONE_FILES | CLONE_FS | SIGCHLD, NULL);
    CHECK(pid > 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK(getcwd(after, sizeof(after)) != NULL);
    CHECK(!strcmp(before, after));
    CHECK(fcntl(0, F_GETFD) >= 0);
}

static void unsharing_is_checked(void)
{
    CHECK_EQ(unshare(0), 0);
    CHECK_ERRNO(unshare(1), EINVAL);
    CHECK_ERRNO(setns(-1, 0), EBADF);
    CHECK_ERRNO(setns(0, 0), EINVAL);
}

/* --- names ---------------------------------------------------------------- */

static void names_are_checked(void)
{
    struct utsname before, after;

    CHECK_EQ(uname(&before), 0);
    if (sethostname(before.nodename, strlen(before.nodename)) < 0) {
        CHECK_EQ(errno, EPERM);
        CHECK_SKIP("only root of the whole machine may do this");
    }
    CHECK_ERRNO(syscall(SYS_sethostname, "x", 65), EINVAL);
    CHECK_ERRNO(syscall(SYS_sethostname, "x", -1), EINVAL);
    CHECK_ERRNO(sethostname(check_pointer(8), 4), EFAULT);
    CHECK_ERRNO(setdomainname(check_pointer(8), 4), EFAULT);
    CHECK_EQ(uname(&after), 0);
    CHECK(!strcmp(before.nodename, after.nodename));
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "stack"))
        return dprintf(1, "%lx", (unsigned long)&argc) < 0;
    RUN(a_memory_policy_is_kept_and_inherited);
    RUN(impossible_policies_are_refused);
    RUN(the_nodes_there_are_are_told);
    RUN(areas_are_bound);
    RUN(a_personality_is_kept_and_inherited);
    RUN(a_32_bit_personality_has_an_old_machine);
    RUN(addresses_need_not_be_random);
    RUN(an_io_priority_is_kept);
    RUN(a_child_ceases_to_share);
    RUN(unsharing_is_checked);
    RUN(names_are_checked);
    return check_end();
}
