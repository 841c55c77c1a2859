# SPDX-License-Identifier: MIT
# Sources of the elfin command, from the root; the ELF checker is the kernel's.
# A generator of tools/gen is one file, and what is added here.
tools_GEN_SYSCALL_TABLE_SRCS := tools/gen/syscall_list.c tools/gen/syscall_source.c
tools_ELFIN_SRCS := $(addprefix tools/elfin/,main.c opts.c util.c run.c run_options.c \
  pack.c check.c syscalls.c image.c tree.c tree_host.c cpio_write.c \
  cpio_read.c deps.c dpkg.c package.c program.c elfinfo.c scan.c env.c cmdline.c machine.c network.c volume.c accel.c \
  backlog.c probe.c process.c relay.c pump.c control.c log.c outcome.c tty.c \
  trace.c trace_file.c trace_walk.c trace_text.c trace_summary.c trace_json.c \
  trace_flame.c svg.c backtrace.c core_file.c core_report.c doctor.c \
  doctor_names.c doctor_report.c doctor_stub.c gdb.c postmortem.c) loader/elf.c \
  $(addprefix shim/,text.c flags.c flags_file.c flags_process.c flags_net.c flags_errno.c)
