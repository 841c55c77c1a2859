// SPDX-License-Identifier: MIT
/* libc: values as the C library's headers on this host have them. */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <linux/icmp.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/procfs.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/abi/constants.h"
#include "tests/unit/abi/layouts.h"
#include "tests/unit/abi/values.h"

#ifndef SHMMNI /* beside sys/shm.h no header of the kernel can be used */
#define SHMMNI ABI_ABSENT
#define SHMMAX ABI_ABSENT
#endif
#ifndef SEMMNI /* nor beside these */
#define SEMMNI ABI_ABSENT
#define SEMMSL ABI_ABSENT
#define SEMOPM ABI_ABSENT
#define SEMVMX ABI_ABSENT
#define SEMUSZ ABI_ABSENT
#endif
#ifndef MSGMNI
#define MSGMNI ABI_ABSENT
#define MSGMAX ABI_ABSENT
#define MSGMNB ABI_ABSENT
#endif

const struct abi_value abi_libc[] = {ABI_LIBC_CONSTANTS(ABI_VALUE) ABI_END};
const struct abi_value abi_libc_layout[] = {ABI_LIBC_LAYOUTS(
    ABI_THEIR_SIZE, ABI_THEIR_FIELD, ABI_THEIR_OFFSET) ABI_END};
