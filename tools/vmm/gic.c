// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of a guest: their states, and how they come to a CPU by its list
 * registers.
 *
 * An interrupt that is active stays in the list registers of the CPU that took
 * it, or its end would not be noticed. A level that is high comes again when
 * its handler is done: the list register asks to be told of that (EOI).
 */
#include <stdlib.h>
#include <string.h>

#include "gic_state.h"
#include "layout.h"

#define LR_PENDING	(1ULL << 62)
#define LR_ACTIVE	(1ULL << 63)
#define LR_GROUP1	(1ULL << 60)
#define LR_PRIORITY(p)	((uint64_t)(p) << 48)
#define LR_EOI		(1ULL << 41)

/* Tell when at most one list register is in use. */
#define HCR_UIE		(1U << 1)

#define SGI_INTID(v)	((v) >> 24 & 0xf)
#define SGI_ALL(v)	((v) >> 40 & 1)
#define SGI_RANGE(v)	((v) >> 44 & 0xf)
#define SGI_CLUSTER(v)	(((v) >> 16 & 0xff) | ((v) >> 32 & 0xff) << 8 | \
			 ((v) >> 48 & 0xff) << 16)

struct gic *gic_new(unsigned int cpus, void (*wake)(void *context, unsigned int cpu),
		    void *context)
{
	struct gic *gic = calloc(1, sizeof(*gic) + cpus * sizeof(gic->cpu[0]));

	if (!gic)
		return NULL;
	gic->cpus = cpus;
	gic->wake = wake;
	gic->context = context;
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		for (unsigned int i = 0; i < SGIS; i++)
			gic->cpu[cpu].own[i].edge = true;
	return gic;
}

void gic_free(struct gic *gic)
{
	free(gic);
}

struct irq *gic_irq(struct gic *gic, unsigned int cpu, unsigned int intid)
{
	if (intid < OWN_IRQS)
		return cpu < gic->cpus ? &gic->cpu[cpu].own[intid] : NULL;
	return intid < OWN_IRQS + GIC_SPIS ? &gic->shared[intid - OWN_IRQS] : NULL;
}

static bool is_pending(const struct irq *irq)
{
	return irq->latched || (!irq->edge && irq->level);
}

/* Which CPU is to have it, or has it. */
static unsigned int target(const struct irq *irq, unsigned int cpu, unsigned int intid)
{
	if (irq->holder)
		return irq->holder - 1;
	return intid < OWN_IRQS ? cpu : irq->route;
}

/* It changed: whoever is to have it, or may not have it any longer, looks again. */
void gic_changed(struct gic *gic, unsigned int cpu, unsigned int intid)
{
	const struct irq *irq = gic_irq(gic, cpu, intid);
	unsigned int to = target(irq, cpu, intid);

	if (to >= gic->cpus)
		return;
	/* The end of a level that is being handled is told anyway. */
	if (irq->holder ? irq->edge || !irq->active :
			  irq->enabled && is_pending(irq) && gic->forwards)
		gic->wake(gic->context, to);
}

void gic_set_level(struct gic *gic, unsigned int cpu, unsigned int intid, bool level)
{
	struct irq *irq = gic_irq(gic, cpu, intid);

	if (!irq || irq->level == level)
		return;
	irq->level = level;
	if (irq->edge && level)
		irq->latched = true;
	/* One that falls again is seen at the next exit. */
	if (level)
		gic_changed(gic, cpu, intid);
}

static void pend_sgi(struct gic *gic, unsigned int cpu, unsigned int intid)
{
	struct irq *irq = gic_irq(gic, cpu, intid);

	if (!irq)
		return;
	irq->latched = true;
	gic_changed(gic, cpu, intid);
}

