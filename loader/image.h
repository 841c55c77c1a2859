// SPDX-License-Identifier: MIT
/*
 * image: one ELF file of a program (itself, or its interpreter), opened and
 * checked, then mapped. Inside loader/ only.
 *
 * The file's pages are mapped in place; only the page that holds both the last
 * bytes of the file and the first zeros of the bss is copied.
 *
 * Errors are negative errnos of execve(2), with one line in why: PATH,
 * what is wrong, what to do. Context: may sleep.
 */
#pragma once

#include "loader/elf.h"

struct file;
struct vm_space;

/* Where the line goes. */
struct load_why {
    char *text;
    size_t size;
};

/* Writes the line and returns err. */
int load_refuse(const struct load_why *why, int err, const char *fmt, ...)
    printf_like(3, 4);

struct image {
    const char *path;  /* borrowed */
    struct file *file; /* a reference */
    uintptr_t bias;    /* set by image_map; added to the file's addresses */
    struct elf_image elf;
};

/* Checks file, which path names, or opens it when it is NULL: then path is
 * absolute. *image is for image_close. */
int image_open(const char *path, struct file *file, const struct load_why *why,
               struct image **image);
void image_close(struct image *image); /* may be NULL */

/* The path of PT_INTERP, which must be there; for kfree, also after errors. */
int image_read_interp(const struct image *image, const struct load_why *why,
                      char **path);

/* Maps all segments: ET_EXEC where it must be, else from base on, which is
 * aligned as the segments ask; base 0: anywhere below s->mmap_top. */
int image_map(struct image *image, struct vm_space *s, uintptr_t base,
              const struct load_why *why);
