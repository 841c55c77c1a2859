// SPDX-License-Identifier: MIT
/*
 * decode: walks over the arguments of a call and finds each one's decoder.
 */
#include "shim/decode.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/mman.h"
#include "abi/socket.h"
#include "abi/stat.h"
#include "lib/string.h"
#include "shim/decode_priv.h"

#define NR_RT_SIGRETURN 15
#define FRAME_MASK      296 /* of uc_sigmask in the signal frame's ucontext */
#define CHUNK           64

/* --- what the decoders share --- */

void decode_addr(struct decode *d, uint64_t addr)
{
    if (addr)
        text_add(d->text, "0x%lx", (long)addr);
    else
        text_add(d->text, "NULL");
}

bool decode_fetch(struct decode *d, uint64_t addr, void *to, size_t len)
{
    if (addr && copy_from_user(to, (const void user *)addr, len) == 0)
        return true;
    decode_addr(d, addr);
    return false;
}

/*
 * Escapes len bytes, if all can be read. A byte is held back for the next round
 * when its neighbour, on which its form depends, is not there yet.
 */
static bool print_bytes(struct decode *d, uint64_t addr, size_t len, bool hex)
{
    char chunk[CHUNK];

    while (len > 0) {
        size_t known = MIN(len, sizeof(chunk));
        size_t use = known < len ? known - 1 : known;

        if (copy_from_user(chunk, (const void user *)addr, known) < 0)
            return false;
        if (hex)
            text_escape_hex(d->text, chunk, use);
        else
            text_escape(d->text, chunk, use, known);
        addr += use;
        len -= use;
    }
    return true;
}

/* In quotes; behind memory that cannot be read whole the pointer is left. */
static void print_quoted(struct decode *d, uint64_t addr, size_t len, bool hex,
                         bool more)
{
    struct text before = *d->text;

    text_addc(d->text, '"');
    if (print_bytes(d, addr, len, hex)) {
        text_add(d->text, more ? "\"..." : "\"");
        return;
    }
    *d->text = before;
    d->text->buf[d->text->len] = '\0';
    decode_addr(d, addr);
}

static bool readable(uint64_t addr)
{
    char c;

    return copy_from_user(&c, (const void user *)addr, 1) == 0;
}

void decode_bytes(struct decode *d, uint64_t addr, uint64_t len, bool hex)
{
    size_t show = MIN(len, d->strsize);

    if (addr)
        print_quoted(d, addr, show, hex, show < len);
    else
        decode_addr(d, addr);
}

void decode_string(struct decode *d, uint64_t addr, size_t max)
{
    size_t len = 0;
    char chunk[CHUNK];

    /* How many of max + 1 bytes come before the NUL? */
    while (addr && len <= max) {
        size_t want = MIN(max + 1 - len, sizeof(chunk));
        size_t got = copy_from_user_partial(
            chunk, (const void user *)(addr + len), want);
        const char *nul = memchr(chunk, 0, got);

        if (nul) {
            print_quoted(d, addr, len + (size_t)(nul - chunk), false, false);
            return;
        }
        if (got < want) {
            decode_addr(d, addr);
            return;
        }
        len += got;
    }
    if (addr)
        print_quoted(d, addr, max, false, true);
    else
        decode_addr(d, addr);
}

/* --- numbers, strings and bytes --- */

static void arg_int(struct decode *d, unsigned i)
{
    text_add(d->text, "%d", (int)d->args[i]);
}

static void arg_uint(struct decode *d, unsigned i)
{
    text_add(d->text, "%u", (unsigned)d->args[i]);
}

static void arg_long(struct decode *d, unsigned i)
{
    text_add(d->text, "%ld", (long)d->args[i]);
}

static void arg_ulong(struct decode *d, unsigned i)
{
    text_add(d->text, "%lu", (unsigned long)d->args[i]);
}

static void arg_hex(struct decode *d, unsigned i)
{
    uint64_t value = d->args[i];

    if (d->info && d->info->args[i].narrow)
        value = (uint32_t)value;
    text_add(d->text, value ? "0x%lx" : "%ld", (long)value);
}

static void arg_addr(struct decode *d, unsigned i)
{
    decode_addr(d, d->args[i]);
}

