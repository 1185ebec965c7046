// SPDX-License-Identifier: GPL-2.0-only
/*
 * What next in a stateful operation (module/sro_step.c): every kind of answer,
 * right and wrong, and that there is always an end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rmi.h"
#include "sro_step.h"

#define NONE		RMI_RESULT(RMI_INCOMPLETE, RMI_MEMREQ_NONE)
#define DONATE		RMI_RESULT(RMI_INCOMPLETE, RMI_MEMREQ_DONATE)
#define RECLAIM		RMI_RESULT(RMI_INCOMPLETE, RMI_MEMREQ_RECLAIM)
#define MAY_CANCEL	(4ULL << 8)
#define REQUEST(count)	((__u64)(count) << 2)
#define CONTIGUOUS	(1ULL << 16)

static enum cca_sro_action begin(struct cca_sro_state *s, __u64 x0, __u64 x1,
				 __u64 x2)
{
	cca_sro_begin(s);
	return cca_sro_answer(s, x0, x1, x2);
}

/* A command that waits for `count` granules. */
static void wanting(struct cca_sro_state *s, unsigned int count, __u64 flags)
{
	assert_int_equal(begin(s, DONATE | flags, 7, REQUEST(count)),
			 CCA_SRO_DONATE);
	s->offered = count;
}

static void R15_an_answer_that_is_final_ends_it(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, RMI_SUCCESS, 0, 0), CCA_SRO_DONE);
	assert_int_equal(begin(&s, RMI_ERROR_INPUT, 0, 0), CCA_SRO_DONE);
	assert_int_equal(begin(&s, RMI_RESULT(RMI_ERROR_RTT, 2), 0, 0),
			 CCA_SRO_DONE);
	assert_int_equal(begin(&s, RMI_BUSY, 0, 0), CCA_SRO_DONE);
	assert_int_equal(begin(&s, RMI_BLOCKED, 0, 0), CCA_SRO_DONE);
}

static void R15_nothing_wanted_means_continue(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, NONE, 3, 0), CCA_SRO_CONTINUE);
	assert_int_equal(cca_sro_answer(&s, NONE, 0, 0), CCA_SRO_CONTINUE);
	assert_int_equal(cca_sro_answer(&s, RMI_SUCCESS, 0, 0), CCA_SRO_DONE);
}

static void R21_handle_zero_is_a_handle(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, DONATE, 0, REQUEST(16)), CCA_SRO_DONATE);
	assert_int_equal(s.handle, 0);
	assert_int_equal(begin(&s, NONE, ~0ULL, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.handle, ~0ULL);
	/* Later answers have counts in X1, not handles. */
	assert_int_equal(cca_sro_answer(&s, NONE, 5, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.handle, ~0ULL);
}

static void R21_upper_bits_and_minus_one(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, NONE | 0xabcdULL << 32, 1, 0), CCA_SRO_CONTINUE);
	assert_int_equal(begin(&s, RMI_NOT_IMPLEMENTED, 1, 0), CCA_SRO_DONE);
	wanting(&s, 1, 0);
	assert_int_equal(cca_sro_answer(&s, RMI_NOT_IMPLEMENTED, 0, 0),
			 CCA_SRO_LOST);
	assert_true(s.violated);
}

