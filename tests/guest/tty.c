// SPDX-License-Identifier: MIT
/* tty: the end of a session, and the rarer requests; ioctl_tty(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "pty.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* --- the end of a session --- */

static int told[2]; /* a pipe: what the one that stays behind saw */

static volatile sig_atomic_t heard;

static void on_signal(int sig)
{
    (void)sig;
    heard = 1;
    CHECK_EQ(write(told[1], "h", 1), 1);
}

static void stay_behind(void)
{
    int fd;

    alarm(10);
    signal(SIGHUP, on_signal);
    CHECK_EQ(write(told[1], "s", 1), 1);
    while (!heard)
        usleep(10000);
    fd = open("/dev/tty", O_RDWR);
    CHECK_EQ(write(told[1], fd < 0 && errno == ENXIO ? "x" : "o", 1), 1);
    _exit(0);
}

/* A leader that ends when its child is ready. */
static int leave_a_child(void)
{
    char c;

    if (fork() == 0)
        stay_behind();
    return read(told[0], &c, 1) != 1;
}

static void read_told(char *text, size_t len)
{
    struct pollfd p = {.fd = told[0], .events = POLLIN};

    for (size_t i = 0; i < len; i++) {
        CHECK_EQ(poll(&p, 1, 5000), 1);
        CHECK_EQ(read(told[0], text + i, 1), 1);
    }
}

static void the_leaders_end_hangs_up_the_foreground(void)
{
    char text[3] = {0};

    open_ends(0);
    CHECK_EQ(pipe(told), 0);
    CHECK_EQ(in_session(leave_a_child), 0);
    read_told(text, 2);
    CHECK(!strcmp(text, "hx"));
    CHECK_ERRNO(tcgetpgrp(slave), ENOTTY);
    close_pair();
}

static void lead_for_a_while(void)
{
    CHECK_EQ(write(told[1], "s", 1), 1);
    pause();
}

static void a_closed_master_ends_the_leader(void)
{
    int status;
    char c;
    pid_t pid;

    open_ends(0);
    CHECK_EQ(pipe(told), 0);
    pid = fork();
    if (pid == 0) {
        close(master);
        setsid();
        alarm(10);
        CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
        lead_for_a_while();
        _exit(1);
    }
    read_told(&c, 1);
    close(master);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGHUP);
    close(slave);
}

static int just_end(void)
{
    return 0;
}

static void another_session_can_take_it_then(void)
{
    open_ends(0);
    signal(SIGHUP, SIG_IGN);
    CHECK_EQ(in_session(just_end), 0);
    CHECK_EQ(in_session(just_end), 0);
    signal(SIGHUP, SIG_DFL);
    close_pair();
}

/* --- requests --- */

static void a_master_opens_the_other_side(void)
{
    int fd;
    char buf[8];

    open_ends(0);
    fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(isatty(fd));
    CHECK(!strcmp(ttyname(fd), ttyname(slave)));
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(read(master, buf, sizeof(buf)), 1);
    CHECK_ERRNO(ioctl(slave, TIOCGPTPEER, O_RDWR), EIO);
    close(fd);
    close_pair();
}

static void expect_packet(const char *bytes, ssize_t len)
{
    struct pollfd p = {.fd = master, .events = POLLIN};
    char buf[64];

    CHECK_EQ(poll(&p, 1, 2000), 1);
    CHECK_EQ(read(master, buf, sizeof(buf)), len);
    if (memcmp(buf, bytes, (size_t)len))
        CHECK_FAIL("read %d %d", buf[0], buf[1]);
}

static void packets_begin_with_a_byte(void)
{
    int on = 1;

    open_ends(0);
    CHECK_EQ(ioctl(master, TIOCPKT, &on), 0);
    CHECK_EQ(ioctl(master, TIOCGPKT, &on), 0);
    CHECK_EQ(on, 1);
    CHECK_EQ(write(slave, "ab", 2), 2);
    expect_packet("\0ab", 3);
    on = 0;
    CHECK_EQ(ioctl(master, TIOCPKT, &on), 0);
    CHECK_EQ(write(slave, "ab", 2), 2);
    expect_packet("ab", 2);
    close_pair();
}

static void packets_tell_what_happened(void)
{
    struct pollfd p = {.events = POLLIN | POLLPRI};
    struct termios t;
    int on = 1;

    open_ends(0);
    CHECK_EQ(ioctl(master, TIOCPKT, &on), 0);
    CHECK_EQ(tcflow(slave, TCOOFF), 0);
    p.fd = master;
    CHECK_EQ(poll(&p, 1, 2000), 1);
    CHECK(p.revents & POLLPRI);
    expect_packet((char[]){TIOCPKT_STOP}, 1);
    CHECK_EQ(tcflow(slave, TCOON), 0);
    expect_packet((char[]){TIOCPKT_START}, 1);
    CHECK_EQ(tcgetattr(slave, &t), 0);
    t.c_iflag &= ~(tcflag_t)IXON;
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
    expect_packet((char[]){TIOCPKT_NOSTOP}, 1);
    t.c_iflag |= IXON;
    CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
    expect_packet((char[]){TIOCPKT_DOSTOP}, 1);
    CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
    expect_packet((char[]){TIOCPKT_FLUSHREAD}, 1);
    close_pair();
}

static void an_exclusive_terminal_is_roots_alone(void)
{
    int on = 0, fd;

    if (geteuid() != 0)
        CHECK_SKIP("needs root");
    open_ends(0);
    CHECK_EQ(ioctl(slave, TIOCEXCL), 0);
    CHECK_EQ(ioctl(slave, TIOCGEXCL, &on), 0);
    CHECK_EQ(on, 1);
    fd = open(ptsname(master), O_RDWR | O_NOCTTY);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(ioctl(slave, TIOCNXCL), 0);
    CHECK_EQ(ioctl(slave, TIOCGEXCL, &on), 0);
    CHECK_EQ(on, 0);
    close_pair();
}

static void nobody_else_opens_an_exclusive_terminal(void)
{
    int status;
    pid_t pid;

    if (geteuid() != 0)
        CHECK_SKIP("needs root");
    open_ends(0);
    CHECK_EQ(ioctl(slave, TIOCEXCL), 0);
    CHECK_EQ(fchmod(slave, 0666), 0);
    pid = fork();
    if (pid == 0) {
        if (setgid(1) || setuid(1))
            _exit(2);
        _exit(open(ptsname(master), O_RDWR | O_NOCTTY) < 0 && errno == EBUSY
                  ? 0
                  : 1);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    close_pair();
}

/* As a program that may nothing: root may still on some kernels. */
static void typing_for_the_user_is_refused(void)
{
    int status;
    pid_t pid;

    open_ends(0);
    pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(1) || setuid(1)))
            _exit(2);
        if (ioctl(slave, TIOCSTI, "x") == 0)
            _exit(1);
        _exit(errno == EIO || errno == EPERM ? 0 : 3);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    close_pair();
}

int main(void)
{
    RUN(the_leaders_end_hangs_up_the_foreground);
    RUN(a_closed_master_ends_the_leader);
    RUN(another_session_can_take_it_then);
    RUN(a_master_opens_the_other_side);
    RUN(packets_begin_with_a_byte);
    RUN(packets_tell_what_happened);
    RUN(an_exclusive_terminal_is_roots_alone);
    RUN(nobody_else_opens_an_exclusive_terminal);
    RUN(typing_for_the_user_is_refused);
    return check_end();
}
