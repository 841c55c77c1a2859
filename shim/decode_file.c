// SPDX-License-Identifier: MIT
/* decode_file: what calls on files pass and get. */
#include "shim/decode_priv.h"

#include "abi/dirent.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/mman.h"
#include "abi/netdevice.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/uio.h"
#include "lib/string.h"

/* --- flags that are more than a list --- */

void decode_open_flags(struct decode *d, uint64_t flags)
{
    flags_print(d->text, &flags_open, flags & O_ACCMODE);
    flags &= ~(uint64_t)O_ACCMODE;
    if (!flags)
        return;
    text_addc(d->text, '|');
    flags_print(d->text, &flags_open_other, flags);
}

void decode_arg_open_flags(struct decode *d, unsigned i)
{
    decode_open_flags(d, (uint32_t)d->args[i]);
}

void decode_arg_map_flags(struct decode *d, unsigned i)
{
    uint64_t flags = (uint32_t)d->args[i];

    flags_print(d->text, &flags_map_type, flags & MAP_TYPE);
    flags &= ~(uint64_t)MAP_TYPE;
    if (!flags)
        return;
    text_addc(d->text, '|');
    flags_print(d->text, &flags_map_other, flags);
}

void decode_arg_statx_flags(struct decode *d, unsigned i)
{
    uint64_t flags = (uint32_t)d->args[i];
    static const char *const sync[] = {"AS_STAT", "FORCE_SYNC", "DONT_SYNC",
                                       "SYNC_TYPE"};

    text_add(d->text, "AT_STATX_%s%s",
             flags & AT_STATX_SYNC_TYPE ? "" : "SYNC_",
             sync[(flags & AT_STATX_SYNC_TYPE) / AT_STATX_FORCE_SYNC]);
    flags &= ~(uint64_t)AT_STATX_SYNC_TYPE;
    if (!flags)
        return;
    text_addc(d->text, '|');
    flags_print(d->text, &flags_at_statx, flags);
}

void decode_mode(struct decode *d, unsigned mode)
{
    text_add(d->text, "0%02o", mode);
}

void decode_arg_mode(struct decode *d, unsigned i)
{
    decode_mode(d, (uint32_t)d->args[i]);
}

/* S_IFREG|S_ISVTX|0644 */
void decode_file_mode(struct decode *d, unsigned mode)
{
    if (mode & S_IFMT) {
        flags_print(d->text, &flags_file_type, mode & S_IFMT);
        text_addc(d->text, '|');
    }
    text_add(d->text, "%s%s%s", mode & S_ISUID ? "S_ISUID|" : "",
             mode & S_ISGID ? "S_ISGID|" : "",
             mode & S_ISVTX ? "S_ISVTX|" : "");
    decode_mode(d, mode & 0777);
}

void decode_arg_file_mode(struct decode *d, unsigned i)
{
    decode_file_mode(d, (uint32_t)d->args[i]);
}

static void print_device(struct text *t, uint32_t major, uint32_t minor)
{
    text_add(t, "makedev(0x%x, 0x%x)", major, minor);
}

void decode_arg_device(struct decode *d, unsigned i)
{
    print_device(d->text, abi_major(d->args[i]), abi_minor(d->args[i]));
}

