// SPDX-License-Identifier: MIT
/*
 * renamed: the kernel's versions of the C library's functions, beside the
 * latter: kernel_string.c and kernel_printf.c compile lib/ with these names.
 */
#pragma once

#include "lib/base.h"

void *kernel_memcpy(void *restrict to, const void *restrict from, size_t n);
void *kernel_memmove(void *to, const void *from, size_t n);
void *kernel_memset(void *to, int byte, size_t n);
int kernel_memcmp(const void *a, const void *b, size_t n);
void *kernel_memchr(const void *s, int byte, size_t n);
size_t kernel_strlen(const char *s);
size_t kernel_strnlen(const char *s, size_t max);
int kernel_strcmp(const char *a, const char *b);
int kernel_strncmp(const char *a, const char *b, size_t n);
char *kernel_strchr(const char *s, int c);
char *kernel_strrchr(const char *s, int c);
int kernel_snprintf(char *buf, size_t size, const char *fmt, ...)
    printf_like(3, 4);
