// SPDX-License-Identifier: MIT
/* echo-reverse: sends each line back from its end to its beginning; with -w
 * everything as one. Port 8081. */
#include "serve.h"

static void reverse(struct client *c, char *request, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        char other = request[len - 1 - i];

        request[len - 1 - i] = request[i];
        request[i] = other;
    }
    reply(c, request, len);
    reply(c, "\n", 1);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8081, .end = "\n", .answer = reverse}};

    serve_options(argc, argv, "");
    return serve(services, 1);
}
