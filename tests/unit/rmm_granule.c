// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granules of the model: delegation, tracking and protection tables on both
 * profiles (C.3, F.1).
 */
#include "rmm_test.h"

#define DELEGATE	SMC_RMI_GRANULE_RANGE_DELEGATE
#define UNDELEGATE	SMC_RMI_GRANULE_RANGE_UNDELEGATE
/* level 1 in 15:8, the page number in 63:16 */
#define WITH_PA(status, pa) ((status) | 1UL << 8 | ((pa) >> 12) << 16)

static void july_moves_one_granule_and_is_not_idempotent(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_pages(host, 4, 1);

	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), 0);
	assert_x(1, pa + PAGE);
	assert_true(host_is_realm(host, pa));
	assert_false(host_is_realm(host, pa + PAGE));
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), RMI_ERROR_INPUT);
	assert_x(1, pa);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, pa, pa + 4 * PAGE), 0);
	assert_x(1, pa + PAGE);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, pa, pa + PAGE), RMI_ERROR_INPUT);
}

static void bet3_moves_runs_and_steps_over_what_is_done(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_pages(host, 8, 1);

	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), 0);
	assert_x(1, pa + 4 * PAGE);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 8 * PAGE), 0);
	assert_x(1, pa + 8 * PAGE);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 8 * PAGE), 0);
	assert_x(1, pa + 8 * PAGE);
	/* One in use stops it, with the prefix; at the very start it is an error. */
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, 0, pa + 2 * PAGE, 0),
			 0x10d);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, pa, pa + 8 * PAGE), 0);
	assert_x(1, pa + 2 * PAGE);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, pa + 2 * PAGE, pa + 8 * PAGE),
			 RMI_ERROR_INPUT);
	assert_x(1, pa + 2 * PAGE);
}

static void ranges_are_checked(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_page(host);

	assert_int_equal(HOST_CALL(host, DELEGATE, pa + 1, pa + PAGE), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 1), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa - PAGE), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, DELEGATE, -PAGE, 0), RMI_ERROR_INPUT);
	pa = host_unknown_page(host);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), RMI_ERROR_INPUT);
	assert_x(1, pa);
	pa = host_carveout_page(host);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, DELEGATE, 1UL << 60, (1UL << 60) + PAGE),
			 RMI_ERROR_INPUT);
	pa = host_page(host);
	host->gpi_refuses = true;
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), RMI_ERROR_INPUT);
	host->gpi_refuses = false;
	assert_int_equal(drive_granule(host, pa), 0);
}

static void contents_do_not_come_back(void **state)
{
	struct host *host = *state;
	uint64_t pa = drive_delegated(host), *page = host_at(host, pa);

	*page = 0x5ec2e7;
	drive_undelegate(host, pa, 1);
	assert_int_equal(*page, 0);
}

/* In-use granules are counted by the ledger, and refused to the host. */
static void a_granule_in_use_cannot_be_taken_back(void **state)
{
	struct host *host = *state;
	uint64_t before = drive_ledger(host);
	struct drive_realm r;

	drive_realm_new(host, &r);
	assert_true(drive_ledger(host) > before);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, r.rd, r.rd + PAGE),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, r.root, r.root + PAGE),
			 RMI_ERROR_INPUT);
	drive_realm_remove(host, &r);
	assert_int_equal(drive_ledger(host), before);
}

static void july_tracks_all_memory_and_looks_only_at_the_first(void **state)
{
	struct host *host = *state;
	uint64_t top = host_unknown_page(host) + PAGE;

	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET,
				   HOST_DRAM_BASE + (1 << 20), top), 0);
	assert_x(1, RMI_TRACKING_CONVENTIONAL);
	assert_x(2, RMI_TRACKING_FINE);
	assert_x(3, top);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, 0, PAGE), 0);
	assert_x(1, RMI_TRACKING_CONVENTIONAL);
	assert_x(2, RMI_TRACKING_NONE);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, 8, PAGE),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, PAGE, PAGE),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, 0, 1UL << 48),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE),
			 RMI_ERROR_GPT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, PAGE), RMI_ERROR_INPUT);
}

static void bet3_tells_where_tracking_changes(void **state)
{
	struct host *host = *state;
	uint64_t start = HOST_DRAM_BASE + HOST_CARVEOUT_PAGES * PAGE;
	uint64_t end = host_unknown_page(host);

	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET,
				   HOST_DRAM_BASE, end + PAGE), 0);
	assert_x(1, RMI_TRACKING_CATEGORY_NONE);
	assert_x(3, start);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, start,
				   end + PAGE), 0);
	assert_x(1, RMI_TRACKING_CONVENTIONAL);
	assert_x(2, RMI_TRACKING_FINE);
	assert_x(3, end);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, 0, 2 * GIB), 0);
	assert_x(3, GIB);
}

