// SPDX-License-Identifier: MIT
/*
 * debug_exit: QEMU's isa-debug-exit device at port 0xf4: a byte written there
 * ends QEMU with the exit status (byte << 1 | 1).
 */
#pragma once

#include "lib/base.h"

/* Registers it as a way to turn the machine off; false: it is not there. */
bool debug_exit_register(void);
