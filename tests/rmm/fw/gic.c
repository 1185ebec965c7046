// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 for a Non-secure kernel: every interrupt is Non-secure group 1, except
 * one SGI of group 0 with which EL3 wakes a parked CPU.
 */
#include "el3.h"

#define GICD_CTLR		(GICD_BASE + 0x0000)
#define GICD_CTLR_GRP0		BIT(0)
#define GICD_CTLR_GRP1NS	BIT(1)
#define GICD_CTLR_ARE		(BIT(4) | BIT(5))	/* S and NS */
#define GICD_CTLR_RWP		BIT(31)
#define GICD_TYPER		(GICD_BASE + 0x0004)
#define GICD_IGROUPR(n)		(GICD_BASE + 0x0080 + 4 * (n))

#define GICR_TYPER		0x0008
#define GICR_TYPER_LAST		BIT(4)
#define GICR_WAKER		0x0014
#define GICR_WAKER_SLEEP	BIT(1)
#define GICR_WAKER_ASLEEP	BIT(2)
#define GICR_IGROUPR0		0x10080
#define GICR_ISENABLER0		0x10100
#define GICR_IPRIORITYR(n)	(0x10400 + (n))

#define WAKE_SGI		15
#define SPURIOUS		1020

static uint64_t affinity[MAX_CPUS];

void gic_init(void)
{
	unsigned int lines = mmio_read32(GICD_TYPER) & 0x1f;
	unsigned int i;

	mmio_write32(GICD_CTLR, 0);
	while (mmio_read32(GICD_CTLR) & GICD_CTLR_RWP)
		;
	for (i = 1; i <= lines; i++)
		mmio_write32(GICD_IGROUPR(i), ~0U);
	mmio_write32(GICD_CTLR, GICD_CTLR_ARE);
	mmio_write32(GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP0 | GICD_CTLR_GRP1NS);
}

/* Aff3 in the upper byte, as GICR_TYPER has it. */
static uint32_t this_affinity(void)
{
	uint64_t mpidr = read_sysreg(mpidr_el1);

	return (mpidr & 0xffffff) | FIELD(mpidr, 32, 8) << 24;
}

static uint64_t redistributor(void)
{
	uint32_t want = this_affinity();
	uint64_t at = GICR_BASE;

	for (;; at += GICR_STRIDE) {
		uint64_t typer = mmio_read64(at + GICR_TYPER);

		if (typer >> 32 == want)
			return at;
		if (typer & GICR_TYPER_LAST)
			el3_panic("no redistributor");
	}
}

void gic_cpu_init(unsigned int cpu)
{
	uint64_t gicr = redistributor();

	affinity[cpu] = this_affinity();
	mmio_write32(gicr + GICR_WAKER, 0);
	while (mmio_read32(gicr + GICR_WAKER) & GICR_WAKER_ASLEEP)
		;
	mmio_write32(gicr + GICR_IGROUPR0, ~(1U << WAKE_SGI));
	*(volatile uint8_t *)(gicr + GICR_IPRIORITYR(WAKE_SGI)) = 0;
	mmio_write32(gicr + GICR_ISENABLER0, BIT(WAKE_SGI));

	write_sysreg(ICC_SRE_EL3, 0xf);
	isb();
	write_sysreg(ICC_SRE_EL1, 0x7);
	write_sysreg(ICC_SRE_EL2, 0xf);
	isb();
	write_sysreg(ICC_IGRPEN0_EL1, 0);
	write_sysreg(ICC_IGRPEN1_EL3, 0);
	write_sysreg(ICC_PMR_EL1, 0xff);
	isb();
}

/* Only the wake-up SGI may end a WFI from now on. */
void gic_cpu_park(void)
{
	write_sysreg(ICC_IGRPEN1_EL3, 0);
	write_sysreg(ICC_PMR_EL1, 0xff);
	write_sysreg(ICC_IGRPEN0_EL1, 1);
	isb();
}

void gic_cpu_acknowledge(void)
{
	uint64_t id = read_sysreg(ICC_IAR0_EL1);

	if (id < SPURIOUS)
		write_sysreg(ICC_EOIR0_EL1, id);
	isb();
}

void gic_cpu_unpark(void)
{
	write_sysreg(ICC_IGRPEN0_EL1, 0);
	isb();
}

void gic_wake(unsigned int cpu)
{
	uint64_t a = affinity[cpu];

	dsb(sy);
	write_sysreg(ICC_SGI0R_EL1, BIT(a & 0xf) | FIELD(a, 8, 8) << 16 |
		     (uint64_t)WAKE_SGI << 24 | FIELD(a, 16, 8) << 32 |
		     FIELD(a, 24, 8) << 48);
	isb();
}
