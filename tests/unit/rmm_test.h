/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the unit tests of the RMM model share: cmocka's headers in the order it
 * wants, the host shell, and tests that run once on each profile.
 */
#ifndef RMM_TEST_H
#define RMM_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../rmm/fault.h"
#include "../rmm/host/drive.h"
#include "../rmm/rsi.h"

#define RTT(level)	RMI_RESULT(RMI_ERROR_RTT, (level))
#define PAGE		HOST_PAGE
#define MIB2		(1UL << 21)
#define GIB		(1UL << 30)
#define assert_x(n, value) assert_int_equal(host_regs()->x[n], (value))

static inline int july_up(void **state)
{
	*state = drive_host(RMM_PROFILE_JULY, 16);
	return 0;
}

static inline int bet3_up(void **state)
{
	*state = drive_host(RMM_PROFILE_BET3, 16);
	return 0;
}

static inline int host_down(void **state)
{
	host_free(*state);
	return 0;
}

/* The name says the profile; a test without one runs on both. */
#define JULY(test) \
	{ "july: " #test, test, july_up, host_down, NULL }
#define BET3(test) \
	{ "bet3: " #test, test, bet3_up, host_down, NULL }
#define BOTH(test)	JULY(test), BET3(test)

#define RUN_TESTS(tests)						\
int main(void)								\
{									\
	cmocka_set_message_output(CM_OUTPUT_TAP);			\
	return cmocka_run_group_tests(tests, NULL, NULL);		\
}

#endif
