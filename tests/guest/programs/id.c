// SPDX-License-Identifier: MIT
/* id: who the program is, and that AT_UID and friends say the same. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct d[2];
    uid_t r, e, s;
    gid_t rg, eg, sg;

    if (getresuid(&r, &e, &s) || getresgid(&rg, &eg, &sg) ||
        syscall(SYS_capget, &h, d))
        return 1;
    if (getauxval(AT_UID) != r || getauxval(AT_EUID) != e ||
        getauxval(AT_GID) != rg || getauxval(AT_EGID) != eg ||
        getauxval(AT_SECURE))
        return 2;
    printf("uid %u %u %u gid %u %u %u groups %d caps %x\n", r, e, s, rg, eg, sg,
           getgroups(0, NULL), d[0].effective);
    return 0;
}
