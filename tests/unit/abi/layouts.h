// SPDX-License-Identifier: MIT
/*
 * layouts: the structs of abi/ and their fields beside the host's:
 * S(our struct, their type), F(our struct, their type, our field, their field),
 * and O as F for a field whose size cannot be compared.
 */
#pragma once

// clang-format off
#define ABI_LINUX_LAYOUTS(S, F, O) \
    S(abi_nlmsghdr, struct nlmsghdr) \
    F(abi_nlmsghdr, struct nlmsghdr, nlmsg_pid, nlmsg_pid) \
    S(abi_nlmsgerr, struct nlmsgerr) \
    F(abi_nlmsgerr, struct nlmsgerr, msg, msg) \
    S(abi_nlattr, struct nlattr) \
    F(abi_nlattr, struct nlattr, nla_type, nla_type) \
    S(abi_inet_diag_req_v2, struct inet_diag_req_v2) \
    F(abi_inet_diag_req_v2, struct inet_diag_req_v2, idiag_states, idiag_states) \
    F(abi_inet_diag_req_v2, struct inet_diag_req_v2, id.idiag_cookie, id.idiag_cookie) \
    S(abi_inet_diag_msg, struct inet_diag_msg) \
    F(abi_inet_diag_msg, struct inet_diag_msg, idiag_inode, idiag_inode) \
    S(abi_inet_diag_bc_op, struct inet_diag_bc_op) \
    F(abi_inet_diag_bc_op, struct inet_diag_bc_op, no, no) \
    F(abi_inet_diag_hostcond, struct inet_diag_hostcond, port, port) \
    S(abi_unix_diag_req, struct unix_diag_req) \
    F(abi_unix_diag_req, struct unix_diag_req, udiag_show, udiag_show) \
    S(abi_unix_diag_msg, struct unix_diag_msg) \
    F(abi_unix_diag_msg, struct unix_diag_msg, udiag_ino, udiag_ino) \
    S(abi_unix_diag_vfs, struct unix_diag_vfs) \
    F(abi_unix_diag_vfs, struct unix_diag_vfs, udiag_vfs_dev, udiag_vfs_dev) \
    S(abi_ifinfomsg, struct ifinfomsg) \
    F(abi_ifinfomsg, struct ifinfomsg, ifi_change, ifi_change) \
    S(abi_ifaddrmsg, struct ifaddrmsg) \
    F(abi_ifaddrmsg, struct ifaddrmsg, ifa_index, ifa_index) \
    S(abi_ifa_cacheinfo, struct ifa_cacheinfo) \
    F(abi_ifa_cacheinfo, struct ifa_cacheinfo, cstamp, cstamp) \
    S(abi_rtmsg, struct rtmsg) \
    F(abi_rtmsg, struct rtmsg, rtm_flags, rtm_flags) \
    S(abi_ndmsg, struct ndmsg) \
    F(abi_ndmsg, struct ndmsg, ndm_type, ndm_type) \
    S(abi_nda_cacheinfo, struct nda_cacheinfo) \
    F(abi_nda_cacheinfo, struct nda_cacheinfo, ndm_refcnt, ndm_refcnt) \
    F(abi_rtnl_link_stats64, struct rtnl_link_stats64, multicast, multicast) \
    S(abi_sock_fprog, struct sock_fprog) \
    F(abi_sock_fprog, struct sock_fprog, filter, filter) \
    S(abi_sockaddr_ll, struct sockaddr_ll) \
    F(abi_sockaddr_ll, struct sockaddr_ll, sll_halen, sll_halen) \
    S(abi_packet_mreq, struct packet_mreq) \
    S(abi_tpacket_auxdata, struct tpacket_auxdata) \
    F(abi_tpacket_auxdata, struct tpacket_auxdata, tp_net, tp_net) \
    S(abi_tpacket_req3, struct tpacket_req3) \
    F(abi_tpacket_req3, struct tpacket_req3, tp_sizeof_priv, tp_sizeof_priv) \
    S(abi_tpacket3_hdr, struct tpacket3_hdr) \
    F(abi_tpacket3_hdr, struct tpacket3_hdr, tp_net, tp_net) \
    F(abi_tpacket3_hdr, struct tpacket3_hdr, tp_rxhash, hv1.tp_rxhash) \
    S(abi_tpacket_block, struct tpacket_block_desc) \
    F(abi_tpacket_block, struct tpacket_block_desc, seq_num, \
      hdr.bh1.seq_num) \
    F(abi_tpacket_block, struct tpacket_block_desc, last, \
      hdr.bh1.ts_last_pkt) \
    S(abi_timespec, struct timespec) \
    F(abi_timespec, struct timespec, tv_nsec, tv_nsec) \
    S(abi_timeval, struct timeval) \
    F(abi_timeval, struct timeval, tv_usec, tv_usec) \
    S(abi_timezone, struct timezone) \
    F(abi_timezone, struct timezone, tz_dsttime, tz_dsttime) \
    S(abi_itimerspec, struct itimerspec) \
    F(abi_itimerspec, struct itimerspec, it_value, it_value) \
    S(abi_itimerval, struct itimerval) \
    F(abi_itimerval, struct itimerval, it_value, it_value) \
    S(abi_tms, struct tms) \
    F(abi_tms, struct tms, tms_stime, tms_stime) \
    F(abi_tms, struct tms, tms_cutime, tms_cutime) \
    F(abi_tms, struct tms, tms_cstime, tms_cstime) \
    S(abi_timex, struct timex) \
    F(abi_timex, struct timex, modes, modes) \
    F(abi_timex, struct timex, offset, offset) \
    F(abi_timex, struct timex, esterror, esterror) \
    F(abi_timex, struct timex, status, status) \
    F(abi_timex, struct timex, constant, constant) \
    F(abi_timex, struct timex, tolerance, tolerance) \
    F(abi_timex, struct timex, time, time) \
    F(abi_timex, struct timex, tick, tick) \
    F(abi_timex, struct timex, shift, shift) \
    F(abi_timex, struct timex, stabil, stabil) \
    F(abi_timex, struct timex, tai, tai) \
    S(abi_sigevent, struct sigevent) \
    F(abi_sigevent, struct sigevent, sigev_value, sigev_value) \
    F(abi_sigevent, struct sigevent, sigev_signo, sigev_signo) \
    F(abi_sigevent, struct sigevent, sigev_notify, sigev_notify) \
    F(abi_sigevent, struct sigevent, sigev_tid, _sigev_un._tid) \
    S(abi_iocb, struct iocb) \
    F(abi_iocb, struct iocb, aio_key, aio_key) \
    F(abi_iocb, struct iocb, aio_lio_opcode, aio_lio_opcode) \
    F(abi_iocb, struct iocb, aio_offset, aio_offset) \
    F(abi_iocb, struct iocb, aio_resfd, aio_resfd) \
    S(abi_io_event, struct io_event) \
    F(abi_io_event, struct io_event, res2, res2) \
    S(abi_sched_attr, struct sched_attr) \
    F(abi_sched_attr, struct sched_attr, sched_policy, sched_policy) \
    F(abi_sched_attr, struct sched_attr, sched_nice, sched_nice) \
    F(abi_sched_attr, struct sched_attr, sched_runtime, sched_runtime) \
    F(abi_sched_attr, struct sched_attr, sched_util_max, sched_util_max) \
    S(abi_flock, struct flock) \
    F(abi_flock, struct flock, l_type, l_type) \
    F(abi_flock, struct flock, l_whence, l_whence) \
    F(abi_flock, struct flock, l_start, l_start) \
    F(abi_flock, struct flock, l_len, l_len) \
    F(abi_flock, struct flock, l_pid, l_pid) \
    S(abi_f_owner_ex, struct f_owner_ex) \
    F(abi_f_owner_ex, struct f_owner_ex, pid, pid) \
    S(abi_open_how, struct open_how) \
    F(abi_open_how, struct open_how, mode, mode) \
    F(abi_open_how, struct open_how, resolve, resolve) \
    S(abi_stat, struct stat) \
    F(abi_stat, struct stat, st_dev, st_dev) \
    F(abi_stat, struct stat, st_ino, st_ino) \
    F(abi_stat, struct stat, st_nlink, st_nlink) \
    F(abi_stat, struct stat, st_mode, st_mode) \
    F(abi_stat, struct stat, st_uid, st_uid) \
    F(abi_stat, struct stat, st_gid, st_gid) \
    F(abi_stat, struct stat, st_rdev, st_rdev) \
    F(abi_stat, struct stat, st_size, st_size) \
    F(abi_stat, struct stat, st_blksize, st_blksize) \
    F(abi_stat, struct stat, st_blocks, st_blocks) \
    O(abi_stat, struct stat, st_atim, st_atime) \
    O(abi_stat, struct stat, st_mtim, st_mtime) \
    O(abi_stat, struct stat, st_ctim, st_ctime) \
    S(abi_statx_timestamp, struct statx_timestamp) \
    F(abi_statx_timestamp, struct statx_timestamp, tv_nsec, tv_nsec) \
    S(abi_statx, struct statx) \
    F(abi_statx, struct statx, stx_mask, stx_mask) \
    F(abi_statx, struct statx, stx_blksize, stx_blksize) \
    F(abi_statx, struct statx, stx_attributes, stx_attributes) \
    F(abi_statx, struct statx, stx_nlink, stx_nlink) \
    F(abi_statx, struct statx, stx_uid, stx_uid) \
    F(abi_statx, struct statx, stx_gid, stx_gid) \
    F(abi_statx, struct statx, stx_mode, stx_mode) \
    F(abi_statx, struct statx, stx_ino, stx_ino) \
    F(abi_statx, struct statx, stx_size, stx_size) \
    F(abi_statx, struct statx, stx_blocks, stx_blocks) \
    F(abi_statx, struct statx, stx_attributes_mask, stx_attributes_mask) \
    F(abi_statx, struct statx, stx_atime, stx_atime) \
    F(abi_statx, struct statx, stx_btime, stx_btime) \
    F(abi_statx, struct statx, stx_ctime, stx_ctime) \
    F(abi_statx, struct statx, stx_mtime, stx_mtime) \
    F(abi_statx, struct statx, stx_rdev_major, stx_rdev_major) \
    F(abi_statx, struct statx, stx_rdev_minor, stx_rdev_minor) \
    F(abi_statx, struct statx, stx_dev_major, stx_dev_major) \
    F(abi_statx, struct statx, stx_dev_minor, stx_dev_minor) \
    F(abi_statx, struct statx, stx_mnt_id, stx_mnt_id) \
    S(abi_statfs, struct statfs) \
    F(abi_statfs, struct statfs, f_type, f_type) \
    F(abi_statfs, struct statfs, f_bsize, f_bsize) \
    F(abi_statfs, struct statfs, f_blocks, f_blocks) \
    F(abi_statfs, struct statfs, f_bfree, f_bfree) \
    F(abi_statfs, struct statfs, f_bavail, f_bavail) \
    F(abi_statfs, struct statfs, f_files, f_files) \
    F(abi_statfs, struct statfs, f_ffree, f_ffree) \
    F(abi_statfs, struct statfs, f_fsid, f_fsid) \
    F(abi_statfs, struct statfs, f_namelen, f_namelen) \
    F(abi_statfs, struct statfs, f_frsize, f_frsize) \
    F(abi_statfs, struct statfs, f_flags, f_flags) \
    S(abi_sigaction, struct sigaction) \
    F(abi_sigaction, struct sigaction, sa_flags, sa_flags) \
    F(abi_sigaction, struct sigaction, sa_restorer, sa_restorer) \
    F(abi_sigaction, struct sigaction, sa_mask, sa_mask) \
    S(abi_stack, stack_t) \
    F(abi_stack, stack_t, ss_flags, ss_flags) \
    F(abi_stack, stack_t, ss_size, ss_size) \
    S(abi_siginfo, siginfo_t) \
    F(abi_siginfo, siginfo_t, si_errno, si_errno) \
    F(abi_siginfo, siginfo_t, si_code, si_code) \
    O(abi_siginfo, siginfo_t, u, _sifields) \
    F(abi_siginfo, siginfo_t, u.rt.pid, _sifields._rt._pid) \
    F(abi_siginfo, siginfo_t, u.rt.uid, _sifields._rt._uid) \
    F(abi_siginfo, siginfo_t, u.rt.value, _sifields._rt._sigval) \
    F(abi_siginfo, siginfo_t, u.timer.overrun, _sifields._timer._overrun) \
    F(abi_siginfo, siginfo_t, u.timer.value, _sifields._timer._sigval) \
    F(abi_siginfo, siginfo_t, u.child.uid, _sifields._sigchld._uid) \
    F(abi_siginfo, siginfo_t, u.child.status, _sifields._sigchld._status) \
    F(abi_siginfo, siginfo_t, u.child.utime, _sifields._sigchld._utime) \
    F(abi_siginfo, siginfo_t, u.child.stime, _sifields._sigchld._stime) \
    F(abi_siginfo, siginfo_t, u.fault.addr, _sifields._sigfault._addr) \
    F(abi_siginfo, siginfo_t, u.fault.addr_lsb, _sifields._sigfault._addr_lsb) \
    F(abi_siginfo, siginfo_t, u.poll.band, _sifields._sigpoll._band) \
    F(abi_siginfo, siginfo_t, u.poll.fd, _sifields._sigpoll._fd) \
    F(abi_siginfo, siginfo_t, u.sys.nr, _sifields._sigsys._syscall) \
    F(abi_siginfo, siginfo_t, u.sys.arch, _sifields._sigsys._arch) \
    S(abi_rlimit, struct rlimit64) \
    F(abi_rlimit, struct rlimit64, rlim_max, rlim_max) \
    S(abi_rusage, struct rusage) \
    F(abi_rusage, struct rusage, ru_stime, ru_stime) \
    F(abi_rusage, struct rusage, ru_maxrss, ru_maxrss) \
    F(abi_rusage, struct rusage, ru_minflt, ru_minflt) \
    F(abi_rusage, struct rusage, ru_majflt, ru_majflt) \
    F(abi_rusage, struct rusage, ru_inblock, ru_inblock) \
    F(abi_rusage, struct rusage, ru_nsignals, ru_nsignals) \
    F(abi_rusage, struct rusage, ru_nvcsw, ru_nvcsw) \
    F(abi_rusage, struct rusage, ru_nivcsw, ru_nivcsw) \
    S(abi_utsname, struct new_utsname) \
    F(abi_utsname, struct new_utsname, nodename, nodename) \
    F(abi_utsname, struct new_utsname, release, release) \
    F(abi_utsname, struct new_utsname, version, version) \
    F(abi_utsname, struct new_utsname, machine, machine) \
    F(abi_utsname, struct new_utsname, domainname, domainname) \
    S(abi_sysinfo, struct sysinfo) \
    F(abi_sysinfo, struct sysinfo, loads, loads) \
    F(abi_sysinfo, struct sysinfo, totalram, totalram) \
    F(abi_sysinfo, struct sysinfo, freeram, freeram) \
    F(abi_sysinfo, struct sysinfo, sharedram, sharedram) \
    F(abi_sysinfo, struct sysinfo, bufferram, bufferram) \
    F(abi_sysinfo, struct sysinfo, totalswap, totalswap) \
    F(abi_sysinfo, struct sysinfo, freeswap, freeswap) \
    F(abi_sysinfo, struct sysinfo, procs, procs) \
    F(abi_sysinfo, struct sysinfo, totalhigh, totalhigh) \
    F(abi_sysinfo, struct sysinfo, freehigh, freehigh) \
    F(abi_sysinfo, struct sysinfo, mem_unit, mem_unit) \
    S(abi_clone_args, struct clone_args) \
    F(abi_clone_args, struct clone_args, pidfd, pidfd) \
    F(abi_clone_args, struct clone_args, child_tid, child_tid) \
    F(abi_clone_args, struct clone_args, parent_tid, parent_tid) \
    F(abi_clone_args, struct clone_args, exit_signal, exit_signal) \
    F(abi_clone_args, struct clone_args, stack, stack) \
    F(abi_clone_args, struct clone_args, stack_size, stack_size) \
    F(abi_clone_args, struct clone_args, tls, tls) \
    F(abi_clone_args, struct clone_args, set_tid, set_tid) \
    F(abi_clone_args, struct clone_args, set_tid_size, set_tid_size) \
    F(abi_clone_args, struct clone_args, cgroup, cgroup) \
    S(abi_robust_list, struct robust_list) \
    S(abi_robust_list_head, struct robust_list_head) \
    F(abi_robust_list_head, struct robust_list_head, futex_offset, \
      futex_offset) \
    F(abi_robust_list_head, struct robust_list_head, list_op_pending, \
      list_op_pending) \
    S(abi_pollfd, struct pollfd) \
    F(abi_pollfd, struct pollfd, events, events) \
    F(abi_pollfd, struct pollfd, revents, revents) \
    S(abi_termios, struct termios) \
    F(abi_termios, struct termios, c_oflag, c_oflag) \
    F(abi_termios, struct termios, c_cflag, c_cflag) \
    F(abi_termios, struct termios, c_lflag, c_lflag) \
    F(abi_termios, struct termios, c_line, c_line) \
    F(abi_termios, struct termios, c_cc, c_cc) \
    S(abi_winsize, struct winsize) \
    F(abi_winsize, struct winsize, ws_col, ws_col) \
    F(abi_winsize, struct winsize, ws_ypixel, ws_ypixel) \
    S(abi_rseq_cs, struct rseq_cs) \
    F(abi_rseq_cs, struct rseq_cs, flags, flags) \
    F(abi_rseq_cs, struct rseq_cs, start_ip, start_ip) \
    F(abi_rseq_cs, struct rseq_cs, post_commit_offset, post_commit_offset) \
    F(abi_rseq_cs, struct rseq_cs, abort_ip, abort_ip) \
    S(abi_rseq, struct rseq) \
    F(abi_rseq, struct rseq, cpu_id, cpu_id) \
    F(abi_rseq, struct rseq, rseq_cs, rseq_cs) \
    F(abi_rseq, struct rseq, flags, flags) \
    S(abi_iovec, struct iovec) \
    F(abi_iovec, struct iovec, iov_len, iov_len)

