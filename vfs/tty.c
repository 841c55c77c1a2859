// SPDX-License-Identifier: MIT
/*
 * tty: what is typed. Signals are collected under the lock and sent after it
 * was dropped: the process tree lock stands above it.
 */
#include "vfs/tty.h"

#include "abi/signal.h"
#include "kernel/pid.h"
#include "kernel/terminal_job.h"
#include "vfs/tty_priv.h"

#define TAB 8

static uint16_t *slot(struct tty *t, uint32_t at)
{
    return &t->input[at % TTY_INPUT_SIZE];
}

/* --- echo --- */

/* Echo that finds no room is lost, as on a screen that is stopped. */
static void echo_raw(struct tty *t, const char *text, size_t len)
{
    if (t->ops->room(t) >= len)
        t->ops->put(t, (const uint8_t *)text, len);
}

static bool is_control(uint8_t c)
{
    return (c < ' ' && c != '\t' && c != '\n') || c == 0x7f;
}

static void echo(struct tty *t, uint8_t c)
{
    char caret[2] = {'^', (char)(c ^ 0x40)};

    if (!tty_has(t, ECHO) && !(c == '\n' && tty_has(t, ECHONL)))
        return;
    if (is_control(c) && tty_has(t, ECHOCTL)) {
        echo_raw(t, caret, 2);
        t->column += 2;
    } else {
        (void)tty_put_processed(t, c);
    }
}

static unsigned width_of(const struct tty *t, uint8_t c)
{
    if (c == '\t')
        return TAB; /* about: the line is not drawn anew */
    if (is_control(c))
        return tty_has(t, ECHOCTL) ? 2 : 0;
    return (t->termios.c_iflag & IUTF8) && (c & 0xc0) == 0x80 ? 0 : 1;
}

static void rub_out(struct tty *t, unsigned width)
{
    while (width--) {
        echo_raw(t, "\b \b", 3);
        t->column -= t->column > 0;
    }
}

/* --- editing a line --- */

/* Takes the last character of the line back. */
static void erase_one(struct tty *t)
{
    uint8_t c;

    do {
        c = (uint8_t)*slot(t, --t->head);
    } while ((t->termios.c_iflag & IUTF8) && (c & 0xc0) == 0x80 &&
             t->head != t->canon);
    if (tty_has(t, ECHO) && tty_has(t, ECHOE))
        rub_out(t, width_of(t, c));
    else
        echo(t, t->termios.c_cc[VERASE]);
}

static bool last_is_blank(struct tty *t)
{
    uint8_t c = (uint8_t)*slot(t, t->head - 1);

    return c == ' ' || c == '\t';
}

static void erase_word(struct tty *t)
{
    while (t->head != t->canon && last_is_blank(t))
        erase_one(t);
    while (t->head != t->canon && !last_is_blank(t))
        erase_one(t);
}

static void erase_line(struct tty *t)
{
    if (tty_has(t, ECHOKE) && tty_has(t, ECHOE)) {
        while (t->head != t->canon)
            erase_one(t);
        return;
    }
    t->head = t->canon;
    echo(t, t->termios.c_cc[VKILL]);
    if (tty_has(t, ECHOK))
        echo(t, '\n');
}

static void reprint(struct tty *t)
{
    echo(t, t->termios.c_cc[VREPRINT]);
    echo(t, '\n');
    for (uint32_t at = t->canon; at != t->head; at++)
        echo(t, (uint8_t)*slot(t, at));
}

static void store(struct tty *t, uint16_t what)
{
    if (t->head - t->tail < TTY_INPUT_SIZE)
        *slot(t, t->head++) = what;
}

static void end_line(struct tty *t, uint16_t what)
{
    store(t, what | TTY_LINE_END);
    t->canon = t->head;
}

/* Is c this special character? 0 switches one off. */
static bool is_special(const struct tty *t, unsigned which, uint8_t c)
{
    return t->termios.c_cc[which] && t->termios.c_cc[which] == c;
}

