// SPDX-License-Identifier: MIT
/* aio: io_setup(2), io_submit(2), io_getevents(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define PATH  "/tmp/aio-test"
#define TEXT  "asynchronous"
#define ROUND 64
#define FD    50 /* of the file */

static aio_context_t ctx;

static int setup(unsigned n, aio_context_t *c)
{
    return (int)syscall(SYS_io_setup, n, c);
}

static int destroy(aio_context_t c)
{
    return (int)syscall(SYS_io_destroy, c);
}

static int submit(aio_context_t c, long n, struct iocb **r)
{
    return (int)syscall(SYS_io_submit, c, n, r);
}

static int submit_one(struct iocb *r)
{
    return submit(ctx, 1, &r);
}

static int get_events(long min, long n, struct io_event *e, struct timespec *t)
{
    return (int)syscall(SYS_io_getevents, ctx, min, n, e, t);
}

static struct iocb request(int op, const void *buf, size_t n, long long at)
{
    return (struct iocb){
        .aio_data = 0x1234,
        .aio_lio_opcode = (uint16_t)op,
        .aio_fildes = FD,
        .aio_buf = (uintptr_t)buf,
        .aio_nbytes = n,
        .aio_offset = at,
    };
}

static void open_as(int flags)
{
    int fd = open(PATH, flags, 0600);

    CHECK(fd >= 0);
    CHECK_EQ(dup2(fd, FD), FD);
    close(fd);
}

static void begin(void)
{
    ctx = 0;
    CHECK_EQ(setup(ROUND, &ctx), 0);
    open_as(O_RDWR | O_CREAT | O_TRUNC);
}

static void end(void)
{
    CHECK_EQ(destroy(ctx), 0);
    close(FD);
    unlink(PATH);
}

/* Submits r and says what its event does. */
static long long result_of(struct iocb *r)
{
    struct io_event e = {0};

    CHECK_EQ(submit_one(r), 1);
    CHECK_EQ(get_events(1, 1, &e, NULL), 1);
    CHECK_EQ(e.data, 0x1234);
    CHECK_EQ(e.obj, (uintptr_t)r);
    CHECK_EQ(e.res2, 0);
    return e.res;
}

static void contexts_are_made_and_destroyed(void)
{
    aio_context_t c = 0, used = 1;

    CHECK_EQ(setup(1, &c), 0);
    CHECK(c != 0);
    CHECK_EQ(destroy(c), 0);
    CHECK_ERRNO(destroy(c), EINVAL);
    c = 0;
    CHECK_ERRNO(setup(0, &c), EINVAL);
    CHECK_ERRNO(setup(1, &used), EINVAL);
    CHECK_ERRNO(setup(1000000, &c), EAGAIN);
    CHECK_ERRNO(setup(100000000, &c), EINVAL);
    CHECK_ERRNO(setup(1, check_pointer(8)), EFAULT);
    CHECK_ERRNO(destroy(0), EINVAL);
    CHECK_ERRNO(destroy((aio_context_t)&c), EINVAL);
}

static void what_is_written_is_read(void)
{
    char buf[32] = "";
    struct iocb w = request(IOCB_CMD_PWRITE, TEXT, 12, 100);
    struct iocb r = request(IOCB_CMD_PREAD, buf, sizeof(buf), 104);
    struct iocb past = request(IOCB_CMD_PREAD, buf, sizeof(buf), 500);

    begin();
    CHECK_EQ(result_of(&w), 12);
    CHECK_EQ(lseek(FD, 0, SEEK_END), 112);
    CHECK_EQ(result_of(&r), 8);
    CHECK(!memcmp(buf, TEXT + 4, 8));
    CHECK_EQ(result_of(&past), 0);
    end();
}

static void several_buffers_make_one_request(void)
{
    char a[6] = "", b[6] = "";
    struct iovec out[] = {{(char *)TEXT, 6}, {(char *)TEXT + 6, 6}};
    struct iovec in[] = {{a, 6}, {b, 6}};
    struct iocb w = request(IOCB_CMD_PWRITEV, out, 2, 0);
    struct iocb r = request(IOCB_CMD_PREADV, in, 2, 0);

    begin();
    CHECK_EQ(result_of(&w), 12);
    CHECK_EQ(result_of(&r), 12);
    CHECK(!memcmp(a, TEXT, 6) && !memcmp(b, TEXT + 6, 6));
    end();
}

