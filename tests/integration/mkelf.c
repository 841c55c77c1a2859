// SPDX-License-Identifier: MIT
/*
 * mkelf KIND FILE: writes a small Linux program to FILE: one that prints `ran`
 * and ends with status 7 (KIND good, good-exec), or the same with one thing
 * wrong. Without arguments, lists the wrong kinds.
 *
 * libelf lays out the headers; what it would not write is patched afterwards.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, CODE_AT = 0x200, FILE_SIZE = 2 * PAGE };

struct image {
    GElf_Ehdr eh;
    GElf_Phdr ph[3]; /* code, data, and one more */
    size_t phnum;
    const char *interp; /* contents of the third segment, or NULL */
    off_t cut;          /* the file ends here */
};

static const unsigned char code[] = {
    0xb8, 1,    0,    0,    0,          /* mov $1, %eax: write */
    0xbf, 1,    0,    0,    0,          /* mov $1, %edi */
    0x48, 0x8d, 0x35, 0x18, 0,    0, 0, /* lea text(%rip), %rsi */
    0xba, 4,    0,    0,    0,          /* mov $4, %edx */
    0x0f, 0x05,                         /* syscall */
    0xb8, 231,  0,    0,    0,          /* mov $231, %eax: exit_group */
    0xbf, 7,    0,    0,    0,          /* mov $7, %edi */
    0x0f, 0x05,                         /* syscall */
    0x0f, 0x0b, 0x90, 0x90, 0x90,       /* ud2 */
    'r',  'a',  'n',  '\n',
};

static void init(struct image *m)
{
    memset(m, 0, sizeof(*m));
    m->eh.e_ident[EI_CLASS] = ELFCLASS64;
    m->eh.e_ident[EI_DATA] = ELFDATA2LSB;
    m->eh.e_type = ET_DYN;
    m->eh.e_machine = EM_X86_64;
    m->eh.e_version = EV_CURRENT;
    m->eh.e_entry = CODE_AT;
    m->ph[0] = (GElf_Phdr){.p_type = PT_LOAD,
                           .p_flags = PF_R | PF_X,
                           .p_filesz = PAGE,
                           .p_memsz = PAGE,
                           .p_align = PAGE};
    m->ph[1] = (GElf_Phdr){.p_type = PT_LOAD,
                           .p_flags = PF_R | PF_W,
                           .p_offset = PAGE,
                           .p_vaddr = 2 * PAGE,
                           .p_filesz = PAGE,
                           .p_memsz = 3 * PAGE,
                           .p_align = PAGE};
    m->phnum = 2;
    m->cut = FILE_SIZE;
}

static void move_to(struct image *m, GElf_Addr base)
{
    m->eh.e_type = ET_EXEC;
    m->eh.e_entry += base;
    for (size_t i = 0; i < m->phnum; i++)
        m->ph[i].p_vaddr += base;
}

static void good(struct image *m)
{
    (void)m;
}
static void good_exec(struct image *m)
{
    move_to(m, 0x400000);
}
static void empty(struct image *m)
{
    m->cut = 0;
}
static void cut_magic(struct image *m)
{
    m->cut = 4;
}
static void cut_header(struct image *m)
{
    m->cut = 40;
}
static void cut_phdrs(struct image *m)
{
    m->cut = 100;
}
static void cut_segment(struct image *m)
{
    m->cut = PAGE + 100;
}
static void type_rel(struct image *m)
{
    m->eh.e_type = ET_REL;
}
static void type_core(struct image *m)
{
    m->eh.e_type = ET_CORE;
}
static void machine_arm(struct image *m)
{
    m->eh.e_machine = EM_AARCH64;
}
static void entry_nowhere(struct image *m)
{
    m->eh.e_entry = 64 * PAGE;
}
static void entry_in_data(struct image *m)
{
    m->eh.e_entry = 2 * PAGE;
}
static void write_exec(struct image *m)
{
    m->ph[1].p_flags |= PF_X;
}
static void overlapping(struct image *m)
{
    m->ph[1].p_vaddr = 0;
}
static void file_over_memory(struct image *m)
{
    m->ph[1].p_memsz = 16;
}
static void wrapping(struct image *m)
{
    m->ph[1].p_memsz = -3 * PAGE;
}
static void too_big(struct image *m)
{
    m->ph[1].p_memsz = 1ul << 47;
}
static void crooked(struct image *m)
{
    m->ph[1].p_vaddr += 16;
}
static void exec_at_null(struct image *m)
{
    move_to(m, 0);
}
static void exec_in_kernel(struct image *m)
{
    move_to(m, 0xffff800000000000);
}

static void no_load(struct image *m)
{
    m->ph[0].p_type = m->ph[1].p_type = PT_NOTE;
}

static void segment_past_end(struct image *m)
{
    m->ph[1].p_offset = 1ul << 40;
}

static void offset_wraps(struct image *m)
{
    m->ph[1].p_offset = -(GElf_Off)PAGE;
}

