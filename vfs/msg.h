// SPDX-License-Identifier: MIT
/*
 * msg: System V message queues (sysvipc(7), msgop(2)).
 *
 * All functions may sleep, and return negative errno as the calls do.
 */
#pragma once

#include "abi/ipc.h"
#include "lib/base.h"

struct message;

/* One with room for len bytes at message_text; NULL: no memory. */
struct message *message_create(int64_t type, size_t len);
void message_destroy(struct message *m); /* m may be NULL */
int64_t message_type(const struct message *m);
void *message_text(struct message *m);
size_t message_size(const struct message *m);

int msg_get(int32_t key, unsigned flags);
/* msgsnd(2): takes m when it answers 0. */
int msg_send(int id, struct message *m, unsigned flags);
/* msgrcv(2): a message that fits in size, or any with MSG_NOERROR; the
 * caller's. */
int msg_receive(int id, size_t size, int64_t type, unsigned flags,
                struct message **m);

/* msgctl(2). IPC_STAT; MSG_STAT and MSG_STAT_ANY, whose id is an index. */
int msg_stat(int id, int op, struct abi_msqid_ds *ds);
int msg_set(int id, const struct abi_msqid_ds *ds);
int msg_remove(int id);
/* MSG_INFO: the highest index; queues, messages and bytes in use. */
int msg_info(struct abi_msginfo *info);
