// SPDX-License-Identifier: MIT
/* p9_server: see the header. Fids are paths, as they are for QEMU's server. */
#include "tests/unit/vfs/p9_server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "kernel/page.h"
#include "vfs/dentry.h"
#include "vfs/mount.h"
#include "vfs/p9_client.h"
#include "vfs/p9_fs.h"
#include "vfs/path.h"
#include "vfs/tree.h"
#include "vfs/vfs.h"

#define FIDS  4096
#define BYTES (1024 * 1024)

static struct fid {
    char *path; /* NULL: not in use */
    int fd;     /* -1: not open */
    DIR *dir;
} fids[FIDS];

#define ROOT "/tmp/elfin-p9-XXXXXX"
static char root[] = ROOT;
static size_t (*bend_reply)(uint8_t type, uint8_t *reply, size_t len);
static unsigned counts[256];
static bool lenient; /* fids may be left in the end */
static uint8_t out[BYTES], in[BYTES];
static struct p9_buf q, a; /* request and answer */

const char *p9_server_path(const char *name)
{
    static char text[4][512];
    static unsigned n;

    n = (n + 1) % 4;
    snprintf(text[n], sizeof(text[n]), "%s/%s", root, name);
    return text[n];
}

void p9_server_bend(size_t (*bend)(uint8_t type, uint8_t *reply, size_t len))
{
    bend_reply = bend;
}

unsigned p9_server_count(uint8_t type)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 256; i++) {
        if (type && i != type)
            continue;
        n += counts[i];
        counts[i] = 0;
    }
    return n;
}

/* --- fids --- */

static struct fid *fid_of(uint32_t n)
{
    static struct fid none;

    if (n < FIDS && fids[n].path)
        return &fids[n];
    ck_assert_msg(lenient, "fid %u is not in use", n);
    none = (struct fid){"/nowhere", -1, NULL};
    return &none;
}

static struct fid *next_fid(void)
{
    return fid_of(p9_get_u32(&q));
}

static void fid_set(uint32_t n, const char *path)
{
    ck_assert_msg(n < FIDS && !fids[n].path, "fid %u is in use", n);
    fids[n] = (struct fid){strdup(path), -1, NULL};
}

static void fid_clear(struct fid *f)
{
    if (f < fids || f >= fids + FIDS)
        return;
    if (f->dir)
        closedir(f->dir);
    else if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    *f = (struct fid){NULL, -1, NULL};
}

void p9_server_lenient(void)
{
    lenient = true;
}

/* The path of the name that comes next, in f's directory; to be freed. */
static char *next_path(const struct fid *f)
{
    size_t len;
    const char *name = p9_get_string(&q, &len);
    char *path;

    ck_assert_int_ge(asprintf(&path, "%s/%.*s", f->path, (int)len, name), 0);
    return path;
}

/* What is below the old path moves with it. */
static void fids_move(const char *from, const char *to)
{
    size_t len = strlen(from);

    for (unsigned i = 0; i < FIDS; i++) {
        char *old = fids[i].path;

        if (!old || strncmp(old, from, len) || (old[len] && old[len] != '/'))
            continue;
        ck_assert_int_ge(asprintf(&fids[i].path, "%s%s", to, old + len), 0);
        free(old);
    }
}

/* --- calls: 0 or an errno --- */

static int put_qid(const char *path)
{
    struct stat st;

    if (lstat(path, &st))
        return errno;
    p9_put_u8(&a, S_ISDIR(st.st_mode) ? P9_QID_DIRECTORY
                                      : (S_ISLNK(st.st_mode) ? 2 : 0));
    p9_put_u32(&a, (uint32_t)(st.st_mtime ^ st.st_size << 8));
    p9_put_u64(&a, st.st_ino);
    return 0;
}

static int do_version(void)
{
    p9_put_u32(&a, p9_get_u32(&q));
    p9_put_string(&a, "9P2000.L", 8);
    return 0;
}

static int do_attach(void)
{
    fid_set(p9_get_u32(&q), root);
    return put_qid(root);
}

static int do_walk(void)
{
    struct fid *f = next_fid();
    uint32_t new = p9_get_u32(&q);
    unsigned names = p9_get_u16(&q);
    char *path;
    int err = 0;

    p9_put_u16(&a, (uint16_t)names);
    path = names ? next_path(f) : strdup(f->path);
    if (names)
        err = put_qid(path);
    if (!err)
        fid_set(new, path);
    free(path);
    return err;
}

static int do_clunk(void)
{
    fid_clear(next_fid());
    return 0;
}

static void put_time(const struct timespec *t)
{
    p9_put_u64(&a, (uint64_t)t->tv_sec);
    p9_put_u64(&a, (uint64_t)t->tv_nsec);
}

