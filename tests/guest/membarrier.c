// SPDX-License-Identifier: MIT
/* membarrier: who may ask for barriers in other threads (membarrier(2)). */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static long membarrier(int cmd, unsigned flags, int cpu)
{
    return syscall(SYS_membarrier, cmd, flags, cpu);
}

static void query_lists_commands(void)
{
    long all = membarrier(MEMBARRIER_CMD_QUERY, 0, 0);

    CHECK(all > 0);
    CHECK(all & MEMBARRIER_CMD_GLOBAL);
    CHECK(all & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    CHECK(all & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    CHECK(all & MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    CHECK(all & MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ);
}

static void odd_commands_are_refused(void)
{
    CHECK_ERRNO(membarrier(-1, 0, 0), EINVAL);
    CHECK_ERRNO(membarrier(3, 0, 0), EINVAL);
    CHECK_ERRNO(membarrier(1 << 20, 0, 0), EINVAL);
}

static void flags_belong_to_one_command(void)
{
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_QUERY, 1, 0), EINVAL);
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_GLOBAL, 1, 0), EINVAL);
    CHECK_ERRNO(
        membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 1, 0),
        EINVAL);
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 2, 0),
                EINVAL);
}

static void global_ones_need_no_registration(void)
{
    CHECK_EQ(membarrier(MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0), 0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0), 0);
}

static void private_ones_need_registration(void)
{
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), 0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), 0);
}

static void each_kind_is_registered_by_itself(void)
{
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0),
                EPERM);
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0), EPERM);
    CHECK_EQ(
        membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0),
        0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0), 0);
    CHECK_ERRNO(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0), EPERM);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0),
             0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0), 0);
    CHECK_EQ(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ,
                        MEMBARRIER_CMD_FLAG_CPU, 0),
             0);
}

static void *barrier_in_thread(void *arg)
{
    *(long *)arg = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    return NULL;
}

static void threads_share_the_registration(void)
{
    pthread_t t;
    long result = -1;

    CHECK_EQ(pthread_create(&t, NULL, barrier_in_thread, &result), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(result, 0);
}

static void children_inherit_the_registration(void)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0)
        _exit(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0 ? 7 : 1);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 7);
}

/* argv[1]: the new program says whether it may. */
static char *self;

static void another_program_begins_without(void)
{
    int status;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        execl(self, self, "registered", NULL);
        _exit(99);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), EPERM);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1)
        return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) ? errno : 0;
    RUN(query_lists_commands);
    RUN(odd_commands_are_refused);
    RUN(flags_belong_to_one_command);
    RUN(global_ones_need_no_registration);
    RUN(private_ones_need_registration);
    RUN(each_kind_is_registered_by_itself);
    RUN(threads_share_the_registration);
    RUN(children_inherit_the_registration);
    RUN(another_program_begins_without);
    return check_end();
}
