// SPDX-License-Identifier: MIT
/*
 * linux: values as the kernel's headers on this host have them. Headers of the
 * oldest Linux that the tests are run on lack what came after 5.15.
 */
#include <stddef.h>

#include <asm/auxvec.h>
#include <asm/hwcap2.h>
#include <asm/ioctls.h>
#include <asm/mman.h>
#include <asm/poll.h>
#include <asm/prctl.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/aio_abi.h>
#include <linux/auxvec.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/inet_diag.h>
#include <linux/inotify.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/membarrier.h>
#include <linux/memfd.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/resource.h>
#include <linux/rseq.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/securebits.h>
#include <linux/signal.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>
#include <linux/time.h>
#include <linux/times.h>
#include <linux/timex.h>
#include <linux/uio.h>
#include <linux/unix_diag.h>
#include <linux/utsname.h>
#include <linux/xattr.h>
#include <linux/version.h>

#include "tests/unit/abi/constants.h"
#include "tests/unit/abi/layouts.h"
#include "tests/unit/abi/values.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED ABI_ABSENT
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE ABI_ABSENT
#endif
#ifndef PR_SET_VMA
#define PR_SET_VMA ABI_ABSENT
#endif
#ifndef PR_SET_VMA_ANON_NAME
#define PR_SET_VMA_ANON_NAME ABI_ABSENT
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0) /* an enum has it */
#define MEMBARRIER_CMD_GET_REGISTRATIONS ABI_ABSENT
#endif
#ifndef FUTEX_32
#define FUTEX_32 ABI_ABSENT
#endif
#ifndef FUTEX_WAITV_MAX
#define FUTEX_WAITV_MAX ABI_ABSENT
#endif
#ifndef AT_RSEQ_FEATURE_SIZE
#define AT_RSEQ_FEATURE_SIZE ABI_ABSENT
#endif
#ifndef AT_RSEQ_ALIGN
#define AT_RSEQ_ALIGN ABI_ABSENT
#endif
#ifndef ARCH_GET_XCOMP_SUPP
#define ARCH_GET_XCOMP_SUPP ABI_ABSENT
#endif
#ifndef ARCH_GET_XCOMP_PERM
#define ARCH_GET_XCOMP_PERM ABI_ABSENT
#endif
#ifndef ARCH_REQ_XCOMP_PERM
#define ARCH_REQ_XCOMP_PERM ABI_ABSENT
#endif

const struct abi_value abi_linux[] = {ABI_LINUX_CONSTANTS(ABI_VALUE) ABI_END};
const struct abi_value abi_linux_layout[] = {ABI_LINUX_LAYOUTS(
    ABI_THEIR_SIZE, ABI_THEIR_FIELD, ABI_THEIR_OFFSET) ABI_END};