static void a_file_is_synced(void)
{
    struct iocb s = request(IOCB_CMD_FSYNC, NULL, 0, 0);
    struct iocb d = request(IOCB_CMD_FDSYNC, NULL, 0, 0);
    struct iocb bad = request(IOCB_CMD_FSYNC, NULL, 1, 0);

    begin();
    CHECK_EQ(result_of(&s), 0);
    CHECK_EQ(result_of(&d), 0);
    CHECK_ERRNO(submit_one(&bad), EINVAL);
    end();
}

static void many_requests_keep_apart(void)
{
    struct iocb r[ROUND], *list[ROUND];
    struct io_event e[ROUND];
    unsigned long seen = 0;

    begin();
    for (int i = 0; i < ROUND; i++) {
        r[i] = request(IOCB_CMD_PWRITE, TEXT, 1, i);
        r[i].aio_data = (uint64_t)i;
        list[i] = &r[i];
    }
    CHECK_EQ(submit(ctx, ROUND, list), ROUND);
    for (int got = 0; got < ROUND;) {
        int n = get_events(1, ROUND, e, NULL);

        CHECK(n > 0);
        for (int i = 0; i < n; i++) {
            CHECK_EQ(e[i].res, 1);
            CHECK(e[i].data < ROUND && !(seen >> e[i].data & 1));
            seen |= 1ul << e[i].data;
        }
        got += n;
    }
    end();
}

static void results_that_nobody_fetches_fill_the_context(void)
{
    struct iocb r = request(IOCB_CMD_PREAD, NULL, 0, 0), *p = &r;
    struct io_event e;
    int n = 0;

    begin();
    while (n < 100000 && submit(ctx, 1, &p) == 1)
        n++;
    CHECK_EQ(errno, EAGAIN);
    CHECK(n >= ROUND && n < 100000);
    CHECK_EQ(get_events(1, 1, &e, NULL), 1);
    CHECK_EQ(submit(ctx, 1, &p), 1);
    end();
}

static void an_eventfd_is_told(void)
{
    struct iocb r = request(IOCB_CMD_PWRITE, TEXT, 3, 0);
    int told = eventfd(0, EFD_NONBLOCK);
    uint64_t count = 0;

    begin();
    r.aio_flags = IOCB_FLAG_RESFD;
    r.aio_resfd = (uint32_t)told;
    CHECK_EQ(result_of(&r), 3);
    CHECK_EQ(read(told, &count, 8), 8);
    CHECK_EQ(count, 1);
    r.aio_resfd = FD;
    CHECK_ERRNO(submit_one(&r), EINVAL);
    r.aio_resfd = 9999;
    CHECK_ERRNO(submit_one(&r), EBADF);
    close(told);
    end();
}

static void bad_requests_are_refused(void)
{
    struct iocb r = request(IOCB_CMD_PREAD, NULL, 0, 0), *p = &r, *null = NULL;

    begin();
    r.aio_fildes = 9999;
    CHECK_ERRNO(submit_one(&r), EBADF);
    r.aio_fildes = FD;
    r.aio_lio_opcode = 99;
    CHECK_ERRNO(submit_one(&r), EINVAL);
    r.aio_lio_opcode = IOCB_CMD_PREAD;
    r.aio_reserved2 = 1;
    CHECK_ERRNO(submit_one(&r), EINVAL);
    r.aio_reserved2 = 0;
    r.aio_nbytes = (uint64_t)-1;
    CHECK_ERRNO(submit_one(&r), EINVAL);
    CHECK_ERRNO(submit(ctx, -1, &p), EINVAL);
    CHECK_EQ(submit(ctx, 0, &p), 0);
    CHECK_ERRNO(submit(0, 1, &p), EINVAL);
    CHECK_ERRNO(submit(ctx, 1, &null), EFAULT);
    CHECK_ERRNO(submit(ctx, 1, check_pointer(8)), EFAULT);
    r.aio_nbytes = 0;
    r.aio_key = 0;
    CHECK_ERRNO(syscall(SYS_io_cancel, ctx, &r, check_pointer(8)), EINVAL);
    end();
}

/* The first error is told only if nothing was begun before it. */
static void an_error_stops_the_rest(void)
{
    struct iocb good = request(IOCB_CMD_PWRITE, TEXT, 2, 0), bad;
    struct iocb *list[] = {&good, &bad, &good};
    struct io_event e[3];

    begin();
    bad = good;
    bad.aio_fildes = 9999;
    CHECK_EQ(submit(ctx, 3, list), 1);
    CHECK_EQ(get_events(1, 3, e, NULL), 1);
    end();
}

