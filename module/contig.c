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
	unsigned int order;
	unsigned int arenas;
	phys_addr_t base;		/* when found */
	struct cca_account *account;
	bool lent;			/* it goes as it is, not delegated */
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
	unsigned int usable = arena->count[GRANULE_HOST];

	if (!c->lent)
		usable += arena->count[GRANULE_FREE];
	return arena->pool == &cca_own_pool && usable == CCA_ARENA_GRANULES;
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

/* Take hold of a run: then its arenas stay, and nobody else touches it. */
static bool seize(struct contig *c, phys_addr_t base, phys_addr_t top)
{
	const phys_addr_t size = (phys_addr_t)RMI_GRANULE_SIZE << c->order;
	struct cca_arena *arena = NULL;
	struct rb_node *node;
	unsigned int i;

	spin_lock(&cca_ledger_lock);
	for (node = rb_first(&cca_arenas); node; node = rb_next(node)) {
		arena = rb_entry(node, struct cca_arena, node);
		if (arena->base >= base && arena->base < top &&
		    top - arena->base >= size &&
		    IS_ALIGNED(arena->base, size) && whole_run(c, arena->base))
			break;
	}
	for (i = 0; node && i < c->arenas; i++) {
		arena = arena_at(c, i);
		c->todo[i] = arena->host;
		cca_arena_set(arena, 0, CCA_ARENA_GRANULES, GRANULE_MOVING, NULL);
	}
	spin_unlock(&cca_ledger_lock);
	return node;
}

/* Arenas [from, to) as they were, but for what has been delegated since. */
static void let_go(const struct contig *c, unsigned int from, unsigned int to,
		   bool delegated)
{
	struct cca_arena *arena;
	unsigned int i, at, n;

	spin_lock(&cca_ledger_lock);
	for (; from < to; from++) {
		arena = arena_at(c, from);
		cca_arena_set(arena, 0, CCA_ARENA_GRANULES, GRANULE_FREE, NULL);
		if (delegated)
			continue;
		for (i = 0; (n = cca_map_run(&c->todo[from], CCA_ARENA_GRANULES,
					     i, &at)); i = at + n)
			cca_arena_set(arena, at, n, GRANULE_HOST, NULL);
	}
	spin_unlock(&cca_ledger_lock);
}

/*
 * What earlier arenas have become when one fails stays with the pool, whose
 * drain undelegates it; the one that failed has been put right already.
 */
static int delegate(const struct contig *c, struct cca_outcome *out)
{
	struct cca_arena *arena;
	unsigned int i;
	int ret;

	for (i = 0; i < c->arenas && !c->lent; i++) {
		spin_lock(&cca_ledger_lock);
		arena = arena_at(c, i);
		spin_unlock(&cca_ledger_lock);
		ret = cca_arena_delegate(arena, &c->todo[i], 0,
					 CCA_ARENA_GRANULES, out);
		if (!ret)
			continue;
		let_go(c, 0, i, true);
		let_go(c, i + 1, c->arenas, false);
		return ret;
	}
	return 0;
}

static void hand_out(const struct contig *c)
{
	struct cca_arena *arena;
	unsigned int i;

	spin_lock(&cca_ledger_lock);
	for (i = 0; i < c->arenas; i++) {
		arena = arena_at(c, i);
		if (c->lent)
			cca_arena_mark(arena, 0, CCA_ARENA_GRANULES, true);
		cca_arena_set(arena, 0, CCA_ARENA_GRANULES,
			      c->lent ? GRANULE_LENT : GRANULE_IN_USE, c->account);
	}
	spin_unlock(&cca_ledger_lock);
	atomic64_add(1L << c->order, &c->account->in_use);
}

static int get(struct contig *c, phys_addr_t base, phys_addr_t top,
	       struct cca_outcome *out)
{
	unsigned int tries = TAKE_FACTOR * c->arenas + TAKE_MORE;
	int ret;

	while (!seize(c, base, top)) {
		if (cca_killed())
			return -EINTR;
		if (!tries-- || !cca_arena_new(&cca_own_pool, CCA_ARENA_ORDER,
					       CCA_ARENA_ORDER, out))
			return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
		cca_relax();
	}
	ret = delegate(c, out);
	if (!ret)
		hand_out(c);
	return cca_rmi_errno(out, ret);
}

int cca_contig_get(struct cca_account *account, phys_addr_t base,
		   phys_addr_t top, unsigned int order, bool lent,
		   phys_addr_t *pa, struct cca_outcome *out)
{
	struct cca_user *user = lent ? NULL : account->user;
	struct contig c = {
		.order = order, .account = account, .lent = lent,
	};
	int ret;

	if (order < CCA_ARENA_ORDER || order > CCA_CONTIG_ORDER_MAX || cca_alone())
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	c.arenas = 1U << (order - CCA_ARENA_ORDER);
	if (!cca_user_charge(user, 1ULL << order))
		return cca_fail(out, CCA_REASON_LIMIT, -ENOMEM);
	c.todo = kvcalloc(c.arenas, sizeof(*c.todo), GFP_KERNEL_ACCOUNT |
			  __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (c.todo)
		ret = get(&c, base, top, out);
	else
		ret = cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	kvfree(c.todo);
	if (ret)
		cca_user_uncharge(user, 1ULL << order);
	else
		*pa = c.base;
	/* Those that were taken in vain. */
	cca_arenas_reap(&cca_own_pool);
	return ret;
}
