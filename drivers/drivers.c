// SPDX-License-Identifier: MIT
/* drivers: see the header. */
#include "drivers/drivers.h"

#include "drivers/acpi_power.h"
#include "drivers/debug_exit.h"
#include "drivers/pci.h"
#include "drivers/reset.h"
#include "drivers/serial.h"
#include "drivers/virtio_9p.h"
#include "drivers/virtio_console.h"
#include "drivers/virtio_console_channels.h"
#include "drivers/virtio_console_streams.h"
#include "drivers/virtio_net.h"
#include "drivers/virtio_pci.h"
#include "drivers/virtio_rng.h"
#include "vfs/console.h"

#define LOG_TAG "drivers"
#include "kernel/log.h"

static bool have_debug_exit;

void drivers_early_init(void)
{
    serial_init();
    reset_register();
    have_debug_exit = debug_exit_register();
}

static void find_devices(const struct drivers_config *config)
{
    unsigned pci;

    virtio_console_register();
    virtio_net_register();
    virtio_rng_register();
    virtio_9p_register();
    for (size_t i = 0; i < config->slot_count; i++)
        virtio_mmio_probe(&config->slots[i]); /* logs what is wrong */
    pci = pci_scan(virtio_pci_found);
    log_debug("%zu mmio slots, %u pci functions", config->slot_count, pci);
}

/* The serial line serves every stream that has no better device. */
static void connect_streams(enum drivers_console choice)
{
    const unsigned all = (1u << CONSOLE_STREAMS) - 1;
    unsigned served = 0;

    if (choice != DRIVERS_CONSOLE_SERIAL)
        served = virtio_console_attach_streams();
    if (choice == DRIVERS_CONSOLE_VIRTIO && !served)
        log_error("console=virtio: there is no virtio console; using serial");
    serial_attach_console(all & ~served);
}

/* The way that passes the exit status on makes the others needless. */
static void register_ends(void)
{
    virtio_console_attach_control();
    virtio_console_attach_channels();
    if (!have_debug_exit)
        acpi_power_register();
}

void drivers_init(const struct drivers_config *config)
{
    uint64_t kicks, interrupts;

    find_devices(config);
    if (virtio_console_attach_log())
        serial_log_mute(true);
    connect_streams(config->console);
    register_ends();
    virtio_console_counts(&kicks, &interrupts);
    log_debug("console: %llu notifications, %llu interrupts at boot",
              (unsigned long long)kicks, (unsigned long long)interrupts);
}

void drivers_announce_ready(void)
{
    virtio_console_send_ready();
}
