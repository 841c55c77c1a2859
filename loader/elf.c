// SPDX-License-Identifier: MIT
/*
 * elf: the rules for a program that Elfin runs. They are Linux's, but for
 * three that Linux lets pass: segments must not be writable and executable,
 * must not overlap, and must lie within the file.
 */
#include "loader/elf.h"

#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/mman.h"
#include "lib/printf.h"
#include "lib/string.h"

#define COPY_AGAIN "copy or build the file again"
#define LINK_AGAIN "link it again, with an ordinary linker script"
#define BUILD_X86  "build it for Linux on x86-64"

static_assert(sizeof(struct abi_elf64_ehdr) == ELF_HEAD_SIZE, "ELF");
static_assert(sizeof(struct abi_elf64_phdr) == ELF_PHDR_SIZE, "ELF");

/* Where a refusal is written. */
struct refusal {
    char *why;
    size_t size;
};

static int printf_like(2, 3)
    refuse(const struct refusal *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(r->why, r->size, fmt, args);
    va_end(args);
    return -ENOEXEC;
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } names[] = {
        {2, "sparc"},          {EM_386, "i386"},        {8, "mips"},
        {20, "powerpc"},       {21, "powerpc64"},       {22, "s390"},
        {EM_ARM, "arm"},       {43, "sparc64"},         {50, "ia64"},
        {EM_X86_64, "x86-64"}, {EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"},
        {247, "bpf"},          {258, "loongarch"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].machine == machine)
            return names[i].name;
    }
    return "an unknown machine";
}

/* Is this ELF, and of which sort? The first bytes tell. */
static int check_ident(const struct refusal *r, const uint8_t *head, size_t len)
{
    if (len == 0)
        return refuse(r, "is empty: " COPY_AGAIN);
    if (len >= 2 && head[0] == '#' && head[1] == '!')
        return refuse(r, "is a script: run its interpreter, with the script "
                         "as an argument");
    if (len < SELFMAG || memcmp(head, ELFMAG, SELFMAG) != 0)
        return refuse(r, "is not an ELF file: give a Linux program for "
                         "x86-64");
    if (len < ELF_HEAD_SIZE)
        return refuse(r, "is truncated within its ELF header: " COPY_AGAIN);
    if (head[EI_DATA] == ELFDATA2MSB)
        return refuse(r, "is big-endian: " BUILD_X86);
    if (head[EI_CLASS] == ELFCLASS32)
        return refuse(r, "is a 32-bit program: " BUILD_X86);
    if (head[EI_CLASS] != ELFCLASS64 || head[EI_DATA] != ELFDATA2LSB ||
        head[EI_VERSION] != EV_CURRENT)
        return refuse(r, "has a damaged ELF header: " COPY_AGAIN);
    return 0;
}

static int check_kind(const struct refusal *r, const struct abi_elf64_ehdr *h)
{
    if (h->e_machine != EM_X86_64)
        return refuse(r, "is a program for %s: " BUILD_X86,
                      machine_name(h->e_machine));
    switch (h->e_type) {
    case ET_EXEC:
    case ET_DYN:
        return 0;
    case ET_REL:
        return refuse(r, "is an object file: link it into a program");
    case ET_CORE:
        return refuse(r, "is a core dump: give the program that left it");
    default:
        return refuse(r, "has unknown ELF type %u: give a Linux program",
                      h->e_type);
    }
}

static int check_header_table(const struct refusal *r,
                              const struct abi_elf64_ehdr *h,
                              uint64_t file_size)
{
    uint64_t size = (uint64_t)h->e_phnum * ELF_PHDR_SIZE;

    if (h->e_phnum == 0)
        return refuse(r, "has no program headers: link it into a program");
    if (h->e_phentsize != ELF_PHDR_SIZE)
        return refuse(
            r, "has program headers of %u bytes instead of %u: " COPY_AGAIN,
            h->e_phentsize, ELF_PHDR_SIZE);
    if (h->e_phnum > ELF_HEADERS_MAX)
        return refuse(
            r, "has %u program headers, at most %u are supported: " LINK_AGAIN,
            h->e_phnum, ELF_HEADERS_MAX);
    if (h->e_phoff > file_size || size > file_size - h->e_phoff)
        return refuse(r,
                      "is truncated: its program headers lie beyond its "
                      "%llu bytes: " COPY_AGAIN,
                      (unsigned long long)file_size);
    return 0;
}

