// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration of a virtio device as a PCI function: one BAR, the pin of
 * INTA, and where the parts of virtio are in the BAR.
 */
#include <string.h>

#include "pci.h"

#define CONFIG_SIZE	256		/* that is not zero */

#define COMMAND		0x04
#define BAR0		0x10
#define CAPABILITIES	0x34
#define LINE		0x3c

#define COMMAND_MEMORY	(1U << 1)
#define COMMAND_QUIET	(1U << 10)
#define COMMAND_BITS	0x0547U

#define VENDOR_VIRTIO	0x1af4
#define STATUS_CAPS	0x10
#define REVISION	1
#define PIN_A		1
#define CAP_VENDOR	9

/* struct virtio_pci_cap: the kind, and where it is in BAR 0. */
static const struct {
	uint8_t at, length, kind;
	uint16_t offset, size;
} capabilities[] = {
	{ 0x40, 16, 1, VIRTIO_COMMON, 0x1000 },
	{ 0x50, 20, 2, VIRTIO_NOTIFY, 0x1000 },
	{ 0x64, 16, 3, VIRTIO_ISR, 0x1000 },
	{ 0x74, 16, 4, VIRTIO_DEVICE, 0x1000 },
};

#define CAPABILITIES_COUNT	(sizeof(capabilities) / sizeof(capabilities[0]))

static void make_image(const struct pci *pci, uint8_t image[CONFIG_SIZE])
{
	memset(image, 0, CONFIG_SIZE);
	virtio_put(image, 0x00, VENDOR_VIRTIO, 2);
	virtio_put(image, 0x02, pci->virtio->kind->pci_device, 2);
	virtio_put(image, COMMAND, pci->command, 2);
	virtio_put(image, 0x06, STATUS_CAPS, 2);
	virtio_put(image, 0x08, REVISION, 1);
	virtio_put(image, 0x09, pci->virtio->kind->pci_class, 3);
	virtio_put(image, BAR0, pci->bar, 4);
	virtio_put(image, 0x2c, VENDOR_VIRTIO, 2);
	virtio_put(image, 0x2e, pci->virtio->kind->pci_device, 2);
	virtio_put(image, CAPABILITIES, capabilities[0].at, 1);
	virtio_put(image, LINE, pci->line, 1);
	virtio_put(image, LINE + 1, PIN_A, 1);
	for (unsigned int i = 0; i < CAPABILITIES_COUNT; i++) {
		unsigned int at = capabilities[i].at;

		virtio_put(image, at, CAP_VENDOR, 1);
		virtio_put(image, at + 1, i + 1 < CAPABILITIES_COUNT ? capabilities[i + 1].at : 0, 1);
		virtio_put(image, at + 2, capabilities[i].length, 1);
		virtio_put(image, at + 3, capabilities[i].kind, 1);
		virtio_put(image, at + 8, capabilities[i].offset, 4);
		virtio_put(image, at + 12, capabilities[i].size, 4);
		if (capabilities[i].length > 16)
			virtio_put(image, at + 16, VIRTIO_NOTIFY_STEP, 4);
	}
}

uint64_t pci_config_read(const struct pci *pci, uint64_t offset, unsigned int bytes)
{
	uint8_t image[CONFIG_SIZE];
	uint64_t value = 0;

	if (offset % bytes || offset >= sizeof(image))
		return 0;
	make_image(pci, image);
	for (unsigned int i = bytes; i; i--)
		value = value << 8 | image[offset + i - 1];
	return value;
}

void pci_config_write(struct pci *pci, uint64_t offset, unsigned int bytes, uint64_t value)
{
	switch (offset) {
	case COMMAND:
		if (bytes >= 2)
			pci->command = value & COMMAND_BITS;
		break;
	case BAR0:
		if (bytes == 4)
			pci->bar = value & ~(uint32_t)(VIRTIO_BAR_SIZE - 1);
		break;
	case LINE:
		pci->line = value;
		break;
	}
}

bool pci_decodes(const struct pci *pci, uint64_t address, uint64_t *offset)
{
	*offset = address - pci->bar;
	return pci->command & COMMAND_MEMORY && *offset < VIRTIO_BAR_SIZE;
}

bool pci_level(const struct pci *pci)
{
	return !(pci->command & COMMAND_QUIET) && virtio_level(pci->virtio);
}
