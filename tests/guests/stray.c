// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to an unprotected address where no device is. The host sees it; if it
 * answers with an abort, that is the end, too.
 */
#include "rt/rt.h"

#define NOTHING		0x0bad0000UL

int main(const uint64_t args[8])
{
	rt_print("writing outside\n");
	rt_store(rt_shared(NOTHING));
	rt_print("written\n");
	return 0;
}
