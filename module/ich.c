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

/*
 * A system register's number is part of the instruction. This is the body of a
 * switch over how many there are: the highest first, then all below it.
 */
#define EACH_LR(op) \
	op(15) op(14) op(13) op(12) op(11) op(10) op(9) op(8) \
	op(7) op(6) op(5) op(4) op(3) op(2) op(1) op(0)

#define LOAD_LR(n)							\
	case (n) + 1:							\
		write_sysreg_s(ich->lrs[n], SYS_ICH_LR##n##_EL2);	\
		fallthrough;
#define CLEAR_LR(n)							\
	case (n) + 1:							\
		write_sysreg_s(0, SYS_ICH_LR##n##_EL2);			\
		fallthrough;
#define SAVE_LR(n)							\
	case (n) + 1:							\
		ich->lrs[n] = read_sysreg_s(SYS_ICH_LR##n##_EL2);	\
		fallthrough;

/* One active-priority register for 5 bits of preemption, two for 6, four for 7. */
#define EACH_AP(op) \
	op(0, 5) op(1, 6) op(2, 7) op(3, 7)

#define LOAD_AP(n, bits)						\
	if (prebits >= (bits)) {					\
		write_sysreg_s(ich->ap0r[n], SYS_ICH_AP0R##n##_EL2);	\
		write_sysreg_s(ich->ap1r[n], SYS_ICH_AP1R##n##_EL2);	\
	}
#define CLEAR_AP(n, bits)						\
	if (prebits >= (bits)) {					\
		write_sysreg_s(0, SYS_ICH_AP0R##n##_EL2);		\
		write_sysreg_s(0, SYS_ICH_AP1R##n##_EL2);		\
	}
#define SAVE_AP(n, bits)						\
	if (prebits >= (bits)) {					\
		ich->ap0r[n] = read_sysreg_s(SYS_ICH_AP0R##n##_EL2);	\
		ich->ap1r[n] = read_sysreg_s(SYS_ICH_AP1R##n##_EL2);	\
		active |= ich->ap0r[n] | ich->ap1r[n];			\
	}

static unsigned int prebits_here(void)
{
	return VTR_PREBITS(read_sysreg_s(SYS_ICH_VTR_EL2));
}

/* Whether any priority is active. */
static __always_inline bool save_active(struct cca_ich *ich)
{
	const unsigned int prebits = prebits_here();
	u64 active = 0;

	EACH_AP(SAVE_AP)
	return active;
}

/* The state in which the host, and a quiet realm, want to find them. */
static __always_inline void clear(unsigned int count)
{
	const unsigned int prebits = prebits_here();

	EACH_AP(CLEAR_AP)
	switch (count) {
	EACH_LR(CLEAR_LR)
	default:
		break;
	}
}

static __always_inline void start(const struct cca_ich *ich)
{
	write_sysreg_s(ich->vmcr, SYS_ICH_VMCR_EL2);
	write_sysreg_s((ich->hcr & HCR_USER) | HCR_EN, SYS_ICH_HCR_EL2);
	isb();
}

/* A refused entry leaves En set (L.2-22): clear all of it, always. */
static __always_inline void stop(void)
{
	write_sysreg_s(0, SYS_ICH_VMCR_EL2);
	write_sysreg_s(0, SYS_ICH_HCR_EL2);
	isb();
}

/* ------------------------------------------------- with something to deliver */

static noinline void load(const struct cca_ich *ich)
{
	const unsigned int prebits = prebits_here();

	EACH_AP(LOAD_AP)
	switch (ich->count) {
	EACH_LR(LOAD_LR)
	default:
		break;
	}
	start(ich);
}

static noinline void unload(struct cca_ich *ich)
{
	ich->misr = read_sysreg_s(SYS_ICH_MISR_EL2);
	switch (ich->count) {
	EACH_LR(SAVE_LR)
	default:
		break;
	}
	clear(ich->count);
	stop();
}

/* ----------------------------------------------------------------- any entry */

void cca_ich_enter(const struct cca_ich *ich)
{
	if (!ich->count)
		return;
	if (!ich->quiet || ich->active) {
		load(ich);
		return;
	}
	/* KVM need not have left them clear. */
	clear(ich->count);
	start(ich);
}

void cca_ich_leave(struct cca_ich *ich)
{
	if (!ich->count)
		return;
	ich->vmcr = read_sysreg_s(SYS_ICH_VMCR_EL2);
	/* Without list registers: only of a realm that writes them itself. */
	ich->active = save_active(ich);
	ich->misr = 0;
	if (!ich->quiet || ich->active)
		unload(ich);
	else
		stop();
}
