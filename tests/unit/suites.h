// SPDX-License-Identifier: MIT
/*
 * suites: the list of test suites, one line each; X(id) stands for a suite
 * that some test_*.c makes with UNIT_SUITE(id, ...).
 */
#pragma once

#define UNIT_SUITES(X)                \
    X(abi)                            \
    X(lib_string)                     \
    X(lib_printf)                     \
    X(lib_rbtree)                     \
    X(lib_list)                       \
    X(lib_siphash)                    \
    X(kernel_ksyms)                   \
    X(kernel_load)                    \
    X(kernel_timer)                   \
    X(kernel_clock)                   \
    X(kernel_kvmclock)                \
    X(kernel_rtc)                     \
    X(kernel_random)                  \
    X(kernel_log)                     \
    X(kernel_ring)                    \
    X(kernel_vm_fork)                 \
    X(kernel_vm_large)                \
    X(kernel_vm_object)               \
    X(vfs_path)                       \
    X(vfs_tree)                       \
    X(vfs_ramfs)                      \
    X(vfs_memfd)                      \
    X(vfs_page_tree)                  \
    X(vfs_cpio)                       \
    X(vfs_unpack)                     \
    X(vfs_open)                       \
    X(vfs_fd)                         \
    X(vfs_p9_msg)                     \
    X(vfs_p9)                         \
    X(vfs_p9_hostile)                 \
    X(vfs_pipe)                       \
    X(vfs_console)                    \
    X(loader_elf)                     \
    X(loader_stack)                   \
    X(loader_load)                    \
    X(kernel_itimer)                  \
    X(syscalls_time)                  \
    X(shim_text)                      \
    X(shim_decode)                    \
    X(shim_trace)                     \
    X(shim_trace_set)                 \
    X(shim_stub)                      \
    X(boot_cmdline)                   \
    X(drivers_virtqueue)              \
    X(drivers_virtio_port)            \
    X(drivers_virtio_console_control) \
    X(drivers_acpi)                   \
    X(tools_syscall_table)            \
    X(tools_elfin_text)               \
    X(tools_elfin_image)              \
    X(tools_trace)                    \
    X(tools_doctor)                   \
    X(net_udp)                        \
    X(net_group)                      \
    X(net_packet)                     \
    X(net_netlink)                    \
    X(net_options)                    \
    X(net_diag)                       \
    X(net_dhcp)                       \
    X(net_dhcp6)                      \
    X(net_ip)                         \
    X(net_ipv6)                       \
    X(stubs)
