// SPDX-License-Identifier: MIT
/* fake_env: see the header. */
#include "tests/tcp/fake_env.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/env.h"
#include "net/sock.h"
#include "net/stack.h"
#include "tests/tcp/count.h"

void fake_env_init(struct fake_env *e, uint64_t *clock, uint64_t seed)
{
    *e =
        (struct fake_env){.clock = clock, .deadline = UINT64_MAX, .seed = seed};
}

/* SplitMix64 */
uint64_t fake_random(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static struct fake_env *env_of(const struct netstack *s)
{
    return s->env;
}

uint64_t net_env_now(struct netstack *s)
{
    return *env_of(s)->clock;
}

uint64_t net_env_realtime(struct netstack *s)
{
    return *env_of(s)->clock + 1700000000ull * NSEC_PER_SEC;
}

void net_env_random(struct netstack *s, void *buf, size_t len)
{
    uint8_t *p = buf;

    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)fake_random(&env_of(s)->seed);
}

void *net_env_alloc(struct netstack *s, size_t size)
{
    struct fake_env *e = env_of(s);
    bool counted;
    void *p;

    if (e->fail_at && --e->fail_at == 0)
        return NULL;
    if (e->fail_percent && fake_random(&e->seed) % 100 < e->fail_percent)
        return NULL;
    counted = count_pause();
    p = malloc(size);
    count_resume(counted);
    e->live += p != NULL;
    return p;
}

void net_env_free(struct netstack *s, void *p)
{
    bool counted;

    env_of(s)->live -= p != NULL;
    counted = count_pause(); /* a driver uses its buffers again */
    free(p);
    count_resume(counted);
}

void net_env_timer_set(struct netstack *s, uint64_t deadline_ns)
{
    env_of(s)->deadline = deadline_ns;
}

void net_env_unlocked(struct netstack *s)
{
    env_of(s)->unlocked_due = true;
}

void net_env_sock_ready(struct sock *sk, unsigned events)
{
    struct fake_owner *o = sk->owner;

    o->ready(o, sk, events);
}

void net_env_log(struct netstack *s, enum net_log_level level, const char *fmt,
                 ...)
{
    (void)s;
    (void)level;
    (void)fmt;
}

void net_env_trace(struct netstack *s, const char *line)
{
    (void)s;
    fprintf(stderr, "%12.6f %s\n", (double)*env_of(s)->clock / 1e9, line);
}

noreturn void net_env_bug(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}
