// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granules to the realm world and back. What the RMM says about how far it came
 * is checked here, and what it breaks is mended or written off.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>

#include "compat.h"
#include "ledger.h"
#include "range.h"
#include "rmi_cmds.h"

/* After so many refusals no other granule of an arena is offered. */
#define REFUSALS_PER_ARENA	2

void cca_arena_mark(struct cca_arena *arena, unsigned int i, unsigned int n,
		    bool on)
{
	for (; n; n--, i++) {
		if (on)
			__SetPageOffline(arena->page + i);
		else
			__ClearPageOffline(arena->page + i);
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
		/* Broken off, an operation may have come some way. */
		if (ret) {
			*unclear = ret < 0 && ret != -ENOSYS && ret != -ENODEV;
			return ret;
		}
		*reached = next;
		prepared = false;
		cca_relax();
	}
	return 0;
}

/* -------------------------------------------------------------- undelegate */

/*
 * The granule at which an undelegation stopped. `doubtful`: nobody knows
 * whether it was delegated at all, and the RMM may say that it was not.
 */
static void settle_stop(struct cca_arena *arena, unsigned int i, int ret,
			bool unclear, bool doubtful)
{
	if (doubtful && not_delegated(ret)) {
		cca_arena_mark(arena, i, 1, false);
		cca_arena_set(arena, i, 1, GRANULE_HOST, NULL);
	} else {
		cca_arena_leak(arena, i, 1, doubtful || unclear ?
			       CCA_LEAK_PROTOCOL : CCA_LEAK_UNDELEGATE);
	}
}

static bool undelegate(struct cca_arena *arena, unsigned int i, unsigned int n,
		       bool doubtful, bool last, struct cca_outcome *out)
{
	unsigned int end = i + n;
	bool busy = false;

	while (i < end) {
		phys_addr_t reached;
		unsigned int done;
		bool unclear;
		int ret;

		ret = move(cca_arena_address(arena, i),
			   cca_arena_address(arena, end), false, &reached,
			   &unclear, out);
		done = cca_arena_index(arena, reached) - i;
		busy = cca_rmi_transient(ret);
		cca_arena_mark(arena, i, done, false);
		spin_lock(&cca_ledger_lock);
		cca_arena_set(arena, i, done, GRANULE_HOST, NULL);
		i += done;
		/* When busy, not once more for each: it has had its time. */
		if (busy && last)
			cca_arena_leak(arena, i, end - i, CCA_LEAK_UNDELEGATE);
		else if (busy)
			cca_arena_set(arena, i, end - i, GRANULE_FREE, NULL);
		else if (ret)
			settle_stop(arena, i++, ret, unclear, doubtful);
		spin_unlock(&cca_ledger_lock);
		if (busy)
			break;
	}
	return busy;
}

bool cca_arena_undelegate(struct cca_arena *arena, unsigned int i,
			  unsigned int n, bool last, struct cca_outcome *out)
{
	return undelegate(arena, i, n, false, last, out);
}

/* ---------------------------------------------------------------- delegate */

/* Keep what the RMM will refuse again out of the way of others. */
static void note_refusal(struct cca_arena *arena, unsigned int i)
{
	unsigned int at, n;

	cca_arena_set(arena, i, 1, GRANULE_REFUSED, NULL);
	if (arena->count[GRANULE_REFUSED] < REFUSALS_PER_ARENA)
		return;
	while ((n = cca_map_run(&arena->host, arena->size, 0, &at)))
		cca_arena_set(arena, at, n, GRANULE_REFUSED, NULL);
}

/*
 * Undo a delegation of `todo` in [i, end) that stopped at `stop`, in the run
 * that ends at `run_end`. Each granule leaves MOVING once, and only here: from
 * then on others may take it. The last to leave are those for which the lock is
 * taken once more, so the arena is there until then.
 */
static void undo(struct cca_arena *arena, const struct cca_map *todo,
		 unsigned int i, unsigned int end, unsigned int stop,
		 unsigned int run_end, int ret, bool unclear,
		 struct cca_outcome *out)
{
	unsigned int from, at, n, clear = stop;

	/*
	 * It stopped where it cannot have stopped, or in the middle of something:
	 * granules from there on may be delegated or not. (Also on july, which
	 * looks at one a call, but does not do such things.)
	 */
	if (unclear)
		clear = run_end;
	cca_arena_mark(arena, clear, run_end - clear, false);
	if (unclear)
		undelegate(arena, stop, clear - stop, true, true, out);
	for (from = i; (n = cca_map_run(todo, stop, from, &at)); from = at + n)
		undelegate(arena, at, n, false, false, out);

	spin_lock(&cca_ledger_lock);
	for (from = i; from < end; from++) {
		bool host = cca_map_test(todo, from);

		if (!host || from >= clear)
			cca_arena_set(arena, from, 1,
				      host ? GRANULE_HOST : GRANULE_FREE, NULL);
	}
	if (!unclear && cca_rmi_elsewhere(ret))
		note_refusal(arena, stop);
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
		cca_arena_mark(arena, at, run, true);
		ret = move(cca_arena_address(arena, at),
			   cca_arena_address(arena, at + run), true, &reached,
			   &unclear, out);
		if (!ret)
			continue;
		/* What went wrong is the cause, not how it was undone. */
		cca_rmi_errno(out, ret);
		cause = *out;
		undo(arena, todo, i, end, cca_arena_index(arena, reached),
		     at + run, ret, unclear, out);
		cause.rmi_calls = out->rmi_calls;
		*out = cause;
		return ret;
	}
	return 0;
}
