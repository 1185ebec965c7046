// SPDX-License-Identifier: GPL-2.0-only
/*
 * The board of a Linux guest: the GIC as its drivers and its CPUs meet it, the
 * UART, and both under accesses that no driver makes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/vmm/board.h"
#include "../../tools/vmm/layout.h"

#define LRS		4
#define LR_PENDING	(1ULL << 62)
#define LR_ACTIVE	(1ULL << 63)
#define LR_EOI		(1ULL << 41)
#define LR_INTID(lr)	((uint32_t)(lr))
#define UIE		2
#define SOME_SPI	40		/* of no device */

#define RAM		0x40000000ULL
#define RAM_SIZE	(7ULL << 20)
#define ALIAS		(1ULL << 39)

#define GICD(offset)	(VMM_GICD_BASE + (offset))
#define GICR(cpu, offset) (VMM_GICR_BASE + (cpu) * VMM_GICR_STRIDE + (offset))
#define SGI_BASE	0x10000
#define UART(offset)	(VMM_UART_BASE + (offset))

static struct board board;
static unsigned int woken[VMM_CPUS_MAX];

static void note_wake(void *context, unsigned int cpu)
{
	assert_ptr_equal(context, &board);
	assert_true(cpu < board.cpus);
	woken[cpu]++;
}

static void start(unsigned int cpus)
{
	memset(woken, 0, sizeof(woken));
	assert_true(board_init(&board, &(struct board_options) {
		.cpus = cpus, .base = RAM, .memory = RAM_SIZE, .alias = ALIAS, .wake = note_wake,
		.context = &board,
	}));
}

static uint64_t get(uint64_t address, unsigned int bytes)
{
	struct board_access a = { .address = address, .bytes = bytes };

	assert_true(board_access(&board, &a));
	assert_int_equal(board.out.count, 0);
	return a.data;
}

static int put(uint64_t address, unsigned int bytes, uint64_t value)
{
	struct board_access a = {
		.address = address, .bytes = bytes, .data = value, .is_write = true,
	};

	int sent = -1;

	assert_true(board_access(&board, &a));
	if (board.out.count)
		sent = board.out.bytes[0];
	board.out.count = 0;
	return sent;
}

/* As Linux does: group 1 on, this interrupt on, a priority. */
static void enable(unsigned int cpu, unsigned int intid)
{
	put(GICD(0), 4, 0x12);
	if (intid < 32) {
		put(GICR(cpu, SGI_BASE + 0x400 + intid), 1, 0xa0);
		put(GICR(cpu, SGI_BASE + 0x100), 4, 1U << intid);
	} else {
		put(GICD(0x400 + intid), 1, 0xa0);
		put(GICD(0x100 + intid / 32 * 4), 4, 1U << intid % 32);
		put(GICD(0x6000 + 8 * intid), 8, VMM_MPIDR(cpu));
	}
	memset(woken, 0, sizeof(woken));
}

static uint32_t fill(unsigned int cpu, uint64_t *lrs)
{
	return gic_fill(board.gic, cpu, lrs, LRS);
}

static void assert_idle(unsigned int cpu)
{
	uint64_t lrs[GIC_LRS_MAX];

	assert_int_equal(fill(cpu, lrs), 0);
	for (int i = 0; i < GIC_LRS_MAX; i++)
		assert_int_equal(lrs[i], 0);
	gic_take(board.gic, cpu, lrs);
}

/* It is the one interrupt of that CPU, and pending. */
static void assert_only(unsigned int cpu, unsigned int intid)
{
	uint64_t lrs[GIC_LRS_MAX];

	assert_int_equal(fill(cpu, lrs), 0);
	assert_int_equal(LR_INTID(lrs[0]), intid);
	assert_int_equal(lrs[0] >> 62, 1);
	assert_int_equal(lrs[1], 0);
	gic_take(board.gic, cpu, lrs);
}

