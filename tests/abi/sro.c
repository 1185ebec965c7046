// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stateful operations as a running RMM drove them (E, L.1, L.2.14 to L.2.17).
 */
#include <string.h>

#include "abi.h"

#define CONTEXTS_MAX	1024

/* A REC_CREATE with nothing behind it: rd and params are looked at last. */
struct op {
	uint64_t rec, handle, list;
};

static void op_begin(struct op *op)
{
	op->rec = delegated();
	op->list = ns_page();
	EQ(RMI(REC_CREATE, 0, op->rec, 0), 0x10d);
	op->handle = last.x[1];
	X(2, 0x40);
}

static uint64_t donate(struct op *op, const uint64_t *entry, unsigned int count)
{
	abi_page_write(op->list, entry, count * 8);
	return RMI(OP_MEM_DONATE, op->handle, op->list, count);
}

static void op_escape(struct op *op, uint64_t page)
{
	const uint64_t entry = RMI_ADDR_DESC(page, 1, 0);

	EQ(donate(op, &entry, 1), 0x20d);
	X(1, 0);
	X(2, 0);
}

static void op_end(struct op *op, uint64_t status)
{
	uint64_t entry[512], n;

	EQ(RMI(OP_MEM_RECLAIM, op->handle, op->list, 512), 0x00d);
	n = last.x[1];
	abi_page_read(op->list, entry, sizeof(entry));
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < RMI_ADDR_COUNT(entry[i]); j++)
			returned(RMI_ADDR_PA(entry[i]) + j * PAGE);
	EQ(RMI(OP_CONTINUE, op->handle, 0), status);
	EQ(in_use(op->rec), false);
}

ABI_TEST(L2_15_handles_are_the_lowest_free_index)
{
	struct op a, b, c;

	op_begin(&a);
	op_begin(&b);
	EQ(a.handle, 0);
	EQ(b.handle, 1);
	op_escape(&a, a.rec);
	op_end(&a, RMI_ERROR_INPUT);
	op_begin(&c);
	EQ(c.handle, 0);
	op_escape(&b, b.rec);
	op_end(&b, RMI_ERROR_INPUT);
	op_escape(&c, c.rec);
	op_end(&c, RMI_ERROR_INPUT);
}

ABI_TEST(L2_16_the_escape_page_may_be_the_rec_or_address_0)
{
	struct op op;

	op_begin(&op);
	op_escape(&op, op.rec);
	op_end(&op, RMI_ERROR_INPUT);
	X(1, 0);
	op_begin(&op);
	op_escape(&op, 0);
	op_end(&op, RMI_ERROR_INPUT);
	op_begin(&op);
	op_escape(&op, ns_page());
	op_end(&op, RMI_ERROR_INPUT);
}

ABI_TEST(L2_16_the_escape_works_after_a_partial_donation)
{
	uint64_t entry[1];
	struct op op;

	op_begin(&op);
	entry[0] = RMI_ADDR_DESC(delegated(), 1, 0);
	EQ(donate(&op, entry, 1), 0x10d);
	X(1, 1);
	X(2, 15 << 2);
	op_escape(&op, op.rec);
	op_end(&op, RMI_ERROR_INPUT);
}

ABI_TEST(L2_14_donation_stops_at_the_page_that_is_not_delegated)
{
	uint64_t entry[5] = { 0 };
	struct op op;

	op_begin(&op);
	entry[0] = RMI_ADDR_DESC(delegated(), 1, 0);
	entry[2] = RMI_ADDR_DESC(delegated(), 1, 0);
	entry[3] = RMI_ADDR_DESC(ns_page(), 1, 0);
	entry[4] = RMI_ADDR_DESC(delegated(), 1, 0);
	EQ(donate(&op, entry, 5), 0x10d);
	X(1, 2);
	X(2, 0x38);
	op_escape(&op, op.rec);
	op_end(&op, RMI_ERROR_INPUT);
}

ABI_TEST(L2_14_descriptor_bit_62_is_ignored_and_bit_63_refused)
{
	uint64_t page, entry[1];
	struct op op;

	op_begin(&op);
	page = delegated();
	entry[0] = RMI_ADDR_DESC(page, 1, 0) | 1UL << 63;
	EQ(donate(&op, entry, 1), RMI_ERROR_INPUT);
	EQ(in_use(page), false);
	entry[0] = RMI_ADDR_DESC(page, 1, 0) | 1UL << 62;
	EQ(donate(&op, entry, 1), 0x10d);
	X(1, 1);
	op_escape(&op, op.rec);
	op_end(&op, RMI_ERROR_INPUT);
}

