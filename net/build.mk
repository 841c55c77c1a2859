# SPDX-License-Identifier: MIT
# Sources of net/: the stack itself, which compiles anywhere, and in kern/ what
# ties it to this kernel.
net_CORE := $(notdir $(wildcard net/*.c))
net_SRCS := $(net_CORE) $(addprefix kern/,$(notdir $(wildcard net/kern/*.c)))
