// SPDX-License-Identifier: MIT
/*
 * relay: runs a machine to its end and passes on what goes in and out of it.
 *
 * stdin goes to the program once it is about to start, and its end is passed
 * on behind the last byte. stdout and stderr come out byte for byte, each in
 * order. The log is kept (tools/elfin/log.h); the control channel gives the
 * verdict. Nothing is lost at the end: the channels are emptied before
 * relay_run returns, unless the run was stopped from here.
 *
 * Signals that the command gets go on to the program. SIGINT twice within two
 * seconds, and SIGTERM after ten more, stop the machine; before the program
 * starts, any does.
 */
#pragma once

#include "tools/elfin/control.h"
#include "tools/elfin/doctor.h"
#include "tools/elfin/log.h"
#include "tools/elfin/machine.h"

enum relay_stop {
    STOP_NONE,
    STOP_SIGNAL,  /* stop_code: the signal that the command got */
    STOP_TIMEOUT, /* the time was up */
    STOP_OUTPUT,  /* stop_code: the errno of stdout or stderr */
    STOP_SILENT,  /* it gave a verdict, and then did not end */
    STOP_KVM      /* KVM gave up on the guest, which QEMU has paused */
};

struct relay {
    /* In */
    const struct strlist *args;     /* of QEMU, made for channels below */
    int machine_end[CHANNEL_COUNT]; /* relay_open fills these in */
    uint64_t timeout_ns;            /* 0: none */
    bool publishes;                 /* ports of the host lead in */
    struct log log;                 /* as set up by the caller */
    bool tty; /* stdin's channel is a terminal's, with output too */

    /* Out */
    struct verdict verdict;
    struct doctor doctor; /* facts; the caller calls doctor_fini */
    enum relay_stop stop;
    int stop_code;
    uint64_t passed_on; /* signals that went to the program; bit n - 1 */
    int wait_status;    /* of QEMU, as waitpid gives it */
    uint64_t started, ready, first_byte, ended; /* now_ns, or 0 */

    int own_end[CHANNEL_COUNT];
};

/* Opens the channels. 0 or a negative errno. */
int relay_open(struct relay *r);
/* Starts QEMU and stays until it has ended. 0, or a negative errno when it
 * could not be started. */
int relay_run(struct relay *r);
void relay_close(struct relay *r);
