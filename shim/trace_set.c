// SPDX-License-Identifier: MIT
#include "shim/trace_set.h"

#include "lib/distance.h"
#include "lib/string.h"
#include "syscalls/table.h"

#define QUOTED(name) #name,

static const char *const group_names[] = {SYSCALL_GROUPS(QUOTED)};

static bool same_word(const char *s, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(s, word, len) == 0;
}

/* Group names are capital letters in the table. */
static bool same_group(const char *s, size_t len, const char *group)
{
    if (strlen(group) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((s[i] ^ 0x20) != group[i])
            return false;
    return true;
}

/* The bit of the group s[0..len), or 0. */
static unsigned group_bit(const char *s, size_t len)
{
    for (unsigned g = 0; g < SYSCALL_GROUP_COUNT; g++)
        if (same_group(s, len, group_names[g]))
            return 1u << g;
    return same_word(s, len, "net") ? SYSCALL_GROUP_NETWORK : 0;
}

static void set_call(struct trace_set *set, unsigned nr, bool on)
{
    uint64_t bit = 1ull << (nr % 64);

    if (on)
        set->calls[nr / 64] |= bit;
    else
        set->calls[nr / 64] &= ~bit;
}

static void set_group(struct trace_set *set, unsigned group, bool on)
{
    for (unsigned nr = 0; nr < syscall_count && nr < NAMES_CALLS_MAX; nr++)
        if (syscall_infos[nr].groups & group)
            set_call(set, nr, on);
}

static void set_all(struct trace_set *set, bool on)
{
    memset(set->calls, on ? 0xff : 0, sizeof(set->calls));
    set->unknown = on;
}

static const char *nearest_item(const char *s, size_t len)
{
    static const char *const words[] = {
        "%file",    "%desc", "%memory",  "%process", "%signal",
        "%network", "all",   "syscalls", "signals",  "failed",
    };
    const char *best = names_nearest_call(s, len);
    unsigned distance = edit_distance(s, len, best);

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (edit_distance(s, len, words[i]) < distance) {
            best = words[i];
            distance = edit_distance(s, len, best);
        }
    }
    return best;
}

/* False: there is no such item. */
static bool apply_item(struct trace_set *set, const char *s, size_t len,
                       bool on)
{
    int nr;

    if (same_word(s, len, "all") || same_word(s, len, "syscalls")) {
        set_all(set, on);
        return true;
    }
    if (same_word(s, len, "none")) {
        set_all(set, !on);
        set->signals = !on;
        return true;
    }
    if (same_word(s, len, "signals")) {
        set->signals = on;
        return true;
    }
    if (same_word(s, len, "failed")) {
        set->failed = on;
        return true;
    }
    if (len > 0 && s[0] == '%') {
        unsigned group = group_bit(s + 1, len - 1);

        set_group(set, group, on);
        return group != 0;
    }
    nr = names_call(s, len);
    if (nr < 0 || nr >= NAMES_CALLS_MAX)
        return false;
    set_call(set, (unsigned)nr, on);
    return true;
}

/* Does spec say what to leave out rather than what to show? */
static bool starts_from_all(const char *spec)
{
    static const char failed[] = "failed";

    return spec[0] == '!' || strcmp(spec, failed) == 0 ||
           (strncmp(spec, failed, sizeof(failed) - 1) == 0 &&
            spec[sizeof(failed) - 1] == ',' && spec[sizeof(failed)] == '!');
}

void trace_set_parse(struct trace_set *set, const char *spec,
                     void (*bad)(const char *item, size_t len,
                                 const char *nearest))
{
    *set = (struct trace_set){.signals = true};
    if (starts_from_all(spec))
        set_all(set, true);
    for (;;) {
        size_t len = 0;
        bool on = *spec != '!';

        spec += !on;
        while (spec[len] && spec[len] != ',')
            len++;
        if (!apply_item(set, spec, len, on))
            bad(spec, len, nearest_item(spec, len));
        if (!spec[len])
            return;
        spec += len + 1;
    }
}

bool trace_set_has(const struct trace_set *set, uint64_t nr)
{
    if (nr >= NAMES_CALLS_MAX)
        return set->unknown;
    return set->calls[nr / 64] >> (nr % 64) & 1;
}
