// SPDX-License-Identifier: MIT
/*
 * script: the first line of a file that begins with #!, as execve(2) reads it.
 */
#pragma once

#include "lib/base.h"

struct file;

#define SCRIPT_LINE   256 /* Linux: BINPRM_BUF_SIZE */
#define SCRIPT_LEVELS 5   /* scripts whose interpreters are scripts */

struct script {
    char line[SCRIPT_LINE + 1]; /* what the others point into */
    char *interp;               /* the interpreter's path */
    char *argument;             /* the one argument in front of the script's
                                   name, with its inner blanks; or NULL */
};

/*
 * Is f a script? 1: yes, and s is filled in; 0: no; -ENOEXEC: its first line
 * names no interpreter, or is longer than SCRIPT_LINE within the name; else an
 * error of reading. Context: may sleep.
 */
int script_read(struct file *f, struct script *s);
