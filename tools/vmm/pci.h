/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio device as a PCI function, and its configuration space.
 */
#ifndef VMM_PCI_H
#define VMM_PCI_H

#include "virtio.h"

#define PCI_FUNCTION_SIZE	0x1000ULL	/* of a bus's configuration space */
#define PCI_DEVICE_SIZE		0x8000ULL	/* eight functions */

struct pci {
	struct virtio *virtio;
	uint16_t command;
	uint32_t bar;			/* an address, aligned to its size */
	uint8_t line;			/* software's own */
};

uint64_t pci_config_read(const struct pci *pci, uint64_t offset, unsigned int bytes);
void pci_config_write(struct pci *pci, uint64_t offset, unsigned int bytes, uint64_t value);

/* Is the address in the function's BAR? */
bool pci_decodes(const struct pci *pci, uint64_t address, uint64_t *offset);

/* Is its interrupt pin asserted? */
bool pci_level(const struct pci *pci);

#endif