static void the_board_says_what_it_is(void **state)
{
	start(3);
	assert_int_equal(get(GICD(0xffe8), 4), 0x30);
	assert_int_equal(get(GICR(2, 0xffe8), 4), 0x30);
	/* 64 interrupts, 10 bits, no LPIs. */
	assert_int_equal(get(GICD(4), 4), 9 << 19 | 1);
	assert_int_equal(get(GICR(0, 8), 8), 0);
	assert_int_equal(get(GICR(1, 8), 8), 1ULL << 32 | 1 << 8);
	assert_int_equal(get(GICR(2, 8), 8), 2ULL << 32 | 2 << 8 | 1 << 4);
	assert_int_equal(get(GICR(2, 12), 4), 2);
	/* A PL011, as the bus of Arm's peripherals looks for it. */
	assert_int_equal(get(UART(0xfe0), 4), 0x11);
	assert_int_equal(get(UART(0xffc), 4), 0xb1);
	board_free(&board);
}

static void nothing_answers_elsewhere(void **state)
{
	static const uint64_t nowhere[] = {
		0, VMM_GICD_BASE - 1, GICD(VMM_GICD_SIZE), UART(VMM_UART_SIZE), UINT64_MAX,
		VMM_GICR_BASE + 2 * VMM_GICR_STRIDE, VMM_GICR_BASE - 4, 1ULL << 39,
	};

	start(2);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		struct board_access a = { .address = nowhere[i], .bytes = 4 };

		assert_false(board_access(&board, &a));
		a.is_write = true;
		assert_false(board_access(&board, &a));
	}
	assert_int_equal(board.accesses[BOARD_NOTHING], 16);
	board_free(&board);
}

static void a_level_comes_until_it_falls(void **state)
{
	uint64_t lrs[GIC_LRS_MAX];

	start(1);
	enable(0, 27);
	gic_set_level(board.gic, 0, 27, true);
	assert_int_equal(woken[0], 1);
	fill(0, lrs);
	assert_int_equal(LR_INTID(lrs[0]), 27);
	/* Its end is to be told: the level may still be high. */
	assert_true(lrs[0] & LR_EOI);
	lrs[0] = (lrs[0] & ~LR_PENDING) | LR_ACTIVE;
	gic_take(board.gic, 0, lrs);

	/* Being handled: it stays active, and is not news. */
	fill(0, lrs);
	assert_int_equal(lrs[0] >> 62, 2);
	lrs[0] &= ~LR_ACTIVE;
	gic_take(board.gic, 0, lrs);
	assert_only(0, 27);
	gic_set_level(board.gic, 0, 27, false);
	assert_idle(0);
	board_free(&board);
}

static void a_level_that_fell_unseen_does_not_come(void **state)
{
	uint64_t lrs[GIC_LRS_MAX];

	start(1);
	enable(0, 27);
	gic_set_level(board.gic, 0, 27, true);
	fill(0, lrs);
	gic_take(board.gic, 0, lrs);
	gic_set_level(board.gic, 0, 27, false);
	assert_idle(0);
	board_free(&board);
}

static void what_is_off_waits(void **state)
{
	start(1);
	gic_set_level(board.gic, 0, 27, true);
	assert_int_equal(woken[0], 0);
	assert_idle(0);
	put(GICR(0, SGI_BASE + 0x100), 4, 1U << 27);
	assert_idle(0);
	put(GICD(0), 4, 2);
	assert_true(woken[0]);
	assert_only(0, 27);
	put(GICR(0, SGI_BASE + 0x180), 4, 1U << 27);
	assert_int_equal(get(GICR(0, SGI_BASE + 0x100), 4), 0);
	assert_idle(0);
	board_free(&board);
}

