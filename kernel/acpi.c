// SPDX-License-Identifier: MIT
/* acpi: see the header. */
#include "kernel/acpi.h"

#include "kernel/mmio.h"
#include "lib/string.h"

#define LOG_TAG "acpi"
#include "kernel/log.h"

/* Longer tables are taken for broken, and addresses above for nonsense. */
#define TABLE_MAX   MIB(4)
#define ADDRESS_MAX (1ull << 45)

struct rsdp {
    char signature[8];
    uint8_t checksum; /* of the first 20 bytes */
    char oem_id[6];
    uint8_t revision; /* 0: what follows the RSDT's address is absent */
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t extended_checksum;
    uint8_t reserved[3];
} packed;
static_assert(sizeof(struct rsdp) == 36, "ACPI 6.4, table 5.3");

#define RSDP_V1_SIZE 20

static paddr_t rsdp_address;
static const struct acpi_header *root; /* the XSDT or RSDT */
static size_t root_len;
static bool root_sought;

static uint8_t byte_sum(const void *p, size_t len)
{
    const uint8_t *at = p;
    uint8_t sum = 0;

    while (len--)
        sum += *at++;
    return sum;
}

void acpi_init(paddr_t rsdp)
{
    rsdp_address = rsdp;
    root = NULL;
    root_sought = false;
}

const void *acpi_table_at(paddr_t pa, const char *signature, size_t *len)
{
    const struct acpi_header *h;

    if (pa == 0 || pa >= ADDRESS_MAX)
        return NULL;
    h = firmware_map(pa, sizeof(*h));
    if (!h || memcmp(h->signature, signature, sizeof(h->signature)) != 0)
        return NULL;
    if (h->length < sizeof(*h) || h->length > TABLE_MAX) {
        log_warn("table %s: bad length %u", signature, h->length);
        return NULL;
    }
    *len = h->length;
    h = firmware_map(pa, *len);
    if (h && byte_sum(h, *len) != 0) {
        log_warn("table %s: bad checksum", signature);
        return NULL;
    }
    return h;
}

/* The table of tables: the XSDT when there is a good one, else the RSDT. */
static void find_root(void)
{
    const struct rsdp *r;

    if (rsdp_address == 0 || rsdp_address >= ADDRESS_MAX)
        return;
    r = firmware_map(rsdp_address, sizeof(*r));
    if (!r || memcmp(r->signature, "RSD PTR ", sizeof(r->signature)) != 0 ||
        byte_sum(r, RSDP_V1_SIZE) != 0) {
        log_warn("no root pointer at %#llx", (unsigned long long)rsdp_address);
        return;
    }
    if (r->revision >= 2 && byte_sum(r, sizeof(*r)) == 0)
        root = acpi_table_at(r->xsdt, "XSDT", &root_len);
    if (!root)
        root = acpi_table_at(r->rsdt, "RSDT", &root_len);
}

const void *acpi_find_table(const char *signature, size_t *len)
{
    const char *at, *end;
    size_t entry;

    if (!root_sought) {
        root_sought = true;
        find_root();
    }
    if (!root)
        return NULL;
    entry = root->signature[0] == 'X' ? sizeof(uint64_t) : sizeof(uint32_t);
    at = (const char *)(root + 1);
    end = (const char *)root + root_len;
    for (; (size_t)(end - at) >= entry; at += entry) {
        uint64_t pa = 0;
        const void *table;

        memcpy(&pa, at, entry); /* entries need not be aligned */
        table = acpi_table_at(pa, signature, len);
        if (table)
            return table;
    }
    return NULL;
}
