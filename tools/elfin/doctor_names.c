// SPDX-License-Identifier: MIT
/*
 * doctor_names: Linux's names for values that handlers refuse, from the
 * headers of the host, which know more than Elfin does. What concerns sockets
 * is in the tables of the trace.
 */
#include <asm/ioctls.h>
#include <asm/prctl.h>
#include <linux/fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <asm/mman.h>
#include <stdlib.h>
#include <string.h>

#include "shim/flags.h"
#include "syscalls/table.h"
#include "tools/elfin/doctor.h"

struct name {
    uint64_t value;
    const char *name;
};

#define N(name)     \
    {               \
        name, #name \
    }

static const struct name advice[] = {
    N(MADV_REMOVE),     N(MADV_HWPOISON),       N(MADV_SOFT_OFFLINE),
    N(MADV_WIPEONFORK), N(MADV_KEEPONFORK),     N(MADV_POPULATE_READ),
    N(MADV_COLLAPSE),   N(MADV_POPULATE_WRITE), N(MADV_DONTNEED_LOCKED),
    N(MADV_FREE),       N(MADV_COLD),           N(MADV_PAGEOUT),
    {0, NULL},
};
static const struct name fcntl_commands[] = {
    N(F_GETLK),       N(F_SETLK),     N(F_SETLKW),    N(F_SETOWN),
    N(F_GETOWN),      N(F_SETSIG),    N(F_GETSIG),    N(F_SETOWN_EX),
    N(F_GETOWN_EX),   N(F_OFD_GETLK), N(F_OFD_SETLK), N(F_OFD_SETLKW),
    N(F_SETLEASE),    N(F_GETLEASE),  N(F_NOTIFY),    N(F_SETPIPE_SZ),
    N(F_GETPIPE_SZ),  N(F_ADD_SEALS), N(F_GET_SEALS), N(F_GET_RW_HINT),
    N(F_SET_RW_HINT), N(F_CANCELLK),  {0, NULL},
};
static const struct name futex_operations[] = {
    N(FUTEX_FD),
    N(FUTEX_WAKE_OP),
    N(FUTEX_LOCK_PI),
    N(FUTEX_UNLOCK_PI),
    N(FUTEX_TRYLOCK_PI),
    N(FUTEX_WAIT_REQUEUE_PI),
    N(FUTEX_CMP_REQUEUE_PI),
    N(FUTEX_LOCK_PI2),
    {0, NULL},
};
static const struct name ioctls[] = {
    N(TCGETS),          N(TCSETS),          N(TCSETSW),       N(TCSETSF),
    N(TCSBRK),          N(TCFLSH),          N(TIOCGWINSZ),    N(TIOCSWINSZ),
    N(TIOCGPGRP),       N(TIOCSPGRP),       N(TIOCSCTTY),     N(TIOCNOTTY),
    N(TIOCGSID),        N(TIOCGPTN),        N(TIOCSPTLCK),    N(TIOCSTI),
    N(TIOCOUTQ),        N(FIONREAD),        N(FIOASYNC),      N(FIOQSIZE),
    N(FS_IOC_GETFLAGS), N(FS_IOC_SETFLAGS), N(FS_IOC_FIEMAP), N(FIBMAP),
    N(FICLONE),         N(FICLONERANGE),    N(FITRIM),        N(BLKGETSIZE64),
    N(BLKSSZGET),       {0, NULL},
};
static const struct name arch_codes[] = {
    N(ARCH_GET_CPUID),
    N(ARCH_SET_CPUID),
    N(ARCH_MAP_VDSO_X32),
    N(ARCH_MAP_VDSO_32),
    N(ARCH_MAP_VDSO_64),
    {0x1021, "ARCH_GET_XCOMP_SUPP"},
    {0x1022, "ARCH_GET_XCOMP_PERM"},
    {0x1023, "ARCH_REQ_XCOMP_PERM"},
    {0x4001, "ARCH_GET_UNTAG_MASK"},
    {0x5001, "ARCH_SHSTK_ENABLE"},
    {0, NULL},
};
static const struct name prctl_options[] = {
    N(PR_SET_PDEATHSIG),
    N(PR_GET_PDEATHSIG),
    N(PR_SET_SECCOMP),
    N(PR_GET_SECCOMP),
    N(PR_CAPBSET_READ),
    N(PR_CAPBSET_DROP),
    N(PR_SET_SECUREBITS),
    N(PR_GET_SECUREBITS),
    N(PR_SET_TIMERSLACK),
    N(PR_GET_TIMERSLACK),
    N(PR_SET_MM),
    N(PR_SET_CHILD_SUBREAPER),
    N(PR_GET_CHILD_SUBREAPER),
    N(PR_GET_TID_ADDRESS),
    N(PR_CAP_AMBIENT),
    N(PR_SET_SPECULATION_CTRL),
    N(PR_GET_SPECULATION_CTRL),
    N(PR_SET_SYSCALL_USER_DISPATCH),
    N(PR_SCHED_CORE),
    N(PR_SET_VMA),
    N(PR_SET_PTRACER),
    N(PR_SET_TSC),
    N(PR_GET_TSC),
    N(PR_SET_IO_FLUSHER),
    {0, NULL},
};
/* Bits. */
static const struct name map_flags[] = {
    N(MAP_HUGETLB),
    N(MAP_SYNC),
    {0, NULL},
};
static const struct name clone_flags[] = {
    N(CLONE_VM),
    N(CLONE_FS),
    N(CLONE_FILES),
    N(CLONE_SIGHAND),
    N(CLONE_PIDFD),
    N(CLONE_PTRACE),
    N(CLONE_VFORK),
    N(CLONE_PARENT),
    N(CLONE_THREAD),
    N(CLONE_NEWNS),
    N(CLONE_SYSVSEM),
    N(CLONE_SETTLS),
    N(CLONE_UNTRACED),
    N(CLONE_NEWCGROUP),
    N(CLONE_NEWUTS),
    N(CLONE_NEWIPC),
    N(CLONE_NEWUSER),
    N(CLONE_NEWPID),
    N(CLONE_NEWNET),
    N(CLONE_IO),
    N(CLONE_PARENT_SETTID),
    N(CLONE_CHILD_CLEARTID),
    N(CLONE_CHILD_SETTID),
    {0, NULL},
};

