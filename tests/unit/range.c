// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic of ranges (module/range.c).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "range.h"

#define K4	0x1000ULL
#define M2	0x200000ULL
#define G1	0x40000000ULL
#define END	(~0ULL & ~(K4 - 1))	/* the last page of all */

static void R9_nothing_is_a_fine_range(void **state)
{
	assert_int_equal(cca_range_check(0, 0, K4), 0);
	assert_int_equal(cca_range_check(END, 0, K4), 0);
}

static void R9_whole_units_only(void **state)
{
	assert_int_equal(cca_range_check(K4, K4, K4), 0);
	assert_int_equal(cca_range_check(1, K4, K4), -EINVAL);
	assert_int_equal(cca_range_check(K4, K4 + 1, K4), -EINVAL);
	assert_int_equal(cca_range_check(K4, M2, M2), -EINVAL);
	assert_int_equal(cca_range_check(M2, M2, M2), 0);
}

static void R9_wrap_around_is_an_overflow(void **state)
{
	assert_int_equal(cca_range_check(END, 2 * K4, K4), -EOVERFLOW);
	assert_int_equal(cca_range_check(K4, END, K4), 0 - EOVERFLOW);
	assert_int_equal(cca_range_check(0, END, K4), 0);
}

static void R9_progress_is_forward_within_and_on_a_granule(void **state)
{
	assert_true(cca_range_progress(K4, 4 * K4, 2 * K4));
	assert_true(cca_range_progress(K4, 4 * K4, 4 * K4));
	assert_false(cca_range_progress(K4, 4 * K4, K4));	/* none */
	assert_false(cca_range_progress(K4, 4 * K4, 0));	/* backwards */
	assert_false(cca_range_progress(K4, 4 * K4, 5 * K4));	/* past the top */
	assert_false(cca_range_progress(K4, 4 * K4, 2 * K4 + 8));
	assert_false(cca_range_progress(K4, 4 * K4, ~0ULL));
}

static void blocks_are_as_large_as_alignment_allows(void **state)
{
	assert_int_equal(cca_range_block(0, M2, 9), 9);
	assert_int_equal(cca_range_block(0, G1, 18), 18);
	assert_int_equal(cca_range_block(0, G1, 9), 9);
	assert_int_equal(cca_range_block(K4, G1, 9), 0);
	assert_int_equal(cca_range_block(2 * K4, G1, 9), 1);
	assert_int_equal(cca_range_block(M2 / 2, G1, 9), 8);
}

static void blocks_stay_below_the_top(void **state)
{
	assert_int_equal(cca_range_block(0, M2 - K4, 9), 8);
	assert_int_equal(cca_range_block(0, K4, 9), 0);
	assert_int_equal(cca_range_block(0, 3 * K4, 9), 1);
	assert_int_equal(cca_range_block(END - K4, END, 9), 0);
}

/* Cut a range into blocks: nothing is left out, nothing is cut twice. */
static void blocks_of_a_range_tile_it(void **state)
{
	__u64 base, top;

	for (base = 0; base < 24 * K4; base += K4) {
		for (top = base + K4; top < base + 40 * K4; top += K4) {
			__u64 at = base;
			unsigned int blocks = 0;

			while (at < top) {
				__u64 size = K4 << cca_range_block(at, top, 3);

				assert_int_equal(at % size, 0);
				assert_true(size <= top - at);
				at += size;
				blocks++;
			}
			assert_int_equal(at, top);
			/* At most three on each side of the large ones. */
			assert_true(blocks <= 6 + (top - base) / (8 * K4));
		}
	}
}

static void next_stops_at_boundaries_and_at_the_top(void **state)
{
	assert_int_equal(cca_range_next(0, G1, 21), M2);
	assert_int_equal(cca_range_next(M2 - K4, G1, 21), M2);
	assert_int_equal(cca_range_next(M2, G1, 21), 2 * M2);
	assert_int_equal(cca_range_next(M2, M2 + K4, 21), M2 + K4);
	assert_int_equal(cca_range_next(END, END + K4 - 1, 12), END + K4 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R9_nothing_is_a_fine_range),
		cmocka_unit_test(R9_whole_units_only),
		cmocka_unit_test(R9_wrap_around_is_an_overflow),
		cmocka_unit_test(R9_progress_is_forward_within_and_on_a_granule),
		cmocka_unit_test(blocks_are_as_large_as_alignment_allows),
		cmocka_unit_test(blocks_stay_below_the_top),
		cmocka_unit_test(blocks_of_a_range_tile_it),
		cmocka_unit_test(next_stops_at_boundaries_and_at_the_top),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
