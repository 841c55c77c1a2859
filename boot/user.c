// SPDX-License-Identifier: MIT
/*
 * user: looks names up in files made of lines NAME:x:NUMBER:... (passwd(5),
 * group(5)).
 */
#include "boot/user.h"

#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/file.h"
#include "vfs/vfs.h"

#define FILE_MAX MIB(1)

/* The whole text, NUL-terminated, or NULL. */
static char *read_text(const char *path)
{
    struct file *f;
    char *text;
    ssize_t n;

    if (vfs_open_kernel(path, &f) < 0)
        return NULL;
    text = f->vnode->size <= FILE_MAX ? kmalloc(f->vnode->size + 1) : NULL;
    n = text ? file_read_kernel(f, text, f->vnode->size, 0) : -1;
    file_put(f);
    if (n < 0) {
        kfree(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

/* Is s[0..len) a number that an id can have? */
static bool parse_id(const char *s, size_t len, uint32_t *id)
{
    uint64_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(s[i] - '0');
        if (n >= CRED_KEEP_ID)
            return false;
    }
    *id = (uint32_t)n;
    return len > 0;
}

/* Cuts the field at *at off, to the next colon or the end of the line. */
static size_t take_field(const char **at, const char **field)
{
    const char *p = *field = *at;

    while (*p && *p != ':' && *p != '\n')
        p++;
    *at = *p == ':' ? p + 1 : p;
    return (size_t)(p - *field);
}

struct entry {
    uint32_t id, gid; /* gid: of passwd lines; else 0 or without meaning */
};

/* One line: does it tell of the name, or of the number in e->id? */
static bool line_fits(const char *line, const char *name, size_t len,
                      bool by_number, struct entry *e)
{
    const char *field, *first;
    size_t n = take_field(&line, &first);
    uint32_t id;

    if (!by_number && (n != len || memcmp(first, name, len) != 0))
        return false;
    take_field(&line, &field);
    n = take_field(&line, &field);
    if (!parse_id(field, n, &id) || (by_number && id != e->id))
        return false;
    e->id = id;
    n = take_field(&line, &field);
    if (!parse_id(field, n, &e->gid))
        e->gid = id;
    return true;
}

/* Finds name, or what has the number that it is. A number need not be there:
 * then gid is the same. */
static bool look_up(const char *path, const char *name, size_t len,
                    struct entry *e)
{
    bool by_number = parse_id(name, len, &e->id), found = false;
    char *text = read_text(path);
    const char *line = text;

    e->gid = e->id;
    while (line && *line && !found) {
        const char *end = strchr(line, '\n');

        found = line_fits(line, name, len, by_number, e);
        line = end ? end + 1 : NULL;
    }
    kfree(text);
    return found || by_number;
}

struct cred *user_cred(const char *text, char *why, size_t why_size)
{
    const char *colon = strchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);
    struct entry owner, group;
    struct cred *c;

    if (!len || !look_up("/etc/passwd", text, len, &owner)) {
        snprintf(why, why_size,
                 "user=%s: no such user in the root's /etc/passwd: give a "
                 "number, or a name that is there",
                 text);
        return NULL;
    }
    group.id = owner.gid;
    if (colon && !look_up("/etc/group", colon + 1, strlen(colon + 1), &group)) {
        snprintf(why, why_size,
                 "user=%s: no such group in the root's /etc/group: give a "
                 "number, or a name that is there",
                 text);
        return NULL;
    }
    c = cred_copy(&cred_root, 0);
    if (!c) {
        snprintf(why, why_size,
                 "no memory for the program's user: give the "
                 "machine more (-m)");
        return NULL;
    }
    cred_set_gid(c, &cred_root, group.id);
    cred_set_uid(c, &cred_root, owner.id);
    return c;
}
