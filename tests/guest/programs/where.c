// SPDX-License-Identifier: MIT
/* where: prints in one line at which addresses its parts lie. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int local;
    void *m = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    printf("code %p brk %p mmap %p stack %p vdso 0x%lx\n", (void *)main,
           sbrk(0), m, (void *)&local, getauxval(AT_SYSINFO_EHDR));
    return 0;
}
