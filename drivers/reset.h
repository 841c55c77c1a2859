// SPDX-License-Identifier: MIT
/*
 * reset: the last resort of a machine that cannot turn itself off. A hypervisor
 * that was told not to reboot ends instead.
 */
#pragma once

/* Registers it; after every better way. */
void reset_register(void);
