// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SMC. What the module asks is held against the rules of a host; what the
 * RMM answers decides what it has from then on. Who answers is the backend.
 *
 * This is the other book that is kept on every page, from the registers alone
 * and by the text of the specification. Where it and the module's ledger
 * differ, one of the two is wrong.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rmi.h"
#include "world.h"

#define OPS_MAX		4096
#define CALLS_MAX	65536

static const struct rmm_backend *rmm;
static struct seam_op ops[OPS_MAX];
static unsigned int newest;		/* how many there were */
static unsigned int total, counted;
static uint16_t calls[CALLS_MAX];
static bool july, verbose;

/* The account of the realm or REC in a page: the page may change hands. */
static uint16_t accounts[WORLD_PAGES_MAX], last_account;

/* Granules of a list, one after the other, up to what a donation may be. */
struct list {
	uint64_t pa[65536 + 512];
	uint8_t lent[65536 + 512];
	unsigned int count;
};
static struct list given;

void seam_begin(const struct rmm_backend *backend, bool is_july)
{
	rmm = backend;
	july = is_july;
	newest = total = counted = 0;
	last_account = TAG_RMM;
	verbose = getenv("FUZZ_VERBOSE");
}

bool seam_july(void)
{
	return july;
}

unsigned int seam_calls(void)
{
	unsigned int n = total - counted;

	counted = total;
	return n;
}

unsigned int seam_total(void)
{
	return total;
}

unsigned int seam_call(unsigned int n)
{
	return n < CALLS_MAX ? calls[n] : 0;
}

uint64_t *rmm_page(uint64_t pa)
{
	return (uint64_t *)(world.rmm_view + (pa - WORLD_BASE));
}

struct seam_op *seam_op(uint64_t handle)
{
	for (unsigned int n = 0; n < OPS_MAX && n < newest; n++) {
		struct seam_op *op = &ops[(newest - 1 - n) % OPS_MAX];

		if (op->live && op->handle == handle)
			return op;
	}
	return NULL;
}

/* ------------------------------------------------------- who is asked by whom */

static bool is_op(uint32_t fid)
{
	return fid == SMC_RMI_OP_CONTINUE || fid == SMC_RMI_OP_MEM_DONATE ||
	       fid == SMC_RMI_OP_MEM_RECLAIM || fid == SMC_RMI_OP_CANCEL;
}

static bool is_range(uint32_t fid)
{
	return fid == SMC_RMI_GRANULE_RANGE_DELEGATE ||
	       fid == SMC_RMI_GRANULE_RANGE_UNDELEGATE;
}

/* The account that a command's granules are booked on: a realm's, the RMM's. */
unsigned int seam_tag(uint32_t fid, const uint64_t *x)
{
	switch (fid) {
	case SMC_RMI_RMM_ACTIVATE:
	case SMC_RMI_RMM_DEACTIVATE:
	case SMC_RMI_GRANULE_TRACKING_SET:
	case SMC_RMI_GPT_L1_CREATE:
	case SMC_RMI_GPT_L1_DESTROY:
		return TAG_RMM;
	case SMC_RMI_REALM_CREATE:
	case SMC_RMI_REALM_TERMINATE:
	case SMC_RMI_REALM_DESTROY:
	case SMC_RMI_REC_CREATE:
	case SMC_RMI_REC_DESTROY:
	case SMC_RMI_RTT_DATA_MAP_INIT:
	case SMC_RMI_RTT_DATA_MAP:
	case SMC_RMI_RTT_DATA_UNMAP:
	case SMC_RMI_RTT_CREATE:
	case SMC_RMI_RTT_DESTROY:
		if (!page_exists(x[1]))
			fuzz_broken("command %#x about no page", fid);
		return accounts[page_of(x[1])];
	default:
		return 0;
	}
}

