// SPDX-License-Identifier: MIT
/* getcpu: where a thread runs. */
#include "kernel/cpu.h"
#include "syscalls/define.h"

/*
 * getcpu(2): either pointer may be NULL. All memory is one node. The third
 * argument has had no meaning since Linux 2.6.24.
 */
SYSCALL_DEFINE3(getcpu, unsigned user *, cpu, unsigned user *, node,
                void user *, unused)
{
    int err = 0;

    (void)unused;
    if (cpu)
        err = put_user(cpu_this()->id, cpu);
    if (node && !err)
        err = put_user(0u, node);
    return err;
}
