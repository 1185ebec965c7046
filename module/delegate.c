// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granules to the realm world and back. What the RMM says about how far it came
 * is checked here, and what it breaks is mended or written off.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "ledger.h"
#include "range.h"
#include "rmi_cmds.h"

/* After so many refusals no other granule of an arena is offered. */
#define REFUSALS_PER_ARENA	2

void cca_arena_mark(struct cca_arena *arena, unsigned int i, unsigned int n,
		    bool on)
{
	struct page *page = arena->page + i, *end = page + n;

	/* Of all that is done for a granule in a range this is the most. */
	if (on) {
#pragma GCC unroll 8
		for (; page < end; page++)
			__SetPageOffline(page);
	} else {
#pragma GCC unroll 8
		for (; page < end; page++)
			__ClearPageOffline(page);
	}
}

bool cca_rmi_transient(int ret)
{
	return ret > 0 && (RMI_STATUS(ret) == RMI_BUSY ||
			   RMI_STATUS(ret) == RMI_BLOCKED);
}

bool cca_rmi_elsewhere(int ret)
{
	return (ret > 0 && !cca_rmi_transient(ret)) || ret == -EOPNOTSUPP;
}

static bool wants_prepared(int ret)
{
	return ret > 0 && (RMI_STATUS(ret) == RMI_ERROR_TRACKING ||
			   RMI_STATUS(ret) == RMI_ERROR_GPT);
}

/* The answers to an undelegation that say: it was not delegated. */
static bool not_delegated(int ret)
{
	return wants_prepared(ret) ||
	       (ret > 0 && RMI_STATUS(ret) == RMI_ERROR_INPUT);
}

/* A good place to stop: somebody has something better to do. */
static bool interrupted(phys_addr_t at, u64 unit)
{
	return unit && !(at & (unit - 1)) && signal_pending(current);
}

/*
 * Move [base, top) call by call. Returns 0, or why it stopped (> 0 the RMM's
 * result); *reached is the end of what moved, and *unclear says that granules
 * beyond it may have moved too. Ends whatever the RMM answers: every turn moves
 * *reached forward, or is the one chance to prepare there. A unit that is not 0
 * says where a signal may end it, with 0.
 */
static int move(phys_addr_t base, phys_addr_t top, bool delegate, u64 unit,
		phys_addr_t *reached, bool *unclear, struct cca_outcome *out)
{
	bool prepared = false;
	phys_addr_t next;
	int ret;

	*unclear = false;
	*reached = base;
	while (*reached < top) {
		const phys_addr_t from = *reached;

		next = from;
		if (delegate)
			ret = rmi_granule_range_delegate(out, reached, top,
							 &next);
		else
			ret = rmi_granule_range_undelegate(out, reached, top,
							   &next);
		if (*reached != from)
			prepared = false;
		if (delegate && wants_prepared(ret) && !prepared) {
			prepared = true;
			ret = cca_rmm_prepare(*reached, out);
			if (!ret)
				continue;
			return ret;
		}
		/* An operation that was lost half-way, or a place that is none. */
		if (!ret && !cca_range_progress(*reached, top, next)) {
			ret = cca_fail(out, CCA_REASON_RMI_PROTOCOL, -EIO);
			cca_event_trouble(0, out);
		}
		/* Broken off, an operation may have come some way. */
		if (ret) {
			*unclear = ret < 0 && ret != -ENOSYS && ret != -ENODEV;
			return ret;
		}
		*reached = next;
		prepared = false;
		if (interrupted(next, unit))
			break;
		cca_relax();
	}
	return 0;
}

/* -------------------------------------------------------------- undelegate */

/*
 * The granule at which an undelegation stopped. `doubtful`: nobody knows
 * whether it was delegated at all, and the RMM may say that it was not.
 */
static void settle_stop(phys_addr_t pa, int ret, bool unclear, bool doubtful)
{
	struct cca_arena *arena = cca_arena_of(pa);
	unsigned int i = cca_arena_index(arena, pa);

	if (doubtful && not_delegated(ret)) {
		cca_arena_mark(arena, i, 1, false);
		cca_arena_set(arena, i, 1, GRANULE_HOST, NULL);
	} else {
		cca_arena_leak(arena, i, 1, doubtful || unclear ?
			       CCA_LEAK_PROTOCOL : CCA_LEAK_UNDELEGATE);
	}
}

/*
 * It came to an end, but nobody knows whether that granule moved. Asked once
 * more, the RMM may say that it has moved; whatever else it says, it is leaked.
 */
static bool ask_again(int ret, phys_addr_t pa, phys_addr_t *asked)
{
	if ((ret != -EIO && ret != -ENOMEM) || *asked == pa)
		return false;
	*asked = pa;
	return true;
}

static bool undelegate(struct cca_span span, bool doubtful, bool last, u64 unit,
		       u64 *home, struct cca_outcome *out)
{
	phys_addr_t asked = PHYS_ADDR_MAX;
	struct cca_span went;
	bool busy = false, over = false;

	while (span.base < span.top && !over) {
		bool unclear;
		int ret;

		went = span;
		ret = move(span.base, span.top, false, unit, &went.top, &unclear,
			   out);
		busy = cca_rmi_transient(ret);
		cca_span_mark(&went, false);
		spin_lock(&cca_ledger_lock);
		cca_span_set(&went, GRANULE_HOST);
		*home += cca_span_granules(&went);
		span.base = went.top;
		/* When busy, not once more for each: it has had its time. */
		over = busy || !ret;
		if (busy && last) {
			cca_span_leak(&span, CCA_LEAK_UNDELEGATE);
		} else if (over) {
			cca_span_set(&span, GRANULE_FREE);
		} else if (!ask_again(ret, span.base, &asked)) {
			settle_stop(span.base, ret, unclear, doubtful);
			span.base += RMI_GRANULE_SIZE;
		}
		spin_unlock(&cca_ledger_lock);
	}
	return busy;
}