/* Those of the above that no account pays for: they can donate nothing. */
static bool pays(uint32_t fid)
{
	return fid != SMC_RMI_RTT_CREATE && fid != SMC_RMI_RTT_DESTROY;
}

uint32_t seam_object(uint32_t fid, const uint64_t *x)
{
	switch (fid) {
	case SMC_RMI_REALM_CREATE:
	case SMC_RMI_REALM_DESTROY:
	case SMC_RMI_REC_DESTROY:
		return page_of(x[1]);
	case SMC_RMI_REC_CREATE:
		return page_of(x[2]);
	case SMC_RMI_GPT_L1_CREATE:
	case SMC_RMI_GPT_L1_DESTROY:
		return 1U << 30 | (uint32_t)(x[1] >> 30);
	case SMC_RMI_GRANULE_TRACKING_SET:
		return 1U << 31 | (uint32_t)(x[1] >> 30);
	default:
		return ~0U;
	}
}

/* ------------------------------------------------------- what a host may ask */

static void must_be_ours(uint64_t pa, const char *what)
{
	const struct world_page *p;

	if (!page_exists(pa))
		fuzz_broken("%s at %#llx, where nothing is", what,
			    (unsigned long long)pa);
	p = &world.page[page_of(pa)];
	if (p->has != HAS_NOT || p->owner < OWNER_LEDGER)
		fuzz_broken("%s in page %u, which is not ours", what, page_of(pa));
}

/* Granules that a command takes: delegated, and the RMM has them for nothing. */
static void must_be_free(uint64_t pa, uint64_t count, const char *what)
{
	for (uint64_t n = 0; n < count; n++, pa += PAGE_SIZE) {
		unsigned int i = page_of(pa);

		if (i >= world.pages || world.page[i].has != HAS_FREE)
			fuzz_broken("%s: page %u is not delegated, or not free (%u)",
				    what, i, i < world.pages ? world.page[i].has : 99);
	}
}

static uint64_t params_page(uint32_t fid, const uint64_t *x)
{
	switch (fid) {
	case SMC_RMI_REALM_CREATE:
		return x[2];
	case SMC_RMI_REC_CREATE:
		return x[3];
	case SMC_RMI_RMM_CONFIG_SET:
	case SMC_RMI_RMM_CONFIG_GET:
		return x[1];
	default:
		return 0;
	}
}

static uint64_t sum_of(uint64_t pa)
{
	uint64_t sum = 1;

	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		sum = sum * 31 + rmm_page(pa)[i];
	return sum;
}

/* Descriptors of a DATA_MAP that the fuzzers' realms can come to. */
#define OBJECTS_MAX	16

static unsigned int mapped(const uint64_t *x, uint64_t *pa, uint64_t *count,
			   enum page_kind *kind)
{
	bool list = (x[4] & 3) == RMI_OADDR_LIST;
	unsigned int n = list ? x[4] >> 2 & 0x3fff : 1;

	if (!n || n > OBJECTS_MAX)
		fuzz_broken("a list of %u runs", n);
	for (unsigned int i = 0; i < n; i++) {
		uint64_t entry = list ? rmm_page(x[5])[i] : x[5];

		pa[i] = RMI_ADDR_PA(entry);
		count[i] = RMI_ADDR_COUNT(entry) << (9 * RMI_ADDR_BLOCK(entry));
		kind[i] = KIND_DATA;
	}
	return n;
}

/* How much of a range the answer says was done; nonsense may be all of it. */
static uint64_t granules_done(const uint64_t *x, const uint64_t *out)
{
	uint64_t size = (x[4] & 3) == RMI_OADDR_LIST ? rmm_page(x[5])[0] : x[5];

	size = 1ULL << RMI_BLOCK_SHIFT(RMI_ADDR_BLOCK(size));
	if (out[1] <= x[2] || out[1] > x[3] || (out[1] - x[2]) % size)
		return ~0ULL;
	return (out[1] - x[2]) / PAGE_SIZE;
}

