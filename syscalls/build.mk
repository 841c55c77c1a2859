# SPDX-License-Identifier: MIT
# Sources of syscalls/: every file of the folder, so that adding a call is
# adding a file.
syscalls_SRCS := $(notdir $(wildcard syscalls/*.c))
