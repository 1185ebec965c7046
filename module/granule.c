// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: who owns which page that left the kernel for the realm world.
 *
 * Pages come from the kernel in arenas, naturally aligned allocations of up to
 * 4 MiB, and go alloc -> delegate -> in use -> undelegate -> free here and
 * nowhere else.
 *
 * The first page of an arena is its guard: the kernel may read a few bytes
 * beyond the end of any page of its own, and a delegated page answers that
 * with a fault that nobody handles. So the page before every delegated one is
 * ours. Where two arenas of a pool touch, the lower one guards the upper: it
 * is pinned, and the upper can use its first page like all others.
 *
 * The spinlock covers the maps and the counts. Calls to the RMM and to the page
 * allocator are made outside it, on granules that are marked as moving and that
 * nobody else touches meanwhile.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "arena.h"
#include "cca.h"
#include "compat.h"
#include "range.h"
#include "rmi_cmds.h"

enum state {
	HOST,			/* ours, not delegated, free to be delegated */
	GUARD,			/* first page of an arena, never delegated */
	FREE,			/* delegated, nobody's */
	IN_USE,			/* delegated, the RMM has it for an owner */
	LENT,			/* the RMM has it for an owner, not delegated */
	MOVING,			/* being delegated or undelegated right now */
	REFUSED,		/* the RMM does not want it */
	LEAKED,			/* never to be touched again */
	STATES,
};

struct arena {
	struct rb_node node;		/* all, by base */
	struct list_head link;		/* pool->arenas or pool->full */
	struct list_head guards;	/* guard page to be had */
	struct cca_pool *pool;
	phys_addr_t base;
	struct page *page;
	unsigned int order, size;	/* log2 of granules, granules */
	struct arena *before;		/* guards this one, and is pinned by it */
	unsigned int pins;
	bool guard_used;		/* by cca_page_get() */
	unsigned int count[STATES];
	struct cca_map host, free;
	u8 state[CCA_ARENA_GRANULES];
	struct cca_account *owner[CCA_ARENA_GRANULES];
};

struct cca_pool {
	struct list_head arenas;	/* those with HOST or FREE granules */
	struct list_head full;
	u64 free;
	u64 leaked;
};

#define POOL(name) { \
	.arenas = LIST_HEAD_INIT(name.arenas), \
	.full = LIST_HEAD_INIT(name.full), \
}

static struct cca_pool own = POOL(own);		/* the module's */

static DEFINE_SPINLOCK(lock);
static struct rb_root arenas = RB_ROOT;
static LIST_HEAD(guards);
static u64 total[STATES];
static u64 leaks[CCA_LEAK_CAUSES];

/* After so many refusals no other granule of an arena is offered. */
#define REFUSALS_PER_ARENA	2
/* Runs, or new arenas, that one request may try before it gives up. */
#define GET_TRIES		16
/* Granules delegated along with a small request. */
#define BATCH			64U

/* ------------------------------------------------------------------- arenas */

static phys_addr_t arena_top(const struct arena *arena)
{
	return arena->base + ((phys_addr_t)arena->size << RMI_GRANULE_SHIFT);
}

static struct arena *arena_of(phys_addr_t pa)
{
	struct rb_node *node = arenas.rb_node;

	lockdep_assert_held(&lock);
	while (node) {
		struct arena *arena = rb_entry(node, struct arena, node);

		if (pa < arena->base)
			node = node->rb_left;
		else if (pa >= arena_top(arena))
			node = node->rb_right;
		else
			return arena;
	}
	return NULL;
}

