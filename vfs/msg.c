// SPDX-License-Identifier: MIT
#include "vfs/msg.h"

#include "abi/errno.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/thread.h"
#include "kernel/wait.h"
#include "vfs/ipc.h"

struct message {
    struct list_node node;
    int64_t type;
    size_t len;
    char text[];
};

struct queue {
    struct ipc_object ipc;
    struct list_node messages;
    size_t count, bytes, max_bytes;
    int64_t send_time, receive_time;
    int sender, receiver; /* the last ones */
    struct wait_queue arrived, drained;
};

static void queue_destroy(struct ipc_object *o);
static struct ipc_table queues = IPC_TABLE_INIT(queues, MSGMNI, queue_destroy);

static struct queue *queue_of(struct ipc_object *o)
{
    return container_of(o, struct queue, ipc);
}

/* --- messages ------------------------------------------------------------- */

struct message *message_create(int64_t type, size_t len)
{
    struct message *m = kmalloc(sizeof(*m) + len);

    if (m) {
        m->type = type;
        m->len = len;
    }
    return m;
}

void message_destroy(struct message *m)
{
    kfree(m);
}

int64_t message_type(const struct message *m)
{
    return m->type;
}

void *message_text(struct message *m)
{
    return m->text;
}

size_t message_size(const struct message *m)
{
    return m->len;
}

/* --- msgget --------------------------------------------------------------- */

static void queue_destroy(struct ipc_object *o)
{
    struct queue *q = queue_of(o);

    while (!list_empty(&q->messages)) {
        struct message *m =
            list_first_entry(&q->messages, struct message, node);

        list_del(&m->node);
        message_destroy(m);
    }
    kfree(q);
}

int msg_get(int32_t key, unsigned flags)
{
    struct ipc_object *new = NULL;
    int result = ipc_get_number(&queues, key, flags, NULL, 0, &new);
    struct queue *q;

    if (result != -EAGAIN)
        return result;
    q = kzalloc(sizeof(*q));
    if (!q)
        return -ENOMEM;
    ipc_init(&q->ipc, key, flags);
    list_init(&q->messages);
    q->max_bytes = MSGMNB;
    wait_queue_init(&q->arrived);
    wait_queue_init(&q->drained);
    new = &q->ipc;
    result = ipc_get_number(&queues, key, flags, NULL, 0, &new);
    ipc_put(&queues, new);
    return result;
}

/* --- msgsnd, msgrcv ------------------------------------------------------- */

/* The queue, with a reference. */
static int find(int id, unsigned want, struct queue **q)
{
    unsigned long irq = spin_lock(&queues.lock);
    struct ipc_object *o = ipc_find_locked(&queues, id);
    int err = 0;

    if (!o)
        err = -EINVAL;
    else if (!ipc_permits(o, want))
        err = -EACCES;
    else
        ipc_get(o);
    spin_unlock(&queues.lock, irq);
    *q = o ? queue_of(o) : NULL;
    return err;
}

/* Is there nothing to wait for? *err says what came of it. */
static bool try_send(struct queue *q, struct message *m, int *err)
{
    unsigned long irq = spin_lock(&queues.lock);

    *err = 0;
    if (q->ipc.removed) {
        *err = -EIDRM;
    } else if (m->len > q->max_bytes - MIN(q->bytes, q->max_bytes) ||
               q->count >= q->max_bytes) {
        *err = -EAGAIN;
    } else {
        list_add_tail(&q->messages, &m->node);
        q->count++;
        q->bytes += m->len;
        q->send_time = ipc_now();
        q->sender = ipc_pid();
    }
    spin_unlock(&queues.lock, irq);
    if (!*err)
        wait_queue_wake_all(&q->arrived);
    return *err != -EAGAIN;
}

int msg_send(int id, struct message *m, unsigned flags)
{
    struct queue *q;
    int err = find(id, 0222, &q), waited;

    if (err)
        return err;
    if (!try_send(q, m, &err) && !(flags & IPC_NOWAIT)) {
        waited = wait_event(&q->drained, try_send(q, m, &err), WAIT_FOREVER);
        if (waited)
            err = -EINTR;
    }
    ipc_put(&queues, &q->ipc);
    return err;
}

/* The one that type means (msgop(2)), or NULL. Lock held. */
static struct message *choose(struct queue *q, int64_t type, unsigned flags)
{
    struct message *m, *best = NULL;
    int64_t limit = type == INT64_MIN ? INT64_MAX : -type;

    list_for_each_entry (m, &q->messages, node) {
        if (type == 0)
            return m;
        if (type > 0 && (m->type == type) == !(flags & MSG_EXCEPT))
            return m;
        if (type < 0 && m->type <= limit && (!best || m->type < best->type))
            best = m;
    }
    return best;
}

