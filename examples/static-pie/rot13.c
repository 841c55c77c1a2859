// SPDX-License-Identifier: MIT
/* rot13: sends back what it receives, each letter moved by 13. Port 8086. */
#include "rot13.h"

#include "serve.h"

static void encode(struct client *c, char *request, size_t len)
{
    rot13(request, len);
    reply(c, request, len);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8086, .udp = true, .answer = encode}};

    serve_options(argc, argv, "");
    return serve(services, 1);
}
