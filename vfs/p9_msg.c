// SPDX-License-Identifier: MIT
/* p9_msg: writing and reading the pieces of messages. */
#include "vfs/p9_msg.h"

#include "abi/errno.h"
#include "abi/limits.h"
#include "kernel/clock.h"
#include "lib/string.h"

/* Errors of the protocol's dialect are Linux's; above these are numbers that
 * mean something inside this kernel alone. */
#define ERRNO_LAST 133

/* --- writing --- */

static void put(struct p9_buf *b, const void *data, size_t len)
{
    if (b->bad || len > b->size - b->at) {
        b->bad = true;
        return;
    }
    memcpy(b->data + b->at, data, len);
    b->at += len;
}

void p9_put_u8(struct p9_buf *b, uint8_t v)
{
    put(b, &v, sizeof(v));
}

void p9_put_u16(struct p9_buf *b, uint16_t v)
{
    put(b, &v, sizeof(v));
}

void p9_put_u32(struct p9_buf *b, uint32_t v)
{
    put(b, &v, sizeof(v));
}

void p9_put_u64(struct p9_buf *b, uint64_t v)
{
    put(b, &v, sizeof(v));
}

void p9_put_string(struct p9_buf *b, const char *s, size_t len)
{
    if (len > UINT16_MAX)
        b->bad = true;
    p9_put_u16(b, (uint16_t)len);
    put(b, s, len);
}

static void put_time(struct p9_buf *b, int64_t ns)
{
    int64_t sec = ns / (int64_t)NSEC_PER_SEC;
    int64_t rest = ns % (int64_t)NSEC_PER_SEC;

    if (rest < 0) {
        sec--;
        rest += (int64_t)NSEC_PER_SEC;
    }
    p9_put_u64(b, (uint64_t)sec);
    p9_put_u64(b, (uint64_t)rest);
}

void p9_put_setattr(struct p9_buf *b, const struct p9_setattr *a)
{
    p9_put_u32(b, a->valid);
    p9_put_u32(b, a->mode);
    p9_put_u32(b, a->uid);
    p9_put_u32(b, a->gid);
    p9_put_u64(b, a->size);
    put_time(b, a->atime_ns);
    put_time(b, a->mtime_ns);
}

void p9_begin(struct p9_buf *b, uint8_t type, uint16_t tag)
{
    b->at = 0;
    b->bad = false;
    p9_put_u32(b, 0);
    p9_put_u8(b, type);
    p9_put_u16(b, tag);
}

void p9_finish(struct p9_buf *b, size_t payload)
{
    uint32_t size = (uint32_t)(b->at + payload);

    memcpy(b->data, &size, sizeof(size));
}

/* --- reading --- */

static void get(struct p9_buf *b, void *data, size_t len)
{
    if (b->bad || len > b->size - b->at) {
        b->bad = true;
        memset(data, 0, len);
        return;
    }
    memcpy(data, b->data + b->at, len);
    b->at += len;
}

uint8_t p9_get_u8(struct p9_buf *b)
{
    uint8_t v;

    get(b, &v, sizeof(v));
    return v;
}

uint16_t p9_get_u16(struct p9_buf *b)
{
    uint16_t v;

    get(b, &v, sizeof(v));
    return v;
}

uint32_t p9_get_u32(struct p9_buf *b)
{
    uint32_t v;

    get(b, &v, sizeof(v));
    return v;
}

uint64_t p9_get_u64(struct p9_buf *b)
{
    uint64_t v;

    get(b, &v, sizeof(v));
    return v;
}

const char *p9_get_string(struct p9_buf *b, size_t *len)
{
    const char *s;

    *len = p9_get_u16(b);
    if (b->bad || *len > b->size - b->at) {
        b->bad = true;
        *len = 0;
        return "";
    }
    s = (const char *)b->data + b->at;
    b->at += *len;
    return s;
}

void p9_get_qid(struct p9_buf *b, struct p9_qid *q)
{
    q->type = p9_get_u8(b);
    q->version = p9_get_u32(b);
    q->path = p9_get_u64(b);
}

/* Times beyond what nanoseconds can count are cut. */
static int64_t get_time(struct p9_buf *b)
{
    const int64_t most = INT64_MAX / (int64_t)NSEC_PER_SEC - 1;
    int64_t sec = (int64_t)p9_get_u64(b);
    uint64_t ns = p9_get_u64(b);

    sec = MIN(MAX(sec, -most), most);
    return sec * (int64_t)NSEC_PER_SEC + (int64_t)(ns % NSEC_PER_SEC);
}

void p9_get_attr(struct p9_buf *b, struct p9_attr *a)
{
    p9_get_u64(b); /* which of them are valid: all, with QEMU */
    p9_get_qid(b, &a->qid);
    a->mode = p9_get_u32(b);
    a->uid = p9_get_u32(b);
    a->gid = p9_get_u32(b);
    a->nlink = p9_get_u64(b);
    a->rdev = p9_get_u64(b);
    a->size = p9_get_u64(b);
    a->size = MIN(a->size, (uint64_t)INT64_MAX);
    p9_get_u64(b); /* the size of its blocks */
    a->blocks = p9_get_u64(b);
    a->atime_ns = get_time(b);
    a->mtime_ns = get_time(b);
    a->ctime_ns = get_time(b);
}

void p9_get_statfs(struct p9_buf *b, struct p9_statfs *s)
{
    p9_get_u32(b); /* its kind */
    s->bsize = p9_get_u32(b);
    s->blocks = p9_get_u64(b);
    s->bfree = p9_get_u64(b);
    s->bavail = p9_get_u64(b);
    s->files = p9_get_u64(b);
    s->ffree = p9_get_u64(b);
    p9_get_u64(b); /* its id */
    s->namelen = p9_get_u32(b);
}

bool p9_get_entry(struct p9_buf *b, struct p9_entry *e)
{
    if (b->bad || b->at == b->size)
        return false;
    p9_get_qid(b, &e->qid);
    e->next = p9_get_u64(b);
    e->type = p9_get_u8(b);
    e->name = p9_get_string(b, &e->len);
    if (!e->len || e->len > NAME_MAX || memchr(e->name, '/', e->len) ||
        memchr(e->name, '\0', e->len))
        b->bad = true;
    return !b->bad;
}

int p9_check_reply(struct p9_buf *b, size_t written, uint8_t request,
                   uint16_t tag)
{
    uint32_t size, error;
    uint8_t type;

    b->at = 0;
    b->bad = false;
    b->size = MIN(b->size, written);
    size = p9_get_u32(b);
    type = p9_get_u8(b);
    if (p9_get_u16(b) != tag || b->bad || size != written)
        return -EIO;
    if (type == P9_LERROR + 1) {
        error = p9_get_u32(b);
        return b->bad || !error || error > ERRNO_LAST ? -EIO : -(int)error;
    }
    return type == request + 1 ? 0 : -EIO;
}
