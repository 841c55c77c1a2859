// SPDX-License-Identifier: MIT
#include "kernel/system.h"

struct system_info system_info = {"elfin", "(none)"};
