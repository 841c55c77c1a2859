// SPDX-License-Identifier: MIT
/*
 * doctor_stub: the beginning of a handler, from the table's names and types.
 */
#include <string.h>

#include "syscalls/table.h"
#include "tools/elfin/doctor.h"

enum { COLUMNS = 80 };

/* Types of the C library that the kernel writes otherwise. */
static const struct {
    const char *libc, *kernel;
} types[] = {
    {"aio_context_t", "unsigned long"},
    {"clockid_t", "int"},
    {"dev_t", "uint64_t"},
    {"fd_set", "uint64_t"},
    {"gid_t", "uint32_t"},
    {"id_t", "int"},
    {"key_t", "int"},
    {"loff_t", "int64_t"},
    {"mode_t", "uint32_t"},
    {"mqd_t", "int"},
    {"off_t", "int64_t"},
    {"pid_t", "int"},
    {"sigset_t", "uint64_t"},
    {"siginfo_t", "struct abi_siginfo"},
    {"socklen_t", "int"},
    {"stack_t", "struct abi_stack"},
    {"time_t", "int64_t"},
    {"timer_t", "int"},
    {"uid_t", "uint32_t"},
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

/* The type with its words replaced; a pointer's * loses the blank before the
 * name by the macro's comma. */
static void add_type(struct strbuf *out, const char *type)
{
    while (*type) {
        size_t n = 0;
        const char *replacement = NULL;

        while (is_word(type[n]))
            n++;
        if (!n) {
            strbuf_addc(out, *type++);
            continue;
        }
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
            if (strlen(types[i].libc) == n && !memcmp(types[i].libc, type, n))
                replacement = types[i].kernel;
        if (replacement)
            strbuf_puts(out, replacement);
        else
            strbuf_add(out, type, n);
        type += n;
    }
}

/* `struct x;` for the struct or union that a type names: in a parameter list
 * alone it would be another one. */
static void add_declaration(struct strbuf *out, const char *type)
{
    static const char *const words[] = {"struct ", "union "};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *at = strstr(type, words[i]);
        size_t n = strlen(words[i]);

        if (!at)
            continue;
        while (is_word(at[n]))
            n++;
        strbuf_printf(out, "%.*s;\n", (int)n, at);
    }
}

/* The macro and its arguments, with lines of at most COLUMNS. */
static void add_head(struct strbuf *out, const struct syscall_info *s)
{
    const size_t indent = strlen("SYSCALL_DEFINEn(");
    size_t line = out->len;

    strbuf_printf(out, "SYSCALL_DEFINE%u(%s", s->nargs, s->name);
    for (unsigned i = 0; i < s->nargs; i++) {
        struct strbuf argument = {0};

        add_type(&argument, s->args[i].type);
        strbuf_printf(&argument, ", %s", s->args[i].name);
        strbuf_addc(out, ',');
        if (out->len - line + 1 + argument.len + 1 > COLUMNS) {
            strbuf_addc(out, '\n');
            line = out->len;
            strbuf_printf(out, "%*s", (int)indent, "");
        } else {
            strbuf_addc(out, ' ');
        }
        strbuf_add(out, argument.data, argument.len);
        strbuf_fini(&argument);
    }
}

void doctor_stub(uint64_t number, struct strbuf *out)
{
    const struct syscall_info *s;

    if (number >= syscall_count || !syscall_infos[number].name) {
        strbuf_printf(out,
                      "/* %lld: Linux has no system call with this "
                      "number. */\n",
                      (long long)number);
        return;
    }
    s = &syscall_infos[number];
    for (unsigned i = 0; i < s->nargs; i++) {
        struct strbuf type = {0};

        add_type(&type, s->args[i].type);
        add_declaration(out, type.data);
        strbuf_fini(&type);
    }
    strbuf_printf(out, "/* %s(2) */\n", s->name);
    add_head(out, s);
    strbuf_puts(out, ")\n{\n");
    for (unsigned i = 0; i < s->nargs; i++)
        strbuf_printf(out, "    (void)%s;\n", s->args[i].name);
    strbuf_puts(out, "    return -ENOSYS;\n}\n");
}
