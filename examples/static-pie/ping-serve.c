// SPDX-License-Identifier: MIT
/* ping-serve: does nothing, so that the machine is there for ping: the kernel
 * answers echo requests by itself. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    fprintf(stderr, "ping-serve: ready\n");
    for (;;)
        pause();
}