static void interp(struct image *m, const char *path, size_t len)
{
    m->interp = path;
    m->ph[2] = (GElf_Phdr){.p_type = PT_INTERP,
                           .p_flags = PF_R,
                           .p_offset = PAGE,
                           .p_vaddr = 2 * PAGE,
                           .p_filesz = len,
                           .p_memsz = len,
                           .p_align = 1};
    m->phnum = 3;
}

static void interp_missing(struct image *m)
{
    interp(m, "/no/such/ld.so", 15);
}

static void interp_endless(struct image *m)
{
    interp(m, "/no/such/ld.so", 14);
}

/* What libelf would not write: bytes stored into the finished file. */
struct patch {
    off_t at;
    size_t len;
    unsigned char bytes[8];
};

static const struct kind {
    const char *name;
    void (*change)(struct image *m);
    struct patch patch;
} kinds[] = {
    {"good", good, {0}},
    {"good-exec", good_exec, {0}},
    {"empty", empty, {0}},
    {"cut-magic", cut_magic, {0}},
    {"cut-header", cut_header, {0}},
    {"cut-phdrs", cut_phdrs, {0}},
    {"cut-segment", cut_segment, {0}},
    {"not-elf", good, {0, 4, "#?!\n"}},
    {"class-32", good, {EI_CLASS, 1, {ELFCLASS32}}},
    {"big-endian", good, {EI_DATA, 1, {ELFDATA2MSB}}},
    {"machine-arm", machine_arm, {0}},
    {"type-rel", type_rel, {0}},
    {"type-core", type_core, {0}},
    {"phentsize", good, {54, 2, {57, 0}}},
    {"phdrs-past-end", good, {32, 8, {0, 0, 0, 1}}},
    {"phoff-wraps", good, {32, 8, {0xf8, 255, 255, 255, 255, 255, 255, 255}}},
    {"no-load", no_load, {0}},
    {"file-over-memory", file_over_memory, {0}},
    {"overlapping", overlapping, {0}},
    {"wrapping", wrapping, {0}},
    {"too-big", too_big, {0}},
    {"segment-past-end", segment_past_end, {0}},
    {"offset-wraps", offset_wraps, {0}},
    {"crooked", crooked, {0}},
    {"write-exec", write_exec, {0}},
    {"entry-nowhere", entry_nowhere, {0}},
    {"entry-in-data", entry_in_data, {0}},
    {"exec-at-null", exec_at_null, {0}},
    {"exec-in-kernel", exec_in_kernel, {0}},
    {"interp-missing", interp_missing, {0}},
    {"interp-endless", interp_endless, {0}},
};

static int die(const char *what)
{
    fprintf(stderr, "mkelf: %s: %s\n", what, elf_errmsg(-1));
    return 1;
}

static int write_headers(int fd, struct image *m)
{
    Elf *e = elf_begin(fd, ELF_C_WRITE, NULL);

    if (!e || !gelf_newehdr(e, ELFCLASS64) || !gelf_newphdr(e, m->phnum))
        return die("headers");
    elf_flagelf(e, ELF_C_SET, ELF_F_LAYOUT);
    m->eh.e_phoff = sizeof(Elf64_Ehdr);
    m->eh.e_phnum = m->phnum;
    m->eh.e_phentsize = sizeof(Elf64_Phdr);
    m->eh.e_ehsize = sizeof(Elf64_Ehdr);
    if (!gelf_update_ehdr(e, &m->eh))
        return die("ELF header");
    for (size_t i = 0; i < m->phnum; i++)
        if (!gelf_update_phdr(e, i, &m->ph[i]))
            return die("program header");
    if (elf_update(e, ELF_C_WRITE) < 0)
        return die("writing");
    elf_end(e);
    return 0;
}

static int put(int fd, const void *data, size_t len, off_t at)
{
    if (pwrite(fd, data, len, at) == (ssize_t)len)
        return 0;
    perror("mkelf");
    return 1;
}

static int make(const struct kind *k, const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0755);
    struct image m;

    if (fd < 0) {
        perror(path);
        return 1;
    }
    init(&m);
    k->change(&m);
    if (write_headers(fd, &m) || put(fd, code, sizeof(code), CODE_AT))
        return 1;
    if (m.interp && put(fd, m.interp, strlen(m.interp), PAGE))
        return 1;
    /* What follows an endless name is not NUL. */
    if (m.interp && put(fd, "xxxx", 4, PAGE + m.ph[2].p_filesz))
        return 1;
    if (put(fd, k->patch.bytes, k->patch.len, k->patch.at))
        return 1;
    if (ftruncate(fd, m.cut) < 0) {
        perror(path);
        return 1;
    }
    return close(fd) != 0;
}

int main(int argc, char **argv)
{
    elf_version(EV_CURRENT);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (argc == 1 && i >= 2)
            puts(kinds[i].name);
        if (argc == 3 && strcmp(argv[1], kinds[i].name) == 0)
            return make(&kinds[i], argv[2]);
    }
    return argc == 1 ? 0 : 2;
}
