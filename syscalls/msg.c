// SPDX-License-Identifier: MIT
/* msg: System V message queues; vfs/msg.h does the work. */
#include "vfs/msg.h"

#include "abi/errno.h"
#include "kernel/doctor.h"
#include "syscalls/define.h"

/* msgget(2) */
SYSCALL_DEFINE2(msgget, int, key, int, msgflg)
{
    return msg_get(key, (unsigned)msgflg);
}

/* msgsnd(2): behind a long that says the type comes the text. */
SYSCALL_DEFINE4(msgsnd, int, msqid, const int64_t user *, msgp, size_t, size,
                int, msgflg)
{
    struct message *m;
    int64_t type;
    int err;

    if (get_user(&type, msgp))
        return -EFAULT;
    if (msqid < 0 || size > MSGMAX || type < 1)
        return -EINVAL;
    m = message_create(type, size);
    if (!m)
        return -ENOMEM;
    err = copy_from_user(message_text(m), msgp + 1, size)
              ? -EFAULT
              : msg_send(msqid, m, (unsigned)msgflg);
    if (err)
        message_destroy(m);
    return err;
}

/* msgrcv(2): how long the text is. */
SYSCALL_DEFINE5(msgrcv, int, msqid, int64_t user *, msgp, size_t, size, int64_t,
                type, int, msgflg)
{
    struct message *m;
    size_t len;
    long err;

    if (msqid < 0 || size > INT64_MAX)
        return -EINVAL;
    if (msgflg & MSG_COPY) {
        doctor_refused("msgrcv", "msgflg=0x%x (MSG_COPY)", msgflg);
        return -ENOSYS;
    }
    err = msg_receive(msqid, size, type, (unsigned)msgflg, &m);
    if (err)
        return err;
    len = MIN(size, message_size(m));
    if (put_user(message_type(m), msgp) ||
        copy_to_user(msgp + 1, message_text(m), len))
        err = -EFAULT;
    message_destroy(m);
    return err ? err : (long)len;
}
SYSCALL_PARTIAL(msgrcv, "MSG_COPY answers ENOSYS, as Linux may");

static long stat_to_user(int id, int op, void user *buf)
{
    struct abi_msqid_ds ds;
    int result = msg_stat(id, op, &ds);

    if (result >= 0 && copy_to_user(buf, &ds, sizeof(ds)))
        return -EFAULT;
    return result;
}

static long set_from_user(int id, const void user *buf)
{
    struct abi_msqid_ds ds;

    return copy_from_user(&ds, buf, sizeof(ds)) ? -EFAULT : msg_set(id, &ds);
}

/* Both answer the highest index in use. */
static long info_to_user(int op, void user *buf)
{
    struct abi_msginfo info = {
        .msgmax = MSGMAX,
        .msgmnb = MSGMNB,
        .msgmni = MSGMNI,
        .msgssz = 16,
        .msgseg = 0xffff,
    };
    int highest = msg_info(&info);

    if (op == IPC_INFO) {
        info.msgpool = MSGMNI * MSGMNB / 1024;
        info.msgmap = info.msgtql = MSGMNB;
    }
    return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

/* msgctl(2) */
SYSCALL_DEFINE3(msgctl, int, msqid, int, op, void user *, buf)
{
    if (msqid < 0 || op < 0)
        return -EINVAL;
    switch (op) {
    case IPC_RMID:
        return msg_remove(msqid);
    case IPC_SET:
        return set_from_user(msqid, buf);
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY:
        return stat_to_user(msqid, op, buf);
    case IPC_INFO:
    case MSG_INFO:
        return info_to_user(op, buf);
    default:
        return -EINVAL;
    }
}
