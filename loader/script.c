// SPDX-License-Identifier: MIT
#include "loader/script.h"

#include "abi/errno.h"
#include "vfs/file.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Splits `#! interpreter argument` in place. */
static int parse(struct script *s, size_t len)
{
    char *line = s->line;
    size_t end = 2, last;

    while (end < len && line[end] != '\n' && line[end])
        end++;
    s->argument = NULL;
    for (last = end; last > 2 && is_blank(line[last - 1]); last--)
        ;
    line[last] = '\0';
    for (s->interp = line + 2; is_blank(*s->interp); s->interp++)
        ;
    if (!*s->interp)
        return -ENOEXEC;
    for (line = s->interp; *line && !is_blank(*line); line++)
        ;
    if (*line) {
        for (*line++ = '\0'; is_blank(*line); line++)
            ;
        s->argument = line;
    } else if (end == SCRIPT_LINE) {
        return -ENOEXEC; /* the interpreter's name may go on */
    }
    return 1;
}

int script_read(struct file *f, struct script *s)
{
    ssize_t n = file_read_kernel(f, s->line, SCRIPT_LINE, 0);

    if (n < 2 || s->line[0] != '#' || s->line[1] != '!')
        return n < 0 ? (int)n : 0;
    return parse(s, (size_t)n);
}