/* The object granules of a command that makes or maps something. */
static unsigned int objects_of(uint32_t fid, const uint64_t *x, uint64_t *pa,
			       uint64_t *count, enum page_kind *kind)
{
	const struct rmi_realm_params *params;

	pa[0] = x[2];
	count[0] = 1;
	kind[0] = KIND_OBJECT;
	switch (fid) {
	case SMC_RMI_REALM_CREATE:
		params = (void *)rmm_page(x[2]);
		pa[0] = x[1];
		pa[1] = params->rtt_base;
		count[1] = params->rtt_num_start;
		kind[1] = KIND_ROOT;
		return 2;
	case SMC_RMI_REC_CREATE:
		return 1;
	case SMC_RMI_RTT_CREATE:
		kind[0] = KIND_TABLE;
		return 1;
	case SMC_RMI_RTT_DATA_MAP_INIT:
		kind[0] = KIND_DATA;
		return 1;
	case SMC_RMI_RTT_DATA_MAP:
		return mapped(x, pa, count, kind);
	default:
		return 0;
	}
}

static void check_range(uint32_t fid, const uint64_t *x)
{
	bool out = fid == SMC_RMI_GRANULE_RANGE_DELEGATE;

	if (x[2] <= x[1] || (x[1] | x[2]) % PAGE_SIZE)
		fuzz_broken("a range of nothing");
	for (uint64_t pa = x[1]; pa < x[2]; pa += PAGE_SIZE) {
		unsigned int i = page_of(pa), has;

		if (i >= world.pages || world.page[i].owner != OWNER_LEDGER)
			fuzz_broken("page %u is not the module's to move", i);
		has = world.page[i].has;
		if (out && (has != HAS_NOT || !world.page[i].offline))
			fuzz_broken("page %u is delegated (%u), or has no mark", i, has);
		if (!out && has != HAS_FREE && has != HAS_MAYBE)
			fuzz_broken("page %u is to be undelegated and is not free (%u)",
				    i, has);
	}
}

static void check_command(uint32_t fid, const uint64_t *x)
{
	uint64_t pa[OBJECTS_MAX], count[OBJECTS_MAX], params = params_page(fid, x);
	enum page_kind kind[OBJECTS_MAX];
	unsigned int n;

	if (is_range(fid))
		check_range(fid, x);
	if (params)
		must_be_ours(params, "parameters");
	if (fid == SMC_RMI_RTT_DATA_UNMAP ||
	    (fid == SMC_RMI_RTT_DATA_MAP && (x[4] & 3) == RMI_OADDR_LIST))
		must_be_ours(x[5], "a list");
	n = objects_of(fid, x, pa, count, kind);
	for (unsigned int i = 0; i < n; i++)
		must_be_free(pa[i], count[i], "an object");
}

/* Into granules. A descriptor counts to 1023: what is more goes in larger blocks. */
static void read_list(uint64_t list, uint64_t entries, uint64_t request)
{
	bool larger = RMI_DONATE_CONTIG(request) &&
		      RMI_DONATE_COUNT(request) > RMI_ADDR_COUNT_MAX;

	given.count = 0;
	for (uint64_t e = 0; e < entries; e++) {
		uint64_t entry = rmm_page(list)[e];
		unsigned int state = (unsigned int)(entry >> (july ? 63 : 62));
		uint64_t n = RMI_ADDR_COUNT(entry) << (9 * RMI_ADDR_BLOCK(entry));
		unsigned int block = (unsigned int)RMI_ADDR_BLOCK(entry);

		if (!n || state > RMI_MEM_UNDELEGATED ||
		    (block != RMI_DONATE_BLOCK(request) && !larger))
			fuzz_broken("entry %#llx of a donation is wrong",
				    (unsigned long long)entry);
		if (RMI_ADDR_PA(entry) & ((1ULL << RMI_BLOCK_SHIFT(block)) - 1))
			fuzz_broken("a donated block is not aligned");
		for (; n && given.count < ARRAY_SIZE(given.pa); n--, given.count++) {
			given.pa[given.count] = RMI_ADDR_PA(entry);
			given.lent[given.count] = state;
			entry += PAGE_SIZE;
		}
		if (n)
			fuzz_broken("a donation of more than 256 MiB");
	}
}

