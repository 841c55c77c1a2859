// SPDX-License-Identifier: MIT
/*
 * load and image: the real loader, with an address space and files that are
 * simple enough to be looked into: a list of pages, and files in memory. (Under
 * other names, for the real vfs and vm may be linked too.)
 */
#include "tests/unit/unit.h"

#define vfs_open_kernel  fake_vfs_open_kernel
#define file_read_kernel fake_file_read_kernel
#define file_destroy     fake_file_destroy
#define file_vm_object   fake_file_vm_object
#define vnode_is_regular fake_vnode_is_regular
#define vm_map           fake_vm_map
#define vm_unmap         fake_vm_unmap
#define vm_poke          fake_vm_poke
#define cpu_features     load_cpu_features
#include "loader/image.c"
#include "loader/load.c"

#include "abi/elf.h"
#include "tests/unit/loader/make_elf.h"

struct cpu_features cpu_features = {
    .hwcap = 0x178bfbff, .fsgsbase = true, .xsave_size = 832};

/* --- files --- */

struct test_file {
    const char *path;
    uint8_t *data;
    size_t size;
    uint32_t mode;
    struct vnode vnode;
    struct file file;
};

static struct test_file files[2];
static unsigned file_count;

static void add_file(const char *path, uint8_t *data, size_t size,
                     uint32_t mode)
{
    struct test_file *f = &files[file_count++];

    *f =
        (struct test_file){path, data, size, mode, {.mode = mode}, {.refs = 1}};
    f->vnode.size = size;
    f->file.vnode = &f->vnode;
}

int vfs_open_kernel(const char *path, struct file **file)
{
    for (unsigned i = 0; i < file_count; i++) {
        if (strcmp(files[i].path, path) == 0) {
            *file = &files[i].file;
            file_get(*file);
            return 0;
        }
    }
    return -ENOENT;
}

/* Each has a reference that stays. */
void file_destroy(struct file *f)
{
    ck_abort_msg("a file is put too often: %p", (void *)f);
}

static unsigned files_open(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < file_count; i++)
        n += files[i].file.refs - 1;
    return n;
}

ssize_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos)
{
    struct test_file *t = container_of(f, struct test_file, file);
    size_t n = pos < t->size ? MIN(len, t->size - pos) : 0;

    n = MIN(n, 100); /* short reads are allowed */
    memcpy(buf, t->data + pos, n);
    return (ssize_t)n;
}

struct vm_object *file_vm_object(struct file *f)
{
    return &f->vnode->object;
}

bool vnode_is_regular(const struct vnode *v)
{
    return (v->mode & 0170000) == 0100000;
}

/* --- the address space --- */

struct test_page {
    uintptr_t va;
    unsigned flags;
    uint8_t data[PAGE_SIZE];
};

static struct test_page *pages;
static size_t page_count;
static unsigned maps_until_failure;
static struct vm_space space;

static struct test_page *page_at(uintptr_t va)
{
    for (size_t i = 0; i < page_count; i++) {
        if (pages[i].va == ALIGN_DOWN(va, PAGE_SIZE))
            return &pages[i];
    }
    return NULL;
}

static bool range_is_free(uintptr_t start, size_t len)
{
    for (size_t i = 0; i < page_count; i++) {
        if (pages[i].va >= start && pages[i].va - start < len)
            return false;
    }
    return true;
}

int vm_unmap(struct vm_space *s, uintptr_t addr, size_t len)
{
    size_t kept = 0;

    ck_assert_ptr_eq(s, &space);
    for (size_t i = 0; i < page_count; i++) {
        if (pages[i].va < addr || pages[i].va - addr >= len)
            pages[kept++] = pages[i];
    }
    page_count = kept;
    return 0;
}

static void fill_page(struct test_page *p, struct vm_object *object,
                      uint64_t offset)
{
    struct vnode *v = container_of(object, struct vnode, object);
    struct test_file *f = container_of(v, struct test_file, vnode);
    size_t have = offset < f->size ? f->size - offset : 0;

    ck_assert_uint_eq(offset % PAGE_SIZE, 0);
    ck_assert_msg(have > 0, "a page behind the file's end is mapped");
    memcpy(p->data, f->data + offset, MIN(have, PAGE_SIZE));
}

