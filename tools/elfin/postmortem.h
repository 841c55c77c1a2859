// SPDX-License-Identifier: MIT
/*
 * postmortem: what is told on stderr about a program that failed, behind the
 * words of tools/elfin/outcome.h: the screen of its core, and the doctor's
 * report.
 */
#pragma once

#include "tools/elfin/image.h"
#include "tools/elfin/relay.h"

struct postmortem {
    const struct relay *relay; /* after relay_run */
    const struct image *image; /* where the machine's files come from */
    const char *core;          /* the file that the machine wrote to, or NULL */
    const char *core_option;   /* --core's FILE, or NULL */
    bool doctor;               /* --doctor */
};

void postmortem_print(const struct postmortem *p);