/*
 * R16: what was asked for, in that shape, and not more. Or what no RMM can take,
 * which is a way to end an operation (E.5).
 */
static void check_donation(struct seam_op *op, uint64_t list,
			   uint64_t entries)
{
	uint64_t wanted = RMI_DONATE_COUNT(op->request)
			  << (9 * RMI_DONATE_BLOCK(op->request));
	unsigned int state = RMI_DONATE_STATE(op->request);

	if (!entries || entries > RMI_ADDR_LIST_MAX || list % PAGE_SIZE)
		fuzz_broken("a list of %llu entries", (unsigned long long)entries);
	if (RMI_ADDR_PA(rmm_page(list)[0]) < PAGE_SIZE) {
		op->escaped = true;
		given.count = 0;
		return;
	}
	read_list(list, entries, op->request);
	if (given.count > wanted)
		fuzz_broken("%u granules are donated, %llu were wanted",
			    given.count, (unsigned long long)wanted);
	if (RMI_DONATE_CONTIG(op->request) &&
	    (entries != 1 || given.count != wanted || wanted & (wanted - 1) ||
	     given.pa[0] & ((wanted << PAGE_SHIFT) - 1)))
		fuzz_broken("a contiguous donation is not");
	for (unsigned int n = 0; n < given.count; n++) {
		unsigned int i = page_of(given.pa[n]);

		if (state != RMI_MEM_CONDITIONAL && given.lent[n] != state)
			fuzz_broken("a donation in the wrong state");
		if (!given.lent[n])
			must_be_free(given.pa[n], 1, "a donation");
		else if (i >= world.pages || world.page[i].has != HAS_NOT ||
			 !world.page[i].offline)
			fuzz_broken("page %u is donated and was not set aside", i);
	}
}

static struct seam_op *check_op(uint32_t fid, const uint64_t *x)
{
	struct seam_op *op = seam_op(x[1]);

	if (!op)
		fuzz_broken("%#x with a handle of nothing, or of what is over", fid);
	if (op->params && op->params != sum_of(params_page(op->fid, op->x)))
		fuzz_broken("the parameter page changed during the operation (R21)");
	switch (fid) {
	case SMC_RMI_OP_CANCEL:
		if (!op->can_cancel || op->cancelled)
			fuzz_broken("cancelled twice, or what cannot be cancelled (R19)");
		break;
	case SMC_RMI_OP_MEM_DONATE:
		must_be_ours(x[2], "a list");
		if (op->pending != RMI_MEMREQ_DONATE)
			fuzz_broken("a donation that nobody asked for");
		check_donation(op, x[2], x[3]);
		break;
	case SMC_RMI_OP_MEM_RECLAIM:
		must_be_ours(x[2], "a list");
		if (op->pending != RMI_MEMREQ_RECLAIM)
			fuzz_broken("a reclaim where nothing comes back");
		if (x[3] > RMI_ADDR_LIST_MAX || x[2] % PAGE_SIZE)
			fuzz_broken("a list that leaves its page");
		break;
	default:
		if (op->pending == RMI_MEMREQ_DONATE ||
		    op->pending == RMI_MEMREQ_RECLAIM)
			fuzz_broken("OP_CONTINUE while it waits for something else");
	}
	return op;
}

/* ------------------------------------------------------- what an RMM has then */

static void become(uint64_t pa, uint64_t count, enum rmm_has has,
		   unsigned int tag, enum page_kind kind)
{
	for (uint64_t n = 0; n < count; n++)
		page_set(page_of(pa + n * PAGE_SIZE), has, tag, kind);
}

