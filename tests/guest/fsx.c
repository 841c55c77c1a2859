// SPDX-License-Identifier: MIT
/*
 * fsx [OPERATIONS [SEED [FILE]]]: random operations on one file (a memfd, or
 * FILE, which is made anew), each compared with a model of the file in memory:
 * reads, writes, writes and reads through mappings, truncation, holes, zeroed
 * and reserved ranges, copies within the file. A mismatch prints the seed, the
 * operation and the byte, so that the same run can be repeated.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

enum { MAX = 256 * 1024, MAX_IO = 64 * 1024, PAGE = 4096, OPERATIONS = 20000 };

static unsigned char model[MAX], buf[MAX];
static size_t size; /* of the model; behind it all is zero */
static uint64_t state = 1, seed = 1;
static long operations = OPERATIONS, done;
static int fd;
static const char *name, *path;
static bool no_fallocate; /* the file system has none */

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t n)
{
    return n ? (size_t)(next() >> 11) % n : 0;
}

static void wrong(const char *what, size_t at, long is, long wanted)
{
    CHECK_FAIL("seed %lu, operation %ld (%s): %s at %zu is %ld, not %ld",
               (unsigned long)seed, done, name, what, at, is, wanted);
}

static void compare(const unsigned char *is, size_t pos, size_t len)
{
    if (!memcmp(is, model + pos, len))
        return;
    for (size_t i = 0; i < len; i++)
        if (is[i] != model[pos + i])
            wrong("byte", pos + i, is[i], model[pos + i]);
}

static void expect(const char *what, size_t at, long is, long wanted)
{
    if (is != wanted)
        wrong(what, at, is, wanted);
}

static void fill(unsigned char *p, size_t len)
{
    uint64_t v = next();

    for (size_t i = 0; i < len; i++, v = v * 5 + 1)
        p[i] = (unsigned char)(v >> 17);
}

static void grow(size_t end)
{
    if (end > size)
        size = end;
}

/* A place in the file, and a length there that stays below MAX. */
static size_t any_range(size_t *len)
{
    size_t pos = below(MAX - 1);

    *len = 1 + below(below(4) ? PAGE * 2 : MAX_IO);
    if (*len > MAX - pos)
        *len = MAX - pos;
    return pos;
}

static void op_read(void)
{
    size_t len, pos = any_range(&len), there;

    there = pos < size ? size - pos : 0;
    there = there < len ? there : len;
    expect("count", pos, pread(fd, buf, len, (off_t)pos), (long)there);
    compare(buf, pos, there);
}

static void op_write(void)
{
    size_t len, pos = any_range(&len);

    fill(model + pos, len);
    expect("count", pos, pwrite(fd, model + pos, len, (off_t)pos), (long)len);
    grow(pos + len);
}

static void op_write_vectors(void)
{
    size_t len, pos = any_range(&len), cut = below(len);
    struct iovec v[2];

    fill(model + pos, len);
    v[0] = (struct iovec){model + pos, cut};
    v[1] = (struct iovec){model + pos + cut, len - cut};
    expect("count", pos, pwritev(fd, v, 2, (off_t)pos), (long)len);
    grow(pos + len);
}

static void op_append(void)
{
    size_t len = 1 + below(PAGE);

    if (size + len > MAX)
        return;
    fill(model + size, len);
    expect("end", size, lseek(fd, 0, SEEK_END), (long)size);
    expect("count", size, write(fd, model + size, len), (long)len);
    size += len;
}

static void op_truncate(void)
{
    size_t to = below(MAX);

    expect("truncate", to, ftruncate(fd, (off_t)to), 0);
    if (to < size)
        memset(model + to, 0, size - to);
    size = to;
}

static void op_map(bool write, bool shared)
{
    size_t len, pos = any_range(&len), start;
    unsigned char *p;

    if (pos >= size)
        return;
    len = len < size - pos ? len : size - pos;
    start = pos & ~(size_t)(PAGE - 1);
    p = mmap(NULL, pos - start + len, PROT_READ | PROT_WRITE,
             shared ? MAP_SHARED : MAP_PRIVATE, fd, (off_t)start);
    if (p == MAP_FAILED)
        wrong("mmap", pos, errno, 0);
    compare(p, start, pos - start + len);
    if (write && shared) {
        fill(model + pos, len);
        memcpy(p + (pos - start), model + pos, len);
    } else if (write) {
        fill(p + (pos - start), len); /* nobody else's to see */
    }
    expect("munmap", pos, munmap(p, pos - start + len), 0);
}

