// SPDX-License-Identifier: GPL-2.0-only
/* Calls to the test RMM that no driver makes. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../kmod/rmi_raw.h"
#include "rmm.h"

#define RAW_MODULE	"/lib/modules/rmi_raw.ko"
#define RAW		"/dev/rmi_raw"

static int raw;

static uint64_t test_call(uint64_t x[18])
{
	T_EQ(ioctl(raw, RMI_RAW_SMC, x), 0);
	return x[0];
}

unsigned int r_call(uint64_t x[18])
{
	return RMI_STATUS(test_call(x));
}

void r_open(void)
{
	uint64_t x[18] = { SMC_RMM_TEST_PROFILE };

	/* Left behind by a test that failed. */
	if (t_insmod(RAW_MODULE, ""))
		errno = 0;
	raw = open(RAW, O_RDWR | O_CLOEXEC);
	T_ASSERT(raw >= 0);
	if (test_call(x))
		t_skip("this RMM has no fault plan");
	r_plan_clear();
}

void r_close(void)
{
	close(raw);
	T_EQ(t_rmmod("rmi_raw"), 0);
}

bool r_plan(unsigned int number, unsigned int n, const struct r_fault *fault)
{
	uint64_t x[18] = {
		SMC_RMM_TEST_FAULT_ADD, number, n, fault->times,
		fault->kind, fault->arg, fault->arg2,
	};

	return test_call(x) == 0;
}

uint64_t r_plan_clear(void)
{
	uint64_t x[18] = { SMC_RMM_TEST_FAULT_CLEAR };

	T_EQ(test_call(x), 0);
	return x[1];
}

uint64_t r_granules(uint64_t *operations)
{
	uint64_t x[18] = { SMC_RMM_TEST_LEDGER };

	T_EQ(test_call(x), 0);
	*operations = x[3];
	return x[1];
}

uint64_t r_calls(uint32_t fid)
{
	uint64_t x[18] = { SMC_RMM_TEST_COUNTER, SMC_RMI_NUMBER(fid) };

	T_EQ(test_call(x), 0);
	return x[1];
}

uint64_t r_find(unsigned int state, uint64_t from)
{
	uint64_t x[18] = { SMC_RMM_TEST_FIND, state, from };

	T_EQ(test_call(x), 0);
	return x[1];
}

void r_enter_flags(uint64_t *some, uint64_t *all)
{
	uint64_t x[18] = { SMC_RMM_TEST_ENTER_FLAGS };

	T_EQ(test_call(x), 0);
	*some = x[1];
	*all = x[2];
}

unsigned int r_fine(void)
{
	unsigned int count = 0;
	uint64_t base;

	for (base = R_REGION; base < 8 * R_REGION; base += R_REGION) {
		/* RAM need not begin where the region does. */
		uint64_t x[18] = { SMC_RMI_GRANULE_TRACKING_GET, base + R_REGION / 2,
				   base + R_REGION / 2 + T_PAGE };

		if (!r_call(x) && x[1] == RMI_TRACKING_CONVENTIONAL)
			count += x[2] == RMI_TRACKING_FINE;
	}
	return count;
}

unsigned int r_held(void)
{
	uint64_t x[18] = { SMC_RMM_TEST_HELD };

	T_EQ(test_call(x), 0);
	return x[1] ? x[2] : 0;
}

void r_release(void)
{
	uint64_t x[18] = { SMC_RMM_TEST_RELEASE };

	T_EQ(test_call(x), 0);
}
