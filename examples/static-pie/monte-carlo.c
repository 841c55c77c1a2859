// SPDX-License-Identifier: MIT
/*
 * monte-carlo: pi from points of a Sobol sequence in the unit square: four
 * times the share that lies in the quarter circle. For each number of points
 * that it receives, a line with the estimate. Port 8084.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve.h"

#define POINTS_MAX 10000000
#define BITS       32

/* Direction numbers: of the first dimension those of van der Corput's sequence,
 * of the second those of the polynomial x + 1. */
static uint32_t direction[2][BITS];

static void make_directions(void)
{
    uint32_t m = 1;

    for (int i = 0; i < BITS; i++) {
        direction[0][i] = 1u << (BITS - 1 - i);
        direction[1][i] = m << (BITS - 1 - i);
        m ^= m << 1;
    }
}

/* Each point differs from the one before it by one direction number, that of
 * the lowest zero bit of its index (Antonov and Saleev). */
static double estimate(uint32_t points)
{
    const double scale = 1.0 / ((double)UINT32_MAX + 1);
    uint32_t x = 0, y = 0, inside = 0;

    for (uint32_t i = 0; i < points; i++) {
        double px = x * scale, py = y * scale;
        int zero = __builtin_ctz(~i);

        inside += px * px + py * py < 1;
        x ^= direction[0][zero];
        y ^= direction[1][zero];
    }
    return 4.0 * inside / points;
}

static void answer(struct client *c, char *request, size_t len)
{
    char *rest, *word = strtok_r(request, " \t\r\n", &rest);

    (void)len;
    for (; word; word = strtok_r(NULL, " \t\r\n", &rest)) {
        unsigned long n = strtoul(word, NULL, 10);

        if (n < 1 || n > POINTS_MAX)
            reply_text(c, "%.20s: not a number from 1 to %d\n", word,
                       POINTS_MAX);
        else
            reply_text(c, "%.8f\n", estimate((uint32_t)n));
    }
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8084, .end = "\n", .answer = answer}};

    serve_options(argc, argv, "");
    make_directions();
    return serve(services, 1);
}