void decode_arg_open_how(struct decode *d, unsigned i)
{
    struct abi_open_how how;

    if (!decode_fetch(d, d->args[i], &how, sizeof(how)))
        return;
    text_add(d->text, "{flags=");
    decode_open_flags(d, how.flags);
    if (how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
        text_add(d->text, ", mode=0%02lo", (unsigned long)how.mode);
    text_add(d->text, ", resolve=");
    flags_print(d->text, &flags_resolve, how.resolve);
    text_addc(d->text, '}');
}

/* --- attributes --- */

static bool is_device(unsigned mode)
{
    return S_ISCHR(mode) || S_ISBLK(mode);
}

void decode_arg_stat(struct decode *d, unsigned i)
{
    struct abi_stat st;

    if (!decode_fetch(d, d->args[i], &st, sizeof(st)))
        return;
    text_add(d->text, "{st_mode=");
    decode_file_mode(d, st.st_mode);
    if (is_device(st.st_mode)) {
        text_add(d->text, ", st_rdev=");
        print_device(d->text, abi_major(st.st_rdev), abi_minor(st.st_rdev));
    } else {
        text_add(d->text, ", st_size=%ld", (long)st.st_size);
    }
    text_add(d->text, ", ...}");
}

void decode_arg_statx(struct decode *d, unsigned i)
{
    struct abi_statx st;

    if (!decode_fetch(d, d->args[i], &st, sizeof(st)))
        return;
    text_add(d->text, "{stx_mask=");
    flags_print(d->text, &flags_statx_mask, st.stx_mask);
    text_add(d->text, ", stx_attributes=");
    flags_print(d->text, &flags_statx_attributes, st.stx_attributes);
    text_add(d->text, ", stx_mode=");
    decode_file_mode(d, st.stx_mode);
    text_add(d->text, ", stx_size=%lu, ...}", (unsigned long)st.stx_size);
}

void decode_arg_statfs(struct decode *d, unsigned i)
{
    struct abi_statfs s;

    if (!decode_fetch(d, d->args[i], &s, sizeof(s)))
        return;
    text_add(d->text, "{f_type=");
    flags_print(d->text, &flags_statfs_type, (uint64_t)s.f_type);
    text_add(d->text, ", f_bsize=%ld, f_blocks=%lu, f_bfree=%lu, f_bavail=%lu",
             (long)s.f_bsize, (unsigned long)s.f_blocks,
             (unsigned long)s.f_bfree, (unsigned long)s.f_bavail);
    text_add(d->text, ", f_files=%lu, f_ffree=%lu, f_fsid={val=[0x%x, 0x%x]}",
             (unsigned long)s.f_files, (unsigned long)s.f_ffree,
             (unsigned)s.f_fsid.val[0], (unsigned)s.f_fsid.val[1]);
    text_add(d->text,
             ", f_namelen=%ld, f_frsize=%ld, f_flags=", (long)s.f_namelen,
             (long)s.f_frsize);
    flags_print(d->text, &flags_statfs_mount, (uint64_t)s.f_flags);
    text_addc(d->text, '}');
}

/* --- data --- */

/* by_result: what the call read into them, d->result bytes in all. */
void decode_iovec(struct decode *d, uint64_t addr, uint64_t count,
                  bool by_result)
{
    uint64_t left = (uint64_t)d->result;
    struct abi_iovec v;

    if (count == 0 || !addr) {
        text_add(d->text, addr ? "[]" : "NULL");
        return;
    }
    for (uint64_t n = 0; n < count; n++, addr += sizeof(v)) {
        uint64_t len;

        if (copy_from_user(&v, (const void user *)addr, sizeof(v)) < 0) {
            text_add(d->text, n ? ", ... /* 0x%lx */" : "0x%lx", (long)addr);
            if (n == 0)
                return;
            break;
        }
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, ", ...");
            break;
        }
        len = by_result ? MIN(v.iov_len, left) : v.iov_len;
        left -= MIN(len, left);
        text_add(d->text, n ? ", {iov_base=" : "[{iov_base=");
        decode_bytes(d, v.iov_base, len, false);
        text_add(d->text, ", iov_len=%lu}", (unsigned long)v.iov_len);
    }
    text_addc(d->text, ']');
}

void decode_arg_iovec(struct decode *d, unsigned i)
{
    decode_iovec(d, d->args[i], d->args[i + 1], d->returned);
}