static void an_sgi_finds_its_targets(void **state)
{
	start(18);
	for (unsigned int cpu = 0; cpu < 18; cpu++)
		enable(cpu, 3);
	/* CPUs 1 and 2 of the first cluster. */
	gic_send_sgi(board.gic, 0, 3ULL << 24 | 0x6);
	assert_only(1, 3);
	assert_only(2, 3);
	assert_idle(0);
	assert_idle(17);
	/* CPU 17: the second of cluster 1. */
	gic_send_sgi(board.gic, 0, 3ULL << 24 | 1 << 16 | 0x2);
	assert_int_equal(woken[17], 1);
	assert_only(17, 3);
	/* A range and a cluster that do not exist. */
	memset(woken, 0, sizeof(woken));
	gic_send_sgi(board.gic, 0, 3ULL << 24 | 1ULL << 44 | 0xffff);
	gic_send_sgi(board.gic, 0, 3ULL << 24 | 0xffULL << 48 | 0xffff);
	for (unsigned int cpu = 0; cpu < 18; cpu++)
		assert_int_equal(woken[cpu], 0);
	/* All but the sender. */
	gic_send_sgi(board.gic, 5, 3ULL << 24 | 1ULL << 40);
	for (unsigned int cpu = 0; cpu < 18; cpu++)
		assert_int_equal(woken[cpu], cpu != 5);
	board_free(&board);
}

/* Sent again while the first one is handled: it comes once more. */
static void an_sgi_is_not_lost(void **state)
{
	uint64_t lrs[GIC_LRS_MAX];

	start(2);
	enable(1, 3);
	gic_send_sgi(board.gic, 0, 3ULL << 24 | 2);
	fill(1, lrs);
	/* The CPU is inside, and has taken it; who knows. */
	memset(woken, 0, sizeof(woken));
	gic_send_sgi(board.gic, 0, 3ULL << 24 | 2);
	assert_int_equal(woken[1], 1);
	lrs[0] = (lrs[0] & ~LR_PENDING) | LR_ACTIVE;
	gic_take(board.gic, 1, lrs);
	fill(1, lrs);
	assert_int_equal(lrs[0] >> 62, 3);
	lrs[0] &= ~LR_ACTIVE;
	gic_take(board.gic, 1, lrs);
	assert_only(1, 3);
	board_free(&board);
}

static void a_shared_interrupt_goes_where_it_is_routed(void **state)
{
	start(3);
	enable(2, SOME_SPI);
	gic_set_level(board.gic, 0, SOME_SPI, true);
	assert_int_equal(woken[2], 1);
	assert_idle(0);
	assert_only(2, SOME_SPI);
	put(GICD(0x6000 + 8 * SOME_SPI), 8, VMM_MPIDR(1));
	assert_int_equal(get(GICD(0x6000 + 8 * SOME_SPI), 8), VMM_MPIDR(1));
	assert_idle(2);
	assert_only(1, SOME_SPI);
	/* To any, and to a CPU that is not there. */
	put(GICD(0x6000 + 8 * SOME_SPI), 8, 1ULL << 31);
	assert_only(0, SOME_SPI);
	put(GICD(0x6000 + 8 * SOME_SPI), 8, VMM_MPIDR(3));
	for (unsigned int cpu = 0; cpu < 3; cpu++)
		assert_idle(cpu);
	board_free(&board);
}

/* It is in one CPU's list register, and so in no other's. */
static void an_interrupt_is_in_one_place(void **state)
{
	uint64_t first[GIC_LRS_MAX], second[GIC_LRS_MAX];

	start(2);
	enable(0, SOME_SPI);
	gic_set_level(board.gic, 0, SOME_SPI, true);
	fill(0, first);
	assert_int_equal(LR_INTID(first[0]), SOME_SPI);
	memset(woken, 0, sizeof(woken));
	put(GICD(0x6000 + 8 * SOME_SPI), 8, VMM_MPIDR(1));
	assert_true(woken[0]);
	assert_idle(1);
	/* It comes back unhandled, and is the other's. */
	gic_take(board.gic, 0, first);
	assert_int_equal(woken[1], 1);
	fill(1, second);
	assert_int_equal(LR_INTID(second[0]), SOME_SPI);
	gic_take(board.gic, 1, second);
	board_free(&board);
}

