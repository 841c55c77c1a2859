// SPDX-License-Identifier: MIT
/*
 * syscall_source: the SYSCALL_DEFINEs and SYSCALL_PARTIALs of a C file.
 *
 * It is read as tokens, not preprocessed: comments, strings, character
 * constants and preprocessor lines never count.
 */
#include "tools/gen/syscall_gen.h"

#include <ctype.h>
#include <string.h>

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

void parse_source(const char *path)
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
