// SPDX-License-Identifier: MIT
/*
 * gen_syscall_table TABLE SOURCE... > syscall_table.c
 *
 * Joins TABLE (abi/syscalls.tbl: every Linux call) with the SYSCALL_DEFINEs
 * and SYSCALL_PARTIALs of the SOURCEs, and writes what syscalls/table.h
 * declares. The handlers are left out where SYSCALL_TABLE_INFO_ONLY is
 * defined, for the elfin command and the unit tests.
 *
 * Sources are read as tokens, not preprocessed: comments, strings, character
 * constants and preprocessor lines never count. Whatever is wrong is told as
 * file:line on stderr; nothing is written then and the exit status is 1.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "syscalls/table.h"

#define NR_MAX   1024 /* far above Linux's highest number */
#define ARGS_MAX 6

struct arg {
    char *type, *name;
    unsigned kind; /* enum syscall_kind; of the list, whoever gives the type */
    unsigned direction;
};

struct call {
    char *name; /* NULL: Linux has no call of this number */
    unsigned nargs;
    struct arg args[ARGS_MAX];
    unsigned result; /* enum syscall_kind */
    unsigned groups;
    char *partial; /* a C string literal, or NULL */
    const char *partial_file;
    int partial_line;
    const char *file; /* of the definition; NULL: not implemented */
    int line;
};

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_OTHER };

/* A file being read; the current token is text[0..len). */
struct lexer {
    const char *file, *start, *next;
    int next_line;
    enum token_kind kind;
    const char *text;
    size_t len;
    int line;
};

#define QUOTED(name) #name,

static const char *const kind_names[] = {SYSCALL_KINDS(QUOTED)};
static const char *const group_names[] = {SYSCALL_GROUPS(QUOTED)};

static struct call calls[NR_MAX];
static unsigned call_count;
static int errors;