/* REC_CREATE and REC_DESTROY as a real RMM answers them (L.1, E.3, E.4). */
static void the_life_of_a_rec(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, 0x10d, 0, 0x40), CCA_SRO_DONATE);
	assert_int_equal(s.request.granules, 16);
	assert_int_equal(s.request.block, 0);
	assert_int_equal(s.request.state, RMI_MEM_DELEGATED);
	assert_false(s.request.contiguous);
	s.offered = 16;
	assert_int_equal(cca_sro_answer(&s, 0x00d, 16, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.consumed, 16);
	assert_int_equal(cca_sro_answer(&s, 0, 0, 0), CCA_SRO_DONE);
	assert_false(s.violated);

	assert_int_equal(begin(&s, 0x20d, 0, 0), CCA_SRO_RECLAIM);
	assert_int_equal(cca_sro_answer(&s, 0x00d, 1, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.entries, 1);
	assert_int_equal(cca_sro_answer(&s, 0, 0, 0), CCA_SRO_DONE);
}

static void R16_requests_are_decoded(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, DONATE, 1, REQUEST(3) | 1 | 1 << 17),
			 CCA_SRO_DONATE);
	assert_int_equal(s.request.block, 1);
	assert_int_equal(s.request.count, 3);
	assert_int_equal(s.request.granules, 3 * 512);
	assert_int_equal(s.request.state, RMI_MEM_UNDELEGATED);
	assert_int_equal(begin(&s, DONATE, 1, REQUEST(32) | CONTIGUOUS | 2 << 17),
			 CCA_SRO_DONATE);
	assert_true(s.request.contiguous);
	assert_int_equal(s.request.granules, 32);
	assert_int_equal(s.request.state, RMI_MEM_CONDITIONAL);
}

static void R16_absurd_requests_are_not_served(void **state)
{
	struct cca_sro_state s;

	/* none, contiguous but no power of two, no such state */
	assert_int_equal(begin(&s, DONATE, 1, REQUEST(0)), CCA_SRO_ESCAPE);
	assert_true(s.violated);
	assert_int_equal(begin(&s, DONATE, 1, REQUEST(24) | CONTIGUOUS),
			 CCA_SRO_ESCAPE);
	assert_true(s.violated);
	assert_int_equal(begin(&s, DONATE, 1, REQUEST(1) | 3 << 17),
			 CCA_SRO_ESCAPE);
	assert_true(s.violated);
	/* 512 GB, and 16383 blocks of 2 MB: too much, but no violation */
	assert_int_equal(begin(&s, DONATE, 1, REQUEST(1) | 3), CCA_SRO_ESCAPE);
	assert_false(s.violated);
	assert_int_equal(begin(&s, DONATE | MAY_CANCEL, 1, REQUEST(16383) | 1),
			 CCA_SRO_CANCEL);
	assert_false(s.violated);
}

static void R17_partial_consumption_asks_for_the_rest(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_answer(&s, DONATE, 2, REQUEST(14)),
			 CCA_SRO_DONATE);
	assert_int_equal(s.consumed, 2);
	assert_int_equal(s.request.granules, 14);
	s.offered = 14;
	assert_int_equal(cca_sro_answer(&s, NONE, 14, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.donated, 16);
}

static void R17_more_than_was_offered_cannot_be_consumed(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_answer(&s, NONE, 17, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.consumed, 16);
	assert_true(s.violated);
	wanting(&s, 16, 0);
	cca_sro_answer(&s, NONE, ~0ULL, 0);
	assert_int_equal(s.consumed, 16);
}

static void R18_a_full_list_drains_and_continues(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, RECLAIM, 1, 0), CCA_SRO_RECLAIM);
	assert_int_equal(cca_sro_answer(&s, RECLAIM, 512, 0), CCA_SRO_RECLAIM);
	assert_int_equal(s.entries, 512);
	assert_int_equal(cca_sro_answer(&s, NONE, 3, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.entries, 3);
}

static void R18_a_list_is_one_page(void **state)
{
	struct cca_sro_state s;

	begin(&s, RECLAIM, 1, 0);
	cca_sro_answer(&s, NONE, 513, 0);
	assert_int_equal(s.entries, RMI_ADDR_LIST_MAX);
	assert_true(s.violated);
}

static void R18_nothing_donated_reclaims_nothing(void **state)
{
	struct cca_sro_state s;

	begin(&s, RECLAIM, 1, 0);
	assert_int_equal(cca_sro_answer(&s, NONE, 0, 0), CCA_SRO_CONTINUE);
	assert_int_equal(s.entries, 0);
	assert_false(s.violated);
}

