// SPDX-License-Identifier: MIT
/*
 * util: messages, strings, paths and files of the host command.
 */
#include "tools/elfin/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void message(const char *fmt, va_list args)
{
    struct strbuf line = {0};
    char *text = NULL;

    if (vasprintf(&text, fmt, args) < 0)
        return;
    strbuf_printf(&line, "elfin: %s\n", text);
    free(text);
    /* In one piece: others may write to the same terminal. */
    if (write(STDERR_FILENO, line.data, line.len) < 0)
        errno = 0; /* nowhere left to complain */
    strbuf_fini(&line);
}

int fail(int status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    message(fmt, args);
    va_end(args);
    return status;
}

void warn(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    message(fmt, args);
    va_end(args);
}

static void *check_memory(void *p)
{
    if (!p)
        exit(fail(STATUS_FAILED, "out of memory"));
    return p;
}

void *xmalloc(size_t size)
{
    return check_memory(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return check_memory(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
    return check_memory(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
    return check_memory(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
    return check_memory(strndup(s, n));
}

static char *xvasprintf(const char *fmt, va_list args)
{
    char *s = NULL;

    return check_memory(vasprintf(&s, fmt, args) < 0 ? NULL : s);
}

char *xasprintf(const char *fmt, ...)
{
    va_list args;
    char *s;

    va_start(args, fmt);
    s = xvasprintf(fmt, args);
    va_end(args);
    return s;
}

void strbuf_add(struct strbuf *b, const void *data, size_t len)
{
    if (b->cap - b->len <= len) {
        b->cap = MAX(b->cap * 2, b->len + len + 64);
        b->data = xrealloc(b->data, b->cap);
    }
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void strbuf_addc(struct strbuf *b, char c)
{
    strbuf_add(b, &c, 1);
}

void strbuf_puts(struct strbuf *b, const char *s)
{
    strbuf_add(b, s, strlen(s));
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
    va_list args;
    char *s;

    va_start(args, fmt);
    s = xvasprintf(fmt, args);
    va_end(args);
    strbuf_puts(b, s);
    free(s);
}

void strbuf_fini(struct strbuf *b)
{
    free(b->data);
    *b = (struct strbuf){0};
}

void strlist_take(struct strlist *l, char *s)
{
    /* Grows at the powers of two, from 8; one place is for the NULL. */
    if (l->count == 0 || (l->count >= 7 && !(l->count & (l->count + 1))))
        l->items =
            xrealloc(l->items, MAX((l->count + 1) * 2, 8) * sizeof(*l->items));
    l->items[l->count++] = s;
    l->items[l->count] = NULL;
}

void strlist_add(struct strlist *l, const char *s)
{
    strlist_take(l, xstrdup(s));
}

void strlist_addf(struct strlist *l, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    strlist_take(l, xvasprintf(fmt, args));
    va_end(args);
}

bool strlist_has(const struct strlist *l, const char *s)
{
    for (size_t i = 0; i < l->count; i++)
        if (!strcmp(l->items[i], s))
            return true;
    return false;
}

void strlist_fini(struct strlist *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->items[i]);
    free(l->items);
    *l = (struct strlist){0};
}

void shell_quote(struct strbuf *b, const char *s)
{
    if (*s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
                           "YZ0123456789_@%+=:,./-")]) {
        strbuf_puts(b, s);
        return;
    }
    strbuf_addc(b, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            strbuf_puts(b, "'\\''");
        else
            strbuf_addc(b, *s);
    }
    strbuf_addc(b, '\'');
}

bool parse_size(const char *s, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    unsigned shift = 20;
    const char *unit;
    char *end;
    uint64_t n;

    if (!isdigit((unsigned char)*s))
        return false;
    errno = 0;
    n = strtoull(s, &end, 10);
    if (errno)
        return false;
    if (*end) {
        unit = strchr(units, toupper((unsigned char)*end));
        if (!unit)
            return false;
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
        if (strcmp(end, "") && strcasecmp(end, "b") && strcasecmp(end, "ib"))
            return false;
    }
    if (n > UINT64_MAX >> shift)
        return false;
    *bytes = n << shift;
    return true;
}

bool parse_seconds(const char *s, uint64_t *ns)
{
    uint64_t whole, part = 0, scale = NSEC_PER_SEC;
    char *end;

    if (!isdigit((unsigned char)*s))
        return false;
    errno = 0;
    whole = strtoull(s, &end, 10);
    if (errno || whole > UINT32_MAX)
        return false;
    if (*end == '.') {
        for (end++; isdigit((unsigned char)*end); end++) {
            scale /= 10;
            part += scale * (uint64_t)(*end - '0');
        }
    }
    *ns = whole * NSEC_PER_SEC + part;
    return !*end && *ns > 0;
}

char *path_normalise(const char *path)
{
    char *out = xmalloc(strlen(path) + 2);
    size_t len = 0;

    while (*path) {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.') {
            while (len > 0 && out[--len] != '/')
                ;
        } else if (n > 0 && !(n == 1 && path[0] == '.')) {
            out[len++] = '/';
            memcpy(out + len, path, n);
            len += n;
        }
        path += n + (path[n] == '/');
    }
    if (len == 0)
        out[len++] = '/';
    out[len] = '\0';
    return out;
}

char *path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash > path ? xstrndup(path, (size_t)(slash - path))
                                 : xstrdup("/");
}

char *path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);

    return xasprintf("%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

int file_map(const char *path, struct mapped_file *f)
{
    /* Non-blocking, so that a FIFO does not hang us here. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int err = 0;
    void *p;

    *f = (struct mapped_file){.data = ""};
    if (fd < 0)
        return -errno;
    if (fstat(fd, &f->st) < 0) {
        err = -errno;
    } else if (!S_ISREG(f->st.st_mode)) {
        err = S_ISDIR(f->st.st_mode) ? -EISDIR : -ENXIO;
    } else if (f->st.st_size > 0) {
        f->size = (size_t)f->st.st_size;
        p = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            err = -errno;
        else
            f->data = p;
    }
    if (err)
        f->size = 0;
    close(fd);
    return err;
}

void file_unmap(struct mapped_file *f)
{
    if (f->size)
        munmap((void *)(uintptr_t)f->data, f->size);
    *f = (struct mapped_file){.data = ""};
}

char *file_text(const char *path)
{
    struct strbuf text = {0};
    char chunk[4096];
    size_t n;
    FILE *f = fopen(path, "re");

    if (!f)
        return NULL;
    strbuf_add(&text, "", 0);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        strbuf_add(&text, chunk, n);
    if (ferror(f)) {
        strbuf_fini(&text);
        errno = EIO;
    }
    fclose(f);
    return text.data;
}

uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}
