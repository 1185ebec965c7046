/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two files of the GIC share: gic.c has the states, gic_registers.c
 * what a guest sees of them.
 */
#ifndef VMM_GIC_STATE_H
#define VMM_GIC_STATE_H

#include "gic.h"

#define SGIS		16
#define OWN_IRQS	32

struct irq {
	bool enabled;
	bool edge;
	bool level;			/* of its line */
	bool latched;			/* pending without a line: an edge, or a register */
	bool active;
	bool group1;			/* read back only: all of them are */
	bool listed;			/* in a list register of a CPU that is inside */
	bool offered;			/* as pending there */
	uint8_t priority;
	uint16_t holder;		/* CPU + 1 that has it listed, or active; 0: none */
	uint16_t route;			/* shared: the CPU that is to have it */
	uint64_t router;		/* shared: GICD_IROUTER */
};

struct gic_cpu {
	struct irq own[OWN_IRQS];
	uint32_t waker;
	unsigned int lists;		/* in use since the last gic_fill() */
	uint16_t listed[GIC_LRS_MAX];
};

struct gic {
	unsigned int cpus;
	bool forwards;			/* GICD_CTLR: group 1 is enabled */
	void (*wake)(void *context, unsigned int cpu);
	void *context;
	struct irq shared[GIC_SPIS];
	struct gic_cpu cpu[];
};

/* NULL: there is none. */
struct irq *gic_irq(struct gic *gic, unsigned int cpu, unsigned int intid);
void gic_changed(struct gic *gic, unsigned int cpu, unsigned int intid);

#endif