static void arg_dirfd(struct decode *d, unsigned i)
{
    if ((int)d->args[i] == AT_FDCWD)
        text_add(d->text, "AT_FDCWD");
    else
        arg_int(d, i);
}

static void arg_path(struct decode *d, unsigned i)
{
    decode_string(d, d->args[i], PATH_MAX - 1);
}

static void arg_string(struct decode *d, unsigned i)
{
    decode_string(d, d->args[i],
                  d->returned ? PATH_MAX - 1 /* getcwd */ : d->strsize);
}

/* Its length is the next argument; what a call wrote is its result's. */
static void arg_buffer(struct decode *d, unsigned i)
{
    bool hex = d->info->args[i].kind == SYSCALL_HEX_BUF;
    uint64_t len = i + 1 < d->info->nargs ? d->args[i + 1] : 0;

    if (d->returned)
        len = MIN(len, (uint64_t)d->result);
    decode_bytes(d, d->args[i], len, hex);
}

static void arg_argv(struct decode *d, unsigned i)
{
    uint64_t addr = d->args[i], string;

    if (!addr || !readable(addr)) {
        decode_addr(d, addr);
        return;
    }
    text_addc(d->text, '[');
    for (unsigned n = 0;; n++, addr += sizeof(string)) {
        if (copy_from_user(&string, (const void user *)addr, sizeof(string)) <
            0) {
            text_add(d->text, "%s... /* 0x%lx */", n ? ", " : "", (long)addr);
            break;
        }
        if (!string)
            break;
        text_add(d->text, "%s", n ? ", " : "");
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        decode_string(d, string, d->strsize);
    }
    text_addc(d->text, ']');
}

static void arg_envp(struct decode *d, unsigned i)
{
    uint64_t addr = d->args[i], string;
    unsigned n = 0;

    decode_addr(d, addr);
    if (!addr || !readable(addr))
        return;
    while (n < 4096 && copy_from_user(&string, (const void user *)addr,
                                      sizeof(string)) == 0) {
        if (!string)
            break;
        n++;
        addr += sizeof(string);
    }
    text_add(d->text, " /* %u vars */", n);
}

