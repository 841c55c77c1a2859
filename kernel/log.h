// SPDX-License-Identifier: MIT
/*
 * log: kernel messages, one lower-case line each, with the values in it.
 *
 * A file that logs defines LOG_TAG (its subsystem: "vm", "elf", "virtio")
 * before it includes this header. Levels are set for all (`log=info`) or for
 * one subsystem (`log=warn,vm:debug`); calls at disabled levels still compile.
 * Lines go to every registered sink, and into a ring that a sink which
 * registers late is shown first.
 *
 * Context: any, including interrupt handlers.
 */
#pragma once

#include "lib/base.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_sink {
    struct log_sink *next;
    /* Writes len bytes, whole lines; must not sleep and must not log. */
    void (*write)(struct log_sink *sink, const char *text, size_t len);
};

/* Borrows sink for ever, or until removed; replays what was logged before. */
void log_add_sink(struct log_sink *sink);
void log_remove_sink(struct log_sink *sink);

/* As `log=` of the kernel command line. -EINVAL names nothing changed. */
int log_set_levels(const char *spec);
bool log_enabled(enum log_level level, const char *tag);

void log_print(enum log_level level, const char *tag, const char *fmt, ...)
    printf_like(3, 4);

/*
 * Text without tag or level, for reports of several lines (crashes, traces):
 * to every sink, whatever the levels. Not a whole line unless text ends so.
 */
void log_raw(const char *fmt, ...) printf_like(1, 2);
/* The same for text that is there already, of any length. */
void log_text(const char *text, size_t len);

/*
 * A line in two parts with something in between. log_line_start writes the
 * first one and returns a mark; log_line_end appends the second one. When
 * something else was logged meanwhile, that has ended the line with tail
 * (borrowed, ends with a newline): then log_line_end writes nothing and
 * returns false.
 */
uint64_t log_line_start(const char *text, size_t len, const char *tail);
bool log_line_end(uint64_t line, const char *text, size_t len);

#define log_error(...) log_print(LOG_ERROR, LOG_TAG, __VA_ARGS__)
#define log_warn(...)  log_print(LOG_WARN, LOG_TAG, __VA_ARGS__)
#define log_info(...)  log_print(LOG_INFO, LOG_TAG, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, LOG_TAG, __VA_ARGS__)
