/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fault plan of the test RMM: function numbers that no real RMM has.
 *
 * A test tells the model how to misbehave: at the n-th call from now of a
 * command, for m calls. Numbers are in the OEM range, fast SMC64; our EL3
 * forwards them, any other firmware answers -1 and the test skips itself.
 */
#ifndef RMM_FAULT_H
#define RMM_FAULT_H

#define SMC_RMM_TEST_FIRST		0xc3000100U
#define SMC_RMM_TEST_LAST		0xc300010fU

/* -> X0 = 0, X1 = enum rmm_profile */
#define SMC_RMM_TEST_PROFILE		0xc3000100U
/* X1 = command (low 12 bits, 0: any), X2 = n (1: the next), X3 = m,
 * X4 = FAULT_*, X5, X6 = its arguments -> X0 = 0, or 1: no such kind, no room */
#define SMC_RMM_TEST_FAULT_ADD		0xc3000101U
/* -> X0 = 0, X1 = calls that the plan still had to spoil */
#define SMC_RMM_TEST_FAULT_CLEAR	0xc3000102U
/* X1 = command (0: sum) -> X1 = calls since boot or COUNTERS_CLEAR */
#define SMC_RMM_TEST_COUNTER		0xc3000103U
#define SMC_RMM_TEST_COUNTERS_CLEAR	0xc3000104U
/* -> X1 = granules that are not NS, X2 = of these DELEGATED, X3 = stateful
 * operations in flight */
#define SMC_RMM_TEST_LEDGER		0xc3000105U
/* -> X1 = 1: a call is being held (FAULT_HOLD), X2 = its number */
#define SMC_RMM_TEST_HELD		0xc3000107U
/* The call that is being held goes on. */
#define SMC_RMM_TEST_RELEASE		0xc3000108U
/* -> X1 = flags that were in any REC_ENTER since this was asked last, X2 = those
 * that were in all of them */
#define SMC_RMM_TEST_ENTER_FLAGS	0xc3000109U
/* X1 = granule state (F.1), X2 = PA -> X1 = the first at or above that is in it,
 * or X0 = 1: none */
#define SMC_RMM_TEST_FIND		0xc300010aU
/* X1 = PA -> X1 = granule state (F.1), or X0 = 1: not known */
#define SMC_RMM_TEST_GRANULE		0xc3000106U

/*
 * Kinds. Those up to INCOMPLETE act before the real command, which then is not
 * run; after an INCOMPLETE it runs in the last OP_CONTINUE. Lies change what
 * the host is told after the real command has run, unless they say otherwise.
 */
#define FAULT_BUSY			1
#define FAULT_BLOCKED			2
#define FAULT_STATUS			3	/* X5: the whole of X0 */
/* INCOMPLETE(DONATE). X5 = the request as in X2. What was donated is reclaimed
 * before the command runs. No more than 128 runs of 2048 granules are kept: what
 * would not fit is not wanted any more. X6:
 *   bit 0       may be cancelled
 *   bits 7:4    FAULT_SHAPE_*: how it gives back what it took
 *   bits 15:8   descriptors that it writes into a list at most (0: all)
 *   bits 47:16  granules that it takes of one donation at most (0: all). What
 *               it took less than a block of is asked for in granules */
#define FAULT_DONATE			4
#define FAULT_SHAPE_RUNS		0	/* as long as can be, in order */
#define FAULT_SHAPE_SINGLE		1	/* one by one, the last one first */
#define FAULT_SHAPE_BLOCKS		2	/* of 2 MiB where they fit */
#define FAULT_DETOUR(shape, list, bite) \
	((uint64_t)(shape) << 4 | (uint64_t)(list) << 8 | (uint64_t)(bite) << 16)
/* INCOMPLETE(RECLAIM) with nothing to reclaim. X6 bit 0 as above. */
#define FAULT_RECLAIM			5
/* INCOMPLETE(NONE), X5 times in a row. X6 bit 0 as above. */
#define FAULT_CONTINUE			6
#define FAULT_INCOMPLETE_LAST		6

/* Progress of a range command: SUCCESS without doing anything */
#define FAULT_NO_PROGRESS		16	/* out = base */
#define FAULT_BACKWARDS			17	/* out = base - 4096 */
/* ... or doing all, and then */
#define FAULT_PAST_TOP			18	/* out = top + 4096 */
/* OP_MEM_DONATE, OP_MEM_RECLAIM: add X5 to the count in X1 */
#define FAULT_COUNT			19
/* OP_MEM_RECLAIM: overwrite the first descriptor with X5 */
#define FAULT_DESCRIPTOR		20
/* of an INCOMPLETE that begins an operation: add X5 to the handle. Other
 * handles are refused as always: the operation stays out for good. */
#define FAULT_HANDLE			21
/* or X5 into X0 (bits 63:16 are the interesting ones) */
#define FAULT_STATUS_BITS		22
/* an output register: X6 = 1..4, overwritten with X5 */
#define FAULT_OUTPUT			23

/* Not a fault, and beside another rule that it is the turn of: the call stays in
 * the RMM, before anything is done, until RELEASE or for X5 ticks of the counter. */
#define FAULT_HOLD			24
/* No lie: a range command does at most X5 granules, and says so */
#define FAULT_SHORT			25

/* Of a REC_ENTER that succeeded: it says that the realm left for the reason X6,
 * with ESR X5, and no more. What was to be said is lost. */
#define FAULT_EXIT			26

#endif
