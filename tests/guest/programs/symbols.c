// SPDX-License-Identifier: MIT
/* symbols: something for gdb to stop in. Ends with status 42. */
#include <unistd.h>

__attribute__((noinline)) static int triple(int number)
{
    __asm__ volatile("");
    return number * 3;
}

int main(void)
{
    int result = triple(14);

    if (write(STDOUT_FILENO, "tripled\n", 8) != 8)
        return 1;
    return result;
}
