// SPDX-License-Identifier: MIT
/* personality: personality(2). */
#pragma once

#define PER_LINUX32       0x0008
#define PER_MASK          0x00ff
#define ADDR_NO_RANDOMIZE 0x0040000

#define ABI_PERSONALITY_ASK 0xffffffffu /* no value: only tells */