static decode_fn *const decoders[SYSCALL_KIND_COUNT] = {
    [SYSCALL_INT] = arg_int,
    [SYSCALL_UINT] = arg_uint,
    [SYSCALL_LONG] = arg_long,
    [SYSCALL_ULONG] = arg_ulong,
    [SYSCALL_ADDR] = arg_addr,
    [SYSCALL_DEC] = arg_ulong,
    [SYSCALL_HEX] = arg_hex,
    [SYSCALL_FD] = arg_int,
    [SYSCALL_DIRFD] = arg_dirfd,
    [SYSCALL_MODE] = decode_arg_mode,
    [SYSCALL_FILE_MODE] = decode_arg_file_mode,
    [SYSCALL_OPEN_MODE] = decode_arg_mode,
    [SYSCALL_ID] = arg_int,
    [SYSCALL_SIGNAL] = decode_arg_signal,
    [SYSCALL_DEVICE] = decode_arg_device,
    [SYSCALL_PATH] = arg_path,
    [SYSCALL_STR] = arg_string,
    [SYSCALL_BUF] = arg_buffer,
    [SYSCALL_HEX_BUF] = arg_buffer,
    [SYSCALL_ARGV] = arg_argv,
    [SYSCALL_ENVP] = arg_envp,
    [SYSCALL_FUTEX_OP] = decode_arg_futex_op,
    [SYSCALL_IOCTL] = decode_arg_ioctl_op,
    [SYSCALL_MAP_FLAGS] = decode_arg_map_flags,
    [SYSCALL_OPEN_FLAGS] = decode_arg_open_flags,
    [SYSCALL_SOCK_OPTION] = decode_arg_sock_option,
    [SYSCALL_SOCK_PROTOCOL] = decode_arg_sock_protocol,
    [SYSCALL_SOCK_TYPE] = decode_arg_sock_type,
    [SYSCALL_STATX_FLAGS] = decode_arg_statx_flags,
    [SYSCALL_ARCH_PRCTL_ARG] = decode_arg_arch_prctl,
    [SYSCALL_CLONE_CHILD_TID] = decode_arg_clone_child,
    [SYSCALL_CLONE_FLAGS] = decode_arg_clone_flags,
    [SYSCALL_CLONE_PARENT_TID] = decode_arg_clone_parent,
    [SYSCALL_FCNTL_ARG] = decode_arg_fcntl,
    [SYSCALL_FUTEX_ADDR2] = arg_addr,
    [SYSCALL_FUTEX_TIMEOUT] = decode_arg_futex_timeout,
    [SYSCALL_FUTEX_VAL] = decode_arg_futex_val,
    [SYSCALL_FUTEX_VAL3] = decode_arg_futex_val3,
    [SYSCALL_IOCTL_ARG] = decode_arg_ioctl,
    [SYSCALL_MREMAP_ADDR] = arg_addr,
    [SYSCALL_PRCTL_ARG] = decode_arg_prctl,
    [SYSCALL_PRCTL_REST] = decode_arg_prctl,
    [SYSCALL_REMAIN] = decode_arg_remain,
    [SYSCALL_CAP_DATA] = decode_arg_cap_data,
    [SYSCALL_CAP_HEADER] = decode_arg_cap_header,
    [SYSCALL_IPC_KEY] = decode_arg_ipc_key,
    [SYSCALL_SHM_FLAGS] = decode_arg_shm_flags,
    [SYSCALL_SIGEVENT] = decode_arg_sigevent,
    [SYSCALL_CLONE_ARGS] = decode_arg_clone_args,
    [SYSCALL_CPU_SET] = decode_arg_cpu_set,
    [SYSCALL_DIRENTS] = decode_arg_dirents,
    [SYSCALL_EPOLL_EVENT] = decode_arg_epoll_event,
    [SYSCALL_EPOLL_EVENTS] = decode_arg_epoll_events,
    [SYSCALL_FD_SET] = decode_arg_fd_set,
    [SYSCALL_ID_LIST] = decode_arg_id_list,
    [SYSCALL_INT_PAIR] = decode_arg_int_pair,
    [SYSCALL_INT_PTR] = decode_arg_int_ptr,
    [SYSCALL_IOVEC] = decode_arg_iovec,
    [SYSCALL_ITIMERSPEC] = decode_arg_itimerspec,
    [SYSCALL_ITIMERVAL] = decode_arg_itimerval,
    [SYSCALL_LONG_PTR] = decode_arg_long_ptr,
    [SYSCALL_MINCORE] = decode_arg_mincore,
    [SYSCALL_MMSGHDR] = decode_arg_mmsghdr,
    [SYSCALL_MSGHDR] = decode_arg_msghdr,
    [SYSCALL_OFF_PTR] = decode_arg_off_ptr,
    [SYSCALL_OPEN_HOW] = decode_arg_open_how,
    [SYSCALL_POLLFD] = decode_arg_pollfd,
    [SYSCALL_RLIMIT] = decode_arg_rlimit,
    [SYSCALL_RUSAGE] = decode_arg_rusage,
    [SYSCALL_SCHED_PARAM] = decode_arg_sched_param,
    [SYSCALL_SIGACTION] = decode_arg_sigaction,
    [SYSCALL_SIGINFO] = decode_arg_siginfo,
    [SYSCALL_SIGSET] = decode_arg_sigset,
    [SYSCALL_SIGSET_ARG] = decode_arg_sigset_arg,
    [SYSCALL_SOCKADDR] = decode_arg_sockaddr,
    [SYSCALL_SOCKLEN] = decode_arg_socklen,
    [SYSCALL_SOCK_VALUE] = decode_arg_sock_value,
    [SYSCALL_STACK] = decode_arg_stack,
    [SYSCALL_STAT] = decode_arg_stat,
    [SYSCALL_STATFS] = decode_arg_statfs,
    [SYSCALL_STATX] = decode_arg_statx,
    [SYSCALL_SYSINFO] = decode_arg_sysinfo,
    [SYSCALL_TIMESPEC] = decode_arg_timespec,
    [SYSCALL_TIMESPEC_PAIR] = decode_arg_timespec_pair,
    [SYSCALL_TIMEVAL] = decode_arg_timeval,
    [SYSCALL_TIMEVAL_PAIR] = decode_arg_timeval_pair,
    [SYSCALL_TIMEZONE] = decode_arg_timezone,
    [SYSCALL_TMS] = decode_arg_tms,
    [SYSCALL_UINT_PTR] = decode_arg_uint_ptr,
    [SYSCALL_UTSNAME] = decode_arg_utsname,
    [SYSCALL_WAIT_STATUS] = decode_arg_wait_status,
};

