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
#include "virtio_console.h"

enum board_device {
	BOARD_NOTHING,
	BOARD_GICD,
	BOARD_GICR,
	BOARD_UART,
	BOARD_PCI,
	BOARD_VIRTIO,			/* the console */
	BOARD_DISK,
	BOARD_NET,
	BOARD_DEVICES,
};

/* On the PCI bus, from device 1 on: the console, and what is attached. */
#define BOARD_SLOTS_MAX	32

struct board_slot {
	struct pci pci;
	enum board_device device;
};

struct board {
	struct gic *gic;
	unsigned int cpus;
	struct pl011 uart;
	struct board_slot slot[BOARD_SLOTS_MAX];
	unsigned int slots;
	struct virtio_console console;
	bool virtio_spoke;		/* last, not the UART: so it hears, too */
	struct lent lent;
	uint64_t alias;			/* see the options */
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

/*
 * One more on the bus: it stays the caller's, who has made it with the board's
 * memory. Before the guest runs. False: the bus is full.
 */
bool board_attach(struct board *board, struct virtio *virtio, enum board_device device);

/* A device did something by itself: tell the GIC of its line. */
void board_update(struct board *board);

/* False: nothing is there. */
bool board_access(struct board *board, struct board_access *access);

/* The guest gets as many of the bytes as it has room for: how many. */
size_t board_receive(struct board *board, const uint8_t *bytes, size_t count);
bool board_has_room(const struct board *board);

void board_resize(struct board *board, uint16_t columns, uint16_t rows);

/* "gicd": static. */
const char *board_device_name(enum board_device device);

#endif
