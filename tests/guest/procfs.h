// SPDX-License-Identifier: MIT
/* procfs: texts of /proc, for the tests of it. */
#pragma once

#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char text[1 << 18];

/* The whole file, read as a program does that reads until the end. */
static inline ssize_t slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n, total = 0;

    if (fd < 0)
        return -1;
    while ((n = read(fd, text + total, sizeof(text) - 1 - (size_t)total)) > 0)
        total += n;
    close(fd);
    text[total] = '\0';
    return n < 0 ? -1 : total;
}

/* What follows `name:` on its line of text; NULL: no such line. */
static inline const char *field(const char *name)
{
    size_t len = strlen(name);

    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (!strncmp(p, name, len) && p[len] == ':')
            return p + len + 1;
    }
    return NULL;
}

static inline long long field_number(const char *name)
{
    const char *p = field(name);

    return p ? strtoll(p, NULL, 10) : -1;
}

static inline const char *link_of(const char *path)
{
    static char target[4096];
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    target[n > 0 ? n : 0] = '\0';
    return target;
}
