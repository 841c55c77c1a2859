// SPDX-License-Identifier: MIT
/*
 * The doctor's facts (what the machine sends is not trusted), its report, the
 * handlers it begins, and core files, whole and broken.
 */
#include "tests/unit/unit.h"

#undef fail /* check.h has an old macro of that name */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/core.h"
#include "abi/elf.h"
#include "syscalls/table.h"
#include "tools/elfin/core_file.h"
#include "tools/elfin/core_report.h"
#include "tools/elfin/doctor.h"

/* --- facts --- */

static void take(struct doctor *d, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert(doctor_line(d, lines[i]));
}

static const char *report(const struct doctor *d, bool all)
{
    static char text[1 << 16];
    struct strbuf out = {0};

    doctor_report(d, NULL, all, &out);
    snprintf(text, sizeof(text), "%s", out.data ? out.data : "");
    strbuf_fini(&out);
    return text;
}

START_TEST(facts_become_a_report)
{
    static const char *const lines[] = {
        "doctor missing 425 3 1 8 7ffe00001000 0 0 0 0",
        "doctor regs 1 2 3 4 5 6 401000 7ffe00000ff0",
        "doctor stack 7ffe00000ff0 0102030405060708",
        "doctor missing 9999 1 2 1 2 3 4 5 6",
        "doctor refused 2 madvise advice=100",
        "doctor absent 1 0 /etc/a%20name",
        "doctor absent 2 1 /data/later",
        "doctor absent 1 2 /data/last",
        "doctor nomem 1 1048576 mmap",
        "doctor end",
    };
    struct doctor d = {0};
    const char *text, *last;

    take(&d, lines, ARRAY_SIZE(lines));
    text = report(&d, false);
    ck_assert_ptr_nonnull(strstr(text, "io_uring_setup (425), 3 times: "
                                       "io_uring_setup(8, 0x7ffe00001000)"));
    ck_assert_ptr_nonnull(strstr(text, "from 0x401000"));
    ck_assert_ptr_nonnull(strstr(text, "9999, which no Linux call has, once"));
    ck_assert_ptr_nonnull(strstr(text, "advice=100 (MADV_HWPOISON), 2 times"));
    ck_assert_ptr_nonnull(strstr(text, "mmap answered ENOMEM once"));
    ck_assert_ptr_nonnull(strstr(text, "/etc/a name\n"));
    last = strstr(text, "/data/last");
    ck_assert_ptr_nonnull(last);
    ck_assert_ptr_nonnull(strstr(last, "/data/later, 2 times"));
    ck_assert_ptr_nonnull(strstr(text, "SYSCALL_DEFINE2(io_uring_setup,"));
    doctor_fini(&d);
}
END_TEST

START_TEST(nothing_to_report_is_no_report)
{
    static const char *const lines[] = {
        "doctor absent 1 0 /proc/self/exe",
        "doctor map 1000 2000 0 /lib/libm.so.6",
        "doctor absent 1 1 /opt/lib/libm.so.6",
    };
    struct doctor d = {0};

    ck_assert_str_eq(report(&d, false), "");
    ck_assert_ptr_nonnull(strstr(report(&d, true), "all that it asked for"));
    take(&d, lines, ARRAY_SIZE(lines));
    ck_assert_str_eq(report(&d, false), "");
    ck_assert_ptr_nonnull(strstr(report(&d, true), "/proc/self/exe"));
    doctor_fini(&d);
}
END_TEST

START_TEST(lines_that_make_no_sense_do_no_harm)
{
    static const char *const lines[] = {
        "doctor ",
        "doctor what",
        "doctor missing",
        "doctor missing x y z",
        "doctor missing 18446744073709551615 1 1 0 0 0 0 0 0",
        "doctor regs 1 2",
        "doctor stack",
        "doctor stack 10 0",
        "doctor stack 10 0g",
        "doctor stack ffffffffffffffff 0102030405060708",
        "doctor refused",
        "doctor refused 1 a",
        "doctor refused 1 madvise advice=99999999999999999999",
        "doctor absent 1",
        "doctor absent 1 1 %",
        "doctor absent 1 1 %1b[2J%zz%0",
        "doctor map 1 2 3",
        "doctor more",
        "doctor more missing x",
        "doctor oom",
    };
    struct doctor d = {0};

    ck_assert(!doctor_line(&d, "exit 3"));
    ck_assert(!doctor_line(&d, "doctors"));
    take(&d, lines, ARRAY_SIZE(lines));
    ck_assert_ptr_null(strchr(report(&d, true), '\x1b'));
    doctor_fini(&d);
}
END_TEST

START_TEST(facts_without_end_are_cut_off)
{
    struct doctor d = {0};
    char line[64];

    for (int i = 0; i < 3 * DOCTOR_MAX; i++) {
        snprintf(line, sizeof(line), "doctor absent 1 %d /file%d", i, i);
        doctor_line(&d, line);
        doctor_line(&d, "doctor missing 1 1 1 0 0 0 0 0 0");
    }
    for (int i = 0; i < DOCTOR_STACK_MAX; i++) {
        snprintf(line, sizeof(line), "doctor stack %x 0102", i * 2);
        doctor_line(&d, line);
    }
    ck_assert_uint_eq(d.absent_count, DOCTOR_MAX);
    ck_assert_uint_eq(d.missing_count, DOCTOR_MAX);
    doctor_fini(&d);
}
END_TEST

