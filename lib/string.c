// SPDX-License-Identifier: MIT
/*
 * string: memory moved eight bytes at a time with general registers, since the
 * kernel has no SSE of its own and string instructions are slow on emulated
 * CPUs. x86 takes unaligned words at little cost, so nothing is aligned first.
 *
 * Compilers turn loops such as these into calls of the very functions that
 * they are in; LOOP_IS_WANTED in a body keeps it a loop.
 */
#include "lib/string.h"

#define LOOP_IS_WANTED() __asm__ volatile("" ::: "memory")

struct word {
    uint64_t v;
} packed __attribute__((may_alias));

struct half_word {
    uint32_t v;
} packed __attribute__((may_alias));

static inline uint64_t load(const unsigned char *p)
{
    return ((const struct word *)p)->v;
}

static inline void store(unsigned char *p, uint64_t v)
{
    ((struct word *)p)->v = v;
}

/* Fewer than 8 bytes; all are read before the first is written. */
static inline void move_short(unsigned char *to, const unsigned char *from,
                              size_t n)
{
    if (n >= 4) {
        uint32_t first = ((const struct half_word *)from)->v;
        uint32_t last = ((const struct half_word *)(from + n - 4))->v;

        ((struct half_word *)to)->v = first;
        ((struct half_word *)(to + n - 4))->v = last;
    } else if (n > 0) {
        unsigned char first = from[0], middle = from[n / 2];
        unsigned char last = from[n - 1];

        to[0] = first;
        to[n / 2] = middle;
        to[n - 1] = last;
    }
}

/* Right for overlapping ranges too if to is below from. */
static inline void move_up(unsigned char *to, const unsigned char *from,
                           size_t n)
{
    unsigned char *last_to = to + n - 8;
    uint64_t last = load(from + n - 8);

    for (; n >= 32; n -= 32, to += 32, from += 32) {
        uint64_t a = load(from), b = load(from + 8);
        uint64_t c = load(from + 16), d = load(from + 24);

        LOOP_IS_WANTED();
        store(to, a);
        store(to + 8, b);
        store(to + 16, c);
        store(to + 24, d);
    }
    for (; n >= 8; n -= 8, to += 8, from += 8) {
        LOOP_IS_WANTED();
        store(to, load(from));
    }
    store(last_to, last);
}

/* From the end down, for a destination that overlaps from above. */
static inline void move_down(unsigned char *to, const unsigned char *from,
                             size_t n)
{
    uint64_t first = load(from);

    for (; n >= 32; n -= 32) {
        const unsigned char *f = from + n - 32;
        unsigned char *t = to + n - 32;
        uint64_t a = load(f), b = load(f + 8);
        uint64_t c = load(f + 16), d = load(f + 24);

        LOOP_IS_WANTED();
        store(t, a);
        store(t + 8, b);
        store(t + 16, c);
        store(t + 24, d);
    }
    for (; n >= 8; n -= 8) {
        LOOP_IS_WANTED();
        store(to + n - 8, load(from + n - 8));
    }
    store(to, first);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    if (n >= 8)
        move_up(to, from, n);
    else
        move_short(to, from, n);
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    if (n < 8)
        move_short(to, from, n);
    else if ((uintptr_t)to - (uintptr_t)from >= n) /* also when to < from */
        move_up(to, from, n);
    else
        move_down(to, from, n);
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    uint64_t v = (unsigned char)byte * 0x0101010101010101ull;
    unsigned char *p = to;

    if (n < 8) {
        for (; n > 0; n--) {
            LOOP_IS_WANTED();
            *p++ = (unsigned char)byte;
        }
        return to;
    }
    store(p + n - 8, v);
    for (; n >= 32; n -= 32, p += 32) {
        LOOP_IS_WANTED();
        store(p, v);
        store(p + 8, v);
        store(p + 16, v);
        store(p + 24, v);
    }
    for (; n >= 8; n -= 8, p += 8) {
        LOOP_IS_WANTED();
        store(p, v);
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n >= 8; n -= 8, x += 8, y += 8)
        if (load(x) != load(y))
            break;
    for (; n > 0; n--, x++, y++) {
        LOOP_IS_WANTED();
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}

void *memchr(const void *s, int byte, size_t n)
{
    const unsigned char *p = s;

    for (; n > 0; n--, p++)
        if (*p == (unsigned char)byte)
            return (void *)p;
    return NULL;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n]) {
        LOOP_IS_WANTED();
        n++;
    }
    return n;
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n]) {
        LOOP_IS_WANTED();
        n++;
    }
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n > 0; n--, a++, b++)
        if (!*a || *a != *b)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (!*s)
            return NULL;
    }
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;

    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)last;
    }
}
