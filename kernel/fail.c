// SPDX-License-Identifier: MIT
#include "kernel/fail.h"

uint64_t fail_alloc_in;
