// SPDX-License-Identifier: MIT
/*
 * outcome: from the verdict, or the lack of one, to messages and a status.
 */
#include "tools/elfin/outcome.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static int report_stop(struct relay *r, const char *program)
{
    switch (r->stop) {
    case STOP_TIMEOUT:
        log_show(&r->log);
        return fail(STATUS_TIMEOUT, "%s: stopped: the time of --timeout is up",
                    program);
    case STOP_OUTPUT:
        /* A program that nobody reads gets SIGPIPE, which says nothing. */
        if (r->stop_code == EPIPE)
            return 128 + SIGPIPE;
        return fail(STATUS_FAILED, "%s: its output cannot be written (%s)",
                    program, strerror(r->stop_code));
    case STOP_SIGNAL:
        return 128 + r->stop_code;
    case STOP_SILENT:
        warn("%s: the machine did not end by itself and was stopped", program);
        break;
    case STOP_KVM:
        log_show(&r->log);
        return fail(STATUS_FAILED,
                    "%s: KVM on this host could not run the machine: use "
                    "--accel tcg",
                    program);
    case STOP_NONE:
        break;
    }
    return -1;
}

/* QEMU ended, and the machine had not said why. */
static int report_silence(struct relay *r, const char *program)
{
    int code = WEXITSTATUS(r->wait_status);

    log_show(&r->log);
    if (WIFSIGNALED(r->wait_status))
        return fail(STATUS_FAILED, "%s: QEMU died of signal %d (SIG%s)",
                    program, WTERMSIG(r->wait_status),
                    sigabbrev_np(WTERMSIG(r->wait_status)));
    if (!r->verdict.ready && code == 1)
        return fail(STATUS_FAILED, "%s: QEMU did not start the machine",
                    program);
    return fail(STATUS_FAILED,
                "%s: the machine ended without telling a status (QEMU's was "
                "%d): try --log debug",
                program, code);
}

bool outcome_was_wanted(const struct relay *r)
{
    int sig = r->verdict.code;

    if (r->verdict.kind != VERDICT_SIGNAL || sig == SIGQUIT)
        return false;
    return (r->passed_on & 1ull << (sig - 1)) || (r->tty && sig == SIGINT);
}

int outcome_report(struct relay *r, const char *program)
{
    const struct verdict *v = &r->verdict;
    const char *name;
    int status = report_stop(r, program);

    if (status >= 0)
        return status;
    switch (v->kind) {
    case VERDICT_NONE:
        return report_silence(r, program);
    case VERDICT_EXIT:
        log_show_errors(&r->log);
        break;
    case VERDICT_SIGNAL:
        if (outcome_was_wanted(r))
            break;
        log_show(&r->log);
        name = sigabbrev_np(v->code);
        warn("%s died of signal %d (%s%s)", program, v->code, name ? "SIG" : "",
             name ? name : "real-time");
        break;
    case VERDICT_REFUSED:
        if (!*v->text)
            log_show(&r->log);
        warn("%s", *v->text ? v->text : "the kernel refused the program");
        break;
    case VERDICT_PANIC:
        log_show(&r->log);
        warn("the kernel failed: %s", v->text);
        break;
    }
    return verdict_status(v);
}
