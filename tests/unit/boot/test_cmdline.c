// SPDX-License-Identifier: MIT
/* The kernel command line: quoting, options, arguments, and what is wrong. */
#include <string.h>

#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "boot/cmdline.h"

static struct boot_options o;
static char *texts[4]; /* exactly as long as the parser may write */
static size_t text_count;

static int parse_bytes(const char *s, size_t len)
{
    char *text = malloc(len + 1);

    memcpy(text, s, len);
    text[len] = '?';
    texts[text_count++] = text;
    return cmdline_parse(&o, text, len);
}

static void more(const char *s)
{
    ck_assert_int_eq(parse_bytes(s, strlen(s)), 0);
}

static void parse(const char *s)
{
    cmdline_init(&o);
    more(s);
}

static void done(void)
{
    cmdline_fini(&o);
    while (text_count > 0)
        free(texts[--text_count]);
}

/* The arguments, each in brackets. */
static const char *args(void)
{
    static char all[256];

    all[0] = '\0';
    for (size_t i = 0; i < o.arg_count; i++) {
        strcat(all, "[");
        strcat(all, o.args[i]);
        strcat(all, "]");
    }
    return all;
}

START_TEST(empty_line_gives_the_defaults)
{
    parse(" \t\n ");
    ck_assert_ptr_null(o.ip);
    ck_assert_ptr_null(o.init);
    ck_assert(o.aslr);
    ck_assert(o.vdso);
    ck_assert_uint_eq(o.stack_size, 8 << 20);
    ck_assert_uint_eq(o.enosys, BOOT_ENOSYS_WARN);
    ck_assert_uint_eq(o.panic, BOOT_PANIC_EXIT);
    ck_assert_uint_eq(o.console, BOOT_CONSOLE_AUTO);
    ck_assert_uint_eq(o.arg_count + o.env_count + o.error_count, 0);
    done();
}
END_TEST

START_TEST(every_option_reaches_its_field)
{
    parse("ip=10.0.2.15/24 gw=10.0.2.2 dns=10.0.2.3 ip6=none init=/bin/a "
          "argv0=b cwd=/tmp hostname=h log=warn,vm:debug trace=net "
          "stub=a:0,b:EPERM enosys=trap panic=reboot console=serial "
          "aslr=off vdso=off stack=0x10K");
    ck_assert_uint_eq(o.error_count, 0);
    ck_assert_str_eq(o.ip, "10.0.2.15/24");
    ck_assert_str_eq(o.gw, "10.0.2.2");
    ck_assert_str_eq(o.dns, "10.0.2.3");
    ck_assert_str_eq(o.ip6, "none");
    ck_assert_str_eq(o.init, "/bin/a");
    ck_assert_str_eq(o.argv0, "b");
    ck_assert_str_eq(o.cwd, "/tmp");
    ck_assert_str_eq(o.hostname, "h");
    ck_assert_str_eq(o.log, "warn,vm:debug");
    ck_assert_str_eq(o.trace, "net");
    ck_assert_str_eq(o.stub, "a:0,b:EPERM");
    ck_assert_uint_eq(o.enosys, BOOT_ENOSYS_TRAP);
    ck_assert_uint_eq(o.panic, BOOT_PANIC_REBOOT);
    ck_assert_uint_eq(o.console, BOOT_CONSOLE_SERIAL);
    ck_assert(!o.aslr);
    ck_assert(!o.vdso);
    ck_assert_uint_eq(o.stack_size, 16 << 10);
    done();
}
END_TEST

START_TEST(later_option_replaces_an_earlier_one)
{
    parse("ip=none ip=dhcp aslr=off aslr=on");
    ck_assert_str_eq(o.ip, "dhcp");
    ck_assert(o.aslr);
    done();
}
END_TEST

START_TEST(sizes_have_suffixes)
{
    static const struct {
        const char *text;
        uint64_t size;
    } good[] = {{"stack=1", 1},
                {"stack=64k", 64 << 10},
                {"stack=8M", 8 << 20},
                {"stack=0x2g", 2ul << 30},
                {"stack=1T", 1ul << 40}};

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        parse(good[i].text);
        ck_assert_uint_eq(o.error_count, 0);
        ck_assert_uint_eq(o.stack_size, good[i].size);
        done();
    }
}
END_TEST

