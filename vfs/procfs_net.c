// SPDX-License-Identifier: MIT
/* procfs_net: see the header. */
#include "vfs/procfs_net.h"

struct pseudo_dir procfs_net_dir, procfs_sys_net_dir, sysfs_net_dir;