static void op_map_read(void)
{
    op_map(false, true);
}

static void op_map_write(void)
{
    op_map(true, true);
}

static void op_map_private(void)
{
    op_map(true, false);
}

/* false: the file system cannot, and nothing happened. */
static bool allocate(int mode, size_t pos, size_t len)
{
    if (no_fallocate)
        return false;
    if (fallocate(fd, mode, (off_t)pos, (off_t)len) == 0)
        return true;
    no_fallocate = path && errno == EOPNOTSUPP;
    if (!no_fallocate)
        wrong("fallocate", pos, errno, 0);
    return false;
}

static void op_reserve(void)
{
    size_t len, pos = any_range(&len);
    bool keep = next() & 64;

    if (allocate(keep ? FALLOC_FL_KEEP_SIZE : 0, pos, len) && !keep)
        grow(pos + len);
}

static void op_hole(void)
{
    size_t len, pos = any_range(&len);

    if (allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pos, len))
        memset(model + pos, 0, len);
}

static void op_copy(void)
{
    size_t len, to = any_range(&len), from = below(MAX);
    loff_t in = (loff_t)from, out = (loff_t)to;
    size_t there = from < size ? size - from : 0;

    there = there < len ? there : len;
    if (from < to + len && to < from + len)
        return;
    expect("copy", to, copy_file_range(fd, &in, fd, &out, len, 0), (long)there);
    memcpy(model + to, model + from, there);
    if (there)
        grow(to + there);
}

/* Another open file, and what was written lies safe. */
static void op_reopen(void)
{
    int again;

    if (!path)
        return;
    expect("fsync", 0, fsync(fd), 0);
    again = open(path, O_RDWR);
    expect("open", 0, again >= 0, 1);
    expect("close", 0, close(fd), 0);
    fd = again;
}

static void op_sync(void)
{
    expect("fsync", 0, next() & 64 ? fsync(fd) : fdatasync(fd), 0);
}

static void op_check_all(void)
{
    struct stat st;

    expect("fstat", 0, fstat(fd, &st), 0);
    expect("size", 0, st.st_size, (long)size);
    expect("count", 0, pread(fd, buf, MAX, 0), (long)size);
    compare(buf, 0, size);
}

static const struct {
    const char *name;
    void (*op)(void);
    unsigned weight;
} ops[] = {
    {"read", op_read, 20},
    {"write", op_write, 20},
    {"write vectors", op_write_vectors, 5},
    {"append", op_append, 5},
    {"truncate", op_truncate, 6},
    {"read a mapping", op_map_read, 10},
    {"write a mapping", op_map_write, 10},
    {"write a private mapping", op_map_private, 4},
    {"reserve", op_reserve, 4},
    {"punch a hole", op_hole, 6},
    {"copy", op_copy, 6},
    {"check all", op_check_all, 1},
    {"sync", op_sync, 1},
    {"open again", op_reopen, 1},
};

static void one(void)
{
    unsigned total = 0, pick;
    size_t i = 0;

    for (size_t n = 0; n < sizeof(ops) / sizeof(ops[0]); n++)
        total += ops[n].weight;
    for (pick = (unsigned)below(total); pick >= ops[i].weight; i++)
        pick -= ops[i].weight;
    name = ops[i].name;
    ops[i].op();
}

static void random_operations_leave_what_the_model_says(void)
{
    if (path)
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    else
        fd = memfd_create("fsx", 0);
    CHECK(fd >= 0);
    for (done = 0; done < operations; done++)
        one();
    name = "the end";
    op_check_all();
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        operations = atol(argv[1]);
    if (argc > 2)
        seed = strtoul(argv[2], NULL, 0);
    if (argc > 3)
        path = argv[3];
    state = seed * 0x9e3779b97f4a7c15 | 1;
    RUN(random_operations_leave_what_the_model_says);
    return check_end();
}