START_TEST(stubs_name_every_argument)
{
    for (unsigned n = 0; n < syscall_count; n++) {
        const struct syscall_info *s = &syscall_infos[n];
        struct strbuf out = {0};

        doctor_stub(n, &out);
        for (unsigned i = 0; s->name && i < s->nargs; i++) {
            char use[64];

            snprintf(use, sizeof(use), "    (void)%s;\n", s->args[i].name);
            ck_assert_msg(strstr(out.data, use) != NULL, "%s", out.data);
        }
        ck_assert_int_eq(strstr(out.data, "SYSCALL_DEFINE") != NULL,
                         s->name != NULL);
        for (const char *at = out.data; *at; at += strcspn(at, "\n") + 1)
            ck_assert_uint_le(strcspn(at, "\n"), 80);
        strbuf_fini(&out);
    }
}
END_TEST

/* --- core files --- */

static void add_note(struct strbuf *b, uint32_t type, const void *data,
                     size_t len)
{
    struct abi_elf64_nhdr n = {5, (uint32_t)len, type};

    strbuf_add(b, &n, sizeof(n));
    strbuf_add(b, "CORE\0\0\0", 8);
    strbuf_add(b, data, len);
    while (b->len % 4)
        strbuf_addc(b, 0);
}

/* One thread, one file, a stack of 16 bytes with a gap behind. */
static void make_core(struct strbuf *out)
{
    const struct abi_prstatus status = {
        .pr_pid = 7, .pr_reg = {.rip = 0x401010, .rsp = 0x7000}};
    const struct abi_siginfo info = {
        .si_signo = SIGSEGV, .si_code = SEGV_MAPERR, .u.fault.addr = 0x123450};
    const struct {
        struct abi_note_file head;
        struct abi_note_file_range range;
        char path[8];
    } files = {{1, 4096}, {0x401000, 0x402000, 1}, "/a/file"};
    struct abi_elf64_ehdr e = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_phoff = sizeof(e),
        .e_phentsize = sizeof(struct abi_elf64_phdr),
        .e_phnum = 3,
    };
    struct abi_elf64_phdr p[3] = {
        {.p_type = PT_NOTE, .p_offset = sizeof(e) + sizeof(p)},
        {.p_type = PT_LOAD, .p_vaddr = 0x401000, .p_memsz = 0x1000},
        {.p_type = PT_LOAD,
         .p_flags = PF_R | PF_W,
         .p_vaddr = 0x7000,
         .p_filesz = 16,
         .p_memsz = 0x1000},
    };
    struct strbuf notes = {0};

    add_note(&notes, NT_PRSTATUS, &status, sizeof(status));
    add_note(&notes, NT_SIGINFO, &info, sizeof(info));
    add_note(&notes, NT_FILE, &files, sizeof(files));
    p[0].p_filesz = notes.len;
    p[2].p_offset = p[0].p_offset + notes.len;
    strbuf_add(out, &e, sizeof(e));
    strbuf_add(out, p, sizeof(p));
    strbuf_add(out, notes.data, notes.len);
    strbuf_add(out, "stack\0\0\0of words", 16);
    strbuf_fini(&notes);
}

/* Opens the first len bytes of data as a core. */
static int open_core(struct core_file *c, const void *data, size_t len)
{
    char path[64];
    int fd = memfd_create("core", MFD_CLOEXEC), err;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    err = core_file_open(c, path);
    close(fd);
    return err;
}

START_TEST(a_core_tells_what_is_in_it)
{
    struct strbuf b = {0}, out = {0};
    struct core_file c;
    uint64_t word;

    make_core(&b);
    ck_assert_int_eq(open_core(&c, b.data, b.len), 0);
    ck_assert_uint_eq(c.thread_count, 1);
    ck_assert_int_eq(c.threads[0].tid, 7);
    ck_assert_uint_eq(c.threads[0].regs.rip, 0x401010);
    ck_assert_uint_eq(c.map_count, 1);
    ck_assert_str_eq(c.maps[0].path, "/a/file");
    ck_assert_uint_eq(c.maps[0].offset, 4096);
    ck_assert(core_file_word(&c, 0x7000, &word));
    ck_assert_mem_eq(&word, "stack\0\0\0", 8);
    ck_assert(core_file_word(&c, 0x7008, &word));
    ck_assert(!core_file_word(&c, 0x7009, &word));
    ck_assert(!core_file_word(&c, 0x7100, &word));
    ck_assert(!core_file_word(&c, 0x401000, &word));
    ck_assert(!core_file_word(&c, UINT64_MAX, &word));
    core_report(&c, NULL, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "SIGSEGV at address 0x123450: "
                                           "nothing is mapped there"));
    ck_assert_ptr_nonnull(strstr(out.data, "/a/file+0x1010"));
    core_file_close(&c);
    strbuf_fini(&out);
    strbuf_fini(&b);
}
END_TEST

/* The sanitizers watch. */
START_TEST(a_broken_core_does_no_harm)
{
    struct strbuf b = {0};
    struct core_file c;

    make_core(&b);
    for (size_t len = 0; len < b.len; len++) {
        struct strbuf out = {0};
        int err = open_core(&c, b.data, len);

        ck_assert(err == 0 || err == -ENOEXEC || err == -ENODATA);
        core_report(&c, NULL, &out);
        core_file_close(&c);
        strbuf_fini(&out);
    }
    for (size_t at = 0; at < b.len; at++) {
        struct strbuf out = {0};
        char saved = b.data[at];
        uint64_t word;

        b.data[at] = (char)0xff;
        open_core(&c, b.data, b.len);
        core_report(&c, NULL, &out);
        core_file_word(&c, 0x7000, &word);
        core_file_close(&c);
        strbuf_fini(&out);
        b.data[at] = saved;
    }
    strbuf_fini(&b);
}
END_TEST

UNIT_SUITE(tools_doctor, "tools/doctor", facts_become_a_report,
           nothing_to_report_is_no_report, lines_that_make_no_sense_do_no_harm,
           facts_without_end_are_cut_off, stubs_name_every_argument,
           a_core_tells_what_is_in_it, a_broken_core_does_no_harm)
