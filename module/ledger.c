// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: who owns which page that left the kernel for the realm world.
 *
 * Pages come from the kernel in arenas of up to 4 MiB, and go alloc -> delegate
 * -> in use -> undelegate -> free in this room and nowhere else. Here are the
 * arenas, the state of every granule, and the sums.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "ledger.h"

DEFINE_SPINLOCK(cca_ledger_lock);
struct rb_root cca_arenas = RB_ROOT;
struct cca_pool cca_own_pool = {
	.arenas = LIST_HEAD_INIT(cca_own_pool.arenas),
	.full = LIST_HEAD_INIT(cca_own_pool.full),
};

/* Of 16 GiB: 64 MiB, for a moment, if none of them comes. */
#define BLANKS_MAX	4096U

static LIST_HEAD(guards);
static u64 total[GRANULE_STATES];
static u64 leaks[CCA_LEAK_CAUSES];

/* ------------------------------------------------------------------- states */

struct cca_arena *cca_arena_of(phys_addr_t pa)
{
	struct rb_node *node = cca_arenas.rb_node;

	lockdep_assert_held(&cca_ledger_lock);
	while (node) {
		struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		if (pa < arena->base)
			node = node->rb_left;
		else if (pa >= cca_arena_top(arena))
			node = node->rb_right;
		else
			return arena;
	}
	return NULL;
}

