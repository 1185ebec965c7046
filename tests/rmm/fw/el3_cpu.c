// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU's own EL3 registers: let the lower levels use everything, trap
 * nothing. What is trapped all the same is an undefined instruction there.
 */
#include "el3.h"

#define CPTR_EZ			BIT(8)
#define CPTR_ESM		BIT(12)

/* Trace, profiling and branch records belong to the Non-secure world. */
#define MDCR_NSPB		(3ULL << 12)
#define MDCR_SCCD		BIT(23)
#define MDCR_NSTB		(3ULL << 24)
#define MDCR_SBRBE		(3ULL << 32)
#define MDCR_MCCD		BIT(34)
#define MDCR_ENPMSN		BIT(36)

#define MPAM3_MPAMEN		BIT(63)
#define SMCR_FA64		BIT(31)
#define SMCR_EZT0		BIT(30)
#define VECTOR_LENGTH_MAX	0xf

#define SPSR_MODE_MASK		0xfULL
#define SPSR_EL(spsr)		FIELD(spsr, 2, 2)
#define SPSR_SP			BIT(0)
#define SPSR_KEEP		(0xf0000000ULL | BIT(22) | BIT(24)) /* NZCV PAN DIT */
#define SPSR_DAIF		0x3c0ULL

void el3_cpu_init(void)
{
	uint64_t pfr0 = read_sysreg(id_aa64pfr0_el1);
	uint64_t pfr1 = read_sysreg(id_aa64pfr1_el1);
	bool sve = FIELD(pfr0, 32, 4);
	bool sme = FIELD(pfr1, 24, 4);

	if (!FIELD(pfr0, 52, 4))
		el3_panic("this CPU has no RME");
	write_sysreg(cptr_el3, (sve ? CPTR_EZ : 0) | (sme ? CPTR_ESM : 0));
	write_sysreg(mdcr_el3, MDCR_NSPB | MDCR_SCCD | MDCR_NSTB | MDCR_SBRBE |
		     MDCR_MCCD | MDCR_ENPMSN);
	isb();
	if (sve)
		write_sysreg(ZCR_EL3, VECTOR_LENGTH_MAX);
	if (sme)
		write_sysreg(SMCR_EL3, SMCR_FA64 | SMCR_EZT0 | VECTOR_LENGTH_MAX);
	if (FIELD(pfr0, 40, 4) || FIELD(pfr1, 16, 4))
		write_sysreg(MPAM3_EL3, MPAM3_MPAMEN);
	isb();
}

/* Answer a trap to EL3 as if the instruction did not exist below. */
void el3_inject_undef(struct el3_frame *frame)
{
	bool from_el2 = SPSR_EL(frame->spsr) == 2;
	bool to_el2 = from_el2 ||
		      (SPSR_EL(frame->spsr) == 0 && read_sysreg(hcr_el2) & BIT(27));
	uint64_t vector = 0x400;

	if (SPSR_EL(frame->spsr) == (to_el2 ? 2 : 1))
		vector = frame->spsr & SPSR_SP ? 0x200 : 0;
	if (to_el2) {
		write_sysreg(esr_el2, ESR_IL);
		write_sysreg(elr_el2, frame->elr);
		write_sysreg(spsr_el2, frame->spsr);
		vector += read_sysreg(vbar_el2);
	} else {
		write_sysreg(esr_el1, ESR_IL);
		write_sysreg(elr_el1, frame->elr);
		write_sysreg(spsr_el1, frame->spsr);
		vector += read_sysreg(vbar_el1);
	}
	frame->elr = vector;
	frame->spsr = (frame->spsr & SPSR_KEEP) | SPSR_DAIF |
		      (to_el2 ? SPSR_EL2H : SPSR_EL1H);
}
