// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits of a realm: which the RMM handles, and what the host sees of the others
 * (G.2; the masks are L.2.18's). Also what the host asks at the next entry.
 */
#include <string.h>

#include "model.h"

#define ESR_EC(esr)		(((esr) >> 26) & 0x3f)
#define EC_WFX			0x01
#define EC_HVC64		0x16
#define EC_SMC64		0x17
#define EC_SYSREG		0x18
#define EC_SVE			0x19
#define EC_SME			0x1d
#define EC_IABT_LOWER		0x20
#define EC_DABT_LOWER		0x24

#define ESR_EC_MASK		((uint64_t)0x3f << 26)
#define ESR_IL			BIT64(25)
#define ESR_ISV			BIT64(24)
#define ESR_SAS(esr)		(((esr) >> 22) & 0x3)
#define ESR_SAS_MASK		(BIT64(22) | BIT64(23))
#define ESR_SSE			BIT64(21)
#define ESR_SRT(esr)		(((esr) >> 16) & 0x1f)
#define ESR_SF			BIT64(15)
#define ESR_SET_MASK		(BIT64(11) | BIT64(12))
#define ESR_SET_UER		0
#define ESR_FNV			BIT64(10)
#define ESR_EA			BIT64(9)
#define ESR_S1PTW		BIT64(7)
#define ESR_WNR			BIT64(6)
#define ESR_FSC_MASK		(uint64_t)0x3f
#define FSC_TRANSLATION_L0	0x04
#define FSC_PERMISSION		0x0c	/* and three more */
#define FSC_SEA			0x10
#define FSC_SEA_WALK		0x14	/* and three more */
#define ESR_WFX_TI		BIT64(0)
#define ESR_UNDEFINED		ESR_IL

#define ESR_SERROR_MASK		(ESR_EC_MASK | BIT64(24) | BIT64(10) | \
				 BIT64(11) | BIT64(12) | ESR_EA | ESR_FSC_MASK)
/* What is told of any abort, and in addition of one that can be emulated. */
#define ESR_ABORT_MASK		(ESR_EC_MASK | ESR_SET_MASK | ESR_FNV | \
				 ESR_EA | ESR_FSC_MASK)
#define ESR_EMULATED_MASK	(ESR_ABORT_MASK | ESR_ISV | ESR_SAS_MASK | \
				 ESR_SF | ESR_WNR)

/* System register trap: ISS fields. */
#define SYS_RT(esr)		(((esr) >> 5) & 0x1f)
#define SYS_RT_MASK		((uint64_t)0x1f << 5)
#define SYS_READ(esr)		((esr) & 1)
#define SYS_OP0(esr)		(((esr) >> 20) & 0x3)
#define SYS_OP1(esr)		(((esr) >> 14) & 0x7)
#define SYS_CRN(esr)		(((esr) >> 10) & 0xf)
#define SYS_CRM(esr)		(((esr) >> 1) & 0xf)

#define PSTATE_AARCH32		BIT64(4)
#define PSTATE_EL(p)		(((p) >> 2) & 0x3)
#define XZR			31

static uint64_t fault_ipa(uint64_t hpfar)
{
	return RMI_HPFAR_IPA(hpfar);
}

static uint64_t gpr(const struct rec *rec, unsigned int n)
{
	return n == XZR ? 0 : rec->vcpu.gprs[n];
}

static void set_gpr(struct rec *rec, unsigned int n, uint64_t value)
{
	if (n != XZR)
		rec->vcpu.gprs[n] = value;
}

void inject_undefined(struct rmm *rmm, struct rec *rec)
{
	rmm_plat_vcpu_inject(rmm, &rec->vcpu, ESR_UNDEFINED, 0);
}

/* The abort that it took, as a synchronous external one at its own level. */
static void inject_sea(struct rmm *rmm, struct rec *rec, uint64_t esr)
{
	uint64_t out = esr & ~(ESR_FSC_MASK | ESR_FNV | ESR_S1PTW);

	if (PSTATE_EL(rec->vcpu.pstate) != 0)
		out += BIT64(26);	/* "lower EL" to "same EL" */
	rmm_plat_vcpu_inject(rmm, &rec->vcpu, out | ESR_EA | FSC_SEA,
			     rec->vcpu.far);
}

