// SPDX-License-Identifier: MIT
/* pty: pairs of terminals, and the line discipline; pty(7), termios(3). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "pty.h"

static char got[8192];

static void open_pair(void)
{
    open_ends(O_NONBLOCK);
}

static void type(const char *text)
{
    CHECK_EQ(write(master, text, strlen(text)), strlen(text));
}

/* Linux hands what is written to the other side in a worker thread. */
static const char *text_of(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t n = 0;

    memset(got, 0, sizeof(got));
    while (poll(&p, 1, n ? 30 : 300) > 0 && (p.revents & POLLIN)) {
        ssize_t more = read(fd, got + n, sizeof(got) - 1 - (size_t)n);

        if (more <= 0)
            break;
        n += more;
    }
    return got;
}

static void check_text(int fd, const char *expected)
{
    const char *text = text_of(fd);

    if (strcmp(text, expected))
        CHECK_FAIL("read \"%s\", not \"%s\"", text, expected);
}

static void change(tcflag_t clear, tcflag_t set)
{
    struct termios t;

    CHECK_EQ(tcgetattr(slave, &t), 0);
    t.c_lflag = (t.c_lflag & ~clear) | set;
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
}

static void a_pair_has_a_name_and_is_a_terminal(void)
{
    struct stat st;

    open_pair();
    CHECK(!strncmp(ptsname(master), "/dev/pts/", 9));
    CHECK(isatty(master) && isatty(slave));
    CHECK_EQ(stat(ptsname(master), &st), 0);
    CHECK(S_ISCHR(st.st_mode));
    CHECK(!strcmp(ttyname(slave), ptsname(master)));
    close_pair();
}

static void a_locked_terminal_cannot_be_opened(void)
{
    master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK_ERRNO(open(ptsname(master), O_RDWR | O_NOCTTY), EIO);
    CHECK_EQ(unlockpt(master), 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CHECK(slave >= 0);
    close_pair();
}

static void lines_come_whole(void)
{
    open_pair();
    change(ECHO, 0);
    type("hel");
    check_text(slave, "");
    type("lo\nmore");
    check_text(slave, "hello\n");
    type("\n");
    check_text(slave, "more\n");
    close_pair();
}

static void a_line_is_read_in_pieces(void)
{
    open_pair();
    change(ECHO, 0);
    type("abc\ndef\n");
    usleep(20000);
    CHECK_EQ(read(slave, got, 2), 2);
    CHECK_EQ(read(slave, got, 100), 2);
    CHECK_EQ(read(slave, got, 100), 4);
    CHECK(!memcmp(got, "def\n", 4));
    CHECK_ERRNO(read(slave, got, 100), EAGAIN);
    close_pair();
}

static void what_is_typed_is_echoed(void)
{
    open_pair();
    type("ab\r");
    check_text(master, "ab\r\n");
    check_text(slave, "ab\n");
    type("\001\n");
    check_text(master, "^A\r\n");
    close_pair();
}

static void lines_are_edited(void)
{
    open_pair();
    type("abx\177c\n");
    check_text(master, "abx\b \bc\r\n");
    check_text(slave, "abc\n");
    change(ECHO, 0);
    type("wrong\025right\n");
    check_text(slave, "right\n");
    type("one two  \027three\n");
    check_text(slave, "one three\n");
    type("\026\003\n");
    check_text(slave, "\003\n");
    close_pair();
}

static void the_end_of_file_character_ends_a_read(void)
{
    open_pair();
    change(ECHO, 0);
    type("ab\004");
    usleep(20000);
    CHECK_EQ(read(slave, got, 100), 2);
    type("\004");
    usleep(20000);
    CHECK_EQ(read(slave, got, 100), 0);
    CHECK_ERRNO(read(slave, got, 100), EAGAIN);
    close_pair();
}

static void raw_mode_passes_all(void)
{
    struct termios t;

    open_pair();
    CHECK_EQ(tcgetattr(slave, &t), 0);
    cfmakeraw(&t);
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
    type("a\r\003\177\004");
    check_text(slave, "a\r\003\177\004");
    check_text(master, "");
    CHECK_EQ(write(slave, "x\ny", 3), 3);
    check_text(master, "x\ny");
    close_pair();
}

static void output_gets_carriage_returns(void)
{
    open_pair();
    CHECK_EQ(write(slave, "a\nb\n", 4), 4);
    check_text(master, "a\r\nb\r\n");
    close_pair();
}

static void min_and_time_rule_raw_reads(void)
{
    struct termios t;

    open_pair();
    CHECK_EQ(fcntl(slave, F_SETFL, O_RDWR), 0);
    CHECK_EQ(tcgetattr(slave, &t), 0);
    cfmakeraw(&t);
    t.c_cc[VMIN] = 0;
    t.c_cc[VTIME] = 0;
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
    CHECK_EQ(read(slave, got, 10), 0);
    t.c_cc[VTIME] = 1;
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
    CHECK_EQ(read(slave, got, 10), 0);
    type("q");
    CHECK_EQ(read(slave, got, 10), 1);
    t.c_cc[VMIN] = 3;
    t.c_cc[VTIME] = 0;
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
    type("abc");
    CHECK_EQ(read(slave, got, 10), 3);
    close_pair();
}

static void the_window_has_a_size(void)
{
    struct winsize w = {25, 80, 0, 0}, back;

    open_pair();
    CHECK_EQ(ioctl(slave, TIOCGWINSZ, &back), 0);
    CHECK_EQ(back.ws_row, 0);
    CHECK_EQ(ioctl(master, TIOCSWINSZ, &w), 0);
    CHECK_EQ(ioctl(slave, TIOCGWINSZ, &back), 0);
    CHECK_EQ(back.ws_row, 25);
    CHECK_EQ(back.ws_col, 80);
    close_pair();
}

static void bytes_that_wait_are_counted_and_flushed(void)
{
    int n;

    open_pair();
    change(ECHO, 0);
    type("abc\n");
    usleep(20000);
    CHECK_EQ(ioctl(slave, FIONREAD, &n), 0);
    CHECK_EQ(n, 4);
    CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
    CHECK_EQ(ioctl(slave, FIONREAD, &n), 0);
    CHECK_EQ(n, 0);
    close_pair();
}

static void a_closed_terminal_is_an_error_for_the_master(void)
{
    struct pollfd p = {.events = POLLIN};

    open_pair();
    close(slave);
    p.fd = master;
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK(p.revents & POLLHUP);
    CHECK_ERRNO(read(master, got, 1), EIO);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CHECK(slave >= 0);
    CHECK_ERRNO(read(master, got, 1), EAGAIN);
    close_pair();
}

static void a_closed_master_hangs_up(void)
{
    char name[64];
    struct pollfd p = {.events = POLLIN};

    open_pair();
    strcpy(name, ptsname(master));
    close(master);
    p.fd = slave;
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK(p.revents & POLLHUP);
    CHECK_EQ(read(slave, got, 1), 0);
    CHECK_ERRNO(write(slave, "x", 1), EIO);
    CHECK_ERRNO(open(name, O_RDWR | O_NOCTTY), ENOENT);
    close(slave);
}

static void output_stops_and_goes_on(void)
{
    open_pair();
    type("\023");
    usleep(20000);
    CHECK_ERRNO(write(slave, "x", 1), EAGAIN);
    type("\021");
    usleep(20000);
    CHECK_EQ(write(slave, "x", 1), 1);
    check_text(master, "x");
    close_pair();
}

static void *write_much(void *arg)
{
    static char block[20000];

    memset(block, 'b', sizeof(block));
    fcntl(slave, F_SETFL, O_RDWR);
    return (void *)(intptr_t)(write(slave, block, sizeof(block)) ==
                                      sizeof(block)
                                  ? 0
                                  : *(int *)arg);
}

static void a_full_screen_makes_writers_wait(void)
{
    pthread_t t;
    size_t total = 0;
    void *failed;

    open_pair();
    CHECK_EQ(pthread_create(&t, NULL, write_much, &master), 0);
    while (total < 20000) {
        struct pollfd p = {.fd = master, .events = POLLIN};
        ssize_t n;

        CHECK_EQ(poll(&p, 1, 2000), 1);
        n = read(master, got, sizeof(got));
        CHECK(n > 0);
        total += (size_t)n;
    }
    pthread_join(t, &failed);
    CHECK(!failed);
    close_pair();
}

static int know_the_session(void)
{
    int tty = open("/dev/tty", O_RDWR);

    if (tty < 0 || tcgetpgrp(tty) != getpid() || tcgetsid(slave) != getpid())
        return 1;
    if (ioctl(tty, TIOCNOTTY) < 0)
        return 2;
    signal(SIGHUP, SIG_IGN);
    return open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? 0 : 3;
}

static void a_leader_takes_a_terminal(void)
{
    open_pair();
    signal(SIGHUP, SIG_IGN);
    CHECK_EQ(in_session(know_the_session), 0);
    signal(SIGHUP, SIG_DFL);
    close_pair();
}

static int type_interrupt(void)
{
    while (write(master, "\003", 1) == 1)
        pause();
    return 1;
}

static void the_interrupt_character_ends_the_foreground(void)
{
    int status;

    open_pair();
    status = in_session(type_interrupt);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGINT);
    check_text(master, "^C");
    close_pair();
}

