// SPDX-License-Identifier: MIT
/*
 * relay: one poll loop over the channels, QEMU's messages and signals.
 */
#include "tools/elfin/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/elfin/backlog.h"
#include "tools/elfin/probe.h"
#include "tools/elfin/process.h"
#include "tools/elfin/pump.h"
#include "tools/elfin/tty.h"

/* How long a machine may take to end once it gave its verdict. */
#define END_LIMIT        (5 * NSEC_PER_SEC)
/* How long a stopped run may take to write what had come before. */
#define DRAIN_LIMIT      NSEC_PER_SEC
/* How often a command in the background looks whether it may read stdin. */
#define FOREGROUND_CHECK (500 * NSEC_PER_MSEC)
/* A second SIGINT within this time stops the machine. */
#define TWICE_LIMIT      (2 * NSEC_PER_SEC)
/* How long the program may take to end once it got SIGTERM. */
#define TERM_LIMIT       (10 * NSEC_PER_SEC)
/* Typed three times within this time, ESCAPE stops the machine. */
#define ESCAPE_LIMIT     NSEC_PER_SEC
#define ESCAPE           0x1d /* ^] */
#define ESCAPES          3
#define END_OF_FILE      4 /* ^D */

/*
 * What a socket holds before QEMU has to wait: many small writes, each of
 * which costs the host hundreds of bytes. The system may allow less.
 */
enum { SEND_BUFFER = 1 << 20 };

enum { PUMP_IN, PUMP_OUT, PUMP_ERR, PUMPS };

/* The places of the loop's poll table. */
enum {
    POLL_SIGNAL,
    POLL_QEMU,
    POLL_LOG,
    POLL_COM1,
    POLL_CONTROL,
    POLL_FROM, /* one for each pump */
    POLL_TO = POLL_FROM + PUMPS,
    POLL_COUNT = POLL_TO + PUMPS
};

struct loop {
    struct relay *r;
    struct child child;
    bool child_ended;
    int signal_fd;
    struct pump *pumps; /* PUMPS of them */
    struct pollfd fds[POLL_COUNT];
    char control[CONTROL_LINE_MAX];
    size_t control_len;
    uint64_t deadline; /* of what is waited for now; 0: none */
    bool stdin_is_tty;
    uint64_t interrupted; /* when SIGINT came last */
    uint64_t term_limit;  /* when SIGTERM's time is over; 0: none came */
    uint64_t escaped;     /* when the first of the escapes came */
    unsigned escapes;
};

int relay_open(struct relay *r)
{
    const int room = SEND_BUFFER;

    for (int i = 0; i < CHANNEL_COUNT; i++)
        r->own_end[i] = r->machine_end[i] = -1;
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
            return -errno;
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
        r->own_end[i] = ends[0];
        r->machine_end[i] = ends[1];
    }
    return 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void relay_close(struct relay *r)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        close_fd(&r->own_end[i]);
        close_fd(&r->machine_end[i]);
    }
}

/* Ends the machine at once; the first reason counts. */
static void stop(struct loop *l, enum relay_stop why, int code)
{
    if (l->r->stop == STOP_NONE) {
        l->r->stop = why;
        l->r->stop_code = code;
        l->deadline = now_ns() + DRAIN_LIMIT;
    }
    if (!l->child_ended)
        kill(l->child.pid, SIGKILL);
}

/* One line to the kernel; false: it cannot be told. */
static bool tell_kernel(struct loop *l, const char *fmt, ...) printf_like(2, 3);

static bool tell_kernel(struct loop *l, const char *fmt, ...)
{
    char line[64];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    return send(l->r->own_end[CHANNEL_CONTROL], line, (size_t)n,
                MSG_DONTWAIT | MSG_NOSIGNAL) == n;
}

/* A signal for the program; one that it cannot get any more, or yet, ends the
 * machine. */
