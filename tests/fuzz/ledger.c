// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's ledger, looked at from within: consistent in itself, in line
 * with the sums that it tells, and with the other book, which seam.c keeps.
 */
#include "ledger.h"
#include "world.h"

static const char * const names[] = {
	"HOST", "GUARD", "FREE", "IN_USE", "LENT", "MOVING", "REFUSED", "LEAKED",
};

/* Which states of a granule go with what the RMM has. */
static bool agrees(enum cca_granule_state state, enum rmm_has has, bool refused,
		   bool quiet)
{
	switch (state) {
	case GRANULE_HOST:
	case GRANULE_GUARD:
	case GRANULE_REFUSED:
		return has == HAS_NOT;
	case GRANULE_FREE:
		return has == HAS_FREE;
	case GRANULE_IN_USE:
		return has == HAS_FREE || has == HAS_TAKEN;
	case GRANULE_LENT:
		/* Between being set aside and being given. */
		return has == HAS_LENT || (!quiet && has == HAS_NOT);
	case GRANULE_LEAKED:
		/* Nothing that it would give back. */
		return has > HAS_FREE || (has == HAS_FREE && refused);
	default:
		return !quiet;
	}
}

static void check_granule(const struct cca_arena *arena, unsigned int i, bool quiet)
{
	unsigned int n = page_of(cca_arena_address(arena, i));
	const struct world_page *p = &world.page[n];
	enum cca_granule_state state = arena->state[i];

	if (p->owner != OWNER_LEDGER)
		fuzz_broken("page %u is in the ledger and not the module's", n);
	if (!agrees(state, p->has, p->refused, quiet))
		fuzz_broken("page %u is %s in the ledger, and the RMM has it as %u",
			    n, names[state], p->has);
	if (p->offline != (p->has != HAS_NOT) && state != GRANULE_MOVING &&
	    state != GRANULE_LENT)
		fuzz_broken("page %u is %s with mark %d", n, names[state], p->offline);
	if (cca_map_test(&arena->host, i) != (state == GRANULE_HOST) ||
	    cca_map_test(&arena->free, i) != (state == GRANULE_FREE))
		fuzz_broken("page %u is %s, and not in the maps", n, names[state]);
	if (arena->owner[i] && state != GRANULE_IN_USE && state != GRANULE_LENT)
		fuzz_broken("page %u is %s with an owner", n, names[state]);
	if (!arena->owner[i] && (state == GRANULE_IN_USE || state == GRANULE_LENT))
		fuzz_broken("page %u is %s without an owner", n, names[state]);
	if (state == GRANULE_GUARD && (i || arena->before))
		fuzz_broken("page %u is a guard where none is wanted", n);
}

static bool is_on(const struct list_head *list, const struct list_head *entry)
{
	const struct list_head *at;

	for (at = list->next; at != list; at = at->next)
		if (at == entry)
			return true;
	return false;
}

static unsigned int pinned_by(const struct cca_arena *arena)
{
	unsigned int n = 0;

	for (struct rb_node *node = rb_first(&cca_arenas); node; node = rb_next(node))
		n += rb_entry(node, struct cca_arena, node)->before == arena;
	return n;
}

static void check_arena(const struct cca_arena *arena, bool quiet)
{
	unsigned int count[GRANULE_STATES] = { 0 };
	bool useful;

	for (unsigned int i = 0; i < arena->size; i++) {
		check_granule(arena, i, quiet);
		count[arena->state[i]]++;
	}
	if (memcmp(count, arena->count, sizeof(count)))
		fuzz_broken("an arena has miscounted");
	if (arena->pins != pinned_by(arena))
		fuzz_broken("an arena has %u pins and guards %u", arena->pins,
			    pinned_by(arena));
	if (arena->before && cca_arena_top(arena->before) != arena->base)
		fuzz_broken("an arena is guarded from afar");
	if (!arena->before && arena->state[0] != GRANULE_GUARD)
		fuzz_broken("an arena has no guard");
	useful = count[GRANULE_HOST] || count[GRANULE_FREE];
	if (!is_on(useful ? &arena->pool->arenas : &arena->pool->full, &arena->link))
		fuzz_broken("an arena is on the wrong list");
}