static void R18_what_is_not_ours_is_no_progress(void **state)
{
	struct cca_sro_state s;
	enum cca_sro_action action = begin(&s, RECLAIM, 1, 0);
	unsigned int turns = 0;

	while (action == CCA_SRO_RECLAIM) {
		action = cca_sro_answer(&s, RECLAIM, 512, 0);
		action = cca_sro_foreign(&s, action);
		assert_true(++turns <= CCA_SRO_IDLE_MAX + 1);
	}
	assert_int_equal(action, CCA_SRO_LOST);
	/* An end is an end. */
	begin(&s, RECLAIM, 1, 0);
	assert_int_equal(cca_sro_foreign(&s, cca_sro_answer(&s, RMI_SUCCESS, 1, 0)),
			 CCA_SRO_DONE);
}

static void R19_cancel_only_where_allowed_and_once(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, MAY_CANCEL);
	assert_int_equal(cca_sro_abandon(&s), CCA_SRO_CANCEL);
	assert_int_equal(cca_sro_answer(&s, RECLAIM | MAY_CANCEL, 0, 0),
			 CCA_SRO_RECLAIM);
	assert_int_equal(cca_sro_answer(&s, DONATE | MAY_CANCEL, 1, REQUEST(1)),
			 CCA_SRO_ESCAPE);

	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_abandon(&s), CCA_SRO_ESCAPE);
}

static void R19_after_cancel_it_is_driven_to_its_end(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, MAY_CANCEL);
	cca_sro_abandon(&s);
	assert_int_equal(cca_sro_answer(&s, RECLAIM, 0, 0), CCA_SRO_RECLAIM);
	assert_int_equal(cca_sro_answer(&s, NONE, 2, 0), CCA_SRO_CONTINUE);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_INPUT, 0, 0), CCA_SRO_DONE);
	assert_true(s.cancelled);
}

static void a_refused_cancel_falls_back_to_the_escape(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, MAY_CANCEL);
	assert_int_equal(cca_sro_abandon(&s), CCA_SRO_CANCEL);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_INPUT, 0, 0),
			 CCA_SRO_ESCAPE);
}

/* L.2.16: 20d | 0 0, then 00d | n, then the error. */
static void the_escape_as_a_real_rmm_takes_it(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_abandon(&s), CCA_SRO_ESCAPE);
	assert_int_equal(cca_sro_answer(&s, 0x20d, 0, 0), CCA_SRO_RECLAIM);
	assert_int_equal(cca_sro_answer(&s, 0x00d, 0, 0), CCA_SRO_CONTINUE);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_INPUT, 0, 0), CCA_SRO_DONE);
	assert_true(s.escaped);
	assert_false(s.violated);
}

static void an_escape_that_leads_nowhere_is_lost(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, 0);
	cca_sro_abandon(&s);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_INPUT, 0, 0), CCA_SRO_LOST);
	wanting(&s, 16, 0);
	cca_sro_abandon(&s);
	assert_int_equal(cca_sro_answer(&s, DONATE, 0, REQUEST(16)), CCA_SRO_LOST);
}

static void a_refused_list_is_not_offered_again(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, MAY_CANCEL);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_INPUT, 0, 0), CCA_SRO_CANCEL);
	assert_int_equal(s.consumed, 0);
	assert_true(s.violated);
}

static void R11_busy_steps_are_repeated_but_not_for_ever(void **state)
{
	struct cca_sro_state s;
	enum cca_sro_action action = begin(&s, NONE, 1, 0);
	unsigned int turns = 0;

	while (action == CCA_SRO_CONTINUE) {
		action = cca_sro_answer(&s, RMI_BUSY, 0, 0);
		assert_true(++turns <= CCA_SRO_BUSY_MAX + 1);
	}
	assert_int_equal(action, CCA_SRO_LOST);

	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_answer(&s, RMI_BUSY, 0, 0), CCA_SRO_DONATE);
	assert_int_equal(s.consumed, 0);
	begin(&s, RECLAIM, 1, 0);
	assert_int_equal(cca_sro_answer(&s, RMI_BLOCKED, 0, 0), CCA_SRO_RECLAIM);
}

static void a_request_that_does_not_exist(void **state)
{
	struct cca_sro_state s;

	assert_int_equal(begin(&s, RMI_RESULT(RMI_INCOMPLETE, 3), 1, 0),
			 CCA_SRO_CONTINUE);
	assert_true(s.violated);
}

