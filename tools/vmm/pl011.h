/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PL011 UART that sends at once. No I/O: bytes come and go by its functions.
 */
#ifndef VMM_PL011_H
#define VMM_PL011_H

#include <stdbool.h>
#include <stdint.h>

#define PL011_FIFO	32

struct pl011 {
	uint8_t fifo[PL011_FIFO];	/* received, not read yet */
	unsigned int first, count;
	bool announced;			/* the driver was told that there is something */
	uint32_t raised;		/* interrupts that stay until they are cleared */
	uint32_t imsc, cr, lcr, ibrd, fbrd, ifls, dmacr;
};

void pl011_init(struct pl011 *p);
uint32_t pl011_read(struct pl011 *p, uint64_t offset);
/* The byte that is to be sent, or -1. */
int pl011_write(struct pl011 *p, uint64_t offset, uint32_t value);

/* Is its interrupt line high? */
bool pl011_level(const struct pl011 *p);

/* How many bytes it can take, none before somebody listens; one too many is lost. */
unsigned int pl011_room(const struct pl011 *p);
void pl011_receive(struct pl011 *p, uint8_t byte);

#endif
