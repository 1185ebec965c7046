/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The board: which device answers at which address, and whose interrupt goes
 * where. No I/O and no threads; the caller has a lock around all of it.
 */
#ifndef VMM_BOARD_H
#define VMM_BOARD_H

#include "gic.h"
#include "pl011.h"

enum board_device {
	BOARD_NOTHING,
	BOARD_GICD,
	BOARD_GICR,
	BOARD_UART,
	BOARD_DEVICES,
};

struct board {
	struct gic *gic;
	unsigned int cpus;
	struct pl011 uart;
	uint64_t accesses[BOARD_DEVICES];
};

struct board_access {
	uint64_t address;
	uint64_t data;			/* to write, or what was read */
	unsigned int bytes;		/* 1, 2, 4, 8 */
	bool is_write;
	int sent;			/* the byte that the UART sent, or -1 */
};

bool board_init(struct board *board, unsigned int cpus,
		void (*wake)(void *context, unsigned int cpu), void *context);
void board_free(struct board *board);

/* False: nothing is there. */
bool board_access(struct board *board, struct board_access *access);

/* The UART gets as many of the bytes as it has room for: how many. */
unsigned int board_receive(struct board *board, const uint8_t *bytes, unsigned int count);

/* "gicd": static. */
const char *board_device_name(enum board_device device);

#endif
