// SPDX-License-Identifier: GPL-2.0-only
/* Ends at once with status 7. */
#include "rt/rt.h"

int main(const uint64_t args[8])
{
	return 7;
}
