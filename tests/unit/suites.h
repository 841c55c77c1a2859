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
    X(kernel_ksyms)                   \
    X(kernel_timer)                   \
    X(kernel_clock)                   \
    X(kernel_rtc)                     \
    X(kernel_random)                  \
    X(kernel_log)                     \
    X(loader_elf)                     \
    X(loader_stack)                   \
    X(loader_load)                    \
    X(syscalls_time)                  \
    X(boot_cmdline)                   \
    X(drivers_virtqueue)              \
    X(drivers_virtio_port)            \
    X(drivers_virtio_console_control) \
    X(drivers_acpi)                   \
    X(tools_syscall_table)            \
    X(tools_elfin_text)               \
    X(tools_elfin_image)              \
    X(stubs)
