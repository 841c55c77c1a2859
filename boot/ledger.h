// SPDX-License-Identifier: MIT
/*
 * ledger: how long each stage of booting takes (boot-ledger). Stages follow
 * each other; noting one costs a reading of the time-stamp counter.
 *
 * Context: one CPU, boot_main and the boot thread.
 */
#pragma once

/* The kernel begins. What the counter shows is the firmware's and the virtual
 * machine monitor's time, when they started it from 0. */
void ledger_begin(void);
/* The stage of this name (kept by reference) ends now. */
void ledger_note(const char *stage);
/* The table, into the log; after clock_init. */
void ledger_print(void);
