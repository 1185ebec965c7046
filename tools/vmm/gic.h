/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GICv3 without LPIs: distributor, redistributors, and what goes into the list
 * registers of a CPU. Knows nothing of realms, and does no I/O.
 *
 * Whoever runs CPU n calls gic_fill() before and gic_take() after each entry;
 * in between the interrupts in its list registers are that CPU's. All calls are
 * made under one lock, which is the caller's.
 */
#ifndef VMM_GIC_H
#define VMM_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define GIC_SPIS	32
#define GIC_LRS_MAX	16

struct gic;

/* `wake`: that CPU has list registers that are to change. It may not call back. */
struct gic *gic_new(unsigned int cpus, void (*wake)(void *context, unsigned int cpu),
		    void *context);
void gic_free(struct gic *gic);

/* Registers: offset in the distributor, or in all redistributors together. */
uint64_t gicd_read(struct gic *gic, uint64_t offset, unsigned int bytes);
void gicd_write(struct gic *gic, uint64_t offset, unsigned int bytes, uint64_t value);
uint64_t gicr_read(struct gic *gic, uint64_t offset, unsigned int bytes);
void gicr_write(struct gic *gic, uint64_t offset, unsigned int bytes, uint64_t value);

/* A line of a device, or of a CPU's own timers (intid below 32). */
void gic_set_level(struct gic *gic, unsigned int cpu, unsigned int intid, bool level);

/* What CPU `cpu` wrote to ICC_SGI1R_EL1. */
void gic_send_sgi(struct gic *gic, unsigned int cpu, uint64_t value);

/*
 * The `count` list registers for the next entry; the others of GIC_LRS_MAX are
 * cleared. Returns what ICH_HCR_EL2 must ask for: not zero if not all fitted.
 */
uint32_t gic_fill(struct gic *gic, unsigned int cpu, uint64_t *lrs, unsigned int count);

/* The same registers, as the CPU left them. */
void gic_take(struct gic *gic, unsigned int cpu, const uint64_t *lrs);

#endif
