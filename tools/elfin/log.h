// SPDX-License-Identifier: MIT
/*
 * log: the kernel's log and trace, and what else the machine says beside the
 * program: kept for when something goes wrong, shown at once when asked for.
 *
 * Several sources (the log port, COM1, QEMU) feed it; each has a line of its
 * own under way, so that lines stay whole. What the kernel says on COM1 before
 * its log port is up it says again there: such lines wait, and are dropped
 * when the port speaks.
 */
#pragma once

#include "tools/elfin/util.h"

enum log_source { LOG_PORT, LOG_COM1, LOG_QEMU, LOG_SOURCES };

struct log {
    bool live;             /* every line goes to stderr at once */
    int file;              /* --log-file, or -1 */
    const char *file_name; /* for messages */
    bool port_spoke;
    struct strbuf early; /* lines of COM1 that wait for that */
    struct strbuf kept;  /* the last lines */
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
void log_fini(struct log *l);