static void pass_on(struct loop *l, int sig)
{
    uint64_t now = now_ns();
    bool twice =
        sig == SIGINT && l->interrupted && now - l->interrupted < TWICE_LIMIT;

    if (sig == SIGINT)
        l->interrupted = now;
    if (twice || !l->r->verdict.ready || !tell_kernel(l, "signal %d\n", sig)) {
        stop(l, STOP_SIGNAL, sig);
        return;
    }
    l->r->passed_on |= 1ull << (sig - 1);
    if (sig == SIGTERM && !l->term_limit)
        l->term_limit = now + TERM_LIMIT;
}

static void send_size(struct loop *l)
{
    unsigned rows, cols;

    if (l->r->tty && l->r->verdict.ready && tty_size(&rows, &cols))
        (void)tell_kernel(l, "size %u %u\n", rows, cols);
}

/* SIGTSTP, from outside: the terminal is the shell's meanwhile. */
static void pause_command(void)
{
    tty_restore();
    raise(SIGSTOP);
}

static void take_signal(struct loop *l)
{
    struct signalfd_siginfo s;

    if (read(l->signal_fd, &s, sizeof(s)) != sizeof(s))
        return;
    switch (s.ssi_signo) {
    case SIGCHLD:
        if (!l->child_ended &&
            waitpid(l->child.pid, &l->r->wait_status, WNOHANG) > 0)
            l->child_ended = true;
        break;
    case SIGTSTP:
        pause_command();
        break;
    case SIGWINCH:
    case SIGCONT:
        send_size(l);
        break;
    default:
        pass_on(l, (int)s.ssi_signo);
    }
}

static void take_control(struct loop *l, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n') {
            if (l->control_len < sizeof(l->control) - 1)
                l->control[l->control_len++] = data[i];
            continue;
        }
        l->control[l->control_len] = '\0';
        l->control_len = 0;
        if (!doctor_line(&l->r->doctor, l->control))
            control_line(&l->r->verdict, l->control);
        if (l->r->verdict.ready && !l->r->ready) {
            l->r->ready = now_ns();
            send_size(l); /* it may have changed since the start */
            if (l->r->publishes)
                backlog_widen(l->child.pid);
        }
        if (l->r->verdict.kind != VERDICT_NONE && !l->deadline)
            l->deadline = now_ns() + END_LIMIT;
    }
}

/*
 * Reads what a channel to the machine has to say; at its end, closes it. A
 * poll entry without a descriptor is -1, which poll skips.
 */
