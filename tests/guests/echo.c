// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talks to a test that plays its host: makes host call 100 with gprs[i] =
 * 1000 + i, expects gprs[i] = 2000 + i back, and then 101 until the host
 * answers with gprs[0] = 0. x0..x7 must be 70..77.
 */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	uint64_t gprs[31];
	int i;

	for (i = 0; i < 8; i++)
		if (args[i] != 70UL + i)
			return 10 + i;
	for (i = 0; i < 31; i++)
		gprs[i] = 1000 + i;
	rt_host_call(100, gprs);
	for (i = 0; i < 31; i++)
		if (gprs[i] != 2000UL + i)
			return 20 + i;
	do {
		gprs[1]++;
		rt_host_call(101, gprs);
	} while (gprs[0]);
	return 0;
}
