// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stateful operations of the model: donation, reclaim, cancel, escape and the
 * pool of contexts (section E).
 */
#include "rmm_test.h"

#define CONTEXTS	320

/* A REC_CREATE that wants its 16 pages; rd and params do not matter yet. */
struct op {
	struct host *host;
	uint64_t rec, handle, list;
	uint64_t *entry;
};

static void op_begin(struct op *op, struct host *host)
{
	op->host = host;
	op->rec = drive_delegated(host);
	op->list = host_page(host);
	op->entry = host_at(host, op->list);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, 0, op->rec, 0), 0x10d);
	assert_x(2, 0x40);	/* sixteen pages, any, delegated */
	op->handle = host_regs()->x[1];
}

static uint64_t donate(struct op *op, uint64_t count)
{
	return HOST_CALL(op->host, SMC_RMI_OP_MEM_DONATE, op->handle, op->list,
			 count);
}

static uint64_t reclaim(struct op *op, uint64_t capacity)
{
	return HOST_CALL(op->host, SMC_RMI_OP_MEM_RECLAIM, op->handle, op->list,
			 capacity);
}

static uint64_t go_on(struct op *op)
{
	return HOST_CALL(op->host, SMC_RMI_OP_CONTINUE, op->handle, 0);
}

/* The rec granule itself is not DELEGATED any more (L.2.16). */
static void op_escape(struct op *op)
{
	op->entry[0] = RMI_ADDR_DESC(op->rec, 1, 0);
	assert_int_equal(donate(op, 1), 0x20d);
	assert_x(1, 0);
	assert_x(2, 0);
	assert_int_equal(reclaim(op, 512), 0x00d);
}

static void handles_are_the_lowest_free_index(void **state)
{
	struct op a, b, c;

	op_begin(&a, *state);
	op_begin(&b, *state);
	assert_int_equal(a.handle, 0);
	assert_int_equal(b.handle, 1);
	op_escape(&a);
	assert_int_equal(go_on(&a), RMI_ERROR_INPUT);
	op_begin(&c, *state);
	assert_int_equal(c.handle, 0);
	assert_int_equal(drive_granule(*state, a.rec), 1);
}

static void a_wrong_step_is_refused_and_changes_nothing(void **state)
{
	struct host *host = *state;
	struct op op;

	op_begin(&op, host);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);
	assert_int_equal(reclaim(&op, 16), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, op.handle),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, 7, 0), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, CONTEXTS, 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, -1UL), RMI_ERROR_INPUT);
	op.list += 4;
	assert_int_equal(donate(&op, 1), RMI_ERROR_INPUT);
	op.list -= 4;
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, op.handle,
				   op.rec, 1), RMI_ERROR_INPUT);
	op.entry[0] = RMI_ADDR_DESC(drive_delegated(host), 1, 0);
	host->ns_faults = 1;
	assert_int_equal(donate(&op, 1), RMI_ERROR_INPUT);
	op_escape(&op);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);
}

static void donations_may_come_in_parts(void **state)
{
	struct op op;
	uint64_t pa;

	op_begin(&op, *state);
	pa = drive_delegated_run(*state, 17, 1);
	op.entry[0] = RMI_ADDR_DESC(pa, 3, 0);
	op.entry[1] = 0;	/* empty ones do not count */
	op.entry[2] = RMI_ADDR_DESC(pa + 3 * PAGE, 2, 0);
	assert_int_equal(donate(&op, 3), 0x10d);
	assert_x(1, 5);
	assert_x(2, 11 << 2);
	assert_int_equal(donate(&op, 0), 0x10d);
	assert_x(1, 0);
	assert_x(2, 11 << 2);
	op.entry[0] = RMI_ADDR_DESC(pa + 5 * PAGE, 12, 0);
	assert_int_equal(donate(&op, 1), RMI_ERROR_INPUT);	/* one too many */
	op.entry[0] = RMI_ADDR_DESC(pa + 5 * PAGE, 11, 0);
	assert_int_equal(donate(&op, 1), 0x00d);
	assert_x(1, 11);
	assert_int_equal(drive_granule(*state, pa), 4);
	assert_int_equal(drive_granule(*state, pa + 16 * PAGE), 1);
	/* params = 0 is no NS page: it fails now, and gives all back. */
	assert_int_equal(go_on(&op), 0x20d);
	assert_int_equal(reclaim(&op, 512), 0x00d);
	assert_x(1, 1);
	assert_int_equal(op.entry[0], RMI_ADDR_DESC(pa, 16, 0));
	assert_int_equal(drive_granule(*state, op.rec), 11);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(*state, op.rec), 1);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);	/* the handle is gone */
}

