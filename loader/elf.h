// SPDX-License-Identifier: MIT
/*
 * elf: reads the headers of an executable file and says whether it can run.
 * Pure: the caller brings the bytes, from a file of any size; nothing is
 * believed about them. The kernel, the host command and the tests share it.
 *
 *     elf_read_header(first bytes)   where the program headers are
 *     elf_read_segments(headers)     what is to be mapped, how, and where
 *     elf_check_interp(bytes)        when image.interp_len > 0
 *
 * Each returns 0, or -ENOEXEC with one line in why that completes "PROGRAM
 * ...": what is wrong, a colon, what to do.
 *
 * Sources: System V gABI chapter 5, x86-64 psABI, elf(5). Context: any.
 */
#pragma once

#include "lib/base.h"

#define ELF_PAGE_SIZE    4096ul
#define ELF_USER_MIN     0x10000ul        /* vm.mmap_min_addr of Linux */
#define ELF_USER_END     0x7ffffffff000ul /* one page below the canonical end */
#define ELF_HEADERS_MAX  256
#define ELF_SEGMENTS_MAX 64
#define ELF_HEAD_SIZE    64 /* what elf_read_header wants to see, at least */
#define ELF_PHDR_SIZE    56
#define ELF_WHY_SIZE     200 /* enough for every line */

struct elf_segment {
    uint64_t vaddr, memsz;
    uint64_t offset, filesz;
    unsigned prot; /* PROT_READ, PROT_WRITE, PROT_EXEC */
};

struct elf_image {
    bool fixed;      /* ET_EXEC: vaddr is where it must be; else relative */
    bool exec_stack; /* asks for an executable stack (PT_GNU_STACK) */
    uint64_t file_size;
    uint64_t entry;
    uint64_t phoff;
    unsigned phnum;
    uint64_t phdr_vaddr; /* of the headers when a segment maps them, else 0 */
    uint64_t interp_offset, interp_len; /* PT_INTERP, with NUL; len 0: none */
    uint64_t low, high; /* all segments lie in [low, high), page aligned */
    uint64_t align;     /* the largest alignment asked for, at least a page */
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* non-empty ones */
};

/* head: the first len bytes of the file (len may be all of a short file). */
int elf_read_header(const void *head, size_t len, uint64_t file_size,
                    struct elf_image *image, char *why, size_t why_size);

/* phdrs: the phnum * ELF_PHDR_SIZE bytes at image->phoff; any alignment. */
int elf_read_segments(struct elf_image *image, const void *phdrs, char *why,
                      size_t why_size);

/* interp: the interp_len bytes at interp_offset. */
int elf_check_interp(const struct elf_image *image, const char *interp,
                     char *why, size_t why_size);