static volatile sig_atomic_t resized;

static void on_resize(int sig)
{
    (void)sig;
    resized = 1;
}

static int resize(void)
{
    struct winsize w = {10, 20, 0, 0};

    signal(SIGWINCH, on_resize);
    if (ioctl(master, TIOCSWINSZ, &w) < 0)
        return 1;
    return resized ? 0 : 2;
}

static void a_new_size_is_told_by_a_signal(void)
{
    open_pair();
    CHECK_EQ(in_session(resize), 0);
    close_pair();
}

static void who_is_outside_has_no_say(void)
{
    open_pair();
    CHECK_ERRNO(tcgetpgrp(slave), ENOTTY);
    CHECK_ERRNO(tcsetpgrp(slave, getpid()), ENOTTY);
    close_pair();
}

int main(void)
{
    RUN(a_pair_has_a_name_and_is_a_terminal);
    RUN(a_locked_terminal_cannot_be_opened);
    RUN(lines_come_whole);
    RUN(a_line_is_read_in_pieces);
    RUN(what_is_typed_is_echoed);
    RUN(lines_are_edited);
    RUN(the_end_of_file_character_ends_a_read);
    RUN(raw_mode_passes_all);
    RUN(output_gets_carriage_returns);
    RUN(min_and_time_rule_raw_reads);
    RUN(the_window_has_a_size);
    RUN(bytes_that_wait_are_counted_and_flushed);
    RUN(a_closed_terminal_is_an_error_for_the_master);
    RUN(a_closed_master_hangs_up);
    RUN(output_stops_and_goes_on);
    RUN(a_full_screen_makes_writers_wait);
    RUN(a_leader_takes_a_terminal);
    RUN(the_interrupt_character_ends_the_foreground);
    RUN(a_new_size_is_told_by_a_signal);
    RUN(who_is_outside_has_no_say);
    return check_end();
}
