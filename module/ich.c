// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual GIC registers of the CPU, which a realm uses in place (G.5).
 *
 * The RMM neither saves nor loads them: what the host puts there before an
 * entry is what the realm runs with, and what it leaves behind is the host's
 * to read and to clear. Interrupts stay off from enter to leave.
 */
#include <linux/bits.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#include "object.h"

#define PFR0_GIC_SHIFT		24
#define SRE_SRE			BIT(0)
#define VTR_LISTREGS(vtr)	(((vtr) & 0x1f) + 1)
#define VTR_PREBITS(vtr)	((((vtr) >> 26) & 0x7) + 1)

#define HCR_EN			BIT(0)
/* Maintenance interrupts (UIE to VGrp1DIE) and traps (TC to TDIR). */
#define HCR_USER		(GENMASK(7, 1) | GENMASK(14, 10))

static bool present(void)
{
	u64 pfr0 = read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1);

	/* Firmware may keep the registers to itself: then they are undefined. */
	return ((pfr0 >> PFR0_GIC_SHIFT) & 0xf) &&
	       (read_sysreg_s(SYS_ICC_SRE_EL1) & SRE_SRE);
}

unsigned int cca_ich_count(void)
{
	return present() ? VTR_LISTREGS(read_sysreg_s(SYS_ICH_VTR_EL2)) : 0;
}

u64 cca_ich_hcr_mask(void)
{
	return HCR_USER;
}

/* A system register's number is part of the instruction. */
#define EACH_LR(op) \
	op(15) op(14) op(13) op(12) op(11) op(10) op(9) op(8) \
	op(7) op(6) op(5) op(4) op(3) op(2) op(1) op(0)

#define LOAD_LR(n)							\
	if (count > (n))						\
		write_sysreg_s(ich ? ich->lrs[n] : 0, SYS_ICH_LR##n##_EL2);
#define SAVE_LR(n)							\
	if (count > (n))						\
		ich->lrs[n] = read_sysreg_s(SYS_ICH_LR##n##_EL2);

/* One active-priority register for 5 bits of preemption, two for 6, four for 7. */
#define EACH_AP(op) \
	op(0, 5) op(1, 6) op(2, 7) op(3, 7)

#define LOAD_AP(n, bits)						\
	if (prebits >= (bits)) {					\
		write_sysreg_s(ich ? ich->ap0r[n] : 0, SYS_ICH_AP0R##n##_EL2); \
		write_sysreg_s(ich ? ich->ap1r[n] : 0, SYS_ICH_AP1R##n##_EL2); \
	}
#define SAVE_AP(n, bits)						\
	if (prebits >= (bits)) {					\
		ich->ap0r[n] = read_sysreg_s(SYS_ICH_AP0R##n##_EL2);	\
		ich->ap1r[n] = read_sysreg_s(SYS_ICH_AP1R##n##_EL2);	\
	}

/* NULL: the state in which the host wants to find them. */
static void load(const struct cca_ich *ich, unsigned int count)
{
	unsigned int prebits = VTR_PREBITS(read_sysreg_s(SYS_ICH_VTR_EL2));

	write_sysreg_s(ich ? ich->vmcr : 0, SYS_ICH_VMCR_EL2);
	EACH_AP(LOAD_AP)
	EACH_LR(LOAD_LR)
	write_sysreg_s(ich ? (ich->hcr & HCR_USER) | HCR_EN : 0,
		       SYS_ICH_HCR_EL2);
	isb();
}

static void save(struct cca_ich *ich, unsigned int count)
{
	unsigned int prebits = VTR_PREBITS(read_sysreg_s(SYS_ICH_VTR_EL2));

	ich->misr = read_sysreg_s(SYS_ICH_MISR_EL2);
	ich->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	EACH_AP(SAVE_AP)
	EACH_LR(SAVE_LR)
}

void cca_ich_enter(const struct cca_ich *ich)
{
	if (ich->count)
		load(ich, ich->count);
}

void cca_ich_leave(struct cca_ich *ich)
{
	if (!ich->count)
		return;
	save(ich, ich->count);
	/* A refused entry leaves En set (L.2-22): clear all of it, always. */
	load(NULL, ich->count);
}
