// SPDX-License-Identifier: MIT
/* ours: the values of abi/. */
#include <stddef.h>

#include "abi/aio.h"
#include "abi/auxv.h"
#include "abi/capability.h"
#include "abi/core.h"
#include "abi/dirent.h"
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/event.h"
#include "abi/fcntl.h"
#include "abi/filter.h"
#include "abi/futex.h"
#include "abi/inotify.h"
#include "abi/ioctl.h"
#include "abi/ipc.h"
#include "abi/limits.h"
#include "abi/membarrier.h"
#include "abi/mempolicy.h"
#include "abi/mman.h"
#include "abi/mount.h"
#include "abi/netdevice.h"
#include "abi/packet.h"
#include "abi/netlink.h"
#include "abi/personality.h"
#include "abi/poll.h"
#include "abi/prctl.h"
#include "abi/random.h"
#include "abi/resource.h"
#include "abi/rseq.h"
#include "abi/rtnetlink.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/sock_diag.h"
#include "abi/socket.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/sysinfo.h"
#include "abi/tcp.h"
#include "abi/time.h"
#include "abi/uio.h"
#include "abi/utsname.h"
#include "abi/wait.h"
#include "abi/xattr.h"
#include "tests/unit/abi/constants.h"
#include "tests/unit/abi/layouts.h"
#include "tests/unit/abi/values.h"

const struct abi_value abi_ours_like_linux[] = {ABI_LINUX_CONSTANTS(ABI_VALUE)
                                                    ABI_END};
const struct abi_value abi_ours_like_libc[] = {ABI_LIBC_CONSTANTS(ABI_VALUE)
                                                   ABI_END};
const struct abi_value abi_ours_layout_like_linux[] = {
    ABI_LINUX_LAYOUTS(ABI_OUR_SIZE, ABI_OUR_FIELD, ABI_OUR_OFFSET) ABI_END};
const struct abi_value abi_ours_layout_like_libc[] = {
    ABI_LIBC_LAYOUTS(ABI_OUR_SIZE, ABI_OUR_FIELD, ABI_OUR_OFFSET) ABI_END};
