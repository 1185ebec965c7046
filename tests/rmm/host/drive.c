// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small host: see drive.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fault.h"
#include "drive.h"

#define MUST(cond) do {							\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: cannot go on: %s\n",		\
			__FILE__, __LINE__, #cond);			\
		abort();						\
	}								\
} while (0)

#define STEPS_MAX	10000

static bool bet3(const struct host *host)
{
	return host->config.profile == RMM_PROFILE_BET3;
}

uint64_t drive_descriptor(struct host *host, uint64_t pa, uint64_t count,
			  unsigned int state)
{
	return RMI_ADDR_DESC(pa, count, 0) |
	       (uint64_t)state << (bet3(host) ? RMI_ADDR_STATE_SHIFT_BET3
					      : RMI_ADDR_STATE_SHIFT_JULY);
}

static uint64_t donate(struct host *host, uint64_t handle, uint64_t request,
		       struct drive_sro *sro)
{
	uint64_t count = RMI_DONATE_COUNT(request), list = host_page(host), pa;
	unsigned int state = RMI_DONATE_STATE(request), status;

	MUST(RMI_DONATE_BLOCK(request) == 0 && count && count <= 512);
	if (state == RMI_MEM_DELEGATED) {
		pa = drive_delegated_run(host, count,
					 RMI_DONATE_CONTIG(request) ? count : 1);
	} else {
		pa = host_pages(host, count,
				RMI_DONATE_CONTIG(request) ? count : 1);
		state = RMI_MEM_UNDELEGATED;	/* all is in one region here */
	}
	*(uint64_t *)host_at(host, list) =
		drive_descriptor(host, pa, count, state);
	status = HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, handle, list, 1);
	sro->donated += host_regs()->x[1];
	return status;
}

static uint64_t reclaim(struct host *host, uint64_t handle,
			struct drive_sro *sro)
{
	uint64_t list = host_page(host), status, *desc = host_at(host, list), n;

	status = HOST_CALL(host, SMC_RMI_OP_MEM_RECLAIM, handle, list, 512);
	n = host_regs()->x[1];
	for (uint64_t i = 0; i < n; i++)
		sro->reclaimed += RMI_ADDR_COUNT(desc[i]);
	for (uint64_t i = 0; i < n; i++)
		if (desc[i] >> 62 == 0)
			drive_undelegate(host, RMI_ADDR_PA(desc[i]),
					 RMI_ADDR_COUNT(desc[i]));
	/* The commands above have overwritten the answer. */
	return status;
}

uint64_t drive_on(struct host *host, uint64_t x0, uint64_t handle, uint64_t x2,
		  struct drive_sro *sro)
{
	struct drive_sro unused = { 0 };

	if (!sro)
		sro = &unused;
	while (RMI_STATUS(x0) == RMI_INCOMPLETE) {
		MUST(sro->steps++ < STEPS_MAX);
		switch (RMI_RESULT_MEMREQ(x0)) {
		case RMI_MEMREQ_DONATE:
			x0 = donate(host, handle, x2, sro);
			break;
		case RMI_MEMREQ_RECLAIM:
			x0 = reclaim(host, handle, sro);
			break;
		default:
			x0 = HOST_CALL(host, SMC_RMI_OP_CONTINUE, handle, 0);
		}
		x2 = host_regs()->x[2];
	}
	return x0;
}

uint64_t drive_call(struct host *host, uint32_t fid, const uint64_t *args,
		    struct drive_sro *sro)
{
	uint64_t x0 = host_call_args(host, fid, args);

	return drive_on(host, x0, host_regs()->x[1], host_regs()->x[2], sro);
}

struct host *drive_host(enum rmm_profile profile, unsigned int mib)
{
	return drive_up(host_new(profile, mib));
}

struct host *drive_up(struct host *host)
{
	uint64_t config = host_page(host);

	MUST(HOST_CALL(host, SMC_RMI_RMM_CONFIG_SET, config) == RMI_SUCCESS);
	MUST(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0) == RMI_SUCCESS);
	if (!bet3(host))
		return host;
	MUST(DRIVE(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE) == RMI_SUCCESS);
	MUST(DRIVE(host, SMC_RMI_GRANULE_TRACKING_SET, HOST_DRAM_BASE,
		   RMI_TRACKING_CONVENTIONAL, RMI_TRACKING_FINE) == RMI_SUCCESS);
	return host;
}

uint64_t drive_delegated_run(struct host *host, uint64_t count, uint64_t align)
{
	uint64_t pa = host_pages(host, count, align), at = pa;

	while (at < pa + count * HOST_PAGE) {
		MUST(HOST_CALL(host, SMC_RMI_GRANULE_RANGE_DELEGATE, at,
			       pa + count * HOST_PAGE) == RMI_SUCCESS);
		MUST(host_regs()->x[1] > at);
		at = host_regs()->x[1];
	}
	return pa;
}

uint64_t drive_delegated(struct host *host)
{
	return drive_delegated_run(host, 1, 1);
}

void drive_undelegate(struct host *host, uint64_t pa, uint64_t count)
{
	uint64_t top = pa + count * HOST_PAGE;

	while (pa < top) {
		MUST(HOST_CALL(host, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa,
			       top) == RMI_SUCCESS);
		MUST(host_regs()->x[1] > pa);
		pa = host_regs()->x[1];
	}
}

uint64_t drive_granule(struct host *host, uint64_t pa)
{
	MUST(HOST_CALL(host, SMC_RMM_TEST_GRANULE, pa) == 0);
	return host_regs()->x[1];
}

