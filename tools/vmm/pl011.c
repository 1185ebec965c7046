// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a PL011 (Arm DDI 0183), as far as drivers use them.
 *
 * When a driver starts it enables interrupts, then throws away what is there,
 * and only then serves them. So that nothing of what was typed early is lost, a
 * byte is there only after the driver has seen the interrupt for it.
 */
#include <string.h>

#include "pl011.h"

#define DR		0x000
#define FR		0x018
#define IBRD		0x024
#define FBRD		0x028
#define LCR_H		0x02c
#define CR		0x030
#define IFLS		0x034
#define IMSC		0x038
#define RIS		0x03c
#define MIS		0x040
#define ICR		0x044
#define DMACR		0x048
#define PERIPH_ID	0xfe0
#define ID_END		0x1000

#define FR_RX_EMPTY	(1U << 4)
#define FR_RX_FULL	(1U << 6)
#define FR_TX_EMPTY	(1U << 7)

#define INT_RX		(1U << 4)
#define INT_TX		(1U << 5)
#define INT_RX_TIMEOUT	(1U << 6)
#define INT_ALL		0x7ffU

void pl011_init(struct pl011 *p)
{
	memset(p, 0, sizeof(*p));
	p->cr = 0x300;			/* both directions, but not on */
	p->ifls = 0x12;
}

/* What was sent has left, so there is room for more at once. */
static uint32_t raw_interrupts(const struct pl011 *p)
{
	return p->raised | (p->count ? INT_RX_TIMEOUT : 0) |
	       (p->count >= PL011_FIFO / 2 ? INT_RX : 0);
}

bool pl011_level(const struct pl011 *p)
{
	return raw_interrupts(p) & p->imsc;
}

static uint32_t take(struct pl011 *p)
{
	uint8_t byte;

	if (!p->count || !p->announced)
		return 0;
	byte = p->fifo[p->first];
	p->first = (p->first + 1) % PL011_FIFO;
	p->count--;
	p->announced = p->count;
	return byte;
}

unsigned int pl011_room(const struct pl011 *p)
{
	/* Drivers throw away what came before they listened. */
	return p->imsc & (INT_RX | INT_RX_TIMEOUT) ? PL011_FIFO - p->count : 0;
}

void pl011_receive(struct pl011 *p, uint8_t byte)
{
	if (p->count < PL011_FIFO)
		p->fifo[(p->first + p->count++) % PL011_FIFO] = byte;
}

uint32_t pl011_read(struct pl011 *p, uint64_t offset)
{
	/* PL011 of revision 1, and the mark of a PrimeCell. */
	static const uint8_t id[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	if ((offset == RIS || offset == MIS) && p->count)
		p->announced = true;
	switch (offset) {
	case DR:
		return take(p);
	case FR:
		return FR_TX_EMPTY | (p->announced ? 0 : FR_RX_EMPTY) |
		       (p->count == PL011_FIFO ? FR_RX_FULL : 0);
	case IBRD:
		return p->ibrd;
	case FBRD:
		return p->fbrd;
	case LCR_H:
		return p->lcr;
	case CR:
		return p->cr;
	case IFLS:
		return p->ifls;
	case IMSC:
		return p->imsc;
	case RIS:
		return raw_interrupts(p);
	case MIS:
		return raw_interrupts(p) & p->imsc;
	case DMACR:
		return p->dmacr;
	}
	return offset >= PERIPH_ID && offset < ID_END && offset % 4 == 0 ?
		id[(offset - PERIPH_ID) / 4] : 0;
}

int pl011_write(struct pl011 *p, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case DR:
		p->raised |= INT_TX;
		return value & 0xff;
	case IBRD:
		p->ibrd = value & 0xffff;
		break;
	case FBRD:
		p->fbrd = value & 0x3f;
		break;
	case LCR_H:
		p->lcr = value & 0xff;
		break;
	case CR:
		p->cr = value & 0xffff;
		break;
	case IFLS:
		p->ifls = value & 0x3f;
		break;
	case IMSC:
		p->imsc = value & INT_ALL;
		break;
	case ICR:
		p->raised &= ~value;
		break;
	case DMACR:
		p->dmacr = value & 0x7;
		break;
	}
	return -1;
}
