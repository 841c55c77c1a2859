// SPDX-License-Identifier: MIT
/* messages: System V: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define KEY 0x3e55a6e

struct text {
    long type;
    char text[8192 + 1];
};

static int id;
static struct text in, out;

static void begin(void)
{
    id = msgget(IPC_PRIVATE, 0600);
    CHECK(id >= 0);
}

static void end(void)
{
    CHECK_EQ(msgctl(id, IPC_RMID, NULL), 0);
}

static int send_text(long type, const char *text)
{
    out.type = type;
    strcpy(out.text, text);
    return msgsnd(id, &out, strlen(text), IPC_NOWAIT);
}

/* Takes one, which must be this. */
static void expect(long type, int flags, const char *text)
{
    CHECK_EQ(msgrcv(id, &in, sizeof(in.text), type, flags | IPC_NOWAIT),
             strlen(text));
    CHECK(!memcmp(in.text, text, strlen(text)));
}

static void queues_are_made_and_found(void)
{
    int first = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);

    CHECK(first >= 0);
    CHECK_EQ(msgget(KEY, 0600), first);
    CHECK_ERRNO(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK_EQ(msgctl(first, IPC_RMID, NULL), 0);
    CHECK_ERRNO(msgget(KEY, 0600), ENOENT);
    CHECK_ERRNO(msgctl(first, IPC_RMID, NULL), EINVAL);
}

static void messages_come_in_order(void)
{
    begin();
    CHECK_EQ(send_text(3, "first"), 0);
    CHECK_EQ(send_text(1, "second"), 0);
    CHECK_EQ(send_text(2, ""), 0);
    expect(0, 0, "first");
    CHECK_EQ(in.type, 3);
    expect(0, 0, "second");
    expect(0, 0, "");
    CHECK_EQ(in.type, 2);
    CHECK_ERRNO(msgrcv(id, &in, 10, 0, IPC_NOWAIT), ENOMSG);
    end();
}

static void types_are_chosen(void)
{
    begin();
    CHECK_EQ(send_text(5, "five"), 0);
    CHECK_EQ(send_text(2, "two"), 0);
    CHECK_EQ(send_text(3, "three"), 0);
    CHECK_EQ(send_text(2, "two again"), 0);
    expect(3, 0, "three");
    expect(-4, 0, "two");
    expect(2, MSG_EXCEPT, "five");
    CHECK_ERRNO(msgrcv(id, &in, 10, 7, IPC_NOWAIT), ENOMSG);
    CHECK_ERRNO(msgrcv(id, &in, 10, -1, IPC_NOWAIT), ENOMSG);
    expect(-2, 0, "two again");
    end();
}

static void long_ones_are_cut_if_allowed(void)
{
    begin();
    CHECK_EQ(send_text(1, "0123456789"), 0);
    CHECK_ERRNO(msgrcv(id, &in, 4, 0, IPC_NOWAIT), E2BIG);
    CHECK_EQ(msgrcv(id, &in, 4, 0, MSG_NOERROR), 4);
    CHECK(!memcmp(in.text, "0123", 4));
    CHECK_ERRNO(msgrcv(id, &in, 4, 0, IPC_NOWAIT), ENOMSG);
    end();
}

static void arguments_are_checked(void)
{
    begin();
    CHECK_ERRNO(send_text(0, "x"), EINVAL);
    CHECK_ERRNO(send_text(-1, "x"), EINVAL);
    out.type = 1;
    CHECK_ERRNO(msgsnd(id, &out, 8193, IPC_NOWAIT), EINVAL);
    CHECK_ERRNO(msgsnd(-1, &out, 1, 0), EINVAL);
    CHECK_ERRNO(msgsnd(id, check_pointer(8), 1, 0), EFAULT);
    CHECK_ERRNO(msgrcv(id, &in, (size_t)-1, 0, IPC_NOWAIT), EINVAL);
    CHECK_ERRNO(msgctl(id, 99, NULL), EINVAL);
    end();
    CHECK_ERRNO(send_text(1, "x"), EINVAL);
}

static void a_queue_fills(void)
{
    struct msqid_ds ds;
    int n = 0;

    begin();
    out.type = 1;
    while (msgsnd(id, &out, 1000, IPC_NOWAIT) == 0)
        n++;
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(msgctl(id, IPC_STAT, &ds), 0);
    CHECK_EQ(ds.msg_qnum, n);
    CHECK_EQ(n, ds.msg_qbytes / 1000);
    CHECK_EQ(ds.msg_lspid, getpid());
    CHECK(llabs(ds.msg_stime - time(NULL)) <= 2);
    ds.msg_qbytes = 500;
    CHECK_EQ(msgctl(id, IPC_SET, &ds), 0);
    while (n-- > 0)
        CHECK_EQ(msgrcv(id, &in, 1000, 0, IPC_NOWAIT), 1000);
    CHECK_ERRNO(msgsnd(id, &out, 501, IPC_NOWAIT), EAGAIN);
    CHECK_EQ(msgsnd(id, &out, 500, IPC_NOWAIT), 0);
    end();
}

static void *receive_one(void *arg)
{
    static struct text t;

    (void)arg;
    return (void *)(long)(msgrcv(id, &t, 100, 4, 0) < 0 ? errno : t.text[0]);
}

static void who_waits_gets_it(void)
{
    pthread_t t;
    void *result;

    begin();
    CHECK_EQ(pthread_create(&t, NULL, receive_one, NULL), 0);
    usleep(20000);
    CHECK_EQ(send_text(3, "no"), 0);
    usleep(5000);
    CHECK_EQ(send_text(4, "yes"), 0);
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK_EQ(result, 'y');
    end();
}

static void removal_is_told(void)
{
    pthread_t t;
    void *result;

    begin();
    CHECK_EQ(pthread_create(&t, NULL, receive_one, NULL), 0);
    usleep(50000);
    end();
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK(result == (void *)EIDRM || result == (void *)EINVAL);
}

static void on_alarm(int sig)
{
    (void)sig;
}

static void a_signal_ends_the_wait(void)
{
    const struct itimerval soon = {.it_value.tv_usec = 30000};
    struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

    begin();
    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
    CHECK_ERRNO(msgrcv(id, &in, 10, 0, 0), EINTR);
    end();
}

/* More than fits at once, so that the sender waits too. */
static void a_process_sends_another_receives(void)
{
    enum { ROUNDS = 500 };
    int status;
    pid_t pid;

    begin();
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        out.type = 1;
        for (int i = 0; i < ROUNDS; i++) {
            memcpy(out.text, &i, sizeof(i));
            if (msgsnd(id, &out, 700, 0))
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(msgrcv(id, &in, 700, 0, 0), 700);
        CHECK(!memcmp(in.text, &i, sizeof(i)));
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    end();
}

int main(void)
{
    RUN(queues_are_made_and_found);
    RUN(messages_come_in_order);
    RUN(types_are_chosen);
    RUN(long_ones_are_cut_if_allowed);
    RUN(arguments_are_checked);
    RUN(a_queue_fills);
    RUN(who_waits_gets_it);
    RUN(removal_is_told);
    RUN(a_signal_ends_the_wait);
    RUN(a_process_sends_another_receives);
    return check_end();
}
