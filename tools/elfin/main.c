// SPDX-License-Identifier: MIT
/*
 * main: the `elfin` command. Chooses the subcommand; help and version.
 */
#include "tools/elfin/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/elfin/machine.h"

static const struct opt no_options[] = {{0}};

static int run_help(const struct command *c, int argc, char **argv);

static int run_version(const struct command *c, int argc, char **argv)
{
    char *kernel;
    int status;

    if (!opts_parse(c, &argc, &argv, NULL, &status))
        return status;
    kernel = machine_find_kernel();
    printf("elfin %s\nkernel: %s\n", ELFIN_VERSION,
           kernel ? kernel : "not found beside this command");
    free(kernel);
    return 0;
}

static const struct command command_help = {
    .name = "help",
    .synopsis = "[COMMAND]",
    .summary = "Say what there is, or how one command is used.",
    .opts = no_options,
    .run = run_help,
};
static const struct command command_version = {
    .name = "version",
    .synopsis = "",
    .summary = "Print the version, and which kernel would be used.",
    .opts = no_options,
    .run = run_version,
};
/* Known by name only, so that they are not mistaken for typing errors. */
#define LATER(id, about, instead)                                   \
    static const struct command command_##id = {.name = #id,        \
                                                .synopsis = "",     \
                                                .summary = about,   \
                                                .opts = no_options, \
                                                .later = instead}
LATER(image, "Make a bootable disk.", "use elfin pack");
LATER(ps, "List the machines that run.", "use this system's ps");
LATER(logs, "Show what a machine wrote.", "redirect its output");
LATER(stop, "End a machine.", "use this system's kill");
LATER(kill, "End a machine at once.", "use this system's kill");

const struct command *const commands[] = {&command_run,
                                          &command_pack,
                                          &command_check,
                                          &command_syscalls,
                                          &command_image,
                                          &command_trace,
                                          &command_ps,
                                          &command_logs,
                                          &command_stop,
                                          &command_kill,
                                          &command_help,
                                          &command_version,
                                          NULL};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[ARRAY_SIZE(commands)], *near;
    size_t n = 0;

    for (; commands[n]; n++)
        names[n] = commands[n]->name;
    near = nearest_name(name, names, n);
    if (near)
        return fail(STATUS_USAGE, "there is no command %s: did you mean %s?",
                    name, near);
    if (access(name, X_OK) == 0)
        return fail(STATUS_USAGE,
                    "there is no command %s: to run that file, type elfin run "
                    "%s",
                    name, name);
    return fail(STATUS_USAGE, "there is no command %s: see elfin help", name);
}

static void overview(FILE *out)
{
    fprintf(out, "Usage: elfin COMMAND [OPTION...] ...\n"
                 "Runs unmodified Linux programs on the Elfin unikernel.\n"
                 "\n"
                 "Commands:\n");
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-10s %s%s\n", commands[i]->name, commands[i]->summary,
                commands[i]->later ? " (not yet)" : "");
    fprintf(out, "\nelfin COMMAND --help tells more.\n");
}

static int run_help(const struct command *c, int argc, char **argv)
{
    const struct command *about;
    int status;

    if (!opts_parse(c, &argc, &argv, NULL, &status))
        return status;
    if (argc < 1) {
        overview(stdout);
        return 0;
    }
    about = find_command(argv[0]);
    if (!about)
        return unknown_command(argv[0]);
    opts_help(about);
    return 0;
}

/* 0, 1 and 2 must be open, or a channel would get their numbers. */
static void open_standard_fds(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* What was printed must have arrived, or the status has to tell. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return status ? status : fail(STATUS_FAILED, "stdout cannot be written");
}

int main(int argc, char **argv)
{
    const struct command *c;
    const char *name;

    open_standard_fds();
    if (argc < 2) {
        overview(stderr);
        return STATUS_USAGE;
    }
    name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        name = "help";
    if (!strcmp(name, "--version") || !strcmp(name, "-V"))
        name = "version";
    c = find_command(name);
    if (!c)
        return unknown_command(name);
    if (c->later && !(argc > 2 && !strcmp(argv[2], "--help")))
        return fail(STATUS_USAGE, "%s: not supported yet: %s", name, c->later);
    if (c->later) {
        opts_help(c);
        return finish(0);
    }
    return finish(c->run(c, argc - 1, argv + 1));
}
