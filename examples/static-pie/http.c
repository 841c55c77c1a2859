// SPDX-License-Identifier: MIT
/*
 * http: gives out the files below a directory (the operand, else the present
 * one), by GET and HEAD, as many requests a connection as the client likes.
 * Port 8088. Of files that do not know how long they are, as those in /proc,
 * the end of the connection is the end.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve.h"

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html"},        {".txt", "text/plain"},
        {".css", "text/css"},          {".js", "text/javascript"},
        {".json", "application/json"}, {".svg", "image/svg+xml"},
        {".png", "image/png"},         {".jpg", "image/jpeg"}};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
        if (!strcmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

static void head(struct client *c, const char *status, const char *type,
                 long long len)
{
    reply_text(c, "HTTP/1.1 %s\r\nContent-Type: %s\r\n", status, type);
    if (len >= 0)
        reply_text(c, "Content-Length: %lld\r\n\r\n", len);
    else
        reply_text(c, "Connection: close\r\n\r\n");
}

static void refuse(struct client *c, const char *status)
{
    head(c, status, "text/plain", (long long)strlen(status) + 1);
    reply_text(c, "%s\n", status);
}

/* %41 becomes A, in place; the query is cut off. False: it is malformed. */
static bool decode(char *path)
{
    char *to = path, hex[3] = {0};

    path[strcspn(path, "?#")] = '\0';
    for (; *path; path++, to++) {
        *to = *path;
        if (*path != '%')
            continue;
        if (!isxdigit((unsigned char)path[1]) ||
            !isxdigit((unsigned char)path[2]))
            return false;
        memcpy(hex, path + 1, 2);
        *to = (char)strtol(hex, NULL, 16);
        if (!*to)
            return false;
        path += 2;
    }
    *to = '\0';
    return true;
}

/* Whether some part of a path is `..`. */
static bool leads_up(const char *path)
{
    for (; (path = strstr(path, "..")); path += 2)
        if (path[-1] == '/' && (path[2] == '/' || !path[2]))
            return true;
    return false;
}

/* The file that a path names, which begins with a slash, or -1; of a directory
 * its index, which path then is. */
static int find(const char **path_at, struct stat *st)
{
    const char *path = *path_at;
    int fd, dir;

    if (leads_up(path))
        return -1;
    while (*path == '/')
        path++;
    fd = open(*path ? path : ".", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, st) < 0)
        return fd;
    if (!S_ISDIR(st->st_mode))
        return fd;
    dir = fd;
    *path_at = "index.html";
    fd = openat(dir, *path_at, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    close(dir);
    if (fd >= 0)
        fstat(fd, st);
    return fd;
}

static void give(struct client *c, char *url, bool body)
{
    const char *path = url;
    struct stat st = {0};
    int fd;

    if (*url != '/' || !decode(url)) {
        refuse(c, "400 Bad Request");
        return;
    }
    fd = find(&path, &st);
    if (fd < 0 || !S_ISREG(st.st_mode)) {
        refuse(c, "404 Not Found");
        if (fd >= 0)
            close(fd);
        return;
    }
    head(c, "200 OK", type_of(path), st.st_size ? st.st_size : -1);
    if (body)
        reply_file(c, fd, st.st_size ? st.st_size : -1);
    else
        close(fd);
    if (!st.st_size)
        hang_up(c);
}

static void answer(struct client *c, char *request, size_t len)
{
    bool again = strcasestr(request, " HTTP/1.1") &&
                 !strcasestr(request, "\nConnection: close");
    char *path = strchr(request, ' '), *end;

    (void)len;
    if (path && (end = strpbrk(path + 1, " \r\n")))
        *end = '\0';
    if (!strncmp(request, "GET ", 4))
        give(c, path + 1, true);
    else if (!strncmp(request, "HEAD ", 5))
        give(c, path + 1, false);
    else
        refuse(c, "501 Not Implemented");
    if (!again)
        hang_up(c);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8088, .end = "\r\n\r\n", .answer = answer}};
    int first = serve_options(argc, argv, "[DIRECTORY]");

    if (first < argc && chdir(argv[first]) < 0) {
        perror(argv[first]);
        return 1;
    }
    return serve(services, 1);
}
