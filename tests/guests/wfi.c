// SPDX-License-Identifier: GPL-2.0-only
/* Sleeps for ever: no timer is armed and nobody can wake it. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	rt_print("sleeping\n");
	for (;;)
		asm volatile("wfi");
}