static void take_text(struct loop *l, int place, int *fd)
{
    char data[16384];
    ssize_t n;

    n = *fd < 0 ? -1 : read(*fd, data, sizeof(data));

    if (*fd < 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    if (n > 0 && place == POLL_QEMU &&
        memmem(data, (size_t)n, PROBE_KVM_ERROR, strlen(PROBE_KVM_ERROR)))
        stop(l, STOP_KVM, 0);
    if (n <= 0)
        close_fd(fd);
    else if (place == POLL_CONTROL)
        take_control(l, data, (size_t)n);
    else
        log_feed(&l->r->log,
                 place == POLL_LOG    ? LOG_PORT
                 : place == POLL_COM1 ? LOG_COM1
                                      : LOG_QEMU,
                 data, (size_t)n);
}

/*
 * stdin is read once the program is there to take it, and from a terminal
 * only in the foreground: else the terminal would stop us.
 */
static bool may_read_stdin(const struct loop *l)
{
    if (!l->r->verdict.ready || l->child_ended || l->r->own_end[0] < 0)
        return false;
    return !l->stdin_is_tty || tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void set_poll(struct loop *l, int place, int fd, short events)
{
    l->fds[place] = (struct pollfd){.fd = events ? fd : -1, .events = events};
}

static void set_polls(struct loop *l)
{
    int *own = l->r->own_end;

    set_poll(l, POLL_SIGNAL, l->signal_fd, POLLIN);
    set_poll(l, POLL_QEMU, l->child.error_fd, POLLIN);
    set_poll(l, POLL_LOG, own[CHANNEL_LOG], POLLIN);
    set_poll(l, POLL_COM1, own[CHANNEL_COM1], POLLIN);
    set_poll(l, POLL_CONTROL, own[CHANNEL_CONTROL], POLLIN);
    for (int i = 0; i < PUMPS; i++) {
        struct pump *p = &l->pumps[i];
        bool input = pump_wants_input(p) && (i != PUMP_IN || may_read_stdin(l));

        set_poll(l, POLL_FROM + i, p->from, input ? POLLIN : 0);
        set_poll(l, POLL_TO + i, p->to, pump_wants_output(p) ? POLLOUT : 0);
    }
}

/* Milliseconds for poll, rounded up; -1: no limit. */
static int poll_limit(const struct loop *l)
{
    uint64_t now = now_ns(), until = UINT64_MAX;

    /* What is left after the machine's end may take as long as it takes. */
    if (l->deadline && (!l->child_ended || l->r->stop != STOP_NONE))
        until = l->deadline;
    if (l->r->timeout_ns && l->r->stop == STOP_NONE && !l->child_ended)
        until = MIN(until, l->r->started + l->r->timeout_ns);
    if (l->term_limit && l->r->stop == STOP_NONE && !l->child_ended)
        until = MIN(until, l->term_limit);
    if (l->stdin_is_tty && !l->pumps[PUMP_IN].eof)
        until = MIN(until, now + FOREGROUND_CHECK);
    if (until == UINT64_MAX)
        return -1;
    if (until <= now)
        return 0;
    return (int)MIN((until - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC,
                    3600000ull);
}

/* A terminal's input ends with ^D, and with two where a line is open. */
static void type_end_of_file(const struct pump *p)
{
    static const char ends[] = {END_OF_FILE, END_OF_FILE};
    char last = p->at ? p->buffer[p->at - 1] : '\n';

    (void)send(p->to, ends, last == '\n' || last == '\r' ? 1 : 2,
               MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Passes the end of stdin on, behind all of it. */
static void end_stdin(struct loop *l)
{
    struct pump *p = &l->pumps[PUMP_IN];

    if (p->to < 0 || !(pump_done(p) || p->broken))
        return;
    if (l->r->tty) { /* the channel is needed for output */
        type_end_of_file(p);
        p->eof = true;
        p->to = -1;
        return;
    }
    /*
     * Half a close: QEMU reads what is in the socket, and then its end. A
     * whole close would drop what the machine has not taken yet. The
     * descriptor itself stays open till the machine is gone.
     */
    shutdown(p->to, SHUT_WR);
    p->eof = true;
    p->to = -1;
}

/* Whoever types ^] three times in a second wants out. */
static void look_for_escape(struct loop *l)
{
    const struct pump *p = &l->pumps[PUMP_IN];
    uint64_t now = now_ns();

    for (size_t i = p->at; tty_is_raw() && i < p->at + p->len; i++) {
        bool is = p->buffer[i] == ESCAPE;

        if (!is || !l->escapes || now - l->escaped > ESCAPE_LIMIT) {
            l->escapes = is;
            l->escaped = now;
        } else if (++l->escapes == ESCAPES) {
            stop(l, STOP_SIGNAL, SIGINT);
        }
    }
}

static void run_pumps(struct loop *l)
{
    for (int i = 0; i < PUMPS; i++) {
        struct pump *p = &l->pumps[i];

        if (l->fds[POLL_FROM + i].revents)
            pump_read(p);
        if (l->fds[POLL_FROM + i].revents && i == PUMP_IN)
            look_for_escape(l);
        if (l->fds[POLL_TO + i].revents)
            pump_write(p);
        if (i == PUMP_IN) {
            end_stdin(l);
            continue;
        }
        if (p->broken && !p->eof)
            stop(l, STOP_OUTPUT, p->error);
        if (i == PUMP_OUT && p->total && !l->r->first_byte)
            l->r->first_byte = now_ns();
    }
}

static void check_time(struct loop *l)
{
    uint64_t now = now_ns();
    struct relay *r = l->r;

    if (l->child_ended || r->stop != STOP_NONE)
        return;
    /* A machine whose output is not taken cannot end: that is not its fault. */
    if (l->deadline && (l->pumps[PUMP_OUT].len || l->pumps[PUMP_ERR].len))
        l->deadline = now + END_LIMIT;
    if (l->term_limit && now >= l->term_limit)
        stop(l, STOP_SIGNAL, SIGTERM);
    else if (r->timeout_ns && now - r->started >= r->timeout_ns)
        stop(l, STOP_TIMEOUT, 0);
    else if (l->deadline && now >= l->deadline)
        stop(l, STOP_SILENT, 0);
}

/*
 * The machine is gone, and all that it said has been passed on; or the run was
 * stopped, and nobody takes the rest in time.
 */
static bool is_over(const struct loop *l)
{
    const int *own = l->r->own_end;

    if (!l->child_ended)
        return false;
    if (l->r->stop != STOP_NONE && now_ns() >= l->deadline)
        return true;
    return own[CHANNEL_LOG] < 0 && own[CHANNEL_COM1] < 0 &&
           own[CHANNEL_CONTROL] < 0 && l->child.error_fd < 0 &&
           pump_done(&l->pumps[PUMP_OUT]) && pump_done(&l->pumps[PUMP_ERR]);
}

static void loop_run(struct loop *l)
{
    int *own = l->r->own_end;

    while (!is_over(l)) {
        if (l->r->tty && l->stdin_is_tty && l->r->verdict.ready)
            tty_make_raw();
        set_polls(l);
        if (poll(l->fds, POLL_COUNT, poll_limit(l)) < 0 && errno != EINTR)
            break;
        if (l->fds[POLL_SIGNAL].revents)
            take_signal(l);
        if (l->fds[POLL_QEMU].revents)
            take_text(l, POLL_QEMU, &l->child.error_fd);
        if (l->fds[POLL_LOG].revents)
            take_text(l, POLL_LOG, &own[CHANNEL_LOG]);
        if (l->fds[POLL_COM1].revents)
            take_text(l, POLL_COM1, &own[CHANNEL_COM1]);
        run_pumps(l);
        if (l->fds[POLL_CONTROL].revents)
            take_text(l, POLL_CONTROL, &own[CHANNEL_CONTROL]);
        check_time(l);
    }
}

/*
 * Signals come through a descriptor from here on; SIGPIPE as EPIPE. Those that
 * we were started to ignore (nohup, a shell's background jobs) stay ignored.
 */
static int catch_signals(bool tty)
{
    static const int caught[] = {SIGINT,  SIGTERM, SIGHUP,
                                 SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (tty) {
        sigaddset(&set, SIGWINCH);
        sigaddset(&set, SIGCONT);
        sigaddset(&set, SIGTSTP);
    }
    for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
        struct sigaction now;

        if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&set, caught[i]);
    }
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    signal(SIGCHLD, SIG_DFL); /* inherited as ignored, it would not come */
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int relay_run(struct relay *r)
{
    struct loop l = {.r = r, .signal_fd = catch_signals(r->tty)};
    int err;

    if (l.signal_fd < 0)
        return -errno;
    l.pumps = xcalloc(PUMPS, sizeof(*l.pumps));
    pump_init(&l.pumps[PUMP_IN], STDIN_FILENO, r->own_end[CHANNEL_STDIN]);
    pump_init(&l.pumps[PUMP_OUT],
              r->own_end[r->tty ? CHANNEL_STDIN : CHANNEL_STDOUT],
              STDOUT_FILENO);
    pump_init(&l.pumps[PUMP_ERR], r->own_end[CHANNEL_STDERR], STDERR_FILENO);
    l.stdin_is_tty = isatty(STDIN_FILENO);
    r->started = now_ns();
    err = child_start(&l.child, r->args, r->machine_end, CHANNEL_COUNT);
    if (!err) {
        for (int i = 0; i < CHANNEL_COUNT; i++)
            close_fd(&r->machine_end[i]);
        loop_run(&l);
        tty_restore();
        r->ended = now_ns();
        log_flush(&r->log);
        close_fd(&l.child.error_fd);
    }
    close(l.signal_fd);
    free(l.pumps);
    return err;
}
