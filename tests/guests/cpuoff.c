// SPDX-License-Identifier: GPL-2.0-only
/* Turns its only CPU off. Nobody can turn it on again. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	rt_print("off\n");
	rt_smc4(RSI_PSCI_CPU_OFF, 0, 0, 0);
	rt_fail("CPU_OFF came back");
}
