// SPDX-License-Identifier: MIT
/*
 * opts: the option parser and --help.
 */
#include "tools/elfin/opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Edit distance, for texts of at most 31 bytes. */
static unsigned distance(const char *a, const char *b)
{
    size_t na = MIN(strlen(a), 31), nb = MIN(strlen(b), 31);
    unsigned row[32];

    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned cost = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = MIN(cost, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[nb];
}

const char *nearest_name(const char *s, const char *const *names, size_t count)
{
    const char *best = NULL;
    unsigned best_distance = 3;

    for (size_t i = 0; i < count; i++) {
        unsigned d = distance(s, names[i]);

        if (d < best_distance && d < strlen(s)) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}

static const struct opt *find_long(const struct opt *opts, const char *name,
                                   size_t len)
{
    for (; opts->name; opts++)
        if (strlen(opts->name) == len && !memcmp(opts->name, name, len))
            return opts;
    return NULL;
}

static const struct opt *find_letter(const struct opt *opts, char letter)
{
    for (; opts->name; opts++)
        if (opts->letter == letter)
            return opts;
    return NULL;
}

static int unknown_long(const struct command *c, const char *name)
{
    const char *names[64], *near;
    size_t n = 0;

    for (const struct opt *o = c->opts; o->name && n < ARRAY_SIZE(names); o++)
        names[n++] = o->name;
    near = nearest_name(name, names, n);
    if (near)
        return fail(STATUS_USAGE, "there is no option --%s: did you mean --%s?",
                    name, near);
    return fail(STATUS_USAGE, "there is no option --%s: see elfin %s --help",
                name, c->name);
}

/* value is NULL for a flag, and for an optional value that was not given. */
static int store(const struct opt *o, void *values, const char *value)
{
    void *at = (char *)values + o->offset;

    if (o->later)
        return fail(STATUS_USAGE, "--%s: not supported yet: %s", o->name,
                    o->later);
    switch (o->kind) {
    case OPT_FLAG:
        *(bool *)at = true;
        break;
    case OPT_TEXT:
        *(const char **)at = value;
        break;
    case OPT_LIST:
        strlist_add(at, value);
        break;
    case OPT_OPTIONAL:
        *(const char **)at = value ? value : "";
        break;
    }
    return 0;
}

static bool takes_value(const struct opt *o)
{
    return o->kind == OPT_TEXT || o->kind == OPT_LIST;
}

static int missing_value(const struct command *c, const char *name,
                         const struct opt *o)
{
    return fail(STATUS_USAGE, "%s needs a value %s: see elfin %s --help", name,
                o->arg, c->name);
}

/* arg is --name or --name=value; takes the next argument when it is needed. */
static int parse_long(const struct command *c, const char *arg, int *argc,
                      char ***argv, void *values)
{
    const char *name = arg + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] ? name + len + 1 : NULL;
    const struct opt *o = find_long(c->opts, name, len);

    if (!o) {
        char *copy = xstrndup(name, len);
        int status = unknown_long(c, copy);

        free(copy);
        return status;
    }
    if (o->kind == OPT_FLAG && value)
        return fail(STATUS_USAGE, "--%s takes no value: leave out =%s", o->name,
                    value);
    if (takes_value(o) && !value && !o->later) {
        if (*argc < 2)
            return missing_value(c, arg, o);
        value = (*argv)[1];
        (*argv)++;
        (*argc)--;
    }
    return store(o, values, value);
}

/* arg is a dash and letters; the last one may take a value. */
static int parse_letters(const struct command *c, const char *arg, int *argc,
                         char ***argv, void *values)
{
    for (const char *p = arg + 1; *p; p++) {
        const struct opt *o = find_letter(c->opts, *p);
        char name[] = {'-', *p, '\0'};
        int status;

        if (!o)
            return fail(STATUS_USAGE,
                        "there is no option -%c: see elfin %s --help", *p,
                        c->name);
        if (!takes_value(o) || o->later) {
            status = store(o, values, NULL);
            if (status)
                return status;
            continue;
        }
        if (p[1])
            return store(o, values, p[1] == '=' ? p + 2 : p + 1);
        if (*argc < 2)
            return missing_value(c, name, o);
        (*argv)++;
        (*argc)--;
        return store(o, values, (*argv)[0]);
    }
    return 0;
}

bool opts_parse(const struct command *c, int *argc, char ***argv, void *values,
                int *status)
{
    *status = 0;
    (*argv)++;
    (*argc)--;
    for (; *argc > 0; (*argv)++, (*argc)--) {
        const char *arg = (*argv)[0];

        if (arg[0] != '-' || !arg[1])
            return true;
        if (!strcmp(arg, "--")) {
            (*argv)++;
            (*argc)--;
            return true;
        }
        if (!strcmp(arg, "--help") || !strcmp(arg, "-h")) {
            opts_help(c);
            return false;
        }
        if (arg[1] == '-')
            *status = parse_long(c, arg, argc, argv, values);
        else
            *status = parse_letters(c, arg, argc, argv, values);
        if (*status)
            return false;
    }
    return true;
}

static void print_option(const struct opt *o)
{
    char left[64];
    int n =
        snprintf(left, sizeof(left), "  %c%c%c --%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name);

    if (takes_value(o))
        snprintf(left + n, sizeof(left) - (size_t)n, " %s", o->arg);
    else if (o->kind == OPT_OPTIONAL)
        snprintf(left + n, sizeof(left) - (size_t)n, "[=%s]", o->arg);
    if (strlen(left) > 29)
        printf("%s\n%-31s", left, "");
    else
        printf("%-31s", left);
    printf("%s%s\n", o->help, o->later ? " (not yet)" : "");
}

void opts_help(const struct command *c)
{
    printf("Usage: elfin %s%s%s\n%s\n", c->name, *c->synopsis ? " " : "",
           c->synopsis, c->summary);
    if (c->opts->name)
        printf("\nOptions:\n");
    for (const struct opt *o = c->opts; o->name; o++)
        print_option(o);
    if (c->notes)
        printf("\n%s", c->notes);
}
