// SPDX-License-Identifier: MIT
/*
 * outcome: how a run ended, in words and as a status.
 */
#pragma once

#include "tools/elfin/relay.h"

/* The program died of a signal that the user sent through the command, or
 * typed: no news. SIGQUIT asks for a report. */
bool outcome_was_wanted(const struct relay *r);

/*
 * Prints what has to be said (nothing when the program exited by itself) and
 * returns the status that the command ends with.
 */
int outcome_report(struct relay *r, const char *program);
