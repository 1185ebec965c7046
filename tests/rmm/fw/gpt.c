// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granule protection tables: which physical address space each 4 KiB granule
 * belongs to. Level 0 covers 1 TiB in steps of 1 GiB; a GiB that holds DRAM
 * gets a level 1 table, everything else is one block.
 */
#include "el3.h"

#define L0_SHIFT	30
#define L0_ENTRIES	1024
#define L0_BLOCK	0x1ULL
#define L0_TABLE	0x3ULL
#define GPI_SHIFT	4		/* of a level 0 block */
#define GPI_NS		0x9ULL
#define GPI_REALM	0xbULL
#define GPI_ANY		0xfULL

#define GRANULE_SHIFT	12
#define L1_SIZE		(BIT(L0_SHIFT - GRANULE_SHIFT) / 2)	/* 4 bits each */
#define L1_SHIFT	16		/* log2 of what one word covers */

#define GPCCR_PPS_40	2ULL
#define GPCCR_WALK	(1ULL << 8 | 1ULL << 10 | 3ULL << 12)
#define GPCCR_GPC	BIT(16)

static uint64_t l0[L0_ENTRIES] __attribute__((aligned(8 * L0_ENTRIES)));
static uint64_t l1_next = GPT_L1_BASE;
static uint32_t lock;

static uint64_t *l1_of(uint64_t pa)
{
	uint64_t index = pa >> L0_SHIFT;

	if (index >= L0_ENTRIES || (l0[index] & 0xf) != L0_TABLE)
		return NULL;
	return (uint64_t *)(l0[index] & ~0xfffULL);
}

static uint64_t gpi_get(uint64_t pa)
{
	uint64_t *l1 = l1_of(pa);

	if (!l1)
		return 0;
	return FIELD(l1[FIELD(pa, L1_SHIFT, L0_SHIFT - L1_SHIFT)],
		     FIELD(pa, GRANULE_SHIFT, 4) * 4, 4);
}

static void gpi_put(uint64_t pa, uint64_t gpi)
{
	uint64_t *word = &l1_of(pa)[FIELD(pa, L1_SHIFT, L0_SHIFT - L1_SHIFT)];
	unsigned int shift = FIELD(pa, GRANULE_SHIFT, 4) * 4;

	*(volatile uint64_t *)word = (*word & ~(0xfULL << shift)) | gpi << shift;
}

/* All of a bank's GiBs start as Non-secure. False: no room for their tables. */
static bool add_bank(uint64_t base, uint64_t size)
{
	uint64_t i, j;

	if (!size || base + size > (uint64_t)L0_ENTRIES << L0_SHIFT)
		return false;
	for (i = base >> L0_SHIFT; i <= (base + size - 1) >> L0_SHIFT; i++) {
		uint64_t *l1 = (uint64_t *)l1_next;

		if ((l0[i] & 0xf) == L0_TABLE)
			continue;
		if (l1_next + L1_SIZE > GPT_L1_END)
			return false;
		for (j = 0; j < L1_SIZE / 8; j++)
			l1[j] = GPI_NS * 0x1111111111111111ULL;
		l0[i] = l1_next | L0_TABLE;
		l1_next += L1_SIZE;
	}
	return true;
}

void gpt_init(const struct rmm_boot *boot)
{
	uint64_t i;

	/* flash and devices: who may see them is the bus's business */
	l0[0] = L0_BLOCK | GPI_ANY << GPI_SHIFT;
	for (i = 1; i < L0_ENTRIES; i++)
		l0[i] = L0_BLOCK | GPI_NS << GPI_SHIFT;
	for (i = 0; i < boot->banks; i++) {
		if (!add_bank(boot->bank[i].base, boot->bank[i].size))
			el3_panic("more memory than GPTs");
	}
	for (i = CARVEOUT_BASE; i < CARVEOUT_END; i += BIT(GRANULE_SHIFT))
		gpi_put(i, GPI_REALM);
	dsb(sy);
}

static void invalidate(void)
{
	dsb(sy);
	asm volatile("sys #6, c8, c1, #4" : : : "memory");	/* TLBI PAALLOS */
	dsb(sy);
	isb();
}

void gpt_enable(void)
{
	write_sysreg(GPTBR_EL3, (uint64_t)l0 >> GRANULE_SHIFT);
	write_sysreg(GPCCR_EL3, GPCCR_PPS_40 | GPCCR_WALK | GPCCR_GPC);
	isb();
	invalidate();
}

/* Clean and invalidate a granule up to where the address spaces meet. */
static void clean(uint64_t pa, uint64_t gpi)
{
	uint64_t pas = gpi == GPI_REALM ? BIT(63) | BIT(62) : BIT(63);
	uint64_t line = 4ULL << FIELD(read_sysreg(ctr_el0), 16, 4);
	uint64_t at;

	for (at = pa; at < pa + BIT(GRANULE_SHIFT); at += line)
		asm volatile("sys #6, c7, c14, #1, %0"		/* DC CIPAPA */
			     : : "r"(at | pas) : "memory");
}

static void lock_take(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		;
}

/* Move granules between Non-secure and Realm: all of them or none. */
bool gpt_set(uint64_t pa, uint64_t granules, bool realm)
{
	uint64_t from = realm ? GPI_NS : GPI_REALM;
	uint64_t to = realm ? GPI_REALM : GPI_NS;
	uint64_t i, at;
	bool ok = false;

	if (pa & (BIT(GRANULE_SHIFT) - 1) ||
	    granules > (uint64_t)L0_ENTRIES << (L0_SHIFT - GRANULE_SHIFT))
		return false;
	lock_take();
	for (i = 0, at = pa; i < granules; i++, at += BIT(GRANULE_SHIFT)) {
		bool ours = at >= CARVEOUT_BASE && at < CARVEOUT_END;

		if (ours || gpi_get(at) != from)
			goto out;
	}
	for (i = 0, at = pa; i < granules; i++, at += BIT(GRANULE_SHIFT)) {
		clean(at, from);
		gpi_put(at, to);
	}
	invalidate();
	/* nothing of the old space may be written back over the new one */
	for (i = 0, at = pa; i < granules; i++, at += BIT(GRANULE_SHIFT))
		clean(at, from);
	dsb(sy);
	ok = true;
out:
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	return ok;
}
