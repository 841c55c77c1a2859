// SPDX-License-Identifier: MIT
/* rseq: restartable sequences; rseq(2), as Linux 6.3 extended them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RSEQ_CPU_ID_UNINITIALIZED       -1
#define RSEQ_CPU_ID_REGISTRATION_FAILED -2
#define RSEQ_FLAG_UNREGISTER            (1 << 0)

#define ABI_RSEQ_ORIG_SIZE    32 /* what every kernel with rseq accepts */
#define ABI_RSEQ_FEATURE_SIZE 28 /* AT_RSEQ_FEATURE_SIZE: up to mm_cid */
#define ABI_RSEQ_ALIGN        32

struct abi_rseq_cs {
    uint32_t version, flags;
    uint64_t start_ip, post_commit_offset, abort_ip;
};

/* Lives in the thread's memory; node_id and mm_cid count from Linux 6.3 on. */
struct abi_rseq {
    uint32_t cpu_id_start;
    uint32_t cpu_id;
    uint64_t rseq_cs;
    uint32_t flags;
    uint32_t node_id;
    uint32_t mm_cid;
    uint32_t abi_pad;
};

_Static_assert(sizeof(struct abi_rseq_cs) == 32, "Linux ABI");
_Static_assert(sizeof(struct abi_rseq) == 32, "Linux ABI");
_Static_assert(offsetof(struct abi_rseq, abi_pad) == ABI_RSEQ_FEATURE_SIZE,
               "Linux ABI");
