// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contiguous runs of granules that no block of an arena can serve: from 4 MiB,
 * an arena of which not even the guard may be missing, to 1 GiB.
 *
 * They are found, not made: arenas are taken from the kernel until enough of
 * them lie side by side, naturally aligned, behind one more that guards them.
 * The kernel's alloc_contig_range() could clear a range by force, but it moves
 * other people's pages, charges no memory cgroup, and is another function on
 * each kernel.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "ledger.h"

/*
 * Arenas that may be taken before the right ones are among them: the kernel
 * gives those last that nobody has broken yet.
 */
#define TAKE_FACTOR	4U
#define TAKE_MORE	48U

struct contig {
	struct cca_pool *pool;
	unsigned int order;
	unsigned int arenas;
	phys_addr_t base;		/* when found */
	struct cca_account *account;
	bool lent;			/* it goes as it is, not delegated */
	bool spare;			/* only what the pool has anyway */
	struct cca_map *todo;		/* of each arena: what was not delegated */
};

static struct cca_arena *arena_at(const struct contig *c, unsigned int i)
{
	return cca_arena_of(c->base + ((phys_addr_t)i << (CCA_ARENA_ORDER +
							  RMI_GRANULE_SHIFT)));
}

/* All of it is nobody's, its first page included. */
static bool whole(const struct cca_arena *arena, const struct contig *c)
{
	unsigned int usable = 0;

	/* What a memory fd has not delegated is none of its memory. */
	if (c->pool == &cca_own_pool)
		usable += arena->count[GRANULE_HOST];
	if (!c->lent)
		usable += arena->count[GRANULE_FREE];
	return arena->pool == c->pool && usable == CCA_ARENA_GRANULES;
}

static bool whole_run(struct contig *c, phys_addr_t base)
{
	struct cca_arena *arena;
	unsigned int i;

	c->base = base;
	for (i = 0; i < c->arenas; i++) {
		arena = arena_at(c, i);
		if (!arena || !whole(arena, c))
			return false;
	}
	return true;
}

/* With the lock held. */
static bool find(struct contig *c, phys_addr_t base, phys_addr_t top)
{
	const phys_addr_t size = (phys_addr_t)RMI_GRANULE_SIZE << c->order;
	phys_addr_t pa = ALIGN(base, size);

	while (pa < top && top - pa >= size) {
		if (whole_run(c, pa))
			return true;
		if (!cca_arena_of(pa)) {
			pa = cca_arena_after(pa);
			if (pa > top - size)
				break;
			pa = ALIGN(pa, size);
		} else {
			pa += size;
		}
	}
	return false;
}

/* Take hold of a run: then its arenas stay, and nobody else touches it. */
static bool seize(struct contig *c, phys_addr_t base, phys_addr_t top)
{
	struct cca_arena *arena;
	unsigned int i;
	bool found;

	spin_lock(&cca_ledger_lock);
	found = find(c, base, top);
	for (i = 0; found && i < c->arenas; i++) {
		arena = arena_at(c, i);
		c->todo[i] = arena->host;
		cca_arena_set(arena, 0, CCA_ARENA_GRANULES, GRANULE_MOVING, NULL);
	}
	spin_unlock(&cca_ledger_lock);
	return found;
}

/* -------------------------------------------------------------- to delegate */

/* The next run that was not delegated, over arenas, from span->top on. */
static bool next_todo(const struct contig *c, struct cca_span *span)
{
	const phys_addr_t end = c->base + ((phys_addr_t)RMI_GRANULE_SIZE << c->order);
	phys_addr_t pa = span->top;
	bool found = false;

	while (pa < end) {
		const u64 granule = (pa - c->base) >> RMI_GRANULE_SHIFT;
		const unsigned int i = granule / CCA_ARENA_GRANULES;
		const unsigned int from = granule % CCA_ARENA_GRANULES;
		unsigned int at, n;

		n = cca_map_run(&c->todo[i], CCA_ARENA_GRANULES, from, &at);
		if (found && at != from)
			break;
		pa += (phys_addr_t)(at - from) << RMI_GRANULE_SHIFT;
		if (!n)
			continue;
		if (!found)
			span->base = pa;
		found = true;
		pa += (phys_addr_t)n << RMI_GRANULE_SHIFT;
		span->top = pa;
	}
	return found;
}

/* What is still MOVING becomes what it was, but for what was delegated since. */
static void let_go(const struct contig *c, const struct cca_span *failed)
{
	const phys_addr_t end = c->base + ((phys_addr_t)RMI_GRANULE_SIZE << c->order);
	const struct cca_span before = { c->base, failed->base };
	const struct cca_span after = { failed->top, end };
	struct cca_span span = *failed;

	spin_lock(&cca_ledger_lock);
	cca_span_set(&before, GRANULE_FREE);
	cca_span_set(&after, GRANULE_FREE);
	while (next_todo(c, &span))
		cca_span_set(&span, GRANULE_HOST);
	spin_unlock(&cca_ledger_lock);
}

/*
 * What was delegated before one run failed stays with the pool, whose drain
 * undelegates it; the one that failed has been put right already. A signal
 * ends a call at the end of the run at the earliest.
 */