void drive_realm_params(struct host *host, struct drive_realm *r,
			unsigned int s2sz, int level, unsigned int roots)
{
	memset(r, 0, sizeof(*r));
	r->rd = drive_delegated(host);
	r->root = drive_delegated_run(host, roots, roots);
	r->params = host_page(host);
	r->p.s2sz = s2sz;
	r->p.num_bps = r->p.num_wps = 1;
	r->p.rtt_base = r->root;
	r->p.rtt_level_start = level;
	r->p.rtt_num_start = roots;
}

uint64_t drive_realm_create(struct host *host, struct drive_realm *r)
{
	memcpy(host_at(host, r->params), &r->p, sizeof(r->p));
	return DRIVE(host, SMC_RMI_REALM_CREATE, r->rd, r->params);
}

void drive_realm_new(struct host *host, struct drive_realm *r)
{
	drive_realm_params(host, r, 33, 1, 1);
	MUST(drive_realm_create(host, r) == RMI_SUCCESS);
}

void drive_tables(struct host *host, const struct drive_realm *r, uint64_t ipa,
		  int level)
{
	for (int l = (int)r->p.rtt_level_start + 1; l <= level; l++) {
		uint64_t base = ipa & ~((1UL << RMI_LEVEL_SHIFT(l - 1)) - 1);
		uint64_t rtt = drive_delegated(host);

		if (HOST_CALL(host, SMC_RMI_RTT_CREATE, r->rd, rtt, base,
			      (uint64_t)l) != RMI_SUCCESS)
			drive_undelegate(host, rtt, 1);
	}
}

uint64_t drive_populate(struct host *host, const struct drive_realm *r,
			uint64_t ipa, const void *content)
{
	uint64_t data = drive_delegated(host), src = host_page(host);

	if (content)
		memcpy(host_at(host, src), content, HOST_PAGE);
	drive_tables(host, r, ipa, RMI_LEVEL_LEAF);
	MUST(HOST_CALL(host, SMC_RMI_RTT_DATA_MAP_INIT, r->rd, data, ipa, src,
		       RMI_DATA_MAP_INIT_MEASURE) == RMI_SUCCESS);
	return data;
}

uint64_t drive_rec_create(struct host *host, const struct drive_realm *r,
			  uint64_t mpidr, uint64_t flags, uint64_t *rec)
{
	uint64_t params = host_page(host), status;
	struct rmi_rec_params *p = host_at(host, params);

	*rec = drive_delegated(host);
	p->mpidr = mpidr;
	p->flags = flags;
	status = DRIVE(host, SMC_RMI_REC_CREATE, r->rd, *rec, params);
	if (status != RMI_SUCCESS)
		drive_undelegate(host, *rec, 1);
	return status;
}

uint64_t drive_rec_destroy(struct host *host, uint64_t rec)
{
	uint64_t status = DRIVE(host, SMC_RMI_REC_DESTROY, rec);

	if (status == RMI_SUCCESS)
		drive_undelegate(host, rec, 1);
	return status;
}

uint64_t drive_enter(struct host *host, uint64_t rec, uint64_t run)
{
	return HOST_CALL(host, SMC_RMI_REC_ENTER, rec, run);
}

struct rmi_rec_run *drive_run(struct host *host, uint64_t run)
{
	return host_at(host, run);
}

/* Everything between base and top, leaf tables first. */
static void remove_range(struct host *host, struct drive_realm *r, uint64_t base,
			 uint64_t top, uint32_t unmap, uint64_t list)
{
	uint64_t ipa = base, *desc = host_at(host, list), status;

	while (ipa < top) {
		status = HOST_CALL(host, unmap, r->rd, ipa, top,
				   RMI_OADDR_LIST | RMI_OADDR_LIST_COUNT(512),
				   list);
		MUST(status == RMI_SUCCESS && host_regs()->x[1] > ipa);
		ipa = host_regs()->x[1];
		for (uint64_t n = host_regs()->x[3], i = 0;
		     i < n && unmap == SMC_RMI_RTT_DATA_UNMAP; i++)
			drive_undelegate(host, RMI_ADDR_PA(desc[i]),
					 RMI_ADDR_COUNT(desc[i])
					 << (9 * RMI_ADDR_BLOCK(desc[i])));
	}
	for (int level = 3; level > r->p.rtt_level_start; level--) {
		for (ipa = base; ipa < top;) {
			status = HOST_CALL(host, SMC_RMI_RTT_DESTROY, r->rd,
					   ipa & ~((1UL << RMI_LEVEL_SHIFT(level - 1)) - 1),
					   (uint64_t)level);
			MUST(RMI_STATUS(status) == RMI_SUCCESS ||
			     RMI_STATUS(status) == RMI_ERROR_RTT);
			uint64_t rtt = host_regs()->x[1];

			ipa = host_regs()->x[2] > ipa ? host_regs()->x[2] :
				ipa + (1UL << RMI_LEVEL_SHIFT(level - 1));
			if (status == RMI_SUCCESS)
				drive_undelegate(host, rtt, 1);
		}
	}
}

void drive_realm_remove(struct host *host, struct drive_realm *r)
{
	uint64_t half = 1UL << (r->p.s2sz - 1), list = host_page(host);

	MUST(HOST_CALL(host, SMC_RMI_REALM_TERMINATE, r->rd) == RMI_SUCCESS);
	remove_range(host, r, 0, half, SMC_RMI_RTT_DATA_UNMAP, list);
	remove_range(host, r, half, half * 2, SMC_RMI_RTT_UNPROT_UNMAP, list);
	MUST(DRIVE(host, SMC_RMI_REALM_DESTROY, r->rd) == RMI_SUCCESS);
	drive_undelegate(host, r->rd, 1);
	drive_undelegate(host, r->root, r->p.rtt_num_start);
}

uint64_t drive_ledger(struct host *host)
{
	MUST(HOST_CALL(host, SMC_RMM_TEST_LEDGER, 0) == 0);
	return host_regs()->x[1];
}