int elf_read_header(const void *head, size_t len, uint64_t file_size,
                    struct elf_image *image, char *why, size_t why_size)
{
    const struct refusal r = {why, why_size};
    struct abi_elf64_ehdr h;
    int err = check_ident(&r, head, len);

    if (err)
        return err;
    memcpy(&h, head, sizeof(h));
    err = check_kind(&r, &h);
    if (!err)
        err = check_header_table(&r, &h, file_size);
    if (err)
        return err;
    memset(image, 0, sizeof(*image));
    image->fixed = h.e_type == ET_EXEC;
    image->file_size = file_size;
    image->entry = h.e_entry;
    image->phoff = h.e_phoff;
    image->phnum = h.e_phnum;
    image->align = ELF_PAGE_SIZE;
    return 0;
}

/* The segment with header number i, on its own. */
static int check_segment(const struct refusal *r, unsigned i,
                         const struct abi_elf64_phdr *p,
                         const struct elf_image *image)
{
    if (p->p_filesz > p->p_memsz)
        return refuse(r,
                      "segment %u is larger in the file than in memory "
                      "(p_filesz above p_memsz): " LINK_AGAIN,
                      i);
    if (p->p_offset > image->file_size ||
        p->p_filesz > image->file_size - p->p_offset)
        return refuse(r,
                      "is truncated: segment %u wants %llu bytes at offset "
                      "%llu of a file of %llu: " COPY_AGAIN,
                      i, (unsigned long long)p->p_filesz,
                      (unsigned long long)p->p_offset,
                      (unsigned long long)image->file_size);
    if (p->p_vaddr >= ELF_USER_END || p->p_memsz > ELF_USER_END - p->p_vaddr)
        return refuse(r,
                      "segment %u at 0x%llx reaches beyond a program's "
                      "address space: " LINK_AGAIN,
                      i, (unsigned long long)p->p_vaddr);
    if (image->fixed && p->p_vaddr < ELF_USER_MIN)
        return refuse(r,
                      "segment %u lies below 0x%lx, where nothing may be "
                      "mapped: link it at a higher address, or as PIE",
                      i, ELF_USER_MIN);
    if ((p->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
        return refuse(r,
                      "segment %u is writable and executable: link it "
                      "without -N and without -z rwx",
                      i);
    if (p->p_align & (p->p_align - 1))
        return refuse(
            r, "segment %u has alignment %llu, no power of two: " LINK_AGAIN, i,
            (unsigned long long)p->p_align);
    if ((p->p_vaddr ^ p->p_offset) & (ELF_PAGE_SIZE - 1))
        return refuse(r,
                      "segment %u has an address and a file offset that "
                      "differ within a page: " LINK_AGAIN,
                      i);
    return 0;
}

static int check_overlap(const struct refusal *r, unsigned i,
                         const struct abi_elf64_phdr *p,
                         const struct elf_image *image)
{
    for (unsigned k = 0; k < image->segment_count; k++) {
        const struct elf_segment *s = &image->segments[k];

        if (p->p_vaddr < s->vaddr + s->memsz &&
            s->vaddr < p->p_vaddr + p->p_memsz)
            return refuse(r,
                          "segment %u at 0x%llx overlaps another one at "
                          "0x%llx: " LINK_AGAIN,
                          i, (unsigned long long)p->p_vaddr,
                          (unsigned long long)s->vaddr);
    }
    return 0;
}

static unsigned prot_of(uint32_t flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
           (flags & PF_X ? PROT_EXEC : 0);
}

/* Takes a checked segment in. */
static void add_segment(struct elf_image *image, const struct abi_elf64_phdr *p)
{
    struct elf_segment *s = &image->segments[image->segment_count++];
    uint64_t low = ALIGN_DOWN(p->p_vaddr, ELF_PAGE_SIZE);
    uint64_t high = ALIGN_UP(p->p_vaddr + p->p_memsz, ELF_PAGE_SIZE);

    s->vaddr = p->p_vaddr;
    s->memsz = p->p_memsz;
    s->offset = p->p_offset;
    s->filesz = p->p_filesz;
    s->prot = prot_of(p->p_flags);
    image->low = image->segment_count == 1 ? low : MIN(image->low, low);
    image->high = MAX(image->high, high);
    image->align = MAX(image->align, p->p_align);
    if (image->phdr_vaddr == 0 && image->phoff >= s->offset &&
        image->phoff - s->offset < s->filesz)
        image->phdr_vaddr = image->phoff - s->offset + s->vaddr;
}

static int load_segment(const struct refusal *r, unsigned i,
                        const struct abi_elf64_phdr *p, struct elf_image *image)
{
    int err = check_segment(r, i, p, image);

    if (!err)
        err = check_overlap(r, i, p, image);
    if (err)
        return err;
    if (p->p_memsz == 0)
        return 0;
    if (image->segment_count == ELF_SEGMENTS_MAX)
        return refuse(r, "has more than %u segments to load: " LINK_AGAIN,
                      ELF_SEGMENTS_MAX);
    add_segment(image, p);
    return 0;
}

static int note_interp(const struct refusal *r, const struct abi_elf64_phdr *p,
                       struct elf_image *image)
{
    if (image->interp_len > 0) /* the first one counts */
        return 0;
    if (p->p_filesz < 2 || p->p_filesz > PATH_MAX ||
        p->p_offset > image->file_size ||
        p->p_filesz > image->file_size - p->p_offset)
        return refuse(
            r, "has a damaged interpreter name (PT_INTERP): " COPY_AGAIN);
    image->interp_offset = p->p_offset;
    image->interp_len = p->p_filesz;
    return 0;
}

static int check_entry(const struct refusal *r, const struct elf_image *image)
{
    if (image->segment_count == 0)
        return refuse(r, "has nothing to load (no PT_LOAD): link it into a "
                         "program");
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf_segment *s = &image->segments[i];

        if ((s->prot & PROT_EXEC) && image->entry >= s->vaddr &&
            image->entry - s->vaddr < s->memsz)
            return 0;
    }
    if (image->entry == 0 && !image->fixed)
        return refuse(r, "is a shared library: give the program that uses it");
    return refuse(
        r, "has its entry point, 0x%llx, in no executable segment: " LINK_AGAIN,
        (unsigned long long)image->entry);
}

int elf_read_segments(struct elf_image *image, const void *phdrs, char *why,
                      size_t why_size)
{
    const struct refusal r = {why, why_size};
    const char *at = phdrs;
    int err = 0;

    for (unsigned i = 0; !err && i < image->phnum; i++, at += ELF_PHDR_SIZE) {
        struct abi_elf64_phdr p;

        memcpy(&p, at, sizeof(p));
        if (p.p_type == PT_LOAD)
            err = load_segment(&r, i, &p, image);
        else if (p.p_type == PT_INTERP)
            err = note_interp(&r, &p, image);
        else if (p.p_type == PT_GNU_STACK)
            image->exec_stack = p.p_flags & PF_X;
    }
    return err ? err : check_entry(&r, image);
}

int elf_check_interp(const struct elf_image *image, const char *interp,
                     char *why, size_t why_size)
{
    const struct refusal r = {why, why_size};
    size_t len = (size_t)image->interp_len;

    if (interp[0] == '\0' || memchr(interp, '\0', len) == NULL)
        return refuse(
            &r, "has a damaged interpreter name (PT_INTERP): " COPY_AGAIN);
    return 0;
}
