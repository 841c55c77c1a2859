# SPDX-License-Identifier: MIT
# Unit tests: what is compiled from here, and which of the kernel's own sources
# they test. A new test also needs its line in tests/unit/suites.h.
unit_SRCS := $(addprefix tests/unit/, \
  main.c unit.c \
  stubs/memory.c stubs/lock.c stubs/wait.c stubs/clock.c stubs/thread.c stubs/signal.c \
  stubs/uaccess.c stubs/log.c stubs/random.c stubs/test_stubs.c \
  abi/test_abi.c abi/ours.c abi/linux.c abi/libc.c \
  lib/kernel_string.c lib/kernel_printf.c \
  lib/test_string.c lib/test_printf.c lib/test_rbtree.c lib/test_list.c \
  kernel/test_ksyms.c kernel/test_load.c kernel/test_timer.c kernel/test_clock.c \
  kernel/test_rtc.c kernel/test_random.c kernel/test_log.c \
  loader/make_elf.c loader/test_elf.c loader/test_stack.c \
  loader/test_load.c syscalls/test_time.c \
  boot/test_cmdline.c \
  drivers/fake_device.c drivers/test_virtqueue.c drivers/test_virtio_port.c \
  drivers/test_virtio_console_control.c drivers/test_acpi.c \
  $(patsubst tests/unit/%,%,$(wildcard tests/unit/vfs/*.c)) \
  tools/test_syscall_table.c tools/test_elfin_text.c tools/test_elfin_image.c)

unit_MODULES := lib/rbtree.c lib/inflate.c kernel/ksyms.c kernel/load.c kernel/chacha20.c kernel/rtc.c \
  loader/elf.c loader/stack.c syscalls/random.c boot/cmdline.c
unit_MODULES += $(addprefix tools/elfin/,util.c opts.c cmdline.c control.c tty.c \
  log.c tree.c cpio_write.c cpio_read.c elfinfo.c scan.c probe.c machine.c \
  process.c)
unit_MODULES += kernel/acpi.c $(addprefix drivers/,acpi_power.c virtqueue.c \
  virtio.c virtio_port.c virtio_console_control.c)
unit_MODULES += kernel/cred.c kernel/cred_process.c kernel/uio.c \
  $(filter-out vfs/procfs% vfs/sysfs% vfs/mount_types.c vfs/p9_keeper.c,$(wildcard vfs/*.c))
unit_SRCS += tests/unit/kernel/test_ring.c tests/unit/tools/test_trace.c
unit_MODULES += $(addprefix tools/elfin/,trace_file.c trace_walk.c \
  trace_text.c trace_summary.c trace_json.c trace_flame.c svg.c)
unit_SRCS += $(patsubst %,tests/unit/shim/%.c,test_text test_decode test_trace \
  test_trace_set test_stub)
unit_MODULES += lib/distance.c $(addprefix shim/,$(filter-out dispatch.c \
  stats.c %.S,$(shim_SRCS)))
unit_SRCS += tests/unit/tools/test_doctor.c
unit_MODULES += $(addprefix tools/elfin/,backtrace.c core_file.c core_report.c \
  doctor.c doctor_names.c doctor_report.c doctor_stub.c)
unit_SRCS += tests/unit/kernel/test_vm_object.c
unit_SRCS += tests/unit/stubs/tlb.c $(addprefix \
  tests/unit/kernel/,vm_world.c test_vm_fork.c test_vm_large.c)
unit_MODULES += $(addprefix kernel/,vm.c vm_fork.c vm_large.c vm_limit.c vm_object.c \
  vm_range.c vm_remap.c pagetable.c)
unit_SRCS += tests/unit/kernel/test_itimer.c
unit_MODULES += kernel/itimer.c kernel/clock_id.c kernel/signal_name.c
unit_SRCS += tests/unit/lib/test_siphash.c
unit_MODULES += lib/siphash.c lib/inflate.c
unit_SRCS += tests/unit/kernel/test_kvmclock.c
unit_MODULES += kernel/clock_adjust.c
unit_SRCS += tests/net/env.c $(wildcard tests/unit/net/*.c)
unit_MODULES += $(wildcard net/*.c)
