// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fault plan: each kind does what fault.h says, when it says, and the
 * command itself still happens where it should.
 */
#include "rmm_test.h"

#define DELEGATE	SMC_RMI_GRANULE_RANGE_DELEGATE
#define ADD(host, fid, n, m, kind, a, b) \
	HOST_CALL(host, SMC_RMM_TEST_FAULT_ADD, SMC_RMI_NUMBER(fid), n, m, kind, a, b)

static void the_nth_calls_are_spoilt_and_no_others(void **state)
{
	struct host *host = *state;
	static const uint64_t want[] = { 0, RMI_BUSY, RMI_BUSY, 0 };

	assert_int_equal(ADD(host, SMC_RMI_FEATURES, 2, 2, FAULT_BUSY, 0, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20000), 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), want[i]);
	/* any command */
	assert_int_equal(ADD(host, 0, 1, 5, FAULT_BLOCKED, 0, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20000), RMI_BLOCKED);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_FAULT_CLEAR, 0), 0);
	assert_x(1, 4);
	assert_int_equal(HOST_CALL(host, SMC_RMI_VERSION, 0x20000), 0);
}

static void any_status_can_be_answered(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_page(host);

	ADD(host, DELEGATE, 1, 1, FAULT_STATUS, 0x1234567800000b, 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), 0x1234567800000b);
	assert_int_equal(drive_granule(host, pa), 0);
	ADD(host, DELEGATE, 1, 1, FAULT_STATUS_BITS, 0xabcUL << 48, 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), 0xabcUL << 48);
	assert_int_equal(drive_granule(host, pa), 1);
}

/* Whatever the detour, the command runs at its end with what it was given. */
static void incomplete_comes_before_the_command_and_gives_all_back(void **state)
{
	static const struct {
		unsigned int kind;
		uint64_t arg, first, donated;
	} cases[] = {
		{ FAULT_DONATE, 5 << 2, 0x10d, 5 },
		{ FAULT_DONATE, 8 << 2 | 1 << 16, 0x10d, 8 },
		{ FAULT_DONATE, 3 << 2 | 1 << 17, 0x10d, 3 },
		{ FAULT_RECLAIM, 0, 0x20d, 0 },
		{ FAULT_CONTINUE, 1, 0x00d, 0 },
		{ FAULT_CONTINUE, 4, 0x00d, 0 },
	};
	struct host *host = *state;

	for (size_t i = 0; i < 6; i++) {
		uint64_t pa = host_page(host), before = drive_ledger(host), x2;
		struct drive_sro sro = { 0 };

		assert_int_equal(ADD(host, DELEGATE, 1, 1, cases[i].kind,
				     cases[i].arg, 0), 0);
		assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE),
				 cases[i].first);
		assert_x(1, 0);
		x2 = host_regs()->x[2];
		assert_int_equal(x2, cases[i].kind == FAULT_DONATE ?
				 cases[i].arg : 0);
		assert_int_equal(drive_granule(host, pa), 0);
		/* the donation's own delegations are not spoilt any more */
		assert_int_equal(drive_on(host, cases[i].first, 0, x2, &sro), 0);
		assert_x(1, pa + PAGE);
		assert_int_equal(sro.donated, cases[i].donated);
		assert_int_equal(sro.reclaimed, cases[i].donated);
		assert_int_equal(drive_granule(host, pa), 1);
		drive_undelegate(host, pa, 1);
		assert_int_equal(drive_ledger(host), before);
		assert_x(3, 0);
	}
}

static void a_detour_may_lead_into_an_operation(void **state)
{
	struct host *host = *state;
	struct drive_sro sro = { 0 };
	struct drive_realm r;
	uint64_t rec, params = host_page(host);

	drive_realm_new(host, &r);
	rec = drive_delegated(host);
	ADD(host, SMC_RMI_REC_CREATE, 1, 1, FAULT_DONATE, 2 << 2, 0);
	assert_int_equal(drive_call(host, SMC_RMI_REC_CREATE,
				    (const uint64_t[7]){ r.rd, rec, params },
				    &sro), 0);
	assert_int_equal(sro.donated, 18);
	assert_int_equal(sro.reclaimed, 2);
	assert_int_equal(drive_granule(host, rec), 3);
}

