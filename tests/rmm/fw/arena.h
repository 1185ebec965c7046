/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bounded heap: a run of blocks, each with its size in front.
 */
#ifndef FW_ARENA_H
#define FW_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ARENA_SIZE	0x8000

struct arena {
	uint8_t bytes[ARENA_SIZE] __attribute__((aligned(16)));
};

/* An arena begins as zeros. Memory is zeroed; NULL when there is no room. */
void *arena_take(struct arena *arena, size_t size);
void arena_give(struct arena *arena, void *p);

#endif