int vm_map(struct vm_space *s, uintptr_t *addr, size_t len, unsigned flags,
           enum vm_place place, struct vm_object *object, uint64_t offset)
{
    ck_assert_ptr_eq(s, &space);
    ck_assert_uint_gt(len, 0);
    ck_assert_uint_ne(flags & (VM_WRITE | VM_EXEC), VM_WRITE | VM_EXEC);
    if (maps_until_failure > 0 && --maps_until_failure == 0)
        return -ENOMEM;
    len = ALIGN_UP(len, PAGE_SIZE);
    if (place == VM_PLACE_HINT) {
        *addr = s->mmap_top - len;
        while (!range_is_free(*addr, len))
            *addr -= PAGE_SIZE;
    }
    ck_assert_uint_eq(*addr % PAGE_SIZE, 0);
    ck_assert_uint_ge(*addr, VM_USER_MIN);
    ck_assert_uint_le(len, VM_USER_END - *addr);
    if (place == VM_PLACE_FIXED_NEW && !range_is_free(*addr, len))
        return -EEXIST;
    vm_unmap(s, *addr, len);
    pages = realloc(pages, (page_count + len / PAGE_SIZE) * sizeof(*pages));
    for (size_t at = 0; at < len; at += PAGE_SIZE) {
        struct test_page *p = &pages[page_count++];

        memset(p, 0, sizeof(*p));
        p->va = *addr + at;
        p->flags = flags;
        if (object)
            fill_page(p, object, offset + at);
    }
    return 0;
}

int vm_poke(struct vm_space *s, uintptr_t addr, const void *data, size_t len)
{
    ck_assert_ptr_eq(s, &space);
    for (size_t i = 0; i < len; i++) {
        struct test_page *p = page_at(addr + i);

        ck_assert_msg(p != NULL, "0x%lx is not mapped", addr + i);
        p->data[(addr + i) % PAGE_SIZE] = ((const uint8_t *)data)[i];
    }
    return 0;
}

#define VDSO_SIZE (3 * PAGE_SIZE)

size_t vdso_size(void)
{
    return VDSO_SIZE;
}

int vdso_map(struct vm_space *s, uintptr_t wish, uintptr_t *base)
{
    uintptr_t at = wish;
    int err = vm_map(s, &at, VDSO_SIZE, VM_READ,
                     wish ? VM_PLACE_FIXED_NEW : VM_PLACE_HINT, NULL, 0);

    *base = at + PAGE_SIZE;
    return err;
}

static uint8_t byte_at(uintptr_t va)
{
    struct test_page *p = page_at(va);

    ck_assert_msg(p != NULL, "0x%lx is not mapped", va);
    return p->data[va % PAGE_SIZE];
}

static uint64_t word_at(uintptr_t va)
{
    uint64_t w = 0;

    for (int i = 7; i >= 0; i--)
        w = w << 8 | byte_at(va + (uintptr_t)i);
    return w;
}

static unsigned flags_at(uintptr_t va)
{
    struct test_page *p = page_at(va);

    return p ? p->flags : ~0u;
}

/* --- programs --- */

#define FILE_SIZE 0x4000

/* Code in two pages, data that ends within a page and goes on as bss. */
static struct make_segment segments[] = {
    {PT_LOAD, PF_R | PF_X, 0, 0, 0x1100, 0x1100, 0x1000},
    {PT_LOAD, PF_R | PF_W, 0x2f00, 0x3f00, 0x300, 0x5000, 0x1000},
    {PT_INTERP, PF_R, 0x800, 0x800, 10, 10, 1},
};

static const char *argv[] = {"prog", "x", NULL};
static const char *envp[] = {"A=1", NULL};
static struct program_args args;
static struct program_start start;
static char why[PROGRAM_WHY_SIZE];

static void fresh(void)
{
    file_count = 0;
    page_count = 0;
    maps_until_failure = 0;
    space = (struct vm_space){.refs = 1, .mmap_top = VM_USER_END};
    args = (struct program_args){
        .argv = argv,
        .argc = 2,
        .envp = envp,
        .envc = 1,
        .stack_limit = MIB(8),
    };
    why[0] = '\0';
}

static void clean(void)
{
    ck_assert_uint_eq(files_open(), 0);
    for (unsigned i = 0; i < file_count; i++)
        free(files[i].data);
    free(pages);
    pages = NULL;
    page_count = 0;
}

static void add_program(const char *path, unsigned type, uint64_t base,
                        bool interp)
{
    struct make_segment s[3];
    uint8_t *data;

    memcpy(s, segments, sizeof(s));
    s[0].vaddr += base;
    s[1].vaddr += base;
    data = make_elf(type, base + 0x1010, s, interp ? 3 : 2, FILE_SIZE);
    memcpy(data + 0x800, "/ld/ld.so", 10);
    add_file(path, data, FILE_SIZE, 0100755);
}

