// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose FP registers are they? While a command runs, the host's, and touching
 * them traps: the first to need them (a hash, a realm) has the host's saved,
 * and the end of the command puts them back.
 */
#include "rmm.h"
#include "string.h"

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

/* ------------------------------------------------------------ of the realm */

/* How much of a REC's pages vectors of this length take, and where. */
#define Z_SIZE(vl)	(32 * 16 * ((uint64_t)(vl) + 1))
#define PAGE_BYTES	4096ULL
#define REST_PAGE	2	/* P, FFR, FPSR, FPCR, as in struct fp_state */
#define REST_SIZE	(sizeof(struct fp_state) - FP_P)

_Static_assert(FP_P == REST_PAGE * PAGE_BYTES, "Z fills two pages");
_Static_assert(REST_PAGE < RMM_VCPU_FP_PAGES, "plat.h");

static void set_length(uint64_t vl)
{
	write_sysreg(ZCR_EL2, vl);
	isb();
}

/* The longest vectors of this CPU, as ZCR_ELx counts them. */
uint64_t fp_sve_longest(void)
{
	uint64_t bytes = 16;

	if (!has_sve())
		return 0;
	allow(CPTR_NONE);
	asm volatile(".arch_extension sve\n\trdvl %0, #1" : "=r"(bytes));
	allow(this_cpu()->fp_taken ? CPTR_SIMD : CPTR_ALL);
	return bytes / 16 - 1;
}

/* SVE is the RMM's to use, ZCR_EL1 too; after fp_take(). */
void fp_sve_open(void)
{
	allow(CPTR_RES1 | CPTR_TSM);
}

void fp_sve_close(void)
{
	if (has_sve())
		set_length(VECTOR_LENGTH_MAX);
	allow(CPTR_SIMD);
}

void fp_realm_reset(struct rmm_vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < RMM_VCPU_FP_PAGES; i++)
		memset(vcpu->fp[i], 0, PAGE_BYTES);
}

static void copy_z(const struct rmm_vcpu *vcpu, uint8_t *z, bool in)
{
	uint64_t at, part, size = Z_SIZE(vcpu->sve_vl);

	for (at = 0; at < size; at += part) {
		uint8_t *page = vcpu->fp[at / PAGE_BYTES];

		part = size - at < PAGE_BYTES ? size - at : PAGE_BYTES;
		memcpy(in ? z + at : page, in ? page : z + at, part);
	}
}

void fp_realm_load(const struct rmm_vcpu *vcpu)
{
	struct fp_state *fp = &this_cpu()->realm_fp;

	if (!vcpu->sve) {
		fp_simd_load(vcpu->fp[0]);
		return;
	}
	set_length(vcpu->sve_vl);
	copy_z(vcpu, fp->z, true);
	memcpy(fp->p, vcpu->fp[REST_PAGE], REST_SIZE);
	fp_sve_load(fp, 1);
}

/* At the length that fp_realm_load() set. */
void fp_realm_save(struct rmm_vcpu *vcpu)
{
	struct fp_state *fp = &this_cpu()->realm_fp;

	if (!vcpu->sve) {
		fp_simd_save(vcpu->fp[0]);
		return;
	}
	fp_sve_save(fp, 1);
	copy_z(vcpu, fp->z, false);
	memcpy(vcpu->fp[REST_PAGE], fp->p, REST_SIZE);
}