static int delegate(const struct contig *c, struct cca_outcome *out)
{
	struct cca_span span = { c->base, c->base }, all;
	int ret;

	while (!c->lent && next_todo(c, &span)) {
		all = span;
		ret = cca_span_delegate(&span, c->order, out);
		if (ret) {
			let_go(c, &all);
			return ret;
		}
	}
	return 0;
}

static void hand_out(const struct contig *c)
{
	struct cca_arena *arena;
	unsigned int i;

	for (i = 0; i < c->arenas; i++) {
		spin_lock(&cca_ledger_lock);
		arena = arena_at(c, i);
		if (c->lent)
			cca_arena_mark(arena, 0, CCA_ARENA_GRANULES, true);
		cca_arena_set(arena, 0, CCA_ARENA_GRANULES,
			      c->lent ? GRANULE_LENT : GRANULE_IN_USE, c->account);
		spin_unlock(&cca_ledger_lock);
	}
	atomic64_add(1L << c->order, &c->account->in_use);
}

/* Arenas from the kernel, until there is a run among them. */
static int take(struct contig *c, phys_addr_t base, phys_addr_t top,
		struct cca_outcome *out)
{
	unsigned int tries = TAKE_FACTOR * c->arenas + TAKE_MORE;
	LIST_HEAD(blanks);
	int ret = 0;

	do {
		if (cca_killed()) {
			ret = -EINTR;
			break;
		}
		if (list_empty(&blanks))
			cca_blanks_fill(&blanks, tries);
		if (!tries-- || !cca_arena_new(&cca_own_pool, CCA_ARENA_ORDER,
					       CCA_ARENA_ORDER, &blanks, out)) {
			ret = -ENOMEM;
			break;
		}
		cca_relax();
	} while (!seize(c, base, top));
	cca_blanks_free(&blanks);
	return ret;
}

static int get(struct contig *c, phys_addr_t base, phys_addr_t top,
	       struct cca_outcome *out)
{
	int ret = 0;

	if (!seize(c, base, top))
		ret = c->spare ? -ENOMEM : take(c, base, top, out);
	if (ret == -ENOMEM)
		return cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	if (!ret)
		ret = delegate(c, out);
	if (!ret)
		hand_out(c);
	return cca_rmi_errno(out, ret);
}

static int serve(struct contig *c, phys_addr_t base, phys_addr_t top,
		 phys_addr_t *pa, struct cca_outcome *out)
{
	struct cca_user *user = NULL;
	int ret;

	if (c->order < CCA_ARENA_ORDER || c->order > CCA_CONTIG_ORDER_MAX ||
	    cca_alone())
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	c->arenas = 1U << (c->order - CCA_ARENA_ORDER);
	/* What is lent is nobody's, and a memory fd was paid when it was made. */
	if (!c->lent && c->pool == &cca_own_pool)
		user = c->account->user;
	if (!cca_user_charge(user, 1ULL << c->order))
		return cca_fail(out, CCA_REASON_LIMIT, -ENOMEM);
	c->todo = kvcalloc(c->arenas, sizeof(*c->todo), GFP_KERNEL_ACCOUNT |
			   __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (c->todo)
		ret = get(c, base, top, out);
	else
		ret = cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	kvfree(c->todo);
	if (ret)
		cca_user_uncharge(user, 1ULL << c->order);
	else
		*pa = c->base;
	return ret;
}

int cca_contig_get(struct cca_account *account, phys_addr_t base,
		   phys_addr_t top, unsigned int order, bool lent,
		   phys_addr_t *pa, struct cca_outcome *out)
{
	struct contig c = {
		.pool = &cca_own_pool, .order = order, .account = account,
		.lent = lent,
	};
	int ret = serve(&c, base, top, pa, out);

	/* Those that were taken in vain; a kernel that dies takes none. */
	if (!cca_alone())
		cca_arenas_reap(&cca_own_pool);
	return ret;
}

bool cca_contig_has(struct cca_pool *pool, unsigned int order)
{
	struct contig c = {
		.pool = pool ?: &cca_own_pool, .order = order,
		.arenas = 1U << (order - CCA_ARENA_ORDER),
	};
	bool found;

	spin_lock(&cca_ledger_lock);
	found = find(&c, 0, PHYS_ADDR_MAX);
	spin_unlock(&cca_ledger_lock);
	return found;
}

/* Memory that nobody uses, not even to cache something. */
static bool plenty(void)
{
	return global_zone_page_state(NR_FREE_PAGES) >
	       (totalram_pages() >> 3) + (2UL << CCA_CONTIG_ORDER_MAX);
}

void cca_contig_seek(unsigned int order, struct list_head *blanks)
{
	unsigned int tries = 1U << (order - CCA_ARENA_ORDER);
	bool found = cca_contig_has(NULL, order);
	struct cca_outcome unheard = {};

	while (!found && tries-- && plenty() && !signal_pending(current)) {
		if (!cca_arena_new(&cca_own_pool, CCA_ARENA_ORDER,
				   CCA_ARENA_ORDER, blanks, &unheard))
			break;
		cca_relax();
		found = cca_contig_has(NULL, order);
	}
}

int cca_contig_spare(struct cca_pool *pool, struct cca_account *account,
		     unsigned int order, phys_addr_t *pa,
		     struct cca_outcome *out)
{
	struct contig c = {
		.pool = pool ?: &cca_own_pool, .order = order,
		.account = account, .spare = true,
	};

	return serve(&c, 0, PHYS_ADDR_MAX, pa, out);
}
