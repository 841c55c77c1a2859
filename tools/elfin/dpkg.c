// SPDX-License-Identifier: MIT
/* dpkg: see the header. */
#include "tools/elfin/dpkg.h"

#include <string.h>

static bool text_is(struct text t, const char *s, size_t len)
{
    return t.len == len && !memcmp(t.at, s, len);
}

/* What a field says, to the end of its line, or an empty text. */
static struct text line_of(struct text paragraph, const char *name)
{
    const char *at = memmem(paragraph.at, paragraph.len, name, strlen(name));
    const char *limit = paragraph.at + paragraph.len, *end;

    if (!at)
        return (struct text){"", 0};
    at += strlen(name);
    end = memchr(at, '\n', (size_t)(limit - at));
    return (struct text){at, (size_t)((end ? end : limit) - at)};
}

struct text dpkg_field(struct text paragraph, const char *name)
{
    struct text line = line_of(paragraph, name);
    const char *space = memchr(line.at, ' ', line.len);

    return (struct text){line.at, space ? (size_t)(space - line.at) : line.len};
}

bool dpkg_next(struct text *rest, struct text *paragraph)
{
    const char *end;

    if (!rest->len)
        return false;
    end = memmem(rest->at, rest->len, "\n\n", 2);
    paragraph->at = rest->at;
    paragraph->len = end ? (size_t)(end - rest->at) + 1 : rest->len;
    rest->at += paragraph->len;
    rest->len -= paragraph->len;
    if (rest->len) {
        rest->at++;
        rest->len--;
    }
    return true;
}

struct text dpkg_name(struct text paragraph)
{
    return dpkg_field(paragraph, "Package: ");
}

struct text dpkg_source(struct text paragraph)
{
    struct text source = dpkg_field(paragraph, "\nSource: ");

    /* It is left out where it is the package's own name. */
    return source.len ? source : dpkg_name(paragraph);
}

bool dpkg_is_development(struct text paragraph)
{
    static const char *const ends[] = {"-dev", "-dbg", "-doc", "-dbgsym"};
    struct text name = dpkg_name(paragraph);

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        size_t n = strlen(ends[i]);

        if (name.len > n && !memcmp(name.at + name.len - n, ends[i], n))
            return true;
    }
    return false;
}

bool text_is_one_of(struct text t, const struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_is(t, list->items[i], strlen(list->items[i])))
            return true;
    return false;
}

bool dpkg_is_installed(struct text paragraph)
{
    return memmem(paragraph.at, paragraph.len, " ok installed\n", 14);
}

bool dpkg_is_data(struct text paragraph)
{
    struct text priority = dpkg_field(paragraph, "\nPriority: ");

    return text_is(dpkg_field(paragraph, "\nArchitecture: "), "all", 3) &&
           !text_is(priority, "required", 8) &&
           !text_is(priority, "important", 9);
}

void dpkg_dependencies(struct text paragraph, struct strlist *names)
{
    struct text rest = line_of(paragraph, "\nDepends: ");

    while (rest.len) {
        const char *at = rest.at;
        size_t len = 0, name;

        while (len < rest.len && !strchr(",|", at[len]))
            len++;
        for (; len && *at == ' '; at++)
            len--;
        for (name = 0; name < len && !strchr(" (:", at[name]);)
            name++;
        if (!text_is_one_of((struct text){at, name}, names))
            strlist_take(names, xstrndup(at, name));
        at += len;
        at += at < rest.at + rest.len;
        rest = (struct text){at, (size_t)(rest.at + rest.len - at)};
    }
}
