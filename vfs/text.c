// SPDX-License-Identifier: MIT
/* text: a list of pages with the bytes of a text. */
#include "vfs/text.h"

#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "lib/printf.h"
#include "lib/string.h"

struct text_page {
    struct text_page *next;
    size_t used;
    char data[PAGE_SIZE - 16];
};

static_assert(sizeof(struct text_page) == PAGE_SIZE, "one page");

static struct text_page *page_with_room(struct text *t)
{
    struct text_page *p = t->last;

    if (p && p->used < sizeof(p->data))
        return p;
    p = kmalloc(sizeof(*p));
    if (!p) {
        t->failed = true;
        return NULL;
    }
    p->next = NULL;
    p->used = 0;
    if (t->last)
        t->last->next = p;
    else
        t->first = p;
    t->last = p;
    return p;
}

void text_put(struct text *t, const char *data, size_t len)
{
    while (len && !t->failed) {
        struct text_page *p = page_with_room(t);
        size_t n;

        if (!p)
            return;
        n = MIN(len, sizeof(p->data) - p->used);
        memcpy(p->data + p->used, data, n);
        p->used += n;
        t->len += n;
        data += n;
        len -= n;
    }
}

void text_puts(struct text *t, const char *s)
{
    text_put(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    char small[256], *buf = small;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    if (len >= (int)sizeof(small)) {
        buf = kmalloc((size_t)len + 1);
        if (!buf) {
            t->failed = true;
            return;
        }
        va_start(args, fmt);
        vsnprintf(buf, (size_t)len + 1, fmt, args);
        va_end(args);
    }
    text_put(t, buf, (size_t)len);
    if (buf != small)
        kfree(buf);
}

void text_put_escaped(struct text *t, const char *s, const char *escaped)
{
    while (*s) {
        size_t plain = 0;

        while (s[plain] && !strchr(escaped, s[plain]))
            plain++;
        text_put(t, s, plain);
        s += plain;
        if (*s)
            text_printf(t, "\\%03o", (unsigned char)*s++);
    }
}

void text_clear(struct text *t)
{
    while (t->first) {
        struct text_page *next = t->first->next;

        kfree(t->first);
        t->first = next;
    }
    *t = (struct text){0};
}

size_t text_copy(const struct text *t, size_t pos, struct uio *u)
{
    size_t total = 0;

    for (const struct text_page *p = t->first; p && u->left; p = p->next) {
        size_t n, moved;

        if (pos >= p->used) {
            pos -= p->used;
            continue;
        }
        n = MIN(p->used - pos, u->left);
        moved = uio_put(u, p->data + pos, n);
        total += moved;
        pos = 0;
        if (moved < n)
            break;
    }
    return total;
}
