// SPDX-License-Identifier: MIT
/*
 * log: whole lines, kept, shown or written to a file.
 */
#include "tools/elfin/log.h"

#include <string.h>
#include <unistd.h>

#include "tools/elfin/tty.h"

enum { LINE_MAX_ = 8192 }; /* a longer line is cut in two */

static void write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n <= 0)
            return; /* a log that cannot be written must not stop the run */
        data += n;
        len -= (size_t)n;
    }
}

static void keep(struct log *l, const char *data, size_t len)
{
    strbuf_add(&l->kept, data, len);
    if (l->kept.len > 2 * LOG_KEPT) {
        size_t drop = l->kept.len - LOG_KEPT;
        const char *newline =
            memchr(l->kept.data + drop, '\n', l->kept.len - drop);

        if (newline)
            drop = (size_t)(newline - l->kept.data) + 1;
        l->kept.len -= drop;
        memmove(l->kept.data, l->kept.data + drop, l->kept.len + 1);
    }
}

static void emit(struct log *l, const char *data, size_t len)
{
    if (l->live)
        write_all(STDERR_FILENO, data, len);
    if (l->live && tty_is_raw() && isatty(STDERR_FILENO))
        write_all(STDERR_FILENO, "\r", 1);
    if (l->file >= 0)
        write_all(l->file, data, len);
    keep(l, data, len);
}

/* Is this line of COM1, without the serial line's prefix, kept already? */
static bool said_before(const struct log *l, const char *line, size_t len)
{
    static const char prefix[] = "elfin: ";
    size_t skip = strlen(prefix);
    const char *found = l->kept.data;

    if (len > skip && !strncmp(line, prefix, skip)) {
        line += skip;
        len -= skip;
    }
    while (found && (found = memmem(found, l->kept.data + l->kept.len - found,
                                    line, len)) != NULL) {
        if (found == l->kept.data || found[-1] == '\n')
            return true;
        found++;
    }
    return false;
}

/* Lets out what COM1 said, but for what the log port said too. */
static void emit_serial(struct log *l)
{
    char *at = l->serial.data, *end = at + l->serial.len;

    while (at < end) {
        char *newline = memchr(at, '\n', end - at);
        size_t len = (newline ? newline + 1 : end) - at;

        if (!said_before(l, at, len))
            emit(l, at, len);
        at += len;
    }
    l->serial.len = 0;
}

static void end_line(struct log *l, enum log_source source)
{
    struct strbuf *line = &l->line[source];

    strbuf_addc(line, '\n');
    if (source != LOG_COM1) {
        emit(l, line->data, line->len);
    } else {
        strbuf_add(&l->serial, line->data, line->len);
        if (l->serial.len > LOG_KEPT)
            emit_serial(l);
    }
    line->len = 0;
}

void log_feed(struct log *l, enum log_source source, const char *data,
              size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct strbuf *line = &l->line[source];

        if (data[i] == '\n') {
            end_line(l, source);
            continue;
        }
        if (data[i] == '\r' || data[i] == '\0')
            continue; /* of a serial line */
        if (source == LOG_QEMU && line->len == 0 &&
            strncmp(data + i, "qemu", MIN(len - i, 4)))
            strbuf_puts(line, "qemu: ");
        strbuf_addc(line, data[i]);
        if (line->len >= LINE_MAX_)
            end_line(l, source);
    }
}

void log_flush(struct log *l)
{
    for (int i = 0; i < LOG_SOURCES; i++)
        if (l->line[i].len)
            end_line(l, i);
    emit_serial(l);
}

void log_show(struct log *l)
{
    log_flush(l);
    if (l->live || !l->kept.len)
        return;
    if (l->file >= 0)
        warn("the kernel's log is in %s", l->file_name);
    else
        write_all(STDERR_FILENO, l->kept.data, l->kept.len);
}

void log_show_errors(struct log *l)
{
    static const char mark[] = ": error: ";
    const char *at, *end, *next;

    log_flush(l);
    if (l->live || l->file >= 0)
        return;
    end = l->kept.data + l->kept.len;
    for (at = l->kept.data; at < end; at = next) {
        next = memchr(at, '\n', (size_t)(end - at));
        next = next ? next + 1 : end;
        if (memmem(at, (size_t)(next - at), mark, strlen(mark)))
            write_all(STDERR_FILENO, at, (size_t)(next - at));
    }
}

void log_fini(struct log *l)
{
    strbuf_fini(&l->serial);
    strbuf_fini(&l->kept);
    for (int i = 0; i < LOG_SOURCES; i++)
        strbuf_fini(&l->line[i]);
}