static void complain(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(const char *file, int line, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    errors++;
}

static void *must(void *p)
{
    if (!p) {
        perror("gen_syscall_table");
        exit(1);
    }
    return p;
}

/* A new string: a, then b[0..len). Takes a, which may be NULL. */
static char *append(char *a, const char *b, size_t len)
{
    size_t have = a ? strlen(a) : 0;
    char *s = must(realloc(a, have + len + 1));

    memcpy(s + have, b, len);
    s[have + len] = '\0';
    return s;
}

static char *read_file(const char *path)
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

/* --- the list of Linux's calls --- */

static char *trimmed(const char *s, size_t len)
{
    while (len > 0 && isspace((unsigned char)*s))
        s++, len--;
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        len--;
    return append(NULL, s, len);
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Is s[0..len) that word, in whatever case? */
static bool same_word(const char *s, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(s, word, len) == 0;
}

/* The index of s[0..len) in names, or count. */
static unsigned word_index(const char *const *names, unsigned count,
                           const char *s, size_t len)
{
    unsigned i = 0;

    while (i < count && !same_word(s, len, names[i]))
        i++;
    return i;
}

/* "stat_out" */
static bool parse_kind(const char *s, size_t len, unsigned *kind,
                       unsigned *direction)
{
    *direction = SYSCALL_IN;
    if (len > 4 && memcmp(s + len - 4, "_out", 4) == 0) {
        *direction = SYSCALL_WRITTEN;
        len -= 4;
    } else if (len > 6 && memcmp(s + len - 6, "_inout", 6) == 0) {
        *direction = SYSCALL_BOTH;
        len -= 6;
    }
    *kind = word_index(kind_names, SYSCALL_KIND_COUNT, s, len);
    return *kind < SYSCALL_KIND_COUNT;
}

/* What a type alone says. */
static unsigned kind_of_type(const char *type)
{
    static const char *const words[] = {"size_t", "uint64_t", "dev_t",
                                        "aio_context_t"};
    static const char *const halves[] = {"unsigned", "mode_t", "uid_t", "gid_t",
                                         "uint32_t"};

    if (strchr(type, '*'))
        return SYSCALL_ADDR;
    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(type, words[i]) == 0)
            return SYSCALL_ULONG;
    for (unsigned i = 0; i < sizeof(halves) / sizeof(*halves); i++)
        if (strcmp(type, halves[i]) == 0)
            return SYSCALL_UINT;
    if (strcmp(type, "unsigned long") == 0)
        return SYSCALL_ULONG;
    if (strcmp(type, "long") == 0 || strcmp(type, "off_t") == 0)
        return SYSCALL_LONG;
    return SYSCALL_INT;
}

/* "const char *path:path": the list's pointers are the program's, so the type
 * becomes "const char user *", as a handler would write it. */
static bool parse_table_arg(struct arg *arg, const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    char *text = trimmed(s, colon ? (size_t)(colon - s) : len);
    char *name = text + strlen(text), *star;

    if (colon && !parse_kind(colon + 1, (size_t)(s + len - colon - 1),
                             &arg->kind, &arg->direction))
        return false;
    while (name > text && is_word_char(name[-1]))
        name--;
    if (name == text || !*name || isdigit((unsigned char)*name))
        return false;
    arg->name = append(NULL, name, strlen(name));
    *name = '\0';
    arg->type = trimmed(text, strlen(text));
    if (!colon)
        arg->kind = kind_of_type(arg->type);
    star = strrchr(text, '*');
    if (star) {
        arg->type = append(NULL, text, (size_t)(star - text));
        arg->type = append(arg->type, "user *", 6);
    }
    free(text);
    return arg->type[0] != '\0';
}

/* "= addr  %desc %memory", what stands behind the arguments. */
static void parse_table_tail(const char *file, int line, struct call *c,
                             const char *s)
{
    unsigned direction;

    c->result = SYSCALL_LONG;
    for (;;) {
        size_t len;
        char mark = *s;

        if (!mark)
            return;
        s += 1 + strspn(s + 1, " \t");
        len = strcspn(s, " \t\r");
        if (mark == '=') {
            if (!parse_kind(s, len, &c->result, &direction))
                complain(file, line, "%s: no such kind of result: %.*s",
                         c->name, (int)len, s);
        } else {
            unsigned g = word_index(group_names, SYSCALL_GROUP_COUNT, s, len);

            if (mark != '%' || g == SYSCALL_GROUP_COUNT)
                complain(file, line, "%s: no such group: %c%.*s", c->name, mark,
                         (int)len, s);
            c->groups |= 1u << g;
        }
        s += len + strspn(s + len, " \t\r");
    }
}

static void parse_table_args(const char *file, int line, struct call *c,
                             const char *s)
{
    size_t end = strcspn(s, "=%");
    char *whole = trimmed(s, end);

    parse_table_tail(file, line, c, s + end);
    if (strcmp(whole, "void") == 0)
        return;
    for (const char *p = whole; p; c->nargs++) {
        const char *comma = strchr(p, ',');
        size_t len = comma ? (size_t)(comma - p) : strlen(p);

        if (c->nargs == ARGS_MAX) {
            complain(file, line, "%s: more than %d arguments", c->name,
                     ARGS_MAX);
            return;
        }
        if (!parse_table_arg(&c->args[c->nargs], p, len)) {
            complain(file, line,
                     "%s: argument %u is not TYPE NAME or TYPE NAME:KIND",
                     c->name, c->nargs + 1);
            return;
        }
        p = comma ? comma + 1 : NULL;
    }
}

static struct call *call_find(const char *name, size_t len)
{
    for (unsigned i = 0; i < call_count; i++) {
        const char *have = calls[i].name;

        if (have && strlen(have) == len && memcmp(have, name, len) == 0)
            return &calls[i];
    }
    return NULL;
}

static void parse_table_line(const char *file, int line, const char *s)
{
    char *end;
    unsigned long nr;
    size_t len = 0;

    s += strspn(s, " \t\r");
    if (!*s || *s == '#')
        return;
    nr = strtoul(s, &end, 10);
    if (!isdigit((unsigned char)*s) || nr >= NR_MAX) {
        complain(file, line, "no number from 0 to %d", NR_MAX - 1);
        return;
    }
    s = end + strspn(end, " \t");
    while (is_word_char(s[len]))
        len++;
    if (len == 0 || s == end) {
        complain(file, line, "no name after the number %lu", nr);
        return;
    }
    if (calls[nr].name || call_find(s, len)) {
        complain(file, line, "%lu %.*s: number or name used twice", nr,
                 (int)len, s);
        return;
    }
    calls[nr].name = append(NULL, s, len);
    if (nr >= call_count)
        call_count = (unsigned)nr + 1;
    parse_table_args(file, line, &calls[nr], s + len);
}

static void parse_table(const char *path)
{
    int line = 1;

    for (char *s = read_file(path), *end; s; s = end, line++) {
        end = strchr(s, '\n');
        if (end)
            *end++ = '\0';
        parse_table_line(path, line, s);
    }
}

/* --- sources --- */

/* To the end of a preprocessor line, over its continuation lines. */
static const char *skip_directive(struct lexer *lx, const char *p)
{
    for (; *p && *p != '\n'; p++) {
        const char *q = p + 1;

        if (*p == '\\' && *q == '\r')
            q++;
        if (*p == '\\' && *q == '\n') {
            lx->next_line++;
            p = q;
        }
    }
    return p;
}

/* The first character at or after p that belongs to a token. */
static const char *skip_blank(struct lexer *lx, const char *p, bool bol)
{
    for (;; p++) {
        if (*p == '\n') {
            lx->next_line++;
            bol = true;
        } else if (p[0] == '/' && p[1] == '/') {
            p = skip_directive(lx, p) - 1; /* ends as a directive does */
        } else if (p[0] == '/' && p[1] == '*') {
            for (p += 2; *p && !(p[0] == '*' && p[1] == '/'); p++)
                lx->next_line += *p == '\n';
            if (!*p)
                return p;
            p++;
        } else if (p[0] == '\\' && p[1] == '\n') {
            lx->next_line++;
            p++;
        } else if (*p == '#' && bol) {
            p = skip_directive(lx, p) - 1;
        } else if (!*p || !isspace((unsigned char)*p)) {
            return p;
        }
    }
}

static void lexer_next(struct lexer *lx)
{
    bool bol = !lx->text;
    const char *p = skip_blank(lx, lx->next, bol);

    lx->text = p;
    lx->line = lx->next_line;
    if (!*p) {
        lx->kind = TOKEN_END;
    } else if (is_word_char(*p)) {
        lx->kind = TOKEN_WORD;
        while (is_word_char(*p))
            p++;
    } else if (*p == '"' || *p == '\'') {
        char quote = *p++;

        lx->kind = quote == '"' ? TOKEN_STRING : TOKEN_OTHER;
        for (; *p && *p != quote && *p != '\n'; p++)
            p += *p == '\\' && p[1];
        p += *p == quote;
    } else {
        lx->kind = TOKEN_OTHER;
        p++;
    }
    lx->len = (size_t)(p - lx->text);
    lx->next = p;
}

static bool token_is(const struct lexer *lx, const char *s)
{
    return lx->kind != TOKEN_END && lx->len == strlen(s) &&
           memcmp(lx->text, s, lx->len) == 0;
}

/* Reads "(" and a call's name; NULL has been complained about. */
static struct call *parse_call_name(struct lexer *lx, const char *macro)
{
    struct call *c;

    lexer_next(lx);
    if (!token_is(lx, "(")) {
        complain(lx->file, lx->line, "%s without (", macro);
        return NULL;
    }
    lexer_next(lx);
    if (lx->kind != TOKEN_WORD) {
        complain(lx->file, lx->line, "%s without the name of a call", macro);
        return NULL;
    }
    c = call_find(lx->text, lx->len);
    if (!c)
        complain(lx->file, lx->line,
                 "%.*s: Linux has no such system call; see abi/syscalls.tbl",
                 (int)lx->len, lx->text);
    return c;
}

/* One macro argument, up to "," or ")": its tokens with single spaces. */
static char *parse_macro_arg(struct lexer *lx)
{
    char *s = append(NULL, "", 0);
    int depth = 0;

    for (;;) {
        size_t n = strlen(s);

        lexer_next(lx);
        if (lx->kind == TOKEN_END ||
            (depth == 0 && (token_is(lx, ",") || token_is(lx, ")"))))
            return s;
        depth += token_is(lx, "(");
        depth -= token_is(lx, ")");
        if (n > 0 && s[n - 1] != '*' && s[n - 1] != '(' &&
            (lx->kind == TOKEN_WORD || token_is(lx, "*")))
            s = append(s, " ", 1);
        s = append(s, lx->text, lx->len);
    }
}

/* After the name; nargs: what the macro's own name says. */
static void parse_define(struct lexer *lx, struct call *c, unsigned nargs)
{
    struct arg args[ARGS_MAX + 1] = {0};
    unsigned n = 0;
    bool odd = false;
    int line = lx->line;

    lexer_next(lx);
    while (token_is(lx, ",") && n <= ARGS_MAX) {
        args[n].type = parse_macro_arg(lx);
        odd = !token_is(lx, ",");
        if (odd)
            break;
        args[n++].name = parse_macro_arg(lx);
    }
    if (odd || n != nargs || !token_is(lx, ")")) {
        complain(lx->file, line,
                 "SYSCALL_DEFINE%u(%s): takes %u pairs of type and name", nargs,
                 c->name, nargs);
        return;
    }
    if (c->file) {
        complain(lx->file, line, "%s: defined twice; first at %s:%d", c->name,
                 c->file, c->line);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        args[i].kind =
            i < c->nargs ? c->args[i].kind : kind_of_type(args[i].type);
        args[i].direction = i < c->nargs ? c->args[i].direction : SYSCALL_IN;
    }
    c->file = lx->file;
    c->line = line;
    c->nargs = n;
    memcpy(c->args, args, sizeof(c->args));
}

/* The string literals at the present token; NULL when there is none. */
static char *parse_strings(struct lexer *lx)
{
    char *s = NULL;

    for (; lx->kind == TOKEN_STRING; lexer_next(lx)) {
        s = append(s, " ", s ? 1 : 0);
        s = append(s, lx->text, lx->len);
    }
    return s;
}

/* What the same file defines the present token, a macro's name, to be. */
static char *parse_string_macro(const struct lexer *lx)
{
    static const char define[] = "#define";

    for (const char *p = lx->start; (p = strstr(p, define));) {
        struct lexer macro = {.file = lx->file};

        p += sizeof(define) - 1;
        p += strspn(p, " \t");
        if (strncmp(p, lx->text, lx->len) != 0 || is_word_char(p[lx->len]))
            continue;
        macro.text = p;
        macro.next = p + lx->len;
        lexer_next(&macro);
        return parse_strings(&macro);
    }
    return NULL;
}

/* After the name: strings, or a macro of the same file that stands for some. */
static void parse_partial(struct lexer *lx, struct call *c)
{
    char *reason = NULL;
    int line = lx->line;

    lexer_next(lx);
    if (token_is(lx, ",")) {
        lexer_next(lx);
        if (lx->kind == TOKEN_WORD) {
            reason = parse_string_macro(lx);
            lexer_next(lx);
        } else {
            reason = parse_strings(lx);
        }
    }
    if (!reason || !token_is(lx, ")"))
        complain(lx->file, line, "SYSCALL_PARTIAL(%s): the reason is a string",
                 c->name);
    else if (c->partial)
        complain(lx->file, line, "%s: SYSCALL_PARTIAL twice", c->name);
    c->partial = reason;
    c->partial_file = lx->file;
    c->partial_line = line;
}

static void parse_source(const char *path)
{
    static const char define[] = "SYSCALL_DEFINE";
    struct lexer lx = {.file = path, .start = read_file(path), .next_line = 1};

    lx.next = lx.start;
    for (lexer_next(&lx); lx.kind != TOKEN_END; lexer_next(&lx)) {
        size_t n = sizeof(define) - 1;

        if (token_is(&lx, "SYSCALL_PARTIAL")) {
            struct call *c = parse_call_name(&lx, "SYSCALL_PARTIAL");
            if (c)
                parse_partial(&lx, c);
        } else if (lx.kind == TOKEN_WORD && lx.len == n + 1 &&
                   memcmp(lx.text, define, n) == 0) {
            unsigned nargs = (unsigned)(lx.text[n] - '0');
            struct call *c;

            if (nargs > ARGS_MAX) {
                complain(path, lx.line, "%.*s: there is only 0 to %d",
                         (int)lx.len, lx.text, ARGS_MAX);
                continue;
            }
            c = parse_call_name(&lx, define);
            if (c)
                parse_define(&lx, c, nargs);
        }
    }
}

static void check_partials(void)
{
    for (unsigned i = 0; i < call_count; i++)
        if (calls[i].partial && !calls[i].file)
            complain(calls[i].partial_file, calls[i].partial_line,
                     "%s: SYSCALL_PARTIAL without SYSCALL_DEFINE",
                     calls[i].name);
}

/* --- output --- */

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
        printf("    [%u] = {\"%s\", %u, %s, SYSCALL_%s, %#x, %s, {", i, c->name,
               c->nargs, c->file ? "true" : "false", kind_names[c->result],
               c->groups, c->partial ? c->partial : "NULL");
        for (unsigned a = 0; a < c->nargs; a++)
            printf("%s{\"%s\", \"%s\", SYSCALL_%s, %s}", a ? ", " : "",
                   c->args[a].type, c->args[a].name,
                   kind_names[c->args[a].kind],
                   direction_names[c->args[a].direction]);
        printf("%s}},\n", c->nargs ? "" : "{NULL, NULL, 0, 0}");
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
    parse_table(argv[1]);
    for (int i = 2; i < argc; i++)
        parse_source(argv[i]);
    check_partials();
    if (call_count == 0)
        complain(argv[1], 1, "names no system call");
    if (errors)
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
