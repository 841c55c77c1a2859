// SPDX-License-Identifier: MIT
/*
 * trace: turns what a machine recorded into text, tables, a file for trace
 * viewers, or a picture.
 */
#include "tools/elfin/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/elfin/trace_report.h"

struct trace_opts {
    bool text, all, summary, cpu_only;
    const char *json, *flame, *title;
};

#define AT(field) offsetof(struct trace_opts, field)

static const struct opt trace_options[] = {
    {0, "summary", OPT_FLAG, NULL,
     "tables of calls, threads, page faults and interrupts (the default)",
     AT(summary), NULL},
    {0, "text", OPT_FLAG, NULL, "the system calls, as strace prints them",
     AT(text), NULL},
    {0, "all", OPT_FLAG, NULL,
     "with --text: switches, wake-ups, faults and interrupts too", AT(all),
     NULL},
    {0, "json", OPT_TEXT, "OUT",
     "a file for ui.perfetto.dev and chrome://tracing", AT(json), NULL},
    {0, "flame", OPT_TEXT, "OUT.svg", "a flame graph of threads and calls",
     AT(flame), NULL},
    {0, "cpu", OPT_FLAG, NULL, "with --flame: without the time spent waiting",
     AT(cpu_only), NULL},
    {0, "title", OPT_TEXT, "TEXT", "with --flame: its title", AT(title), NULL},
    {0},
};

static int open_output(const char *path, FILE **out)
{
    *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
    return *out ? 0 : fail(STATUS_FAILED, "%s: %s", path, strerror(errno));
}

static int close_output(const char *path, FILE *out)
{
    bool bad = fflush(out) != 0 || ferror(out);

    if (out != stdout && fclose(out) != 0)
        bad = true;
    return bad ? fail(STATUS_FAILED, "%s: cannot be written", path) : 0;
}

/* The program's name is that of its first thread. */
static void default_title(const struct trace *t, char *buf, size_t size)
{
    size_t first = trace_thread_index(t, 1);

    snprintf(buf, size, "%s on Elfin",
             first == SIZE_MAX ? "A program" : t->threads[first].name);
}

static int report(const struct trace *t, const struct trace_opts *o)
{
    char title[64];
    int status = 0;
    FILE *out;

    if (o->text)
        trace_text(t, o->all, stdout);
    if (o->summary || !(o->text || o->json || o->flame))
        trace_summary(t, stdout);
    if (o->json) {
        status = open_output(o->json, &out);
        if (status)
            return status;
        trace_json(t, out);
        status = close_output(o->json, out);
    }
    if (o->flame && !status) {
        status = open_output(o->flame, &out);
        if (status)
            return status;
        default_title(t, title, sizeof(title));
        trace_flame(t, o->title ? o->title : title, o->cpu_only, out);
        status = close_output(o->flame, out);
    }
    return status;
}

static int read_and_report(const char *path, const struct trace_opts *o)
{
    struct mapped_file f;
    const char *problem;
    struct trace t;
    int status, err = file_map(path, &f);

    if (err)
        return fail(STATUS_FAILED, "%s: %s", path, strerror(-err));
    problem = trace_parse(&t, f.data, f.size);
    file_unmap(&f);
    status =
        problem ? fail(STATUS_FAILED, "%s %s", path, problem) : report(&t, o);
    trace_fini(&t);
    return status;
}

static int run(const struct command *c, int argc, char **argv)
{
    struct trace_opts o = {0};
    const char *path;
    int status;

    if (!opts_parse(c, &argc, &argv, &o, &status))
        return status;
    if (argc < 1)
        return fail(STATUS_USAGE, "no trace given: elfin trace FILE (see elfin "
                                  "trace --help)");
    /* Options may stand behind the file as well. */
    path = argv[0];
    if (!opts_parse(c, &argc, &argv, &o, &status))
        return status;
    if (argc > 0)
        return fail(STATUS_USAGE, "'%s': give one trace only", argv[0]);
    return read_and_report(path, &o);
}

const struct command command_trace = {
    .name = "trace",
    .synopsis = "[OPTION...] FILE",
    .summary = "Turn a recorded trace into text, tables, or a picture.",
    .notes = "FILE is what elfin run --trace-file FILE wrote. OUT may be -, "
             "for stdout.\n"
             "\n"
             "  elfin run --trace-file t --add FILE /usr/bin/sort -r FILE\n"
             "  elfin trace t\n"
             "  elfin trace t --flame t.svg --json t.json\n",
    .opts = trace_options,
    .run = run,
};