ABI_TEST(L2_14_too_much_and_too_large_are_refused)
{
	uint64_t run = delegated_run(32), entry[2];
	struct op op;

	op_begin(&op);
	entry[0] = RMI_ADDR_DESC(run, 17, 0);
	EQ(donate(&op, entry, 1), RMI_ERROR_INPUT);
	entry[0] = RMI_ADDR_DESC(run, 8, 0);
	entry[1] = RMI_ADDR_DESC(run + 8 * PAGE, 16, 0);
	EQ(donate(&op, entry, 2), RMI_ERROR_INPUT);
	entry[0] = RMI_ADDR_DESC(run & ~(MIB2 - 1), 1, 1);
	EQ(donate(&op, entry, 1), RMI_ERROR_INPUT);
	EQ(in_use(run), false);
	op_escape(&op, op.rec);
	op_end(&op, RMI_ERROR_INPUT);
}

ABI_TEST(E2_a_wrong_step_is_input_and_keeps_the_operation)
{
	struct op op;

	op_begin(&op);
	EQ(RMI(OP_CONTINUE, op.handle, 0), RMI_ERROR_INPUT);
	EQ(RMI(OP_MEM_RECLAIM, op.handle, op.list, 4), RMI_ERROR_INPUT);
	EQ(RMI(OP_CANCEL, op.handle), RMI_ERROR_INPUT);
	EQ(RMI(OP_CONTINUE, op.handle + 1, 0), RMI_ERROR_INPUT);
	EQ(RMI(OP_CONTINUE, 0x10000, 0), RMI_ERROR_INPUT);
	EQ(RMI(OP_MEM_DONATE, op.handle, op.list + 4, 1), RMI_ERROR_INPUT);
	EQ(RMI(OP_MEM_DONATE, op.handle, op.rec, 1), RMI_ERROR_INPUT);
	op_escape(&op, op.rec);
	EQ(RMI(OP_CONTINUE, op.handle, 0), RMI_ERROR_INPUT);
	op_end(&op, RMI_ERROR_INPUT);
}

ABI_TEST(E3_an_empty_donation_is_no_progress)
{
	struct op op;

	op_begin(&op);
	EQ(RMI(OP_MEM_DONATE, op.handle, op.list, 0), 0x10d);
	X(1, 0);
	X(2, 0x40);
	op_escape(&op, op.rec);
	op_end(&op, RMI_ERROR_INPUT);
}

/* A REC with 16 contiguous auxiliary pages, on its way out. */
static uint64_t destroy_begin(struct realm *r, uint64_t *rec, uint64_t *run)
{
	uint64_t entry, params = ns_page(), list = ns_page(), handle;

	*rec = delegated();
	*run = delegated_run(16);
	EQ(RMI(REC_CREATE, r->rd, *rec, params), 0x10d);
	handle = last.x[1];
	entry = RMI_ADDR_DESC(*run, 16, 0);
	abi_page_write(list, &entry, 8);
	EQ(RMI(OP_MEM_DONATE, handle, list, 1), 0x00d);
	X(1, 16);
	X(2, 0);
	EQ(RMI(OP_CONTINUE, handle, 0), RMI_SUCCESS);
	EQ(in_use(*rec), true);
	EQ(in_use(*run), true);
	EQ(RMI(REC_DESTROY, *rec), 0x20d);
	return last.x[1];
}

ABI_TEST(L2_17_capacity_counts_granules_before_they_are_merged)
{
	uint64_t rec, run, handle, list = ns_page(), entry[4] = { 0, 7, 7, 7 };
	struct realm r;

	realm_new(&r);
	handle = destroy_begin(&r, &rec, &run);
	EQ(RMI(OP_MEM_RECLAIM, handle, list, 0), 0x20d);
	X(1, 0);
	abi_page_write(list, entry, sizeof(entry));
	EQ(RMI(OP_MEM_RECLAIM, handle, list, 3), 0x20d);
	X(1, 1);
	abi_page_read(list, entry, sizeof(entry));
	EQ(RMI_ADDR_COUNT(entry[0]), 3);
	EQ(entry[1], 7);	/* only what is returned is written */
	EQ(RMI(OP_MEM_RECLAIM, handle, list, 512), 0x00d);
	X(1, 1);
	abi_page_read(list, entry, sizeof(entry));
	EQ(RMI_ADDR_COUNT(entry[0]), 13);
	EQ(in_use(rec), true);
	EQ(RMI(OP_CONTINUE, handle, 1), RMI_SUCCESS);	/* STOP: no effect */
	EQ(in_use(rec), false);
	undelegate(run, 16);
	realm_remove(&r);
}

