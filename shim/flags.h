// SPDX-License-Identifier: MIT
/*
 * flags: numbers by the names that programmers know them by.
 */
#pragma once

#include "shim/text.h"

struct flag_name {
    uint64_t value;
    const char *name;
};

/* Names of one kind of number. */
struct flag_set {
    const struct flag_name *names;
    size_t count;
    bool single;       /* one name at a time; else bits, joined by | */
    const char *other; /* what to call a number without a name: "AT_???" */
};

/* A list of these in the order in which strace prints them: a name that covers
 * several bits stands before those for parts of it. */
#define FLAG(value)   \
    {                 \
        value, #value \
    }
#define FLAG_SET(is_single, other_name, ...)                       \
    {                                                              \
        .names = (const struct flag_name[]){__VA_ARGS__},          \
        .count = sizeof((const struct flag_name[]){__VA_ARGS__}) / \
                 sizeof(struct flag_name),                         \
        .single = (is_single), .other = (other_name)               \
    }
#define FLAG_BITS(other, ...) FLAG_SET(false, other, __VA_ARGS__)
#define FLAG_ENUM(other, ...) FLAG_SET(true, other, __VA_ARGS__)

/* The names for arguments of a kind (enum syscall_kind), or NULL: it has none
 * or needs more than a list. */
const struct flag_set *flags_of_kind(unsigned kind);

/* The names of a level's socket options (SOL_*), or NULL. */
const struct flag_set *flags_of_socket_level(int level);

/* "O_RDWR|O_CREAT|0x8", "0", or "0x5 / * AT_??? * /". */
void flags_print(struct text *t, const struct flag_set *set, uint64_t value);

/* The name of exactly this value, or NULL. */
const char *flags_name(const struct flag_set *set, uint64_t value);

/* Sets that decoders of structures use, too. */
extern const struct flag_set flags_open, flags_map_type, flags_file_type,
    flags_clone, flags_sigaction, flags_sigaltstack, flags_poll, flags_epoll,
    flags_sock_domain, flags_sock_type, flags_ip_protocol, flags_so_option,
    flags_ip_option, flags_ipv6_option, flags_tcp_option, flags_udp_option,
    flags_netlink, flags_netlink_option, flags_scm, flags_interface,
    flags_hardware, flags_owner, flags_sigev, flags_cap_version,
    flags_capabilities, flags_shm, flags_securebits, flags_cap_ambient,
    flags_statx_mask, flags_statfs_type, flags_statfs_mount,
    flags_statx_attributes, flags_lock_type, flags_whence, flags_wait_options,
    flags_siginfo_code, flags_segv_code, flags_bus_code, flags_fpe_code,
    flags_ill_code, flags_trap_code, flags_child_code, flags_fd, flags_resolve,
    flags_seals, flags_futex, flags_msg, flags_open_other, flags_map_other,
    flags_at_statx, flags_prctl, flags_arch_prctl, flags_errno;

/* "No such file or directory" for a positive errno, or NULL. */
const char *flags_errno_text(unsigned number);
