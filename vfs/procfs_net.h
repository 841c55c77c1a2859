// SPDX-License-Identifier: MIT
/*
 * procfs_net: where the network, which stands above, puts its files: /proc/net,
 * /proc/sys/net and /sys/class/net. Empty until it fills them in, before the
 * program starts.
 */
#pragma once

#include "vfs/pseudo.h"

extern struct pseudo_dir procfs_net_dir, procfs_sys_net_dir, sysfs_net_dir;
