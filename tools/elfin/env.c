// SPDX-License-Identifier: MIT
/*
 * env: the list of KEY=VALUE words.
 */
#include "tools/elfin/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char **find(const struct strlist *env, const char *key, size_t len)
{
    for (size_t i = 0; i < env->count; i++)
        if (!strncmp(env->items[i], key, len) && env->items[i][len] == '=')
            return &env->items[i];
    return NULL;
}

bool env_has(const struct strlist *env, const char *key)
{
    return find(env, key, strlen(key)) != NULL;
}

/* where is the option, for messages. */
static int set(struct strlist *env, const char *word, const char *where)
{
    size_t len = strcspn(word, "=");
    const char *value;
    char *whole, **old;

    if (len == 0 || strcspn(word, " \t") < len)
        return fail(STATUS_USAGE,
                    "%s: '%s' is no variable: write KEY=VALUE, or KEY for the "
                    "host's value",
                    where, word);
    value = word[len] ? word + len + 1 : getenv(word);
    if (!value)
        return 0;
    whole = xasprintf("%.*s=%s", (int)len, word, value);
    old = find(env, word, len);
    if (old) {
        free(*old);
        *old = whole;
    } else {
        strlist_take(env, whole);
    }
    return 0;
}

static int read_file(struct strlist *env, const char *path)
{
    char *text = file_text(path), *rest = text, *line;
    int status = 0;

    if (!text)
        return fail(STATUS_FAILED, "--env-file %s: %s", path, strerror(errno));
    while (!status && (line = strsep(&rest, "\n"))) {
        line += strspn(line, " \t");
        line[strcspn(line, "\r")] = '\0';
        if (*line && *line != '#')
            status = set(env, line, path);
    }
    free(text);
    return status;
}

int env_collect(struct strlist *env, const struct strlist *words,
                const struct strlist *files)
{
    int status = 0;

    for (size_t i = 0; !status && i < files->count; i++)
        status = read_file(env, files->items[i]);
    for (size_t i = 0; !status && i < words->count; i++)
        status = set(env, words->items[i], "--env");
    return status;
}
