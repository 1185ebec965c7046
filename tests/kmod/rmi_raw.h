/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/rmi_raw: RMI calls and pages for the ABI tests, without any judgement.
 */
#ifndef RMI_RAW_H
#define RMI_RAW_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* SMCCC 1.2: X0 to X17 in and out. Only RMI and the test functions. */
struct rmi_raw_smc {
	__u64 x[18];
};

/* A power of two of contiguous pages, aligned to their size, zeroed. */
struct rmi_raw_pages {
	__u64 pa;
	__u32 count;
	__u32 __reserved;
};

/* Inside one page that is not delegated, or the copy faults: the caller's care. */
struct rmi_raw_copy {
	__u64 pa;
	__u64 user;
	__u32 size;
	__u32 write;
};

#define RMI_RAW_SMC	_IO('R', 0)
#define RMI_RAW_ALLOC	_IO('R', 1)
#define RMI_RAW_FREE	_IO('R', 2)
#define RMI_RAW_COPY	_IO('R', 3)

#endif
