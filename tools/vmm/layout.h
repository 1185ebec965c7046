/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a Linux guest finds what: addresses and interrupts of its board. All of
 * it is part of the device tree, which is measured.
 */
#ifndef VMM_LAYOUT_H
#define VMM_LAYOUT_H

/* One for each redistributor, below RAM. */
#define VMM_CPUS_MAX		512

#define VMM_GICD_BASE		0x08000000ULL
#define VMM_GICD_SIZE		0x00010000ULL
#define VMM_UART_BASE		0x09000000ULL
#define VMM_UART_SIZE		0x00001000ULL
#define VMM_ECAM_BASE		0x0b000000ULL	/* one bus */
#define VMM_ECAM_SIZE		0x00100000ULL
#define VMM_PCI_BASE		0x0c000000ULL	/* for BARs */
#define VMM_PCI_SIZE		0x01000000ULL
#define VMM_GICR_BASE		0x10000000ULL
#define VMM_GICR_STRIDE		0x00020000ULL
#define VMM_GICR_SHIFT		17

/* Interrupts by INTID: 16 to 31 are a CPU's own, 32 and up are shared. */
#define VMM_PPI_FIRST		16
#define VMM_PPI_HYP_TIMER	26
#define VMM_PPI_VIRTUAL_TIMER	27
#define VMM_PPI_SECURE_TIMER	29
#define VMM_PPI_PHYSICAL_TIMER	30
#define VMM_SPI_FIRST		32
#define VMM_SPI_UART		33
#define VMM_SPI_PCI		34	/* and those behind it: device % 4 */
#define VMM_PCI_LINES		4

/* Of the REC with that index, and back: 16 in a cluster (RMI, REC_CREATE). */
#define VMM_MPIDR(cpu)		(((cpu) & 0xfULL) | ((cpu) >> 4 & 0xffULL) << 8)
#define VMM_MPIDR_CPU(mpidr)	(((mpidr) & 0xf) | ((mpidr) >> 8 & 0xff) << 4)

#endif
