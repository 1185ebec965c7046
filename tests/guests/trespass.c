// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to a protected address that nobody declared: EMPTY, so the realm takes
 * the abort itself and dies of it with RT_STATUS_EXCEPTION.
 */
#include "rt/rt.h"

#define NOTHING		0x0bad0000UL

int main(const uint64_t args[8])
{
	rt_print("writing inside\n");
	rt_store(NOTHING);
	rt_print("written\n");
	return 0;
}
