// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL3's translation tables: the first GiB as Root memory, and DRAM through one
 * window for each of the other physical address spaces. RME chooses the space
 * with the NSE and NS bits of the leaf.
 */
#include "el3.h"

#define PAS_ROOT	PTE_NSE
#define PAS_NS		PTE_NS
#define PAS_REALM	(PTE_NSE | PTE_NS)

#define LEAF		(PTE_BLOCK | PTE_AF | PTE_AP_RES1)
#define NORMAL		(LEAF | PTE_ATTR_NORMAL | PTE_SH_INNER)
#define GIB_SHIFT	30
#define BLOCK_SHIFT	21

static uint64_t l1[VA_L1_ENTRIES] __attribute__((aligned(4096)));
static uint64_t l2[512] __attribute__((aligned(4096)));

static void map_first_gib(uint64_t base, uint64_t size, uint64_t attributes)
{
	uint64_t at;

	for (at = base; at < base + size; at += BIT(BLOCK_SHIFT))
		l2[at >> BLOCK_SHIFT] = at | attributes;
}

static void map_window(uint64_t window, uint64_t attributes)
{
	uint64_t pa;

	for (pa = DRAM_BASE; pa < EL3_WINDOW_SIZE; pa += BIT(GIB_SHIFT))
		l1[(window + pa) >> GIB_SHIFT] = pa | attributes;
}

void el3_mmu_init(void)
{
	map_first_gib(FLASH_BASE, FLASH_SIZE, NORMAL | PAS_ROOT | PTE_RO);
	map_first_gib(DEVICE_BASE, DEVICE_SIZE,
		      LEAF | PTE_ATTR_DEVICE | PAS_ROOT | PTE_XN);
	map_first_gib(SRAM_BASE, SRAM_SIZE, NORMAL | PAS_ROOT | PTE_XN);
	l1[0] = (uint64_t)l2 | PTE_TABLE;
	map_window(EL3_NS_WINDOW, NORMAL | PAS_NS | PTE_XN);
	map_window(EL3_REALM_WINDOW, NORMAL | PAS_REALM | PTE_XN);
	dsb(sy);
}

void el3_mmu_enable(void)
{
	/* 40 bits of output are more than the windows need */
	write_sysreg(mair_el3, MAIR_VALUE);
	write_sysreg(tcr_el3, TCR_VALUE | TCR_RES1 | 2ULL << TCR_PS_SHIFT);
	write_sysreg(ttbr0_el3, (uint64_t)l1);
	isb();
	asm volatile("tlbi alle3" : : : "memory");
	dsb(sy);
	isb();
	write_sysreg(sctlr_el3, SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I);
	isb();
}
