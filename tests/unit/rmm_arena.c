// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware's heap by chance: what is taken is zero, aligned, in its place
 * and nobody else's, and when all is given back there is room for all again.
 */
#include "rmm_test.h"

/* Compiled unchanged, but with the string functions of this machine. */
#include "../rmm/fw/arena.h"
#define FW_STRING_H
#include "../rmm/fw/arena.c"

#define PIECES	64
#define MOST	(ARENA_SIZE - 2 * sizeof(struct block))

static struct {
	uint8_t *at;
	size_t size;
} piece[PIECES];

static struct arena arena;

static void give(unsigned int n)
{
	for (size_t i = 0; i < piece[n].size; i++)
		assert_int_equal(piece[n].at[i], n + 1);
	arena_give(&arena, piece[n].at);
	piece[n].at = NULL;
}

static void take(unsigned int n, size_t size)
{
	uint8_t *at = arena_take(&arena, size);

	if (!at)
		return;
	assert_int_equal((uintptr_t)at % 16, 0);
	assert_true(at >= arena.bytes && at + size <= arena.bytes + ARENA_SIZE);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(at[i], 0);
	memset(at, (int)n + 1, size);
	piece[n].at = at;
	piece[n].size = size;
}

static void pieces_are_apart_and_come_back(void **state)
{
	unsigned int n, taken = 0;

	srandom(6);
	for (unsigned int i = 0; i < 200000; i++) {
		n = random() % PIECES;
		if (piece[n].at) {
			give(n);
			continue;
		}
		take(n, 1 + random() % (random() % 8 ? 100 : 3000));
		taken += !!piece[n].at;
	}
	assert_true(taken > 50000);
	for (n = 0; n < PIECES; n++)
		if (piece[n].at)
			give(n);
	take(0, MOST);
	assert_non_null(piece[0].at);
	assert_null(arena_take(&arena, 1));
	give(0);
}

static void what_cannot_be_is_refused(void **state)
{
	static const size_t sizes[] = { 0, MOST + 1, ARENA_SIZE, ARENA_SIZE + 1, SIZE_MAX - 15, SIZE_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_null(arena_take(&arena, sizes[i]));
	arena_give(&arena, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(pieces_are_apart_and_come_back),
	cmocka_unit_test(what_cannot_be_is_refused),
};

RUN_TESTS(tests)