static void the_end_may_come_at_any_step(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_answer(&s, RMI_SUCCESS, 16, 0), CCA_SRO_DONE);
	assert_int_equal(s.consumed, 16);
	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_GLOBAL, 0, 0), CCA_SRO_DONE);
	begin(&s, RECLAIM, 1, 0);
	assert_int_equal(cca_sro_answer(&s, RMI_ERROR_REALM, 9, 0), CCA_SRO_DONE);
	assert_int_equal(s.entries, 0);
}

static void an_rmm_that_is_never_full_is_abandoned(void **state)
{
	struct cca_sro_state s;
	enum cca_sro_action action = begin(&s, DONATE, 1, REQUEST(4096));
	unsigned int turns = 0;

	while (action == CCA_SRO_DONATE) {
		s.offered = 4096;
		action = cca_sro_answer(&s, DONATE, 4096, REQUEST(4096));
		assert_true(++turns <= CCA_SRO_DONATE_MAX / 4096 + 1);
	}
	assert_int_equal(action, CCA_SRO_ESCAPE);
	assert_true(s.donated <= CCA_SRO_DONATE_MAX);
}

static void an_rmm_that_takes_nothing_is_abandoned(void **state)
{
	struct cca_sro_state s;
	enum cca_sro_action action = begin(&s, DONATE, 1, REQUEST(1));
	unsigned int turns = 0;

	while (action == CCA_SRO_DONATE) {
		s.offered = 1;
		action = cca_sro_answer(&s, DONATE, 0, REQUEST(1));
		assert_true(++turns <= CCA_SRO_IDLE_MAX + 1);
	}
	assert_int_equal(action, CCA_SRO_ESCAPE);
}

static void an_rmm_that_never_finishes_is_left(void **state)
{
	struct cca_sro_state s;
	enum cca_sro_action action = begin(&s, NONE | MAY_CANCEL, 1, 0);
	unsigned int turns = 0, cancels = 0;

	while (action != CCA_SRO_LOST) {
		cancels += action == CCA_SRO_CANCEL;
		action = cca_sro_answer(&s, NONE | MAY_CANCEL, 0, 0);
		assert_true(++turns <= 2 * CCA_SRO_CONTINUE_MAX);
	}
	assert_int_equal(cancels, 1);
}

static void R19_a_killed_caller_cancels_what_it_may(void **state)
{
	struct cca_sro_state s;

	wanting(&s, 16, MAY_CANCEL);
	assert_int_equal(cca_sro_interrupt(&s, CCA_SRO_DONATE), CCA_SRO_CANCEL);
	begin(&s, NONE | MAY_CANCEL, 1, 0);
	assert_int_equal(cca_sro_interrupt(&s, CCA_SRO_CONTINUE), CCA_SRO_CANCEL);
	/* Not what may not be cancelled, not twice, not a reclaim. */
	wanting(&s, 16, 0);
	assert_int_equal(cca_sro_interrupt(&s, CCA_SRO_DONATE), CCA_SRO_DONATE);
	begin(&s, RECLAIM | MAY_CANCEL, 1, 0);
	assert_int_equal(cca_sro_interrupt(&s, CCA_SRO_RECLAIM), CCA_SRO_RECLAIM);
	wanting(&s, 16, MAY_CANCEL);
	cca_sro_interrupt(&s, CCA_SRO_DONATE);
	assert_int_equal(cca_sro_answer(&s, NONE | MAY_CANCEL, 0, 0),
			 CCA_SRO_CONTINUE);
	assert_int_equal(cca_sro_interrupt(&s, CCA_SRO_CONTINUE),
			 CCA_SRO_CONTINUE);
}

static __u64 random64(void)
{
	return (__u64)rand() << 42 ^ (__u64)rand() << 21 ^ (__u64)rand();
}

static __u64 random_x0(void)
{
	switch (rand() % 8) {
	case 0: return rand() % 20;
	case 1: return random64();
	case 2: return rand() % 64 ? NONE : RMI_NOT_IMPLEMENTED;
	default: return RMI_RESULT(RMI_INCOMPLETE, rand() % 8);
	}
}

