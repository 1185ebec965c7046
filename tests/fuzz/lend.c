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
};

int cca_loan_take(u64 source, u64 length, bool writable, struct cca_loan **loan,
		  struct cca_outcome *out)
{
	*loan = kvzalloc(sizeof(**loan), CCA_GFP);
	if (!*loan)
		return cca_fail(out, CCA_REASON_NO_MEMORY, -ENOMEM);
	(*loan)->source = source;
	(*loan)->count = length >> PAGE_SHIFT;
	return 0;
}

phys_addr_t cca_loan_page(const struct cca_loan *loan, u64 n)
{
	if (n >= loan->count)
		fuzz_broken("page %llu of %llu is lent", (unsigned long long)n,
			    (unsigned long long)loan->count);
	return loan->source & PAGE_SIZE ? caller_page() :
					  HUGE_PAGES + n * PAGE_SIZE;
}

void cca_loan_return(struct cca_loan *loan)
{
	kvfree(loan);
}

void cca_loan_forget(struct cca_loan *loan)
{
	kvfree(loan);
}
