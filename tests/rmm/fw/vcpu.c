// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run of a vCPU: the host's EL1 and EL0 registers out, the realm's in, and
 * back. A VHE host keeps little at EL1, but its user space lives in TPIDR_EL0,
 * the pointer authentication keys, POR_EL0 and the like, and KVM in the rest.
 */
#include "rmm.h"
#include "string.h"

#define HAS_TCR2	BIT(0)
#define HAS_SCTLR2	BIT(1)
#define HAS_PIE		BIT(2)
#define HAS_POE		BIT(3)
#define HAS_SME		BIT(4)
#define HAS_CSV2	BIT(5)
#define HAS_PAUTH	BIT(6)
#define HAS_HCX		BIT(7)
#define HAS_MOPS	BIT(9)
#define HAS_SVE		BIT(10)

#define EL1_REGISTERS(X)						\
	X(SP_EL0, sp_el0, 0) X(SP, sp_el1, 0)				\
	X(ELR, elr_el1, 0) X(SPSR, spsr_el1, 0)				\
	X(SCTLR, sctlr_el1, 0) X(ACTLR, actlr_el1, 0)			\
	X(CPACR, cpacr_el1, 0) X(TTBR0, ttbr0_el1, 0)			\
	X(TTBR1, ttbr1_el1, 0) X(TCR, tcr_el1, 0)			\
	X(ESR, esr_el1, 0) X(FAR, far_el1, 0)				\
	X(AFSR0, afsr0_el1, 0) X(AFSR1, afsr1_el1, 0)			\
	X(MAIR, mair_el1, 0) X(AMAIR, amair_el1, 0)			\
	X(VBAR, vbar_el1, 0) X(CONTEXTIDR, contextidr_el1, 0)		\
	X(TPIDR_EL0, tpidr_el0, 0) X(TPIDRRO, tpidrro_el0, 0)		\
	X(TPIDR, tpidr_el1, 0) X(PAR, par_el1, 0)			\
	X(CSSELR, csselr_el1, 0) X(CNTKCTL, cntkctl_el1, 0)		\
	X(MDSCR, mdscr_el1, 0)						\
	X(APIALO, S3_0_C2_C1_0, HAS_PAUTH) X(APIAHI, S3_0_C2_C1_1, HAS_PAUTH) \
	X(APIBLO, S3_0_C2_C1_2, HAS_PAUTH) X(APIBHI, S3_0_C2_C1_3, HAS_PAUTH) \
	X(APDALO, S3_0_C2_C2_0, HAS_PAUTH) X(APDAHI, S3_0_C2_C2_1, HAS_PAUTH) \
	X(APDBLO, S3_0_C2_C2_2, HAS_PAUTH) X(APDBHI, S3_0_C2_C2_3, HAS_PAUTH) \
	X(APGALO, S3_0_C2_C3_0, HAS_PAUTH) X(APGAHI, S3_0_C2_C3_1, HAS_PAUTH) \
	X(TCR2, TCR2_EL1, HAS_TCR2) X(SCTLR2, SCTLR2_EL1, HAS_SCTLR2)	\
	X(PIR, PIR_EL1, HAS_PIE) X(PIRE0, PIRE0_EL1, HAS_PIE)		\
	X(POR, POR_EL1, HAS_POE) X(POR_EL0, POR_EL0, HAS_POE)		\
	X(TPIDR2, TPIDR2_EL0, HAS_SME) X(ZCR, ZCR_EL1, HAS_SVE)		\
	X(SCXTNUM, SCXTNUM_EL1, HAS_CSV2) X(SCXTNUM_EL0, SCXTNUM_EL0, HAS_CSV2)

enum el1_register {
#define X(name, sysreg, need) EL1_##name,
	EL1_REGISTERS(X)
#undef X
	EL1_COUNT,
};

_Static_assert((int)EL1_COUNT <= RMM_VCPU_ARCH_WORDS, "plat.h");
_Static_assert(offsetof(struct rmm_vcpu, pc) == VCPU_PC, "vcpu_run.S");
_Static_assert(offsetof(struct rmm_vcpu, pstate) == VCPU_PC + 8, "vcpu_run.S");

/* What the host gets back besides EL1_REGISTERS. */
struct host_timers {
	uint64_t cntp_ctl, cntp_cval, cntv_ctl, cntv_cval;
};

#define SCTLR_EL1_RESET		0x30d00800ULL
#define VMPIDR_RES1		BIT(31)
#define VTCR_RES1		BIT(31)
#define VTCR_WALK		(1ULL << 8 | 1ULL << 10 | 3ULL << 12)
#define VTCR_PS_48		(5ULL << 16)

#define HCR_FWB			BIT(46)
#define HCR_TLOR		BIT(35)
#define HCR_TEA			BIT(37)
#define HCR_REALM		(HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | \
				 HCR_FB | HCR_BSU_INNER | HCR_TID3 | HCR_TSC | HCR_TIDCP | \
				 HCR_TACR | HCR_RW | HCR_TLOR | HCR_TEA | HCR_APK | \
				 HCR_API | HCR_FWB | HCR_ENSCXT)

