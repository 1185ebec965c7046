// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bounded heap for libmbedcrypto's big numbers: first fit, and free blocks
 * that touch become one when somebody looks for room.
 */
#include "arena.h"
#include "string.h"

#define ALIGN	16u

struct block {
	uint32_t size;		/* with this; 0: the arena is new */
	uint32_t used;
	uint64_t pad;
};

_Static_assert(sizeof(struct block) == ALIGN, "blocks stay aligned");

static struct block *first(struct arena *arena)
{
	struct block *block = (struct block *)arena->bytes;

	if (!block->size)
		block->size = ARENA_SIZE;
	return block;
}

static struct block *next(const struct arena *arena, struct block *block)
{
	uint8_t *at = (uint8_t *)block + block->size;

	return at < arena->bytes + ARENA_SIZE ? (struct block *)at : NULL;
}

static void join(const struct arena *arena, struct block *block)
{
	struct block *other;

	while ((other = next(arena, block)) && !other->used)
		block->size += other->size;
}

static void split(struct block *block, uint32_t size)
{
	struct block *rest = (struct block *)((uint8_t *)block + size);

	if (block->size - size < 2 * sizeof(*block))
		return;
	rest->size = block->size - size;
	rest->used = 0;
	block->size = size;
}

void *arena_take(struct arena *arena, size_t size)
{
	struct block *block;
	uint32_t need;

	if (!size || size > ARENA_SIZE - 2 * sizeof(*block))
		return NULL;
	need = ((uint32_t)size + sizeof(*block) + ALIGN - 1) & ~(ALIGN - 1);
	for (block = first(arena); block; block = next(arena, block)) {
		if (block->used)
			continue;
		join(arena, block);
		if (block->size < need)
			continue;
		split(block, need);
		block->used = 1;
		return memset(block + 1, 0, block->size - sizeof(*block));
	}
	return NULL;
}

void arena_give(struct arena *arena, void *p)
{
	if (p)
		((struct block *)p - 1)->used = 0;
}
