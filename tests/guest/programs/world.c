// SPDX-License-Identifier: MIT
/*
 * world: prints what the program was started with, bytes unchanged, one item a
 * line behind a word: arguments, environment, directory, host name. With the
 * name of a variable in $WORLD, only that variable's value, and no newline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
    const char *name = getenv("WORLD");
    char buf[4096];

    if (name) {
        fputs(getenv(name) ? getenv(name) : "(not set)", stdout);
        return 0;
    }
    for (int i = 0; i < argc; i++)
        printf("arg %d [%s]\n", i, argv[i]);
    for (char **e = environ; *e; e++)
        printf("env %s\n", *e);
    if (getcwd(buf, sizeof(buf)))
        printf("cwd %s\n", buf);
    if (gethostname(buf, sizeof(buf)) == 0)
        printf("host %s\n", buf);
    return 0;
}