static const struct {
    const char *call, *parameter;
    const struct name *names;
    bool bits;
} tables[] = {
    {"madvise", "advice", advice, false},
    {"fcntl", "cmd", fcntl_commands, false},
    {"futex", "futex_op", futex_operations, false},
    {"ioctl", "op", ioctls, false},
    {"arch_prctl", "code", arch_codes, false},
    {"prctl", "option", prctl_options, false},
    {"mmap", "flags", map_flags, true},
    {"clone", "flags", clone_flags, true},
};

static char *name_bits(const struct name *names, uint64_t value)
{
    struct strbuf b = {0};

    for (; names->name; names++) {
        if (!(value & names->value))
            continue;
        strbuf_printf(&b, "%s%s", b.len ? "|" : "", names->name);
        value &= ~names->value;
    }
    if (b.len && value)
        strbuf_printf(&b, "|0x%llx", (unsigned long long)value);
    return b.data;
}

static char *name_value(const struct name *names, uint64_t value)
{
    for (; names->name; names++)
        if (names->value == value)
            return xstrdup(names->name);
    return NULL;
}

static char *name_by_headers(const char *call, const char *detail)
{
    size_t n = strcspn(detail, "=");
    uint64_t value;
    char *end;

    if (!detail[n])
        return NULL;
    value = strtoull(detail + n + 1, &end, 0);
    if (*end || end == detail + n + 1)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        if (!strcmp(tables[i].call, call) && strlen(tables[i].parameter) == n &&
            !memcmp(tables[i].parameter, detail, n))
            return tables[i].bits ? name_bits(tables[i].names, value)
                                  : name_value(tables[i].names, value);
    return NULL;
}

/* --- by the tables of the trace --- */

/* The number behind NAME= in "NAME=VALUE,NAME=VALUE"; false: it is not there.
 */
static bool find_value(const char *detail, const char *name, uint64_t *value)
{
    size_t len = strlen(name);

    for (; detail; detail = strchr(detail, ','), detail += detail != NULL)
        if (!strncmp(detail, name, len) && detail[len] == '=') {
            *value = strtoull(detail + len + 1, NULL, 0);
            return true;
        }
    return false;
}

static char *name_option(uint64_t level, uint64_t option)
{
    const struct flag_set *names = flags_of_socket_level((int)level);
    struct text t;
    char buf[128];

    text_init(&t, buf, sizeof(buf));
    flags_print(&t, flags_of_kind(SYSCALL_SOCK_LEVEL), level);
    text_add(&t, ", ");
    if (names)
        flags_print(&t, names, option);
    else
        text_add(&t, "%u", (unsigned)option);
    return xstrdup(buf);
}

static char *name_socket(uint64_t family, uint64_t type)
{
    struct text t;
    char buf[128];

    text_init(&t, buf, sizeof(buf));
    flags_print(&t, &flags_sock_domain, family);
    text_add(&t, ", ");
    flags_print(&t, &flags_sock_type, type);
    return xstrdup(buf);
}

/* Of calls on sockets, and ioctls that the host's headers above do not name. */
static char *name_by_trace(const char *call, const char *detail)
{
    uint64_t a, b;
    const char *name;

    if (find_value(detail, "level", &a) && find_value(detail, "option", &b))
        return name_option(a, b);
    if (find_value(detail, "family", &a) && find_value(detail, "type", &b))
        return name_socket(a, b);
    if (strcmp(call, "ioctl") || !find_value(detail, "op", &a))
        return NULL;
    name = flags_name(flags_of_kind(SYSCALL_IOCTL), a);
    return name ? xstrdup(name) : NULL;
}

char *doctor_value_name(const char *call, const char *detail)
{
    char *name = name_by_headers(call, detail);

    return name ? name : name_by_trace(call, detail);
}
