// SPDX-License-Identifier: MIT
/*
 * volume: -v HOSTDIR:GUESTDIR[:ro]: directories of the host that the program
 * sees, served by QEMU over 9P.
 */
#pragma once

#include "tools/elfin/machine.h"

/* Are they all right? 0, or a status with the reason told. */
int volume_check(const struct strlist *volumes, enum machine_kind kind);

/* QEMU's arguments for them. */
void volume_args(const struct strlist *volumes, enum machine_kind kind,
                 struct strlist *args);

/* What the kernel command line must say: words, each with a blank behind. */
void volume_cmdline(const struct strlist *volumes, enum machine_kind kind,
                    struct strbuf *line);
