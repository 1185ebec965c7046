// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio console of a Linux guest: as a driver finds and uses it, and with
 * rings that no driver makes.
 */
#define SLOT	1

#include "ring.h"

static void set_up(uint64_t features)
{
	start();
	lend(RINGS);
	drive(2, features);
}

static void assert_out(const char *text)
{
	assert_int_equal(board.out.count, strlen(text));
	assert_memory_equal(board.out.bytes, text, strlen(text));
	board.out.count = 0;
}

static void assert_broken(void)
{
	assert_int_equal(get(BAR + 20, 1) & 0x40, 0x40);
	/* It does nothing any more, until it is reset. */
	notify(1);
	assert_int_equal(virtio_console_receive(&board.console, (const uint8_t *)"x", 1), 0);
	put(BAR + 20, 1, 0);
	assert_int_equal(get(BAR + 20, 1), 0);
	assert_false(virtio_level(&board.console.virtio));
	board_free(&board);
}

static void the_function_is_found(void **state)
{
	static const uint8_t kinds[] = { 1, 2, 3, 4 };
	unsigned int at;

	start();
	assert_int_equal(get(CONFIG(0), 4), 0x10431af4);
	assert_int_equal(get(CONFIG(0), 2), 0x1af4);
	assert_int_equal(get(CONFIG(8), 4), 0x07800001);
	assert_int_equal(get(CONFIG(6), 2) & 0x10, 0x10);
	assert_int_equal(get(CONFIG(0x0e), 1), 0);
	assert_int_equal(get(CONFIG(0x3d), 1), 1);
	at = get(CONFIG(0x34), 1);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(get(CONFIG(at), 1), 9);
		assert_int_equal(get(CONFIG(at + 3), 1), kinds[i]);
		assert_int_equal(get(CONFIG(at + 4), 1), 0);
		assert_true(get(CONFIG(at + 8), 4) + get(CONFIG(at + 12), 4) <= VIRTIO_BAR_SIZE);
		at = get(CONFIG(at + 1), 1);
	}
	assert_int_equal(at, 0);
	/* Nobody else is on the bus. */
	assert_int_equal(get(VMM_ECAM_BASE, 4), 0xffffffff);
	assert_int_equal(get(CONFIG(0x1000), 2), 0xffff);
	assert_int_equal(get(CONFIG(0x100), 4), 0);
	board_free(&board);
}

static void the_bar_is_where_the_guest_wants_it(void **state)
{
	struct board_access a = { .address = BAR, .bytes = 4 };

	start();
	put(CONFIG(0x10), 4, 0xffffffff);
	assert_int_equal(get(CONFIG(0x10), 4), 0xffffc000);
	put(CONFIG(0x10), 4, BAR);
	assert_false(board_access(&board, &a));
	put(CONFIG(0x04), 2, 2);
	assert_true(board_access(&board, &a));
	/* Not over other devices. */
	put(CONFIG(0x10), 4, VMM_UART_BASE & ~0x3fffULL);
	assert_int_equal(get(VMM_UART_BASE + 0x18, 4), 0x90);
	assert_false(board_access(&board, &a));
	board_free(&board);
}

static void what_the_guest_says_comes_out(void **state)
{
	set_up(GOOD);
	assert_int_equal(get(BAR + 20, 1), 0xf);
	memcpy(ram(BUFFER), "hello world", 11);
	set_desc(1, 3, BUFFER, 6, 1, 5);
	set_desc(1, 5, (BUFFER + 6) | ALIAS, 5, 0, 0);
	offer(1, 3);
	notify(1);
	assert_out("hello world");
	assert_int_equal(look(USED(1) + 2, 2), 1);
	assert_int_equal(look(USED(1) + 4, 4), 3);
	assert_true(line());
	assert_int_equal(get(BAR + VIRTIO_ISR, 1), 1);
	assert_false(line());
	/* One that wants no interrupt. */
	set(AVAIL(1), 2, 1);
	offer(1, 5);
	notify(1);
	assert_out("world");
	assert_false(line());
	notify(1);
	assert_out("");
	board_free(&board);
}

static void what_is_typed_goes_in(void **state)
{
	set_up(GOOD);
	/* The guest spoke here last. */
	board.virtio_spoke = true;
	assert_int_equal(board_receive(&board, (const uint8_t *)"abc", 3), 0);
	set_desc(0, 0, BUFFER, 2, 2, 0);
	set_desc(0, 1, BUFFER + 16, 16, 2, 0);
	offer(0, 0);
	offer(0, 1);
	assert_int_equal(board_receive(&board, (const uint8_t *)"abc", 3), 3);
	assert_memory_equal(ram(BUFFER), "ab", 2);
	assert_memory_equal(ram(BUFFER + 16), "c", 1);
	assert_int_equal(look(USED(0) + 2, 2), 2);
	assert_int_equal(look(USED(0) + 8, 4), 2);
	assert_int_equal(look(USED(0) + 16, 4), 1);
	assert_true(line());
	board_free(&board);
}

static void the_size_of_the_terminal_is_told(void **state)
{
	set_up(GOOD | 1);
	board_resize(&board, 132, 43);
	assert_true(line());
	assert_int_equal(get(BAR + VIRTIO_ISR, 1), 2);
	assert_int_equal(get(BAR + VIRTIO_DEVICE, 2), 132);
	assert_int_equal(get(BAR + VIRTIO_DEVICE + 2, 2), 43);
	assert_int_equal(get(BAR + 21, 1), 1);
	board_resize(&board, 132, 43);
	assert_false(line());
	board_free(&board);
}