phys_addr_t cca_arena_after(phys_addr_t pa)
{
	struct rb_node *node = cca_arenas.rb_node;
	phys_addr_t next = PHYS_ADDR_MAX & ~(RMI_GRANULE_SIZE - 1);

	lockdep_assert_held(&cca_ledger_lock);
	while (node) {
		struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		if (arena->base > pa) {
			next = arena->base;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return next;
}

/* Where those look who want granules, or out of their way. */
static void file_arena(struct cca_arena *arena)
{
	if (arena->count[GRANULE_HOST] || arena->count[GRANULE_FREE])
		list_move(&arena->link, &arena->pool->arenas);
	else
		list_move(&arena->link, &arena->pool->full);
}

/* How many from k on are in the state of k: by map, or eight at a time. */
static unsigned int alike(const struct cca_arena *arena, unsigned int k,
			  unsigned int end)
{
	const u8 *state = arena->state;
	const u64 eight = 0x0101010101010101ULL * state[k];
	unsigned int at = k + 1;

	if (arena->count[state[k]] == arena->size)
		return end - k;
	if (state[k] == GRANULE_HOST)
		return cca_map_run(&arena->host, end, k, &at);
	if (state[k] == GRANULE_FREE)
		return cca_map_run(&arena->free, end, k, &at);
	for (; at < end && at % 8; at++)
		if (state[at] != state[k])
			return at - k;
#pragma GCC unroll 8
	for (; end - at >= 8; at += 8)
		if (*(const u64 *)&state[at] != eight)
			break;
	while (at < end && state[at] == state[k])
		at++;
	return at - k;
}

static bool owned(enum cca_granule_state state)
{
	return state == GRANULE_IN_USE || state == GRANULE_LENT;
}

/* What can be delegated, and 2 MiB blocks of it. */
static void count_host(struct cca_arena *arena, unsigned int was)
{
	const unsigned int halves = cca_map_halves(&arena->host, arena->size);
	const unsigned int blocks = (halves & 1) + (halves >> 1);

	arena->pool->host += arena->count[GRANULE_HOST];
	arena->pool->host -= was;
	arena->pool->blocks += blocks;
	arena->pool->blocks -= arena->blocks;
	arena->blocks = blocks;
}

void cca_arena_set(struct cca_arena *arena, unsigned int i, unsigned int n,
		   enum cca_granule_state state, struct cca_account *owner)
{
	const unsigned int host = arena->count[GRANULE_HOST], end = i + n;
	const unsigned int free = arena->count[GRANULE_FREE];
	unsigned int k, run;

	lockdep_assert_held(&cca_ledger_lock);
	for (k = i; k < end; k += run) {
		enum cca_granule_state old = arena->state[k];
		unsigned int j;

		run = alike(arena, k, end);
		arena->count[old] -= run;
		total[old] -= run;
		if (old == GRANULE_FREE)
			arena->pool->free -= run;
		memset(arena->state + k, state, run);
		/* Nobody else has an owner. */
		if (owned(old) || owned(state))
			for (j = k; j < k + run; j++)
				arena->owner[j] = owner;
	}
	arena->count[state] += n;
	total[state] += n;
	if (state == GRANULE_FREE)
		arena->pool->free += n;
	if (state == GRANULE_LEAKED)
		arena->pool->leaked += n;
	if (host || state == GRANULE_HOST)
		cca_map_set(&arena->host, i, n, state == GRANULE_HOST);
	if (free || state == GRANULE_FREE)
		cca_map_set(&arena->free, i, n, state == GRANULE_FREE);
	if (arena->count[GRANULE_HOST] != host)
		count_host(arena, host);
	file_arena(arena);
}

void cca_arena_leak(struct cca_arena *arena, unsigned int i, unsigned int n,
		    u32 cause)
{
	const struct cca_account *owner = arena->owner[i];

	cca_event(&(struct cca_event){
		.kind = CCA_EVENT_PAGES_LEAKED,
		.realm = owner ? owner->realm : 0,
		.granules = n,
		.cause = cause,
	});
	cca_arena_set(arena, i, n, GRANULE_LEAKED, NULL);
	leaks[cause] += n;
	pr_warn_once("cca: the RMM keeps memory that it should have returned; it is lost until the machine restarts, see the ledger in CCA_INFO\n");
}

/* ------------------------------------------------------------------- arenas */

static void insert(struct cca_arena *arena)
{
	struct rb_node **link = &cca_arenas.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		if (arena->base < rb_entry(parent, struct cca_arena, node)->base)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&arena->node, parent, link);
	rb_insert_color(&arena->node, &cca_arenas);
}

/*
 * Find guards: from below if the arena there is of the same pool, else of its
 * own. And be the guard of the one above, if its own is not in use.
 */
static void arena_publish(struct cca_arena *arena)
{
	struct cca_arena *before, *after;

	spin_lock(&cca_ledger_lock);
	insert(arena);
	list_add(&arena->link, &arena->pool->arenas);
	arena->count[GRANULE_HOST] = arena->size;
	total[GRANULE_HOST] += arena->size;
	cca_map_set(&arena->host, 0, arena->size, true);
	count_host(arena, 0);

	before = cca_arena_of(arena->base - 1);
	if (before && before->pool == arena->pool) {
		arena->before = before;
		before->pins++;
	} else {
		cca_arena_set(arena, 0, 1, GRANULE_GUARD, NULL);
		if (arena->pool == &cca_own_pool)
			list_add(&arena->guards, &guards);
	}
	after = cca_arena_of(cca_arena_top(arena));
	if (after && after->pool == arena->pool && !after->before &&
	    !after->guard_used) {
		list_del_init(&after->guards);
		cca_arena_set(after, 0, 1, GRANULE_HOST, NULL);
		after->before = arena;
		arena->pins++;
	}
	spin_unlock(&cca_ledger_lock);
}

/*
 * What a realm has is no process's resident memory, so the OOM killer would
 * take one innocent after the other. Leave the host enough to live on: a part
 * of its memory, at most 64 MiB. What is free for CMA is of no use to us.
 */
static bool spare(unsigned int order)
{
	long margin = min_t(long, totalram_pages() / 32,
			    SZ_64M >> PAGE_SHIFT);
	long free = si_mem_available() -
		    (long)global_zone_page_state(NR_FREE_CMA_PAGES);

	return free > margin + (1L << order);
}

/*
 * Memory that the kernel can spare without a fight: a realm that wants more
 * than that gets ENOMEM, not the attention of the OOM killer. Never movable,
 * so never of ZONE_MOVABLE.
 */
static struct page *pages_get(unsigned int order, u32 *reason)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	struct page *page;

	*reason = CCA_REASON_LIMIT;
	if (!cca_limit_charge(1ULL << order))
		return NULL;
	*reason = CCA_REASON_NO_MEMORY;
	gfp |= order > PAGE_ALLOC_COSTLY_ORDER ? __GFP_NORETRY :
						 __GFP_RETRY_MAYFAIL;
	page = spare(order) ? alloc_pages(gfp, order) : NULL;
	if (!page)
		cca_limit_uncharge(1ULL << order);
	return page;
}

static struct cca_arena *blank_new(void)
{
	return kvzalloc(sizeof(struct cca_arena), GFP_KERNEL_ACCOUNT |
			__GFP_NOWARN | __GFP_RETRY_MAYFAIL);
}

void cca_blanks_fill(struct list_head *blanks, u64 count)
{
	struct cca_arena *arena;

	for (count = min_t(u64, count, BLANKS_MAX); count; count--) {
		arena = blank_new();
		if (!arena)
			break;
		list_add(&arena->link, blanks);
		cca_relax();
	}
}

void cca_blanks_free(struct list_head *blanks)
{
	struct cca_arena *arena, *next;

	list_for_each_entry_safe(arena, next, blanks, link)
		kvfree(arena);
	INIT_LIST_HEAD(blanks);
}