/* Characters that edit; true: c was one. */
static bool edit(struct tty *t, uint8_t c)
{
    bool some = t->head != t->canon;

    if (is_special(t, VERASE, c)) {
        if (some)
            erase_one(t);
    } else if (is_special(t, VKILL, c)) {
        erase_line(t);
    } else if (is_special(t, VWERASE, c) && tty_has(t, IEXTEN)) {
        erase_word(t);
    } else if (is_special(t, VREPRINT, c) && tty_has(t, IEXTEN)) {
        reprint(t);
    } else if (is_special(t, VLNEXT, c) && tty_has(t, IEXTEN)) {
        t->quoted = true;
        if (tty_has(t, ECHO) && tty_has(t, ECHOCTL))
            echo_raw(t, "^\b", 2);
    } else if (is_special(t, VEOF, c)) {
        end_line(t, TTY_EOF);
    } else {
        return false;
    }
    return true;
}

static void take_canonical(struct tty *t, uint8_t c)
{
    /* The last place is for the end of the line. */
    bool full = t->head - t->tail >= TTY_INPUT_SIZE - 1;

    if (t->quoted) {
        t->quoted = false;
    } else if (edit(t, c)) {
        return;
    } else if (c == '\n' || is_special(t, VEOL, c) || is_special(t, VEOL2, c)) {
        echo(t, c);
        end_line(t, c);
        return;
    }
    if (full)
        return;
    echo(t, c);
    store(t, c);
}

/* --- signals and flow --- */

void tty_flush_input_locked(struct tty *t)
{
    t->tail = t->canon = t->head;
    t->quoted = false;
}

static int signal_of(const struct tty *t, uint8_t c)
{
    if (!tty_has(t, ISIG))
        return 0;
    if (is_special(t, VINTR, c))
        return SIGINT;
    if (is_special(t, VQUIT, c))
        return SIGQUIT;
    return is_special(t, VSUSP, c) ? SIGTSTP : 0;
}

void tty_stop(struct tty *t, bool stopped)
{
    if (t->stopped != stopped)
        tty_event(t, stopped ? TIOCPKT_STOP : TIOCPKT_START);
    t->stopped = stopped;
}

/* VSTART and VSTOP; true: c was one. */
static bool flow(struct tty *t, uint8_t c)
{
    if (!(t->termios.c_iflag & IXON))
        return false;
    if (is_special(t, VSTOP, c)) {
        tty_stop(t, true);
        return true;
    }
    if (is_special(t, VSTART, c)) {
        tty_stop(t, false);
        return true;
    }
    if (t->termios.c_iflag & IXANY)
        tty_stop(t, false);
    return false;
}

/* One byte; the signal that it means, or 0. Locked. */
static int take(struct tty *t, uint8_t c)
{
    uint32_t mode = t->termios.c_iflag;
    int sig;

    if (mode & ISTRIP)
        c &= 0x7f;
    if (!t->quoted) {
        if (flow(t, c))
            return 0;
        sig = signal_of(t, c);
        if (sig) {
            if (!tty_has(t, NOFLSH)) {
                tty_flush_input_locked(t);
                tty_event(t, TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
            }
            echo(t, c);
            return sig;
        }
        if (c == '\r' && (mode & IGNCR))
            return 0;
        if (c == '\r' && (mode & ICRNL))
            c = '\n';
        else if (c == '\n' && (mode & INLCR))
            c = '\r';
    }
    if (tty_has(t, ICANON)) {
        take_canonical(t, c);
    } else {
        echo(t, c);
        store(t, c);
        t->canon = t->head;
    }
    return 0;
}

/* Without lines, what finds no place waits outside. */
static bool has_place(const struct tty *t)
{
    return tty_has(t, ICANON)
               ? t->canon == t->tail || t->head - t->tail < TTY_INPUT_SIZE - 1
               : t->head - t->tail < TTY_INPUT_SIZE;
}

size_t tty_input(struct tty *t, const uint8_t *data, size_t len)
{
    size_t n = 0;

    while (n < len) {
        unsigned long irq = spin_lock(&t->lock);
        struct pid *group = NULL;
        int sig = 0;

        while (n < len && !sig && has_place(t))
            sig = take(t, data[n++]);
        if (sig && t->foreground)
            pid_get(group = t->foreground);
        spin_unlock(&t->lock, irq);
        if (group) {
            terminal_job_signal(group, sig);
            pid_put(group);
        }
        if (!sig)
            break;
    }
    if (n) {
        wait_queue_wake_all(&t->readable);
        tty_progress(t);
    }
    return n;
}
