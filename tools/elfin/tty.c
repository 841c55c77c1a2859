// SPDX-License-Identifier: MIT
/*
 * tty: see the header. One terminal only: its state is the process's.
 */
#include "tools/elfin/tty.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static volatile sig_atomic_t raw;

void tty_restore(void)
{
    if (!raw)
        return;
    raw = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* tcsetattr and raise are safe in a handler (signal-safety(7)). */
static void restore_and_die(int sig)
{
    tty_restore();
    raise(sig); /* SA_RESETHAND: this one ends us */
}

static void guard_once(void)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    const struct sigaction action = {.sa_handler = restore_and_die,
                                     .sa_flags = SA_RESETHAND | SA_NODEFER};
    static bool done;

    if (done)
        return;
    done = true;
    atexit(tty_restore);
    for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
        sigaction(fatal[i], &action, NULL);
}

void tty_make_raw(void)
{
    struct termios t;

    if (raw || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
        tcgetattr(STDIN_FILENO, &before) < 0)
        return;
    guard_once();
    t = before;
    cfmakeraw(&t);
    raw = 1;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

bool tty_is_raw(void)
{
    return raw;
}

bool tty_size(unsigned *rows, unsigned *cols)
{
    struct winsize w;

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &w) < 0 &&
        ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0)
        return false;
    *rows = w.ws_row;
    *cols = w.ws_col;
    return true;
}
