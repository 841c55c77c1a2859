// SPDX-License-Identifier: MIT
/* make_elf: see the header. Apart from the tests, for <elf.h> and abi/elf.h
 * define the same names. */
#include "tests/unit/loader/make_elf.h"

#include <check.h>
#include <gelf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void write_headers(int fd, unsigned type, uint64_t entry,
                          const struct make_segment *segments, size_t count)
{
    Elf *elf = elf_begin(fd, ELF_C_WRITE, NULL);
    Elf64_Ehdr *header;
    Elf64_Phdr *p;

    ck_assert_msg(elf != NULL, "%s", elf_errmsg(-1));
    elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);
    header = elf64_newehdr(elf);
    ck_assert_ptr_nonnull(header);
    header->e_ident[EI_DATA] = ELFDATA2LSB;
    header->e_type = (Elf64_Half)type;
    header->e_machine = EM_X86_64;
    header->e_version = EV_CURRENT;
    header->e_entry = entry;
    header->e_phoff = sizeof(*header);
    if (count > 0) {
        p = elf64_newphdr(elf, count);
        ck_assert_ptr_nonnull(p);
        for (size_t i = 0; i < count; i++)
            p[i] = (Elf64_Phdr){
                .p_type = segments[i].type,
                .p_flags = segments[i].flags,
                .p_offset = segments[i].offset,
                .p_vaddr = segments[i].vaddr,
                .p_paddr = segments[i].vaddr,
                .p_filesz = segments[i].filesz,
                .p_memsz = segments[i].memsz,
                .p_align = segments[i].align,
            };
    }
    ck_assert_msg(elf_update(elf, ELF_C_WRITE) > 0, "%s", elf_errmsg(-1));
    elf_end(elf);
}

uint8_t *make_elf(unsigned type, uint64_t entry,
                  const struct make_segment *segments, size_t count,
                  size_t size)
{
    size_t headers = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
    int fd = memfd_create("elf", 0);
    uint8_t *file = malloc(size);

    ck_assert_int_ge(fd, 0);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_ge(size, headers);
    elf_version(EV_CURRENT);
    write_headers(fd, type, entry, segments, count);
    for (size_t i = 0; i < size; i++)
        file[i] = (uint8_t)(i % 251);
    ck_assert_int_eq(pread(fd, file, headers, 0), (ssize_t)headers);
    close(fd);
    return file;
}
