# SPDX-License-Identifier: MIT
boot_SRCS := start.S main.c memory.c options.c program.c cmdline.c user.c etc.c volumes.c ledger.c
