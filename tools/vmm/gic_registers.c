// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of the GIC as a guest sees them. Distributor and redistributors
 * have the same banks, a bit or a byte for each interrupt; a CPU's own are in
 * its redistributor only.
 *
 * Any address and any width may come: what is not there reads as zero and
 * ignores writes. There is one security state.
 */
#include <stddef.h>

#include "gic_state.h"
#include "layout.h"

#define GICD_CTLR		0x0000
#define GICD_TYPER		0x0004
#define GICD_IIDR		0x0008
#define GICD_IROUTER		0x6000
#define GIC_PIDR2		0xffe8

#define GICR_IIDR		0x0004
#define GICR_TYPER		0x0008
#define GICR_WAKER		0x0014
#define GICR_SGI_FRAME		0x10000

#define GIC_IGROUPR		0x080
#define GIC_ISENABLER		0x100
#define GIC_ICENABLER		0x180
#define GIC_ISPENDR		0x200
#define GIC_ICPENDR		0x280
#define GIC_ISACTIVER		0x300
#define GIC_ICACTIVER		0x380
#define GIC_IPRIORITYR		0x400
#define GIC_IPRIORITYR_END	0x800
#define GIC_ICFGR		0xc00
#define GIC_ICFGR_END		0xd00

#define CTLR_GROUP1		(1U << 1)
#define CTLR_ARE		(1U << 4)
#define CTLR_ONE_STATE		(1U << 6)	/* DS */
/* 10 bits of INTID, and how many there are, in blocks of 32. */
#define TYPER			(9U << 19 | ((OWN_IRQS + GIC_SPIS) / 32 - 1))
#define IIDR			0x43bU		/* Arm */
#define PIDR2_GICV3		0x30U
#define TYPER_LAST		(1ULL << 4)
#define WAKER_SLEEP		(1U << 1)
#define WAKER_ASLEEP		(1U << 2)
#define IROUTER_ANY		(1ULL << 31)
#define IROUTER_BITS		0xff80ffffffULL

/* ------------------------------------------------ a bank: by bits, bytes, pairs */

static bool get_bit(const struct irq *irq, unsigned int bank)
{
	switch (bank) {
	case GIC_IGROUPR:
		return irq->group1;
	case GIC_ISENABLER:
	case GIC_ICENABLER:
		return irq->enabled;
	case GIC_ISPENDR:
	case GIC_ICPENDR:
		return irq->latched || (!irq->edge && irq->level);
	case GIC_ISACTIVER:
	case GIC_ICACTIVER:
		return irq->active;
	}
	return false;
}

/* A register that sets or clears has no business with bits that are zero. */
static void set_bit(struct irq *irq, unsigned int bank, bool bit)
{
	switch (bank) {
	case GIC_IGROUPR:
		irq->group1 = bit;
		break;
	case GIC_ISENABLER:
		irq->enabled |= bit;
		break;
	case GIC_ICENABLER:
		irq->enabled &= !bit;
		break;
	case GIC_ISPENDR:
		irq->latched |= bit;
		break;
	case GIC_ICPENDR:
		irq->latched &= !bit;
		break;
	case GIC_ISACTIVER:
		/* Which CPU is handling it is not known. */
		break;
	case GIC_ICACTIVER:
		/* That of a CPU that is inside is its own. */
		if (bit && irq->active && !irq->listed) {
			irq->active = false;
			irq->holder = 0;
		}
		break;
	}
}

static uint32_t read_bits(struct gic *gic, unsigned int cpu, unsigned int bank,
			  unsigned int first)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < 32; i++) {
		const struct irq *irq = gic_irq(gic, cpu, first + i);

		if (irq && get_bit(irq, bank))
			value |= 1U << i;
	}
	return value;
}

static void write_bits(struct gic *gic, unsigned int cpu, unsigned int bank,
		       unsigned int first, uint32_t value)
{
	for (unsigned int i = 0; i < 32; i++) {
		struct irq *irq = gic_irq(gic, cpu, first + i);

		if (!irq || (bank != GIC_IGROUPR && !(value >> i & 1)))
			continue;
		set_bit(irq, bank, value >> i & 1);
		gic_changed(gic, cpu, first + i);
	}
}

static uint32_t read_priorities(struct gic *gic, unsigned int cpu, unsigned int first)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < 4; i++) {
		const struct irq *irq = gic_irq(gic, cpu, first + i);

		value |= irq ? (uint32_t)irq->priority << (8 * i) : 0;
	}
	return value;
}

/* 32 levels, as list registers have on most machines. */
static void write_priority(struct gic *gic, unsigned int cpu, unsigned int intid, uint8_t value)
{
	struct irq *irq = gic_irq(gic, cpu, intid);

	if (irq)
		irq->priority = value & 0xf8;
}