/*
 * No debugger, no counters (but for those realms that have them), no trace: all
 * of them trap. The host's counters do not see what the RMM does (HPMD).
 */
#define MDCR_TRAPS		(BIT(5) | BIT(6) | BIT(9) | BIT(10) | BIT(11) | \
				 BIT(14) | BIT(17) | BIT(19))
#define CPTR_REALM		(CPTR_RES1 | CPTR_TSM | BIT(20) | BIT(30))

#define CNTHCTL_EL1		0x3ULL		/* EL1 and EL0 use counter, timer */
#define CNTHCTL_CNTVMASK	BIT(18)
#define CNTHCTL_CNTPMASK	BIT(19)
#define TIMER_ENABLE		BIT(0)
#define TIMER_IMASK		BIT(1)
#define TIMER_ISTATUS		BIT(2)
#define ICH_HCR_EN		BIT(0)

static uint64_t has;

static uint64_t present(void)
{
	uint64_t mmfr3 = read_sysreg(ID_AA64MMFR3_EL1);
	uint64_t pfr0 = read_sysreg(id_aa64pfr0_el1);
	uint64_t pfr1 = read_sysreg(id_aa64pfr1_el1);
	uint64_t isar1 = read_sysreg(id_aa64isar1_el1);
	uint64_t isar2 = read_sysreg(S3_0_C0_C6_2);

	return (FIELD(mmfr3, 0, 4) ? HAS_TCR2 : 0) |
	       (FIELD(mmfr3, 4, 4) ? HAS_SCTLR2 : 0) |
	       (FIELD(mmfr3, 8, 4) ? HAS_PIE : 0) |
	       (FIELD(mmfr3, 16, 4) ? HAS_POE : 0) |
	       (FIELD(pfr1, 24, 4) ? HAS_SME : 0) |
	       (FIELD(pfr0, 56, 4) >= 2 || FIELD(pfr1, 32, 4) >= 2 ? HAS_CSV2 : 0) |
	       /* APA, API, GPA, GPI; APA3, GPA3 */
	       (isar1 & 0xff000ff0 || isar2 & 0xff00 ? HAS_PAUTH : 0) |
	       (FIELD(read_sysreg(id_aa64mmfr1_el1), 40, 4) ? HAS_HCX : 0) |
	       (FIELD(isar2, 16, 4) ? HAS_MOPS : 0) |
	       (FIELD(pfr0, 32, 4) ? HAS_SVE : 0);
}

/* What stays as it is while the RMM owns the CPU. */
void vcpu_init(void)
{
	has = present();
	if (has & HAS_HCX)
		write_sysreg(HCRX_EL2, (has & HAS_MOPS ? HCRX_MSCEN : 0) |
			     (has & HAS_TCR2 ? HCRX_TCR2EN : 0) |
			     (has & HAS_SCTLR2 ? HCRX_SCTLR2EN : 0));
	write_sysreg(hstr_el2, 0);
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(mdcr_el2, read_sysreg(mdcr_el2) | MDCR_TRAPS);
	isb();
}

