// SPDX-License-Identifier: MIT
/*
 * commands: the subcommands, one file each (help and version: main.c).
 */
#pragma once

#include "tools/elfin/opts.h"

#define ELFIN_VERSION "0.1.0"

extern const struct command command_run, command_pack, command_check,
    command_syscalls, command_trace;
