// SPDX-License-Identifier: GPL-2.0-only
/* Asks for a reset: the host has to build the realm anew. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	rt_print("reset\n");
	rt_smc4(RSI_PSCI_SYSTEM_RESET, 0, 0, 0);
	rt_fail("SYSTEM_RESET came back");
}