START_TEST(bad_values_are_told_and_change_nothing)
{
    static const char *const bad[] = {
        "stack=",
        "stack=M",
        "stack=8MB",
        "stack=0",
        "stack=-1",
        "stack=18446744073709551616",
        "stack=16777217T",
        "stack=0x",
        "aslr=yes",
        "enosys=",
        "enosys=warning",
        "panic=0",
        "console=ttyS0",
        "env=A",
        "env==b",
        "virtio_mmio.device=512",
        "virtio_mmio.device=512@5",
        "virtio_mmio.device=0@5:6",
        "virtio_mmio.device=512@5:6x",
        "virtio_mmio.device=2@0xffffffffffffffff:6",
        "virtio_mmio.device=512@5:4294967296"};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        parse(bad[i]);
        ck_assert_msg(o.error_count == 1, "%s: %zu errors", bad[i],
                      o.error_count);
        ck_assert_ptr_nonnull(strchr(o.errors[0], '='));
        ck_assert_uint_eq(o.stack_size, 8 << 20);
        ck_assert(o.aslr);
        ck_assert_uint_eq(o.env_count + o.virtio_mmio_count, 0);
        done();
    }
}
END_TEST

START_TEST(unknown_option_names_the_nearest_known_one)
{
    static const char *const cases[][2] = {
        {"iip=dhcp", "ip="},
        {"hostnam=x", "hostname="},
        {"trase=net", "trace="},
        {"tracesyscalls", "trace="},
        {"virtio_mmio.dev=1", "virtio_mmio.device="},
        {"consol=auto", "console="}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        parse(cases[i][0]);
        ck_assert_uint_eq(o.error_count, 1);
        ck_assert_msg(strstr(o.errors[0], "such option; the nearest is ") &&
                          strstr(o.errors[0], cases[i][1]),
                      "%s", o.errors[0]);
        done();
    }
}
END_TEST

START_TEST(option_without_value_is_told_and_the_rest_counts)
{
    parse("ip log=info -- a");
    ck_assert_uint_eq(o.error_count, 1);
    ck_assert_str_eq(o.errors[0], "ip: needs a value, ip=...");
    ck_assert_str_eq(o.log, "info");
    ck_assert_str_eq(args(), "[a]");
    done();
}
END_TEST

START_TEST(very_long_unknown_word_is_harmless)
{
    char word[4096];

    memset(word, 'x', sizeof(word));
    cmdline_init(&o);
    ck_assert_int_eq(parse_bytes(word, sizeof(word)), 0);
    ck_assert_uint_eq(o.error_count, 1);
    ck_assert_uint_lt(strlen(o.errors[0]), 160);
    done();
}
END_TEST

START_TEST(environment_adds_up_in_order)
{
    parse("env=A=1 env=B= \"env=C=x y\" env=D=\"x=y\" env=\"E=z\"");
    ck_assert_uint_eq(o.error_count, 0);
    ck_assert_uint_eq(o.env_count, 5);
    ck_assert_str_eq(o.env[0], "A=1");
    ck_assert_str_eq(o.env[1], "B=");
    ck_assert_str_eq(o.env[2], "C=x y");
    ck_assert_str_eq(o.env[3], "D=x=y");
    ck_assert_str_eq(o.env[4], "E=z");
    done();
}
END_TEST

START_TEST(words_after_dashes_are_arguments)
{
    parse("ip=none -- -v -- ip=dhcp");
    ck_assert_str_eq(o.ip, "none");
    ck_assert_str_eq(args(), "[-v][--][ip=dhcp]");
    done();
}
END_TEST

START_TEST(quoted_dashes_are_a_word_like_others)
{
    parse("\"--\" -- \"--\"");
    ck_assert_uint_eq(o.error_count, 1);
    ck_assert_str_eq(args(), "[--]");
    done();
}
END_TEST

START_TEST(quotes_keep_blanks_and_may_stand_anywhere)
{
    parse("-- \"a b\" c\" d\"e \"\" \"\"f \"g\"\"h\" \"i\nj\"");
    ck_assert_str_eq(args(), "[a b][c de][][f][gh][i\nj]");
    done();
}
END_TEST

START_TEST(escapes_count_within_quotes_only)
{
    parse("-- \"\\\"\\\\\\n\\t\\x41\\x7a\\xfF\" a\\n\\\\ \"\\q\\x4\\x00\"");
    ck_assert_str_eq(args(), "[\"\\\n\tAz\xff][a\\n\\\\][\\q\\x4\\x00]");
    done();
}
END_TEST

START_TEST(unterminated_quote_is_told_and_taken_as_is)
{
    parse("-- a \"b c\\");
    ck_assert_str_eq(args(), "[a][b c\\]");
    ck_assert_uint_eq(o.error_count, 1);
    ck_assert_ptr_nonnull(strstr(o.errors[0], "unterminated quote"));
    done();
}
END_TEST

START_TEST(nul_bytes_are_blanks)
{
    cmdline_init(&o);
    ck_assert_int_eq(parse_bytes("log=info\0-- a\0b\0", 16), 0);
    ck_assert_str_eq(o.log, "info");
    ck_assert_str_eq(args(), "[a][b]");
    done();
}
END_TEST