static struct cca_arena *blank_get(struct list_head *blanks)
{
	struct cca_arena *arena;

	if (!blanks || list_empty(blanks))
		return blank_new();
	arena = list_first_entry(blanks, struct cca_arena, link);
	list_del(&arena->link);
	return arena;
}

struct cca_arena *cca_arena_new(struct cca_pool *pool, unsigned int min_order,
				unsigned int max_order,
				struct list_head *blanks,
				struct cca_outcome *out)
{
	struct cca_arena *arena = blank_get(blanks);
	unsigned int order = min_t(unsigned int, max_order, MAX_PAGE_ORDER);
	u32 reason = CCA_REASON_NO_MEMORY;

	if (!arena)
		goto err;
	do {
		arena->page = pages_get(order, &reason);
	} while (!arena->page && order-- > min_order);
	if (!arena->page) {
		kvfree(arena);
		goto err;
	}
	/* Pages of their own: one that leaks does not take the others along. */
	split_page(arena->page, order);
	arena->pool = pool;
	arena->base = page_to_phys(arena->page);
	arena->size = 1U << order;
	INIT_LIST_HEAD(&arena->guards);
	arena_publish(arena);
	return arena;

err:
	cca_fail(out, reason, -ENOMEM);
	return NULL;
}

/* Nothing of it is anywhere but here. */
static bool arena_idle(const struct cca_arena *arena)
{
	return !arena->pins && !arena->guard_used &&
	       arena->count[GRANULE_HOST] + arena->count[GRANULE_GUARD] +
	       arena->count[GRANULE_REFUSED] == arena->size;
}

static void arena_unlink(struct cca_arena *arena)
{
	unsigned int s;

	lockdep_assert_held(&cca_ledger_lock);
	rb_erase(&arena->node, &cca_arenas);
	list_del(&arena->link);
	list_del(&arena->guards);
	if (arena->before)
		arena->before->pins--;
	for (s = 0; s < GRANULE_STATES; s++)
		total[s] -= arena->count[s];
	arena->pool->host -= arena->count[GRANULE_HOST];
	arena->pool->blocks -= arena->blocks;
	cca_limit_uncharge(arena->size);
}

static void arena_free(struct cca_arena *arena, const struct cca_map *keep)
{
	unsigned int i;

	for (i = 0; i < arena->size; i++) {
		if (!keep || !cca_map_test(keep, i))
			__free_page(arena->page + i);
	}
	kvfree(arena);
}

/* The highest one below an address that may go. */
static struct cca_arena *idle_below(const struct cca_pool *pool, phys_addr_t top)
{
	struct rb_node *node = cca_arenas.rb_node, *found = NULL;
	struct cca_arena *arena;