static int load(void)
{
    int err =
        program_load(&space, "/bin/prog", &args, &start, why, sizeof(why));

    ck_assert_msg((err == 0) == (why[0] == '\0'), "%d and \"%s\"", err, why);
    return err;
}

static void expect_refusal(int err, const char *part)
{
    ck_assert_int_eq(load(), err);
    ck_assert_msg(strncmp(why, "/bin/prog: ", 11) == 0 && strstr(why, part),
                  "\"%s\" does not say \"%s\"", why, part);
    clean();
}

/* The image of add_program lies at bias as it should. */
static void check_image(uintptr_t bias)
{
    ck_assert_uint_eq(flags_at(bias), VM_READ | VM_EXEC);
    ck_assert_uint_eq(flags_at(bias + 0x1000), VM_READ | VM_EXEC);
    ck_assert_uint_eq(flags_at(bias + 0x2000), ~0u); /* the hole */
    ck_assert_uint_eq(flags_at(bias + 0x3000), VM_READ | VM_WRITE);
    ck_assert_uint_eq(flags_at(bias + 0x8000), VM_READ | VM_WRITE);
    ck_assert_uint_eq(flags_at(bias + 0x9000), ~0u);
    for (uintptr_t at = 0x1000; at < 0x1100; at++)
        ck_assert_uint_eq(byte_at(bias + at), at % 251);
    for (uintptr_t at = 0x3f00; at < 0x4200; at++)
        ck_assert_uint_eq(byte_at(bias + at), (at - 0x1000) % 251);
    for (uintptr_t at = 0x4200; at < 0x8f00; at++)
        ck_assert_uint_eq(byte_at(bias + at), 0);
}

static uint64_t aux(uint64_t type)
{
    uintptr_t at = start.rsp + 8 * (1 + args.argc + 1 + args.envc + 1);

    for (; word_at(at) != AT_NULL; at += 16) {
        if (word_at(at) == type)
            return word_at(at + 8);
    }
    ck_abort_msg("AT_ number %lu is missing", type);
    return 0;
}

START_TEST(static_pie_lies_among_the_mappings_and_its_heap_below)
{
    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(space.mmap_top, 0x7ffff7fff000); /* as Linux */
    ck_assert_uint_eq(start.bias, 0x7ffff7fff000 - 0x9000);
    check_image(start.bias);
    ck_assert_uint_eq(start.rip, start.bias + 0x1010);
    ck_assert_uint_eq(start.entry, start.rip);
    ck_assert_str_eq(start.interp, "");
    ck_assert_uint_eq(aux(AT_PHDR), start.bias + 64);
    ck_assert_uint_eq(aux(AT_PHNUM), 2);
    ck_assert_uint_eq(aux(AT_ENTRY), start.entry);
    ck_assert_uint_eq(aux(AT_BASE), 0);
    ck_assert_uint_eq(aux(AT_HWCAP), 0x178bfbff);
    ck_assert_uint_eq(aux(AT_HWCAP2), HWCAP2_FSGSBASE);
    ck_assert_uint_eq(space.brk_start, 0x555555554000);
    ck_assert_uint_eq(space.brk, space.brk_start);
    clean();
}
END_TEST

START_TEST(fixed_program_lies_where_it_must_with_its_heap_behind)
{
    fresh();
    add_program("/bin/prog", ET_EXEC, 0x400000, false);
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(start.bias, 0);
    check_image(0x400000);
    ck_assert_uint_eq(start.rip, 0x401010);
    ck_assert_uint_eq(aux(AT_PHDR), 0x400040);
    ck_assert_uint_eq(space.brk_start, 0x409000);
    clean();
}
END_TEST

START_TEST(interpreter_is_loaded_and_started_in_place_of_the_program)
{
    fresh();
    add_program("/bin/prog", ET_DYN, 0, true);
    add_program("/ld/ld.so", ET_DYN, 0, false);
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(start.bias, 0x555555554000);
    check_image(start.bias);
    check_image(start.interp_bias);
    ck_assert_uint_gt(start.interp_bias, 0x7fff00000000);
    ck_assert_uint_eq(start.rip, start.interp_bias + 0x1010);
    ck_assert_uint_eq(start.entry, start.bias + 0x1010);
    ck_assert_str_eq(start.interp, "/ld/ld.so");
    ck_assert_uint_eq(aux(AT_BASE), start.interp_bias);
    ck_assert_uint_eq(aux(AT_ENTRY), start.entry);
    ck_assert_uint_eq(aux(AT_PHDR), start.bias + 64);
    ck_assert_uint_eq(space.brk_start, start.bias + 0x9000);
    clean();
}
END_TEST

