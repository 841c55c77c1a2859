shim_SRCS := entry.S dispatch.c
