// SPDX-License-Identifier: MIT
/*
 * decode_priv: what the decoders of the kinds share. A decoder prints argument
 * i of d; one for an argument that the call writes runs after the call, and
 * only if that did not fail.
 */
#pragma once

#include "abi/time.h"
#include "kernel/uaccess.h"
#include "shim/decode.h"
#include "shim/flags.h"

#define DECODE_ITEMS_MAX 32 /* of a list; more are cut to "..." */

typedef void decode_fn(struct decode *d, unsigned i);

/* "NULL" or 0x... */
void decode_addr(struct decode *d, uint64_t addr);
/* Copies from the program, or prints addr and returns false. */
bool decode_fetch(struct decode *d, uint64_t addr, void *to, size_t len);
/* Up to strsize of len bytes, quoted; "..." behind it when there are more. */
void decode_bytes(struct decode *d, uint64_t addr, uint64_t len, bool hex);
/* A string that ends with NUL, up to max bytes. */
void decode_string(struct decode *d, uint64_t addr, size_t max);
void decode_mode(struct decode *d, unsigned mode);
void decode_file_mode(struct decode *d, unsigned mode);
void decode_open_flags(struct decode *d, uint64_t flags);
void decode_sigset(struct decode *d, uint64_t mask);
void decode_timespec(struct decode *d, const struct abi_timespec *ts);
void decode_iovec(struct decode *d, uint64_t addr, uint64_t count,
                  bool by_result);
void decode_fd_set(struct decode *d, uint64_t addr, unsigned bits);

/* inet_addr("127.0.0.1"), and ::1 alone */
void decode_ipv4(struct text *t, const uint8_t *addr);
void decode_ipv6(struct text *t, const uint8_t *addr);
/* len bytes of control messages: "[{cmsg_len=20, ...}]". */
void decode_control(struct decode *d, uint64_t addr, uint64_t len);
/* An ioctl on interfaces, and what its argument points to. */
bool decode_is_interface_op(unsigned op);
void decode_interface(struct decode *d, unsigned op, uint64_t addr);

decode_fn decode_arg_arch_prctl, decode_arg_cap_data, decode_arg_cap_header,
    decode_arg_ipc_key, decode_arg_shm_flags, decode_arg_sigevent,
    decode_arg_clone_args, decode_arg_clone_child, decode_arg_clone_flags,
    decode_arg_clone_parent, decode_arg_cpu_set, decode_arg_device,
    decode_arg_dirents, decode_arg_epoll_event, decode_arg_epoll_events,
    decode_arg_fcntl, decode_arg_fd_set, decode_arg_file_mode,
    decode_arg_futex_op, decode_arg_futex_timeout, decode_arg_futex_val,
    decode_arg_futex_val3, decode_arg_id_list, decode_arg_int_pair,
    decode_arg_int_ptr, decode_arg_ioctl, decode_arg_ioctl_op, decode_arg_iovec,
    decode_arg_itimerspec, decode_arg_itimerval, decode_arg_long_ptr,
    decode_arg_map_flags, decode_arg_mincore, decode_arg_mmsghdr,
    decode_arg_mode, decode_arg_msghdr, decode_arg_off_ptr,
    decode_arg_open_flags, decode_arg_open_how, decode_arg_pollfd,
    decode_arg_prctl, decode_arg_remain, decode_arg_rlimit, decode_arg_rusage,
    decode_arg_sched_param, decode_arg_sigaction, decode_arg_siginfo,
    decode_arg_signal, decode_arg_sigset, decode_arg_sigset_arg,
    decode_arg_sockaddr, decode_arg_socklen, decode_arg_sock_option,
    decode_arg_sock_protocol, decode_arg_sock_type, decode_arg_sock_value,
    decode_arg_stack, decode_arg_stat, decode_arg_statfs, decode_arg_statx,
    decode_arg_statx_flags, decode_arg_sysinfo, decode_arg_timespec,
    decode_arg_timespec_pair, decode_arg_timeval, decode_arg_timeval_pair,
    decode_arg_timezone, decode_arg_tms, decode_arg_uint_ptr,
    decode_arg_utsname, decode_arg_wait_status;

/* Results with more to them than a number; only for calls that succeeded. */
void decode_result_fcntl(struct decode *d);
void decode_result_poll(struct decode *d);
void decode_result_select(struct decode *d);

/* Does the operation that another argument names use argument i at all, and
 * does the call write what it points to? */
bool decode_fcntl_has_arg(const struct decode *d);
bool decode_fcntl_writes(const struct decode *d);
bool decode_ioctl_has_arg(const struct decode *d);
bool decode_ioctl_writes(const struct decode *d);
bool decode_futex_has_arg(const struct decode *d, unsigned i);
bool decode_prctl_has_arg(const struct decode *d, unsigned i);
bool decode_prctl_writes(const struct decode *d);
bool decode_clone_has_parent(const struct decode *d);