static void a_bad_page_ends_the_call_and_at_the_start_the_operation(void **state)
{
	struct host *host = *state;
	struct op op;
	uint64_t pa;

	op_begin(&op, host);
	pa = drive_delegated_run(host, 3, 1);
	/* [ok, empty, ok, NS, ok] stops at the NS one (L.2.14) */
	op.entry[0] = RMI_ADDR_DESC(pa, 1, 0);
	op.entry[1] = 0;
	op.entry[2] = RMI_ADDR_DESC(pa + PAGE, 1, 0);
	op.entry[3] = RMI_ADDR_DESC(host_page(host), 1, 0);
	op.entry[4] = RMI_ADDR_DESC(pa + 2 * PAGE, 1, 0);
	assert_int_equal(donate(&op, 5), 0x10d);
	assert_x(1, 2);
	assert_x(2, 0x38);
	op.entry[0] = op.entry[3];
	assert_int_equal(donate(&op, 1), 0x20d);
	assert_x(1, 0);
	assert_int_equal(donate(&op, 1), RMI_ERROR_INPUT);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);
	assert_int_equal(reclaim(&op, 1), 0x20d);
	assert_x(1, 1);
	assert_int_equal(reclaim(&op, 1), 0x00d);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);
	drive_undelegate(host, pa, 3);
	drive_undelegate(host, op.rec, 1);
}

static void descriptors_are_checked_before_any_is_taken(void **state)
{
	struct host *host = *state;
	unsigned int shift = host->config.profile == RMM_PROFILE_JULY ? 63 : 62;
	struct op op;
	uint64_t pa;

	op_begin(&op, host);
	pa = drive_delegated_run(host, 8, 1);
	op.entry[0] = RMI_ADDR_DESC(pa, 1, 0);
	op.entry[1] = RMI_ADDR_DESC(pa + PAGE, 1, 0) | 1UL << shift;
	assert_int_equal(donate(&op, 2), RMI_ERROR_INPUT);
	op.entry[1] = RMI_ADDR_DESC(pa + PAGE, 1, 1);	/* not aligned to 2 MiB */
	assert_int_equal(donate(&op, 2), RMI_ERROR_INPUT);
	op.entry[1] = RMI_ADDR_DESC(0x40000000, 1, 1);	/* 512 pages */
	assert_int_equal(donate(&op, 2), RMI_ERROR_INPUT);
	op.entry[0] = RMI_ADDR_DESC(pa, 8, 0);
	op.entry[1] = RMI_ADDR_DESC(pa, 9, 0);
	assert_int_equal(donate(&op, 2), RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(host, pa), 1);
	op_escape(&op);
	assert_int_equal(go_on(&op), RMI_ERROR_INPUT);
}

/* A list ends with its page, whatever count is said. */
static void lists_never_cross_their_page(void **state)
{
	struct host *host = *state;
	struct op op;
	uint64_t pa;

	op_begin(&op, host);
	op.list = host_pages(host, 2, 1) + PAGE - 16;
	pa = drive_delegated_run(host, 3, 1);
	op.entry = host_at(host, op.list);
	for (unsigned int i = 0; i < 3; i++)
		op.entry[i] = RMI_ADDR_DESC(pa + i * PAGE, 1, 0);
	assert_int_equal(donate(&op, 0xffff), 0x10d);
	assert_x(1, 2);
	assert_int_equal(drive_granule(host, pa + 2 * PAGE), 1);
}

static void reclaim_keeps_to_its_capacity(void **state)
{
	struct host *host = *state;
	struct drive_realm r;
	struct op op;

	drive_realm_new(host, &r);
	op.host = host;
	op.list = host_page(host);
	op.entry = host_at(host, op.list);
	assert_int_equal(drive_rec_create(host, &r, 0, 0, &op.rec), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_DESTROY, op.rec), 0x20d);
	op.handle = host_regs()->x[1];
	assert_int_equal(drive_granule(host, op.rec), 11);
	assert_int_equal(reclaim(&op, 0), 0x20d);
	assert_x(1, 0);
	host->ns_faults = 1;
	assert_int_equal(reclaim(&op, 16), RMI_ERROR_INPUT);
	/* Three granules, one descriptor (L.2.17); nothing else is written. */
	op.entry[1] = 0x77;
	assert_int_equal(reclaim(&op, 3), 0x20d);
	assert_x(1, 1);
	assert_int_equal(RMI_ADDR_COUNT(op.entry[0]), 3);
	assert_int_equal(op.entry[1], 0x77);
	assert_int_equal(reclaim(&op, 13), 0x00d);
	assert_int_equal(RMI_ADDR_COUNT(op.entry[0]), 13);
	assert_int_equal(drive_granule(host, op.rec), 11);
	/* The realm lost it already: a ZOMBIE goes away meanwhile (L.2.4). */
	drive_realm_remove(host, &r);
	assert_int_equal(go_on(&op), RMI_SUCCESS);
	assert_int_equal(drive_granule(host, op.rec), 1);
}

