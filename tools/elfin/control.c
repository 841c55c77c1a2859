// SPDX-License-Identifier: MIT
/*
 * control: the lines of the control channel.
 */
#include "tools/elfin/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number at *p, 0..max, and what follows a blank behind it. */
static bool take_number(const char **p, int max, int *out)
{
    char *end;
    long n;

    if (**p < '0' || **p > '9')
        return false;
    n = strtol(*p, &end, 10);
    if (n > max || (*end && *end != ' '))
        return false;
    *out = (int)n;
    *p = *end ? end + 1 : end;
    return true;
}

/* What follows word and a blank at the start of line, or NULL. */
static const char *after(const char *line, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(line, word, n))
        return NULL;
    if (line[n] == ' ')
        return line + n + 1;
    return line[n] ? NULL : line + n;
}

static bool set_text(struct verdict *v, enum verdict_kind kind,
                     const char *text)
{
    v->kind = kind;
    snprintf(v->text, sizeof(v->text), "%s", text);
    return true;
}

bool control_line(struct verdict *v, const char *line)
{
    const char *rest;
    int n;

    if (!strcmp(line, "ready")) {
        v->ready = true;
        return true;
    }
    if (v->kind != VERDICT_NONE)
        return false;
    rest = after(line, "exit");
    if (rest && take_number(&rest, 255, &n) && !*rest) {
        v->kind = VERDICT_EXIT;
        v->code = n;
        return true;
    }
    rest = after(line, "signal");
    if (rest && take_number(&rest, 64, &n) && !*rest && n > 0) {
        v->kind = VERDICT_SIGNAL;
        v->code = n;
        return true;
    }
    rest = after(line, "refused");
    if (rest && take_number(&rest, 127, &n) && n >= STATUS_NOT_RUNNABLE) {
        v->code = n;
        return set_text(v, VERDICT_REFUSED, rest);
    }
    rest = after(line, "panic");
    return rest && set_text(v, VERDICT_PANIC, rest);
}

int verdict_status(const struct verdict *v)
{
    switch (v->kind) {
    case VERDICT_EXIT:
    case VERDICT_REFUSED:
        return v->code;
    case VERDICT_SIGNAL:
        return 128 + v->code;
    case VERDICT_PANIC:
    case VERDICT_NONE:
        break;
    }
    return STATUS_FAILED;
}