/* From nothing to a delegated page, and what each step is told too early. */
static void bet3_wants_a_table_and_tracking_first(void **state)
{
	struct host *host = host_new(RMM_PROFILE_BET3, 8);
	uint64_t pa = host_page(host), handle, x2;
	struct drive_sro sro = { 0 };

	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE),
			 WITH_PA(RMI_ERROR_TRACKING, pa));
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_SET,
				   HOST_DRAM_BASE, 0, RMI_TRACKING_FINE),
			 WITH_PA(RMI_ERROR_GPT, HOST_DRAM_BASE));
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_INFO, HOST_DRAM_BASE,
				   HOST_DRAM_BASE + 2 * GIB), 0);
	assert_x(1, HOST_DRAM_BASE + GIB);
	assert_x(2, RMI_GPT_HOST_NOT_CREATED);

	/* 32 contiguous undelegated granules, and it may be cancelled */
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE),
			 0x50d);
	handle = host_regs()->x[1];
	x2 = host_regs()->x[2];
	assert_int_equal(x2, 32 << 2 | 1 << 16 | RMI_MEM_UNDELEGATED << 17);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE),
			 RMI_BLOCKED);
	assert_int_equal(drive_on(host, 0x50d, handle, x2, &sro), 0);
	assert_int_equal(sro.donated, 32);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_INFO, HOST_DRAM_BASE,
				   HOST_DRAM_BASE + GIB), 0);
	assert_x(2, RMI_GPT_HOST_CREATED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE),
			 WITH_PA(RMI_ERROR_GPT, HOST_DRAM_BASE));

	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_SET,
				   HOST_DRAM_BASE, 0, RMI_TRACKING_FINE), 0x50d);
	handle = host_regs()->x[1];
	x2 = host_regs()->x[2];
	assert_int_equal(RMI_DONATE_STATE(x2), RMI_MEM_CONDITIONAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, pa,
				   pa + PAGE), 0);
	assert_x(2, RMI_TRACKING_INTERMEDIATE);
	memset(&sro, 0, sizeof(sro));
	assert_int_equal(drive_on(host, 0x50d, handle, x2, &sro), 0);
	assert_int_equal(sro.donated, 48);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), 0);
	/* Now it is in use. */
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_SET,
				   HOST_DRAM_BASE, 0, RMI_TRACKING_COARSE),
			 WITH_PA(RMI_ERROR_TRACKING, pa));
	assert_int_equal(RMI_STATUS(HOST_CALL(host, SMC_RMI_GPT_L1_DESTROY,
					      HOST_DRAM_BASE)), RMI_ERROR_GPT);
	host_free(host);
}

static void bet3_checks_what_is_to_be_tracked(void **state)
{
	struct host *host = *state;
	uint32_t fid = SMC_RMI_GRANULE_TRACKING_SET;

	assert_int_equal(HOST_CALL(host, fid, HOST_DRAM_BASE, 0,
				   RMI_TRACKING_RESERVED), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, fid, HOST_DRAM_BASE, 0,
				   RMI_TRACKING_INTERMEDIATE), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, fid, HOST_DRAM_BASE + PAGE, 0,
				   RMI_TRACKING_FINE), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, fid, HOST_DRAM_BASE, 1,
				   RMI_TRACKING_COARSE), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, fid, 0, 0, RMI_TRACKING_FINE),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, fid, 1UL << 60, 0, RMI_TRACKING_FINE),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, fid, HOST_DRAM_BASE, 0,
				   RMI_TRACKING_FINE), RMI_SUCCESS);
}

