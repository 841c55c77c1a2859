// SPDX-License-Identifier: MIT
/*
 * pump: one bounded buffer between two descriptors.
 */
#include "tools/elfin/pump.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static mode_t type_of(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

void pump_init(struct pump *p, int from, int to)
{
    p->from = from;
    p->to = to;
    p->from_is_socket = type_of(from) == S_IFSOCK;
    p->to_is_socket = type_of(to) == S_IFSOCK;
    p->to_is_file = type_of(to) == S_IFREG;
    p->eof = p->broken = false;
    p->error = 0;
    p->at = p->len = 0;
    p->total = 0;
}

bool pump_wants_input(const struct pump *p)
{
    return !p->eof && p->len == 0;
}

bool pump_wants_output(const struct pump *p)
{
    return p->len > 0;
}

bool pump_done(const struct pump *p)
{
    return p->eof && p->len == 0;
}

void pump_read(struct pump *p)
{
    ssize_t n;

    if (p->from_is_socket)
        n = recv(p->from, p->buffer, PUMP_BUFFER, MSG_DONTWAIT);
    else
        n = read(p->from, p->buffer, PUMP_BUFFER);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        p->eof = true; /* a broken source has no more to say either */
        return;
    }
    if (p->broken)
        return;
    p->at = 0;
    p->len = (size_t)n;
}

void pump_write(struct pump *p)
{
    ssize_t n;

    if (p->to_is_socket)
        n = send(p->to, p->buffer + p->at, p->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
        n = write(p->to, p->buffer + p->at,
                  p->to_is_file ? p->len : MIN(p->len, (size_t)PIPE_BUF));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        p->broken = true;
        p->error = errno;
        p->len = 0;
        return;
    }
    p->at += (size_t)n;
    p->len -= (size_t)n;
    p->total += (uint64_t)n;
}
