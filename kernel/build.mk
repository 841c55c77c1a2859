# SPDX-License-Identifier: MIT
# Sources of kernel/: every file of the folder.
kernel_SRCS := $(notdir $(wildcard kernel/*.c kernel/*.S))
