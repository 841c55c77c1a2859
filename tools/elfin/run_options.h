// SPDX-License-Identifier: MIT
/* run_options: what `elfin run` takes, and where the values go. */
#pragma once

#include "tools/elfin/image.h"
#include "tools/elfin/network.h"
#include "tools/elfin/opts.h"
#include "tools/elfin/util.h"

struct run_opts {
    struct image_opts image;
    struct network_opts network;
    struct strlist env, env_files, qemu, volumes;
    const char *workdir, *run_as, *hostname, *memory, *cpus, *trace, *log,
        *log_file;
    const char *machine, *accel, *kernel, *timeout;
    const char *trace_ring, *trace_file, *core, *gdb;
    const char *trace_strsize, *stub, *enosys;
    bool interactive, tty, stats, boot_ledger, dry_run, doctor;
};

extern const struct opt run_options[];
