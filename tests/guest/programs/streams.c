// SPDX-License-Identifier: MIT
/*
 * streams BYTES: writes that many bytes of a fixed pattern to stdout, in
 * pieces of odd sizes, and a line to stderr before and after.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long left = argc > 1 ? atol(argv[1]) : 0;
    static unsigned char buf[70001];
    uint32_t word = 1;

    dprintf(2, "begin\n");
    for (size_t piece = 1; left > 0; piece = piece * 7 % sizeof(buf) + 1) {
        size_t n = (size_t)left < piece ? (size_t)left : piece;
        for (size_t i = 0; i < n; i++) {
            word = word * 1664525 + 1013904223;
            buf[i] = word >> 24;
        }
        for (size_t done = 0; done < n;) {
            ssize_t w = write(1, buf + done, n - done);
            if (w <= 0)
                return 1;
            done += w;
        }
        left -= n;
    }
    dprintf(2, "end\n");
    return 0;
}
