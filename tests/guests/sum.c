// SPDX-License-Identifier: GPL-2.0-only
/* Adds up the 64-bit words of x1 bytes at x0, and says what that came to. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	uint64_t sum = 0, at;

	for (at = args[0]; at < args[0] + args[1]; at += 8)
		sum += *(volatile uint64_t *)at;
	rt_print("sum: ");
	rt_print_number(sum);
	rt_print("\n");
	return 0;
}
