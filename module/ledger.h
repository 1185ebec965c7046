/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the ledger: what its files share. Rooms above use cca.h.
 *
 *   granule   who gets which granule, and gives it back
 *   contig    runs that take more than one arena
 *   pool      sets of granules that are delegated beforehand
 *   span      runs of granules over arenas that touch
 *   delegate  to the realm world and back, with the RMM's word checked
 *   ledger    arenas, states, guards, counts
 *
 * The spinlock covers maps, states and counts. Calls to the RMM and to the page
 * allocator are made outside it, on granules that are MOVING: nobody else
 * touches those, and an arena that has one does not go away.
 */
#ifndef CCA_LEDGER_H
#define CCA_LEDGER_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "arena.h"
#include "cca.h"

enum cca_granule_state {
	GRANULE_HOST,		/* ours, not delegated, free to be delegated */
	GRANULE_GUARD,		/* first page of an arena, never delegated */
	GRANULE_FREE,		/* delegated, nobody's */
	GRANULE_IN_USE,		/* delegated, the RMM has it for an owner */
	GRANULE_LENT,		/* the RMM has it for an owner, not delegated */
	GRANULE_MOVING,		/* being delegated or undelegated right now */
	GRANULE_REFUSED,	/* the RMM does not want it */
	GRANULE_LEAKED,		/* never to be touched again */
	GRANULE_STATES,
};

/*
 * A naturally aligned allocation of the kernel. Its first page is its guard:
 * the kernel may read a few bytes beyond the end of any page of its own, and a
 * delegated page answers that with a fault that nobody handles. So the page
 * before every delegated one is ours. Where two arenas of a pool touch, the
 * lower one guards the upper: it is pinned, and the upper can use its first
 * page like all others.
 */
struct cca_arena {
	struct rb_node node;		/* all, by base */
	struct list_head link;		/* pool->arenas or pool->full */
	struct list_head guards;	/* guard page to be had */
	struct cca_pool *pool;
	phys_addr_t base;
	struct page *page;
	unsigned int size;		/* granules, a power of two */
	struct cca_arena *before;	/* guards this one, and is pinned by it */
	unsigned int pins;
	unsigned int blocks;		/* whole 2 MiB that are HOST */
	bool guard_used;		/* by cca_page_get() */
	unsigned int count[GRANULE_STATES];
	struct cca_map host, free;	/* granules in these states */
	u8 state[CCA_ARENA_GRANULES];	/* after words: looked at by the word */
	struct cca_account *owner[CCA_ARENA_GRANULES];
};

struct cca_pool {
	struct list_head arenas;	/* those with HOST or FREE granules */
	struct list_head full;		/* the others */
	u64 free;
	u64 leaked;
	u64 host, blocks;		/* granules, and whole 2 MiB, to delegate */
};

/*
 * A run of granules, physically contiguous, over as many arenas of one pool as
 * touch. Empty when base and top are the same.
 */
struct cca_span {
	phys_addr_t base, top;
};

extern spinlock_t cca_ledger_lock;
extern struct cca_pool cca_own_pool;	/* the module's */
extern struct rb_root cca_arenas;

/* ---- ledger.c: with the lock held, unless the text says otherwise */

static inline phys_addr_t cca_arena_top(const struct cca_arena *arena)
{
	return arena->base + ((phys_addr_t)arena->size << RMI_GRANULE_SHIFT);
}

static inline unsigned int cca_arena_index(const struct cca_arena *arena,
					   phys_addr_t pa)
{
	return (pa - arena->base) >> RMI_GRANULE_SHIFT;
}

static inline phys_addr_t cca_arena_address(const struct cca_arena *arena,
					    unsigned int i)
{
	return arena->base + ((phys_addr_t)i << RMI_GRANULE_SHIFT);
}

struct cca_arena *cca_arena_of(phys_addr_t pa);
/* Base of the first arena above an address that is in none. */
phys_addr_t cca_arena_after(phys_addr_t pa);
/* The one place where a granule changes its state: maps and counts follow. */
void cca_arena_set(struct cca_arena *arena, unsigned int i, unsigned int n,
		   enum cca_granule_state state, struct cca_account *owner);
void cca_arena_leak(struct cca_arena *arena, unsigned int i, unsigned int n,
		    u32 cause);
/* A pool goes: what it leaves behind becomes the module's own. */
void cca_arenas_adopt(struct cca_pool *pool);
/* All that is out is memory that tracks memory. */
bool cca_ledger_home(void);

