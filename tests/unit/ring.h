/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's side of virtio devices, as the tests of their models play it: a
 * board, memory that is lent, rings, and registers.
 */
#ifndef RING_H
#define RING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../tools/vmm/board.h"
#include "../../tools/vmm/layout.h"

#define RAM		0x40000000ULL
#define RAM_SIZE	(7ULL << 20)	/* not a whole number of pieces */
#define ALIAS		(1ULL << 39)
/* Of the device in that slot of the bus; the test's is in SLOT. */
#define CONFIG_OF(slot)	(VMM_ECAM_BASE + (slot) * PCI_DEVICE_SIZE)
#define BAR_OF(slot)	(VMM_PCI_BASE + (slot) * 0x10000)
#define CONFIG(offset)	(CONFIG_OF(SLOT) + (offset))
#define BAR		BAR_OF(SLOT)

/* Where the driver has its rings and buffers: the second piece. */
#define RINGS		(RAM + LENT_PIECE)
#define DESC(queue)	(RINGS + 0x1000 * (queue))
#define AVAIL(queue)	(DESC(queue) + 0x400)
#define USED(queue)	(DESC(queue) + 0x800)
#define BUFFER		(RINGS + 0x10000)
#define SIZE		8

static struct board board;

static inline void note_wake(void *context, unsigned int cpu)
{
}

static inline uint64_t get(uint64_t address, unsigned int bytes)
{
	struct board_access a = { .address = address, .bytes = bytes };

	assert_true(board_access(&board, &a));
	return a.data;
}

static inline void put(uint64_t address, unsigned int bytes, uint64_t value)
{
	struct board_access a = {
		.address = address, .bytes = bytes, .data = value, .is_write = true,
	};

	assert_true(board_access(&board, &a));
}

static inline void start(void)
{
	assert_true(board_init(&board, &(struct board_options) {
		.cpus = 1, .base = RAM, .memory = RAM_SIZE, .alias = ALIAS, .wake = note_wake,
	}));
}

static inline void lend(uint64_t address)
{
	uint64_t ipa, length;
	void *source;

	assert_true(lent_begin(&board.lent, address, &ipa, &length, &source));
	assert_int_equal(ipa % LENT_PIECE, 0);
	lent_end(&board.lent, ipa, true);
}

static inline uint8_t *ram(uint64_t address)
{
	uint8_t *bytes = lent_at(&board.lent, address, 1);

	assert_non_null(bytes);
	return bytes;
}

static inline void set(uint64_t address, unsigned int bytes, uint64_t value)
{
	memcpy(ram(address), &value, bytes);
}

static inline uint64_t look(uint64_t address, unsigned int bytes)
{
	uint64_t value = 0;

	memcpy(&value, ram(address), bytes);
	return value;
}

static inline void set_desc(unsigned int queue, unsigned int index, uint64_t address, uint32_t length,
		     uint16_t flags, uint16_t next)
{
	uint64_t at = DESC(queue) + 16 * index;

	set(at, 8, address);
	set(at + 8, 4, length);
	set(at + 12, 2, flags);
	set(at + 14, 2, next);
}

/* Make a chain available. */
static inline void offer(unsigned int queue, uint16_t head)
{
	uint16_t index = look(AVAIL(queue) + 2, 2);

	set(AVAIL(queue) + 4 + 2 * (index % SIZE), 2, head);
	set(AVAIL(queue) + 2, 2, index + 1);
}

static inline void notify(unsigned int queue)
{
	put(BAR + VIRTIO_NOTIFY + 4 * queue, 2, queue);
}

/* As a driver does, from the bus to the status; the board has started, and RINGS is lent. */
static inline void drive(unsigned int queues, uint64_t features)
{
	put(CONFIG(0x10), 4, BAR);
	put(CONFIG(0x04), 2, 6);
	put(BAR + 20, 1, 0);
	put(BAR + 20, 1, 3);
	for (int half = 0; half < 2; half++) {
		put(BAR + 8, 4, half);
		put(BAR + 12, 4, features >> 32 * half);
	}
	put(BAR + 20, 1, 0xb);
	for (unsigned int queue = 0; queue < queues; queue++) {
		put(BAR + 22, 2, queue);
		put(BAR + 24, 2, SIZE);
		/* By halves, as Linux does, and at once; with the alias and without. */
		put(BAR + 32, 4, (uint32_t)DESC(queue));
		put(BAR + 36, 4, (DESC(queue) | ALIAS) >> 32);
		put(BAR + 40, 8, AVAIL(queue) | ALIAS);
		put(BAR + 48, 8, USED(queue));
		put(BAR + 28, 2, 1);
	}
	put(BAR + 20, 1, 0xf);
}

#define GOOD	(3ULL << 32)

static inline bool line(void)
{
	return pci_level(&board.slot[SLOT].pci);
}

/* -------------------------------------------------------------------- by chance */

static uint64_t seed = 0x9e3779b97f4a7c15ULL;

static inline uint64_t chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static inline uint64_t some_address(void)
{
	static const uint64_t some[] = { BUFFER, RAM, RINGS - 1, RINGS + LENT_PIECE - 8, 0, UINT64_MAX };

	return some[chance(6)] + chance(32) + (chance(2) ? ALIAS : 0);
}

#endif
