// SPDX-License-Identifier: MIT
/*
 * sort: sorts the whole numbers of each line, with -w those of all lines, and
 * sends them back on one line. Mergesort, from pairs upwards. Port 8085.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve.h"

/* [from, middle) and [middle, to) are in order; to[..] gets both. */
static void merge(const long *from, long *to, size_t start, size_t middle,
                  size_t end)
{
    size_t left = start, right = middle;

    for (size_t i = start; i < end; i++) {
        bool take_left =
            left < middle && (right == end || from[left] <= from[right]);

        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Sorts numbers with the help of other; which of both has the result. */
static long *mergesort(long *numbers, long *other, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        long *swap = numbers;

        for (size_t i = 0; i < count; i += 2 * width) {
            size_t middle = i + width < count ? i + width : count;
            size_t end = i + 2 * width < count ? i + 2 * width : count;

            merge(numbers, other, i, middle, end);
        }
        numbers = other;
        other = swap;
    }
    return numbers;
}

/* The numbers of a text; how many, or -1: there is something else. */
static long parse(char *text, long *numbers)
{
    char *rest, *word = strtok_r(text, " \t\r\n", &rest);
    long count = 0;

    for (; word; word = strtok_r(NULL, " \t\r\n", &rest)) {
        char *end;

        errno = 0;
        numbers[count++] = strtol(word, &end, 10);
        if (*end || errno)
            return -1;
    }
    return count;
}

static void sort(struct client *c, char *request, size_t len)
{
    size_t room = len / 2 + 1; /* a digit and a space each */
    long *numbers = malloc(2 * room * sizeof(long)), *sorted, count;

    if (!numbers) {
        hang_up(c);
        return;
    }
    count = parse(request, numbers);
    if (count < 0)
        reply_text(c, "only whole numbers can be sorted");
    sorted = mergesort(numbers, numbers + room, count < 0 ? 0 : (size_t)count);
    for (long i = 0; i < count; i++)
        reply_text(c, i ? " %ld" : "%ld", sorted[i]);
    reply(c, "\n", 1);
    free(numbers);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8085, .end = "\n", .answer = sort}};

    serve_options(argc, argv, "");
    return serve(services, 1);
}