START_TEST(addresses_vary_with_aslr_and_only_then)
{
    uintptr_t bias[3], sp[3], brk[3];

    for (int i = 0; i < 3; i++) {
        fresh();
        args.aslr = i > 0;
        add_program("/bin/prog", ET_DYN, 0, true);
        add_program("/ld/ld.so", ET_DYN, 0, false);
        ck_assert_int_eq(load(), 0);
        check_image(start.bias);
        check_image(start.interp_bias);
        bias[i] = start.bias;
        sp[i] = start.rsp;
        brk[i] = space.brk_start;
        ck_assert_uint_eq(start.rsp % 16, 0);
        ck_assert_uint_eq(brk[i] % PAGE_SIZE, 0);
        ck_assert_uint_ge(brk[i], start.bias + 0x9000);
        ck_assert_uint_lt(space.mmap_top, space.stack_top - MIB(8));
        clean();
    }
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_ne(bias[i], bias[(i + 1) % 3]);
        ck_assert_uint_ne(sp[i], sp[(i + 1) % 3]);
        ck_assert_uint_ne(brk[i], brk[(i + 1) % 3]);
    }
}
END_TEST

START_TEST(stack_grows_and_is_not_executable)
{
    const unsigned stack = VM_READ | VM_WRITE | VM_GROWSDOWN | VM_STACK;

    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(space.stack_top, VM_USER_END);
    ck_assert_uint_eq(space.stack_limit, MIB(8));
    ck_assert_uint_eq(flags_at(VM_USER_END - 1), stack);
    ck_assert_uint_eq(flags_at(start.rsp - KIB(127)), stack);
    ck_assert_uint_eq(word_at(start.rsp), 2);
    ck_assert_uint_eq(word_at(start.rsp + 8), space.arg_start);
    ck_assert_uint_eq(byte_at(space.arg_start), 'p');
    ck_assert_uint_eq(space.env_end - space.env_start, 4);
    clean();
}
END_TEST

START_TEST(alignment_of_segments_is_kept)
{
    struct make_segment s[2];

    memcpy(s, segments, sizeof(s));
    s[1].align = 0x200000;
    for (int aslr = 0; aslr < 2; aslr++) {
        fresh();
        args.aslr = aslr;
        add_file("/bin/prog", make_elf(ET_DYN, 0x1010, s, 2, FILE_SIZE),
                 FILE_SIZE, 0100755);
        ck_assert_int_eq(load(), 0);
        ck_assert_uint_eq(start.bias % 0x200000, 0);
        check_image(start.bias);
        clean();
    }
    fresh();
    s[1].align = 1ull << 62;
    add_file("/bin/prog", make_elf(ET_DYN, 0x1010, s, 2, FILE_SIZE), FILE_SIZE,
             0100755);
    expect_refusal(-ENOMEM, "does not fit");
}
END_TEST

START_TEST(bss_alone_may_share_a_page_with_the_segment_before)
{
    struct make_segment s[] = {
        {PT_LOAD, PF_R | PF_X, 0, 0, 0x1100, 0x1100, 0x1000},
        {PT_LOAD, PF_R | PF_W, 0x2000, 0x3000, 0x300, 0x300, 0x1000},
        {PT_LOAD, PF_R | PF_W, 0x300, 0x3300, 0, 0x2000, 0x1000},
        {PT_LOAD, PF_R | PF_W, 0x80, 0x7080, 0, 0x20, 0x1000},
    };

    fresh();
    add_file("/bin/prog", make_elf(ET_DYN, 0x1010, s, 4, FILE_SIZE), FILE_SIZE,
             0100755);
    ck_assert_int_eq(load(), 0);
    for (uintptr_t at = 0x3000; at < 0x3300; at++)
        ck_assert_uint_eq(byte_at(start.bias + at), (at - 0x1000) % 251);
    for (uintptr_t at = 0x3300; at < 0x5300; at++)
        ck_assert_uint_eq(byte_at(start.bias + at), 0);
    ck_assert_uint_eq(byte_at(start.bias + 0x7080), 0);
    clean();
}
END_TEST

