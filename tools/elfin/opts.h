// SPDX-License-Identifier: MIT
/*
 * opts: subcommands, their option tables, and what is derived from a table:
 * the parser and --help, from which shell completion takes the names.
 *
 * An option is a row. Its value is stored at `offset` of the command's own
 * struct of values. Options end at the first argument that is none (as with
 * `docker run`) or behind `--`, so that a program's arguments are its own.
 */
#pragma once

#include "tools/elfin/util.h"

enum opt_kind {
    OPT_FLAG,    /* bool */
    OPT_TEXT,    /* const char *: the last one given wins */
    OPT_LIST,    /* struct strlist: repeatable */
    OPT_OPTIONAL /* const char *: --name means "", --name=VALUE the value */
};

struct opt {
    char letter;      /* 0: none */
    const char *name; /* without the dashes; NULL ends the table */
    enum opt_kind kind;
    const char *arg;  /* how --help names the value */
    const char *help; /* one line */
    size_t offset;
    const char *later; /* not NULL: not supported yet; what to do instead */
};

struct command {
    const char *name;
    const char *synopsis; /* behind `elfin NAME` */
    const char *summary;  /* one line, for the list of commands */
    const char *notes;    /* end of --help, or NULL */
    const struct opt *opts;
    int (*run)(const struct command *c, int argc, char **argv);
    const char *later; /* not NULL: a subcommand that is not supported yet */
};

/* Ends with a NULL name. main.c */
extern const struct command *const commands[];

/*
 * Reads the options of argv (argv[0] is the subcommand) into values and moves
 * argc and argv on to what follows them. false: the command is over, with
 * *status; a message, or the help text asked for, has been printed. Values
 * point into argv, lists own copies.
 */
bool opts_parse(const struct command *c, int *argc, char ***argv, void *values,
                int *status);
void opts_help(const struct command *c);

/* The name nearest to s among count ones, or NULL if none is like it. */
const char *nearest_name(const char *s, const char *const *names, size_t count);