	while (node) {
		if (rb_entry(node, struct cca_arena, node)->base < top) {
			found = node;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	for (; found; found = rb_prev(found)) {
		arena = rb_entry(found, struct cca_arena, node);
		if (arena->pool == pool && arena_idle(arena))
			return arena;
	}
	return NULL;
}

/*
 * From above: so those that are guarded go before those that guard them, and the
 * kernel, which takes first what came last, keeps what is above in one piece.
 */
void cca_arenas_reap(struct cca_pool *pool)
{
	phys_addr_t top = PHYS_ADDR_MAX;
	struct cca_arena *arena;

	do {
		spin_lock(&cca_ledger_lock);
		arena = idle_below(pool, top);
		if (arena) {
			top = arena->base;
			arena_unlink(arena);
		}
		spin_unlock(&cca_ledger_lock);
		if (arena)
			arena_free(arena, NULL);
		cond_resched();
	} while (arena);
}

void cca_arenas_adopt(struct cca_pool *pool)
{
	struct cca_arena *arena, *next;

	lockdep_assert_held(&cca_ledger_lock);
	list_splice_init(&pool->full, &pool->arenas);
	list_for_each_entry_safe(arena, next, &pool->arenas, link) {
		cca_own_pool.free += arena->count[GRANULE_FREE];
		cca_own_pool.leaked += arena->count[GRANULE_LEAKED];
		cca_own_pool.host += arena->count[GRANULE_HOST];
		cca_own_pool.blocks += arena->blocks;
		arena->pool = &cca_own_pool;
		file_arena(arena);
		if (arena->state[0] == GRANULE_GUARD)
			list_add(&arena->guards, &guards);
	}
}

/* --------------------------------------------------------------- host pages */

void *cca_page_get(void)
{
	struct cca_arena *arena;
	void *page;

	spin_lock(&cca_ledger_lock);
	arena = list_first_entry_or_null(&guards, struct cca_arena, guards);
	if (arena) {
		list_del_init(&arena->guards);
		arena->guard_used = true;
	}
	spin_unlock(&cca_ledger_lock);
	if (!arena)
		return (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT |
					       __GFP_NOWARN |
					       __GFP_RETRY_MAYFAIL);
	page = page_address(arena->page);
	clear_page(page);
	return page;
}

void cca_page_put(void *page)
{
	struct cca_arena *arena;

	if (!page)
		return;
	spin_lock(&cca_ledger_lock);
	arena = cca_arena_of(virt_to_phys(page));
	if (arena) {
		arena->guard_used = false;
		list_add(&arena->guards, &guards);
	}
	spin_unlock(&cca_ledger_lock);
	/* Alone, nobody knows in which state the page allocator is. */
	if (!arena && !cca_alone())
		free_page((unsigned long)page);
}

/* --------------------------------------------------------------------- sums */

bool cca_ledger_at_rest(void)
{
	return !spin_is_locked(&cca_ledger_lock);
}

/* The first page of an arena without `before` is its guard. */
void cca_arenas_show(struct seq_file *m)
{
	struct rb_node *node;

	spin_lock(&cca_ledger_lock);
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		seq_printf(m, "%lu %u %s %s free %u in_use %u lent %u leaked %u\n",
			   (unsigned long)PHYS_PFN(arena->base), arena->size,
			   arena->before ? "guarded" : "guard",
			   arena->pool == &cca_own_pool ? "own" : "memory",
			   arena->count[GRANULE_FREE], arena->count[GRANULE_IN_USE],
			   arena->count[GRANULE_LENT], arena->count[GRANULE_LEAKED]);
	}
	spin_unlock(&cca_ledger_lock);
}

void cca_ledger_read(struct cca_ledger *ledger)
{
	u64 host;

	spin_lock(&cca_ledger_lock);
	host = total[GRANULE_HOST] + total[GRANULE_GUARD] +
	       total[GRANULE_LENT] + total[GRANULE_MOVING] +
	       total[GRANULE_REFUSED];
	*ledger = (struct cca_ledger){
		.held = host + total[GRANULE_FREE] + total[GRANULE_IN_USE] +
			total[GRANULE_LEAKED],
		.host = host,
		.delegated = total[GRANULE_FREE] + total[GRANULE_IN_USE],
		.pool = cca_own_pool.free,
		.reserved = total[GRANULE_FREE] - cca_own_pool.free,
		.in_use = total[GRANULE_IN_USE],
		.leaked = total[GRANULE_LEAKED],
		.lent = total[GRANULE_LENT],
	};
	memcpy(ledger->leaks, leaks, sizeof(leaks));
	spin_unlock(&cca_ledger_lock);
}

bool cca_ledger_home(void)
{
	lockdep_assert_held(&cca_ledger_lock);
	/* Memory is tracked with granules of memory that is tracked itself. */
	return !total[GRANULE_FREE] && !total[GRANULE_MOVING] &&
	       total[GRANULE_IN_USE] + total[GRANULE_LENT] == cca_rmm_granules();
}

int cca_granule_init(void)
{
	return 0;
}

/*
 * Pages that may still be in the realm world, and the page before each: they
 * are never freed.
 */
static void note_kept(struct cca_arena *arena, struct cca_map *keep,
		      struct cca_map *keep_before)
{
	unsigned int i;

	for (i = 0; i < arena->size; i++) {
		switch (arena->state[i]) {
		case GRANULE_HOST:
		case GRANULE_GUARD:
		case GRANULE_REFUSED:
			continue;
		default:
			break;
		}
		cca_map_set(keep, i, 1, true);
		if (i)
			cca_map_set(keep, i - 1, 1, true);
		else if (keep_before)
			cca_map_set(keep_before, arena->before->size - 1, 1, true);
	}
}

void cca_granule_exit(void)
{
	struct cca_arena *arena, *next;
	struct rb_node *node;

	cca_pool_drain(&cca_own_pool, true);
	cca_arenas_reap(&cca_own_pool);

	/* Nobody else is here any more. The maps have had their use. */
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct cca_arena, node);
		arena->free = (struct cca_map){};
	}
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct cca_arena, node);
		note_kept(arena, &arena->free,
			  arena->before ? &arena->before->free : NULL);
	}
	rbtree_postorder_for_each_entry_safe(arena, next, &cca_arenas, node)
		arena_free(arena, &arena->free);
	cca_arenas = RB_ROOT;
}
