// SPDX-License-Identifier: MIT
/*
 * facfib: for each number that it receives, its factorial (port 8082) or the
 * Fibonacci number of that index (port 8083), to the last digit, a line each.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve.h"

#define LIMIT 10000      /* the largest that is answered */
#define BASE  1000000000 /* nine decimal digits a limb, the lowest first */
#define LIMBS 4000       /* 10000! has 35 660 digits */

struct number {
    size_t count;
    uint32_t limb[LIMBS];
};

static void multiply(struct number *a, uint32_t by)
{
    uint64_t carry = 0;

    for (size_t i = 0; i < a->count; i++) {
        carry += (uint64_t)a->limb[i] * by;
        a->limb[i] = (uint32_t)(carry % BASE);
        carry /= BASE;
    }
    if (carry)
        a->limb[a->count++] = (uint32_t)carry;
}

/* a += b; b is the larger. */
static void add(struct number *a, const struct number *b)
{
    uint32_t carry = 0;

    for (size_t i = 0; i < b->count; i++) {
        carry += b->limb[i] + (i < a->count ? a->limb[i] : 0);
        a->limb[i] = carry % BASE;
        carry /= BASE;
    }
    a->count = b->count;
    if (carry)
        a->limb[a->count++] = carry;
}

static void print(struct client *c, const struct number *a)
{
    reply_text(c, "%u", a->limb[a->count - 1]);
    for (size_t i = a->count - 1; i-- > 0;)
        reply_text(c, "%09u", a->limb[i]);
    reply(c, "\n", 1);
}

static void factorial(struct client *c, unsigned n)
{
    static struct number a;

    a.count = a.limb[0] = 1;
    for (unsigned i = 2; i <= n; i++)
        multiply(&a, i);
    print(c, &a);
}

static void fibonacci(struct client *c, unsigned n)
{
    static struct number pair[2];
    unsigned i;

    for (i = 0; i < 2; i++) {
        pair[i].count = 1;
        pair[i].limb[0] = i;
    }
    for (i = 0; i < n; i++) /* pair[i % 2] is the i-th, the other the next */
        add(&pair[i % 2], &pair[1 - i % 2]);
    print(c, &pair[n % 2]);
}

static void each(struct client *c, char *request,
                 void (*answer)(struct client *c, unsigned n))
{
    char *rest, *word = strtok_r(request, " \t\r\n", &rest);

    for (; word; word = strtok_r(NULL, " \t\r\n", &rest)) {
        char *end;
        unsigned long n = strtoul(word, &end, 10);

        if (*end || *word == '-' || n > LIMIT)
            reply_text(c, "%.20s: not a number from 0 to %d\n", word, LIMIT);
        else
            answer(c, (unsigned)n);
    }
}

static void factorials(struct client *c, char *request, size_t len)
{
    (void)len;
    each(c, request, factorial);
}

static void fibonaccis(struct client *c, char *request, size_t len)
{
    (void)len;
    each(c, request, fibonacci);
}

int main(int argc, char **argv)
{
    static const struct service services[] = {
        {.port = 8082, .end = "\n", .answer = factorials},
        {.port = 8083, .end = "\n", .answer = fibonaccis}};

    serve_options(argc, argv, "");
    return serve(services, 2);
}