/* A page that the RMM itself misses looks to the host like a realm's abort. */
void exit_stage2_abort(struct rmi_rec_exit *exit, int level, uint64_t ipa)
{
	exit->exit_reason = RMI_EXIT_SYNC;
	exit->esr = (uint64_t)EC_DABT_LOWER << 26 |
		    (FSC_TRANSLATION_L0 + (unsigned int)level);
	exit->far = 0;
	exit->hpfar = ipa >> 8;
}

static bool is_external(uint64_t esr)
{
	uint64_t fsc = esr & ESR_FSC_MASK;

	return fsc == FSC_SEA || (fsc & ~(uint64_t)3) == FSC_SEA_WALK;
}

static bool is_permission(uint64_t esr)
{
	return (esr & ESR_FSC_MASK & ~(uint64_t)3) == FSC_PERMISSION;
}

/* Recoverable ones go to the realm; the host hears of all, without an address. */
static bool handle_external(struct rmm *rmm, struct rec *rec, uint64_t esr,
			    struct rmi_rec_exit *exit)
{
	if ((esr & ESR_SET_MASK) == ESR_SET_UER)
		inject_sea(rmm, rec, esr);
	exit->esr = esr & ESR_ABORT_MASK;
	return false;
}

static bool ipa_is_empty(struct rmm *rmm, const struct realm *realm, uint64_t ipa)
{
	return ipa < realm_par_size(realm) &&
	       rtt_ipa_page(rmm, realm, ipa).ripas == RMI_RIPAS_EMPTY;
}

static uint64_t access_mask(uint64_t esr)
{
	unsigned int bits = 8u << ESR_SAS(esr);

	return bits == 64 ? ~(uint64_t)0 : BIT64(bits) - 1;
}

static bool handle_data_abort(struct rmm *rmm, struct realm *realm,
			      struct rec *rec, uint64_t esr,
			      struct rmi_rec_exit *exit)
{
	uint64_t ipa = fault_ipa(rec->vcpu.hpfar);

	if (is_external(esr))
		return handle_external(rmm, rec, esr, exit);
	if (ipa >= realm_ipa_size(realm) || ipa_is_empty(rmm, realm, ipa)) {
		inject_sea(rmm, rec, esr);
		return true;
	}
	exit->hpfar = rec->vcpu.hpfar;
	if ((rec->vcpu.pstate & PSTATE_AARCH32) || ipa < realm_par_size(realm)) {
		exit->esr = esr & ESR_ABORT_MASK;
	} else if (!(esr & ESR_ISV)) {
		exit->esr = esr & (ESR_ABORT_MASK | ESR_IL);
	} else {
		exit->esr = esr & ESR_EMULATED_MASK;
		exit->far = rec->vcpu.far & GRANULE_MASK;
		if (esr & ESR_WNR)
			exit->gprs[0] = gpr(rec, ESR_SRT(esr)) &
					access_mask(esr);
	}
	return false;
}

static bool handle_instruction_abort(struct rmm *rmm, struct realm *realm,
				     struct rec *rec, uint64_t esr,
				     struct rmi_rec_exit *exit)
{
	uint64_t ipa = fault_ipa(rec->vcpu.hpfar);

	if (is_external(esr))
		return handle_external(rmm, rec, esr, exit);
	if (is_permission(esr) || ipa >= realm_par_size(realm) ||
	    ipa_is_empty(rmm, realm, ipa)) {
		inject_sea(rmm, rec, esr);
		return true;
	}
	exit->hpfar = rec->vcpu.hpfar;
	exit->esr = esr & ESR_ABORT_MASK;
	return false;
}

/* ICC_*_EL1: S3_0_C12_C8..C12, and ICC_PMR_EL1 = S3_0_C4_C6_0. */
static bool is_icc(uint64_t esr)
{
	if (SYS_OP0(esr) != 3 || SYS_OP1(esr) != 0)
		return false;
	if (SYS_CRN(esr) == 4)
		return SYS_CRM(esr) == 6;
	return SYS_CRN(esr) == 12 && SYS_CRM(esr) >= 8;
}

/* GIC registers are the host's to emulate; ID registers read as zero here. */
static bool handle_sysreg(struct rmm *rmm, struct rec *rec, uint64_t esr,
			  struct rmi_rec_exit *exit)
{
	if (is_icc(esr)) {
		exit->esr = esr & ~SYS_RT_MASK;
		if (!SYS_READ(esr))
			exit->gprs[0] = gpr(rec, SYS_RT(esr));
		rec->vcpu.pc += 4;
		return false;
	}
	if (SYS_OP0(esr) == 3 && SYS_OP1(esr) == 0 && SYS_CRN(esr) == 0 &&
	    SYS_READ(esr)) {
		set_gpr(rec, SYS_RT(esr), 0);
		rec->vcpu.pc += 4;
		return true;
	}
	inject_undefined(rmm, rec);
	return true;
}

