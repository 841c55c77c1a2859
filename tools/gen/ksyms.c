// SPDX-License-Identifier: MIT
/*
 * gen_ksyms KERNEL.elf > ksyms.S
 *
 * Writes the kernel's function symbols as an assembly file for kernel/ksyms.c:
 *
 *     ksyms_count   how many
 *     ksyms_addr    count + 1 ascending 32-bit offsets from KERNEL_BASE; the
 *                   last is where the code ends
 *     ksyms_name    count 32-bit offsets into ksyms_text
 *     ksyms_text    the names, each with its NUL
 *
 * A symbol counts when it lies in an executable section of the upper half and
 * is a function, or a global label as assembly has them, but not inside of a
 * function with a size. Of several at one address, one global wins.
 */
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_BASE 0xffffffff80000000ull

struct symbol {
    uint32_t offset, size;
    int rank; /* a lower one is the better name for an address */
    const char *name;
};

static struct symbol *symbols;
static size_t symbol_count;
static uint64_t code_end = KERNEL_BASE;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "gen_ksyms: %s: %s\n", what, why);
    exit(1);
}

/* Is section index executable code of the upper half? Then notes its end. */
static int is_code(Elf *elf, size_t index)
{
    Elf_Scn *scn = elf_getscn(elf, index);
    GElf_Shdr sh;

    if (!scn || !gelf_getshdr(scn, &sh) || !(sh.sh_flags & SHF_EXECINSTR) ||
        sh.sh_addr < KERNEL_BASE)
        return 0;
    if (sh.sh_addr + sh.sh_size > code_end)
        code_end = sh.sh_addr + sh.sh_size;
    return 1;
}

static void add_symbol(Elf *elf, const GElf_Sym *sym, const char *name)
{
    int type = GELF_ST_TYPE(sym->st_info);
    int global = GELF_ST_BIND(sym->st_info) != STB_LOCAL;

    if (!name || !*name || sym->st_shndx == SHN_UNDEF ||
        sym->st_shndx >= SHN_LORESERVE || !is_code(elf, sym->st_shndx))
        return;
    if (type != STT_FUNC && !(type == STT_NOTYPE && global))
        return;
    if (sym->st_value < KERNEL_BASE)
        return;
    symbols = realloc(symbols, (symbol_count + 1) * sizeof(*symbols));
    if (!symbols)
        fail("symbols", "out of memory");
    symbols[symbol_count++] = (struct symbol){
        .offset = (uint32_t)(sym->st_value - KERNEL_BASE),
        .size = (uint32_t)sym->st_size,
        .rank = (type == STT_FUNC ? 0 : 2) + !global,
        .name = name,
    };
}

static void read_symbols(Elf *elf)
{
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        GElf_Shdr sh;
        GElf_Sym sym;
        Elf_Data *data = elf_getdata(scn, NULL);

        if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_SYMTAB || !data)
            continue;
        for (int i = 0; gelf_getsym(data, i, &sym); i++)
            add_symbol(elf, &sym, elf_strptr(elf, sh.sh_link, sym.st_name));
    }
}

static int compare(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;

    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    return strcmp(x->name, y->name);
}

static void drop_lesser_names(void)
{
    uint32_t end = 0; /* of what was kept so far */
    size_t kept = 0;

    for (size_t i = 0; i < symbol_count; i++) {
        struct symbol s = symbols[i];

        if (!s.size && s.offset < end)
            continue;
        if (kept == 0 || symbols[kept - 1].offset != s.offset)
            symbols[kept++] = s;
        if (s.offset + s.size > end)
            end = s.offset + s.size;
    }
    symbol_count = kept;
}

static void write_label(const char *name)
{
    printf("    .globl %s\n    .type %s, @object\n%s:\n", name, name, name);
}

static void write_table(void)
{
    size_t at = 0;

    printf("/* Written by tools/gen/ksyms.c; edits are lost. */\n"
           "    .section .rodata.ksyms, \"a\", @progbits\n"
           "    .balign 4\n");
    write_label("ksyms_count");
    printf("    .long %zu\n", symbol_count);
    write_label("ksyms_addr");
    for (size_t i = 0; i < symbol_count; i++)
        printf("    .long %u\n", symbols[i].offset);
    printf("    .long %u\n", (uint32_t)(code_end - KERNEL_BASE));
    write_label("ksyms_name");
    for (size_t i = 0; i < symbol_count; i++) {
        printf("    .long %zu\n", at);
        at += strlen(symbols[i].name) + 1;
    }
    write_label("ksyms_text");
    for (size_t i = 0; i < symbol_count; i++)
        printf("    .asciz \"%s\"\n", symbols[i].name);
    printf("    .section .note.GNU-stack, \"\", @progbits\n");
}

int main(int argc, char **argv)
{
    Elf *elf;
    int fd;

    if (argc != 2) {
        fprintf(stderr, "usage: gen_ksyms KERNEL.elf\n");
        return 2;
    }
    fd = open(argv[1], O_RDONLY);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    if (!elf || elf_kind(elf) != ELF_K_ELF)
        fail(argv[1], "not an ELF file");
    read_symbols(elf);
    if (symbol_count > 0)
        qsort(symbols, symbol_count, sizeof(*symbols), compare);
    drop_lesser_names();
    write_table();
    elf_end(elf);
    close(fd);
    free(symbols);
    if (fflush(stdout) || ferror(stdout)) {
        perror("gen_ksyms");
        return 1;
    }
    return 0;
}
