# SPDX-License-Identifier: MIT
shim_SRCS := entry.S dispatch.c text.c names.c \
  flags.c flags_file.c flags_process.c flags_net.c flags_errno.c \
  decode.c decode_file.c decode_process.c decode_signal.c \
  decode_time.c decode_net.c decode_sockopt.c decode_event.c \
  trace.c trace_set.c stats.c stub.c vdso_image.S