static int do_getattr(void)
{
    const char *path = next_fid()->path;
    struct stat st;

    if (lstat(path, &st))
        return errno;
    p9_put_u64(&a, P9_GETATTR_ALL);
    put_qid(path);
    p9_put_u32(&a, st.st_mode);
    p9_put_u32(&a, st.st_uid);
    p9_put_u32(&a, st.st_gid);
    p9_put_u64(&a, st.st_nlink);
    p9_put_u64(&a, st.st_rdev);
    p9_put_u64(&a, (uint64_t)st.st_size);
    p9_put_u64(&a, 4096);
    p9_put_u64(&a, (uint64_t)st.st_blocks);
    put_time(&st.st_atim);
    put_time(&st.st_mtim);
    put_time(&st.st_ctim);
    for (int i = 0; i < 4; i++)
        p9_put_u64(&a, 0);
    return 0;
}

static int do_setattr(void)
{
    const char *path = next_fid()->path;
    uint32_t valid = p9_get_u32(&q), mode = p9_get_u32(&q);
    uint64_t size;

    p9_get_u64(&q); /* owners */
    size = p9_get_u64(&q);
    if ((valid & P9_SET_MODE) && chmod(path, mode))
        return errno;
    if ((valid & P9_SET_SIZE) && truncate(path, (off_t)size))
        return errno;
    return 0;
}

static int do_open(void)
{
    struct fid *f = next_fid();
    uint32_t flags = p9_get_u32(&q);
    int err = put_qid(f->path);

    ck_assert_int_eq(f->fd, -1);
    f->fd = open(f->path, (int)flags & (O_ACCMODE | O_DIRECTORY));
    if (f->fd < 0)
        return errno;
    if (flags & O_DIRECTORY)
        f->dir = fdopendir(f->fd);
    p9_put_u32(&a, 0);
    return err;
}

static int do_create(void)
{
    struct fid *f = next_fid();
    char *path = next_path(f);
    uint32_t flags = p9_get_u32(&q), mode = p9_get_u32(&q);
    int err;

    f->fd = open(path, (int)flags, mode);
    if (f->fd < 0) {
        err = errno;
        free(path);
        return err;
    }
    free(f->path);
    f->path = path;
    err = put_qid(path);
    p9_put_u32(&a, 0);
    return err;
}

static int do_read(void)
{
    struct fid *f = next_fid();
    uint64_t pos = p9_get_u64(&q);
    uint32_t count = p9_get_u32(&q);
    ssize_t n = pread(f->fd, a.data + P9_READ_HEADER, count, (off_t)pos);

    if (n < 0)
        return errno;
    p9_put_u32(&a, (uint32_t)n);
    a.at += (size_t)n;
    return 0;
}

static int do_write(void)
{
    struct fid *f = next_fid();
    uint64_t pos = p9_get_u64(&q);
    uint32_t count = p9_get_u32(&q);
    ssize_t n = pwrite(f->fd, q.data + q.at, count, (off_t)pos);

    if (n < 0)
        return errno;
    p9_put_u32(&a, (uint32_t)n);
    return 0;
}

static int do_readdir(void)
{
    struct fid *f = next_fid();
    uint64_t pos = p9_get_u64(&q);
    uint32_t count = p9_get_u32(&q);
    size_t start = a.at, before;
    struct dirent *d;
    uint32_t len;

    p9_put_u32(&a, 0);
    if (pos)
        seekdir(f->dir, (long)pos);
    else
        rewinddir(f->dir);
    while ((d = readdir(f->dir))) {
        before = a.at;
        p9_put_u8(&a, d->d_type == DT_DIR ? P9_QID_DIRECTORY : 0);
        p9_put_u32(&a, 0);
        p9_put_u64(&a, d->d_ino);
        p9_put_u64(&a, (uint64_t)d->d_off);
        p9_put_u8(&a, d->d_type);
        p9_put_string(&a, d->d_name, strlen(d->d_name));
        if (a.at - start - 4 > count) {
            a.at = before;
            break;
        }
    }
    len = (uint32_t)(a.at - start - 4);
    memcpy(a.data + start, &len, sizeof(len));
    return 0;
}

static int do_fsync(void)
{
    struct fid *f = next_fid();

    return f->fd >= 0 && fsync(f->fd) == 0 ? 0 : EBADF;
}

static int do_statfs(void)
{
    p9_put_u32(&a, 0x01021997);
    p9_put_u32(&a, 4096);
    for (int i = 0; i < 5; i++)
        p9_put_u64(&a, 1000000);
    p9_put_u64(&a, 0);
    p9_put_u32(&a, 255);
    return 0;
}

static int do_mkdir(void)
{
    struct fid *f = next_fid();
    char *path = next_path(f);
    int err = mkdir(path, p9_get_u32(&q)) ? errno : put_qid(path);

    free(path);
    return err;
}

static int do_symlink(void)
{
    struct fid *f = next_fid();
    char *path = next_path(f), target[512];
    size_t len;
    const char *text = p9_get_string(&q, &len);
    int err;

    snprintf(target, sizeof(target), "%.*s", (int)len, text);
    err = symlink(target, path) ? errno : put_qid(path);
    free(path);
    return err;
}

static int do_readlink(void)
{
    char text[512];
    ssize_t n = readlink(next_fid()->path, text, sizeof(text));

    if (n < 0)
        return errno;
    p9_put_string(&a, text, (size_t)n);
    return 0;
}