/* A driver that would use memory that is not shared. */
static void features_are_insisted_on(void **state)
{
	set_up(1ULL << 32);
	assert_int_equal(get(BAR + 20, 1) & 8, 0);
	board_free(&board);
	set_up(GOOD | 1ULL << 40);
	assert_int_equal(get(BAR + 20, 1) & 8, 0);
	board_free(&board);
}

static void bad_rings_break_the_device(void **state)
{
	/* A head outside of the table; a circle; a next outside; a buffer that is private,
	 * and one that ends behind what is lent, behind RAM, or wraps; one too long. */
	static const struct {
		uint16_t head;
		uint64_t address;
		uint32_t length;
		uint16_t flags, next;
	} bad[] = {
		{ SIZE, BUFFER, 1, 0, 0 }, { 0xffff, BUFFER, 1, 0, 0 }, { 0, BUFFER, 1, 1, 0 },
		{ 0, BUFFER, 1, 1, SIZE }, { 0, RAM, 1, 0, 0 },
		{ 0, RAM + 2 * LENT_PIECE - 1, 2, 0, 0 }, { 0, RAM + RAM_SIZE - 1, 2, 0, 0 },
		{ 0, UINT64_MAX, 2, 0, 0 }, { 0, 0, 1, 0, 0 },
		{ 0, BUFFER, VIRTIO_CONSOLE_PART_MAX + 1, 0, 0 }, { 0, BUFFER, UINT32_MAX, 0, 0 },
		{ 0, BUFFER, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_up(GOOD);
		set_desc(1, 0, bad[i].address, bad[i].length, bad[i].flags, bad[i].next);
		/* Behind the table there is what would do. */
		set_desc(1, SIZE, BUFFER, 1, 0, 0);
		offer(1, bad[i].head);
		notify(1);
		assert_out("");
		assert_broken();
	}
}

static void rings_elsewhere_break_the_device(void **state)
{
	static const uint64_t bad[] = { 0, RAM, RAM + 3 * LENT_PIECE - 8, UINT64_MAX & ~15ULL,
					RINGS + 2 * LENT_PIECE - 16 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (unsigned int ring = 0; ring < 3; ring++) {
			set_up(GOOD);
			set_desc(1, 0, BUFFER, 1, 0, 0);
			offer(1, 0);
			(&board.console.virtio.queue[1].desc)[ring] = bad[i];
			notify(1);
			assert_broken();
		}
}

static void lent_memory_is_lent_once(void **state)
{
	uint64_t ipa, length;
	void *source;

	start();
	assert_null(lent_at(&board.lent, RAM, 1));
	assert_true(lent_begin(&board.lent, RAM + RAM_SIZE - 1, &ipa, &length, &source));
	assert_int_equal(ipa, RAM + 3 * LENT_PIECE);
	assert_int_equal(length, 1 << 20);
	lent_end(&board.lent, ipa, true);
	assert_false(lent_begin(&board.lent, RAM + RAM_SIZE - 1, &ipa, &length, &source));
	assert_false(lent_begin(&board.lent, RAM + RAM_SIZE, &ipa, &length, &source));
	assert_false(lent_begin(&board.lent, RAM - 1, &ipa, &length, &source));
	assert_non_null(lent_at(&board.lent, RAM + 3 * LENT_PIECE, 1 << 20));
	assert_null(lent_at(&board.lent, RAM + 3 * LENT_PIECE, (1 << 20) + 1));
	assert_null(lent_at(&board.lent, RAM + 3 * LENT_PIECE - 1, 2));
	assert_null(lent_at(&board.lent, RAM + 3 * LENT_PIECE, 0));
	assert_null(lent_at(&board.lent, RAM + 3 * LENT_PIECE, UINT64_MAX));
	/* Refused: nobody has it. */
	assert_true(lent_begin(&board.lent, RAM, &ipa, &length, &source));
	lent_end(&board.lent, ipa, false);
	assert_null(lent_at(&board.lent, RAM, 1));
	board_free(&board);
}

/* -------------------------------------------------------------------- by chance */

/* Whatever is in the rings and registers: nothing outside is touched, and it ends. */
static void any_ring_is_survived(void **state)
{
	const uint8_t typed[] = "0123456789";

	for (int round = 0; round < 3000; round++) {
		set_up(GOOD);
		board.virtio_spoke = true;
		for (int step = 0; step < 40; step++) {
			unsigned int queue = chance(2);

			switch (chance(6)) {
			case 0:
				set(DESC(queue) + chance(0x1000), 1, chance(256));
				break;
			case 1:
				set_desc(queue, chance(SIZE), some_address(), chance(100000),
					 chance(4), chance(SIZE + 1));
				break;
			case 2:
				offer(queue, chance(SIZE + 1));
				break;
			case 3:
				put(BAR + chance(64), 1U << chance(4), chance(UINT64_MAX));
				break;
			case 4:
				get(BAR + chance(VIRTIO_BAR_SIZE), 1U << chance(4));
				break;
			case 5:
				board_receive(&board, typed, chance(sizeof(typed)));
				break;
			}
			notify(chance(3));
			assert_true(board.out.count <= OUTPUT_MAX);
			board.out.count = 0;
		}
		board_free(&board);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_function_is_found),
		cmocka_unit_test(the_bar_is_where_the_guest_wants_it),
		cmocka_unit_test(what_the_guest_says_comes_out),
		cmocka_unit_test(what_is_typed_goes_in),
		cmocka_unit_test(the_size_of_the_terminal_is_told),
		cmocka_unit_test(features_are_insisted_on),
		cmocka_unit_test(bad_rings_break_the_device),
		cmocka_unit_test(rings_elsewhere_break_the_device),
		cmocka_unit_test(lent_memory_is_lent_once),
		cmocka_unit_test(any_ring_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
