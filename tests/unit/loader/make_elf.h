// SPDX-License-Identifier: MIT
/* make_elf: ELF files for tests, written by libelf and not by our own idea of
 * the format. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct make_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, filesz, memsz, align;
};

/*
 * An x86-64 file of the type given, with program headers behind its header,
 * size bytes long, each byte behind the headers being (offset % 251). For the
 * caller to free.
 */
uint8_t *make_elf(unsigned type, uint64_t entry,
                  const struct make_segment *segments, size_t count,
                  size_t size);