#define ABI_LIBC_LAYOUTS(S, F, O) \
    S(abi_user_regs, struct user_regs_struct) \
    F(abi_user_regs, struct user_regs_struct, r15, r15) \
    F(abi_user_regs, struct user_regs_struct, rbp, rbp) \
    F(abi_user_regs, struct user_regs_struct, rax, rax) \
    F(abi_user_regs, struct user_regs_struct, orig_rax, orig_rax) \
    F(abi_user_regs, struct user_regs_struct, rip, rip) \
    F(abi_user_regs, struct user_regs_struct, eflags, eflags) \
    F(abi_user_regs, struct user_regs_struct, rsp, rsp) \
    F(abi_user_regs, struct user_regs_struct, fs_base, fs_base) \
    F(abi_user_regs, struct user_regs_struct, gs_base, gs_base) \
    F(abi_user_regs, struct user_regs_struct, ds, ds) \
    F(abi_user_regs, struct user_regs_struct, gs, gs) \
    S(abi_prstatus, struct elf_prstatus) \
    F(abi_prstatus, struct elf_prstatus, si_code, pr_info.si_code) \
    F(abi_prstatus, struct elf_prstatus, si_errno, pr_info.si_errno) \
    F(abi_prstatus, struct elf_prstatus, pr_cursig, pr_cursig) \
    F(abi_prstatus, struct elf_prstatus, pr_sigpend, pr_sigpend) \
    F(abi_prstatus, struct elf_prstatus, pr_sighold, pr_sighold) \
    F(abi_prstatus, struct elf_prstatus, pr_pid, pr_pid) \
    F(abi_prstatus, struct elf_prstatus, pr_ppid, pr_ppid) \
    F(abi_prstatus, struct elf_prstatus, pr_pgrp, pr_pgrp) \
    F(abi_prstatus, struct elf_prstatus, pr_sid, pr_sid) \
    F(abi_prstatus, struct elf_prstatus, pr_utime, pr_utime) \
    F(abi_prstatus, struct elf_prstatus, pr_stime, pr_stime) \
    F(abi_prstatus, struct elf_prstatus, pr_cstime, pr_cstime) \
    F(abi_prstatus, struct elf_prstatus, pr_reg, pr_reg) \
    F(abi_prstatus, struct elf_prstatus, pr_fpvalid, pr_fpvalid) \
    S(abi_prpsinfo, struct elf_prpsinfo) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_sname, pr_sname) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_nice, pr_nice) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_flag, pr_flag) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_uid, pr_uid) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_gid, pr_gid) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_pid, pr_pid) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_sid, pr_sid) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_fname, pr_fname) \
    F(abi_prpsinfo, struct elf_prpsinfo, pr_psargs, pr_psargs) \
    F(abi_dirent64, struct dirent64, d_ino, d_ino) \
    F(abi_dirent64, struct dirent64, d_off, d_off) \
    F(abi_dirent64, struct dirent64, d_reclen, d_reclen) \
    F(abi_dirent64, struct dirent64, d_type, d_type) \
    O(abi_dirent64, struct dirent64, d_name, d_name) \
    S(abi_sched_param, struct sched_param) \
    S(abi_sockaddr_in, struct sockaddr_in) \
    F(abi_sockaddr_in, struct sockaddr_in, sin_family, sin_family) \
    F(abi_sockaddr_in, struct sockaddr_in, sin_port, sin_port) \
    F(abi_sockaddr_in, struct sockaddr_in, sin_addr, sin_addr) \
    S(abi_sockaddr_in6, struct sockaddr_in6) \
    F(abi_sockaddr_in6, struct sockaddr_in6, sin6_port, sin6_port) \
    F(abi_sockaddr_in6, struct sockaddr_in6, sin6_flowinfo, sin6_flowinfo) \
    F(abi_sockaddr_in6, struct sockaddr_in6, sin6_addr, sin6_addr) \
    F(abi_sockaddr_in6, struct sockaddr_in6, sin6_scope_id, sin6_scope_id) \
    S(abi_sockaddr_un, struct sockaddr_un) \
    F(abi_sockaddr_un, struct sockaddr_un, sun_path, sun_path) \
    S(abi_sockaddr_nl, struct sockaddr_nl) \
    F(abi_sockaddr_nl, struct sockaddr_nl, nl_pid, nl_pid) \
    F(abi_sockaddr_nl, struct sockaddr_nl, nl_groups, nl_groups) \
    S(abi_msghdr, struct msghdr) \
    F(abi_msghdr, struct msghdr, msg_name, msg_name) \
    F(abi_msghdr, struct msghdr, msg_iov, msg_iov) \
    F(abi_msghdr, struct msghdr, msg_iovlen, msg_iovlen) \
    F(abi_msghdr, struct msghdr, msg_control, msg_control) \
    F(abi_msghdr, struct msghdr, msg_controllen, msg_controllen) \
    F(abi_msghdr, struct msghdr, msg_flags, msg_flags) \
    F(abi_mmsghdr, struct mmsghdr, msg_len, msg_len) \
    S(abi_mmsghdr, struct mmsghdr) \
    F(abi_cmsghdr, struct cmsghdr, cmsg_level, cmsg_level) \
    F(abi_cmsghdr, struct cmsghdr, cmsg_type, cmsg_type) \
    F(abi_ucred, struct ucred, uid, uid) \
    F(abi_ucred, struct ucred, gid, gid) \
    S(abi_linger, struct linger) \
    F(abi_linger, struct linger, l_linger, l_linger) \
    S(abi_epoll_event, struct epoll_event) \
    F(abi_epoll_event, struct epoll_event, data, data) \
    S(abi_auxv, Elf64_auxv_t) \
    F(abi_auxv, Elf64_auxv_t, a_val, a_un) \
    S(abi_elf64_ehdr, Elf64_Ehdr) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_type, e_type) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_machine, e_machine) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_version, e_version) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_entry, e_entry) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_phoff, e_phoff) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_shoff, e_shoff) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_flags, e_flags) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_ehsize, e_ehsize) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_phentsize, e_phentsize) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_phnum, e_phnum) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_shentsize, e_shentsize) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_shnum, e_shnum) \
    F(abi_elf64_ehdr, Elf64_Ehdr, e_shstrndx, e_shstrndx) \
    S(abi_elf64_phdr, Elf64_Phdr) \
    F(abi_elf64_phdr, Elf64_Phdr, p_flags, p_flags) \
    F(abi_elf64_phdr, Elf64_Phdr, p_offset, p_offset) \
    F(abi_elf64_phdr, Elf64_Phdr, p_vaddr, p_vaddr) \
    F(abi_elf64_phdr, Elf64_Phdr, p_paddr, p_paddr) \
    F(abi_elf64_phdr, Elf64_Phdr, p_filesz, p_filesz) \
    F(abi_elf64_phdr, Elf64_Phdr, p_memsz, p_memsz) \
    F(abi_elf64_phdr, Elf64_Phdr, p_align, p_align) \
    S(abi_elf64_shdr, Elf64_Shdr) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_type, sh_type) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_flags, sh_flags) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_addr, sh_addr) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_offset, sh_offset) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_size, sh_size) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_link, sh_link) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_info, sh_info) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_addralign, sh_addralign) \
    F(abi_elf64_shdr, Elf64_Shdr, sh_entsize, sh_entsize) \
    S(abi_elf64_sym, Elf64_Sym) \
    F(abi_elf64_sym, Elf64_Sym, st_info, st_info) \
    F(abi_elf64_sym, Elf64_Sym, st_other, st_other) \
    F(abi_elf64_sym, Elf64_Sym, st_shndx, st_shndx) \
    F(abi_elf64_sym, Elf64_Sym, st_value, st_value) \
    F(abi_elf64_sym, Elf64_Sym, st_size, st_size) \
    S(abi_elf64_dyn, Elf64_Dyn) \
    F(abi_elf64_dyn, Elf64_Dyn, d_val, d_un) \
    S(abi_elf64_nhdr, Elf64_Nhdr) \
    F(abi_elf64_nhdr, Elf64_Nhdr, n_descsz, n_descsz) \
    F(abi_elf64_nhdr, Elf64_Nhdr, n_type, n_type)
// clang-format on
