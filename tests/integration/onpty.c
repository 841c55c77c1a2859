// SPDX-License-Identifier: MIT
/*
 * onpty: runs a command on a pseudo-terminal, as a person would sit at it.
 *
 *     onpty [-s ROWSxCOLUMNS] [-e FILE] SCRIPT COMMAND [ARG...]
 *
 * SCRIPT is words: each is typed at once, but for
 *
 *     ?TEXT     wait until TEXT has been shown behind what was waited for last
 *     @NAME     send signal NAME (INT, TERM ...) to the command
 *     =RxC      give the terminal another size
 *     %MS       let that many milliseconds pass
 *
 * In words \n \r \s (a blank) \e \\ and \xHH mean what they do in C. All that
 * is shown goes to stdout. -e: the command's stderr is FILE. At the end a line
 * `[settings kept]` or `[settings changed]` tells whether the terminal's are
 * as before. The status is the command's, or 125 when the script failed or
 * LIMIT seconds went by.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#define LIMIT    90 /* seconds for all: a hang detector */
#define SHOW_MAX (1 << 20)

static char shown[SHOW_MAX + 1];
static size_t shown_len, looked; /* what was waited for ends at looked */
static int master;
static pid_t child;
static int status = -1; /* of the command, once it has ended */

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void give_up(const char *why, const char *word)
{
    fwrite(shown, 1, shown_len, stdout);
    printf("\nonpty: %s: %s\n", why, word);
    fflush(stdout);
    kill(child, SIGKILL);
    exit(125);
}

/* Takes what is shown within ms; false: nothing will be any more. */
static bool listen_for(int ms)
{
    struct pollfd p = {.fd = master, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, ms) <= 0)
        return true;
    n = read(master, shown + shown_len, SHOW_MAX - shown_len);
    if (n <= 0)
        return false;
    shown_len += (size_t)n;
    return true;
}

static void pause_ms(int ms)
{
    double end = seconds() + ms / 1e3;
    int left;

    while ((left = (int)((end - seconds()) * 1e3)) > 0) {
        if (!listen_for(left))
            usleep(1000);
    }
}

static void expect(const char *text, size_t len, const char *word, double end)
{
    char *at;

    while (!(at = memmem(shown + looked, shown_len - looked, text, len))) {
        if (seconds() > end)
            give_up("not shown in time", word);
        if (!listen_for(200))
            give_up("the command ended before it showed", word);
    }
    looked = (size_t)(at - shown) + len;
}

static size_t unescape(const char *word, char *out)
{
    size_t n = 0;

    for (; *word; word++) {
        if (*word != '\\') {
            out[n++] = *word;
            continue;
        }
        switch (*++word) {
        case 'n':
            out[n++] = '\n';
            break;
        case 'r':
            out[n++] = '\r';
            break;
        case 's':
            out[n++] = ' ';
            break;
        case 'e':
            out[n++] = '\033';
            break;
        case 'x': {
            char hex[3] = {word[1], word[2], 0};

            out[n++] = (char)strtol(hex, NULL, 16);
            word += 2;
            break;
        }
        default:
            out[n++] = *word;
        }
    }
    return n;
}

static void set_size(const char *text)
{
    unsigned rows, cols;
    struct winsize w = {0};

    if (sscanf(text, "%ux%u", &rows, &cols) != 2)
        give_up("no size", text);
    w.ws_row = (unsigned short)rows;
    w.ws_col = (unsigned short)cols;
    ioctl(master, TIOCSWINSZ, &w);
}

static void send_signal(const char *name)
{
    static const int known[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGKILL, SIGSEGV, SIGABRT};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (!strcmp(name, sigabbrev_np(known[i]))) {
            kill(child, known[i]);
            return;
        }
    }
    give_up("no such signal", name);
}

static void play(char *script, double end)
{
    char text[4096];

    for (char *w = strtok(script, " \n"); w; w = strtok(NULL, " \n")) {
        size_t len = unescape(*w == '?' ? w + 1 : w, text);

        if (*w == '?')
            expect(text, len, w, end);
        else if (*w == '@')
            send_signal(w + 1);
        else if (*w == '=')
            set_size(w + 1);
        else if (*w == '%')
            pause_ms(atoi(w + 1));
        else if (write(master, text, len) != (ssize_t)len)
            give_up("cannot be typed", w);
    }
}

static void start(char **argv, int slave, const char *error_file)
{
    int fd;

    child = fork();
    if (child)
        return;
    close(master);
    login_tty(slave);
    if (error_file) {
        fd = open(error_file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        dup2(fd, STDERR_FILENO);
        close(fd);
    }
    execvp(argv[0], argv);
    _exit(127);
}

static void wait_for_end(double end)
{
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (seconds() > end)
            give_up("it does not end", "");
        if (!listen_for(50))
            usleep(10000);
    }
    pause_ms(50);
}

int main(int argc, char **argv)
{
    double end = seconds() + LIMIT;
    struct termios before, after;
    const char *size = "24x80", *error_file = NULL;
    int slave, c;

    while ((c = getopt(argc, argv, "+s:e:")) != -1) {
        if (c == 's')
            size = optarg;
        else if (c == 'e')
            error_file = optarg;
        else
            return 2;
    }
    if (argc - optind < 2 || openpty(&master, &slave, NULL, NULL, NULL) < 0)
        return 2;
    set_size(size);
    tcgetattr(slave, &before);
    start(argv + optind + 1, slave, error_file);
    play(argv[optind], end);
    wait_for_end(end);
    tcgetattr(slave, &after);
    fwrite(shown, 1, shown_len, stdout);
    printf("\n[settings %s]\n",
           memcmp(&before, &after, sizeof(before)) ? "changed" : "kept");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
