// SPDX-License-Identifier: MIT
/*
 * hello: greets, shows its arguments and one environment variable, and ends
 * with a status of your choice:
 *
 *     elfin run -e GREETING=hi examples/static-pie/hello one "two words"
 *     elfin run examples/static-pie/hello --exit 42
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *greeting = getenv("GREETING");
    int status = 0;

    printf("%s from an ordinary Linux program.\n",
           greeting ? greeting : "Hello");
    for (int i = 1; i < argc; i++) {
        printf("argument %d: %s\n", i, argv[i]);
        if (strcmp(argv[i], "--exit") == 0 && i + 1 < argc)
            status = atoi(argv[i + 1]);
    }
    return status;
}
