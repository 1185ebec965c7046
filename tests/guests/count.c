// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts with its host, x0 times: host call 100 with i in gprs[0] must come
 * back as 3 i + 1, a load from the unprotected alias of 0x0a000000 must give
 * 5 i + 2, and then i is stored there. Anything lost or done twice ends it.
 */
#include "rt/rt.h"

#define DEVICE		0x0a000000UL

int main(const uint64_t args[8])
{
	volatile uint64_t *device = (volatile uint64_t *)rt_shared(DEVICE);
	uint64_t i;

	for (i = 0; i < args[0]; i++) {
		uint64_t gprs[31] = { i };

		rt_host_call(100, gprs);
		if (gprs[0] != 3 * i + 1)
			return 2;
		if (*device != 5 * i + 2)
			return 3;
		*device = i;
	}
	return 0;
}
