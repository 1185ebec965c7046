/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test says to the test RMM behind the module's back: the fault plan, and
 * what the RMM has. Every failure fails the test.
 */
#ifndef TESTS_UAPI_RMM_H
#define TESTS_UAPI_RMM_H

#include "../../module/rmi.h"
#include "../rmm/fault.h"
#include "tap.h"

struct r_fault {
	unsigned int kind;		/* FAULT_* */
	uint64_t arg, arg2;
	uint64_t times;
};

/* Loads the way to the RMM. Skips the test if this RMM has no fault plan. */
void r_open(void);
void r_close(void);

/* Any command, in X0 to X17; returns the status, without its upper bits. */
unsigned int r_call(uint64_t x[18]);

/* The n-th call of a command from now on, or of any for number 0. */
bool r_plan(unsigned int number, unsigned int n, const struct r_fault *fault);
/* How many calls the plan did not come to spoil. Lets a held call go. */
uint64_t r_plan_clear(void);

/* Granules that the RMM has, and operations that nobody has ended. */
uint64_t r_granules(uint64_t *operations);

/* Calls of a command since boot. */
uint64_t r_calls(uint32_t fid);

/* The first granule in this state at or above an address; there must be one. */
uint64_t r_find(unsigned int state, uint64_t from);

/* Flags of the entries since this was asked last: of any, and of all of them. */
void r_enter_flags(uint64_t *some, uint64_t *all);

/* Memory is tracked by the gigabyte: how many of them the RMM tracks finely. */
#define R_REGION	(1UL << 30)
unsigned int r_fine(void);

/* The number of the command that is being held, or 0; and let it go. */
unsigned int r_held(void);
void r_release(void);

#endif
