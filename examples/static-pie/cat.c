// SPDX-License-Identifier: MIT
/*
 * cat: copies standard input to standard output until its end.
 *
 *     echo some text | elfin run examples/static-pie/cat
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char buf[65536];
    ssize_t got;

    while ((got = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
        for (ssize_t done = 0; done < got;) {
            ssize_t n = write(STDOUT_FILENO, buf + done, got - done);
            if (n < 0) {
                perror("write");
                return 1;
            }
            done += n;
        }
    }
    if (got < 0) {
        perror("read");
        return 1;
    }
    return 0;
}
