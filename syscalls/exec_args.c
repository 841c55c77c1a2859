// SPDX-License-Identifier: MIT
#include "syscalls/exec_args.h"

#include "abi/errno.h"
#include "abi/limits.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "lib/string.h"

#define TEXT_FIRST 1024

static int grow(struct exec_strings *s, size_t least)
{
    size_t size = MAX(s->size * 2, (size_t)TEXT_FIRST);
    char *text;

    while (size < least)
        size *= 2;
    text = krealloc(s->text, size);
    if (!text)
        return -ENOMEM;
    s->text = text;
    s->size = size;
    return 0;
}

/* Copies one string behind the others. */
static int append_from_user(struct exec_strings *s, const char user *from,
                            size_t *room)
{
    size_t most = MIN((size_t)ABI_ARG_STRLEN_MAX, *room);

    for (;;) {
        size_t space = MIN(s->size - s->len, most);
        ssize_t n = space ? strncpy_from_user(s->text + s->len, from, space)
                          : -ENAMETOOLONG;

        if (n >= 0) {
            s->len += (size_t)n + 1;
            s->count++;
            *room -= (size_t)n + 1;
            return 0;
        }
        if (n != -ENAMETOOLONG)
            return (int)n;
        if (space == most)
            return -E2BIG;
        if (grow(s, s->len + 1) < 0)
            return -ENOMEM;
    }
}

int exec_strings_get(struct exec_strings *s, uintptr_t array, size_t *room)
{
    const uintptr_t user *next = (const uintptr_t user *)array;
    uintptr_t string;
    int err = 0;

    *s = (struct exec_strings){0};
    while (array && err == 0) {
        if (get_user(&string, next++))
            return -EFAULT;
        if (!string)
            break;
        if (*room < sizeof(string))
            return -E2BIG;
        *room -= sizeof(string);
        err = append_from_user(s, (const char user *)string, room);
    }
    return err;
}

void exec_strings_fini(struct exec_strings *s)
{
    kfree(s->text);
    s->text = NULL;
}

void exec_strings_drop_first(struct exec_strings *s)
{
    size_t n;

    if (s->count == 0)
        return;
    n = strlen(s->text) + 1;
    memmove(s->text, s->text + n, s->len - n);
    s->len -= n;
    s->count--;
}

int exec_strings_prepend(struct exec_strings *s, const char *text, size_t *room)
{
    size_t n = strlen(text) + 1;

    if (n + sizeof(uintptr_t) > *room)
        return -E2BIG;
    if (s->size - s->len < n && grow(s, s->len + n) < 0)
        return -ENOMEM;
    *room -= n + sizeof(uintptr_t);
    memmove(s->text + n, s->text, s->len);
    memcpy(s->text, text, n);
    s->len += n;
    s->count++;
    return 0;
}

const char **exec_strings_list(const struct exec_strings *s)
{
    const char **list = kmalloc((s->count + 1) * sizeof(*list));
    const char *at = s->text;

    if (!list)
        return NULL;
    for (size_t i = 0; i < s->count; i++) {
        list[i] = at;
        at += strlen(at) + 1;
    }
    list[s->count] = NULL;
    return list;
}
