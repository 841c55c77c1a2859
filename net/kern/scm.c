// SPDX-License-Identifier: MIT
/* scm: descriptors and credentials in messages of AF_UNIX sockets. */
#include "abi/errno.h"
#include "abi/resource.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "net/kern/socket.h"
#include "net/kern/unix.h"
#include "net/stack.h"
#include "net/unix.h"
#include "vfs/fd.h"

/* struct cmsghdr of cmsg(3); its data follows at once. */
struct control_header {
    uint64_t len; /* with the header */
    int32_t level, type;
};

static void put_files(struct sock_rights *r, uint32_t from)
{
    for (uint32_t i = from; i < r->count; i++)
        file_put(r->files[i]);
}

/* --- in flight --- */

uint32_t net_env_file_refs(const void *file)
{
    const struct file *f = file;

    return __atomic_load_n(&f->refs, __ATOMIC_RELAXED);
}

void net_env_file_get(void *file)
{
    file_get(file);
}

struct sock *net_env_file_sock(const void *file)
{
    struct sock *sk = socket_sock(file);

    return sk && sk->family == AF_UNIX ? sk : NULL;
}

void unix_reap(struct netstack *s)
{
    static bool reaping; /* closing one socket may leave more to be closed */
    struct sock_rights *r, *next;

    if (reaping)
        return;
    reaping = true;
    for (;;) {
        netstack_lock(s);
        r = unix_take_dead(s);
        netstack_unlock(s);
        if (!r)
            break;
        for (; r; r = next) {
            next = r->next;
            put_files(r, 0);
            kfree(r);
        }
    }
    reaping = false;
}

/* --- sending --- */

static int check_in_flight(struct netstack *s)
{
    uint64_t limit = process_current()->limits[RLIMIT_NOFILE].soft;

    if (unix_in_flight(s) <= limit || capable(CAP_SYS_RESOURCE) ||
        capable(CAP_SYS_ADMIN))
        return 0;
    return -ETOOMANYREFS;
}

/* Several SCM_RIGHTS of one message are as one. */
static int add_rights(struct netstack *s, struct sock_msg *m,
                      const uint8_t *fds, size_t n)
{
    struct sock_rights *r = m->rights;
    int err = check_in_flight(s);

    if (err)
        return err;
    if (!r) {
        r = kmalloc(sizeof(*r) + ABI_SCM_MAX_FD * sizeof(r->files[0]));
        if (!r)
            return -ENOMEM;
        r->next = NULL;
        r->count = 0;
        m->rights = r;
    }
    if (n > ABI_SCM_MAX_FD - r->count)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        struct file *f;
        int fd;

        memcpy(&fd, fds + i * sizeof(fd), sizeof(fd));
        f = fd_get(fd);
        if (!f)
            return -EBADF;
        r->files[r->count++] = f;
    }
    return 0;
}

static bool is_one_of(uint32_t id, uint32_t a, uint32_t b, uint32_t c)
{
    return id == a || id == b || id == c;
}

/* Who one says one is: oneself, or anybody with the capability for that. */
static int add_creds(struct sock_msg *m, const uint8_t *data, size_t len,
                     struct sock_creds *creds)
{
    const struct cred *c = cred_current();

    if (len != sizeof(*creds))
        return -EINVAL;
    memcpy(creds, data, len);
    if (creds->pid != process_current()->pid && !cred_has(c, CAP_SYS_ADMIN))
        return -EPERM;
    if (!is_one_of(creds->uid, c->uid, c->euid, c->suid) &&
        !cred_has(c, CAP_SETUID))
        return -EPERM;
    if (!is_one_of(creds->gid, c->gid, c->egid, c->sgid) &&
        !cred_has(c, CAP_SETGID))
        return -EPERM;
    if (creds->pid != process_current()->pid) {
        struct process *p = process_find(creds->pid);

        if (!p)
            return -ESRCH;
        process_put(p);
    }
    m->creds = creds;
    return 0;
}

static int get_all(struct netstack *s, struct sock_msg *m,
                   struct sock_creds *creds)
{
    size_t at = 0, left;

    while ((left = m->control_len - at) >= sizeof(struct control_header)) {
        const uint8_t *data = m->control + at + sizeof(struct control_header);
        struct control_header h;
        size_t len;
        int err = 0;

        memcpy(&h, m->control + at, sizeof(h));
        if (h.len < sizeof(h) || h.len > left)
            return -EINVAL;
        len = h.len - sizeof(h);
        if (h.level == SOL_SOCKET) {
            if (h.type == SCM_RIGHTS)
                err = add_rights(s, m, data, len / sizeof(int));
            else if (h.type == SCM_CREDENTIALS)
                err = add_creds(m, data, len, creds);
            else
                err = -EINVAL;
        }
        if (err)
            return err;
        at += MIN(ALIGN_UP(h.len, 8), left);
    }
    return 0;
}

int scm_get(struct netstack *s, struct sock_msg *m, struct sock_creds *creds)
{
    int err = get_all(s, m, creds);

    if (err || (m->rights && !m->rights->count))
        scm_drop(m);
    return err;
}

void scm_drop(struct sock_msg *m)
{
    if (!m->rights)
        return;
    put_files(m->rights, 0);
    kfree(m->rights);
    m->rights = NULL;
}

/* --- receiving --- */

void scm_put(struct sock_msg *m)
{
    struct sock_rights *r = m->rights;
    size_t room = m->control ? m->control_len - m->control_used : 0;
    int fds[ABI_SCM_MAX_FD];
    uint32_t fit = 0, n = 0;

    if (!r)
        return;
    m->rights = NULL;
    if (room >= sizeof(struct control_header) + sizeof(int))
        fit = (uint32_t)((room - sizeof(struct control_header)) / sizeof(int));
    for (; n < MIN(fit, r->count); n++) {
        fds[n] = fd_reserve(m->flags & MSG_CMSG_CLOEXEC);
        if (fds[n] < 0)
            break;
        fd_install(fds[n], r->files[n]);
    }
    if (n)
        sock_put_control(m, SOL_SOCKET, SCM_RIGHTS, fds, n * sizeof(int));
    if (n < r->count)
        m->out_flags |= MSG_CTRUNC;
    put_files(r, n);
    kfree(r);
}
