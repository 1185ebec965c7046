// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose FP registers are they? While a command runs, the host's, and touching
 * them traps: the first to need them (a hash, a realm) has the host's saved,
 * and the end of the command puts them back.
 */
#include "rmm.h"

#define CPTR_NONE	CPTR_RES1
#define CPTR_SIMD	(CPTR_RES1 | CPTR_TZ | CPTR_TSM)
#define CPTR_ALL	(CPTR_SIMD | CPTR_TFP)

#define VECTOR_LENGTH_MAX	0xf
#define SMCR_FA64		BIT(31)
#define SVCR_SM			BIT(0)

_Static_assert(offsetof(struct fp_state, z) == FP_Z, "fp_regs.S");
_Static_assert(offsetof(struct fp_state, p) == FP_P, "fp_regs.S");
_Static_assert(offsetof(struct fp_state, ffr) == FP_FFR, "fp_regs.S");
_Static_assert(offsetof(struct fp_state, fpsr) == FP_FPSR, "fp_regs.S");
_Static_assert(offsetof(struct fp_state, fpcr) == FP_FPCR, "fp_regs.S");

static bool has_sve(void)
{
	return FIELD(read_sysreg(id_aa64pfr0_el1), 32, 4);
}

static bool has_sme(void)
{
	return FIELD(read_sysreg(id_aa64pfr1_el1), 24, 4);
}

static void allow(uint64_t cptr)
{
	write_sysreg(cptr_el2, cptr);
	isb();
}

void fp_init(void)
{
	allow(CPTR_NONE);
	if (has_sve())
		write_sysreg(ZCR_EL2, VECTOR_LENGTH_MAX);
	if (has_sme())
		write_sysreg(SMCR_EL2, SMCR_FA64 | VECTOR_LENGTH_MAX);
	allow(CPTR_ALL);
}

/* From here to fp_give_back() the SIMD registers are free to use. */
void fp_take(void)
{
	struct rmm_cpu *cpu = this_cpu();
	struct fp_state *fp = &cpu->fp;

	if (cpu->fp_taken)
		return;
	allow(CPTR_NONE);
	fp->svcr = has_sme() ? read_sysreg(SVCR) : 0;
	if (has_sve() || fp->svcr & SVCR_SM)
		fp_sve_save(fp, !(fp->svcr & SVCR_SM));
	else
		fp_simd_save(fp->z);
	/* leaving streaming mode zeroes what has just been saved; ZA stays */
	if (fp->svcr & SVCR_SM)
		write_sysreg(SVCR, fp->svcr & ~SVCR_SM);
	cpu->fp_taken = true;
	allow(CPTR_SIMD);
}

void fp_give_back(void)
{
	struct rmm_cpu *cpu = this_cpu();
	struct fp_state *fp = &cpu->fp;

	if (!cpu->fp_taken)
		return;
	allow(CPTR_NONE);
	if (fp->svcr & SVCR_SM)
		write_sysreg(SVCR, fp->svcr);
	if (has_sve() || fp->svcr & SVCR_SM)
		fp_sve_load(fp, !(fp->svcr & SVCR_SM));
	else
		fp_simd_load(fp->z);
	cpu->fp_taken = false;
	allow(CPTR_ALL);
}
