# SPDX-License-Identifier: MIT
# Unit tests: what is compiled from here, and which of the kernel's own sources
# they test. A new test also needs its line in tests/unit/suites.h.
unit_SRCS := $(addprefix tests/unit/, \
  main.c unit.c \
  stubs/memory.c stubs/lock.c stubs/wait.c stubs/clock.c stubs/thread.c \
  stubs/uaccess.c stubs/log.c stubs/random.c stubs/test_stubs.c \
  abi/test_abi.c abi/ours.c abi/linux.c abi/libc.c \
  lib/kernel_string.c lib/kernel_printf.c \
  lib/test_string.c lib/test_printf.c lib/test_rbtree.c lib/test_list.c \
  kernel/test_ksyms.c kernel/test_timer.c kernel/test_clock.c \
  kernel/test_rtc.c kernel/test_random.c kernel/test_log.c \
  loader/make_elf.c loader/test_elf.c loader/test_stack.c \
  loader/test_load.c syscalls/test_time.c \
  boot/test_cmdline.c \
  drivers/fake_device.c drivers/test_virtqueue.c drivers/test_virtio_port.c \
  drivers/test_virtio_console_control.c drivers/test_acpi.c \
  tools/test_syscall_table.c tools/test_elfin_text.c tools/test_elfin_image.c)

unit_MODULES := lib/rbtree.c kernel/ksyms.c kernel/chacha20.c kernel/rtc.c \
  loader/elf.c loader/stack.c syscalls/random.c boot/cmdline.c
unit_MODULES += $(addprefix tools/elfin/,util.c opts.c cmdline.c control.c \
  log.c tree.c cpio_write.c cpio_read.c elfinfo.c scan.c probe.c machine.c \
  process.c)
unit_MODULES += kernel/acpi.c $(addprefix drivers/,acpi_power.c virtqueue.c \
  virtio.c virtio_port.c virtio_console_control.c)