void gic_send_sgi(struct gic *gic, unsigned int cpu, uint64_t value)
{
	uint64_t first = SGI_CLUSTER(value) << 4;

	if (SGI_ALL(value)) {
		for (unsigned int i = 0; i < gic->cpus; i++)
			if (i != cpu)
				pend_sgi(gic, i, SGI_INTID(value));
		return;
	}
	/* There are 16 CPUs in a cluster, and so one range. */
	if (SGI_RANGE(value) || first >= gic->cpus)
		return;
	for (unsigned int i = 0; i < 16; i++)
		if (value >> i & 1)
			pend_sgi(gic, first + i, SGI_INTID(value));
}

/* -------------------------------------------------------------- list registers */

/* Whether this CPU's list registers are the place for it now. */
static bool is_due(const struct gic *gic, const struct irq *irq, unsigned int cpu,
		   unsigned int intid)
{
	if (target(irq, cpu, intid) != cpu)
		return false;
	return irq->active || (gic->forwards && irq->enabled && is_pending(irq));
}

/* What is active first, then by priority: the lower number goes first. */
static unsigned int rank(const struct irq *irq)
{
	return irq->active ? 0 : 1U + irq->priority;
}

static uint64_t to_lr(struct irq *irq, unsigned int cpu, unsigned int intid)
{
	uint64_t lr = intid | LR_GROUP1 | LR_PRIORITY(irq->priority);

	irq->listed = true;
	irq->offered = false;
	if (irq->active)
		lr |= LR_ACTIVE;
	/* While its handler runs a level is not news. */
	if (irq->edge ? irq->latched : !irq->active && is_pending(irq)) {
		lr |= LR_PENDING;
		irq->offered = true;
		if (irq->edge)
			irq->latched = false;
	}
	if (!irq->edge)
		lr |= LR_EOI;
	irq->holder = cpu + 1;
	return lr;
}

/* Keep the `count` best of what is due, best first. */
static unsigned int insert(struct gic *gic, unsigned int cpu, unsigned int intid,
			   uint16_t *best, unsigned int used, unsigned int count)
{
	unsigned int at = used, mine = rank(gic_irq(gic, cpu, intid));

	while (at && rank(gic_irq(gic, cpu, best[at - 1])) > mine)
		at--;
	if (at == count)
		return used;
	if (used < count)
		used++;
	memmove(&best[at + 1], &best[at], (used - 1 - at) * sizeof(*best));
	best[at] = intid;
	return used;
}

uint32_t gic_fill(struct gic *gic, unsigned int cpu, uint64_t *lrs, unsigned int count)
{
	struct gic_cpu *c = &gic->cpu[cpu];
	unsigned int due = 0, used = 0;

	memset(lrs, 0, GIC_LRS_MAX * sizeof(*lrs));
	if (count > GIC_LRS_MAX)
		count = GIC_LRS_MAX;
	for (unsigned int intid = 0; intid < OWN_IRQS + GIC_SPIS; intid++) {
		if (!is_due(gic, gic_irq(gic, cpu, intid), cpu, intid))
			continue;
		due++;
		used = insert(gic, cpu, intid, c->listed, used, count);
	}
	for (unsigned int i = 0; i < used; i++)
		lrs[i] = to_lr(gic_irq(gic, cpu, c->listed[i]), cpu, c->listed[i]);
	c->lists = used;
	return due > used ? HCR_UIE : 0;
}

void gic_take(struct gic *gic, unsigned int cpu, const uint64_t *lrs)
{
	struct gic_cpu *c = &gic->cpu[cpu];

	for (unsigned int i = 0; i < c->lists; i++) {
		struct irq *irq = gic_irq(gic, cpu, c->listed[i]);

		if (lrs[i] & LR_PENDING)
			irq->latched |= irq->edge && irq->offered;
		else if (irq->offered && !irq->edge)
			irq->latched = false;
		irq->listed = false;
		irq->active = lrs[i] & LR_ACTIVE;
		irq->holder = irq->active ? cpu + 1 : 0;
		/* It may be another's by now. */
		if (!irq->holder && target(irq, cpu, c->listed[i]) != cpu)
			gic_changed(gic, cpu, c->listed[i]);
	}
	c->lists = 0;
}
