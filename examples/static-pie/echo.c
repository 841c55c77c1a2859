// SPDX-License-Identifier: MIT
/* echo: sends back what it receives, on TCP and UDP port 8080. */
#include "serve.h"

static void echo(struct client *c, char *request, size_t len)
{
    reply(c, request, len);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8080, .udp = true, .answer = echo}};

    serve_options(argc, argv, "");
    return serve(services, 1);
}
