// SPDX-License-Identifier: MIT
/*
 * text_busy: a file is open for writing, or a program runs from it: ETXTBSY of
 * execve(2), open(2) and truncate(2). Copies of this program run as `program
 * wait`, which ends when its input does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char dir[] = "./text-busy-XXXXXX";

static void copy(const char *to)
{
    char buf[65536];
    int in = open("/proc/self/exe", O_RDONLY), out;
    ssize_t n;

    unlink(to);
    out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
    CHECK(in >= 0 && out >= 0);
    while ((n = read(in, buf, sizeof(buf))) > 0)
        CHECK_EQ(write(out, buf, (size_t)n), n);
    close(in);
    close(out);
}

struct running {
    pid_t pid;
    int input;
};

static struct running start(const char *path)
{
    struct running r;
    int in[2], out[2];
    char byte;

    CHECK_EQ(pipe2(in, O_CLOEXEC), 0);
    CHECK_EQ(pipe2(out, O_CLOEXEC), 0);
    r.pid = fork();
    if (r.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl(path, path, "wait", NULL);
        _exit(99);
    }
    close(in[0]);
    close(out[1]);
    r.input = in[1];
    CHECK_EQ(read(out[0], &byte, 1), 1); /* it runs */
    close(out[0]);
    return r;
}

static void finish(struct running r)
{
    int status;

    close(r.input);
    CHECK_EQ(waitpid(r.pid, &status, 0), r.pid);
    CHECK_EQ(status, 0);
}

/* The error of an execve, in a child; 0: it ran. */
static int exec_error(const char *path)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        close(0);
        close(1);
        execl(path, path, "wait", NULL);
        _exit(errno);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_running_program_is_not_written(void)
{
    struct running r;

    copy("program");
    r = start("./program");
    CHECK_ERRNO(open("program", O_WRONLY), ETXTBSY);
    CHECK_ERRNO(open("program", O_RDWR), ETXTBSY);
    CHECK_ERRNO(open("program", O_WRONLY | O_CREAT, 0755), ETXTBSY);
    CHECK_ERRNO(open("program", O_RDONLY | O_TRUNC), ETXTBSY);
    CHECK_ERRNO(truncate("program", 0), ETXTBSY);
    finish(r);
    close(open("program", O_WRONLY));
    CHECK_EQ(exec_error("./program"), 0);
}

static void what_changes_no_contents_is_allowed(void)
{
    struct running r;
    int fd;

    copy("program");
    r = start("./program");
    fd = open("program", O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(chmod("program", 0700), 0);
    CHECK_EQ(rename("program", "renamed"), 0);
    copy("other");
    CHECK_EQ(rename("other", "renamed"), 0);
    fd = open("renamed", O_WRONLY); /* another file has the name now */
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(unlink("renamed"), 0);
    finish(r);
}

static void the_own_program_is_busy(void)
{
    CHECK_ERRNO(open("/proc/self/exe", O_WRONLY), ETXTBSY);
}

static void a_file_open_for_writing_does_not_run(void)
{
    int fd, second;

    copy("program");
    fd = open("program", O_WRONLY);
    second = open("program", O_RDWR);
    CHECK(fd >= 0 && second >= 0);
    CHECK_EQ(exec_error("./program"), ETXTBSY);
    close(fd);
    CHECK_EQ(exec_error("./program"), ETXTBSY);
    close(second);
    CHECK_EQ(exec_error("./program"), 0);
}

static void a_script_open_for_writing_does_not_run(void)
{
    int fd;

    copy("program");
    unlink("script");
    fd = open("script", O_WRONLY | O_CREAT, 0755);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "#!./program wait\n", 17), 17);
    CHECK_EQ(exec_error("./script"), ETXTBSY);
    close(fd);
    CHECK_EQ(exec_error("./script"), 0);
    fd = open("program", O_WRONLY); /* its interpreter */
    CHECK_EQ(exec_error("./script"), ETXTBSY);
    close(fd);
}

static void a_child_keeps_it_busy(void)
{
    struct running one, two;

    copy("program");
    one = start("./program");
    two = start("./program");
    finish(one);
    CHECK_ERRNO(open("program", O_WRONLY), ETXTBSY);
    finish(two);
    close(open("program", O_WRONLY));
    CHECK_EQ(exec_error("./program"), 0);
}

static void a_zombie_does_not(void)
{
    struct running r;
    siginfo_t info;
    int fd;

    copy("program");
    r = start("./program");
    close(r.input);
    CHECK_EQ(waitid(P_PID, (id_t)r.pid, &info, WEXITED | WNOWAIT), 0);
    fd = open("program", O_WRONLY);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(waitpid(r.pid, NULL, 0), r.pid);
}

static void a_failed_execve_leaves_nothing(void)
{
    int fd;

    unlink("broken");
    fd = open("broken", O_WRONLY | O_CREAT, 0755);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "\177ELF and no more", 16), 16);
    close(fd);
    CHECK_EQ(exec_error("./broken"), ENOEXEC);
    fd = open("broken", O_WRONLY);
    CHECK(fd >= 0);
    close(fd);
}

int main(int argc, char **argv)
{
    char byte = 'r';

    if (argc > 1 && !strcmp(argv[1], "wait")) {
        (void)!write(1, &byte, 1);
        while (read(0, &byte, 1) > 0)
            ;
        return 0;
    }
    if (!mkdtemp(dir) || chdir(dir) < 0)
        return 1;
    RUN(a_running_program_is_not_written);
    RUN(what_changes_no_contents_is_allowed);
    RUN(the_own_program_is_busy);
    RUN(a_file_open_for_writing_does_not_run);
    RUN(a_script_open_for_writing_does_not_run);
    RUN(a_child_keeps_it_busy);
    RUN(a_zombie_does_not);
    RUN(a_failed_execve_leaves_nothing);
    unlink("program");
    unlink("script");
    unlink("broken");
    if (chdir("..") == 0)
        rmdir(dir);
    return check_end();
}
