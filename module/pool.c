// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools: granules that are delegated beforehand, for a memory fd, and how any
 * pool is emptied. The module's own is filled on demand, in granule.c.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "ledger.h"

/*
 * What is moved at once: a gigabyte. An RMM that takes ranges may take all of it
 * in one call, and a signal waits as long.
 */
#define SPAN_MAX	(1U << (30 - RMI_GRANULE_SHIFT))

struct cca_pool *cca_pool_create(void)
{
	struct cca_pool *pool = kzalloc(sizeof(*pool), CCA_GFP);

	if (pool) {
		INIT_LIST_HEAD(&pool->arenas);
		INIT_LIST_HEAD(&pool->full);
	}
	return pool;
}

/* What of a pool is to be moved next. */
static bool pick(struct cca_pool *pool, enum cca_granule_state state,
		 unsigned int order, bool idle, u64 most, struct cca_span *span)
{
	struct cca_arena *arena;

	list_for_each_entry(arena, &pool->arenas, link) {
		if (cca_span_find(arena, state, order, idle, most, span)) {
			cca_span_set(span, GRANULE_MOVING);
			return true;
		}
	}
	return false;
}

/* -------------------------------------------------------------------- fill */

static u64 to_delegate(const struct cca_pool *pool, unsigned int order)
{
	return order ? READ_ONCE(pool->blocks) << order : READ_ONCE(pool->host);
}

/*
 * All of them before the first is delegated, because those that touch are
 * delegated together. Interrupted, it makes do with less; the call that follows
 * is the last then.
 */
int cca_pool_gather(struct cca_pool *pool, u64 want, unsigned int order,
		    struct list_head *blanks, struct cca_outcome *out)
{
	int ret = 0;
	u64 have;

	while (!ret && (have = to_delegate(pool, order)) < want) {
		unsigned int max = CCA_ARENA_ORDER;

		if (signal_pending(current)) {
			if (!have || fatal_signal_pending(current))
				ret = -EINTR;
			break;
		}
		/* No larger than what is wanted and a guard. */
		if (!order)
			max = min_t(u64, ilog2(want - have) + 1, max);
		if (list_empty(blanks))
			cca_blanks_fill(blanks, DIV_ROUND_UP_ULL(want - have,
								  CCA_ARENA_GRANULES));
		if (!cca_arena_new(pool, order + 1, max, blanks, out))
			ret = -ENOMEM;
		cca_relax();
	}
	return ret;
}

static int fill_once(struct cca_pool *pool, u64 want, unsigned int order,
		     struct list_head *blanks, u64 *done,
		     struct cca_outcome *out)
{
	struct cca_span span, all;
	bool found;
	int ret;

	ret = cca_pool_gather(pool, want, order, blanks, out);
	if (ret)
		return ret;
	spin_lock(&cca_ledger_lock);
	found = pick(pool, GRANULE_HOST, order, false, want, &span);
	spin_unlock(&cca_ledger_lock);
	if (!found)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	all = span;
	ret = cca_span_delegate(&span, order, out);
	spin_lock(&cca_ledger_lock);
	if (!ret)
		cca_span_set(&span, GRANULE_FREE);
	/*
	 * What could not be undone, while the RMM was busy, came as well. (Nobody
	 * reaps a pool while it is filled.)
	 */
	*done += ret ? cca_span_delegated(&all) : cca_span_granules(&span);
	spin_unlock(&cca_ledger_lock);
	return cca_rmi_errno(out, ret);
}

int cca_pool_fill(struct cca_pool *pool, u64 granules, unsigned int order,
		  u64 *done, struct cca_outcome *out)
{
	LIST_HEAD(blanks);
	int ret = 0;

	*done = 0;
	cca_blanks_fill(&blanks, DIV_ROUND_UP_ULL(granules, CCA_ARENA_GRANULES));
	while (!ret && *done < granules) {
		/* The kernel may end in the middle of it. */
		ret = signal_pending(current) ? -EINTR : cca_rmm_over(out);
		if (!ret)
			ret = fill_once(pool, min_t(u64, granules - *done, SPAN_MAX),
					order, &blanks, done, out);
	}
	cca_blanks_free(&blanks);
	/* What was gathered for what did not come. */
	if (ret)
		cca_arenas_reap(pool);
	return ret;
}

/* ------------------------------------------------------------------- empty */

int cca_pool_empty(struct cca_pool *pool, u64 granules, unsigned int order,
		   bool interruptible, u64 *done, struct cca_outcome *out)
{
	const u64 leaked = cca_pool_leaked(pool);
	struct cca_outcome attempt = {};
	bool busy = false, stop = false;
	struct cca_span span;
	int over = 0;

	*done = 0;
	while (*done < granules && !busy) {
		const u64 most = min_t(u64, granules - *done, SPAN_MAX);
		bool found;

		/* The end of the kernel empties all pools itself. */
		over = cca_rmm_over(out);
		if (over)
			break;
		stop = interruptible && signal_pending(current);
		if (stop)
			break;
		/* First what makes arenas idle, which then can go. */
		spin_lock(&cca_ledger_lock);
		found = pick(pool, GRANULE_FREE, order, true, most, &span) ||
			pick(pool, GRANULE_FREE, order, false, most, &span);
		spin_unlock(&cca_ledger_lock);
		if (!found)
			break;
		busy = cca_span_undelegate(span, order, interruptible, false,
					   done, &attempt);
		cond_resched();
	}
	cca_arenas_reap(pool);

	out->rmi_calls += attempt.rmi_calls;
	out->rmi_fid = attempt.rmi_fid;
	out->rmi_status = attempt.rmi_status;
	if (*done == granules)
		return 0;
	if (over)
		return over;
	if (stop)
		return -EINTR;
	if (busy)
		return cca_fail(out, CCA_REASON_RMI_BUSY, -EAGAIN);
	if (cca_pool_leaked(pool) > leaked)
		return cca_fail(out, attempt.reason ?: CCA_REASON_RMI, -EIO);
	return cca_fail(out, CCA_REASON_IN_USE, -EBUSY);
}