/*
 * Takes the lock, allocates. Orders as of the page allocator. NULL: see out. For
 * those who take many there are blanks: what describes an arena, allocated
 * before the first of them. Else that would lie between them.
 */
struct cca_arena *cca_arena_new(struct cca_pool *pool, unsigned int min_order,
				unsigned int max_order,
				struct list_head *blanks,
				struct cca_outcome *out);
void cca_blanks_fill(struct list_head *blanks, u64 count);
void cca_blanks_free(struct list_head *blanks);
/* Takes the lock. Give idle arenas of a pool back to the kernel. */
void cca_arenas_reap(struct cca_pool *pool);

/* ---- span.c */

static inline u64 cca_span_granules(const struct cca_span *span)
{
	return (span->top - span->base) >> RMI_GRANULE_SHIFT;
}

/*
 * With the lock held: a span of granules that are HOST or FREE, that lies in
 * this arena and those of its pool that touch it, of at most so many granules.
 * Order 0, or CCA_BLOCK_ORDER: of whole blocks. `idle`: of arenas only of which
 * nobody uses anything. What is left over is above HOST, and below FREE, so
 * that arenas that are guarded go before those that guard them.
 */
bool cca_span_find(struct cca_arena *arena, enum cca_granule_state state,
		   unsigned int order, bool idle, u64 most,
		   struct cca_span *span);

/* With the lock held. All arenas of the span are there: all of it is MOVING. */
void cca_span_set(const struct cca_span *span, enum cca_granule_state state);
void cca_span_leak(const struct cca_span *span, u32 cause);
/* With the lock held: how many are delegated, by now perhaps in use. */
u64 cca_span_delegated(const struct cca_span *span);

/* Takes the lock, as cca_arena_mark(). All of it is MOVING. */
void cca_span_mark(const struct cca_span *span, bool on);

/* ---- delegate.c: without the lock */

/*
 * Marked, a page is left alone by /proc/kcore, by hibernation and by dump
 * tools. Each 4 KiB page is looked at on its own. The mark uses the page's map
 * count, so it must be gone before the page is freed. (With the lock or not.)
 */
void cca_arena_mark(struct cca_arena *arena, unsigned int i, unsigned int n,
		    bool on);

/*
 * Delegate the granules of `todo`, which are MOVING, as are all others of
 * [i, i + n): those are delegated already. 0: all are delegated, and still
 * MOVING. > 0 the RMM's result, < 0 an errno; the reason is in `out`, what
 * earlier calls delegated is undelegated, not more and not less (R10), nothing
 * is MOVING any more, and the arena may be gone.
 */
int __must_check cca_arena_delegate(struct cca_arena *arena,
				    const struct cca_map *todo, unsigned int i,
				    unsigned int n, struct cca_outcome *out);

/*
 * The same for a span that is MOVING, by as few calls as the RMM allows. A
 * signal ends it after the next call that reached a multiple of 2^order: then
 * it returns 0 with less of the span, and what it no longer has is HOST again.
 */
int __must_check cca_span_delegate(struct cca_span *span, unsigned int order,
				   struct cca_outcome *out);

/*
 * Undelegate a span that is MOVING: back to HOST, or LEAKED. When the RMM stays
 * busy the rest stays delegated (FREE), unless this is the last chance; returns
 * whether that was so. Interruptible, a signal ends it as above. Arenas may be
 * gone afterwards. *home, if not NULL: add the granules that came back.
 */
bool cca_span_undelegate(struct cca_span span, unsigned int order,
			 bool interruptible, bool last, u64 *home,
			 struct cca_outcome *out);

/* The RMM stayed busy. */
bool cca_rmi_transient(int ret);
/* Refused where another granule may do. */
bool cca_rmi_elsewhere(int ret);

/* ---- contig.c: without the lock */

/*
 * There is no run of so many in what was gathered: as many again for a moment,
 * of memory that lies idle, until there is one.
 */
void cca_contig_seek(unsigned int order, struct list_head *blanks);

/* ---- pool.c: without the lock */

/* Arenas from the kernel, until so much can be delegated. Order: as of a fill. */
int __must_check cca_pool_gather(struct cca_pool *pool, u64 want,
				 unsigned int order, struct list_head *blanks,
				 struct cca_outcome *out);

/*
 * Undelegate all that is FREE in a pool, or in every pool (NULL). What stays
 * busy stays, with what comes after it, unless this is the last chance.
 */
void cca_pool_drain(struct cca_pool *pool, bool last);

#endif
