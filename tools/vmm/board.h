/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The board: which device answers at which address, and whose interrupt goes
 * where. No I/O and no threads; the caller has a lock around all of it.
 */
#ifndef VMM_BOARD_H
#define VMM_BOARD_H

#include "gic.h"
#include "pci.h"
#include "pl011.h"
#include "virtio.h"

enum board_device {
	BOARD_NOTHING,
	BOARD_GICD,
	BOARD_GICR,
	BOARD_UART,
	BOARD_PCI,
	BOARD_VIRTIO,
	BOARD_DEVICES,
};

struct board {
	struct gic *gic;
	unsigned int cpus;
	struct pl011 uart;
	struct pci pci;
	struct virtio virtio;
	bool virtio_spoke;		/* last, not the UART: so it hears, too */
	struct lent lent;
	struct output out;		/* what was sent, and is to be written */
	uint64_t accesses[BOARD_DEVICES];
};

struct board_access {
	uint64_t address;
	uint64_t data;			/* to write, or what was read */
	unsigned int bytes;		/* 1, 2, 4, 8 */
	bool is_write;
};

struct board_options {
	unsigned int cpus;
	uint64_t base, memory;		/* RAM */
	uint64_t alias;			/* the bit that makes an address unprotected */
	void (*wake)(void *context, unsigned int cpu);	/* see gic_new() */
	void *context;
};

/* False: there is no memory; board_free() it all the same. */
bool board_init(struct board *board, const struct board_options *options);
void board_free(struct board *board);

/* False: nothing is there. */
bool board_access(struct board *board, struct board_access *access);

/* The guest gets as many of the bytes as it has room for: how many. */
size_t board_receive(struct board *board, const uint8_t *bytes, size_t count);
bool board_has_room(const struct board *board);

void board_resize(struct board *board, uint16_t columns, uint16_t rows);

/* "gicd": static. */
const char *board_device_name(enum board_device device);

#endif