/* CONDITIONAL: a page of the region itself cannot be delegated yet. */
static void bet3_takes_conditional_pages_by_where_they_are(void **state)
{
	struct host *host = host_new(RMM_PROFILE_BET3, 8);
	uint64_t pa, list, handle;

	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_ACTIVATE, 0), 0);
	assert_int_equal(DRIVE(host, SMC_RMI_GPT_L1_CREATE, HOST_DRAM_BASE), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_SET,
				   HOST_DRAM_BASE, 0, RMI_TRACKING_FINE), 0x50d);
	handle = host_regs()->x[1];
	pa = host_pages(host, 2, 1);
	list = host_page(host);
	*(uint64_t *)host_at(host, list) =
		drive_descriptor(host, pa, 1, RMI_MEM_CONDITIONAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, handle, list, 1),
			 RMI_ERROR_INPUT);
	*(uint64_t *)host_at(host, list) =
		drive_descriptor(host, pa, 2, RMI_MEM_UNDELEGATED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, handle, list, 1),
			 0x10d);	/* no longer cancellable */
	assert_x(1, 2);
	assert_true(host_is_realm(host, pa));
	/* A page that says DELEGATED inside the region ends it; all comes back. */
	*(uint64_t *)host_at(host, list) = drive_descriptor(host, host_page(host),
							    1, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, handle, list, 1),
			 0x20d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_RECLAIM, handle, list, 8),
			 0x00d);
	assert_x(1, 1);
	assert_int_equal(*(uint64_t *)host_at(host, list),
			 drive_descriptor(host, pa, 2, RMI_MEM_UNDELEGATED));
	assert_false(host_is_realm(host, pa));
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, handle, 0),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET, pa,
				   pa + PAGE), 0);
	assert_x(2, RMI_TRACKING_COARSE);
	host_free(host);
}

static void bet3_gives_tables_only_to_memory_and_takes_them_back(void **state)
{
	struct host *host = *state;
	uint64_t before = drive_ledger(host);
	struct drive_sro sro = { 0 };

	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, 0), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, 1UL << 60),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_CREATE, PAGE),
			 RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_DESTROY, 0), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_INFO, 0, GIB), 0);
	assert_x(2, RMI_GPT_RESERVED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_INFO, PAGE, GIB), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_INFO, GIB, GIB), RMI_ERROR_INPUT);
	/* The pages that track the region are in it, so it needs its table. */
	assert_int_equal(RMI_STATUS(HOST_CALL(host, SMC_RMI_GPT_L1_DESTROY,
					      HOST_DRAM_BASE)), RMI_ERROR_GPT);
	assert_int_equal(DRIVE(host, SMC_RMI_GRANULE_TRACKING_SET, HOST_DRAM_BASE,
			       0, RMI_TRACKING_NONE), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GRANULE_TRACKING_GET,
				   host_page(host), HOST_DRAM_BASE + GIB), 0);
	assert_x(2, RMI_TRACKING_NONE);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_DESTROY, HOST_DRAM_BASE),
			 0x20d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_DESTROY, HOST_DRAM_BASE),
			 RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_INFO, GIB, 2 * GIB), 0);
	assert_x(2, RMI_GPT_HOST_NOT_CREATED);
	assert_int_equal(drive_on(host, 0x20d, 0, 0, &sro), 0);
	assert_int_equal(sro.reclaimed, 32);
	assert_int_equal(HOST_CALL(host, SMC_RMI_GPT_L1_DESTROY, HOST_DRAM_BASE),
			 WITH_PA(RMI_ERROR_GPT, HOST_DRAM_BASE));
	assert_true(before > 0);
	assert_int_equal(drive_ledger(host), 0);
}

/* A run ends with the range, whatever lies behind it. */
static void bet3_never_goes_past_the_top(void **state)
{
	struct host *host = *state;
	uint64_t pa = drive_delegated_run(host, 8, 1);

	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 2 * PAGE), 0);
	assert_x(1, pa + 2 * PAGE);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, pa, pa + 2 * PAGE), 0);
	assert_x(1, pa + 2 * PAGE);
	assert_int_equal(drive_granule(host, pa + PAGE), 0);
	assert_int_equal(drive_granule(host, pa + 2 * PAGE), 1);
	assert_int_equal(HOST_CALL(host, UNDELEGATE, pa, pa + PAGE), 0);
	assert_x(1, pa + PAGE);
}

static const struct CMUnitTest tests[] = {
	JULY(july_moves_one_granule_and_is_not_idempotent),
	BET3(bet3_moves_runs_and_steps_over_what_is_done),
	BOTH(ranges_are_checked),
	BOTH(contents_do_not_come_back),
	BOTH(a_granule_in_use_cannot_be_taken_back),
	JULY(july_tracks_all_memory_and_looks_only_at_the_first),
	BET3(bet3_tells_where_tracking_changes),
	cmocka_unit_test(bet3_wants_a_table_and_tracking_first),
	BET3(bet3_checks_what_is_to_be_tracked),
	cmocka_unit_test(bet3_takes_conditional_pages_by_where_they_are),
	BET3(bet3_gives_tables_only_to_memory_and_takes_them_back),
	BET3(bet3_never_goes_past_the_top),
};

RUN_TESTS(tests)
