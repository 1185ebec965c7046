// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host shell: simulated memory, and the seam's functions over it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* A promise of the model is broken: no test goes on from here. */
#define MUST(cond) do {							\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: the model broke: %s\n",	\
			__FILE__, __LINE__, #cond);			\
		abort();						\
	}								\
} while (0)

static _Thread_local struct rmm_regs last;

static struct host *host_of(struct rmm *rmm)
{
	return rmm_plat_of(rmm);
}

static bool page_exists(const struct host *host, uint64_t pa)
{
	return pa >= HOST_DRAM_BASE &&
	       (pa - HOST_DRAM_BASE) / HOST_PAGE < host->pages;
}

static uint64_t page_index(const struct host *host, uint64_t pa)
{
	MUST(page_exists(host, pa));
	return (pa - HOST_DRAM_BASE) / HOST_PAGE;
}

struct host *host_new_in(const struct rmm_config *config, unsigned int mib,
			 void *memory)
{
	struct host *host = calloc(1, sizeof(*host));
	uint64_t dram = (uint64_t)mib << 20;

	host->config = *config;
	host->pages = dram / HOST_PAGE + HOST_UNKNOWN_PAGES;
	host->memory = memory;
	host->realm_pas = calloc(host->pages, sizeof(bool));
	host->next_page = HOST_CARVEOUT_PAGES;
	host->config.dram[0] = (struct rmm_memory){ HOST_DRAM_BASE, dram };
	host->config.dram_count = 1;
	host->config.carveout = (struct rmm_memory){
		HOST_DRAM_BASE, HOST_CARVEOUT_PAGES * HOST_PAGE };
	host->config.heap_size = rmm_heap_size(&host->config);
	host->heap = malloc(host->config.heap_size);
	host->config.heap = host->heap;
	host->config.plat = host;
	host->gic.lr_count = 4;
	host->gic.vtr = 0x90b80003;
	host->rmm = rmm_init(&host->config);
	MUST(host->rmm);
	return host;
}

struct host *host_new_config(const struct rmm_config *config, unsigned int mib)
{
	uint64_t bytes = ((uint64_t)mib << 20) + HOST_UNKNOWN_PAGES * HOST_PAGE;
	void *memory = aligned_alloc(HOST_PAGE, bytes);

	memset(memory, 0, bytes);
	return host_new_in(config, mib, memory);
}

struct host *host_new(enum rmm_profile profile, unsigned int mib)
{
	const struct rmm_config config = {
		.profile = profile, .cpus = 2, .pa_bits = 48,
		.num_bps = 5, .num_wps = 3, .sve = true, .sve_vl = 3,
		.pmu = true, .pmu_ctrs = 6, .pmu_none = true,
	};

	return host_new_config(&config, mib);
}

void host_free(struct host *host)
{
	free(host->heap);
	free(host->memory);
	free(host->realm_pas);
	free(host);
}

uint64_t host_pages(struct host *host, uint64_t count, uint64_t align)
{
	uint64_t first = HOST_DRAM_BASE / HOST_PAGE + host->next_page;

	first = (first + align - 1) / align * align;
	host->next_page = first + count - HOST_DRAM_BASE / HOST_PAGE;
	MUST(host->next_page <= host->pages - HOST_UNKNOWN_PAGES);
	memset(host_at(host, first * HOST_PAGE), 0, count * HOST_PAGE);
	return first * HOST_PAGE;
}

uint64_t host_page(struct host *host)
{
	return host_pages(host, 1, 1);
}

uint64_t host_unknown_page(struct host *host)
{
	return HOST_DRAM_BASE + (host->pages - HOST_UNKNOWN_PAGES) * HOST_PAGE;
}

uint64_t host_carveout_page(struct host *host)
{
	return host->config.carveout.base;
}

void *host_at(struct host *host, uint64_t pa)
{
	page_index(host, pa);
	return host->memory + (pa - HOST_DRAM_BASE);
}

bool host_is_realm(struct host *host, uint64_t pa)
{
	return host->realm_pas[page_index(host, pa)];
}

