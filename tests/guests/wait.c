// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits in every way that there is: WFE and PSCI CPU_SUSPEND, with nothing to
 * wait for and with an event there; says so in between, and ends with 0. With
 * x0 = 1 it waits by CPU_SUSPEND for ever.
 */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	unsigned int i;

	rt_print("waiting\n");
	while (args[0])
		rt_smc4(RSI_PSCI_CPU_SUSPEND, 0, 0, 0);
	for (i = 0; i < 10; i++) {
		asm volatile("sev; wfe");
		asm volatile("sevl; wfe");
	}
	rt_print("waited\n");
	return 0;
}
