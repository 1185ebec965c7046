// SPDX-License-Identifier: GPL-2.0-only
/*
 * A smallest host: brings the RMM up, drives stateful operations, and builds
 * one realm with one page of code at IPA 0. Pages come from one block, the
 * first of which is never delegated. Nothing here is careful: errors end the
 * suite.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "fwtest.h"

#define ORDER		8
#define DELEGATED	128		/* pages from the second half on */
#define REGION		(1UL << 30)
#define SRO_STEPS	64

static u64 block;
static unsigned int ns_next, delegated_next;
static bool bet3;
static u64 list, params, run;
static u64 rd, rec, tables[3], code_page;

void smc(struct smc *call)
{
	arm_smccc_1_2_smc((void *)call->x, (void *)call->x);
}

static u64 rmi_out(struct smc *call, u64 fid, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	*call = (struct smc){ .x = { fid, a, b, c, d, e } };
	smc(call);
	return call->x[0];
}

static u64 ns_page(void)
{
	u64 pa = block + PAGE_SIZE * ns_next++;

	memset(phys_to_virt(pa), 0, PAGE_SIZE);
	return pa;
}

static u64 delegated_page(void)
{
	return block + PAGE_SIZE * (DELEGATED + delegated_next++);
}

/* Fill the list with what is asked for; how many entries. */
static unsigned int donation(u64 request)
{
	unsigned int i, count = RMI_DONATE_COUNT(request);
	u64 state = RMI_DONATE_STATE(request) ? 1ULL << (bet3 ? 62 : 63) : 0;
	u64 *entry = phys_to_virt(list);

	if (RMI_DONATE_CONTIG(request)) {
		ns_next = round_up(ns_next, roundup_pow_of_two(count));
		entry[0] = RMI_ADDR_DESC(block + PAGE_SIZE * ns_next, count, 0) | state;
		ns_next += count;
		return 1;
	}
	for (i = 0; i < count; i++)
		entry[i] = RMI_ADDR_DESC(state ? ns_page() : delegated_page(), 1, 0) | state;
	return count;
}

/* Issue a command and drive it to its end. */
u64 rmi(u64 fid, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	struct smc call;
	u64 status = rmi_out(&call, fid, a, b, c, d, e);
	u64 handle = call.x[1];
	unsigned int steps;

	for (steps = 0; RMI_STATUS(status) == RMI_INCOMPLETE && steps < SRO_STEPS; steps++) {
		switch (RMI_RESULT_MEMREQ(status)) {
		case RMI_MEMREQ_DONATE:
			status = rmi_out(&call, SMC_RMI_OP_MEM_DONATE, handle, list,
					 donation(call.x[2]), 0, 0);
			break;
		case RMI_MEMREQ_RECLAIM:
			status = rmi_out(&call, SMC_RMI_OP_MEM_RECLAIM, handle, list,
					 RMI_ADDR_LIST_MAX, 0, 0);
			break;
		default:
			status = rmi_out(&call, SMC_RMI_OP_CONTINUE, handle, 0, 0, 0, 0);
		}
	}
	return status;
}

static u64 move_pages(u64 fid)
{
	u64 at = block + PAGE_SIZE * DELEGATED, top = block + (PAGE_SIZE << ORDER);
	struct smc call;

	while (at < top) {
		if (rmi_out(&call, fid, at, top, 0, 0, 0) || call.x[1] <= at)
			return call.x[0] ?: ~0ULL;
		at = call.x[1];
	}
	return 0;
}

/* Both profiles; what another host did before in this boot is no error. */
int host_begin(void)
{
	struct page *pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, ORDER);
	struct smc call;
	u64 region;

	if (!pages)
		return -ENOMEM;
	block = page_to_phys(pages);
	ns_next = 1;
	delegated_next = 0;
	list = ns_page();
	params = ns_page();
	run = ns_page();
	bet3 = rmi_out(&call, SMC_RMI_RMM_STATE_GET, 0, 0, 0, 0, 0) != RMI_NOT_IMPLEMENTED;
	rmi(SMC_RMI_RMM_CONFIG_SET, params, 0, 0, 0, 0);
	rmi(SMC_RMI_RMM_ACTIVATE, 0, 0, 0, 0, 0);
	region = round_down(block, REGION);
	rmi(SMC_RMI_GPT_L1_CREATE, region, 0, 0, 0, 0);
	rmi(SMC_RMI_GRANULE_TRACKING_SET, region, RMI_TRACKING_CONVENTIONAL,
	    RMI_TRACKING_FINE, 0, 0);
	return move_pages(SMC_RMI_GRANULE_RANGE_DELEGATE) ? -EIO : 0;
}

