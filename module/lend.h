/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the caller that a realm is to share: pinned, and counted. What may
 * be lent, and whose it is, is known here; where it is mapped is not.
 */
#ifndef CCA_LEND_H
#define CCA_LEND_H

#include "cca.h"

struct cca_loan;

/*
 * Pin `length` bytes at `source` in the caller, both page aligned, to be
 * written or only to be read. 0 and the loan, or an errno and its reason. When
 * the caller unmaps some of that memory, or ends, over(about) is called, once
 * and from anywhere: it may not sleep. The pages stay until they are returned.
 */
int cca_loan_take(u64 source, u64 length, bool writable,
		  void (*over)(void *about), void *about,
		  struct cca_loan **loan, struct cca_outcome *out);

/* The lender has gone, or unmapped it: from then on this says so. */
bool cca_loan_is_over(const struct cca_loan *loan);

/* The n-th page of it. */
phys_addr_t cca_loan_page(const struct cca_loan *loan, u64 n);

/*
 * Nobody else reaches the pages any more: back to the caller. Sleeps. over() is
 * not called any more when this, or the next one, returns.
 */
void cca_loan_return(struct cca_loan *loan);

/* Somebody may still reach them: they stay pinned, and counted, for ever. */
void cca_loan_forget(struct cca_loan *loan);

/* Pages that are pinned now, and of these those that were forgotten. */
void cca_loans_read(u64 *all, u64 *forgotten);

#endif
