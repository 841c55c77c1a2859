// SPDX-License-Identifier: MIT
/*
 * where: a plugin of QEMU's TCG (`-plugin where.so,out=FILE`) that counts how
 * often the instruction at each address is executed. At the machine's end FILE
 * gets `COUNT ADDRESS` lines. The interface is that of QEMU's documentation,
 * docs/devel/tcg-plugins, declared here as far as it is used, so that no header
 * need be installed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(
    uint64_t id, void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
                                                int op, void *at,
                                                uint64_t operand);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*cb)(uint64_t, void *),
                                    void *arg);
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

#define BUCKETS (1 << 16)

/* A place never moves: translated code adds to its count. */
struct place {
    struct place *next;
    uint64_t address, count;
};

static struct place *buckets[BUCKETS];

static struct place *place_of(uint64_t address)
{
    struct place **head = &buckets[address % BUCKETS], *p = *head;

    while (p && p->address != address)
        p = p->next;
    if (p)
        return p;
    p = calloc(1, sizeof(*p));
    if (!p)
        abort();
    p->address = address;
    p->next = *head;
    *head = p;
    return p;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

        qemu_plugin_register_vcpu_insn_exec_inline(
            insn, ADD_U64, &place_of(qemu_plugin_insn_vaddr(insn))->count, 1);
    }
}

static void ended(uint64_t id, void *arg)
{
    FILE *out = fopen(arg, "w");

    (void)id;
    if (!out) {
        perror(arg);
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct place *p = buckets[i]; p; p = p->next)
            fprintf(out, "%" PRIu64 " %016" PRIx64 "\n", p->count, p->address);
    fclose(out);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) {
        fprintf(stderr, "usage: -plugin where.so,out=FILE\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, strdup(argv[0] + 4));
    return 0;
}
