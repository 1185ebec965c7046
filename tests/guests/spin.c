// SPDX-License-Identifier: GPL-2.0-only
/* Never ends, and never leaves by itself. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	rt_print("spinning\n");
	for (;;)
		asm volatile("");
}