START_TEST(refusals_say_what_is_wrong_with_the_file)
{
    fresh();
    expect_refusal(-ENOENT, "no such file");

    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    files[0].vnode.mode = 0100644;
    expect_refusal(-EACCES, "execute permission");

    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    files[0].vnode.mode = 0010755;
    expect_refusal(-EACCES, "not a regular file");

    fresh();
    add_program("/bin/prog", ET_REL, 0, false);
    expect_refusal(-ENOEXEC, "object file");

    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    files[0].vnode.size = 30;
    expect_refusal(-ENOEXEC, "truncated");

    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    files[0].size = 70; /* shorter than its size when it is read */
    expect_refusal(-ENOEXEC, "became shorter");
}
END_TEST

START_TEST(refusals_say_what_is_wrong_with_the_interpreter)
{
    fresh();
    add_program("/bin/prog", ET_DYN, 0, true);
    expect_refusal(-ENOENT, "interpreter /ld/ld.so, which is not in");

    fresh();
    add_program("/bin/prog", ET_DYN, 0, true);
    add_program("/ld/ld.so", ET_CORE, 0, false);
    expect_refusal(-ENOEXEC, "/ld/ld.so: is a core dump");

    fresh();
    add_program("/bin/prog", ET_DYN, 0, true);
    files[0].data[0x809] = 'x'; /* the NUL */
    expect_refusal(-ENOEXEC, "PT_INTERP");
}
END_TEST

START_TEST(arguments_are_limited_by_the_stack)
{
    static char big[100000];
    const char *many[] = {big, big, NULL};

    memset(big, 'x', sizeof(big) - 1);
    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    args.argv = many;
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(byte_at(space.arg_start + 199997), 'x');
    clean();

    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    args.argv = many;
    args.stack_limit = KIB(64); /* then 128 KiB hold */
    expect_refusal(-E2BIG, "arguments");
}
END_TEST

START_TEST(every_failure_gives_all_back)
{
    unsigned failures = 0;

    for (unsigned n = 1;; n++) {
        fresh();
        add_program("/bin/prog", ET_DYN, 0, true);
        add_program("/ld/ld.so", ET_DYN, 0, false);
        stub_alloc_fail(n);
        if (!load()) {
            clean();
            break;
        }
        failures++;
        clean();
        ck_assert_uint_eq(stub_live_blocks(), 0);
    }
    ck_assert_uint_ge(failures, 5);
    for (failures = 0;; failures++) {
        fresh();
        add_program("/bin/prog", ET_DYN, 0, true);
        add_program("/ld/ld.so", ET_DYN, 0, false);
        maps_until_failure = failures + 1;
        if (!load())
            break;
        ck_assert_uint_eq(stub_live_blocks(), 0);
        clean();
    }
    clean();
    ck_assert_uint_ge(failures, 9);
}
END_TEST

START_TEST(vdso_lies_above_the_stack_or_among_the_mappings)
{
    fresh();
    add_program("/bin/prog", ET_DYN, 0, false);
    args.vdso = true;
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(aux(AT_SYSINFO_EHDR),
                      0x7ffff7fff000 - 0x9000 - VDSO_SIZE + PAGE_SIZE);
    clean();
    for (int i = 0; i < 100; i++) {
        uintptr_t at;

        fresh();
        add_program("/bin/prog", ET_DYN, 0, false);
        args.vdso = args.aslr = true;
        ck_assert_int_eq(load(), 0);
        at = aux(AT_SYSINFO_EHDR) - PAGE_SIZE;
        ck_assert_uint_eq(at % PAGE_SIZE, 0);
        ck_assert_uint_ge(at, space.stack_top);
        ck_assert_uint_le(at, VM_USER_END - VDSO_SIZE);
        clean();
    }
}
END_TEST

UNIT_SUITE(loader_load, "loader/load",
           vdso_lies_above_the_stack_or_among_the_mappings,
           static_pie_lies_among_the_mappings_and_its_heap_below,
           fixed_program_lies_where_it_must_with_its_heap_behind,
           interpreter_is_loaded_and_started_in_place_of_the_program,
           addresses_vary_with_aslr_and_only_then,
           stack_grows_and_is_not_executable, alignment_of_segments_is_kept,
           bss_alone_may_share_a_page_with_the_segment_before,
           refusals_say_what_is_wrong_with_the_file,
           refusals_say_what_is_wrong_with_the_interpreter,
           arguments_are_limited_by_the_stack, every_failure_gives_all_back)