/* What tracking and GPTs took stays with the RMM: the block cannot be freed. */
void host_end(void)
{
	ok(!move_pages(SMC_RMI_GRANULE_RANGE_UNDELEGATE), "every page comes back");
	if (!bet3)
		free_pages((unsigned long)phys_to_virt(block), ORDER);
}

static u64 create_realm(unsigned int vectors)
{
	struct rmi_realm_params *p = phys_to_virt(params);

	memset(p, 0, sizeof(*p));
	p->s2sz = 33;
	p->num_bps = 1;
	p->num_wps = 1;
	p->rtt_base = tables[0];
	p->rtt_level_start = 1;
	p->rtt_num_start = 1;
	if (vectors) {
		p->flags0 = RMI_REALM_F0_SVE;
		p->sve_vl = vectors - 1;
	}
	return rmi(SMC_RMI_REALM_CREATE, rd, params, 0, 0, 0);
}

static u64 create_rec(void)
{
	struct rmi_rec_params *p = phys_to_virt(params);

	memset(p, 0, sizeof(*p));
	p->flags = RMI_REC_F_RUNNABLE;
	return rmi(SMC_RMI_REC_CREATE, rd, rec, params, 0, 0);
}

int realm_build(const u32 *code, size_t words, unsigned int vectors)
{
	u64 source = ns_page();
	unsigned int i;

	delegated_next = 0;
	rd = delegated_page();
	rec = delegated_page();
	code_page = delegated_page();
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		tables[i] = delegated_page();
	memcpy(phys_to_virt(source), code, words * sizeof(*code));
	memset(phys_to_virt(run), 0, PAGE_SIZE);
	if (create_realm(vectors) ||
	    rmi(SMC_RMI_RTT_CREATE, rd, tables[1], 0, 2, 0) ||
	    rmi(SMC_RMI_RTT_CREATE, rd, tables[2], 0, 3, 0) ||
	    rmi(SMC_RMI_RTT_DATA_MAP_INIT, rd, code_page, 0, source,
		RMI_DATA_MAP_INIT_MEASURE) ||
	    create_rec() || rmi(SMC_RMI_REALM_ACTIVATE, rd, 0, 0, 0, 0))
		return -EIO;
	return 0;
}

void realm_destroy(void)
{
	rmi(SMC_RMI_REC_DESTROY, rec, 0, 0, 0, 0);
	rmi(SMC_RMI_REALM_TERMINATE, rd, 0, 0, 0, 0);
	rmi(SMC_RMI_RTT_DATA_UNMAP, rd, 0, PAGE_SIZE, 0, 0);
	rmi(SMC_RMI_RTT_DESTROY, rd, 0, 3, 0, 0);
	rmi(SMC_RMI_RTT_DESTROY, rd, 0, 2, 0, 0);
	ok(!rmi(SMC_RMI_REALM_DESTROY, rd, 0, 0, 0, 0), "the realm is gone");
}

u64 realm_code_page(void)
{
	return code_page;
}

struct rmi_rec_run *realm_run_page(void)
{
	return phys_to_virt(run);
}

u64 realm_enter(void)
{
	return rmi(SMC_RMI_REC_ENTER, rec, run, 0, 0, 0);
}

u64 realm_run(void)
{
	unsigned int tries;
	unsigned long flags;
	u64 status = 0;

	for (tries = 0; tries < 100; tries++) {
		local_irq_save(flags);
		status = realm_enter();
		local_irq_restore(flags);
		if (status || realm_run_page()->exit.exit_reason != RMI_EXIT_IRQ)
			break;
	}
	return status;
}