bool cca_span_undelegate(struct cca_span span, unsigned int order,
			 bool interruptible, bool last, u64 *home,
			 struct cca_outcome *out)
{
	u64 unheard = 0;

	return undelegate(span, false, last,
			  interruptible ? RMI_GRANULE_SIZE << order : 0,
			  home ?: &unheard, out);
}

/* ---------------------------------------------------------------- delegate */

/* Keep what the RMM will refuse again out of the way of others. */
static void note_refusal(phys_addr_t pa)
{
	struct cca_arena *arena = cca_arena_of(pa);
	unsigned int at, n;

	cca_arena_set(arena, cca_arena_index(arena, pa), 1, GRANULE_REFUSED, NULL);
	if (arena->count[GRANULE_REFUSED] < REFUSALS_PER_ARENA)
		return;
	while ((n = cca_map_run(&arena->host, arena->size, 0, &at)))
		cca_arena_set(arena, at, n, GRANULE_REFUSED, NULL);
}

/*
 * A delegation of `span` stopped at `stop`. Take back what moved of it. What
 * did not, without its marks, is still MOVING: the rest of the span. It is
 * empty if nobody knows what moved.
 */
static void take_back(struct cca_span *span, phys_addr_t stop, bool unclear,
		      struct cca_outcome *out)
{
	struct cca_span rest = { stop, span->top };
	u64 unheard = 0;

	/*
	 * It stopped where it cannot have stopped, or in the middle of something:
	 * granules from there on may be delegated or not. (Also on july, which
	 * looks at one a call, but does not do such things.)
	 */
	if (unclear) {
		undelegate(rest, true, true, 0, &unheard, out);
		rest.base = rest.top;
	} else {
		cca_span_mark(&rest, false);
	}
	undelegate((struct cca_span){ span->base, stop }, false, false, 0,
		   &unheard, out);
	*span = rest;
}

/*
 * Undo a delegation of `todo` in [i, end) that stopped at `stop`, in `run`.
 * Each granule leaves MOVING once, and only here: from then on others may take
 * it. The last to leave are those for which the lock is taken once more, so the
 * arena is there until then.
 */
static void undo(struct cca_arena *arena, const struct cca_map *todo,
		 unsigned int i, unsigned int end, struct cca_span run,
		 phys_addr_t stop, int ret, bool unclear,
		 struct cca_outcome *out)
{
	unsigned int from, at, n, begin = cca_arena_index(arena, run.base);
	const unsigned int run_end = cca_arena_index(arena, run.top);
	u64 unheard = 0;

	take_back(&run, stop, unclear, out);
	for (from = i; (n = cca_map_run(todo, begin, from, &at)); from = at + n)
		undelegate((struct cca_span){ cca_arena_address(arena, at),
					      cca_arena_address(arena, at + n) },
			   false, false, 0, &unheard, out);

	spin_lock(&cca_ledger_lock);
	cca_span_set(&run, GRANULE_HOST);
	for (from = i; from < end; from++) {
		bool host = cca_map_test(todo, from);

		if (!host || from >= run_end)
			cca_arena_set(arena, from, 1,
				      host ? GRANULE_HOST : GRANULE_FREE, NULL);
	}
	if (!unclear && cca_rmi_elsewhere(ret))
		note_refusal(stop);
	spin_unlock(&cca_ledger_lock);
}

int cca_arena_delegate(struct cca_arena *arena, const struct cca_map *todo,
		       unsigned int i, unsigned int n, struct cca_outcome *out)
{
	unsigned int end = i + n, from, at, run;
	struct cca_outcome cause;
	phys_addr_t reached;
	bool unclear;
	int ret;

	for (from = i; (run = cca_map_run(todo, end, from, &at)); from = at + run) {
		const struct cca_span span = {
			cca_arena_address(arena, at),
			cca_arena_address(arena, at + run),
		};

		cca_arena_mark(arena, at, run, true);
		ret = move(span.base, span.top, true, 0, &reached, &unclear, out);
		if (!ret)
			continue;
		/* What went wrong is the cause, not how it was undone. */
		cca_rmi_errno(out, ret);
		cause = *out;
		undo(arena, todo, i, end, span, reached, ret, unclear, out);
		cause.rmi_calls = out->rmi_calls;
		*out = cause;
		return ret;
	}
	return 0;
}

int cca_span_delegate(struct cca_span *span, unsigned int order,
		      struct cca_outcome *out)
{
	struct cca_span rest = *span;
	struct cca_outcome cause;
	phys_addr_t reached;
	bool unclear;
	int ret;

	cca_span_mark(span, true);
	ret = move(span->base, span->top, true, RMI_GRANULE_SIZE << order,
		   &reached, &unclear, out);
	if (!ret) {
		rest.base = reached;
		cca_span_mark(&rest, false);
		spin_lock(&cca_ledger_lock);
		cca_span_set(&rest, GRANULE_HOST);
		spin_unlock(&cca_ledger_lock);
		span->top = reached;
		return 0;
	}
	/* What went wrong is the cause, not how it was undone. */
	cca_rmi_errno(out, ret);
	cause = *out;
	take_back(&rest, reached, unclear, out);
	spin_lock(&cca_ledger_lock);
	cca_span_set(&rest, GRANULE_HOST);
	if (!unclear && cca_rmi_elsewhere(ret))
		note_refusal(reached);
	spin_unlock(&cca_ledger_lock);
	cause.rmi_calls = out->rmi_calls;
	*out = cause;
	return ret;
}
