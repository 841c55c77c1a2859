// SPDX-License-Identifier: MIT
/*
 * text: a text that grows, for files whose contents are made when they are
 * read. It lies in single pages, so that its length needs no large block.
 *
 * A text that ran out of memory stays as it is and says so in the end: who
 * writes one checks nothing. Locking: the owner's.
 */
#pragma once

#include "kernel/uio.h"
#include "lib/base.h"

struct text_page;

/* Zeroed memory is an empty text. */
struct text {
    struct text_page *first, *last;
    size_t len;
    bool failed; /* no memory: something is missing */
};

void text_put(struct text *t, const char *data, size_t len);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) printf_like(2, 3);
/* A name of a file as /proc shows it: blanks, tabs, newlines and backslashes
 * (those of them that occur in escaped) as \ooo. */
void text_put_escaped(struct text *t, const char *s, const char *escaped);

/* Frees what t holds; it is empty then. */
void text_clear(struct text *t);

/* Moves bytes from pos on to u: how many; fewer than there are after a fault.
 */
size_t text_copy(const struct text *t, size_t pos, struct uio *u);
