// SPDX-License-Identifier: MIT
/* elf: a file's headers, as the loader reads them. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "loader/elf.h"

static bool apart(const struct elf_segment *a, const struct elf_segment *b)
{
    return a->vaddr >= b->vaddr + b->memsz || b->vaddr >= a->vaddr + a->memsz;
}

/* What the loader relies on when a file was accepted. */
static void look(const struct elf_image *image)
{
    ck_assert_uint_le(image->segment_count, ELF_SEGMENTS_MAX);
    ck_assert_uint_lt(image->low, image->high);
    ck_assert_uint_ge(image->align, ELF_PAGE_SIZE);
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf_segment *s = &image->segments[i];

        ck_assert(s->memsz > 0 && s->filesz <= s->memsz);
        ck_assert(s->vaddr >= image->low && s->vaddr < image->high);
        ck_assert(s->memsz <= image->high - s->vaddr);
        ck_assert(s->offset <= image->file_size &&
                  s->filesz <= image->file_size - s->offset);
        for (unsigned j = 0; j < i; j++)
            ck_assert(apart(s, &image->segments[j]));
    }
}

static void load(const uint8_t *file, size_t size)
{
    size_t head_len = MIN(size, (size_t)ELF_HEAD_SIZE), table;
    void *head = fuzz_copy(file, head_len), *phdrs, *interp;
    struct elf_image image;
    char why[ELF_WHY_SIZE];
    int err = elf_read_header(head, head_len, size, &image, why, sizeof(why));

    free(head);
    if (err)
        return;
    table = (size_t)image.phnum * ELF_PHDR_SIZE;
    ck_assert(image.phoff <= size && table <= size - image.phoff);
    phdrs = fuzz_copy(file + image.phoff, table);
    err = elf_read_segments(&image, phdrs, why, sizeof(why));
    free(phdrs);
    if (err)
        return;
    look(&image);
    if (!image.interp_len)
        return;
    ck_assert(image.interp_offset <= size &&
              image.interp_len <= size - image.interp_offset);
    interp = fuzz_copy(file + image.interp_offset, image.interp_len);
    elf_check_interp(&image, interp, why, sizeof(why));
    free(interp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A header that is right in what must be so, or the input alone. */
    static const uint8_t start[] = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0,  0, 0, 0,
                                    0,    0,   0,   0,   0, 3, 0, 62, 0, 1};
    uint8_t *file = fuzz_copy(data, size);

    if (size > 64 && data[0] & 1) {
        memcpy(file, start, sizeof(start));
        file[32] = 64;
        memset(file + 33, 0, 7);
        file[54] = ELF_PHDR_SIZE;
        file[55] = 0;
    }
    load(file, size);
    free(file);
    return 0;
}
