// SPDX-License-Identifier: MIT
/*
 * log: keeps what is logged, at every level, for the test to look at. A panic
 * prints it all and aborts; unit_add_deadly_test expects that.
 */
#include "tests/unit/stubs/stubs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/log.h"
#include "kernel/panic.h"

static char text[1 << 16];
static size_t text_len;
static const char *open_tail; /* of the line in two parts, as kernel/log.c */
static uint64_t open_line;

void stub_log_reset(void)
{
    open_tail = NULL;
    text_len = 0;
    text[0] = '\0';
}

const char *stub_log_text(void)
{
    return text;
}

bool stub_log_contains(const char *s)
{
    return strstr(text, s) != NULL;
}

static void append(const char *fmt, va_list args) printf_like(1, 0);

/* The text is cut where there is no more room. */
static void append(const char *fmt, va_list args)
{
    size_t room = sizeof(text) - text_len;
    int n = vsnprintf(text + text_len, room, fmt, args);

    if (n > 0)
        text_len += MIN((size_t)n, room - 1);
}

void log_raw(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    append(fmt, args);
    va_end(args);
}

void log_text(const char *s, size_t len)
{
    const char *tail = open_tail;

    open_tail = NULL;
    log_raw("%s%.*s", tail ? tail : "", (int)len, s);
}

uint64_t log_line_start(const char *s, size_t len, const char *tail)
{
    log_text(s, len);
    open_tail = tail;
    return ++open_line;
}

bool log_line_end(uint64_t line, const char *s, size_t len)
{
    if (!open_tail || open_line != line)
        return false;
    open_tail = NULL;
    log_text(s, len);
    return true;
}

void log_print(enum log_level level, const char *tag, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    va_list args;

    log_text("", 0);
    log_raw("%s %s: ", names[level], tag);
    va_start(args, fmt);
    append(fmt, args);
    va_end(args);
    log_raw("\n");
}

bool log_enabled(enum log_level level, const char *tag)
{
    (void)level;
    (void)tag;
    return true;
}

void panic(const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%spanic: ", text);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

bool panic_in_progress(void)
{
    return false;
}
