// SPDX-License-Identifier: MIT
/*
 * util: what every part of the command needs: messages, growing strings and
 * lists, numbers with units, and files read whole.
 *
 * Memory that cannot be had ends the command with status 1: none of these
 * functions returns NULL for want of memory.
 */
#pragma once

#include <sys/stat.h>
#include <time.h>

#include "lib/base.h"

/* Exit statuses of the command itself; else it ends with the program's. */
enum {
    STATUS_FAILED = 1,         /* Elfin could not do what was asked */
    STATUS_USAGE = 2,          /* wrong options or arguments */
    STATUS_TIMEOUT = 124,      /* --timeout ended the program */
    STATUS_NOT_RUNNABLE = 126, /* the file is not a program it can run */
    STATUS_NOT_FOUND = 127,    /* there is no such program */
};

/* Prints `elfin: TEXT` on stderr and returns status. */
int fail(int status, const char *fmt, ...) printf_like(2, 3);
void warn(const char *fmt, ...) printf_like(1, 2);

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) printf_like(1, 2);

/* A growing text; data is NUL-terminated once anything has been added. */
struct strbuf {
    char *data;
    size_t len, cap;
};

void strbuf_add(struct strbuf *b, const void *data, size_t len);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) printf_like(2, 3);
void strbuf_fini(struct strbuf *b);

/* A list that owns its strings; items ends with NULL once one was added. */
struct strlist {
    char **items;
    size_t count;
};

void strlist_add(struct strlist *l, const char *s); /* copies s */
void strlist_take(struct strlist *l, char *s);      /* takes s (malloc) */
void strlist_addf(struct strlist *l, const char *fmt, ...) printf_like(2, 3);
bool strlist_has(const struct strlist *l, const char *s);
void strlist_fini(struct strlist *l);

/* Adds s to b so that a POSIX shell reads it as one word. */
void shell_quote(struct strbuf *b, const char *s);

/*
 * Sizes as QEMU's -m takes them: a number of MiB, or with a suffix K, M, G or T
 * (optionally followed by B or iB). false unless the whole text is one and it
 * fits into 64 bits.
 */
bool parse_size(const char *s, uint64_t *bytes);
/* Seconds, above 0, with an optional fraction, to nanoseconds. */
bool parse_seconds(const char *s, uint64_t *ns);

/*
 * An absolute path without ".", "..", empty parts or a slash at the end; ".."
 * at the root stays there, and a relative path counts from the root. The
 * caller frees it.
 */
char *path_normalise(const char *path);
/* The directory part of a normalised path. The caller frees it. */
char *path_parent(const char *path);
char *path_join(const char *dir, const char *name);

/* A file mapped for reading. An empty file has size 0 and data "". */
struct mapped_file {
    const char *data;
    size_t size;
    struct stat st;
};

/* 0, or a negative errno (-EISDIR, -ENXIO for what is no regular file). */
int file_map(const char *path, struct mapped_file *f);
void file_unmap(struct mapped_file *f);
/* A small file as text, or NULL (errno tells why). The caller frees it. */
char *file_text(const char *path);

uint64_t now_ns(void); /* monotonic */
