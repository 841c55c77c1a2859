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

/* Moves at most max bytes between one buffer at base and data. */
typedef size_t step_fn(const struct uio *u, uintptr_t base, void *data,
                       size_t max);

static size_t step_put(const struct uio *u, uintptr_t base, void *data,
                       size_t max)
{
    if (!u->kernel)
        return copy_to_user_partial((void user *)base, data, max);
    memcpy((void *)base, data, max);
    return max;
}

static size_t step_get(const struct uio *u, uintptr_t base, void *data,
                       size_t max)
{
    if (!u->kernel)
        return copy_from_user_partial(data, (const void user *)base, max);
    memcpy(data, (const void *)base, max);
    return max;
}

static size_t move(struct uio *u, uint8_t *data, size_t len, step_fn *step)
{
    size_t total = 0;

    len = MIN(len, u->left);
    while (total < len) {
        size_t in_vec = u->vec->len - u->skip, n, moved;

        if (!in_vec) {
            u->vec++;
            u->nvec--;
            u->skip = 0;
            continue;
        }
        n = MIN(in_vec, len - total);
        moved = step(u, u->vec->base + u->skip, data + total, n);
        u->skip += moved;
        u->left -= moved;
        total += moved;
        if (moved < n)
            break;
    }
    return total;
}

size_t uio_put(struct uio *u, const void *data, size_t len)
{
    return move(u, (uint8_t *)data, len, step_put);
}

size_t uio_get(struct uio *u, void *data, size_t len)
{
    return move(u, data, len, step_get);
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
