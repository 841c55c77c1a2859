// SPDX-License-Identifier: MIT
/* http-reply: answers every HTTP request with the same page. Port 8123. */
#define _GNU_SOURCE
#include <string.h>

#include "serve.h"

static const char page[] = "<!DOCTYPE html>\n"
                           "<title>It works</title>\n"
                           "<p>Hello from an ordinary Linux program.\n";

static void answer(struct client *c, char *request, size_t len)
{
    (void)len;
    reply_text(c,
               "HTTP/1.1 200 OK\r\n"
               "Content-Type: text/html\r\n"
               "Content-Length: %zu\r\n\r\n",
               strlen(page));
    if (strncmp(request, "HEAD ", 5) != 0)
        reply(c, page, strlen(page));
    if (!strcasestr(request, "HTTP/1.1") ||
        strcasestr(request, "\nConnection: close"))
        hang_up(c);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8123, .end = "\r\n\r\n", .answer = answer}};

    serve_options(argc, argv, "");
    return serve(services, 1);
}
