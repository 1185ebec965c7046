// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the caller that a realm is to share.
 *
 * A long-term pin keeps it safe: such a page is neither moved nor swapped nor
 * freed, and a fork gives the child a copy, not the parent. So the realm has the
 * same page as whoever lent it for as long as that mapping exists, and a page
 * that nobody else has when it does not: there is no moment at which a page is
 * the kernel's and the realm's.
 *
 * A loan ends with its lender, all the same: the kernel says when a process
 * unmaps the memory, or comes to its end. That may be in the middle of anything,
 * so it is only noted here; the page stays pinned until the realm has lost it.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "lend.h"

/* Pages that are pinned at a time: between two times a kill is heard. */
#define BATCH		512UL

struct cca_loan {
	struct mm_struct *mm;		/* the lender's, whose limit it counts against */
	struct mmu_notifier notifier;
	unsigned long source;
	void (*over)(void *about);	/* told once, when it is */
	void *about;
	bool is_over;
	unsigned long count;
	unsigned long pinned;		/* of these; all, once it is taken */
	bool writable;
	struct page *pages[];
};

/* Pages, of all loans; and of those that no realm gave back. */
static atomic64_t pinned = ATOMIC64_INIT(0);
static atomic64_t lost = ATOMIC64_INIT(0);

/* ---------------------------------------------------------------- the lender */

static void end(struct cca_loan *loan)
{
	if (!xchg(&loan->is_over, true))
		loan->over(loan->about);
}

static void lender_ends(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	end(container_of(notifier, struct cca_loan, notifier));
}

/* Nothing here sleeps. What is only reclaimed or copied stays the lender's. */
static int lender_changes(struct mmu_notifier *notifier,
			  const struct mmu_notifier_range *range)
{
	struct cca_loan *loan = container_of(notifier, struct cca_loan, notifier);

	if (range->event == MMU_NOTIFY_UNMAP && range->end > loan->source &&
	    range->start < loan->source + (loan->count << PAGE_SHIFT))
		end(loan);
	return 0;
}

static const struct mmu_notifier_ops lender_ops = {
	.release = lender_ends,
	.invalidate_range_start = lender_changes,
};

bool cca_loan_is_over(const struct cca_loan *loan)
{
	return READ_ONCE(loan->is_over);
}

/* Nobody is told any more, nor is being told, when this returns. */
static void unwatch(struct cca_loan *loan)
{
	WRITE_ONCE(loan->is_over, true);
	mmu_notifier_unregister(&loan->notifier, loan->mm);
}

/* ----------------------------------------------------------------- the pages */

/* As others that pin for long do, and lock-free: pinned_vm is only a number. */
static bool charge(struct cca_loan *loan)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_add_return(loan->count, &loan->mm->pinned_vm) <= limit ||
	    capable(CAP_IPC_LOCK))
		return true;
	atomic64_sub(loan->count, &loan->mm->pinned_vm);
	return false;
}

/*
 * Only what the kernel knows as somebody's memory: a driver may have mapped a
 * page of its own, and free it without asking who has it pinned. We do: the
 * page of a REC lies where a pin does not hold it.
 */
static bool lendable(struct page *page)
{
	return page_folio(page)->mapping;
}

static void unpin(struct cca_loan *loan)
{
	/* What the realm wrote was written through no page table of the host. */
	unpin_user_pages_dirty_lock(loan->pages, loan->pinned, loan->writable);
	atomic64_sub(loan->pinned, &pinned);
	loan->pinned = 0;
}

static int pin_batch(struct cca_loan *loan, u64 source)
{
	unsigned int flags = FOLL_LONGTERM | (loan->writable ? FOLL_WRITE : 0);
	unsigned long address = source + ((u64)loan->pinned << PAGE_SHIFT);
	int count = min(loan->count - loan->pinned, BATCH);
	struct page **pages = loan->pages + loan->pinned;
	int i, got;

	got = pin_user_pages_fast(address, count, flags, pages);
	/* By force: only what the caller may read anyway, or write by itself. */
	if (got > 0 && !loan->writable && CCA_FOLL_UNSHARE) {
		unpin_user_pages(pages, got);
		count = got;
		got = pin_user_pages_fast(address, count,
					  flags | CCA_FOLL_UNSHARE, pages);
		if (got <= 0)
			got = pin_user_pages_fast(address, count, flags, pages);
	}
	if (got <= 0)
		return got == -ENOMEM ? got : -EFAULT;
	loan->pinned += got;
	atomic64_add(got, &pinned);
	for (i = 0; i < got; i++)
		if (!lendable(pages[i]))
			return -EFAULT;
	return 0;
}

static int pin(struct cca_loan *loan, u64 source, struct cca_outcome *out)
{
	int ret = 0;

	while (!ret && loan->pinned < loan->count) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = cca_rmm_over(out);
		if (ret)
			return ret;
		ret = pin_batch(loan, source);
		cond_resched();
	}
	if (fatal_signal_pending(current))
		return -EINTR;
	if (ret == -ENOMEM)
		return cca_fail(out, CCA_REASON_NO_MEMORY, ret);
	return ret ? cca_fail(out, CCA_REASON_SOURCE, ret) : 0;
}

static void drop(struct cca_loan *loan)
{
	mmdrop(loan->mm);
	kvfree(loan);
}

int cca_loan_take(u64 source, u64 length, bool writable,
		  void (*over)(void *about), void *about,
		  struct cca_loan **result, struct cca_outcome *out)
{
	unsigned long count = length >> PAGE_SHIFT;
	struct cca_loan *loan;
	int ret;

	if (!current->mm || !access_ok(u64_to_user_ptr(source), length))
		return cca_fail(out, CCA_REASON_SOURCE, -EFAULT);
	/* Before the list of the pages is made: each of them is to be there. */
	if (count > totalram_pages())
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);

	loan = kvzalloc(struct_size(loan, pages, count), CCA_GFP);
	if (!loan)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	loan->count = count;
	loan->writable = writable;
	loan->source = source;
	loan->over = over;
	loan->about = about;
	loan->mm = current->mm;
	loan->notifier.ops = &lender_ops;
	mmgrab(loan->mm);
	if (!charge(loan)) {
		drop(loan);
		return cca_fail(out, CCA_REASON_MEMLOCK, -ENOMEM);
	}
	/* Before the first page: what is unmapped meanwhile is heard of. */
	ret = mmu_notifier_register(&loan->notifier, loan->mm);
	if (ret) {
		atomic64_sub(loan->count, &loan->mm->pinned_vm);
		drop(loan);
		return ret == -EINTR ? ret :
		       cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	}

	ret = pin(loan, source, out);
	if (ret) {
		cca_loan_return(loan);
		return ret;
	}
	*result = loan;
	return 0;
}

phys_addr_t cca_loan_page(const struct cca_loan *loan, u64 n)
{
	return page_to_phys(loan->pages[n]);
}

void cca_loan_return(struct cca_loan *loan)
{
	unwatch(loan);
	unpin(loan);
	atomic64_sub(loan->count, &loan->mm->pinned_vm);
	drop(loan);
}

void cca_loan_forget(struct cca_loan *loan)
{
	unwatch(loan);
	atomic64_add(loan->pinned, &lost);
	pr_warn_once("cca: the RMM kept %lu pages of a caller mapped: they stay pinned\n",
		     loan->count);
	drop(loan);
}

void cca_loans_read(u64 *all, u64 *forgotten)
{
	*all = atomic64_read(&pinned);
	*forgotten = atomic64_read(&lost);
}