struct receive {
    struct queue *queue;
    size_t size;
    int64_t type;
    unsigned flags;
    struct message *message; /* the answer */
};

static bool try_receive(struct receive *r, int *err)
{
    struct queue *q = r->queue;
    unsigned long irq = spin_lock(&queues.lock);
    struct message *m = choose(q, r->type, r->flags);

    *err = 0;
    if (q->ipc.removed) {
        *err = -EIDRM;
    } else if (!m) {
        *err = -ENOMSG;
    } else if (m->len > r->size && !(r->flags & MSG_NOERROR)) {
        *err = -E2BIG;
    } else {
        list_del(&m->node);
        q->count--;
        q->bytes -= m->len;
        q->receive_time = ipc_now();
        q->receiver = ipc_pid();
        r->message = m;
    }
    spin_unlock(&queues.lock, irq);
    if (!*err)
        wait_queue_wake_all(&q->drained);
    return *err != -ENOMSG;
}

int msg_receive(int id, size_t size, int64_t type, unsigned flags,
                struct message **m)
{
    struct receive r = {.size = size, .type = type, .flags = flags};
    int err = find(id, 0444, &r.queue), waited;

    if (err)
        return err;
    if (!try_receive(&r, &err) && !(flags & IPC_NOWAIT)) {
        waited =
            wait_event(&r.queue->arrived, try_receive(&r, &err), WAIT_FOREVER);
        if (waited)
            err = -EINTR;
    }
    ipc_put(&queues, &r.queue->ipc);
    *m = r.message;
    return err;
}

/* --- msgctl --------------------------------------------------------------- */

static void describe_locked(struct queue *q, struct abi_msqid_ds *ds)
{
    *ds = (struct abi_msqid_ds){
        .stime = q->send_time,
        .rtime = q->receive_time,
        .ctime = q->ipc.ctime,
        .cbytes = q->bytes,
        .qnum = q->count,
        .qbytes = q->max_bytes,
        .lspid = q->sender,
        .lrpid = q->receiver,
    };
    ipc_describe(&q->ipc, &ds->perm);
}

int msg_stat(int id, int op, struct abi_msqid_ds *ds)
{
    unsigned long irq = spin_lock(&queues.lock);
    struct ipc_object *o = op == IPC_STAT ? ipc_find_locked(&queues, id)
                                          : ipc_find_index_locked(&queues, id);
    int result = op == IPC_STAT || !o ? 0 : o->id;

    if (!o)
        result = -EINVAL;
    else if (op != MSG_STAT_ANY && !ipc_permits(o, 0444))
        result = -EACCES;
    else
        describe_locked(queue_of(o), ds);
    spin_unlock(&queues.lock, irq);
    return result;
}

int msg_set(int id, const struct abi_msqid_ds *ds)
{
    unsigned long irq = spin_lock(&queues.lock);
    struct ipc_object *o = ipc_find_locked(&queues, id);
    int err = -EINVAL;

    if (o && ds->qbytes > MSGMNB && !capable(CAP_SYS_RESOURCE))
        err = -EPERM;
    else if (o)
        err = ipc_change(o, &ds->perm);
    if (!err) {
        queue_of(o)->max_bytes = ds->qbytes;
        wait_queue_wake_all(&queue_of(o)->drained);
    }
    spin_unlock(&queues.lock, irq);
    return err;
}

int msg_remove(int id)
{
    unsigned long irq = spin_lock(&queues.lock);
    struct ipc_object *o = ipc_find_locked(&queues, id);
    int err = o ? 0 : -EINVAL;

    if (o && !ipc_owned(o)) {
        err = -EPERM;
        o = NULL;
    }
    if (o)
        ipc_remove_locked(&queues, o);
    spin_unlock(&queues.lock, irq);
    if (o) {
        wait_queue_wake_all(&queue_of(o)->arrived);
        wait_queue_wake_all(&queue_of(o)->drained);
    }
    ipc_put(&queues, o);
    return err;
}

int msg_info(struct abi_msginfo *info)
{
    unsigned long irq = spin_lock(&queues.lock);
    struct ipc_object *o;
    int highest = 0;

    info->msgpool = (int32_t)queues.count;
    info->msgmap = info->msgtql = 0;
    list_for_each_entry (o, &queues.objects, node) {
        highest = (int)ipc_index(o);
        info->msgmap += (int32_t)queue_of(o)->count;
        info->msgtql += (int32_t)queue_of(o)->bytes;
    }
    spin_unlock(&queues.lock, irq);
    return highest;
}
