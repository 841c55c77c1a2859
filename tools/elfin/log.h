// SPDX-License-Identifier: MIT
/*
 * log: the kernel's log and trace, and what else the machine says beside the
 * program: kept for when something goes wrong, shown at once when asked for.
 *
 * Several sources (the log port, COM1, QEMU) feed it; each has a line of its
 * own under way, so that lines stay whole. What the kernel says on COM1, before
 * its log port is up and in a panic, it says there too: lines of COM1 wait for
 * the end, and those that the port repeated are dropped.
 */
#pragma once

#include "tools/elfin/util.h"

enum log_source { LOG_PORT, LOG_COM1, LOG_QEMU, LOG_SOURCES };

struct log {
    bool live;             /* every line goes to stderr at once */
    int file;              /* --log-file, or -1 */
    const char *file_name; /* for messages */
    struct strbuf serial;  /* lines of COM1 that wait for the end */
    struct strbuf kept;    /* the last lines */
    struct strbuf line[LOG_SOURCES];
};

/* How much is kept, at least; twice as much may be. */
enum { LOG_KEPT = 64 * 1024 };

void log_feed(struct log *l, enum log_source source, const char *data,
              size_t len);
/* Nothing more will come: ends the lines that have no newline yet. */
void log_flush(struct log *l);
/* Shows what is kept, or says in which file it is, unless it was live. */
void log_show(struct log *l);
/* The same for its errors alone, of which the program does not know. */
void log_show_errors(struct log *l);
void log_fini(struct log *l);