/* --- a call --- */

/* Some operations take fewer arguments than their call has. */
static bool is_shown(const struct decode *d, unsigned i)
{
    switch (d->info->args[i].kind) {
    case SYSCALL_UNUSED:
        return false;
    case SYSCALL_OPEN_MODE:
        return d->args[i - 1] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
    case SYSCALL_MREMAP_ADDR:
        return d->args[i - 1] & (MREMAP_FIXED | MREMAP_DONTUNMAP);
    case SYSCALL_DEVICE:
        return S_ISCHR(d->args[i - 1]) || S_ISBLK(d->args[i - 1]);
    case SYSCALL_FCNTL_ARG:
        return decode_fcntl_has_arg(d);
    case SYSCALL_IOCTL_ARG:
        return decode_ioctl_has_arg(d);
    case SYSCALL_FUTEX_TIMEOUT:
    case SYSCALL_FUTEX_ADDR2:
    case SYSCALL_FUTEX_VAL3:
        return decode_futex_has_arg(d, i);
    case SYSCALL_PRCTL_ARG:
    case SYSCALL_PRCTL_REST:
        return decode_prctl_has_arg(d, i);
    case SYSCALL_CLONE_PARENT_TID:
        return decode_clone_has_parent(d);
    default:
        break;
    }
    /* clone's first argument stands for its second, the third for the rest. */
    return d->info->args[0].kind != SYSCALL_CLONE_FLAGS || i == 0;
}

/* Is argument i's memory written by the call? */
static unsigned direction(const struct decode *d, unsigned i)
{
    bool writes;

    switch (d->info->args[i].kind) {
    case SYSCALL_FCNTL_ARG:
        writes = decode_fcntl_writes(d);
        break;
    case SYSCALL_IOCTL_ARG:
        writes = decode_ioctl_writes(d);
        break;
    case SYSCALL_PRCTL_ARG:
    case SYSCALL_ARCH_PRCTL_ARG:
        writes = decode_prctl_writes(d);
        break;
    default:
        return d->info->args[i].direction;
    }
    return writes ? SYSCALL_WRITTEN : SYSCALL_IN;
}

/* Those show that themselves: a failed call wrote nothing for the others. */
static bool copes_with_failure(const struct decode *d, unsigned kind)
{
    if (kind == SYSCALL_IOCTL_ARG)
        return decode_is_interface_op((uint32_t)d->args[1]);
    return kind == SYSCALL_REMAIN || kind == SYSCALL_SOCKLEN ||
           kind == SYSCALL_OFF_PTR || kind == SYSCALL_CLONE_ARGS ||
           kind == SYSCALL_CLONE_PARENT_TID;
}

static void print_arg(struct decode *d, unsigned i)
{
    unsigned kind = d->info->args[i].kind;
    const struct flag_set *flags = flags_of_kind(kind);

    if (d->returned && decode_failed(d->result) && !copes_with_failure(d, kind))
        decode_addr(d, d->args[i]);
    else if (decoders[kind])
        decoders[kind](d, i);
    else if (flags)
        flags_print(d->text, flags,
                    d->info->args[i].narrow ? (uint32_t)d->args[i]
                                            : d->args[i]);
    else
        arg_hex(d, i);
}

static void separate(struct decode *d, unsigned i)
{
    if (i > 0)
        text_add(d->text, ", ");
}

/* What the call will overwrite, and its result is compared with. */
static void save_before(struct decode *d)
{
    for (unsigned i = 0; i < d->info->nargs; i++) {
        unsigned kind = d->info->args[i].kind;
        uint64_t addr = d->args[i];
        size_t size = kind == SYSCALL_OFF_PTR ? sizeof(uint64_t) : 0;

        if (kind == SYSCALL_SOCKLEN)
            size = sizeof(uint32_t);
        if (kind == SYSCALL_MSGHDR) {
            size = sizeof(int32_t);
            addr += offsetof(struct abi_msghdr, msg_namelen);
        }
        if (size && copy_from_user(&d->saved[i], (const void user *)addr, size))
            d->saved[i] = 0;
    }
}

