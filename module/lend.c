// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the caller that a realm is to share.
 *
 * A long-term pin is the whole of it: such a page is neither moved nor swapped
 * nor freed, and a fork gives the child a copy, not the parent. So the realm
 * has the same page as whoever lent it for as long as that mapping exists, and
 * a page that nobody else has when it does not; there is nothing to be told by
 * the kernel, and no moment at which a page is the kernel's and the realm's.
 */
#include <linux/capability.h>
#include <linux/mm.h>
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
	struct mm_struct *mm;		/* whose limit it counts against */
	unsigned long count;
	unsigned long pinned;		/* of these; all, once it is taken */
	bool writable;
	struct page *pages[];
};

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

int cca_loan_take(u64 source, u64 length, bool writable, struct cca_loan **result,
		  struct cca_outcome *out)
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
	loan->mm = current->mm;
	mmgrab(loan->mm);
	if (!charge(loan)) {
		drop(loan);
		return cca_fail(out, CCA_REASON_MEMLOCK, -ENOMEM);
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
	unpin(loan);
	atomic64_sub(loan->count, &loan->mm->pinned_vm);
	drop(loan);
}

void cca_loan_forget(struct cca_loan *loan)
{
	pr_warn_once("cca: the RMM kept %lu pages of a caller mapped: they stay pinned\n",
		     loan->count);
	drop(loan);
}
