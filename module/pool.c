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

struct cca_pool *cca_pool_create(void)
{
	struct cca_pool *pool = kzalloc(sizeof(*pool), CCA_GFP);

	if (pool) {
		INIT_LIST_HEAD(&pool->arenas);
		INIT_LIST_HEAD(&pool->full);
	}
	return pool;
}

/* The next granules to delegate: a 2 MiB block, or as many as there are. */
static struct cca_arena *pick_host(struct cca_pool *pool, unsigned int order,
				   u64 want, unsigned int *i, unsigned int *n)
{
	struct cca_arena *arena;

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

/* How many of [i, i + n) are delegated, by now perhaps in use. */
static unsigned int count_delegated(const struct cca_arena *arena,
				    unsigned int i, unsigned int n)
{
	unsigned int delegated = 0;

	spin_lock(&cca_ledger_lock);
	for (; n; n--, i++)
		delegated += arena->state[i] == GRANULE_FREE ||
			     arena->state[i] == GRANULE_IN_USE;
	spin_unlock(&cca_ledger_lock);
	return delegated;
}

int cca_pool_fill(struct cca_pool *pool, u64 granules, unsigned int order,
		  u64 *done, struct cca_outcome *out)
{
	struct cca_map todo;
	struct cca_arena *arena;
	unsigned int i, n, max;
	int ret;

	*done = 0;
	while (*done < granules) {
		if (signal_pending(current))
			return -EINTR;
		/* The kernel may end in the middle of it. */
		ret = cca_rmm_over(out);
		if (ret)
			return ret;
		spin_lock(&cca_ledger_lock);
		arena = pick_host(pool, order, granules - *done, &i, &n);
		if (arena) {
			todo = arena->host;
			cca_arena_set(arena, i, n, GRANULE_MOVING, NULL);
		}
		spin_unlock(&cca_ledger_lock);
		if (!arena) {
			/* No larger than what is wanted and a guard. */
			max = min_t(u64, order ? CCA_ARENA_ORDER :
				    ilog2(granules - *done) + 1, CCA_ARENA_ORDER);
			if (!cca_arena_new(pool, order + 1, max, out))
				return -ENOMEM;
			continue;
		}
		ret = cca_arena_delegate(arena, &todo, i, n, out);
		if (ret) {
			/*
			 * What could not be undone, while the RMM was busy,
			 * came. (Nobody reaps a pool while it is filled.)
			 */
			*done += count_delegated(arena, i, n);
			return cca_rmi_errno(out, ret);
		}
		spin_lock(&cca_ledger_lock);
		cca_arena_set(arena, i, n, GRANULE_FREE, NULL);
		spin_unlock(&cca_ledger_lock);
		*done += n;
	}
	return 0;
}

/* The next granules to undelegate: of an arena that then can go, if there is one. */
static struct cca_arena *pick_free(struct cca_pool *pool, unsigned int order,
				   u64 want, unsigned int *i, unsigned int *n)
{
	struct cca_arena *arena;
	int pass, at;

	for (pass = 0; pass < 2; pass++) {
		list_for_each_entry(arena, &pool->arenas, link) {
			if (!pass && (arena->count[GRANULE_IN_USE] ||
				      arena->count[GRANULE_LEAKED]))
				continue;
			if (order) {
				at = cca_map_find(&arena->free, arena->size,
						  order, 0);
				if (at < 0 || want >> order == 0)
					continue;
				*i = at;
				*n = 1U << order;
				return arena;
			}
			*n = cca_map_run(&arena->free, arena->size, 0, i);
			*n = min_t(u64, *n, want);
			if (*n)
				return arena;
		}
	}
	return NULL;
}

/* How many of [i, i + n) have come back from the realm world. */
static unsigned int count_host(const struct cca_arena *arena, unsigned int i,
			       unsigned int n)
{
	unsigned int host = 0;

	spin_lock(&cca_ledger_lock);
	for (; n; n--, i++)
		host += arena->state[i] == GRANULE_HOST;
	spin_unlock(&cca_ledger_lock);
	return host;
}

int cca_pool_empty(struct cca_pool *pool, u64 granules, unsigned int order,
		   bool interruptible, u64 *done, struct cca_outcome *out)
{
	const u64 leaked = cca_pool_leaked(pool);
	struct cca_outcome attempt = {};
	struct cca_arena *arena;
	bool busy = false, stop = false;
	unsigned int i, n;
	int over = 0;

	*done = 0;
	while (*done < granules && !busy) {
		/* The end of the kernel empties all pools itself. */
		over = cca_rmm_over(out);
		if (over)
			break;
		stop = interruptible && signal_pending(current);
		if (stop)
			break;
		spin_lock(&cca_ledger_lock);
		arena = pick_free(pool, order, granules - *done, &i, &n);
		if (arena)
			cca_arena_set(arena, i, n, GRANULE_MOVING, NULL);
		spin_unlock(&cca_ledger_lock);
		if (!arena)
			break;
		/* The arena stays: those of this pool are reaped below. */
		busy = cca_arena_undelegate(arena, i, n, false, &attempt);
		*done += count_host(arena, i, n);
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

/* An arena with FREE granules: of one pool, or NULL for any. */
static struct cca_arena *with_free(struct cca_pool *pool)
{
	struct cca_arena *arena;
	struct rb_node *node;

	lockdep_assert_held(&cca_ledger_lock);
	if (pool) {
		list_for_each_entry(arena, &pool->arenas, link)
			if (arena->count[GRANULE_FREE])
				return arena;
		return NULL;
	}
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct cca_arena, node);
		if (arena->count[GRANULE_FREE])
			return arena;
	}
	return NULL;
}

void cca_pool_drain(struct cca_pool *pool, bool last)
{
	struct cca_outcome out = {};
	unsigned int from, at, n;
	struct cca_arena *arena;
	struct cca_map todo;
	bool busy = false;

	do {
		spin_lock(&cca_ledger_lock);
		arena = with_free(pool);
		if (arena) {
			todo = arena->free;
			for (from = 0;
			     (n = cca_map_run(&todo, arena->size, from, &at));
			     from = at + n)
				cca_arena_set(arena, at, n, GRANULE_MOVING, NULL);
		}
		spin_unlock(&cca_ledger_lock);
		for (from = 0;
		     arena && (n = cca_map_run(&todo, CCA_ARENA_GRANULES, from, &at));
		     from = at + n)
			busy |= cca_arena_undelegate(arena, at, n, last, &out);
	} while (arena && (last || !busy));
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

void cca_ledger_trim(void)
{
	bool home;

	cca_pool_drain(&cca_own_pool, false);
	spin_lock(&cca_ledger_lock);
	home = cca_ledger_home();
	spin_unlock(&cca_ledger_lock);
	if (home)
		cca_rmm_release();
	cca_arenas_reap(&cca_own_pool);
}