void decode_init(struct decode *d, const struct regs *r, size_t strsize)
{
    bool known = r->orig_rax < syscall_count && syscall_infos[r->orig_rax].name;

    *d = (struct decode){
        .info = known ? &syscall_infos[r->orig_rax] : NULL,
        .nr = r->orig_rax,
        .args = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9},
        .sp = r->rsp,
        .strsize = strsize,
    };
}

bool decode_is_final(const struct decode *d)
{
    return d->info && d->info->result == SYSCALL_NEVER;
}

/* rt_sigreturn(2) has no arguments but the frame at the stack pointer. */
static void print_signal_frame(struct decode *d)
{
    uint64_t mask;

    if (copy_from_user(&mask, (const void user *)(d->sp + FRAME_MASK),
                       sizeof(mask)) < 0)
        return;
    text_add(d->text, "{mask=");
    decode_sigset(d, mask);
    text_addc(d->text, '}');
}

static unsigned entry_of_unknown(struct decode *d)
{
    text_add(d->text, "syscall_0x%lx(", (long)d->nr);
    for (unsigned i = 0; i < ARRAY_SIZE(d->args); i++) {
        separate(d, i);
        arg_hex(d, i);
    }
    return ARRAY_SIZE(d->args);
}

unsigned decode_entry(struct decode *d)
{
    if (!d->info)
        return entry_of_unknown(d);
    text_add(d->text, "%s(", d->info->name);
    if (d->nr == NR_RT_SIGRETURN)
        print_signal_frame(d);
    save_before(d);
    for (unsigned i = 0; i < d->info->nargs; i++) {
        if (!is_shown(d, i))
            continue;
        separate(d, i);
        if (direction(d, i) == SYSCALL_BOTH &&
            d->info->args[i].kind == SYSCALL_CLONE_ARGS)
            print_arg(d, i);
        if (direction(d, i) != SYSCALL_IN)
            return i;
        print_arg(d, i);
    }
    return d->info->nargs;
}

void decode_rest(struct decode *d, unsigned from)
{
    for (unsigned i = from; d->info && i < d->info->nargs; i++) {
        if (!is_shown(d, i))
            continue;
        if (i > from)
            separate(d, i);
        d->returned = direction(d, i) != SYSCALL_IN;
        print_arg(d, i);
        d->returned = true;
    }
    text_addc(d->text, ')');
}

static void print_error(struct decode *d)
{
    unsigned number = (unsigned)-d->result;
    const char *name = flags_name(&flags_errno, number);
    const char *text = flags_errno_text(number);

    if (number >= ERESTARTSYS && name && text)
        text_add(d->text, "? %s (%s)", name, text);
    else if (name && text)
        text_add(d->text, "-1 %s (%s)", name, text);
    else
        text_add(d->text, "-1 (errno %u)", number);
}

void decode_result(struct decode *d)
{
    unsigned kind = d->info ? d->info->result : SYSCALL_LONG;

    if (decode_failed(d->result)) {
        print_error(d);
        return;
    }
    switch (kind) {
    case SYSCALL_NEVER:
        text_addc(d->text, '?');
        break;
    case SYSCALL_ADDR:
        text_add(d->text, "0x%lx", d->result);
        break;
    case SYSCALL_HEX:
        text_add(d->text, d->result ? "0x%lx" : "%ld", d->result);
        break;
    case SYSCALL_MODE:
        text_add(d->text, "0%02lo", d->result);
        break;
    case SYSCALL_SIGNAL:
        text_add(d->text, "%ld (", d->result);
        decode_signal_name(d->text, (unsigned)d->result);
        text_addc(d->text, ')');
        break;
    default:
        text_add(d->text, "%ld", d->result);
        break;
    case SYSCALL_FCNTL:
        decode_result_fcntl(d);
        break;
    case SYSCALL_POLL:
        decode_result_poll(d);
        break;
    case SYSCALL_SELECT:
        decode_result_select(d);
        break;
    }
}
