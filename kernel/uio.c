// SPDX-License-Identifier: MIT
/*
 * uio: walks the caller's buffers. A step never crosses the end of a buffer;
 * a fault stops the walk where it happened.
 */
#include "kernel/uio.h"

#include "kernel/uaccess.h"
#include "lib/string.h"

void uio_init(struct uio *u, const struct uio_vec *vec, size_t n, bool kernel)
{
    *u = (struct uio){.vec = vec, .nvec = n, .kernel = kernel};
    for (size_t i = 0; i < n; i++)
        u->left += vec[i].len;
}

/* Moves max bytes between one buffer at base and data; how many were. */
static inline size_t step(const struct uio *u, uintptr_t base, uint8_t *data,
                          size_t max, bool put)
{
    if (!u->kernel && put)
        return copy_to_user_partial((void user *)base, data, max);
    if (!u->kernel)
        return copy_from_user_partial(data, (const void user *)base, max);
    if (put)
        memcpy((void *)base, data, max);
    else
        memcpy(data, (const void *)base, max);
    return max;
}

static inline size_t move(struct uio *u, uint8_t *data, size_t len, bool put)
{
    size_t total = 0;

    len = MIN(len, u->left);
    while (total < len) {
        size_t in_vec = u->vec->len - u->skip, n, moved;

        if (unlikely(!in_vec)) {
            u->vec++;
            u->nvec--;
            u->skip = 0;
            continue;
        }
        n = MIN(in_vec, len - total);
        moved = step(u, u->vec->base + u->skip, data + total, n, put);
        u->skip += moved;
        u->left -= moved;
        total += moved;
        if (moved < n)
            break;
    }
    return total;
}

/* Does the most usual case hold: one piece of one buffer of the program? */
static inline bool is_one_piece(const struct uio *u, size_t len)
{
    return likely(len && len <= u->left && !u->kernel &&
                  len <= u->vec->len - u->skip);
}

static inline size_t moved_one(struct uio *u, size_t moved)
{
    u->skip += moved;
    u->left -= moved;
    return moved;
}

size_t uio_put(struct uio *u, const void *data, size_t len)
{
    if (is_one_piece(u, len))
        return moved_one(
            u, copy_to_user_partial((void user *)(u->vec->base + u->skip), data,
                                    len));
    return move(u, (uint8_t *)data, len, true);
}

size_t uio_get(struct uio *u, void *data, size_t len)
{
    if (is_one_piece(u, len))
        return moved_one(
            u, copy_from_user_partial(
                   data, (const void user *)(u->vec->base + u->skip), len));
    return move(u, data, len, false);
}

size_t uio_put_zeros(struct uio *u, size_t len)
{
    static const uint8_t zeros[512];
    size_t total = 0;

    len = MIN(len, u->left);
    while (total < len) {
        size_t n = MIN(sizeof(zeros), len - total);
        size_t moved = uio_put(u, zeros, n);

        total += moved;
        if (moved < n)
            break;
    }
    return total;
}
