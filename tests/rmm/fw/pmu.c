// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PMU: the host's stands still while a realm runs, and a realm that was made
 * with one has the first of its counters, with state of its own in its REC.
 */
#include "rmm.h"
#include "string.h"

#define PMCR_E			BIT(0)
#define PMCR_RESET		(BIT(1) | BIT(2))	/* counters to zero */
#define PMCR_LC			BIT(6)
#define PMCR_N(pmcr)		FIELD(pmcr, 11, 5)
#define MDCR_HPMN		0x1fULL
#define MDCR_TPMCR		BIT(5)
#define MDCR_TPM		BIT(6)
#define CYCLES			BIT(31)
#define EVERY			0xffffffffULL
/* FEAT_PMUv3p5: later ones have more state. */
#define VERSION_MAX		6

_Static_assert(sizeof(struct pmu_state) <= 8 * RMM_VCPU_PMU_WORDS, "plat.h");

/* As ID_AA64DFR0_EL1 has it, and as a realm may have it; 0: there is none. */
uint64_t pmu_version(void)
{
	uint64_t version = FIELD(read_sysreg(id_aa64dfr0_el1), 8, 4);

	if (version == 0xf)
		return 0;
	return version < VERSION_MAX ? version : VERSION_MAX;
}

/* EL2 sees all of them. */
uint64_t pmu_counters(void)
{
	return pmu_version() ? PMCR_N(read_sysreg(pmcr_el0)) : 0;
}

/* Nothing counts. */
static void save(struct pmu_state *pmu, uint64_t counters)
{
	uint64_t n;

	pmu->enabled = read_sysreg(pmcntenset_el0);
	pmu->interrupts = read_sysreg(pmintenset_el1);
	pmu->overflows = read_sysreg(pmovsset_el0);
	pmu->select = read_sysreg(pmselr_el0);
	pmu->user = read_sysreg(pmuserenr_el0);
	pmu->cycles = read_sysreg(pmccntr_el0);
	pmu->cycles_filter = read_sysreg(pmccfiltr_el0);
	for (n = 0; n < counters; n++) {
		write_sysreg(pmselr_el0, n);
		isb();
		pmu->count[n] = read_sysreg(pmxevcntr_el0);
		pmu->event[n] = read_sysreg(pmxevtyper_el0);
	}
}

/*
 * The interrupt follows the registers: it is low between two states, and what
 * enables the counters comes last.
 */
static void load(const struct pmu_state *pmu, uint64_t counters)
{
	uint64_t n, mine = CYCLES | (BIT(counters) - 1);

	write_sysreg(pmcntenclr_el0, EVERY);
	write_sysreg(pmintenclr_el1, EVERY);
	write_sysreg(pmovsclr_el0, EVERY);
	isb();
	for (n = 0; n < counters; n++) {
		write_sysreg(pmselr_el0, n);
		isb();
		write_sysreg(pmxevtyper_el0, pmu->event[n]);
		write_sysreg(pmxevcntr_el0, pmu->count[n]);
	}
	write_sysreg(pmccntr_el0, pmu->cycles);
	write_sysreg(pmccfiltr_el0, pmu->cycles_filter);
	write_sysreg(pmselr_el0, pmu->select);
	write_sysreg(pmuserenr_el0, pmu->user);
	write_sysreg(pmcr_el0, pmu->pmcr & ~PMCR_RESET);
	isb();
	write_sysreg(pmovsset_el0, pmu->overflows & mine);
	write_sysreg(pmintenset_el1, pmu->interrupts & mine);
	write_sysreg(pmcntenset_el0, pmu->enabled & mine);
	isb();
}

void pmu_stop(void)
{
	struct pmu_state *host = &this_cpu()->pmu;

	if (!pmu_version())
		return;
	host->pmcr = read_sysreg(pmcr_el0);
	write_sysreg(pmcr_el0, host->pmcr & ~(PMCR_E | PMCR_RESET));
	isb();
}

void pmu_start(void)
{
	if (pmu_version())
		write_sysreg(pmcr_el0, this_cpu()->pmu.pmcr & ~PMCR_RESET);
}

void pmu_realm_reset(struct rmm_vcpu *vcpu)
{
	struct pmu_state *realm = (struct pmu_state *)vcpu->pmu_state;

	memset(realm, 0, sizeof(*realm));
	realm->pmcr = PMCR_LC;
	vcpu->pmu_overflow = false;
}

/* PMCR_EL0.N is what HPMN says, to EL1. What is above it counts nothing (HPME). */
void pmu_realm_load(const struct rmm_vcpu *vcpu)
{
	uint64_t mdcr = read_sysreg(mdcr_el2);

	save(&this_cpu()->pmu, pmu_counters());
	mdcr &= ~(MDCR_HPMN | MDCR_TPMCR | MDCR_TPM);
	write_sysreg(mdcr_el2, mdcr | vcpu->pmu_ctrs);
	isb();
	load((const struct pmu_state *)vcpu->pmu_state, vcpu->pmu_ctrs);
}

void pmu_realm_save(struct rmm_vcpu *vcpu)
{
	struct pmu_state *realm = (struct pmu_state *)vcpu->pmu_state;
	uint64_t mine = CYCLES | (BIT(vcpu->pmu_ctrs) - 1);
	uint64_t counters = pmu_counters();

	realm->pmcr = read_sysreg(pmcr_el0);
	write_sysreg(pmcr_el0, realm->pmcr & ~(PMCR_E | PMCR_RESET));
	isb();
	save(realm, vcpu->pmu_ctrs);
	vcpu->pmu_overflow = (realm->pmcr & PMCR_E) &&
			     (realm->interrupts & realm->overflows & mine);

	write_sysreg(mdcr_el2, (read_sysreg(mdcr_el2) & ~MDCR_HPMN) | counters |
			       MDCR_TPMCR | MDCR_TPM);
	isb();
	load(&this_cpu()->pmu, counters);
}