static void errors_of_the_transfer_are_results(void)
{
    struct iocb r = request(IOCB_CMD_PREAD, check_pointer(8), 5, 0);
    struct iocb w = request(IOCB_CMD_PWRITE, TEXT, 5, 0);

    begin();
    CHECK_EQ(result_of(&w), 5);
    CHECK_EQ(result_of(&r), -EFAULT);
    open_as(O_RDONLY);
    CHECK_ERRNO(submit_one(&w), EBADF);
    end();
}

static void waiting_has_an_end(void)
{
    struct timespec none = {0, 0}, some = {0, 20000000};
    struct io_event e;

    begin();
    CHECK_EQ(get_events(0, 1, &e, NULL), 0);
    CHECK_EQ(get_events(1, 1, &e, &none), 0);
    CHECK_EQ(get_events(1, 1, &e, &some), 0);
    CHECK_ERRNO(get_events(2, 1, &e, NULL), EINVAL);
    CHECK_ERRNO(get_events(-1, 1, &e, NULL), EINVAL);
    CHECK_ERRNO(get_events(1, 1, &e, check_pointer(8)), EFAULT);
    CHECK_ERRNO(syscall(SYS_io_getevents, 0, 1, 1, &e, NULL), EINVAL);
    end();
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void a_signal_ends_the_wait(void)
{
    const struct itimerval soon = {.it_value.tv_usec = 50000};
    struct sigaction sa = {.sa_handler = on_alarm};
    struct io_event e;

    begin();
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    CHECK_ERRNO(get_events(1, 1, &e, NULL), EINTR);
    end();
}

static void a_mask_holds_while_waiting(void)
{
    struct {
        const void *mask;
        size_t size;
    } sig = {0};
    uint64_t alarm_bit = 1ull << (SIGALRM - 1);
    struct timespec some = {0, 20000000};
    struct io_event e;

    begin();
    sig.mask = &alarm_bit;
    sig.size = 8;
    CHECK_EQ(syscall(SYS_io_pgetevents, ctx, 1, 1, &e, &some, &sig), 0);
    sig.size = 4;
    CHECK_ERRNO(syscall(SYS_io_pgetevents, ctx, 1, 1, &e, &some, &sig), EINVAL);
    CHECK_EQ(syscall(SYS_io_pgetevents, ctx, 0, 1, &e, NULL, NULL), 0);
    end();
}

static void *submit_later(void *arg)
{
    usleep(30000);
    return submit_one(arg) == 1 ? NULL : arg;
}

static void another_thread_ends_the_wait(void)
{
    struct iocb r = request(IOCB_CMD_PWRITE, TEXT, 4, 0);
    struct io_event e;
    pthread_t t;
    void *failed;

    begin();
    CHECK_EQ(pthread_create(&t, NULL, submit_later, &r), 0);
    CHECK_EQ(get_events(1, 1, &e, NULL), 1);
    CHECK_EQ(e.res, 4);
    CHECK_EQ(pthread_join(t, &failed), 0);
    CHECK(!failed);
    end();
}

static void a_child_has_no_context(void)
{
    struct io_event e;
    int status;
    pid_t pid;

    begin();
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        _exit(get_events(0, 1, &e, NULL) == -1 && errno == EINVAL ? 0 : 1);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    end();
}

static void a_pipe_can_be_read(void)
{
    char buf[8] = "";
    struct iocb r = request(IOCB_CMD_PREAD, buf, sizeof(buf), 0);
    int p[2];

    begin();
    CHECK_EQ(pipe(p), 0);
    CHECK_EQ(write(p[1], "abc", 3), 3);
    r.aio_fildes = (uint32_t)p[0];
    CHECK_EQ(result_of(&r), 3);
    CHECK(!memcmp(buf, "abc", 3));
    close(p[0]);
    close(p[1]);
    end();
}

int main(void)
{
    RUN(contexts_are_made_and_destroyed);
    RUN(what_is_written_is_read);
    RUN(several_buffers_make_one_request);
    RUN(a_file_is_synced);
    RUN(many_requests_keep_apart);
    RUN(results_that_nobody_fetches_fill_the_context);
    RUN(an_eventfd_is_told);
    RUN(bad_requests_are_refused);
    RUN(an_error_stops_the_rest);
    RUN(errors_of_the_transfer_are_results);
    RUN(waiting_has_an_end);
    RUN(a_signal_ends_the_wait);
    RUN(a_mask_holds_while_waiting);
    RUN(another_thread_ends_the_wait);
    RUN(a_child_has_no_context);
    RUN(a_pipe_can_be_read);
    return check_end();
}
