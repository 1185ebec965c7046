// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the place of module/lend.c: memory of the caller that is always there. No
 * RMM looks at it (L.2-11), so that it may be any addresses: side by side, as
 * huge pages are, or one page of the caller again and again.
 */
#include "kernel/kernel.h"
#include "lend.h"
#include "world.h"

#define HUGE_PAGES	(1ULL << 40)

struct cca_loan {
	u64 source;
	u64 count;
	void (*over)(void *about);
	void *about;
	bool is_over;
	struct cca_loan *next;
};

/* Those that are out. */
static struct cca_loan *loans;


int cca_loan_take(u64 source, u64 length, bool writable,
		  void (*over)(void *about), void *about,
		  struct cca_loan **loan, struct cca_outcome *out)
{
	*loan = kvzalloc(sizeof(**loan), CCA_GFP);
	if (!*loan)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	(*loan)->source = source;
	(*loan)->count = length >> PAGE_SHIFT;
	(*loan)->over = over;
	(*loan)->about = about;
	(*loan)->next = loans;
	loans = *loan;
	return 0;
}

/* The process that lent all of it is gone: each of its loans says so. */
void lender_ends(void)
{
	struct cca_loan *loan;

	for (loan = loans; loan; loan = loan->next)
		loan->is_over = true;
	/* One that is told may return any of them. */
	do {
		for (loan = loans; loan && !loan->over; loan = loan->next)
			;
		if (loan) {
			void (*over)(void *about) = loan->over;

			loan->over = NULL;
			over(loan->about);
		}
	} while (loan);
}

bool cca_loan_is_over(const struct cca_loan *loan)
{
	return loan->is_over;
}

phys_addr_t cca_loan_page(const struct cca_loan *loan, u64 n)
{
	if (n >= loan->count)
		fuzz_broken("page %llu of %llu is lent", (unsigned long long)n,
			    (unsigned long long)loan->count);
	return loan->source & PAGE_SIZE ? caller_page() :
					  HUGE_PAGES + n * PAGE_SIZE;
}

static void drop(struct cca_loan *loan)
{
	struct cca_loan **at = &loans;

	while (*at != loan)
		at = &(*at)->next;
	*at = loan->next;
	kvfree(loan);
}

void cca_loan_return(struct cca_loan *loan)
{
	drop(loan);
}

void cca_loan_forget(struct cca_loan *loan)
{
	drop(loan);
}
