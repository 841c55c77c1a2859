// SPDX-License-Identifier: MIT
/*
 * cmdline: cuts the text into words in place, then looks each up in the table
 * of options.
 */
#include "boot/cmdline.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "lib/distance.h"
#include "lib/printf.h"
#include "lib/string.h"

#define DEFAULT_STACK MIB(8)

enum option_kind {
    OPTION_TEXT,   /* const char * */
    OPTION_SWITCH, /* bool: on or off */
    OPTION_CHOICE, /* unsigned: the index of one of choices */
    OPTION_SIZE,   /* uint64_t: bytes */
    OPTION_TTY,
    OPTION_ENV,
    OPTION_VIRTIO_MMIO,
    OPTION_VOLUME,
};

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset; /* of the value in struct boot_options */
    const char *choices[3];
};

#define AT(field) offsetof(struct boot_options, field)

static const struct option options[] = {
    {"ip", OPTION_TEXT, AT(ip), {0}},
    {"gw", OPTION_TEXT, AT(gw), {0}},
    {"dns", OPTION_TEXT, AT(dns), {0}},
    {"ip6", OPTION_TEXT, AT(ip6), {0}},
    {"init", OPTION_TEXT, AT(init), {0}},
    {"argv0", OPTION_TEXT, AT(argv0), {0}},
    {"cwd", OPTION_TEXT, AT(cwd), {0}},
    {"user", OPTION_TEXT, AT(run_as), {0}},
    {"hostname", OPTION_TEXT, AT(hostname), {0}},
    {"log", OPTION_TEXT, AT(log), {0}},
    {"trace", OPTION_TEXT, AT(trace), {0}},
    {"trace-ring", OPTION_SIZE, AT(trace_ring), {0}},
    {"trace-strsize", OPTION_SIZE, AT(trace_strsize), {0}},
    {"stats", OPTION_SWITCH, AT(stats), {0}},
    {"boot-ledger", OPTION_SWITCH, AT(boot_ledger), {0}},
    {"stub", OPTION_TEXT, AT(stub), {0}},
    {"core", OPTION_CHOICE, AT(core), {"stack", "full", "off"}},
    {"doctor", OPTION_SWITCH, AT(doctor), {0}},
    {"selftest", OPTION_TEXT, AT(selftest), {0}},
    {"fail-alloc", OPTION_SIZE, AT(fail_alloc), {0}},
    {"env", OPTION_ENV, 0, {0}},
    {"enosys", OPTION_CHOICE, AT(enosys), {"warn", "errno", "trap"}},
    {"panic", OPTION_CHOICE, AT(panic), {"exit", "halt", "reboot"}},
    {"console", OPTION_CHOICE, AT(console), {"auto", "serial", "virtio"}},
    {"tty", OPTION_TTY, 0, {0}},
    {"aslr", OPTION_SWITCH, AT(aslr), {0}},
    {"vdso", OPTION_SWITCH, AT(vdso), {0}},
    {"stack", OPTION_SIZE, AT(stack_size), {0}},
    {"virtio_mmio.device", OPTION_VIRTIO_MMIO, 0, {0}},
    {"volume", OPTION_VOLUME, 0, {0}},
};

struct word {
    char *text;
    bool quoted;
};

void cmdline_init(struct boot_options *o)
{
    *o = (struct boot_options){
        .aslr = true, .tty = true, .vdso = true, .stack_size = DEFAULT_STACK};
}

/* --- growing lists --- */

/* Room for one more element of size bytes; lists double at powers of two. */
static int list_reserve(void **list, size_t count, size_t size)
{
    void *grown;

    if (count & (count - 1))
        return 0;
    grown = krealloc(*list, (count ? 2 * count : 1) * size);
    if (!grown)
        return -ENOMEM;
    *list = grown;
    return 0;
}

static int list_add(char ***list, size_t *count, char *text)
{
    void *p = *list;
    int err = list_reserve(&p, *count, sizeof(char *));

    if (err)
        return err;
    *list = p;
    (*list)[(*count)++] = text;
    return 0;
}

static int add_error(struct boot_options *o, const char *fmt, ...)
    printf_like(2, 3);

static int add_error(struct boot_options *o, const char *fmt, ...)
{
    char *line;
    va_list args;
    int len, err;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    line = kmalloc((size_t)len + 1);
    if (!line)
        return -ENOMEM;
    va_start(args, fmt);
    vsnprintf(line, (size_t)len + 1, fmt, args);
    va_end(args);
    err = list_add(&o->errors, &o->error_count, line);
    if (err)
        kfree(line);
    return err;
}

/* --- words --- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The escape at p (a backslash); *c: what it stands for. Its length: 1 when it
 * is none. */
