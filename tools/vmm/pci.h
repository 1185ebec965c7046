/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI bus with one function, device 1, and its configuration space (ECAM).
 */
#ifndef VMM_PCI_H
#define VMM_PCI_H

#include <stdbool.h>
#include <stdint.h>

struct pci {
	uint16_t command;
	uint32_t bar;			/* an address, aligned to its size */
	uint8_t line;			/* software's own */
};

uint64_t pci_config_read(const struct pci *pci, uint64_t offset, unsigned int bytes);
void pci_config_write(struct pci *pci, uint64_t offset, unsigned int bytes, uint64_t value);

/* Is the address in the function's BAR? */
bool pci_decodes(const struct pci *pci, uint64_t address, uint64_t *offset);
/* May it raise its interrupt? */
bool pci_interrupts(const struct pci *pci);

#endif
