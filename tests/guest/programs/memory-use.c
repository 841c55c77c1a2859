// SPDX-License-Identifier: MIT
/*
 * memory-use MIB: prints how much memory the machine has (MiB), then writes a
 * value of its own into every page of that many MiB and checks them all.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

enum { PAGE = 4096 };

int main(int argc, char **argv)
{
    size_t len = (argc > 1 ? strtoul(argv[1], NULL, 0) : 0) << 20;
    struct sysinfo info;
    uint64_t *p;

    if (sysinfo(&info) < 0)
        return 1;
    printf("total %lu\n", info.totalram * info.mem_unit >> 20);
    if (len == 0)
        return 0;
    p = mmap(NULL, len, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    for (size_t i = 0; i < len / 8; i += PAGE / 8)
        p[i] = i ^ 0x5a5a5a5a5a5a5a5a;
    for (size_t i = 0; i < len / 8; i += PAGE / 8) {
        if (p[i] != (i ^ 0x5a5a5a5a5a5a5a5a) || p[i + 1] != 0) {
            printf("page %zu is not what it was\n", i / (PAGE / 8));
            return 1;
        }
    }
    printf("used %zu\n", len >> 20);
    return 0;
}
