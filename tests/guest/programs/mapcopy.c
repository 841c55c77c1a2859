// SPDX-License-Identifier: MIT
/* mapcopy FROM TO: copies a file from one mapping into another. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    int from, to;
    struct stat st;
    char *in, *out;

    if (argc != 3)
        return 2;
    from = open(argv[1], O_RDONLY);
    to = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (from < 0 || to < 0 || fstat(from, &st) || ftruncate(to, st.st_size))
        return failed("open");
    in = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, from, 0);
    out = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, to,
               0);
    if (in == MAP_FAILED || out == MAP_FAILED)
        return failed("mmap");
    memcpy(out, in, (size_t)st.st_size);
    if (msync(out, (size_t)st.st_size, MS_SYNC))
        return failed("msync");
    return 0;
}