uint64_t host_call(struct host *host, struct rmm_regs *regs)
{
	uint64_t kept[14];

	memcpy(kept, &regs->x[4], sizeof(kept));
	rmm_handle(host->rmm, 0, regs);
	MUST(!host->locked);
	/* A.5: X4 on are preserved, but by READ_ENTRY, which returns X4. */
	MUST(!memcmp(&kept[1], &regs->x[5], sizeof(kept) - sizeof(kept[0])));
	last = *regs;
	return regs->x[0];
}

uint64_t host_call_args(struct host *host, uint32_t fid, const uint64_t *args)
{
	struct rmm_regs regs;

	for (unsigned int i = 0; i < 18; i++)
		regs.x[i] = 0xdead0000 + i;
	regs.x[0] = fid;
	memcpy(&regs.x[1], args, 6 * sizeof(uint64_t));
	return host_call(host, &regs);
}

const struct rmm_regs *host_regs(void)
{
	return &last;
}

/* ---- the seam ------------------------------------------------------------ */

void rmm_plat_lock(struct rmm *rmm)
{
	MUST(!host_of(rmm)->locked);
	host_of(rmm)->locked = true;
}

void rmm_plat_unlock(struct rmm *rmm)
{
	MUST(host_of(rmm)->locked);
	host_of(rmm)->locked = false;
}

void *rmm_plat_granule(struct rmm *rmm, uint64_t pa)
{
	struct host *host = host_of(rmm);

	MUST(pa % HOST_PAGE == 0 && host_is_realm(host, pa));
	return host_at(host, pa);
}

static bool ns_range(struct host *host, uint64_t pa, size_t size)
{
	MUST(size <= HOST_PAGE && pa % HOST_PAGE + size <= HOST_PAGE);
	if (host->ns_faults) {
		host->ns_faults--;
		return false;
	}
	return page_exists(host, pa) && !host_is_realm(host, pa);
}

bool rmm_plat_ns_read(struct rmm *rmm, void *to, uint64_t pa, size_t size)
{
	if (!ns_range(host_of(rmm), pa, size))
		return false;
	memcpy(to, host_at(host_of(rmm), pa), size);
	return true;
}

bool rmm_plat_ns_write(struct rmm *rmm, uint64_t pa, const void *from,
		       size_t size)
{
	if (!ns_range(host_of(rmm), pa, size))
		return false;
	memcpy(host_at(host_of(rmm), pa), from, size);
	return true;
}

bool rmm_plat_gpi_set(struct rmm *rmm, uint64_t pa, uint64_t granules,
		      bool realm)
{
	struct host *host = host_of(rmm);

	if (host->gpi_refuses)
		return false;
	for (uint64_t i = 0; i < granules; i++) {
		MUST(host_is_realm(host, pa + i * HOST_PAGE) != realm);
		host->realm_pas[page_index(host, pa + i * HOST_PAGE)] = realm;
	}
	return true;
}

void rmm_plat_scrub(struct rmm *rmm, uint64_t pa)
{
	memset(rmm_plat_granule(rmm, pa), 0, HOST_PAGE);
}

void rmm_plat_tlbi(struct rmm *rmm, uint64_t vttbr, uint64_t ipa, uint64_t size)
{
	(void)vttbr;
	(void)ipa;
	(void)size;
	host_of(rmm)->tlbis++;
}

void rmm_plat_gic_read(struct rmm *rmm, unsigned int cpu, struct rmm_gic *gic)
{
	(void)cpu;
	*gic = host_of(rmm)->gic;
}

uint64_t rmm_plat_counter(struct rmm *rmm)
{
	return host_of(rmm)->counter;
}

uint64_t rmm_plat_random(struct rmm *rmm)
{
	(void)rmm;
	return 4;
}

bool rmm_plat_irq_pending(struct rmm *rmm)
{
	struct host *host = host_of(rmm);

	if (!host->irqs)
		return false;
	host->irqs--;
	return true;
}

void rmm_plat_log(struct rmm *rmm, const char *text, uint64_t a, uint64_t b)
{
	(void)rmm;
	fprintf(stderr, "# rmm: %s %llx %llx\n", text, (unsigned long long)a,
		(unsigned long long)b);
}
