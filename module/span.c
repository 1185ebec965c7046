// SPDX-License-Identifier: GPL-2.0-only
/*
 * Spans: runs of granules over several arenas. An RMM that takes ranges does
 * not care where an allocation of ours ended.
 */
#include <linux/minmax.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "ledger.h"

/* Its granules in that state, or those of its whole blocks. */
static struct cca_map choose(const struct cca_arena *arena,
			     enum cca_granule_state state, unsigned int order,
			     bool idle)
{
	const struct cca_map *map = state == GRANULE_HOST ? &arena->host :
							    &arena->free;
	struct cca_map whole = {};
	unsigned int half, halves;

	if (!arena->count[state] ||
	    (idle && (arena->count[GRANULE_IN_USE] || arena->count[GRANULE_LEAKED])))
		return whole;
	if (!order)
		return *map;
	halves = cca_map_halves(map, arena->size);
	for (half = 0; half < 2; half++) {
		if (halves >> half & 1)
			cca_map_set(&whole, half * CCA_BLOCK_GRANULES,
				    CCA_BLOCK_GRANULES, true);
	}
	return whole;
}

static struct cca_arena *below(const struct cca_arena *arena)
{
	struct rb_node *node = rb_prev(&arena->node);
	struct cca_arena *other;

	if (!node)
		return NULL;
	other = rb_entry(node, struct cca_arena, node);
	return other->pool == arena->pool &&
	       cca_arena_top(other) == arena->base ? other : NULL;
}

static struct cca_arena *above(const struct cca_arena *arena)
{
	struct rb_node *node = rb_next(&arena->node);
	struct cca_arena *other;

	if (!node)
		return NULL;
	other = rb_entry(node, struct cca_arena, node);
	return other->pool == arena->pool &&
	       cca_arena_top(arena) == other->base ? other : NULL;
}

bool cca_span_find(struct cca_arena *arena, enum cca_granule_state state,
		   unsigned int order, bool idle, u64 most,
		   struct cca_span *span)
{
	const struct cca_arena *other;
	struct cca_map map;
	unsigned int at, n;

	lockdep_assert_held(&cca_ledger_lock);
	if (!arena->count[state])
		return false;
	most &= ~((1ULL << order) - 1);
	map = choose(arena, state, order, idle);
	n = cca_map_run(&map, arena->size, 0, &at);
	if (!n || !most)
		return false;
	span->base = cca_arena_address(arena, at);
	span->top = cca_arena_address(arena, at + n);

	for (other = arena; span->base == other->base; ) {
		other = below(other);
		if (!other || cca_span_granules(span) >= most)
			break;
		map = choose(other, state, order, idle);
		n = cca_map_tail(&map, other->size);
		span->base -= (phys_addr_t)n << RMI_GRANULE_SHIFT;
	}
	for (other = arena; span->top == cca_arena_top(other); ) {
		other = above(other);
		if (!other || cca_span_granules(span) >= most)
			break;
		map = choose(other, state, order, idle);
		n = cca_map_run(&map, other->size, 0, &at);
		if (!at)
			span->top += (phys_addr_t)n << RMI_GRANULE_SHIFT;
	}
	if (cca_span_granules(span) > most && state == GRANULE_HOST)
		span->top = span->base + (most << RMI_GRANULE_SHIFT);
	else if (cca_span_granules(span) > most)
		span->base = span->top - (most << RMI_GRANULE_SHIFT);
	return true;
}

/* The part of [pa, top) that is in the arena at pa. */
static struct cca_arena *piece(phys_addr_t pa, phys_addr_t top, unsigned int *i,
			       unsigned int *n)
{
	struct cca_arena *arena = cca_arena_of(pa);

	if (!arena)
		return NULL;
	*i = cca_arena_index(arena, pa);
	*n = cca_arena_index(arena, min(top, cca_arena_top(arena))) - *i;
	return arena;
}

void cca_span_set(const struct cca_span *span, enum cca_granule_state state)
{
	struct cca_arena *arena;
	phys_addr_t pa = span->base;
	unsigned int i, n;

	while (pa < span->top && (arena = piece(pa, span->top, &i, &n))) {
		cca_arena_set(arena, i, n, state, NULL);
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
	}
}

void cca_span_leak(const struct cca_span *span, u32 cause)
{
	struct cca_arena *arena;
	phys_addr_t pa = span->base;
	unsigned int i, n;

	while (pa < span->top && (arena = piece(pa, span->top, &i, &n))) {
		cca_arena_leak(arena, i, n, cause);
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
	}
}

u64 cca_span_delegated(const struct cca_span *span)
{
	const struct cca_arena *arena;
	phys_addr_t pa = span->base;
	unsigned int i, n;
	u64 delegated = 0;

	while (pa < span->top && (arena = piece(pa, span->top, &i, &n))) {
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
		for (; n; n--, i++)
			delegated += arena->state[i] == GRANULE_FREE ||
				     arena->state[i] == GRANULE_IN_USE;
	}
	return delegated;
}

/* Not under the lock: it may be long. What is MOVING does not go away. */
void cca_span_mark(const struct cca_span *span, bool on)
{
	struct cca_arena *arena;
	phys_addr_t pa = span->base;
	unsigned int i, n;

	while (pa < span->top) {
		spin_lock(&cca_ledger_lock);
		arena = piece(pa, span->top, &i, &n);
		spin_unlock(&cca_ledger_lock);
		if (!arena)
			break;
		cca_arena_mark(arena, i, n, on);
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
		cca_relax();
	}
}
