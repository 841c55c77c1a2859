// SPDX-License-Identifier: MIT
/*
 * cmdline: words of the kernel command line.
 */
#include "tools/elfin/cmdline.h"

#include <stdlib.h>
#include <string.h>

static bool needs_quotes(const char *word)
{
    /*
     * QEMU adds such words at the end, where the kernel takes them for its
     * own; quotes keep a program's argument apart from them.
     */
    if (!*word || !strncmp(word, "virtio_mmio.device=", 19))
        return true;
    for (; *word; word++) {
        unsigned char c = (unsigned char)*word;

        if (c <= ' ' || c == '"' || c == '\\' || c == 0x7f)
            return true;
    }
    return false;
}

static void add_quoted(struct strbuf *line, const char *word)
{
    strbuf_addc(line, '"');
    for (; *word; word++) {
        unsigned char c = (unsigned char)*word;

        if (c == '"' || c == '\\')
            strbuf_printf(line, "\\%c", c);
        else if (c == '\n')
            strbuf_puts(line, "\\n");
        else if (c == '\t')
            strbuf_puts(line, "\\t");
        else if (c < ' ' || c == 0x7f)
            strbuf_printf(line, "\\x%02x", c);
        else
            strbuf_addc(line, *word);
    }
    strbuf_addc(line, '"');
}

void cmdline_add(struct strbuf *line, const char *word)
{
    if (line->len)
        strbuf_addc(line, ' ');
    if (needs_quotes(word))
        add_quoted(line, word);
    else
        strbuf_puts(line, word);
}

void cmdline_add_option(struct strbuf *line, const char *key, const char *value)
{
    char *word = xasprintf("%s=%s", key, value);

    cmdline_add(line, word);
    free(word);
}
