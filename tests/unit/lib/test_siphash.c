// SPDX-License-Identifier: MIT
/* Tests of SipHash against the vectors of its paper (appendix A) and of its
 * reference (the first of vectors_sip64). */
#include "tests/unit/unit.h"

#include "lib/siphash.h"

START_TEST(gives_the_paper_s_vectors)
{
    const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    uint8_t data[15];

    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = i;
    ck_assert_uint_eq(siphash(key, data, 15), 0xa129ca6149be45e5);
    ck_assert_uint_eq(siphash(key, data, 0), 0x726fdb47dd0e0e31);
}
END_TEST

UNIT_SUITE(lib_siphash, "lib/siphash", gives_the_paper_s_vectors)
