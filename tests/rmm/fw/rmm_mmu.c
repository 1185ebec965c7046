// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RMM's own translation tables: DRAM of the Realm PAS where it is, and
 * Non-secure DRAM through a window. The RMM's code is the only thing that can
 * be executed, and cannot be written.
 */
#include "rmm.h"

#define LEAF		(PTE_BLOCK | PTE_AF | PTE_AP_RES1 | PTE_ATTR_NORMAL | \
			 PTE_SH_INNER)
#define GIB_SHIFT	30
#define BLOCK_SHIFT	21

static uint64_t l1[VA_L1_ENTRIES] __attribute__((aligned(4096)));
static uint64_t l2[512] __attribute__((aligned(4096)));

static void map_bank(uint64_t base, uint64_t size)
{
	uint64_t i;

	if (!size || base + size > RMM_WINDOW_SIZE)
		return;
	for (i = base >> GIB_SHIFT; i <= (base + size - 1) >> GIB_SHIFT; i++) {
		uint64_t pa = i << GIB_SHIFT;

		l1[i] = pa | LEAF | PTE_XN;
		l1[i + (RMM_NS_WINDOW >> GIB_SHIFT)] = pa | LEAF | PTE_XN | PTE_NS;
	}
}

/* Runs with the MMU off. */
void rmm_mmu_init(const struct rmm_boot *boot)
{
	uint64_t i;

	for (i = 0; i < boot->banks; i++)
		map_bank(boot->bank[i].base, boot->bank[i].size);
	for (i = 0; i < 512; i++)
		l2[i] = (DRAM_BASE + (i << BLOCK_SHIFT)) | LEAF | PTE_XN;
	i = (RMM_TEXT_BASE - DRAM_BASE) >> BLOCK_SHIFT;
	l2[i] = RMM_TEXT_BASE | LEAF | PTE_RO;
	l1[DRAM_BASE >> GIB_SHIFT] = (uint64_t)l2 | PTE_TABLE;
	dsb(sy);
}

void rmm_mmu_enable(void)
{
	write_sysreg(mair_el2, MAIR_VALUE);
	write_sysreg(tcr_el2, TCR_VALUE | TCR_RES1 | 2ULL << TCR_PS_SHIFT);
	write_sysreg(ttbr0_el2, (uint64_t)l1);
	isb();
	asm volatile("tlbi alle2" : : : "memory");
	dsb(sy);
	isb();
	write_sysreg(sctlr_el2, SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I);
	isb();
}