static void more_than_fit_are_served_in_turn(void **state)
{
	uint64_t lrs[GIC_LRS_MAX];
	uint32_t seen = 0;

	start(1);
	for (unsigned int intid = 0; intid < 16; intid++)
		enable(0, intid);
	put(GICR(0, SGI_BASE + 0x400 + 13), 1, 0x10);
	gic_send_sgi(board.gic, 0, 0);
	for (unsigned int intid = 0; intid < 16; intid++)
		gic_send_sgi(board.gic, 0, (uint64_t)intid << 24 | 1);
	/* The most urgent is there first; and we want to hear of room. */
	assert_int_equal(fill(0, lrs), UIE);
	assert_int_equal(LR_INTID(lrs[0]), 13);
	for (int round = 0; round < 16; round++) {
		for (int i = 0; i < LRS; i++) {
			if (lrs[i])
				seen |= 1U << LR_INTID(lrs[i]);
			lrs[i] = 0;
		}
		for (int i = LRS; i < GIC_LRS_MAX; i++)
			assert_int_equal(lrs[i], 0);
		gic_take(board.gic, 0, lrs);
		fill(0, lrs);
	}
	assert_int_equal(seen, 0xffff);
	assert_int_equal(lrs[0], 0);
	board_free(&board);
}

static void the_uart_sends_and_receives(void **state)
{
	const uint8_t typed[] = "hello";

	start(1);
	enable(0, VMM_SPI_UART);
	assert_int_equal(get(UART(0x18), 4), 0x90);
	assert_int_equal(put(UART(0), 4, 'x'), 'x');
	assert_int_equal(put(UART(0x38), 4, 0x50), -1);
	assert_idle(0);
	assert_int_equal(board_receive(&board, typed, 5), 5);
	assert_only(0, VMM_SPI_UART);
	/* A driver that starts throws away what it finds: it finds nothing. */
	assert_int_equal(get(UART(0x18), 4) & 0x10, 0x10);
	assert_int_equal(get(UART(0), 4), 0);
	assert_only(0, VMM_SPI_UART);
	assert_int_equal(get(UART(0x40), 4), 0x40);
	assert_int_equal(get(UART(0x18), 4) & 0x10, 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(get(UART(0), 4), typed[i]);
	assert_int_equal(get(UART(0x18), 4), 0x90);
	assert_int_equal(get(UART(0), 4), 0);
	assert_idle(0);
	/* What has been sent is an interrupt until it is cleared. */
	put(UART(0x38), 4, 0x20);
	assert_only(0, VMM_SPI_UART);
	put(UART(0x44), 4, 0x20);
	assert_idle(0);
	board_free(&board);
}

static void the_uart_takes_what_fits(void **state)
{
	uint8_t many[100] = { 0 };

	start(1);
	assert_int_equal(board_receive(&board, many, 1), 0);
	put(UART(0x38), 4, 0x50);
	assert_int_equal(board_receive(&board, many, sizeof(many)), PL011_FIFO);
	assert_int_equal(board_receive(&board, many, 1), 0);
	assert_int_equal(get(UART(0x18), 4) & 0x40, 0x40);
	get(UART(0x3c), 4);
	get(UART(0), 4);
	assert_int_equal(board_receive(&board, many, 5), 1);
	board_free(&board);
}

/* -------------------------------------------------------------------- by chance */

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void touch(void)
{
	static const uint64_t bases[] = {
		VMM_GICD_BASE, VMM_GICR_BASE, VMM_UART_BASE, VMM_ECAM_BASE + 0x8000, VMM_PCI_BASE,
	};
	struct board_access a = {
		.address = bases[chance(5)] + chance(chance(2) ? 0x1000 : 0x80000),
		.bytes = 1U << chance(4),
		.data = chance(2) ? chance(UINT64_MAX) : UINT64_MAX,
		.is_write = chance(2),
	};

	if (chance(4))
		a.address &= ~(a.bytes - 1ULL);
	board_access(&board, &a);
	assert_true(board.out.count <= OUTPUT_MAX);
	board.out.count = 0;
}

/* What the RMM refuses, or a CPU would not understand, may never be there. */
static void check_lrs(const uint64_t *lrs)
{
	for (int i = 0; i < GIC_LRS_MAX; i++) {
		assert_int_equal(lrs[i] >> 61 & 1, 0);
		if (i >= LRS)
			assert_int_equal(lrs[i], 0);
		for (int j = 0; j < i; j++)
			if (lrs[i] >> 62 && lrs[j] >> 62)
				assert_int_not_equal(LR_INTID(lrs[i]), LR_INTID(lrs[j]));
	}
}

static void any_access_is_survived(void **state)
{
	uint64_t lrs[3][GIC_LRS_MAX] = { { 0 } };
	bool inside[3] = { false };

	start(3);
	seed = 0x1234567;
	for (int i = 0; i < 400000; i++) {
		unsigned int cpu = chance(3);

		touch();
		if (!chance(8))
			gic_send_sgi(board.gic, cpu, chance(UINT64_MAX));
		if (!chance(8))
			gic_set_level(board.gic, cpu, chance(80), chance(2));
		if (!chance(8))
			board_receive(&board, (uint8_t[]) { 1, 2, 3 }, chance(4));
		if (!inside[cpu]) {
			fill(cpu, lrs[cpu]);
			check_lrs(lrs[cpu]);
		} else {
			/* The CPU did what it liked with them. */
			for (int j = 0; j < GIC_LRS_MAX; j++)
				if (chance(2))
					lrs[cpu][j] ^= (uint64_t)chance(4) << 62;
			gic_take(board.gic, cpu, lrs[cpu]);
		}
		inside[cpu] = !inside[cpu];
	}
	board_free(&board);
}

/* No interrupt is in the list registers of two CPUs that are inside. */
static void no_interrupt_is_in_two_places(void **state)
{
	uint64_t lrs[2][GIC_LRS_MAX];

	start(2);
	seed = 42;
	put(GICD(0), 4, 2);
	for (int i = 0; i < 50000; i++) {
		put(GICD(0x104), 4, chance(UINT32_MAX));
		put(GICD(0x184), 4, chance(UINT32_MAX));
		put(GICD(0x204), 4, chance(UINT32_MAX));
		put(GICD(0x6000 + 8 * (32 + chance(32))), 8, chance(3));
		gic_set_level(board.gic, 0, 32 + chance(32), chance(2));
		for (int cpu = 0; cpu < 2; cpu++) {
			fill(cpu, lrs[cpu]);
			put(GICD(0x384), 4, chance(UINT32_MAX));
		}
		for (int j = 0; j < LRS; j++)
			for (int k = 0; k < LRS; k++)
				if (lrs[0][j] && lrs[1][k])
					assert_int_not_equal(LR_INTID(lrs[0][j]),
							     LR_INTID(lrs[1][k]));
		for (int cpu = 0; cpu < 2; cpu++) {
			for (int j = 0; j < LRS; j++)
				lrs[cpu][j] = chance(2) ? lrs[cpu][j] : chance(2) ?
					(lrs[cpu][j] & ~(3ULL << 62)) | LR_ACTIVE : 0;
			gic_take(board.gic, cpu, lrs[cpu]);
		}
	}
	board_free(&board);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_board_says_what_it_is),
		cmocka_unit_test(nothing_answers_elsewhere),
		cmocka_unit_test(a_level_comes_until_it_falls),
		cmocka_unit_test(a_level_that_fell_unseen_does_not_come),
		cmocka_unit_test(what_is_off_waits),
		cmocka_unit_test(an_sgi_finds_its_targets),
		cmocka_unit_test(an_sgi_is_not_lost),
		cmocka_unit_test(a_shared_interrupt_goes_where_it_is_routed),
		cmocka_unit_test(an_interrupt_is_in_one_place),
		cmocka_unit_test(more_than_fit_are_served_in_turn),
		cmocka_unit_test(the_uart_sends_and_receives),
		cmocka_unit_test(the_uart_takes_what_fits),
		cmocka_unit_test(any_access_is_survived),
		cmocka_unit_test(no_interrupt_is_in_two_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