static size_t unescape(const char *p, const char *end, char *c)
{
    *c = '\\';
    if (end - p < 2)
        return 1;
    switch (p[1]) {
    case '"':
    case '\\':
        *c = p[1];
        return 2;
    case 'n':
        *c = '\n';
        return 2;
    case 't':
        *c = '\t';
        return 2;
    case 'x':
        if (end - p < 4 || hex_digit(p[2]) < 0 || hex_digit(p[3]) < 0 ||
            (p[2] == '0' && p[3] == '0'))
            return 1;
        *c = (char)(hex_digit(p[2]) << 4 | hex_digit(p[3]));
        return 4;
    default:
        return 1;
    }
}

/*
 * Takes the word at or after *at, unquoting it in place; *at moves behind it.
 * False: there is no more. *open: its last quote was not closed.
 */
static bool next_word(char **at, char *end, struct word *w, bool *open)
{
    char *p = *at, *to;

    while (p < end && is_blank(*p))
        p++;
    if (p == end)
        return false;
    *w = (struct word){.text = p};
    *open = false;
    for (to = p; p < end && (*open || !is_blank(*p));) {
        if (*p == '"') {
            *open = !*open;
            w->quoted = true;
            p++;
        } else if (*p == '\\' && *open) {
            p += unescape(p, end, to++);
        } else {
            *to++ = *p++;
        }
    }
    *at = p < end ? p + 1 : p;
    *to = '\0';
    return true;
}

/* --- values --- */

/* A number, decimal or 0x hexadecimal, at *p; false: none, or too large. */
static bool parse_u64(const char **p, uint64_t *value)
{
    const char *s = *p;
    unsigned base = s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10;
    int digit;

    if (base == 16)
        s += 2;
    *p = s;
    *value = 0;
    for (; (digit = hex_digit(*s)) >= 0 && (unsigned)digit < base; s++) {
        if (*value > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        *value = *value * base + (unsigned)digit;
    }
    if (s == *p)
        return false;
    *p = s;
    return true;
}

/* As parse_u64, with a suffix K, M, G or T. */
static bool parse_size(const char **p, uint64_t *value)
{
    static const char suffixes[] = "kmgt";
    const char *suffix;
    unsigned shift;

    if (!parse_u64(p, value))
        return false;
    suffix = **p ? strchr(suffixes, **p | 0x20) : NULL;
    if (!suffix)
        return true;
    (*p)++;
    shift = 10 * (unsigned)(suffix - suffixes + 1);
    if (*value > UINT64_MAX >> shift)
        return false;
    *value <<= shift;
    return true;
}

/* SIZE@ADDR:IRQ and, as Linux has it, perhaps :ID, which is of no use here. */
static bool parse_virtio_mmio(const char *s, struct boot_virtio_mmio *d)
{
    uint64_t irq, id;

    if (!parse_size(&s, &d->size) || *s++ != '@')
        return false;
    if (!parse_u64(&s, &d->base) || *s++ != ':')
        return false;
    if (!parse_u64(&s, &irq) || irq > UINT32_MAX)
        return false;
    d->irq = (uint32_t)irq;
    if (*s == ':') {
        s++;
        if (!parse_u64(&s, &id))
            return false;
    }
    return *s == '\0' && d->size > 0 && d->size - 1 <= UINT64_MAX - d->base;
}

/* The value behind "virtio_mmio.device=", or NULL if text is another word. */
static const char *virtio_mmio_value(const char *text)
{
    static const char key[] = "virtio_mmio.device=";

    return strncmp(text, key, sizeof(key) - 1) == 0 ? text + sizeof(key) - 1
                                                    : NULL;
}

/* Is this an option that QEMU appended? */
static bool is_appended(const struct word *w)
{
    const char *value = virtio_mmio_value(w->text);
    struct boot_virtio_mmio d;

    return !w->quoted && value && parse_virtio_mmio(value, &d);
}

/* --- options --- */

static int set_virtio_mmio(struct boot_options *o, const char *value)
{
    struct boot_virtio_mmio d;
    void *p = o->virtio_mmio;
    int err;

    if (!parse_virtio_mmio(value, &d))
        return add_error(o, "virtio_mmio.device=%.64s: not SIZE@ADDR:IRQ",
                         value);
    err = list_reserve(&p, o->virtio_mmio_count, sizeof(d));
    if (err)
        return err;
    o->virtio_mmio = p;
    o->virtio_mmio[o->virtio_mmio_count++] = d;
    return 0;
}

/* The decimal number at *p, which moves behind it; false: none, or too big. */
static bool take_u16(const char **p, uint16_t *value)
{
    uint32_t n = 0;

    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9' && n <= UINT16_MAX; ++*p)
        n = n * 10 + (uint32_t)(**p - '0');
    *value = (uint16_t)n;
    return n <= UINT16_MAX;
}

static int set_tty(struct boot_options *o, const char *value)
{
    const char *p = value;

    o->tty = strcmp(value, "off") != 0;
    if (!o->tty || strcmp(value, "on") == 0)
        return 0;
    if (!take_u16(&p, &o->tty_rows) || *p++ != 'x' ||
        !take_u16(&p, &o->tty_cols) || *p)
        return add_error(o, "tty=%.64s: not on, off or a size such as 24x80",
                         value);
    return 0;
}

static int set_env(struct boot_options *o, char *value)
{
    char *equals = strchr(value, '=');

    if (!equals || equals == value)
        return add_error(o, "env=%.64s: not env=KEY=VALUE", value);
    return list_add(&o->env, &o->env_count, value);
}

static int set_choice(struct boot_options *o, const struct option *opt,
                      const char *value)
{
    for (unsigned i = 0; i < ARRAY_SIZE(opt->choices); i++) {
        if (strcmp(value, opt->choices[i]) == 0) {
            *(unsigned *)((char *)o + opt->offset) = i;
            return 0;
        }
    }
    return add_error(o, "%s=%.64s: not one of %s, %s, %s", opt->name, value,
                     opt->choices[0], opt->choices[1], opt->choices[2]);
}

static int set_option(struct boot_options *o, const struct option *opt,
                      char *value)
{
    void *field = (char *)o + opt->offset;
    const char *p = value;
    uint64_t size;

    switch (opt->kind) {
    case OPTION_TEXT:
        *(const char **)field = value;
        return 0;
    case OPTION_SWITCH:
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
            return add_error(o, "%s=%.64s: not on or off", opt->name, value);
        *(bool *)field = strcmp(value, "on") == 0;
        return 0;
    case OPTION_CHOICE:
        return set_choice(o, opt, value);
    case OPTION_SIZE:
        if (!parse_size(&p, &size) || *p || size == 0)
            return add_error(o, "%s=%.64s: not a size such as 8M", opt->name,
                             value);
        *(uint64_t *)field = size;
        return 0;
    case OPTION_TTY:
        return set_tty(o, value);
    case OPTION_ENV:
        return set_env(o, value);
    case OPTION_VIRTIO_MMIO:
        return set_virtio_mmio(o, value);
    case OPTION_VOLUME:
        return list_add(&o->volumes, &o->volume_count, value);
    }
    return 0;
}

static const char *nearest_option(const char *name, size_t len)
{
    const char *best = NULL;
    unsigned best_distance = UINT32_MAX;

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        unsigned d = edit_distance(name, len, options[i].name);

        if (d < best_distance) {
            best_distance = d;
            best = options[i].name;
        }
    }
    return best;
}

