// SPDX-License-Identifier: MIT
/*
 * gen_syscall_table TABLE SOURCE... > syscall_table.c
 *
 * Joins TABLE (abi/syscalls.tbl: every Linux call) with the SYSCALL_DEFINEs
 * and SYSCALL_PARTIALs of the SOURCEs, and writes what syscalls/table.h
 * declares. The handlers are left out where SYSCALL_TABLE_INFO_ONLY is
 * defined, for the elfin command and the unit tests.
 *
 * Whatever is wrong is told as file:line on stderr; nothing is written then
 * and the exit status is 1.
 */
#include "tools/gen/syscall_gen.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTED(name) #name,

const char *const kind_names[] = {SYSCALL_KINDS(QUOTED)};
const char *const group_names[] = {SYSCALL_GROUPS(QUOTED)};

struct call calls[NR_MAX];
unsigned call_count;
unsigned error_count;

void complain(const char *file, int line, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    error_count++;
}

static void *must(void *p)
{
    if (!p) {
        perror("gen_syscall_table");
        exit(1);
    }
    return p;
}

char *append(char *a, const char *b, size_t len)
{
    size_t have = a ? strlen(a) : 0;
    char *s = must(realloc(a, have + len + 1));

    memcpy(s + have, b, len);
    s[have + len] = '\0';
    return s;
}

char *read_file(const char *path)
{
    size_t len = 0, room = 1 << 16;
    char *text = must(malloc(room + 1));
    FILE *f = fopen(path, "r");

    if (!f) {
        perror(path);
        exit(1);
    }
    for (size_t n; (n = fread(text + len, 1, room - len, f)) > 0;) {
        len += n;
        if (len == room)
            text = must(realloc(text, (room *= 2) + 1));
    }
    if (ferror(f)) {
        perror(path);
        exit(1);
    }
    fclose(f);
    text[len] = '\0';
    return text;
}

bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

struct call *call_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < call_count; i++) {
        const char *have = calls[i].name;

        if (have && strlen(have) == len && memcmp(have, name, len) == 0)
            return &calls[i];
    }
    return NULL;
}

static void check_partials(void)
{
    for (unsigned i = 0; i < call_count; i++)
        if (calls[i].partial && !calls[i].file)
            complain(calls[i].partial_file, calls[i].partial_line,
                     "%s: SYSCALL_PARTIAL without SYSCALL_DEFINE",
                     calls[i].name);
}

/* Of 32 bits: what is above means nothing. */
static bool is_narrow(const char *type)
{
    return strcmp(type, "int") == 0 || strcmp(type, "unsigned") == 0 ||
           strcmp(type, "uint32_t") == 0;
}

static void write_infos(void)
{
    static const char *const direction_names[] = {
        [SYSCALL_IN] = "SYSCALL_IN",
        [SYSCALL_WRITTEN] = "SYSCALL_WRITTEN",
        [SYSCALL_BOTH] = "SYSCALL_BOTH",
    };

    printf("const unsigned syscall_count = %u;\n\n"
           "const struct syscall_info syscall_infos[] = {\n",
           call_count);
    for (unsigned i = 0; i < call_count; i++) {
        const struct call *c = &calls[i];

        if (!c->name) {
            if (i + 1 == call_count || calls[i + 1].name)
                printf("    [%u] = {.name = NULL},\n", i);
            continue;
        }
        printf(
            "    [%u] = SYSCALL_INFO(\"%s\", %u, %s, SYSCALL_%s, %#x, %s, %s",
            i, c->name, c->nargs, c->file ? "true" : "false",
            kind_names[c->result], c->groups, c->partial ? c->partial : "NULL",
            c->nargs ? "SYSCALL_ARGS(" : "NULL");
        for (unsigned a = 0; a < c->nargs; a++)
            printf("%sSYSCALL_ARG(\"%s\", \"%s\", SYSCALL_%s, %s, %d)",
                   a ? ", " : "", c->args[a].type, c->args[a].name,
                   kind_names[c->args[a].kind],
                   direction_names[c->args[a].direction],
                   is_narrow(c->args[a].type));
        printf("%s),\n", c->nargs ? ")" : "");
    }
    printf("};\n\n");
}

static void write_handlers(void)
{
    printf("#ifndef SYSCALL_TABLE_INFO_ONLY\n");
    for (unsigned i = 0; i < call_count; i++)
        if (calls[i].file)
            printf("syscall_fn syscall_%s;\n", calls[i].name);
    printf("\nsyscall_fn *const syscall_handlers[] = {\n");
    for (unsigned i = 0; i < call_count; i++)
        printf("    [%u] = syscall_%s,\n", i,
               calls[i].file ? calls[i].name : "missing");
    printf("};\n#endif\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: gen_syscall_table TABLE SOURCE...\n");
        return 2;
    }
    parse_list(argv[1]);
    for (int i = 2; i < argc; i++)
        parse_source(argv[i]);
    check_partials();
    if (call_count == 0)
        complain(argv[1], 1, "names no system call");
    if (error_count)
        return 1;
    printf("/* Written by tools/gen/syscall_table.c; edits are lost. */\n"
           "#include \"syscalls/table.h\"\n\n");
    write_infos();
    write_handlers();
    if (fflush(stdout) || ferror(stdout)) {
        perror("gen_syscall_table");
        return 1;
    }
    return 0;
}