/* Their number alone, as strace -v does not ask for more. */
void decode_arg_dirents(struct decode *d, unsigned i)
{
    uint64_t addr = d->args[i], left = (uint64_t)d->result;
    uint16_t size;
    unsigned n = 0;

    decode_addr(d, addr);
    while (
        left >= sizeof(struct abi_dirent64) &&
        copy_from_user(
            &size,
            (const void user *)(addr + offsetof(struct abi_dirent64, d_reclen)),
            sizeof(size)) == 0) {
        if (size == 0 || size > left)
            break;
        n++;
        addr += size;
        left -= size;
    }
    text_add(d->text, " /* %u entries */", n);
}

/* "[4096]", or "[0 => 4096]" behind a call that moved it. */
void decode_arg_off_ptr(struct decode *d, unsigned i)
{
    int64_t offset;

    if (!decode_fetch(d, d->args[i], &offset, sizeof(offset)))
        return;
    if ((uint64_t)offset == d->saved[i])
        text_add(d->text, "[%ld]", (long)offset);
    else
        text_add(d->text, "[%ld] => [%ld]", (long)d->saved[i], (long)offset);
}

/* --- fcntl and ioctl --- */

bool decode_fcntl_has_arg(const struct decode *d)
{
    switch ((int)d->args[1]) {
    case F_GETFD:
    case F_GETFL:
    case F_GETOWN:
    case F_GETSIG:
    case F_GETLEASE:
    case F_GETPIPE_SZ:
    case F_GET_SEALS:
        return false;
    default:
        return true;
    }
}

bool decode_fcntl_writes(const struct decode *d)
{
    int op = (int)d->args[1];

    return op == F_GETLK || op == F_OFD_GETLK || op == F_GETOWN_EX;
}

static void print_flock(struct decode *d, uint64_t addr)
{
    struct abi_flock lock;

    if (!decode_fetch(d, addr, &lock, sizeof(lock)))
        return;
    text_add(d->text, "{l_type=");
    flags_print(d->text, &flags_lock_type, (uint16_t)lock.l_type);
    text_add(d->text, ", l_whence=");
    flags_print(d->text, &flags_whence, (uint16_t)lock.l_whence);
    text_add(d->text, ", l_start=%ld, l_len=%ld", (long)lock.l_start,
             (long)lock.l_len);
    if (d->returned)
        text_add(d->text, ", l_pid=%d", lock.l_pid);
    text_addc(d->text, '}');
}

static void print_owner(struct decode *d, uint64_t addr)
{
    struct abi_f_owner_ex o;

    if (!decode_fetch(d, addr, &o, sizeof(o)))
        return;
    text_add(d->text, "{type=");
    flags_print(d->text, &flags_owner, (uint32_t)o.type);
    text_add(d->text, ", pid=%d}", o.pid);
}

void decode_arg_fcntl(struct decode *d, unsigned i)
{
    uint64_t arg = d->args[i];

    switch ((int)d->args[1]) {
    case F_SETFD:
        flags_print(d->text, &flags_fd, arg);
        break;
    case F_SETFL:
        decode_open_flags(d, (uint32_t)arg);
        break;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        print_flock(d, arg);
        break;
    case F_SETOWN_EX:
    case F_GETOWN_EX:
        print_owner(d, arg);
        break;
    case F_ADD_SEALS:
        flags_print(d->text, &flags_seals, arg);
        break;
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_SETOWN:
    case F_SETSIG:
    case F_SETLEASE:
    case F_SETPIPE_SZ:
        text_add(d->text, "%d", (int)arg);
        break;
    default:
        text_add(d->text, arg ? "0x%lx" : "%ld", (long)arg);
        break;
    }
}

void decode_result_fcntl(struct decode *d)
{
    int op = (int)d->args[1];

    if (op != F_GETFD && op != F_GETFL && op != F_GET_SEALS) {
        text_add(d->text, "%ld", d->result);
        return;
    }
    text_add(d->text, d->result ? "0x%lx" : "%ld", d->result);
    if (d->result == 0 && op != F_GETFL)
        return;
    text_add(d->text, op == F_GET_SEALS ? " (seals " : " (flags ");
    if (op == F_GETFL)
        decode_open_flags(d, (uint64_t)d->result);
    else
        flags_print(d->text, op == F_GETFD ? &flags_fd : &flags_seals,
                    (uint64_t)d->result);
    text_addc(d->text, ')');
}

