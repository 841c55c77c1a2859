// SPDX-License-Identifier: MIT
/*
 * syscalls: which Linux calls Elfin answers, from the table that the kernel
 * is built with.
 */
#include "tools/elfin/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syscalls/table.h"
#include "tools/elfin/doctor.h"

struct syscalls_opts {
    bool missing, implemented, stub;
};

#define AT(field) offsetof(struct syscalls_opts, field)

static const struct opt syscalls_options[] = {
    {0, "implemented", OPT_FLAG, NULL,
     "only those that are answered, if partly", AT(implemented), NULL},
    {0, "missing", OPT_FLAG, NULL, "only those that are not", AT(missing),
     NULL},
    {0, "stub", OPT_FLAG, NULL,
     "print the beginnings of handlers for those that are not", AT(stub), NULL},
    {0},
};

static bool matches(const struct syscall_info *s, unsigned number,
                    const char *filter)
{
    char *end;

    if (!filter)
        return true;
    if (isdigit((unsigned char)*filter))
        return strtoul(filter, &end, 10) == number && !*end;
    return strstr(s->name, filter) != NULL;
}

static void print_call(const struct syscall_info *s, unsigned number)
{
    printf("%3u  %-24s %s", number, s->name,
           !s->implemented ? "missing"
           : s->partial    ? "partial: "
                           : "implemented");
    printf("%s\n", s->implemented && s->partial ? s->partial : "");
}

static void print_stub(unsigned number)
{
    struct strbuf text = {0};

    doctor_stub(number, &text);
    puts(text.data);
    strbuf_fini(&text);
}

static int run(const struct command *c, int argc, char **argv)
{
    struct syscalls_opts o = {0};
    unsigned shown = 0, whole = 0, partial = 0, missing = 0;
    const char *filter;
    int status;

    if (!opts_parse(c, &argc, &argv, &o, &status))
        return status;
    if (argc > 1)
        return fail(STATUS_USAGE, "'%s': give one name, or a part of it",
                    argv[1]);
    filter = argc ? argv[0] : NULL;
    for (unsigned n = 0; n < syscall_count; n++) {
        const struct syscall_info *s = &syscall_infos[n];

        if (!s->name)
            continue;
        missing += !s->implemented;
        whole += s->implemented && !s->partial;
        partial += s->implemented && s->partial;
        if (((o.missing || o.stub) && s->implemented) ||
            (o.implemented && !s->implemented) || !matches(s, n, filter))
            continue;
        if (o.stub)
            print_stub(n);
        else
            print_call(s, n);
        shown++;
    }
    if (filter && !shown)
        return fail(STATUS_FAILED,
                    "no system call is called %s: see elfin "
                    "syscalls",
                    filter);
    if (!filter && !o.stub)
        printf("\n%u implemented, %u partial, %u missing, %u in all\n", whole,
               partial, missing, whole + partial + missing);
    return 0;
}

const struct command command_syscalls = {
    .name = "syscalls",
    .synopsis = "[OPTION...] [NAME|NUMBER]",
    .summary = "List the Linux system calls: implemented, partial or missing.",
    .notes = "NAME may be a part of a name: elfin syscalls epoll\n",
    .opts = syscalls_options,
    .run = run,
};