static bool is(uint64_t pa, unsigned int tag, enum rmm_has has)
{
	unsigned int i = page_of(pa);

	return i < world.pages && world.page[i].tag == tag &&
	       world.page[i].has == has;
}

static bool stands(uint64_t pa, unsigned int tag)
{
	return is(pa, tag, HAS_TAKEN) || is(pa, tag, HAS_LENT);
}

static bool transient(unsigned int status)
{
	return status == RMI_BUSY || status == RMI_BLOCKED;
}

/* A range command is over; `doubt` is the call that left pages MAYBE. */
static void range_over(uint32_t fid, const uint64_t *x, unsigned int status,
		       uint64_t out, unsigned int doubt, bool broken_off)
{
	bool to_rmm = fid == SMC_RMI_GRANULE_RANGE_DELEGATE;
	bool valid = out > x[1] && out <= x[2] && !(out % PAGE_SIZE);

	for (uint64_t pa = x[1]; pa < x[2]; pa += PAGE_SIZE) {
		unsigned int i = page_of(pa), has = world.page[i].has;

		if (to_rmm && (has == HAS_NOT ||
			       (has == HAS_MAYBE && world.page[i].tag == doubt))) {
			if (broken_off || (status == RMI_SUCCESS && !valid))
				page_set(i, HAS_MAYBE, 0, 0);
			else if (status == RMI_SUCCESS && pa < out)
				page_set(i, HAS_FREE, 0, 0);
			else
				page_set(i, HAS_NOT, 0, 0);
		}
		if (!to_rmm && status == RMI_SUCCESS && !broken_off && valid &&
		    pa < out)
			page_set(i, HAS_NOT, 0, 0);
		else if (!to_rmm && (pa == x[1] || pa == out || transient(status) ||
				     broken_off))
			world.page[i].refused = true;
		/* It says that this one is none of its own. */
		if (!to_rmm && !broken_off && pa == x[1] && has == HAS_MAYBE &&
		    (status == RMI_ERROR_INPUT || status == RMI_ERROR_TRACKING ||
		     status == RMI_ERROR_GPT))
			page_set(i, HAS_NOT, 0, 0);
	}
}

static void unmap_over(const uint64_t *x, uint64_t entries, unsigned int tag)
{
	for (uint64_t e = 0; e < min(entries, RMI_ADDR_LIST_MAX + 0ULL); e++) {
		uint64_t entry = rmm_page(x[5])[e], n;
		uint64_t count = RMI_ADDR_COUNT(entry) << (9 * RMI_ADDR_BLOCK(entry));

		if (RMI_ADDR_BLOCK(entry) > 1)
			continue;
		for (n = 0; n < count; n++)
			if (!is(RMI_ADDR_PA(entry) + n * PAGE_SIZE, tag, HAS_TAKEN))
				break;
		if (n == count)
			become(RMI_ADDR_PA(entry), count, HAS_FREE, 0, 0);
	}
}