u64 cca_pool_free(const struct cca_pool *pool)
{
	return READ_ONCE(pool->free);
}

u64 cca_pool_leaked(const struct cca_pool *pool)
{
	return READ_ONCE(pool->leaked);
}

/* ------------------------------------------------------------------- drain */

/* The same, of any pool. */
static bool pick_any(struct cca_span *span)
{
	struct cca_arena *arena;
	struct rb_node *node;

	lockdep_assert_held(&cca_ledger_lock);
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct cca_arena, node);
		if (cca_span_find(arena, GRANULE_FREE, 0, false, SPAN_MAX, span)) {
			cca_span_set(span, GRANULE_MOVING);
			return true;
		}
	}
	return false;
}

void cca_pool_drain(struct cca_pool *pool, bool last)
{
	struct cca_outcome out = {};
	struct cca_span span;
	bool busy = false, found;

	do {
		spin_lock(&cca_ledger_lock);
		found = pool ? pick(pool, GRANULE_FREE, 0, false, SPAN_MAX, &span) :
			       pick_any(&span);
		spin_unlock(&cca_ledger_lock);
		if (found)
			busy = cca_span_undelegate(span, 0, false, last, NULL, &out);
	} while (found && (last || !busy));
}

/* Pools and arenas stay: whoever holds them frees them, if there is time. */
void cca_ledger_evacuate(void)
{
	cca_pool_drain(NULL, true);
}

void cca_pool_destroy(struct cca_pool *pool)
{
	if (!pool)
		return;
	cca_pool_drain(pool, false);
	cca_arenas_reap(pool);
	spin_lock(&cca_ledger_lock);
	cca_arenas_adopt(pool);
	spin_unlock(&cca_ledger_lock);
	kfree(pool);
}

/* ------------------------------------------------------------- the module's */

/* What a realm and a few RECs take: kept as long as any object lives. */
#define STOCK		512

/* What it may keep in any case: pool_max. */
static u64 keep_max;

/*
 * Of arenas that nobody uses, and of those first that have the fewest to lose:
 * what is kept then lies in few arenas, and the others go.
 */
static bool pick_own(u64 keep, struct cca_span *span)
{
	const u64 free = cca_own_pool.free;
	struct cca_arena *arena, *best = NULL;
	bool best_idle = false;

	lockdep_assert_held(&cca_ledger_lock);
	if (free <= keep)
		return false;
	list_for_each_entry(arena, &cca_own_pool.arenas, link) {
		bool idle = !arena->count[GRANULE_IN_USE];

		if (!arena->count[GRANULE_FREE] || (best_idle && !idle))
			continue;
		if (best && best_idle == idle &&
		    best->count[GRANULE_FREE] <= arena->count[GRANULE_FREE])
			continue;
		best = arena;
		best_idle = idle;
	}
	if (!best || !cca_span_find(best, GRANULE_FREE, 0, false,
				    min_t(u64, free - keep, SPAN_MAX), span))
		return false;
	cca_span_set(span, GRANULE_MOVING);
	return true;
}

/* Down to so many granules, as long as the RMM is not busy. */
static u64 trim(u64 keep)
{
	struct cca_outcome out = {};
	bool busy = false, found;
	struct cca_span span;
	u64 home = 0;

	do {
		spin_lock(&cca_ledger_lock);
		found = pick_own(keep, &span);
		spin_unlock(&cca_ledger_lock);
		if (found)
			busy = cca_span_undelegate(span, 0, false, false, &home,
						   &out);
	} while (found && !busy);
	return home;
}

static void trim_and_reap(u64 keep)
{
	bool home;

	do {
		trim(keep);
		spin_lock(&cca_ledger_lock);
		home = cca_ledger_home();
		spin_unlock(&cca_ledger_lock);
	} while (home && cca_rmm_release());
	cca_arenas_reap(&cca_own_pool);
}

void cca_ledger_trim(void)
{
	trim_and_reap(0);
}

void cca_ledger_settle(bool alive)
{
	trim_and_reap(max_t(u64, READ_ONCE(keep_max), alive ? STOCK : 0));
}

void cca_ledger_keep(u64 granules)
{
	WRITE_ONCE(keep_max, granules);
	cca_ledger_settle(false);
}

u64 cca_ledger_spare(void)
{
	return READ_ONCE(cca_own_pool.free);
}

u64 cca_ledger_shrink(u64 granules)
{
	const u64 free = cca_ledger_spare();
	const u64 home = trim(free > granules ? free - granules : 0);

	cca_arenas_reap(&cca_own_pool);
	return home;
}
