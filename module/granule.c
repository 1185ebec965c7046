// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granules: who gets which, and gives it back.
 *
 * Small requests are served from the 2 MiB halves of arenas that are broken
 * already, so that whole ones stay for those who want them whole. Where each
 * granule is a call to delegate, one that is delegated comes first all the same.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "ledger.h"

/* Runs, or new arenas, that one request may try before it gives up. */
#define GET_TRIES		16
/* ... where the kernel cannot be told in which region it should look. */
#define GET_NEAR_TRIES		2
/* Granules delegated along with a small request. */
#define BATCH			64U

/* Halves of an arena of which nothing was taken yet: kept for 2 MiB requests. */
static unsigned int spare_halves(const struct cca_arena *arena)
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
static int pick_in(const struct cca_arena *arena, unsigned int order, bool host,
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

/* One call moves many granules: not to have delegated them before costs little. */
static bool ranges_are_cheap(void)
{
	return cca_rmm()->traits.profile == CCA_PROFILE_BET3;
}

static struct cca_arena *pick(struct cca_pool *pool, unsigned int order,
			  unsigned int *i)
{
	/* 0: delegated and small; 1: small; 2: delegated; 3: any. */
	static const int passes[2][4] = { { 0, 2, 1, 3 }, { 0, 1, 2, 3 } };
	const int *sequence = passes[ranges_are_cheap()];
	bool host = pool == &cca_own_pool;
	struct cca_arena *arena;
	int n, pass, at;

	for (n = 0; n < 4; n++) {
		pass = sequence[n];
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

/* The granules that a small request delegates along. */
static unsigned int batch(const struct cca_arena *arena, unsigned int i,
			  unsigned int n)
{
	unsigned int at, run, most;

	if (!ranges_are_cheap() || n >= BATCH)
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

/* Whole 2 MiB that are delegated and nobody's, or granules. */
static u64 in_stock(unsigned int order)
{
	struct cca_arena *arena;
	unsigned int halves;
	u64 blocks = 0;

	lockdep_assert_held(&cca_ledger_lock);
	if (!order)
		return cca_own_pool.free;
	list_for_each_entry(arena, &cca_own_pool.arenas, link) {
		if (arena->count[GRANULE_FREE] < CCA_BLOCK_GRANULES)
			continue;
		halves = cca_map_halves(&arena->free, arena->size);
		blocks += (halves & 1) + (halves >> 1);
	}
	return blocks << CCA_BLOCK_ORDER;
}

/* What is missing of so many granules. None for somebody who may not have them. */
static u64 missing(struct cca_account *account, unsigned int order, u64 granules)
{
	u64 have;

	if (!ranges_are_cheap() || cca_alone() ||
	    !cca_user_charge(account->user, granules))
		return 0;
	cca_user_uncharge(account->user, granules);
	spin_lock(&cca_ledger_lock);
	have = in_stock(order);
	spin_unlock(&cca_ledger_lock);
	return have < granules ? granules - have : 0;
}

void cca_granules_gather(struct cca_account *account, u64 granules,
			 unsigned int order)
{
	const u64 want = missing(account, CCA_BLOCK_ORDER, granules);
	struct cca_outcome unheard = {};
	LIST_HEAD(blanks);

	if (!want)
		return;
	cca_blanks_fill(&blanks, (want + (1ULL << order)) / CCA_ARENA_GRANULES);
	/* If it does not come, whoever asks for each of them hears why. */
	if (!cca_pool_gather(&cca_own_pool, want, CCA_BLOCK_ORDER, &blanks,
			     &unheard))
		cca_contig_seek(order, &blanks);
	cca_blanks_free(&blanks);
}

void cca_granules_stock(struct cca_account *account, unsigned int order,
			u64 granules, struct cca_outcome *out)
{
	const u64 want = missing(account, order, granules);
	struct cca_outcome attempt = {};
	u64 done;

	if (want && cca_pool_fill(&cca_own_pool, want, order, &done, &attempt))
		attempt.reason = 0;
	out->rmi_calls += attempt.rmi_calls;
}

/*
 * One try at what the pool has now. Returns 0, -ENOENT if it has no such run,
 * else as cca_arena_delegate().
 */
static int get_once(struct cca_pool *pool, struct cca_account *account,
		    unsigned int order, phys_addr_t *pa,
		    struct cca_outcome *out)
{
	unsigned int n = 1U << order, i, moving;
	struct cca_map todo;
	struct cca_arena *arena;
	int ret;

	spin_lock(&cca_ledger_lock);
	arena = pick(pool, order, &i);
	if (!arena) {
		spin_unlock(&cca_ledger_lock);
		return -ENOENT;
	}
	*pa = cca_arena_address(arena, i);
	todo = arena->host;
	if (none_of(&todo, i, n)) {
		cca_arena_set(arena, i, n, GRANULE_IN_USE, account);
		spin_unlock(&cca_ledger_lock);
		return 0;
	}
	moving = batch(arena, i, n);
	cca_arena_set(arena, i, moving, GRANULE_MOVING, NULL);
	spin_unlock(&cca_ledger_lock);

	ret = cca_arena_delegate(arena, &todo, i, moving, out);
	if (ret)
		return ret;
	spin_lock(&cca_ledger_lock);
	cca_arena_set(arena, i, n, GRANULE_IN_USE, account);
	cca_arena_set(arena, i + n, moving - n, GRANULE_FREE, NULL);
	spin_unlock(&cca_ledger_lock);
	return 0;
}

int cca_granules_get(struct cca_pool *pool, struct cca_account *account,
		     unsigned int order, phys_addr_t *pa,
		     struct cca_outcome *out)
{
	struct cca_user *user = pool ? NULL : account->user;
	struct cca_outcome attempt = *out;
	unsigned int tries;
	int ret = -ENOMEM;

	if (order > CCA_BLOCK_ORDER || cca_alone())
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	if (!cca_user_charge(user, 1ULL << order))
		return cca_fail(out, CCA_REASON_LIMIT, -ENOMEM);
	for (tries = 0; tries < GET_TRIES; tries++) {
		/* A refusal that another granule makes good is no reason. */
		attempt.reason = out->reason;
		ret = get_once(pool ?: &cca_own_pool, account, order, pa, &attempt);
		if (!ret) {
			atomic64_add(1L << order, &account->in_use);
			break;
		}
		if (cca_killed()) {
			ret = -EINTR;
			break;
		}
		if (ret == -ENOENT && pool) {
			ret = cca_fail(&attempt, CCA_REASON_BACKING, -ENOMEM);
			break;
		}
		if (ret == -ENOENT) {
			/* A guard may take one page of it. */
			if (cca_arena_new(&cca_own_pool, order + 1,
					  CCA_ARENA_ORDER, NULL, &attempt))
				continue;
			ret = -ENOMEM;
			break;
		}
		if (!cca_rmi_elsewhere(ret))
			break;
	}
	if (ret)
		cca_user_uncharge(user, 1ULL << order);
	*out = attempt;
	if (ret == -ENOENT)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	return cca_rmi_errno(out, ret);
}

/* How many from i on, n at most, the account has in the state of the first. */
static unsigned int owned_run(const struct cca_arena *arena,
			      const struct cca_account *account, unsigned int i,
			      unsigned int n)
{
	const u8 state = arena->state[i];
	unsigned int run = 0;

	if (state != GRANULE_IN_USE && state != GRANULE_LENT)
		return 0;
	while (run < n && arena->state[i + run] == state &&
	       arena->owner[i + run] == account)
		run++;
	return run;
}

/* What an account has of [pa, pa + count granules) becomes `to`: how many. */
static unsigned long settle(struct cca_account *account, phys_addr_t pa,
			    unsigned long count, enum cca_granule_state to,
			    u32 cause)
{
	unsigned long mine = 0, paid = 0;

	if (pa & (RMI_GRANULE_SIZE - 1))
		return 0;
	while (count) {
		unsigned int i, n, run;
		struct cca_arena *arena;

		spin_lock(&cca_ledger_lock);
		arena = cca_arena_of(pa);
		if (!arena) {
			/* Not ours, and so is what follows up to an arena. */
			phys_addr_t next = cca_arena_after(pa);

			spin_unlock(&cca_ledger_lock);
			if ((next - pa) >> RMI_GRANULE_SHIFT >= count)
				break;
			count -= (next - pa) >> RMI_GRANULE_SHIFT;
			pa = next;
			continue;
		}
		i = cca_arena_index(arena, pa);
		n = min_t(unsigned long, count, arena->size - i);
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
		count -= n;
		for (; n; n -= run, i += run) {
			bool lent = arena->state[i] == GRANULE_LENT;

			run = owned_run(arena, account, i, n);
			if (!run) {
				run = 1;
				continue;
			}
			/* What is not delegated was never charged. */
			if (arena->pool == &cca_own_pool && !lent)
				paid += run;
			if (to == GRANULE_HOST)
				cca_arena_mark(arena, i, run, false);
			if (to == GRANULE_LEAKED)
				cca_arena_leak(arena, i, run, cause);
			else
				cca_arena_set(arena, i, run, to, NULL);
			mine += run;
		}
		spin_unlock(&cca_ledger_lock);
	}
	/* What the RMM names may be nobody's: there need not be an account. */
	if (!mine)
		return 0;
	cca_user_uncharge(account->user, paid);
	atomic64_sub(mine, &account->in_use);
	if (to == GRANULE_LEAKED)
		atomic64_add(mine, &account->leaked);
	return mine;
}

unsigned long cca_granules_put(struct cca_account *account, phys_addr_t pa,
			       unsigned long count)
{
	return count - settle(account, pa, count, GRANULE_FREE, 0);
}

unsigned long cca_granules_put_ns(struct cca_account *account, phys_addr_t pa,
				  unsigned long count)
{
	return count - settle(account, pa, count, GRANULE_HOST, 0);
}

void cca_granules_leak(struct cca_account *account, phys_addr_t pa,
		       unsigned long count, u32 cause)
{
	settle(account, pa, count, GRANULE_LEAKED, cause);
}

void cca_account_leak(struct cca_account *account, u32 cause)
{
	struct rb_node *node;
	u64 mine = 0, paid = 0;
	unsigned int i;

	/* Almost always: then nobody has to look for it. */
	if (!atomic64_read(&account->in_use))
		return;
	spin_lock(&cca_ledger_lock);
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		struct cca_arena *arena = rb_entry(node, struct cca_arena, node);

		if (!arena->count[GRANULE_IN_USE] && !arena->count[GRANULE_LENT])
			continue;
		for (i = 0; i < arena->size; i++) {
			if (arena->owner[i] != account)
				continue;
			paid += arena->pool == &cca_own_pool &&
				arena->state[i] == GRANULE_IN_USE;
			cca_arena_leak(arena, i, 1, cause);
			mine++;
		}
	}
	spin_unlock(&cca_ledger_lock);
	cca_user_uncharge(account->user, paid);
	atomic64_sub(mine, &account->in_use);
	atomic64_add(mine, &account->leaked);
}

bool cca_granules_owned(struct cca_account *account, phys_addr_t pa,
			unsigned long count)
{
	bool owned = !(pa & (RMI_GRANULE_SIZE - 1));

	spin_lock(&cca_ledger_lock);
	while (owned && count) {
		const struct cca_arena *arena = cca_arena_of(pa);
		unsigned int i, n;

		if (!arena) {
			owned = false;
			break;
		}
		i = cca_arena_index(arena, pa);
		n = min_t(unsigned long, count, arena->size - i);
		owned = arena->state[i] == GRANULE_IN_USE &&
			owned_run(arena, account, i, n) == n;
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
		count -= n;
	}
	spin_unlock(&cca_ledger_lock);
	return owned;
}

int cca_granules_get_ns(struct cca_account *account, phys_addr_t base,
			phys_addr_t top, unsigned int order, phys_addr_t *pa,
			struct cca_outcome *out)
{
	const bool anywhere = !base && top == PHYS_ADDR_MAX;
	unsigned int n = 1U << order, tries = anywhere ? GET_TRIES : GET_NEAR_TRIES;
	struct cca_arena *arena;
	int i;

	if (order > CCA_BLOCK_ORDER || cca_alone())
		return -ENOMEM;
	for (;;) {
		spin_lock(&cca_ledger_lock);
		list_for_each_entry(arena, &cca_own_pool.arenas, link) {
			if (arena->base < base || cca_arena_top(arena) > top)
				continue;
			i = cca_map_find(&arena->host, arena->size, order, 0);
			if (i < 0)
				continue;
			cca_arena_set(arena, i, n, GRANULE_LENT, account);
			cca_arena_mark(arena, i, n, true);
			spin_unlock(&cca_ledger_lock);
			atomic64_add(n, &account->in_use);
			*pa = cca_arena_address(arena, i);
			return 0;
		}
		spin_unlock(&cca_ledger_lock);
		if (!tries-- || !cca_arena_new(&cca_own_pool, order + 1,
					       CCA_ARENA_ORDER, NULL, out))
			return -ENOMEM;
	}
}

phys_addr_t cca_granules_next_ns(phys_addr_t from)
{
	phys_addr_t next = PHYS_ADDR_MAX;
	struct cca_arena *arena;

	spin_lock(&cca_ledger_lock);
	list_for_each_entry(arena, &cca_own_pool.arenas, link) {
		if (arena->count[GRANULE_HOST] && arena->base >= from)
			next = min(next, arena->base);
	}
	spin_unlock(&cca_ledger_lock);
	return next;
}
