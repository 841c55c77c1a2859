# SPDX-License-Identifier: MIT
# Sources of loader/, in loader/.
loader_SRCS := elf.c image.c load.c script.c stack.c
