# SPDX-License-Identifier: MIT
lib_SRCS := string.c printf.c rbtree.c distance.c siphash.c inflate.c