START_TEST(devices_are_options_before_the_dashes)
{
    parse("virtio_mmio.device=512@0xfeb00000:5 "
          "virtio_mmio.device=4K@0xd0000000:6:0 -- a");
    ck_assert_uint_eq(o.virtio_mmio_count, 2);
    ck_assert_uint_eq(o.virtio_mmio[0].size, 512);
    ck_assert_uint_eq(o.virtio_mmio[0].base, 0xfeb00000);
    ck_assert_uint_eq(o.virtio_mmio[0].irq, 5);
    ck_assert_uint_eq(o.virtio_mmio[1].size, 4096);
    ck_assert_uint_eq(o.virtio_mmio[1].irq, 6);
    ck_assert_str_eq(args(), "[a]");
    done();
}
END_TEST

START_TEST(devices_appended_to_the_arguments_are_options)
{
    parse("-- a virtio_mmio.device=512@0xfeb00c00:11 b "
          "virtio_mmio.device=512@0xfeb00e00:12 "
          "virtio_mmio.device=512@0xfeb00d00:13");
    ck_assert_str_eq(args(), "[a][virtio_mmio.device=512@0xfeb00c00:11][b]");
    ck_assert_uint_eq(o.virtio_mmio_count, 2);
    ck_assert_uint_eq(o.virtio_mmio[0].base, 0xfeb00e00);
    ck_assert_uint_eq(o.virtio_mmio[1].irq, 13);
    done();
}
END_TEST

START_TEST(quoted_or_malformed_devices_stay_arguments)
{
    parse("-- \"virtio_mmio.device=512@1:2\"");
    ck_assert_str_eq(args(), "[virtio_mmio.device=512@1:2]");
    done();
    parse("-- virtio_mmio.device=512@1:2:");
    ck_assert_str_eq(args(), "[virtio_mmio.device=512@1:2:]");
    ck_assert_uint_eq(o.virtio_mmio_count + o.error_count, 0);
    done();
}
END_TEST

START_TEST(two_texts_are_merged)
{
    parse("log=info env=A=1 -- a virtio_mmio.device=512@1:2");
    more("log=debug env=B=2 virtio_mmio.device=512@3:4");
    ck_assert_str_eq(o.log, "debug");
    ck_assert_uint_eq(o.env_count, 2);
    ck_assert_str_eq(args(), "[a]");
    ck_assert_uint_eq(o.virtio_mmio_count, 2);
    done();
}
END_TEST

START_TEST(lists_are_as_long_as_the_line)
{
    static char line[40000] = "--";

    for (int i = 0; i < 9000; i++)
        strcpy(line + 2 + 3 * i, " ab");
    parse(line);
    ck_assert_uint_eq(o.arg_count, 9000);
    ck_assert_str_eq(o.args[8999], "ab");
    done();
}
END_TEST

START_TEST(running_out_of_memory_is_an_error_and_leaks_nothing)
{
    unsigned n = 1;

    for (;; n++) {
        int err;

        cmdline_init(&o);
        stub_alloc_fail(n);
        err = parse_bytes("x env=A=1 virtio_mmio.device=1@2:3 y stack=a -- b "
                          "c d virtio_mmio.device=1@2:4",
                          strlen("x env=A=1 virtio_mmio.device=1@2:3 y "
                                 "stack=a -- b c d "
                                 "virtio_mmio.device=1@2:4"));
        if (!stub_alloc_failed()) {
            ck_assert_int_eq(err, 0);
            done();
            break;
        }
        ck_assert_int_eq(err, -ENOMEM);
        done();
    }
    ck_assert_uint_gt(n, 8);
}
END_TEST

UNIT_SUITE(boot_cmdline, "boot/cmdline", empty_line_gives_the_defaults,
           every_option_reaches_its_field, later_option_replaces_an_earlier_one,
           sizes_have_suffixes, bad_values_are_told_and_change_nothing,
           unknown_option_names_the_nearest_known_one,
           option_without_value_is_told_and_the_rest_counts,
           very_long_unknown_word_is_harmless, environment_adds_up_in_order,
           words_after_dashes_are_arguments,
           quoted_dashes_are_a_word_like_others,
           quotes_keep_blanks_and_may_stand_anywhere,
           escapes_count_within_quotes_only,
           unterminated_quote_is_told_and_taken_as_is, nul_bytes_are_blanks,
           devices_are_options_before_the_dashes,
           devices_appended_to_the_arguments_are_options,
           quoted_or_malformed_devices_stay_arguments, two_texts_are_merged,
           lists_are_as_long_as_the_line,
           running_out_of_memory_is_an_error_and_leaks_nothing)
