// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration of a virtio console as a PCI function: one BAR, the pin of
 * INTA, and where the parts of virtio are in the BAR.
 */
#include <string.h>

#include "pci.h"
#include "virtio.h"

#define FUNCTION	(1 << 15)	/* bus 0, device 1, function 0 */
#define FUNCTION_SIZE	4096

#define COMMAND		0x04
#define BAR0		0x10
#define CAPABILITIES	0x34
#define LINE		0x3c

#define COMMAND_MEMORY	(1U << 1)
#define COMMAND_QUIET	(1U << 10)
#define COMMAND_BITS	0x0547U

#define VENDOR_VIRTIO	0x1af4
#define DEVICE_CONSOLE	0x1043
#define STATUS_CAPS	0x10
#define CLASS_OTHER	0x078000
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

static void put(uint8_t *image, unsigned int at, uint32_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		image[at++] = value;
}

static void make_image(const struct pci *pci, uint8_t image[256])
{
	memset(image, 0, 256);
	put(image, 0x00, VENDOR_VIRTIO, 2);
	put(image, 0x02, DEVICE_CONSOLE, 2);
	put(image, COMMAND, pci->command, 2);
	put(image, 0x06, STATUS_CAPS, 2);
	put(image, 0x08, REVISION, 1);
	put(image, 0x09, CLASS_OTHER, 3);
	put(image, BAR0, pci->bar, 4);
	put(image, 0x2c, VENDOR_VIRTIO, 2);
	put(image, 0x2e, DEVICE_CONSOLE, 2);
	put(image, CAPABILITIES, capabilities[0].at, 1);
	put(image, LINE, pci->line, 1);
	put(image, LINE + 1, PIN_A, 1);
	for (unsigned int i = 0; i < CAPABILITIES_COUNT; i++) {
		unsigned int at = capabilities[i].at;

		put(image, at, CAP_VENDOR, 1);
		put(image, at + 1, i + 1 < CAPABILITIES_COUNT ? capabilities[i + 1].at : 0, 1);
		put(image, at + 2, capabilities[i].length, 1);
		put(image, at + 3, capabilities[i].kind, 1);
		put(image, at + 8, capabilities[i].offset, 4);
		put(image, at + 12, capabilities[i].size, 4);
		if (capabilities[i].length > 16)
			put(image, at + 16, VIRTIO_NOTIFY_STEP, 4);
	}
}

uint64_t pci_config_read(const struct pci *pci, uint64_t offset, unsigned int bytes)
{
	uint8_t image[256];
	uint64_t value = 0;

	if (offset - FUNCTION >= FUNCTION_SIZE)
		return bytes == 8 ? UINT64_MAX : (1ULL << 8 * bytes) - 1;
	offset -= FUNCTION;
	if (offset % bytes || offset >= sizeof(image))
		return 0;
	make_image(pci, image);
	for (unsigned int i = bytes; i; i--)
		value = value << 8 | image[offset + i - 1];
	return value;
}

void pci_config_write(struct pci *pci, uint64_t offset, unsigned int bytes, uint64_t value)
{
	switch (offset - FUNCTION) {
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

bool pci_interrupts(const struct pci *pci)
{
	return !(pci->command & COMMAND_QUIET);
}
