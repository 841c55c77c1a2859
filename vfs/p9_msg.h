// SPDX-License-Identifier: MIT
/*
 * p9_msg: the bytes of 9P2000.L messages, as QEMU's virtio-9p server speaks
 * them: numbers are little-endian, strings have a length of two bytes in front
 * and no NUL behind.
 *
 * The other side is not trusted. Reading past the end, or a string that does
 * not fit, sets bad, and whatever is read from then on is zero: a parser reads
 * all it wants and looks at bad once, at the end.
 */
#pragma once

#include "lib/base.h"

enum p9_type { /* of a request; its reply has the next number */
               P9_LERROR = 6,
               P9_STATFS = 8,
               P9_LOPEN = 12,
               P9_LCREATE = 14,
               P9_SYMLINK = 16,
               P9_MKNOD = 18,
               P9_READLINK = 22,
               P9_GETATTR = 24,
               P9_SETATTR = 26,
               P9_XATTRWALK = 30,
               P9_XATTRCREATE = 32,
               P9_READDIR = 40,
               P9_FSYNC = 50,
               P9_LINK = 70,
               P9_MKDIR = 72,
               P9_RENAMEAT = 74,
               P9_UNLINKAT = 76,
               P9_VERSION = 100,
               P9_ATTACH = 104,
               P9_WALK = 110,
               P9_READ = 116,
               P9_WRITE = 118,
               P9_CLUNK = 120,
};

enum {
    P9_HEADER = 7,           /* size, type, tag */
    P9_READ_HEADER = 11,     /* of a reply with data: and their count */
    P9_WRITE_HEADER = 23,    /* of a request with data */
    P9_NO_TAG = 0xffff,      /* of P9_VERSION */
    P9_QID_DIRECTORY = 0x80, /* types of a qid */
    P9_GETATTR_ALL = 0x7ff,  /* what stat(2) tells */
    P9_UNLINK_DIRECTORY = 0x200,
};
#define P9_NO_FID UINT32_MAX

enum { /* what P9_SETATTR sets */
       P9_SET_MODE = 0x1,
       P9_SET_UID = 0x2,
       P9_SET_GID = 0x4,
       P9_SET_SIZE = 0x8,
       P9_SET_ATIME = 0x10,
       P9_SET_MTIME = 0x20,
       P9_SET_ATIME_TO = 0x80, /* to the time given, rather than to now */
       P9_SET_MTIME_TO = 0x100,
};

struct p9_qid {
    uint8_t type;
    uint32_t version; /* changes with the contents */
    uint64_t path;    /* one file, one number */
};

struct p9_attr {
    struct p9_qid qid;
    uint32_t mode, uid, gid;
    uint64_t nlink, rdev, size, blocks; /* blocks of 512 bytes */
    int64_t atime_ns, mtime_ns, ctime_ns;
};

struct p9_setattr {
    uint32_t valid; /* P9_SET_* */
    uint32_t mode, uid, gid;
    uint64_t size;
    int64_t atime_ns, mtime_ns;
};

struct p9_statfs {
    uint32_t bsize, namelen;
    uint64_t blocks, bfree, bavail, files, ffree;
};

struct p9_entry {
    struct p9_qid qid;
    uint64_t next; /* the position of the entry behind */
    uint8_t type;  /* as d_type */
    const char *name;
    size_t len;
};

struct p9_buf {
    uint8_t *data;
    size_t size; /* room when writing, bytes there when reading */
    size_t at;
    bool bad;
};

void p9_put_u8(struct p9_buf *b, uint8_t v);
void p9_put_u16(struct p9_buf *b, uint16_t v);
void p9_put_u32(struct p9_buf *b, uint32_t v);
void p9_put_u64(struct p9_buf *b, uint64_t v);
void p9_put_string(struct p9_buf *b, const char *s, size_t len);
void p9_put_setattr(struct p9_buf *b, const struct p9_setattr *a);

uint8_t p9_get_u8(struct p9_buf *b);
uint16_t p9_get_u16(struct p9_buf *b);
uint32_t p9_get_u32(struct p9_buf *b);
uint64_t p9_get_u64(struct p9_buf *b);
/* Borrowed from the buffer, without a NUL. */
const char *p9_get_string(struct p9_buf *b, size_t *len);
void p9_get_qid(struct p9_buf *b, struct p9_qid *q);
void p9_get_attr(struct p9_buf *b, struct p9_attr *a);
void p9_get_statfs(struct p9_buf *b, struct p9_statfs *s);

/* The next entry of a directory's data; false at the end, or where they make no
 * sense (bad). A name that no file can have (empty, with a slash or a NUL) is
 * bad too. */
bool p9_get_entry(struct p9_buf *b, struct p9_entry *e);

/* Begins a message; the size is filled in by p9_finish. */
void p9_begin(struct p9_buf *b, uint8_t type, uint16_t tag);
/* payload: bytes that follow outside of the buffer. */
void p9_finish(struct p9_buf *b, size_t payload);

/*
 * Looks at the head of a reply of which written bytes came, to the request of
 * this type and tag: 0, with b standing behind the head, or the server's error,
 * or -EIO for what is no answer to it. Of the bytes some may lie elsewhere than
 * in the buffer.
 */
int p9_check_reply(struct p9_buf *b, size_t written, uint8_t request,
                   uint16_t tag);
