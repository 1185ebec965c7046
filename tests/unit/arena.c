// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bitmaps of an arena (module/arena.c), against loops over single bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"

#define FULL	CCA_ARENA_GRANULES

/* The same granules, one byte each, and the obvious answers. */
struct plain {
	bool bit[FULL];
};

static unsigned int plain_run(const struct plain *p, unsigned int size,
			      unsigned int from, unsigned int *at)
{
	unsigned int end;

	while (from < size && !p->bit[from])
		from++;
	for (end = from; end < size && p->bit[end]; end++)
		;
	*at = from;
	return end - from;
}

static unsigned int plain_tail(const struct plain *p, unsigned int size)
{
	unsigned int n;

	for (n = 0; n < size && p->bit[size - n - 1]; n++)
		;
	return n;
}

static int plain_find(const struct plain *p, unsigned int size,
		      unsigned int order, unsigned int spare)
{
	unsigned int at, i, n = 1U << order;

	for (at = 0; at + n <= size; at += n) {
		if (spare >> (at / CCA_BLOCK_GRANULES) & 1)
			continue;
		for (i = 0; i < n && p->bit[at + i]; i++)
			;
		if (i == n)
			return at;
	}
	return -1;
}

static void set(struct cca_map *map, struct plain *p, unsigned int at,
		unsigned int n, bool value)
{
	cca_map_set(map, at, n, value);
	for (; n; n--, at++)
		p->bit[at] = value;
}

static void agree(const struct cca_map *map, const struct plain *p)
{
	unsigned int i, sum = 0;

	for (i = 0; i < FULL; i++) {
		assert_int_equal(cca_map_test(map, i), p->bit[i]);
		sum += p->bit[i];
	}
	assert_int_equal(cca_map_weight(map), sum);
}

static void empty_has_nothing(void **state)
{
	struct cca_map map = { 0 };
	unsigned int at, order;

	assert_int_equal(cca_map_run(&map, FULL, 0, &at), 0);
	for (order = 0; order <= CCA_ARENA_ORDER; order++)
		assert_int_equal(cca_map_find(&map, FULL, order, 0), -1);
	assert_int_equal(cca_map_halves(&map, FULL), 0);
}

static void full_has_everything(void **state)
{
	struct cca_map map = { 0 };
	unsigned int at, order;

	cca_map_set(&map, 0, FULL, true);
	assert_int_equal(cca_map_run(&map, FULL, 0, &at), FULL);
	assert_int_equal(at, 0);
	for (order = 0; order <= CCA_ARENA_ORDER; order++)
		assert_int_equal(cca_map_find(&map, FULL, order, 0), 0);
	assert_int_equal(cca_map_halves(&map, FULL), 3);
	assert_int_equal(cca_map_weight(&map), FULL);
	assert_int_equal(cca_map_tail(&map, FULL), FULL);
	assert_int_equal(cca_map_tail(&map, 0), 0);
	cca_map_set(&map, 64, 1, false);
	assert_int_equal(cca_map_tail(&map, FULL), FULL - 65);
	assert_int_equal(cca_map_tail(&map, 65), 0);
}

/* The arena that a guard page makes of four MiB. */
static void a_guard_breaks_the_lower_half_only(void **state)
{
	struct cca_map map = { 0 };

	cca_map_set(&map, 1, FULL - 1, true);
	assert_int_equal(cca_map_halves(&map, FULL), 2);
	assert_int_equal(cca_map_find(&map, FULL, CCA_BLOCK_ORDER, 0),
			 CCA_BLOCK_GRANULES);
	/* Small requests keep out of the whole half as long as they can. */
	assert_int_equal(cca_map_find(&map, FULL, 0, 2), 1);
	assert_int_equal(cca_map_find(&map, FULL, 4, 2), 16);
	cca_map_set(&map, 0, CCA_BLOCK_GRANULES, false);
	assert_int_equal(cca_map_find(&map, FULL, 0, 2), -1);
	assert_int_equal(cca_map_find(&map, FULL, 0, 0), CCA_BLOCK_GRANULES);
}

static void a_small_arena_has_no_halves(void **state)
{
	struct cca_map map = { 0 };

	cca_map_set(&map, 0, 256, true);
	assert_int_equal(cca_map_halves(&map, 256), 0);
	assert_int_equal(cca_map_find(&map, 256, 8, 0), 0);
	assert_int_equal(cca_map_find(&map, 256, 9, 0), -1);
}

static void bits_beyond_the_size_do_not_exist(void **state)
{
	struct cca_map map = { 0 };
	unsigned int at;

	cca_map_set(&map, 0, FULL, true);
	assert_int_equal(cca_map_run(&map, 2, 0, &at), 2);
	assert_int_equal(cca_map_find(&map, 2, 1, 0), 0);
	assert_int_equal(cca_map_find(&map, 2, 2, 0), -1);
	assert_int_equal(cca_map_run(&map, 2, 2, &at), 0);
}

static void unaligned_runs_do_not_count(void **state)
{
	struct cca_map map = { 0 };

	cca_map_set(&map, 1, 15, true);		/* 1..15 */
	assert_int_equal(cca_map_find(&map, FULL, 3, 0), 8);
	assert_int_equal(cca_map_find(&map, FULL, 4, 0), -1);
	cca_map_set(&map, 60, 8, true);		/* 60..67, across a word */
	assert_int_equal(cca_map_find(&map, FULL, 3, 0), 8);
	cca_map_set(&map, 8, 8, false);
	assert_int_equal(cca_map_find(&map, FULL, 3, 0), -1);
	assert_int_equal(cca_map_find(&map, FULL, 2, 0), 4);
}

static void random_maps_agree_with_plain_loops(void **state)
{
	struct cca_map map = { 0 };
	struct plain *p = calloc(1, sizeof(*p));
	unsigned int turn;

	assert_non_null(p);
	srand(2);
	for (turn = 0; turn < 3000; turn++) {
		unsigned int at = rand() % FULL, order, spare, from;
		unsigned int n = rand() % (turn % 3 ? 8 : FULL - at + 1);
		unsigned int got, want, where, there;

		if (at + n > FULL)
			n = FULL - at;
		set(&map, p, at, n, rand() % 2);
		if (turn % 100 == 0)
			agree(&map, p);
		from = rand() % (FULL + 1);
		got = cca_map_run(&map, FULL, from, &where);
		want = plain_run(p, FULL, from, &there);
		assert_int_equal(got, want);
		if (got)
			assert_int_equal(where, there);
		assert_int_equal(cca_map_tail(&map, from), plain_tail(p, from));
		for (order = 0; order <= CCA_ARENA_ORDER; order++)
			for (spare = 0; spare < 4; spare++)
				assert_int_equal(
					cca_map_find(&map, FULL, order, spare),
					plain_find(p, FULL, order, spare));
	}
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_has_nothing),
		cmocka_unit_test(full_has_everything),
		cmocka_unit_test(a_guard_breaks_the_lower_half_only),
		cmocka_unit_test(a_small_arena_has_no_halves),
		cmocka_unit_test(bits_beyond_the_size_do_not_exist),
		cmocka_unit_test(unaligned_runs_do_not_count),
		cmocka_unit_test(random_maps_agree_with_plain_loops),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
