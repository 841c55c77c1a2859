// SPDX-License-Identifier: MIT
/*
 * control: what the machine tells on its control channel, in lines of text:
 *
 *     ready                 the program is about to start
 *     exit N                it ended with status N
 *     signal N              it died of signal N
 *     refused N TEXT        it was not started; N is 126 or 127
 *     panic TEXT            the kernel failed
 *     doctor ...            before the last: a fact (tools/elfin/doctor.h)
 *
 * The first of exit, signal, refused and panic counts. The machine is not
 * trusted: other lines are ignored, and a line is at most CONTROL_LINE_MAX
 * bytes long.
 */
#pragma once

#include "tools/elfin/util.h"

enum { CONTROL_LINE_MAX = 1024 };

enum verdict_kind {
    VERDICT_NONE, /* nothing yet */
    VERDICT_EXIT,
    VERDICT_SIGNAL,
    VERDICT_REFUSED,
    VERDICT_PANIC
};

struct verdict {
    enum verdict_kind kind;
    int code;                    /* status or signal */
    char text[CONTROL_LINE_MAX]; /* of refused and panic */
    bool ready;
};

/* Takes in one line without its newline; false if it means nothing. */
bool control_line(struct verdict *v, const char *line);
/* The status that the command ends with. */
int verdict_status(const struct verdict *v);
