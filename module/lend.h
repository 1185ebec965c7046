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
 * written or only to be read. 0 and the loan, or an errno and its reason.
 */
int cca_loan_take(u64 source, u64 length, bool writable, struct cca_loan **loan,
		  struct cca_outcome *out);

/* The n-th page of it. */
phys_addr_t cca_loan_page(const struct cca_loan *loan, u64 n);

/* Nobody else reaches the pages any more: back to the caller. Sleeps. */
void cca_loan_return(struct cca_loan *loan);

/* Somebody may still reach them: they stay pinned, and counted, for ever. */
void cca_loan_forget(struct cca_loan *loan);

#endif