static uint32_t read_config(struct gic *gic, unsigned int cpu, unsigned int first)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < 16; i++) {
		const struct irq *irq = gic_irq(gic, cpu, first + i);

		if (irq && irq->edge)
			value |= 2U << (2 * i);
	}
	return value;
}

/* Software's interrupts are edges. */
static void write_config(struct gic *gic, unsigned int cpu, unsigned int first, uint32_t value)
{
	for (unsigned int i = 0; i < 16; i++) {
		struct irq *irq = gic_irq(gic, cpu, first + i);

		if (!irq || first + i < SGIS)
			continue;
		irq->edge = value >> (2 * i) & 2;
		/* A line that is high is pending, if it is a level. */
		gic_changed(gic, cpu, first + i);
	}
}

/* `own`: the bank of a redistributor, which has the first of each only. */
static bool is_there(unsigned int intid, bool own)
{
	return own == (intid < OWN_IRQS);
}

static uint32_t bank_read(struct gic *gic, unsigned int cpu, bool own, unsigned int offset)
{
	unsigned int bank = offset & ~0x7fU;
	unsigned int first = (offset & 0x7c) * 8;

	if (offset >= GIC_IPRIORITYR && offset < GIC_IPRIORITYR_END) {
		first = offset - GIC_IPRIORITYR;
		return is_there(first, own) ? read_priorities(gic, cpu, first) : 0;
	}
	if (offset >= GIC_ICFGR && offset < GIC_ICFGR_END) {
		first = (offset - GIC_ICFGR) * 4;
		return is_there(first, own) ? read_config(gic, cpu, first) : 0;
	}
	if (bank < GIC_IGROUPR || bank > GIC_ICACTIVER || !is_there(first, own))
		return 0;
	return read_bits(gic, cpu, bank, first);
}

static void bank_write(struct gic *gic, unsigned int cpu, bool own, unsigned int offset,
		       uint32_t value)
{
	unsigned int bank = offset & ~0x7fU;
	unsigned int first = (offset & 0x7c) * 8;

	if (offset >= GIC_IPRIORITYR && offset < GIC_IPRIORITYR_END) {
		first = offset - GIC_IPRIORITYR;
		for (unsigned int i = 0; i < 4 && is_there(first, own); i++)
			write_priority(gic, cpu, first + i, value >> (8 * i));
	} else if (offset >= GIC_ICFGR && offset < GIC_ICFGR_END) {
		first = (offset - GIC_ICFGR) * 4;
		if (is_there(first, own))
			write_config(gic, cpu, first, value);
	} else if (bank >= GIC_IGROUPR && bank <= GIC_ICACTIVER && is_there(first, own)) {
		write_bits(gic, cpu, bank, first, value);
	}
}

/* ------------------------------------------------------------------ distributor */

static struct irq *routed(struct gic *gic, uint64_t offset, unsigned int *intid)
{
	*intid = (offset - GICD_IROUTER) / 8;
	return offset >= GICD_IROUTER && *intid >= OWN_IRQS && offset < GIC_PIDR2 ?
		gic_irq(gic, 0, *intid) : NULL;
}

/* Any CPU is the first one. None, if there is no such CPU. */
static void set_route(struct gic *gic, unsigned int intid, uint64_t router)
{
	struct irq *irq = gic_irq(gic, 0, intid);

	irq->router = router & IROUTER_BITS;
	irq->route = gic->cpus;
	if (irq->router & IROUTER_ANY)
		irq->route = 0;
	else if (!(irq->router & ~0xff0fULL) && VMM_MPIDR_CPU(router) < gic->cpus)
		irq->route = VMM_MPIDR_CPU(router);
	gic_changed(gic, 0, intid);
}

static uint32_t gicd_read32(struct gic *gic, uint64_t offset)
{
	unsigned int intid;
	const struct irq *irq = routed(gic, offset, &intid);

	if (irq)
		return irq->router >> (offset & 4 ? 32 : 0);
	switch (offset) {
	case GICD_CTLR:
		return CTLR_ONE_STATE | CTLR_ARE | (gic->forwards ? CTLR_GROUP1 : 0);
	case GICD_TYPER:
		return TYPER;
	case GICD_IIDR:
		return IIDR;
	case GIC_PIDR2:
		return PIDR2_GICV3;
	}
	return offset < GIC_ICFGR_END ? bank_read(gic, 0, false, offset) : 0;
}

static void set_forwards(struct gic *gic, bool forwards)
{
	if (gic->forwards == forwards)
		return;
	gic->forwards = forwards;
	for (unsigned int cpu = 0; cpu < gic->cpus; cpu++)
		gic->wake(gic->context, cpu);
}

