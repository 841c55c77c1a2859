// SPDX-License-Identifier: MIT
/*
 * vdso: two things that every program finds mapped, vdso(7): [vvar], the clock
 * page, and right behind it [vdso], a small ELF file whose functions read it.
 *
 * The pages are the kernel image's own, shared by all and never freed. The
 * program can neither write them nor make them writable.
 */
#pragma once

#include "lib/base.h"

struct vm_space;

/* Sets the file that is mapped: whole pages of the kernel image. Boot, once. */
void vdso_init(const void *start, const void *end);

/* Bytes of both parts together. */
size_t vdso_size(void);

/*
 * Maps both at the wished address, or elsewhere when it is 0 or taken. *base
 * is where the file lies: AT_SYSINFO_EHDR. 0, or an error of vm_map, with
 * nothing mapped. May sleep.
 */
int vdso_map(struct vm_space *s, uintptr_t wish, uintptr_t *base);
