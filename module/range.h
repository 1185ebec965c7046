/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic of address ranges: what a caller may ask for, how far the RMM
 * came, how to cut a range into blocks. Pure.
 */
#ifndef CCA_RANGE_H
#define CCA_RANGE_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/compiler.h>
#else
#include <stdbool.h>
#endif

/*
 * 0 if [base, base + size) is made of whole units (a power of two) and does
 * not wrap around; size 0 is a fine range of nothing. -EINVAL, -EOVERFLOW.
 */
int cca_range_check(__u64 base, __u64 size, __u64 unit);

/*
 * Where a range command may have stopped: strictly after base, not beyond top,
 * on a granule. Anything else would make a loop endless, or hand out memory
 * that did not move.
 */
bool cca_range_progress(__u64 base, __u64 top, __u64 reached);

/*
 * The largest block that may stand at `at`, as log2 of its granules: naturally
 * aligned, not beyond top, at most max_order. At least one granule must fit.
 */
unsigned int cca_range_block(__u64 at, __u64 top, unsigned int max_order);

/* First address after `at` that is a multiple of 2^shift, but at most top. */
__u64 cca_range_next(__u64 at, __u64 top, unsigned int shift);

#endif