/* BUSY from OP_CONTINUE: the same call is repeated (E.5). */
static void a_detour_may_end_in_busy_and_go_on(void **state)
{
	struct host *host = *state;
	uint64_t rec = drive_delegated(host);

	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, 0, rec, 0), 0x10d);
	ADD(host, SMC_RMI_RMM_DEACTIVATE, 1, 1, FAULT_CONTINUE, 1, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_RMM_DEACTIVATE, 0), 0x00d);
	assert_x(1, 1);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, 1, 0), RMI_BUSY);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, 1, 0), RMI_BUSY);
	assert_int_equal(drive_on(host, 0x10d, 0, 0x40, NULL), RMI_ERROR_INPUT);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, 1, 0),
			 RMI_ERROR_GLOBAL);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, 1, 0),
			 RMI_ERROR_INPUT);
}

static void a_cancelled_detour_never_runs_the_command(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_page(host), list = host_page(host), page;

	ADD(host, DELEGATE, 1, 1, FAULT_CONTINUE, 3, 1);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), 0x40d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, 0), 0);
	assert_int_equal(drive_granule(host, pa), 0);
	/* with something out: it comes back, and the status is INPUT */
	page = drive_delegated(host);
	ADD(host, DELEGATE, 1, 1, FAULT_DONATE, 2 << 2, 1);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + PAGE), 0x50d);
	*(uint64_t *)host_at(host, list) = RMI_ADDR_DESC(page, 1, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, 0, list, 1), 0x50d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CANCEL, 0), 0x20d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_RECLAIM, 0, list, 1), 0x00d);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_CONTINUE, 0, 0), RMI_ERROR_INPUT);
	assert_int_equal(drive_granule(host, pa), 0);
	assert_int_equal(drive_granule(host, page), 1);
}

static void ranges_can_be_lied_about(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_pages(host, 4, 1);

	ADD(host, DELEGATE, 1, 1, FAULT_NO_PROGRESS, 0, 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), 0);
	assert_x(1, pa);
	ADD(host, DELEGATE, 1, 1, FAULT_BACKWARDS, 0, 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), 0);
	assert_x(1, pa - PAGE);
	assert_int_equal(drive_granule(host, pa), 0);
	/* all of it was done, only the number is wrong */
	ADD(host, DELEGATE, 1, 1, FAULT_PAST_TOP, 0, 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), 0);
	assert_x(1, pa + 5 * PAGE);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(drive_granule(host, pa + i * PAGE), 1);
	/* not a range command: the rule waits for one */
	ADD(host, 0, 1, 1, FAULT_NO_PROGRESS, 0, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), 0);
	HOST_CALL(host, SMC_RMM_TEST_FAULT_CLEAR, 0);
	assert_x(1, 1);
}

static void a_range_can_be_cut_short(void **state)
{
	struct host *host = *state;
	uint64_t pa = host_pages(host, 4, 1), one;

	ADD(host, DELEGATE, 1, 1, FAULT_SHORT, 3, 0);
	assert_int_equal(HOST_CALL(host, DELEGATE, pa, pa + 4 * PAGE), 0);
	one = host_regs()->x[1];
	assert_true(one == pa + PAGE || one == pa + 3 * PAGE);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(drive_granule(host, pa + i * PAGE), pa + i * PAGE < one);
	assert_int_equal(ADD(host, DELEGATE, 1, 1, FAULT_SHORT, 0, 0), 1);
}

static void counts_descriptors_and_handles_can_be_lied_about(void **state)
{
	struct host *host = *state;
	uint64_t rec = drive_delegated(host), list = host_page(host);
	uint64_t *entry = host_at(host, list), page = drive_delegated(host);

	ADD(host, SMC_RMI_REC_CREATE, 1, 1, FAULT_HANDLE, 0x1000, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_REC_CREATE, 0, rec, 0), 0x10d);
	assert_x(1, 0x1000);
	entry[0] = RMI_ADDR_DESC(page, 1, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, 0x1000, list, 1),
			 RMI_ERROR_INPUT);
	ADD(host, SMC_RMI_OP_MEM_DONATE, 1, 1, FAULT_COUNT, 100, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, 0, list, 1), 0x10d);
	assert_x(1, 101);
	entry[0] = RMI_ADDR_DESC(rec, 1, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_DONATE, 0, list, 1), 0x20d);
	ADD(host, SMC_RMI_OP_MEM_RECLAIM, 1, 1, FAULT_DESCRIPTOR, 0x123, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_OP_MEM_RECLAIM, 0, list, 1), 0x00d);
	assert_x(1, 1);
	assert_int_equal(entry[0], 0x123);
	ADD(host, SMC_RMI_FEATURES, 1, 1, FAULT_OUTPUT, 0x99, 1);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 1), 0);
	assert_x(1, 0x99);
}

