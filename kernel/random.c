// SPDX-License-Identifier: MIT
/*
 * random: the generator behind getrandom, stack canaries and address
 * randomisation.
 *
 * Each request makes one ChaCha20 block under the pool's key: the first half
 * becomes the pool's next key, so that nobody who learns it can compute what
 * was given out before; the second half is the answer, or the key of the
 * stream that is the answer when more is wanted. What is mixed in is folded
 * into the key through the same block function.
 *
 * Locking: pool_lock covers pool_key.
 */
#include "kernel/random.h"

#include "kernel/chacha20.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/panic.h"
#include "lib/string.h"

#define LOG_TAG "random"
#include "kernel/log.h"

#define KEY_SIZE       CHACHA20_KEY_SIZE
#define HW_WORDS       4
#define HW_TRIES       10 /* Intel's advice for RDRAND; RDSEED may run dry */
#define JITTER_SAMPLES 64

static const uint8_t nonce_output[CHACHA20_NONCE_SIZE] = "output";
static const uint8_t nonce_stream[CHACHA20_NONCE_SIZE] = "stream";
static const uint8_t nonce_mix[CHACHA20_NONCE_SIZE] = "mix";

static struct spinlock pool_lock = SPINLOCK_INIT;
static uint8_t pool_key[KEY_SIZE];

/* Forgets a secret; the compiler must not think the store useless. */
static void wipe(void *p, size_t len)
{
    memset(p, 0, len);
    __asm__ volatile("" : : "r"(p) : "memory");
}

/* Replaces the pool's key; out gets 32 bytes that have nothing to do with it.
 */
static void pool_step(uint8_t out[KEY_SIZE], const uint8_t *nonce)
{
    uint8_t block[CHACHA20_BLOCK_SIZE];

    chacha20_block(pool_key, 0, nonce, block);
    memcpy(pool_key, block, KEY_SIZE);
    memcpy(out, block + KEY_SIZE, KEY_SIZE);
    wipe(block, sizeof(block));
}

static void stream(const uint8_t key[KEY_SIZE], uint8_t *out, size_t len)
{
    uint8_t nonce[CHACHA20_NONCE_SIZE], block[CHACHA20_BLOCK_SIZE];
    uint64_t n = 0;

    memcpy(nonce, nonce_stream, sizeof(nonce));
    while (len > 0) {
        size_t part = MIN(len, sizeof(block));
        uint32_t high = (uint32_t)(n >> 32);

        memcpy(nonce + 8, &high, sizeof(high));
        chacha20_block(key, (uint32_t)n++, nonce, block);
        memcpy(out, block, part);
        out += part;
        len -= part;
    }
    wipe(block, sizeof(block));
}

void random_bytes(void *buf, size_t len)
{
    uint8_t secret[KEY_SIZE];
    unsigned long flags = spin_lock(&pool_lock);

    pool_step(secret, nonce_output);
    spin_unlock(&pool_lock, flags);
    if (len <= KEY_SIZE)
        memcpy(buf, secret, len);
    else
        stream(secret, buf, len);
    wipe(secret, sizeof(secret));
}

uint64_t random_u64(void)
{
    uint64_t value;

    random_bytes(&value, sizeof(value));
    return value;
}

uint64_t random_below(uint64_t bound)
{
    uint64_t unfair, value;

    assert(bound > 0);
    unfair = -bound % bound; /* 2^64 modulo bound: so many are too many */
    do {
        value = random_u64();
    } while (value < unfair);
    return value % bound;
}

void random_mix(const void *data, size_t len)
{
    const uint8_t *from = data;
    unsigned long flags = spin_lock(&pool_lock);

    while (len > 0) {
        size_t part = MIN(len, (size_t)KEY_SIZE);
        uint8_t unused[KEY_SIZE];

        for (size_t i = 0; i < part; i++)
            pool_key[i] ^= from[i];
        pool_step(unused, nonce_mix);
        from += part;
        len -= part;
    }
    spin_unlock(&pool_lock, flags);
}

static bool hardware_word(uint64_t *word)
{
    bool ok = false;

    for (int i = 0; !ok && cpu_features.rdseed && i < HW_TRIES; i++)
        __asm__ volatile("rdseed %0" : "=r"(*word), "=@ccc"(ok));
    for (int i = 0; !ok && cpu_features.rdrand && i < HW_TRIES; i++)
        __asm__ volatile("rdrand %0" : "=r"(*word), "=@ccc"(ok));
    return ok;
}

static bool mix_hardware(void)
{
    uint64_t words[HW_WORDS];
    bool ok = true;

    for (int i = 0; ok && i < HW_WORDS; i++)
        ok = hardware_word(&words[i]);
    if (ok)
        random_mix(words, sizeof(words));
    wipe(words, sizeof(words));
    return ok;
}

/* How long the same few instructions take varies; the counter's start too. */
static void mix_jitter(void)
{
    uint64_t samples[JITTER_SAMPLES / 8];
    uint8_t *delta = (uint8_t *)samples;
    uint64_t last = tsc_read();

    random_mix(&last, sizeof(last));
    for (int i = 0; i < JITTER_SAMPLES; i++) {
        uint64_t now = tsc_read();

        delta[i] = (uint8_t)(now - last);
        last = now;
    }
    random_mix(samples, sizeof(samples));
}

void random_init(void)
{
    uint64_t now = clock_realtime_ns();

    random_mix(&now, sizeof(now));
    mix_jitter();
    if (!mix_hardware())
        log_info("this CPU has no random numbers: seeded from timing, and from "
                 "virtio-rng if there is one");
}
