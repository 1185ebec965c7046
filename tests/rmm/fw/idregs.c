// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a realm is told about the CPU: the identification registers without
 * that which would trap, or reach state that a run does not save. Debug
 * registers read as zero and ignore writes, since kernels touch them blindly.
 */
#include "rmm.h"

#define ISS_READ	BIT(0)
#define ISS_CRM(iss)	FIELD(iss, 1, 4)
#define ISS_RT(iss)	FIELD(iss, 5, 5)
#define ISS_CRN(iss)	FIELD(iss, 10, 4)
#define ISS_OP1(iss)	FIELD(iss, 14, 3)
#define ISS_OP2(iss)	FIELD(iss, 17, 3)
#define ISS_OP0(iss)	FIELD(iss, 20, 2)

#define NIBBLE(low)	(0xfULL << (low))

/* PFR0: SVE (but for those realms that have it), SEL2, MPAM, AMU, RME, RAS are hidden; EL0 and EL1 are AArch64. */
#define PFR0_KEEP	(~(NIBBLE(0) | NIBBLE(4) | NIBBLE(28) | NIBBLE(32) | \
			   NIBBLE(36) | NIBBLE(40) | NIBBLE(44) | NIBBLE(52)))
#define PFR0_AARCH64	0x11ULL
#define PFR0_SVE	NIBBLE(32)
/* PFR1: BT, SSBS and CSV2_frac are all there is. */
#define PFR1_KEEP	(NIBBLE(0) | NIBBLE(4) | NIBBLE(32))
/*
 * DFR0: the version, and the numbers and the PMU as the realm was made; no double
 * lock.
 */
#define DFR0_KEEP	(NIBBLE(0) | NIBBLE(28))
#define DFR0_NO_DLOCK	NIBBLE(36)
#define ISAR0_KEEP	(~NIBBLE(24))			/* TME */
#define ISAR1_KEEP	(~NIBBLE(60))			/* LS64 */
/* ISAR2: WFxT, RPRES, the third authentication, MOPS, BC, PAC_frac. */
#define ISAR2_KEEP	0xfffffffULL
#define MMFR0_KEEP	(~(NIBBLE(56) | NIBBLE(60)))	/* FGT, ECV */
/* MMFR1: VH, LOR, TWED, HCX, CMOW. */
#define MMFR1_KEEP	(~(NIBBLE(8) | NIBBLE(16) | NIBBLE(32) | NIBBLE(40) | \
			   NIBBLE(56)))
/* MMFR2: IESB, NV, FWB, EVT. */
#define MMFR2_KEEP	(~(NIBBLE(12) | NIBBLE(24) | NIBBLE(40) | NIBBLE(56)))
/* MMFR3: TCRX, SCTLRX, S1PIE, S1POE, Spec_FPACC. */
#define MMFR3_KEEP	(0xfffULL | NIBBLE(16) | NIBBLE(60))

/* Everything that is not here is zero, AArch32's registers among it. */
static uint64_t id_register(const struct rmm_vcpu *vcpu, uint64_t crm, uint64_t op2)
{
	switch (crm << 4 | op2) {
	case 0x40:
		return (read_sysreg(id_aa64pfr0_el1) &
			(PFR0_KEEP | (vcpu->sve ? PFR0_SVE : 0))) | PFR0_AARCH64;
	case 0x41:
		return read_sysreg(id_aa64pfr1_el1) & PFR1_KEEP;
	case 0x44:
		return vcpu->sve ? read_sysreg(ID_AA64ZFR0_EL1) : 0;
	case 0x50:
		return (read_sysreg(id_aa64dfr0_el1) & DFR0_KEEP) | DFR0_NO_DLOCK |
		       (uint64_t)vcpu->num_bps << 12 | (uint64_t)vcpu->num_wps << 20 |
		       (vcpu->pmu ? pmu_version() << 8 : 0);
	case 0x60:
		return read_sysreg(id_aa64isar0_el1) & ISAR0_KEEP;
	case 0x61:
		return read_sysreg(id_aa64isar1_el1) & ISAR1_KEEP;
	case 0x62:
		return read_sysreg(S3_0_C0_C6_2) & ISAR2_KEEP;
	case 0x70:
		return read_sysreg(id_aa64mmfr0_el1) & MMFR0_KEEP;
	case 0x71:
		return read_sysreg(id_aa64mmfr1_el1) & MMFR1_KEEP;
	case 0x72:
		return read_sysreg(id_aa64mmfr2_el1) & MMFR2_KEEP;
	case 0x73:
		return read_sysreg(ID_AA64MMFR3_EL1) & MMFR3_KEEP;
	}
	return 0;
}

/* True: the realm's trapped instruction is done, and it goes on behind it. */
bool idregs_emulate(struct rmm_vcpu *vcpu, uint64_t esr)
{
	uint64_t value = 0;

	if (ESR_EC(esr) != EC_SYSREG)
		return false;
	if (ISS_OP0(esr) == 3) {
		if (ISS_OP1(esr) || ISS_CRN(esr) || !ISS_CRM(esr) || !(esr & ISS_READ))
			return false;
		value = id_register(vcpu, ISS_CRM(esr), ISS_OP2(esr));
	} else if (ISS_OP0(esr) != 2) {
		return false;
	}
	if (esr & ISS_READ && ISS_RT(esr) != 31)
		vcpu->gprs[ISS_RT(esr)] = value;
	vcpu->pc += 4;
	return true;
}