/* L.2.15: leaked operations block every command that may need a context. */
static void without_contexts_commands_are_blocked(void **state)
{
	struct host *host = drive_host(((struct host *)*state)->config.profile, 32);
	struct op *ops = calloc(CONTEXTS, sizeof(*ops));
	uint64_t page = drive_delegated(host);
	struct drive_realm r;

	drive_realm_new(host, &r);
	for (unsigned int i = 0; i < CONTEXTS; i++)
		op_begin(&ops[i], host);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, r.rd, page, 0),
			 RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_DESTROY, page), RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_MAP, 0), RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_DATA_UNMAP, 0), RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_UNPROT_UNMAP, 0), RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_UNPROT_MAP, 0), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RTT_CREATE, r.rd, page, 0, 2), 0);
	for (unsigned int i = 0; i < CONTEXTS; i++) {
		op_escape(&ops[i]);
		assert_int_equal(go_on(&ops[i]), RMI_ERROR_INPUT);
	}
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_DESTROY, page), RMI_ERROR_INPUT);
	free(ops);
	host_free(host);
}

static void contiguous_donations_are_all_or_nothing(void **state)
{
	struct host *host = host_new(RMM_PROFILE_BET3, 8);
	uint64_t pa, list, handle, *entry;

	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE),
			 0x50d);
	handle = host_regs()->x[1];
	list = host_page(host);
	entry = host_at(host, list);
	pa = host_pages(host, 64, 32);
	entry[0] = drive_descriptor(host, pa, 16, RMI_MEM_UNDELEGATED);
	entry[1] = drive_descriptor(host, pa + 16 * PAGE, 16, RMI_MEM_UNDELEGATED);
#define DONATE(n) HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, handle, list, (n))
	assert_int_equal(DONATE(1), RMI_ERROR_INPUT);	/* too few */
	assert_int_equal(DONATE(2), RMI_ERROR_INPUT);	/* two pieces */
	entry[0] = drive_descriptor(host, pa + PAGE, 32, RMI_MEM_UNDELEGATED);
	assert_int_equal(DONATE(1), RMI_ERROR_INPUT);	/* not aligned to itself */
	entry[0] = 0;
	assert_int_equal(DONATE(1), 0x50d);		/* empty: no progress */
	assert_x(1, 0);
	entry[0] = drive_descriptor(host, pa, 32, RMI_MEM_UNDELEGATED);
	assert_int_equal(DONATE(1), 0x00d);
	assert_x(1, 32);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, handle), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, handle, 0), 0);
	host_free(host);
}

static void an_untouched_operation_can_be_cancelled(void **state)
{
	struct host *host = host_new(RMM_PROFILE_BET3, 8);

	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE),
			 0x50d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, 0), RMI_SUCCESS);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, 0), RMI_ERROR_INPUT);
	assert_int_equal(drive_ledger(host), 0);
	assert_x(3, 0);
	/* The region is nobody's again. */
	assert_int_equal(DRIVE(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE), 0);
	host_free(host);
}

static const struct CMUnitTest tests[] = {
	BOTH(handles_are_the_lowest_free_index),
	BOTH(a_wrong_step_is_refused_and_changes_nothing),
	BOTH(donations_may_come_in_parts),
	BOTH(a_bad_page_ends_the_call_and_at_the_start_the_operation),
	BOTH(descriptors_are_checked_before_any_is_taken),
	BOTH(lists_never_cross_their_page),
	BOTH(reclaim_keeps_to_its_capacity),
	BOTH(without_contexts_commands_are_blocked),
	cmocka_unit_test(contiguous_donations_are_all_or_nothing),
	cmocka_unit_test(an_untouched_operation_can_be_cancelled),
};

RUN_TESTS(tests)
