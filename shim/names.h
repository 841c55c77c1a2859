// SPDX-License-Identifier: MIT
/* names: system calls by name. */
#pragma once

#include "lib/base.h"

#define NAMES_CALLS_MAX 512 /* above every number of Linux */

/* The number of the call name[0..len), or -1. */
int names_call(const char *name, size_t len);

/* The call whose name is most like it. */
const char *names_nearest_call(const char *name, size_t len);
