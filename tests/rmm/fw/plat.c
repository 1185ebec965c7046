// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seam at R-EL2: memory of both worlds, the lock, small services.
 */
#include "rmm.h"
#include "string.h"

#define GRANULE		4096ULL
#define IPA_PAGES_MAX	64	/* beyond, all of the realm is cheaper */

#define ICH_VTR_EL2	S3_4_C12_C11_1

void rmm_plat_lock(struct rmm *rmm)
{
	struct rmm_shell *shell = rmm_plat_of(rmm);

	while (__atomic_exchange_n(&shell->lock, 1, __ATOMIC_ACQUIRE))
		asm volatile("yield");
}

void rmm_plat_unlock(struct rmm *rmm)
{
	struct rmm_shell *shell = rmm_plat_of(rmm);

	__atomic_store_n(&shell->lock, 0, __ATOMIC_RELEASE);
}

void *rmm_plat_granule(struct rmm *rmm, uint64_t pa)
{
	return (void *)pa;
}

static void *ns_window(uint64_t pa, size_t size)
{
	if (pa >= RMM_WINDOW_SIZE || size > RMM_WINDOW_SIZE - pa)
		return NULL;
	return (void *)(RMM_NS_WINDOW + pa);
}

bool rmm_plat_ns_read(struct rmm *rmm, void *to, uint64_t pa, size_t size)
{
	const void *from = ns_window(pa, size);

	return from && !ns_copy(to, from, size);
}

bool rmm_plat_ns_write(struct rmm *rmm, uint64_t pa, const void *from, size_t size)
{
	void *to = ns_window(pa, size);

	return to && !ns_copy(to, from, size);
}

bool rmm_plat_gpi_set(struct rmm *rmm, uint64_t pa, uint64_t granules, bool realm)
{
	return !rmm_service(RMM_SERVICE_GPI_SET, pa, granules, realm, 0);
}

/* EL3 cleans the granule to the point of aliasing when it leaves the PAS. */
void rmm_plat_scrub(struct rmm *rmm, uint64_t pa)
{
	uint64_t dczid = read_sysreg(dczid_el0);
	uint64_t step = 4ULL << FIELD(dczid, 0, 4);
	uint64_t at;

	if (FIELD(dczid, 4, 1) || step > GRANULE) {
		memset((void *)pa, 0, GRANULE);
		return;
	}
	for (at = pa; at < pa + GRANULE; at += step)
		asm volatile("dc zva, %0" : : "r"(at) : "memory");
	dsb(ish);
}

void rmm_plat_tlbi(struct rmm *rmm, uint64_t vttbr, uint64_t ipa, uint64_t size)
{
	uint64_t at;

	write_sysreg(vttbr_el2, vttbr);
	dsb(ishst);
	isb();
	if (!size || size > IPA_PAGES_MAX * GRANULE) {
		asm volatile("tlbi vmalls12e1is" : : : "memory");
	} else {
		for (at = ipa; at < ipa + size; at += GRANULE)
			asm volatile("tlbi ipas2e1is, %0" : : "r"(at >> 12) : "memory");
		dsb(ish);
		/* stage 1 entries may have been combined with these */
		asm volatile("tlbi vmalle1is" : : : "memory");
	}
	dsb(ish);
	isb();
}

uint64_t rmm_plat_random(struct rmm *rmm)
{
	uint64_t value, ok = 0;
	unsigned int tries;

	if (FIELD(read_sysreg(id_aa64isar0_el1), 60, 4)) {
		for (tries = 0; tries < 16 && !ok; tries++)
			asm volatile("mrs %0, " STRING(RNDR) "\n\tcset %1, ne"
				     : "=r"(value), "=r"(ok) : : "cc");
		if (ok)
			return value;
	}
	/* no entropy here: a test RMM may be guessed */
	return (read_sysreg(cntpct_el0) + 1) * 0x9e3779b97f4a7c15ULL;
}

/* Ours are masked; what waits is routed to the host's world by EL3. */
bool rmm_plat_irq_pending(struct rmm *rmm)
{
	isb();
	return read_sysreg(isr_el1);
}

uint64_t rmm_plat_counter(struct rmm *rmm)
{
	isb();
	return read_sysreg(cntvct_el0);
}

#define LR_CASE(n, crm, op2)						\
	case n: return read_sysreg(S3_4_C12_##crm##_##op2);

static uint64_t list_register(unsigned int n)
{
	switch (n) {
	LR_CASE(0, C12, 0) LR_CASE(1, C12, 1) LR_CASE(2, C12, 2)
	LR_CASE(3, C12, 3) LR_CASE(4, C12, 4) LR_CASE(5, C12, 5)
	LR_CASE(6, C12, 6) LR_CASE(7, C12, 7) LR_CASE(8, C13, 0)
	LR_CASE(9, C13, 1) LR_CASE(10, C13, 2) LR_CASE(11, C13, 3)
	LR_CASE(12, C13, 4) LR_CASE(13, C13, 5) LR_CASE(14, C13, 6)
	LR_CASE(15, C13, 7)
	}
	return 0;
}

/* EL3 does not switch them: they are as the host wrote them. */
void rmm_plat_gic_read(struct rmm *rmm, unsigned int cpu, struct rmm_gic *gic)
{
	unsigned int i;

	gic->vtr = read_sysreg(ICH_VTR_EL2);
	gic->lr_count = FIELD(gic->vtr, 0, 5) + 1;
	if (gic->lr_count > 16)
		gic->lr_count = 16;
	for (i = 0; i < gic->lr_count; i++)
		gic->lr[i] = list_register(i);
}

void rmm_plat_log(struct rmm *rmm, const char *text, uint64_t a, uint64_t b)
{
	rmm_service(RMM_SERVICE_LOG, (uint64_t)text, a, b, 0);
}