/* Base of the first arena above an address that is in none. */
static phys_addr_t arena_after(phys_addr_t pa)
{
	struct rb_node *node = arenas.rb_node;
	phys_addr_t next = PHYS_ADDR_MAX & ~(RMI_GRANULE_SIZE - 1);

	lockdep_assert_held(&lock);
	while (node) {
		struct arena *arena = rb_entry(node, struct arena, node);

		if (arena->base > pa) {
			next = arena->base;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return next;
}

static unsigned int index_of(const struct arena *arena, phys_addr_t pa)
{
	return (pa - arena->base) >> RMI_GRANULE_SHIFT;
}

static phys_addr_t address_of(const struct arena *arena, unsigned int i)
{
	return arena->base + ((phys_addr_t)i << RMI_GRANULE_SHIFT);
}

/* The one place where a granule changes its state: maps and counts follow. */
static void set_state(struct arena *arena, unsigned int i, unsigned int n,
		      enum state state, struct cca_account *owner)
{
	unsigned int k;

	lockdep_assert_held(&lock);
	for (k = i; k < i + n; k++) {
		enum state old = arena->state[k];

		arena->count[old]--;
		total[old]--;
		if (old == FREE)
			arena->pool->free--;
		arena->state[k] = state;
		arena->owner[k] = owner;
	}
	arena->count[state] += n;
	total[state] += n;
	if (state == FREE)
		arena->pool->free += n;
	if (state == LEAKED)
		arena->pool->leaked += n;
	cca_map_set(&arena->host, i, n, state == HOST);
	cca_map_set(&arena->free, i, n, state == FREE);
	if (arena->count[HOST] || arena->count[FREE])
		list_move(&arena->link, &arena->pool->arenas);
	else
		list_move(&arena->link, &arena->pool->full);
}

static void insert(struct arena *arena)
{
	struct rb_node **link = &arenas.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (arena->base < rb_entry(parent, struct arena, node)->base)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&arena->node, parent, link);
	rb_insert_color(&arena->node, &arenas);
}

/*
 * Find guards: from below if the arena there is of the same pool, else of its
 * own. And be the guard of the one above, if its own is not in use.
 */
static void arena_publish(struct arena *arena)
{
	struct arena *before, *after;

	spin_lock(&lock);
	insert(arena);
	list_add(&arena->link, &arena->pool->arenas);
	arena->count[HOST] = arena->size;
	total[HOST] += arena->size;
	cca_map_set(&arena->host, 0, arena->size, true);

	before = arena_of(arena->base - 1);
	if (before && before->pool == arena->pool) {
		arena->before = before;
		before->pins++;
	} else {
		set_state(arena, 0, 1, GUARD, NULL);
		if (arena->pool == &own)
			list_add(&arena->guards, &guards);
	}
	after = arena_of(arena_top(arena));
	if (after && after->pool == arena->pool && !after->before &&
	    !after->guard_used) {
		list_del_init(&after->guards);
		set_state(after, 0, 1, HOST, NULL);
		after->before = arena;
		arena->pins++;
	}
	spin_unlock(&lock);
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
static struct page *pages_get(unsigned int order)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;

	if (!spare(order))
		return NULL;
	gfp |= order > PAGE_ALLOC_COSTLY_ORDER ? __GFP_NORETRY :
						 __GFP_RETRY_MAYFAIL;
	return alloc_pages(gfp, order);
}

static struct arena *arena_new(struct cca_pool *pool, unsigned int min_order,
			       unsigned int max_order)
{
	struct arena *arena;
	unsigned int order = min_t(unsigned int, max_order, MAX_PAGE_ORDER);

	arena = kvzalloc(sizeof(*arena), GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
						 __GFP_RETRY_MAYFAIL);
	if (!arena)
		return NULL;
	do {
		arena->page = pages_get(order);
	} while (!arena->page && order-- > min_order);
	if (!arena->page) {
		kvfree(arena);
		return NULL;
	}
	/* Pages of their own: one that leaks does not take the others along. */
	split_page(arena->page, order);
	arena->pool = pool;
	arena->base = page_to_phys(arena->page);
	arena->order = order;
	arena->size = 1U << order;
	INIT_LIST_HEAD(&arena->guards);
	arena_publish(arena);
	return arena;
}

/* Nothing of it is anywhere but here. */
static bool arena_idle(const struct arena *arena)
{
	return !arena->pins && !arena->guard_used &&
	       arena->count[HOST] + arena->count[GUARD] +
	       arena->count[REFUSED] == arena->size;
}

static void arena_unlink(struct arena *arena)
{
	unsigned int s;

	lockdep_assert_held(&lock);
	rb_erase(&arena->node, &arenas);
	list_del(&arena->link);
	list_del(&arena->guards);
	if (arena->before)
		arena->before->pins--;
	for (s = 0; s < STATES; s++)
		total[s] -= arena->count[s];
}

static void arena_free(struct arena *arena, const struct cca_map *keep)
{
	unsigned int i;

	for (i = 0; i < arena->size; i++) {
		if (!keep || !cca_map_test(keep, i))
			__free_page(arena->page + i);
	}
	kvfree(arena);
}

static struct arena *idle_in(struct list_head *list)
{
	struct arena *arena;

	list_for_each_entry(arena, list, link) {
		if (arena_idle(arena))
			return arena;
	}
	return NULL;
}

/* Give idle arenas of a pool back to the kernel. */
static void reap(struct cca_pool *pool)
{
	struct arena *arena;

	do {
		spin_lock(&lock);
		arena = idle_in(&pool->arenas) ?: idle_in(&pool->full);
		if (arena)
			arena_unlink(arena);
		spin_unlock(&lock);
		if (arena)
			arena_free(arena, NULL);
		cond_resched();
	} while (arena);
}

/* -------------------------------------------------- to the realm world and back */

/*
 * Marked, a page is left alone by /proc/kcore, by hibernation and by dump
 * tools. Each 4 KiB page is looked at on its own. The mark uses the page's map
 * count, so it must be gone before the page is freed.
 */
static void mark(struct arena *arena, unsigned int i, unsigned int n, bool on)
{
	for (; n; n--, i++) {
		if (on)
			__SetPageOffline(arena->page + i);
		else
			__ClearPageOffline(arena->page + i);
	}
}

static bool wants_prepared(int status)
{
	return status > 0 && (RMI_STATUS(status) == RMI_ERROR_TRACKING ||
			      RMI_STATUS(status) == RMI_ERROR_GPT);
}

/*
 * Move [base, top) call by call. Returns 0, or why it stopped (> 0 the RMM's
 * result); *reached is the end of what moved, and *unclear says that granules
 * beyond it may have moved too. Ends whatever the RMM answers: every turn moves
 * *reached forward, or is the one chance to prepare there.
 */
static int move(phys_addr_t base, phys_addr_t top, bool delegate,
		phys_addr_t *reached, bool *unclear, struct cca_outcome *out)
{
	bool prepared = false;
	phys_addr_t next;
	int ret;

	*unclear = false;
	*reached = base;
	while (*reached < top) {
		next = *reached;
		if (delegate)
			ret = rmi_granule_range_delegate(out, *reached, top,
							 &next);
		else
			ret = rmi_granule_range_undelegate(out, *reached, top,
							   &next);
		if (delegate && wants_prepared(ret) && !prepared) {
			prepared = true;
			ret = cca_rmm_prepare(*reached, top - *reached, out);
			if (!ret)
				continue;
			return ret;
		}
		/* An operation that was lost half-way, or a place that is none. */
		if (!ret && !cca_range_progress(*reached, top, next))
			ret = cca_fail(out, CCA_REASON_RMI_PROTOCOL, -EIO);
		if (ret) {
			*unclear = ret == -EIO;
			return ret;
		}
		*reached = next;
		prepared = false;
		cond_resched();
	}
	return 0;
}

static bool transient(int ret)
{
	return ret > 0 && (RMI_STATUS(ret) == RMI_BUSY ||
			   RMI_STATUS(ret) == RMI_BLOCKED);
}

/* Refused where another granule may do. */
static bool elsewhere(int ret)
{
	return (ret > 0 && !transient(ret)) || ret == -EOPNOTSUPP;
}

static void note_leak(struct arena *arena, unsigned int i, unsigned int n,
		      u32 cause)
{
	lockdep_assert_held(&lock);
	set_state(arena, i, n, LEAKED, NULL);
	leaks[cause] += n;
	pr_warn_once("cca: the RMM keeps memory that it should have returned; it is lost until the machine restarts, see the ledger in CCA_INFO\n");
}

/* The answers of an RMM to which a granule is certainly not delegated. */
static bool not_delegated(int ret)
{
	return ret > 0 && (RMI_STATUS(ret) == RMI_ERROR_INPUT ||
			   wants_prepared(ret));
}

/*
 * Undelegate granules that are MOVING: back to HOST, or LEAKED. When the RMM
 * stays busy the rest stays delegated, unless this is the last chance; returns
 * whether that was so. Cause CCA_LEAK_PROTOCOL: nobody knows whether they are
 * delegated, and the RMM may say that they are not. The arena may be gone
 * afterwards.
 */
static bool undelegate(struct arena *arena, unsigned int i, unsigned int n,
		       u32 cause, bool last, struct cca_outcome *out)
{
	unsigned int end = i + n;
	bool busy = false;

	while (i < end) {
		phys_addr_t reached;
		unsigned int done;
		bool unclear;
		int ret;

		ret = move(address_of(arena, i), address_of(arena, end), false,
			   &reached, &unclear, out);
		done = index_of(arena, reached) - i;
		busy = transient(ret);
		mark(arena, i, done, false);
		spin_lock(&lock);
		set_state(arena, i, done, HOST, NULL);
		i += done;
		if (busy) {
			/* Not once more for each: it has had its time. */
			if (last)
				note_leak(arena, i, end - i, cause);
			else
				set_state(arena, i, end - i, FREE, NULL);
			i = end;
		} else if (cause == CCA_LEAK_PROTOCOL && not_delegated(ret)) {
			mark(arena, i, 1, false);
			set_state(arena, i++, 1, HOST, NULL);
		} else if (ret) {
			note_leak(arena, i++, 1,
				  unclear ? CCA_LEAK_PROTOCOL : cause);
		}
		spin_unlock(&lock);
	}
	return busy;
}

/* Keep what the RMM will refuse again out of the way of others. */
static void note_refusal(struct arena *arena, unsigned int i)
{
	unsigned int at, n;

	lockdep_assert_held(&lock);
	set_state(arena, i, 1, REFUSED, NULL);
	if (arena->count[REFUSED] < REFUSALS_PER_ARENA)
		return;
	while ((n = cca_map_run(&arena->host, arena->size, 0, &at)))
		set_state(arena, at, n, REFUSED, NULL);
}

/*
 * The RMM said that it stopped where it cannot have stopped: granules from
 * `bad` on may or may not be delegated. Undelegate them: those that it moves
 * back, or says were not delegated, are the host's; others are not touched any
 * more. (A july RMM looks at one granule a call.)
 */
static void resolve(struct arena *arena, unsigned int bad, unsigned int *end,
		    struct cca_outcome *out)
{
	if (cca_rmm()->traits.profile == CCA_PROFILE_JULY)
		*end = bad + 1;
	mark(arena, bad, *end - bad, true);
	undelegate(arena, bad, *end - bad, CCA_LEAK_PROTOCOL, true, out);
}

/*
 * Delegate the granules of `todo`, which are MOVING, as are all others of
 * [i, i + n): those are delegated already. Returns 0, > 0 the RMM's result,
 * < 0 an errno; the reason is in `out`. On failure what earlier calls
 * delegated is undelegated, not more and not less (R10), and all is as before.
 */
static int delegate(struct arena *arena, const struct cca_map *todo,
		    unsigned int i, unsigned int n, struct cca_outcome *out)
{
	unsigned int end = i + n, at = i, run, from, bad, clear;
	phys_addr_t reached;
	bool unclear;
	int ret = 0;

	for (from = i; (run = cca_map_run(todo, end, from, &at)); from = at + run) {
		mark(arena, at, run, true);
		ret = move(address_of(arena, at), address_of(arena, at + run),
			   true, &reached, &unclear, out);
		if (ret)
			break;
	}
	if (!ret)
		return 0;

	/* Before it is undone, so that the cause stays in `out`. */
	cca_rmi_errno(out, ret);
	bad = index_of(arena, reached);
	mark(arena, bad, at + run - bad, false);
	clear = at + run;
	if (unclear)
		resolve(arena, bad, &clear, out);
	for (from = i; (run = cca_map_run(todo, bad, from, &at)); from = at + run)
		undelegate(arena, at, run, CCA_LEAK_UNDELEGATE, false, out);

	spin_lock(&lock);
	for (from = i; from < end; from++) {
		if (arena->state[from] != MOVING)
			continue;
		set_state(arena, from, 1,
			  cca_map_test(todo, from) ? HOST : FREE, NULL);
	}
	if (!unclear && elsewhere(ret))
		note_refusal(arena, bad);
	spin_unlock(&lock);
	return ret;
}

/* -------------------------------------------------------------- get and put */

/* Halves of an arena of which nothing was taken yet: kept for 2 MiB requests. */
static unsigned int spare_halves(const struct arena *arena)
{
	struct cca_map all;
	unsigned int w;

	for (w = 0; w < CCA_ARENA_WORDS; w++)
		all.word[w] = arena->host.word[w] | arena->free.word[w];
	return cca_map_halves(&all, arena->size);
}

/*
 * A run of 2^order granules, FREE ones first, HOST ones if `host`, and of
 * halves that are broken already if there is a choice. Returns its index.
 */
static int pick_in(const struct arena *arena, unsigned int order, bool host,
		   bool any_half)
{
	unsigned int spare = any_half ? 0 : spare_halves(arena);
	struct cca_map all;
	unsigned int w;
	int i;

	i = cca_map_find(&arena->free, arena->size, order, spare);
	if (i >= 0 || !host)
		return i;
	for (w = 0; w < CCA_ARENA_WORDS; w++)
		all.word[w] = arena->host.word[w] | arena->free.word[w];
	return cca_map_find(&all, arena->size, order, spare);
}

static struct arena *pick(struct cca_pool *pool, unsigned int order,
			  unsigned int *i)
{
	bool host = pool == &own;
	struct arena *arena;
	int pass, at;

	/* Delegated and small; small; delegated; any. */
	for (pass = 0; pass < 4; pass++) {
		if (order >= CCA_BLOCK_ORDER && pass < 2)
			continue;
		if (!host && pass % 2)
			continue;
		list_for_each_entry(arena, &pool->arenas, link) {
			at = pick_in(arena, order, pass % 2, pass >= 2);
			if (at >= 0) {
				*i = at;
				return arena;
			}
		}
	}
	return NULL;
}

/* The granules that a small request delegates along, where ranges are cheap. */
static unsigned int batch(const struct arena *arena, unsigned int i,
			  unsigned int n)
{
	unsigned int at, run, most;

	if (cca_rmm()->traits.profile != CCA_PROFILE_BET3 || n >= BATCH)
		return n;
	run = cca_map_run(&arena->host, arena->size, i, &at);
	if (at != i || run <= n)
		return n;
	/* Not into the next half: that one may be whole. */
	most = CCA_BLOCK_GRANULES - i % CCA_BLOCK_GRANULES;
	return min3(run, most, BATCH);
}

/* True if all of it is delegated already. */
static bool none_of(const struct cca_map *map, unsigned int i, unsigned int n)
{
	unsigned int at;

	return !cca_map_run(map, i + n, i, &at);
}

static bool killed(void)
{
	return !(current->flags & (PF_KTHREAD | PF_EXITING)) &&
	       fatal_signal_pending(current);
}

/*
 * One try at what the pool has now. Returns 0, -ENOENT if it has no such run,
 * else as delegate().
 */
static int get_once(struct cca_pool *pool, struct cca_account *account,
		    unsigned int order, phys_addr_t *pa,
		    struct cca_outcome *out)
{
	unsigned int n = 1U << order, i, moving;
	struct cca_map todo;
	struct arena *arena;
	int ret;

	spin_lock(&lock);
	arena = pick(pool, order, &i);
	if (!arena) {
		spin_unlock(&lock);
		return -ENOENT;
	}
	*pa = address_of(arena, i);
	todo = arena->host;
	if (none_of(&todo, i, n)) {
		set_state(arena, i, n, IN_USE, account);
		spin_unlock(&lock);
		return 0;
	}
	moving = batch(arena, i, n);
	set_state(arena, i, moving, MOVING, NULL);
	spin_unlock(&lock);

	ret = delegate(arena, &todo, i, moving, out);
	if (ret)
		return ret;
	spin_lock(&lock);
	set_state(arena, i, n, IN_USE, account);
	set_state(arena, i + n, moving - n, FREE, NULL);
	spin_unlock(&lock);
	return 0;
}

int cca_granules_get(struct cca_pool *pool, struct cca_account *account,
		     unsigned int order, phys_addr_t *pa,
		     struct cca_outcome *out)
{
	struct cca_outcome attempt = *out;
	unsigned int tries;
	int ret = -ENOMEM;

	if (order > CCA_BLOCK_ORDER)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	for (tries = 0; tries < GET_TRIES; tries++) {
		/* A refusal that another granule makes good is no reason. */
		attempt.reason = out->reason;
		ret = get_once(pool ?: &own, account, order, pa, &attempt);
		if (!ret) {
			atomic64_add(1L << order, &account->in_use);
			break;
		}
		if (killed()) {
			ret = -EINTR;
			break;
		}
		if (ret == -ENOENT && pool) {
			ret = cca_fail(&attempt, CCA_REASON_BACKING, -ENOMEM);
			break;
		}
		if (ret == -ENOENT) {
			/* A guard may take one page of it. */
			if (arena_new(&own, order + 1, CCA_ARENA_ORDER))
				continue;
			ret = cca_fail(&attempt, CCA_REASON_NO_MEMORY, -ENOMEM);
			break;
		}
		if (!elsewhere(ret))
			break;
	}
	*out = attempt;
	if (ret == -ENOENT)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	return cca_rmi_errno(out, ret);
}

/* What an account has of [pa, pa + n granules) within one arena becomes `to`. */
static unsigned long settle(struct cca_account *account, phys_addr_t pa,
			    unsigned long count, enum state to, u32 cause)
{
	unsigned long mine = 0;

	if (pa & (RMI_GRANULE_SIZE - 1))
		return 0;
	while (count) {
		unsigned int i, n;
		struct arena *arena;

		spin_lock(&lock);
		arena = arena_of(pa);
		if (!arena) {
			/* Not ours, and so is what follows up to an arena. */
			phys_addr_t next = arena_after(pa);

			spin_unlock(&lock);
			if ((next - pa) >> RMI_GRANULE_SHIFT >= count)
				break;
			count -= (next - pa) >> RMI_GRANULE_SHIFT;
			pa = next;
			continue;
		}
		i = index_of(arena, pa);
		n = min_t(unsigned long, count, arena->size - i);
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
		count -= n;
		for (; n; n--, i++) {
			if ((arena->state[i] != IN_USE &&
			     arena->state[i] != LENT) ||
			    arena->owner[i] != account)
				continue;
			if (to == HOST)
				mark(arena, i, 1, false);
			if (to == LEAKED)
				note_leak(arena, i, 1, cause);
			else
				set_state(arena, i, 1, to, NULL);
			mine++;
		}
		spin_unlock(&lock);
	}
	if (mine)
		atomic64_sub(mine, &account->in_use);
	if (mine && to == LEAKED)
		atomic64_add(mine, &account->leaked);
	return mine;
}

unsigned long cca_granules_put(struct cca_account *account, phys_addr_t pa,
			       unsigned long count)
{
	return count - settle(account, pa, count, FREE, 0);
}

unsigned long cca_granules_put_ns(struct cca_account *account, phys_addr_t pa,
				  unsigned long count)
{
	return count - settle(account, pa, count, HOST, 0);
}

void cca_granules_leak(struct cca_account *account, phys_addr_t pa,
		       unsigned long count, u32 cause)
{
	settle(account, pa, count, LEAKED, cause);
}

void cca_account_leak(struct cca_account *account, u32 cause)
{
	struct rb_node *node;
	u64 mine = 0;
	unsigned int i;

	spin_lock(&lock);
	for (node = rb_first(&arenas); node; node = rb_next(node)) {
		struct arena *arena = rb_entry(node, struct arena, node);

		if (!arena->count[IN_USE] && !arena->count[LENT])
			continue;
		for (i = 0; i < arena->size; i++) {
			if (arena->owner[i] != account)
				continue;
			note_leak(arena, i, 1, cause);
			mine++;
		}
	}
	spin_unlock(&lock);
	atomic64_sub(mine, &account->in_use);
	atomic64_add(mine, &account->leaked);
}

bool cca_granules_owned(struct cca_account *account, phys_addr_t pa,
			unsigned long count)
{
	bool owned = !(pa & (RMI_GRANULE_SIZE - 1));

	spin_lock(&lock);
	for (; owned && count; count--, pa += RMI_GRANULE_SIZE) {
		struct arena *arena = arena_of(pa);
		unsigned int i;

		if (!arena) {
			owned = false;
			break;
		}
		i = index_of(arena, pa);
		owned = arena->state[i] == IN_USE && arena->owner[i] == account;
	}
	spin_unlock(&lock);
	return owned;
}

int cca_granules_get_ns(struct cca_account *account, phys_addr_t base,
			phys_addr_t top, unsigned int order, phys_addr_t *pa)
{
	unsigned int n = 1U << order, tries;
	struct arena *arena;
	int i;

	if (order > CCA_BLOCK_ORDER)
		return -ENOMEM;
	for (tries = 0; tries < GET_TRIES; tries++) {
		spin_lock(&lock);
		list_for_each_entry(arena, &own.arenas, link) {
			if (arena->base < base || arena_top(arena) > top)
				continue;
			i = cca_map_find(&arena->host, arena->size, order, 0);
			if (i < 0)
				continue;
			set_state(arena, i, n, LENT, account);
			mark(arena, i, n, true);
			spin_unlock(&lock);
			atomic64_add(n, &account->in_use);
			*pa = address_of(arena, i);
			return 0;
		}
		spin_unlock(&lock);
		if (!arena_new(&own, order + 1, CCA_ARENA_ORDER))
			break;
	}
	return -ENOMEM;
}

/* --------------------------------------------------------------- host pages */

void *cca_page_get(void)
{
	struct arena *arena;
	void *page;

	spin_lock(&lock);
	arena = list_first_entry_or_null(&guards, struct arena, guards);
	if (arena) {
		list_del_init(&arena->guards);
		arena->guard_used = true;
	}
	spin_unlock(&lock);
	if (!arena)
		return (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	page = page_address(arena->page);
	clear_page(page);
	return page;
}

void cca_page_put(void *page)
{
	struct arena *arena;

	if (!page)
		return;
	spin_lock(&lock);
	arena = arena_of(virt_to_phys(page));
	if (arena) {
		arena->guard_used = false;
		list_add(&arena->guards, &guards);
	}
	spin_unlock(&lock);
	if (!arena)
		free_page((unsigned long)page);
}

/* -------------------------------------------------------------------- pools */

struct cca_pool *cca_pool_create(void)
{
	struct cca_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);

	if (pool) {
		INIT_LIST_HEAD(&pool->arenas);
		INIT_LIST_HEAD(&pool->full);
	}
	return pool;
}

/* The next HOST granules to delegate: a 2 MiB block, or as many as there are. */
static struct arena *pick_host(struct cca_pool *pool, unsigned int order,
			       u64 want, unsigned int *i, unsigned int *n)
{
	struct arena *arena;

	list_for_each_entry(arena, &pool->arenas, link) {
		if (order) {
			int at = cca_map_find(&arena->host, arena->size, order, 0);

			if (at < 0)
				continue;
			*i = at;
			*n = 1U << order;
			return arena;
		}
		*n = cca_map_run(&arena->host, arena->size, 0, i);
		*n = min_t(u64, *n, want);
		if (*n)
			return arena;
	}
	return NULL;
}

int cca_pool_fill(struct cca_pool *pool, u64 granules, unsigned int order,
		  u64 *done, struct cca_outcome *out)
{
	struct cca_map todo;
	struct arena *arena;
	unsigned int i, n, max;
	int ret;

	*done = 0;
	while (*done < granules) {
		if (signal_pending(current))
			return -EINTR;
		spin_lock(&lock);
		arena = pick_host(pool, order, granules - *done, &i, &n);
		if (arena) {
			todo = arena->host;
			set_state(arena, i, n, MOVING, NULL);
		}
		spin_unlock(&lock);
		if (!arena) {
			/* No larger than what is wanted and a guard. */
			max = min_t(u64, order ? CCA_ARENA_ORDER :
				    ilog2(granules - *done) + 1, CCA_ARENA_ORDER);
			if (!arena_new(pool, order + 1, max))
				return cca_fail(out, CCA_REASON_NO_MEMORY,
						-ENOMEM);
			continue;
		}
		ret = delegate(arena, &todo, i, n, out);
		if (ret)
			return cca_rmi_errno(out, ret);
		spin_lock(&lock);
		set_state(arena, i, n, FREE, NULL);
		spin_unlock(&lock);
		*done += n;
	}
	return 0;
}

u64 cca_pool_free(const struct cca_pool *pool)
{
	return READ_ONCE(pool->free);
}

u64 cca_pool_leaked(const struct cca_pool *pool)
{
	return READ_ONCE(pool->leaked);
}

/* Undelegate all that is FREE in a pool. What stays busy stays. */
static void drain(struct cca_pool *pool, bool last)
{
	struct cca_outcome out = {};
	unsigned int from, at, n;
	struct arena *arena;
	struct cca_map todo;
	bool found, busy = false;

	do {
		found = false;
		spin_lock(&lock);
		list_for_each_entry(arena, &pool->arenas, link) {
			if (!arena->count[FREE])
				continue;
			todo = arena->free;
			for (from = 0;
			     (n = cca_map_run(&todo, arena->size, from, &at));
			     from = at + n)
				set_state(arena, at, n, MOVING, NULL);
			found = true;
			break;
		}
		spin_unlock(&lock);
		for (from = 0;
		     found && (n = cca_map_run(&todo, CCA_ARENA_GRANULES, from, &at));
		     from = at + n)
			busy |= undelegate(arena, at, n, CCA_LEAK_UNDELEGATE,
					   last, &out);
	} while (found && (last || !busy));
}

/* What a pool leaves behind: leaked granules, guards of others. */
static void adopt(struct cca_pool *pool)
{
	struct arena *arena, *next;

	spin_lock(&lock);
	list_splice_init(&pool->full, &pool->arenas);
	list_for_each_entry_safe(arena, next, &pool->arenas, link) {
		own.free += arena->count[FREE];
		own.leaked += arena->count[LEAKED];
		arena->pool = &own;
		list_move(&arena->link, arena->count[HOST] || arena->count[FREE] ?
			  &own.arenas : &own.full);
		if (arena->state[0] == GUARD)
			list_add(&arena->guards, &guards);
	}
	spin_unlock(&lock);
}

void cca_pool_destroy(struct cca_pool *pool)
{
	if (!pool)
		return;
	drain(pool, false);
	reap(pool);
	adopt(pool);
	kfree(pool);
}

/* ------------------------------------------------------------------- ledger */

void cca_ledger_read(struct cca_ledger *ledger)
{
	u64 host;

	spin_lock(&lock);
	host = total[HOST] + total[GUARD] + total[LENT] + total[MOVING] +
	       total[REFUSED];
	*ledger = (struct cca_ledger){
		.held = host + total[FREE] + total[IN_USE] + total[LEAKED],
		.host = host,
		.delegated = total[FREE] + total[IN_USE],
		.pool = own.free,
		.reserved = total[FREE] - own.free,
		.in_use = total[IN_USE],
		.leaked = total[LEAKED],
		.lent = total[LENT],
	};
	memcpy(ledger->leaks, leaks, sizeof(leaks));
	spin_unlock(&lock);
}

void cca_ledger_trim(void)
{
	bool home;

	drain(&own, false);
	spin_lock(&lock);
	home = !total[FREE] && !total[IN_USE] && !total[MOVING] && total[LENT];
	spin_unlock(&lock);
	if (home)
		cca_rmm_release();
	reap(&own);
}

int cca_granule_init(void)
{
	return 0;
}

/*
 * Pages that may still be in the realm world, and the page before each: they
 * are never freed.
 */
static void note_kept(struct arena *arena, struct cca_map *keep,
		      struct cca_map *keep_before)
{
	unsigned int i;

	for (i = 0; i < arena->size; i++) {
		switch (arena->state[i]) {
		case HOST:
		case GUARD:
		case REFUSED:
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
	struct arena *arena, *next;
	struct rb_node *node;

	drain(&own, true);
	reap(&own);

	/* Nobody else is here any more. The maps have had their use. */
	for (node = rb_first(&arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct arena, node);
		arena->free = (struct cca_map){};
	}
	for (node = rb_first(&arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct arena, node);
		note_kept(arena, &arena->free,
			  arena->before ? &arena->before->free : NULL);
	}
	rbtree_postorder_for_each_entry_safe(arena, next, &arenas, node)
		arena_free(arena, &arena->free);
	arenas = RB_ROOT;
}