static void check_pool_sums(struct cca_pool *pool)
{
	u64 nfree = 0, leaked = 0, host = 0, blocks = 0;

	for (struct rb_node *node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		const struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		if (arena->pool != pool)
			continue;
		nfree += arena->count[GRANULE_FREE];
		leaked += arena->count[GRANULE_LEAKED];
		host += arena->count[GRANULE_HOST];
		for (unsigned int half = 0; half < arena->size / CCA_BLOCK_GRANULES; half++)
			blocks += cca_map_halves(&arena->host, arena->size) >> half & 1;
	}
	if (pool->host != host || pool->blocks != blocks)
		fuzz_broken("a pool says %llu to delegate, %llu blocks, and has %llu, %llu",
			    pool->host, pool->blocks, host, blocks);
	if (pool->free != nfree || pool->leaked != leaked)
		fuzz_broken("a pool says %llu free, %llu leaked, and has %llu, %llu",
			    pool->free, pool->leaked, nfree, leaked);
}

static void check_sums(const u64 *sum)
{
	struct cca_ledger l;
	u64 leaks = 0, all = 0;

	cca_ledger_read(&l);
	for (unsigned int i = 0; i < CCA_LEAK_CAUSES; i++)
		leaks += l.leaks[i];
	for (unsigned int i = 0; i < GRANULE_STATES; i++)
		all += sum[i];
	if (l.delegated != l.pool + l.reserved + l.in_use)
		fuzz_broken("delegated %llu is not pool %llu + reserved %llu + in use %llu",
			    l.delegated, l.pool, l.reserved, l.in_use);
	if (l.held != l.host + l.delegated + l.leaked || l.held != all)
		fuzz_broken("held %llu, host %llu + delegated %llu + leaked %llu, counted %llu",
			    l.held, l.host, l.delegated, l.leaked, all);
	if (l.in_use != sum[GRANULE_IN_USE] || l.lent != sum[GRANULE_LENT] ||
	    l.leaked != sum[GRANULE_LEAKED] ||
	    l.pool + l.reserved != sum[GRANULE_FREE])
		fuzz_broken("the ledger's sums are not those of its granules");
	if (l.leaked != leaks)
		fuzz_broken("leaked %llu, by cause %llu", l.leaked, leaks);
}

void ledger_check(bool quiet)
{
	u64 sum[GRANULE_STATES] = { 0 }, pages = 0;

	for (struct rb_node *node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		const struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		check_arena(arena, quiet);
		for (unsigned int i = 0; i < GRANULE_STATES; i++)
			sum[i] += arena->count[i];
		pages += arena->size;
		check_pool_sums(arena->pool);
	}
	check_pool_sums(&cca_own_pool);
	check_sums(sum);
	if (quiet && pages + world.kept != world.ledger)
		fuzz_broken("the module has %u pages and knows of %llu",
			    world.ledger - world.kept, pages);
	if (world.messages[FUZZ_ONCE] > !!sum[GRANULE_LEAKED])
		fuzz_broken("a warning, and nothing has leaked");
}

/* All else that the RMM was told of, too. */
void ledger_check_rmm(void)
{
	if (!world.realm_pas || world.lies)
		return;
	for (unsigned int i = 0; i < world.pages; i++)
		if (world.realm_pas[i] && world.page[i].has == HAS_NOT)
			fuzz_broken("page %u is in the realm world, and nobody told", i);
}

void ledger_count_pool(const struct cca_pool *pool, uint64_t *usable,
		       uint64_t *leaked)
{
	*usable = *leaked = 0;
	for (struct rb_node *node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		const struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		if (arena->pool != pool)
			continue;
		*usable += arena->count[GRANULE_FREE] + arena->count[GRANULE_IN_USE];
		*leaked += arena->count[GRANULE_LEAKED];
	}
}

uint64_t ledger_count_charged(void)
{
	uint64_t n = 0;

	for (struct rb_node *node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		const struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		for (unsigned int i = 0; i < arena->size; i++)
			n += arena->pool == &cca_own_pool &&
			     arena->state[i] == GRANULE_IN_USE &&
			     arena->owner[i]->user;
	}
	return n;
}