/* A command has its final status: so much for its object granules. */
static void command_over(uint32_t fid, const uint64_t *x, const uint64_t *out,
			 unsigned int tag, bool begun)
{
	bool done = RMI_STATUS(out[0]) == RMI_SUCCESS;
	uint64_t pa[OBJECTS_MAX], count[OBJECTS_MAX];
	enum page_kind kind[OBJECTS_MAX];
	unsigned int n = objects_of(fid, x, pa, count, kind);

	uint64_t left = done && fid == SMC_RMI_RTT_DATA_MAP ? granules_done(x, out) : ~0ULL;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t some = min(left, count[i]);

		if (done && !begun)
			become(pa[i], some, HAS_TAKEN, tag, kind[i]);
		if (begun && (!done || some < count[i]))
			become(pa[i] + (done ? some : 0) * PAGE_SIZE,
			       count[i] - (done ? some : 0), HAS_FREE, 0, 0);
		left -= some;
	}
	if (!done)
		return;
	switch (fid) {
	case SMC_RMI_REALM_DESTROY:
		for (unsigned int i = 0; i < world.pages; i++)
			if (stands(page_pa(i), tag) && world.page[i].kind == KIND_ROOT)
				page_set(i, HAS_FREE, 0, 0);
		fallthrough;
	case SMC_RMI_REC_DESTROY:
		if (stands(x[1], tag))
			page_set(page_of(x[1]), HAS_FREE, 0, 0);
		break;
	case SMC_RMI_RTT_DESTROY:
		if (!(out[1] % PAGE_SIZE) && stands(out[1], tag))
			page_set(page_of(out[1]), HAS_FREE, 0, 0);
		break;
	case SMC_RMI_REC_CREATE:
		accounts[page_of(x[2])] = tag;
		break;
	case SMC_RMI_RTT_DATA_UNMAP:
		unmap_over(x, out[3], tag);
		break;
	}
}

/* INCOMPLETE: from now on it may have whatever the command is about. */
static void op_begins(uint32_t fid, const uint64_t *x, const uint64_t *out)
{
	struct seam_op *op = &ops[newest++ % OPS_MAX];
	uint64_t pa[OBJECTS_MAX], count[OBJECTS_MAX], params = params_page(fid, x);
	enum page_kind kind[OBJECTS_MAX];
	unsigned int n;

	*op = (struct seam_op){
		.live = true, .fid = fid, .handle = out[1], .number = newest,
		.tag = seam_tag(fid, x), .object = seam_object(fid, x),
		.params = params ? sum_of(params) : 0,
	};
	memcpy(op->x, x, sizeof(op->x));
	n = objects_of(fid, x, pa, count, kind);
	for (unsigned int i = 0; i < n; i++)
		become(pa[i], count[i], HAS_TAKEN, op->tag, kind[i]);
	for (uint64_t at = x[1]; fid == SMC_RMI_GRANULE_RANGE_DELEGATE && at < x[2];
	     at += PAGE_SIZE)
		page_set(page_of(at), HAS_MAYBE, op->number, 0);
	/* Until it has an end that says otherwise. */
	if (fid == SMC_RMI_GRANULE_RANGE_UNDELEGATE)
		world.page[page_of(x[1])].refused = true;
}

static void op_waits(struct seam_op *op, const uint64_t *out)
{
	op->pending = RMI_RESULT_MEMREQ(out[0]);
	op->can_cancel = RMI_RESULT_CAN_CANCEL(out[0]);
	op->request = out[2];
}

static void donated(const struct seam_op *op, uint64_t consumed)
{
	for (unsigned int n = 0; n < given.count && n < consumed; n++) {
		unsigned int i = page_of(given.pa[n]);

		if (i >= world.pages)
			continue;
		page_set(i, given.lent[n] ? HAS_LENT : HAS_TAKEN, op->tag, KIND_AUX);
		world.page[i].object = op->object;
	}
}

static void reclaimed(const struct seam_op *op, uint64_t list, uint64_t entries)
{
	if (!op->tag || !pays(op->fid))
		return;
	for (uint64_t e = 0; e < min(entries, RMI_ADDR_LIST_MAX + 0ULL); e++) {
		uint64_t entry = rmm_page(list)[e];
		uint64_t count = RMI_ADDR_COUNT(entry) << (9 * RMI_ADDR_BLOCK(entry));
		bool lent = entry >> (july ? 63 : 62);
		uint64_t pa = RMI_ADDR_PA(entry);

		for (; count && page_exists(pa); count--, pa += PAGE_SIZE)
			if (stands(pa, op->tag))
				page_set(page_of(pa), lent ? HAS_NOT : HAS_FREE, 0, 0);
	}
}