ABI_TEST(L2_17_capacity_1_takes_sixteen_calls)
{
	uint64_t rec, run, handle, list = ns_page();
	struct realm r;

	realm_new(&r);
	handle = destroy_begin(&r, &rec, &run);
	for (unsigned int i = 0; i < 16; i++) {
		EQ(RMI(OP_MEM_RECLAIM, handle, list, 1), i < 15 ? 0x20d : 0x00d);
		X(1, 1);
	}
	EQ(RMI(OP_CONTINUE, handle, 0), RMI_SUCCESS);
	realm_remove(&r);
}

ABI_TEST(L2_04_a_realm_may_go_while_its_rec_is_reclaimed)
{
	uint64_t rec, run, handle, list = ns_page();
	struct realm r;

	realm_new(&r);
	handle = destroy_begin(&r, &rec, &run);
	realm_remove(&r);
	EQ(RMI(OP_MEM_RECLAIM, handle, list, 512), 0x00d);
	EQ(RMI(OP_CONTINUE, handle, 0), RMI_SUCCESS);
}

ABI_TEST(L2_16_the_final_status_tells_the_reason)
{
	uint64_t params = ns_page(), rec = delegated();
	struct realm r;

	realm_new(&r);
	EQ(RMI(REALM_ACTIVATE, r.rd), 0);
	EQ(RMI_WHOLE(REC_CREATE, r.rd, rec, params), RMI_ERROR_REALM);
	EQ(RMI_WHOLE(REC_CREATE, params, rec, params), RMI_ERROR_INPUT);
	EQ(RMI_WHOLE(REC_CREATE, r.rd, rec, r.rd), RMI_ERROR_INPUT);
	EQ(RMI(REC_CREATE, r.rd, params, params), RMI_ERROR_INPUT);
	EQ(RMI(REC_DESTROY, rec), RMI_ERROR_INPUT);
	realm_remove(&r);
}

ABI_TEST(L2_15_sealed_contexts_block_all_that_may_need_one)
{
	static struct op ops[CONTEXTS_MAX];
	uint64_t rec, list = ns_page();
	unsigned int n = 0;
	struct realm r;

	realm_new(&r);
	for (;;) {
		ops[n].rec = delegated();
		ops[n].list = list;
		if (n == CONTEXTS_MAX - 1 || RMI(REC_CREATE, 0, ops[n].rec, 0))
			if (last.x[0] != 0x10d)
				break;
		ops[n++].handle = last.x[1];
	}
	rec = ops[n].rec;
	EQ(last.x[0], RMI_BLOCKED);
	EQ(n, 320);
	EQ(RMI(REC_DESTROY, rec), RMI_BLOCKED);
	EQ(RMI(RTT_DATA_MAP, r.rd, 0, PAGE, 1, rec | 4), RMI_BLOCKED);
	EQ(RMI(RTT_DATA_UNMAP, r.rd, 0, 2 * GIB, 0, 0), RMI_BLOCKED);
	EQ(RMI(RTT_UNPROT_UNMAP, r.rd, SHARED, SHARED + GIB, 0, 0), RMI_BLOCKED);
	EQ(RMI(RTT_INIT_RIPAS, r.rd, 0, GIB), RMI_SUCCESS);
	EQ(RMI(RTT_CREATE, r.rd, rec, GIB, 2), RMI_SUCCESS);
	EQ(RMI(RTT_DESTROY, r.rd, GIB, 2), RMI_SUCCESS);
	EQ(RMI(RTT_UNPROT_MAP, r.rd, SHARED, SHARED + PAGE, 0x1e0001,
	       ns_page() | 4), RTT(1));
	for (unsigned int i = 0; i < n; i++) {
		op_escape(&ops[i], ops[i].rec);
		EQ(RMI(OP_MEM_RECLAIM, ops[i].handle, list, 1), 0x00d);
		EQ(RMI(OP_CONTINUE, ops[i].handle, 0), RMI_ERROR_INPUT);
	}
	realm_remove(&r);
}
