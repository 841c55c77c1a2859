// SPDX-License-Identifier: MIT
/*
 * log: lines are made on the stack, kept in a ring, and passed to the sinks.
 *
 *     [    0.001234] vm: error: no memory for a page table
 *
 * The ring keeps the newest 16 KiB of text for a sink that registers late.
 * Levels are one for all plus a short list of tags with their own.
 *
 * Locking: log_lock covers the ring and the sinks, and is held while a sink
 * writes, so that lines do not mix. A panic takes no lock: what it interrupted
 * may hold it.
 */
#include "kernel/log.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/lock.h"
#include "kernel/panic.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LINE_MAX  512
#define RING_SIZE 16384 /* a power of two */
#define TAG_MAX   16
#define TAGS_MAX  24

struct tag_level {
    char tag[TAG_MAX];
    enum log_level level;
};

struct levels {
    enum log_level all;
    unsigned count;
    struct tag_level tags[TAGS_MAX];
};

static struct spinlock log_lock = SPINLOCK_INIT;
static struct levels levels = {.all = LOG_WARN};
static struct log_sink *sinks;
static char ring[RING_SIZE];
static uint64_t ring_written; /* bytes ever */
static const char *open_tail; /* ends the line that is open; NULL: none is */
static uint64_t open_line;    /* its mark; marks count lines in two parts */

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char *const level_prefixes[] = {"error: ", "warning: ", "", ""};

static unsigned long lock_output(void)
{
    return panic_in_progress() ? 0 : spin_lock(&log_lock);
}

static void unlock_output(unsigned long flags)
{
    if (!panic_in_progress())
        spin_unlock(&log_lock, flags);
}

static void ring_append(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ring[ring_written++ % RING_SIZE] = text[i];
}

/* Shows a new sink the ring from its first whole line on. */
static void ring_replay(struct log_sink *sink)
{
    uint64_t from = 0;
    size_t at, len;

    if (ring_written > RING_SIZE) {
        from = ring_written - RING_SIZE;
        while (from < ring_written && ring[from++ % RING_SIZE] != '\n')
            ;
    }
    at = from % RING_SIZE;
    len = (size_t)(ring_written - from);
    if (len > RING_SIZE - at) {
        sink->write(sink, ring + at, RING_SIZE - at);
        len -= RING_SIZE - at;
        at = 0;
    }
    if (len > 0)
        sink->write(sink, ring + at, len);
}

static void output_locked(const char *text, size_t len)
{
    ring_append(text, len);
    for (struct log_sink *s = sinks; s; s = s->next)
        s->write(s, text, len);
}

static void close_line_locked(void)
{
    const char *tail = open_tail;

    open_tail = NULL;
    if (tail)
        output_locked(tail, strlen(tail));
}

void log_text(const char *text, size_t len)
{
    unsigned long flags = lock_output();

    close_line_locked();
    output_locked(text, len);
    unlock_output(flags);
}

uint64_t log_line_start(const char *text, size_t len, const char *tail)
{
    unsigned long flags = lock_output();
    uint64_t line;

    close_line_locked();
    output_locked(text, len);
    open_tail = tail;
    line = ++open_line;
    unlock_output(flags);
    return line;
}

bool log_line_end(uint64_t line, const char *text, size_t len)
{
    unsigned long flags = lock_output();
    bool open = open_tail && open_line == line;

    if (open) {
        open_tail = NULL;
        output_locked(text, len);
    }
    unlock_output(flags);
    return open;
}

void log_add_sink(struct log_sink *sink)
{
    unsigned long flags = lock_output();

    ring_replay(sink);
    sink->next = sinks;
    sinks = sink;
    unlock_output(flags);
}

void log_remove_sink(struct log_sink *sink)
{
    unsigned long flags = lock_output();

    for (struct log_sink **link = &sinks; *link; link = &(*link)->next) {
        if (*link == sink) {
            *link = sink->next;
            break;
        }
    }
    unlock_output(flags);
}

static int level_parse(const char *word, size_t len, enum log_level *level)
{
    for (unsigned i = 0; i < ARRAY_SIZE(level_names); i++) {
        if (strlen(level_names[i]) == len &&
            memcmp(level_names[i], word, len) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* One "level" or "tag:level" of a list. */
static int item_parse(const char *item, size_t len, struct levels *to)
{
    const char *colon = memchr(item, ':', len);
    size_t tag_len = colon ? (size_t)(colon - item) : 0;
    struct tag_level *t = to->tags;

    if (!colon)
        return level_parse(item, len, &to->all);
    if (tag_len == 0 || tag_len >= TAG_MAX || to->count == TAGS_MAX)
        return -EINVAL;
    t += to->count++;
    memcpy(t->tag, item, tag_len);
    t->tag[tag_len] = '\0';
    return level_parse(colon + 1, len - tag_len - 1, &t->level);
}

int log_set_levels(const char *spec)
{
    struct levels next = {.all = levels.all};
    unsigned long flags;

    for (;;) {
        const char *comma = strchr(spec, ',');
        size_t len = comma ? (size_t)(comma - spec) : strlen(spec);
        int err = item_parse(spec, len, &next);

        if (err)
            return err;
        if (!comma)
            break;
        spec = comma + 1;
    }
    flags = lock_output();
    levels = next;
    unlock_output(flags);
    return 0;
}

bool log_enabled(enum log_level level, const char *tag)
{
    /* The last word about a tag counts. */
    for (unsigned i = levels.count; i-- > 0;) {
        if (strcmp(levels.tags[i].tag, tag) == 0)
            return level <= levels.tags[i].level;
    }
    return level <= levels.all;
}

/* A line's values may come from the program: they must not forge lines. */
static void make_printable(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = '?';
    }
}

static size_t clip(int len, size_t room)
{
    return len < 0 ? 0 : MIN((size_t)len, room - 1);
}

void log_print(enum log_level level, const char *tag, const char *fmt, ...)
{
    char line[LINE_MAX];
    unsigned long us;
    size_t len;
    va_list args;

    if (!log_enabled(level, tag))
        return;
    us = clock_monotonic_ns() / NSEC_PER_USEC;
    len = clip(snprintf(line, sizeof(line), "[%5lu.%06lu] %s: %s", us / 1000000,
                        us % 1000000, tag, level_prefixes[level]),
               sizeof(line) - 1);
    va_start(args, fmt);
    len += clip(vsnprintf(line + len, sizeof(line) - 1 - len, fmt, args),
                sizeof(line) - 1 - len);
    va_end(args);
    make_printable(line, len);
    line[len++] = '\n';
    log_text(line, len);
}

void log_raw(const char *fmt, ...)
{
    char text[LINE_MAX];
    va_list args;

    va_start(args, fmt);
    log_text(text,
             clip(vsnprintf(text, sizeof(text), fmt, args), sizeof(text)));
    va_end(args);
}