static int parse_option(struct boot_options *o, char *text)
{
    char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : strlen(text);

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        const struct option *opt = &options[i];

        if (strlen(opt->name) != len || strncmp(opt->name, text, len) != 0)
            continue;
        if (!equals)
            return add_error(o, "%s: needs a value, %s=...", text, text);
        return set_option(o, opt, equals + 1);
    }
    return add_error(o, "%.64s: no such option; the nearest is %s=", text,
                     nearest_option(text, MIN(len, 64u)));
}

/* Takes the device words off the end that belong to the machine: those after
 * the last argument that is none. */
static int take_appended(struct boot_options *o, size_t first, size_t appended)
{
    int err = 0;

    for (size_t i = o->arg_count - appended; i < o->arg_count && !err; i++)
        err = set_virtio_mmio(o, virtio_mmio_value(o->args[i]));
    o->arg_count -= MIN(appended, o->arg_count - first);
    return err;
}

int cmdline_parse(struct boot_options *o, char *text, size_t len)
{
    char *at = text, *end = text + len;
    size_t first = o->arg_count, appended = 0;
    bool arguments = false, open = false;
    struct word w;
    int err = 0;

    while (!err && next_word(&at, end, &w, &open)) {
        if (arguments) {
            appended = is_appended(&w) ? appended + 1 : 0;
            err = list_add(&o->args, &o->arg_count, w.text);
        } else if (!w.quoted && strcmp(w.text, "--") == 0) {
            arguments = true;
        } else {
            err = parse_option(o, w.text);
        }
    }
    if (!err && open)
        err = add_error(o, "unterminated quote in: %.64s", w.text);
    if (!err && appended)
        err = take_appended(o, first, appended);
    return err;
}

void cmdline_fini(struct boot_options *o)
{
    for (size_t i = 0; i < o->error_count; i++)
        kfree(o->errors[i]);
    kfree(o->errors);
    kfree(o->args);
    kfree(o->env);
    kfree(o->volumes);
    kfree(o->virtio_mmio);
    cmdline_init(o);
}