/*
 * Garbage in every register, and a host that now and then has no memory, is
 * killed, or does not know the pages: it ends, and no count is beyond what was
 * offered.
 */
static void R9_whatever_it_answers_there_is_an_end(void **state)
{
	unsigned int run;

	srand(1);
	for (run = 0; run < 3000; run++) {
		unsigned int bias = rand() % 16, steps = 0;
		struct cca_sro_state s;
		enum cca_sro_action action;

		cca_sro_begin(&s);
		action = cca_sro_answer(&s, RMI_RESULT(RMI_INCOMPLETE, rand() % 8),
					random64(), random64());
		while (action != CCA_SRO_DONE && action != CCA_SRO_LOST) {
			__u64 x0 = random_x0(), x1 = random64() % 1024;
			unsigned int offered;

			if (bias && bias <= 3)
				x0 = RMI_RESULT(RMI_INCOMPLETE,
						bias - 1 + 4 * (rand() % 2));
			if (rand() % 50 == 0)
				action = cca_sro_interrupt(&s, action);
			if (action == CCA_SRO_DONATE && rand() % 50 == 0)
				action = cca_sro_abandon(&s);
			if (action == CCA_SRO_DONATE) {
				assert_true(s.request.granules > 0);
				s.offered = s.request.granules;
			}
			if (action == CCA_SRO_DONE || action == CCA_SRO_LOST)
				break;
			offered = s.offered;
			action = cca_sro_answer(&s, x0, x1,
						rand() % 3 ? REQUEST(1) : random64());
			assert_true(s.consumed <= offered);
			assert_true(s.entries <= RMI_ADDR_LIST_MAX);
			assert_true(s.donated <= CCA_SRO_DONATE_MAX);
			/* A host that knows none of the pages, at worst. */
			if (s.entries)
				action = cca_sro_foreign(&s, action);
			assert_true(++steps < CCA_SRO_CONTINUE_MAX * 2 +
				    CCA_SRO_DONATE_MAX + CCA_SRO_IDLE_MAX + 64);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R15_an_answer_that_is_final_ends_it),
		cmocka_unit_test(R15_nothing_wanted_means_continue),
		cmocka_unit_test(R21_handle_zero_is_a_handle),
		cmocka_unit_test(R21_upper_bits_and_minus_one),
		cmocka_unit_test(the_life_of_a_rec),
		cmocka_unit_test(R16_requests_are_decoded),
		cmocka_unit_test(R16_absurd_requests_are_not_served),
		cmocka_unit_test(R17_partial_consumption_asks_for_the_rest),
		cmocka_unit_test(R17_more_than_was_offered_cannot_be_consumed),
		cmocka_unit_test(R18_a_full_list_drains_and_continues),
		cmocka_unit_test(R18_a_list_is_one_page),
		cmocka_unit_test(R18_nothing_donated_reclaims_nothing),
		cmocka_unit_test(R18_what_is_not_ours_is_no_progress),
		cmocka_unit_test(R19_cancel_only_where_allowed_and_once),
		cmocka_unit_test(R19_after_cancel_it_is_driven_to_its_end),
		cmocka_unit_test(a_refused_cancel_falls_back_to_the_escape),
		cmocka_unit_test(the_escape_as_a_real_rmm_takes_it),
		cmocka_unit_test(an_escape_that_leads_nowhere_is_lost),
		cmocka_unit_test(a_refused_list_is_not_offered_again),
		cmocka_unit_test(R11_busy_steps_are_repeated_but_not_for_ever),
		cmocka_unit_test(a_request_that_does_not_exist),
		cmocka_unit_test(the_end_may_come_at_any_step),
		cmocka_unit_test(an_rmm_that_is_never_full_is_abandoned),
		cmocka_unit_test(an_rmm_that_takes_nothing_is_abandoned),
		cmocka_unit_test(an_rmm_that_never_finishes_is_left),
		cmocka_unit_test(R19_a_killed_caller_cancels_what_it_may),
		cmocka_unit_test(R9_whatever_it_answers_there_is_an_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sro", tests, NULL, NULL);
}
