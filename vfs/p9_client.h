// SPDX-License-Identifier: MIT
/*
 * p9_client: a session with a 9P2000.L server, and its calls.
 *
 * A transport (drivers/virtio_9p.c) carries requests, several at a time; who
 * calls sleeps until the answer is there, without regard to signals: a server
 * on the same host answers. A request's buffers belong to the transport from
 * submit until p9_request_done.
 *
 * The calls return 0, or the server's error, or -EIO for an answer that makes
 * no sense or a transport that has broken. They may sleep; no lock is taken
 * that a caller could hold.
 */
#pragma once

#include "kernel/wait.h"
#include "lib/base.h"
#include "lib/list.h"
#include "vfs/p9_msg.h"

struct page;
struct p9_client;

#define P9_PIECES_MAX 64 /* of memory, in one request */
#define P9_TAG_MAX    255
#define P9_REQUESTS   32 /* at a time */

/* --- transports --- */

struct p9_piece {
    paddr_t addr;
    uint32_t len;
};

struct p9_request {
    struct list_node node; /* the transport's, or the list of free ones */
    struct p9_client *client;
    struct wait_queue answered;
    uint16_t tag;
    uint8_t type;
    bool done;
    bool unattended;  /* nobody waits for the answer */
    int err;          /* of the transport */
    uint32_t written; /* bytes of the answer */
    struct p9_buf out, in;
    struct p9_piece piece[P9_PIECES_MAX];
    unsigned out_pieces, in_pieces;
};

struct p9_transport;

struct p9_transport_ops {
    /* Sends r, now or when there is room; does not sleep. */
    void (*submit)(struct p9_transport *t, struct p9_request *r);
};

/* A server that could be mounted. */
struct p9_transport {
    const struct p9_transport_ops *ops;
    struct p9_transport *next;
    char tag[P9_TAG_MAX + 1]; /* what it is mounted by */
    unsigned pieces_max;      /* of one request; at most P9_PIECES_MAX */
    bool in_use;              /* a session has it */
};

/* Makes a transport known; borrowed for ever. Called at boot. */
void p9_transport_register(struct p9_transport *t);

/* The answer is there: written bytes, or err. Any context. */
void p9_request_done(struct p9_request *r, uint32_t written, int err);

/* --- sessions --- */

struct p9_client {
    struct p9_transport *transport;
    uint32_t io_max;   /* data bytes of one request */
    uint32_t next_fid; /* lock */
    struct spinlock lock;
    struct list_node free; /* requests; lock */
    unsigned requests;     /* that there are; lock */
    struct wait_queue returned;
    bool complained; /* a bad answer has been logged */
    uint64_t calls;  /* statistics */
};

/*
 * Takes the transport with this tag and agrees on a version. -ENODEV: there is
 * none, -EBUSY: it is in use; -EPROTONOSUPPORT, -ENOMEM.
 */
int p9_client_open(struct p9_client *c, const char *tag);
/* All fids go with it. */
void p9_client_close(struct p9_client *c);

/* A number that no fid has had. */
uint32_t p9_fid_new(struct p9_client *c);

/* Bytes of some pages, one after the other. */
struct p9_data {
    struct page **pages;
    size_t offset; /* of the first byte, in the first page */
    size_t len;
};

int p9_attach(struct p9_client *c, uint32_t fid, struct p9_qid *qid);
/* newfid becomes name in fid's directory; name NULL: fid's own file. */
int p9_walk(struct p9_client *c, uint32_t fid, uint32_t newfid,
            const char *name, size_t len, struct p9_qid *qid);
/* Nobody waits for it, and nothing can be done when it fails. */
void p9_forget(struct p9_client *c, uint32_t fid);
int p9_clunk(struct p9_client *c, uint32_t fid);

int p9_getattr(struct p9_client *c, uint32_t fid, struct p9_attr *a);
int p9_setattr(struct p9_client *c, uint32_t fid, const struct p9_setattr *a);
int p9_statfs(struct p9_client *c, uint32_t fid, struct p9_statfs *s);

/* fid becomes open; flags: O_* of open(2). */
int p9_open(struct p9_client *c, uint32_t fid, uint32_t flags,
            struct p9_qid *qid);
/* fid, a directory's, becomes a new file, open. */
int p9_create(struct p9_client *c, uint32_t fid, const char *name, size_t len,
              uint32_t flags, uint32_t mode, uint32_t gid, struct p9_qid *qid);
/* How many bytes: fewer than asked at the end of the file, or else. */
ssize_t p9_read(struct p9_client *c, uint32_t fid, uint64_t pos,
                const struct p9_data *data);
ssize_t p9_write(struct p9_client *c, uint32_t fid, uint64_t pos,
                 const struct p9_data *data);
/* As p9_read, entries of a directory from position pos on. */
ssize_t p9_readdir(struct p9_client *c, uint32_t fid, uint64_t pos,
                   const struct p9_data *data);
int p9_fsync(struct p9_client *c, uint32_t fid, bool data_only);

/* The target, NUL-terminated, to be freed by the caller. */
int p9_readlink(struct p9_client *c, uint32_t fid, char **target);
int p9_mkdir(struct p9_client *c, uint32_t dir, const char *name, size_t len,
             uint32_t mode, uint32_t gid);
int p9_symlink(struct p9_client *c, uint32_t dir, const char *name, size_t len,
               const char *target, size_t target_len, uint32_t gid);
int p9_mknod(struct p9_client *c, uint32_t dir, const char *name, size_t len,
             uint32_t mode, uint64_t rdev, uint32_t gid);
int p9_link(struct p9_client *c, uint32_t dir, uint32_t fid, const char *name,
            size_t len);
int p9_unlink(struct p9_client *c, uint32_t dir, const char *name, size_t len,
              bool directory);
int p9_rename(struct p9_client *c, uint32_t from, const char *name, size_t len,
              uint32_t to, const char *new_name, size_t new_len);

/* newfid becomes the value of an attribute, or the list of their names (name
 * ""), to be read; *size is how long it is. */
int p9_xattrwalk(struct p9_client *c, uint32_t fid, uint32_t newfid,
                 const char *name, uint64_t *size);
/* fid becomes an attribute that is to be written; the value holds from
 * p9_clunk on. Size 0: it is removed. */
int p9_xattrcreate(struct p9_client *c, uint32_t fid, const char *name,
                   uint64_t size, int flags);
