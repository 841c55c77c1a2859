# SPDX-License-Identifier: MIT
drivers_SRCS := acpi_power.c debug_exit.c drivers.c pci.c pci_msix.c reset.c \
  serial.c virtio.c virtio_9p.c virtio_console.c virtio_console_control.c \
  virtio_console_channels.c virtio_console_orders.c \
  virtio_console_streams.c virtio_mmio.c virtio_net.c \
  virtio_pci.c virtio_port.c virtio_rng.c virtqueue.c
