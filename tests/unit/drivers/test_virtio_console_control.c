// SPDX-License-Identifier: MIT
/* Tests of drivers/virtio_console_control.c. */
#include <string.h>

#include "tests/unit/unit.h"

#include "abi/errno.h"
#include "drivers/virtio_console_control.h"

START_TEST(takes_a_message_apart)
{
    const uint8_t data[] = {5, 0, 0, 0, 6, 0, 1, 0};
    struct virtio_console_message m;

    ck_assert_int_eq(virtio_console_parse(data, sizeof(data), &m), 0);
    ck_assert_uint_eq(m.header.id, 5);
    ck_assert_uint_eq(m.header.event, VIRTIO_CONSOLE_PORT_OPEN);
    ck_assert_uint_eq(m.header.value, 1);
    ck_assert_ptr_null(m.name);
}
END_TEST

START_TEST(refuses_a_short_message)
{
    const uint8_t data[7] = {0};
    struct virtio_console_message m;

    for (size_t len = 0; len <= sizeof(data); len++)
        ck_assert_int_eq(virtio_console_parse(data, len, &m), -EINVAL);
}
END_TEST

START_TEST(a_name_may_or_may_not_end_with_nul)
{
    const uint8_t data[] = {1, 0, 0, 0, 7, 0, 1, 0, 'a', 'b', 'c', 0};
    struct virtio_console_message m;

    ck_assert_int_eq(virtio_console_parse(data, sizeof(data), &m), 0);
    ck_assert_uint_eq(m.name_len, 3);
    ck_assert_int_eq(virtio_console_parse(data, sizeof(data) - 1, &m), 0);
    ck_assert_uint_eq(m.name_len, 3);
    ck_assert_mem_eq(m.name, "abc", 3);
    ck_assert_int_eq(virtio_console_parse(data, 8, &m), 0);
    ck_assert_uint_eq(m.name_len, 0);
}
END_TEST

static enum virtio_console_role role(const char *name)
{
    return virtio_console_role_of(name, strlen(name));
}

START_TEST(roles_are_known_by_whole_names)
{
    ck_assert_int_eq(role("elfin.stdin"), VIRTIO_CONSOLE_STDIN);
    ck_assert_int_eq(role("elfin.stdout"), VIRTIO_CONSOLE_STDOUT);
    ck_assert_int_eq(role("elfin.stderr"), VIRTIO_CONSOLE_STDERR);
    ck_assert_int_eq(role("elfin.log"), VIRTIO_CONSOLE_LOG);
    ck_assert_int_eq(role("elfin.control"), VIRTIO_CONSOLE_CONTROL);
    ck_assert_int_eq(role("elfin.trace"), VIRTIO_CONSOLE_TRACE);
    ck_assert_int_eq(role("elfin.core"), VIRTIO_CONSOLE_CORE);
    ck_assert_int_eq(role("elfin.lo"), VIRTIO_CONSOLE_NONE);
    ck_assert_int_eq(role("elfin.logs"), VIRTIO_CONSOLE_NONE);
    ck_assert_int_eq(role(""), VIRTIO_CONSOLE_NONE);
}
END_TEST

START_TEST(tells_how_the_machine_ends)
{
    char b[128];

    virtio_console_end_line(b, sizeof(b), SHUTDOWN_EXITED, 3, NULL);
    ck_assert_str_eq(b, "exit 3\n");
    virtio_console_end_line(b, sizeof(b), SHUTDOWN_SIGNALED, 11, NULL);
    ck_assert_str_eq(b, "signal 11\n");
    virtio_console_end_line(b, sizeof(b), SHUTDOWN_REFUSED, 127, "no file");
    ck_assert_str_eq(b, "refused 127 no file\n");
    virtio_console_end_line(b, sizeof(b), SHUTDOWN_PANIC, 0, "two\nlines\r");
    ck_assert_str_eq(b, "panic two lines \n");
}
END_TEST

START_TEST(a_long_reason_is_cut_to_one_line)
{
    char b[32], longer[100];
    size_t len;

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    len = virtio_console_end_line(b, sizeof(b), SHUTDOWN_PANIC, 0, longer);
    ck_assert_uint_eq(len, sizeof(b) - 1);
    ck_assert_uint_eq(strlen(b), len);
    ck_assert_int_eq(b[len - 1], '\n');
}
END_TEST

UNIT_SUITE(drivers_virtio_console_control, "drivers/virtio_console_control",
           takes_a_message_apart, refuses_a_short_message,
           a_name_may_or_may_not_end_with_nul, roles_are_known_by_whole_names,
           tells_how_the_machine_ends, a_long_reason_is_cut_to_one_line)
