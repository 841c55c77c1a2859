// SPDX-License-Identifier: MIT
/* sendfile: as sendfile(2) says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "check.h"

enum { SIZE = 300000 };

static unsigned char data[SIZE], back[SIZE];
static int in, out;

/* Two files in memory: in with data, out empty. */
static void open_both(void)
{
    in = memfd_create("in", 0);
    out = memfd_create("out", 0);
    CHECK(in >= 0 && out >= 0);
    for (int i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 7 + i / 256);
    CHECK_EQ(pwrite(in, data, SIZE, 0), SIZE);
}

static void close_both(void)
{
    close(in);
    close(out);
}

static void an_offset_of_the_caller_moves_alone(void)
{
    off_t offset = 10;

    open_both();
    CHECK_EQ(sendfile(out, in, &offset, 200000), 200000);
    CHECK_EQ(offset, 200010);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
    CHECK_EQ(lseek(out, 0, SEEK_CUR), 200000);
    CHECK_EQ(pread(out, back, SIZE, 0), 200000);
    CHECK(memcmp(back, data + 10, 200000) == 0);
    close_both();
}

static void without_one_the_files_offset_moves(void)
{
    open_both();
    CHECK_EQ(lseek(in, 5, SEEK_SET), 5);
    CHECK_EQ(sendfile(out, in, NULL, SIZE * 2), SIZE - 5);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), SIZE);
    CHECK_EQ(sendfile(out, in, NULL, 1), 0);
    CHECK_EQ(pread(out, back, SIZE, 0), SIZE - 5);
    CHECK(memcmp(back, data + 5, SIZE - 5) == 0);
    close_both();
}

static void a_pipe_takes_what_fits(void)
{
    int pipes[2];

    open_both();
    CHECK_EQ(pipe2(pipes, O_NONBLOCK), 0);
    CHECK_EQ(sendfile(pipes[1], in, NULL, 1000), 1000);
    CHECK_EQ(read(pipes[0], back, SIZE), 1000);
    CHECK(memcmp(back, data, 1000) == 0);
    CHECK(sendfile(pipes[1], in, NULL, SIZE) > 0);
    CHECK(lseek(in, 0, SEEK_CUR) < SIZE);
    close(pipes[0]);
    close(pipes[1]);
    close_both();
}

static void a_file_without_a_length_is_sent_to_its_end(void)
{
    int proc = open("/proc/meminfo", O_RDONLY);
    ssize_t n, total = 0;

    open_both();
    while ((n = sendfile(out, proc, NULL, SIZE)) > 0)
        total += n;
    CHECK_EQ(n, 0);
    CHECK(total > 100);
    CHECK_EQ(pread(out, back, SIZE, 0), total);
    CHECK(memmem(back, (size_t)total, "\nMemFree:", 9) != NULL);
    close(proc);
    close_both();
}

static void errors_are_those_of_the_manual(void)
{
    off_t negative = -1;
    int pipes[2], folder;

    open_both();
    CHECK_ERRNO(sendfile(-1, in, NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(out, -1, NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(out, in, &negative, 1), EINVAL);
    CHECK_ERRNO(sendfile(out, in, check_pointer(1), 1), EFAULT);
    CHECK_EQ(pipe(pipes), 0);
    CHECK_ERRNO(sendfile(out, pipes[1], NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(pipes[0], in, NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(out, pipes[0], NULL, 1), EINVAL);
    folder = open("/", O_RDONLY | O_DIRECTORY);
    CHECK_ERRNO(sendfile(out, folder, NULL, 1), EINVAL);
    close(folder);
    CHECK_EQ(fcntl(out, F_SETFL, O_APPEND), 0);
    CHECK_ERRNO(sendfile(out, in, NULL, 1), EINVAL);
    close(pipes[0]);
    close(pipes[1]);
    close_both();
}

int main(void)
{
    RUN(an_offset_of_the_caller_moves_alone);
    RUN(without_one_the_files_offset_moves);
    RUN(a_pipe_takes_what_fits);
    RUN(a_file_without_a_length_is_sent_to_its_end);
    RUN(errors_are_those_of_the_manual);
    return check_end();
}