static void op_answered(struct seam_op *op, uint32_t fid, const uint64_t *x,
			const uint64_t *out)
{
	unsigned int status = RMI_STATUS(out[0]);
	bool moved = status == RMI_SUCCESS || status == RMI_INCOMPLETE;

	/* Whatever that is, the operation cannot go on. */
	if (out[0] == RMI_NOT_IMPLEMENTED) {
		op->live = false;
		return;
	}
	/* Busy is no answer; any other one is, even if it is a refusal. */
	if (fid == SMC_RMI_OP_CANCEL && status != RMI_BUSY && status != RMI_BLOCKED)
		op->cancelled = true;
	if (fid == SMC_RMI_OP_MEM_DONATE && moved)
		donated(op, out[1]);
	if (fid == SMC_RMI_OP_MEM_RECLAIM && moved)
		reclaimed(op, x[2], out[1]);
	if (status == RMI_INCOMPLETE) {
		op_waits(op, out);
		return;
	}
	if (status == RMI_BUSY || status == RMI_BLOCKED ||
	    (status == RMI_ERROR_INPUT && fid != SMC_RMI_OP_CONTINUE))
		return;
	op->live = false;
	if (is_range(op->fid)) {
		range_over(op->fid, op->x, status, out[1], op->number,
			   op->cancelled || (op->escaped && status != RMI_SUCCESS));
		return;
	}
	/* Cancelled: there is no object, whatever the last word was. */
	if (op->cancelled) {
		const uint64_t none[4] = { RMI_ERROR_INPUT };

		command_over(op->fid, op->x, none, op->tag, true);
	} else {
		command_over(op->fid, op->x, out, op->tag, true);
	}
}

/* ---------------------------------------------------------------------- call */

/* For those who look at one input: FUZZ_VERBOSE=1. */
static void tell(const uint64_t *x, const uint64_t *out)
{
	fprintf(stderr, "# %u: %03x(%llx, %llx, %llx, %llx, %llx) = %llx, %llx, %llx, %llx\n",
		task_id(), SMC_RMI_NUMBER((uint32_t)x[0]),
		(unsigned long long)x[1], (unsigned long long)x[2],
		(unsigned long long)x[3], (unsigned long long)x[4],
		(unsigned long long)x[5], (unsigned long long)out[0],
		(unsigned long long)out[1], (unsigned long long)out[2],
		(unsigned long long)out[3]);
}

void arm_smccc_1_2_smc(const struct arm_smccc_1_2_regs *args,
		       struct arm_smccc_1_2_regs *res)
{
	uint64_t x[18], out[18];
	uint32_t fid = (uint32_t)args->a0;
	struct seam_op *op = NULL;
	bool probe = false;	/* of what is implemented, at bring-up */

	if (!tasks_panicked())
		fuzz_might_sleep("an SMC");
	memcpy(x, args, sizeof(x));
	if (total < CALLS_MAX)
		calls[total] = SMC_RMI_NUMBER(fid);
	total++;
	task_smc();
	time_pass(1000);

	if (x[1] == 1 && x[2] == 1)
		probe = true;
	else if (is_op(fid))
		op = check_op(fid, x);
	else
		check_command(fid, x);
	if (fid == SMC_RMI_REALM_CREATE)
		accounts[page_of(x[1])] = ++last_account;
	memcpy(out, x, sizeof(out));
	rmm->smc(out);
	if (verbose)
		tell(x, out);

	if (probe) {
		;
	} else if (op) {
		op_answered(op, fid, x, out);
	} else if (RMI_STATUS(out[0]) == RMI_INCOMPLETE) {
		op_begins(fid, x, out);
		op_waits(&ops[(newest - 1) % OPS_MAX], out);
	} else if (is_range(fid)) {
		range_over(fid, x, RMI_STATUS(out[0]), out[1], 0, false);
	} else {
		command_over(fid, x, out, seam_tag(fid, x), false);
	}
	memcpy(res, out, sizeof(x));
}
