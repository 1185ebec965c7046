// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arithmetic of address ranges. Pure.
 */
#include <linux/errno.h>

#include "range.h"
#include "rmi.h"

int cca_range_check(__u64 base, __u64 size, __u64 unit)
{
	if ((base | size) & (unit - 1))
		return -EINVAL;
	if (base + size < base)
		return -EOVERFLOW;
	return 0;
}

bool cca_range_progress(__u64 base, __u64 top, __u64 reached)
{
	return reached > base && reached <= top &&
	       !(reached & (RMI_GRANULE_SIZE - 1));
}

unsigned int cca_range_block(__u64 at, __u64 top, unsigned int max_order)
{
	unsigned int order = 0;

	while (order < max_order) {
		__u64 size = (__u64)RMI_GRANULE_SIZE << (order + 1);

		if (at & (size - 1) || top - at < size)
			break;
		order++;
	}
	return order;
}

__u64 cca_range_next(__u64 at, __u64 top, unsigned int shift)
{
	__u64 next = (at | (((__u64)1 << shift) - 1)) + 1;

	/* Zero: the last block of the address space. */
	return !next || next > top ? top : next;
}