static bool handle_sync(struct rmm *rmm, struct realm *realm, struct rec *rec,
			struct rmi_rec_exit *exit)
{
	uint64_t esr = rec->vcpu.esr;

	switch (ESR_EC(esr)) {
	case EC_WFX:
		exit->esr = esr & (ESR_EC_MASK | ESR_WFX_TI);
		rec->vcpu.pc += 4;
		return false;
	case EC_HVC64:
		/* ELR is already behind it, and stays there (L.2.18). */
		inject_undefined(rmm, rec);
		return true;
	case EC_SMC64:
		return rsi_handle(rmm, realm, rec, exit);
	case EC_SVE:
	case EC_SME:
		inject_undefined(rmm, rec);
		return true;
	case EC_SYSREG:
		return handle_sysreg(rmm, rec, esr, exit);
	case EC_IABT_LOWER:
		return handle_instruction_abort(rmm, realm, rec, esr, exit);
	case EC_DABT_LOWER:
		return handle_data_abort(rmm, realm, rec, esr, exit);
	default:
		return false;	/* esr = 0: the host only learns that it was */
	}
}

/* What the next entry may ask: ISV only of what the host could emulate. */
static void remember(struct rec *rec, const struct rmi_rec_exit *exit)
{
	rec->last_esr = rec->vcpu.esr;
	if (!(exit->esr & ESR_ISV))
		rec->last_esr &= ~ESR_ISV;
	rec->last_hpfar = rec->vcpu.hpfar;
}

bool exit_handle(struct rmm *rmm, struct realm *realm, struct rec *rec,
		 enum rmm_vcpu_exit why, struct rmi_rec_exit *exit)
{
	switch (why) {
	case RMM_VCPU_SYNC:
		exit->exit_reason = RMI_EXIT_SYNC;
		if (handle_sync(rmm, realm, rec, exit))
			return true;
		remember(rec, exit);
		return false;
	case RMM_VCPU_SERROR:
		exit->exit_reason = RMI_EXIT_SERROR;
		exit->esr = rec->vcpu.esr & ESR_SERROR_MASK;
		return false;
	case RMM_VCPU_FIQ:
		exit->exit_reason = RMI_EXIT_FIQ;
		return false;
	default:
		exit->exit_reason = RMI_EXIT_IRQ;
		return false;
	}
}

static bool enter_sea(struct rmm *rmm, const struct realm *realm,
		      struct rec *rec)
{
	if (ESR_EC(rec->last_esr) != EC_DABT_LOWER ||
	    fault_ipa(rec->last_hpfar) < realm_par_size(realm))
		return false;
	inject_sea(rmm, rec, rec->last_esr);
	return true;
}

/* The host's value, cut, extended and put where the load wanted it. */
static bool enter_mmio(struct rec *rec, uint64_t value)
{
	uint64_t esr = rec->last_esr, sign;

	if (ESR_EC(esr) != EC_DABT_LOWER || !(esr & ESR_ISV))
		return false;
	if (!(esr & ESR_WNR)) {
		value &= access_mask(esr);
		if (esr & ESR_SSE) {
			sign = BIT64((8u << ESR_SAS(esr)) - 1);
			value = (value ^ sign) - sign;
			if (!(esr & ESR_SF))
				value = (uint32_t)value;
		}
		set_gpr(rec, ESR_SRT(esr), value);
	}
	rec->vcpu.pc += 4;
	return true;
}

/* INJECT_SEA wins over EMUL_MMIO; either needs the abort that it answers. */
bool exit_enter_flags(struct rmm *rmm, struct realm *realm, struct rec *rec,
		      const struct rmi_rec_enter *enter)
{
	if (enter->flags & RMI_ENTER_INJECT_SEA)
		return enter_sea(rmm, realm, rec);
	if (enter->flags & RMI_ENTER_EMUL_MMIO)
		return enter_mmio(rec, enter->gprs[0]);
	return true;
}

void exit_sysreg_result(struct rec *rec, const struct rmi_rec_enter *enter)
{
	if (ESR_EC(rec->last_esr) == EC_SYSREG && SYS_READ(rec->last_esr))
		set_gpr(rec, SYS_RT(rec->last_esr), enter->gprs[0]);
}
