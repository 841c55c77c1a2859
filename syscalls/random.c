// SPDX-License-Identifier: MIT
/* random: getrandom(2). The generator is seeded before the program starts. */
#include "abi/random.h"
#include "kernel/random.h"
#include "kernel/thread.h"
#include "lib/string.h"
#include "syscalls/define.h"

#define CHUNK 256

/* As every Linux call that transfers bytes. */
#define REQUEST_MAX 0x7ffff000ul

static bool interrupted(void)
{
    return thread_current()->work & (WORK_SIGNAL | WORK_KILLED);
}

/* getrandom(2): count random bytes; fewer, but at least 256, when a signal
 * comes in between. */
SYSCALL_DEFINE3(getrandom, void user *, buf, size_t, count, unsigned, flags)
{
    uint8_t chunk[CHUNK];
    size_t done = 0, part, copied;

    if (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    if ((flags & GRND_RANDOM) && (flags & GRND_INSECURE))
        return -EINVAL;
    count = MIN(count, REQUEST_MAX);
    do {
        part = MIN(count - done, sizeof(chunk));
        random_bytes(chunk, part);
        copied = copy_to_user_partial((char user *)buf + done, chunk, part);
        done += copied;
    } while (copied == part && done < count && !interrupted());
    memset(chunk, 0, sizeof(chunk));
    return done > 0 || count == 0 ? (long)done : -EFAULT;
}