/* Here nobody can let it go, and no time passes: it goes by itself. */
static void a_call_that_is_held_is_answered_as_ever(void **state)
{
	struct host *host = *state;

	assert_int_equal(ADD(host, 0, 2, 1, FAULT_HOLD, 0, 0), 0);
	assert_int_equal(ADD(host, 0, 3, 1, FAULT_HOLD, 10, 0), 0);
	assert_int_equal(ADD(host, 0, 3, 1, FAULT_BUSY, 0, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), RMI_BUSY);
	assert_int_equal(HOST_CALL(host, SMC_RMI_FEATURES, 0), 0);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_HELD, 0), 0);
	assert_x(1, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_RELEASE, 0), 0);
}

static void wrong_rules_are_refused(void **state)
{
	struct host *host = *state;

	assert_int_equal(ADD(host, SMC_RMI_FEATURES, 1, 1, 0, 0, 0), 1);
	assert_int_equal(ADD(host, SMC_RMI_FEATURES, 1, 1, 7, 0, 0), 1);
	assert_int_equal(ADD(host, SMC_RMI_FEATURES, 1, 1, 99, 0, 0), 1);
	assert_int_equal(ADD(host, SMC_RMI_FEATURES, 1, 0, FAULT_BUSY, 0, 0), 1);
	assert_int_equal(ADD(host, 0x300, 1, 1, FAULT_BUSY, 0, 0), 1);
	assert_int_equal(ADD(host, 0, 1, 1, FAULT_DONATE, 0, 0), 1);
	assert_int_equal(ADD(host, 0, 1, 1, FAULT_DONATE, 40 << 2 | 3, 0), 1);
	assert_int_equal(ADD(host, 0, 1, 1, FAULT_DONATE, 4 << 2,
			     FAULT_DETOUR(3, 0, 0)), 1);
	assert_int_equal(ADD(host, 0, 1, 1, FAULT_OUTPUT, 0, 5), 1);
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(ADD(host, 0, 1000, 1, FAULT_BUSY, 0, 0), 0);
	assert_int_equal(ADD(host, 0, 1000, 1, FAULT_BUSY, 0, 0), 1);
	assert_int_equal(HOST_CALL(host, 0xc300010f, 0), -1UL);
}

static void calls_are_counted(void **state)
{
	struct host *host = *state;

	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_COUNTERS_CLEAR, 0), 0);
	for (unsigned int i = 0; i < 3; i++)
		HOST_CALL(host, SMC_RMI_FEATURES, 0);
	HOST_CALL(host, SMC_RMI_VERSION, 0);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_COUNTER,
				   SMC_RMI_NUMBER(SMC_RMI_FEATURES)), 0);
	assert_x(1, 3);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_COUNTER, 0), 0);
	assert_x(1, 4);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_COUNTER, 0x149), 1);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_PROFILE, 0), 0);
	assert_x(1, host->config.profile);
	assert_int_equal(HOST_CALL(host, SMC_RMM_TEST_GRANULE, 0), 1);
}

static const struct CMUnitTest tests[] = {
	BOTH(the_nth_calls_are_spoilt_and_no_others),
	BOTH(any_status_can_be_answered),
	BOTH(incomplete_comes_before_the_command_and_gives_all_back),
	BOTH(a_detour_may_lead_into_an_operation),
	BET3(a_detour_may_end_in_busy_and_go_on),
	BOTH(a_cancelled_detour_never_runs_the_command),
	BOTH(ranges_can_be_lied_about),
	BOTH(a_range_can_be_cut_short),
	BOTH(counts_descriptors_and_handles_can_be_lied_about),
	BOTH(a_call_that_is_held_is_answered_as_ever),
	BOTH(wrong_rules_are_refused),
	BOTH(calls_are_counted),
};

RUN_TESTS(tests)