void decode_arg_ioctl_op(struct decode *d, unsigned i)
{
    static const char *const directions[] = {"NONE", "WRITE", "READ",
                                             "READ|_IOC_WRITE"};
    uint32_t op = (uint32_t)d->args[i], size = op >> 16 & 0x3fff;
    const char *name = flags_name(flags_of_kind(SYSCALL_IOCTL), op);

    if (name)
        text_add(d->text, "%s", name);
    else /* the fields of Linux's numbering: direction, size, group, number */
        text_add(d->text,
                 size ? "_IOC(_IOC_%s, 0x%x, 0x%x, 0x%x)"
                      : "_IOC(_IOC_%s, 0x%x, 0x%x, %u)",
                 directions[op >> 30], op >> 8 & 0xff, op & 0xff, size);
}

bool decode_ioctl_has_arg(const struct decode *d)
{
    switch ((uint32_t)d->args[1]) {
    case FIOCLEX:
    case FIONCLEX:
    case TIOCEXCL:
    case TIOCNXCL:
    case TIOCNOTTY:
        return false;
    default:
        return true;
    }
}

bool decode_ioctl_writes(const struct decode *d)
{
    unsigned op = (uint32_t)d->args[1];

    if (decode_is_interface_op(op))
        return op != SIOCSIFFLAGS;
    switch (op) {
    case SIOCATMARK:
    case TIOCGPTLCK:
    case TIOCGEXCL:
    case TIOCGPKT:
    case FIOQSIZE:
    case TCGETS:
    case TIOCGWINSZ:
    case FIONREAD:
    case TIOCGPGRP:
    case TIOCOUTQ:
    case TIOCGSID:
    case TIOCGPTN:
    case TIOCGETD:
        return true;
    default:
        return false;
    }
}

static void print_winsize(struct decode *d, uint64_t addr)
{
    struct abi_winsize w;

    if (decode_fetch(d, addr, &w, sizeof(w)))
        text_add(d->text, "{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}",
                 w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel);
}

static void print_termios(struct decode *d, uint64_t addr)
{
    struct abi_termios t;

    if (!decode_fetch(d, addr, &t, sizeof(t)))
        return;
    text_add(d->text, "{c_iflags=0x%x, c_oflags=0x%x, c_cflags=0x%x, ",
             t.c_iflag, t.c_oflag, t.c_cflag);
    text_add(d->text, "c_lflags=0x%x, c_line=%u, ...}", t.c_lflag, t.c_line);
}

void decode_arg_ioctl(struct decode *d, unsigned i)
{
    uint64_t arg = d->args[i];
    unsigned op = (uint32_t)d->args[1];
    int value;

    if (decode_is_interface_op(op)) {
        decode_interface(d, op, arg);
        return;
    }
    switch (op) {
    case TCGETS:
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        print_termios(d, arg);
        break;
    case TIOCGWINSZ:
    case TIOCSWINSZ:
        print_winsize(d, arg);
        break;
    case FIONREAD:
    case FIONBIO:
    case FIOASYNC:
    case TIOCGPGRP:
    case TIOCSPGRP:
    case TIOCOUTQ:
    case TIOCGSID:
    case TIOCGPTN:
    case TIOCSPTLCK:
    case TIOCGETD:
    case TIOCSETD:
    case TIOCPKT:
    case TIOCGPTLCK:
    case TIOCGEXCL:
    case TIOCGPKT:
    case SIOCATMARK:
        if (decode_fetch(d, arg, &value, sizeof(value)))
            text_add(d->text, "[%d]", value);
        break;
    default:
        text_add(d->text, arg ? "0x%lx" : "%ld", (long)arg);
        break;
    }
}
