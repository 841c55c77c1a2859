// SPDX-License-Identifier: MIT
/*
 * scan: looking for `syscall` (0f 05) and the number before it.
 */
#include "tools/elfin/scan.h"

#include <string.h>

/* How far before the instruction the constant may be. */
enum { BACK = 32 };

/*
 * The number that the bytes before `at` put into eax: mov $imm32,%eax (b8),
 * mov $imm32,%rax (48 c7 c0) or xor %eax,%eax (31 c0); or -1. The nearest one
 * counts.
 */
static long number_before(const unsigned char *code, size_t at)
{
    size_t low = at > BACK ? at - BACK : 0;

    for (size_t i = at; i-- > low;) {
        uint32_t n;
        size_t imm;

        if (at - i >= 2 && code[i] == 0x31 && code[i + 1] == 0xc0)
            return 0;
        if (at - i >= 5 && code[i] == 0xb8)
            imm = i + 1;
        else if (at - i >= 7 && code[i] == 0x48 && code[i + 1] == 0xc7 &&
                 code[i + 2] == 0xc0)
            imm = i + 3;
        else
            continue;
        memcpy(&n, code + imm, sizeof(n));
        if (n < SCAN_CALLS)
            return (long)n;
    }
    return -1;
}

void scan_code(struct scan *s, const char *code, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)code;

    for (size_t i = 0; i + 1 < size; i++) {
        long n;

        if (bytes[i] != 0x0f || bytes[i + 1] != 0x05)
            continue;
        n = number_before(bytes, i);
        s->sites++;
        if (n >= 0)
            s->calls[n] = true;
        else
            s->unknown++;
    }
}

void scan_elf(struct scan *s, const struct elfinfo *info, const char *data,
              size_t size)
{
    for (size_t i = 0; i < info->segment_count; i++) {
        const GElf_Phdr *p = &info->segments[i];

        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) &&
            p->p_offset <= size && p->p_filesz <= size - p->p_offset)
            scan_code(s, data + p->p_offset, p->p_filesz);
    }
}
