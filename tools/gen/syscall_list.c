// SPDX-License-Identifier: MIT
/*
 * syscall_list: abi/syscalls.tbl, which has every Linux call: a line for each
 * with number, name, arguments, result and groups, as its head explains.
 */
#include "tools/gen/syscall_gen.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *trimmed(const char *s, size_t len)
{
    while (len > 0 && isspace((unsigned char)*s))
        s++, len--;
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        len--;
    return append(NULL, s, len);
}

/* Is s[0..len) that word, in whatever case? */
static bool same_word(const char *s, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(s, word, len) == 0;
}

/* The index of s[0..len) in names, or count. */
static unsigned word_index(const char *const *names, unsigned count,
                           const char *s, size_t len)
{
    unsigned i = 0;

    while (i < count && !same_word(s, len, names[i]))
        i++;
    return i;
}

/* "stat_out" */
static bool parse_kind(const char *s, size_t len, unsigned *kind,
                       unsigned *direction)
{
    *direction = SYSCALL_IN;
    if (len > 4 && memcmp(s + len - 4, "_out", 4) == 0) {
        *direction = SYSCALL_WRITTEN;
        len -= 4;
    } else if (len > 6 && memcmp(s + len - 6, "_inout", 6) == 0) {
        *direction = SYSCALL_BOTH;
        len -= 6;
    }
    *kind = word_index(kind_names, SYSCALL_KIND_COUNT, s, len);
    return *kind < SYSCALL_KIND_COUNT;
}

unsigned kind_of_type(const char *type)
{
    static const char *const words[] = {"size_t", "uint64_t", "dev_t",
                                        "aio_context_t"};
    static const char *const halves[] = {"unsigned", "mode_t", "uid_t", "gid_t",
                                         "uint32_t"};

    if (strchr(type, '*'))
        return SYSCALL_ADDR;
    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(type, words[i]) == 0)
            return SYSCALL_ULONG;
    for (unsigned i = 0; i < sizeof(halves) / sizeof(*halves); i++)
        if (strcmp(type, halves[i]) == 0)
            return SYSCALL_UINT;
    if (strcmp(type, "unsigned long") == 0)
        return SYSCALL_ULONG;
    if (strcmp(type, "long") == 0 || strcmp(type, "off_t") == 0)
        return SYSCALL_LONG;
    return SYSCALL_INT;
}

/* "const char *path:path": the list's pointers are the program's, so the type
 * becomes "const char user *", as a handler would write it. */
static bool parse_list_arg(struct arg *arg, const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    char *text = trimmed(s, colon ? (size_t)(colon - s) : len);
    char *name = text + strlen(text), *star;

    if (colon && !parse_kind(colon + 1, (size_t)(s + len - colon - 1),
                             &arg->kind, &arg->direction))
        return false;
    while (name > text && is_word_char(name[-1]))
        name--;
    if (name == text || !*name || isdigit((unsigned char)*name))
        return false;
    arg->name = append(NULL, name, strlen(name));
    *name = '\0';
    arg->type = trimmed(text, strlen(text));
    if (!colon)
        arg->kind = kind_of_type(arg->type);
    star = strrchr(text, '*');
    if (star) {
        arg->type = append(NULL, text, (size_t)(star - text));
        arg->type = append(arg->type, "user *", 6);
    }
    free(text);
    return arg->type[0] != '\0';
}

/* "= addr  %desc %memory", what stands behind the arguments. */
static void parse_list_tail(const char *file, int line, struct call *c,
                            const char *s)
{
    unsigned direction;

    c->result = SYSCALL_LONG;
    for (;;) {
        size_t len;
        char mark = *s;

        if (!mark)
            return;
        s += 1 + strspn(s + 1, " \t");
        len = strcspn(s, " \t\r");
        if (mark == '=') {
            if (!parse_kind(s, len, &c->result, &direction))
                complain(file, line, "%s: no such kind of result: %.*s",
                         c->name, (int)len, s);
        } else {
            unsigned g = word_index(group_names, SYSCALL_GROUP_COUNT, s, len);

            if (mark != '%' || g == SYSCALL_GROUP_COUNT)
                complain(file, line, "%s: no such group: %c%.*s", c->name, mark,
                         (int)len, s);
            c->groups |= 1u << g;
        }
        s += len + strspn(s + len, " \t\r");
    }
}

static void parse_list_args(const char *file, int line, struct call *c,
                            const char *s)
{
    size_t end = strcspn(s, "=%");
    char *whole = trimmed(s, end);

    parse_list_tail(file, line, c, s + end);
    if (strcmp(whole, "void") == 0)
        return;
    for (const char *p = whole; p; c->nargs++) {
        const char *comma = strchr(p, ',');
        size_t len = comma ? (size_t)(comma - p) : strlen(p);

        if (c->nargs == ARGS_MAX) {
            complain(file, line, "%s: more than %d arguments", c->name,
                     ARGS_MAX);
            return;
        }
        if (!parse_list_arg(&c->args[c->nargs], p, len)) {
            complain(file, line,
                     "%s: argument %u is not TYPE NAME or TYPE NAME:KIND",
                     c->name, c->nargs + 1);
            return;
        }
        p = comma ? comma + 1 : NULL;
    }
}

static void parse_list_line(const char *file, int line, const char *s)
{
    char *end;
    unsigned long nr;
    size_t len = 0;

    s += strspn(s, " \t\r");
    if (!*s || *s == '#')
        return;
    nr = strtoul(s, &end, 10);
    if (!isdigit((unsigned char)*s) || nr >= NR_MAX) {
        complain(file, line, "no number from 0 to %d", NR_MAX - 1);
        return;
    }
    s = end + strspn(end, " \t");
    while (is_word_char(s[len]))
        len++;
    if (len == 0 || s == end) {
        complain(file, line, "no name after the number %lu", nr);
        return;
    }
    if (calls[nr].name || call_find(s, len)) {
        complain(file, line, "%lu %.*s: number or name used twice", nr,
                 (int)len, s);
        return;
    }
    calls[nr].name = append(NULL, s, len);
    if (nr >= call_count)
        call_count = (unsigned)nr + 1;
    parse_list_args(file, line, &calls[nr], s + len);
}

void parse_list(const char *path)
{
    int line = 1;

    for (char *s = read_file(path), *end; s; s = end, line++) {
        end = strchr(s, '\n');
        if (end)
            *end++ = '\0';
        parse_list_line(path, line, s);
    }
}