static void gicd_write32(struct gic *gic, uint64_t offset, uint32_t value)
{
	unsigned int intid;
	const struct irq *irq = routed(gic, offset, &intid);

	if (irq && offset & 4)
		set_route(gic, intid, (uint64_t)value << 32 | (uint32_t)irq->router);
	else if (irq)
		set_route(gic, intid, (irq->router >> 32 << 32) | value);
	else if (offset == GICD_CTLR)
		set_forwards(gic, value & CTLR_GROUP1);
	else if (offset < GIC_ICFGR_END)
		bank_write(gic, 0, false, offset, value);
}

/* --------------------------------------------------------------- redistributors */

static uint32_t gicr_read32(struct gic *gic, uint64_t offset)
{
	unsigned int cpu = offset >> VMM_GICR_SHIFT;
	uint64_t typer;

	if (cpu >= gic->cpus)
		return 0;
	offset &= VMM_GICR_STRIDE - 1;
	typer = VMM_MPIDR(cpu) << 32 | cpu << 8 | (cpu == gic->cpus - 1 ? TYPER_LAST : 0);
	switch (offset) {
	case GICR_IIDR:
		return IIDR;
	case GICR_TYPER:
		return typer;
	case GICR_TYPER + 4:
		return typer >> 32;
	case GICR_WAKER:
		return gic->cpu[cpu].waker;
	case GIC_PIDR2:
		return PIDR2_GICV3;
	}
	if (offset < GICR_SGI_FRAME || offset >= GICR_SGI_FRAME + GIC_ICFGR_END)
		return 0;
	return bank_read(gic, cpu, true, offset - GICR_SGI_FRAME);
}

static void gicr_write32(struct gic *gic, uint64_t offset, uint32_t value)
{
	unsigned int cpu = offset >> VMM_GICR_SHIFT;

	if (cpu >= gic->cpus)
		return;
	offset &= VMM_GICR_STRIDE - 1;
	if (offset == GICR_WAKER)
		gic->cpu[cpu].waker = value & WAKER_SLEEP ? WAKER_SLEEP | WAKER_ASLEEP : 0;
	else if (offset >= GICR_SGI_FRAME && offset < GICR_SGI_FRAME + GIC_ICFGR_END)
		bank_write(gic, cpu, true, offset - GICR_SGI_FRAME, value);
}

/* ----------------------------------------------------------------- any width */

typedef uint32_t (*read32_t)(struct gic *gic, uint64_t offset);
typedef void (*write32_t)(struct gic *gic, uint64_t offset, uint32_t value);

static uint64_t read_any(struct gic *gic, uint64_t offset, unsigned int bytes, read32_t read32)
{
	uint64_t value;

	if (offset % bytes)
		return 0;
	value = read32(gic, offset & ~3ULL);
	if (bytes == 8)
		return value | (uint64_t)read32(gic, offset + 4) << 32;
	value >>= offset % 4 * 8;
	return bytes == 4 ? value : value & ((1ULL << 8 * bytes) - 1);
}

/* Of a word only priorities may be written in parts. */
static void write_any(struct gic *gic, uint64_t offset, unsigned int bytes, uint64_t value,
		      write32_t write32)
{
	if (offset % bytes || bytes < 4)
		return;
	write32(gic, offset, value);
	if (bytes == 8)
		write32(gic, offset + 4, value >> 32);
}

static void write_bytes(struct gic *gic, unsigned int cpu, bool own, uint64_t offset,
			unsigned int bytes, uint64_t value)
{
	if (offset % bytes || offset < GIC_IPRIORITYR || offset >= GIC_IPRIORITYR_END)
		return;
	for (unsigned int i = 0; i < bytes; i++)
		if (is_there(offset + i - GIC_IPRIORITYR, own))
			write_priority(gic, cpu, offset + i - GIC_IPRIORITYR, value >> (8 * i));
}

uint64_t gicd_read(struct gic *gic, uint64_t offset, unsigned int bytes)
{
	return read_any(gic, offset, bytes, gicd_read32);
}

void gicd_write(struct gic *gic, uint64_t offset, unsigned int bytes, uint64_t value)
{
	if (bytes < 4)
		write_bytes(gic, 0, false, offset, bytes, value);
	else
		write_any(gic, offset, bytes, value, gicd_write32);
}

uint64_t gicr_read(struct gic *gic, uint64_t offset, unsigned int bytes)
{
	return read_any(gic, offset, bytes, gicr_read32);
}

void gicr_write(struct gic *gic, uint64_t offset, unsigned int bytes, uint64_t value)
{
	unsigned int cpu = offset >> VMM_GICR_SHIFT;
	uint64_t frame = offset & (VMM_GICR_STRIDE - 1);

	if (bytes >= 4)
		write_any(gic, offset, bytes, value, gicr_write32);
	else if (cpu < gic->cpus && frame >= GICR_SGI_FRAME)
		write_bytes(gic, cpu, true, frame - GICR_SGI_FRAME, bytes, value);
}