static int do_link(void)
{
    struct fid *dir = next_fid(), *f = next_fid();
    char *path = next_path(dir);
    int err = link(f->path, path) ? errno : 0;

    free(path);
    return err;
}

static int do_unlink(void)
{
    struct fid *f = next_fid();
    char *path = next_path(f);
    int err = (p9_get_u32(&q) ? rmdir(path) : unlink(path)) ? errno : 0;

    free(path);
    return err;
}

static int do_rename(void)
{
    struct fid *f = next_fid();
    char *from = next_path(f), *to = next_path(next_fid());
    int err = rename(from, to) ? errno : 0;

    if (!err)
        fids_move(from, to);
    free(from);
    free(to);
    return err;
}

static int dispatch(uint8_t type)
{
    static int (*const calls[256])(void) = {
        [P9_VERSION] = do_version, [P9_ATTACH] = do_attach,
        [P9_WALK] = do_walk,       [P9_CLUNK] = do_clunk,
        [P9_GETATTR] = do_getattr, [P9_SETATTR] = do_setattr,
        [P9_LOPEN] = do_open,      [P9_LCREATE] = do_create,
        [P9_READ] = do_read,       [P9_WRITE] = do_write,
        [P9_READDIR] = do_readdir, [P9_FSYNC] = do_fsync,
        [P9_STATFS] = do_statfs,   [P9_MKDIR] = do_mkdir,
        [P9_SYMLINK] = do_symlink, [P9_READLINK] = do_readlink,
        [P9_LINK] = do_link,       [P9_UNLINKAT] = do_unlink,
        [P9_RENAMEAT] = do_rename,
    };

    return calls[type] ? calls[type]() : EOPNOTSUPP;
}

/* --- the transport --- */

static uint8_t *piece_bytes(const struct p9_piece *p)
{
    return (uint8_t *)page_virt(page_of_phys(p->addr)) + (p->addr & PAGE_MASK);
}

static size_t gather(const struct p9_request *r)
{
    size_t n = 0;

    for (unsigned i = 0; i < r->out_pieces; i++) {
        memcpy(out + n, piece_bytes(&r->piece[i]), r->piece[i].len);
        n += r->piece[i].len;
    }
    return n;
}

static size_t scatter(const struct p9_request *r, size_t len)
{
    size_t n = 0;

    for (unsigned i = 0; i < r->in_pieces && n < len; i++) {
        const struct p9_piece *p = &r->piece[r->out_pieces + i];
        size_t part = MIN((size_t)p->len, len - n);

        memcpy(piece_bytes(p), in + n, part);
        n += part;
    }
    return n;
}

static void submit(struct p9_transport *t, struct p9_request *r)
{
    uint32_t size, tag;
    uint8_t type;
    size_t len;
    int err;

    (void)t;
    ck_assert_uint_le(r->out_pieces + r->in_pieces, t->pieces_max);
    q = (struct p9_buf){.data = out, .size = gather(r)};
    a = (struct p9_buf){.data = in, .size = BYTES};
    size = p9_get_u32(&q);
    type = p9_get_u8(&q);
    tag = p9_get_u16(&q);
    ck_assert_uint_eq(size, q.size);
    counts[type]++;
    p9_begin(&a, type + 1, (uint16_t)tag);
    err = dispatch(type);
    ck_assert_msg(!q.bad, "request %u is too short", type);
    if (err) {
        p9_begin(&a, P9_LERROR + 1, (uint16_t)tag);
        p9_put_u32(&a, (uint32_t)err);
    }
    p9_finish(&a, 0);
    len = bend_reply ? bend_reply(type, in, a.at) : a.at;
    p9_request_done(r, (uint32_t)scatter(r, len), 0);
}

static const struct p9_transport_ops ops = {.submit = submit};

void p9_server_up(void)
{
    static struct p9_transport transport = {
        .ops = &ops, .tag = "host", .pieces_max = 64};
    struct path_start start;
    struct dentry *point, *mounted;

    memcpy(root, ROOT, sizeof(root));
    ck_assert_ptr_nonnull(mkdtemp(root));
    p9_transport_register(&transport);
    vfs_kernel_start(&start);
    ck_assert_int_eq(tree_make_directories(&start, "/data", 0755), 0);
    ck_assert_int_eq(path_walk(&start, "/data", 0, &point), 0);
    ck_assert_int_eq(p9_fs_create(NULL, "host", "", &mounted), 0);
    ck_assert_int_eq(mount_add(point, mounted, "host", 0), 0);
    dentry_put(point);
    dentry_put(mounted);
}

void p9_server_down(void)
{
    char command[64];

    bend_reply = NULL;
    mount_sync_all();
    vfs_fini();
    for (unsigned i = 0; i < FIDS; i++) {
        ck_assert_msg(!fids[i].path || lenient, "fid %u of %s is left", i,
                      fids[i].path);
        if (fids[i].path)
            fid_clear(&fids[i]);
    }
    snprintf(command, sizeof(command), "rm -r %s", root);
    ck_assert_int_eq(system(command), 0);
}
