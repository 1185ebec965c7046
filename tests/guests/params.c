// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells its host what it finds: host call 100 with ipa_width, hash_algo, the
 * eight words of the RPV, ID_AA64DFR0_EL1, ID_AA64PFR0_EL1, MPIDR_EL1,
 * gicv3_vtr, and, if x0 is 1, the bytes of an SVE vector register.
 */
#include "rt/rt.h"

static uint64_t vector_bytes(void)
{
	uint64_t bytes;

	/* CPACR_EL1: no traps of FP and SVE; ZCR_EL1: as long as they come. */
	asm volatile("msr cpacr_el1, %0; isb" : : "r"(0x330000UL));
	asm volatile("msr S3_0_C1_C2_0, %0; isb" : : "r"(0xfUL));
	asm volatile(".inst 0x04bf5020\n	mov %0, x0" : "=r"(bytes) : : "x0");
	return bytes;
}

int main(const uint64_t args[8])
{
	const struct rsi_realm_config *config = rt_config();
	uint64_t gprs[31] = { config->ipa_width, config->hash_algo };
	unsigned int i;

	for (i = 0; i < 8; i++)
		gprs[2 + i] = ((const volatile uint64_t *)config->rpv)[i];
	asm volatile("mrs %0, id_aa64dfr0_el1" : "=r"(gprs[10]));
	asm volatile("mrs %0, id_aa64pfr0_el1" : "=r"(gprs[11]));
	asm volatile("mrs %0, mpidr_el1" : "=r"(gprs[12]));
	gprs[13] = config->gicv3_vtr;
	if (args[0] == 1)
		gprs[14] = vector_bytes();
	rt_host_call(100, gprs);
	return 0;
}
