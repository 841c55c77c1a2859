// SPDX-License-Identifier: MIT
/*
 * insns: a plugin for QEMU's TCG that counts executed guest instructions in a
 * file that others may read meanwhile: per translated block its address, its
 * length and how often it ran (bench/net.c has the layout).
 *
 *     qemu-system-x86_64 -plugin insns.so,counters=FILE
 *
 * QEMU's header for plugins is rarely installed; what is used of it (version 1
 * of the interface) is declared here.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { INLINE_ADD_U64 };
struct qemu_plugin_tb;
void qemu_plugin_register_vcpu_tb_trans_cb(
    uint64_t id, void (*fn)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
                                              void *ptr, uint64_t imm);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc,
                               char **argv);

struct block {
    uint64_t address, insns, count;
};
struct counters {
    uint64_t blocks;
    struct block block[];
};
#define SIZE       (64ul << 20)
#define BLOCKS_MAX (SIZE / sizeof(struct block) - 1)

static struct counters *counters;

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    uint64_t n = counters->blocks;
    struct block *b = &counters->block[n];

    (void)id;
    if (n == BLOCKS_MAX)
        return;
    b->address = qemu_plugin_tb_vaddr(tb);
    b->insns = qemu_plugin_tb_n_insns(tb);
    counters->blocks = n + 1;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &b->count, 1);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    const char key[] = "counters=";
    int fd;

    (void)info;
    if (argc != 1 || strncmp(argv[0], key, sizeof(key) - 1) != 0)
        return -1;
    fd = open(argv[0] + sizeof(key) - 1, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, SIZE) < 0)
        return -1;
    counters = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (counters == MAP_FAILED)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