static void el1_save(uint64_t *el1)
{
#define X(name, sysreg, need) \
	if (!(need) || has & (need)) \
		el1[EL1_##name] = read_sysreg(sysreg);
	EL1_REGISTERS(X)
#undef X
}

static void el1_load(const uint64_t *el1)
{
#define X(name, sysreg, need) \
	if (!(need) || has & (need)) \
		write_sysreg(sysreg, el1[EL1_##name]);
	EL1_REGISTERS(X)
#undef X
}

static void host_timers_save(struct host_timers *host)
{
	host->cntp_ctl = read_sysreg(cntp_ctl_el0);
	host->cntp_cval = read_sysreg(cntp_cval_el0);
	host->cntv_ctl = read_sysreg(cntv_ctl_el0);
	host->cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(cntv_ctl_el0, 0);
	isb();
}

static void host_timers_load(const struct host_timers *host)
{
	write_sysreg(cntp_cval_el0, host->cntp_cval);
	write_sysreg(cntv_cval_el0, host->cntv_cval);
	isb();
	write_sysreg(cntp_ctl_el0, host->cntp_ctl);
	write_sysreg(cntv_ctl_el0, host->cntv_ctl);
	isb();
}

static bool asserted(uint64_t ctl)
{
	return (ctl & (TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS)) ==
	       (TIMER_ENABLE | TIMER_ISTATUS);
}

/*
 * A timer that the host has been told of must not end this run: mask its
 * interrupt, before the timer itself is loaded.
 */
static void realm_timers_load(const struct rmm_vcpu *vcpu)
{
	uint64_t cnthctl = CNTHCTL_EL1;

	if (asserted(vcpu->cntv_ctl))
		cnthctl |= CNTHCTL_CNTVMASK;
	if (asserted(vcpu->cntp_ctl))
		cnthctl |= CNTHCTL_CNTPMASK;
	write_sysreg(cnthctl_el2, cnthctl);
	write_sysreg(cntp_cval_el0, vcpu->cntp_cval);
	write_sysreg(cntv_cval_el0, vcpu->cntv_cval);
	isb();
	write_sysreg(cntp_ctl_el0, vcpu->cntp_ctl);
	write_sysreg(cntv_ctl_el0, vcpu->cntv_ctl);
	isb();
}

static void realm_timers_save(struct rmm_vcpu *vcpu)
{
	vcpu->cntp_ctl = read_sysreg(cntp_ctl_el0);
	vcpu->cntp_cval = read_sysreg(cntp_cval_el0);
	vcpu->cntv_ctl = read_sysreg(cntv_ctl_el0);
	vcpu->cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(cntp_ctl_el0, 0);
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	write_sysreg(cnthctl_el2, CNTHCTL_EL1);
	isb();
}

void rmm_plat_vcpu_reset(struct rmm *rmm, struct rmm_vcpu *vcpu)
{
	memset(vcpu->arch, 0, sizeof(vcpu->arch));
	vcpu->arch[EL1_SCTLR] = SCTLR_EL1_RESET;
	vcpu->pstate = SPSR_EL1H;
	vcpu->cntp_ctl = vcpu->cntp_cval = 0;
	vcpu->cntv_ctl = vcpu->cntv_cval = 0;
	pmu_realm_reset(vcpu);
	if (vcpu->fp[0])
		fp_realm_reset(vcpu);
}

static void stage2_load(const struct rmm_vcpu *vcpu)
{
	uint64_t hcr = HCR_REALM;

	if (vcpu->trap_wfi)
		hcr |= HCR_TWI;
	if (vcpu->trap_wfe)
		hcr |= HCR_TWE;
	write_sysreg(vttbr_el2, vcpu->vttbr);
	write_sysreg(vtcr_el2, vcpu->vtcr | VTCR_RES1 | VTCR_WALK | VTCR_PS_48);
	write_sysreg(vmpidr_el2, vcpu->mpidr | VMPIDR_RES1);
	write_sysreg(hcr_el2, hcr);
	isb();
}

enum rmm_vcpu_exit rmm_plat_vcpu_run(struct rmm *rmm, unsigned int cpu,
				     struct rmm_vcpu *vcpu)
{
	struct host_timers timers;
	uint64_t el1[EL1_COUNT];
	uint64_t exit;

	fp_take();
	fp_sve_open();
	host_timers_save(&timers);
	el1_save(el1);
	pmu_stop();

	this_cpu()->vcpu = vcpu;
	el1_load(vcpu->arch);
	fp_realm_load(vcpu);
	if (vcpu->pmu)
		pmu_realm_load(vcpu);
	stage2_load(vcpu);
	write_sysreg(cptr_el2, CPTR_REALM | (vcpu->sve ? 0 : CPTR_TZ));
	realm_timers_load(vcpu);

	do {
		exit = vcpu_enter(vcpu);
		vcpu->esr = read_sysreg(esr_el2);
	} while (exit == RMM_VCPU_SYNC && idregs_emulate(vcpu, vcpu->esr));

	vcpu->far = read_sysreg(far_el2);
	vcpu->hpfar = read_sysreg(hpfar_el2);
	realm_timers_save(vcpu);
	write_sysreg(ICH_HCR_EL2, read_sysreg(ICH_HCR_EL2) & ~ICH_HCR_EN);
	write_sysreg(hcr_el2, HCR_RW);
	isb();
	if (vcpu->pmu)
		pmu_realm_save(vcpu);
	fp_sve_open();
	fp_realm_save(vcpu);
	el1_save(vcpu->arch);
	this_cpu()->vcpu = NULL;

	pmu_start();
	el1_load(el1);
	host_timers_load(&timers);
	fp_sve_close();
	return exit;
}

/* The vector of the exception level that the realm was at. */
static uint64_t vector_offset(uint64_t pstate)
{
	switch (pstate & 0xf) {
	case 0x5:
		return 0x200;
	case 0x4:
		return 0x000;
	}
	return 0x400;
}

#define PSTATE_KEEP	(0xf0000000ULL | BIT(24) | BIT(22))	/* NZCV DIT PAN */
#define PSTATE_PAN	BIT(22)
#define PSTATE_SSBS	BIT(12)
#define SCTLR_SPAN	BIT(23)
#define SCTLR_DSSBS	BIT(44)

void rmm_plat_vcpu_inject(struct rmm *rmm, struct rmm_vcpu *vcpu, uint64_t esr,
			  uint64_t far)
{
	uint64_t *el1 = vcpu->arch;
	uint64_t pstate = (vcpu->pstate & PSTATE_KEEP) | SPSR_EL1H;

	if (!(el1[EL1_SCTLR] & SCTLR_SPAN))
		pstate |= PSTATE_PAN;
	if (el1[EL1_SCTLR] & SCTLR_DSSBS)
		pstate |= PSTATE_SSBS;
	el1[EL1_ESR] = esr;
	el1[EL1_FAR] = far;
	el1[EL1_ELR] = vcpu->pc;
	el1[EL1_SPSR] = vcpu->pstate;
	vcpu->pc = el1[EL1_VBAR] + vector_offset(vcpu->pstate);
	vcpu->pstate = pstate;
}
