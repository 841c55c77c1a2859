// SPDX-License-Identifier: MIT
/* virtio_console_control: see the header. */
#include "drivers/virtio_console_control.h"

#include "abi/errno.h"
#include "lib/printf.h"
#include "lib/string.h"

int virtio_console_parse(const void *data, size_t len,
                         struct virtio_console_message *m)
{
    if (len < sizeof(m->header))
        return -EINVAL;
    memcpy(&m->header, data, sizeof(m->header));
    m->name = NULL;
    m->name_len = 0;
    if (m->header.event == VIRTIO_CONSOLE_PORT_NAME) {
        m->name = (const char *)data + sizeof(m->header);
        /* Devices send it with or without a NUL. */
        m->name_len = strnlen(m->name, len - sizeof(m->header));
    }
    return 0;
}

enum virtio_console_role virtio_console_role_of(const char *name, size_t len)
{
    static const char *const names[] = {
        [VIRTIO_CONSOLE_STDIN] = "elfin.stdin",
        [VIRTIO_CONSOLE_STDOUT] = "elfin.stdout",
        [VIRTIO_CONSOLE_STDERR] = "elfin.stderr",
        [VIRTIO_CONSOLE_LOG] = "elfin.log",
        [VIRTIO_CONSOLE_CONTROL] = "elfin.control",
        [VIRTIO_CONSOLE_TRACE] = "elfin.trace",
        [VIRTIO_CONSOLE_CORE] = "elfin.core",
        [VIRTIO_CONSOLE_PLAIN] = "elfin.tty",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return (enum virtio_console_role)i;
    }
    return VIRTIO_CONSOLE_NONE;
}

/* A blank and a number of 0..max at *at, which moves behind them. */
static bool take_number(const char **at, unsigned max, unsigned *value)
{
    const char *p = *at;
    unsigned n = 0;

    if (*p++ != ' ' || *p < '0' || *p > '9')
        return false;
    while (*p >= '0' && *p <= '9') {
        n = n * 10 + (unsigned)(*p++ - '0');
        if (n > max)
            return false;
    }
    *at = p;
    *value = n;
    return true;
}

int virtio_console_parse_order(const char *line,
                               struct virtio_console_order *order)
{
    static const struct {
        const char *word;
        unsigned numbers, max;
    } orders[] = {
        [VIRTIO_CONSOLE_SIGNAL] = {"signal", 1, 64},
        [VIRTIO_CONSOLE_SIZE] = {"size", 2, UINT16_MAX},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(orders); i++) {
        size_t len = strlen(orders[i].word);
        const char *at = line + len;
        unsigned n = 0;

        if (strncmp(line, orders[i].word, len))
            continue;
        order->kind = (enum virtio_console_order_kind)i;
        while (n < orders[i].numbers &&
               take_number(&at, orders[i].max, &order->value[n]))
            n++;
        return n == orders[i].numbers && !*at ? 0 : -EINVAL;
    }
    return -EINVAL;
}

size_t virtio_console_end_line(char *buf, size_t size, enum shutdown_kind kind,
                               int code, const char *detail)
{
    const char *text = detail ? detail : "";
    size_t len;
    int n = 0;

    switch (kind) {
    case SHUTDOWN_EXITED:
        n = snprintf(buf, size, "exit %d", code);
        break;
    case SHUTDOWN_SIGNALED:
        n = snprintf(buf, size, "signal %d", code);
        break;
    case SHUTDOWN_REFUSED:
        n = snprintf(buf, size, "refused %d %s", code, text);
        break;
    case SHUTDOWN_PANIC:
        n = snprintf(buf, size, "panic %s", text);
        break;
    }
    len = MIN((size_t)n, size - 2); /* room for the newline */
    for (size_t i = 0; i < len; i++) {
        if (buf[i] == '\n' || buf[i] == '\r')
            buf[i] = ' ';
    }
    buf[len++] = '\n';
    buf[len] = '\0';
    return len;
}
