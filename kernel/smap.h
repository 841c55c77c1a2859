// SPDX-License-Identifier: MIT
/*
 * smap: what opens and closes the program's memory to the kernel where the CPU
 * has SMAP (SDM volume 3, 4.6). The image holds instructions that do nothing;
 * smap_enable puts STAC and CLAC in their places.
 */
#pragma once

/* clang-format off */
#ifdef __ASSEMBLY__
        .macro smap_site section
771:    .byte 0x0f, 0x1f, 0x00          /* NOP, as long as they are */
        .pushsection \section, "a"
        .quad 771b
        .popsection
        .endm

        .macro smap_open
        smap_site .smap_open
        .endm

        .macro smap_close
        smap_site .smap_close
        .endm
#else
#define SMAP_SITE(section)           \
    "771: .byte 0x0f, 0x1f, 0x00\n" \
    ".pushsection " section ", \"a\"\n" \
    ".quad 771b\n"                   \
    ".popsection\n"

static inline void smap_open(void)
{
    __asm__ volatile(SMAP_SITE(".smap_open") ::: "memory");
}

static inline void smap_close(void)
{
    __asm__ volatile(SMAP_SITE(".smap_close") ::: "memory");
}

/* While the image can still be written. */
void smap_enable(void);
#endif
    /* clang-format on */
