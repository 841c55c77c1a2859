// SPDX-License-Identifier: MIT
/* Set up before the program starts; only `told` changes later, and a line too
 * many would do no harm. */
#include "shim/stub.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "lib/distance.h"
#include "lib/string.h"
#include "shim/flags.h"
#include "shim/names.h"
#include "shim/shim.h"

#define LOG_TAG "shim"
#include "kernel/log.h"

struct stub {
    bool set, told;
    long result;
};

static struct stub *stubs; /* by number */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Decimal or 0x hexadecimal, perhaps with a minus. */
static bool parse_number(const char *s, size_t len, long *value)
{
    bool negative = len > 0 && s[0] == '-';
    unsigned long sum = 0;
    int base = 10;

    if (negative)
        s++, len--;
    if (len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
        base = 16;
        s += 2;
        len -= 2;
    }
    for (size_t i = 0; i < len; i++) {
        int digit = digit_value(s[i]);

        if (digit >= base || sum > (INT64_MAX - 15ul) / (unsigned)base)
            return false;
        sum = sum * (unsigned)base + (unsigned)digit;
    }
    *value = negative ? -(long)sum : (long)sum;
    return len > 0;
}

/* ENOENT -> -2 */
static bool parse_error(const char *s, size_t len, long *value)
{
    for (size_t i = 0; i < flags_errno.count; i++) {
        const struct flag_name *e = &flags_errno.names[i];

        if (strlen(e->name) == len && memcmp(e->name, s, len) == 0) {
            *value = -(long)e->value;
            return true;
        }
    }
    return false;
}

static const char *nearest_error(const char *s, size_t len)
{
    const char *best = NULL;
    unsigned best_distance = UINT32_MAX;

    for (size_t i = 0; i < flags_errno.count; i++) {
        unsigned n = edit_distance(s, len, flags_errno.names[i].name);

        if (n < best_distance) {
            best = flags_errno.names[i].name;
            best_distance = n;
        }
    }
    return best;
}

/* One NAME:ANSWER. */
static void add_item(const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    size_t name_len = colon ? (size_t)(colon - s) : len;
    size_t answer_len = colon ? len - name_len - 1 : 0;
    int nr = names_call(s, name_len), shown = (int)MIN(len, 64u);
    long result;

    if (!colon) {
        log_error("stub: %.*s: not NAME:ANSWER, as getcpu:0 or getcpu:EPERM",
                  shown, s);
    } else if (nr < 0 || nr >= NAMES_CALLS_MAX) {
        log_error("stub: %.*s: there is no such call: the nearest is %s", shown,
                  s, names_nearest_call(s, name_len));
    } else if (!parse_number(colon + 1, answer_len, &result) &&
               !parse_error(colon + 1, answer_len, &result)) {
        log_error("stub: %.*s: neither a number nor an error: the nearest is "
                  "%s",
                  shown, s, nearest_error(colon + 1, answer_len));
    } else {
        stubs[nr] = (struct stub){.set = true, .result = result};
    }
}

int stub_start(const char *spec)
{
    if (!stubs)
        stubs = kzalloc(NAMES_CALLS_MAX * sizeof(*stubs));
    if (!stubs)
        return -ENOMEM;
    for (;;) {
        const char *comma = strchr(spec, ',');
        size_t len = comma ? (size_t)(comma - spec) : strlen(spec);

        add_item(spec, len);
        if (!comma)
            return 0;
        spec = comma + 1;
    }
}

void stub_stop(void)
{
    kfree(stubs);
    stubs = NULL;
}

bool stub_answer(const struct regs *r, long *result)
{
    struct stub *s;
    char call[160];

    if (r->orig_rax >= NAMES_CALLS_MAX || !stubs[r->orig_rax].set)
        return false;
    s = &stubs[r->orig_rax];
    if (!s->told) {
        s->told = true;
        shim_describe_call(r, call, sizeof(call));
        log_warn("stub: %s from 0x%lx is answered with %ld", call, (long)r->rip,
                 s->result);
    }
    *result = s->result;
    return true;
}
