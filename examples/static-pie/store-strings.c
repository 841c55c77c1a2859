// SPDX-License-Identifier: MIT
/* store-strings: appends what it receives to a file, and when it is written
 * answers with the same in rot13. Port 8087. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "rot13.h"
#include "serve.h"

static int file;

static void store(struct client *c, char *request, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(file, request + done, len - done);

        if (n < 0) {
            perror("store-strings");
            hang_up(c);
            return;
        }
        done += (size_t)n;
    }
    rot13(request, len);
    reply(c, request, len);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {{.port = 8087, .answer = store}};
    int first = serve_options(argc, argv, "[FILE]");
    const char *path = first < argc ? argv[first] : "strings.txt";

    file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (file < 0) {
        perror(path);
        return 1;
    }
    return serve(services, 1);
}
