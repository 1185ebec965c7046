// SPDX-License-Identifier: GPL-2.0-only
/* Sleeps until its virtual timer fires, three times, and checks the clock. */
#include "rt/rt.h"

static uint64_t now(void)
{
	uint64_t value;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static void sleep_until(uint64_t when)
{
	uint64_t control;

	asm volatile("msr cntv_cval_el0, %0" : : "r"(when));
	asm volatile("msr cntv_ctl_el0, %0; isb" : : "r"(1UL));
	do {
		asm volatile("wfi");
		asm volatile("isb; mrs %0, cntv_ctl_el0" : "=r"(control));
	} while (!(control & 4));
	asm volatile("msr cntv_ctl_el0, %0; isb" : : "r"(0UL));
}

int main(const uint64_t args[8])
{
	uint64_t frequency, when;
	int i;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	for (i = 0; i < 3; i++) {
		when = now() + frequency / 50;
		sleep_until(when);
		if (now() < when)
			rt_fail("the timer fired too early");
	}
	rt_print("timer: ok\n");
	return 0;
}
